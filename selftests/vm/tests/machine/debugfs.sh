#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The files of domains in debugfs: what they say, while the guest runs and while it goes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

top=/sys/kernel/debug/xlhv
[ -e /sys/kernel/debug/kprobes ] || mount -t debugfs debugfs /sys/kernel/debug

check "load" load
is "no domain, no file" "$(ls $top)" ""

## A domain that runs all the time

check "a guest that never leaves" guest_start hostile-cli 'cmdline="how=jmp"' vcpus=2
sleep 0.5
d=$top/$(xlctl domid hostile-cli)
is "its files" "$(cd "$d" && find . -type f | sort | tr '\n' ' ')" \
	"./counters ./disks ./ept ./info ./params $(printf './%s ' vcpu0/counters vcpu0/time vcpu0/vmcs vcpu1/counters vcpu1/time vcpu1/vmcs)./vifs "
is "for root to read" "$(find "$d" -type f -exec stat -c '%a %u' {} + | sort -u)" "400 0"
check_match '^name: hostile-cli$' "info: its name" cat "$d/info"
check_match '^state: live$' "info: its state" cat "$d/info"
# Who reads may have taken the vCPU's processor from it.
check_match '^vcpu0: cpu=' "info: its vCPU" cat "$d/info"
check_match '^state: runn(ing|able)$' "time: it runs" cat "$d/vcpu0/time"
check_match '^state: offline$' "time: the other does not" cat "$d/vcpu1/time"
check_match '^offline: [1-9][0-9]*ns$' "time: for how long" cat "$d/vcpu1/time"
check_match '^upcall vector: 0x' "params" cat "$d/params"
check_match '^pages: 8[0-9]{3} of 8[0-9]{3}$' "info: 32 MiB" cat "$d/info"
check_match '^0x0+-0x0*1[0-9a-f]{6} RAM$' "ept: the memory map" cat "$d/ept"
check_match '^mappings of (4 KiB|2 MiB): [1-9]' "ept: mappings" cat "$d/ept"
is "ept: what stat says" "$(sed -n 's/^tables: //p' "$d/ept")" \
	"$(xlctl stat hostile-cli | awk '$1 == "memory.tables" { print $2 }')"
check_match '^entries [1-9][0-9]*$' "counters" cat "$d/counters"
# The host's tick and a window of the inner loop are of the same length: either may come first.
check_match '^exit\.(preemption_timer|external_interrupt) [1-9][0-9]*$' "counters of the vCPU" \
	cat "$d/vcpu0/counters"
check_match '^entries 0$' "and of the one that is down" cat "$d/vcpu1/counters"
check_fails "what is of the domain is not among them" grep -q '^memory' "$d/vcpu0/counters"

before=$(sed -n 's/^entries //p' "$d/counters")
check "its VMCS" cp "$d/vcpu0/vmcs" /tmp/vmcs
is "the guest's registers: paging, protection" \
	"$(sed -n 's/^GUEST_CR0: 0x00000000\([89a-f]\)[0-9a-f]*[13579bdf]$/high bit \1/p' /tmp/vmcs)" \
	"high bit 8"
check_match '^GUEST_RIP: 0x000000000010[0-9a-f]{4}$' "it is in its loop" cat /tmp/vmcs
check_match '^VIRTUAL_PROCESSOR_ID: 0x[0-9a-f]{4}$' "16 bits" cat /tmp/vmcs
check_match '^EXCEPTION_BITMAP: 0x00060000$' "32 bits" cat /tmp/vmcs
is "the EPT pointer, as ept has it" "$(sed -n 's/^EPT_POINTER: 0x0*//p' /tmp/vmcs)" \
	"$(sed -n 's/^pointer: 0x//p' "$d/ept")"
is "many fields" "$(($(wc -l </tmp/vmcs) > 120))" 1
check "that of a vCPU that never ran" grep -q '^GUEST_RIP: ' "$d/vcpu1/vmcs"
goes_on() {
	[ "$(sed -n 's/^entries //p' "$d/counters")" -gt "$before" ]
}
check "it goes on" wait_for goes_on

## Paused

check "it is paused" xlctl pause hostile-cli
check_match '^state: offline$' "it would run, if it might" cat "$d/vcpu0/time"
check "and goes on" xlctl unpause hostile-cli
ln -sf hostile-cli.elf "$GUESTS/idle.elf"
check "a guest that waits for something far away" guest_start idle 'cmdline="how=far"'
idle=$top/$(xlctl domid idle)
waits() {
	grep -q '^state: blocked$' "$idle/vcpu0/time"
}
check "it is blocked" wait_for waits
check "it is paused" xlctl pause idle
sleep 0.2
check_match '^state: blocked$' "it would not run in any case" cat "$idle/vcpu0/time"
check "it goes" xlctl destroy idle

dumps() {
	for _ in $(seq 50); do
		cat "$d/vcpu0/vmcs" "$d/vcpu1/vmcs" || return
	done
}
dumps >/tmp/dumps1 &
dumps >/tmp/dumps2
wait
is "100 dumps, two at once: always in the loop" \
	"$(cat /tmp/dumps1 /tmp/dumps2 | grep -c '^GUEST_RIP: 0x000000000010[0-9a-f]*$')" 100
check "nobody else may look" sh -c '! su nobody -s /bin/sh -c "cat $1" 2>/dev/null' sh "$d/info"

## What it costs, what it did

overhead() {
	xlctl stat "$1" | awk '$1 == "memory.overhead" { print $2 }'
}
two=$(overhead hostile-cli)
is "list, info and stat agree on what it costs besides its memory" \
	"$(field overhead_pages) $(sed -n 's/^overhead: \([0-9]*\) pages$/\1/p' "$d/info")" "$two $two"
check "a guest with one vCPU" guest_start hlt
is "costs less" "$(($(overhead hlt) < two && $(overhead hlt) > 10))" 1
is "and both together" "$(field overhead_pages)" $((two + $(overhead hlt)))
check "it goes" xlctl destroy hlt
nonzero() {		# COUNTER...
	for counter; do
		guest_counters | grep -q "^$counter [1-9]" || echo "$counter"
	done
}
check "a guest with grants" guest_life grant
is "its counters" "$(nonzero grants.frames grants.maps grants.copies grants.copied)" ""
is "no mapping is left" "$(guest_counters | sed -n 's/^grants.mapped //p')" 0
check "a guest with event channels" guest_life evtchn
is "its counters" "$(nonzero events.sent)" ""

## Open when it goes

exec 3<"$d/info" 4<"$d/vcpu0/vmcs"
check_fails "the module stays while a file is open" rmmod xlhv
check "destroyed" xlctl destroy hostile-cli
check_fails "what is open gives nothing any more: info" sh -c 'cat <&3'
check_fails "what is open gives nothing any more: vmcs" sh -c 'cat <&4'
exec 3<&- 4<&-
is "the files are gone" "$(ls $top)" ""

## A guest that is looked into all the time does what it does

looked_into() {
	while [ ! -e /tmp/enough ]; do
		cat $top/*/* $top/*/vcpu*/* >/dev/null 2>&1
		turns=$((turns + 1))
	done
	echo $turns >/tmp/turns
}
turns=0
rm -f /tmp/enough
looked_into &
for guest in hlt evtchn lapic smp-ipi; do
	case $guest in smp-ipi) set -- vcpus=2 'cmdline="vcpus=2"' ;; *) set -- ;; esac
	check "looked into: $guest" guest_run "$guest" "$@"
done
many() {
	for _ in $(seq 15); do
		guest_start hostile-cli 'cmdline="how=jmp"' && xlctl destroy hostile-cli || return
	done
}
check "15 come and go meanwhile" many
: >/tmp/enough
wait
is "there were looks" "$(($(cat /tmp/turns) > 10))" 1
is "nothing is left" "$(ls $top)" ""
check "unload" unload
check "the folder is gone" test ! -e $top
