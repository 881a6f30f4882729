#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# ends.sh GUEST: Debian's kernel GUEST powers off, reboots and panics; each with each action that
# on_poweroff, on_reboot and on_crash know, and with none (create -e).
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

guest=$1

# "NAME STATE" of all domains on a line, the time in a name left out
domains() {
	xlctl list | awk 'NR > 2 { print $1, $5 }' | sed 's/-[0-9T]*Z / aside /' | sort | tr '\n' ' '
}

for end in poweroff:- reboot:r crash:c; do
	name=${end%:*} letter=${end#*:}
	for action in destroy preserve restart rename-restart none; do
		option=
		if [ $action = none ]; then
			option=-e
			config linux "$guest" "do=$name"
		else
			config linux "$guest" "do=$name" "on_$name = \"$action\""
		fi
		# shellcheck disable=SC2086	# empty is no option
		check "$name, $action: create" create $option linux
		first=$(xlctl domid linux)
		case $action in
		destroy) gone "$name: destroyed" linux ;;
		preserve | none) becomes "$name, $action: stays" "^linux ---s$letter- $" domains ;;
		restart)
			becomes "$name: made again" "^linux +$((first + 1)) " xlctl list
			comes_up "$name: and boots again" linux "$guest"
			becomes "$name: alone" '^1$' sh -c 'xlctl list | tail -n +3 | wc -l'
			;;
		rename-restart)
			becomes "$name: another beside it" \
				"^linux [rbp-]*-- linux aside ---s$letter- |^linux aside ---s$letter- linux [rbp-]*-- " \
				domains
			check_match '^guest is up: ' "$name: what the first one said is kept" \
				xlctl console -l "$first"
			;;
		esac
		destroy_all
		becomes "$name, $action: no monitor stays" '^0$' monitors
	done
done
is "nothing stays" "$(domains)$(threads) $(xlctl info xlhv_guest_kib)" "0 0"
