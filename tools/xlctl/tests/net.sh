# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016,SC2031
#
# Network interfaces: nodes, what the host's devices are told, commands, and the talk with a
# frontend, which is played by a stock client of XenStore. No packet is carried.
# shellcheck source-path=SCRIPTDIR source=played-store.sh
. "$TREE/tools/xlctl/tests/played-store.sh"
if [ -z "$DOM0" ]; then
	skip "network interfaces" "no xenstored of this release can be had: $(tail -n 1 "$TAP_DIR/dom0")"
	return
fi
export XLHV_FAKE_ROOT="$ROOT"
fresh
MAC=00:16:3e:00:00:01
UUID=5bc5d67a-7ef1-4c62-9bd1-7d6f0c4f3c5e

# front NODE [VALUE]...: what the guest writes of its interface 0; back NODE: what it reads
front() {
	while [ $# -gt 1 ]; do
		xs write -- "$home/device/vif/0/$1" "$2"
		shift 2
	done
}
back() {
	xs read "$backend/$1" 2>/dev/null
}

# backs NAME VALUE NODE: within some seconds it is that
backs() {
	for _ in $(seq 100); do
		[ "$(back "$3")" != "$2" ] || break
		sleep 0.05
	done
	is "$1" "$(back "$3")" "$2"
}

# ours: sets home and backend
ours() {
	domid=$(x domid debian)
	home=/local/domain/$domid
	backend=/local/domain/0/backend/vif/$domid/0
}

# told: what the module and the host's devices were told since the last time
told() {
	tr '\n' ';' <"$XLHV_FAKE/net"
	: >"$XLHV_FAKE/net"
}

# nodes NUMBER: how many nodes the interface has
nodes() {
	xs ls -f | grep -c -e "^/local/domain/0/backend/vif/$domid/$1\b" -e "^$home/device/vif/$1\b" \
		-e "^/libxl/$domid/device/vif/$1\b"
}

says 0 "a dry run tells of interfaces" '"devid": ?0,$' create -n "$CFG" "vif=['']"
says 1 "no store, no interface" "^xlctl: vif: domain 'debian' has no XenStore, by which it would find them$" \
	create --no-xenstore "$CFG" "vif=['']"
says 1 "nor without a monitor" "^xlctl: -e: a domain with network interfaces needs a monitor$" \
	create -e "$CFG" "vif=['']"
says 1 "a bridge that is not there" "^xlctl: network interface 0: there is no bridge 'br7'$" \
	create "$CFG" "vif=['bridge=br7']"
XLHV_FAKE_NO_PORT=1 says 1 "one that refuses" "^xlctl: network interface 0: vif[0-9]*.0: no port$" \
	create "$CFG" "vif=['']"
is "no domain comes of any" "$(x list | wc -l)" 2

: >"$XLHV_FAKE/net"
silent "create" create -p "$CFG" "vif=['mac=$MAC,bridge=xenbr0', 'vifname=web,mtu=9000,trusted=0,ip=10.0.0.2,script=vif-nat,gatewaydev=eth0,rate=1MB/s@20ms,weight=20']" \
	"uuid='$UUID'"
ours
is "the module makes them, and they are connected with the host's" "$(told)" \
	"add vif$domid.0 mtu 1400;join vif$domid.0 100 xenbr0;add web mtu 9000;limit web 101 to 1000000 burst 131072;weight web 101 20;nat web 101 to 10.0.0.2 by eth0;"
xs ls -fp | sed -n "s,^$home/device/vif,FRONT,p; s,^/local/domain/0/backend/vif/$domid,BACK,p; s,^/libxl/$domid/device/vif,LIBXL,p" |
	sed 's/multi-queue-max-queues = "[0-9]*"/multi-queue-max-queues = N/' | sort >"$TAP_DIR/tree"
sed "s/DOMID/$domid/g" <<'TREE_OF_LIBXL' | sort >"$TAP_DIR/want"
FRONT = ""   (n0,rDOMID)
FRONT/0 = ""   (nDOMID,r0)
FRONT/0/backend = "/local/domain/0/backend/vif/DOMID/0"   (nDOMID,r0)
FRONT/0/backend-id = "0"   (nDOMID,r0)
FRONT/0/state = "1"   (nDOMID,r0)
FRONT/0/handle = "0"   (nDOMID,r0)
FRONT/0/mac = "00:16:3e:00:00:01"   (nDOMID,r0)
FRONT/0/mtu = "1400"   (n0,rDOMID)
FRONT/0/trusted = "1"   (nDOMID,r0)
BACK = ""   (n0,rDOMID)
BACK/0 = ""   (n0,rDOMID)
BACK/0/frontend = "/local/domain/DOMID/device/vif/0"   (n0,rDOMID)
BACK/0/frontend-id = "DOMID"   (n0,rDOMID)
BACK/0/online = "1"   (n0,rDOMID)
BACK/0/state = "2"   (n0,rDOMID)
BACK/0/script = "/etc/xen/scripts/vif-bridge"   (n0,rDOMID)
BACK/0/vifname = "vifDOMID.0"   (n0,rDOMID)
BACK/0/mac = "00:16:3e:00:00:01"   (n0,rDOMID)
BACK/0/bridge = "xenbr0"   (n0,rDOMID)
BACK/0/mtu = "1400"   (n0,rDOMID)
BACK/0/handle = "0"   (n0,rDOMID)
BACK/0/type = "vif"   (n0,rDOMID)
BACK/0/hotplug-status = "connected"   (n0,rDOMID)
BACK/0/feature-rx-copy = "1"   (n0,rDOMID)
BACK/0/feature-rx-flip = "0"   (n0,rDOMID)
BACK/0/feature-sg = "1"   (n0,rDOMID)
BACK/0/feature-gso-tcpv4 = "1"   (n0,rDOMID)
BACK/0/feature-gso-tcpv6 = "1"   (n0,rDOMID)
BACK/0/feature-ipv6-csum-offload = "1"   (n0,rDOMID)
BACK/0/feature-split-event-channels = "1"   (n0,rDOMID)
BACK/0/multi-queue-max-queues = N   (n0,rDOMID)
LIBXL = ""   (n0)
LIBXL/0 = ""   (n0)
LIBXL/0/frontend = "/local/domain/DOMID/device/vif/0"   (n0)
LIBXL/0/backend = "/local/domain/0/backend/vif/DOMID/0"   (n0)
LIBXL/0/mac = "00:16:3e:00:00:01"   (n0)
LIBXL/0/handle = "0"   (n0)
LIBXL/0/xlhv-vif = "devid=0,mac=00:16:3e:00:00:01,bridge=xenbr0"   (n0)
TREE_OF_LIBXL
check "nodes of an interface, and who may do what with them" \
	sh -c 'grep -v "^[A-Z]*/1[ /]" "$1" | diff -u "$2" -' sh "$TAP_DIR/tree" "$TAP_DIR/want"
is "a routed one is told as such" "$(xs read "${backend%/*}/1/script") $(xs read "${backend%/*}/1/ip")" \
	"/etc/xen/scripts/vif-nat 10.0.0.2"
is "a limited one as libxl tells it: bytes, and microseconds for them" "$(xs read "${backend%/*}/1/rate")" 20000,20000
is "and has no bridge" "$(xs ls "${backend%/*}/1" | grep -c '^bridge')" 0
is "nor is the backend trusted that is not" "$(xs read "$home/device/vif/1/trusted")" 0
made=$(xs read "${backend%/*}/1/mac")
check "its address is made up, in Xen's range" sh -c 'expr "$1" : "00:16:3e:[0-7][0-9a-f]:[0-9a-f][0-9a-f]:[0-9a-f][0-9a-f]$"' sh "$made"
says 0 "network-list" "^0   0  $MAC +0 +2 +-1 +-1/-1 +$backend *$" network-list debian
says 0 "... of the other one" "^1   0  $made +1 +2 " network-list debian
says 1 "network-list of no domain" "no domain 'nobody'" network-list nobody
says 0 "list -l has the addresses" "\"mac\": ?\"$made\"" list -l debian

# The talk.
front tx-ring-ref 8 rx-ring-ref 9 event-channel 10 request-rx-copy 1 feature-sg 1 feature-gso-tcpv4 1 state 4
backs "a frontend that is ready is connected" 4 state
is "as it asked for" "$(told)" "connect 0 queues 1 features b;queue 0 tx 8 rx 9 ports 10 10;"
says 0 "network-list has its rings" "^0   0  $MAC +0 +4 +10 +8/9 +$backend *$" network-list debian
front state 5
backs "closing is answered by closing" 5 state
front state 6
backs "closed by closed" 6 state
is "after the rings have ended" "$(told)" "disconnect 0;"
front state 1
backs "it may begin again" 2 state
xs rm "$home/device/vif/0/event-channel"
front event-channel-tx 11 event-channel-rx 12 feature-no-csum-offload 1 feature-ipv6-csum-offload 1 feature-gso-tcpv6 1 state 4
backs "with an event channel for each ring" 4 state
is "and other offloads" "$(told)" "connect 0 queues 1 features 17;queue 0 tx 8 rx 9 ports 11 12;"
front state 1
backs "one that forgets all gets a new start" 2 state
xs write "$backend/multi-queue-max-queues" 2
for node in tx-ring-ref rx-ring-ref event-channel-tx event-channel-rx feature-no-csum-offload \
	feature-ipv6-csum-offload feature-gso-tcpv6; do
	xs rm "$home/device/vif/0/$node"
done
front multi-queue-num-queues 2 queue-0/tx-ring-ref 20 queue-0/rx-ring-ref 21 queue-0/event-channel 22 \
	queue-1/tx-ring-ref 30 queue-1/rx-ring-ref 31 queue-1/event-channel-tx 32 queue-1/event-channel-rx 33 state 4
backs "several queues" 4 state
is "each with its own" "$(told)" \
	"disconnect 0;connect 0 queues 2 features b;queue 0 tx 20 rx 21 ports 22 22;queue 1 tx 30 rx 31 ports 32 33;"
says 0 "network-list has the first" "^0   0  $MAC +0 +4 +22 +20/21 " network-list debian
front state 6
backs "closed at once" 6 state
front state 1
backs "anew" 2 state

# refused NAME NODE VALUE...: what a guest writes keeps it from being connected, and nothing else
refused() {
	refused_name=$1
	shift
	xs rm "$home/device/vif/0/multi-queue-num-queues" 2>/dev/null || :
	front tx-ring-ref 8 rx-ring-ref 9 event-channel 10 request-rx-copy 1 feature-sg 1 "$@" state 4
	backs "$refused_name" 5 state
	front state 6
	backs "... and closed" 6 state
	front state 1
	backs "... and may try again" 2 state
}
refused "no copies" request-rx-copy 0
refused "no grant" tx-ring-ref 0
refused "no number" rx-ring-ref -1
refused "a huge one" rx-ring-ref 4294967296
refused "rubbish" event-channel "$(head -c 1500 /dev/zero | tr '\0' 9)"
refused "a feature that is no number" feature-sg yes
refused "a port that is none" event-channel 0
refused "more queues than offered" multi-queue-num-queues 3
refused "no queue" multi-queue-num-queues 0
xs rm "$home/device/vif/0/queue-1/rx-ring-ref"
refused "queues that are not whole" multi-queue-num-queues 2
says 0 "the domain lives on" "^debian " list debian
: >"$XLHV_FAKE/net"
xs rm "$home/device/vif/0/multi-queue-num-queues"
front tx-ring-ref 777 state 4
for _ in $(seq 100); do [ "$(grep -c connect "$XLHV_FAKE/net")" -lt 2 ] || break; sleep 0.02; done
is "a grant that is not ready is tried again" "$(back state)" 2
backs "but not for ever" 5 state
check "nor often" [ "$(grep -c connect "$XLHV_FAKE/net")" -le 8 ]
front state 6
backs "closed" 6 state
front state 1
backs "and good ones are taken after all that" 2 state
front tx-ring-ref 8 state 4
backs "... are connected" 4 state

# Commands.
: >"$XLHV_FAKE/net"
silent "network-attach" network-attach debian
is "takes the lowest number" "$(told)" "add vif$domid.2 mtu 1400;join vif$domid.2 102 xenbr0;"
silent "network-detach of what no driver has" network-detach debian 2
is "removes it" "$(told)" "remove vif$domid.2;"
is "and its nodes" "$(nodes 2)" 0
says 0 "what is not there is ignored, and that is said" \
	"^xlctl: warning: network-attach: model=e1000 is ignored: " network-attach debian model=e1000 mac=00:16:3e:00:00:05
silent "network-detach by address" network-detach debian 00:16:3E:00:00:05
says 1 "a number that is in use" "^xlctl: network interface 1: the domain has an interface of that number, or the host has a device of its name$" \
	network-attach debian devid=1
says 1 "words that are no interface" "^xlctl: network-attach: mac=1: expected six bytes" network-attach debian mac=1
says 1 "what is not supported" "^xlctl: network-attach: script=vif-x: scripts are not run; vif-bridge, vif-route and vif-nat are built in" \
	network-attach debian script=vif-x
says 0 "a dry run" "^devid=0,mac=00:16:3e:00:00:09,bridge=b$" -N network-attach debian devid=0,bridge=b mac=00:16:3E:0:0:9
says 1 "network-detach of none" "^xlctl: domain 'debian' has no network interface '7'$" network-detach debian 7
says 1 "nor of no number" "^xlctl: domain 'debian' has no network interface 'eth0'$" network-detach debian eth0
says 1 "network-detach of what is in use waits, and gives up" \
	"^xlctl: domain 'debian' has not let go of network interface '0' within 10 s; it goes when the domain does, or with --force$" \
	network-detach debian 0
is "the guest was told" "$(back state)$(back online)" 50
front state 6
for _ in $(seq 100); do back state >/dev/null || break; sleep 0.05; done
is "it goes when the guest lets go of it" "$(nodes 0)" 0
silent "network-attach with its address" network-attach debian "mac=$MAC"
front tx-ring-ref 8 rx-ring-ref 9 event-channel 10 request-rx-copy 1 state 4
backs "... is connected" 4 state
: >"$XLHV_FAKE/net"
silent "network-detach --force" network-detach --force debian 0
is "takes it whatever the guest does" "$(told)$(nodes 0)" "remove vif$domid.0;0"
x destroy debian
is "destroy leaves nothing" "$(xs ls -f | grep -c -e "vif/." -e "/$domid\b")" 0

# Whichever start it is: each domain ends with it.
REBOOTS=reboot,reboot,reboot,reboot,reboot,reboot,reboot,reboot,reboot,reboot,reboot,reboot

# next NAME: the domain is started again
next() {
	XLHV_FAKE_LIFE=$REBOOTS x unpause debian
	becomes "$1" "^debian +$((domid + 1)) " list
	for _ in $(seq 100); do
		xs ls -f | grep -q "backend/vif/$((domid + 1))/[0-9]*/state" && break
		sleep 0.05
	done
}

# The next life has the interfaces that the last one had in the end, with their addresses.
XLHV_FAKE_LIFE='' x create -p "$CFG" "vif=['','']" "uuid='$UUID'"
ours
first=$(back mac)
is "a domain of the same identity has the same address" "$(xs read "${backend%/*}/1/mac")" "$made"
x network-attach debian bridge=xenbr0
third=$(xs read "${backend%/*}/2/mac")
x network-detach debian 1
next "it is started again"
is "with the interfaces that it had" \
	"$(xs ls -f | sed -n "s,^/libxl/$((domid + 1))/device/vif/\([0-9]*\)/mac = \"\(.*\)\".*,\1 \2,p" | sort | tr '\n' ';')" \
	"0 $first;2 $third;"
x destroy debian
XLHV_FAKE_LIFE='' x create -p "$CFG" "vif=['']"
ours
first=$(back mac)
silent "config-update" config-update debian "$CFG" "vif=['', 'mac=$MAC']"
next "it is started again"
is "the next life has the interfaces of config-update, and the same made up address" \
	"$(xs ls -f | sed -n "s,^/libxl/$((domid + 1))/device/vif/\([0-9]*\)/mac = \"\(.*\)\".*,\1 \2,p" | sort | tr '\n' ';')" \
	"0 $first;1 $MAC;"
x destroy debian
x daemon stop
unset XLHV_FAKE XLHV_FAKE_ROOT XENSTORED_RUNDIR
CFG=$WITHOUT
