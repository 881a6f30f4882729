/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * own_bridge - a bridge that is ours, by rtnetlink
 *
 * What is ours says so in its alias, which root alone can set and which goes with the device.
 */
#ifndef XLCTL_NET_OWN_BRIDGE_H
#define XLCTL_NET_OWN_BRIDGE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "net/subnet.h"

struct nl_sock;

/**
 * struct own_bridge - a network device, looked at
 * @name: its name
 * @ifindex: its number; 0: there is none of that name
 * @bridge: it is a bridge
 * @ours: and one that own_bridge_make() made
 * @nr_ports: how many devices are ports of it
 * @port: one of them
 * @v4: its first address of IPv4, if it has any
 * @v6: that of IPv6, without those of the link
 */
struct own_bridge {
	char name[IF_NAMESIZE];
	int ifindex;
	bool bridge;
	bool ours;
	unsigned int nr_ports;
	char port[IF_NAMESIZE];
	struct subnet v4;
	struct subnet v6;
};

/**
 * own_bridge_name() - whether a bridge of ours may have that name
 * @name: the name
 */
bool own_bridge_name(const char *name);

/**
 * own_bridge_look() - look at a device
 * @who: for whom, for messages
 * @sock: of rtnetlink
 * @name: of the device
 * @b: filled in, also if there is none
 *
 * Return: 0, or -1 after a message.
 */
int own_bridge_look(const char *who, struct nl_sock *sock, const char *name,
		    struct own_bridge *b);

/**
 * own_bridge_list() - look at all of ours
 * @who: for whom, for messages
 * @sock: of rtnetlink
 * @all: receives them, to be freed by the caller
 * @nr: receives how many
 *
 * Return: 0, or -1 after a message.
 */
int own_bridge_list(const char *who, struct nl_sock *sock, struct own_bridge **all, size_t *nr);

/**
 * own_bridge_make() - make one, without addresses, down
 * @who: for whom, for messages
 * @sock: of rtnetlink
 * @b: from own_bridge_look(), which found none; filled in
 *
 * Return: 0, or -1 after a message.
 */
int own_bridge_make(const char *who, struct nl_sock *sock, struct own_bridge *b);

/**
 * own_bridge_up() - have it up, with these addresses
 * @who: for whom, for messages
 * @sock: of rtnetlink
 * @b: the bridge
 * @v4: an address, perhaps one that it has
 * @v6: as @v4; none if its family is 0
 *
 * It takes no address or route from what guests advertise. Return: 0, or -1 after a message.
 */
int own_bridge_up(const char *who, struct nl_sock *sock, const struct own_bridge *b,
		  const struct subnet *v4, const struct subnet *v6);

/**
 * own_bridge_remove() - remove it
 * @who: for whom, for messages
 * @sock: of rtnetlink
 * @b: the bridge
 *
 * Return: 0, or -1 after a message.
 */
int own_bridge_remove(const char *who, struct nl_sock *sock, const struct own_bridge *b);

/**
 * own_bridge_taken() - the networks of IPv4 to which the host has routes by other devices
 * @who: for whom, for messages
 * @sock: of rtnetlink
 * @taken: receives them, to be freed by the caller; a default route is none
 * @nr: receives how many
 *
 * Return: 0, or -1 after a message.
 */
int own_bridge_taken(const char *who, struct nl_sock *sock, struct subnet **taken, size_t *nr);

#endif /* XLCTL_NET_OWN_BRIDGE_H */
