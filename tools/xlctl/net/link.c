// SPDX-License-Identifier: GPL-2.0-only
/* Network devices of the host's; see link.h. */
#include <stdio.h>
#include <string.h>

#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include "common/msg.h"
#include "net/link.h"
#include "net/netlink.h"

#define DEFAULT_BRIDGE	"xenbr0"

static bool is_bridge(struct rtnl_link *link)
{
	const char *type = rtnl_link_get_type(link);

	return type && !strcmp(type, "bridge");
}

static void describe(struct rtnl_link *link, struct link_bridge *bridge)
{
	snprintf(bridge->name, sizeof(bridge->name), "%s", rtnl_link_get_name(link));
	bridge->ifindex = (uint32_t)rtnl_link_get_ifindex(link);
	bridge->mtu = rtnl_link_get_mtu(link);
}

static int find_named(const char *who, struct nl_sock *sock, const char *name,
		      struct link_bridge *bridge)
{
	struct rtnl_link *link = NULL;
	int error = rtnl_link_get_kernel(sock, 0, name, &link);

	if (error == -NLE_OBJ_NOTFOUND || error == -NLE_NODEV)
		msg_error("%s: there is no bridge '%s'", who, name);
	else if (error)
		netlink_fail(who, name, error);
	else if (!is_bridge(link))
		msg_error("%s: '%s' is no bridge", who, name);
	else
		describe(link, bridge);
	rtnl_link_put(link);
	return bridge->ifindex ? 0 : -1;
}

/* The only one there is; or of several the one that Xen's tools mean. */
static int find_any(const char *who, struct nl_sock *sock, struct link_bridge *bridge)
{
	struct link_bridge first = { .ifindex = 0 };
	struct nl_cache *links;
	unsigned int nr = 0;
	int error = rtnl_link_alloc_cache(sock, AF_UNSPEC, &links);

	if (error)
		return netlink_fail(who, "links", error);
	for (struct nl_object *o = nl_cache_get_first(links); o; o = nl_cache_get_next(o)) {
		struct rtnl_link *link = (struct rtnl_link *)o;

		if (!is_bridge(link))
			continue;
		if (!nr++)
			describe(link, &first);
		if (!strcmp(rtnl_link_get_name(link), DEFAULT_BRIDGE))
			describe(link, bridge);
	}
	nl_cache_free(links);
	if (nr == 1)
		*bridge = first;
	if (bridge->ifindex)
		return 0;
	if (nr)
		msg_error("%s: which of the %u bridges? bridge=NAME says it", who, nr);
	else
		msg_error("%s: the host has no bridge: 'xlctl network-setup' makes one", who);
	return -1;
}

int link_find_bridge(const char *who, const char *name, struct link_bridge *bridge)
{
	struct nl_sock *sock = netlink_open(who);
	int error = -1;

	memset(bridge, 0, sizeof(*bridge));
	if (!sock)
		return -1;
	error = name ? find_named(who, sock, name, bridge) : find_any(who, sock, bridge);
	nl_socket_free(sock);
	return error;
}

/* Has a device up as a port of a bridge. */
static int enslave(const char *who, struct nl_sock *sock, const char *name, uint32_t ifindex,
		   uint32_t bridge)
{
	struct rtnl_link *link = rtnl_link_alloc(), *wish = rtnl_link_alloc();
	int error;

	if (!link || !wish)
		msg_out_of_memory();
	rtnl_link_set_ifindex(link, (int)ifindex);
	rtnl_link_set_flags(wish, IFF_UP);
	rtnl_link_set_master(wish, (int)bridge);
	error = rtnl_link_change(sock, link, wish, 0);
	rtnl_link_put(wish);
	rtnl_link_put(link);
	return error ? netlink_fail(who, name, error) : 0;
}

int link_join(const char *who, const char *name, uint32_t ifindex,
	      const struct link_bridge *bridge)
{
	struct nl_sock *sock;
	int error;

	/* A guest must not reach the host's IPv6 by a port, where no firewall expects it. */
	if (netlink_set_switch(who, "ipv6", name, "disable_ipv6", "1"))
		return -1;
	sock = netlink_open(who);
	if (!sock)
		return -1;
	error = enslave(who, sock, name, ifindex, bridge->ifindex);
	nl_socket_free(sock);
	return error;
}
