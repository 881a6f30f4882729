/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * link - network devices of the host's: bridges, their ports, routes
 *
 * What Xen leaves to hotplug scripts is done here, by rtnetlink, in the network namespace of the
 * caller. Messages are for whoever asked, and begin with @who.
 */
#ifndef XLCTL_NET_LINK_H
#define XLCTL_NET_LINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/diag.h"
#include "config/vif.h"

/* The host, for guests behind a routed device that speak IPv6. */
#define LINK_GATEWAY6	"fe80::1"

/**
 * struct link_bridge - a bridge of the host's
 * @name: its name
 * @ifindex: its number
 * @mtu: what its ports had better have
 */
struct link_bridge {
	char name[IF_NAMESIZE];
	uint32_t ifindex;
	uint32_t mtu;
};

/**
 * link_find_bridge() - the bridge for an interface
 * @who: whose, for messages
 * @name: of the bridge; NULL: the only one there is, or xenbr0
 * @bridge: filled in
 *
 * Return: 0, or -1 after a message.
 */
int link_find_bridge(const char *who, const char *name, struct link_bridge *bridge);

/**
 * link_join() - make a device a port of a bridge, and have it up
 * @who: whose, for messages
 * @name: of the device
 * @ifindex: its number
 * @bridge: from link_find_bridge()
 *
 * The host itself has no address on it: what comes by it is the bridge's.
 *
 * Return: 0, or -1 after a message.
 */
int link_join(const char *who, const char *name, uint32_t ifindex,
	      const struct link_bridge *bridge);

/**
 * link_route() - have a device up, with routes to what is behind it
 * @who: whose, for messages
 * @name: of the device
 * @ifindex: its number
 * @config: has its addresses, the device whose address the host has towards them, and whether to
 *	the world they are the host
 * @diag: where it goes that the host does not forward
 *
 * The routes go with the device. By IPv4 the host answers there for all that it has routes to; by
 * IPv6 for the addresses of the device that was named, and for LINK_GATEWAY6.
 *
 * Return: 0, or -1 after a message.
 */
int link_route(const char *who, const char *name, uint32_t ifindex,
	       const struct vif_config *config, struct diag *diag);

#endif /* XLCTL_NET_LINK_H */
