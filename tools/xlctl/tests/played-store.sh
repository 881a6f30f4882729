# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016,SC2031,SC2034  # who sources this uses what is set
#
# For the tests of what has to do with XenStore: the stock xenstored of this release, with no Xen and no
# module under it (no-xen.c, fake.c). DOM0 is empty afterwards where it cannot be had.
# shellcheck source-path=SCRIPTDIR source=played.sh
. "$TREE/tools/xlctl/tests/played.sh"

release=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
DOM0=$("$TREE/scripts/dom0" "$release" 2>"$TAP_DIR/dom0") || DOM0=
if [ -z "$DOM0" ]; then
	return
fi
# As /proc shows it.
DOM0=$(cd "$DOM0" && pwd -P)
make -s -C "$TREE/tools/xlctl" "$TREE/build/xlctl/tests/no-xen.so" >"$TAP_DIR/build" 2>&1 ||
	{ diag "$(cat "$TAP_DIR/build")"; bail_out "no-xen.so does not build"; }

# A host with a Dom0: its nodes, and a daemon in the folder of its version. An older Xen beside it
# must not be taken.
ROOT=$TAP_DIR/root
mkdir -p "$ROOT/proc/xen" "$ROOT/dev/xen" "$ROOT/usr/lib/xen-4.9/bin" "$TAP_DIR/xs"
touch "$ROOT/proc/xen/xsd_port" "$ROOT/proc/xen/xsd_kva" "$ROOT/dev/xen/evtchn" \
	"$ROOT/dev/xen/gntdev" "$ROOT/dev/xen/privcmd"
printf '#!/bin/sh\necho "an old one" >&2\nexit 1\n' >"$ROOT/usr/lib/xen-4.9/bin/xenstored"
bin=$(cd "$DOM0" && echo usr/lib/xen-*/bin)
mkdir -p "$ROOT/$bin"
cat >"$ROOT/$bin/xenstored" <<DAEMON
#!/bin/sh
export LD_PRELOAD=$TREE/build/xlctl/tests/no-xen.so
export LD_LIBRARY_PATH=$DOM0/lib/x86_64-linux-gnu NO_XEN_LOG=$TAP_DIR/xs/log
exec $DOM0/$bin/xenstored "\$@"
DAEMON
chmod +x "$ROOT/$bin/xenstored" "$ROOT/usr/lib/xen-4.9/bin/xenstored"
export XENSTORED_RUNDIR="$TAP_DIR/xs"
export XLHV_FAKE="$TAP_DIR/fake"
WITHOUT=$CFG CFG=$TAP_DIR/store.cfg
grep -v xenstore "$WITHOUT" >"$CFG"
# Monitors end with their domains.
at_exit '[ -z "${XLHV_FAKE-}" ] || x list 2>/dev/null | awk "NR > 2 { print \$1 }" |
		while read -r name; do x destroy "$name"; done
	kill "$(cat "$TAP_DIR/xs/xenstored.pid")" 2>/dev/null || :'

# xs NAME ARG...: a stock client
xs() {
	client=$1
	shift
	LD_LIBRARY_PATH=$DOM0/lib/x86_64-linux-gnu XENSTORED_PATH=$TAP_DIR/xs/socket \
		timeout 20 "$DOM0/usr/bin/xenstore-$client" "$@"
}

# stored NAME PATH VALUE
stored() {
	is "$1" "$(xs read "$2" 2>&1)" "$3"
}

