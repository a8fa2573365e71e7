# shellcheck shell=bash
# To be sourced by scripts that need Python.

# find_python prints the interpreter to use: the first of at least version 3.11.
find_python() {
	local candidate
	for candidate in python3.11 python3.12 python3.13 python3; do
		if "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
			echo "$candidate"
			return
		fi
	done
	echo "Python 3.11 or newer, with its venv module, is needed" >&2
	return 1
}

# make_venv FOLDER LOCK makes the virtual environment FOLDER anew from a lock file, whose hashes pip checks.
make_venv() {
	local python
	python=$(find_python) || return
	rm -rf "$1"
	"$python" -m venv "$1" &&
		"$1/bin/python" -m pip install --disable-pip-version-check --no-deps --require-hashes -r "$2" &&
		"$1/bin/python" -m pip check
}
