#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# host-state.sh [ROUNDS]: what the host has in its CPUs is there again after a guest: a process
# shares a CPU with one that never leaves it by itself, and with one that has breakpoints of its own.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

rounds=${1:-200}
top=/sys/kernel/debug/xlhv
[ -e /sys/kernel/debug/kprobes ] || mount -t debugfs debugfs /sys/kernel/debug

# The guest looks at traps: see docs/testing.md.
check "load" load disable=virt_intr_delivery

# A bit of IA32_DEBUGCTL that has no effect here. An emulator may have no such register: then this says
# nothing.
modprobe msr
DEBUGCTL=$((0x1d9))
debugctl() {
	dd if=/dev/cpu/0/msr bs=8 count=1 iflag=skip_bytes skip=$DEBUGCTL 2>/dev/null | od -An -tx8 | tr -d ' '
}
printf '\000\100\000\000\000\000\000\000' |
	dd of=/dev/cpu/0/msr bs=8 oflag=seek_bytes seek=$DEBUGCTL 2>/dev/null
debugctl=$(debugctl)
diag "DEBUGCTL: $debugctl"
subtest "alone" xlhv-host 0 20
check "a guest that never leaves" guest_start hostile-cli 'cmdline="how=jmp"' 'cpus="0"'
subtest "beside it" xlhv-host 0 "$rounds"
mce() {		# bit 6 of CR4
	echo $((0x$(sed -n "s/^$1: 0x//p" "$top/$(xlctl domid hostile-cli)/vcpu0/vmcs") >> 6 & 1))
}
# Some kernels take no machine checks.
is "it reads a CR4 without MCE, and has the host's" "$(mce CR4_READ_SHADOW) $(mce GUEST_CR4)" \
	"0 $(mce HOST_CR4)"
diag "CR4.MCE of the host: $(mce HOST_CR4)"
check "it ends" xlctl destroy hostile-cli

# Its rounds are as many as it takes for the process to be done.
check "a guest with breakpoints" guest_start debug-regs 'cmdline="rounds=100000"' 'cpus="0"'
subtest "beside it" xlhv-host 0 "$rounds"
check "it is still at it" sh -c '! xlctl list --json debug-regs | grep -q shutdown_reason.*:.*\"'
check "it ends" xlctl destroy debug-regs
check "and one with fewer rounds has seen nothing of the host's" guest_run debug-regs \
	'cmdline="rounds=20"' 'cpus="0"'
is "DEBUGCTL is what it was" "$(debugctl)" "$debugctl"
check "unload" unload
