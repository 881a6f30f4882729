# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016,SC2031
#
# The firewall-router's rules: where they come from, how they are changed, where they are kept. The kernel's
# filter only notes what it is told; xlctl_vfr_packets has a real one.
# shellcheck source-path=SCRIPTDIR source=played-store.sh
. "$TREE/tools/xlctl/tests/played-store.sh"
if [ -z "$DOM0" ]; then
	skip "rules of network interfaces" "no xenstored of this release can be had: $(tail -n 1 "$TAP_DIR/dom0")"
	return
fi
export XLHV_FAKE_ROOT="$ROOT"
fresh
: >"$XLHV_FAKE/net"
: >"$XLHV_FAKE/nft"
UUID=5bc5d67a-7ef1-4c62-9bd1-7d6f0c4f3c5e

# filter: what the kernel's filter was told since the last time
filter() {
	cat "$XLHV_FAKE/nft"
	: >"$XLHV_FAKE/nft"
}

# kept: files with rules
kept() {
	find "$XLHV_FAKE" -name '*.vfr' | wc -l
}

says 1 "a rule for an interface that is not there" \
	"^xlctl: $CFG:.*vfr: \"3 out drop\": there is no interface 3$|vfr: \"3 out drop\": there is no interface 3$" \
	create -n "$CFG" "vif=['']" "vfr=['3 out drop']"
says 1 "a rule that is none" "vfr: \"0 out drp\": 'drp': expected an action: did you mean 'drop'\?$" \
	create -n "$CFG" "vif=['']" "vfr=['0 out drp']"
says 0 "rules in a dry run" '"in drop vlan 5"' create -n "$CFG" "vif=['']" "vfr=['in drop vlan 5']"
XLHV_FAKE_NO_RULES="no filter here" says 1 "no rules, no interface" \
	"^xlctl: network interface 0: rules: no filter here$" create "$CFG" "vif=['']"
says 1 "rules that do not go together" "^xlctl: network interface 0: rule 2, \"in mirror ids0\": " \
	create "$CFG" "vif=['']" "vfr=['0 in accept state new', '0 in mirror ids0']"
is "no domain comes of any" "$(x list | wc -l)" 2
is "and no rule" "$(kept)" 0
: >"$XLHV_FAKE/net"
: >"$XLHV_FAKE/nft"

XLHV_FAKE_RULES=1 silent "create" create -p "$CFG" "vif=['bridge=xenbr0,ip=10.0.0.2','vifname=web']" \
	"vfr=['0 out drop proto tcp dport 25', '1 guard none', '1 policy in drop']" "uuid='$UUID'"
domid=$(x domid debian)
is "rules are there before the device is up" "$(tr '\n' ';' <"$XLHV_FAKE/net" | sed 's/mtu [0-9]*//g')" \
	"add vif$domid.0 ;rules;join vif$domid.0 100 xenbr0;add web ;rules;join web 101 xenbr0;"
filter >"$TAP_DIR/filter"
check_match "add rule netdev xlhv.$domid.0 from-guest meta l4proto \{ 6 \} th dport \{ 25 \} counter name \"rule-1\" drop" \
	"the filter gets them" cat "$TAP_DIR/filter"
check_match "add rule netdev xlhv.$domid.0 guard-ip4 ip saddr \{ 10.0.0.2 \} return" "and the guards" \
	cat "$TAP_DIR/filter"
is "unless there are none" "$(grep -c "add rule netdev xlhv.$domid.1 guard" "$TAP_DIR/filter")" 0
check_match "^  1 out drop proto tcp dport 25$" "list" x vfr list debian.0
is "lists all interfaces" "$(x vfr list debian | grep -c ': device ')" 2
check_match "^         3          180    1 out drop proto tcp dport 25$" "stats" x vfr stats debian.0
check_match '^ *"rule": ?"out drop proto tcp dport 25",?$' "as JSON" x vfr --json list debian.0
silent "add" vfr add debian.0 in accept src 2001:db8::/32
silent "insert" vfr insert debian.0 1 out accept proto tcp dport 25 dst 10.0.0.1
is "in order" "$(x vfr list debian.0 | sed -n 's/^  [0-9] //p' | tr '\n' ';')" \
	"out accept proto tcp dport 25 dst 10.0.0.1;out drop proto tcp dport 25;in accept src 2001:db8::/32;"
filter >/dev/null
silent "del" vfr del debian.0 2
check_match "^delete counter netdev xlhv.$domid.0 rule-1$" "takes the counter away as well" filter
says 1 "an error names rule, word and what was expected" \
	"^xlctl: vfr: rule \"out drop dport 25\": 'dport': expected with it 'proto tcp', " vfr add debian.0 out drop dport 25
says 1 "a number that is none" "^xlctl: vfr: '7': expected the number of a rule, 1 to 2$" vfr del debian.0 7
says 1 "an interface that is not there" "^xlctl: domain 'debian' has no network interface '5' with rules$" \
	vfr list debian.5
says 2 "an operation that is none" "expected list, add, insert, del, flush, stats or policy" vfr drop debian
XLHV_FAKE_NO_RULES="no more" says 1 "what the filter refuses" "^xlctl: debian.0: rules: no more$" \
	vfr add debian.0 out drop
is "is not kept" "$(x vfr list debian.0 | grep -c '^  [0-9]')" 2
XLHV_FAKE_NO_RULES="flushed" says 1 "rules that the kernel has lost" \
	"the kernel does not have these rules: flushed; 'xlctl vfr policy debian.0' gives them" vfr stats debian.0
says 0 "a device that is not there is told of" "^xlctl: warning: vfr: rule 3: there is no device 'nobody0' now$" \
	vfr add debian.0 in mirror nobody0
silent "flush" vfr flush debian.0 in
silent "policy" vfr policy debian.0 out drop
silent "guards" vfr policy debian.0 guard mac,ra
check_match "^guard mac,ra$" "are listed" x vfr list debian.0
check_match "^policy out drop, in accept$" "so are policies" x vfr list debian.0
silent "network-detach" network-detach --force debian 1
is "takes the rules away" "$(kept)" 1

XLHV_FAKE_LIFE=reboot,reboot,reboot,reboot x unpause debian
becomes "it is started again" "^debian +$((domid + 1)) " list
for _ in $(seq 100); do
	x vfr list debian >/dev/null 2>&1 && break
	sleep 0.05
done
is "with the rules that it had" "$(x vfr list debian.0 | sed 1d | tr '\n' ';')" \
	"guard mac,ra;policy out drop, in accept;  1 out accept proto tcp dport 25 dst 10.0.0.1;"
x destroy debian
is "destroy leaves none" "$(kept)" 0
x daemon stop
unset XLHV_FAKE XLHV_FAKE_ROOT XENSTORED_RUNDIR
CFG=$WITHOUT
