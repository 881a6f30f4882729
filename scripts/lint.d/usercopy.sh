# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# Memory of user space is touched with nothing held and no domain entered; see usercopy.py.

lint_usercopy() {
	files 'kmod/*.[ch]'
	python3 scripts/lint.d/usercopy.py "${files[@]}" 2>&1 | report "usercopy"
}
