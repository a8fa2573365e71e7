# shellcheck shell=bash disable=SC2154 # setup.sh sets root, cache, bin, work and checkov
#
# Part of terraform/check: the checks. Each prints what is wrong and fails.

indent() { sed 's/^/      /'; }

# run NAME COMMAND... counts one check.
run() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok    $name"
  else
    failed=$((failed + 1))
    echo "FAIL  $name"
    indent <<<"$output"
  fi
}

check_tools() {
  local tool
  for tool in awsprovider iamactions; do
    (cd "$root/tools/$tool" && go vet ./... && go test ./...) || return
  done
}

check_formatting() {
  local folder
  for folder in terraform environments; do
    "$bin/tofu" fmt -no-color -check -diff -recursive "$root/$folder" || return
  done
}

check_validation() {
  (cd "$work/terraform" && "$bin/tofu" validate -no-color)
}

check_apply() {
  local options=()
  [ "$1" = prod ] && options=(-var separate_state=true -var 'alert_emails=["oncall@example.org"]')
  apply_to_standin "$1" "$cache/$1.state.json" "${options[@]}"
}

# The cases of tests/*.tftest.hcl, each counted.
run_tests() {
  local log status good bad
  log=$(cd "$work/terraform" && "$bin/tofu" test -no-color 2>&1)
  status=$?
  good=$(grep -cE '^ *run ".*"\.\.\. pass' <<<"$log")
  bad=$(grep -cE '^ *run ".*"\.\.\. (fail|skip)' <<<"$log")
  sed -nE 's/^ *run "(.*)"\.\.\. pass/ok    test: \1/p' <<<"$log"
  if [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; then
    [ "$bad" -gt 0 ] || bad=1
    echo "FAIL  tests"
    indent <<<"$log"
  fi
  passed=$((passed + good)) failed=$((failed + bad))
}

# The definition as deployed is valid Amazon States Language: states, transitions, paths and intrinsic functions.
check_state_machine() {
  python3 - "$cache/dev.state.json" >"$work/definition.json" <<'PY' &&
import json, sys

def resources(module):
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from resources(child)

root = json.load(open(sys.argv[1]))["values"]["root_module"]
print(*[r["values"]["definition"] for r in resources(root) if r["type"] == "aws_sfn_state_machine"])
PY
    "$cache/npm/node_modules/.bin/asl-validator" --json-path "$work/definition.json"
}

# What the functions' roles allow, against what the functions' code calls.
check_actions() {
  (cd "$root" && "$bin/iam-actions" -state "$cache/dev.state.json" ./cmd/lambda)
}

# That the checks above can fail: an attribute, a block, a type and a resource the provider does not have are refused.
check_schema_is_enforced() {
  local place=$work/refused wrong
  for wrong in 'colour = "red"' 'rule {}' 'delay_seconds = "soon"'; do
    rm -rf "$place"
    mkdir -p "$place"
    printf 'resource "aws_sqs_queue" "wrong" {\n  %s\n}\n' "$wrong" >"$place/main.tf"
    if (cd "$place" && "$bin/tofu" init -no-color -input=false >/dev/null && "$bin/tofu" validate -no-color >/dev/null 2>&1); then
      echo "aws_sqs_queue with $wrong was accepted"
      return 1
    fi
  done
  printf 'resource "aws_sqs_queu" "wrong" {\n}\n' >"$place/main.tf"
  if "$bin/extract-schema" -package "$cache/npm/node_modules/@cdktf/provider-aws" -out "$place/schema.json" "$place" 2>/dev/null; then
    echo "the resource aws_sqs_queu was accepted"
    return 1
  fi
}

# The policy scan, each of its checks counted.
run_policy_scan() {
  local log summary counts
  log=$("$checkov" --directory "$root/terraform" --framework terraform --compact --quiet 2>&1)
  summary=$(grep -m1 -oE 'Passed checks: [0-9]+, Failed checks: [0-9]+, Skipped checks: [0-9]+' <<<"$log")
  if [ -z "$summary" ]; then
    summary=$("$checkov" --directory "$root/terraform" --framework terraform --compact 2>&1 |
      grep -m1 -oE 'Passed checks: [0-9]+, Failed checks: [0-9]+, Skipped checks: [0-9]+')
  fi
  read -ra counts <<<"$(tr -dc '0-9 \n' <<<"$summary")"
  if [ "${#counts[@]}" -ne 3 ]; then
    echo "FAIL  policy scan"
    indent <<<"$log"
    failed=$((failed + 1))
    return
  fi
  passed=$((passed + counts[0])) failed=$((failed + counts[1]))
  if [ "${counts[1]}" -eq 0 ]; then
    echo "ok    policy scan: ${counts[0]} checks, and ${counts[2]} exceptions argued where they are made"
  else
    echo "FAIL  policy scan"
    indent <<<"$log"
  fi
}
