#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# store.sh GUEST [xenstored|oxenstored]: XenStore by the stock daemon, for Debian's kernel GUEST: the
# host and the guest see the same, each what it may, and the guest does what it is asked to.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

guest=$1
daemon=${2:-xenstored}

home() {
	echo "/local/domain/$(xlctl domid linux)"
}

at_exit 'destroy_all; xlctl daemon stop -f'

check_status 1 "no daemon runs" xlctl daemon status
# create starts the one written in C by itself.
[ "$daemon" = xenstored ] || check "daemon start" xlctl daemon start "$daemon"
config linux "$guest" "" 'on_reboot = "restart"' "vcpus = 2" "memory = 128" \
	"ramdisk = \"$SYSTEM/initrd.store\"" 'xenstore = "on"'
check "create" create linux
check_match "^xenstored: running, process [0-9]+, /usr/lib/xen-[0-9.]+/bin/$daemon" \
	"a daemon runs" xlctl daemon status
check_match "^$(home)/name = \"linux\" +\(n0,r$(xlctl domid linux)\)" "the host sees its nodes" \
	xenstore-ls -fp
comes_up "it boots" linux "$guest"
becomes "its kernel says that it listens" '^1$' xenstore-read "$(home)/control/feature-poweroff"
in_guest "it reads what it may" \
	'type=xenstore-read name\r' 'expect=^linux$' \
	'type=xenstore-read vm | cut -c1-4\r' 'expect=^/vm/$' \
	'type=xenstore-list cpu | tr 1 l\r' 'expect=^l$'
in_guest "and not more" \
	'type=xenstore-write name evil || echo ref""used\r' 'expect=^refused$' \
	'type=xenstore-ls /libxl || echo hid""den\r' 'expect=^hidden$'
in_guest "it writes what is its own" 'type=xenstore-write data/word $((6 * 7)) && echo writ""ten\r' \
	'expect=^written$'
is "which the host reads" "$(xenstore-read "$(home)/data/word")" 42
(usleep 3000000; xenstore-write "$(home)/data/from-host" 1) &
in_guest "it is told of what the host writes" \
	'type=xenstore-watch -n 2 data/from-host | tr f F\r' 'expect=^data/From-host$' \
	'expect=^data/From-host$'
wait

check "sysrq" xlctl sysrq linux h
becomes "has its kernel say something" 'sysrq: HELP' xlctl console -l linux
check "vcpu-set" xlctl vcpu-set -i linux 1
becomes "one of its CPUs goes" "^linux +[0-9]+ +[0-9]+ +1 " xlctl list linux
check "vcpu-set upwards" xlctl vcpu-set -i linux 2
# Where there is no udev, nobody brings a CPU on line by itself.
in_guest "the guest finds it, and takes it" \
	'type=until echo 1 >/sys/devices/system/cpu/cpu1/online; do sleep 1; done 2>/dev/null; echo on""line\r' \
	'expect=^online$'
becomes "and comes back" "^linux +[0-9]+ +[0-9]+ +2 " xlctl list linux
check "mem-set" xlctl mem-set linux 100
becomes "it gives memory back" "^linux +[0-9]+ +(99|100) " xlctl list linux
check "mem-set upwards" xlctl mem-set linux 128
becomes "and takes it again" "^linux +[0-9]+ +12[78] " xlctl list linux

first=$(xlctl domid linux)
check "reboot" xlctl reboot -w linux
becomes "another domain takes its place" "^linux +$((first + 1)) " xlctl list
comes_up "it boots again" linux "$guest"
becomes "with a store of its own" '^1$' xenstore-read "$(home)/control/feature-poweroff"
check_status 1 "daemon stop is refused" xlctl daemon stop
check "pause" xlctl pause linux
check_status 1 "what is paused does not answer" xlctl shutdown -t 2 linux
is "and does not find the request later" "$(xenstore-read "$(home)/control/shutdown")" ""
check "unpause" xlctl unpause linux
check "shutdown" xlctl shutdown -w linux
gone "it is gone" linux
becomes "and its monitor" '^0$' monitors
is "none of its nodes is left" \
	"$(xenstore-ls -f | grep -c -e '^/local/domain/[1-9]' -e '^/vm/.' -e '^/libxl/.')" 0
is "nor memory" "$(xlctl info xlhv_guest_kib)" 0
check "daemon stop" xlctl daemon stop
check_status 1 "it has ended" xlctl daemon status
