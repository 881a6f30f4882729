// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl trigger: an NMI for a domain. Of xl's other triggers a PVH domain has none: no buttons, no
 * sleep states, no reset line. xl accepts some of them nevertheless, and nothing happens.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "module/device.h"
#include "module/dom.h"

/* What xl knows besides, and what to do instead. */
static const struct {
	const char *name, *why;
} none_here[] = {
	{ "power",
	  "a PVH domain has no power button; 'xlctl shutdown DOMAIN' asks it to power off" },
	{ "sleep", "a PVH domain has no sleep button; 'xlctl pause DOMAIN' stops it" },
	{ "reset", "a PVH domain has no reset button; 'xlctl reboot DOMAIN' asks it to reboot" },
	{ "init", "INIT cannot be sent to a domain" },
	{ "s3resume", "a PVH domain has no sleep states" },
};

/* 0, or -1 after a message. */
static int check_name(const char *name)
{
	if (!strcmp(name, "nmi"))
		return 0;
	for (size_t i = 0; i < sizeof(none_here) / sizeof(none_here[0]); i++) {
		if (strcmp(name, none_here[i].name))
			continue;
		msg_error("trigger %s: %s", name, none_here[i].why);
		return -1;
	}
	msg_error("trigger: '%s': the only trigger is 'nmi'", name);
	return -1;
}

static int send(int domain, const char *vcpu)
{
	struct xlhv_trigger nmi = { .kind = XLHV_TRIGGER_NMI };
	struct xlhv_dom_info info;
	unsigned long number = 0;
	char *end;

	if (dom_info(domain, &info))
		return dom_report(domain, errno, "the domain cannot be asked");
	if (vcpu) {
		number = strtoul(vcpu, &end, 10);
		if (*vcpu < '0' || *vcpu > '9' || *end || number >= info.max_vcpus) {
			msg_error("trigger: '%s': domain '%s' has vCPUs 0 to %u", vcpu, info.name,
				  info.max_vcpus - 1);
			return -1;
		}
	}
	nmi.vcpu = (uint32_t)number;
	if (ioctl(domain, XLHV_DOM_TRIGGER, &nmi))
		return dom_report(domain, errno, "domain '%s' cannot be sent an NMI", info.name);
	return 0;
}

int cmd_trigger(int argc, char **argv)
{
	static const struct option longs[] = { { NULL, 0, NULL, 0 } };
	int option, device, domain, status = STATUS_FAILED;
	char **args;

	option = getopt_long(argc, argv, ":", longs, NULL);
	if (option != -1)
		return cmd_bad_option(argv, option);
	args = argv + optind;
	if (argc - optind < 2 || argc - optind > 3)
		return cmd_bad_usage(argv, "expected a domain, a trigger, and maybe a vCPU");
	if (check_name(args[1]))
		return STATUS_FAILED;
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	domain = dom_open_guest(device, args[0], "sent an NMI");
	if (domain >= 0) {
		if (!send(domain, args[2]))
			status = STATUS_OK;
		close(domain);
	}
	close(device);
	return status;
}
