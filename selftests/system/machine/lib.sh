# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the system tests share. They run in the machine, in busybox, as root, with the module loaded
# and no domain; source it first.
#
#	config NAME GUEST [WORDS [LINE]...]	writes $TAP_DIR/NAME.cfg: domain NAME with kernel
#				GUEST, WORDS on its command line, and more lines
#	create [OPTION]... NAME	xlctl create of that
#	becomes "name" REGEX COMMAND...	ok when its output matches, within two minutes
#	comes_up "name" NAME GUEST	ok when the guest's user space has started
#	gone "name" NAME	ok when there is no such domain any more
#	sit_at "name" STEP... -- COMMAND...	ok if typist (progs/typist.c) comes to its end
#	in_guest "name" STEP...	the same for the shell of domain "linux": from its prompt on
#	state NAME		state as in xlctl list
#	monitors, threads	how many monitors, threads of vCPUs there are
#	destroy_all		every domain

SYSTEM=/root/system
PATH=$SYSTEM/bin:$PATH
# shellcheck source-path=SCRIPTDIR/../../lib source=tap.sh
. $SYSTEM/tap.sh

# shellcheck disable=SC2034	# used by those that source this file
CPUS=$(nproc)
at_exit 'destroy_all'

config() {
	config_name=$1 config_guest=$2 config_words=${3-}
	config_initrd=$SYSTEM/guests/$config_guest.initrd
	[ -e "$config_initrd" ] || config_initrd=$SYSTEM/initrd
	shift 2
	[ $# -eq 0 ] || shift
	cat >"$TAP_DIR/$config_name.cfg" <<-CONFIG
	name = "$config_name"
	type = "pvh"
	kernel = "$SYSTEM/guests/$config_guest"
	ramdisk = "$config_initrd"
	cmdline = "console=hvc0 quiet cryptomgr.notests $config_words"
	memory = 96
	CONFIG
	for line; do
		echo "$line" >>"$TAP_DIR/$config_name.cfg"
	done
}

create() {
	create_options=
	while [ $# -gt 1 ]; do
		create_options="$create_options $1"
		shift
	done
	# shellcheck disable=SC2086	# options are words
	xlctl create $create_options "$TAP_DIR/$1.cfg"
}

becomes() {
	becomes_name=$1 becomes_regex=$2 becomes_turn=0
	shift 2
	while [ $becomes_turn -lt 240 ]; do
		"$@" >"$TAP_DIR/output" 2>&1 </dev/null
		if grep -Eq -e "$becomes_regex" "$TAP_DIR/output"; then
			ok "$becomes_name"
			return
		fi
		usleep 500000
		becomes_turn=$((becomes_turn + 1))
	done
	not_ok "$becomes_name" "never: $becomes_regex" "$(tail -n 25 "$TAP_DIR/output")" \
		"$(xlctl list)" "$(xlctl dmesg | tail -n 5)"
}

comes_up() {
	becomes "$1" "^guest is up: Linux $(sed 's/+/[+]/g' "$SYSTEM/guests/$3.release")," \
		xlctl console -l "$2"
}

gone() {
	becomes "$1" "no domain '$2'" xlctl list "$2"
}

sit_at() {
	sit_name=$1
	shift
	if typist "$@" >"$TAP_DIR/output" 2>&1; then
		ok "$sit_name"
	else
		not_ok "$sit_name" "status $?" "$(tail -n 30 "$TAP_DIR/output")"
	fi
}

in_guest() {
	in_guest_name=$1
	shift
	sit_at "$in_guest_name" expect=. 'type=\r' 'expect=guest# ' "$@" 'type=^]' -- \
		xlctl console linux
}

state() {
	xlctl list "$1" | awk 'NR == 2 { print $5 }'
}

# shellcheck disable=SC2009	# no pgrep in busybox here
monitors() {
	ps | grep -c '{[x]lctl-monitor}'
}

# shellcheck disable=SC2009
threads() {
	ps | grep -c ' \[[x]lhv/[0-9]'
}

destroy_all() {
	# A monitor may make its domain again between two looks.
	for destroy_turn in 1 2 3 4 5; do
		destroy_list=$(xlctl list | awk 'NR > 2 { print $2 }')
		[ -n "$destroy_list" ] || [ "$destroy_turn" -lt 3 ] || break
		for destroy_id in $destroy_list; do
			xlctl destroy "$destroy_id" 2>/dev/null
		done
		usleep 300000
	done
}
