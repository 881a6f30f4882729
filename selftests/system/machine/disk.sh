#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# disk.sh GUEST: disks of Debian's kernel GUEST by its own driver, on a device and on files of the
# host: what one side writes the other reads, disks come, go and grow while the guest runs, and
# its end under load leaves nothing.
# shellcheck disable=SC2016  # words in single quotes are for the shell of the guest
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

guest=$1

# has NAME DISK: the guest's driver has found it
has() {
	in_guest "$1" "type=until [ -b /dev/$2 ]; do usleep 100000; done; echo fo\"\"und\r" 'expect=^found$'
}

vbds() {
	xenstore-ls -f | grep -c 'vbd/.*/'
}

# shellcheck disable=SC2009	# no pgrep in busybox here
rings() {
	ps | grep -c ' \[[x]lhv/[0-9]*/b'
}

at_exit 'destroy_all; xlctl daemon stop -f'

modprobe brd rd_nr=2 rd_size=16384
/usr/sbin/mkfs.ext4 -q /dev/ram0
/usr/sbin/mkfs.ext4 -q /dev/ram1
mkdir -p /tmp/files /tmp/disk
mount -t ext4 /dev/ram1 /tmp/files
dd if=/dev/urandom of=/tmp/files/image bs=65536 count=32 2>/dev/null
sum=$(sha256sum /tmp/files/image | cut -c1-64)
config linux "$guest" "" "vcpus = 2" "memory = 128" "ramdisk = \"$SYSTEM/initrd.store\"" \
	"disk = [ '/dev/ram0,raw,xvda,w', '/tmp/files/image,raw,xvdb,r' ]"
check "create" create linux
comes_up "it boots" linux "$guest"
in_guest "its driver" 'type=insmod /lib/modules/*/xen-blkfront.ko && echo load""ed\r' 'expect=^loaded$'
has "finds a device" xvda
has "and a file" xvdb
check_match "^51712 +0 +$(xlctl domid linux) +4 +[0-9]+ +[0-9]+ +/local/domain/0/backend/vbd/" "block-list" \
	xlctl block-list linux
in_guest "it reads what the host has written" 'type=sha256sum /dev/xvdb\r' "expect=^$sum"
in_guest "and cannot write there" 'type=dd if=/dev/zero of=/dev/xvdb count=1 || echo ref""used\r' 'expect=^refused$'
in_guest "it writes to a file system of the host's" \
	'type=mount -t ext4 /dev/xvda /tmp && dd if=/dev/urandom of=/tmp/file bs=64k count=64 && sha256sum /tmp/file >/tmp/sum && echo writ""ten\r' \
	'expect=^written$'
check_match "[Bb]usy" "and the host does not have meanwhile" \
	sh -c 'mount -t ext4 /dev/ram0 /tmp/disk 2>&1; :'
in_guest "it lets go of it" 'type=umount /tmp && echo umoun""ted\r' 'expect=^umounted$'

check "block-detach" xlctl block-detach linux xvda
in_guest "it is gone for the guest" 'type=[ -b /dev/xvda ] || echo no""ne\r' 'expect=^none$'
check "the host mounts it" mount -t ext4 /dev/ram0 /tmp/disk
is "and reads what the guest has written" "$(sha256sum /tmp/disk/file | cut -c1-64)" \
	"$(cut -c1-64 /tmp/disk/sum)"
check_status 1 "what is mounted is not for a guest" xlctl block-attach linux /dev/ram0,raw,xvda,w
check "the host lets go of it" umount /tmp/disk
check "block-attach" xlctl block-attach linux /dev/ram0 raw xvda w
has "the guest finds it again" xvda

truncate -s 2M /tmp/files/growing
check "block-attach of a file" xlctl block-attach linux /tmp/files/growing,raw,xvdc,w
has "the guest finds it, too" xvdc
truncate -s 4M /tmp/files/growing
check "block-resize" xlctl block-resize linux xvdc
in_guest "the guest sees it grow" \
	'type=until [ $(cat /sys/block/xvdc/size) = 8192 ]; do usleep 100000; done; echo gro""wn\r' 'expect=^grown$'
in_guest "and has what it grew by" \
	'type=dd if=/dev/urandom of=/dev/xvdc bs=1M seek=3 count=1 conv=fsync && echo fil""led\r' 'expect=^filled$'

in_guest "load" \
	'type=for d in a c; do while :; do dd if=/dev/zero of=/dev/xvd$d bs=64k count=16 conv=fsync; done 2>/dev/null >&2 & done; echo beg""un\r' \
	'expect=^begun$'
check "a thread for each ring" [ "$(rings)" -ge 3 ]
check "destroy under load" xlctl destroy linux
gone "it is gone" linux
becomes "and its monitor" '^0$' monitors
is "no thread of a ring is left" "$(rings)" 0
is "nor a node" "$(vbds)" 0
is "nor memory" "$(xlctl info xlhv_guest_kib)" 0
check "the device is free" /usr/sbin/mkfs.ext4 -q -F /dev/ram0
check "and so are the files" umount /tmp/files
check "and what was under all of it" rmmod brd
