#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# store-memory.sh GUEST: Debian's kernel GUEST gives back memory and takes it again: the host has it
# meanwhile, the control group does not pay for it, and the guest cannot take more than it was allowed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

guest=$1
group=/sys/fs/cgroup/linux

has_mib() {
	xlctl list linux | awk 'NR == 2 { print $3 }'
}

free_kib() {
	awk '/^MemFree/ { print $2 }' /proc/meminfo
}

charged_kib() {
	[ -e $group/memory.current ] || { echo 0; return; }
	echo $(($(cat $group/memory.current) / 1024))
}

# moved NAME LEAST BEFORE COMMAND...: it tells at least so much more, or less if LEAST is negative
moved() {
	moved_name=$1 moved_least=$2 moved_before=$3
	shift 3
	moved_turn=0
	while [ $moved_turn -lt 40 ]; do
		moved_now=$("$@")
		if [ "$moved_least" -gt 0 ]; then
			[ $((moved_now - moved_before)) -lt "$moved_least" ] || break
		else
			[ $((moved_now - moved_before)) -gt "$moved_least" ] || break
		fi
		usleep 250000
		moved_turn=$((moved_turn + 1))
	done
	check "$moved_name" [ $moved_turn -lt 40 ]
	diag "$moved_name: $moved_before KiB, now $moved_now"
}

at_exit 'destroy_all; xlctl daemon stop -f; rmdir /sys/fs/cgroup/linux 2>/dev/null'
mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null
[ ! -e /sys/fs/cgroup/cgroup.subtree_control ] || echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p $group
config linux "$guest" "" 'on_reboot = "restart"' "memory = 128" "ramdisk = \"$SYSTEM/initrd.store\"" 'xenstore = "on"'
# The domain is charged to who creates it.
# shellcheck disable=SC2016	# it is another shell's
check "create" sh -c 'echo $$ >"$1/cgroup.procs"; exec xlctl create "$2"' sh $group "$TAP_DIR/linux.cfg"
comes_up "it boots" linux "$guest"
becomes "its kernel listens" '^[0-9]+$' xenstore-read "/local/domain/$(xlctl domid linux)/control/feature-poweroff"
in_guest "it uses its memory" \
	'type=dd if=/dev/zero of=/tmp/fill bs=1M count=60 2>/dev/null; rm /tmp/fill; echo us""ed\r' 'expect=^used'

free=$(free_kib) charged=$(charged_kib)
check "mem-set" xlctl mem-set linux 80
is "it has given back" "$(has_mib)" 80
moved "the host has it" 32768 "$free" free_kib
if [ "$charged" -gt 0 ]; then
	moved "and the control group pays less" -32768 "$charged" charged_kib
else
	skip "and the control group pays less" "no memory controller here"
fi
in_guest "it tries to take it again, by itself" \
	'type=echo 131072 >/sys/devices/system/xen_memory/xen_memory0/target_kb; sleep 3; echo tri""ed\r' 'expect=^tried'
is "and cannot" "$(has_mib)" 80
check "mem-set upwards" xlctl mem-set linux 128
is "it has taken it" "$(has_mib)" 128
for turn in 1 2 3 4 5; do
	if ! xlctl mem-set linux 100 || ! xlctl mem-set linux 128; then
		diag "turn $turn"
	fi
done
is "down and up, five times, leaves as much" "$(has_mib)" 128
check_status 1 "beyond maxmem" xlctl mem-set linux 129
check_match "^xlctl: domain 'linux' has [0-9]+ KiB after 5 s, not 4096" "less than it can give: one line" \
	xlctl mem-set -t 5 linux 4
check "and back" xlctl mem-set linux 128
check "mem-set before a reboot" xlctl mem-set linux 112
check "reboot" xlctl reboot -w linux
becomes "it is there again" '^linux +2 ' xlctl list linux
becomes "its kernel listens again" '^[0-9]+$' xenstore-read "/local/domain/$(xlctl domid linux)/control/feature-poweroff"
in_guest "it tries to take more, by itself" \
	'type=echo 131072 >/sys/devices/system/xen_memory/xen_memory0/target_kb; sleep 3; echo tri""ed\r' 'expect=^tried'
is "and still cannot" "$(has_mib)" 112
for pid in $(pidof xlctl); do
	kill "$pid"
done
check "another monitor" xlctl monitor linux
check "mem-set upwards, beyond what was there at the start" xlctl mem-set linux 128
is "it has added memory" "$(has_mib)" 128
check "mem-max" xlctl mem-max linux 256
check "as little as a dump has room for" xlctl mem-set linux 80
check "dump-core" xlctl dump-core linux /tmp/core
check "its memory is in it" grep -qa "Linux version $(cat "$SYSTEM/guests/$guest.release")" /tmp/core
check "but not what it gave back" [ "$(($(stat -c %s /tmp/core) / 1048576))" -le 82 ]
rm -f /tmp/core
check "destroy" xlctl destroy linux
is "no memory is left with it" "$(xlctl info xlhv_guest_kib)" 0
