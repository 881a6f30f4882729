// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl sched-credit2: weight and cap of domains that run, in xl's words.
 *
 * The host's scheduler has them as the settings of a control group (host/cpu_share.h), which
 * anybody with the rights may have changed by other means: what is shown is what is in force.
 */
#include <errno.h>
#include <getopt.h>
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
#include "host/cpu_share.h"
#include "module/device.h"
#include "module/dom.h"

#define POOL		"Pool-0"
#define MAX_WEIGHT	65535
#define NOT_GIVEN	UINT32_MAX

struct options {
	const char *domain;
	uint32_t weight, cap;
};

/* The weight that the domain was created with, of which its group may only know a rounding. */
static uint32_t configured_weight(int device, uint32_t domid)
{
	int domain = dom_open_id(device, domid);
	struct json_object *config, *sched, *weight;
	uint32_t value = 0;

	if (domain < 0)
		return 0;
	config = dom_userdata(domain);
	close(domain);
	if (json_object_object_get_ex(dom_build_info(config), "sched_params", &sched) &&
	    json_object_object_get_ex(sched, "weight", &weight))
		value = (uint32_t)json_object_get_int64(weight);
	json_object_put(config);
	return value;
}

static void print_row(int device, const struct xlhv_dom_info *info)
{
	uint32_t weight = DOMAIN_CPU_WEIGHT, cap = 0;

	if (info->domid)
		cpu_share_read(info->domid, configured_weight(device, info->domid), &weight, &cap);
	printf("%-33s %4u %6u %4u\n", info->name, info->domid, weight, cap);
}

static int print_table(const struct options *options, bool with_pool)
{
	char *name = (char *)options->domain;
	struct xlhv_dom_info *domains;
	int device = device_open(NULL);
	size_t count;

	if (device < 0)
		return STATUS_FAILED;
	domains = dom_select(device, &name, name ? 1 : 0, &count);
	if (domains) {
		if (with_pool)
			printf("Cpupool " POOL ": ratelimit=0us\n");
		printf("%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
		for (size_t i = 0; i < count; i++)
			print_row(device, &domains[i]);
	}
	free(domains);
	close(device);
	return domains ? STATUS_OK : STATUS_FAILED;
}

static int change_domain(int device, int domain, const struct options *options)
{
	uint32_t weight = DOMAIN_CPU_WEIGHT, cap = 0;
	struct xlhv_dom_info info;
	struct cpu_share share;
	int error = 0;

	if (dom_info(domain, &info))
		return dom_report(domain, errno, "domain '%s'", options->domain);
	/* Its vCPUs have no threads yet. */
	if (info.flags & XLHV_DOM_BUILDING) {
		msg_error("domain '%s' is still being built", info.name);
		return -1;
	}
	cpu_share_read(info.domid, configured_weight(device, info.domid), &weight, &cap);
	if (options->weight != NOT_GIVEN)
		weight = options->weight;
	if (options->cap != NOT_GIVEN)
		cap = options->cap;
	if (cpu_share_change(&share, info.domid, weight, cap))
		return -1;
	for (uint32_t i = 0; i < info.max_vcpus && !error; i++) {
		struct xlhv_vcpu_info vcpu = { .vcpu = i };

		if (ioctl(domain, XLHV_DOM_VCPU_INFO, &vcpu))
			error = dom_report(domain, errno, "vCPU %u", i);
		else
			error = cpu_share_add(&share, (pid_t)vcpu.tid, i);
	}
	cpu_share_free(&share);
	return error;
}

static int change(const struct options *options)
{
	int device = device_open(NULL), domain, status = STATUS_FAILED;

	if (device < 0)
		return STATUS_FAILED;
	domain = dom_open_guest(device, options->domain, "given a weight or a cap");
	if (domain >= 0) {
		if (!change_domain(device, domain, options))
			status = STATUS_OK;
		close(domain);
	}
	close(device);
	return status;
}

static bool read_number(const char *text, uint32_t min, uint32_t max, uint32_t *number)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value < min || value > max)
		return false;
	*number = (uint32_t)value;
	return true;
}

int cmd_sched_credit2(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "weight", required_argument, NULL, 'w' },
		{ "cap", required_argument, NULL, 'c' },
		{ "cpupool", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .weight = NOT_GIVEN, .cap = NOT_GIVEN };
	int option;

	while ((option = getopt_long(argc, argv, ":d:w:c:p:", longs, NULL)) != -1) {
		switch (option) {
		case 'd':
			options.domain = optarg;
			break;
		case 'w':
			if (!read_number(optarg, 1, MAX_WEIGHT, &options.weight))
				return cmd_bad_usage(argv, "-w '%s': expected a weight from 1 to %u",
						     optarg, MAX_WEIGHT);
			break;
		case 'c':
			if (!read_number(optarg, 0, DOMAIN_MAX_VCPUS * 100, &options.cap))
				return cmd_bad_usage(argv, "-c '%s': expected a percentage of one CPU, 0 to %u",
						     optarg, DOMAIN_MAX_VCPUS * 100);
			break;
		case 'p':
			if (strcmp(optarg, POOL)) {
				msg_error("no CPU pool '%s': there is only " POOL, optarg);
				return STATUS_FAILED;
			}
			break;
		default:
			return cmd_bad_option(argv, option);
		}
	}
	if (optind < argc)
		return cmd_bad_usage(argv, "unexpected argument '%s'", argv[optind]);
	if (options.weight == NOT_GIVEN && options.cap == NOT_GIVEN)
		return print_table(&options, !options.domain);
	if (!options.domain)
		return cmd_bad_usage(argv, "-w and -c need a domain (-d)");
	return change(&options);
}
