#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Where vCPUs may run: cpus=, vcpu-pin, and that they do; what is not to be had is said by name.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

check "load" load

# Two vCPUs that run all the time.
both() {
	guest_start hostile-cli 'cmdline="how=jmp vcpus=2"' vcpus=2 "$@" || return
	wait_for sh -c "! xlctl vcpu-list hostile-cli | grep -q -e '--p'"
}

# "CPU/HARD" of each vCPU, and where its thread may run
places() {
	usleep 100000
	xlctl vcpu-list hostile-cli | awk 'NR > 1 { printf "%s/%s ", $4, $7 }'
}

threads_may() {
	for place_task in $(xlctl vcpu-list --json hostile-cli | sed -n 's/^ *"tid": *\([0-9]*\),*/\1/p'); do
		sed -n 's/^Cpus_allowed_list:[^0-9]*//p' "/proc/$place_task/status"
	done | tr '\n' ' '
}

none=$((LAST_CPU + 1))
check_match "cpus=\"$none\": this host has no CPU $none, the last is $LAST_CPU$" "no such CPU" \
	guest_start hostile-cli "cpus=\"$none\""
check_match 'cpus=.*expected CPUs such as' "no list of CPUs" guest_start hostile-cli 'cpus="1-"'
is "no domain" "$(xlctl list | tail -n +3)" ""
check_match 'cpus_soft: .*no preferred CPUs' "preferred CPUs: said by name" \
	sh -c 'printf "name=\"x\"\nkernel=\"/x\"\nmemory=4\ncpus_soft=\"0\"\n" >/tmp/soft.cfg
		xlctl create -n /tmp/soft.cfg'

if [ "$LAST_CPU" -gt 0 ]; then
	check "cpus: one for all" both 'cpus="1"'
	is "they are there" "$(places)" "1/1 1/1 "
	is "for the scheduler, too" "$(threads_may)" "1 1 "
	check "vcpu-pin all" xlctl vcpu-pin hostile-cli all 0
	is "they move" "$(places)" "0/0 0/0 "
	check "vcpu-pin one" xlctl vcpu-pin hostile-cli 1 '0-1,^0'
	is "it moves" "$(places)" "0/0 1/1 "
	check "vcpu-pin all all" xlctl vcpu-pin hostile-cli all all
	check_match "^hostile-cli .* r-- .*  all / all$" "they may be anywhere" xlctl vcpu-list
	check_match "none of CPUs|this host has no CPU" "vcpu-pin to no CPU" \
		xlctl vcpu-pin hostile-cli 0 $none
	check "destroy" xlctl destroy hostile-cli
	check "cpus: a list" both 'cpus=["1","0"]'
	is "each has its own" "$(places)" "1/1 0/0 "
	check "destroy" xlctl destroy hostile-cli
	check "cpus: all but" both 'cpus="all,^0"'
	is "they are there" "$(places)" "1/1 1/1 "
	check "what it was made from" sh -c \
		'xlctl list -l hostile-cli | tr -d " \n" | grep -q "vcpu_hard_affinity\":\[\[1\],\[1\]\]"'
	check "destroy" xlctl destroy hostile-cli
fi

## What the logs have of a domain that goes wrong

check "a guest with a triple fault" guest_start triple-fault
check "has ended" wait_for guest_ended triple-fault
check_match ' ---sr- ' "as one that reboots" xlctl list triple-fault
check_match 'verdict: ' "its log has what it said" xlctl dmesg triple-fault
check_match 'd[0-9]+: vCPU 0: triple fault at 0x' "that of the module how it ended" xlctl dmesg
check "dmesg -c" xlctl dmesg -c triple-fault
is "nothing is left of it" "$(xlctl dmesg triple-fault)" ""
check "destroy" xlctl destroy triple-fault

check "a guest that takes an interrupt without a stack" guest_start stack-in-hole
check "has ended" wait_for guest_ended stack-in-hole
check_match ' ---sc- ' "by a crash" xlctl list stack-in-hole
check_match 'vCPU 0: exit 48 EPT_VIOLATION, qualification 0x[0-9a-f]+' "its log says by what" \
	xlctl dmesg stack-in-hole
check_match 'rip [0-9a-f]{16} rsp 00000000fd00[0-9a-f]{4} rflags [0-9a-f]{8}, .*, CPL 0' \
	"where it was" xlctl dmesg stack-in-hole
check_match '^code cd 70' "the instruction's bytes" xlctl dmesg stack-in-hole
check_match 'crash: vCPU 0: ' "and that it crashed" xlctl dmesg stack-in-hole
check_match 'd[0-9]+: crashed: vCPU 0: ' "and that of the module" xlctl dmesg
check "destroy" xlctl destroy stack-in-hole
check "unload" unload
