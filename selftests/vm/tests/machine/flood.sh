#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest that always has another request for its disk: the thread of its ring never sleeps, and
# others have their turn, on every CPU, and grace periods end. With one CPU the thread sleeps whenever
# the guest runs, and there is less to see.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"
# shellcheck source-path=SCRIPTDIR source=others.sh
. "${0%/*}/others.sh"

VDEV=51712

flood_begin() {
	guest_start blk 'cmdline="blk=1 case=flood flood=1 order=4"' memory=16 &&
		xlhv-blk attach blk $VDEV /dev/ram0 "" && xlhv-blk connect blk $VDEV
}

flooded() {
	xlctl dmesg blk | grep -q '^# the ring is full'
}

requests() {
	xlhv-blk info blk $VDEV | sed -n 's/^requests=//p'
}

modprobe brd rd_nr=1 rd_size=1024 || bail_out "no brd"
check "load" load selfcheck=0
check "a guest" flood_begin
check "it floods" wait_for flooded
before=$(requests)
for n in $(cpus); do
	check "CPU $n has time for others" turn_on "$n"
done
if has_tracer; then
	check "a tracer comes and goes" within 30 remove_tracer
else
	skip "a tracer comes and goes" "no function tracer here"
fi
after=$(requests)
check "without a break: $((after - before)) requests" test $((after - before)) -ge 2000
check "destroyed" within 10 xlctl destroy blk
check "unload" within 10 unload
rmmod brd
