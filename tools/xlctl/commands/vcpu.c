// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl vcpu-list and vcpu-pin. A virtual CPU is a thread of the kernel, so
 * where it may run is asked and set as for any thread.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <json-c/json.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "common/print.h"
#include "common/sysfs.h"
#include "config/domain_cpus.h"
#include "module/device.h"
#include "module/dom.h"

#define CPU_FOLDER	"/sys/devices/system/cpu"

/* As many as a kernel can have: sizes the sets for the scheduler's calls. */
#define MAX_CPUS	8192

/* The list of CPUs as xl writes it: "all", "none", "0-3,8". */
static char *cpus_text(const cpu_set_t *allowed, const struct sysfs_set *online)
{
	char *text = msg_text("%s", ""), *longer;
	size_t size = CPU_ALLOC_SIZE(MAX_CPUS);
	bool all = true;

	for (int cpu = sysfs_set_next(online, 0); cpu >= 0; cpu = sysfs_set_next(online, cpu + 1))
		all = all && CPU_ISSET_S((size_t)cpu, size, allowed);
	if (all) {
		free(text);
		return msg_text("all");
	}
	for (size_t cpu = 0; cpu < MAX_CPUS; cpu++) {
		size_t first = cpu;

		if (!CPU_ISSET_S(cpu, size, allowed))
			continue;
		while (cpu + 1 < MAX_CPUS && CPU_ISSET_S(cpu + 1, size, allowed))
			cpu++;
		if (cpu == first)
			longer = msg_text("%s%s%zu", text, *text ? "," : "", first);
		else
			longer = msg_text("%s%s%zu-%zu", text, *text ? "," : "", first, cpu);
		free(text);
		text = longer;
	}
	if (!*text) {
		free(text);
		text = msg_text("none");
	}
	return text;
}

static char *affinity_of(uint32_t tid, const struct sysfs_set *online)
{
	size_t size = CPU_ALLOC_SIZE(MAX_CPUS);
	cpu_set_t *allowed = CPU_ALLOC(MAX_CPUS);
	char *text = NULL;

	if (!allowed)
		msg_out_of_memory();
	CPU_ZERO_S(size, allowed);
	/* Without a thread yet, nothing holds it back. */
	if (!tid)
		text = msg_text("all");
	else if (!sched_getaffinity((pid_t)tid, size, allowed))
		text = cpus_text(allowed, online);
	else
		text = msg_text("?");
	CPU_FREE(allowed);
	return text;
}

static struct json_object *describe(const struct xlhv_dom_info *info,
				    const struct xlhv_vcpu_info *vcpu, const char *hard)
{
	static const char *const runstates[] = { "running", "runnable", "blocked", "offline" };
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(info->name));
	json_object_object_add(o, "domid", json_object_new_int64(info->domid));
	json_object_object_add(o, "vcpu", json_object_new_int64(vcpu->vcpu));
	json_object_object_add(o, "online",
			       json_object_new_boolean(!!(vcpu->flags & XLHV_VCPU_ONLINE)));
	json_object_object_add(o, "running",
			       json_object_new_boolean(!!(vcpu->flags & XLHV_VCPU_RUNNING)));
	json_object_object_add(o, "blocked",
			       json_object_new_boolean(!!(vcpu->flags & XLHV_VCPU_BLOCKED)));
	json_object_object_add(o, "cpu", json_object_new_int64(vcpu->cpu));
	json_object_object_add(o, "tid", json_object_new_int64(vcpu->tid));
	json_object_object_add(o, "cpu_time",
			       dom_seconds(vcpu->cpu_time_ns));
	json_object_object_add(o, "hard_affinity", json_object_new_string(hard));
	for (int i = 0; i < 4; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_time", runstates[i]);
		json_object_object_add(o, key,
				       dom_seconds(vcpu->runstate_ns[i]));
	}
	json_object_object_add(o, "exits", json_object_new_uint64(vcpu->exits));
	return o;
}

static void print_row(const struct xlhv_dom_info *info, const struct xlhv_vcpu_info *vcpu,
		      const char *hard)
{
	printf("%-32s %5u %5u", info->name, info->domid, vcpu->vcpu);
	if (vcpu->flags & XLHV_VCPU_ONLINE)
		printf("%5u %3c%c- ", vcpu->cpu, vcpu->flags & XLHV_VCPU_RUNNING ? 'r' : '-',
		       vcpu->flags & XLHV_VCPU_BLOCKED ? 'b' : '-');
	else
		printf("%5c %3c%cp ", '-', '-', '-');
	printf("%9.1f  %s / all\n", (double)vcpu->cpu_time_ns / 1e9, hard);
}

/* What a row goes to. */
struct sink {
	struct sysfs_set online;
	struct json_object *list;	/* NULL: to stdout, as text */
};

static void emit(struct sink *sink, const struct xlhv_dom_info *info,
		 const struct xlhv_vcpu_info *vcpu, const char *hard)
{
	if (sink->list)
		json_object_array_add(sink->list, describe(info, vcpu, hard));
	else
		print_row(info, vcpu, hard);
}

/* The host's CPUs, each of which is always itself. */
static void list_host(struct sink *sink, const struct xlhv_dom_info *info)
{
	FILE *stream = sysfs_open("/proc/stat");
	long hz = sysconf(_SC_CLK_TCK);
	char line[512], hard[16];

	while (stream && fgets(line, sizeof(line), stream)) {
		struct xlhv_vcpu_info vcpu = { .flags = XLHV_VCPU_ONLINE | XLHV_VCPU_RUNNING };
		unsigned long long user, nice, system, idle, wait, irq, softirq, steal, guest = 0;
		unsigned long long guest_nice = 0;

		/* Not the line about all of them. */
		if (strncmp(line, "cpu", 3) || !isdigit((unsigned char)line[3]) ||
		    sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu",
			   &vcpu.cpu, &user, &nice, &system, &idle, &wait, &irq, &softirq,
			   &steal, &guest, &guest_nice) < 9)
			continue;
		vcpu.vcpu = vcpu.cpu;
		vcpu.cpu_time_ns = (user - guest + nice - guest_nice + system + irq + softirq) *
				   (1000000000ULL / (unsigned long)hz);
		snprintf(hard, sizeof(hard), "%u", vcpu.cpu);
		emit(sink, info, &vcpu, hard);
	}
	if (stream)
		fclose(stream);
}

static void list_domain(struct sink *sink, int device, const struct xlhv_dom_info *info)
{
	int domain = dom_open_id(device, info->domid);

	if (domain < 0)
		return;
	for (unsigned int i = 0; i < info->max_vcpus; i++) {
		struct xlhv_vcpu_info vcpu = { .vcpu = i };
		char *hard;

		/* It may have ended meanwhile: no error, it is just not there. */
		if (ioctl(domain, XLHV_DOM_VCPU_INFO, &vcpu))
			break;
		hard = affinity_of(vcpu.tid, &sink->online);
		emit(sink, info, &vcpu, hard);
		free(hard);
	}
	close(domain);
}

int cmd_vcpu_list(int argc, char **argv)
{
	enum { JSON = 256 };
	static const struct option longs[] = {
		{ "json", no_argument, NULL, JSON },
		{ NULL, 0, NULL, 0 },
	};
	struct xlhv_dom_info *domains;
	struct sink sink = { .list = NULL };
	bool json = false;
	int option, device;
	size_t count;

	while ((option = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (option != JSON)
			return cmd_bad_option(argv, option);
		json = true;
	}
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	domains = dom_select(device, argv + optind, (size_t)(argc - optind), &count);
	if (!domains) {
		close(device);
		return STATUS_FAILED;
	}
	sysfs_set_read(&sink.online, CPU_FOLDER "/online");
	if (json)
		sink.list = json_object_new_array();
	else
		printf("%-32s %5s %5s %5s %5s %9s %s\n", "Name", "ID", "VCPU", "CPU", "State",
		       "Time(s)", "Affinity (Hard / Soft)");
	for (size_t i = 0; i < count; i++) {
		if (domains[i].domid)
			list_domain(&sink, device, &domains[i]);
		else
			list_host(&sink, &domains[i]);
	}
	if (json)
		print_json_pretty(stdout, sink.list);
	json_object_put(sink.list);
	sysfs_set_free(&sink.online);
	free(domains);
	close(device);
	return STATUS_OK;
}

static int pin_one(int domain, unsigned int number, const cpu_set_t *allowed, const char *text)
{
	struct xlhv_vcpu_info vcpu = { .vcpu = number };

	if (ioctl(domain, XLHV_DOM_VCPU_INFO, &vcpu)) {
		/* The number was checked: this is a domain that has just ended. */
		return dom_report(domain, errno, "vCPU %u", number);
	}
	if (!vcpu.tid) {
		msg_error("vCPU %u has no thread yet: the domain is being built", number);
		return -1;
	}
	if (!sched_setaffinity((pid_t)vcpu.tid, CPU_ALLOC_SIZE(MAX_CPUS), allowed))
		return 0;
	if (errno == EINVAL)
		msg_error("vCPU %u: none of the CPUs %s is online and allowed here", number, text);
	else
		msg_error("vCPU %u cannot be pinned: %s", number, strerror(errno));
	return -1;
}

static int pin(int domain, const char *which, const cpu_set_t *allowed, const char *text)
{
	struct xlhv_dom_info info;
	unsigned int first = 0, last;
	char *end;

	if (dom_info(domain, &info))
		return dom_report(domain, errno, "the domain cannot be asked");
	last = info.max_vcpus - 1;
	if (strcmp(which, "all")) {
		unsigned long number = strtoul(which, &end, 10);

		if (!*which || *end || *which == '-' || number > last) {
			msg_error("vcpu-pin: '%s': domain '%s' has vCPUs 0 to %u", which,
				  info.name, last);
			return -1;
		}
		first = (unsigned int)number;
		last = first;
	}
	for (unsigned int i = first; i <= last; i++)
		if (pin_one(domain, i, allowed, text))
			return -1;
	return 0;
}

/* Reads the list of CPUs; NULL after a message. */
static cpu_set_t *parse_cpus(const char *text)
{
	size_t size = CPU_ALLOC_SIZE(MAX_CPUS);
	cpu_set_t *allowed = CPU_ALLOC(MAX_CPUS);
	struct sysfs_set cpus;
	char why[160];

	if (!allowed)
		msg_out_of_memory();
	CPU_ZERO_S(size, allowed);
	switch (domain_cpu_list_parse(&cpus, text, why, sizeof(why))) {
	case 0:
		break;
	case -ENOMEM:
		msg_out_of_memory();
	default:
		msg_error("vcpu-pin: '%s': %s", text, why);
		CPU_FREE(allowed);
		return NULL;
	}
	for (int cpu = sysfs_set_next(&cpus, 0); cpu >= 0 && cpu < MAX_CPUS;
	     cpu = sysfs_set_next(&cpus, cpu + 1))
		CPU_SET_S((size_t)cpu, size, allowed);
	sysfs_set_free(&cpus);
	return allowed;
}

int cmd_vcpu_pin(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "force", no_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	int option, device, domain, status = STATUS_FAILED;
	cpu_set_t *allowed;
	char **args;

	/* xl's --force undoes what only Xen does. */
	while ((option = getopt_long(argc, argv, "+:f", longs, NULL)) != -1)
		if (option != 'f')
			return cmd_bad_option(argv, option);
	args = argv + optind;
	if (argc - optind < 3 || argc - optind > 4)
		return cmd_bad_usage(argv, "expected a domain, a vCPU or 'all', and CPUs");
	if (args[3] && strcmp(args[3], "-") && strcmp(args[3], "all")) {
		msg_error("vcpu-pin: soft affinity is not supported: give '-' or 'all'");
		return STATUS_FAILED;
	}
	if (!strcmp(args[2], "-"))
		return STATUS_OK;
	allowed = parse_cpus(args[2]);
	if (!allowed)
		return STATUS_FAILED;
	device = device_open(NULL);
	if (device >= 0) {
		domain = dom_open_guest(device, args[0], "pinned");
		if (domain >= 0) {
			if (!pin(domain, args[1], allowed, args[2]))
				status = STATUS_OK;
			close(domain);
		}
		close(device);
	}
	CPU_FREE(allowed);
	return status;
}
