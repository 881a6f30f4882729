/* SPDX-License-Identifier: GPL-2.0-only */
/* device_ask - what the commands for disks and for network interfaces have in common */
#ifndef XLCTL_DEVICE_ASK_H
#define XLCTL_DEVICE_ASK_H

#include <xlhv.h>

#include "device/nodes.h"

/**
 * struct device_ask - a domain whose devices are looked at, and the store
 * @info: the domain
 * @domain: its descriptor
 * @xs: connection
 */
struct device_ask {
	struct xlhv_dom_info info;
	int domain;
	struct xs_handle *xs;
};

/**
 * device_ask_begin() - begin with a domain
 * @ask: filled in; for device_ask_close() also after a failure
 * @who: name or number
 * @action: what is done to it, for messages: "given a disk"
 *
 * Return: 0, or -1 after a message.
 */
int device_ask_begin(struct device_ask *ask, const char *who, const char *action);

/**
 * device_ask_close() - end with a domain
 * @ask: from device_ask_begin()
 */
void device_ask_close(struct device_ask *ask);

/**
 * device_ask_monitor() - see that there is who negotiates with the guest
 * @ask: the domain
 *
 * Return: 0, or -1 after a message.
 */
int device_ask_monitor(const struct device_ask *ask);

/**
 * device_ask_number() - a number that may be missing or, in the frontend's folder, anything
 * @ask: the domain
 * @id: the device
 * @side: whose folder
 * @node: name
 *
 * Return: the number, or -1.
 */
long device_ask_number(const struct device_ask *ask, const struct device_id *id,
		       enum device_side side, const char *node);

/**
 * device_ask_detach() - have the guest let go of a device, and wait until it is gone
 * @ask: the domain
 * @id: the device
 * @what: as a user calls its kind
 * @name: and it
 *
 * Return: 0, or -1 after a message.
 */
int device_ask_detach(const struct device_ask *ask, const struct device_id *id, const char *what,
		      const char *name);

#endif /* XLCTL_DEVICE_ASK_H */
