# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# Each source file says its licence on the first line, after "#!" on the second.

lint_spdx() {
	local file line wanted
	files '*'
	mapfile -t exempt < <(conf scripts/lint.d/spdx.conf)
	without "${exempt[@]}"
	for file in "${files[@]}"; do
		line=
		{
			IFS= read -r line
			[[ $line != '#!'* ]] || IFS= read -r line
		} <"$file"
		wanted='SPDX-License-Identifier: GPL-2.0-only'
		[[ $file != include/uapi/* ]] || wanted+=' WITH Linux-syscall-note'
		case $file in
		*.@(c|cc|hh)) wanted="// $wanted" ;;
		*.[hS]) wanted="/* $wanted */" ;;
		*.[1-9]) wanted=".\\\" $wanted" ;;
		esac
		case $line in
		"$wanted" | "# $wanted" | "/* $wanted */") ;;
		*) echo "$file:1: expected: $wanted" ;;
		esac
	done | report "spdx"
}
