#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# features.sh MODEL...: checks that the optional features of this CPU, and no others, are found,
# switches each off and lets the self-check run without it. MODEL has the features that are known
# here for the CPU, more names of features add to them.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

# NAME GONE-WITHOUT-IT CONTROL-WORD BIT
table="
apic_register_virt posted_interrupts 2 8
ept_1g - - -
ept_2m ept_1g - -
ept_ad pml - -
ept_exec_only - - -
invpcid - 2 12
pause_loop - 2 10
pml - 2 17
posted_interrupts - 0 7
preemption_timer - 0 6
rdtscp - 2 3
tpr_shadow apic_register_virt,virt_intr_delivery,x2apic_virt,posted_interrupts 1 21
tsc_scaling - 2 25
virt_intr_delivery posted_interrupts 2 9
vpid - 2 5
x2apic_virt - 2 4
xsaves - 2 20"

haswell="apic_register_virt ept_1g ept_2m ept_ad ept_exec_only invpcid pause_loop preemption_timer
	rdtscp tpr_shadow virt_intr_delivery vpid x2apic_virt"
case $1 in
haswell) present="$haswell" ;;
sandy) present="ept_2m ept_exec_only preemption_timer rdtscp tpr_shadow vpid" ;;
skylake_x | tigerlake) present="$haswell pml tsc_scaling xsaves" ;;
*) bail_out "nothing is known of the model $1" ;;
esac
shift
# shellcheck disable=SC2086	# a list of words
present=$(printf '%s\n' $present "$@" | sort | tr '\n' ' ')

check "load" load selfcheck=1
is "the features of this CPU" "$(xlhv-ask features)" "$present"
required=$((1 << 0 | 1 << 1 | 1 << 20))
is "and what is required" $(($(field features) & required)) $required
unload

without() {		# NAME[,NAME...]: $present without these
	for word in $present; do
		case ,$1, in
		*,"$word",*) ;;
		*) printf '%s ' "$word" ;;
		esac
	done
}

every=
while read -r name gone word bit; do
	[ -n "$name" ] || continue
	every=$every,$name
	if ! said=$(load selfcheck=1 "disable=$name" 2>&1); then
		not_ok "disable=$name" "$said"
		continue
	fi
	is "disable=$name" "$(xlhv-ask features)" "$(without "$name,$gone")"
	if [ "$word" != - ]; then
		is "disable=$name: its control is 0" \
			$(($(field "ctl$word") >> bit & 1)) 0
	fi
	if [ "$name" = tpr_shadow ]; then
		is "disable=$name: CR8 is ours to emulate" $(($(field ctl1) >> 19 & 3)) 3
	fi
	unload
done <<END
$table
END

check "without any of them the self-check passes" load selfcheck=1 "disable=$every"
is "none is left" "$(xlhv-ask features)" ""
unload
