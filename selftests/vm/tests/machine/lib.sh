# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The first thing a test that runs in the machine sources: KTAP and the helpers. It starts with the
# module not loaded and may leave it loaded.

# shellcheck source-path=SCRIPTDIR source=helpers.sh
. /root/tests/machine/helpers.sh
# shellcheck source-path=SCRIPTDIR/../../../lib source=tap.sh
. "$TESTS/tap.sh"

at_exit '! grep -q "^xlhv " /proc/modules || rmmod xlhv'
