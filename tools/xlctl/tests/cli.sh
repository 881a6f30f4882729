# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016
#
# The way into commands: table, help, options.

# complains STATUS NAME REGEX ARG...: one line on stderr alone
complains() {
	want=$1 name=$2 regex=$3
	shift 3
	status=0
	"$XLCTL" "$@" </dev/null >"$TAP_DIR/out" 2>"$TAP_DIR/err" || status=$?
	if [ "$status" -eq "$want" ] && [ ! -s "$TAP_DIR/out" ] &&
	   [ "$(wc -l <"$TAP_DIR/err")" -eq 1 ] && grep -Eqx "xlctl: $regex" "$TAP_DIR/err"; then
		ok "$name"
	else
		not_ok "$name" "xlctl $*: status $status, expected $want and: $regex" \
			"$(cat "$TAP_DIR/out" "$TAP_DIR/err")"
	fi
}

# usage NAME REGEX ARG...: a usage error
usage() {
	complains 2 "$@"
}

complains 1 "no command" "no command; 'xlctl help' lists the commands"
complains 1 "unknown command names the nearest" "unknown command 'prefligth': did you mean 'preflight'\?" \
	prefligth
complains 1 "unknown command far from all" "unknown command 'zzzzzz'; 'xlctl help' lists the commands" zzzzzz
complains 1 "control characters do not reach the terminal" "unknown command 'in\?\[1mfo'.*" \
	"$(printf 'in\033[1mfo')"
complains 1 "a beginning that fits several" "ambiguous command 'do': domid, domname\?" "do"
complains 1 "nothing but options" "no command; .*" -v
usage "a dry run of what has none" "pause: does not support a dry run \(-N\)" -N pause x
complains 1 "an empty command" "unknown command ''; .*" ""
for word in destoy destory detroy dstroy; do
	complains 1 "'$word' is not taken for destroy" "unknown command '$word'; .*" "$word"
done
complains 1 "stop" "no command 'stop': 'xlctl shutdown DOMAIN' asks .*" stop x
complains 1 "start" "no command 'start': 'xlctl create FILE' creates .*" start x
for word in save restore migrate; do
	complains 1 "xl's $word" "no command '$word': .* not supported yet" "$word" x
done
complains 1 "words of a list are no command" "unknown command 'save restore'; .*" "save restore"
check_match "^Usage: xlctl preflight" "the beginning of a command" "$XLCTL" pref -h
check_match "^Usage: xlctl list" "an exact name before longer ones" "$XLCTL" list -h
check_match "^Usage: xlctl list" "xl's options before the command" "$XLCTL" -vft -T list -h
check_match "^Usage: xlctl list" "-h after other arguments" "$XLCTL" list -l domain -h
check_match "^Usage: xlctl create" "--help after other arguments" "$XLCTL" create x.cfg --help
check_match "^help: " "but not among those of another command" \
	sh -c '"$1" debug hold sh -h 2>&1 | sed "s/^xlctl: the xlhv module.*/help: not asked for/; s/^Usage.*//"' sh "$XLCTL"
usage "option before the command" "unknown option '-x' before the command" -x info
usage "unknown short option" "info: unknown option '-x'; see 'xlctl help info'" info -x
usage "unknown letter among known ones" "info: unknown option '-x'; see 'xlctl help info'" info -nxv
usage "unknown long option" "preflight: unknown option '--dep'.*" preflight --dep
usage "missing value of a long option" "preflight: --rounds needs a value" preflight --rounds
usage "missing value of a short option" "debug: -t needs a value" debug hold -t
usage "surplus argument" "preflight: unexpected argument 'now'.*" preflight now
usage "network-setup: two tasks" "network-setup: --status and --remove exclude each other.*" network-setup -s --remove
usage "network-share: an interval" "network-share: --rate '1MB/s@5ms': a device has no interval.*" network-share -r 1MB/s@5ms lo
usage "info: two fields" "info: unexpected argument 'b'.*" info a b
usage "info: field and --json" "info: --json prints all fields.*" info --json host
for rounds in 0 100001 -1 ten 1x "" 99999999999999999999; do
	usage "--rounds '$rounds'" "preflight: --rounds '$rounds': expected a number from 1 to 100000.*" \
		preflight --deep "--rounds=$rounds"
done
usage "--rounds without --deep" "preflight: --rounds is for --deep.*" preflight --rounds 3
usage "--deep and --sysroot" "preflight: --deep cannot be done on another host.*" \
	preflight --deep --sysroot /
usage "--sysroot of nothing" "--sysroot /nowhere: No such file or directory" \
	preflight --sysroot /nowhere
usage "debug without a tool" "debug: which tool\? .*" debug
usage "debug with an unknown tool" "debug: no tool 'cpu': did you mean 'cpus'\?.*" debug cpu
for seconds in 0 -1 soon 1s nan inf 86401; do
	usage "debug hold -t '$seconds'" "debug hold: -t '$seconds': expected seconds.*" \
		debug hold -t "$seconds"
done
complains 0 "help on what is not there, as xl" "unknown command 'inof': did you mean 'info'\?" help inof
usage "help on two commands" "help: expected at most one command.*" help info debug

check_match "^xlctl [0-9.]+ \(ABI [0-9]+\.[0-9]+\)$" "--version" "$XLCTL" --version
check "help" "$XLCTL" help
for command in $("$XLCTL" help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'); do
	check_match "^Usage: xlctl $command" "help $command" "$XLCTL" help "$command"
	check_match "^Usage: xlctl $command" "$command -h" "$XLCTL" "$command" -h
	check_match "^\.(It|Nm) *(Cm )?($command)|^\.It Cm $command" "$command is in the manual" \
		grep -E "^\.It Cm $command( |$)" "$TREE/tools/xlctl/man/xlctl.1"
done
check_status 1 "a full disk is noticed" sh -c '"$1" help >/dev/full' sh "$XLCTL"

if [ -e /sys/module/xlhv ]; then
	skip "messages without the module" "the module is loaded"
else
	for command in info events list "console x" "debug cpus" "debug hold true"; do
		# shellcheck disable=SC2086
		check_match "^xlctl: the xlhv module is not loaded; load it: " \
			"$command without the module" "$XLCTL" $command
		# shellcheck disable=SC2086
		check_status 1 "$command without the module fails" "$XLCTL" $command
	done
	check_match "nothing could be tried: the xlhv module is not loaded" \
		"preflight --deep without the module" "$XLCTL" preflight --deep
fi

if command -v mandoc >/dev/null; then
	for page in "$TREE"/tools/xlctl/man/*; do
		# What other manuals are installed here says nothing about ours.
		mandoc -Tlint "$page" 2>&1 |
			grep -Ev "referenced manual not found|mandoc\.db" >"$TAP_DIR/lint" || :
		is "manual $(basename "$page") is well-formed" "$(cat "$TAP_DIR/lint")" ""
	done
else
	skip "manuals are well-formed" "no mandoc here"
fi
