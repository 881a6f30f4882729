#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# net.sh GUEST: network interfaces of Debian's kernel GUEST by its own driver, at a bridge of the
# host's and by a route: packets and streams both ways, interfaces that come and go while others,
# and they themselves, carry traffic, and an end under load that leaves nothing.
# shellcheck disable=SC2016  # words in single quotes are for the shell of the guest
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

guest=$1
MAC=00:16:3e:00:00:01
# shellcheck disable=SC2034	# it ends with this
HTTPD=

# has NAME DEVICE: the guest's driver has found it
has() {
	in_guest "$1" "type=until [ -e /sys/class/net/$2 ]; do usleep 100000; done; echo fo\"\"und\r" 'expect=^found$'
}

# lacks NAME DEVICE
lacks() {
	in_guest "$1" "type=while [ -e /sys/class/net/$2 ]; do usleep 100000; done; echo go\"\"ne\r" 'expect=^gone$'
}

# set_up NAME DEVICE ADDRESS...
set_up() {
	up_name=$1 up_device=$2 up_words=
	shift 2
	for address; do
		up_words="$up_words ip addr add $address dev $up_device &&"
	done
	in_guest "$up_name" "type=echo 0 >/proc/sys/net/ipv6/conf/$up_device/accept_dad; ip link set $up_device up &&$up_words echo set\"\"up\r" 'expect=^setup$'
}

vifs() {
	find /sys/class/net -name 'vif*' | wc -l
}

nodes() {
	xenstore-ls -f | grep -c 'vif/.*/'
}

# shellcheck disable=SC2009	# no pgrep in busybox here
rings() {
	ps | grep -c ' \[[x]lhv/[0-9]*/n'
}

carrier() {
	cat "/sys/class/net/$1/carrier"
}

at_exit 'destroy_all; xlctl daemon stop -f; [ -z "$HTTPD" ] || kill "$HTTPD"'

modprobe bridge
config linux "$guest" "" "vcpus = 2" "memory = 128" "ramdisk = \"$SYSTEM/initrd.store\"" \
	"vif = [ 'mac=$MAC' ]"
check_match "^xlctl: network interface 0: the host has no bridge: 'xlctl network-setup' makes one" \
	"without a bridge it is said how one is made" sh -c 'xlctl create "$1" 2>&1; :' sh "$TAP_DIR/linux.cfg"
is "and nothing is left" "$(vifs)" 0
ip link add xenbr0 type bridge
# Whether others have an address takes a while to see.
echo 0 >/proc/sys/net/ipv6/conf/xenbr0/accept_dad
ip link set xenbr0 up
ip addr add 10.9.0.1/24 dev xenbr0
ip addr add fd09::1/64 dev xenbr0
mkdir -p /tmp/www
dd if=/dev/urandom of=/tmp/www/file bs=65536 count=32 2>/dev/null
sum=$(sha256sum /tmp/www/file | cut -c1-64)
httpd -f -p 80 -h /tmp/www &
# shellcheck disable=SC2034
HTTPD=$!

check "create" create linux
vif=vif$(xlctl domid linux).0
check "the host's end is a port of the bridge" [ -e "/sys/class/net/xenbr0/brif/$vif" ]
is "and has no carrier" "$(carrier "$vif")" 0
is "nor IPv6 of its own" "$(cat "/proc/sys/net/ipv6/conf/$vif/disable_ipv6")" 1
comes_up "it boots" linux "$guest"
in_guest "its driver" 'type=insmod /lib/modules/*/xen-netfront.ko && echo load""ed\r' 'expect=^loaded$'
has "finds the interface" eth0
in_guest "with the address that it was given" 'type=cat /sys/class/net/eth0/address\r' "expect=^$MAC"
set_up "it takes addresses" eth0 10.9.0.2/24 fd09::2/64
becomes "there is a carrier" '^1$' carrier "$vif"
check_match "^0 +0 +$MAC +0 +4 +[0-9]+ +[0-9]+/[0-9]+ +/local/domain/0/backend/vif/" "network-list" \
	xlctl network-list linux
in_guest "it reaches the host" 'type=ping -c 3 -W 20 10.9.0.1 && echo answ""ered\r' 'expect=^answered$'
in_guest "by IPv6, too" 'type=ping -6 -c 3 -W 20 fd09::1 && echo answ""ered\r' 'expect=^answered$'
check "the host reaches it" ping -c 3 -W 20 10.9.0.2
check "with packets of several fragments" ping -c 3 -W 20 -s 20000 10.9.0.2
in_guest "what the host sends arrives as it was" \
	'type=wget -q -O /tmp/file http://10.9.0.1/file; sha256sum /tmp/file\r' "expect=^$sum"
in_guest "it serves the same" 'type=mkdir /tmp/www; mv /tmp/file /tmp/www; httpd -p 80 -h /tmp/www && echo serv""ed\r' \
	'expect=^served$'
wget -q -O /tmp/back http://10.9.0.2/file
is "and what it sends arrives as well" "$(sha256sum /tmp/back | cut -c1-64)" "$sum"
check "what was offered is used: large segments and sums that the other end makes" \
	sh -c 'ethtool -k "$1" | grep -q "tcp-segmentation-offload: on" && ethtool -k "$1" | grep -q "tx-checksumming: on"' \
	sh "$vif"

# Traffic both ways, for as long as there is who answers.
in_guest "load" \
	'type=(while :; do wget -q -T 5 -O /dev/null http://10.9.0.1/file || usleep 200000; done) >/dev/null 2>&1 & echo beg""un\r' 'expect=^begun$'
(while :; do wget -q -T 5 -O /dev/null http://10.9.0.2/file || usleep 200000; done) >/dev/null 2>&1 &
load=$!
check "network-attach under load" xlctl network-attach linux bridge=xenbr0
has "the guest finds it" eth1
set_up "and uses it" eth1 10.9.7.2/24
check "network-detach under load" xlctl network-detach linux 1
lacks "it is gone for the guest" eth1
is "and for the host" "$(vifs)" 1
check "network-detach of what carries the load" xlctl network-detach linux "$MAC"
lacks "that is gone for the guest, too" eth0
is "for the host" "$(vifs)" 0
is "without a node" "$(nodes)" 0
is "or a thread" "$(rings)" 0
check "network-attach" xlctl network-attach linux "mac=$MAC"
has "the guest finds it again" eth0
set_up "and has its address again" eth0 10.9.0.2/24
check "the host reaches it" ping -c 3 -W 20 10.9.0.2
check "network-detach by force, under load" xlctl network-detach --force linux 0
is "for the host it is gone" "$(vifs)" 0
lacks "for the guest, too" eth0
check "and comes back once more" xlctl network-attach linux "mac=$MAC,vifname=web,mtu=1400"
has "to the guest" eth0
set_up "with its address" eth0 10.9.0.2/24
is "by the name it was given" "$(cat /sys/class/net/web/mtu)" 1400

check "network-attach with a route" xlctl network-attach linux devid=5 script=vif-route ip=10.9.1.2
check_match '^10\.9\.1\.2 .*scope link' "there is the route" ip route show dev "vif$(xlctl domid linux).5"
has "and the interface" eth1
set_up "which the guest uses" eth1 10.9.1.2/24
check "the host reaches it by that" ping -c 3 -W 20 10.9.1.2

becomes "the load goes on" '^1$' carrier web
check "destroy under load" xlctl destroy linux
gone "it is gone" linux
becomes "and its monitor" '^0$' monitors
kill $load
becomes "no interface is left" '^0$' vifs
is "nor one with a name of its own" "$(find /sys/class/net -name web | wc -l)" 0
is "nor a thread of a ring" "$(rings)" 0
is "nor a node" "$(nodes)" 0
is "nor a route" "$(ip route show 10.9.1.2 | wc -l)" 0
is "nor memory" "$(xlctl info xlhv_guest_kib)" 0
check "the bridge goes as well" ip link del xenbr0
check "and what it was made by" rmmod bridge
