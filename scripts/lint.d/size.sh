# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# A file of more than 1000 lines is split; one of more than 700 is named.

lint_size() {
	local lines file
	files '*.[chS]' '*.cc' '*.hh' '*.sh' '*.py' '*Makefile*' '*Kbuild*' '@(scripts|selftests|.ci)/*'
	without '*/corpus/*'
	wc -l "${files[@]}" | sort -rn | grep -v ' total$' | while read -r lines file; do
		if [ "$lines" -gt 1000 ]; then
			echo "$file: $lines lines, at most 1000"
		elif [ "$lines" -gt 700 ]; then
			echo "# $file: $lines lines" >&3
		fi
	done 3>"$TAP_DIR/long" | report "size"
	cat "$TAP_DIR/long"
}
