#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# moved.sh [VCPUS]: vCPUs that give pages back and invalidate translations are moved from CPU to CPU
# all the time.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

vcpus=${1:-2}

moved() {
	guest_start stale-tlb "cmdline=\"vcpus=$vcpus turns=1500\"" "vcpus=$vcpus" memory=64 || return
	moves=0
	until guest_ended stale-tlb; do
		xlctl vcpu-pin stale-tlb all $((moves % (LAST_CPU + 1))) || return
		moves=$((moves + 1))
		[ $moves -lt 5000 ] || return
	done
	xlctl dmesg stale-tlb >"$TAP_DIR/guest"
	xlctl destroy stale-tlb
	grep '^# verdict: success' "$TAP_DIR/guest" || { cat "$TAP_DIR/guest"; return 1; }
}

check "load" load
check "$vcpus vCPUs on $((LAST_CPU + 1)) CPUs" moved
diag "moved $moves times"
check "unload" unload
