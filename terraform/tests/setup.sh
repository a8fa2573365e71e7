# shellcheck shell=bash
#
# Builds and installs what terraform/check and terraform/render need. Each step does nothing when its result is there.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=$root/.cache/terraform
bin=$root/.cache/bin
work=$cache/work.$$ # two runs may overlap

# The user's own configuration, variables and state are left alone.
export TF_CLI_CONFIG_FILE=$cache/tofu.rc TF_IN_AUTOMATION=1 GOFLAGS=-buildvcs=false
unset "${!TF_VAR_@}" TF_CLI_ARGS TF_DATA_DIR TF_WORKSPACE
mkdir -p "$cache" "$bin"

provider_version=6.25.0
provider_package=@cdktf/provider-aws@21.22.1 # generated from that version's schema
asl_validator_package=asl-validator@4.0.0
checkov_version=3.3.30

setup() {
  build_tofu && install_packages && install_provider && install_checkov && copy_configuration
}

# step WHAT COMMAND... runs a command quietly, and tells what it said if it fails.
step() {
  local what=$1
  shift
  if ! "$@" >"$cache/setup.log" 2>&1; then
    echo "could not $what:" >&2
    tail -20 "$cache/setup.log" >&2
    return 1
  fi
}

# OpenTofu, built from the module that tools/tofu pins.
build_tofu() {
  [ "$bin/tofu" -nt "$root/tools/tofu/go.sum" ] && return
  echo "building OpenTofu (some minutes, once)"
  (cd "$root/tools/tofu" && step "build OpenTofu" go build -ldflags "-X github.com/opentofu/opentofu/version.dev=no" \
    -o "$bin/tofu" github.com/opentofu/opentofu/cmd/tofu)
}

# From npm: the package that is generated from the AWS provider's schema, and a validator of state machines.
install_packages() {
  local stamp="$cache/npm/$provider_package $asl_validator_package"
  stamp=$cache/npm/$(tr -c 'A-Za-z0-9.\n-' _ <<<"${stamp#"$cache/npm/"}")
  [ -f "$stamp" ] && return
  mkdir -p "$cache/npm"
  echo '{"private": true}' >"$cache/npm/package.json"
  step "install $provider_package and $asl_validator_package" npm install --prefix "$cache/npm" --ignore-scripts --legacy-peer-deps \
    --no-audit --no-fund "$provider_package" "$asl_validator_package" && touch "$stamp"
}

# The stand-in for the AWS provider, with the schema of what this configuration uses, where OpenTofu looks for it.
install_provider() {
  local place
  place=$cache/mirror/registry.opentofu.org/hashicorp/aws/$provider_version/$(go env GOOS)_$(go env GOARCH)
  mkdir -p "$place"
  (cd "$root/tools/awsprovider" &&
    step "build the schema's extractor" go build -o "$bin/extract-schema" ./cmd/extract-schema &&
    step "build the provider's stand-in" go build -o "$place/terraform-provider-aws_v$provider_version" ./cmd/terraform-provider-aws) &&
    (cd "$root/tools/iamactions" && step "build iam-actions" go build -o "$bin/iam-actions" .) &&
    step "extract the provider's schema" "$bin/extract-schema" -package "$cache/npm/node_modules/@cdktf/provider-aws" \
      -version "$provider_version" -out "$place/schema.json" "$root/terraform" || return
  cat >"$TF_CLI_CONFIG_FILE" <<RC
disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path = "$cache/mirror"
  }
}
RC
}

install_checkov() {
  # shellcheck disable=SC2034 # for checks.sh
  checkov=$cache/checkov/bin/checkov
  [ -f "$cache/checkov/$checkov_version" ] && return
  echo "installing checkov $checkov_version"
  step "make a Python environment" python3 -m venv "$cache/checkov" &&
    step "install checkov" "$cache/checkov/bin/pip" install --quiet "checkov==$checkov_version" &&
    touch "$cache/checkov/$checkov_version"
}

# The checks run on a copy: init writes a lock file with the stand-in's checksum, which must not stand in the way of a
# real deployment.
copy_configuration() {
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/glue"
  cp -R "$root/terraform" "$root/environments" "$work/"
  rm -rf "$work/terraform/build" "$work/terraform/.terraform" "$work/terraform/.terraform.lock.hcl" "$work/terraform/"*.tfstate*
  cp "$root/glue/glue_batch_job.py" "$work/glue/"
  # A plan reads the packages' checksums, not what is in them.
  mkdir "$work/terraform/build"
  touch "$work/terraform/build/lambda.zip" "$work/terraform/build/ndjson_batch.zip"
  (cd "$work/terraform" && step "initialise the configuration" "$bin/tofu" init -no-color -input=false)
}

# apply_to_standin ENVIRONMENT FILE [OPTION]… plans and applies an environment to the stand-in, and writes the state as JSON.
apply_to_standin() {
  local state=$work/$1.tfstate
  (cd "$work/terraform" && "$bin/tofu" apply -no-color -input=false -auto-approve -state="$state" -var-file="../environments/$1.tfvars" "${@:3}" &&
    "$bin/tofu" show -json "$state" >"$2")
}
