#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# storms.sh [BIT...]: guests that keep a thread of the host's busy without an end: the host's own
# work goes on, on every CPU, and grace periods end. Deadlines are 2^BIT ticks away (58 and 63).
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"
# shellcheck source-path=SCRIPTDIR source=others.sh
. "${0%/*}/others.sh"

[ $# -gt 0 ] || set -- 58 63
bits=$*
debugfs=/sys/kernel/debug
[ -e $debugfs/kprobes ] || mount -t debugfs debugfs $debugfs

check "load" load

## Grace periods of tasks: a tracer of functions is removed after one.

if has_tracer; then
	check "a tracer comes and goes" within 30 remove_tracer
	for how in jmp vmcall init; do
		check "how=$how: a guest" guest_start hostile-cli "cmdline=\"how=$how vcpus=2\"" vcpus=2
		sleep 0.5
		check "how=$how: a tracer comes and goes" within 30 remove_tracer
		check "how=$how: destroyed" within 10 xlctl destroy hostile-cli
	done
else
	skip "a tracer comes and goes" "no function tracer here"
fi

## INIT and start-up IPIs without an end, from several vCPUs to one.

check "a storm of INITs" guest_start hostile-cli 'cmdline="how=init vcpus=4"' vcpus=4
sleep 0.5
for n in $(cpus); do
	for turn in 1 2 3; do
		check "CPU $n has time for others, $turn" turn_on "$n"
		usleep 100000
	done
done
check "and it can be looked into" within 10 sh -c "cat $debugfs/xlhv/*/vcpu*/vmcs >/dev/null"
check "destroyed" within 10 xlctl destroy hostile-cli

## FIFO events and back without an end.

calls() {
	awk '/^ *CAL:/ { for (i = 2; i <= 2 + '"$LAST_CPU"'; i++) n += $i } END { print n }' /proc/interrupts
}
check "a guest in and out of FIFO events" guest_start hostile-cli 'cmdline="how=fifo"'
sleep 0.5
before=$(calls)
sleep 2
after=$(calls)
check "interrupts the other CPUs little: $((after - before)) calls in 2 s" \
	test $((after - before)) -lt 200
check "destroyed" within 10 xlctl destroy hostile-cli

## Deadlines beyond what the host's clock can say: the thread sleeps

vcpu_ticks() {		# of its thread's CPU time
	for stat in /proc/[0-9]*/stat; do
		! grep -q "(xlhv/[0-9]*/0)" "$stat" 2>/dev/null || awk '{ print $14 + $15 }' "$stat"
	done
}
for bit in $bits; do
	check "a timer set to 2^$bit" guest_start hostile-cli "cmdline=\"how=far bit=$bit\""
	sleep 0.3
	before=$(vcpu_ticks)
	sleep 0.5
	after=$(vcpu_ticks)
	check "its thread sleeps: $before, $after" test $((after - before)) -lt 10
	check "destroyed" within 10 xlctl destroy hostile-cli
done

## vCPUs that are started in two ways at once, and looked into

looks() {
	while [ ! -e /tmp/enough ]; do
		cat $debugfs/xlhv/*/vcpu*/vmcs $debugfs/xlhv/*/info >/dev/null 2>&1
		turns=$((turns + 1))
	done
	echo $turns >/tmp/turns
}
turns=0
rm -f /tmp/enough
looks &
for turn in 1 2 3; do
	check "started in two ways at once, looked into, $turn" \
		guest_run start-race memory=64 vcpus=32 'cmdline="vcpus=32 rounds=10"'
done
: >/tmp/enough
wait_for test -e /tmp/turns
is "there were looks" "$(($(cat /tmp/turns) > 3))" 1
check "unload" within 10 unload

## As many domains and vCPUs as the host allows

check "load with limits" load max_domains=2 max_vcpus=5
check "four vCPUs of five" guest_start hostile-cli 'cmdline="how=jmp"' vcpus=4
check_fails "two more are too many" guest_start smp-ipi vcpus=2
check_match "4 virtual CPUs: 2 more would exceed the 5 allowed .*max_vcpus" "and it says why" \
	sh -c 'xlctl create -q -e /tmp/guest.cfg 2>&1; :'
check "one more is not" guest_start hlt
check_fails "a third domain is too many" guest_start lapic
check_match "2 domains, the limit is 2 .*max_domains" "and it says why" \
	sh -c 'xlctl create -q -e /tmp/guest.cfg 2>&1; :'
check "one goes" xlctl destroy hostile-cli
check "another comes" guest_run smp-ipi vcpus=2 'cmdline="vcpus=2"'
check "all go" xlctl destroy hlt
check "unload after that" within 10 unload
