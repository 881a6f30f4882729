# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What tests with domains behind an uplink of the host's share; source it after lib.sh.
#
#	make_world		uplink up0 (192.0.2.1, 2001:db8::1) to a network namespace with 192.0.2.2 and
#				2001:db8::2, which has no route to domains; modules that networks need
#	world COMMAND...	in that namespace
#	in_domain "name" DOMAIN STEP...	as in_guest
#	starts DOMAIN		its configuration is there: it boots, and asks for an address by DHCP
#	floods DOMAIN		it sends 0.7 MB a second to the world, whatever becomes of them
#	stops DOMAIN		it stops that
#	near "name" GOT WANT PERCENT	ok if the numbers differ by no more

make_world() {
	for world_module in bridge veth nft_chain_nat nft_masq nft_ct sch_ingress sch_drr sch_tbf cls_fw \
		cls_matchall act_police act_skbedit; do
		modprobe $world_module
	done
	/usr/sbin/ip netns add world
	/usr/sbin/ip link add up0 type veth peer name w0 netns world
	# Whether others have an address takes a while to see.
	for world_switch in /proc/sys/net/ipv6/conf/up0/accept_dad \
		/proc/sys/net/ipv6/conf/default/accept_dad; do
		echo 0 >$world_switch
	done
	world sh -c 'echo 0 >/proc/sys/net/ipv6/conf/w0/accept_dad; ip link set w0 up
		ip addr add 192.0.2.2/24 dev w0; ip addr add 2001:db8::2/64 dev w0'
	ip link set up0 up
	ip addr add 192.0.2.1/24 dev up0
	ip addr add 2001:db8::1/64 dev up0
	at_exit 'ip link del up0; /usr/sbin/ip netns del world'
}

world() {
	/usr/sbin/ip netns exec world "$@"
}

in_domain() {
	domain_name=$1 domain=$2
	shift 2
	sit_at "$domain_name" expect=. 'type=\r' 'expect=guest# ' "$@" 'type=^]' -- \
		xlctl console "$domain"
}

# The console shows what was said before: each answer has a word of its own.
starts() {
	check "create $1" create "$1"
	comes_up "$1 boots" "$1" "${guest:?}"
	in_domain "and gets an address" "$1" \
		'type=insmod /lib/modules/*/xen-netfront.ko; until ip link set eth0 up; do usleep 100000; done 2>/dev/null; udhcpc -i eth0 -n -q -t 20 -s /etc/dhcp >/dev/null 2>&1 && ip addr show dev eth0 | grep "inet 10[.]198[.]0[.]" && echo lo""aned\r' 'expect=^loaned$'
}

floods() {
	word_nr=$((${word_nr:-0} + 1)) flood_words=w$word_nr
	in_domain "$1 floods" "$1" "type=flood 192.0.2.2 9 1372 2000 200 & echo beg\"\"un $flood_words\r" "expect=^begun $flood_words$"
}

stops() {
	word_nr=$((${word_nr:-0} + 1)) stop_words=w$word_nr
	in_domain "$1 stops" "$1" "type=killall flood; while pidof flood; do usleep 100000; done; echo qui\"\"et $stop_words\r" "expect=^quiet $stop_words$"
}

near() {
	near_off=$((($2 - $3) * 100))
	if [ "$2" -gt 0 ] && [ "$near_off" -le $(($3 * $4)) ] && [ "$near_off" -ge $((-$3 * $4)) ]; then
		ok "$1"
		diag "$1: $2, expected $3"
	else
		not_ok "$1" "$2, expected $3 within $4 percent"
	fi
}
