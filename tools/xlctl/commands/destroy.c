// SPDX-License-Identifier: GPL-2.0-only
/* xlctl destroy: a domain, its monitor and what both leave */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "host/cpu_share.h"
#include "module/device.h"
#include "module/dom.h"
#include "monitor/contact.h"
#include "monitor/saved_config.h"
#include "store/store.h"
#include "vfr/apply.h"

/* Destroys it unless it is gone already, which is what was asked for. */
static int destroy(int domain, const char *who)
{
	struct xlhv_dom_info info;
	bool known = !dom_info(domain, &info);

	if (ioctl(domain, XLHV_DOM_DESTROY) && errno != ESRCH) {
		dom_report(domain, errno, "domain '%s' cannot be destroyed", who);
		return -1;
	}
	cpu_share_sweep(known ? info.domid : 0);
	if (known) {
		store_remove(info.domid, info.uuid);
		vfr_detach_all(info.domid);
		kept_forget(info.domid);
	}
	return 0;
}

/*
 * The monitor comes first: it would start again what goes away, and between two
 * lives there is a monitor, but no domain.
 */
static int destroy_for_good(int device, const char *who)
{
	int domain = dom_find(device, who), asked, result;
	struct xlhv_dom_info info;
	char name[XLHV_NAME_LEN];

	snprintf(name, sizeof(name), "%s",
		 domain >= 0 && !dom_info(domain, &info) ? info.name : who);
	asked = domain == DOM_HOST ? 0 : contact_end(name, CONTACT_END);
	/* What a monitor that was killed on its way left. */
	if (domain < 0 && asked > 0)
		domain = dom_find(device, who);
	if (domain < 0 && asked)
		return asked > 0 ? 0 : -1;
	if (domain < 0)
		domain = dom_open_guest(device, who, "destroyed");
	if (domain < 0)
		return -1;
	result = destroy(domain, who);
	close(domain);
	return result;
}

int cmd_destroy(int argc, char **argv)
{
	int option, device, error;

	/* xl's -f is for domain 0, which cannot be destroyed here either way. */
	while ((option = getopt_long(argc, argv, ":f", (struct option[]){ { 0 } }, NULL)) != -1)
		if (option != 'f')
			return cmd_bad_option(argv, option);
	if (argc - optind != 1)
		return cmd_bad_usage(argv, "expected a domain");
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	error = destroy_for_good(device, argv[optind]);
	close(device);
	return error ? STATUS_FAILED : STATUS_OK;
}
