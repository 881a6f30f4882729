#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# many.sh [ROUNDS]: 20 domains at once; the module cannot be removed meanwhile; ROUNDS (200) domains
# one after the other; xlctl create killed at any point. Nothing stays behind.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

rounds=${1:-200}

cat >"$TAP_DIR/small.cfg" <<CONFIG
name = "small"
kernel = "$SYSTEM/bin/blocked"
memory = 4
CONFIG

small() {		# NAME [OPTION]...
	small_name=$1
	shift
	xlctl create "$@" "$TAP_DIR/small.cfg" name="$small_name"
}

domains() {
	xlctl list | tail -n +3 | wc -l
}

meminfo() {
	awk -v key="$1:" '$1 == key { print $2 }' /proc/meminfo
}

# What could leak: KiB of free memory and of slab, threads of all kinds, open files.
measure() {
	# What is freed after a grace period, or by a worker.
	usleep 1000000
	echo 3 >/proc/sys/vm/drop_caches
	usleep 500000
	# The lists of each CPU hold free pages too, up to a whole 2 MiB block.
	free=$(($(meminfo MemFree) + 4 * $(awk '$1 == "count:" { n += $2 } END { print n + 0 }' \
		/proc/zoneinfo)))
	slab=$(meminfo Slab)
	vcpu_threads=$(threads)
	files=$(cut -f1 /proc/sys/fs/file-nr)
}

check_nothing_stays() {
	measure
	diag "$1: free $free_before -> $free KiB, slab $slab_before -> $slab KiB, files" \
		"$files_before -> $files"
	# One page for each domain would be more than this.
	if [ -e /proc/lockdep_stats ]; then
		skip "$1: no memory stays" "a debug kernel keeps what was freed, and looks for leaks itself"
	else
		check "$1: no memory stays" test $((free_before - free)) -lt "$2"
	fi
	is "$1: no thread stays" "$vcpu_threads" 0
	check "$1: no open file stays" test "$files" -le $((files_before + 32))
	is "$1: the module has no memory for guests" \
		"$(xlctl info xlhv_guest_kib) $(xlctl info xlhv_overhead_kib)" "0 0"
	is "$1: nor VT-x" "$(xlctl info xlhv_provider)" none
}

remember() {
	measure
	free_before=$free slab_before=$slab files_before=$files
}

# The first ones make what is kept for the next.
for n in $(seq 10); do
	if ! small "warm$n" -e || ! xlctl destroy "warm$n"; then
		bail_out "no domain can be made"
	fi
done
remember

many_made=0
for n in $(seq 20); do
	! small "d$n" || many_made=$((many_made + 1))
done
is "20 domains are made" "$many_made" 20
is "and are there at once" "$(domains)" 20
is "each with a thread" "$(threads)" 20
becomes "and all wait" '^20$' sh -c "xlctl list | grep -c -e ' -b---- '"
is "and a monitor each" "$(monitors)" 20
check_status 1 "the module cannot be removed" rmmod xlhv
is "which harms none" "$(domains)" 20
destroy_all
is "all are destroyed" "$(domains)" 0
becomes "and their monitors end" '^0$' monitors
# Caches of the kernel have grown with so many processes; a domain's memory would be more.
check_nothing_stays "20 domains" 3000

remember
failed=0
for n in $(seq "$rounds"); do
	{ small again -e && xlctl destroy again; } || failed=$((failed + 1))
done
is "$rounds times made and destroyed" "$failed" 0
check_nothing_stays "$rounds rounds" $((400 + rounds * 2))

remember
whole=0 none=0 half=0
for n in $(seq 0 40); do
	small killed -p &
	child=$!
	# A sleep would be too long: at once, later and later, and when it is done.
	spin=$((n * n))
	while [ $spin -gt 0 ]; do
		spin=$((spin - 1))
	done
	[ "$n" -lt 40 ] || usleep 2000000
	kill -9 $child 2>/dev/null
	wait $child 2>/dev/null
	# A descriptor that closes late would show it being built for a moment.
	usleep 200000
	case $(xlctl list | tail -n +3 | awk '{ print $1, $3, $5, $7 }') in
	"") none=$((none + 1)) ;;
	"killed 4 --p--- ") whole=$((whole + 1)) ;;
	*)
		half=$((half + 1))
		diag "round $n: $(xlctl list | tail -n +3)"
		;;
	esac
	xlctl destroy killed 2>/dev/null
done
diag "killed 41 times: $none without a domain, $whole with a whole one"
is "xlctl create killed: a whole domain or none" "$half" 0
check "and both came up" test $none -gt 0 -a $whole -gt 0
becomes "no monitor stays" '^0$' monitors
check_nothing_stays "killed" 400

check "the module can be removed" rmmod xlhv
check "and comes back" insmod "$(find /lib/modules -name xlhv.ko)" disable=virt_intr_delivery
check "and works" small last -e
check "to the end" xlctl destroy last
