// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl list, domid, domname, uptime: what there is, in xl's columns.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "common/print.h"
#include "common/sysfs.h"
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

/* Of commands that need no more of the module.  NULL after a message. */
static struct xlhv_dom_info *all_domains(size_t *count)
{
	int device = device_open(NULL);
	struct xlhv_dom_info *domains;

	if (device < 0)
		return NULL;
	domains = dom_select(device, NULL, 0, count);
	close(device);
	return domains;
}

/* xl leaves out domain 0 only where it has no UUID; ours has a number and a name, too. */
int cmd_vm_list(int argc, char **argv)
{
	struct xlhv_dom_info *domains;
	size_t count;

	if (argc > 1)
		return cmd_bad_usage(argv, "unexpected argument '%s'", argv[1]);
	domains = all_domains(&count);
	if (!domains)
		return STATUS_FAILED;
	printf("UUID                                  ID    name\n");
	for (size_t i = 0; i < count; i++) {
		char uuid[37];

		dom_uuid_text(domains[i].uuid, uuid);
		printf("%s  %u    %-30s\n", uuid, domains[i].domid, domains[i].name);
	}
	free(domains);
	return STATUS_OK;
}

static void print_cpu_list(void)
{
	struct sysfs_set online;
	const char *comma = "";

	if (!sysfs_set_read(&online, "/sys/devices/system/cpu/online"))
		return;
	for (int cpu = sysfs_set_next(&online, 0); cpu >= 0;
	     cpu = sysfs_set_next(&online, cpu + 1)) {
		printf("%s%d", comma, cpu);
		comma = ",";
	}
	sysfs_set_free(&online);
}

int cmd_cpupool_list(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "cpus", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	struct xlhv_dom_info *domains;
	bool cpus = false;
	int option;
	size_t count;

	while ((option = getopt_long(argc, argv, ":c", longs, NULL)) != -1) {
		if (option != 'c')
			return cmd_bad_option(argv, option);
		cpus = true;
	}
	if (argc - optind > 1)
		return cmd_bad_usage(argv, "expected at most one CPU pool");
	if (optind < argc && strcmp(argv[optind], "Pool-0")) {
		msg_error("no CPU pool '%s': there is only Pool-0", argv[optind]);
		return STATUS_FAILED;
	}
	domains = all_domains(&count);
	if (!domains)
		return STATUS_FAILED;
	printf("%-19s%s\n", "Name", cpus ? "CPU list" : "CPUs   Sched     Active   Domain count");
	printf("%-19s", "Pool-0");
	if (cpus)
		print_cpu_list();
	else
		printf("%3ld %9s       y       %4zu", sysconf(_SC_NPROCESSORS_ONLN), "linux",
		       count);
	putchar('\n');
	free(domains);
	return STATUS_OK;
}

/* The one argument of domid and domname: its domain. */
static int find_one(int argc, char **argv, struct xlhv_dom_info *info)
{
	struct xlhv_dom_info *found;
	size_t count;
	int device = device_open(NULL);

	(void)argc;
	if (device < 0)
		return STATUS_FAILED;
	found = dom_select(device, argv + 1, 1, &count);
	close(device);
	if (!found)
		return STATUS_FAILED;
	*info = *found;
	free(found);
	return STATUS_OK;
}

int cmd_domid(int argc, char **argv)
{
	struct xlhv_dom_info info;
	int status;

	if (argc != 2)
		return cmd_bad_usage(argv, "expected the name of a domain");
	status = find_one(argc, argv, &info);
	if (status == STATUS_OK)
		printf("%u\n", info.domid);
	return status;
}

int cmd_domname(int argc, char **argv)
{
	struct xlhv_dom_info info;
	int status;

	if (argc != 2)
		return cmd_bad_usage(argv, "expected a domain ID");
	if (!*argv[1] || strspn(argv[1], "0123456789") != strlen(argv[1])) {
		msg_error("domname: '%s' is not a domain ID", argv[1]);
		return STATUS_FAILED;
	}
	status = find_one(argc, argv, &info);
	if (status == STATUS_OK)
		puts(info.name);
	return status;
}

static uint64_t seconds_up(const struct xlhv_dom_info *info)
{
	struct timespec now;
	uint64_t ns;

	/* The host has been up as long as the clock runs. */
	clock_gettime(CLOCK_BOOTTIME, &now);
	ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	return ns > info->created_ns ? (ns - info->created_ns) / 1000000000 : 0;
}

static void print_uptime(const struct xlhv_dom_info *info, bool brief)
{
	uint64_t up = seconds_up(info);
	unsigned int days = (unsigned int)(up / 86400), hours = (unsigned int)(up / 3600 % 24);
	unsigned int minutes = (unsigned int)(up / 60 % 60), seconds = (unsigned int)(up % 60);
	char day_text[32] = "", clock[16] = "";
	time_t now = time(NULL);
	struct tm local;

	if (days)
		snprintf(day_text, sizeof(day_text), "%u day%s, ", days, days == 1 ? "" : "s");
	if (!brief) {
		printf("%-33s %4u %s%2u:%02u:%02u\n", info->name, info->domid, day_text, hours,
		       minutes, seconds);
		return;
	}
	if (localtime_r(&now, &local))
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	printf(" %s up %s%2u:%02u, %s (%u)\n", clock, day_text, hours, minutes, info->name,
	       info->domid);
}

int cmd_uptime(int argc, char **argv)
{
	struct xlhv_dom_info *domains;
	bool brief = false;
	int option, device;
	size_t count;

	while ((option = getopt_long(argc, argv, ":s", (struct option[]){ { 0 } }, NULL)) != -1) {
		if (option != 's')
			return cmd_bad_option(argv, option);
		brief = true;
	}
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	domains = dom_select(device, argv + optind, (size_t)(argc - optind), &count);
	close(device);
	if (!domains)
		return STATUS_FAILED;
	if (!brief)
		printf("%-33s %4s %s\n", "Name", "ID", "Uptime");
	for (size_t i = 0; i < count; i++)
		print_uptime(&domains[i], brief);
	free(domains);
	return STATUS_OK;
}
