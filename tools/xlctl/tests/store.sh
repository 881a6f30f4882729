# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016,SC2031  # the subshells have files of their own
#
# XenStore: the stock xenstored of this release, with no Xen and no module under it (no-xen.c,
# fake.c). What xlctl writes there is compared with what libxl writes for the same domain.
# shellcheck source-path=SCRIPTDIR source=played-store.sh
. "$TREE/tools/xlctl/tests/played-store.sh"
if [ -z "$DOM0" ]; then
	skip "XenStore" "no xenstored of this release can be had: $(tail -n 1 "$TAP_DIR/dom0")"
	return
fi

fresh
says 0 "no Dom0 nodes: a domain without XenStore, and that is said" \
	"^xlctl: warning: domain 'debian' has no XenStore: the module makes no device nodes of a Dom0 \(dom0=0\)$" \
	create -p -e "$CFG"
x destroy debian
silent "but not if it was not asked for" create -p -e "$CFG" 'xenstore="off"'
x destroy debian
silent "--no-xenstore" create -p -e --no-xenstore "$CFG"
x destroy debian
silent "nor with -q" create -p -e -q "$CFG"
x destroy debian
says 1 "xenstore=\"on\" insists" "^xlctl: xenstore=\"on\": the module makes no device nodes" \
	create -p -e "$CFG" 'xenstore="on"'
is "and there is no domain" "$(x list | wc -l)" 2
says 1 "daemon start without Dom0" "^xlctl: daemon: there is no Dom0 for it: " daemon start

export XLHV_FAKE_ROOT="$ROOT"
mv "$ROOT/usr/lib" "$ROOT/usr/lib.away"
says 0 "no xenstored: a line names the package" \
	"^xlctl: warning: .*: no xenstored is installed; it is in Debian's package xen-utils-4.17 \(Debian 12\) or xen-utils-4.20 \(Debian 13\)$" \
	create -p -e "$CFG"
x destroy debian
says 1 "daemon start without one" "^xlctl: daemon: no oxenstored is installed; .*xen-utils-4.17" \
	daemon start oxenstored
mv "$ROOT/usr/lib.away" "$ROOT/usr/lib"
says 1 "daemon status" "^xenstored: not running$" daemon status
silent "daemon stop, when none runs" daemon stop
mv "$ROOT/$bin" "$ROOT/$bin.away"
says 1 "a daemon that ends at once: its own words" \
	"^xlctl: .*/xen-4.9/bin/xenstored ends at once: an old one$" daemon start
says 1 "and no domain comes of it" "--no-xenstore creates it without$" create -p -e "$CFG"
is "really none" "$(x list | wc -l)" 2
mv "$ROOT/$bin.away" "$ROOT/$bin"

silent "create starts the daemon" create -p -e "$CFG" uuid=12345678-9abc-def0-1234-56789abcdef0 maxvcpus=3
says 0 "daemon status when it runs" "^xenstored: running, process [0-9]+, $DOM0/$bin/xenstored$" \
	daemon status
says 0 "it was started with the newest version" "process $(cat "$TAP_DIR/xs/xenstored.pid")," daemon status
domid=$(x domid debian)
home=/local/domain/$domid

# The tree, as libxl writes it; where ours differs on purpose stands in docs/xenstore.md.
xs ls -fp | sed -n "s,^$home,HOME,p" | sort >"$TAP_DIR/tree"
sed "s/DOMID/$domid/g; s,/\*.*,," <<'TREE_OF_LIBXL' | sed 's/ *$//' | sort >"$TAP_DIR/want"
HOME = ""   (n0,rDOMID)
HOME/vm = "/vm/12345678-9abc-def0-1234-56789abcdef0"   (n0,rDOMID)
HOME/name = "debian"   (n0,rDOMID)
HOME/domid = "DOMID"   (n0,rDOMID)
HOME/cpu = ""   (n0,rDOMID)
HOME/cpu/0 = ""   (n0,rDOMID)
HOME/cpu/0/availability = "online"   (n0,rDOMID)
HOME/cpu/1 = ""   (n0,rDOMID)
HOME/cpu/1/availability = "online"   (n0,rDOMID)
HOME/cpu/2 = ""   (n0,rDOMID)
HOME/cpu/2/availability = "offline"   (n0,rDOMID)
HOME/memory = ""   (n0,rDOMID)
HOME/memory/static-max = "65536"   (n0,rDOMID)
HOME/memory/target = "65536"   (n0,rDOMID)
HOME/memory/videoram = "0"   (n0,rDOMID)
HOME/device = ""   (n0,rDOMID)
HOME/device/suspend = ""   (n0,rDOMID)
HOME/device/suspend/event-channel = ""   (nDOMID)
HOME/control = ""   (n0,rDOMID)
HOME/control/shutdown = ""   (nDOMID)
HOME/control/feature-poweroff = ""   (nDOMID)
HOME/control/feature-reboot = ""   (nDOMID)
HOME/control/feature-suspend = ""   (nDOMID)
HOME/control/feature-s3 = ""   (nDOMID)
HOME/control/feature-s4 = ""   (nDOMID)
HOME/control/sysrq = ""   (nDOMID)
HOME/control/platform-feature-multiprocessor-suspend = "1"   (n0,rDOMID)
HOME/control/platform-feature-xs_reset_watches = "1"   (n0,rDOMID)
HOME/data = ""   (nDOMID)
HOME/drivers = ""   (nDOMID)
HOME/feature = ""   (nDOMID)
HOME/attr = ""   (nDOMID)
HOME/error = ""   (nDOMID)
HOME/console = ""   (n0,rDOMID)
HOME/console/backend = "/local/domain/0/backend/console/DOMID/0"   (n0,rDOMID)
HOME/console/backend-id = "0"   (n0,rDOMID)
HOME/console/type = "xlhv"   (n0,rDOMID)
HOME/console/port = "11"   (n0,rDOMID)
HOME/console/ring-ref = "1044479"   (n0,rDOMID)
HOME/store = ""   (n0,rDOMID)
HOME/store/port = "12"   (n0,rDOMID)
HOME/store/ring-ref = "1044476"   (n0,rDOMID)
TREE_OF_LIBXL
check "the domain's nodes and their permissions are libxl's" diff -u "$TAP_DIR/want" "$TAP_DIR/tree"
xs ls -fp | sed -n "s/start_time = \"[0-9]*\.[0-9][0-9]\"/start_time = TIME/; /^\/\(vm\|libxl\)\//p" | sort >"$TAP_DIR/tree"
sed "s/DOMID/$domid/g" <<'TREE_OF_LIBXL' | sort >"$TAP_DIR/want"
/vm/12345678-9abc-def0-1234-56789abcdef0 = ""   (n0,rDOMID)
/vm/12345678-9abc-def0-1234-56789abcdef0/name = "debian"   (n0,rDOMID)
/vm/12345678-9abc-def0-1234-56789abcdef0/start_time = TIME   (n0,rDOMID)
/vm/12345678-9abc-def0-1234-56789abcdef0/uuid = "12345678-9abc-def0-1234-56789abcdef0"   (n0,rDOMID)
/libxl/DOMID = ""   (n0)
/libxl/DOMID/device = ""   (n0)
/libxl/DOMID/device/console = ""   (n0)
/libxl/DOMID/device/console/0 = ""   (n0)
/libxl/DOMID/device/console/0/backend = "/local/domain/0/backend/console/DOMID/0"   (n0)
/libxl/DOMID/device/console/0/frontend = "/local/domain/DOMID/console"   (n0)
/libxl/DOMID/device/console/0/frontend-id = "DOMID"   (n0)
/libxl/DOMID/device/console/0/online = "1"   (n0)
/libxl/DOMID/device/console/0/protocol = "vt100"   (n0)
/libxl/DOMID/device/console/0/state = "4"   (n0)
/libxl/DOMID/type = "pvh"   (n0)
TREE_OF_LIBXL
check "and so are those beside them" diff -u "$TAP_DIR/want" "$TAP_DIR/tree"
stored "the console's backend" "/local/domain/0/backend/console/$domid/0/frontend" "$home/console"
stored "the host has a name" /local/domain/0/name Domain-0
check "the daemon has mapped its ring by the reserved grant" grep -qx "map $domid 1" "$TAP_DIR/xs/log"
check "and bound its port" grep -qx "bind $domid 12" "$TAP_DIR/xs/log"

says 1 "daemon stop with a domain" "^xlctl: daemon: 1 domain would lose XenStore for good; -f" daemon stop
x rename debian other
stored "rename" "$home/name" other
stored "rename, in /vm" /vm/12345678-9abc-def0-1234-56789abcdef0/name other
x destroy other
is "destroy removes all of it" "$(xs ls -f | grep -c -e "/$domid\b" -e 12345678)" 0
check "and has the daemon let go of the ring" grep -qx "unmap $domid 1" "$TAP_DIR/xs/log"

# What the monitor does.
XLHV_FAKE_LIFE=reboot x create "$CFG"
becomes "the monitor starts it again" "^debian +$((domid + 2)) " list
for _ in $(seq 100); do
	[ "$(xs read "/local/domain/$((domid + 2))/name" 2>/dev/null)" != debian ] || break
	sleep 0.05
done
stored "its next life has nodes" "/local/domain/$((domid + 2))/name" debian
is "its last one has none" "$(xs ls -f | grep -c "/$((domid + 1))\b")" 0
x destroy debian
is "nor has what was destroyed by its monitor" "$(xs ls -f | grep -c "/$((domid + 2))\b")" 0
# The third start of all.
XLHV_FAKE_LIFE=,,crash x create "$CFG" 'on_crash="rename-restart"' 'uuid="12345678-9abc-def0-1234-56789abcdef1"'
becomes "rename-restart" "^debian +$((domid + 4)) " list
kept=$(xs read "/local/domain/$((domid + 3))/vm")
check_match "^debian-[0-9TZ]+$" "what is kept aside has its new name" xs read "/local/domain/$((domid + 3))/name"
check "and another identity" [ "$kept" != /vm/12345678-9abc-def0-1234-56789abcdef1 ]
check_match "^debian-" "which has it, too" xs read "$kept/name"
for name in $(x list | awk 'NR > 2 { print $1 }'); do x destroy "$name"; done
is "no node is left of any" "$(xs ls -f | grep -c -e "^/vm/." -e "^/libxl/." -e "^/local/domain/[1-9]")" 0

# What a domain's kernel is asked to do. A kernel that listens is played by stock clients.

# asked VALUE: waits until that is the word of control/shutdown
asked() {
	for _ in $(seq 400); do
		[ "$(xs read "$home/control/shutdown" 2>/dev/null)" != "$1" ] || return 0
		sleep 0.05
	done
	return 1
}

# listens VALUE: takes the next word of control/shutdown as Linux does
listens() {
	asked "$1" && xs write "$home/control/shutdown" ""
}

x create -p -e "$CFG" maxvcpus=3
home=/local/domain/$(x domid debian)
listens poweroff & ear=$!
silent "shutdown, which the domain hears" shutdown debian
check "it did" wait $ear
listens reboot & ear=$!
silent "reboot" reboot -t 20 debian
wait $ear
says 1 "a domain that never answers" \
	"^xlctl: domain 'debian' has not answered within 1 s, as it is paused; the request is withdrawn$" \
	shutdown -t 1 debian
stored "and will not find the request later" "$home/control/shutdown" ""
x unpause debian
says 1 "one that runs, and never answers" "^xlctl: domain 'debian' has not answered within 1 s; the" \
	reboot --wait --timeout 1 debian
xs write "$home/control/shutdown" rubbish
(asked poweroff; xs write "$home/control/shutdown" "more rubbish") &
silent "one that answers with rubbish has heard it" shutdown -t 20 debian
(asked poweroff; xs rm "$home/control/shutdown") &
silent "as has one that removes the node" shutdown -t 20 debian
(listens poweroff; xs write "$home/control/shutdown" poweroff; xs write "$home/control/shutdown" "") &
silent "one that answers twice" shutdown -t 20 debian
wait
(listens poweroff; xs write "$home/control/shutdown" poweroff; sleep 0.5; x destroy debian) &
silent "and one that takes it back and dies" shutdown -w -t 20 debian
x create -p -e "$CFG" maxvcpus=3
home=/local/domain/$(x domid debian)
(asked poweroff; x destroy debian) &
silent "one that dies before it answers has ended" shutdown -t 20 debian
x create -p -e "$CFG" maxvcpus=3
home=/local/domain/$(x domid debian)
(listens poweroff; sleep 0.5; x destroy debian) &
silent "shutdown -w waits for the end" shutdown -w debian
says 1 "and it has ended" "no domain 'debian'" list debian
x create -p -e "$CFG" maxvcpus=3
x create -p -e "$CFG" name=second
home=/local/domain/$(x domid debian)
# shellcheck disable=SC2030,SC2031
(home=/local/domain/$(x domid second); asked poweroff; x destroy second) &
(listens poweroff) &
silent "shutdown -a: one answers, the other dies" shutdown -a -t 20
wait
x create -p -e --no-xenstore "$CFG" name=third
listens poweroff & ear=$!
says 1 "shutdown -a names those that cannot be asked" "^xlctl: domain 'third' has no XenStore, so it" \
	shutdown -a -t 20
check "and asks the others" wait $ear
x destroy third
silent "sysrq" sysrq debian s
stored "is in its node" "$home/control/sysrq" s
says 2 "sysrq of two letters" "sysrq: 'ab': expected one letter" sysrq debian ab

# memory REGEX NAME: what it has, and may have
memory() {
	says 0 "$2" "$1" list --json debian
}

silent "mem-set" mem-set debian 32
stored "in KiB" "$home/memory/target" 32768
memory '"memory_kib": ?32768' "it gives back what it does not need"
memory '"max_memory_kib": ?32768' "and may not have it again"
silent "mem-set with a unit" mem-set debian 65536k
stored "in KiB, too" "$home/memory/target" 65536
memory '"max_memory_kib": ?65536' "now it may"
says 0 "it is to have as much the next time" '"target_memkb": ?65536' list -l debian
XLHV_FAKE_BALLOON=deaf says 1 "mem-set of one that never answers" \
	"^xlctl: domain 'debian' has 65536 KiB after 1 s, not 32768, as it is paused; it may go on$" \
	mem-set -t 1 debian 32
memory '"max_memory_kib": ?32768' "it will not have more for all that"
XLHV_FAKE_BALLOON=deaf silent "mem-set that does not wait" mem-set --no-wait debian 64
x unpause debian
XLHV_FAKE_BALLOON=deaf says 1 "one that runs, and never answers" \
	"^xlctl: domain 'debian' has 65536 KiB after 1 s, not 32768: it has not answered; it may go on$" \
	mem-set --timeout 1 debian 32
x mem-set -n debian 64
XLHV_FAKE_BALLOON=half silent "one that gives back at once what it can" mem-set -n debian 32
XLHV_FAKE_BALLOON=deaf says 1 "which is not all" "^xlctl: domain 'debian' has 49152 KiB after 1 s" \
	mem-set -t 1 debian 32
x mem-set debian 64
silent "mem-max" mem-max debian 96
memory '"max_memory_kib": ?98304' "it may have as much"
stored "what it is to have is the same" "$home/memory/target" 65536
says 1 "mem-max below that" \
	"^xlctl: mem-max: 32768 KiB: domain 'debian' is to have 65536 KiB \(mem-set\)$" mem-max debian 32
says 2 "mem-max of nothing" "mem-max: '0': expected an amount" mem-max debian 0
says 1 "mem-max of the host" "Domain-0 is this host and cannot be changed" mem-max 0 512
XLHV_FAKE_FAIL="4b:7:no" says 1 "mem-max that is refused" \
	"^xlctl: domain 'debian' cannot have at most 98304 KiB: no$" mem-max debian 96
XLHV_FAKE_FAIL="4b:7:no" says 1 "mem-set that is refused" "cannot have at most 32768 KiB: no$" \
	mem-set debian 32
stored "asks for nothing" "$home/memory/target" 65536
xs write "$home/memory/static-max" rubbish
says 1 "rubbish in the store" "^xlctl: domain 'debian': XenStore: $home/memory/static-max is not a number$" \
	mem-set debian 32
xs write "$home/memory/static-max" 999999999999
says 1 "a host that has not so much" "^xlctl: domain 'debian' would need [0-9]+ KiB more; the host has [0-9]+ KiB" \
	mem-set debian 900000m
xs write "$home/memory/static-max" 65536
XLHV_FAKE_BALLOON=dies says 1 "one that dies in the middle" "^xlctl: domain 'debian' has ended meanwhile$" \
	mem-set debian 32
x destroy debian
x create -p -e --no-xenstore "$CFG"
says 1 "mem-set without XenStore" "^xlctl: domain 'debian' has no XenStore, so it cannot be asked" mem-set debian 32
silent "mem-max without XenStore" mem-max debian 32
x destroy debian
x create -p -e "$CFG" maxvcpus=3
home=/local/domain/$(x domid debian)

# A daemon that does not answer.
kill -STOP "$(cat "$TAP_DIR/xs/xenstored.pid")"
export XLHV_FAKE_PATIENCE=1
for command in "shutdown debian" "mem-set debian 32" "mem-max debian 96" "sysrq debian s" "vcpu-set -i debian 1"; do
	# shellcheck disable=SC2086	# words
	says 1 "$command: a daemon that does not answer" "^xlctl: .*: its daemon does not answer within 1 s$" $command
done
says 1 "create: a daemon that does not answer" "its daemon does not answer within 1 s" \
	create -p -e "$CFG" name=late 'xenstore="on"'
is "and there is no domain" "$(x list | grep -c late)" 0
kill -CONT "$(cat "$TAP_DIR/xs/xenstored.pid")"
unset XLHV_FAKE_PATIENCE
silent "it goes on" sysrq debian s
says 1 "mem-set beyond maxmem" \
	"^xlctl: mem-set: 1048576 KiB: domain 'debian' can have at most 65536 KiB \(maxmem\)$" mem-set debian 1g
for amount in 0 -1 x 1x 1kk 99999999999999999999 20000000000t ""; do
	says 2 "mem-set '$amount'" "mem-set: '$amount': expected an amount" mem-set debian "$amount"
done
silent "vcpu-set" vcpu-set -i debian 1
is "what a domain is to use of its vCPUs" "$(for i in 0 1 2; do xs read "$home/cpu/$i/availability"; done | xargs)" \
	"online offline offline"
silent "vcpu-set upwards" vcpu-set -i debian 3
is "all of them" "$(for i in 0 1 2; do xs read "$home/cpu/$i/availability"; done | xargs)" \
	"online online online"
says 2 "shutdown -F" "-F: a PVH domain has no ACPI buttons" shutdown -F debian
says 2 "shutdown of nothing" "shutdown: expected a domain; see" shutdown
says 2 "shutdown -a of one" "-a is for all domains" shutdown -a debian
says 2 "a time that is none" "-t '0': expected a number of seconds, 1 to 86400" reboot -t 0 debian
says 1 "the host is not asked" "Domain-0 is this host and cannot be shut down" shutdown 0
x destroy debian
silent "shutdown -a of none" shutdown -a

# A console that xenconsoled serves: played by a script, as its client is.
mkdir -p "$ROOT/run" "$ROOT/etc/xlhv"
says 1 "console=\"xenconsoled\" where there is none" \
	"^xlctl: no xenconsoled is installed; it is in Debian's package xen-utils-4.17" \
	create -p -e "$CFG" 'console="xenconsoled"'
cat >"$ROOT/$bin/xenconsoled" <<'DAEMON'
#!/bin/sh
[ -z "${XENCONSOLED_FAILS-}" ] || { echo "it cannot" >&2; exit 1; }
(while :; do sleep 0.2; done) &
echo $! >"${1#--pid-file=}"
DAEMON
printf '#!/bin/sh\necho "client of $1"\n' >"$ROOT/$bin/xenconsole"
chmod +x "$ROOT/$bin/xenconsoled" "$ROOT/$bin/xenconsole"
XENCONSOLED_FAILS=1 says 1 "one that ends at once: its own words" "/xenconsoled ends at once: it cannot$" \
	create -p -e "$CFG" 'console="xenconsoled"'
says 1 "console=\"xenconsoled\" without XenStore" "^xlctl: console=\"xenconsoled\": domain 'debian' has no XenStore" \
	create -p -e --no-xenstore "$CFG" 'console="xenconsoled"'
is "no domain comes of these" "$(x list | wc -l)" 2
silent "create starts xenconsoled" create -p -e "$CFG" 'console="xenconsoled"'
says 0 "which daemon status tells" "^xenconsoled: running, process $(cat "$ROOT/run/xenconsoled.pid")$" daemon status
home=/local/domain/$(x domid debian)
is "its nodes are libxl's" "$(xs ls -p "$home/console" | sed 's/[ .]*(.*//; s/^ *//; s/[ .]*$//' | sort)" \
	"$(printf '%s\n' "backend = \"/local/domain/0/backend/console/${home##*/}/0\"" 'backend-id = "0"' \
		'limit = "1048576"' 'output = "pty"' 'port = "13"' 'ring-ref = "1044479"' 'tty = ""' \
		'type = "xenconsoled"' | sort)"
stored "the backend waits for the daemon" "/local/domain/0/backend/console/${home##*/}/0/state" 1
says 0 "console is the stock client" "^client of ${home##*/}$" console debian
says 1 "which keeps no log" "xenconsoled serves its console: no -l, -f or -e$" console -l debian
x destroy debian
echo 'console = "xenconsoled"' >"$ROOT/etc/xlhv/xlctl.conf"
silent "xlctl.conf says it for all" create -p -e "$CFG"
stored "it holds" "/local/domain/$(x domid debian)/console/type" xenconsoled
x destroy debian
silent "but not for those that say other" create -p -e "$CFG" 'console="xlhv"'
stored "it holds, too" "/local/domain/$(x domid debian)/console/type" xlhv
x destroy debian
echo 'console = "tty"' >"$ROOT/etc/xlhv/xlctl.conf"
says 1 "xlctl.conf with a word that is none" "xlctl.conf:1: console=\"tty\": expected \"xlhv\" or" create -p -e "$CFG"
rm "$ROOT/etc/xlhv/xlctl.conf"

# A creation that fails at its end leaves nothing.
XLHV_FAKE_FAIL="31:28:no room" says 1 "no ring" "^xlctl: store of the domain: no room$|console of the domain: no room$" \
	create -p -e "$CFG"
is "no node of a domain that did not come to be" "$(xs ls -f | grep -c -e "^/libxl/.")" 0
x create -p -e --no-xenstore "$CFG"
silent "daemon stop" daemon stop
says 1 "without a daemon nobody can be asked" "^xlctl: no XenStore daemon is running" shutdown debian
x destroy debian
says 1 "it has ended" "^xenstored: not running$" daemon status
silent "daemon start" daemon start
stored "a new daemon knows the host" /local/domain/0/domid 0
silent "a second start changes nothing" daemon start
kill -9 "$(cat "$TAP_DIR/xs/xenstored.pid")"
for _ in $(seq 100); do
	[ -d "/proc/$(cat "$TAP_DIR/xs/xenstored.pid")" ] || break
	sleep 0.05
done
silent "the socket of a daemon that was killed is in nobody's way" create -p -e "$CFG"
x destroy debian
says 2 "daemon without a word" "expected status, start or stop; see" daemon
says 2 "daemon with another" "expected status, start or stop, not 'restart'" daemon restart
says 2 "daemon start of another program" "start takes xenstored, oxenstored or xenconsoled" daemon start sshd
x daemon stop
unset XLHV_FAKE XLHV_FAKE_ROOT XENSTORED_RUNDIR
CFG=$WITHOUT
