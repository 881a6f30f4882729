#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# CPUs of the host go and come, with vCPUs that were there last or are there at that moment, and that
# others want: nobody interrupts a CPU that is gone, and nobody waits for one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

[ "$LAST_CPU" -gt 0 ] || skip_all "one CPU"
at_exit 'online $LAST_CPU 1'

check "load" load selfcheck=0
check "a vCPU that sleeps" guest_start hostile-cli 'cmdline="how=far bit=60"' "cpus=\"$LAST_CPU\""
sleep 0.3
check "it may be anywhere" xlctl vcpu-pin hostile-cli all all
check "the CPU goes where it was last" online "$LAST_CPU" 0
check "it is paused" xlctl pause hostile-cli
check "and goes on" xlctl unpause hostile-cli
check "destroyed" xlctl destroy hostile-cli
check "the CPU comes back" online "$LAST_CPU" 1

# Eight times, with a pause each.
going() {
	for _ in 1 2 3 4 5 6 7 8; do
		online "$LAST_CPU" 0 && xlctl pause hostile-cli && xlctl unpause hostile-cli &&
			online "$LAST_CPU" 1 || return
		usleep 50000
	done
}
for vcpus in 2 4; do
	check "$vcpus vCPUs that interrupt each other" \
		guest_start hostile-cli "cmdline=\"how=ipi vcpus=$vcpus\"" vcpus=$vcpus
	check "a CPU goes and comes under them" going
	check "destroyed" xlctl destroy hostile-cli
done
check "unload" unload
