# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# sparse, on the module in its real build (C=1) and on user-space code. A complaint is an error,
# so an object it is about is not made and will be looked at again the next time.

check_sparse() {
	local flags=(-Iinclude -Iinclude/uapi)
	case $1 in
	selftests/@(guest|bench/guest)/*)
		flags+=(-Iselftests/guest/lib -ffreestanding -D__XEN_INTERFACE_VERSION__=0x00040d00)
		# Some are for 32 bits only.
		if grep -qs '^envs=pvh32' "${1%/*}/test.cfg"; then
			flags+=(-m32 -DENV_PVH32)
		else
			flags+=(-DENV_PVH64)
		fi
		;;
	selftests/unit/*)
		flags+=(-Iselftests/unit -Iselftests/unit/xlctl -Itools/xlctl)
		[[ ${1##*/} == xlctl_* ]] || flags+=(-Iselftests/unit/mock -Ibuild/unit/arch
			-Iselftests/unit/shim -Ikmod -DXLHV_UNIT)
		[[ ${1#selftests/unit/} != ept_@(p2m|race|copy|fake)* ]] ||
			flags=(-Iselftests/unit/ept_fake "${flags[@]}")
		;;
	selftests/vm/tests/progs/*)
		# shellcheck disable=SC2206 # words without blanks
		flags+=(-Iselftests/vm/tests/progs -Itools/xlctl $LINT_NETLINK)
		# GCC has the same warning, and is told where what a call has by default is overridden.
		flags+=(-Wno-override-init) ;;
	*)
		# shellcheck disable=SC2206 # words without blanks
		flags+=(-Itools/xlctl $LINT_NETLINK) ;;
	esac
	# The C library has constructs that only GCC understands.
	sparse -std=gnu11 -D_GNU_SOURCE -DXLCTL_RELEASE='"0"' -Wno-decl -Wno-cast-truncate \
		-gcc-base-dir "$LINT_GCC_DIR" -multiarch-dir "$LINT_MULTIARCH" "${flags[@]}" "$1" 2>&1 |
		grep -E '^[^/].*: (error|warning)' | grep -v '_GNU_SOURCE redefined' >"$LINT_SCRATCH.$$"
	# A unit test with fakes of its own has other folders; it has to compile in any case.
	if [[ $1 != selftests/unit/* ]] || ! grep -q 'unable to open' "$LINT_SCRATCH.$$"; then
		cat "$LINT_SCRATCH.$$"
	fi
	rm -f "$LINT_SCRATCH.$$"
}

lint_sparse() {
	local kernel=6.1-cloud sum
	scripts/build-module $kernel --strict >"$TAP_DIR/sparse" 2>&1 || echo "scripts/build-module failed" >>"$TAP_DIR/sparse"
	grep -v '/xlhv\.ko$' "$TAP_DIR/sparse" | report "sparse: kernel"
	lint_arch_headers
	LINT_NETLINK=$(pkg-config --cflags-only-I libnl-genl-3.0)
	LINT_GCC_DIR=$(gcc -print-file-name=)
	LINT_MULTIARCH=$(gcc -print-multiarch)
	export LINT_SCRATCH=$TAP_DIR/one LINT_NETLINK LINT_GCC_DIR LINT_MULTIARCH
	files '*.h'
	sum=$(sha256sum "${files[@]}")
	files '@(tools|selftests)/*.c'
	# Modules are not user space, and broken.c is broken on purpose.
	without 'selftests/vm/modules/*' 'selftests/unit/broken.c'
	each sparse "$sum" "${files[@]}" | report "sparse: user space"
}
