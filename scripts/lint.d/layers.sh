# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# The layers of the module (kmod/LAYERS) and of xlctl (tools/xlctl/LAYERS): nothing includes or names
# what is above it; see layers.py.

lint_layers() {
	all_files 'kmod/*.[ch]' 'tools/xlctl/*.[ch]' '*/LAYERS' 'scripts/lint.d/layers.*'
	without '*/LAYERS' 'scripts/*' 'tools/xlctl/tests/*'
	{ [ ${#files[@]} -eq 0 ] || python3 scripts/lint.d/layers.py "${files[@]}" 2>&1; } | report "layers"
}
