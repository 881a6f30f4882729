# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154  # "dir", "new" and "update" are set by who sources this
#
# Kernels that are compiled from Debian's source, with a configuration of our
# own.  Sourced by ../kernel, after lib.sh and apt.sh.

# compile_fragments NAME: what its configuration is made of, one path a line.
compile_fragments() {
	printf '%s\n' "$TOP/scripts/kernel.d/common.config" "$TOP/scripts/kernel.d/$1.config"
}

# What is given to make. KASAN need not check lockdep's own accesses: its tables are its own, and
# it makes so many that this is a fourth of all instructions.
COMPILE_VARIABLES=(KASAN_SANITIZE_lockdep.o=n)

# compile_key NAME: changes when the kernel has to be compiled again.
compile_key() {
	{
		compile_fragments "$1" | xargs grep -hE '^(# )?CONFIG_'
		echo "${COMPILE_VARIABLES[@]}"
	} | sha256sum | cut -c1-16
}

# compile_source NAME: the package with its source.
compile_source() {
	case $(release_of "$1") in
	bookworm) echo linux-source-6.1 ;;
	trixie) echo linux-source-6.12 ;;
	esac
}

# compile_missing: options of the fragments that Kconfig did not take; it
# leaves out without a word what depends on something that is missing.
compile_missing() {
	compile_fragments "$1" | xargs cat | while IFS= read -r line; do
		case $line in
		CONFIG_*=n) ! grep -q "^${line%n}" .config || echo "$line" ;;
		CONFIG_*) grep -qxF "$line" .config || echo "$line" ;;
		esac
	done
}

# compile_kernel NAME CONF: makes $dir.  What was compiled stays in a work
# folder until it is complete, so an interrupted build goes on where it was.
compile_kernel() {
	local name=$1 conf=$2 package version key work=$BUILD/kernels/.$1.build tree missing
	local make=(make -s CC="$COMPILER" HOSTCC="$COMPILER" "${COMPILE_VARIABLES[@]}")

	package=$(compile_source "$name")
	version=$(apt_newest "$conf" "$package")
	[ -n "$version" ] || die "the archive has no $package"
	key="$package $version $(compile_key "$name") $("$COMPILER" -dumpfullversion)"
	if complete && [ "$(cat "$dir/package")" = "$key" ]; then
		return
	fi
	tree=$work/$package
	if [ "$(cat "$work/key" 2>/dev/null)" != "$key" ]; then
		say "getting $package $version"
		rm -rf "$work"
		mkdir -p "$work"
		apt_unpack "$conf" "$work/root" "$package" || die "could not download $package"
		tar -xf "$work/root/usr/src/$package.tar.xz" -C "$work" ||
			die "could not unpack $package"
		rm -r "$work/root"
		(
			cd "$tree"
			"${make[@]}" tinyconfig
			mapfile -t fragments < <(compile_fragments "$name")
			scripts/kconfig/merge_config.sh -m .config "${fragments[@]}"
			"${make[@]}" olddefconfig
		) >"$work/log" 2>&1 || die "cannot configure $package: see $work/log"
		echo "$key" >"$work/key"
	fi
	missing=$(cd "$tree" && compile_missing "$name" | tr '\n' ' ')
	[ -z "$missing" ] || die "$package has not all of $name.config: $missing"
	say "compiling $package $version as $name: half an hour of CPU time"
	nice "${make[@]}" -C "$tree" -j"$(nproc)" bzImage modules >>"$work/log" 2>&1 ||
		die "$package does not compile: see $work/log"

	rm -rf "$new"
	mkdir -p "$new"
	"${make[@]}" -C "$tree" INSTALL_MOD_PATH="$new/inst" INSTALL_MOD_STRIP=1 \
		modules_install >>"$work/log" 2>&1 || die "cannot install modules: see $work/log"
	mv "$new/inst/lib/modules/"* "$new/modules"
	rm -rf "$new/inst" "$new/modules/build" "$new/modules/source"
	cp "$tree/arch/x86/boot/bzImage" "$new/vmlinuz"
	cp "$tree/System.map" "$new/"
	cp "$tree/.config" "$new/config"
	cat "$tree/include/config/kernel.release" >"$new/release"
	echo "$key" >"$new/package"
	rm "$work/key"		# what follows cannot go on after an interruption
	# Of the tree stays what modules are built with.
	mkdir -p "$new/headers/tools/objtool" "$new/headers/arch"
	cp "$tree/tools/objtool/objtool" "$new/headers/tools/objtool/"
	mv "$tree/Makefile" "$tree/.config" "$tree/Module.symvers" "$tree/include" "$tree/scripts" \
		"$new/headers/"
	mv "$tree/arch/x86" "$new/headers/arch/"
	find "$new/headers/arch" -type f ! -path '*/include/*' ! -name 'Makefile*' -delete
	find "$new/headers" -type d -empty -delete
	echo "$LAYOUT" >"$new/layout"
	replace
	rm -rf "$work"
}
