// SPDX-License-Identifier: GPL-2.0-only
/* xlctl rename */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "module/device.h"
#include "module/dom.h"
#include "store/store.h"

/* XenStore has the name, too. */
static int tell_name(int domain, const char *name)
{
	struct xlhv_dom_info info;

	if (dom_info(domain, &info))
		return STATUS_OK;	/* it is gone, as its nodes are */
	return store_rename(info.domid, name, info.uuid, info.uuid) ? STATUS_FAILED : STATUS_OK;
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
		msg_error("rename: invalid name '%s': %s", argv[2], wrong);
		return STATUS_FAILED;
	}
	strcpy(arg.name, argv[2]);
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	domain = dom_open_guest(device, argv[1], "renamed");
	if (domain >= 0) {
		if (!ioctl(domain, XLHV_DOM_RENAME, &arg))
			status = tell_name(domain, argv[2]);
		else if (errno == EEXIST)
			msg_error("a domain named '%s' already exists", argv[2]);
		else
			dom_report(domain, errno, "domain '%s' cannot be renamed", argv[1]);
		close(domain);
	}
	close(device);
	return status;
}
