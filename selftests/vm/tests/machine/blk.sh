#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Disks: the rings of a guest (selftests/guest/blk) served by the module, on a RAM disk, which is
# through before a request's submission returns, and on a device that is through later, in an
# interrupt; what is read, written, refused and lost; detach, destruction and the end of a device
# under load. In the end nothing is left of it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

VDEV=51712
MIB=8
SECTORS=$((MIB * 2048))
NULLB=/sys/kernel/config/nullb
BAD=	# sectors to be bad once they are filled

modprobe brd rd_nr=1 rd_size=$((MIB * 1024)) || bail_out "no brd"
modprobe null_blk nr_devices=0 || bail_out "no null_blk"
mount -t configfs configfs /sys/kernel/config || bail_out "no configfs"

# nullb_make ATTRIBUTE=VALUE...: a device of MIB MiB, with memory behind it, through by a timer
nullb_make() {
	mkdir $NULLB/nullb0 &&
		for nullb_attribute in size=$MIB memory_backed=1 queue_mode=2 irqmode=2 \
			completion_nsec=100000 "$@"; do
			echo "${nullb_attribute#*=}" >"$NULLB/nullb0/${nullb_attribute%%=*}" || return
		done && echo 1 >$NULLB/nullb0/power && wait_for test -b /dev/nullb0
}

nullb_end() {
	echo 0 >$NULLB/nullb0/power && rmdir $NULLB/nullb0
}

# A domain "blk" with a disk, its rings served. FLAGS are those of xlhv-blk attach.
blk_begin() {	# DEVICE FLAGS OPTIONS
	guest_start blk "cmdline=\"blk=1 sectors=$SECTORS $3\"" memory=16 &&
		xlhv-blk attach blk $VDEV "$1" "$2" && xlhv-blk connect blk $VDEV
}

blk_end() {
	wait_for guest_ended blk || xlhv-blk info blk $VDEV
	xlctl dmesg blk >"$TAP_DIR/guest"
	xlhv-blk info blk $VDEV >"$TAP_DIR/info"
	xlctl destroy blk
	grep -q '^# verdict: success' "$TAP_DIR/guest" || { cat "$TAP_DIR/guest" "$TAP_DIR/info"; return 1; }
}

# The whole life of it on a disk that the host fills, and looks at after it.
blk_run() {	# DEVICE FLAGS OPTIONS
	xlhv-blk fill "$1" 0 $SECTORS 1 || return
	[ -z "$BAD" ] || echo "$BAD" >$NULLB/nullb0/badblocks || return
	blk_begin "$@" && blk_end || return
	case $3 in *readonly*) xlhv-blk check "$1" 0 $SECTORS 1; return ;; esac
	# What the guest wrote, and beside that what was there.
	xlhv-blk check "$1" 1024 112 2 && xlhv-blk check "$1" 0 1024 1 &&
		xlhv-blk check "$1" 8192 2048 2 && xlhv-blk check "$1" 10240 512 1
}

under_load() {
	xlctl dmesg blk | grep -q '^# all queues are full'
}

load_begin() {	# DEVICE
	blk_begin "$1" "" "case=load load=1 order=2 queues=2" && wait_for under_load && sleep 0.2
}

counted() {	# NAME
	sed -n "s/^$1=//p" "$TAP_DIR/info"
}

at_least() {	# NUMBER LEAST
	[ "$1" -ge "$2" ] || { echo "$1 is less than $2"; return 1; }
}

nothing_left() {
	xlctl info --json | grep -q '"xlhv_guest_kib": 0,*$' && ! pgrep 'xlhv/[0-9]'
}

left_nothing() {
	check "$1: no page and no thread is left" wait_for nothing_left
}

check "load" load selfcheck=0

check "RAM disk" blk_run /dev/ram0 "" ""
check "what made no sense was counted" at_least "$(counted malformed)" 15
is "nothing is under way" "$(counted in_flight)" 0
check "RAM disk, ring of 16 pages, 32-bit" blk_run /dev/ram0 "" "order=4 abi=32"
check "RAM disk, 4 queues of 2 pages" blk_run /dev/ram0 "" "order=1 queues=4"
check "RAM disk, read-only" blk_run /dev/ram0 r readonly=1
check "RAM disk, sectors of 4096 bytes" blk_run /dev/ram0 4 unit=8
left_nothing "RAM disk"

check "a device" nullb_make discard=1
DISCARD=1
export DISCARD
check "device, with discard" blk_run /dev/nullb0 "" "order=2 discard=1"
unset DISCARD
check "unmake the device" nullb_end
check "a device of 4096-byte sectors" nullb_make blocksize=4096
BAD=+1600-1640
check "device, with bad sectors" blk_run /dev/nullb0 "" "unit=8 bad=1600"
BAD=
check "errors were counted" at_least "$(counted errors)" 2
left_nothing "device"

# Files: direct I/O on a file system of a device, and by the page cache. The device is larger than
# the file, and its file system is through later as well.
file_make() {	# FILE
	dd if=/dev/zero of="$1" bs=1M count=0 seek=$MIB 2>/dev/null
}
mkdir -p /tmp/direct /tmp/cached
check "unmake the device with bad sectors" nullb_end
check "a device for a file system" nullb_make size=24
check "a file system" mke2fs -F /dev/nullb0
check "mounted" mount -t ext4 /dev/nullb0 /tmp/direct
check "mounted, in memory" mount -t tmpfs none /tmp/cached
file_make /tmp/direct/disk
file_make /tmp/cached/disk
DISCARD=1
export DISCARD
check "file, direct" blk_run /tmp/direct/disk "" "order=1 discard=1"
check "file, by the page cache" blk_run /tmp/cached/disk b "discard=1"
unset DISCARD
check "load: on a file" load_begin /tmp/direct/disk
check_match "EBUSY" "a device that is mounted" xlhv-blk attach blk 51728 /dev/nullb0
check "load: it becomes shorter" truncate -s 4096 /tmp/direct/disk
sleep 0.2
check "load: the file is detached" xlhv-blk detach blk $VDEV
check "load: its guest lives" blk_end
check_match "answers, [1-9][0-9]* of them errors" "load: it had errors" cat "$TAP_DIR/guest"
umount /tmp/cached
check "the file system is free" umount /tmp/direct
check "unmake the device of the file system" nullb_end
check "the device for what follows" nullb_make

check "a guest for arguments" guest_start blk "cmdline=\"blk=1\"" memory=16
subtest "arguments" xlhv-blk args blk /dev/ram0
xlctl destroy blk

for lie in far one back wild; do
	log_mark
	check "lie \"$lie\": begin" blk_begin /dev/ram0 "" "case=lies lie=$lie"
	check "lie \"$lie\": the guest lives on" blk_end
	is "lie \"$lie\": the ring is broken" "$(counted broken)" 1
	is "lie \"$lie\": it is not served" "$(counted connected)" 0
	is "lie \"$lie\": one line says so" "$(log_since | grep -c 'impossible indices')" 1
done

check "load: disconnect" load_begin /dev/nullb0
check "load: until all is answered" xlhv-blk disconnect blk $VDEV
xlhv-blk info blk $VDEV >"$TAP_DIR/info"
is "load: nothing is under way" "$(counted in_flight)" 0
check "load: the guest has all its pages back" blk_end

check "load: detach" load_begin /dev/nullb0
check "load: detached" xlhv-blk detach blk $VDEV
# A device for writing is claimed: that nobody has it any more.
check "load: it can be had again" xlhv-blk attach blk $VDEV /dev/nullb0
check "load: the guest is as well" blk_end

check "load: destroy" load_begin /dev/nullb0
check "load: destroyed" xlctl destroy blk

check "load: detach without waiting, and destroy" load_begin /dev/nullb0
check "load: detached at once" xlhv-blk detach blk $VDEV nowait
check "load: and destroyed" xlctl destroy blk
left_nothing "load"

# The group's limits hold: 50 requests a second of each kind, where there would be thousands.
GROUP=/sys/fs/cgroup/blk
limited() {
	mkdir $GROUP && echo "$(cat /sys/block/nullb0/dev) riops=50 wiops=50" >$GROUP/io.max &&
		guest_start blk "cmdline=\"blk=1 sectors=$SECTORS case=load load=1\"" memory=16 &&
		xlhv-blk attach blk $VDEV /dev/nullb0 &&
		sh -c "echo \$\$ >$GROUP/cgroup.procs && exec xlhv-blk connect blk $VDEV" &&
		wait_for under_load && sleep 2
}
mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null
if grep -qw io /sys/fs/cgroup/cgroup.controllers &&
	echo +io >/sys/fs/cgroup/cgroup.subtree_control; then
	check "io.max: a ring that is connected in a group" limited
	is "io.max: its thread is in the group" "$(wc -l <$GROUP/cgroup.threads)" 1
	xlhv-blk info blk $VDEV >"$TAP_DIR/info"
	check "io.max: some are carried out" at_least "$(counted requests)" 50
	check "io.max: no more than it allows" at_least 500 "$(counted requests)"
	xlctl destroy blk
	wait_for rmdir $GROUP
else
	skip "io.max" "no cgroup controller of I/O"
fi
umount /sys/fs/cgroup 2>/dev/null

check "load: the end of a device" load_begin /dev/nullb0
check_fails "the module is in use" rmmod xlhv
check "load: it goes" nullb_end
check "load: detached after it" xlhv-blk detach blk $VDEV
check "load: its guest had errors" blk_end
check_match "answers, [1-9][0-9]* of them errors" "load: and no answer is missing" cat "$TAP_DIR/guest"
left_nothing "the end of a device"

is "no domain is left" "$(field nr_domains)" 0
check "unload" unload
umount /sys/kernel/config
rmmod null_blk brd
