#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Another hypervisor has VMX, or takes it away from us.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

all=$((LAST_CPU + 1))
at_exit '! grep -q "^vmxprobe " /proc/modules || rmmod vmxprobe'

probe() {
	insmod "$PROBE" "$@"
}

# Gives VMX back; succeeds if it had it undisturbed on every CPU.
probe_out() {
	log_mark
	rmmod vmxprobe && log_since | grep 'gave VMX back, 0 CPUs failed'
}

## It has VMX on all CPUs

check "another hypervisor takes VMX" probe what=take
check "the module loads beside it" load
log_mark
is "but gets no VMX: EBUSY" "$(held true)" EBUSY
check_match 'xlhv: VT-x is in use by another hypervisor \(CR4.VMXE is set on CPU [0-9]+\): unload the module that has it \(VirtualBox: vboxdrv, VMware: vmmon\)' \
	"and says what to do" log_since
is "nor a self-check" "$(xlhv-ask check 0 1)" EBUSY
is "the state is told as it is" "$(states)" "$all online vmxe"
is "nothing is held" "$(field provider) $(field holders) $(field nr_cpus_root)" "0 0 0"
check "unload" unload
check_fails "nor does it load with selfcheck=1" load selfcheck=1
check "the other one was not disturbed" probe_out
check "with it gone the self-check passes" load selfcheck=1
is "VMX is off" "$(states)" "$all online"

## It has VMX on one CPU

if [ "$LAST_CPU" -gt 0 ]; then
	check "another hypervisor has the last CPU" probe what=take only="$LAST_CPU"
	is "no VMX then: EBUSY" "$(held true)" EBUSY
	is "and none kept on the other CPUs" "$(states)" "$LAST_CPU online,1 online vmxe"
	check "the other one was not disturbed" probe_out
	check "then it can be had" held xlhv-ask check 0 1
fi

## Somebody switches VMX off while we hold it

taken() {		# CLEAR: takes it on the last CPU, and looks
	in_hold "insmod $PROBE what=off cpu=$LAST_CPU clear=$1
		rmmod vmxprobe
		xlhv-ask check $LAST_CPU 3 | cut -d ' ' -f 1 || :
		[ $LAST_CPU = 0 ] || xlhv-ask check 0 3 | cut -d ' ' -f 1
		states"
}
others=
[ "$LAST_CPU" = 0 ] || others="result=0
"
rest=
[ "$LAST_CPU" = 0 ] || rest=",$LAST_CPU online vmxe root ours"

log_mark
is "VMX switched off under us, CR4.VMXE cleared" "$(taken 1)" "result=1
${others}1 online ours$rest"
check_match "xlhv: VMX root operation was switched off under us on CPU $LAST_CPU\$" \
	"is told once it is noticed" log_since
check_match "xlhv: CPU $LAST_CPU has left VMX root operation behind our back" \
	"and when VMX is given back" log_since
is "VMX is off then" "$(states)" "$all online"

log_mark
is "VMX switched off under us, CR4.VMXE left" "$(taken 0)" "result=1
${others}1 online vmxe ours$rest"
is "is cleaned up, too" "$(states)" "$all online"

# While guests are entered: whichever VMX instruction comes next finds out.
amid() {
	in_hold "
		xlhv-ask check $LAST_CPU 100000 >/tmp/amid1 &
		xlhv-ask check $LAST_CPU 100000 >/tmp/amid2 &
		usleep 30000
		insmod $PROBE what=off cpu=$LAST_CPU
		rmmod vmxprobe
		wait
		cut -d ' ' -f 1 /tmp/amid1 /tmp/amid2"
}
is "VMX switched off while guests are entered" "$(amid)" "result=1
result=1"
is "VMX is off then" "$(states)" "$all online"

unnoticed() {
	in_hold "insmod $PROBE what=off cpu=$LAST_CPU; rmmod vmxprobe"
}
check "switched off, and nobody enters a guest" unnoticed
is "VMX is off then" "$(states)" "$all online"
check "and can be had again" held xlhv-ask check "$LAST_CPU" 3
check "unload" unload
