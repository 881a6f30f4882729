#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# on_poweroff, on_reboot, on_crash and on_watchdog: each with each of its actions.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

at_exit 'end_all'

# A monitor may just wait to make its domain again.
end_all() {
	# shellcheck disable=SC2009
	for end_pid in $(ps | grep '{[x]lctl-monitor}' | awk '{ print $1 }'); do
		kill "$end_pid"
	done
	wait_for no_monitor
	for end_id in $(xlctl list 2>/dev/null | awk 'NR > 2 { print $2 }'); do
		xlctl destroy "$end_id"
	done
}

# "NAME STATE" of all domains, numbers and times made plain
domains() {
	xlctl list | awk 'NR > 2 { print $1, $5 }' | sed 's/-[0-9T]*Z / aside /' | sort | tr '\n' ' '
}

# shellcheck disable=SC2009	# no pgrep in busybox here
monitors() {
	ps | grep -c '{[x]lctl-monitor}'
}

no_monitor() {
	[ "$(monitors)" -eq 0 ]
}

# settled REGEX: the domains there are, as a line
settled() {
	settled_now=$(domains)
	printf '%s\n' "$settled_now" | grep -Eqx "$1"
}

# A domain that ends with a reason, at once, whenever it is started.
start() {		# REASON [LINE]...
	start_reason=$1
	shift
	cat >/tmp/actions.cfg <<-CONFIG
	name = "ends"
	kernel = "$GUESTS/shutdown.elf"
	cmdline = "reason=$start_reason"
	memory = 16
	CONFIG
	for start_line; do
		echo "$start_line" >>/tmp/actions.cfg
	done
	xlctl create -q /tmp/actions.cfg
}

# Each life is over before one could look: the log has them. lives N: so many or more
lives() {
	[ "$(xlctl dmesg | grep -c ': "ends" created$')" -ge "$1" ]
}

check "load" load
set -- poweroff:0:- reboot:1:r crash:3:c watchdog:4:w
for end; do
	name=${end%%:*} letter=${end##*:} reason=${end#*:} reason=${reason%:*}
	for action in destroy preserve restart rename-restart; do
		others=
		for other in poweroff reboot crash watchdog; do
			# What the others say does not matter; the wrong one would show.
			[ "$other" = "$name" ] || others="$others;on_$other=\"preserve\""
		done
		[ $action != preserve ] || others=$(echo "$others" | sed s/preserve/destroy/g)
		xlctl dmesg -c >/tmp/forgotten
		start "$reason" "on_$name = \"$action\"${others}" || not_ok "$name: $action: create"
		case $action in
		destroy) check "$name: destroyed" wait_for settled "" ;;
		preserve) check "$name: preserved" wait_for settled "ends ---s$letter- " ;;
		restart)
			check "$name: restarted" wait_for lives 3
			check "$name: one after the other" test "$(xlctl list | tail -n +3 | wc -l)" -le 1
			;;
		rename-restart)
			check "$name: renamed" wait_for settled \
				"(ends [^a]*)?ends aside ---s$letter- (ends .*)?"
			check "$name: and restarted" wait_for lives 2
			;;
		esac
		end_all
		is "$name: $action: nothing stays" "$(domains)$(monitors)" 0
	done
done

check "without a monitor" xlctl create -q -e /tmp/actions.cfg
check "nothing follows" wait_for settled "ends ---sw- "
is "indeed" "$(monitors)" 0
check "destroyed" xlctl destroy ends

# In the foreground it is xlctl itself that follows.
check_match 'domain [0-9]+ has shut down \(crash\): preserve$' "in the foreground" \
	xlctl create -F /tmp/actions.cfg cmdline=reason=3 on_crash=preserve
is "it is preserved" "$(domains)" "ends ---sc- "
is "what it said is kept" "$(xlctl dmesg ends | grep -c 'verdict')" 1
check "destroyed" xlctl destroy ends
is "nothing is held" "$(xlctl info xlhv_provider) $(xlctl info xlhv_guest_kib)" "none 0"
check "unload" unload
