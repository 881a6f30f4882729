# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# Python: that it compiles without a warning, also by the oldest version we support.

check_python() {
	python3 -W error -c 'import ast, pathlib, sys
text = pathlib.Path(sys.argv[1]).read_text()
ast.parse(text, sys.argv[1], feature_version=(3, 11))
compile(text, sys.argv[1], "exec")' "$1" 2>&1 | tail -n 3
}

lint_python() {
	files '*'
	interpreted python
	local scripts=("${files[@]}")
	files '*.py'
	mapfile -t files < <(printf '%s\n' "${scripts[@]}" "${files[@]}" | sort -u | sed '/^$/d')
	each python 1 "${files[@]}" | report "python"
}
