#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The machine sleeps (suspend to memory) and wakes up: with VMX held by ourselves, through KVM with a
# guest of KVM running, and not held. The emulator wakes up at once, through the firmware, with all
# CPUs reset.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

all=$((LAST_CPU + 1))
at_exit '! grep -q "^kvm_intel " /proc/modules || rmmod kvm_intel'
grep -q '\[deep\]' /sys/power/mem_sleep || skip_all "no suspend to memory here"

sleep_and_wake() {
	log_mark
	echo mem >/sys/power/state && log_since | grep -q 'PM: suspend exit'
}

# The kernel's own test of the way down and up, without the sleep: CPUs keep their state.
core_test() {
	echo core >/sys/power/pm_test && sleep_and_wake
	core_status=$?
	echo none >/sys/power/pm_test
	return $core_status
}

check_all() {
	for n in $(cpus); do
		xlhv-ask check "$n" 10 || return
	done
}

check "load" load
check "not held: sleep" sleep_and_wake
is "VMX is off" "$(states)" "$all online"
check "the self-check passes" check_all

held_over() {
	in_hold "$(declare_functions)"'
		sleep_and_wake
		states
		field provider
		check_all >/dev/null
		sleep_and_wake
		check_all >/dev/null
		echo entered'
}
# Functions do not come along to another shell by themselves.
declare_functions() {
	cat <<'END'
sleep_and_wake() { echo mem >/sys/power/state; }
check_all() { for n in $(cpus); do xlhv-ask check $n 10 || return; done; }
END
}
is "held: it is ours after each sleep" "$(held_over)" "$all online vmxe root ours
1
entered"
is "and off after the hold" "$(states)" "$all online"

if [ -e /sys/power/pm_test ]; then
	echo 1 >/sys/module/suspend/parameters/pm_test_delay
	check "not held: the kernel's test of its core" core_test
	core_held() {
		in_hold 'echo core >/sys/power/pm_test
			echo mem >/sys/power/state
			echo none >/sys/power/pm_test
			states
			xlhv-ask check 0 10 | cut -d " " -f 1'
	}
	is "held: the kernel's test of its core" "$(core_held)" "$all online vmxe root ours
result=0"
else
	skip "the kernel's test of its core" "the kernel is built without PM_DEBUG"
fi

check "KVM loads" modprobe kvm_intel
over_kvm() {
	kvm-beside count 0 0 >/tmp/guest 2>&1 &
	guest=$!
	wait_for grep -q running /tmp/guest &&
		held_over &&
		kill $guest &&
		wait $guest &&
		grep -q batches /tmp/guest
}
is "held through KVM, with a guest of KVM" "$(over_kvm)" "$all online vmxe root
2
entered"
check "unload" unload
