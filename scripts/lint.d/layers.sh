# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# The layers of the module (kmod/LAYERS): nothing includes or calls upwards; see layers.py.

lint_layers() {
	all_files 'kmod/*.[ch]' kmod/LAYERS 'scripts/lint.d/layers.*'
	without kmod/LAYERS 'scripts/*'
	{ [ ${#files[@]} -eq 0 ] || python3 scripts/lint.d/layers.py "${files[@]}" 2>&1; } | report "layers"
}
