# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# Memory of user space is touched with nothing held and no domain entered; see usercopy.py.

lint_usercopy() {
	all_files 'kmod/*.[ch]' 'scripts/lint.d/usercopy.*'
	without 'scripts/*'
	{ [ ${#files[@]} -eq 0 ] || python3 scripts/lint.d/usercopy.py "${files[@]}" 2>&1; } | report "usercopy"
}
