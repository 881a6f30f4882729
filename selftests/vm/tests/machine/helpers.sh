# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the tests that run in the machine share. They run in busybox, as root.
#
#	load [PARAMETER...]	loads xlhv; what it says is shown if that fails
#	unload			removes it
#	state N			"cpu N" of xlhv-ask without the numbers: online, vmxe, root, ours
#	states			the same of all CPUs, counted, on one line
#	field NAME		one field of XLHV_INFO
#	log_mark, log_since	what the kernel has said since the mark
#	held COMMAND...		with VMX held, like xlhv-ask hold
#	in_hold CODE		shell code with VMX held, and these functions; stops at an error
#	online N 0|1		takes a CPU off or on line
#	cpus, LAST_CPU		numbers of the CPUs there are
#	wait_for COMMAND...	until it succeeds, at most ten seconds of the machine's clock
#
# PACE: how many times as many instructions this kernel takes as an ordinary one, for bounds in ticks.
# RELEASE: of the kernel; XLHV, PROBE: files of the module and of vmxprobe.

# shellcheck disable=SC2034	# used by those that source this file
TESTS=/root/tests
PATH=$TESTS/bin:$PATH
RELEASE=$(uname -r)
XLHV=$(find "/lib/modules/$RELEASE" -name xlhv.ko)
PROBE=$TESTS/bin/vmxprobe.ko
PACE=1
[ ! -e /proc/lockdep_stats ] || PACE=10

load() {
	insmod "$XLHV" "$@" || {
		dmesg | grep xlhv: | tail -3
		return 1
	}
}

unload() {
	rmmod xlhv
}

state() {
	xlhv-ask cpu "$1" | sed 's/ feature_control.*//'
}

cpus() {
	seq 0 $(($(grep -c . /tmp/cpus) - 1))
}

# The list as it was when the first test started: later a CPU may be off line.
[ -s /tmp/cpus ] || ls -d /sys/devices/system/cpu/cpu[0-9]* >/tmp/cpus
LAST_CPU=$(($(grep -c . /tmp/cpus) - 1))

states() {
	for n in $(cpus); do
		state "$n"
	done | sort | uniq -c | sed 's/^ *//' | tr '\n' ',' | sed 's/,$/\n/'
}

field() {
	xlhv-ask info | sed -n "s/^$1=//p"
}

LOG_MARKS=0
log_mark() {
	LOG_MARKS=$((LOG_MARKS + 1))
	echo "mark $$ $LOG_MARKS" >/dev/kmsg
}

log_since() {
	dmesg | sed "1,/mark $$ $LOG_MARKS\$/d"
}

held() {
	xlhv-ask hold "$@"
}

in_hold() {
	xlhv-ask hold sh -ec ". $TESTS/machine/helpers.sh; $1"
}

online() {
	echo "$2" >"/sys/devices/system/cpu/cpu$1/online"
}

wait_for() {
	for wait_turn in $(seq 200); do
		! "$@" || return 0
		usleep 50000
	done
	echo "given up after $wait_turn turns: $*"
	return 1
}
