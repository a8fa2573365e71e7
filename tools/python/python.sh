# To be sourced. find_python prints the interpreter to use: 3.11, which requirements.lock was made with, or a newer one.
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
