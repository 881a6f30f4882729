# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A fresh Debian in a folder, for tests that install packages. Sourced after scripts/lib.sh and
# scripts/apt.sh. Needs root, for chroot and mounts.
#
# build/fresh/CODE-NAME holds a configured minimal Debian with DKMS and kernel headers. It is made
# once, by debootstrap, and never written to: each test has a writable layer over it. Packages that
# a test downloads are kept in build/fresh/CODE-NAME.debs.

# What is in it, apart from the headers. DKMS signs modules with openssl.
FRESH_PACKAGES=(dkms openssl man-db bash-completion systemd)

# in_folder DIR COMMAND...: runs it as root of that Debian, with /proc, /dev and /sys meanwhile.
in_folder() {
	# shellcheck disable=SC2016  # for the shell that is started
	unshare --mount --propagation private sh -c '
		mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" &&
			mount --rbind /sys "$0/sys" || exit
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
			DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} \
			${https_proxy:+https_proxy="$https_proxy"} \
			chroot "$0" "$@"' "$@"
}

# make_fresh CODE-NAME DIR HEADERS: the folder from nothing. Where the archive no longer has the
# package HEADERS, those of its newest cloud kernel take their place.
make_fresh() {
	local name=$1 dir=$2 headers=$3 conf

	conf=$(apt_conf "$name") || return
	debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
		"$name" "$dir" "$(mirror main)" >&2 || return
	cp "${conf%/*}/sources.list" "$dir/etc/apt/sources.list"
	cp /etc/resolv.conf "$dir/etc/resolv.conf"
	# A test's folder need not survive a power failure.
	echo force-unsafe-io >"$dir/etc/dpkg/dpkg.cfg.d/unsafe-io"
	# Debian 13's headers bring the kernel itself, which is not going to be booted.
	# shellcheck disable=SC2016  # for the shell that is started
	in_folder "$dir" env INITRD=No sh -ec '
		headers=$1; shift
		apt-get -q update
		apt-cache show "$headers" >/dev/null 2>&1 || headers=linux-headers-cloud-amd64
		apt-get -q -y --no-install-recommends install "$@" "$headers"
		apt-get clean' sh "$headers" "${FRESH_PACKAGES[@]}" >&2
}

# fresh_debian CODE-NAME RELEASE: makes sure that the folder is there, with the headers of the
# kernel RELEASE, and prints its path.
fresh_debian() {
	local name=$1 dir=$BUILD/fresh/$1 recipe="1 ${FRESH_PACKAGES[*]} $2" new=$BUILD/fresh/.$1.new

	(
		hold "$dir.lock"
		[ "$(cat "$dir/recipe" 2>/dev/null)" != "$recipe" ] || exit 0
		say "making a fresh Debian ($name), two minutes"
		rm -rf "$new" "$dir"
		make_fresh "$name" "$new" "linux-headers-$2" || exit
		echo "$recipe" >"$new/recipe"
		mv "$new" "$dir"
	) || return
	echo "$dir"
}
