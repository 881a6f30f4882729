#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# serial.sh GUEST: Debian's kernel GUEST, which is not told of Xen, boots to user space on the TSC,
# the local APIC and the serial port, and does there what is typed.
# shellcheck disable=SC2016	# the guest's shell is to expand it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

config linux "$1" "" 'serial = "pty"' 'xen_leaves = 0' 'on_poweroff = "preserve"' 'vcpus = 2' \
	'memory = 128'
sed -i 's/console=hvc0 quiet/console=ttyS0/' "$TAP_DIR/linux.cfg"
check "create" create linux
becomes "its kernel finds the port, without an interrupt" \
	'ttyS0 at I/O 0x3f8 \(irq = 0, base_baud = 115200\) is a 16550A' \
	xlctl console -l -t serial linux
becomes "user space starts" '^guest is up: ' xlctl console -l -t serial linux
sit_at "its shell does what is typed" expect=. \
	'type=echo $((6 * 7))\r' 'expect=^42' \
	'type=ls /sys/hypervisor; grep -c ^^processor /proc/cpuinfo\r' 'expect=^2' \
	'type=cat /sys/devices/system/clocksource/clocksource0/current_clocksource\r' \
	'expect=^tsc' \
	'type=seq 300 | tr 0 o\r' 'expect=^3oo' \
	'type=^]' -- xlctl console -t serial linux
is "it has said nothing on the other console" "$(xlctl console -l linux)" ""
destroy_all
