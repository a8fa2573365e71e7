# Part of terraform/check: builds and installs what the checks need. Each step does nothing when its result is there.

setup() {
  build_tofu && install_schema && install_provider && install_checkov && copy_configuration
}

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
  [ "$bin/tofu" -nt "$root/tools/tofu/go.mod" ] && return
  echo "building OpenTofu (some minutes, once)"
  (cd "$root/tools/tofu" && step "build OpenTofu" go build -ldflags "-X github.com/opentofu/opentofu/version.dev=no" -o "$bin/tofu" \
    github.com/opentofu/opentofu/cmd/tofu)
}

# The npm package that is generated from the AWS provider's schema.
install_schema() {
  provider_files=$cache/npm/node_modules/$provider_package
  grep -qs "\"version\": \"$provider_package_version\"" "$provider_files/package.json" && return
  mkdir -p "$cache/npm"
  echo '{"private": true}' >"$cache/npm/package.json"
  step "install $provider_package" npm install --prefix "$cache/npm" --ignore-scripts --legacy-peer-deps --no-audit --no-fund \
    "$provider_package@$provider_package_version"
}

# The stand-in for the AWS provider, with the schema of what this configuration uses, where OpenTofu looks for it.
install_provider() {
  local version=6.25.0
  local mirror=$cache/mirror/registry.opentofu.org/hashicorp/aws/$version/$(go env GOOS)_$(go env GOARCH)
  mkdir -p "$mirror"
  (cd "$root/tools/awsprovider" && step "build the provider's stand-in" go build -o "$bin/" ./cmd/extract-schema ./cmd/iam-actions &&
    step "build the provider's stand-in" go build -o "$mirror/terraform-provider-aws_v$version" ./cmd/terraform-provider-aws) || return
  step "extract the provider's schema" "$bin/extract-schema" -package "$provider_files" -version "$version" -out "$mirror/schema.json" "$root/terraform" || return
  cat >"$TF_CLI_CONFIG_FILE" <<RC
provider_installation {
  filesystem_mirror {
    path = "$cache/mirror"
  }
}
disable_checkpoint = true
RC
}

install_checkov() {
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
  rm -rf "$work"
  mkdir -p "$work/build" "$work/glue"
  cp -R "$root/terraform" "$root/environments" "$work/"
  rm -rf "$work/terraform/.terraform" "$work"/terraform/*.tfstate* "$work/terraform/.terraform.lock.hcl"
  cp "$root/glue/glue_batch_job.py" "$work/glue/"
  # A plan reads the packages' checksums, not what is in them.
  touch "$work/build/lambda.zip" "$work/build/ndjson_batch.zip"
  (cd "$work/terraform" && step "initialise the configuration" "$bin/tofu" init -input=false)
}
