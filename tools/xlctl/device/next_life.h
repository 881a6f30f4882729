/* SPDX-License-Identifier: GPL-2.0-only */
/* follow - the devices of a domain's next life */
#ifndef XLCTL_DEVICE_FOLLOW_H
#define XLCTL_DEVICE_FOLLOW_H

#include <stdint.h>

#include "config/domain_config.h"
#include "device/kind.h"

/**
 * device_kept() - a node of the host's alone, for the next life
 * @xs: connection
 * @t: transaction
 * @id: the device
 * @node: name
 *
 * Return: its text, to be freed; NULL with errno set.
 */
char *device_kept(struct xs_handle *xs, xs_transaction_t t, const struct device_id *id,
		  const char *node);

/**
 * device_replace() - the next life has the devices of another configuration
 * @domid: the domain, which keeps those that it has
 *
 * What is attached and detached later is of this life alone.
 */
void device_replace(uint32_t domid);

/**
 * device_follow() - have a configuration name the devices that a domain has now
 * @domid: the domain
 * @kinds: of device
 * @config: what it was made of: devices that were attached and detached since come and go
 *
 * All of them, or none if they cannot all be read, which is said. Does nothing after
 * device_replace().
 */
void device_follow(uint32_t domid, const struct device_kinds *kinds,
		   struct domain_config *config);

#endif /* XLCTL_DEVICE_FOLLOW_H */
