# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016
#
# A monitor that was killed, and one that is given another configuration.
# shellcheck source-path=SCRIPTDIR source=played.sh
. "$TREE/tools/xlctl/tests/played.sh"

# gone: kills the monitor that there is, and waits
gone() {
	gone_pid=$(monitor Pid)
	kill -9 "$gone_pid"
	while [ -d "/proc/$gone_pid" ]; do sleep 0.02; done
}

fresh
at_exit 'x destroy debian >/dev/null 2>&1'
x create "$CFG" on_reboot=restart 'cmdline="a \"b\" c\\d"' 'cpuid=["1:ecx=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0","7,0:ebx=1xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0"]' \
	maxvcpus=3 'cpus=["0","0","all"]' cap=50
before=$(x list -l debian)
check_fails "a domain with a monitor: nothing to say" sh -c '"$1" list -v | grep -q "no monitor"' sh "$FAKE"
says 0 "in JSON, too" '"monitor": ?true' list --json debian
says 1 "it has one" "^xlctl: monitor: domain 'debian' already has one$" monitor debian
gone
says 0 "list tells of a domain without" "^debian .* \(no monitor\)$" list -v
says 0 "and JSON" '"monitor": ?false' list --json debian
is "the host needs none" "$(x list -v | grep -c 'Domain-0.*no monitor')" 0
silent "another one is started" monitor debian
check_fails "list has no more to say" sh -c '"$1" list -v | grep -q "no monitor"' sh "$FAKE"
# The second start of all.
XLHV_FAKE_LIFE=,reboot x unpause debian
becomes "it does what the configuration says" "^debian +2 " list
# The last thing that it does for it.
for _ in $(seq 100); do
	[ ! -e "$XLHV_FAKE/run/2.config" ] || break
	sleep 0.05
done
is "the domain is made of the same" "$(x list -l debian | grep -v '"domid"')" \
	"$(printf '%s\n' "$before" | grep -v '"domid"')"
is "what was kept of its last life is gone" "$(cd "$XLHV_FAKE/run" && echo *.config)" 2.config
is "and is its owner's alone" "$(stat -c %a "$XLHV_FAKE/run/2.config")" 600

# What it is to be the next time.
silent "config-update" config-update debian "$CFG" name=other on_reboot=preserve vcpus=1
says 0 "it keeps its name" "^debian +2 " list
says 0 "the configuration is the new one" '"on_reboot": ?"preserve"' list -l debian
XLHV_FAKE_LIFE=,,,reboot x unpause debian
becomes "the monitor follows it" "^debian +2 .* ---sr- " list
silent "config-update again" config-update debian "$CFG" on_reboot=restart memory=32 maxmem=32
says 0 "one that was to be preserved has no monitor" "no monitor" list -v
silent "monitor, when the domain has ended already" monitor debian
becomes "has it follow that end" "^debian +3 +32 " list
gone
silent "config-update of a domain without a monitor" config-update debian "$CFG" on_poweroff=restart
says 0 "starts none" "no monitor" list -v
silent "the next one" monitor debian
XLHV_FAKE_LIFE=,,,,,poweroff x unpause debian
becomes "has it" "^debian +4 +64 " list
says 3 "config-update with a file that is not there" "No such file" config-update debian /nowhere
says 1 "with one that is wrong" "memory" config-update debian "$CFG" memory=x
says 0 "changes nothing" '"on_poweroff": ?"restart"' list -l debian
says 1 "of a domain that is not there" "no domain 'ghost'" config-update ghost "$CFG"
says 2 "without a file" "expected a domain and its configuration file" config-update debian
says 2 "with two" "expected one configuration file" config-update debian "$CFG" "$CFG"
says 1 "of the host" "Domain-0 is this host and cannot be given" config-update 0 "$CFG"

# What a monitor does not believe.
gone
chmod 666 "$XLHV_FAKE/run/4.config"
says 1 "a file that others could have written" "^xlctl: monitor: domain 'debian' was made by another user$" \
	monitor debian
rm "$XLHV_FAKE/run/4.config"
ln -s "$CFG" "$XLHV_FAKE/run/4.config"
says 1 "a link" "^xlctl: monitor: the configuration of domain 'debian': " monitor debian
rm "$XLHV_FAKE/run/4.config"
says 1 "no file" "^xlctl: monitor: no configuration of domain 'debian' is saved; 'xlctl config-update" \
	monitor debian
silent "which config-update makes good" config-update debian "$CFG"
timeout 20 "$FAKE" monitor -F debian >"$TAP_DIR/out" 2>&1 & foreground=$!
becomes "a monitor in the foreground" '"monitor": ?true' list --json debian
silent "destroy ends it" destroy debian
check "with its domain" wait $foreground
is "nothing is left" "$(find "$XLHV_FAKE/run" -name '*.config' -o -name '*.monitor')" ""
says 2 "monitor of nothing" "expected a domain" monitor
# Between two lives the monitor is asked, too: what it starts again has the new configuration.
fresh
XLHV_FAKE_LIFE=reboot x create "$CFG" memory=40
becomes "between two lives" "no domain 'debian': it has ended" list debian
silent "config-update then" config-update debian "$CFG" memory=48
says 0 "the next life has a monitor" '"monitor": ?true' list --json debian
says 0 "and the new configuration" '"target_memkb": ?49152' list -l debian
check "which is kept" grep -qx "memory = 48" "$XLHV_FAKE/run/2.config"

# One monitor, however many are started at once.
gone
for i in $(seq 8); do
	x monitor debian >"$TAP_DIR/monitor.$i" 2>&1 &
	eval "pid$i=$!"
done
started=0
for i in $(seq 8); do
	if eval "wait \$pid$i"; then
		started=$((started + 1))
	else
		is "start $i of 8 at once is refused" "$(cat "$TAP_DIR/monitor.$i")" \
			"xlctl: monitor: domain 'debian' already has one"
	fi
done
is "one monitor of eight starts" "$started" 1
for i in $(seq 4); do
	x config-update debian "$CFG" memory=$((50 + i)) &
	eval "pid$i=$!"
done
for i in $(seq 4); do
	check "update $i of 4 at once" eval "wait \$pid$i"
done
says 0 "the domain has a monitor after them" '"monitor": ?true' list --json debian
is "and one configuration" \
	"$(x list -l debian | tr -d ' \n' | sed 's/.*target_memkb":\([0-9]*\).*/\1/')" \
	"$(($(sed -n 's/^memory = //p' "$XLHV_FAKE/run/2.config") * 1024))"
is "no draft is left" "$(find "$XLHV_FAKE/run" -name '.*' -type f)" ""
silent "destroy" destroy debian

# A blank in the name of a file is not where its arguments begin.
fresh
mkdir -p "$TAP_DIR/two words"
echo module >"$TAP_DIR/two words/module"
x create -p "$CFG" "modules=['$TAP_DIR/two\\\\ words/module  first second', '$TAP_DIR/kernel']"
before=$(x list -l debian | sed -n '/"modules"/,/\]/p')
check "a module with a blank in its path" \
	sh -c 'echo "$1" | grep -q "two words/module\"" && echo "$1" | grep -q "\"first second\""' sh "$before"
gone
silent "its file is read again" monitor debian
XLHV_FAKE_LIFE=reboot x unpause debian
becomes "by a monitor that starts the domain again" "^debian +2 " list
is "and is the same" "$(x list -l debian | sed -n '/"modules"/,/\]/p')" "$before"
silent "destroy it" destroy debian

# A domain that is created in a login session does not belong to it.
fresh
session=$TAP_DIR/session
mkdir -p "$session/proc/self" "$session/run/systemd/system" "$session/usr/bin" "$session/var/lib/systemd/linger"
cat >"$session/usr/bin/busctl" <<'BUSCTL'
#!/bin/sh
printf '%s\n' "$@" >"${0%/usr/bin/*}/asked"
echo "0::/xlhv.slice/x.scope" >"${0%/usr/bin/*}/proc/self/cgroup"
BUSCTL
chmod +x "$session/usr/bin/busctl"
in_login() {
	rm -f "$session/asked"
	echo "$1" >"$session/proc/self/cgroup"
}
export XLHV_FAKE_ROOT="$session"
for group in 0::/user.slice/user-0.slice/session-3.scope 1:name=systemd:/user.slice/session-c1.scope/x; do
	in_login "$group"
	silent "create in $group" create -p -e "$CFG"
	if [ "$(id -u)" -eq 0 ]; then
		is "has systemd make a scope" "$(grep -A1 -xE 'Slice|StartTransientUnit|Description|PIDs' \
			"$session/asked" | grep -vE '^--$' | tr '\n' ' ')" \
			"StartTransientUnit ssa(sv)a(sa(sv)) PIDs au Slice s Description s "
		check "in xlhv.slice" grep -qx xlhv.slice "$session/asked"
	else
		check_fails "leaves a user alone who does not linger" test -e "$session/asked"
	fi
	x destroy debian
done
for group in 0::/system.slice/ssh.service 0::/user.slice/user-0.slice/run-r1.scope 2:cpu:/session-3.scope \
	0::/session-.scope 0::/xsession-3.scope; do
	in_login "$group"
	silent "create in $group" create -p -e "$CFG"
	check_fails "stays there" test -e "$session/asked"
	x destroy debian
done
in_login 0::/user.slice/session-3.scope
if [ "$(id -u)" -eq 0 ]; then
	printf '#!/bin/sh\nexit 1\n' >"$session/usr/bin/busctl"
	says 0 "systemd that refuses" "^xlctl: warning: domain 'debian' belongs to this login session .* refused" \
		create -p -e "$CFG"
	rm "$session/usr/bin/busctl"
	says 0 "a monitor started later" "belongs to this login session .* no /usr/bin/busctl$" monitor debian
	x destroy debian
	rm -r "$session/run/systemd"
	silent "no systemd" create -p -e "$CFG"
	x destroy debian
fi
unset XLHV_FAKE_ROOT
unset XLHV_FAKE
