#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# smp.sh GUEST VCPUS: Debian's kernel GUEST with VCPUS vCPUs, however many CPUs the host has: does
# parallel work right, takes its CPUs off and on line under that load, moves between the host's CPUs
# by vcpu-pin and when one of those goes off line.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

guest=$1
vcpus=$2
last=$((vcpus - 1))
[ "$CPUS" = 1 ] || at_exit 'echo 1 >/sys/devices/system/cpu/cpu$((CPUS - 1))/online'

# guest_does "name" COMMAND...: the guest's shell does all of them, one after the other. A console
# shows what was said before, so no two answers are the same.
steps=0
guest_does() {
	does_name=$1
	shift
	for does_command; do
		steps=$((steps + 1))
		set -- "$@" "type=$does_command; echo step $steps: st\"\"atus \$?\\r" \
			"expect=^step $steps: status 0\$"
		shift
	done
	in_guest "$does_name" "$@"
}

# Which of the host's CPUs its vCPUs ran on last.
places() {
	xlctl vcpu-list linux | awk 'NR > 1 && $4 != "-" { print $4 }' | sort -u | tr '\n' ' '
}

config linux "$guest" "" "vcpus = $vcpus" "maxvcpus = $((vcpus + 1))" 'memory = 160'
check "create" create linux
comes_up "it boots" linux "$guest"
# The MADT has one more, which is off until somebody says otherwise.
guest_does "it has its CPUs" "[ \$(grep -c ^processor /proc/cpuinfo) = $vcpus ]" \
	"[ \$(cat /sys/devices/system/cpu/online) = 0-$last ]" \
	"[ \$(cat /sys/devices/system/cpu/possible) = 0-$vcpus ]"
is "vcpu-list has one more" "$(xlctl vcpu-list linux | grep -c ' - *--p ')" 1

# As many jobs as there are CPUs and one more, each with its own memory, pipes and processes.
guest_does "parallel work comes out right" \
	'want=$(sha256sum </bin/busybox)' \
	"for j in \$(seq $((vcpus + 1))); do (for n in 1 2 3; do cat /bin/busybox | sha256sum; done) >/tmp/j\$j & done; wait" \
	'[ $(cat /tmp/j* | sort -u | wc -l) = 1 ] && [ "$(sort -u /tmp/j*)" = "$want" ]' \
	"[ \$(cat /tmp/j* | wc -l) = $((3 * (vcpus + 1))) ]"
xlctl stat --json linux >"$TAP_DIR/stat"
diag "$(sed -n 's/^ *"\(exit\.pause[a-z_]*\|exit\.hlt\|entries\|hypercall\.sched_op\|kicks\)": *\([0-9]*\).*/\1 \2/p' "$TAP_DIR/stat" | tr '\n' ' ')"

# Each CPU goes and comes while all others work.
guest_does "CPUs go off line and come back under load" \
	"for j in \$(seq $vcpus); do (while [ ! -e /tmp/end ]; do sha256sum </bin/busybox; done) >/tmp/k\$j & done" \
	"for c in \$(seq $last); do echo 0 >/sys/devices/system/cpu/cpu\$c/online || break; done" \
	'[ $(cat /sys/devices/system/cpu/online) = 0 ]' \
	"for c in \$(seq $last); do echo 1 >/sys/devices/system/cpu/cpu\$c/online || break; done" \
	"[ \$(cat /sys/devices/system/cpu/online) = 0-$last ]"
is "as vcpu-list has it" "$(xlctl vcpu-list linux | awk 'NR > 1 && $4 != "-"' | grep -c .)" "$vcpus"

if [ "$CPUS" -gt 1 ]; then
	host=$((CPUS - 1))
	check "all vCPUs to the last CPU" xlctl vcpu-pin linux all $host
	becomes "they run there" "^$host \$" places
	check_match "^linux .* $host / all\$" "vcpu-list knows" xlctl vcpu-list linux
	check "all vCPUs to the first one" xlctl vcpu-pin linux all 0
	becomes "they run there" '^0 $' places
	check "back to all" xlctl vcpu-pin linux all all
	for _ in 1 2 3; do
		check "one of the host's CPUs goes" sh -c "echo 0 >/sys/devices/system/cpu/cpu$host/online"
		usleep 300000
		is "no vCPU is there" "$(places | grep -cw $host)" 0
		check "it comes back" sh -c "echo 1 >/sys/devices/system/cpu/cpu$host/online"
	done
	check "all vCPUs to the last CPU" xlctl vcpu-pin linux all $host
	check "which goes" sh -c "echo 0 >/sys/devices/system/cpu/cpu$host/online"
	usleep 300000
	is "no vCPU is there" "$(places | grep -cw $host)" 0
	check "it comes back" sh -c "echo 1 >/sys/devices/system/cpu/cpu$host/online"
	check "back to all" xlctl vcpu-pin linux all all
fi

guest_does "nothing that was computed is wrong" 'touch /tmp/end; wait' \
	'[ "$(sort -u /tmp/k*)" = "$want" ]' '! dmesg | grep -E "Call Trace|BUG:|WARNING: CPU|detected stall"'
check "the host is well" sh -c '! dmesg | grep -E "Call Trace|BUG:|WARNING: CPU|detected stall"'
check "destroy" xlctl destroy linux
is "no thread is left" "$(threads)" 0
