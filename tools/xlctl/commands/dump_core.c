// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl dump-core: memory and registers of a domain to a file. The domain stands still
 * meanwhile.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "module/core_dump.h"
#include "module/device.h"
#include "module/dom.h"

static int dump(int domain, const char *who, const char *path)
{
	struct xlhv_dom_info info;
	sigset_t ending, before;
	bool was_paused;
	int error;

	if (dom_info(domain, &info))
		return dom_report(domain, errno, "domain '%s'", who);
	/* A domain that was paused is not left so by an impatient user. */
	sigemptyset(&ending);
	sigaddset(&ending, SIGHUP);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigprocmask(SIG_BLOCK, &ending, &before);
	was_paused = info.flags & XLHV_DOM_PAUSED;
	if (!was_paused && ioctl(domain, XLHV_DOM_PAUSE))
		return dom_report(domain, errno, "domain '%s' cannot be paused", who);
	error = core_write(domain, &info, path);
	if (!was_paused && ioctl(domain, XLHV_DOM_UNPAUSE))
		error = dom_report(domain, errno, "domain '%s' cannot be unpaused", who);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return error;
}

int cmd_dump_core(int argc, char **argv)
{
	int device, domain, status = STATUS_FAILED;

	if (argc != 3)
		return cmd_bad_usage(argv, "expected a domain and a file");
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	domain = dom_open_guest(device, argv[1], "dumped");
	if (domain >= 0) {
		if (!dump(domain, argv[1], argv[2]))
			status = STATUS_OK;
		close(domain);
	}
	close(device);
	return status;
}
