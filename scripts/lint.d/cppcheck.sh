# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# cppcheck on all C; cppcheck.conf names what is suppressed. It keeps its own cache.

lint_cppcheck() {
	local set flags
	conf scripts/lint.d/cppcheck.conf >"$TAP_DIR/suppressions"
	for set in kernel tools selftests; do
		files '*.c'
		in_set "$set"
		[ ${#files[@]} -gt 0 ] || continue
		case $set in
		kernel) # The entry of the exception table is a piece of assembler, and what
			# follows "asm goto" is beyond some versions.
			flags=(-Iinclude -Ikmod -D__KERNEL__ -DMODULE
				'-D_ASM_EXTABLE(from,to)=""' '-Dgoto(...)=("")') ;;
		*) flags=(-Iinclude -Iinclude/uapi -Itools/xlctl -Iselftests/unit -Iselftests/unit/xlctl
			-Iselftests/guest/lib --library=posix -DENV_PVH64) ;;
		esac
		mkdir -p "$LINT/cppcheck/$set"
		cppcheck --quiet --std=c11 --platform=unix64 --force -j "$(nproc)" \
			--enable=warning,performance,portability --inline-suppr \
			--suppressions-list="$TAP_DIR/suppressions" \
			--cppcheck-build-dir="$LINT/cppcheck/$set" \
			--template='{file}:{line}: {severity}: {message} [{id}]' \
			--template-location= "${flags[@]}" "${files[@]}" 2>&1 |
			report "cppcheck: $set"
	done
}
