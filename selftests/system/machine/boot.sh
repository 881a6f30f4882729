#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# boot.sh GUEST [VCPUS]: Debian's kernel GUEST boots to user space, does what is typed at its
# console, reboots, panics, boots again each time and powers off, all by commands typed there.
# shellcheck disable=SC2016	# the guest's shell is to expand it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

guest=$1
vcpus=${2:-1}
release=$(sed 's/+/[+]/g' "$SYSTEM/guests/$guest.release")

# at_console "name" STEP...: the terminal of somebody who connects, does this and leaves.
at_console() {
	at_name=$1
	shift
	# What is typed before the terminal is the domain's would be lost.
	sit_at "$at_name" expect=. "$@" 'type=^]' -- xlctl console linux
}

config linux "$guest" "" 'on_reboot = "restart"' 'on_crash = "restart"' "vcpus = $vcpus" \
	'memory = 128'
check "create" create linux
first=$(xlctl domid linux)
comes_up "it boots" linux "$guest"
check_match "^guest is up: Linux $release, $vcpus CPU" "on $vcpus CPU" xlctl console -l linux
# No two of these answers are the same, and none is in what was typed.
at_console "its shell does what is typed" \
	'type=echo $((6 * 7))\r' 'expect=^42$' \
	'type=uname -r | tr l L\r' "expect=^$(echo "$release" | tr l L)\$" \
	'type=cat /sys/hypervisor/type /sys/hypervisor/version/major\r' 'expect=^xen$' 'expect=^4$' \
	'type=grep -c ^^processor /proc/cpuinfo\r' "expect=^$vcpus\$"
at_console "more output than the console's ring holds" \
	'type=seq 3000 | tr 0 o\r' 'expect=^1$' 'expect=^999$' 'expect=^3ooo$'
at_console "Ctrl-C ends a program there" \
	'type=echo before; sleep 100000\r' 'expect=^before$' wait=0.5 'type=^C' \
	'type=echo $((111 * 111))\r' 'expect=^12321$'
at_console "time passes there as here" \
	'type=a=$(cut -d. -f1 /proc/uptime); sleep 2; b=$(cut -d. -f1 /proc/uptime)\r' \
	'type=[ $((b - a)) -ge 2 -a $((b - a)) -le 4 ] && echo in ti""me || echo late $a $b\r' \
	'expect=^in time$'
at_console "its kernel reports nothing bad" \
	'type=dmesg | grep -E "Call Trace|BUG:|WARNING: CPU" | sed s/^^/bad:/; echo no mo""re\r' \
	'expect=no more$'
is "and says so" "$(grep -a '^bad:' "$TAP_DIR/output")" ""

if [ "$vcpus" -gt 1 ]; then
	last=$((vcpus - 1))
	at_console "a CPU of its goes off line" \
		"type=echo 0 >/sys/devices/system/cpu/cpu$last/online; echo off line: \$?\\r" \
		'expect=^off line: 0$'
	check_match "^linux +$first +$last +- +--p " "vcpu-list knows" xlctl vcpu-list linux
	# A page of memory may have been given for shared_info.
	check_match "^linux +$first +12[78] +$last " "list, too" xlctl list linux
	at_console "and comes back" \
		"type=echo 1 >/sys/devices/system/cpu/cpu$last/online; echo on line: \$?\\r" \
		'expect=^on line: 0$'
	check_match "^linux +$first +$last +[0-9]+ +[r-][b-]- " "vcpu-list knows" \
		xlctl vcpu-list linux
fi

uuid=$(xlctl list -v linux | awk 'NR == 2 { print $7 }')
at_console "reboot is typed" 'type=reboot\r'
becomes "another domain takes its place" "^linux +$((first + 1)) " xlctl list
is "with the same identity" "$(xlctl list -v linux | awk 'NR == 2 { print $7 }')" "$uuid"
comes_up "it boots again" linux "$guest"
at_console "a panic is typed" 'type=echo c >/proc/sysrq-trigger\r'
becomes "another domain takes its place" "^linux +$((first + 2)) " xlctl list
comes_up "it boots again" linux "$guest"
is "one monitor follows all of that" "$(monitors)" 1
sit_at "poweroff is typed, and the console ends" expect=. 'type=poweroff\r' \
	'expect=System halted|Power down' "expect=domain 'linux' has ended" -- xlctl console linux
gone "it is gone" linux
becomes "and its monitor" '^0$' monitors
is "and the threads of its vCPUs" "$(threads)" 0
