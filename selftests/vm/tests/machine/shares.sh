#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# cpu_weight and cap: the CPU time that domains get which want all of it. Time is counted in the
# scheduler's clock and in that of the domains, so that a slow machine changes nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "${0%/*}/guests.sh"

CGROUPS=/sys/fs/cgroup

at_exit 'end_all'

# burn NAME VCPUS [LINE]...: domain NAME, whose vCPUs spin for ever
burn() {
	burn_name=$1 burn_vcpus=$2
	shift 2
	cat >/tmp/burn.cfg <<-CONFIG
	name = "$burn_name"
	type = "pvh"
	kernel = "$GUESTS/hostile-cli.elf"
	cmdline = "how=jmp vcpus=$burn_vcpus"
	vcpus = $burn_vcpus
	memory = 32
	CONFIG
	for burn_line; do
		echo "$burn_line" >>/tmp/burn.cfg
	done
	xlctl create -q -p /tmp/burn.cfg
}

end_all() {
	for end_id in $(xlctl list 2>/dev/null | awk 'NR > 2 { print $2 }'); do
		xlctl destroy "$end_id"
	done
}

used() {
	xlctl list --json "$1" | sed -n 's/^ *"cpu_time": *\([0-9.]*\),*$/\1/p'
}

groups() {
	find $CGROUPS -maxdepth 1 -name 'xlhv*' | sort | sed 's|.*/||' | tr '\n' ' '
}

# measure SECONDS NAME...: lets all run, and prints "NAME seconds" of CPU time after the start
measure() {
	measure_for=$1
	shift
	for name; do
		xlctl unpause "$name" || return
	done
	# Until each has come to its loop.
	sleep 2
	for name; do
		used "$name" >"/tmp/used.$name"
	done
	sleep "$measure_for"
	for name; do
		xlctl pause "$name"
	done
	for name; do
		echo "$name $(used "$name") $(cat "/tmp/used.$name")"
	done | awk '{ print $1, $2 - $3 }'
}

# shares "name" SECONDS [NAME WEIGHT]...: domains that run already get their part, to 5 %
shares() {
	shares_name=$1 shares_for=$2 shares_domains=
	shift 2
	: >/tmp/want
	while [ $# -gt 0 ]; do
		echo "$1 $2" >>/tmp/want
		shares_domains="$shares_domains $1"
		shift 2
	done
	# shellcheck disable=SC2086
	measure "$shares_for" $shares_domains >/tmp/got
	if awk '
		NR == FNR { want[$1] = $2; weights += $2; next }
		{ got[$1] = $2; total += $2 }
		END {
			for (d in want) {
				part = got[d] / total / (want[d] / weights)
				printf "# %s: %.3f s of %.3f s, %.1f %% of what its weight says\n", d,
					got[d], total, part * 100
				if (part < 0.95 || part > 1.05)
					bad = 1
			}
			exit bad || !total
		}' /tmp/want /tmp/got; then
		ok "$shares_name"
	else
		not_ok "$shares_name" "$(cat /tmp/got)"
	fi
}

# falls_back WHY: the host has no groups for domains, and xlctl says WHY
falls_back() {
	check_match "^xlctl: warning: cpu_weight=512: $1: each vCPU gets nice level -3 instead" \
		"cpu_weight: $1" burn a 1 "cpu_weight=512"
	thread=$(pidof "xlhv/$(xlctl domid a)/0")
	is "it has that nice level" "$(awk '{ print $19 }' "/proc/$thread/stat")" -3
	check_match "^xlctl: warning: cap=50: $1: the domain is not limited" "cap: $1" \
		burn b 1 "cap=50"
	end_all
}

check "load" load

# Hosts that cannot: the module and its domains do without.
umount $CGROUPS 2>/dev/null
falls_back "no cgroup v2 hierarchy is mounted"
mount -t cgroup2 none $CGROUPS || bail_out "no cgroup v2 in this kernel"
mkdir -p /tmp/v1
if mount -t cgroup -o cpu none /tmp/v1 2>/dev/null; then
	falls_back "the cgroup v2 hierarchy at $CGROUPS lacks the 'cpu' controller"
	umount /tmp/v1
	wait_for grep -qw cpu $CGROUPS/cgroup.controllers
else
	skip "no 'cpu' controller in cgroup v2" "this kernel has no cgroup v1"
fi

# Hosts that can.
check "a domain without cpu_weight and cap" burn plain 1
is "has no group" "$(groups)" ""
end_all

check "256" burn a 1 "cpu_weight=256" 'cpus="0"'
check "512" burn b 1 "cpu_weight=512" 'cpus="0"'
is "each has a group" "$(groups)" "xlhv xlhv-$(xlctl domid a) xlhv-$(xlctl domid b) "
is "with a weight" "$(cat $CGROUPS/xlhv-*/cpu.weight | tr '\n' ' ')" "100 200 "
check_match '"weight": 512' "list -l tells it" xlctl list -l b
shares "256:512" 5 a 256 b 512
end_all
is "no group is left" "$(groups)" ""

# Domains that run already.
check "no weight" burn a 1 'cpus="0"'
check "257, which no group can tell from 256" burn b 1 "cpu_weight=257" 'cpus="0"'
id=$(xlctl domid b)
is "is shown as it was set" "$(xlctl sched-credit2 -d b | tail -n 1 | tr -s ' ')" "b $id 257 0"
check "sched-credit2 -w" xlctl sched-credit2 -d b -w 512
is "is its weight" "$(xlctl sched-credit2 -d b | tail -n 1 | tr -s ' ')" "b $id 512 0"
check "a domain without a group" xlctl sched-credit2 -d a -w 256
is "has one now" "$(groups)" "xlhv xlhv-$(xlctl domid a) xlhv-$id "
shares "256:512, set later" 5 a 256 b 512
check "sched-credit2 -c" xlctl sched-credit2 -d b -c 50
is "leaves the weight" "$(xlctl sched-credit2 -d b | tail -n 1 | tr -s ' ')" "b $id 512 50"
is "and its group knows" "$(cat "$CGROUPS/xlhv-$id/cpu.max")" "50000 100000"
check "sched-credit2 -c 0" xlctl sched-credit2 -d b -c 0
is "takes it away" "$(cat "$CGROUPS/xlhv-$id/cpu.max")" "max 100000"
end_all
is "these groups go, too" "$(groups)" ""

check "100" burn a 1 "cpu_weight=100" 'cpus="0"'
check "300" burn b 1 "cpu_weight=300" 'cpus="0"'
check "600" burn c 1 "cpu_weight=600" 'cpus="0"'
shares "100:300:600" 6 a 100 b 300 c 600
end_all

# The weight is that of the domain, however many vCPUs it has.
check "256, one vCPU" burn a 1 "cpu_weight=256" 'cpus="0"'
check "256, three vCPUs" burn b 3 "cpu_weight=256" 'cpus="0"'
shares "256:256 with one and three vCPUs" 5 a 256 b 256
end_all

# What the group of the only domain has used, and how many periods of 100 ms it was busy in.
limit_of() {
	awk '$1 == "usage_usec" { used = $2 } $1 == "nr_periods" { print used, $2 }' \
		$CGROUPS/xlhv-*/cpu.stat
}

# capped PERCENT VCPUS: alone on the host, it gets that much of one CPU, and no more
capped() {
	check "cap=$1, $2 vCPUs" burn a "$2" "cap=$1" 'cpus="0"'
	is "its group knows" "$(cat $CGROUPS/xlhv-*/cpu.max)" "${1}000 100000"
	check_match "\"cap\": $1" "list -l tells it" xlctl list -l a
	xlctl unpause a
	sleep 2
	used a >/tmp/used
	limit_of >/tmp/got
	sleep 5
	limit_of >>/tmp/got
	used a >>/tmp/used
	if awk -v cap="$1" '
		FILENAME ~ /used/ { domain = $1 - was_domain; was_domain = $1; next }
		{ used = ($1 - was) / 1e6; periods = $2 - were; was = $1; were = $2 }
		END {
			part = used / periods / 0.1 * 100
			printf "# %.3f s in %u periods: %.1f %% of a CPU; %.3f s by its own count\n",
				used, periods, part, domain
			exit part < cap * 0.95 || part > cap * 1.05 || periods < 20 ||
				domain < used * 0.95 || domain > used * 1.05
		}' /tmp/used /tmp/got; then
		ok "cap=$1 is kept"
	else
		not_ok "cap=$1 is kept" "$(cat /tmp/got /tmp/used)"
	fi
	end_all
}
capped 25 1
capped 50 1
capped 50 2

# Whatever ends a domain, its group goes.
cat >/tmp/short.cfg <<-CONFIG
	name = "short"
	type = "pvh"
	kernel = "$GUESTS/shutdown.elf"
	memory = 32
	cap = 50
CONFIG
check "a domain that soon powers off" xlctl create -q /tmp/short.cfg
wait_for sh -c '! xlctl list short >/dev/null 2>&1'
no_groups() {
	[ -z "$(groups)" ]
}
check "it goes, and its group" wait_for no_groups
mkdir $CGROUPS/xlhv-7 $CGROUPS/xlhv-8 $CGROUPS/xlhv-x
check "groups that somebody left" burn a 1 "cpu_weight=1"
is "go with the next create" "$(groups)" "xlhv xlhv-$(xlctl domid a) xlhv-x "
is "the least weight" "$(cat $CGROUPS/xlhv-[0-9]*/cpu.weight)" 1
rmdir $CGROUPS/xlhv-x
xlctl create -q -p /tmp/short.cfg &
creator=$!
usleep 400000
kill -9 $creator 2>/dev/null
wait $creator 2>/dev/null
end_all
is "and with the next destroy" "$(groups)" ""
check "unload" unload
