// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl info: the host in xl's words, then the module in ours. The fields are
 * gathered in a JSON object, in the order in which they are printed.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <json-c/json.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "common/print.h"
#include "common/sysfs.h"
#include "host/hostcpu.h"
#include "host/vmxtext.h"
#include "module/device.h"

#define CPU_FOLDER	"/sys/devices/system/cpu"
#define NODE_FOLDER	"/sys/devices/system/node"

/* The version of Xen whose ABI the module speaks (kmod/hypercall/xen_version.h). */
#define XEN_MAJOR	4
#define XEN_MINOR	17
#define XEN_EXTRA	".7-xlhv"

/* Widest key of xl's own output; scripts cut at the colon. */
#define KEY_WIDTH	22

struct options {
	bool numa;
	bool verbose;
	bool json;
	const char *field;
};

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void add_number(struct json_object *o, const char *key, uint64_t number)
{
	json_object_object_add(o, key, json_object_new_uint64(number));
}

static uint64_t meminfo_mib(const char *field)
{
	uint64_t kib = 0;

	sysfs_meminfo(&kib, field);
	return kib / 1024;
}

static unsigned int set_count(const char *path)
{
	struct sysfs_set set;
	unsigned int count;

	if (!sysfs_set_read(&set, "%s", path))
		return 0;
	count = sysfs_set_count(&set);
	sysfs_set_free(&set);
	return count;
}

static void add_topology(struct json_object *o)
{
	unsigned int threads = set_count(CPU_FOLDER "/cpu0/topology/thread_siblings_list");
	unsigned int in_socket = set_count(CPU_FOLDER "/cpu0/topology/core_siblings_list");
	unsigned int nodes = set_count(NODE_FOLDER "/online");
	struct sysfs_set possible;

	add_number(o, "nr_cpus", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
	if (sysfs_set_read(&possible, CPU_FOLDER "/possible"))
		add_number(o, "max_cpu_id", (uint64_t)sysfs_set_last(&possible));
	sysfs_set_free(&possible);
	/* A kernel without NUMA has one node and no folder for it. */
	add_number(o, "nr_nodes", nodes ? nodes : 1);
	if (!threads)
		threads = 1;
	add_number(o, "cores_per_socket", in_socket >= threads ? in_socket / threads : 1);
	add_number(o, "threads_per_core", threads);
}

static void add_host(struct json_object *o, const struct xlhv_info *info)
{
	struct utsname uts;
	uint32_t caps[8];
	uint64_t kib = 0;
	char text[80];

	if (!uname(&uts)) {
		add_text(o, "host", uts.nodename);
		add_text(o, "release", uts.release);
		add_text(o, "version", uts.version);
		add_text(o, "machine", uts.machine);
	}
	add_topology(o);
	snprintf(text, sizeof(text), "%u.%03u", info->tsc_khz / 1000, info->tsc_khz % 1000);
	json_object_object_add(o, "cpu_mhz",
			       json_object_new_double_s(info->tsc_khz / 1000.0, text));
	hostcpu_caps(caps);
	snprintf(text, sizeof(text), "%08x:%08x:%08x:%08x:%08x:%08x:%08x:%08x", caps[0],
		 caps[1], caps[2], caps[3], caps[4], caps[5], caps[6], caps[7]);
	add_text(o, "hw_caps", text);
	add_text(o, "virt_caps", info->features & XLHV_FEAT_EPT ? "hvm hap" : "");
	add_number(o, "total_memory", meminfo_mib("MemTotal"));
	sysfs_free_memory(&kib);
	add_number(o, "free_memory", kib / 1024);
	add_number(o, "sharing_freed_memory", 0);
	add_number(o, "sharing_used_memory", 0);
	add_number(o, "outstanding_claims", 0);
	add_number(o, "free_cpus", 0);
}

/* What xl says of Xen, as guests are told it, so that scripts find what they read. */
static void add_xen(struct json_object *o, const struct xlhv_version *version)
{
	char text[80];

	add_number(o, "xen_major", XEN_MAJOR);
	add_number(o, "xen_minor", XEN_MINOR);
	add_text(o, "xen_extra", XEN_EXTRA);
	snprintf(text, sizeof(text), "%d.%d%s", XEN_MAJOR, XEN_MINOR, XEN_EXTRA);
	add_text(o, "xen_version", text);
	add_text(o, "xen_caps", "hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 ");
	add_text(o, "xen_scheduler", "linux");
	add_number(o, "xen_pagesize", (uint64_t)sysconf(_SC_PAGESIZE));
	add_text(o, "platform_params", "virt_start=0xffff800000000000");
	snprintf(text, sizeof(text), "xlhv %s", version->release);
	add_text(o, "xen_changeset", text);
	add_text(o, "xen_commandline", "");
	add_text(o, "cc_compiler", "");
	add_text(o, "cc_compile_by", "xlhv");
	add_text(o, "cc_compile_domain", "xlhv");
	add_text(o, "cc_compile_date", version->release);
	add_text(o, "build_id", "");
	add_number(o, "xend_config_format", 4);
}

static void add_features(struct json_object *o, uint64_t features)
{
	struct json_object *list = json_object_new_array();

	for (const struct vmxtext_feature *f = vmxtext_features; f->name; f++)
		if (features & f->bit)
			json_object_array_add(list, json_object_new_string(f->name));
	json_object_object_add(o, "xlhv_features", list);
}

static void add_guards(struct json_object *o, uint64_t guards)
{
	struct json_object *list = json_object_new_array();

	for (const struct vmxtext_guard *g = vmxtext_guards; g->name; g++)
		if (guards & g->bit)
			json_object_array_add(list, json_object_new_string(g->name));
	json_object_object_add(o, "xlhv_guards", list);
}

static void add_module(struct json_object *o, const struct xlhv_version *version,
		       const struct xlhv_info *info)
{
	char text[32];

	add_text(o, "xlhv_version", version->release);
	snprintf(text, sizeof(text), "%u.%u", version->abi_major, version->abi_minor);
	add_text(o, "xlhv_abi", text);
	add_text(o, "xlhv_kernel", version->kernel);
	add_text(o, "xlhv_policy", vmxtext_policy(info->policy));
	add_text(o, "xlhv_provider", vmxtext_provider(info->provider));
	add_number(o, "xlhv_holders", info->holders);
	add_number(o, "xlhv_cpus_online", info->nr_cpus_online);
	add_number(o, "xlhv_cpus_root", info->nr_cpus_root);
	json_object_object_add(o, "xlhv_kvm_loaded", json_object_new_boolean(!!info->kvm_loaded));
	add_number(o, "xlhv_domains", info->nr_domains);
	add_number(o, "xlhv_max_domains", info->max_domains);
	add_number(o, "xlhv_max_vcpus", info->max_vcpus);
	add_number(o, "xlhv_maxphyaddr", info->maxphyaddr);
	/* KiB: a domain's tables are far below a MiB. */
	add_number(o, "xlhv_guest_kib", info->guest_pages * 4);
	add_number(o, "xlhv_overhead_kib", info->overhead_pages * 4);
	add_features(o, info->features);
	add_guards(o, info->guards);
}

static void add_registers(struct json_object *o, const struct xlhv_info *info)
{
	static const char *const controls[] = {
		"pin", "primary", "secondary", "exit", "entry",
	};
	struct json_object *msrs = json_object_new_object();
	struct json_object *words = json_object_new_object();
	char text[24];

	for (int i = 0; i < XLHV_NR_CAPS; i++) {
		snprintf(text, sizeof(text), "0x%016llx",
			 (unsigned long long)info->cap_msr[i]);
		add_text(msrs, vmxtext_cap_msr[i], text);
	}
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
		snprintf(text, sizeof(text), "0x%08x", info->ctl[i]);
		add_text(words, controls[i], text);
	}
	json_object_object_add(o, "xlhv_capability_msrs", msrs);
	json_object_object_add(o, "xlhv_controls", words);
}

static uint64_t topology_number(int cpu, const char *name)
{
	long long value = 0;

	sysfs_number(&value, CPU_FOLDER "/cpu%d/topology/%s", cpu, name);
	/* Unknown is -1 to the kernel. */
	return value < 0 ? 0 : (uint64_t)value;
}

static int node_of(int cpu, const struct sysfs_set *nodes)
{
	for (int node = sysfs_set_next(nodes, 0); node >= 0; node = sysfs_set_next(nodes, node + 1))
		if (sysfs_exists(CPU_FOLDER "/cpu%d/node%d", cpu, node))
			return node;
	return 0;
}

static uint64_t node_mib(int node, const char *key)
{
	FILE *stream = sysfs_open(NODE_FOLDER "/node%d/meminfo", node);
	unsigned long long kib = 0;
	char line[128], *at;

	while (stream && fgets(line, sizeof(line), stream)) {
		at = strstr(line, key);
		if (at && at[strlen(key)] == ':')
			kib = strtoull(at + strlen(key) + 1, NULL, 10);
	}
	if (stream)
		fclose(stream);
	return kib / 1024;
}

static struct json_object *describe_node(int node)
{
	struct json_object *entry = json_object_new_object();
	struct json_object *distances = json_object_new_array();
	char line[1024], *save = NULL;

	add_number(entry, "node", (uint64_t)node);
	add_number(entry, "memsize", node_mib(node, "MemTotal"));
	add_number(entry, "memfree", node_mib(node, "MemFree"));
	sysfs_line(line, sizeof(line), NODE_FOLDER "/node%d/distance", node);
	for (char *word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save))
		json_object_array_add(distances, json_object_new_int64(atoll(word)));
	json_object_object_add(entry, "distances", distances);
	return entry;
}

static void add_numa(struct json_object *o)
{
	struct json_object *cpus = json_object_new_array();
	struct json_object *memory = json_object_new_array();
	struct sysfs_set online, nodes;

	sysfs_set_read(&nodes, NODE_FOLDER "/online");
	sysfs_set_read(&online, CPU_FOLDER "/online");
	for (int cpu = sysfs_set_next(&online, 0); cpu >= 0;
	     cpu = sysfs_set_next(&online, cpu + 1)) {
		struct json_object *entry = json_object_new_object();

		add_number(entry, "cpu", (uint64_t)cpu);
		add_number(entry, "core", topology_number(cpu, "core_id"));
		add_number(entry, "socket", topology_number(cpu, "physical_package_id"));
		add_number(entry, "node", (uint64_t)node_of(cpu, &nodes));
		json_object_array_add(cpus, entry);
	}
	for (int node = sysfs_set_next(&nodes, 0); node >= 0;
	     node = sysfs_set_next(&nodes, node + 1))
		json_object_array_add(memory, describe_node(node));
	sysfs_set_free(&online);
	sysfs_set_free(&nodes);
	json_object_object_add(o, "cpu_topology", cpus);
	json_object_object_add(o, "numa_info", memory);
}

static int64_t number_in(struct json_object *o, const char *key)
{
	return json_object_get_int64(json_object_object_get(o, key));
}

static void print_cpu_topology(struct json_object *list)
{
	printf("cpu:    core    socket     node\n");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *cpu = json_object_array_get_idx(list, i);

		printf("%3d:    %4d     %4d     %4d\n", (int)number_in(cpu, "cpu"),
		       (int)number_in(cpu, "core"), (int)number_in(cpu, "socket"),
		       (int)number_in(cpu, "node"));
	}
}

static void print_numa_info(struct json_object *list)
{
	printf("node:    memsize    memfree    distances\n");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *node = json_object_array_get_idx(list, i);
		struct json_object *far = json_object_object_get(node, "distances");

		printf("%4d:    %6lld     %6lld      ", (int)number_in(node, "node"),
		       (long long)number_in(node, "memsize"),
		       (long long)number_in(node, "memfree"));
		for (size_t j = 0; j < json_object_array_length(far); j++)
			printf("%s%s", j ? "," : "",
			       json_object_get_string(json_object_array_get_idx(far, j)));
		putchar('\n');
	}
}

static void print_list(struct json_object *list)
{
	for (size_t i = 0; i < json_object_array_length(list); i++)
		printf("%s%s", i ? " " : "",
		       json_object_get_string(json_object_array_get_idx(list, i)));
	putchar('\n');
}

static void print_members(struct json_object *object)
{
	json_object_object_foreach(object, key, value)
		printf("    %-*s : %s\n", KEY_WIDTH - 4, key, json_object_get_string(value));
}

static void print_value(const char *key, struct json_object *value)
{
	if (!strcmp(key, "cpu_topology"))
		print_cpu_topology(value);
	else if (!strcmp(key, "numa_info"))
		print_numa_info(value);
	else if (json_object_is_type(value, json_type_array))
		print_list(value);
	else if (json_object_is_type(value, json_type_object))
		print_members(value);
	else
		puts(json_object_get_string(value));
}

/* Tables begin on a line of their own. */
static bool is_table(const char *key, struct json_object *value)
{
	return json_object_is_type(value, json_type_object) || !strcmp(key, "cpu_topology") ||
	       !strcmp(key, "numa_info");
}

static void print_fields(struct json_object *o)
{
	json_object_object_foreach(o, key, value) {
		printf("%-*s :%c", KEY_WIDTH, key, is_table(key, value) ? '\n' : ' ');
		print_value(key, value);
	}
}

static int unknown_field(struct json_object *o, const char *field)
{
	size_t count = (size_t)json_object_object_length(o), i = 0;
	const char **keys = calloc(count, sizeof(*keys));
	const char *nearest;

	if (!keys)
		msg_out_of_memory();
	json_object_object_foreach(o, key, value) {
		(void)value;
		keys[i++] = key;
	}
	nearest = msg_nearest(field, keys, count, sizeof(*keys));
	if (nearest)
		msg_error("info: no field '%s': did you mean '%s'?", field, nearest);
	else
		msg_error("info: no field '%s'; 'xlctl info' prints them all", field);
	free(keys);
	return STATUS_FAILED;
}

/* One field by name; the beginning of a name will do, as in xl. */
static int print_field(struct json_object *o, const char *field)
{
	bool found = false;
	struct json_object *exact;

	if (json_object_object_get_ex(o, field, &exact)) {
		print_value(field, exact);
		return STATUS_OK;
	}
	json_object_object_foreach(o, key, value) {
		if (strncmp(key, field, strlen(field)))
			continue;
		print_value(key, value);
		found = true;
	}
	return found ? STATUS_OK : unknown_field(o, field);
}

static int parse_options(int argc, char **argv, struct options *options)
{
	enum { JSON = 256 };
	static const struct option longs[] = {
		{ "numa", no_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "json", no_argument, NULL, JSON },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, ":nv", longs, NULL)) != -1) {
		switch (option) {
		case 'n':
			options->numa = true;
			break;
		case 'v':
			options->verbose = true;
			break;
		case JSON:
			options->json = true;
			break;
		default:
			return cmd_bad_option(argv, option);
		}
	}
	if (optind < argc)
		options->field = argv[optind++];
	if (optind < argc)
		return cmd_bad_usage(argv, "unexpected argument '%s'", argv[optind]);
	if (options->field && options->json)
		return cmd_bad_usage(argv, "--json prints all fields, not one");
	return 0;
}

int cmd_info(int argc, char **argv)
{
	struct options options = { 0 };
	struct xlhv_version version;
	struct xlhv_info info;
	struct json_object *o;
	int fd, status = STATUS_OK;

	if (parse_options(argc, argv, &options))
		return STATUS_USAGE;
	fd = device_open(&version);
	if (fd < 0)
		return STATUS_FAILED;
	if (device_info(fd, &info)) {
		close(fd);
		return STATUS_FAILED;
	}
	close(fd);
	o = json_object_new_object();
	add_host(o, &info);
	if (options.numa)
		add_numa(o);
	add_xen(o, &version);
	add_module(o, &version, &info);
	if (options.verbose)
		add_registers(o, &info);
	if (options.json)
		print_json_pretty(stdout, o);
	else if (options.field)
		status = print_field(o, options.field);
	else
		print_fields(o);
	json_object_put(o);
	return status;
}
