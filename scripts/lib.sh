# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts of this folder share.  Sourced, never run.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck disable=SC2034  # used by the scripts that source this file
BUILD=$TOP/build
case $TOP in
*[[:space:]:]*)
	# Kbuild takes no such path: what is built goes elsewhere, and the tree has a link to it.
	BUILD=${XDG_CACHE_HOME:-$HOME/.cache}/xlhv-$(printf %s "$TOP" | sha256sum | cut -c1-12)
	mkdir -p "$BUILD"
	[ -e "$TOP/build" ] || ln -sfn "$BUILD" "$TOP/build"
	;;
esac
# shellcheck disable=SC2034
KERNELS="6.1-cloud 6.1 6.1-rt 6.12-cloud 6.12 backports-cloud debug"

# What debug kernels, and modules for them, are compiled with.
# shellcheck disable=SC2034
COMPILER=gcc-12

say() { echo "${0##*/}: $*" >&2; }
die() { say "$*"; exit 1; }

# as_root COMMAND...: runs it as root, through sudo when we are not.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "needs root for: $1 (be root or install sudo)"
	fi
}

# host_release: prints the number of the Debian release we run on (12, 13),
# or nothing on another system.
host_release() {
	(
		ID='' VERSION_ID='' VERSION_CODENAME=''
		# shellcheck disable=SC1091
		. /etc/os-release
		[ "$ID" = debian ] || exit 0
		case $VERSION_CODENAME in
		bookworm) echo 12 ;;
		trixie) echo 13 ;;
		*) echo "${VERSION_ID%%.*}" ;;
		esac
	)
}

# release_of NAME: prints the name of the release, or part of the archive, that kernel NAME comes from.
release_of() {
	case $1 in
	6.1 | 6.1-* | debug) echo bookworm ;;
	6.12 | 6.12-*) echo trixie ;;
	backports-*) echo trixie-backports ;;
	*) return 1 ;;
	esac
}

# built_here NAME: succeeds when we compile that kernel from Debian's source.
built_here() {
	case $1 in
	debug | debug-*) return 0 ;;
	esac
	return 1
}

# known_kernel NAME: succeeds when NAME is one of ours.
known_kernel() {
	case " $KERNELS " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

# hold LOCK: takes an exclusive lock that lasts as long as this process and
# whatever it starts.  LOCK is a path under build/.
hold() {
	mkdir -p "$(dirname "$1")"
	exec 9>"$1"
	if ! flock -n 9; then
		say "waiting for another run that holds ${1#"$TOP"/}"
		flock 9
	fi
}
