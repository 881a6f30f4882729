#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Network interfaces: the rings of a guest (selftests/guest/net) served by the module, with a program
# at the host's end of the device that sends everything back, and with the host's own network; what
# is sent, received, refused and lost; a guest that has no room; disconnecting, removal,
# destruction and network namespaces under load. In the end nothing is left of it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

VIF=vif-test
ECHO=	# the program that sends back

# A domain "net" with an interface, its rings served, and its device up.
net_begin() {	# OPTIONS [FEATURES]
	guest_start net "cmdline=\"net=1 $1\"" memory=24 &&
		xlhv-net add net 0 $VIF 65521 && net_up &&
		xlhv-net connect net 0 ${2:+"$2"}
}

# A carrier, and the host's network has heard of it.
is_operational() {
	[ "$(cat "/sys/class/net/$VIF/operstate")" = up ]
}

# Nothing of the host's own is to come between.
net_up() {
	[ ! -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/$VIF/disable_ipv6
	ip link set $VIF up && echo_begin
}

echo_begin() {
	xlhv-net echo $VIF >"$TAP_DIR/echo" 2>&1 &
	ECHO=$!
	wait_for grep -q ready "$TAP_DIR/echo"
}

echo_end() {
	[ -z "$ECHO" ] || { kill "$ECHO"; wait "$ECHO"; } 2>/dev/null
	ECHO=
}

net_end() {
	wait_for guest_ended net || xlhv-net info net 0
	net_look
}

net_look() {
	xlctl dmesg net >"$TAP_DIR/guest"
	xlhv-net info net 0 >"$TAP_DIR/info"
	xlctl destroy net
	echo_end
	grep -q '^# verdict: success' "$TAP_DIR/guest" || {
		cat "$TAP_DIR/guest" "$TAP_DIR/info" "$TAP_DIR/echo"
		return 1
	}
}

net_run() {
	net_begin "$@" && net_end
}

counted() {	# NAME
	sed -n "s/^$1=//p" "$TAP_DIR/info"
}

at_least() {	# NUMBER LEAST
	[ "$1" -ge "$2" ] || { echo "$1 is less than $2"; return 1; }
}

device_is() {	# up or down: its carrier
	case $1 in
	up) device_carrier=1 ;;
	down) device_carrier=0 ;;
	esac
	[ "$(cat "/sys/class/net/$VIF/carrier")" = "$device_carrier" ]
}

statistic() {
	cat "/sys/class/net/$VIF/statistics/$1"
}

nothing_left() {
	xlctl info --json | grep -q '"xlhv_guest_kib": 0,*$' && ! pgrep 'xlhv/[0-9]' &&
		[ ! -e /sys/class/net/$VIF ]
}

left_nothing() {
	check "$1: no page, no thread and no device is left" wait_for nothing_left
}

# Refused with the parameter's name, when the host may have no more than MOST.
refused_by() {	# PARAMETER MOST COMMAND...
	refused_parameter=$1
	refused_file=/sys/module/xlhv/parameters/$1
	refused_was=$(cat "$refused_file")
	echo "$2" >"$refused_file" || return
	shift 2
	"$@" >"$TAP_DIR/refused"
	refused_status=$?
	echo "$refused_was" >"$refused_file"
	[ $refused_status -ne 1 ] || ! grep -q "ENOSPC.*$refused_parameter)" "$TAP_DIR/refused" ||
		return 0
	echo "status $refused_status:"
	cat "$TAP_DIR/refused"
	return 1
}

under_load() {
	xlctl dmesg net | grep -q '^# all queues are full'
}

load_begin() {
	net_begin "case=load load=1 queues=2" && wait_for under_load && sleep 0.2
}

check "load" load selfcheck=0

check "one queue" net_run ""
check "what made no sense was counted" at_least "$(counted malformed)" "$(sed -n 's/^# refused //p' "$TAP_DIR/guest")"
is "pages that were not granted were counted" "$(counted bad_grants)" 1
is "nothing stalled" "$(counted stalls)" 0
diag "$(grep 'events for' "$TAP_DIR/guest"); $(counted events) for $(counted sent_packets) and $(counted received_packets) packets in all"
left_nothing "one queue"
check "one event channel" net_run "split=0"
check "four queues" net_run "case=connected queues=4"
left_nothing "queues"

check "limits: begin" guest_start net "cmdline=\"net=1 case=connected queues=2\"" memory=24
check "limits: of interfaces" refused_by max_vifs 0 xlhv-net add net 0 $VIF
check "limits: no device" test ! -e /sys/class/net/$VIF
check "limits: an interface" xlhv-net add net 0 $VIF
check "limits: up" net_up
check "limits: of queues" refused_by max_vif_queues 1 xlhv-net connect net 0
check "limits: no carrier" device_is down
check "limits: both queues" xlhv-net connect net 0
check "limits: all is well" net_end
left_nothing "limits"

check "without pieces, checksums and segments: begin" net_begin "case=connected" 0
is "without pieces, checksums and segments: its MTU is what a page has room for" "$(cat /sys/class/net/$VIF/mtu)" 4078
check "without pieces, checksums and segments" net_end

check "the host's network: begin" guest_start net "cmdline=\"net=1 case=ping ping=6\"" memory=24
check "a device with a name of ours" xlhv-net add net 3
VIF=vif$(xlctl domid net).3
check "it has that name" test -e "/sys/class/net/$VIF"
is "and no carrier" "$(ip link set "$VIF" up && cat "/sys/class/net/$VIF/carrier")" 0
check "an address" ip addr add 10.9.0.1/24 dev "$VIF"
check "the rings" xlhv-net connect net 3
check "a carrier" device_is up
check "the host has heard of it" wait_for is_operational
check "ping" ping -c 3 -W 10 10.9.0.2
check "ping, of the largest packet" ping -c 3 -W 10 -s 1472 10.9.0.2
check "its statistics" at_least "$(statistic rx_packets)" 7
check "removed" xlhv-net remove net 3
check "the device is gone" test ! -e "/sys/class/net/$VIF"
VIF=vif-test
check "the guest has its pages back" net_look
left_nothing "the host's network"

check "a guest for arguments" guest_start net "cmdline=\"net=1 case=deaf deaf=60000\"" memory=24
subtest "arguments" xlhv-net args net
xlctl destroy net

lie_is() {	# WORD: what the guest says of it
	xlctl dmesg net | grep -q "^# $1: $lie\$"
}

check "lies: begin" guest_start net "cmdline=\"net=1 case=lies lies=1\"" memory=24
check "lies: a device" xlhv-net add net 0 $VIF
check "lies: up" net_up
for lie in far back wild endless extras half room-far room-back; do
	log_mark
	check "lie \"$lie\": ready" wait_for lie_is ready
	check "lie \"$lie\": connected" xlhv-net connect net 0
	check "lie \"$lie\": the host has none of its pages" wait_for lie_is over
	check "lie \"$lie\": no carrier" wait_for device_is down
	xlhv-net info net 0 >"$TAP_DIR/info"
	is "lie \"$lie\": it is broken" "$(counted broken)" 1
	is "lie \"$lie\": it is not served" "$(counted queues)" 0
	is "lie \"$lie\": one line says so" "$(log_since | grep -c ': disconnected')" 1
done
check "lies: the guest lives on" net_end
left_nothing "lies"

# Ten seconds is what each may wait, although one finds room meanwhile.
check "deaf: begin" net_begin "case=deaf deaf=14000"
check "deaf: its device is up" wait_for is_operational
# The socket that they come from is not full of what waits.
is "deaf: all are sent" "$(xlhv-net flood $VIF 2000)" 2000
xlhv-net info net 0 >"$TAP_DIR/info"
is "deaf: what does not wait is dropped" "$(counted received_dropped)" 976
is "deaf: the others are not yet" "$(counted stalls)" 0
sleep 11
check "deaf: what waited is dropped" xlhv-net flood $VIF 3
xlhv-net info net 0 >"$TAP_DIR/info"
is "deaf: it stalled once" "$(counted stalls)" 1
is "deaf: and was counted" "$(($(counted received_dropped) + $(counted received_packets)))" 2003
sends_until_heard() {
	xlhv-net flood $VIF 1
	guest_ended net
}
check "deaf: it hears again" wait_for sends_until_heard
check "deaf: all is well" net_end
left_nothing "deaf"

# A host that has no memory to spare takes nothing from a guest, and takes again when it has.
RESERVE=/sys/module/xlhv/parameters/host_reserve_mib
check "reserve: begin" load_begin
WAS=$(cat $RESERVE)
echo 1000000 >$RESERVE
sleep 0.1
BEFORE=$(statistic rx_packets)
sleep 0.2
is "reserve: nothing is taken" "$(statistic rx_packets)" "$BEFORE"
check "reserve: it is dropped and counted" at_least "$(statistic rx_dropped)" 1
echo "$WAS" >$RESERVE
more_packets() {
	[ "$(statistic rx_packets)" -gt "$BEFORE" ]
}
check "reserve: packets are taken again" wait_for more_packets
check "reserve: destroyed" xlctl destroy net
echo_end
left_nothing "reserve"

check "load: disconnect" load_begin
check "load: disconnected" xlhv-net disconnect net 0
check "load: no carrier" device_is down
check "load: connected again" xlhv-net connect net 0
check "load: a carrier" device_is up
check "load: disconnected again" xlhv-net disconnect net 0
check "load: the guest has all its pages back" net_end

check "load: down" load_begin
check "load: the device goes down" ip link set $VIF down
check "load: and up" ip link set $VIF up
check "load: removed" xlhv-net remove net 0
check "load: the guest has all its pages back" wait_for guest_ended net
net_look

check "load: destroy" load_begin
check_fails "the module is in use" rmmod xlhv
check "load: destroyed" xlctl destroy net
echo_end
left_nothing "load"

# The device is in the namespace of who adds it, and comes back when that ends.
in_namespace() {
	guest_start net "cmdline=\"net=1 case=load load=1\"" memory=24 &&
		unshare -n sh -c "xlhv-net add net 0 $VIF && ip link set $VIF up &&
			xlhv-net connect net 0 && [ -e /sys/class/net/lo ] && sleep 1"
}
check "a network namespace" in_namespace
check "it ends, and the device is ours" wait_for test -e /sys/class/net/$VIF
xlhv-net info net 0 >"$TAP_DIR/info"
is "it is still connected" "$(counted queues)" 1
check "it goes up" net_up
BEFORE=$(statistic rx_packets)
check "the guest is served" wait_for more_packets
check "destroyed" xlctl destroy net
echo_end
left_nothing "network namespaces"

is "no domain is left" "$(field nr_domains)" 0
check "unload" unload
