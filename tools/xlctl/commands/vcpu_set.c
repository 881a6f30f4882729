// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl vcpu-set. A guest takes its own vCPUs up and down; it is asked to through
 * XenStore, by cpu/N/availability. For one that has none, what can be had is the number
 * with which the domain starts again.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <json-c/json.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "module/device.h"
#include "module/dom.h"
#include "store/store.h"

static int keep(int domain, unsigned int nr)
{
	struct json_object *config = dom_userdata(domain);
	struct json_object *info = dom_build_info(config);
	struct json_object *vcpus;
	int error = -1;

	if (info) {
		vcpus = json_object_new_array();
		for (unsigned int i = 0; i < nr; i++)
			json_object_array_add(vcpus, json_object_new_int((int)i));
		json_object_object_add(info, "avail_vcpus", vcpus);
		error = dom_set_userdata(domain, config);
	} else {
		msg_error("vcpu-set: the domain has no saved configuration");
	}
	json_object_put(config);
	return error;
}

static int set(int domain, int device, const char *text, bool ignore_host)
{
	struct xlhv_dom_info info, host;
	unsigned long nr;
	char *end;
	int known;

	if (dom_info(domain, &info))
		return dom_report(domain, errno, "the domain cannot be asked");
	if (dom_host_info(device, &host))
		return -1;
	errno = 0;
	nr = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || !nr) {
		msg_error("vcpu-set: '%s': expected a number of vCPUs, 1 to %u", text,
			  info.max_vcpus);
		return -1;
	}
	if (nr > info.max_vcpus) {
		msg_error("vcpu-set: %lu: domain '%s' can have %u vCPUs (maxvcpus)", nr, info.name,
			  info.max_vcpus);
		return -1;
	}
	/* Never in the way of what it has already. */
	if (!ignore_host && nr > host.online_vcpus && nr > info.online_vcpus) {
		msg_error("vcpu-set: %lu: the host has %u CPUs; -i overrides this", nr,
			  host.online_vcpus);
		return -1;
	}
	known = store_knows(info.domid);
	if (known < 0) {
		msg_error("domain '%s': XenStore: %s", info.name, store_error(errno));
		return -1;
	}
	if (keep(domain, (unsigned int)nr))
		return -1;
	if (known)
		return store_set_vcpus(info.domid, (unsigned int)nr, info.max_vcpus);
	if (nr == info.online_vcpus)
		return 0;
	msg_error("vcpu-set: domain '%s' will have %lu when it is started again; until then it keeps %u: it has no XenStore (cpu/N/availability) to ask its kernel through",
		  info.name, nr, info.online_vcpus);
	return -1;
}

int cmd_vcpu_set(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "ignore-host", no_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	int option, device, domain, status = STATUS_FAILED;
	bool ignore_host = false;

	while ((option = getopt_long(argc, argv, ":i", longs, NULL)) != -1) {
		if (option != 'i')
			return cmd_bad_option(argv, option);
		ignore_host = true;
	}
	if (argc - optind != 2)
		return cmd_bad_usage(argv, "expected a domain and a number of vCPUs");
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	domain = dom_open_guest(device, argv[optind], "changed");
	if (domain >= 0) {
		if (!set(domain, device, argv[optind + 1], ignore_host))
			status = STATUS_OK;
		close(domain);
	}
	close(device);
	return status;
}
