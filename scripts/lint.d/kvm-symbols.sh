# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# No symbol that a kernel keeps for KVM is used: neither one that a kernel at hand exports to
# KVM's modules or from them (its Module.symvers says so), nor one that newer kernels do
# (kvm-symbols.conf). One that older kernels give to everybody may be used where the code is
# compiled out on the newer ones; that this is so is shown by compiling the module as for them.

KVM_KERNELS=${KVM_KERNELS:-6.1-cloud 6.12-cloud}

# reserved_at_hand: what the supported kernels keep for KVM. One that is newer than the list's first
# version is not among them: there the code is compiled out, as is shown below.
reserved_at_hand() {
	local file
	for file in build/kernels/@(6.*|debug)/headers/Module.symvers; do
		awk -F '\t' '$5 ~ /^module:.*kvm/ || $3 ~ /(^|\/)kvm(-intel|-amd)?$/ { print $2 }' "$file"
	done | sort -u
}

# undefined OBJECT...: the symbols they take from elsewhere
undefined() {
	nm -u "$@" | awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u
}

# switch_as VERSION MACRO: what kmod/compat.h makes of the macro on a kernel of that version
switch_as() {
	local major=${1%%.*} minor=${1#*.}
	{
		echo "#define LINUX_VERSION_CODE $((major * 65536 + minor * 256))"
		echo "#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))"
		grep -v '^#include' kmod/compat.h
		echo "value $2"
	} | cpp -P 2>/dev/null | sed -n 's/^value //p'
}

# switched SWITCH...: the sources that a switch makes a difference for: those that name it, or what
# kmod/compat.h defines under it. All, when another header does.
switched() {
	local names
	names=$(awk -v known="$*" '
		function told(  i, n, words) {
			n = split($0, words, /[^A-Za-z0-9_]+/)
			for (i = 1; i <= n; i++)
				if (words[i] in names)
					return 1
			return 0
		}
		BEGIN { n = split(known, list); for (i = 1; i <= n; i++) names[list[i]] = 1 }
		/^#[ \t]*if/ { depth++; under[depth] = under[depth - 1] || told() }
		/^#[ \t]*endif/ { depth-- }
		/^#[ \t]*define/ && (under[depth] || told()) { sub(/\(.*/, "", $2); names[$2] = 1 }
		END { for (name in names) print name }' kmod/compat.h)
	files 'kmod/*.h'
	without kmod/compat.h
	if [ ${#files[@]} -gt 0 ] && grep -qwF "$names" "${files[@]}"; then
		files 'kmod/*.[cS]'
		without kmod/coverage.c		# of a build of its own, without these switches
		printf '%s\n' "${files[@]}"
	else
		files 'kmod/*.[cS]'
		grep -lwF "$names" "${files[@]}"
	fi
}

# compile_as VERSION: compiles what makes a difference against the headers of 6.1, with the switches
# that the list names set as for a kernel of that version; prints the objects of the whole module, with
# those of the real build where there is no difference. Only the switches are changed, because the rest
# of the interface is that of the headers.
compile_as() {
	local version=$1 dir=$LINT/as built=build/module/6.1-cloud.strict file kdir switch value
	local objects=() other=()
	kdir=$(scripts/kernel 6.1-cloud) || return 1
	for switch in $(kvm_list switch); do
		dir+=-$switch=$(switch_as "$version" "$switch")
	done
	dir=${dir//=/.}		# make takes a path with one for an assignment
	mkdir -p "$dir"
	files Kbuild 'kmod/*' 'include/*'
	printf '%s\n' "${files[@]}" >"$dir/.files"
	(cd "$dir" && find Kbuild kmod include -name '*.[chS]' -o -name Kbuild) 2>/dev/null |
		grep -vxFf "$dir/.files" | while read -r file; do
			rm -f "$dir/$file"
		done
	for file in "${files[@]}"; do
		[ "$file" != kmod/compat.h ] || continue
		cmp -s "$file" "$dir/$file" && continue
		mkdir -p "$(dirname "$dir/$file")"
		cp "$file" "$dir/$file"
	done
	cp kmod/compat.h "$dir/.new"
	for switch in $(kvm_list switch); do
		value=$(switch_as "$version" "$switch")
		sed -i -E "s/^(#define ${switch}[[:space:]]+)[01]\$/\\1$value/" "$dir/.new"
	done
	cmp -s "$dir/.new" "$dir/kmod/compat.h" || cp "$dir/.new" "$dir/kmod/compat.h"
	# shellcheck disable=SC2046 # names of macros
	mapfile -t files < <(switched $(kvm_list switch))
	for file in "${files[@]}"; do
		objects+=("${file%.[cS]}.o")
	done
	mapfile -t other < <(cd "$built" && find kmod -name '*.o' | grep -vxFf <(printf '%s\n' "${objects[@]}"))
	if [ ${#objects[@]} -gt 0 ]; then
		make -C "$kdir/headers" M="$PWD/$dir" -s -j"$(nproc)" CONFIG_DEBUG_INFO= xlhv.o \
			xlhv-y="${objects[*]}" >&2 ||
			return 1
		echo "$dir/xlhv.o"
	fi
	[ ${#other[@]} -eq 0 ] || printf "$built/%s\n" "${other[@]}"
}

# kvm_list switch|VERSION: the switches, or the symbols reserved from that very version
kvm_list() {
	conf scripts/lint.d/kvm-symbols.conf | awk -v kind="$1" '$1 == kind { print $2 }'
}

lint_kvm_symbols() {
	local kernel ko version versions since switch objects
	{
		for kernel in $KVM_KERNELS; do
			ko=$(scripts/build-module "$kernel" 2>"$TAP_DIR/why") || {
				grep -E 'error|build-module:' "$TAP_DIR/why" | head -n 20
				continue
			}
			undefined "$ko" | comm -12 - <(reserved_at_hand) |
				sed "s/\$/: reserved for KVM, used by the module for $kernel/"
		done
	} | report "kvm-symbols: supported kernels"

	mapfile -t versions < <(conf scripts/lint.d/kvm-symbols.conf | cut -f1 | grep -v switch |
		sort -uV)
	{
		conf scripts/lint.d/kvm-symbols.conf |
			grep -vP '^([0-9]+\.[0-9]+|switch)\t[A-Za-z_][A-Za-z0-9_]*$'
		# A switch that says the same for all kernels would hide what it should show.
		for switch in $(kvm_list switch); do
			for version in 6.1 "${versions[@]}"; do
				switch_as "$version" "$switch"
			done | sort -u | tr '\n' ' ' | grep -qx '0 1 ' ||
				echo "$switch: not 0 and 1 in turn in kmod/compat.h"
		done
	} | report "kvm-symbols: list"

	for version in "${versions[@]}"; do
		if compile_as "$version" >"$TAP_DIR/objects" 2>"$TAP_DIR/why"; then
			mapfile -t objects <"$TAP_DIR/objects"
			undefined "${objects[@]}" | comm -12 - <(
				for since in "${versions[@]}"; do
					kvm_list "$since"
					[ "$since" != "$version" ] || break
				done | sort -u) |
				sed "s/\$/: reserved for KVM by then, and not compiled out/"
		else
			grep -E 'error' "$TAP_DIR/why" | head -n 20
			echo "the module does not compile with the switches of $version"
		fi | report "kvm-symbols: as for kernel $version"
	done
}
