#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tracepoints, as trace-cmd records and shows them: what they count is what the counters count.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

tracing=/sys/kernel/tracing
events=$tracing/events/xlhv
[ -e $tracing/events ] || mount -t tracefs tracefs $tracing

check "load" load
for event in entry exit hypercall inject lapic_post ept_fault vcpu_state kick evtchn_raise \
	grant_pin domain_state domain_shutdown; do
	check "there is xlhv:xlhv_$event" test -e $events/xlhv_$event/enable
done

# record GUEST [LINE]...: the whole life of a domain, in $report; its counters in $counters.
report=$TAP_DIR/report
counters=$TAP_DIR/counters
record() {
	echo >$tracing/trace
	# trace-cmd leaves it off.
	echo 1 >$tracing/tracing_on
	echo 1 >$events/enable
	guest_life "$@" || return
	echo 0 >$events/enable
	cat $tracing/trace >"$report"
	guest_counters >"$counters"
}

# The same, but all of the tracing by trace-cmd. It would take the symbols of the kernel along, which
# are most of its file and of its work, and no event here has one.
record_by_tool() {
	: >/tmp/no-symbols
	mount --bind /tmp/no-symbols /proc/kallsyms
	recorded_by_tool "$@"
	record_status=$?
	umount /proc/kallsyms
	return $record_status
}

recorded_by_tool() {
	trace-cmd start -q -b 8192 -e xlhv && guest_life "$@" && trace-cmd stop &&
		trace-cmd extract -o /tmp/trace.dat >"$TAP_DIR/out" 2>&1 && trace-cmd clear &&
		trace-cmd report -q /tmp/trace.dat >"$report" 2>"$TAP_DIR/complaints" &&
		guest_counters >"$counters"
}

shown() {	# REGEX: events that match
	grep -cE "xlhv_$1" "$report"
}

counted() {	# NAME
	sed -n "s/^$1 //p" "$counters"
}

check "a domain's life is recorded by trace-cmd" record_by_tool hlt
is "it understands every format" "$(cat "$TAP_DIR/complaints")" ""
is "nothing was lost" "$(cat $tracing/per_cpu/cpu*/stats | grep -E '^(overrun|dropped events): [1-9]')" ""
d=$GUEST
is "an event for each entry" "$(shown "entry: +${d}v0 rip 0x")" "$(counted entries)"
is "and each exit" "$(shown "exit: +${d}v0 reason ")" "$(counted entries)"
is "and hypercall" "$(shown "hypercall: +${d}v0 ")" "$(counted hypercalls)"
is "and injection" "$(shown "inject: +${d}v0 ")" "$(counted injected)"
awk -F '[. ]' '$1 == "exit" && $3 > 0 { print $2 }' "$counters" >"$TAP_DIR/reasons"
while read -r reason; do
	name=$(echo "$reason" | tr '[:lower:]' '[:upper:]')
	is "exits by name: $name" \
		"$(shown "exit: .* reason $name qualification 0x[0-9a-f]+ rip 0x[0-9a-f]+ info 0x")" \
		"$(counted "exit.$reason")"
done <"$TAP_DIR/reasons"
check_match "xlhv_hypercall: +${d}v0 sched_op\(0x2, 0x[0-9a-f]+, 0x.*\) = 0$" \
	"a hypercall with its arguments and result" cat "$report"
check_match "xlhv_ept_fault: +${d}v0 (read|write|fetch) gpa 0x[0-9a-f]+ = 0$" \
	"first touches" cat "$report"
check_match "xlhv_inject: +${d}v0 interrupt vector [0-9]+ error 0x0$" "an interrupt" cat "$report"
check_match "xlhv_vcpu_state: +${d}v0 offline -> runn(able|ing)$" "the vCPU comes up" cat "$report"
check_match "xlhv_vcpu_state: +${d}v0 running -> blocked$" "and blocks" cat "$report"

check_match "xlhv_domain_state: +$d hlt building -> live$" "the domain is finished" cat "$report"
check_match "xlhv_domain_state: +$d hlt live -> dying$" "and destroyed" cat "$report"
check_match "xlhv_domain_shutdown: +$d poweroff$" "it had shut down" cat "$report"

check "a guest with grants" record grant
check_match "xlhv_grant_pin: +$GUEST ref [0-9]+ by $GUEST (read|write) = 0$" "its grants" cat "$report"
check "a guest with event channels" record evtchn
check_match "xlhv_evtchn_raise: +${GUEST}v0 port [0-9]+ pending upcall$" "its events" cat "$report"
check "a guest with two vCPUs" record smp-ipi vcpus=2 'cmdline="vcpus=2"'
check_match "xlhv_lapic_post: +${GUEST}v1 vector [0-9]+$" "interrupts from vCPU to vCPU" cat "$report"
if [ "$LAST_CPU" -gt 0 ]; then
	# Only a vCPU that is in the guest is kicked: xlctl keeps off its CPU, and as an interrupt of
	# the host may come first, there are ten tries.
	kicked() {
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			taskset -c 0 xlctl pause hostile-cli || return
			grep -qE 'xlhv_kick: +d[0-9]+v0 on CPU 1 requests 0x' $tracing/trace && return
			taskset -c 0 xlctl unpause hostile-cli || return
			usleep 100000
		done
		cat $tracing/trace
		return 1
	}
	echo >$tracing/trace
	echo 1 >$events/xlhv_kick/enable
	check "a guest that never leaves" guest_start hostile-cli 'cmdline="how=jmp"' 'cpus="1"'
	sleep 1
	check "is paused, by a kick" kicked
	echo 0 >$events/xlhv_kick/enable
	check "and destroyed" xlctl destroy hostile-cli
fi

# One event, filtered, by hand: what scripts do.
echo 'nr == 34' >$events/xlhv_hypercall/filter
echo 1 >$events/xlhv_hypercall/enable
echo >$tracing/trace
check "another" guest_run hvm-op
echo 0 >$events/xlhv_hypercall/enable
echo 0 >$events/xlhv_hypercall/filter
check "filtered: hvm_op alone" sh -c 'grep -c " hvm_op(" "$1" && ! grep xlhv_ "$1" | grep -v " hvm_op("' \
	sh $tracing/trace
echo >$tracing/trace
check "with all off" guest_run hvm-op
is "nothing is recorded" "$(grep -c xlhv_ $tracing/trace)" 0
check "unload" unload
check "and they are gone" test ! -e $events
