# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016
#
# Commands on domains, against a module that is none (fake.c).
# shellcheck source-path=SCRIPTDIR source=played.sh
. "$TREE/tools/xlctl/tests/played.sh"

fresh
says 0 "list without domains" "^Domain-0 +0 +[0-9]+ +2 +r----- +[0-9]+\.[0-9]$" list
is "only this host" "$(x list | wc -l)" 2
is "the header is xl's" "$(x list | head -n 1)" \
	"$(printf 'Name                                        ID   Mem VCPUs\tState\tTime(s)')"
says 2 "create without a file" "^xlctl: create: expected a configuration file" create
says 2 "create with two files" "expected one configuration file, got 'a' and 'b'" create a b
says 2 "create -F -e" "-F and -e cannot be combined" create -F -e "$CFG"
says 2 "create -V" "a PVH domain has no display" create -V "$CFG"
says 3 "create of nothing" "^xlctl: .*nowhere\.cfg: No such file or directory" create nowhere.cfg
says 1 "a syntax error has its place" "^xlctl: command line: " create "$CFG" 'memory=[1'
says 0 "create -n prints" '"name": "other"' create -n "$CFG" name=other
says 0 "the same with -N before the command" '"name": "other"' -N create "$CFG" name=other
is "and makes nothing" "$(x list | wc -l)" 2

x create -p "$CFG" || not_ok "create -p"
says 0 "a paused domain" "^debian +1 +64 +1 +--p--- +0\.0$" list
is "in columns that are xl's" "$(x list debian | tail -n 1)" \
	"$(printf '%-40s %5d %5d %5d     %s  %8.1f' debian 1 64 1 --p--- 0)"
says 0 "by name" "^debian " list debian
says 0 "by number" "^debian " list 1
says 1 "a domain that is not there" "^xlctl: no domain 'debain': did you mean 'debian'\?$" list debain
says 1 "a number that is not there" "^xlctl: no domain '77'$" list 77
says 1 "a number that cannot be" "^xlctl: no domain '99999999999999999999'$" list 99999999999999999999
says 1 "a name that cannot be" "^xlctl: no domain ''$" list ""
says 1 "the name is taken" "^xlctl: a domain named 'debian' already exists$" create -p "$CFG"
says 0 "list -v" "^debian .* [0-9a-f]{8}-[0-9a-f-]{27} +- +-$" list -v
check "list -l has what it was made from" sh -c '"$1" list -l debian | python3 -c "
import json, sys
d = json.load(sys.stdin)[0]
assert d[\"domid\"] == 1 and d[\"config\"][\"b_info\"][\"max_vcpus\"] == 2"' sh "$FAKE"
check "list --json" sh -c '"$1" list --json | python3 -c "
import json, sys
d = json.load(sys.stdin)
assert [x[\"name\"] for x in d] == [\"Domain-0\", \"debian\"] and d[1][\"paused\"]"' sh "$FAKE"
is "list -v -c -n" "$(x list -vcn debian | tail -n 1 | sed 's/.* 0\.0 [0-9a-f-]* *//')" \
	"- $(printf '%16s%16s' - Pool-0) all"
is "the header of list -c -n" "$(x list -cn | head -n 1 | sed 's/.*Time(s)//')" "         Cpupool NODE Affinity"
is "list -Z" "$(x list -Z debian | tail -n 1 | sed 's/.* 0\.0//')" "$(printf ' %16s' -)"
check "list -l of this host" sh -c '"$1" list -l Domain-0 | python3 -c "
import json, sys
d = json.load(sys.stdin)[0][\"config\"]
assert d[\"c_info\"][\"name\"] == \"Domain-0\" and d[\"b_info\"][\"max_vcpus\"] == 2
assert d[\"b_info\"][\"avail_vcpus\"] == [0, 1] and d[\"b_info\"][\"max_memkb\"] > 0"' sh "$FAKE"
says 0 "vm-list" "^[0-9a-f]{8}-[0-9a-f-]{27}  1    debian +$" vm-list
says 0 "vm-list: this host" "^00000000-[0-]{27}  0    Domain-0 +$" vm-list
says 2 "vm-list of a domain" "unexpected argument 'debian'" vm-list debian
says 0 "cpupool-list" "^Pool-0 +[0-9]+ +linux +y +2$" cpupool-list
says 0 "cpupool-list -c" "^Pool-0 +0(,[0-9]+)*$" cpupool-list -c Pool-0
says 0 "sched-credit2" "^Cpupool Pool-0: ratelimit=0us$" sched-credit2
is "the header of sched-credit2 is xl's" "$(x sched-credit2 -d debian | head -n 1)" \
	"$(printf '%-33s %4s %6s %4s' Name ID Weight Cap)"
is "and a line of it" "$(x sched-credit2 -d debian | tail -n 1)" "$(printf '%-33s %4d %6d %4d' debian 1 256 0)"
is "all domains" "$(x sched-credit2 -p Pool-0 | awk 'NR > 2 { print $1 }' | tr '\n' ' ')" "Domain-0 debian "
says 1 "sched-credit2 of a domain that is not there" "^xlctl: no domain 'ghost'$" sched-credit2 -d ghost
says 1 "sched-credit2: another pool" "no CPU pool 'x': there is only Pool-0" sched-credit2 -p x
says 1 "sched-credit2: this host" "^xlctl: Domain-0 is this host and cannot be given a weight or a cap$" \
	sched-credit2 -d 0 -w 512
says 2 "sched-credit2: no domain" "sched-credit2: -w and -c need a domain \(-d\)" sched-credit2 -w 512
for bad in 0 65536 -1 x "" 1x; do
	says 2 "sched-credit2 -w '$bad'" "-w '$bad': expected a weight from 1 to 65535" \
		sched-credit2 -d debian -w "$bad"
	[ "$bad" != 0 ] || continue
	says 2 "sched-credit2 -c '$bad'" "-c '$bad': expected a percentage of one CPU, 0 to 12800" \
		sched-credit2 -d debian -c "$bad"
done
says 1 "cpupool-list of another" "no CPU pool 'x': there is only Pool-0" cpupool-list x
is "domid" "$(x domid debian)" 1
is "domid of this host" "$(x domid Domain-0)" 0
is "domname" "$(x domname 1)" debian
is "domname of this host" "$(x domname 0)" Domain-0
says 1 "domname of a name" "'debian' is not a domain ID" domname debian
silent "unpause" unpause debian
says 0 "runs" "^debian .* r-----" list
silent "pause" pause 1
says 0 "is paused" "^debian .* --p---" list
says 1 "pause of this host" "^xlctl: Domain-0 is this host and cannot be paused$" pause 0
says 1 "destroy of this host" "cannot be destroyed" destroy Domain-0
says 0 "uptime" "^debian +1 +0:0[0-9]:[0-9]{2}$" uptime
says 0 "uptime -s" "^ [0-9:]{8} up  0:0[0-9], debian \(1\)$" uptime -s debian
says 0 "vcpu-list" "^debian +1 +0 +0 +-b- +1\.5  (all|[0-9,-]+) / all$" vcpu-list
says 0 "vcpu-list: offline" "^debian +1 +1 +- +--p +1\.5  " vcpu-list debian
says 0 "vcpu-list: this host" "^Domain-0 +0 +0 +0 +r-- " vcpu-list 0
silent "vcpu-pin" vcpu-pin debian all all -
says 1 "vcpu-pin: no such vCPU" "^xlctl: vcpu-pin: '2': domain 'debian' has vCPUs 0 to 1$" vcpu-pin debian 2 0
says 1 "vcpu-pin: no such CPU" "^xlctl: vcpu-pin: '70000': " vcpu-pin debian 0 70000
says 1 "vcpu-pin: no list" "^xlctl: vcpu-pin: '1-': " vcpu-pin debian 0 1-
says 1 "vcpu-pin: soft" "soft affinity is not supported" vcpu-pin debian 0 0 1
says 2 "vcpu-pin: too little" "expected a domain, a vCPU or 'all', and CPUs" vcpu-pin debian 0
silent "trigger" trigger debian nmi
silent "trigger: vCPU" trigger debian nmi 1
for nr in 2 -1 x 1x "" 99999999999999999999; do
	says 1 "trigger: vCPU '$nr'" "^xlctl: trigger: '$nr': domain 'debian' has vCPUs 0 to 1$" \
		trigger -- debian nmi "$nr"
done
says 1 "trigger: power" "^xlctl: trigger power: .* 'xlctl shutdown DOMAIN'" trigger debian power
says 1 "trigger: reset" "^xlctl: trigger reset: .* 'xlctl reboot DOMAIN'" trigger debian reset
for name in sleep init s3resume; do
	says 1 "trigger: $name" "^xlctl: trigger $name: " trigger debian $name
done
says 1 "trigger: no such" "^xlctl: trigger: 'NMI': the only trigger is 'nmi'$" trigger debian NMI
says 1 "trigger: this host" "^xlctl: Domain-0 is this host and cannot be sent an NMI$" \
	trigger Domain-0 nmi
says 2 "trigger: too little" "expected a domain, a trigger" trigger debian
says 2 "trigger: no such option" "unknown option '-x'" trigger -x debian nmi
says 2 "vcpu-set: too little" "expected a domain and a number of vCPUs" vcpu-set debian
says 2 "vcpu-set: no such option" "unknown option '-x'" vcpu-set -x debian 1
for nr in 0 -1 two 1x "" 99999999999999999999; do
	says 1 "vcpu-set: '$nr'" "^xlctl: vcpu-set: '$nr': expected a number of vCPUs, 1 to 2$" \
		vcpu-set -- debian "$nr"
done
says 1 "vcpu-set: more than maxvcpus" "3: domain 'debian' can have 2 vCPUs \(maxvcpus\)$" \
	vcpu-set debian 3
says 1 "vcpu-set of this host" "^xlctl: Domain-0 is this host and cannot be changed$" vcpu-set 0 1
silent "vcpu-set: what it has" vcpu-set debian 1
is "and that is kept" "$(x list -l debian | tr -d ' \n' | sed 's/.*avail_vcpus":\[\([0-9,]*\).*/\1/')" 0
says 1 "vcpu-set: what is missing" \
	"^xlctl: vcpu-set: domain 'debian' will have 2 when .* keeps 1: it has no XenStore " vcpu-set debian 2
is "and that is kept" "$(x list -l debian | tr -d ' \n' | sed 's/.*avail_vcpus":\[\([0-9,]*\).*/\1/')" 0,1
for name in "" a/b 123 "$(printf 'a\nb')" Domain-0 "$(printf '%064d' 0 | tr 0 x)"; do
	says 1 "rename to '$(echo "$name" | tr '\n' ' ')'" "^xlctl: rename: invalid name '.*': " rename debian "$name"
done
silent "rename" rename debian "$(printf '%063d' 0 | tr 0 x)"
silent "rename back" rename 1 debian
says 0 "stat" "^  exit\.cpuid +10 +a counter$" stat debian
is "stat leaves out what is zero" "$(x stat debian | grep -c entries)" 0
says 0 "stat -a" "^  entries +0 " stat -a
check "stat --json" sh -c '"$1" stat --json | python3 -c "
import json, sys
assert json.load(sys.stdin)[0][\"counters\"][\"hypercalls\"] == 20"' sh "$FAKE"
says 0 "stat of a vCPU" "^debian \(1\), vCPU 1$" stat --vcpu 1
says 1 "stat of no vCPU" "^xlctl: domain 'debian' has no vCPU 9$" stat --vcpu 9
says 0 "dmesg" "^\[2\.000000\] \\\\x1b\[1mbold$" dmesg
is "dmesg: other controls, in UTF-8 or not, and characters that are none" \
	"$(x dmesg | tail -n 1)" "$(printf '[3.000000] \303\251\342\202\254\\xc2\\x9b2J \\x9b2J\\xc3')"
says 0 "dmesg of a domain" "^\[1\.000000\] first line$" dmesg debian
says 1 "dmesg of no domain" "no domain 'x'" dmesg x
says 0 "top -b" "^ +debian  --p--- +0 +0\.0 +65536 " top -b -i 1
says 1 "top without a terminal" "not on a terminal" top
says 2 "top -d 0" "-d '0': expected seconds" top -d 0
is "console -l" "$(x console -l debian | tr -d '\r')" "Hello from the guest"
printf 'abc\035def' | x console debian >/dev/null
is "input up to the escape character, more than one reader" \
	"$(x console -l debian | tr -d '\r' | tail -n 1)" "abc"
printf 'more\001not' | x console -e '^a' debian >/dev/null
is "another escape character" "$(x console -l debian | tail -n 1)" "abcmore"
says 2 "a bad escape character" "expected c or \^c" console -e abc debian
says 2 "a console there is none of" "there is only console 0" console -n 1 debian
says 2 "a type of console that is none" "expected pv or serial" console -t vnc debian
says 1 "a domain without a serial port" "^xlctl: serial console: the domain has no serial port$" \
	console -t serial debian
x console -f debian >"$TAP_DIR/follow" &
for _ in $(seq 100); do
	! grep -q Hello "$TAP_DIR/follow" || break
	sleep 0.05
done
silent "destroy" destroy debian
wait $!
is "console -f ends with the domain" "$(tail -n 1 "$TAP_DIR/follow")" "abcmore"
becomes "it is gone" "no domain 'debian'" list debian
says 1 "destroy of nothing" "no domain 'debian'" destroy debian

fresh
says 1 "more memory at once than there is" \
	"^xlctl: memory=16000000, populate=\"eager\": the host has [0-9]+ MiB for domains$" \
	create "$CFG" memory=16000000 populate=eager

# What a new user stumbles over.
says 0 "more memory than there is, on first touch" \
	"^xlctl: warning: memory=16000000: the host has only [0-9]+ MiB for domains; the domain is paused if" \
	create -p -e "$CFG" memory=16000000 name=large
silent "-q: no warning" create -q -p -e "$CFG" memory=16000000 name=larger
says 1 "a kernel that is not there, with its place" \
	"^xlctl: command line: kernel: /nowhere: No such file or directory$" create "$CFG" kernel=/nowhere
sed 's,^kernel.*,kernel = "/nowhere",' "$CFG" >"$TAP_DIR/nowhere.cfg"
says 1 "the same in a file" "^xlctl: .*/nowhere\.cfg:3: kernel: /nowhere: No such file" \
	create "$TAP_DIR/nowhere.cfg"
says 1 "a module that is not there" "^xlctl: command line: modules: /nowhere: No such file or directory$" \
	create "$CFG" 'modules=["/nowhere x"]'
says 0 "of which a dry run says nothing" '"kernel": "/nowhere"' create -n "$TAP_DIR/nowhere.cfg"
python3 - "$TAP_DIR/kernel" "$TAP_DIR/linux" <<'PYTHON'
import struct, sys
image = bytearray(open(sys.argv[1], "rb").read())
note = struct.pack("<III4s8s", 4, 6, 6, b"Xen\0", b"linux")
image[0x800 + 20:0x800 + 20 + len(note)] = note
at = 64 + 56 + 32
image[at:at + 16] = struct.pack("<QQ", 20 + len(note), 20 + len(note))
open(sys.argv[2], "wb").write(image)
PYTHON
says 0 "a Linux without a console" "^xlctl: warning: the command line has no console=hvc0: .* stay empty$" \
	create -p -e "$CFG" name=mute "kernel='$TAP_DIR/linux'"
silent "a Linux with one" create -p -e "$CFG" name=speaks "kernel='$TAP_DIR/linux'" \
	'cmdline="quiet console=hvc0"'
says 0 "a serial console without a port" "warning: the command line names a serial console: .* serial=\"pty\"$" \
	create -p -e "$CFG" name=quiet3 "kernel='$TAP_DIR/linux'" 'cmdline="console=ttyS0"'
says 0 "a hidden console" "warning: xen_leaves=0 hides the console: .*console=ttyS0" \
	create -p -e "$CFG" name=quiet4 "kernel='$TAP_DIR/linux'" xen_leaves=0 'cmdline="console=hvc0"'
silent "a serial console with one" create -p -e "$CFG" name=quiet5 "kernel='$TAP_DIR/linux'" \
	xen_leaves=0 'serial="pty"' 'cmdline="console=ttyS0"'
is "and what it says" "$(x console -l -t serial quiet5 | tr -d '\r')" "Hello from the guest"
for quiet in 3 4 5; do
	x destroy quiet$quiet
done
says 1 "a serial port that goes elsewhere" "serial=\"null\": .*\"pty\" and \"none\"" \
	create -n "$CFG" 'serial="null"'
printf 'name = \342\200\234debian\342\200\235\n' >"$TAP_DIR/quotes.cfg"
says 3 "typographic quotes" "^xlctl: .*/quotes\.cfg:1: a typographic quote: put strings in plain quotes" \
	create "$TAP_DIR/quotes.cfg"

# Each step of the way may fail: then there is a message and no domain.
for step in 10:12:-E 10:16:VT-x-is-taken 30:22:bad-map 31:12 34:22:entry 35:12:no-memory 43:16 45:22; do
	fresh
	status=0
	XLHV_FAKE_FAIL=$step x create "$CFG" >"$TAP_DIR/out" 2>&1 </dev/null || status=$?
	text=${step#*:*:}
	[ "$text" != "$step" ] || text=.
	if [ "$status" -eq 1 ] && grep -Eq -e "^xlctl: .*$text" "$TAP_DIR/out"; then
		ok "create fails at $step"
	else
		not_ok "create fails at $step" "status $status" "$(cat "$TAP_DIR/out")"
	fi
	case $step in
	43:*) says 0 "a domain that cannot be started stays paused" "^debian .*--p---" list
		x destroy debian ;;
	*) is "create fails at $step: no domain" "$(x list | wc -l)" 2 ;;
	esac
done
fresh
export XLHV_FAKE_FAIL=33:22:leaf-7-is-wrong
says 1 "cpuid that cannot be" "^xlctl: cpuid: leaf-7-is-wrong$" create -p "$CFG" 'cpuid="host,htt=1"'
unset XLHV_FAKE_FAIL

# What the monitor does.
fresh
XLHV_FAKE_LIFE=poweroff x create "$CFG"
becomes "powered off: destroyed" "no domain" list debian
fresh
XLHV_FAKE_LIFE=reboot,reboot x create "$CFG"
becomes "rebooted: again, with another number" "^debian +[23] " list
becomes "and again" "^debian +3 " list
x destroy debian
fresh
XLHV_FAKE_LIFE=reboot x create -p "$CFG" maxvcpus=5
says 1 "more vCPUs than the host has CPUs" "vcpu-set: 5: the host has 2 CPUs; -i overrides" vcpu-set debian 5
says 1 "nevertheless" "will have 5 when it is started again" vcpu-set -i debian 5
XLHV_FAKE_LIFE=reboot x unpause debian
becomes "made again" "^debian +2 " list
check "with so many" sh -c '"$1" list -l debian | python3 -c "
import json, sys
info = json.load(sys.stdin)[0][\"config\"][\"b_info\"]
assert info[\"avail_vcpus\"] == [0, 1, 2, 3, 4] and info[\"max_vcpus\"] == 5"' sh "$FAKE"
x destroy debian
fresh
XLHV_FAKE_LIFE=crash x create "$CFG" on_crash=preserve
becomes "crashed: preserved" "^debian .* ---sc- " list
says 0 "the reason in words" '"shutdown_reason": "crash"' list --json
becomes "the reason in numbers, and nobody follows it" "^debian .* +3 +- \(no monitor\)$" list -v
x destroy debian
fresh
XLHV_FAKE_LIFE=crash x create "$CFG" on_crash=rename-restart
becomes "crashed: renamed" "^debian-[0-9]{8}T[0-9]{4}Z +1 .* ---sc- " list
becomes "crashed: restarted" "^debian +2 " list
is "the one put aside has another UUID" \
	"$(x list --json | grep uuid | sort -u | wc -l)" 3
x destroy debian
x destroy 1
fresh
XLHV_FAKE_LIFE=watchdog x create "$CFG" on_watchdog=preserve
becomes "watchdog: preserved" "^debian .* ---sw- " list
x destroy debian
fresh
XLHV_FAKE_LIFE=reboot x create -e "$CFG"
becomes "no monitor: nothing follows" "^debian .* ---sr- " list
x destroy debian
fresh
begin=$(date +%s%N)
XLHV_FAKE_LIFE=reboot,poweroff says 0 "in the foreground" \
	"^xlctl: restarted as domain 2$" create -F "$CFG"
took=$((($(date +%s%N) - begin) / 1000000))
check "two seconds after it was started first: $took ms" test $took -ge 2000
is "until it is gone" "$(x list | wc -l)" 2
fresh
: >"$TAP_DIR/out"
# Its input ends when there has been something to see.
# shellcheck disable=SC2094
for _ in $(seq 400); do
	! grep -q Hello "$TAP_DIR/out" || break
	sleep 0.05
done | x create -c "$CFG" >"$TAP_DIR/out"
is "create -c shows the console from its first word" "$(head -n 1 "$TAP_DIR/out" | tr -d '\r')" \
	"Hello from the guest"
says 0 "and leaves the domain" "^debian +1 .* r-----" list
x destroy debian

# A restart loop: between two lives there is a monitor, but no domain.
fresh
XLHV_FAKE_LIFE=reboot,reboot,reboot,reboot,reboot x create "$CFG"
becomes "between two lives" "no domain 'debian': it has ended; see 'xlctl dmesg debian'" list debian
says 1 "the name is not free then" \
	"^xlctl: (domain 'debian' is being restarted; 'xlctl destroy debian' ends that|a domain named 'debian' already exists)$" \
	create "$CFG"
left=$(monitor Pid)
silent "destroy ends it" destroy debian
# Who would restart it has ended then.
for _ in $(seq 400); do
	[ -d "/proc/$left" ] || break
	sleep 0.05
done
check_fails "and its monitor" test -d "/proc/$left"
says 1 "for good" "no domain 'debian'" list debian
is "the monitor has left no socket" "$(find "$XLHV_FAKE/run" -name '*.monitor')" ""
fresh
XLHV_FAKE_LIFE=reboot,reboot,reboot,reboot,reboot says 0 "a monitor gives up after five short lives" \
	"^xlctl: domain 'debian' has ended 5 times in a row within 10 s of its start: it is not" \
	create -F "$CFG"
is "and leaves no domain" "$(x list | wc -l)" 2
fresh
XLHV_FAKE_LIFE=crash,crash,crash,crash,crash x create -F "$CFG" on_crash=rename-restart 2>/dev/null
says 0 "what each life has left is kept" "^debian +5 .* ---sc- " list
fresh
x create -p "$CFG"
silent "a domain with a monitor is renamed" rename debian other
for _ in $(seq 100); do
	[ ! -S "$XLHV_FAKE/run/other.monitor" ] || break
	sleep 0.05
done
check "its monitor is reached by the new name" test -S "$XLHV_FAKE/run/other.monitor"
check_fails "and not by the old" test -e "$XLHV_FAKE/run/debian.monitor"
silent "destroy by number" destroy 1
is "the monitor has ended, too" "$(find "$XLHV_FAKE/run" -name '*.monitor')" ""

# What stays of a domain that ended early.
fresh
XLHV_FAKE_LIFE=crash x create "$CFG" on_crash=destroy
becomes "a domain that is gone has a log" "^[0-9 :-]+ domain 1 has shut down \(crash\): destroy$" dmesg debian
says 0 "with what the module said" "^\[1\.000000\] first line$" dmesg debian
is "and its console" "$(x console --log debian | tr -d '\r')" "Hello from the guest"
says 1 "to which nobody can be connected" "^xlctl: no domain 'debian': it has ended; see 'xlctl dmesg debian'" \
	console debian
is "others of the group may read it, nobody else" "$(stat -c %a "$XLHV_FAKE/run/debian.log")" 640
says 0 "dmesg -c" "domain 1 has shut down" dmesg -c debian
says 1 "forgets it" "^xlctl: no domain 'debian'$" dmesg debian
check_fails "with its console" test -e "$XLHV_FAKE/run/debian.console"
ln -s "$CFG" "$XLHV_FAKE/run/link.log"
says 1 "a link is no log" "^xlctl: no domain 'link'$" dmesg link
mkfifo "$XLHV_FAKE/run/pipe.log"
says 1 "nor is a pipe" "^xlctl: no domain 'pipe'$" dmesg pipe
says 1 "nor is a path" "^xlctl: no domain '\.\./debian'$" dmesg ../debian
# They would count among the logs, and be older or not.
rm "$XLHV_FAKE/run/link.log" "$XLHV_FAKE/run/pipe.log"
for i in $(seq 70); do
	: >"$XLHV_FAKE/run/old$i.log"
	: >"$XLHV_FAKE/run/old$i.console"
done
: >"$XLHV_FAKE/run/live.monitor"
touch -d "2 days ago" "$XLHV_FAKE/run/old1.log"
XLHV_FAKE_LIFE=poweroff,poweroff x create "$CFG"
becomes "powered off" "domain 2 has shut down \(poweroff\): destroy" dmesg debian
is "64 are kept" "$(find "$XLHV_FAKE/run" -name '*.log' -type f | wc -l)" 64
is "with their consoles" "$(find "$XLHV_FAKE/run" -name '*.console' | wc -l)" 64
check_fails "none for longer than a day" test -e "$XLHV_FAKE/run/old1.log"
check "and nothing else is removed" test -e "$XLHV_FAKE/run/live.monitor"

all=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
fresh
x create -p "$CFG" on_crash=destroy on_reboot=preserve on_watchdog=destroy on_soft_reset=destroy
is "a monitor that only destroys has no capabilities" "$(monitor CapEff)$(monitor CapPrm)" \
	00000000000000000000000000000000
is "nor will it have more" "$(monitor NoNewPrivs)" 1
x destroy debian
fresh
x create -p "$CFG"
# dac_override, dac_read_search, kill, setgid, setuid, sys_nice
is "one that starts again has what that takes" "$(monitor CapEff)" \
	"$(printf '%016x' $((0x$all & 0x8010e6)))"
x destroy debian

# Images: another user may change them, and write what he likes into them.
fresh
python3 - "$TAP_DIR/kernel" "$TAP_DIR/large" <<'PYTHON'
import sys, zlib
pack = zlib.compressobj(1, zlib.DEFLATED, 31)
with open(sys.argv[2], "wb") as f:
    f.write(pack.compress(open(sys.argv[1], "rb").read()))
    for i in range(180):
        f.write(pack.compress(bytes(range(256)) * 4096 if i % 2 else bytes(1 << 20)))
    f.write(pack.flush())
PYTHON
for wait in 0.01 0.05 0.1 0.2 0.4 0.8; do
	cp "$TAP_DIR/large" "$TAP_DIR/shrinks"
	(sleep $wait; : >"$TAP_DIR/shrinks") &
	status=0
	x create -p -e "$CFG" "kernel='$TAP_DIR/shrinks'" memory=256 >"$TAP_DIR/out" 2>&1 </dev/null || status=$?
	wait $!
	if [ "$status" -eq 0 ]; then
		x destroy debian
	fi
	# Read before or after that, in part or not: it is said, or it did not matter.
	if [ "$status" -eq 0 ] || { [ "$status" -eq 1 ] && grep -Eqx \
		"xlctl: .*/shrinks: (the file shrank while it was being read|the file is empty)" "$TAP_DIR/out"; }; then
		ok "an image cut off after $wait s"
	else
		not_ok "an image cut off after $wait s" "status $status" "$(cat "$TAP_DIR/out")"
	fi
done
rm "$TAP_DIR/large" "$TAP_DIR/shrinks"
mkfifo "$TAP_DIR/pipe"
says 1 "a pipe is no kernel" "/pipe: not a regular file$" create -p "$CFG" "kernel='$TAP_DIR/pipe'"
says 1 "nor a ramdisk" "/pipe: not a regular file$" create -p "$CFG" "ramdisk='$TAP_DIR/pipe'"
name=$(printf 'k\033]0;x\007\302\2332J')
: >"$TAP_DIR/$name"
says 1 "a name that a terminal would obey" "^xlctl: .*/k\?]0;x\?\?\?2J: the file is empty$" \
	create -p "$CFG" "kernel='$TAP_DIR/$name'"

# More domains than one question brings.
fresh
for i in $(seq 65); do
	x create -p -e "$CFG" "name=d$i" || not_ok "domain $i"
done
is "65 domains" "$(x list | wc -l)" 67
is "each once, in order" "$(x list | awk 'NR > 2 { print $2 }' | tr '\n' ' ')" "$(seq 65 | tr '\n' ' ')"

# The rest of what needs a device.
fresh
check_match "^xlctl: the loaded module \(0\.0-fake\) speaks ABI 2\.0, this xlctl" "another ABI" \
	env XLHV_FAKE_MAJOR=2 "$FAKE" list
check_match "^device +problem +the loaded module" "another ABI in preflight" \
	env XLHV_FAKE_MAJOR=2 "$FAKE" preflight
says 0 "info" "^cpu_mhz +: 2500\.123$" info
for field in sharing_freed_memory sharing_used_memory outstanding_claims free_cpus xen_major xen_minor \
	xen_extra xen_version xen_caps xen_scheduler xen_pagesize platform_params xen_changeset \
	xen_commandline cc_compiler cc_compile_by cc_compile_domain cc_compile_date build_id \
	xend_config_format; do
	says 0 "xl's field $field" "^$field +: ?" info
done
major=$(sed -n 's/^#define XEN_CLAIM_MAJOR[[:space:]]*//p' "$TREE/kmod/hypercall/xen_version.h")
minor=$(sed -n 's/^#define XEN_CLAIM_MINOR[[:space:]]*//p' "$TREE/kmod/hypercall/xen_version.h")
extra=$(sed -n 's/^#define XEN_CLAIM_EXTRA[[:space:]]*"\(.*\)"/\1/p' "$TREE/kmod/hypercall/xen_version.h")
is "the version is the module's" "$(x info xen_version)" "$major.$minor$extra"
says 0 "one field" "^2500\.123$" info cpu_mhz
says 1 "a field that is not there" "no field 'cpu_mzh': did you mean 'cpu_mhz'\?" info cpu_mzh
says 0 "info -n" "^node:    memsize    memfree    distances$" info -n
says 0 "info -v" "^    ept_vpid +: 0x0000000000000000$" info -v
check "info --json" sh -c '"$1" info -n -v --json | python3 -c "
import json, sys
assert json.load(sys.stdin)[\"cpu_mhz\"] == 2500.123"' sh "$FAKE"
says 0 "debug cpus" "^   0  yes     no    no    no " debug cpus
says 0 "debug hold" "^held$" debug hold echo held
says 3 "its status is the command's" "VMX is held" debug hold sh -c "exit 3"
says 143 "and its signal" "VMX is held" debug hold sh -c 'kill $$'
says 127 "no such command" "nothing: No such file" debug hold nothing
says 143 "the time is over" "VMX is held" debug hold -t 0.1 sleep 20
says 0 "a time without a command" "VMX is held" debug hold -t 0.1
export XLHV_FAKE_FAIL=4:16
says 1 "VMX cannot be had" "^xlctl: VMX is held by another hypervisor" debug hold true
unset XLHV_FAKE_FAIL

# deep RESULT,EXIT-REASON,INSTRUCTION-ERROR REGEX
deep() {
	check_match "$2" "preflight --deep: $1" env XLHV_FAKE_CHECK="$1" "$FAKE" preflight --deep
	check_match "$2" "preflight --deep --json: $1" \
		env XLHV_FAKE_CHECK="$1" "$FAKE" preflight --deep --json
}
check_match "^   0  passed     VMCALL              self            1234$" "preflight --deep" \
	"$FAKE" preflight --deep
deep 1,0,0 "no VMX root operation on this CPU"
deep 2,0,11 "a VMCS could not be .*: VM-instruction error 11 \(VMPTRLD of a VMCS with another"
deep 3,0,7 "VM entry failed: VM-instruction error 7 \(VM entry with invalid control fields\)"
deep 3,80000021,0 "VM entry failed: invalid guest state \(qualification 0\)"
deep 4,30,0 "not the exit that was expected: EPT violation \(reason 0x30"
deep 4,99,0 "not the exit that was expected: reason 153 "
deep 5,12,0 "the guest computed something else"
deep 99,0,0 "a result this xlctl does not know"
unset XLHV_FAKE
