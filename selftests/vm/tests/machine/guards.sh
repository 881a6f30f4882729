#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# guards.sh GUARD...: what is done against side channels is exactly this on this machine, follows
# what the kernel says of itself, is told in one line of the log, and is really in the world switch:
# a switch with guards takes the instructions they need, one without ("off") none.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

expected=$(printf '%s\n' "$@" | sort | tr '\n' ' ')
kernel=/sys/devices/system/cpu/vulnerabilities

dmesg -c >/dev/null
check "load" load selfcheck=1
guards=$(xlhv-ask guards)
is "the guards of this machine" "$(echo "$guards" | xargs -n 1 | sort | tr '\n' ' ')" "$expected"
is "one line of the log tells them" "$(dmesg | grep -c 'xlhv: side channels: ')" 1

# GUARD FILE WHAT-THE-KERNEL-SAYS
while read -r guard file says; do
	if grep -qE "$says" "$kernel/$file"; then
		told=yes
	else
		told=no
	fi
	case " $guards " in
	*" $guard "*) have=yes ;;
	*) have=no ;;
	esac
	is "$guard as in $file" "$have" "$told"
done <<END
cpu_buffers mds ^(Mitigation: |Vulnerable: )Clear CPU buffers
rsb_fill spectre_v2 RSB filling
rsb_call spectre_v2 PBRSB-eIBRS: SW sequence
branch_history spectre_v2 KVM: SW loop
ibpb spectre_v2 IBPB: (conditional|always-on)
END

ticks=$(xlhv-ask check 0 200 | sed 's/.*ticks=//')
diag "an entry and its exit: $ticks ticks"
# What a switch takes without any, registers and all: fewer than 90 instructions. VERW and the
# return stack need at least five more, a loop over the branch history a hundred.
case " $guards " in
*" off "*) least=0 most=90 ;;
*" branch_history "*) least=180 most=400 ;;
*" rsb_fill "*) least=120 most=400 ;;
*) least=90 most=400 ;;
esac
check "its instructions are those of the guards" [ "$ticks" -gt $least -a "$ticks" -lt $most ]
check "unload" unload
