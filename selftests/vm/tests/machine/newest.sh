#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# newest.sh: a kernel that lets only KVM switch VMX on (6.19 and later). Leaves kvm_intel loaded, for
# the tests that come behind it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

log_mark
check_status 1 "vmx=self is refused" load vmx=self
check_match 'xlhv: cannot load: vmx=self: this kernel lets only KVM switch VMX on' "and says why" log_since

check "load without KVM" load
log_mark
is "no hold: ENODEV" "$(held true)" ENODEV
check_match 'this kernel lets only KVM switch VT-x on, and kvm_intel is not loaded' "and says why" \
	log_since
check_match '^vtx_holder +problem +this kernel lets only KVM switch VT-x on' "preflight knows" \
	xlctl preflight
check_match '^ +-> modprobe kvm_intel$' "and what to do" xlctl preflight

modprobe kvm_intel
check_match '^vtx_holder +ok ' "with KVM preflight has no objection" xlctl preflight
check "a guest is entered on each CPU, through KVM" xlctl preflight --deep

kvm-beside count "$LAST_CPU" 0 >/tmp/guest 2>&1 &
guest=$!
wait_for grep -q running /tmp/guest
check "and beside a machine of KVM" xlctl preflight --deep
kill "$guest"
check "whose sums are right" wait "$guest"
check "it has computed" grep -q batches /tmp/guest
check "unload" unload
