#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# store-console.sh GUEST: a console that the stock xenconsoled serves, for Debian's kernel GUEST, and
# the stock client attaches to.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

guest=$1

at_exit 'destroy_all; xlctl daemon stop -f'
# Where the client has its lock.
mkdir -p /var/lock
config linux "$guest" "" 'console = "xenconsoled"' 'xenstore = "on"'
check "create" create linux
check_match "^xenconsoled: running, process [0-9]+$" "xenconsoled runs" xlctl daemon status
sit_at "its client shows what the guest says, and types" 'expect=^guest is up' 'type=\r' 'expect=guest# ' \
	'type=echo typ""ed\r' 'expect=^typed' 'type=^]' -- xlctl console linux
sit_at "once more" expect=. 'type=\r' 'expect=guest# ' 'type=^]' -- xlctl console linux
check_match "^/dev/pts/" "its terminal stands in XenStore" \
	xenstore-read "/local/domain/$(xlctl domid linux)/console/tty"
check "destroy" xlctl destroy linux
check "daemon stop" xlctl daemon stop
check_status 1 "both have ended" xlctl daemon status
