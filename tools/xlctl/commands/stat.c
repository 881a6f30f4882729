// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl stat: the counters of domains. Which there are, the module says.
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
#include "common/print.h"
#include "module/counters.h"
#include "module/device.h"
#include "module/dom.h"

struct options {
	bool all;
	bool json;
	uint32_t vcpu;
};

static void print_values(const struct counters *counters, const uint64_t *values,
			 const struct xlhv_dom_info *info, const struct options *options)
{
	if (options->vcpu == XLHV_ALL_VCPUS)
		printf("%s (%u)\n", info->name, info->domid);
	else
		printf("%s (%u), vCPU %u\n", info->name, info->domid, options->vcpu);
	for (uint32_t i = 0; i < counters->count; i++) {
		const struct xlhv_stat_name *name = &counters->names[i];

		if (!values[i] && !options->all)
			continue;
		printf("  %-32s %16llu %-5s %s\n", name->name, (unsigned long long)values[i],
		       name->unit, name->help);
	}
}

static struct json_object *describe(const struct counters *counters, const uint64_t *values,
				    const struct xlhv_dom_info *info,
				    const struct options *options)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(info->name));
	json_object_object_add(o, "domid", json_object_new_int64(info->domid));
	if (options->vcpu != XLHV_ALL_VCPUS)
		json_object_object_add(o, "vcpu", json_object_new_int64(options->vcpu));
	for (uint32_t i = 0; i < counters->count; i++)
		json_object_object_add(list, counters->names[i].name,
				       json_object_new_uint64(values[i]));
	json_object_object_add(o, "counters", list);
	return o;
}

static int show(int device, const struct counters *counters, const struct xlhv_dom_info *info,
		const struct options *options, struct json_object *list)
{
	uint64_t *values = calloc(counters->count + 1, sizeof(*values));
	int domain, error;

	if (!values)
		msg_out_of_memory();
	domain = dom_open_id(device, info->domid);
	error = domain < 0 ? -1 : counters_read(counters, domain, options->vcpu, values);
	if (error && errno == ESRCH) {
		/* Ended since it was listed. */
		error = 0;
	} else if (error && options->vcpu != XLHV_ALL_VCPUS && options->vcpu >= info->max_vcpus) {
		msg_error("domain '%s' has no vCPU %u", info->name, options->vcpu);
	} else if (error) {
		dom_report(domain, errno, "counters of domain '%s'", info->name);
	} else if (list) {
		json_object_array_add(list, describe(counters, values, info, options));
	} else {
		print_values(counters, values, info, options);
	}
	if (domain >= 0)
		close(domain);
	free(values);
	return error;
}

static int parse_options(int argc, char **argv, struct options *options)
{
	enum { JSON = 256, VCPU };
	static const struct option longs[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "vcpu", required_argument, NULL, VCPU },
		{ "json", no_argument, NULL, JSON },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, ":a", longs, NULL)) != -1) {
		char *end;
		unsigned long number;

		switch (option) {
		case 'a':
			options->all = true;
			break;
		case JSON:
			options->json = true;
			break;
		case VCPU:
			errno = 0;
			number = strtoul(optarg, &end, 10);
			if (errno || !*optarg || *end || *optarg == '-' || number > 65535)
				return cmd_bad_usage(argv, "--vcpu '%s': expected a number",
						     optarg);
			options->vcpu = (uint32_t)number;
			break;
		default:
			return cmd_bad_option(argv, option);
		}
	}
	return 0;
}

int cmd_stat(int argc, char **argv)
{
	struct options options = { .vcpu = XLHV_ALL_VCPUS };
	struct xlhv_dom_info *domains = NULL;
	struct json_object *list = NULL;
	struct counters counters;
	int device, status = STATUS_FAILED;
	size_t count = 0;

	if (parse_options(argc, argv, &options))
		return STATUS_USAGE;
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	if (counters_names(device, &counters))
		goto out_close;
	domains = optind < argc ?
		  dom_select(device, argv + optind, (size_t)(argc - optind), &count) :
		  dom_list(device, &count);
	if (!domains)
		goto out_free;
	if (options.json)
		list = json_object_new_array();
	status = STATUS_OK;
	for (size_t i = 0; i < count; i++) {
		if (!domains[i].domid) {
			msg_error("%s is this host: see top(1), vmstat(8), perf(1)", DOM_HOST_NAME);
			status = STATUS_FAILED;
		} else if (show(device, &counters, &domains[i], &options, list)) {
			status = STATUS_FAILED;
		}
	}
	if (list)
		print_json_pretty(stdout, list);
	json_object_put(list);
	free(domains);
out_free:
	counters_free(&counters);
out_close:
	close(device);
	return status;
}
