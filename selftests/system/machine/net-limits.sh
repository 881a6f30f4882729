#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# net-limits.sh GUEST: what a domain of Debian's kernel GUEST may send, and how it reaches the world by
# interfaces that are no port of a bridge. Time is that of the machine: what is counted does not depend on
# how fast it runs.
# shellcheck disable=SC2016  # words in single quotes are for the shells of the guests
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=network-lib.sh
. "${0%/*}/network-lib.sh"

guest=$1
at_exit 'destroy_all; xlctl network-setup --remove --force; xlctl daemon stop -f'

make_world
check_match '^xenbr0 ' "a network" xlctl network-setup
config one "$guest" "" "ramdisk = \"$SYSTEM/initrd.store\"" "vif = [ 'rate=2Mb/s' ]"
starts one
vif=vif$(xlctl domid one)

sent() {
	cat /sys/class/net/up0/statistics/tx_bytes
}

floods one
sleep 3
before=$(sent)
sleep 6
near "6 s of a flood at 2Mb/s, in bytes" $(($(sent) - before)) 1500000 3
stops one
in_domain "there is room for others" one 'type=ping -c 3 -W 20 192.0.2.2 && echo answ""ered 1\r' 'expect=^answered 1$'
is "as XenStore says" "$(xenstore-read "/local/domain/0/backend/vif/$(xlctl domid one)/0/rate")" 12500,50000
check "network-detach" xlctl network-detach one 0

check "network-attach with address translation" xlctl network-attach one script=vif-nat ip=10.9.5.2 devid=5
check_match 'inet 10\.9\.5\.129/32' "with address translation the host has an address there" \
	ip addr show dev "$vif.5"
in_domain "which is the guest's gateway" one \
	'type=until ip link set eth0 up; do usleep 100000; done 2>/dev/null; ip addr add 10.9.5.2/24 dev eth0; ip route add 192.0.2.2 via 10.9.5.129; ping -c 3 -W 20 192.0.2.2 && echo answ""ered 2\r' 'expect=^answered 2$'
world ip route add 10.9.5.0/24 via 192.0.2.1
check_status 1 "the world does not reach it by itself" world ping -c 2 -W 2 10.9.5.2
check "network-detach" xlctl network-detach one 5
check "network-attach with a route" xlctl network-attach one devid=6 script=vif-route "ip=2001:db8::5 10.9.6.2" gatewaydev=up0
in_domain "the guest takes the uplink's address of IPv6 for its gateway" one \
	'type=until ip link set eth0 up; do usleep 100000; done 2>/dev/null; echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad; ip addr add 2001:db8::5/64 dev eth0; ping -6 -c 3 -W 20 2001:db8::1 && echo answ""ered 3\r' 'expect=^answered 3$'
in_domain "or the one that is the same everywhere" one \
	'type=ping -6 -c 3 -W 20 -I eth0 fe80::1 && echo answ""ered 4\r' 'expect=^answered 4$'
is "but it is no router of the host's" \
	"$(cat "/proc/sys/net/ipv6/conf/$vif.6/accept_ra")" 0
