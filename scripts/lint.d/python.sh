# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# Python: that it compiles without a warning, also by the oldest version we support.

check_python() {
	python3 -W error -c 'import ast, pathlib, sys
for path in sys.argv[1:]:
    try:
        text = pathlib.Path(path).read_text()
        ast.parse(text, path, feature_version=(3, 11))
        compile(text, path, "exec")
    except Exception as error:
        line = getattr(error, "lineno", None) or 1
        print(f"{path}:{line}: {type(error).__name__}: {error}")' "$@" 2>&1
}

lint_python() {
	files '*'
	interpreted python
	local scripts=("${files[@]}")
	files '*.py'
	mapfile -t files < <(printf '%s\n' "${scripts[@]}" "${files[@]}" | sort -u | sed '/^$/d')
	each -40 python 1 "${files[@]}" | report "python"
}
