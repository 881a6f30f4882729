// SPDX-License-Identifier: GPL-2.0-only
/* What the commands for devices have in common; see device_ask.h. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "commands/ask.h"
#include "commands/device_ask.h"
#include "common/msg.h"
#include "module/device.h"
#include "module/dom.h"
#include "monitor/contact.h"
#include "store/store.h"

/* How long a guest has to let go of a device: libxl's. */
#define DETACH_SECONDS	10

int device_ask_begin(struct device_ask *ask, const char *who, const char *action)
{
	int device = device_open(NULL), has;

	ask->domain = -1;
	ask->xs = NULL;
	if (device < 0)
		return -1;
	ask->domain = dom_open_guest(device, who, action);
	close(device);
	if (ask->domain < 0)
		return -1;
	if (dom_info(ask->domain, &ask->info))
		return dom_report(ask->domain, errno, "domain '%s'", who);
	ask->xs = ask_store();
	if (!ask->xs)
		return -1;
	has = store_has(ask->xs, ask->info.domid);
	if (has > 0)
		return 0;
	if (has)
		msg_error("domain '%s': XenStore: %s", ask->info.name, store_error(errno));
	else
		msg_error("domain '%s' has no XenStore, by which it would find a device",
			  ask->info.name);
	return -1;
}

void device_ask_close(struct device_ask *ask)
{
	if (ask->xs)
		store_close(ask->xs);
	if (ask->domain >= 0)
		close(ask->domain);
}

int device_ask_monitor(const struct device_ask *ask)
{
	if (contact_exists(ask->info.name))
		return 0;
	msg_error("domain '%s' has no monitor, which would talk with it; 'xlctl monitor %s' starts one",
		  ask->info.name, ask->info.name);
	return -1;
}

long device_ask_number(const struct device_ask *ask, const struct device_id *id,
		       enum device_side side, const char *node)
{
	uint32_t number;

	return device_number(ask->xs, XBT_NULL, device_path(id, side, node), &number) > 0 ?
	       (long)number : -1;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Return: 1: its nodes have gone; 0: not within some seconds; -1 with errno set: nobody knows. */
static int wait_until_gone(const struct device_ask *ask, const struct device_id *id)
{
	int64_t until = now_ms() + DETACH_SECONDS * 1000, left;
	char *path = device_path(id, DEVICE_BACKEND, ""), **event;
	bool there = xs_watch(ask->xs, path, path);
	int found = there ? 1 : DEVICE_NODE_UNREAD;

	free(path);
	while (there) {
		struct pollfd wait[] = {
			{ .fd = xs_fileno(ask->xs), .events = POLLIN }, { .fd = store_socket() },
		};
		uint32_t state;

		found = device_number(ask->xs, XBT_NULL, device_path(id, DEVICE_BACKEND, "state"),
				      &state);
		left = until - now_ms();
		if (!found || found == DEVICE_NODE_UNREAD || left <= 0)
			break;
		store_idle();
		poll(wait, 2, (int)left);
		store_busy();
		while ((event = store_event(ask->xs, &there)))
			free(event);
		if (!there) {
			errno = ECONNRESET;
			found = DEVICE_NODE_UNREAD;
		}
	}
	return found == DEVICE_NODE_UNREAD ? -1 : !found;
}

int device_ask_detach(const struct device_ask *ask, const struct device_id *id, const char *what,
		      const char *name)
{
	int gone;

	if (device_ask_monitor(ask))
		return -1;
	if (!device_ask_end(ask->xs, id)) {
		msg_error("%s %s: XenStore: %s", what, name, store_error(errno));
		return -1;
	}
	gone = wait_until_gone(ask, id);
	if (gone > 0)
		return 0;
	if (gone < 0)
		msg_error("%s %s: XenStore: %s: whether it is gone is not known", what, name,
			  store_error(errno));
	else
		msg_error("domain '%s' has not let go of %s '%s' within %d s; it goes when the domain does, or with --force",
			  ask->info.name, what, name, DETACH_SECONDS);
	return -1;
}
