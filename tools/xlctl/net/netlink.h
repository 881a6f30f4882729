/* SPDX-License-Identifier: GPL-2.0-only */
/* netlink - what all questions to the host's network have in common */
#ifndef XLCTL_NET_NETLINK_H
#define XLCTL_NET_NETLINK_H

struct nl_sock;

/**
 * netlink_fail() - report an error
 * @who: for whom
 * @what: what it happened to
 * @error: of libnl
 *
 * Return: -1.
 */
int netlink_fail(const char *who, const char *what, int error);

/**
 * netlink_open() - a socket for rtnetlink
 * @who: for whom, for messages
 *
 * Return: it, for nl_socket_free(); NULL after a message.
 */
struct nl_sock *netlink_open(const char *who);

/**
 * netlink_set_switch() - set a switch of a device's
 * @who: for whom, for messages
 * @family: "ipv4" or "ipv6"
 * @name: of the device, or "all"
 * @node: of the switch
 * @value: its new value
 *
 * One that the kernel does not have need not be set. Return: 0, or -1 after a message.
 */
int netlink_set_switch(const char *who, const char *family, const char *name, const char *node,
		       const char *value);

/**
 * netlink_get_switch() - what a switch of a device's is set to
 * @family: as above
 * @name: as above
 * @node: as above
 *
 * Return: its first character; 0: there is none.
 */
char netlink_get_switch(const char *family, const char *name, const char *node);

#endif /* XLCTL_NET_NETLINK_H */
