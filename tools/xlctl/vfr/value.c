// SPDX-License-Identifier: GPL-2.0-only
/* The values of patterns: each becomes a range of bytes, most significant first; see value.h. */
#include "vfr/value.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"

#define DIGITS		"0123456789"
#define HEX_DIGITS	DIGITS "abcdefABCDEF"

#define MAX_RATE	10000000U

struct name {
	const char *name;
	uint32_t number;
};

static const struct name types[] = {
	{ "ip", 0x0800 }, { "arp", 0x0806 }, { "ip6", 0x86dd }, { "ipv4", 0x0800 },
	{ "ipv6", 0x86dd }, { NULL, 0 },
};

static const struct name protocols[] = {
	{ "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "icmp6", 58 }, { "icmpv6", 58 },
	{ "igmp", 2 }, { "gre", 47 }, { "esp", 50 }, { "ah", 51 }, { "sctp", 132 },
	{ "udplite", 136 }, { NULL, 0 },
};

static const struct name icmp_types[] = {
	{ "echo-reply", 0 }, { "unreachable", 3 }, { "redirect", 5 }, { "echo-request", 8 },
	{ "time-exceeded", 11 }, { "parameter-problem", 12 }, { "timestamp-request", 13 },
	{ "timestamp-reply", 14 }, { NULL, 0 },
};

static const struct name icmp6_types[] = {
	{ "unreachable", 1 }, { "packet-too-big", 2 }, { "time-exceeded", 3 },
	{ "parameter-problem", 4 }, { "echo-request", 128 }, { "echo-reply", 129 },
	{ "router-solicit", 133 }, { "router-advert", 134 }, { "neighbour-solicit", 135 },
	{ "neighbour-advert", 136 }, { "redirect", 137 }, { NULL, 0 },
};

static const struct name states[] = {
	{ "new", VFR_NEW }, { "established", VFR_ESTABLISHED }, { "related", VFR_RELATED },
	{ "invalid", VFR_INVALID }, { "untracked", VFR_UNTRACKED }, { NULL, 0 },
};

/* What the values of each pattern may be. */
static const struct {
	const struct name *names;
	uint32_t min, max;
	const char *expected;
} numbers[VFR_NR_KEYS] = {
	[VFR_TYPE] = { types, 0x600, 0xffff, "ip, ip6, arp, or an EtherType such as 0x88cc" },
	[VFR_VLAN] = { NULL, 0, 4095, "a number of a VLAN, 0 to 4095, or a range" },
	[VFR_PROTO] = { protocols, 0, 254,
		"tcp, udp, icmp, icmp6 or another protocol, or its number, 0 to 254" },
	[VFR_SPORT] = { NULL, 0, 65535, "a port, 0 to 65535, or a range such as 1024-65535" },
	[VFR_DPORT] = { NULL, 0, 65535, "a port, 0 to 65535, or a range such as 1024-65535" },
	[VFR_ICMP] = { icmp_types, 0, 255, "a type of ICMP such as echo-request, or its number" },
	[VFR_ICMP6] = { icmp6_types, 0, 255,
		"a type of ICMPv6 such as echo-request, or its number" },
};

static bool find_name(const struct name *names, const char *word, uint32_t *number)
{
	for (; names && names->name; names++) {
		if (!strcmp(names->name, word)) {
			*number = names->number;
			return true;
		}
	}
	return false;
}

/* A number, in decimal or with 0x, and nothing else. */
static bool read_number(const char *text, uint32_t min, uint32_t max, uint32_t *number)
{
	bool hex = text[0] == '0' && text[1] == 'x';
	const char *digits = hex ? text + 2 : text;

	if (!*digits || strlen(digits) > (hex ? 7 : 9) ||
	    strspn(digits, hex ? HEX_DIGITS : DIGITS) != strlen(digits))
		return false;
	*number = (uint32_t)strtoul(digits, NULL, hex ? 16 : 10);
	return *number >= min && *number <= max;
}

static void set_number(uint8_t bytes[16], uint32_t number)
{
	for (unsigned int i = 0; i < 4; i++)
		bytes[15 - i] = (uint8_t)(number >> 8 * i);
}

static bool number_range(enum vfr_key key, char *word, struct vfr_range *range)
{
	uint32_t low, high;
	char *dash;

	if (find_name(numbers[key].names, word, &low)) {
		high = low;
	} else {
		dash = strchr(word, '-');
		if (dash)
			*dash = '\0';
		if (!read_number(word, numbers[key].min, numbers[key].max, &low))
			return false;
		high = low;
		if (dash && !read_number(dash + 1, low, numbers[key].max, &high))
			return false;
	}
	set_number(range->low, low);
	set_number(range->high, high);
	return true;
}

static bool mac_range(const char *word, struct vfr_range *range)
{
	for (unsigned int i = 0; i < 6; i++) {
		size_t length = strspn(word, HEX_DIGITS);

		if (length < 1 || length > 2 || word[length] != (i < 5 ? ':' : '\0'))
			return false;
		range->low[10 + i] = (uint8_t)strtoul(word, NULL, 16);
		word += length + 1;
	}
	memcpy(range->high, range->low, sizeof(range->high));
	return true;
}

/* An address at the end of 16 bytes.  Return: its family, or 0. */
static int read_address(const char *text, uint8_t bytes[16])
{
	if (strchr(text, ':'))
		return inet_pton(AF_INET6, text, bytes) == 1 ? AF_INET6 : 0;
	return inet_pton(AF_INET, text, bytes + 12) == 1 ? AF_INET : 0;
}

static bool prefix_range(struct vfr_rule *rule, char *word, struct vfr_range *range)
{
	char *slash = strchr(word, '/');
	unsigned int bits, first;
	uint32_t length;
	int family;

	if (slash)
		*slash = '\0';
	family = read_address(word, range->low);
	if (!family)
		return false;
	bits = family == AF_INET ? 32 : 128;
	length = bits;
	if (slash && !read_number(slash + 1, 0, bits, &length))
		return false;
	if (rule->family && rule->family != family)
		return false;
	rule->family = family;
	memcpy(range->high, range->low, sizeof(range->high));
	first = 128 - bits + length;
	for (unsigned int bit = first; bit < 128; bit++) {
		range->low[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
		range->high[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	return true;
}

static int compare(const void *a, const void *b)
{
	return memcmp(((const struct vfr_range *)a)->low, ((const struct vfr_range *)b)->low, 16);
}

/* One that overlaps another would be refused by the kernel's sets. */
static void merge(struct vfr_pattern *pattern)
{
	unsigned int nr = 0;

	qsort(pattern->ranges, pattern->nr, sizeof(*pattern->ranges), compare);
	for (unsigned int i = 0; i < pattern->nr; i++) {
		struct vfr_range *last = nr ? &pattern->ranges[nr - 1] : NULL;

		if (last && memcmp(pattern->ranges[i].low, last->high, 16) <= 0) {
			if (memcmp(pattern->ranges[i].high, last->high, 16) > 0)
				memcpy(last->high, pattern->ranges[i].high, 16);
		} else {
			pattern->ranges[nr++] = pattern->ranges[i];
		}
	}
	pattern->nr = nr;
}

static char *address_expected(const struct vfr_rule *rule)
{
	if (rule->family == AF_INET)
		return msg_text("expected an address or prefix of IPv4, as the rule has another one");
	if (rule->family == AF_INET6)
		return msg_text("expected an address or prefix of IPv6, as the rule has another one");
	return msg_text("expected an address or a prefix such as 192.0.2.0/24 or 2001:db8::/32");
}

static char *read_one(struct vfr_rule *rule, enum vfr_key key, char *word)
{
	struct vfr_pattern *pattern = &rule->patterns[key];
	struct vfr_range range = { .low = { 0 } };
	char *copy = msg_text("%s", word), *why = NULL;
	uint32_t state;
	bool good;

	if (key == VFR_STATE) {
		good = find_name(states, word, &state);
		if (good)
			pattern->states |= state;
		else
			why = msg_text("'%s': expected new, established, related, invalid or untracked",
				       word);
		free(copy);
		return why;
	}
	if (key == VFR_SRC || key == VFR_DST)
		good = prefix_range(rule, copy, &range);
	else if (key == VFR_SMAC || key == VFR_DMAC)
		good = mac_range(copy, &range);
	else
		good = number_range(key, copy, &range);
	free(copy);
	if (good) {
		pattern->ranges[pattern->nr++] = range;
		return NULL;
	}
	if (key == VFR_SMAC || key == VFR_DMAC)
		return msg_text("'%s': expected six bytes such as 00:16:3e:00:00:01", word);
	if (key == VFR_SRC || key == VFR_DST) {
		copy = address_expected(rule);
		why = msg_text("'%s': %s", word, copy);
		free(copy);
		return why;
	}
	return msg_text("'%s': expected %s", word, numbers[key].expected);
}

char *vfr_value_list(struct vfr_rule *rule, enum vfr_key key, const char *text)
{
	struct vfr_pattern *pattern = &rule->patterns[key];
	unsigned int nr = 1;
	char *copy, *rest, *word, *why = NULL;

	for (const char *p = text; *p; p++)
		nr += *p == ',';
	if (nr > VFR_MAX_VALUES)
		return msg_text("'%s': expected at most %u values", vfr_keys[key], VFR_MAX_VALUES);
	pattern->ranges = calloc(nr, sizeof(*pattern->ranges));
	copy = strdup(text);
	if (!pattern->ranges || !copy)
		msg_out_of_memory();
	rest = copy;
	while (!why && (word = strsep(&rest, ",")))
		why = read_one(rule, key, word);
	free(copy);
	if (!why)
		merge(pattern);
	return why;
}

bool vfr_value_rate(struct vfr_rate *rate, const char *text)
{
	static const struct name units[] = {
		{ "s", 's' }, { "sec", 's' }, { "second", 's' }, { "m", 'm' }, { "min", 'm' },
		{ "minute", 'm' }, { "h", 'h' }, { "hour", 'h' }, { NULL, 0 },
	};
	char *copy = msg_text("%s", text), *slash = strchr(copy, '/'), *colon = NULL;
	uint32_t unit = 0;
	bool good = slash;

	if (slash) {
		*slash = '\0';
		colon = strchr(slash + 1, ':');
		if (colon)
			*colon = '\0';
		good = read_number(copy, 1, MAX_RATE, &rate->packets) &&
		       find_name(units, slash + 1, &unit);
	}
	rate->unit = (char)unit;
	/* What comes within a tenth of a second comes at once, as far as a guest can tell. */
	rate->burst = unit == 's' && rate->packets > 50 ? rate->packets / 10 : 5;
	if (good && colon)
		good = read_number(colon + 1, 1, MAX_RATE, &rate->burst);
	free(copy);
	return good;
}

bool vfr_value_target(struct vfr_rule *rule, const char *text)
{
	char *copy = msg_text("%s", text), *address = copy, *port = NULL;
	uint32_t number = 0;
	bool good = true;
	int family;

	if (*copy == '[') {
		address++;
		port = strchr(address, ']');
		good = port && (!port[1] || port[1] == ':');
		if (good) {
			*port = '\0';
			port = port[1] ? port + 2 : NULL;
		}
	} else if (strchr(copy, ':') && strchr(copy, ':') == strrchr(copy, ':')) {
		port = strchr(copy, ':');
		*port++ = '\0';
	}
	family = good ? read_address(address, rule->address) : 0;
	good = family && (!port || read_number(port, 1, 65535, &number));
	rule->port = (uint16_t)number;
	rule->family = family;
	free(copy);
	return good;
}
