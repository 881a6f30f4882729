#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# nx-huge.sh: large mappings that cannot be executed, against iTLB multihit: the module parameter
# decides, guests run all the same, and the counters tell what it took.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

[ -e /sys/kernel/debug/kprobes ] || mount -t debugfs debugfs /sys/kernel/debug

counter() {
	guest_counters | sed -n "s/^$1 //p"
}

dmesg -c >/dev/null
check_fails "a value that is none" load nx_huge_pages=maybe
check_match 'nx_huge_pages=maybe: expected auto, force or off' "is refused by name" dmesg

check "load: forced" load nx_huge_pages=force
check_match '(^| )nx_huge_pages( |$)' "it is told" xlhv-ask guards
check_fails "and the CPU's fault is not open" sh -c 'xlhv-ask guards | grep -q open_itlb'
check "a guest that runs code from eight blocks and more" guest_run code-blocks memory=64
diag "splits: $(counter memory.nx_splits), large mappings: $(counter memory.2m)"
# Four blocks of code, two that are run from their first touch on; those of data stay large.
check "blocks were split for code" [ "$(counter memory.nx_splits)" -ge 6 ]
check "blocks of data are still large" [ "$(counter memory.2m)" -ge 4 ]
check "one that stays" guest_start hostile-cli 'cmdline="how=jmp"'
check_match '^large mappings executable: 0$' "debugfs tells it" \
	cat "/sys/kernel/debug/xlhv/$(xlctl domid hostile-cli)/ept"
check "it goes" xlctl destroy hostile-cli
check "unload" unload

check "load: off" load nx_huge_pages=off
check_fails "not told" sh -c 'xlhv-ask guards | grep -q nx_huge_pages'
if grep -q 'bugs.*itlb_multihit' /proc/cpuinfo; then
	check_match '(^| )open_itlb_multihit( |$)' "the CPU's fault is open" xlhv-ask guards
else
	check_fails "no fault of the CPU" sh -c 'xlhv-ask guards | grep -q open_itlb'
fi
check "the same guest" guest_run code-blocks memory=64
is "nothing was split for code" "$(counter memory.nx_splits)" 0
check "more is large" [ "$(counter memory.2m)" -ge 9 ]
check "unload" unload
