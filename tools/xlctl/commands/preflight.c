// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl preflight: can this host run domains, and what to do if it cannot.
 * The findings are gathered as JSON and printed from there.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "common/print.h"
#include "common/sysfs.h"
#include "host/preflight.h"
#include "host/vmxtext.h"

#define DEFAULT_ROUNDS	100
#define MAX_ROUNDS	100000

struct options {
	bool deep;
	bool json;
	unsigned int rounds;
	const char *sysroot;
};

static const char *member(struct json_object *object, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, name, &value))
		return NULL;
	return json_object_get_string(value);
}

/* The findings from number @from on. */
static void print_checks(struct preflight *p, size_t from)
{
	for (size_t i = from; i < json_object_array_length(p->checks); i++) {
		struct json_object *check = json_object_array_get_idx(p->checks, i);
		const char *advice = member(check, "advice");

		printf("%-19s %-8s %s\n", member(check, "name"), member(check, "status"),
		       member(check, "text"));
		if (advice)
			printf("%-19s %-8s -> %s\n", "", "", advice);
	}
}

static struct json_object *feature_list(struct preflight *p, bool present)
{
	struct json_object *list = json_object_new_array();

	for (const struct vmxtext_feature *f = vmxtext_features; f->name; f++)
		if (p->cpu.known & f->bit && !!(p->cpu.features & f->bit) == present)
			json_object_array_add(list, json_object_new_string(f->name));
	return list;
}

static struct json_object *holder_list(struct preflight *p)
{
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < NR_HOLDERS; i++) {
		const struct holder *holder = &p->holders.who[i];
		struct json_object *entry;

		if (!holder->loaded)
			continue;
		entry = json_object_new_object();
		json_object_object_add(entry, "name",
				       json_object_new_string(holders_name((enum holder_who)i)));
		json_object_object_add(entry, "module",
				       json_object_new_string(holders_module((enum holder_who)i)));
		json_object_object_add(entry, "references", holder->users < 0 ? NULL :
				       json_object_new_int64(holder->users));
		json_object_object_add(entry, "machines",
				       json_object_new_int64(holder->machines));
		json_object_array_add(list, entry);
	}
	return list;
}

static void print_json(struct preflight *p, struct json_object *deep)
{
	struct json_object *all = json_object_new_object();

	json_object_object_add(all, "can_run", json_object_new_boolean(!p->problems));
	json_object_object_add(all, "problems", json_object_new_int64(p->problems));
	json_object_object_add(all, "warnings", json_object_new_int64(p->warnings));
	json_object_object_add(all, "checks", json_object_get(p->checks));
	json_object_object_add(all, "features", feature_list(p, true));
	json_object_object_add(all, "features_missing", feature_list(p, false));
	json_object_object_add(all, "vtx_users", holder_list(p));
	json_object_object_add(all, "provider", p->has_info ?
			       json_object_new_string(vmxtext_provider(p->info.provider)) : NULL);
	if (deep)
		json_object_object_add(all, "deep", json_object_get(deep));
	print_json_pretty(stdout, all);
	json_object_put(all);
}

static void print_verdict(const struct preflight *p)
{
	if (!p->problems)
		printf("\nThis host can run domains.\n");
	else
		printf("\nThis host cannot run domains: %u problem%s.\n", p->problems,
		       p->problems == 1 ? "" : "s");
}

static void gather(struct preflight *p)
{
	int error = hostcpu_read(&p->cpu);

	p->fd = -1;
	if (error)
		preflight_find(p, "proc", VERDICT_PROBLEM, "is /proc mounted?",
			       "/proc/cpuinfo cannot be read: %s", strerror(-error));
	holders_find(&p->holders);
	/* The module of this machine says nothing about another one. */
	p->device = DEVICE_NOT_LOADED;
	if (!sysfs_is_here())
		return;
	p->device = device_probe(&p->fd, &p->version, &p->why, &p->advice);
	if (p->device != DEVICE_READY || device_info(p->fd, &p->info))
		return;
	p->has_info = true;
	p->cpu.features = p->info.features;
	p->cpu.known = ~0ULL;
}

static int parse_rounds(char **argv, const char *text, unsigned int *rounds)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-' || !value || value > MAX_ROUNDS)
		return cmd_bad_usage(argv, "--rounds '%s': expected a number from 1 to %d",
				     text, MAX_ROUNDS);
	*rounds = (unsigned int)value;
	return 0;
}

static int parse_options(int argc, char **argv, struct options *options)
{
	enum { DEEP = 256, ROUNDS, JSON, SYSROOT };
	static const struct option longs[] = {
		{ "deep", no_argument, NULL, DEEP },
		{ "rounds", required_argument, NULL, ROUNDS },
		{ "json", no_argument, NULL, JSON },
		{ "sysroot", required_argument, NULL, SYSROOT },
		{ NULL, 0, NULL, 0 },
	};
	bool rounds_given = false;
	struct stat stat_buf;
	int option;

	while ((option = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		switch (option) {
		case DEEP:
			options->deep = true;
			break;
		case ROUNDS:
			rounds_given = true;
			if (parse_rounds(argv, optarg, &options->rounds))
				return STATUS_USAGE;
			break;
		case JSON:
			options->json = true;
			break;
		case SYSROOT:
			options->sysroot = optarg;
			break;
		default:
			return cmd_bad_option(argv, option);
		}
	}
	if (optind < argc)
		return cmd_bad_usage(argv, "unexpected argument '%s'", argv[optind]);
	if (rounds_given && !options->deep)
		return cmd_bad_usage(argv, "--rounds is for --deep");
	if (options->sysroot && options->deep)
		return cmd_bad_usage(argv, "--deep cannot be done on another host (--sysroot)");
	if (options->sysroot && stat(options->sysroot, &stat_buf)) {
		msg_error("--sysroot %s: %s", options->sysroot, strerror(errno));
		return STATUS_USAGE;
	}
	return 0;
}

/* Everything before was read, nothing tried; this tries. */
static struct json_object *run_deep(struct preflight *p, const struct options *options)
{
	if (p->device == DEVICE_READY)
		return preflight_deep(p, options->rounds, !options->json);
	preflight_find(p, "deep", VERDICT_PROBLEM, p->advice,
		       "nothing could be tried: %s", p->why);
	return json_object_new_array();
}

int cmd_preflight(int argc, char **argv)
{
	struct options options = { .rounds = DEFAULT_ROUNDS };
	struct json_object *deep = NULL;
	struct preflight p;
	size_t printed;

	if (parse_options(argc, argv, &options))
		return STATUS_USAGE;
	memset(&p, 0, sizeof(p));
	p.checks = json_object_new_array();
	sysfs_set_root(options.sysroot);
	gather(&p);
	preflight_cpu(&p);
	preflight_host(&p);
	if (!options.json)
		print_checks(&p, 0);
	printed = json_object_array_length(p.checks);
	if (options.deep) {
		if (!options.json)
			putchar('\n');
		deep = run_deep(&p, &options);
	}
	if (options.json) {
		print_json(&p, deep);
	} else {
		print_checks(&p, printed);
		print_verdict(&p);
	}
	json_object_put(deep);
	json_object_put(p.checks);
	free(p.why);
	if (p.fd >= 0)
		close(p.fd);
	return p.problems ? STATUS_FAILED : STATUS_OK;
}
