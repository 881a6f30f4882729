#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# net-vfr.sh GUEST: the virtual firewall-router with Debian's kernel GUEST: its guards, rules that come and go,
# a translation, counters, and that they live as long as the domain and its next life.
# shellcheck disable=SC2016  # words in single quotes are for the shell of the guest
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

guest=$1
MAC=00:16:3e:00:00:01

tables() {
	nft list tables | grep -c 'xlhv[.]'
}

# counts PATTERN: packets of the line of "vfr stats" that matches, 0 or more
counts() {
	xlctl vfr stats linux | awk -v p="$1" '$0 ~ p { print ($1 > 0) ? "some" : "none"; exit }'
}

# Another word each time: the console shows again what was said before.
turn=0

# set_up ADDRESS...
set_up() {
	up_words='' turn=$((turn + 1))
	for address; do
		up_words="$up_words ip addr add $address dev eth0 &&"
	done
	in_guest "it takes addresses" "type=insmod /lib/modules/*/xen-netfront.ko; until [ -e /sys/class/net/eth0 ]; do usleep 100000; done; echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad; ip link set eth0 up &&$up_words echo set\"\"up$turn\r" "expect=^setup$turn\$"
}

# pings NAME WORDS: the guest gets an answer; misses NAME WORDS: it gets none
pings() {
	turn=$((turn + 1))
	in_guest "$1" "type=ping -c 1 -W 20 $2 >/dev/null && echo answ\"\"ered$turn\r" "expect=^answered$turn\$"
}
misses() {
	turn=$((turn + 1))
	in_guest "$1" "type=ping -c 1 -W 2 $2 >/dev/null || echo noth\"\"ing$turn\r" "expect=^nothing$turn\$"
}

at_exit 'destroy_all; xlctl daemon stop -f'

modprobe bridge
ip link add xenbr0 type bridge
echo 0 >/proc/sys/net/ipv6/conf/xenbr0/accept_dad
ip link set xenbr0 up
ip addr add 10.9.0.1/24 dev xenbr0
ip addr add fd09::1/64 dev xenbr0
nft 'add table inet others; add chain inet others input { type filter hook input priority 0; }; add rule inet others input tcp dport 9 drop'
others=$(nft list table inet others)

config linux "$guest" "" "memory = 128" "ramdisk = \"$SYSTEM/initrd.store\"" \
	"vif = [ 'mac=$MAC,ip=10.9.0.2 fd09::2' ]" \
	"vfr = [ '0 out drop icmp timestamp-request', '0 out drop dst 10.9.0.200' ]"
check "create" create linux
vif=vif$(xlctl domid linux).0
check_match "hook ingress device \"$vif\"" "rules are there before it runs" nft list ruleset
comes_up "it boots" linux "$guest"
set_up 10.9.0.2/24 fd09::2/64
pings "it reaches the host" 10.9.0.1
pings "by IPv6, too" "-6 fd09::1"
is "no guard has stopped anything but what it need not send" "$(counts 'guard ip$')" none

in_guest "with another address" 'type=ip addr add 10.9.0.77/24 dev eth0 && ip addr add fd09::77/64 dev eth0 && echo do""ne1\r' 'expect=^done1$'
misses "it reaches nobody" "-I 10.9.0.77 10.9.0.1"
misses "nor by IPv6" "-6 -I fd09::77 fd09::1"
is "which is counted" "$(counts 'guard ip$')" some
in_guest "with another MAC" 'type=ip link set eth0 address 00:16:3e:00:00:99 && ip neigh flush dev eth0; echo do""ne2\r' 'expect=^done2$'
misses "it reaches nobody either" 10.9.0.1
in_guest "with its own" "type=ip link set eth0 address $MAC && ip neigh flush dev eth0; echo do\"\"ne3\r" 'expect=^done3$'
pings "it does" 10.9.0.1

check "add" xlctl vfr add linux.0 out drop icmp echo-request dst 10.9.0.1
misses "what a rule drops does not arrive" 10.9.0.1
is "and is counted" "$(counts 'out drop icmp echo-request dst')" some
pings "the other family is not meant" "-6 fd09::1"
check "del" xlctl vfr del linux.0 3
pings "then it arrives again" 10.9.0.1
check "in: what is sent to it" xlctl vfr add linux in drop icmp6 echo-reply
misses "does not arrive" "-6 fd09::1"
check "flush in" xlctl vfr flush linux in
pings "until that is flushed" "-6 fd09::1"

check "limit, log" sh -c 'xlctl vfr flush linux.0 out && xlctl vfr add linux.0 out log icmp echo-request &&
	xlctl vfr add linux.0 out limit 2/h:2 icmp echo-request'
pings "the first" 10.9.0.1
pings "the second" 10.9.0.1
misses "and no more" 10.9.0.1
check_match "xlhv $vif out 1: " "in the host's log" dmesg
check "masquerade, dnat" sh -c 'xlctl vfr flush linux.0 && xlctl vfr add linux.0 out masquerade dst 10.8.0.0/24 &&
	xlctl vfr add linux.0 in dnat 10.9.0.2:80 proto tcp dport 8080'
is "are in a table of the interface's own" "$(nft list table inet "xlhv.${vif#vif}" | grep -c -e masquerade -e 'dnat ip to')" 2
check_match "rule \"out drop prot tcp\": 'prot': expected a pattern: did you mean 'proto'" "an error names the word" \
	sh -c 'xlctl vfr add linux.0 out drop prot tcp 2>&1; :'
check "flush" xlctl vfr flush linux
check "a rule for the next life" xlctl vfr add linux.0 out drop icmp echo-request dst 10.9.0.1
is "others' tables are as they were" "$(nft list table inet others)" "$others"

before=$(xlctl domid linux)
check "reboot" xlctl reboot linux
becomes "it comes again" "^$((before + 1))$" xlctl domid linux
comes_up "it boots" linux "$guest"
set_up 10.9.0.2/24 fd09::2/64
check_match '^ +1 out drop icmp echo-request dst 10.9.0.1$' "with its rules" xlctl vfr list linux
misses "which apply" 10.9.0.1
pings "and no others" "-6 fd09::1"
is "there is one table" "$(tables)" 1
check "network-detach" xlctl network-detach linux 0
is "takes it away" "$(tables)" 0
check "destroy" xlctl destroy linux
is "nothing is left" "$(tables) $(find /run/xlhv -name '*.vfr' | wc -l)" "0 0"
is "but what is others'" "$(nft list table inet others)" "$others"
ip link del xenbr0
