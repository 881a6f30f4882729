/* SPDX-License-Identifier: GPL-2.0-only */
/* nodes - what XenStore has of a network interface, besides what it has of all devices */
#ifndef XLCTL_NET_NODES_H
#define XLCTL_NET_NODES_H

#include <stdint.h>

#include "config/domain_config.h"
#include "device/nodes.h"
#include "net/attach.h"

#define NET_KIND	"vif"

/**
 * net_id() - a network interface, among all devices
 * @domid: the domain
 * @devid: number of the interface
 *
 * Return: what the functions for devices know it by.
 */
struct device_id net_id(uint32_t domid, uint32_t devid);

/**
 * net_nodes_add() - tell XenStore, and so the guest, of a network interface
 * @xs: connection
 * @domid: the domain; known to the store
 * @offer: from net_attach()
 *
 * Return: 0, or -1 after a message.
 */
int net_nodes_add(struct xs_handle *xs, uint32_t domid, const struct net_offer *offer);

/**
 * net_follow() - have a configuration name a network interface that a domain has
 * @xs: connection
 * @t: transaction
 * @id: the interface
 * @config: the configuration
 *
 * Return: 0, also of what is none of ours; or an errno.
 */
int net_follow(struct xs_handle *xs, xs_transaction_t t, const struct device_id *id,
	       struct domain_config *config);

#endif /* XLCTL_NET_NODES_H */
