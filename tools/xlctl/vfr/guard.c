// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guards: what a guest is kept from sending whatever rules say; see guard.h.
 *
 * A rule that looks for a port relies on where nftables finds it, so a frame in which a receiver
 * might find it elsewhere is dropped: what nftables cannot parse (it has no l4proto then), IPv6
 * with headers behind that of a fragment, source routes. In the first fragment of IPv4 there are
 * always the first eight bytes, and of IPv6 as well, as no header is behind that of the fragment;
 * without the first fragment nobody puts the others together.
 */
#include "vfr/guard.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"
#include "vfr/value.h"

#define HAS(guards, guard)	((guards) & 1U << VFR_GUARD_##guard)

static void put_value(FILE *out, const uint8_t value[16], enum vfr_key key, int family)
{
	size_t bytes = vfr_key_bytes(key, family);
	const uint8_t *first = value + 16 - bytes;
	char text[INET6_ADDRSTRLEN];

	switch (key) {
	case VFR_SMAC:
	case VFR_DMAC:
		for (size_t i = 0; i < bytes; i++)
			fprintf(out, "%s%02x", i ? ":" : "", first[i]);
		break;
	case VFR_SRC:
	case VFR_DST:
		fputs(inet_ntop(family, first, text, sizeof(text)), out);
		break;
	case VFR_TYPE:
		fprintf(out, "0x%02x%02x", first[2], first[3]);
		break;
	default:
		fprintf(out, "%u", (unsigned int)first[2] << 8 | first[3]);
		break;
	}
}

void vfr_put_ranges(FILE *out, const struct vfr_pattern *pattern, enum vfr_key key, int family)
{
	fputs("{ ", out);
	for (unsigned int i = 0; i < pattern->nr; i++) {
		const struct vfr_range *range = &pattern->ranges[i];

		if (i)
			fputs(", ", out);
		put_value(out, range->low, key, family);
		if (!memcmp(range->low, range->high, sizeof(range->low)))
			continue;
		putc('-', out);
		put_value(out, range->high, key, family);
	}
	fputs(" }", out);
}

bool vfr_addresses(const struct vfr_vif *vif, int family, struct vfr_pattern *pattern)
{
	char *list = NULL, *copy = msg_text("%s", vif->ip), *rest = copy, *word, *longer, *why;
	struct vfr_rule rule = { .family = family };
	bool is_ip4 = family == AF_INET;

	while ((word = strsep(&rest, " \t"))) {
		if (!*word || !!strchr(word, ':') == is_ip4)
			continue;
		longer = msg_text("%s%s%s", list ? list : "", list ? "," : "", word);
		free(list);
		list = longer;
	}
	/* They were read when the interface was configured. */
	why = list ? vfr_value_list(&rule, VFR_SRC, list) : NULL;
	free(why);
	free(list);
	free(copy);
	*pattern = rule.patterns[VFR_SRC];
	return pattern->nr;
}

struct writing {
	FILE *out;
	uint32_t guards;
	const struct vfr_vif *vif;
	const char *table;
	struct vfr_pattern ip4, ip6;
	bool known, has_ip4, has_ip6;
	char mac[18];
	char mac_digits[13];
};

static void add(const struct writing *w, const char *chain, const char *rule)
{
	fprintf(w->out, "add rule %s %s %s\n", w->table, chain, rule);
}

/* A drop, which is counted for the guard that wants it. */
static void drop(const struct writing *w, const char *chain, const char *match,
		 enum vfr_guard guard)
{
	fprintf(w->out, "add rule %s %s %s counter name \"guard-%s\" drop\n", w->table, chain,
		match, vfr_guards[guard]);
}

static void put_guard(const struct writing *w)
{
	char *text;

	if (HAS(w->guards, MAC)) {
		text = msg_text("ether saddr != %s", w->mac);
		drop(w, "guard", text, VFR_GUARD_MAC);
		free(text);
	}
	if (HAS(w->guards, FRAMES))
		drop(w, "guard", "ether type != { ip, arp, ip6 }", VFR_GUARD_FRAMES);
	if (HAS(w->guards, MAC) || HAS(w->guards, IP))
		add(w, "guard", "meta protocol arp goto guard-arp");
	/* 255 is nobody's, so this is true for all that could be parsed. */
	add(w, "guard", "meta protocol ip meta l4proto != 255 goto guard-ip4");
	add(w, "guard", "meta protocol ip6 meta l4proto != 255 goto guard-ip6");
	if (w->guards)
		drop(w, "guard", "meta protocol { ip, ip6 }", VFR_GUARD_FRAMES);
}

static void put_arp(const struct writing *w)
{
	fprintf(w->out, "add rule %s guard-arp arp htype 1 arp ptype ip arp hlen 6 arp plen 4 arp operation { request, reply }",
		w->table);
	if (HAS(w->guards, MAC))
		fprintf(w->out, " arp saddr ether %s", w->mac);
	if (w->known && w->has_ip4) {
		/* One asks for 0.0.0.0 to see whether an address is free. */
		fprintf(w->out, " arp saddr ip != 0.0.0.0 arp saddr ip ");
		vfr_put_ranges(w->out, &w->ip4, VFR_SRC, AF_INET);
		fprintf(w->out, " return\nadd rule %s guard-arp arp htype 1 arp ptype ip arp hlen 6 arp plen 4 arp operation request",
			w->table);
		if (HAS(w->guards, MAC))
			fprintf(w->out, " arp saddr ether %s", w->mac);
	}
	if (w->known)
		fprintf(w->out, " arp saddr ip 0.0.0.0");
	fprintf(w->out, " return\n");
	drop(w, "guard-arp", "", HAS(w->guards, MAC) ? VFR_GUARD_MAC : VFR_GUARD_IP);
}

static void put_ip4(const struct writing *w)
{
	if (HAS(w->guards, FRAMES)) {
		drop(w, "guard-ip4", "ip option lsrr exists", VFR_GUARD_FRAMES);
		drop(w, "guard-ip4", "ip option ssrr exists", VFR_GUARD_FRAMES);
	}
	if (HAS(w->guards, DHCP))
		drop(w, "guard-ip4", "udp dport 68", VFR_GUARD_DHCP);
	if (!w->known)
		return;
	if (w->has_ip4) {
		fprintf(w->out, "add rule %s guard-ip4 ip saddr ", w->table);
		vfr_put_ranges(w->out, &w->ip4, VFR_SRC, AF_INET);
		fprintf(w->out, " return\n");
	}
	/* Who asks for an address has none yet. */
	add(w, "guard-ip4", "ip saddr 0.0.0.0 udp sport 68 udp dport 67 return");
	drop(w, "guard-ip4", "", VFR_GUARD_IP);
}

/*
 * Neighbour discovery: without other headers, which nobody needs there, and with no other address
 * of Ethernet than the guest's. Options end where the packet does: there is one, or none.
 */
static void put_nd(const struct writing *w)
{
	static const struct {
		const char *match;
		const char *option;	/* type and length of what has an address */
	} forms[] = {
		{ "icmpv6 type 133 ip6 length 8", NULL },
		{ "icmpv6 type 133 ip6 length 16 @th,64,64", "0x0101" },
		{ "icmpv6 type { 135, 136 } ip6 length 24", NULL },
		{ "icmpv6 type 135 ip6 length 32 @th,192,64", "0x0101" },
		{ "icmpv6 type 136 ip6 length 32 @th,192,64", "0x0201" },
		/* A nonce: one looks whether an address is free. */
		{ "icmpv6 type 135 ip6 length 32 @th,192,16 0x0e01", NULL },
	};

	drop(w, "guard-nd", "ip6 nexthdr != 58",
	     HAS(w->guards, MAC) ? VFR_GUARD_MAC : VFR_GUARD_IP);
	if (w->known)
		add(w, "guard-nd", "icmpv6 type 136 jump guard-na");
	if (!HAS(w->guards, MAC))
		return;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		fprintf(w->out, "add rule %s guard-nd %s%s%s%s return\n", w->table, forms[i].match,
			forms[i].option ? " " : "", forms[i].option ? forms[i].option : "",
			forms[i].option ? w->mac_digits : "");
	drop(w, "guard-nd", "", VFR_GUARD_MAC);
}

/* Which addresses the guest may say that it has. */
static void put_na(const struct writing *w)
{
	add(w, "guard-na", "@th,64,16 & 0xffc0 == 0xfe80 return");
	for (unsigned int i = 0; i < w->ip6.nr; i++) {
		const struct vfr_range *range = &w->ip6.ranges[i];

		fprintf(w->out, "add rule %s guard-na @th,64,128 >= 0x", w->table);
		for (unsigned int j = 0; j < 16; j++)
			fprintf(w->out, "%02x", range->low[j]);
		fprintf(w->out, " @th,64,128 <= 0x");
		for (unsigned int j = 0; j < 16; j++)
			fprintf(w->out, "%02x", range->high[j]);
		fprintf(w->out, " return\n");
	}
	drop(w, "guard-na", "", VFR_GUARD_IP);
}

static void put_ip6(const struct writing *w)
{
	if (HAS(w->guards, FRAMES)) {
		drop(w, "guard-ip6", "frag nexthdr { 0, 43, 44, 51, 60, 135, 139, 140 }",
		     VFR_GUARD_FRAMES);
		drop(w, "guard-ip6", "exthdr rt exists", VFR_GUARD_FRAMES);
	}
	if (HAS(w->guards, RA))
		drop(w, "guard-ip6", "icmpv6 type { 134, 137 }", VFR_GUARD_RA);
	if (HAS(w->guards, DHCP))
		drop(w, "guard-ip6", "udp dport 546", VFR_GUARD_DHCP);
	if (w->known) {
		fprintf(w->out, "add rule %s guard-ip6 ip6 saddr != fe80::/10 ip6 saddr != ::",
			w->table);
		if (w->has_ip6) {
			fprintf(w->out, " ip6 saddr != ");
			vfr_put_ranges(w->out, &w->ip6, VFR_SRC, AF_INET6);
		}
		fprintf(w->out, " counter name \"guard-ip\" drop\n");
	}
	if (HAS(w->guards, MAC) || w->known)
		add(w, "guard-ip6", "icmpv6 type { 133, 135, 136 } goto guard-nd");
}

void vfr_guard_put(FILE *out, uint32_t guards, const struct vfr_vif *vif, const char *table)
{
	/* Each before those that lead to it. */
	static const char *const chains[] = {
		"guard-na", "guard-nd", "guard-arp", "guard-ip4", "guard-ip6", "guard",
	};
	struct writing w = { .out = out, .guards = guards, .vif = vif, .table = table };
	const uint8_t *mac = vif->mac;

	w.known = HAS(guards, IP) && vif->ip;
	if (w.known) {
		w.has_ip4 = vfr_addresses(vif, AF_INET, &w.ip4);
		w.has_ip6 = vfr_addresses(vif, AF_INET6, &w.ip6);
	}
	snprintf(w.mac, sizeof(w.mac), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	snprintf(w.mac_digits, sizeof(w.mac_digits), "%02x%02x%02x%02x%02x%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
	for (unsigned int i = 0; i < VFR_NR_GUARDS; i++)
		fprintf(out, "add counter %s guard-%s\n", table, vfr_guards[i]);
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
		fprintf(out, "add chain %s %s\nflush chain %s %s\n", table, chains[i], table,
			chains[i]);
	if (!guards)
		return;
	put_guard(&w);
	if (HAS(guards, MAC) || HAS(guards, IP))
		put_arp(&w);
	put_ip4(&w);
	put_ip6(&w);
	if (HAS(guards, MAC) || w.known)
		put_nd(&w);
	if (w.known)
		put_na(&w);
	free(w.ip4.ranges);
	free(w.ip6.ranges);
}
