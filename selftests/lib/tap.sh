# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# KTAP for shell tests; source it: . "$TREE/selftests/lib/tap.sh"
#
#	plan 5				how many results will come; without it, the plan is
#					printed at the end
#	ok "name"			a result
#	not_ok "name" ["why"...]	a failing result, each further argument a "# " line
#	skip "name" "why"		a test that cannot run here
#	skip_all "why"			nothing can run here: ends the script
#	bail_out "why"			no sense in going on: ends the script with status 1
#	diag "text"...			"# " lines
#
#	check "name" COMMAND...		ok if the command succeeds
#	check_fails "name" COMMAND...	ok if it fails, but not by a signal, a time limit or a
#					command that is not there (status 1 to 123)
#	check_status N "name" COMMAND...  ok if it exits with exactly N
#	check_output "text" "name" COMMAND...  ok if it succeeds and prints just that
#	check_match "regex" "name" COMMAND...  ok if it prints a line that matches (grep -E),
#					whatever its status
#	is "name" "got" "expected"	ok if the two are the same
#	subtest "name" COMMAND...	runs a command that prints KTAP as a nested test
#
#	$TAP_DIR			a folder for scratch files, gone at the end
#	at_exit "shell code"		run when the script ends, last one first (so that the
#					script needs no "trap ... EXIT", which belongs to us)
#
# Every function returns 0 whatever the result, so that "set -e" can be on. The script ends with
# status 1 if a test failed, or if the results are not as many as planned. Results counted inside
# a subshell or a pipeline are lost: "cmd | while read x; do ok "$x"; done" is wrong. A COMMAND may
# be a shell function; it gets no standard input. Of a failing one the last TAP_LINES (default 40)
# lines are shown. Nothing here needs more than a POSIX shell and busybox.

tap_planned=
tap_count=0
tap_failures=0
TAP_DIR=
tap_cleanup=
tap_ended=

# The shell of a test may be killed between any two lines: no cleanup that matters should be left
# to at_exit alone. The runner removes $TMPDIR and ends all processes in any case.
tap__finish() {
	tap_status=$?
	set +e
	trap - EXIT HUP INT TERM
	eval "$tap_cleanup"
	[ -z "$TAP_DIR" ] || rm -rf "$TAP_DIR"
	[ -z "$tap_ended" ] || exit "$tap_ended"
	if [ -z "$tap_planned" ]; then
		if [ "$tap_status" -ne 0 ] && [ "$tap_failures" -eq 0 ]; then
			echo "# ended with status $tap_status after $tap_count results, no plan"
			exit "$tap_status"
		fi
		[ "$tap_count" -gt 0 ] || echo "# no test ran"
		[ "$tap_count" -eq 0 ] || echo "1..$tap_count"
	elif [ "$tap_planned" -ne "$tap_count" ]; then
		echo "# planned $tap_planned results, got $tap_count"
	fi
	if [ "$tap_failures" -gt 0 ] || [ "$tap_count" -eq 0 ] ||
	   [ "${tap_planned:-$tap_count}" -ne "$tap_count" ]; then
		[ "$tap_status" -ne 0 ] || tap_status=1
	fi
	exit "$tap_status"
}

trap tap__finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

echo "KTAP version 1"

plan() {
	tap_planned=$1
	echo "1..$1"
}

# A name must not contain what a parser takes for a directive, or a second line. The usual name needs
# no other process, which takes the machine longer than what is tested. Sets tap_safe.
tap__name() {
	case $1 in
	*[!\ -\"\$-~]*) tap_safe=$(printf '%s' "$1" | tr '\n\t' '  ' | sed 's/#/\\#/g') ;;
	*) tap_safe=$1 ;;
	esac
}

tap__result() {
	tap_count=$((tap_count + 1))
	tap__name "$2"
	printf '%s %d - %s%s\n' "$1" "$tap_count" "$tap_safe" "${3-}"
}

diag() {
	printf '%s\n' "$@" | sed 's/^/# /'
}

ok() {
	tap__result ok "$1"
}

not_ok() {
	tap_failures=$((tap_failures + 1))
	tap_name=$1
	shift
	[ $# -eq 0 ] || diag "$@"
	tap__result "not ok" "$tap_name"
}

skip() {
	tap__result ok "$1" " # SKIP ${2:-no reason given}"
}

skip_all() {
	if [ "$tap_count" -ne 0 ] || [ -n "$tap_planned" ]; then
		bail_out "skip_all \"$1\" after the tests have begun"
	fi
	echo "1..0 # SKIP ${1:-no reason given}"
	tap_ended=0
	exit 0
}

bail_out() {
	echo "Bail out! $*"
	tap_ended=1
	exit 1
}

at_exit() {
	tap_cleanup="$1
$tap_cleanup"
}

# Runs "$@", its output (both kinds) in $TAP_DIR/output, its status in tap_status. The
# condition keeps "set -e" from ending the script.
tap__run() {
	tap_status=0
	"$@" </dev/null >"$TAP_DIR/output" 2>&1 || tap_status=$?
}

tap__show() {
	diag "command: $*"
	tap_lines=$(wc -l <"$TAP_DIR/output")
	if [ "$tap_lines" -gt "${TAP_LINES:-40}" ]; then
		echo "# ... $((tap_lines - ${TAP_LINES:-40})) lines left out ..."
	fi
	tail -n "${TAP_LINES:-40}" "$TAP_DIR/output" | sed 's/^/# | /'
}

check() {
	tap_name=$1
	shift
	tap__run "$@"
	if [ "$tap_status" -eq 0 ]; then
		ok "$tap_name"
	else
		tap__show "$@"
		not_ok "$tap_name" "exit status $tap_status, expected 0"
	fi
}

check_fails() {
	tap_name=$1
	shift
	tap__run "$@"
	if [ "$tap_status" -ge 1 ] && [ "$tap_status" -le 123 ]; then
		ok "$tap_name"
	else
		tap__show "$@"
		not_ok "$tap_name" "exit status $tap_status, expected a failure (1 to 123)"
	fi
}

check_status() {
	tap_wanted=$1
	tap_name=$2
	shift 2
	tap__run "$@"
	if [ "$tap_status" -eq "$tap_wanted" ]; then
		ok "$tap_name"
	else
		tap__show "$@"
		not_ok "$tap_name" "exit status $tap_status, expected $tap_wanted"
	fi
}

check_output() {
	tap_wanted=$1
	tap_name=$2
	shift 2
	tap__run "$@"
	if [ "$tap_status" -eq 0 ] && [ "$(cat "$TAP_DIR/output")" = "$tap_wanted" ]; then
		ok "$tap_name"
	else
		tap__show "$@"
		diag "expected:"
		printf '%s\n' "$tap_wanted" | sed 's/^/# | /'
		not_ok "$tap_name" "exit status $tap_status"
	fi
}

check_match() {
	tap_wanted=$1
	tap_name=$2
	shift 2
	tap__run "$@"
	if grep -Eq -e "$tap_wanted" "$TAP_DIR/output"; then
		ok "$tap_name"
	else
		tap__show "$@"
		not_ok "$tap_name" "no line matches: $tap_wanted" "exit status $tap_status"
	fi
}

is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		diag "got:"
		printf '%s\n' "$2" | sed 's/^/# | /'
		diag "expected:"
		printf '%s\n' "$3" | sed 's/^/# | /'
		not_ok "$1"
	fi
}

# The nested output is passed on as it comes; what the command says on standard error stays there.
subtest() {
	tap_name=$1
	shift
	tap__name "$tap_name"
	echo "    # Subtest: $tap_safe"
	{
		tap_status=0
		"$@" </dev/null || tap_status=$?
		echo "$tap_status" >"$TAP_DIR/status"
	} | while IFS= read -r tap_line || [ -n "$tap_line" ]; do
		printf '    %s\n' "$tap_line"
	done | tee "$TAP_DIR/nested"
	tap_status=$(cat "$TAP_DIR/status")
	if grep -Eq '^    1\.\.0 *# *SKIP' "$TAP_DIR/nested"; then
		skip "$tap_name" "$(sed -n 's/^    1\.\.0 *# *SKIP *//p' "$TAP_DIR/nested")"
	elif [ "$tap_status" -ne 0 ]; then
		not_ok "$tap_name" "exit status $tap_status"
	elif grep -Eq '^    (not ok|Bail out!)' "$TAP_DIR/nested"; then
		not_ok "$tap_name" "exit status 0, but it said that a test failed"
	else
		ok "$tap_name"
	fi
}

TAP_DIR=$(mktemp -d "${TMPDIR:-/tmp}/tap.XXXXXX") || bail_out "no folder for scratch files"
