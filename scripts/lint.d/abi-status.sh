# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# docs/abi-status.md: the tests that it names are there, each row that has a place for a test names
# one, and each sub-operation that the module tells from others has a row.

# The words that look like names of tests, with their lines: LINE WORD.
abi_status_words() {
	# shellcheck disable=SC2016  # backquotes of the text
	grep -noP '`\K[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z0-9]+)?(?=`)' "$1" | tr : ' '
}

abi_status_tests() {
	local line word folder variant
	while read -r line word; do
		! grep -qxF "$word" <(sed '/^#/d; s/\t.*//' scripts/lint.d/abi-status.conf) || continue
		folder=selftests/guest/${word%%.*}
		variant='test'
		[ "$word" = "${word%%.*}" ] || variant=${word#*.}
		[ -f "$folder/$variant.cfg" ] || echo "$1:$line: there is no guest test '$word'"
	done < <(abi_status_words "$1")
	# Rows of tables whose last column is headed "test".
	awk -v file="$1" -F'|' '
		!/^\|/ { table = 0; next }
		!table { table = 1; tested = $(NF - 1) ~ /^ *test *$/; next }
		/^\|[-|]*\|$/ { next }
		tested && $(NF - 1) !~ /`/ { print file ":" NR ": no test in this row" }' "$1"
}

abi_status_calls() {
	local prefix name
	# From each "case EVTCHNOP_send:" and the like.
	grep -rhoP 'case \K(EVTCHNOP|GNTTABOP|XENMEM|HVMOP|VCPUOP|SCHEDOP|XENVER)_\w+(?=:)' kmod |
		sort -u | while IFS=_ read -r prefix name; do
		grep -qwF -- "$name" "$1" || echo "$1: ${prefix}_$name is in the code, not here"
	done
}

lint_abi_status() {
	local doc=docs/abi-status.md
	if [ ! -f $doc ]; then
		skip "abi-status" "no $doc"
		return
	fi
	{
		abi_status_tests $doc
		abi_status_calls $doc
	} | report "abi-status"
}
