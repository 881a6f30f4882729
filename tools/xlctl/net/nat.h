/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nat - guests of a bridge reach the world with the host's addresses
 *
 * For each bridge the packet filter has a table of ours. Nothing but its chains' hooks is common to
 * it and to the tables of others, which decide as before.
 */
#ifndef XLCTL_NET_NAT_H
#define XLCTL_NET_NAT_H

#include "net/subnet.h"

/* Of devices with script=vif-nat: a number that nobody else uses. */
#define NAT_GROUP	0x786c

/**
 * nat_commands() - what the packet filter is told
 * @bridge: name of the bridge: letters, digits, '_', '.', '-'
 * @v4: the host's address of IPv4 there
 * @v6: that of IPv6; none if its family is 0
 *
 * Return: to be freed by the caller; they replace an older table of this bridge.
 */
char *nat_commands(const char *bridge, const struct subnet *v4, const struct subnet *v6);

/**
 * nat_install() - have the packet filter do it
 * @who: for whom, for messages
 * @bridge: as above
 * @v4: as above
 * @v6: as above
 *
 * Return: 0, or -1 after a message.
 */
int nat_install(const char *who, const char *bridge, const struct subnet *v4,
		const struct subnet *v6);

/**
 * nat_installed() - whether a bridge has a table
 * @bridge: name of the bridge
 *
 * Return: 1: it has; 0: it has none; -1: the packet filter does not tell, as it does not tell those
 * who may not change it.
 */
int nat_installed(const char *bridge);

/**
 * nat_install_group() - have the packet filter do it for what comes in by devices of NAT_GROUP
 * @who: for whom, for messages
 *
 * These rules are about no device, and stay. Return: 0, or -1 after a message.
 */
int nat_install_group(const char *who);

/**
 * nat_remove() - remove the table, if there is one
 * @who: for whom, for messages
 * @bridge: name of the bridge
 *
 * Return: 0, or -1 after a message.
 */
int nat_remove(const char *who, const char *bridge);

#endif /* XLCTL_NET_NAT_H */
