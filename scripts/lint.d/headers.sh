# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# Every header compiles alone, and twice in a row: those of kmod/ against kernel headers, the
# others in user space; the ABI for 32 and 64 bits and in C++.

# twice HEADER: a file that has nothing but the header, twice
twice() {
	printf '#include "%s"\n' "$1" "$1"
}

check_headers() {
	local file=$1 flags=(-std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -Iinclude)
	case $file in
	kmod/*)
		# Quotes within the flags are for the shell.
		twice "${file#kmod/}" | (cd "$HEADERS_KDIR" &&
			eval "$HEADERS_FLAGS -Werror -fsyntax-only -x c -") 2>&1 |
			grep -E '(error|warning|fatal): '
		;;
	include/uapi/*)
		twice "$file" | gcc -x c "${flags[@]}" -Wpadded -I. -
		# The 32-bit headers are the same, but not where a 32-bit compiler looks.
		twice "$file" | gcc -x c -m32 "${flags[@]}" -I. \
			-idirafter "/usr/include/$(gcc -print-multiarch)" -
		twice "$file" | clang -x c++ -fsyntax-only -Wall -Werror -I. -
		;;
	selftests/@(guest|bench/guest)/*)
		twice "${file#selftests/guest/lib/}" | gcc -x c "${flags[@]}" -ffreestanding \
			-Wno-unused-parameter -mgeneral-regs-only -DENV_PVH64 \
			-D__XEN_INTERFACE_VERSION__=0x00040d00 -Iselftests/guest/lib -
		;;
	selftests/unit/!(unit.h))
		# Those that stand in for headers of kmod/ come first for their own kind only.
		case $file in
		selftests/unit/@(ept|mmio)_fake/*) flags+=(-I"${file%%_fake/*}_fake") ;;
		esac
		twice "${file#selftests/unit/@(shim|mock)/}" | gcc -x c "${flags[@]}" \
			-Wno-unused-function -Wno-unused-parameter -Iselftests/unit/mock -Ibuild/unit/arch \
			-Iselftests/unit/shim -Iselftests/unit -Ikmod -Itools/xlctl -I. -
		;;
	*)
		twice "$file" | gcc -x c "${flags[@]}" -Iinclude/uapi -Itools/xlctl -I. -
		;;
	esac
}

# Headers of kmod/ with the flags of the module's real build, of which one object's command is taken.
headers_kernel() {
	local kernel=$1 built=build/module/$1.strict said
	said=$(scripts/build-module "$kernel" --strict 2>&1) || {
		echo "$said" | tail -n 5
		return
	}
	HEADERS_KDIR=$(scripts/kernel "$kernel")/headers
	HEADERS_FLAGS=$(sed -n '1{s/^[^=]*:= *//; s/ -c -o .*//; s/-Wp,-MMD,[^ ]*//; p}' \
		"$built/kmod/.main.o.cmd")
	export HEADERS_KDIR HEADERS_FLAGS
	each headers "$HEADERS_FLAGS $(grep '\.h$' "$built/.sources")" "${files[@]}"
}

# What the mocks of the unit tests take from the kernel.
lint_arch_headers() {
	[ ! -e selftests/unit/Makefile ] ||
		make -s -f selftests/unit/Makefile build/unit/arch/done >/dev/null 2>&1
}

lint_headers() {
	local sum
	files 'kmod/*.h'
	[ ${#files[@]} -eq 0 ] || headers_kernel 6.1-cloud | head -n 60 | report "headers: kernel"
	lint_arch_headers
	files '*.h'
	sum=$(sha256sum "${files[@]}")
	# Modules of tests are built as such. Fakes shadow headers of kmod/ for one test, and mean
	# nothing without it.
	without 'kmod/*' 'selftests/vm/modules/*' '*/asm.h' 'selftests/unit/*_fake/*'
	each headers "$sum" "${files[@]}" | report "headers: user space"
}
