#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kvm.sh [ROUNDS [PARAMETER-OF-KVM...]]: KVM beside us, in every order. The self-check's guest is
# entered ROUNDS (2000) times on each CPU on which a guest of KVM computes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

rounds=${1:-2000}
[ $# -eq 0 ] || shift
all=$((LAST_CPU + 1))
at_exit '! grep -q "^kvm_intel " /proc/modules || rmmod kvm_intel; rmmod kvm'

# Loaded before, and it stays: it takes longest.
modprobe kvm "$@"
# From 6.12 on KVM takes VMX when it is loaded, and not with its first virtual machine.
at_load=
[ "$(cat /sys/module/kvm/parameters/enable_virt_at_load 2>/dev/null)" != Y ] || at_load=1
diag "KVM takes VMX $(if [ $at_load ]; then echo at load; else echo with the first machine; fi)"

kvm_in() {
	modprobe kvm_intel 2>&1
}

kvm_out() {
	rmmod kvm_intel
}

kvm_guest() {		# starts it on CPU $1; in the background until kvm_guest_end
	kvm-beside count "$1" 0 >/tmp/guest 2>&1 &
	guest=$!
	wait_for grep -q running /tmp/guest
}

kvm_guest_end() {
	kill "$guest"
	wait "$guest" && cat /tmp/guest && grep -q batches /tmp/guest
}

guests_everywhere() {
	for n in $(cpus); do
		xlhv-ask check "$n" 3 || return
	done
}

## Without KVM

check "load with vmx=kvm, no KVM" load vmx=kvm
log_mark
is "no hold: ENODEV" "$(held true)" ENODEV
check_match 'xlhv: vmx=kvm, and kvm_intel is not loaded' "and says why" log_since
is "nothing is held" "$(field holders) $(states)" "0 $all online"
check "unload" unload

## KVM comes while we have VMX by ourselves

check "load, vmx=auto" load
log_mark
if [ $at_load ]; then
	check_status 1 "held by us: KVM cannot be loaded" held modprobe kvm_intel
	check "and is not there" sh -c '! grep -q ^kvm_intel /proc/modules'
else
	beside_idle() {
		in_hold 'modprobe kvm_intel; kvm-beside create; xlhv-ask check 0 5'
	}
	check_match 'KVM_CREATE_VM: (EBUSY|EIO)' "held by us: KVM loads and has no VMX" beside_idle
	kvm_out
fi
harm() {
	in_hold 'modprobe kvm_intel 2>/dev/null || :; kvm-beside create >/dev/null || :; states
		for n in $(cpus); do xlhv-ask check $n 5 >/dev/null; done
		field provider'
}
is "and we are unharmed" "$(harm)" "$all online vmxe root ours
1"
[ $at_load ] || kvm_out
is "VMX is off after that" "$(states)" "$all online"

## KVM is there first

check "KVM loads" kvm_in
check_output 0 "KVM works after we had VMX" kvm-beside create
is "we hold through KVM" "$(in_hold 'field provider; states')" "2
$all online vmxe root"
if [ -e /sys/module/kvm_intel/parameters/enlightened_vmcs ]; then
	check "KVM as if inside Hyper-V" insmod "$PROBE" what=evmcs
	log_mark
	is "no hold beside enlightened VMCSs" "$(held true)" EOPNOTSUPP
	check_match 'xlhv: KVM uses Hyper-V.s enlightened VMCSs' "and says why" log_since
	check "and as it was" rmmod vmxprobe
else
	skip "KVM as if inside Hyper-V" "this KVM knows nothing of Hyper-V"
fi
check_fails "KVM cannot be unloaded meanwhile" held rmmod kvm_intel
check_output 0 "KVM makes a machine meanwhile" held kvm-beside create
check "guests of ours on every CPU" guests_everywhere
subtest "a device that somebody keeps" xlhv-lease
# The hold stays with the provider it was taken through.
check "a hold within a hold" held xlhv-ask hold true
is "nothing is held after that" "$(field provider) $(field holders) $(field nr_cpus_root)" "0 0 0"
killed() {
	xlhv-ask hold sleep 5 &
	wait_for sh -c '[ "$(xlhv-ask info | grep ^holders)" = holders=1 ]' || return
	kill -9 $!
	wait $!
	wait_for sh -c '[ "$(xlhv-ask info | grep ^holders)" = holders=0 ]'
}
# The child of the killed one goes on; what counts is the holder.
check "a holder is killed" killed
check "KVM can be unloaded" kvm_out

if [ "$LAST_CPU" -gt 0 ]; then
	check "KVM loads" kvm_in
	is "held through KVM: a CPU goes and comes" \
		"$(in_hold 'online $LAST_CPU 0; states; online $LAST_CPU 1; states
			xlhv-ask check $LAST_CPU 5 | cut -d " " -f 1; online $LAST_CPU 0')" \
		"1 offline,$LAST_CPU online vmxe root
$all online vmxe root
result=0"
	check "and comes back after the hold" online "$LAST_CPU" 1
	check_output 0 "KVM works" kvm-beside create
	check "KVM can be unloaded" kvm_out
fi

## A guest of KVM and one of ours on the same CPU

check "KVM loads" kvm_in
for n in $(cpus); do
	check "both at once on CPU $n" kvm-beside beside "$n" "$rounds"
	diag "$(cat "$TAP_DIR/output")"
done
check "KVM's guest is left alone by a hold that comes and goes" sh -ec "
	. $TESTS/machine/helpers.sh
	kvm-beside count 0 0 >/tmp/guest 2>&1 & guest=\$!
	wait_for grep -q running /tmp/guest
	xlhv-ask flip 20
	kill \$guest
	wait \$guest
	grep batches /tmp/guest"
check "unload" unload

## vmx=self while KVM is there

check "load, vmx=self" load vmx=self
if [ ! $at_load ]; then
	check "KVM idle: VMX can be had" held xlhv-ask check 0 5
	check_match 'KVM_CREATE_VM: (EBUSY|EIO)' "and KVM has none meanwhile" held kvm-beside create
	check_output 0 "but afterwards" kvm-beside create
fi
check "a guest of KVM runs" kvm_guest 0
log_mark
is "vmx=self: refused with EBUSY" "$(held true)" EBUSY
check_match 'xlhv: VT-x is in use by another hypervisor .*KVM has it' "and names KVM" log_since
is "nothing is held" "$(field holders) $(field nr_cpus_root)" "0 0"
check "KVM's guest is unharmed" kvm_guest_end
check "KVM can be unloaded" kvm_out
check "then it can be had" held xlhv-ask check 0 5
is "and is off in the end" "$(states)" "$all online"
check "unload" unload
