#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Guests whose memory is not there: the host's is used up, or that of the memory cgroup in which
# their domain was made. They wait, shown as ENOMEM, the host does not notice, and they go on when
# there is memory again.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

CGROUPS=/sys/fs/cgroup
GROUP=$CGROUPS/test

at_exit 'end_all; umount /tmp/fill 2>/dev/null; rmdir /sys/fs/cgroup/test 2>/dev/null'

end_all() {
	for end_id in $(xlctl list 2>/dev/null | awk 'NR > 2 { print $2 }'); do
		xlctl destroy "$end_id"
	done
}

available() {		# MiB
	awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo
}

waits() {
	xlctl list "$1" | grep -q -e ' --p--- .*(ENOMEM)$'
}

succeeded() {
	xlctl dmesg "$1" | grep -q '^\[.*\] # verdict: success\|^# verdict: success'
}

ended_well() {
	wait_for guest_ended "$1" && succeeded "$1"
}

# What processes do: memory of their own, files, other processes.
host_works() {
	for _ in $(seq 10); do
		echo x | cat | sed s/x/y/ >/tmp/works || return
	done
	dd if=/dev/zero of=/tmp/works bs=64k count=32 2>/dev/null && awk 'BEGIN {
		for (i = 0; i < 2000; i++) a[i] = i; exit a[777] != 777 }' && rm /tmp/works
}

charged() {		# MiB
	echo $(($(cat $GROUP/memory.current) / 1048576))
}

# Makes the domain from inside of the group.
in_group() {
	sh -c 'echo $$ >"$1/cgroup.procs" && . "$2/machine/helpers.sh" && . "$2/machine/guests.sh" &&
		shift 2 && "$@"' sh $GROUP "$TESTS" "$@"
}

check "load" load
reserve=$(cat /sys/module/xlhv/parameters/host_reserve_mib)
check "some of the host's memory is kept for it" test "$reserve" -ge 16 -a "$reserve" -le 512

## The host has no more

# A domain that is to touch 64 MiB, on a host that has 32 of them.
mkdir /tmp/fill
mount -t tmpfs -o size=100% none /tmp/fill
fill=$(($(available) - reserve - 32))
check "the host's memory is used" fallocate -l ${fill}M /tmp/fill/file
left=$(available)
check "a domain larger than what is left" guest_start memory-touch memory=80
check "it waits for memory" wait_for waits memory-touch
diag "$left MiB were available, now $(available); kept: $reserve"
check "the host keeps what it was promised" test "$(available)" -ge $((reserve - 1))
check "and works" host_works
is "a program can see it" \
	"$(xlctl list --json memory-touch | sed -n 's/^ *"pause_reason": *"\(.*\)".*/\1/p')" ENOMEM
check_match 'd[0-9]+: no memory on the host: the domain is paused until it is unpaused' "the log tells" xlctl dmesg
echo $((reserve - 8)) >/sys/module/xlhv/parameters/host_reserve_mib
check "there is place for another domain beside it, if the host wants" guest_run xen-version memory=4
echo "$reserve" >/sys/module/xlhv/parameters/host_reserve_mib
before=$(xlctl stat memory-touch | awk '$1 == "memory.faults" { print $2 }')
check "unpaused without more memory" xlctl unpause memory-touch
check "it waits again" wait_for waits memory-touch
check_fails "without an end in sight" guest_ended memory-touch
check "what can be read of it can be read" xlctl vcpu-list memory-touch
check "the host has memory again" rm /tmp/fill/file
check_match ' --p--- .*\(ENOMEM\)$' "nothing happens by itself" xlctl list memory-touch
check "unpaused" xlctl unpause memory-touch
check "it goes on, and never noticed" ended_well memory-touch
diag "faults: $before, $(xlctl stat memory-touch | awk '$1 == "memory.faults" { print $2 }')"
check "destroyed" xlctl destroy memory-touch

check "the memory is used again" fallocate -l ${fill}M /tmp/fill/file
check "one more that waits" guest_start memory-touch memory=80
check "waits" wait_for waits memory-touch
check "it can be destroyed" xlctl destroy memory-touch
is "with all it had" "$(xlctl info xlhv_guest_kib)" 0
check_match 'populate="eager": the host has [0-9]+ MiB for domains' "all at once: said before" \
	guest_start memory-touch memory=80 'populate="eager"'
rm /tmp/fill/file
is "no domain" "$(xlctl list | tail -n +3)" ""

echo 100000 >/sys/module/xlhv/parameters/host_reserve_mib
check_fails "all for the host: a domain cannot be built" guest_start hlt
check_match "has no memory for the domain|Cannot allocate memory" "and says why" guest_start hlt
is "nor is half of it left" "$(xlctl list | tail -n +3)$(xlctl info xlhv_guest_kib)" 0
echo "$reserve" >/sys/module/xlhv/parameters/host_reserve_mib
check "then it can" guest_run xen-version

## The group has no more

mount -t cgroup2 none $CGROUPS 2>/dev/null
if ! grep -qw memory $CGROUPS/cgroup.controllers; then
	skip "memory cgroups" "no memory controller here"
else
	echo +memory >$CGROUPS/cgroup.subtree_control
	mkdir $GROUP
	check "in a group" in_group guest_start memory-touch memory=48
	check "it ends" ended_well memory-touch
	diag "$(charged) MiB charged to the group for a domain of 48"
	check "its memory is charged to who made it" test "$(charged)" -ge 40
	check "destroyed" xlctl destroy memory-touch
	freed() {
		[ "$(charged)" -le 2 ]
	}
	check "and no longer charged" wait_for freed

	echo $((24 * 1048576)) >$GROUP/memory.max
	check "a domain larger than its group" in_group guest_start memory-touch memory=48
	check "it waits for memory" wait_for waits memory-touch
	check "the host has enough" test "$(available)" -gt 64
	is "nobody was killed for it" "$(sed -n 's/^oom_kill //p' $GROUP/memory.events)" 0
	check "another domain, of another group" guest_run hlt
	check "unpaused" xlctl unpause memory-touch
	check "it waits again" wait_for waits memory-touch
	echo max >$GROUP/memory.max
	check "with a larger group" xlctl unpause memory-touch
	check "it goes on, and never noticed" ended_well memory-touch
	check "destroyed" xlctl destroy memory-touch
	check "and no longer charged" wait_for freed

	echo $((24 * 1048576)) >$GROUP/memory.max
	check_fails "all at once: no domain" in_group guest_start memory-touch memory=48 \
		'populate="eager"'
	is "nor half of one" "$(xlctl list | tail -n +3)$(xlctl info xlhv_guest_kib)" 0
	is "nobody was killed for it" "$(sed -n 's/^oom_kill //p' $GROUP/memory.events)" 0
	check "and no longer charged" wait_for freed
	echo max >$GROUP/memory.max
	check "all at once, in a larger group" in_group guest_start hlt memory=48 'populate="eager"'
	check "all of it is there" test "$(xlctl list hlt | awk 'NR == 2 { print $3 }')" -eq 48
	check "and charged" test "$(charged)" -ge 48
	check "destroyed" xlctl destroy hlt
	check "and no longer charged" wait_for freed
	# What a guest asks for besides its memory: it fails, and nothing of the group dies for it.
	sh -c 'echo $$ >"$1/cgroup.procs" && exec sleep 1000' sh $GROUP &
	victim=$!
	wait_for grep -qx $victim $GROUP/cgroup.procs
	check "a domain in the group" in_group guest_start greedy 'cmdline="short=1"' memory=8 \
		max_grant_frames=4096 max_grant_version=2 max_event_channels=100000
	check "it ends" wait_for guest_ended greedy
	check "with all it asked for" test "$(charged)" -ge 32
	check "destroyed" xlctl destroy greedy
	check "and no longer charged" wait_for freed
	echo $((16 * 1048576)) >$GROUP/memory.max
	check "a domain in a small group" in_group guest_start greedy 'cmdline="short=1"' memory=8 \
		max_grant_frames=4096 max_grant_version=2 max_event_channels=100000
	check "it is told so, and goes on" ended_well greedy
	diag "$(xlctl dmesg greedy | grep -e frames -e mappings -e ports | tr '\n' ' ')"
	is "nobody was killed for it" "$(sed -n 's/^oom_kill //p' $GROUP/memory.events)" 0
	check "who was there still is" kill -0 $victim
	echo max >$GROUP/memory.max
	check "destroyed" xlctl destroy greedy
	kill $victim
	wait $victim 2>/dev/null
	check "and no longer charged" wait_for freed
	rmdir $GROUP
	umount $CGROUPS
fi
is "nothing is held" "$(xlctl info xlhv_guest_kib) $(field overhead_pages)" "0 0"
check "unload" unload
