// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl pause, unpause, destroy, rename: one ioctl each on a domain.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "host/cpu_share.h"
#include "module/device.h"
#include "module/dom.h"

static int act(const char *who, unsigned long request, const char *action)
{
	int device = device_open(NULL), domain, status = STATUS_FAILED;

	if (device < 0)
		return STATUS_FAILED;
	domain = dom_open_guest(device, who, action);
	if (domain >= 0) {
		struct xlhv_dom_info info = { .domid = 0 };

		if (request == XLHV_DOM_DESTROY)
			dom_info(domain, &info);
		/* Somebody else was faster: the end is what was asked for. */
		if (!ioctl(domain, request) ||
		    (errno == ESRCH && request == XLHV_DOM_DESTROY))
			status = STATUS_OK;
		else
			dom_report(domain, errno, "domain '%s' cannot be %s", who, action);
		if (request == XLHV_DOM_DESTROY && status == STATUS_OK)
			cpu_share_sweep(info.domid);
		close(domain);
	}
	close(device);
	return status;
}

int cmd_pause(int argc, char **argv)
{
	if (argc != 2)
		return cmd_bad_usage(argv, "expected a domain");
	return act(argv[1], XLHV_DOM_PAUSE, "paused");
}

int cmd_unpause(int argc, char **argv)
{
	if (argc != 2)
		return cmd_bad_usage(argv, "expected a domain");
	return act(argv[1], XLHV_DOM_UNPAUSE, "unpaused");
}

int cmd_destroy(int argc, char **argv)
{
	int option;

	/* xl's -f is for domain 0, which cannot be destroyed here either way. */
	while ((option = getopt_long(argc, argv, ":f", (struct option[]){ { 0 } }, NULL)) != -1)
		if (option != 'f')
			return cmd_bad_option(argv, option);
	if (argc - optind != 1)
		return cmd_bad_usage(argv, "expected a domain");
	return act(argv[optind], XLHV_DOM_DESTROY, "destroyed");
}

int cmd_rename(int argc, char **argv)
{
	struct xlhv_rename arg = { .flags = 0 };
	int device, domain, status = STATUS_FAILED;
	const char *wrong;

	if (argc != 3)
		return cmd_bad_usage(argv, "expected a domain and its new name");
	wrong = dom_valid_name(argv[2]);
	if (wrong) {
		msg_error("rename: the name '%s' is %s", argv[2], wrong);
		return STATUS_FAILED;
	}
	strcpy(arg.name, argv[2]);
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	domain = dom_open_guest(device, argv[1], "renamed");
	if (domain >= 0) {
		if (!ioctl(domain, XLHV_DOM_RENAME, &arg))
			status = STATUS_OK;
		else if (errno == EEXIST)
			msg_error("there is a domain '%s' already", argv[2]);
		else
			dom_report(domain, errno, "domain '%s' cannot be renamed", argv[1]);
		close(domain);
	}
	close(device);
	return status;
}
