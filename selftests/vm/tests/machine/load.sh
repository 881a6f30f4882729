#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# load.sh [TIMES]: the module comes and goes, TIMES (100) times with VMX taken and given back, and,
# where there is one CPU, tells wrong parameters: that takes longer than the rest, and no more CPUs.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

times=${1:-100}
all=$((LAST_CPU + 1))

log_mark
check "load with selfcheck=1" load selfcheck=1
check_match "xlhv: selfcheck: passed on $all CPUs\$" "it passed on all $all CPUs" log_since
check "a device node" test -c /dev/xlhv
is "for root alone" "$(stat -c '%a %u %g' /dev/xlhv)" "600 0 0"
is "VMX is off on every CPU" "$(states)" "$all online"
check_match 'feature_control:0x5 active:0$' "IA32_FEATURE_CONTROL is locked with VMX on" \
	xlhv-ask cpu 0
is "and not taken" "$(field provider) $(field holders) $(field nr_cpus_root)" "0 0 0"
is "while it is held it is ours on every CPU" "$(held xlhv-ask info | grep -E \
	'^(provider|holders|nr_cpus_root)=' | tr '\n' ' ')" "provider=1 holders=1 nr_cpus_root=$all "
is "CR4.VMXE, root operation and the VMXON" "$(in_hold states)" "$all online vmxe root ours"
is "and off again" "$(states)" "$all online"
check_fails "not to be unloaded while held" held rmmod xlhv
check "unload" unload
check "the device node is gone" test ! -e /dev/xlhv

check "$times times: load, take VMX and give it back, unload" xlhv-cycle "$times" "$XLHV"
flip() {
	load selfcheck=0 && xlhv-ask flip "$times" && unload
}
check "$times times: take VMX and give it back" flip

refused() {		# PARAMETER MESSAGE
	log_mark
	check_fails "refused: $1" load "$1"
	check_match "xlhv: cannot load: $2\$" "and says why" log_since
}
refused vmx=foo 'vmx=foo: expected auto, self or kvm'
if [ "$LAST_CPU" = 0 ]; then
	refused vmx= 'vmx=: expected auto, self or kvm'
	refused disable=foo 'disable=foo: there is no optional feature "foo"'
	refused disable=vpid,bar 'disable=vpid,bar: there is no optional feature "bar"'
	refused disable=ept 'disable=ept: there is no optional feature "ept"'
	refused disable=vpi 'disable=vpi: there is no optional feature "vpi"'
	check_fails "refused: selfcheck=maybe" load selfcheck=maybe
fi
check "after all that it loads" load vmx=self disable=,vpid, selfcheck=1
check "and goes" unload
