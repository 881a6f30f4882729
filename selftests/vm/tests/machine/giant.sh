#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# giant.sh: a domain that is populated at once, on a host with room, gets mappings of 1 GiB; the guest
# finds its memory there, all of it comes back, and a small domain has none.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

counter() {
	guest_counters | sed -n "s/^$1 //p"
}

available() {
	echo $(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
}

[ "$(available)" -gt 2600 ] || bail_out "this machine has too little memory: --memory 3072"
check "load" load
before=$(available)
check "a guest with 2640 MiB at once" \
	guest_run memory-touch memory=2640 'populate="eager"' 'cmdline="stride=64"'
diag "1 GiB: $(counter memory.1g), 2 MiB: $(counter memory.2m), tables: $(counter memory.tables)"
check "a gigabyte of it is one mapping" [ "$(counter memory.1g)" -ge 1 ]
check "all of it is there" [ "$(counter memory.pages)" -ge $((2640 * 256)) ]
check "the memory came back" [ $((before - $(available))) -lt 16 ]
check "unload" unload
check "load without" load disable=ept_1g
check "the same guest" guest_run memory-touch memory=2640 'populate="eager"' 'cmdline="stride=64"'
is "no gigabyte" "$(counter memory.1g)" 0
check "unload" unload
