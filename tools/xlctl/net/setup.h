/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * setup - a network for guests: a bridge with addresses, translation, and who lends addresses
 *
 * Nothing that others have made is changed, but for forwarding, which is the host's as a whole.
 */
#ifndef XLCTL_NET_SETUP_H
#define XLCTL_NET_SETUP_H

#include <stdbool.h>

#include "common/diag.h"
#include "net/subnet.h"

#define SETUP_BRIDGE	"xenbr0"

/**
 * struct setup - a network that is asked for
 * @bridge: name of its bridge: own_bridge_name() accepts it
 * @v4: the host's address of IPv4 there; one is chosen if its family is 0
 * @v6: that of IPv6, likewise
 * @no_dhcp: addresses are not lent
 */
struct setup {
	const char *bridge;
	struct subnet v4;
	struct subnet v6;
	bool no_dhcp;
};

/**
 * setup_make() - make a network, or whatever is missing of it
 * @setup: what is asked for; receives what the network has
 * @diag: where it goes that something will not work
 *
 * Return: 0, or -1 after a message: then a network that was not there before is not there.
 */
int setup_make(struct setup *setup, struct diag *diag);

/**
 * setup_remove() - remove one
 * @bridge: name of its bridge
 * @force: also one whose bridge has ports
 *
 * Return: 0, also if there was none; or -1 after a message.
 */
int setup_remove(const char *bridge, bool force);

/**
 * setup_show() - print a table of them
 * @bridge: of which bridge; NULL: of all
 *
 * Return: how many, or -1 after a message.
 */
int setup_show(const char *bridge);

#endif /* XLCTL_NET_SETUP_H */
