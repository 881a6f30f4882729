#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# net-share.sh GUEST: who sends when, with three domains of Debian's kernel GUEST behind a bridge and an
# uplink of the host's.
# shellcheck disable=SC2016  # words in single quotes are for the shells of the guests
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=network-lib.sh
. "${0%/*}/network-lib.sh"

guest=$1
at_exit 'destroy_all; xlctl network-setup --remove --force; xlctl daemon stop -f'

# turns DOMAIN: bytes that it has sent by the uplink, as network-share shows them
turns() {
	xlctl network-share --status up0 | awk -v "vif=vif$(xlctl domid "$1").0" '$1 == vif { print $3 }'
}

# pings DOMAIN WORD: sets rtt to the average in microseconds, received to how many came back
pings() {
	in_domain "$1 pings the world ($2)" "$1" "type=ping -c 8 192.0.2.2; echo do\"\"ne $2\r" "expect=^done $2"
	received=$(sed -n 's/.* \([0-9]*\) packets received.*/\1/p' "$TAP_DIR/output" | tail -n 1)
	rtt=$(sed -n 's,.*min/avg/max = [0-9.]*/\([0-9]*\)[.]\([0-9]*\)/.*,\1\2,p' "$TAP_DIR/output" | tail -n 1)
	rtt=$(echo "${rtt:-0}" | sed 's/^0*//')
	rtt=${rtt:-0}
	diag "$2: $received of 8 came back, on average after $rtt us"
}

make_world
# A line carries one packet after the other.
ethtool -K up0 tso off gso off >/dev/null 2>&1
check_match '^xenbr0 ' "a network" xlctl network-setup
for name in one two three; do
	config $name "$guest" "" "ramdisk = \"$SYSTEM/initrd.store\"" "memory = 80" \
		"vif = [ '$([ $name != three ] || echo weight=20)' ]"
	starts $name
done

check "turns at the uplink" xlctl network-share --rate 4Mb/s up0
check_match "^vif$(xlctl domid three).0 +20 " "each interface has its weight" \
	xlctl network-share --status up0
floods one
floods two
sleep 2
a=$(turns one) b=$(turns two)
sleep 6
a=$(($(turns one) - a)) b=$(($(turns two) - b))
near "two floods share: one has half" $a $(((a + b) / 2)) 5
pings three turns
with=$rtt
is "a quiet domain loses nothing" "$received" 8
check "and waits no longer than 40 ms" [ "$with" -gt 0 -a "$with" -le 40000 ]
check "without turns" xlctl network-share --remove up0
check_match '^xlctl: up0: it is not shared$' "there are none" sh -c 'xlctl network-share --status up0 2>&1; :'
/usr/sbin/tc qdisc add dev up0 root handle 1: tbf rate 4mbit burst 4096 limit 131072
pings three fifo
check "the same domain fares worse in one queue" [ "$received" -lt 8 -o "$rtt" -gt $((with * 2)) ]
check_match "^xlctl: up0: it has a queue of somebody else's \(tbf\)" "which nobody asked to be replaced" \
	sh -c 'xlctl network-share up0 2>&1; :'
/usr/sbin/tc qdisc del dev up0 root
stops two
floods three
check "turns again" xlctl network-share --rate 4Mb/s up0
sleep 2
a=$(turns one) c=$(turns three)
sleep 6
a=$(($(turns one) - a)) c=$(($(turns three) - c))
near "with weights of 1:2: one has a third" $a $(((a + c) / 3)) 10
near "and three the rest" $c $(((a + c) * 2 / 3)) 10
stops one
stops three
check "destroy one of them" xlctl destroy two
check "another interface" xlctl network-attach one bridge=xenbr0
is "the turns of those that have gone go as well" \
	"$(/usr/sbin/tc class show dev up0 | grep -c drr)" 4
