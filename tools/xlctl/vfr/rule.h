/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule - one rule of the virtual firewall-router
 *
 *	DIRECTION ACTION [ARGUMENT] [[not] PATTERN VALUE[,VALUE]...]...
 *	out drop proto tcp dport 25,465 not dst 192.0.2.0/24
 *
 * A packet matches if all patterns do; a pattern does if one of its values does. xlctl-vfr(8) has
 * all words.
 */
#ifndef XLCTL_VFR_RULE_H
#define XLCTL_VFR_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VFR_MAX_RULE	8192U	/* bytes of a rule's text */
#define VFR_MAX_VALUES	1024U	/* of one pattern */
#define VFR_DEVICE_NAME	16U	/* see IF_NAMESIZE */

enum vfr_direction {
	VFR_OUT,		/* from the guest */
	VFR_IN,			/* to the guest */
	VFR_NR_DIRECTIONS,
};

enum vfr_action {
	VFR_ACCEPT,
	VFR_DROP,
	VFR_REJECT,
	VFR_LOG,
	VFR_LIMIT,
	VFR_MIRROR,
	VFR_REDIRECT,
	VFR_SNAT,
	VFR_DNAT,
	VFR_MASQUERADE,
	VFR_NR_ACTIONS,
};

enum vfr_key {
	VFR_SMAC,
	VFR_DMAC,
	VFR_TYPE,
	VFR_VLAN,
	VFR_SRC,
	VFR_DST,
	VFR_PROTO,
	VFR_SPORT,
	VFR_DPORT,
	VFR_ICMP,
	VFR_ICMP6,
	VFR_STATE,
	VFR_RATE,
	VFR_NR_KEYS,
};

/* Bits of a VFR_STATE. */
#define VFR_NEW		(1U << 0)
#define VFR_ESTABLISHED	(1U << 1)
#define VFR_RELATED	(1U << 2)
#define VFR_INVALID	(1U << 3)
#define VFR_UNTRACKED	(1U << 4)

/**
 * struct vfr_range - values from one to another, both included
 * @low: the first, most significant byte first
 * @high: the last
 */
struct vfr_range {
	uint8_t low[16];
	uint8_t high[16];
};

/**
 * struct vfr_rate - packets in a time
 * @packets: how many
 * @unit: of the time: 's', 'm' or 'h'
 * @burst: how many at once
 */
struct vfr_rate {
	uint32_t packets;
	char unit;
	uint32_t burst;
};

/**
 * struct vfr_pattern - what a packet has to be like
 * @used: the rule has it
 * @negated: it matches what has none of the values
 * @nr: ranges of values: in order, apart from each other
 * @ranges: each; numbers are in the last bytes
 * @states: of VFR_STATE
 * @rate: of VFR_RATE
 */
struct vfr_pattern {
	bool used;
	bool negated;
	unsigned int nr;
	struct vfr_range *ranges;
	uint32_t states;
	struct vfr_rate rate;
};

/**
 * struct vfr_rule - a rule
 * @text: as it was written, with one blank between words
 * @id: what its counter is called by: no other rule of the interface has had it
 * @direction: of the packets
 * @action: what is done with them
 * @family: AF_INET or AF_INET6, if it is for one of them alone; else 0
 * @device: of VFR_MIRROR and VFR_REDIRECT
 * @rate: of VFR_LIMIT
 * @address: of VFR_SNAT and VFR_DNAT; of @family
 * @port: of those; 0: as it was
 * @patterns: by enum vfr_key
 */
struct vfr_rule {
	char *text;
	uint32_t id;
	enum vfr_direction direction;
	enum vfr_action action;
	int family;
	char device[VFR_DEVICE_NAME];
	struct vfr_rate rate;
	uint8_t address[16];
	uint16_t port;
	struct vfr_pattern patterns[VFR_NR_KEYS];
};

/**
 * vfr_rule_parse() - read a rule
 * @rule: filled in; to be given to vfr_rule_free() whatever came back
 * @text: the rule
 * @why: receives which word is wrong and what was expected, to be freed by the caller; else NULL
 *
 * Return: 0, or -EINVAL.
 */
int vfr_rule_parse(struct vfr_rule *rule, const char *text, char **why);

/**
 * vfr_rule_free() - free what a rule holds; all zero afterwards
 * @rule: from vfr_rule_parse()
 */
void vfr_rule_free(struct vfr_rule *rule);

/**
 * vfr_rule_translates() - is it one of the translations, which have chains of their own
 * @rule: the rule
 */
bool vfr_rule_translates(const struct vfr_rule *rule);

/**
 * vfr_key_bytes() - size of a pattern's values
 * @key: the pattern
 * @family: of the rule
 *
 * Return: bytes, at the end of each value of a range.
 */
size_t vfr_key_bytes(enum vfr_key key, int family);

extern const char *const vfr_directions[VFR_NR_DIRECTIONS];
extern const char *const vfr_actions[VFR_NR_ACTIONS];
extern const char *const vfr_keys[VFR_NR_KEYS];

/**
 * vfr_find_word() - the number of a word in a list
 * @words: the list
 * @nr: its length
 * @word: what is looked for
 *
 * Return: its index, or -1.
 */
int vfr_find_word(const char *const *words, size_t nr, const char *word);

#endif /* XLCTL_VFR_RULE_H */
