# Part of terraform/check: the checks. Each prints what is wrong and fails, or prints nothing.

# run NAME COMMAND... counts one check.
run() {
  local name=$1
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok    $name"
  else
    failed=$((failed + 1))
    echo "FAIL  $name"
    sed 's/^/      /' <<<"$output"
  fi
}

check_formatting() {
  (cd "$root" && "$bin/tofu" fmt -check -diff -recursive terraform && "$bin/tofu" fmt -check -diff -recursive environments)
}

check_validation() {
  (cd "$work/terraform" && "$bin/tofu" validate -no-color)
}

check_plan() {
  (cd "$work/terraform" && "$bin/tofu" plan -no-color -input=false -lock=false -var-file="../environments/$1.tfvars")
}

# The cases of tests/*.tftest.hcl, each counted.
run_tests() {
  local log
  log=$(cd "$work/terraform" && "$bin/tofu" test -no-color 2>&1)
  local ok=$? good bad
  good=$(grep -cE '^ *run ".*"\.\.\. pass' <<<"$log")
  bad=$(grep -cE '^ *run ".*"\.\.\. (fail|skip)' <<<"$log")
  grep -E '^ *run ".*"\.\.\. pass' <<<"$log" | sed -E 's/^ *run "(.*)"\.\.\. pass/ok    test: \1/'
  if [ $ok -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  if [ "$bad" -ne 0 ]; then
    echo "FAIL  tests"
    sed 's/^/      /' <<<"$log"
  fi
  passed=$((passed + good)) failed=$((failed + bad))
}

check_state_machine() {
  python3 "$root/terraform/tests/check_definition.py" "$root/terraform/modules/step_functions/definition.asl.json"
}

# What the roles allow, against what the functions' code calls.
check_actions() {
  (cd "$work/terraform" && "$bin/tofu" plan -no-color -input=false -lock=false -out="$cache/plan" >/dev/null &&
    "$bin/tofu" show -json "$cache/plan" >"$cache/plan.json") && (cd "$root" && "$bin/iam-actions" -plan "$cache/plan.json" ./cmd/lambda)
}

# The policy scan, each of its checks counted.
run_policy_scan() {
  local log summary
  log=$("$checkov" --directory "$root/terraform" --framework terraform --compact --quiet 2>&1)
  if ! summary=$(grep -m1 -oE 'Passed checks: [0-9]+, Failed checks: [0-9]+, Skipped checks: [0-9]+' <<<"$log"); then
    echo "FAIL  policy scan"
    sed 's/^/      /' <<<"$log"
    failed=$((failed + 1))
    return
  fi
  local counts
  read -ra counts <<<"$(tr -dc '0-9 \n' <<<"$summary")"
  passed=$((passed + counts[0])) failed=$((failed + counts[1]))
  if [ "${counts[1]}" -ne 0 ]; then
    echo "FAIL  policy scan"
    sed 's/^/      /' <<<"$log"
  else
    echo "ok    policy scan: ${counts[0]} checks (${counts[2]} exceptions, argued where they are made)"
  fi
}
