#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# refused.sh MESSAGE: on this CPU the module does not load, and says why in one line.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

log_mark
check_fails "the module does not load" load selfcheck=0
# busybox's insmod tries a second time by another system call.
log_since | grep -o 'xlhv: cannot load.*' | sort | uniq >"$TAP_DIR/said"
is "and says why in one line" "$(cat "$TAP_DIR/said")" "xlhv: cannot load: $*"
check "nothing is left of it" sh -c '! grep ^xlhv /proc/modules && test ! -e /dev/xlhv'
