// SPDX-License-Identifier: GPL-2.0-only
/* From rules to the words of nftables; see translate.h. */
#include "vfr/translate.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"
#include "vfr/guard.h"

/* Logs are the host's to pay for. */
#define LOG_RATE	"limit rate 10/second burst 20 packets"

/* What a family of nftables does not have. */
#define NO_REJECT	\
	"'reject': expected"	\
	" drop: what a bridge forwards to a guest cannot be answered in its name"
#define NO_MIRROR	\
	"'mirror' and 'redirect': expected"	\
	" in a direction without 'state' and 'reject'"
#define NO_ETHER	\
	"'smac', 'dmac' and 'vlan': expected"	\
	", with routes, in a direction without 'state' and 'reject'"

/* The table that all interfaces share, one of each family. */
#define SHARED		"xlhv"

/* What is translated: a table of the interface's own and the shared one, each with its family. */
struct writing {
	FILE *out;
	const struct vfr_vif *vif;
	vfr_find_t *find;
	char *own;		/* "netdev xlhv.7.0" */
	char *nat;		/* "inet xlhv.7.0" */
	const char *shared;	/* "bridge xlhv" */
};

static bool is_routed(const struct vfr_vif *vif)
{
	return !*vif->bridge;
}

/* Has a direction anything but a guard? */
static bool is_listed(const struct vfr *vfr, enum vfr_direction direction)
{
	if (vfr->policy[direction] != VFR_ACCEPT)
		return true;
	for (unsigned int i = 0; i < vfr->nr; i++)
		if (vfr->rules[i].direction == direction && !vfr_rule_translates(&vfr->rules[i]))
			return true;
	return false;
}

/* Are the rules of a direction in the shared table? */
static bool is_shared(const struct vfr *vfr, enum vfr_direction direction)
{
	for (unsigned int i = 0; i < vfr->nr; i++) {
		const struct vfr_rule *rule = &vfr->rules[i];

		if (rule->direction == direction && !vfr_rule_translates(rule) &&
		    (rule->patterns[VFR_STATE].used || rule->action == VFR_REJECT))
			return true;
	}
	return false;
}

static bool translates(const struct vfr *vfr)
{
	for (unsigned int i = 0; i < vfr->nr; i++)
		if (vfr_rule_translates(&vfr->rules[i]))
			return true;
	return false;
}

static const char *check_rule(const struct vfr *vfr, const struct vfr_vif *vif,
			      const struct vfr_rule *rule)
{
	bool shared = is_shared(vfr, rule->direction);
	struct vfr_pattern addresses = { .nr = 0 };
	bool any;

	if (vfr_rule_translates(rule)) {
		if (rule->direction == VFR_OUT || rule->action == VFR_DNAT || is_routed(vif))
			return NULL;
		any = vif->ip && vfr_addresses(vif, rule->family ? rule->family : AF_INET,
					       &addresses);
		free(addresses.ranges);
		return any ? NULL : "expected an interface whose addresses ip= names, or 'out'";
	}
	if (rule->action == VFR_REJECT && rule->direction == VFR_IN && !is_routed(vif))
		return NO_REJECT;
	if (shared && (rule->action == VFR_MIRROR || rule->action == VFR_REDIRECT))
		return NO_MIRROR;
	if (shared && is_routed(vif) &&
	    (rule->patterns[VFR_SMAC].used || rule->patterns[VFR_DMAC].used ||
	     rule->patterns[VFR_VLAN].used))
		return NO_ETHER;
	if (*rule->device && !strcmp(rule->device, vif->device))
		return "expected another device than the interface's own";
	return NULL;
}

char *vfr_check(const struct vfr *vfr, const struct vfr_vif *vif)
{
	for (unsigned int i = 0; i < vfr->nr; i++) {
		const char *why = check_rule(vfr, vif, &vfr->rules[i]);

		if (why)
			return msg_text("rule %u, \"%.200s\": %s", i + 1, vfr->rules[i].text, why);
	}
	return NULL;
}

static char *chain_name(const struct vfr_vif *vif, enum vfr_direction direction)
{
	return msg_text("%s-%u.%u", direction == VFR_OUT ? "from" : "to", vif->domid, vif->devid);
}

char *vfr_counter_name(const struct vfr *vfr, const struct vfr_vif *vif,
		       const struct vfr_rule *rule, enum vfr_direction direction)
{
	bool shared;

	if (rule)
		direction = rule->direction;
	shared = is_shared(vfr, direction) && !(rule && vfr_rule_translates(rule));
	if (rule)
		return shared ? msg_text("rule-%u.%u-%u", vif->domid, vif->devid, rule->id) :
				msg_text("rule-%u", rule->id);
	return shared ? msg_text("policy-%u.%u-%s", vif->domid, vif->devid,
				 vfr_directions[direction]) :
			msg_text("policy-%s", vfr_directions[direction]);
}

static void put_set(FILE *out, const struct vfr_rule *rule, enum vfr_key key, const char *match)
{
	const struct vfr_pattern *pattern = &rule->patterns[key];

	if (!pattern->used)
		return;
	fprintf(out, " %s %s", match, pattern->negated ? "!= " : "");
	vfr_put_ranges(out, pattern, key, rule->family);
}

static void put_rate(FILE *out, const struct vfr_rate *rate, bool over)
{
	fprintf(out, " limit rate %s%u/%s burst %u packets", over ? "over " : "", rate->packets,
		rate->unit == 's' ? "second" : rate->unit == 'm' ? "minute" : "hour", rate->burst);
}

static void put_states(FILE *out, const struct vfr_pattern *pattern)
{
	static const char *const names[] = {
		"new", "established", "related", "invalid", "untracked",
	};
	const char *comma = "";

	if (!pattern->used)
		return;
	fprintf(out, " ct state %s{ ", pattern->negated ? "!= " : "");
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(pattern->states & 1U << i))
			continue;
		fprintf(out, "%s%s", comma, names[i]);
		comma = ", ";
	}
	fputs(" }", out);
}

/* All patterns; that of a rate, which counts, as the last one. */
static void put_patterns(FILE *out, const struct vfr_rule *rule)
{
	const struct vfr_pattern *p = rule->patterns;
	const char *ip = rule->family == AF_INET6 ? "ip6" : "ip";

	put_set(out, rule, VFR_SMAC, "ether saddr");
	put_set(out, rule, VFR_DMAC, "ether daddr");
	put_set(out, rule, VFR_VLAN, "vlan id");
	put_set(out, rule, VFR_TYPE, "meta protocol");
	if (rule->family)
		fprintf(out, " meta protocol %s", ip);
	put_set(out, rule, VFR_SRC, rule->family == AF_INET6 ? "ip6 saddr" : "ip saddr");
	put_set(out, rule, VFR_DST, rule->family == AF_INET6 ? "ip6 daddr" : "ip daddr");
	put_set(out, rule, VFR_PROTO, "meta l4proto");
	put_set(out, rule, VFR_SPORT, "th sport");
	put_set(out, rule, VFR_DPORT, "th dport");
	put_set(out, rule, VFR_ICMP, "meta l4proto 1 @th,0,8");
	put_set(out, rule, VFR_ICMP6, "meta l4proto 58 @th,0,8");
	put_states(out, &p[VFR_STATE]);
	if (p[VFR_RATE].used)
		put_rate(out, &p[VFR_RATE].rate, p[VFR_RATE].negated);
}

static void put_action(const struct writing *w, const struct vfr_rule *rule, unsigned int number,
		       const char *counter)
{
	FILE *out = w->out;

	if (rule->action == VFR_LIMIT)
		put_rate(out, &rule->rate, true);
	fprintf(out, " counter name \"%s\"", counter);
	switch (rule->action) {
	case VFR_REJECT:
		fputs(" reject", out);
		break;
	case VFR_LOG:
		fprintf(out, " " LOG_RATE " log prefix \"xlhv %s %s %u: \" level info",
			w->vif->device, vfr_directions[rule->direction], number);
		break;
	case VFR_MIRROR:
		if (w->find(rule->device))
			fprintf(out, " dup to \"%s\"", rule->device);
		break;
	case VFR_REDIRECT:
		if (w->find(rule->device))
			fprintf(out, " fwd to \"%s\"", rule->device);
		else
			fputs(" drop", out);
		break;
	case VFR_ACCEPT:
		fputs(" accept", out);
		break;
	default:
		fputs(" drop", out);
		break;
	}
	putc('\n', out);
}

static void put_policy(const struct writing *w, const struct vfr *vfr,
		       enum vfr_direction direction, const char *table, const char *chain)
{
	char *counter;

	if (vfr->policy[direction] != VFR_DROP)
		return;
	/* Without these there are no addresses that rules could be about; guards look at them. */
	fprintf(w->out, "add rule %s %s meta protocol arp accept\n", table, chain);
	fprintf(w->out, "add rule %s %s icmpv6 type { 133, 134, 135, 136 } accept\n", table,
		chain);
	counter = vfr_counter_name(vfr, w->vif, NULL, direction);
	fprintf(w->out, "add counter %s %s\nadd rule %s %s counter name \"%s\" drop\n",
		table, counter, table, chain, counter);
	free(counter);
}

/* The rules of a direction, in order, at the end of a chain. */
static void put_list(const struct writing *w, const struct vfr *vfr, enum vfr_direction direction,
		     const char *table, const char *chain)
{
	for (unsigned int i = 0; i < vfr->nr; i++) {
		const struct vfr_rule *rule = &vfr->rules[i];
		char *counter;

		if (rule->direction != direction || vfr_rule_translates(rule))
			continue;
		counter = vfr_counter_name(vfr, w->vif, rule, direction);
		fprintf(w->out, "add counter %s %s\nadd rule %s %s", table, counter,
			table, chain);
		put_patterns(w->out, rule);
		put_action(w, rule, i + 1, counter);
		free(counter);
	}
	put_policy(w, vfr, direction, table, chain);
}

static void put_own(const struct writing *w, const struct vfr *now, enum vfr_direction direction)
{
	static const struct {
		const char *chain, *hook;
	} chains[VFR_NR_DIRECTIONS] = {
		[VFR_OUT] = { "from-guest", "ingress" }, [VFR_IN] = { "to-guest", "egress" },
	};
	const char *chain = chains[direction].chain;

	fprintf(w->out, "add chain %s %s { type filter hook %s device \"%s\" priority 0; policy accept; }\n"
		"flush chain %s %s\n", w->own, chain, chains[direction].hook, w->vif->device,
		w->own, chain);
	if (direction == VFR_OUT) {
		vfr_guard_put(w->out, now->guards, w->vif, w->own);
		fprintf(w->out, "add rule %s %s jump guard\n", w->own, chain);
	}
	if (!is_shared(now, direction))
		put_list(w, now, direction, w->own, chain);
}

static void put_hook(const struct writing *w, const char *chain, const char *hook, int priority,
		     const char *rule)
{
	fprintf(w->out, "add chain %s %s { type filter hook %s priority %d; policy accept; }\n"
		"flush chain %s %s\nadd rule %s %s %s\n", w->shared, chain, hook, priority,
		w->shared, chain, w->shared, chain, rule);
}

/* After connections are known, and before addresses are translated. */
static void put_shared(const struct writing *w, const struct vfr *now,
		       enum vfr_direction direction)
{
	const char *map = direction == VFR_OUT ? "from" : "to";
	char *chain = chain_name(w->vif, direction);

	fprintf(w->out, "add table %s\nadd map %s %s { type iface_index : verdict; }\n", w->shared,
		w->shared, map);
	if (direction == VFR_OUT) {
		put_hook(w, "from-guests", "prerouting", is_routed(w->vif) ? -150 : 0,
			 "iif vmap @from");
	} else if (is_routed(w->vif)) {
		/* Those two hooks, as what is refused later cannot be rejected. */
		put_hook(w, "to-guests", "forward", 0, "oif vmap @to");
		put_hook(w, "to-guests-from-host", "output", 0, "oif vmap @to");
	} else {
		put_hook(w, "to-guests", "postrouting", 0, "oif vmap @to");
	}
	fprintf(w->out, "add chain %s %s\nflush chain %s %s\n", w->shared, chain,
		w->shared, chain);
	put_list(w, now, direction, w->shared, chain);
	fprintf(w->out, "add element %s %s { %u : jump %s }\n", w->shared, map,
		w->vif->ifindex, chain);
	free(chain);
}

/* Who has sent what is translated, or who is to get it. */
static void put_side(const struct writing *w, const struct vfr_rule *rule)
{
	const struct vfr_vif *vif = w->vif;
	const uint8_t *mac = vif->mac;
	struct vfr_pattern addresses;
	int family = rule->family ? rule->family : AF_INET;

	if (rule->direction == VFR_IN && rule->action == VFR_DNAT) {
		fputs(" fib daddr type local", w->out);
	} else if (is_routed(vif)) {
		fprintf(w->out, " %s %u", rule->direction == VFR_OUT ? "iif" : "oif", vif->ifindex);
	} else if (rule->direction == VFR_OUT) {
		fprintf(w->out, " iifname \"%s\" ether saddr %02x:%02x:%02x:%02x:%02x:%02x",
			vif->bridge, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	} else {
		vfr_addresses(vif, family, &addresses);
		fprintf(w->out, " oifname \"%s\" %s daddr ", vif->bridge,
			family == AF_INET ? "ip" : "ip6");
		vfr_put_ranges(w->out, &addresses, VFR_DST, family);
		free(addresses.ranges);
	}
}

static void put_translation(const struct writing *w, const struct vfr *now,
			    const struct vfr_rule *rule)
{
	bool source = rule->action != VFR_DNAT;
	char *counter = vfr_counter_name(now, w->vif, rule, rule->direction);
	char address[INET6_ADDRSTRLEN];

	fprintf(w->out, "add counter %s %s\nadd rule %s %s", w->nat, counter, w->nat,
		source ? "source" : "destination");
	put_side(w, rule);
	put_patterns(w->out, rule);
	fprintf(w->out, " counter name \"%s\"", counter);
	if (rule->action == VFR_MASQUERADE) {
		fputs(" masquerade\n", w->out);
	} else {
		bool ip4 = rule->family == AF_INET;

		inet_ntop(rule->family, ip4 ? rule->address + 12 : rule->address, address,
			  sizeof(address));
		fprintf(w->out, " %s %s to ", source ? "snat" : "dnat", ip4 ? "ip" : "ip6");
		if (rule->port)
			fprintf(w->out, ip4 ? "%s:%u\n" : "[%s]:%u\n", address, rule->port);
		else
			fprintf(w->out, "%s\n", address);
	}
	free(counter);
}

static void put_translations(const struct writing *w, const struct vfr *now)
{
	fprintf(w->out, "add table %s\n"
		"add chain %s destination { type nat hook prerouting priority -100; policy accept; }\n"
		"add chain %s source { type nat hook postrouting priority 100; policy accept; }\n"
		"flush chain %s destination\nflush chain %s source\n", w->nat, w->nat, w->nat,
		w->nat, w->nat);
	for (unsigned int i = 0; i < now->nr; i++)
		if (vfr_rule_translates(&now->rules[i]))
			put_translation(w, now, &now->rules[i]);
}

static bool has_id(const struct vfr *vfr, uint32_t id)
{
	for (unsigned int i = 0; i < vfr->nr; i++)
		if (vfr->rules[i].id == id)
			return true;
	return false;
}

/* Counters of rules that are no more, or no more there. */
static void forget_counters(const struct writing *w, const struct vfr *before,
			    const struct vfr *now, enum vfr_direction direction, bool moved)
{
	const char *table = is_shared(before, direction) ? w->shared : w->own;
	char *name;

	for (unsigned int i = 0; i < before->nr; i++) {
		const struct vfr_rule *rule = &before->rules[i];

		if (rule->direction != direction || vfr_rule_translates(rule) ||
		    (!moved && has_id(now, rule->id)))
			continue;
		name = vfr_counter_name(before, w->vif, rule, direction);
		fprintf(w->out, "delete counter %s %s\n", table, name);
		free(name);
	}
	if (before->policy[direction] != VFR_DROP ||
	    (!moved && now->policy[direction] == VFR_DROP))
		return;
	name = vfr_counter_name(before, w->vif, NULL, direction);
	fprintf(w->out, "delete counter %s %s\n", table, name);
	free(name);
}

static void forget_translations(const struct writing *w, const struct vfr *before,
				const struct vfr *now)
{
	if (!translates(before))
		return;
	if (!translates(now)) {
		fprintf(w->out, "delete table %s\n", w->nat);
		return;
	}
	for (unsigned int i = 0; i < before->nr; i++)
		if (vfr_rule_translates(&before->rules[i]) && !has_id(now, before->rules[i].id))
			fprintf(w->out, "delete counter %s rule-%u\n", w->nat,
				before->rules[i].id);
}

static void forget_shared(const struct writing *w, enum vfr_direction direction)
{
	char *chain = chain_name(w->vif, direction);

	fprintf(w->out, "delete element %s %s { %u }\nflush chain %s %s\ndelete chain %s %s\n",
		w->shared, direction == VFR_OUT ? "from" : "to", w->vif->ifindex, w->shared, chain,
		w->shared, chain);
	free(chain);
}

static bool moves(const struct vfr *before, const struct vfr *now, enum vfr_direction direction)
{
	return before && is_listed(before, direction) &&
	       is_shared(before, direction) != is_shared(now, direction);
}

static void put_first(const struct writing *w, const struct vfr *now, const struct vfr *before)
{
	fprintf(w->out, "add table %s\n", w->own);
	for (unsigned int i = 0; i < VFR_NR_DIRECTIONS; i++) {
		enum vfr_direction direction = (enum vfr_direction)i;
		bool shared = is_shared(now, direction), moved = moves(before, now, direction);

		if (shared)
			put_shared(w, now, direction);
		if (moved && shared)
			continue;
		/* An empty egress costs as much as one that does something. */
		if (direction == VFR_OUT || (is_listed(now, direction) && !shared) ||
		    (before && is_listed(before, direction) && !is_shared(before, direction)))
			put_own(w, now, direction);
		if (before && !moved)
			forget_counters(w, before, now, direction, false);
	}
	if (translates(now))
		put_translations(w, now);
	if (before)
		forget_translations(w, before, now);
}

static void put_then(const struct writing *w, const struct vfr *now, const struct vfr *before)
{
	for (unsigned int i = 0; i < VFR_NR_DIRECTIONS; i++) {
		enum vfr_direction direction = (enum vfr_direction)i;

		if (!moves(before, now, direction))
			continue;
		if (is_shared(before, direction))
			forget_shared(w, direction);
		else
			put_own(w, now, direction);
		forget_counters(w, before, now, direction, true);
	}
}

static void begin(struct writing *w, const struct vfr_vif *vif, char **text, size_t *size)
{
	w->out = open_memstream(text, size);
	if (!w->out)
		msg_out_of_memory();
	w->vif = vif;
	w->own = msg_text("netdev xlhv.%u.%u", vif->domid, vif->devid);
	w->nat = msg_text("inet xlhv.%u.%u", vif->domid, vif->devid);
	w->shared = is_routed(vif) ? "inet " SHARED : "bridge " SHARED;
}

static void end(struct writing *w)
{
	bool failed = ferror(w->out);

	if (fclose(w->out) || failed)
		msg_out_of_memory();
	free(w->own);
	free(w->nat);
}

char *vfr_translate(const struct vfr *now, const struct vfr *before, const struct vfr_vif *vif,
		    enum vfr_step step, vfr_find_t *find)
{
	struct writing w = { .find = find };
	char *text = NULL;
	size_t size;

	begin(&w, vif, &text, &size);
	if (step == VFR_FIRST)
		put_first(&w, now, before);
	else
		put_then(&w, now, before);
	end(&w);
	return text;
}

void vfr_translate_end(const struct vfr *before, const struct vfr_vif *vif,
		       void (*call)(const char *text))
{
	for (unsigned int i = 0; i < VFR_NR_DIRECTIONS; i++) {
		struct vfr none = { .nr = 0, .policy = { VFR_ACCEPT, VFR_ACCEPT } };
		struct writing w = { .find = NULL };
		char *text = NULL;
		size_t size;

		if (!is_shared(before, (enum vfr_direction)i))
			continue;
		begin(&w, vif, &text, &size);
		forget_shared(&w, (enum vfr_direction)i);
		forget_counters(&w, before, &none, (enum vfr_direction)i, true);
		end(&w);
		call(text);
		free(text);
	}
	for (unsigned int i = 0; i < 2; i++) {
		char *text = msg_text("delete table %s xlhv.%u.%u", i ? "inet" : "netdev",
				      vif->domid, vif->devid);

		call(text);
		free(text);
	}
}

void vfr_tables(const struct vfr *vfr, const struct vfr_vif *vif,
		void (*call)(void *ctx, const char *text), void *ctx)
{
	char *text = msg_text("list counters table netdev xlhv.%u.%u", vif->domid, vif->devid);

	call(ctx, text);
	free(text);
	if (is_shared(vfr, VFR_OUT) || is_shared(vfr, VFR_IN))
		call(ctx, is_routed(vif) ? "list counters table inet " SHARED :
					   "list counters table bridge " SHARED);
	if (!translates(vfr))
		return;
	text = msg_text("list counters table inet xlhv.%u.%u", vif->domid, vif->devid);
	call(ctx, text);
	free(text);
}
