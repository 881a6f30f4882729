#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fuzz.sh ioctl|nodes|guest SECONDS SEED: what can be done to the module by chance, from below by
# those who may open the device, or domain 0's nodes, or from inside by guests, for so many seconds of
# the machine's clock. The kernel says soon what takes long.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

set_to() {		# VALUE FILE
	[ ! -e "$2" ] || echo "$1" >"$2"
}

[ -e /sys/kernel/debug/kprobes ] || mount -t debugfs debugfs /sys/kernel/debug
[ -e /sys/kernel/tracing/trace ] || mount -t tracefs tracefs /sys/kernel/tracing
# The kernel compares the names of all its functions without a pause: seconds here.
tracer=/sys/kernel/tracing/instances/life
if [ "$1" = guest ]; then
	mkdir $tracer 2>/dev/null && echo vfs_read >$tracer/set_ftrace_filter
	at_exit '! [ -e $tracer ] || rmdir $tracer'
fi
set_to 1 /proc/sys/kernel/watchdog_thresh
set_to 10 /proc/sys/kernel/hung_task_timeout_secs
set_to 3 /proc/sys/kernel/hung_task_check_interval_secs
set_to 5 /sys/module/rcupdate/parameters/rcu_cpu_stall_timeout
set_to 1000 /sys/module/rcupdate/parameters/rcu_task_stall_timeout	# 4 s, and it says who

# The emulator delivers virtual interrupts at the wrong moment.
check "load" load selfcheck=0 disable=virt_intr_delivery
case $1 in
ioctl) subtest "ioctls by chance" xlhv-fuzz "$2" "$3" ;;
nodes)
	# I/O with guests' pages is waited for after a mapping; not for long here.
	set_to 1 /sys/module/xlhv/parameters/gntdev_io_seconds
	subtest "nodes of domain 0 by chance" xlhv-fuzz nodes "$TESTS/guest" "$2" "$3"
	;;
guest) subtest "guests that do harm" xlhv-life "$2" "$3" "$TESTS/guest/fuzz.elf" ;;
*) bail_out "fuzz.sh: no kind $1" ;;
esac
# One that checks itself forgets a module's locks with interrupts off, one by one.
set_to 10 /proc/sys/kernel/watchdog_thresh
check "unload" unload
