# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Do others on the host have their turn, while a guest does what it can against that?
#
#	within SECONDS COMMAND...	in the background, where a hung one stays behind
#	has_tracer			is there a tracer of functions?
#	remove_tracer			has one come and go: it goes after a grace period of tasks
#	turn_on N			a process on CPU N

tracing=/sys/kernel/tracing
[ -e $tracing/instances ] || mount -t tracefs tracefs $tracing

within() {
	rm -f /tmp/within
	within_turns=$(($1 * 20))
	shift
	{ "$@" && : >/tmp/within; } &
	for _ in $(seq $within_turns); do
		[ ! -e /tmp/within ] || return 0
		usleep 50000
	done
	echo "not done in $((within_turns / 20)) s: $*"
	return 1
}

has_tracer() {
	[ -e $tracing/available_tracers ] && grep -qw function $tracing/available_tracers
}

remove_tracer() {
	mkdir $tracing/instances/x &&
		echo vfs_read >$tracing/instances/x/set_ftrace_filter &&
		echo function >$tracing/instances/x/current_tracer &&
		echo nop >$tracing/instances/x/current_tracer &&
		rmdir $tracing/instances/x
}

turn_on() {
	within 5 taskset -c "$1" true
}
