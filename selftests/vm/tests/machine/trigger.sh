#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# xlctl trigger DOMAIN nmi: the guest counts what arrives (selftests/guest/trigger).
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

NMIS=9

said() {
	xlctl dmesg trigger | grep -q "^# $1"
}

# One after the other, each when the one before was counted; each third goes to vCPU 1.
send_all() {
	for nmi in $(seq $NMIS); do
		wait_for said "NMI $nmi, please" || return
		if [ $((nmi % 3)) -eq 0 ]; then
			xlctl trigger trigger nmi 1 || return
		else
			xlctl trigger trigger nmi || return
		fi
	done
}

send_paused() {
	wait_for said "NMIs while paused" && xlctl pause trigger || return
	for _ in 1 2 3; do
		xlctl trigger trigger nmi || return
	done
	xlctl unpause trigger
}

check "load" load
check "a guest that counts" guest_start trigger "cmdline=\"nmis=$NMIS\"" vcpus=2
check_match "domain 'trigger' has vCPUs 0 to 1$" "no such vCPU" xlctl trigger trigger nmi 2
check "NMIs, one by one" send_all
check "several while it is paused" send_paused
check "has ended" wait_for guest_ended trigger
check_match '^# verdict: success' "it counted them" xlctl dmesg trigger
check "destroy" xlctl destroy trigger
check "unload" unload
