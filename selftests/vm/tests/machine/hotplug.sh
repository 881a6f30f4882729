#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# CPUs go and come, with VMX held and not, and in between.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

[ "$LAST_CPU" -gt 0 ] || skip_all "one CPU"
all=$((LAST_CPU + 1))
# A kernel that checks itself takes long over each.
export times=$((10 / PACE))
looks=$((PACE > 1 ? 6 : 12))
at_exit 'online $LAST_CPU 1'

check "load" load
check "not held: a CPU goes" online "$LAST_CPU" 0
is "and is seen to be gone" "$(states)" "1 offline,$LAST_CPU online"
is "the self-check says so" "$(xlhv-ask check "$LAST_CPU" 1 | cut -d ' ' -f 1)" "result=6"
check "it comes back" online "$LAST_CPU" 1
is "without VMX" "$(states)" "$all online"

is "held: a CPU goes, without VMX" \
	"$(in_hold 'online $LAST_CPU 0; states; field nr_cpus_root')" \
	"1 offline,$LAST_CPU online vmxe root ours
$LAST_CPU"
is "the hold ends without it" "$(states)" "1 offline,$LAST_CPU online"
is "held: it comes back and has VMX" \
	"$(in_hold 'online $LAST_CPU 1; states; field nr_cpus_root')" \
	"$all online vmxe root ours
$all"
is "and none after the hold" "$(states)" "$all online"
check "held: a guest on a CPU that went and came" \
	in_hold 'online $LAST_CPU 0; online $LAST_CPU 1; xlhv-ask check $LAST_CPU 20'
check "$times times" in_hold 'for n in $(seq $times); do
	online $LAST_CPU 0
	xlhv-ask check 0 2
	online $LAST_CPU 1
	xlhv-ask check $LAST_CPU 2
done'
is "nothing is left of it" "$(states)" "$all online"

# The self-check on a CPU that comes and goes meanwhile passes or finds it gone.
toggle() {
	turns=0
	while [ -e /tmp/toggle ]; do
		online "$LAST_CPU" 0
		usleep 3000
		online "$LAST_CPU" 1
		usleep 3000
		turns=$((turns + 1))
	done
	echo "$turns" >/tmp/toggle-turns
}
under_fire() {
	touch /tmp/toggle
	toggle &
	passed=0 offline=0
	for n in $(seq $looks); do
		xlhv-ask check "$LAST_CPU" 5000
		case $? in
		0) passed=$((passed + 1)) ;;
		2) offline=$((offline + 1)) ;;
		*) rm /tmp/toggle; wait; return 1 ;;
		esac
	done
	rm /tmp/toggle
	wait
	echo "# of $n: passed $passed, offline $offline, in $(cat /tmp/toggle-turns) turns" >&2
	[ "$passed" -gt 0 ]
}
check "the self-check on a CPU that comes and goes" under_fire
wait_for online "$LAST_CPU" 1
is "nothing is held" "$(field holders) $(states)" "0 $all online"
check "unload" unload
