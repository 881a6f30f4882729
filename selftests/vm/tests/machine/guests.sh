# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Guests of selftests/guest/ for tests in the machine (see ../seen).
#
#	guest_start NAME [LINE]...	makes a domain "NAME" from a guest's kernel, with lines of
#					its configuration besides, "memory=32" for one
#	guest_ended NAME		has it shut down?
#	guest_life NAME [LINE]...	the whole life of one, whatever its verdict. Its log is
#					$TAP_DIR/guest. Sets GUEST to "d<domid>"; what guest_counters
#					prints after it, "name value" a line, is of its end
#	guest_run NAME [LINE]...	the same, and it has to succeed

GUESTS=/root/tests/guest

guest_config() {
	guest_name=$1
	shift
	{
		cat <<-CONFIG
		name = "$guest_name"
		type = "pvh"
		kernel = "$GUESTS/$guest_name.elf"
		on_poweroff = "preserve"
		on_reboot = "preserve"
		on_crash = "preserve"
		CONFIG
		case "$*" in *memory*) ;; *) echo "memory=32" ;; esac
		for guest_line; do
			echo "$guest_line"
		done
	} >/tmp/guest.cfg
}

guest_start() {
	guest_config "$@"
	xlctl create -q -e /tmp/guest.cfg
}

guest_ended() {
	xlctl list --json "$1" | grep -q '"shutdown_reason": *"'
}

guest_life() {
	guest_start "$@" || return
	guest_name=$1
	# shellcheck disable=SC2034	# for those that source this
	GUEST=d$(xlctl domid "$guest_name")
	wait_for guest_ended "$guest_name" || return
	xlctl dmesg "$guest_name" >"$TAP_DIR/guest"
	xlctl stat --json "$guest_name" >/tmp/guest.counters
	xlctl destroy "$guest_name"
}

guest_run() {
	guest_life "$@" || return
	grep -q '^# verdict: success' "$TAP_DIR/guest" || { cat "$TAP_DIR/guest"; return 1; }
}

guest_counters() {
	sed -n 's/^ *"\([a-z0-9_.]*\)": *\([0-9]*\),*$/\1 \2/p' /tmp/guest.counters
}
