// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl list: the domains there are, in xl's columns.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <json-c/json.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "common/print.h"
#include "module/device.h"
#include "module/dom.h"
#include "monitor/contact.h"

#define PAGES_PER_MIB	256

static const char *pause_text(const struct xlhv_dom_info *info)
{
	if (info->flags & XLHV_DOM_BUILDING)
		return "being built";
	return info->pause_reason == XLHV_PAUSE_NO_MEMORY ? "ENOMEM" : NULL;
}

/* Nobody would do what its configuration says when it ends. */
static bool has_no_monitor(const struct xlhv_dom_info *info)
{
	return info->domid && !contact_exists(info->name);
}

/* xl's columns beside those that are always there. */
struct columns {
	bool verbose, context, pool, numa;
};

static void print_row(const struct xlhv_dom_info *info, const struct columns *columns)
{
	const char *note = pause_text(info);
	char state[7], uuid[37];

	dom_state_text(info, state);
	printf("%-40s %5u %5llu %5u     %s  %8.1f", info->name, info->domid,
	       (unsigned long long)info->cur_pages / PAGES_PER_MIB, info->online_vcpus, state,
	       (double)info->cpu_time_ns / 1e9);
	if (columns->verbose) {
		dom_uuid_text(info->uuid, uuid);
		printf(" %s", uuid);
		if (info->flags & XLHV_DOM_SHUTDOWN)
			printf(" %8x", info->shutdown_reason);
		else
			printf(" %8s", "-");
	}
	/* There are no security labels, no pools but this one, and no affinity to nodes. */
	if (columns->verbose || columns->context)
		printf(" %16s", "-");
	if (columns->pool)
		printf("%16s", "Pool-0");
	if (columns->numa)
		printf(" all");
	/* After xl's columns, so that scripts find theirs. */
	if (note)
		printf(" (%s)", note);
	if (columns->verbose && has_no_monitor(info))
		printf(" (no monitor)");
	putchar('\n');
}

static void print_table(const struct xlhv_dom_info *domains, size_t count,
			const struct columns *columns)
{
	printf("Name                                        ID   Mem VCPUs\tState\tTime(s)");
	if (columns->verbose)
		printf("   UUID                            Reason-Code\tSecurity Label");
	else if (columns->context)
		printf("   Security Label");
	if (columns->pool)
		printf("         Cpupool");
	if (columns->numa)
		printf(" NODE Affinity");
	putchar('\n');
	for (size_t i = 0; i < count; i++)
		print_row(&domains[i], columns);
}

static struct json_object *describe(const struct xlhv_dom_info *info)
{
	struct json_object *o = json_object_new_object();
	char state[7], uuid[37];

	dom_state_text(info, state);
	dom_uuid_text(info->uuid, uuid);
	json_object_object_add(o, "name", json_object_new_string(info->name));
	json_object_object_add(o, "domid", json_object_new_int64(info->domid));
	json_object_object_add(o, "uuid", json_object_new_string(uuid));
	json_object_object_add(o, "memory_kib", json_object_new_uint64(info->cur_pages * 4));
	json_object_object_add(o, "max_memory_kib", json_object_new_uint64(info->max_pages * 4));
	json_object_object_add(o, "overhead_kib",
			       json_object_new_uint64(info->overhead_pages * 4));
	json_object_object_add(o, "vcpus", json_object_new_int64(info->online_vcpus));
	json_object_object_add(o, "max_vcpus", json_object_new_int64(info->max_vcpus));
	json_object_object_add(o, "state", json_object_new_string(state));
	json_object_object_add(o, "running",
			       json_object_new_boolean(!!(info->flags & XLHV_DOM_RUNNING)));
	json_object_object_add(o, "blocked",
			       json_object_new_boolean(!!(info->flags & XLHV_DOM_BLOCKED)));
	json_object_object_add(o, "paused",
			       json_object_new_boolean(!!(info->flags & XLHV_DOM_PAUSED)));
	json_object_object_add(o, "pause_reason", info->pause_reason == XLHV_PAUSE_NO_MEMORY ?
			       json_object_new_string("ENOMEM") : NULL);
	json_object_object_add(o, "building",
			       json_object_new_boolean(!!(info->flags & XLHV_DOM_BUILDING)));
	json_object_object_add(o, "dying",
			       json_object_new_boolean(!!(info->flags & XLHV_DOM_DYING)));
	json_object_object_add(o, "shutdown_reason", info->flags & XLHV_DOM_SHUTDOWN ?
			       json_object_new_string(dom_shutdown_name(info->shutdown_reason)) :
			       NULL);
	json_object_object_add(o, "monitor", json_object_new_boolean(!has_no_monitor(info)));
	json_object_object_add(o, "cpu_time",
			       dom_seconds(info->cpu_time_ns));
	return o;
}

/* Nobody configured this host: what xl says of domain 0. */
static struct json_object *describe_host(const struct xlhv_dom_info *info)
{
	struct json_object *config = json_object_new_object();
	struct json_object *create = json_object_new_object();
	struct json_object *build = json_object_new_object();
	struct json_object *vcpus = json_object_new_array();
	char uuid[37];

	dom_uuid_text(info->uuid, uuid);
	json_object_object_add(create, "type", json_object_new_string("pv"));
	json_object_object_add(create, "name", json_object_new_string(info->name));
	json_object_object_add(create, "uuid", json_object_new_string(uuid));
	for (unsigned int i = 0; i < info->online_vcpus; i++)
		json_object_array_add(vcpus, json_object_new_int64(i));
	json_object_object_add(build, "max_vcpus", json_object_new_int64(info->max_vcpus));
	json_object_object_add(build, "avail_vcpus", vcpus);
	json_object_object_add(build, "max_memkb", json_object_new_uint64(info->max_pages * 4));
	json_object_object_add(build, "target_memkb", json_object_new_uint64(info->cur_pages * 4));
	json_object_object_add(config, "c_info", create);
	json_object_object_add(config, "b_info", build);
	return config;
}

/* As xl: the configuration of each. */
static struct json_object *describe_config(int device, const struct xlhv_dom_info *info)
{
	struct json_object *o = json_object_new_object(), *config = NULL;
	int domain = info->domid ? dom_open_id(device, info->domid) : -1;

	if (domain >= 0) {
		config = dom_userdata(domain);
		close(domain);
	}
	json_object_object_add(o, "domid", json_object_new_int64(info->domid));
	if (!info->domid)
		config = describe_host(info);
	json_object_object_add(o, "config", config ? config : json_object_new_object());
	return o;
}

static void print_json(int device, const struct xlhv_dom_info *domains, size_t count, bool details)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		json_object_array_add(list, details ? describe_config(device, &domains[i]) :
				      describe(&domains[i]));
	print_json_pretty(stdout, list);
	json_object_put(list);
}

int cmd_list(int argc, char **argv)
{
	enum { JSON = 256 };
	static const struct option longs[] = {
		{ "long", no_argument, NULL, 'l' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "context", no_argument, NULL, 'Z' },
		{ "cpupool", no_argument, NULL, 'c' },
		{ "numa", no_argument, NULL, 'n' },
		{ "json", no_argument, NULL, JSON },
		{ NULL, 0, NULL, 0 },
	};
	struct columns columns = { 0 };
	bool details = false, json = false;
	struct xlhv_dom_info *domains;
	size_t count;
	int option, device;

	while ((option = getopt_long(argc, argv, ":lvZcn", longs, NULL)) != -1) {
		switch (option) {
		case 'l':
			details = true;
			break;
		case 'v':
			columns.verbose = true;
			break;
		case 'Z':
			columns.context = true;
			break;
		case 'c':
			columns.pool = true;
			break;
		case 'n':
			columns.numa = true;
			break;
		case JSON:
			json = true;
			break;
		default:
			return cmd_bad_option(argv, option);
		}
	}
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	domains = dom_select(device, argv + optind, (size_t)(argc - optind), &count);
	if (domains && (details || json))
		print_json(device, domains, count, details);
	else if (domains)
		print_table(domains, count, &columns);
	close(device);
	free(domains);
	return domains ? STATUS_OK : STATUS_FAILED;
}
