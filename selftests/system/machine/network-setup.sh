#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# network-setup.sh GUEST: the network that xlctl network-setup makes, with two domains of Debian's
# kernel GUEST and a network namespace behind the host that stands for the world. It knows no route to
# the domains: what it answers goes to an address of the host's.
# shellcheck disable=SC2016  # words in single quotes are for the shells of the guests
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=network-lib.sh
. "${0%/*}/network-lib.sh"

guest=$1
RUN=/run/xlhv/network

WHO=
at_exit 'destroy_all; xlctl network-setup --remove --force; xlctl daemon stop -f; kill "$WHO"'

server() {
	cat $RUN/xenbr0.pid
}

make_world
# Who asks gets told who it is.
cat >/tmp/who <<'WHO'
#!/bin/sh
echo "you are $(netstat -tn | awk '$4 ~ /:7$/ { sub(/:[0-9]*$/, "", $5); sub(/.*:/, "", $5); print $5; exit }')"
WHO
chmod +x /tmp/who
# Not by world(), whose shell would be what is killed.
/usr/sbin/ip netns exec world nc -ll -p 7 -e /tmp/who >/dev/null 2>&1 &
# shellcheck disable=SC2034	# it ends with this
WHO=$!
nft 'table inet others { chain c { type filter hook forward priority 5; policy accept; counter; }; }'

## A network is made

check_status 1 "there is none" xlctl network-setup --status
check_match '^xenbr0 10\.198\.0\.1/24 fd[0-9a-f:]*::1/64$' "network-setup" xlctl network-setup
check_match '^xenbr0 +0 10\.198\.0\.1/24 +fd[0-9a-f:]*::1/64 +yes [0-9]+$' "shown by --status" \
	xlctl network-setup --status
first=$(xlctl network-setup --status) pid=$(server)
check "network-setup again" xlctl network-setup
is "changes nothing" "$(xlctl network-setup --status)" "$first"
is "and its server goes on" "$(server)" "$pid"
check_status 1 "other addresses are refused" xlctl network-setup --ipv4 10.1.0.1/24
is "IPv4 is forwarded" "$(cat /proc/sys/net/ipv4/ip_forward)" 1
is "IPv6 as well" "$(cat /proc/sys/net/ipv6/conf/all/forwarding)" 1
is "and routers are listened to as before" "$(cat /proc/sys/net/ipv6/conf/up0/accept_ra)" 2
is "but no guest is taken for one" "$(cat /proc/sys/net/ipv6/conf/xenbr0/accept_ra)" 0
check_match '^xenbr1 10\.198\.1\.1/24 ' "a second network has other addresses" \
	xlctl network-setup -b xenbr1
check "both are shown" [ "$(xlctl network-setup -s | wc -l)" = 3 ]
check "and it goes without the first one" xlctl network-setup -b xenbr1 --remove
is "whose server is still there" "$(server)" "$pid"
kill "$pid"
becomes "a server that was killed" '^0$' sh -c 'kill -0 "$1" 2>/dev/null && echo 1 || echo 0' sh "$pid"
check "is started again" xlctl network-setup
check "as another process" kill -0 "$(server)"

## Domains use it

config linux "$guest" "" "ramdisk = \"$SYSTEM/initrd.store\"" "vif = [ 'bridge=xenbr0' ]"
config other "$guest" "" "ramdisk = \"$SYSTEM/initrd.store\"" "vif = [ '' ]"
starts linux
starts other
in_domain "it reaches the host" linux 'type=ping -c 3 -W 20 10.198.0.1 && echo answ""ered 1\r' 'expect=^answered 1$'
mac=$(xenstore-read "/local/domain/0/backend/vif/$(xlctl domid other)/0/mac")
other=$(sed -n "s/.* $mac \(10[.]198[.]0[.][0-9]*\) .*/\1/p" $RUN/xenbr0.leases)
in_domain "and the other domain" linux "type=ping -c 3 -W 20 $other && echo answ\"\"ered 2\r" 'expect=^answered 2$'
in_domain "and the world" linux 'type=ping -c 3 -W 20 192.0.2.2 && echo answ""ered 3\r' 'expect=^answered 3$'
in_domain "which takes it for the host" linux 'type=nc 192.0.2.2 7 </dev/null\r' 'expect=^you are 192.0.2.1'
in_domain "its address of IPv6 comes by advertisement" linux \
	'type=until ip -6 addr show dev eth0 | grep " fd.*global" | grep -v tentative; do usleep 200000; done; echo ma""de\r' 'expect=^made$'
in_domain "by which it reaches the host" linux "type=ping -6 -c 3 -W 20 $(ip -6 addr show dev xenbr0 | sed -n 's,.*inet6 \(fd[^/]*\)/.*,\1,p' | head -n 1) && echo answ\"\"ered 4\r" 'expect=^answered 4$'
in_domain "and the world" linux 'type=ping -6 -c 3 -W 20 2001:db8::2 && echo answ""ered 5\r' 'expect=^answered 5$'
in_domain "the host resolves names for it" linux 'type=nslookup localhost 10.198.0.1 | grep -c "127[.]0[.]0[.]1"; echo as""ked\r' 'expect=^[1-9]' 'expect=^asked$'

world ip route add 10.198.0.0/24 via 192.0.2.1
check_status 1 "the world does not reach a domain by itself" world ping -c 2 -W 2 "$other"
check_match 'counter packets [1-9][0-9]* bytes [0-9]+ drop' "as the packet filter counts" \
	nft list table inet xlhv-net-xenbr0
check_match 'counter packets [1-9]' "rules of others see what passes" nft list table inet others

## It goes again

check_match '^xlctl: xenbr0: it has 2 ports \(vif[0-9]+\.0\); --force removes it nevertheless$' \
	"a bridge in use stays" sh -c 'xlctl network-setup --remove 2>&1; :'
pid=$(server)
check "--remove --force" xlctl network-setup --remove --force
check_status 1 "no bridge is left" [ -e /sys/class/net/xenbr0 ]
check_status 1 "nor a server" kill -0 "$pid"
is "nor a file of it" "$(find $RUN -type f | wc -l)" 0
is "nor a table but those of others and of the domains' interfaces" \
	"$(nft list tables | grep -v '^table netdev xlhv\.[0-9]*\.0$')" "table inet others"
check "removing nothing is no failure" xlctl network-setup --remove
destroy_all
ip link add xenbr0 type bridge
check_match '^xlctl: xenbr0: there is a bridge of that name, which network-setup did not make' \
	"a bridge of others is left alone" sh -c 'xlctl network-setup 2>&1; :'
check_status 1 "by --remove, too" xlctl network-setup --remove --force
check "it is still there" ip link del xenbr0
is "and had no server" "$(find $RUN -type f | wc -l)" 0
rmdir $RUN
ln -s /tmp $RUN
check_match '/run/xlhv/network is not a folder of root.s alone$' "a folder that somebody put there is not used" \
	sh -c 'xlctl network-setup 2>&1; :'
check_status 1 "and of that failure no bridge is left" [ -e /sys/class/net/xenbr0 ]
is "nor a table" "$(nft list tables)" "table inet others"
rm $RUN
