// SPDX-License-Identifier: GPL-2.0-only
/* xlctl sysrq: a key that the domain's kernel is to see */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/ask.h"
#include "commands/cmd.h"
#include "common/msg.h"
#include "module/device.h"
#include "module/dom.h"
#include "store/store.h"

/* Writes one node of a domain that has XenStore. */
static int tell(const char *who, const char *node, const char *value)
{
	int device = device_open(NULL), domain, has, status = STATUS_FAILED;
	struct xs_handle *xs = NULL;
	struct xlhv_dom_info info;
	char *path;

	if (device < 0)
		return STATUS_FAILED;
	domain = dom_open_guest(device, who, "asked");
	if (domain >= 0 && dom_info(domain, &info)) {
		dom_report(domain, errno, "domain '%s'", who);
	} else if (domain >= 0) {
		xs = ask_store();
		path = store_path(info.domid, node);
		has = xs ? store_has(xs, info.domid) : 0;
		if (xs && !has)
			msg_error("domain '%s' " ASK_NO_STORE, info.name);
		else if (xs && (has < 0 || !ask_write(xs, XBT_NULL, path, value)))
			msg_error("domain '%s': XenStore: %s", info.name, store_error(errno));
		else if (xs)
			status = STATUS_OK;
		free(path);
	}
	store_close(xs);
	if (domain >= 0)
		close(domain);
	close(device);
	return status;
}

int cmd_sysrq(int argc, char **argv)
{
	if (argc != 3)
		return cmd_bad_usage(argv, "expected a domain and a letter");
	if (strlen(argv[2]) != 1 || argv[2][0] <= ' ' || argv[2][0] > '~')
		return cmd_bad_usage(argv, "'%s': expected one letter", argv[2]);
	return tell(argv[1], "control/sysrq", argv[2]);
}
