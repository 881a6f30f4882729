// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl vfr: the rules that the virtual firewall-router has for the interfaces of a domain.
 */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "common/nft.h"
#include "common/print.h"
#include "module/device.h"
#include "module/dom.h"
#include "vfr/apply.h"

/* What is asked, and of which interfaces. */
struct asking {
	const char *who;		/* as written */
	struct xlhv_dom_info info;
	struct vfr_saved *kept;
	unsigned int nr;
	bool json;
	bool counters;
	struct json_object *array;
};

/* A counter of the kernel's. */
struct counted {
	uint64_t packets;
	uint64_t bytes;
};

static int open_domain(struct asking *a, const char *name)
{
	int device = device_open(NULL), domain, error = 0;

	if (device < 0)
		return -1;
	domain = dom_open_guest(device, name, "asked for rules");
	close(device);
	if (domain < 0)
		return -1;
	if (dom_info(domain, &a->info))
		error = dom_report(domain, errno, "domain '%s'", name);
	close(domain);
	return error;
}

static int read_interface(struct asking *a, uint32_t devid)
{
	struct vfr_saved *kept;
	int error;

	a->kept = reallocarray(a->kept, a->nr + 1, sizeof(*a->kept));
	if (!a->kept)
		msg_out_of_memory();
	kept = &a->kept[a->nr];
	error = vfr_saved_read(a->info.domid, devid, kept);
	if (!error) {
		a->nr++;
		return 0;
	}
	vfr_saved_free(kept);
	if (error == -ENOENT)
		msg_error("domain '%s' has no network interface '%u' with rules", a->info.name,
			  devid);
	else
		msg_error("rules of interface %u of domain '%s': %s", devid, a->info.name,
			  strerror(-error));
	return -1;
}

static int read_all(struct asking *a)
{
	struct vfr_name *names;
	int nr = vfr_saved_names(&names), error = 0;

	for (int i = 0; i < nr && !error; i++)
		if (names[i].domid == a->info.domid)
			error = read_interface(a, names[i].devid);
	free(names);
	if (!error && !a->nr) {
		msg_error("domain '%s' has no network interface", a->info.name);
		error = -1;
	}
	return error;
}

/* DOMAIN, or DOMAIN.DEVID: what ends in a point and a number names an interface. */
static int open_asked(struct asking *a, const char *who)
{
	char *name = msg_text("%s", who), *point = strrchr(name, '.');
	bool one = point && point[1] && strlen(point + 1) <= 5 &&
		   strspn(point + 1, "0123456789") == strlen(point + 1);
	int error;

	a->who = who;
	if (one)
		*point = '\0';
	error = open_domain(a, name);
	if (!error)
		error = one ? read_interface(a, (uint32_t)strtoul(point + 1, NULL, 10)) :
			      read_all(a);
	free(name);
	return error;
}

static void close_asked(struct asking *a)
{
	for (unsigned int i = 0; i < a->nr; i++)
		vfr_saved_free(&a->kept[i]);
	free(a->kept);
}

/* All counters of an interface's, by name. */
struct reading {
	struct json_object *counters;
	char *why;
};

static void add_counters(void *ctx, const char *text)
{
	struct json_object *answer, *list, *item, *counter, *name;
	struct reading *r = ctx;
	char *json;

	if (r->why || nft_run(text, &json, &r->why))
		return;
	answer = json_tokener_parse(json);
	free(json);
	if (answer && json_object_object_get_ex(answer, "nftables", &list)) {
		for (size_t i = 0; i < json_object_array_length(list); i++) {
			item = json_object_array_get_idx(list, i);
			if (json_object_object_get_ex(item, "counter", &counter) &&
			    json_object_object_get_ex(counter, "name", &name))
				json_object_object_add(r->counters, json_object_get_string(name),
						       json_object_get(counter));
		}
	}
	json_object_put(answer);
}

static struct counted counted(const struct reading *r, const char *name)
{
	struct counted c = { 0, 0 };
	struct json_object *counter, *number;

	if (!json_object_object_get_ex(r->counters, name, &counter))
		return c;
	if (json_object_object_get_ex(counter, "packets", &number))
		c.packets = (uint64_t)json_object_get_int64(number);
	if (json_object_object_get_ex(counter, "bytes", &number))
		c.bytes = (uint64_t)json_object_get_int64(number);
	return c;
}

static struct counted counted_rule(const struct reading *r, const struct vfr_saved *kept,
				   const struct vfr_rule *rule, enum vfr_direction direction)
{
	char *name = vfr_counter_name(&kept->vfr, &kept->vif, rule, direction);
	struct counted c = counted(r, name);

	free(name);
	return c;
}

static struct counted counted_guard(const struct reading *r, unsigned int guard)
{
	char *name = msg_text("guard-%s", vfr_guards[guard]);
	struct counted c = counted(r, name);

	free(name);
	return c;
}

static void put_string(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void put_counted(struct json_object *o, struct counted c)
{
	json_object_object_add(o, "packets", json_object_new_int64((int64_t)c.packets));
	json_object_object_add(o, "bytes", json_object_new_int64((int64_t)c.bytes));
}

static char *mac_text(const uint8_t mac[6])
{
	return msg_text("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
			mac[5]);
}

static struct json_object *json_rules(const struct vfr_saved *kept, const struct reading *r)
{
	struct json_object *rules = json_object_new_array();

	for (unsigned int i = 0; i < kept->vfr.nr; i++) {
		const struct vfr_rule *rule = &kept->vfr.rules[i];
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "number", json_object_new_int64(i + 1));
		put_string(o, "direction", vfr_directions[rule->direction]);
		put_string(o, "action", vfr_actions[rule->action]);
		put_string(o, "rule", rule->text);
		put_counted(o, counted_rule(r, kept, rule, rule->direction));
		json_object_array_add(rules, o);
	}
	return rules;
}

static struct json_object *json_interface(const struct asking *a, const struct vfr_saved *kept,
					  const struct reading *r)
{
	struct json_object *o = json_object_new_object(), *guards = json_object_new_object();
	struct json_object *policies = json_object_new_object();
	char *mac = mac_text(kept->vif.mac);

	put_string(o, "domain", a->info.name);
	json_object_object_add(o, "domid", json_object_new_int64(kept->vif.domid));
	json_object_object_add(o, "devid", json_object_new_int64(kept->vif.devid));
	put_string(o, "device", kept->vif.device);
	if (*kept->vif.bridge)
		put_string(o, "bridge", kept->vif.bridge);
	put_string(o, "mac", mac);
	if (kept->vif.ip)
		put_string(o, "ip", kept->vif.ip);
	for (unsigned int i = 0; i < VFR_NR_GUARDS; i++) {
		struct json_object *guard = json_object_new_object();

		json_object_object_add(guard, "on",
				       json_object_new_boolean(!!(kept->vfr.guards & 1U << i)));
		put_counted(guard, counted_guard(r, i));
		json_object_object_add(guards, vfr_guards[i], guard);
	}
	json_object_object_add(o, "guard", guards);
	for (unsigned int i = 0; i < VFR_NR_DIRECTIONS; i++) {
		struct json_object *policy = json_object_new_object();

		put_string(policy, "action", vfr_actions[kept->vfr.policy[i]]);
		put_counted(policy, counted_rule(r, kept, NULL, (enum vfr_direction)i));
		json_object_object_add(policies, vfr_directions[i], policy);
	}
	json_object_object_add(o, "policy", policies);
	json_object_object_add(o, "rules", json_rules(kept, r));
	free(mac);
	return o;
}

static void print_counted(struct counted c, const char *text)
{
	printf("%10llu %12llu  %s\n", (unsigned long long)c.packets, (unsigned long long)c.bytes,
	       text);
}

static void print_interface(const struct asking *a, const struct vfr_saved *kept,
			    const struct reading *r)
{
	const struct vfr *vfr = &kept->vfr;
	char *mac = mac_text(kept->vif.mac), *guards = vfr_guards_text(vfr), *text;

	printf("%s.%u: device %s, mac %s%s%s%s%s\n", a->info.name, kept->vif.devid,
	       kept->vif.device, mac, *kept->vif.bridge ? ", bridge " : ", routes to ",
	       *kept->vif.bridge ? kept->vif.bridge : kept->vif.ip ? kept->vif.ip : "-",
	       *kept->vif.bridge && kept->vif.ip ? ", ip " : "",
	       *kept->vif.bridge && kept->vif.ip ? kept->vif.ip : "");
	printf("guard %s\npolicy out %s, in %s\n", guards, vfr_actions[vfr->policy[VFR_OUT]],
	       vfr_actions[vfr->policy[VFR_IN]]);
	if (a->counters) {
		printf("%10s %12s  RULE\n", "PACKETS", "BYTES");
		for (unsigned int i = 0; i < VFR_NR_GUARDS; i++) {
			if (!(vfr->guards & 1U << i))
				continue;
			text = msg_text("guard %s", vfr_guards[i]);
			print_counted(counted_guard(r, i), text);
			free(text);
		}
	}
	for (unsigned int i = 0; i < vfr->nr; i++) {
		text = msg_text("%3u %s", i + 1, vfr->rules[i].text);
		if (a->counters)
			print_counted(counted_rule(r, kept, &vfr->rules[i], VFR_OUT), text);
		else
			printf("%s\n", text);
		free(text);
	}
	for (unsigned int i = 0; a->counters && i < VFR_NR_DIRECTIONS; i++) {
		if (vfr->policy[i] != VFR_DROP)
			continue;
		text = msg_text("policy %s drop", vfr_directions[i]);
		print_counted(counted_rule(r, kept, NULL, (enum vfr_direction)i), text);
		free(text);
	}
	free(mac);
	free(guards);
}

static int show(struct asking *a, const struct vfr_saved *kept)
{
	struct reading r = { .counters = json_object_new_object() };
	int error = 0;

	if (a->counters || a->json)
		vfr_tables(&kept->vfr, &kept->vif, add_counters, &r);
	if (r.why) {
		msg_error("%s.%u: the kernel does not have these rules: %s; 'xlctl vfr policy %s.%u' gives them to it again",
			  a->info.name, kept->vif.devid, r.why, a->info.name, kept->vif.devid);
		error = -1;
	}
	if (a->json)
		json_object_array_add(a->array, json_interface(a, kept, &r));
	else
		print_interface(a, kept, &r);
	json_object_put(r.counters);
	free(r.why);
	return error;
}

static int list(struct asking *a, char **words, int nr, bool counters)
{
	int error = 0;

	if (nr) {
		msg_error("vfr: '%s': expected nothing behind the interface", words[0]);
		return -1;
	}
	a->counters = counters;
	a->array = json_object_new_array();
	for (unsigned int i = 0; i < a->nr; i++)
		error |= show(a, &a->kept[i]);
	if (a->json)
		print_json_pretty(stdout, a->array);
	json_object_put(a->array);
	return error;
}

static int do_list(struct asking *a, char **words, int nr)
{
	return list(a, words, nr, false);
}

static int do_stats(struct asking *a, char **words, int nr)
{
	return list(a, words, nr, true);
}

static char *join(char **words, int nr)
{
	char *text = msg_text("%s", nr ? words[0] : ""), *longer;

	for (int i = 1; i < nr; i++) {
		longer = msg_text("%s %s", text, words[i]);
		free(text);
		text = longer;
	}
	return text;
}

/* The new rules, if they can be had. */
static int change(struct asking *a, const struct vfr_saved *kept, const struct vfr *before)
{
	char *why = vfr_check(&kept->vfr, &kept->vif), *who;
	int error;

	if (why) {
		msg_error("vfr: %s", why);
		free(why);
		return -1;
	}
	for (unsigned int i = 0; i < kept->vfr.nr; i++) {
		const char *device = kept->vfr.rules[i].device;

		if (*device && !if_nametoindex(device))
			msg_warning("vfr: rule %u: there is no device '%s' now", i + 1, device);
	}
	who = msg_text("%s.%u", a->info.name, kept->vif.devid);
	error = vfr_change(who, kept, before);
	free(who);
	return error;
}

/*
 * Has @make change the rules of each interface; that returns NULL, or what is wrong, to be freed.
 */
static int edit(struct asking *a, char *(*make)(struct vfr *vfr, char **words, int nr),
		char **words, int nr)
{
	int error = 0;

	for (unsigned int i = 0; i < a->nr && !error; i++) {
		struct vfr_saved *kept = &a->kept[i];
		struct vfr before;
		char *why;

		vfr_copy(&before, &kept->vfr);
		why = make(&kept->vfr, words, nr);
		if (why)
			msg_error("vfr: %s", why);
		error = why ? -1 : change(a, kept, &before);
		free(why);
		vfr_free(&before);
	}
	return error;
}

static char *with_rule(const char *text, char *why)
{
	char *longer = msg_text("rule \"%.200s\": %s", text, why);

	free(why);
	return longer;
}

static char *insert(struct vfr *vfr, unsigned int at, char **words, int nr)
{
	char *text = join(words, nr), *why;

	if (vfr_insert(vfr, at, text, &why))
		why = with_rule(text, why);
	free(text);
	return why;
}

static char *make_add(struct vfr *vfr, char **words, int nr)
{
	return insert(vfr, VFR_MAX_RULES, words, nr);
}

static bool read_number(const char *text, unsigned int max, unsigned int *number)
{
	if (!text || !*text || strlen(text) > 5 || strspn(text, "0123456789") != strlen(text))
		return false;
	*number = (unsigned int)strtoul(text, NULL, 10);
	return *number >= 1 && *number <= max;
}

static char *make_insert(struct vfr *vfr, char **words, int nr)
{
	unsigned int at;

	if (!nr || !read_number(words[0], vfr->nr + 1, &at))
		return msg_text("'%s': expected the number that the rule is to have, 1 to %u",
				nr ? words[0] : "insert", vfr->nr + 1);
	return insert(vfr, at - 1, words + 1, nr - 1);
}

static char *make_del(struct vfr *vfr, char **words, int nr)
{
	unsigned int at;

	if (nr != 1 || !read_number(words[0], vfr->nr, &at)) {
		if (!vfr->nr)
			return msg_text("'del': there are no rules");
		return msg_text("'%s': expected the number of a rule, 1 to %u",
				nr ? words[0] : "del", vfr->nr);
	}
	vfr_remove(vfr, at - 1);
	return NULL;
}

static char *make_flush(struct vfr *vfr, char **words, int nr)
{
	int direction = nr ? vfr_find_word(vfr_directions, VFR_NR_DIRECTIONS, words[0]) : -1;

	if (nr > 1 || (nr && direction < 0))
		return msg_text("'%s': expected in, out or nothing", words[nr - 1]);
	for (unsigned int i = vfr->nr; i; i--)
		if (!nr || vfr->rules[i - 1].direction == (enum vfr_direction)direction)
			vfr_remove(vfr, i - 1);
	return NULL;
}

/* Without words the kernel is told once more what it should have. */
static char *make_policy(struct vfr *vfr, char **words, int nr)
{
	char *rest = join(words, nr), *text, *why = NULL;

	if (nr && !strcmp(words[0], "guard"))
		text = msg_text("%s", rest);
	else
		text = msg_text("policy %s", rest);
	if (nr && vfr_statement(vfr, text, &why))
		why = with_rule(text, why);
	free(text);
	free(rest);
	return why;
}

static const struct {
	const char *name;
	int (*show)(struct asking *a, char **words, int nr);
	char *(*edit)(struct vfr *vfr, char **words, int nr);
} operations[] = {
	{ "list", do_list, NULL }, { "add", NULL, make_add }, { "insert", NULL, make_insert },
	{ "del", NULL, make_del }, { "flush", NULL, make_flush }, { "stats", do_stats, NULL },
	{ "policy", NULL, make_policy },
};

static int run(size_t operation, bool json, char **words, int nr)
{
	struct asking a = { .json = json };
	int lock = -1, error;

	if (operations[operation].edit) {
		lock = vfr_lock("vfr");
		if (lock < 0)
			return -1;
	}
	error = open_asked(&a, words[0]);
	if (!error)
		error = operations[operation].edit ?
			edit(&a, operations[operation].edit, words + 1, nr - 1) :
			operations[operation].show(&a, words + 1, nr - 1);
	close_asked(&a);
	if (lock >= 0)
		close(lock);
	return error;
}

int cmd_vfr(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (option != 'j')
			return cmd_bad_option(argv, option);
		json = true;
	}
	if (argc - optind < 2)
		return cmd_bad_usage(argv, "expected what is to be done, and a domain");
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, argv[optind]))
			continue;
		if (json && operations[i].edit)
			return cmd_bad_usage(argv, "--json is for list and stats");
		return run(i, json, argv + optind + 1, argc - optind - 1) ? STATUS_FAILED :
									    STATUS_OK;
	}
	return cmd_bad_usage(argv, "expected list, add, insert, del, flush, stats or policy");
}
