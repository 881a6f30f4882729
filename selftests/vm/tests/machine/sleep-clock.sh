#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The host's TSC begins anew while the machine sleeps, as most do: a guest's clocks and timers go on
# at once, and never back. For one CPU, and a kernel that is told to do without IA32_TSC_ADJUST
# (clearcpuid=tsc_adjust).
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

grep -q '\[deep\]' /sys/power/mem_sleep || skip_all "no suspend to memory here"
grep -qw tsc_adjust /proc/cpuinfo && skip_all "the kernel would put the TSC right by IA32_TSC_ADJUST"
at_exit '! grep -q "^vmxprobe " /proc/modules || rmmod vmxprobe'

sleep_and_wake() {
	log_mark
	echo mem >/sys/power/state && log_since | grep -q 'PM: suspend exit'
}

check "the TSC is going to begin anew" insmod "$PROBE" what=tsc
check "load" load
begun=$(cut -d. -f1 /proc/uptime)
check "a guest that looks at its clocks" guest_start host-sleep 'cmdline="for=6000"'
sleep 2
check "the machine sleeps, and wakes up" sleep_and_wake
sleep 1
check "and again" sleep_and_wake
check "the guest comes to its end" wait_for guest_ended host-sleep
# It looks for six seconds. If its clocks stood still, it took as long again as the host had been up.
is "it went on at once" "$(($(cut -d. -f1 /proc/uptime) - begun <= 10))" 1
xlctl dmesg host-sleep >"$TAP_DIR/guest"
check_match '^# verdict: success' "its clocks and timers were right" cat "$TAP_DIR/guest"
at_end=$(sed -n 's/^# wall clock at the end: \([0-9]*\)$/\1/p' "$TAP_DIR/guest")
now=$(date +%s)
is "its wall clock is the host's" "$((now - at_end >= 0 && now - at_end <= 5))" 1 || echo "# $at_end, $now"
check "destroyed" xlctl destroy host-sleep

# A domain that is made now has a clock of the same kind.
check "another guest" guest_run host-sleep 'cmdline="for=200"'
check "unload" unload
