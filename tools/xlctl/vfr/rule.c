// SPDX-License-Identifier: GPL-2.0-only
/* The language of rules; see rule.h. */
#include "vfr/rule.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"
#include "vfr/value.h"

#define LENGTH(array)	(sizeof(array) / sizeof((array)[0]))

/* What nftables takes between quotes and does not read as a pattern. */
#define DEVICE_CHARS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-@"

const char *const vfr_directions[VFR_NR_DIRECTIONS] = { "out", "in" };

const char *const vfr_actions[VFR_NR_ACTIONS] = {
	"accept", "drop", "reject", "log", "limit", "mirror", "redirect", "snat", "dnat",
	"masquerade",
};

const char *const vfr_keys[VFR_NR_KEYS] = {
	"smac", "dmac", "type", "vlan", "src", "dst", "proto", "sport", "dport", "icmp", "icmp6",
	"state", "rate",
};

struct reading {
	struct vfr_rule *rule;
	char *why;
};

static void __attribute__((format(printf, 2, 3))) fail(struct reading *r, const char *format, ...)
{
	va_list args;

	/* What comes after an error may be nothing but its consequence. */
	if (r->why)
		return;
	va_start(args, format);
	if (vasprintf(&r->why, format, args) < 0)
		msg_out_of_memory();
	va_end(args);
}

int vfr_find_word(const char *const *words, size_t nr, const char *word)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(words[i], word))
			return (int)i;
	return -1;
}

bool vfr_rule_translates(const struct vfr_rule *rule)
{
	return rule->action >= VFR_SNAT;
}

size_t vfr_key_bytes(enum vfr_key key, int family)
{
	switch (key) {
	case VFR_SMAC:
	case VFR_DMAC:
		return 6;
	case VFR_SRC:
	case VFR_DST:
		return family == AF_INET6 ? 16 : 4;
	default:
		return 4;
	}
}

static char *join(const char *const *words, size_t nr)
{
	char *text = msg_text("%s", words[0]), *longer;

	for (size_t i = 1; i < nr; i++) {
		longer = msg_text("%s%s%s", text, i + 1 < nr ? ", " : " or ", words[i]);
		free(text);
		text = longer;
	}
	return text;
}

/* A word that is none of a list. */
static void refuse(struct reading *r, const char *word, const char *what, const char *const *words,
		   size_t nr)
{
	const char *near = msg_nearest(word, words, nr, sizeof(*words));
	char *list = join(words, nr);

	if (near)
		fail(r, "'%s': expected %s: did you mean '%s'?", word, what, near);
	else
		fail(r, "'%s': expected %s: %s", word, what, list);
	free(list);
}

static char *next_word(char **rest)
{
	char *word;

	while ((word = strsep(rest, " \t\n")))
		if (*word)
			return word;
	return NULL;
}

static void read_device(struct reading *r, const char *word)
{
	size_t length = strlen(word);

	if (length >= VFR_DEVICE_NAME || strspn(word, DEVICE_CHARS) != length ||
	    !strcmp(word, ".") || !strcmp(word, "..")) {
		fail(r, "'%s': expected the name of a network device of the host's, such as vif7.0",
		     word);
		return;
	}
	memcpy(r->rule->device, word, length + 1);
}

static void read_argument(struct reading *r, char **rest)
{
	const char *action = vfr_actions[r->rule->action], *word;

	switch (r->rule->action) {
	case VFR_LIMIT:
		word = next_word(rest);
		if (!word || !vfr_value_rate(&r->rule->rate, word))
			fail(r, "'%s': " VFR_RATE_EXPECTED, word ? word : action);
		break;
	case VFR_MIRROR:
	case VFR_REDIRECT:
		word = next_word(rest);
		if (word)
			read_device(r, word);
		else
			fail(r, "'%s': expected the name of a network device behind it", action);
		break;
	case VFR_SNAT:
	case VFR_DNAT:
		word = next_word(rest);
		if (!word || !vfr_value_target(r->rule, word))
			fail(r, "'%s': expected an address, perhaps with a port: 192.0.2.1, 192.0.2.1:80, 2001:db8::1 or [2001:db8::1]:80",
			     word ? word : action);
		break;
	default:
		break;
	}
}

static void read_pattern(struct reading *r, const char *word, char **rest)
{
	bool negated = !strcmp(word, "not");
	struct vfr_pattern *pattern;
	const char *value;
	int key;

	if (negated) {
		word = next_word(rest);
		if (!word) {
			fail(r, "'not': expected a pattern behind it");
			return;
		}
	}
	key = vfr_find_word(vfr_keys, VFR_NR_KEYS, word);
	if (key < 0) {
		refuse(r, word, "a pattern", vfr_keys, VFR_NR_KEYS);
		return;
	}
	pattern = &r->rule->patterns[key];
	if (pattern->used) {
		fail(r, "'%s': expected only once; several values stand between commas", word);
		return;
	}
	pattern->used = true;
	pattern->negated = negated;
	value = next_word(rest);
	if (!value) {
		fail(r, "'%s': expected a value behind it", word);
	} else if (key == VFR_RATE) {
		if (!vfr_value_rate(&pattern->rate, value))
			fail(r, "'%s': " VFR_RATE_EXPECTED, value);
	} else {
		char *why = vfr_value_list(r->rule, (enum vfr_key)key, value);

		if (why)
			fail(r, "%s", why);
		free(why);
	}
}

static bool is_only(const struct vfr_pattern *pattern, uint32_t number)
{
	return pattern->used && !pattern->negated && pattern->nr == 1 &&
	       !memcmp(pattern->ranges[0].low, pattern->ranges[0].high, 16) &&
	       pattern->ranges[0].low[15] == (number & 0xff) &&
	       pattern->ranges[0].low[14] == number >> 8;
}

/* Protocols whose header begins with two ports. */
static bool has_ports(const struct vfr_pattern *proto)
{
	if (!proto->used || proto->negated)
		return false;
	for (unsigned int i = 0; i < proto->nr; i++) {
		uint8_t low = proto->ranges[i].low[15];

		if (low != proto->ranges[i].high[15] ||
		    (low != 6 && low != 17 && low != 132 && low != 136))
			return false;
	}
	return true;
}

/* The family that a word of the rule means, besides those of addresses. */
static void set_family(struct reading *r, int family, const char *word)
{
	if (r->rule->family && r->rule->family != family)
		fail(r, "'%s': expected what goes with the rule's addresses of IPv%d", word,
		     family == AF_INET ? 6 : 4);
	r->rule->family = family;
}

static void check_protocol(struct reading *r)
{
	const struct vfr_pattern *p = r->rule->patterns;
	bool ports = p[VFR_SPORT].used || p[VFR_DPORT].used;

	if (ports && !has_ports(&p[VFR_PROTO]))
		fail(r, "'%s': expected with it 'proto tcp', 'proto udp' or another that has ports",
		     vfr_keys[p[VFR_SPORT].used ? VFR_SPORT : VFR_DPORT]);
	if (p[VFR_ICMP].used && p[VFR_ICMP6].used)
		fail(r, "'icmp6': expected without 'icmp': no packet is both");
	if (p[VFR_ICMP].used && p[VFR_PROTO].used && !is_only(&p[VFR_PROTO], 1))
		fail(r, "'icmp': expected with no other protocol");
	if (p[VFR_ICMP6].used && p[VFR_PROTO].used && !is_only(&p[VFR_PROTO], 58))
		fail(r, "'icmp6': expected with no other protocol");
}

static void check_family(struct reading *r)
{
	const struct vfr_pattern *p = r->rule->patterns;

	if (p[VFR_ICMP].used)
		set_family(r, AF_INET, "icmp");
	if (p[VFR_ICMP6].used)
		set_family(r, AF_INET6, "icmp6");
	if (is_only(&p[VFR_TYPE], 0x0800))
		set_family(r, AF_INET, "type");
	else if (is_only(&p[VFR_TYPE], 0x86dd))
		set_family(r, AF_INET6, "type");
	else if (p[VFR_TYPE].used && !p[VFR_TYPE].negated && r->rule->family)
		fail(r, "'type': expected what goes with the rule's addresses of IPv%d",
		     r->rule->family == AF_INET ? 4 : 6);
}

static void check_translation(struct reading *r)
{
	static const enum vfr_key refused[] = {
		VFR_SMAC, VFR_DMAC, VFR_TYPE, VFR_VLAN, VFR_STATE, VFR_RATE,
	};
	const struct vfr_rule *rule = r->rule;

	if (!vfr_rule_translates(rule))
		return;
	for (size_t i = 0; i < LENGTH(refused); i++)
		if (rule->patterns[refused[i]].used)
			fail(r, "'%s': expected none with '%s', which is for connections of IP",
			     vfr_keys[refused[i]], vfr_actions[rule->action]);
	if (rule->port && !has_ports(&rule->patterns[VFR_PROTO]))
		fail(r, "'%s': expected, for its port, 'proto tcp', 'proto udp' or another that has ports",
		     vfr_actions[rule->action]);
}

static char *squeeze(const char *text)
{
	char *copy = malloc(strlen(text) + 1), *to = copy;
	bool blank = true;

	if (!copy)
		msg_out_of_memory();
	for (; *text; text++) {
		bool is_blank = strchr(" \t\n", *text);

		if (!is_blank || !blank)
			*to++ = is_blank ? ' ' : *text;
		blank = is_blank;
	}
	if (to > copy && to[-1] == ' ')
		to--;
	*to = '\0';
	return copy;
}

static void read_rule(struct reading *r, char *rest)
{
	char *word = next_word(&rest);
	int number;

	number = word ? vfr_find_word(vfr_directions, VFR_NR_DIRECTIONS, word) : -1;
	if (number < 0) {
		fail(r, "'%s': expected a direction: out, from the guest, or in, to it",
		     word ? word : "");
		return;
	}
	r->rule->direction = (enum vfr_direction)number;
	word = next_word(&rest);
	number = word ? vfr_find_word(vfr_actions, VFR_NR_ACTIONS, word) : -1;
	if (number < 0) {
		refuse(r, word ? word : "", "an action", vfr_actions, VFR_NR_ACTIONS);
		return;
	}
	r->rule->action = (enum vfr_action)number;
	read_argument(r, &rest);
	while (!r->why && (word = next_word(&rest)))
		read_pattern(r, word, &rest);
	if (r->why)
		return;
	check_protocol(r);
	check_family(r);
	check_translation(r);
}

int vfr_rule_parse(struct vfr_rule *rule, const char *text, char **why)
{
	struct reading r = { .rule = rule };
	char *copy;

	memset(rule, 0, sizeof(*rule));
	*why = NULL;
	if (strlen(text) > VFR_MAX_RULE) {
		*why = msg_text("expected at most %u bytes", VFR_MAX_RULE);
		return -EINVAL;
	}
	rule->text = squeeze(text);
	copy = msg_text("%s", rule->text);
	read_rule(&r, copy);
	free(copy);
	*why = r.why;
	return r.why ? -EINVAL : 0;
}

void vfr_rule_free(struct vfr_rule *rule)
{
	free(rule->text);
	for (unsigned int i = 0; i < VFR_NR_KEYS; i++)
		free(rule->patterns[i].ranges);
	memset(rule, 0, sizeof(*rule));
}
