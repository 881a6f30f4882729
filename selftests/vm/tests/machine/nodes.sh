#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The nodes of domain 0: which there are, with which rights; none with dom0=0, and none when the module
# has gone, which it cannot while one is in use.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

check "dom0=0" load dom0=0
check "no nodes" sh -c '! ls /dev/xen 2>/dev/null | grep . && test ! -e /proc/xen'
unload

check "load" load
for node in evtchn gntdev gntalloc privcmd hypercall xenbus xenbus_backend; do
	is "$node is root's, and a node of characters" \
		"$(stat -c '%a %u %F' "/dev/xen/$node")" "600 0 character special file"
done
is "/proc/xen" "$(cd /proc/xen && stat -c '%n %a' capabilities xsd_kva xsd_port | tr '\n' ' ')" \
	"capabilities 444 xsd_kva 600 xsd_port 400 "
is "this is domain 0" "$(cat /proc/xen/capabilities)" "control_d"
is "privcmd by its old name" "$(readlink /proc/xen/privcmd)" /dev/xen/privcmd
is "xenbus by its old name" "$(readlink /proc/xen/xenbus)" /dev/xen/xenbus
check_match '^[1-9][0-9]*$' "the store's port" cat /proc/xen/xsd_port
check "/sys/hypervisor says nothing of Xen" \
	sh -c '! test -e /sys/hypervisor/type || ! grep xen /sys/hypervisor/type'

for file in /dev/xen/evtchn /dev/xen/gntdev /dev/xen/gntalloc /dev/xen/privcmd /dev/xen/xenbus \
	/proc/xen/xsd_kva; do
	exec 9<>"$file"
	check_fails "the module stays while $file is open" rmmod xlhv
	exec 9>&-
done
check "and goes then" unload
check "nothing is left" sh -c '! ls /dev/xen 2>/dev/null | grep . && test ! -e /proc/xen'

# What the kernel's own driver gives to domain 0, which start scripts and systemd look at.
if [ -e /sys/hypervisor ]; then
	check "dom0_sysfs=1" load dom0_sysfs=1
	is "/sys/hypervisor" "$(cd /sys/hypervisor && find . -type f | sort | tr '\n' ' ')" \
		"./compilation/compile_date ./compilation/compiled_by ./compilation/compiler \
./guest_type ./properties/capabilities ./properties/changeset ./properties/features \
./properties/pagesize ./properties/virtual_start ./type ./uuid ./version/extra ./version/major \
./version/minor "
	is "type and version" \
		"$(cd /sys/hypervisor && cat type version/major version/minor | tr '\n' ' ')" "xen 4 17 "
	is "uuid" "$(cat /sys/hypervisor/uuid)" "00000000-0000-0000-0000-000000000000"
	is "domain 0 by its features" $((0x$(cat /sys/hypervisor/properties/features) >> 11 & 1)) 1
	check_match 'gcc' "compiler" cat /sys/hypervisor/compilation/compiler
	check "unload" unload
	is "nothing is left below /sys/hypervisor" "$(ls /sys/hypervisor)" ""
	check "dom0=0 dom0_sysfs=1" load dom0=0 dom0_sysfs=1
	is "makes nothing" "$(ls /sys/hypervisor)" ""
	unload
fi
