#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fail.sh [PART]...: whatever the module allocates or copies fails once, in callers (ops; with domain 0's
# nodes, with disks and with vifs: nodes; some of these: nodes:GROUP; with a block device: device), in
# threads that serve a disk's ring (rings), in those of vCPUs (vcpus; of one guest: vcpus:GUEST) and while it
# is loaded (load). Needs a kernel with fault injection.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

debug=/sys/kernel/debug
[ -e $debug/kprobes ] || mount -t debugfs debugfs $debug
[ -e $debug/failslab ] || skip_all "this kernel injects no failures"
[ $# -gt 0 ] || set -- load ops nodes device rings vcpus
at_exit 'end_all'

end_all() {
	for end_id in $(xlctl list 2>/dev/null | awk 'NR > 2 { print $2 }'); do
		xlctl destroy "$end_id"
	done
}

# Nothing fails by chance, everything may: also what could sleep, and single pages.
for kind in failslab fail_page_alloc fail_usercopy; do
	echo 0 >$debug/$kind/verbose
	echo 0 >$debug/$kind/probability
	echo -1 >$debug/$kind/times
	for file in ignore-gfp-wait ignore-gfp-highmem; do
		[ ! -e $debug/$kind/$file ] || echo N >$debug/$kind/$file
	done
	[ ! -e $debug/$kind/min-order ] || echo 0 >$debug/$kind/min-order
done

nothing_held() {
	is "$1: nothing is held" \
		"$(xlctl info xlhv_domains) $(xlctl info xlhv_guest_kib) $(field holders) $(field overhead_pages)" \
		"0 0 0 0"
}

part_load() {
	subtest "load" xlhv-fail load "$XLHV" selfcheck=1
}

part_ops() {
	check "load" load selfcheck=0
	subtest "calls" xlhv-fail ops domains
	nothing_held "calls"
	check "unload" unload
}

# nodes [GROUP]...: of xlhv-fail's
nodes() {
	check "load" load selfcheck=0
	for nodes_group; do
		subtest "$nodes_group" xlhv-fail ops "$nodes_group"
		nothing_held "$nodes_group"
	done
	check "unload" unload
}

part_nodes() {
	nodes ports grants frames store disks vifs
}

part_device() {
	modprobe loop max_loop=1 || bail_out "no loop"
	dd if=/dev/zero of=/tmp/device bs=1M count=1 2>/dev/null
	check "a device" losetup /dev/loop0 /tmp/device
	FAIL_DEVICE=/dev/loop0
	export FAIL_DEVICE
	nodes device
	check "the device is nobody's" losetup -d /dev/loop0
	rmmod loop
}

# vcpus GUEST LIVES [LINE]...: in each of the lives every LIVES-th fails, so that each has failed once.
# One life takes this kernel half a billion instructions. Eager ones have their memory, so that what
# fails is in hypercalls.
vcpus() {
	vcpus_guest=$1 vcpus_max=$2
	shift 2
	guest_config "$vcpus_guest" "$@"
	subtest "vCPUs: $vcpus_guest" xlhv-fail vcpus "$vcpus_guest" /tmp/guest.cfg "$vcpus_max"
}

SECTORS=16384
RING_FILE=/tmp/cached/disk

# Where the guest writes first there is nothing yet, so that the host has to have pages for it.
ring_file() {
	rm -f $RING_FILE
	dd if=/dev/zero of=$RING_FILE bs=512 count=0 seek=$SECTORS 2>/dev/null
	xlhv-blk fill $RING_FILE 0 1024 1 && xlhv-blk fill $RING_FILE 1136 $((SECTORS - 1136)) 1
}

ring_told() {
	xlctl dmesg blk | grep -q "^# rings"
}

# ring N: a guest's disk, in whose thread the N-th fails, soon after that another N-th, and so on. That the
# host had no memory is nothing that the guest sees: each of its requests comes to the right end.
ring() {
	ring_file && guest_start blk "cmdline=\"blk=1 sectors=$SECTORS\"" memory=16 &&
		wait_for ring_told && xlctl pause blk && xlhv-blk attach blk 1 $RING_FILE b &&
		xlhv-blk connect blk 1 || return
	xlhv-fail thread "xlhv/$(xlctl domid blk)/b1.0" "$1" "$1" >"$TAP_DIR/failed" &
	wait_for test -e "$TAP_DIR/failed"
	sleep 1
	xlctl unpause blk
	wait_for guest_ended blk || xlhv-blk info blk 1
	xlctl dmesg blk >"$TAP_DIR/guest"
	xlctl destroy blk
	wait $!
	grep -q '^# verdict: success' "$TAP_DIR/guest" || { cat "$TAP_DIR/guest"; return 1; }
	cat "$TAP_DIR/failed"
	[ "$(cat "$TAP_DIR/failed")" -gt 0 ]
}

part_rings() {
	check "load" load selfcheck=0
	mkdir -p /tmp/cached
	check "a file in memory" mount -t tmpfs none /tmp/cached
	for n in 1 2 3; do
		check "a ring, and each ${n}. fails" ring $n
	done
	nothing_held "rings"
	check "nobody has the file" umount /tmp/cached
	check "unload" unload
}

# one GUEST: that one alone
one() {
	check "load" load selfcheck=0
	vcpus "$1" 100 'populate="eager"'
	nothing_held "$1"
	check "unload" unload
}

part_vcpus() {
	check "load" load selfcheck=0
	# These have more page faults than calls.
	vcpus memory-touch 3
	vcpus hvm-op 3
	for guest in memory-op evtchn evtchn-fifo grant grant-limits hypercall-abi hvm-op physdev-op \
		vcpu-op sched-op pvclock; do
		[ ! -e "$GUESTS/$guest.elf" ] || vcpus $guest 8 'populate="eager"'
	done
	vcpus smp 8 vcpus=2 'cmdline="vcpus=2"' 'populate="eager"'
	vcpus fuzz 8 vcpus=2 'cmdline="index=0 domains=1 rounds=300"' 'populate="eager"'
	nothing_held "vCPUs"
	check "a guest after all that" guest_run evtchn
	nothing_held "the end"
	check "unload" unload
}

for part; do
	case $part in
	nodes:*) nodes "${part#*:}" ;;
	*:*) one "${part#*:}" ;;
	*) "part_$part" ;;
	esac
done
