#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tool.sh GUEST: what a domain's configuration and xlctl promise, looked at from inside of Debian's
# kernel GUEST: cpuid=, populate="eager", console_io in the log, vcpu-set; top on a terminal.
# shellcheck disable=SC2016	# the guest's shell is to expand it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

guest=$1

# What /proc/cpuinfo says of the CPU is what the leaves say. The same as a list: leaf 1, ECX,
# bit 25 (AES) and bit 1 (PCLMULQDQ), counted from the left.
config linux "$guest" "earlyprintk=xen" 'on_reboot = "restart"' 'maxvcpus = 2' \
	'populate = "eager"' \
	'cpuid = [ "0x1:ecx=xxxxxx0xxxxxxxxxxxxxxxxxxxxxxx0x" ]'
check "create" create -p linux
check_match '^linux +[0-9]+ +96 +1 +--p--- ' "all of its memory is there before it starts" \
	xlctl list linux
before=$(xlctl info xlhv_guest_kib)
check "96 MiB of it" test "$before" -ge $((96 * 1024)) -a "$before" -le $((97 * 1024))
check "it starts" xlctl unpause linux
comes_up "it boots" linux "$guest"
# Its kernel puts shared pages in the place of some.
check "and needs no more" test "$(xlctl info xlhv_guest_kib)" -le "$before"
check_match '^\[ *0\.[0-9]+\] [A-Z]' "dmesg has what it said by console_io" xlctl dmesg linux
in_guest "it sees what cpuid= says" \
	'type=grep -c -w -e aes -e pclmulqdq /proc/cpuinfo; echo $((100 + 11))\r' 'expect=^0' 'expect=^111$' \
	'type=grep -c -w -e sse2 /proc/cpuinfo; echo $((200 + 22))\r' 'expect=^1' 'expect=^222$'

## top, on a terminal

# It is renamed meanwhile, which the next picture has to show.
(usleep 3000000; xlctl rename linux other) &
sit_at "top shows it, and what changes, and ends by a key" 'expect=xlctl top' 'expect=linux' \
	'expect=other' 'type=s' wait=1 'type=dq' -- env TERM=vt100 xlctl top -d 0.5
wait
check "rename back" xlctl rename other linux

## The number of vCPUs, from the next start on

check_status 1 "vcpu-set says what is missing" xlctl vcpu-set -i linux 2
check_match "will have 2 when it is started again; .* XenStore" "by name" xlctl vcpu-set -i linux 2
first=$(xlctl domid linux)
in_guest "it has one" 'type=nproc; echo $((400 + 44))\r' 'expect=^1' 'expect=^444$' 'type=reboot\r'
becomes "it is made again" "^linux +$((first + 1)) +96 " xlctl list
comes_up "and boots again" linux "$guest"
check_match "^guest is up: .*, 2 CPU" "with two" xlctl console -l linux
check "vcpu-set to what it has" xlctl vcpu-set -i linux 2
check "destroy" xlctl destroy linux
gone "it is gone" linux
