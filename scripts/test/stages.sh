# shellcheck shell=bash disable=SC2034 # run.sh reads the variables by composed names
#
# The stages of ./test. Stage NAME is the function stage_NAME, in which "-" becomes "_". Variables may go with it:
#
#   needs_NAME="PART …"    the parts of scripts/setup that must be installed before the stage starts
#   nice_NAME=yes          the stage has no time limits, and runs at a lower priority than stages that have
#
# A stage that cannot do its work on this machine says why and returns 77; the summary counts it as skipped.
#
# To add a stage, write its function here and put its name into a list below.

# What ./test, ./test quick and ./test long run. Stages start in this order, each as soon as what it needs is installed.
all=(format builds servers unit race arm64 glue readers terraform lint vulnerabilities release)
quick=(format build vet short simulation lint-if-installed)
long=(histories fuzz)

export CGO_ENABLED=0 # as in every released build; only the race detector needs C
python=.cache/venv/bin/python

# Tests that start servers wait more than they compute. uses_servers prints their packages, uses_no_servers the others.
uses_servers() { test_imports | awk '/ndjson-parquet\/internal\/testenv/ { print $1 }'; }
uses_no_servers() { test_imports | awk '!/ndjson-parquet\/internal\/testenv/ { print $1 }'; }
test_imports() { go list -f '{{.ImportPath}} {{.TestImports}} {{.XTestImports}}' ./...; }

stage_format() {
	local files
	files=$(gofmt -l ./*/)
	if [[ -n $files ]]; then
		printf 'not formatted with gofmt:\n%s\n' "$files"
		return 1
	fi
}

stage_build() { go build ./...; }

stage_vet() { go vet ./...; }

# The unit tests, without those that need more than Go.
stage_short() {
	local packages
	packages=$(go list ./... | grep -v '/internal/simulation$') || return
	# shellcheck disable=SC2086 # one argument for each package
	go test -short $packages
}

# A few hundred seeded histories.
stage_simulation() { go test -short ./internal/simulation; }

stage_lint_if_installed() {
	if [[ -x .cache/bin/golangci-lint ]]; then
		.cache/bin/golangci-lint run --allow-parallel-runners ./...
	else
		echo "golangci-lint is not installed: ./test setup installs it"
		return 77
	fi
}

# A build for every supported system. Where packages differ between systems, their tests must compile too. The flag is
# that of releases, so that stage release finds the compiled packages in the cache.
nice_builds=yes
stage_builds() {
	local os arch failed=0
	for os in linux darwin windows; do
		for arch in amd64 arm64; do
			if ! GOOS=$os GOARCH=$arch go build -trimpath ./...; then
				echo "does not build for $os/$arch"
				failed=1
			fi
		done
		if ! GOOS=$os GOARCH=amd64 go vet -trimpath ./...; then
			echo "go vet fails for $os"
			failed=1
		fi
	done
	return "$failed"
}

# The tests that talk to servers on the loopback interface.
needs_servers="python dynamodb-local iam-simulate versitygw lambda-rie debian axe"
stage_servers() {
	# shellcheck disable=SC2046 # one argument for each package
	go test -timeout 40m $(uses_servers)
}

# All other tests.
nice_unit=yes
stage_unit() {
	# shellcheck disable=SC2046
	go test -timeout 40m $(uses_no_servers) &&
		# Processors other than amd64 run plain Go in place of assembly.
		go test -short -tags purego ./convert/...
}

nice_race=yes
stage_race() {
	if ! command -v "$(go env CC)" >/dev/null; then
		echo "the race detector needs a C compiler, and $(go env CC) is not installed"
		return 1
	fi
	CGO_ENABLED=1 go test -race -short -timeout 40m ./internal/... ./cmd/... &&
		# The detector makes scanning forty times slower, so only tests with several workers run.
		CGO_ENABLED=1 go test -race -short -run 'Parallelism|Source|Readers' -timeout 40m ./convert
}

# The functions run on arm64 by default.
needs_arm64="python dynamodb-local debian"
nice_arm64=yes
stage_arm64() { scripts/test/arm64; }

needs_glue=python
stage_glue() { "$python" -m pytest -q -p no:cacheprovider glue/tests; }

# pyarrow, DuckDB, Polars, ClickHouse and Spark read what the converter writes.
needs_readers=python
nice_readers=yes
stage_readers() { readers/run; }

nice_terraform=yes
stage_terraform() { terraform/check; }

needs_lint="linters shfmt golangci-lint python"
nice_lint=yes
stage_lint() { scripts/lint; }

needs_vulnerabilities=govulncheck
nice_vulnerabilities=yes
stage_vulnerabilities() {
	local output status=0
	output=$(.cache/bin/govulncheck ./... 2>&1) || status=$?
	echo "$output"
	if ((status != 0)) && [[ $output == *"fetching vulnerabilities"* ]]; then
		echo "not checked: the vulnerability database cannot be reached from this machine"
		return 77
	fi
	return "$status"
}

# A release for Linux, built twice and compared, then installed and run.
nice_release=yes
stage_release() { tools/release/check; }

# Ten thousand seeded histories of the whole pipeline.
nice_histories=yes
stage_histories() { go test -timeout 60m ./internal/simulation -run TestPromises -seeds 10000; }

# Every fuzz target for two minutes.
nice_fuzz=yes
stage_fuzz() {
	local package target failed=0
	for package in $(go list ./...); do
		for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
			go test -run '^$' -fuzz "^$target\$" -fuzztime 2m "$package" || failed=1
		done
	done
	return "$failed"
}
