// SPDX-License-Identifier: GPL-2.0-only
/* Network devices of the host's; see link.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include "common/msg.h"
#include "net/link.h"

#define DEFAULT_BRIDGE	"xenbr0"

#define MAKE_ONE	"'ip link add " DEFAULT_BRIDGE " type bridge && ip link set " \
			DEFAULT_BRIDGE " up' makes one"

static int fail(const char *who, const char *what, int error)
{
	msg_error("%s: %s: %s", who, what, nl_geterror(error));
	return -1;
}

/* Return: a socket, for nl_socket_free(); NULL after a message. */
static struct nl_sock *open_netlink(const char *who)
{
	struct nl_sock *sock = nl_socket_alloc();
	int error;

	if (!sock)
		msg_out_of_memory();
	error = nl_connect(sock, NETLINK_ROUTE);
	if (!error)
		return sock;
	fail(who, "netlink", error);
	nl_socket_free(sock);
	return NULL;
}

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
		fail(who, name, error);
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
		return fail(who, "links", error);
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
		msg_error("%s: the host has no bridge: " MAKE_ONE, who);
	return -1;
}

int link_find_bridge(const char *who, const char *name, struct link_bridge *bridge)
{
	struct nl_sock *sock = open_netlink(who);
	int error = -1;

	memset(bridge, 0, sizeof(*bridge));
	if (!sock)
		return -1;
	error = name ? find_named(who, sock, name, bridge) : find_any(who, sock, bridge);
	nl_socket_free(sock);
	return error;
}

/* Sets a switch of a device's.  One that the kernel does not have need not be set. */
static int set_switch(const char *who, const char *family, const char *name, const char *node,
		      const char *value)
{
	char *path = msg_text("/proc/sys/net/%s/conf/%s/%s", family, name, node);
	FILE *file = fopen(path, "we");
	bool good = false;

	if (file) {
		good = fputs(value, file) >= 0;
		good = !fclose(file) && good;
	} else {
		good = errno == ENOENT;
	}
	if (!good)
		msg_error("%s: %s: %s", who, path, strerror(errno));
	free(path);
	return good ? 0 : -1;
}

/* Has a device up, and a port of a bridge unless that is 0. */
static int change(const char *who, struct nl_sock *sock, const char *name, uint32_t ifindex,
		  uint32_t bridge)
{
	struct rtnl_link *link = rtnl_link_alloc(), *wish = rtnl_link_alloc();
	int error;

	if (!link || !wish)
		msg_out_of_memory();
	rtnl_link_set_ifindex(link, (int)ifindex);
	rtnl_link_set_flags(wish, IFF_UP);
	if (bridge)
		rtnl_link_set_master(wish, (int)bridge);
	error = rtnl_link_change(sock, link, wish, 0);
	rtnl_link_put(wish);
	rtnl_link_put(link);
	return error ? fail(who, name, error) : 0;
}

int link_join(const char *who, const char *name, uint32_t ifindex,
	      const struct link_bridge *bridge)
{
	struct nl_sock *sock;
	int error;

	/* A guest must not reach the host's IPv6 by a port, where no firewall expects it. */
	if (set_switch(who, "ipv6", name, "disable_ipv6", "1"))
		return -1;
	sock = open_netlink(who);
	if (!sock)
		return -1;
	error = change(who, sock, name, ifindex, bridge->ifindex);
	nl_socket_free(sock);
	return error;
}

/* The first address of IPv4 that a device has.  Return: to be put; NULL after a message. */
static struct nl_addr *address_of(const char *who, struct nl_sock *sock, const char *device)
{
	int ifindex = (int)if_nametoindex(device), error;
	struct nl_addr *found = NULL;
	struct nl_cache *all;

	if (!ifindex) {
		msg_error("%s: gatewaydev=%s: there is no such device", who, device);
		return NULL;
	}
	error = rtnl_addr_alloc_cache(sock, &all);
	if (error) {
		fail(who, "addresses", error);
		return NULL;
	}
	for (struct nl_object *o = nl_cache_get_first(all); o && !found; o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;

		if (rtnl_addr_get_ifindex(a) != ifindex || rtnl_addr_get_family(a) != AF_INET)
			continue;
		found = nl_addr_clone(rtnl_addr_get_local(a));
		if (!found)
			msg_out_of_memory();
		nl_addr_set_prefixlen(found, 32);
	}
	nl_cache_free(all);
	if (!found)
		msg_error("%s: gatewaydev=%s: it has no address of IPv4", who, device);
	return found;
}

static int add_route(const char *who, struct nl_sock *sock, uint32_t ifindex,
		     const char *address, struct nl_addr *source)
{
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct rtnl_route *route = rtnl_route_alloc();
	struct nl_addr *to;
	int error = nl_addr_parse(address, AF_UNSPEC, &to);

	if (!hop || !route)
		msg_out_of_memory();
	if (!error) {
		rtnl_route_set_family(route, (uint8_t)nl_addr_get_family(to));
		rtnl_route_set_dst(route, to);
		rtnl_route_set_table(route, RT_TABLE_MAIN);
		rtnl_route_set_protocol(route, RTPROT_STATIC);
		rtnl_route_set_scope(route, nl_addr_get_family(to) == AF_INET ? RT_SCOPE_LINK :
					    RT_SCOPE_UNIVERSE);
		if (source && nl_addr_get_family(to) == AF_INET)
			rtnl_route_set_pref_src(route, source);
		rtnl_route_nh_set_ifindex(hop, (int)ifindex);
		rtnl_route_add_nexthop(route, hop);
		hop = NULL;
		error = rtnl_route_add(sock, route, NLM_F_EXCL);
		nl_addr_put(to);
	}
	if (hop)
		rtnl_route_nh_free(hop);
	rtnl_route_put(route);
	return error ? fail(who, address, error) : 0;
}

static int add_routes(const char *who, struct nl_sock *sock, uint32_t ifindex,
		      const char *addresses, struct nl_addr *source)
{
	char *copy = msg_text("%s", addresses), *save;
	int error = 0;

	for (char *word = strtok_r(copy, " \t", &save); word && !error;
	     word = strtok_r(NULL, " \t", &save))
		error = add_route(who, sock, ifindex, word, source);
	free(copy);
	return error;
}

static void look_at_forwarding(const char *who, struct diag *diag)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_forward", "re");

	if (!file)
		return;
	if (fgetc(file) == '0')
		diag_warning(diag, "warning: %s: net.ipv4.ip_forward is 0: by IPv4 the guest reaches nobody but the host",
			     who);
	fclose(file);
}

int link_route(const char *who, const char *name, uint32_t ifindex, const char *addresses,
	       const char *gatewaydev, struct diag *diag)
{
	struct nl_addr *source = NULL;
	struct nl_sock *sock;
	int error = -1;

	/* The guest asks for its gateway, and the host answers. */
	if (set_switch(who, "ipv4", name, "proxy_arp", "1"))
		return -1;
	sock = open_netlink(who);
	if (!sock)
		return -1;
	if (gatewaydev)
		source = address_of(who, sock, gatewaydev);
	if (!gatewaydev || source)
		error = change(who, sock, name, ifindex, 0) ||
			add_routes(who, sock, ifindex, addresses, source) ? -1 : 0;
	nl_addr_put(source);
	nl_socket_free(sock);
	if (!error)
		look_at_forwarding(who, diag);
	return error;
}
