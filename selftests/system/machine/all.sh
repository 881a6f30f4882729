#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# all.sh PART...: each PART ("boot.sh 6.1-cloud 2") as a nested test.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
cd "${0%/*}" || bail_out "no folder of tests"

for part; do
	before=$(vmctl ticks)
	# shellcheck disable=SC2086	# a part is a name and its arguments
	subtest "$part" sh ./$part
	diag "$part: $((($(vmctl ticks) - before) / 1000000)) M ticks"
done
