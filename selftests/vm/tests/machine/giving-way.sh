#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# giving-way.sh [LOOP]...: how long a guest in the middle of a list keeps pause and destroy waiting,
# for each kind of list (see selftests/guest/giving-way). And that who waits can be killed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

# The bounds of docs/threat-model.md, in thousands of ticks, with what the host does meanwhile.
PAUSE=$((1000 * PACE))
PAUSE_2M=$((8000 * PACE))
# A grace period and what is left of the one before, however many wait behind.
PAUSE_GRACE=$((3000 * PACE))
# The end gives everything back besides.
DESTROY=$((30000 * PACE))

at_exit 'for loop_id in $(xlctl list | awk "NR > 2 { print \$2 }"); do xlctl destroy "$loop_id"; done'

begun() {
	xlctl dmesg "$1" | grep -q '^# begins'
}

# start LOOP: a domain "LOOP" that is in it; several vCPUs where they wait for each other
start() {
	case $1 in
	fifo) start_vcpus=16 ;;
	*) start_vcpus=1 ;;
	esac
	case $1 in
	ports) start_ports=8000 ;;
	*) start_ports=4000 ;;
	esac
	cat >/tmp/giving-way.cfg <<-CONFIG
	name = "$1"
	type = "pvh"
	kernel = "$GUESTS/giving-way.elf"
	cmdline = "loop=$1"
	memory = 64
	vcpus = $start_vcpus
	max_grant_frames = 256
	max_grant_version = 2
	max_event_channels = $start_ports
	on_crash = "preserve"
	CONFIG
	xlctl create -q -e /tmp/giving-way.cfg && wait_for begun "$1" && sleep 1
}

# wishes LOOP PAUSE
wishes() {
	start "$1" || { not_ok "$1: begins"; return; }
	wish=$(xlhv-wish "$1" 40 2>&1)
	diag "$1: $wish thousand ticks"
	case $wish in
	pause\ *) ;;
	*) not_ok "$1: pause and destroy" "$wish"; return ;;
	esac
	wish=${wish#pause }
	check "$1: pause" test "${wish%% *}" -le "$2"
	check "$1: destroy" test "${wish##* }" -le "$DESTROY"
}

check "load" load selfcheck=0
[ $# -gt 0 ] || set -- copy map unmap swap populate move batch version reset ports console string fifo
for loop; do
	case $loop in
	populate | version) wishes "$loop" $PAUSE_2M ;;
	fifo) wishes "$loop" $PAUSE_GRACE ;;
	*) wishes "$loop" $PAUSE ;;
	esac
done

subtest "destroyed while it is given its memory" xlhv-wish -- eager

# A vCPU that does not come out because its thread does not get the CPU.
if [ "$LAST_CPU" -gt 0 ] && start reset; then
	xlctl vcpu-pin reset 0 0
	echo -1 >/proc/sys/kernel/sched_rt_runtime_us
	subtest "killed while it waits" xlhv-wish reset killed
	echo 950000 >/proc/sys/kernel/sched_rt_runtime_us
	check "destroyed" xlctl destroy reset
else
	skip "killed while it waits" "one CPU"
fi
