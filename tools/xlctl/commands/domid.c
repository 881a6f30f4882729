// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl domid, domname: one for the other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "module/device.h"
#include "module/dom.h"

/* The one argument of domid and domname: its domain. */
static int find_one(int argc, char **argv, struct xlhv_dom_info *info)
{
	struct xlhv_dom_info *found;
	size_t count;
	int device = device_open(NULL);

	(void)argc;
	if (device < 0)
		return STATUS_FAILED;
	found = dom_select(device, argv + 1, 1, &count);
	close(device);
	if (!found)
		return STATUS_FAILED;
	*info = *found;
	free(found);
	return STATUS_OK;
}

int cmd_domid(int argc, char **argv)
{
	struct xlhv_dom_info info;
	int status;

	if (argc != 2)
		return cmd_bad_usage(argv, "expected the name of a domain");
	status = find_one(argc, argv, &info);
	if (status == STATUS_OK)
		printf("%u\n", info.domid);
	return status;
}

int cmd_domname(int argc, char **argv)
{
	struct xlhv_dom_info info;
	int status;

	if (argc != 2)
		return cmd_bad_usage(argv, "expected a domain ID");
	if (!*argv[1] || strspn(argv[1], "0123456789") != strlen(argv[1])) {
		msg_error("domname: '%s' is not a domain ID", argv[1]);
		return STATUS_FAILED;
	}
	status = find_one(argc, argv, &info);
	if (status == STATUS_OK)
		puts(info.name);
	return status;
}
