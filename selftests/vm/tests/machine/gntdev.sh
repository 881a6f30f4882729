#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Guests' grants in processes of the host: /dev/xen/gntdev against a guest that grants pages. In
# the end nothing of it is left.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

modprobe loop

check "load" load selfcheck=0 disable=virt_intr_delivery
check "a guest" guest_start backend 'cmdline="poll_us=300"'
subtest "grants in processes" xlhv-gntdev "$(xlctl domid backend)"
xlctl destroy backend 2>/dev/null	# if it got that far, it is gone
nothing_left() {
	xlctl info --json | grep -q '"xlhv_guest_kib": 0,*$'
}
check "no page of a guest's is left" wait_for nothing_left
is "no domain is left" "$(field nr_domains)" 0
check "unload" unload
