// SPDX-License-Identifier: GPL-2.0-only
/* The language of the firewall-router's rules: what is taken, what is said of the rest. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "vfr/translate.h"

static struct vfr vfr;

/* What is said of a statement; "" if it is good. */
static const char *says(const char *text)
{
	static char said[512];
	char *why;

	vfr_init(&vfr);
	*said = '\0';
	if (vfr_statement(&vfr, text, &why))
		snprintf(said, sizeof(said), "%s", why);
	free(why);
	return said;
}

static void expect(const char *text, const char *message)
{
	unit_context("%s", text);
	EXPECT_STREQ(says(text), message);
	unit_context("%s", "");
	vfr_free(&vfr);
}

TEST(errors_name_the_word)
{
	expect("out drop prot tcp", "'prot': expected a pattern: did you mean 'proto'?");
	expect("out drip", "'drip': expected an action: did you mean 'drop'?");
	expect("from drop", "'from': expected a direction: out, from the guest, or in, to it");
	expect("", "'': expected a direction: out, from the guest, or in, to it");
	expect("out drop proto", "'proto': expected a value behind it");
	expect("out drop not", "'not': expected a pattern behind it");
	expect("out drop src 10.0.0.0/33", "'10.0.0.0/33': expected an address or a prefix such as 192.0.2.0/24 or 2001:db8::/32");
	expect("out drop src 10.0.0.1,2001:db8::1", "'2001:db8::1': expected an address or prefix of IPv4, as the rule has another one");
	expect("out drop src 10.0.0.1,", "'': expected an address or prefix of IPv4, as the rule has another one");
	expect("out drop dport 25", "'dport': expected with it 'proto tcp', 'proto udp' or another that has ports");
	expect("out drop proto tcp dport 70000", "'70000': expected a port, 0 to 65535, or a range such as 1024-65535");
	expect("out drop proto tcp dport 9-8", "'9-8': expected a port, 0 to 65535, or a range such as 1024-65535");
	expect("out drop proto tcp,icmp dport 9", "'dport': expected with it 'proto tcp', 'proto udp' or another that has ports");
	expect("out drop proto tcp proto udp", "'proto': expected only once; several values stand between commas");
	expect("out drop icmp echo-request icmp6 1", "'icmp6': expected without 'icmp': no packet is both");
	expect("out drop icmp 8 proto tcp", "'icmp': expected with no other protocol");
	expect("out drop icmp 8 src 2001:db8::1", "'icmp': expected what goes with the rule's addresses of IPv6");
	expect("out drop type ip6 src 10.0.0.1", "'type': expected what goes with the rule's addresses of IPv4");
	expect("out drop type arp src 10.0.0.1", "'type': expected what goes with the rule's addresses of IPv4");
	expect("out drop smac 00:16:3e:00:00", "'00:16:3e:00:00': expected six bytes such as 00:16:3e:00:00:01");
	expect("out drop state old", "'old': expected new, established, related, invalid or untracked");
	expect("out limit", "'limit': expected packets in a second, minute or hour, such as 100/s or 20/m:5");
	expect("out limit 0/s", "'0/s': expected packets in a second, minute or hour, such as 100/s or 20/m:5");
	expect("out mirror a\"b", "'a\"b': expected the name of a network device of the host's, such as vif7.0");
	expect("out mirror", "'mirror': expected the name of a network device behind it");
	expect("out redirect aaaabbbbccccdddd", "'aaaabbbbccccdddd': expected the name of a network device of the host's, such as vif7.0");
	expect("out snat 1.2.3", "'1.2.3': expected an address, perhaps with a port: 192.0.2.1, 192.0.2.1:80, 2001:db8::1 or [2001:db8::1]:80");
	expect("in dnat 10.0.0.2:80", "'dnat': expected, for its port, 'proto tcp', 'proto udp' or another that has ports");
	expect("out snat 10.0.0.2 vlan 5", "'vlan': expected none with 'snat', which is for connections of IP");
	expect("out snat 10.0.0.2 dst 2001:db8::1", "'2001:db8::1': expected an address or prefix of IPv4, as the rule has another one");
	expect("policy out", "'out': expected accept or drop, and nothing behind it");
	expect("policy up drop", "'up': expected a direction, out or in, behind 'policy'");
	expect("policy out reject", "'reject': expected accept or drop, and nothing behind it");
	expect("guard mac,arp", "'arp': expected all, none, or some of mac, ip, dhcp, ra and frames, with commas between them");
	expect("guard", "'guard': expected all, none or names behind it");
}

TEST(what_is_taken_is_told_again)
{
	char *why, *guards;

	vfr_init(&vfr);
	EXPECT_EQ(vfr_statement(&vfr, "  out   drop proto tcp\tdport 25,465 ", &why), 0);
	EXPECT_STREQ(vfr.rules[0].text, "out drop proto tcp dport 25,465");
	EXPECT_EQ(vfr_statement(&vfr, "policy in drop", &why), 0);
	EXPECT_EQ(vfr.policy[VFR_IN], VFR_DROP);
	EXPECT_EQ(vfr_statement(&vfr, "guard mac,ra", &why), 0);
	guards = vfr_guards_text(&vfr);
	EXPECT_STREQ(guards, "mac,ra");
	free(guards);
	EXPECT_EQ(vfr_insert(&vfr, 0, "in accept", &why), 0);
	EXPECT_EQ(vfr.rules[0].id, 2);
	EXPECT_EQ(vfr.rules[1].id, 1);
	vfr_remove(&vfr, 1);
	EXPECT_EQ(vfr_insert(&vfr, 9, "in drop", &why), 0);
	EXPECT_EQ(vfr.rules[1].id, 3);
	vfr_free(&vfr);
}

TEST(values_that_overlap_are_one)
{
	char *why;
	struct vfr_pattern *p;

	vfr_init(&vfr);
	EXPECT_EQ(vfr_statement(&vfr, "out drop proto udp dport 50-60,55,10,58-70", &why), 0);
	p = &vfr.rules[0].patterns[VFR_DPORT];
	ASSERT_EQ(p->nr, 2);
	EXPECT_EQ(p->ranges[0].low[15], 10);
	EXPECT_EQ(p->ranges[1].low[15], 50);
	EXPECT_EQ(p->ranges[1].high[15], 70);
	EXPECT_EQ(vfr_statement(&vfr, "out drop src 10.0.0.0/8,10.1.2.3,10.255.255.255", &why), 0);
	EXPECT_EQ(vfr.rules[1].patterns[VFR_SRC].nr, 1);
	EXPECT_EQ(vfr_statement(&vfr, "out drop dst ::/0", &why), 0);
	EXPECT_EQ(vfr.rules[2].patterns[VFR_DST].ranges[0].high[0], 0xff);
	vfr_free(&vfr);
}

TEST(bounds)
{
	char *text = malloc(VFR_MAX_RULE + 2), *why;
	size_t length;

	memset(text, ' ', VFR_MAX_RULE + 1);
	text[VFR_MAX_RULE + 1] = '\0';
	memcpy(text, "out drop", 8);
	vfr_init(&vfr);
	EXPECT_EQ(vfr_insert(&vfr, 0, text, &why), -EINVAL);
	EXPECT_STREQ(why, "expected at most 8192 bytes");
	free(why);
	length = (size_t)sprintf(text, "out drop proto udp dport 1");
	for (unsigned int i = 0; i < VFR_MAX_VALUES; i++)
		length += (size_t)sprintf(text + length, ",%u", i % 10);
	EXPECT_EQ(vfr_insert(&vfr, 0, text, &why), -EINVAL);
	EXPECT_STREQ(why, "'dport': expected at most 1024 values");
	free(why);
	for (unsigned int i = 0; i < VFR_MAX_RULES; i++)
		ASSERT_EQ(vfr_insert(&vfr, i, "out drop", &why), 0);
	EXPECT_EQ(vfr_insert(&vfr, 0, "out drop", &why), -EINVAL);
	EXPECT_STREQ(why, "expected at most 1024 rules of an interface");
	free(why);
	vfr_free(&vfr);
	free(text);
}

static unsigned int nobody(const char *name)
{
	(void)name;
	return 0;
}

static char *translated(const char *first, const char *second, const struct vfr_vif *vif,
			enum vfr_step step)
{
	struct vfr before;
	char *why, *text;

	vfr_init(&before);
	vfr_init(&vfr);
	EXPECT_EQ(vfr_statement(&before, first, &why), 0);
	EXPECT_EQ(vfr_statement(&vfr, first, &why), 0);
	EXPECT_EQ(vfr_statement(&vfr, second, &why), 0);
	text = vfr_translate(&vfr, &before, vif, step, nobody);
	vfr_free(&before);
	vfr_free(&vfr);
	return text;
}

static struct vfr_vif bridged = {
	.domid = 7, .devid = 1, .ifindex = 12, .device = "vif7.1", .bridge = "xenbr0",
	.mac = { 0, 0x16, 0x3e, 0, 0, 1 },
};

/* What of nftables' words a rule becomes, behind the name of its chain. */
static bool has(const char *text, const char *chain, const char *match, const char *action)
{
	char *line = NULL;
	bool found;

	if (asprintf(&line, "add rule %s %s%s%s\n", chain, match, *match ? " " : "", action) < 0)
		return false;
	found = strstr(text, line);
	free(line);
	return found;
}

#define OWN		"netdev xlhv.7.1"
#define MAIL		"out drop proto tcp dport 25"
#define ESTABLISHED	"out accept state established"
#define FROM_IP		"meta protocol ip "

TEST(families)
{
	char *text;

	/* A rule more is one transaction, which takes no hook away. */
	text = translated(MAIL, "out drop dst 10.0.0.0/8", &bridged, VFR_FIRST);
	EXPECT_TRUE(has(text, OWN " from-guest", FROM_IP "ip daddr { 10.0.0.0-10.255.255.255 }",
			"counter name \"rule-2\" drop"));
	EXPECT_NULL(strstr(text, "delete"));
	EXPECT_NULL(strstr(text, "bridge"));
	free(text);
	text = translated(MAIL, "out drop dst 10.0.0.0/8", &bridged, VFR_THEN);
	EXPECT_STREQ(text, "");
	free(text);
	/* Connections are known to the bridge: first there as well, then there alone. */
	text = translated(MAIL, ESTABLISHED, &bridged, VFR_FIRST);
	EXPECT_NOT_NULL(strstr(text, "add element bridge xlhv from { 12 : jump from-7.1 }"));
	EXPECT_NULL(strstr(text, "flush chain netdev"));
	free(text);
	text = translated(MAIL, ESTABLISHED, &bridged, VFR_THEN);
	EXPECT_NOT_NULL(strstr(text, "flush chain " OWN " from-guest"));
	EXPECT_NOT_NULL(strstr(text, "delete counter " OWN " rule-1"));
	EXPECT_NULL(strstr(text, "add rule " OWN " from-guest meta"));
	free(text);
	/* What is not there is not redirected to, and not let through. */
	text = translated("out redirect nobody", "in mirror nobody", &bridged, VFR_FIRST);
	EXPECT_TRUE(has(text, OWN " from-guest", "", "counter name \"rule-1\" drop"));
	EXPECT_TRUE(has(text, OWN " to-guest", "", "counter name \"rule-2\""));
	free(text);
}

TEST(translations)
{
	static const char from[] =
		"iifname \"xenbr0\" ether saddr 00:16:3e:00:00:01 " FROM_IP
		"ip saddr { 10.0.0.0-10.0.0.255 }";
	static const char to[] =
		"fib daddr type local " FROM_IP "meta l4proto { 6 } th dport { 8080 }";
	char *text;

	text = translated("out masquerade src 10.0.0.0/24",
			  "in dnat 10.0.0.2:80 proto tcp dport 8080", &bridged, VFR_FIRST);
	EXPECT_TRUE(has(text, "inet xlhv.7.1 source", from, "counter name \"rule-1\" masquerade"));
	EXPECT_TRUE(has(text, "inet xlhv.7.1 destination", to,
			"counter name \"rule-2\" dnat ip to 10.0.0.2:80"));
	free(text);
}

static void refused(const char *first, const char *second, const struct vfr_vif *vif,
		    const char *message)
{
	char *why;

	vfr_init(&vfr);
	EXPECT_EQ(vfr_statement(&vfr, first, &why), 0);
	EXPECT_EQ(vfr_statement(&vfr, second, &why), 0);
	why = vfr_check(&vfr, vif);
	EXPECT_STREQ(why, message);
	free(why);
	vfr_free(&vfr);
}

TEST(what_does_not_go_together)
{
	struct vfr_vif routed = bridged;

	*routed.bridge = '\0';
	refused("out accept state new", "out mirror ids0", &bridged,
		"rule 2, \"out mirror ids0\": 'mirror' and 'redirect': expected in a direction without 'state' and 'reject'");
	refused("out accept", "in reject", &bridged,
		"rule 2, \"in reject\": 'reject': expected drop: what a bridge forwards to a guest cannot be answered in its name");
	refused("out accept", "in reject", &routed, NULL);
	refused("out reject", "out drop vlan 5", &routed,
		"rule 2, \"out drop vlan 5\": 'smac', 'dmac' and 'vlan': expected, with routes, in a direction without 'state' and 'reject'");
	refused("out accept", "in masquerade", &bridged,
		"rule 2, \"in masquerade\": expected an interface whose addresses ip= names, or 'out'");
	refused("out accept", "out redirect vif7.1", &bridged,
		"rule 2, \"out redirect vif7.1\": expected another device than the interface's own");
}
