// SPDX-License-Identifier: GPL-2.0-only
/* xlctl pause, unpause */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "module/device.h"
#include "module/dom.h"

static int act(const char *who, unsigned long request, const char *action)
{
	int device = device_open(NULL), domain, status = STATUS_FAILED;

	if (device < 0)
		return STATUS_FAILED;
	domain = dom_open_guest(device, who, action);
	if (domain >= 0) {
		if (!ioctl(domain, request))
			status = STATUS_OK;
		else
			dom_report(domain, errno, "domain '%s' cannot be %s", who, action);
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
