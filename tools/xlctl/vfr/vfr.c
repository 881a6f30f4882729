// SPDX-License-Identifier: GPL-2.0-only
/* The rules of one interface, and what else is said of it; see vfr.h. */
#include "vfr/vfr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"

#define ALL_GUARDS	((1U << VFR_NR_GUARDS) - 1)

const char *const vfr_guards[VFR_NR_GUARDS] = { "mac", "ip", "dhcp", "ra", "frames" };

void vfr_init(struct vfr *vfr)
{
	memset(vfr, 0, sizeof(*vfr));
	vfr->guards = ALL_GUARDS;
	vfr->policy[VFR_OUT] = VFR_ACCEPT;
	vfr->policy[VFR_IN] = VFR_ACCEPT;
	vfr->next_id = 1;
}

void vfr_free(struct vfr *vfr)
{
	for (unsigned int i = 0; i < vfr->nr; i++)
		vfr_rule_free(&vfr->rules[i]);
	free(vfr->rules);
	memset(vfr, 0, sizeof(*vfr));
}

int vfr_insert(struct vfr *vfr, unsigned int at, const char *text, char **why)
{
	struct vfr_rule rule;

	*why = NULL;
	if (vfr->nr == VFR_MAX_RULES) {
		*why = msg_text("expected at most %u rules of an interface", VFR_MAX_RULES);
		return -EINVAL;
	}
	if (vfr_rule_parse(&rule, text, why)) {
		vfr_rule_free(&rule);
		return -EINVAL;
	}
	vfr->rules = reallocarray(vfr->rules, vfr->nr + 1, sizeof(*vfr->rules));
	if (!vfr->rules)
		msg_out_of_memory();
	if (at > vfr->nr)
		at = vfr->nr;
	memmove(&vfr->rules[at + 1], &vfr->rules[at], (vfr->nr - at) * sizeof(*vfr->rules));
	rule.id = vfr->next_id++;
	vfr->rules[at] = rule;
	vfr->nr++;
	return 0;
}

void vfr_remove(struct vfr *vfr, unsigned int at)
{
	vfr_rule_free(&vfr->rules[at]);
	vfr->nr--;
	memmove(&vfr->rules[at], &vfr->rules[at + 1], (vfr->nr - at) * sizeof(*vfr->rules));
}

static int read_policy(struct vfr *vfr, char *rest, char **why)
{
	const char *direction = strsep(&rest, " \t"), *action = rest ? strsep(&rest, " \t") : NULL;
	int number = direction ? vfr_find_word(vfr_directions, VFR_NR_DIRECTIONS, direction) : -1;

	if (number < 0) {
		*why = msg_text("'%s': expected a direction, out or in, behind 'policy'",
				direction ? direction : "policy");
		return -EINVAL;
	}
	if (!action || rest || (strcmp(action, "accept") && strcmp(action, "drop"))) {
		*why = msg_text("'%s': expected accept or drop, and nothing behind it",
				rest ? rest : action ? action : direction);
		return -EINVAL;
	}
	vfr->policy[number] = !strcmp(action, "drop") ? VFR_DROP : VFR_ACCEPT;
	return 0;
}

static int read_guard(struct vfr *vfr, char *rest, char **why)
{
	uint32_t guards = 0;
	const char *word;
	int number;

	if (!strcmp(rest, "all") || !strcmp(rest, "none")) {
		vfr->guards = *rest == 'a' ? ALL_GUARDS : 0;
		return 0;
	}
	while ((word = strsep(&rest, ","))) {
		number = vfr_find_word(vfr_guards, VFR_NR_GUARDS, word);
		if (number < 0) {
			*why = msg_text("'%s': expected all, none, or some of mac, ip, dhcp, ra and frames, with commas between them",
					word);
			return -EINVAL;
		}
		guards |= 1U << number;
	}
	vfr->guards = guards;
	return 0;
}

int vfr_statement(struct vfr *vfr, const char *text, char **why)
{
	char *copy, *rest, *end;
	const char *word;
	int error;

	*why = NULL;
	text += strspn(text, " \t\n");
	copy = strdup(text);
	if (!copy)
		msg_out_of_memory();
	for (end = copy + strlen(copy); end > copy && strchr(" \t\n", end[-1]); end--)
		end[-1] = '\0';
	rest = copy;
	word = strsep(&rest, " \t");
	if (rest)
		rest += strspn(rest, " \t");
	if (!strcmp(word, "policy")) {
		error = read_policy(vfr, rest, why);
	} else if (!strcmp(word, "guard")) {
		if (rest) {
			error = read_guard(vfr, rest, why);
		} else {
			*why = msg_text("'guard': expected all, none or names behind it");
			error = -EINVAL;
		}
	} else {
		error = vfr_insert(vfr, vfr->nr, text, why);
	}
	free(copy);
	return error;
}

char *vfr_guards_text(const struct vfr *vfr)
{
	char *text = NULL, *longer;

	for (unsigned int i = 0; i < VFR_NR_GUARDS; i++) {
		if (!(vfr->guards & 1U << i))
			continue;
		longer = msg_text("%s%s%s", text ? text : "", text ? "," : "", vfr_guards[i]);
		free(text);
		text = longer;
	}
	return text ? text : msg_text("none");
}

void vfr_each(const struct vfr *vfr, void (*call)(void *ctx, const char *statement), void *ctx)
{
	char *text;

	if (vfr->guards != ALL_GUARDS) {
		char *guards = vfr_guards_text(vfr);

		text = msg_text("guard %s", guards);
		call(ctx, text);
		free(text);
		free(guards);
	}
	for (unsigned int i = 0; i < VFR_NR_DIRECTIONS; i++) {
		if (vfr->policy[i] == VFR_ACCEPT)
			continue;
		text = msg_text("policy %s drop", vfr_directions[i]);
		call(ctx, text);
		free(text);
	}
	for (unsigned int i = 0; i < vfr->nr; i++)
		call(ctx, vfr->rules[i].text);
}

static void copy_statement(void *ctx, const char *statement)
{
	char *why;

	/* It was read before. */
	if (vfr_statement(ctx, statement, &why))
		free(why);
}

void vfr_copy(struct vfr *to, const struct vfr *from)
{
	vfr_init(to);
	vfr_each(from, copy_statement, to);
	for (unsigned int i = 0; i < to->nr; i++)
		to->rules[i].id = from->rules[i].id;
	to->next_id = from->next_id;
}

bool vfr_is_default(const struct vfr *vfr)
{
	return vfr->guards == ALL_GUARDS && !vfr->nr && vfr->policy[VFR_OUT] == VFR_ACCEPT &&
	       vfr->policy[VFR_IN] == VFR_ACCEPT;
}
