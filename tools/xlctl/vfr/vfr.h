/* SPDX-License-Identifier: GPL-2.0-only */
/* vfr - what the virtual firewall-router does with the packets of one interface */
#ifndef XLCTL_VFR_H
#define XLCTL_VFR_H

#include "vfr/rule.h"

#define VFR_MAX_RULES	1024U	/* of an interface */

/* What a guest is kept from doing. */
enum vfr_guard {
	VFR_GUARD_MAC,		/* send from another MAC address, or say that it has one */
	VFR_GUARD_IP,		/* the same of IP addresses, where ip= says which it has */
	VFR_GUARD_DHCP,		/* serve DHCP */
	VFR_GUARD_RA,		/* pretend to be a router of IPv6, or know of a better one */
	VFR_GUARD_FRAMES,	/* send what is neither IP nor ARP, or would not be seen as it is */
	VFR_NR_GUARDS,
};

extern const char *const vfr_guards[VFR_NR_GUARDS];

/**
 * struct vfr - rules of an interface
 * @guards: a bit for each enum vfr_guard
 * @policy: VFR_ACCEPT or VFR_DROP, for what no rule decides
 * @nr: rules
 * @rules: each, in order
 * @next_id: what the next rule is called
 */
struct vfr {
	uint32_t guards;
	enum vfr_action policy[VFR_NR_DIRECTIONS];
	unsigned int nr;
	struct vfr_rule *rules;
	uint32_t next_id;
};

/**
 * vfr_init() - all guards, no rule
 * @vfr: filled in; for vfr_free()
 */
void vfr_init(struct vfr *vfr);

/**
 * vfr_free() - free what it holds
 * @vfr: from vfr_init()
 */
void vfr_free(struct vfr *vfr);

/**
 * vfr_insert() - one more rule
 * @vfr: the rules
 * @at: what is to be its number, from 0; more than there are: the last
 * @text: the rule
 * @why: receives what is wrong with it, with the word, to be freed by the caller; else NULL
 *
 * Return: 0 or -EINVAL.
 */
int vfr_insert(struct vfr *vfr, unsigned int at, const char *text, char **why);

/**
 * vfr_remove() - one rule less
 * @vfr: the rules
 * @at: its number, from 0
 */
void vfr_remove(struct vfr *vfr, unsigned int at);

/**
 * vfr_statement() - do what a line of a configuration says
 * @vfr: the rules
 * @text: a rule, which is the last one then; "policy in|out accept|drop"; "guard none|all|NAME,..."
 * @why: receives what is wrong with it, to be freed by the caller; else NULL
 *
 * Return: 0 or -EINVAL.
 */
int vfr_statement(struct vfr *vfr, const char *text, char **why);

/**
 * vfr_guards_text() - the guards, as "guard" takes them
 * @vfr: the rules
 *
 * Return: a string, to be freed by the caller.
 */
char *vfr_guards_text(const struct vfr *vfr);

/**
 * vfr_each() - the statements that make the same of vfr_init()
 * @vfr: the rules
 * @call: called for each
 * @ctx: its first argument
 */
void vfr_each(const struct vfr *vfr, void (*call)(void *ctx, const char *statement), void *ctx);

/**
 * vfr_copy() - a copy, with the same names of rules
 * @to: receives it; for vfr_free()
 * @from: from vfr_init()
 */
void vfr_copy(struct vfr *to, const struct vfr *from);

/**
 * vfr_is_default() - nothing was said
 * @vfr: the rules
 */
bool vfr_is_default(const struct vfr *vfr);

#endif /* XLCTL_VFR_H */
