# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# The kernel-doc comments of the module and its ABI are well-formed and complete.

check_kernel_doc() {
	perl "$LINT_TOOLS/kernel-doc" -none -Wall "$@"
}

lint_kernel_doc() {
	if ! LINT_TOOLS=$(scripts/lint-tools 2>"$TAP_DIR/why"); then
		sed 's/^/# /' "$TAP_DIR/why"
		not_ok "kernel-doc" "there is no kernel-doc script"
		return
	fi
	export LINT_TOOLS
	files '@(kmod|include)/*.[ch]'
	each -20 kernel-doc "$(cat "$LINT_TOOLS/package")" "${files[@]}" | report "kernel-doc"
}
