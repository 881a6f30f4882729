/* SPDX-License-Identifier: GPL-2.0-only */
/* attach - a network interface that the module makes for a domain, and connects with the host's */
#ifndef XLCTL_NET_ATTACH_H
#define XLCTL_NET_ATTACH_H

#include <net/if.h>
#include <stdint.h>

#include "common/diag.h"
#include "config/vif.h"

/**
 * struct net_offer - a network interface that the module has for a domain
 * @config: as it was asked for
 * @name: of the host's end
 * @bridge: of which it is a port; "": of none
 * @mtu: what it has
 */
struct net_offer {
	const struct vif_config *config;
	char name[IF_NAMESIZE];
	char bridge[IF_NAMESIZE];
	uint32_t mtu;
};

/**
 * net_attach() - give a domain a network interface
 * @domain: its descriptor; it is being built, or lives
 * @config: the interface, with its number and address; has to outlive @offer
 * @diag: where it goes that something will not work
 * @offer: filled in, for net_nodes_add()
 *
 * The host's end is there and connected when it returns, without a carrier.
 *
 * Return: 0, or -1 after a message.
 */
int net_attach(int domain, const struct vif_config *config, struct diag *diag,
	       struct net_offer *offer);

/**
 * net_detach() - take it back at once, whatever the guest is doing with it
 * @domain: the domain's descriptor
 * @devid: number of the interface
 *
 * Return: 0, or a negative errno.
 */
int net_detach(int domain, uint32_t devid);

/**
 * net_free_devid() - the lowest number that no interface of a domain has
 * @domain: its descriptor
 */
uint32_t net_free_devid(int domain);

#endif /* XLCTL_NET_ATTACH_H */
