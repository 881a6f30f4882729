#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# all.sh TEST...: each TEST as a nested test.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
cd "${0%/*}" || bail_out "no folder of tests"

# A program wants the module loaded; a script does that itself.
program() {
	load selfcheck=0 || return
	"$@"
	program_status=$?
	unload || return
	return $program_status
}

for test; do
	before=$(vmctl ticks)
	case $test in
	*.sh | *.sh\ *) script=./$test ;;
	*) script= ;;
	esac
	# shellcheck disable=SC2086	# a test is a name and its arguments
	if [ -n "$script" ]; then
		subtest "$test" sh $script
	else
		subtest "$test" program $test
	fi
	# The counter starts again when the machine has slept.
	spent=$((($(vmctl ticks) - before) / 1000000))
	[ $spent -lt 0 ] || diag "$test: $spent M ticks"
done
