#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Domains at work on the CPUs on which machines of KVM compute: one that never leaves the CPU by
# itself, and beside it one after the other that measure, count and signal. Whoever is wronged
# tells: the machine of KVM compares each result, the guests have verdicts.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

at_exit 'end_all; rmmod kvm_intel 2>/dev/null; rmmod kvm 2>/dev/null'

end_all() {
	for end_pid in $machines; do
		kill "$end_pid" 2>/dev/null
	done
	for end_id in $(xlctl list 2>/dev/null | awk 'NR > 2 { print $2 }'); do
		xlctl destroy "$end_id"
	done
}

used() {
	xlctl list --json "$1" | sed -n 's/^ *"cpu_time": *\([0-9]*\)[.0-9]*,*$/\1/p'
}

machines=
start_machines() {
	for n in $(cpus); do
		kvm-beside count "$n" 0 >"/tmp/machine$n" 2>&1 &
		machines="$machines $!"
		wait_for grep -q running "/tmp/machine$n" || return
	done
}

check "KVM loads" modprobe kvm_intel
check "load" load
check "a machine of KVM on each CPU" start_machines
check "a domain that never leaves a CPU" guest_start hostile-cli 'cmdline="how=jmp"' 'cpus="0"'
is "VMX is had through KVM" "$(xlctl info xlhv_provider)" kvm
for guest in fpu pvclock singleshot evtchn grant; do
	check "beside both: $guest" guest_run "$guest" 'cpus="0"'
done
if [ "$LAST_CPU" -gt 0 ]; then
	check "beside both, on all CPUs: smp-ipi" guest_run smp-ipi vcpus=2 'cmdline="vcpus=2"'
fi
check "the first one still runs" sh -c 'xlctl list hostile-cli | grep -q -e " r----- "'
check "and had its share" test "$(used hostile-cli)" -ge 1
check "KVM cannot be unloaded" sh -c '! rmmod kvm_intel 2>/dev/null'

# Of each: one that ends while the others go on. The emulator delivers virtual interrupts to code
# that has interrupts off (docs/testing.md), which who counts traps and interrupts sees.
check "the domain ends" xlctl destroy hostile-cli
check "the module goes as well" unload
check "and comes back, without virtual interrupts" load disable=virt_intr_delivery
check "another domain comes" guest_start hostile-cli 'cmdline="how=jmp"' 'cpus="0"'
check "beside both: debug-regs" guest_run debug-regs 'cpus="0"' 'cmdline="rounds=200"'
check "beside both: syscall" guest_run syscall 'cpus="0"'
n=0
for machine in $machines; do
	kill "$machine"
	wait "$machine"
	is "the machine on CPU $n ends, and every result was right" "$?" 0
	check "and there were some" grep -qE '^[1-9][0-9]* batches$' "/tmp/machine$n"
	diag "$(tail -n 1 "/tmp/machine$n")"
	n=$((n + 1))
done
machines=
check "the domain goes on without KVM's" guest_run xen-version
check "and ends" xlctl destroy hostile-cli
is "nothing is held" "$(field holders) $(field nr_cpus_root)" "0 0"
check "KVM can be unloaded" rmmod kvm_intel
check "unload" unload
