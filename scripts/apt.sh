# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Package lists of another Debian release, kept under build/apt, beside the
# machine's own: nothing here installs or changes anything on the host.
# Sourced after lib.sh.

# mirror main|security: prints the base URI of that archive, as this machine's
# apt is configured to reach it.
mirror() {
	local uri

	# shellcheck disable=SC2016  # the format is apt's to expand
	uri=$(apt-get indextargets --format '$(RELEASE) $(ORIGIN) $(COMPONENT) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null | awk -v want="$1" '
		$3 != "main" || $4 !~ /^(https?|file|mirror[^:]*|ftp):/ { next }
		# Without downloaded lists apt does not know the origin yet.
		$2 != "Debian" && $2 !~ /^[$]/ { next }
		{ kind = "" }
		$1 ~ /^(bookworm|trixie|oldstable|stable|testing|sid)$/ { kind = "main" }
		$1 ~ /-security$/ { kind = "security" }
		kind == want { print $4; exit }')
	[ -n "$uri" ] || return 1
	echo "${uri%/}"
}

# apt_conf RELEASE [ARCHITECTURE|source]: prints the path of an apt configuration for
# RELEASE (bookworm, trixie, trixie-backports) after writing it and whatever it refers to.
# With "source" it knows source packages, and only those.
apt_conf() {
	local release=$1 arch=${2:-amd64} dir=$BUILD/apt/$1${2:+-$2} main security keyring
	local type=deb
	if [ "$arch" = source ]; then
		type='deb-src'
		arch=amd64
	fi

	main=$(mirror main) ||
		die "no Debian archive in this machine's apt configuration"
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -e $keyring ] || die "no $keyring: run make deps"
	mkdir -p "$dir"/{lists,cache,parts}
	(
		echo "$type [arch=$arch signed-by=$keyring] $main $release main"
		case $release in
		*-backports) exit ;;	# these have neither updates nor an archive for security
		esac
		echo "$type [arch=$arch signed-by=$keyring] $main $release-updates main"
		if [ "$arch" != amd64 ] || [ $type != deb ]; then
			:	# only what tests run, nothing that matters
		elif security=$(mirror security); then
			echo "deb [arch=$arch signed-by=$keyring] $security $release-security main"
		else
			say "no security archive configured here: $release may be out of date"
		fi
	) >"$dir/sources.list"
	: >"$dir/status"
	# Given with -c it comes after the host's settings, which so still hold
	# for proxies and the like.  The sandbox user could not write here.
	cat >"$dir/apt.conf" <<-CONF
	Dir::Etc::SourceList "$dir/sources.list";
	Dir::Etc::SourceParts "$dir/parts";
	Dir::Etc::Preferences "$dir/preferences";
	Dir::Etc::PreferencesParts "$dir/parts";
	Dir::State "$dir";
	Dir::State::Lists "$dir/lists";
	Dir::State::status "$dir/status";
	Dir::Cache "$dir/cache";
	Dir::Cache::pkgcache "";
	APT::Architecture "$arch";
	APT::Architectures { "$arch"; };
	APT::Get::AllowUnauthenticated "false";
	APT::Sandbox::User "root";
	APT::Update::Error-Mode "any";
	CONF
	echo "$dir/apt.conf"
}

# apt_refresh CONF: fetches the lists when they are older than a day.
apt_refresh() {
	local stamp=${1%/*}/stamp

	[ -z "$(find "$stamp" -mmin -1440 2>/dev/null)" ] || return 0
	say "reading the package lists of $(basename "${1%/*}")"
	apt-get -c "$1" update -qq >&2 || return 1
	touch "$stamp"
}

# apt_newest CONF PACKAGE: prints the newest version there is.
apt_newest() {
	apt-cache -c "$1" show --no-all-versions "$2" 2>/dev/null |
		sed -n 's/^Version: //p' | head -1
}

# apt_depends CONF PACKAGE REGEX: prints the packages it directly depends on
# whose name matches the (anchored) REGEX.
apt_depends() {
	apt-cache -c "$1" depends --no-recommends --no-suggests --no-conflicts \
		--no-breaks --no-replaces --no-enhances "$2" 2>/dev/null |
		sed -n 's/^ *|\{0,1\}\(Pre\)\{0,1\}Depends: //p' | grep -xE "$3" || :
}

# apt_unpack CONF DIR PACKAGE...: downloads the packages and unpacks them in DIR.
apt_unpack() {
	local conf=$1 dir=$2 deb
	shift 2

	mkdir -p "$dir/.debs"
	(cd "$dir/.debs" && apt-get -c "$conf" download -qq "$@" >&2) || return 1
	for deb in "$dir"/.debs/*.deb; do
		dpkg-deb -x "$deb" "$dir" || return 1
	done
	rm -rf "$dir/.debs"
}
