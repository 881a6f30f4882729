// SPDX-License-Identifier: GPL-2.0-only
/* Devices that are no port of a bridge, but lead to a guest's addresses: link_route() of link.h. */
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include "common/msg.h"
#include "net/link.h"
#include "net/nat.h"
#include "net/netlink.h"

/* A device that is being connected, and how. */
struct routed {
	const char *who;
	struct nl_sock *sock;
	const char *name;
	int ifindex;
	bool nat;
	struct nl_addr *source;		/* of IPv4: what the host has towards the guest; or NULL */
	bool ipv4, ipv6;		/* the guest has such addresses */
};

/* Has the device up, in the group of those whose guests are the host to the world, if it is one. */
static int set_up(const struct routed *r)
{
	struct rtnl_link *link = rtnl_link_alloc(), *wish = rtnl_link_alloc();
	int error;

	if (!link || !wish)
		msg_out_of_memory();
	rtnl_link_set_ifindex(link, r->ifindex);
	rtnl_link_set_flags(wish, IFF_UP);
	if (r->nat)
		rtnl_link_set_group(wish, NAT_GROUP);
	error = rtnl_link_change(r->sock, link, wish, 0);
	rtnl_link_put(wish);
	rtnl_link_put(link);
	return error ? netlink_fail(r->who, r->name, error) : 0;
}

/* The host has an address on the device. */
static int give_address(const struct routed *r, const char *text)
{
	struct rtnl_addr *address = rtnl_addr_alloc();
	struct nl_addr *local;
	int error = nl_addr_parse(text, AF_UNSPEC, &local);

	if (!address)
		msg_out_of_memory();
	if (!error) {
		rtnl_addr_set_ifindex(address, r->ifindex);
		rtnl_addr_set_local(address, local);
		/* Who else is there has no carrier yet by which to have it. */
		if (nl_addr_get_family(local) == AF_INET6)
			rtnl_addr_set_flags(address, IFA_F_NODAD);
		error = rtnl_addr_add(r->sock, address, 0);
		nl_addr_put(local);
	}
	rtnl_addr_put(address);
	return error && error != -NLE_EXIST ? netlink_fail(r->who, text, error) : 0;
}

/* The host answers for an address, as a router does. */
static int answer_for(const struct routed *r, struct nl_addr *address)
{
	struct rtnl_neigh *neighbour = rtnl_neigh_alloc();
	int error;

	if (!neighbour)
		msg_out_of_memory();
	rtnl_neigh_set_ifindex(neighbour, r->ifindex);
	rtnl_neigh_set_family(neighbour, AF_INET6);
	rtnl_neigh_set_dst(neighbour, address);
	rtnl_neigh_set_flags(neighbour, NTF_PROXY | NTF_ROUTER);
	error = rtnl_neigh_add(r->sock, neighbour, NLM_F_CREATE);
	rtnl_neigh_put(neighbour);
	return error ? netlink_fail(r->who, r->name, error) : 0;
}

/*
 * What the device that was named says of the host's addresses: the first one of IPv4 is what the
 * host sends from, and for each of IPv6 it answers the guest.
 */
static int use_gateway(struct routed *r, const char *device)
{
	int ifindex = (int)if_nametoindex(device), error;
	struct nl_cache *all;

	if (!ifindex) {
		msg_error("%s: gatewaydev=%s: there is no such device", r->who, device);
		return -1;
	}
	error = rtnl_addr_alloc_cache(r->sock, &all);
	if (error)
		return netlink_fail(r->who, "addresses", error);
	for (struct nl_object *o = nl_cache_get_first(all); o && !error; o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;
		struct nl_addr *local = rtnl_addr_get_local(a);

		if (rtnl_addr_get_ifindex(a) != ifindex || !local)
			continue;
		if (rtnl_addr_get_family(a) == AF_INET && !r->source) {
			r->source = nl_addr_clone(local);
			if (!r->source)
				msg_out_of_memory();
			nl_addr_set_prefixlen(r->source, 32);
		} else if (rtnl_addr_get_family(a) == AF_INET6 && r->ipv6 &&
			   rtnl_addr_get_scope(a) == RT_SCOPE_UNIVERSE) {
			error = answer_for(r, local);
		}
	}
	nl_cache_free(all);
	if (!error && r->ipv4 && !r->source) {
		msg_error("%s: gatewaydev=%s: it has no address of IPv4", r->who, device);
		error = -1;
	}
	return error;
}

static int add_route(const struct routed *r, const char *address)
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
		if (r->source && nl_addr_get_family(to) == AF_INET)
			rtnl_route_set_pref_src(route, r->source);
		rtnl_route_nh_set_ifindex(hop, r->ifindex);
		rtnl_route_add_nexthop(route, hop);
		hop = NULL;
		error = rtnl_route_add(r->sock, route, NLM_F_EXCL);
		nl_addr_put(to);
	}
	if (hop)
		rtnl_route_nh_free(hop);
	rtnl_route_put(route);
	return error ? netlink_fail(r->who, address, error) : 0;
}

/*
 * With address translation the host has an address beside each of IPv4 that the guest has, for
 * guests that are told of one: in the other half of its /24, as Xen's script has it.
 */
static int add_router(const struct routed *r, const char *address)
{
	char text[INET_ADDRSTRLEN] = "";
	struct in_addr guest;
	uint8_t *last = (uint8_t *)&guest.s_addr + 3;
	size_t length = strcspn(address, "/");

	if (!r->nat || strchr(address, ':') || length >= sizeof(text) ||
	    (address[length] && strcmp(address + length, "/32")))
		return 0;
	memcpy(text, address, length);
	if (inet_pton(AF_INET, text, &guest) != 1)
		return 0;
	*last = (uint8_t)(*last < 128 ? *last + 127 : *last - 127);
	inet_ntop(AF_INET, &guest, text, sizeof(text));
	return give_address(r, text);
}

/* Calls it for each address that the guest has.  Return: 0, or what a call did not. */
static int for_each(const struct routed *r, const char *addresses,
		    int (*call)(const struct routed *r, const char *address))
{
	char *copy = msg_text("%s", addresses), *save;
	int error = 0;

	for (char *word = strtok_r(copy, " \t", &save); word && !error;
	     word = strtok_r(NULL, " \t", &save))
		error = call(r, word);
	free(copy);
	return error;
}

/* The host's firewall does not expect routers on a device of a guest's. */
static int distrust(const struct routed *r)
{
	return netlink_set_switch(r->who, "ipv6", r->name, "accept_ra", "0") ||
	       netlink_set_switch(r->who, "ipv6", r->name, "autoconf", "0") ? -1 : 0;
}

static int connect_device(struct routed *r, const struct vif_config *config)
{
	bool ipv6 = r->ipv6 && netlink_get_switch("ipv6", r->name, "disable_ipv6") == '0';

	/* The guest asks for its gateway, and the host answers. */
	if (distrust(r) || netlink_set_switch(r->who, "ipv4", r->name, "proxy_arp", "1") ||
	    netlink_set_switch(r->who, "ipv6", r->name, "proxy_ndp", "1"))
		return -1;
	if (r->nat && nat_install_group(r->who))
		return -1;
	if (set_up(r) || (ipv6 && give_address(r, LINK_GATEWAY6 "/64")))
		return -1;
	if (config->gatewaydev && use_gateway(r, config->gatewaydev))
		return -1;
	if (for_each(r, config->ip, add_router))
		return -1;
	return for_each(r, config->ip, add_route);
}

static void look_at_forwarding(const struct routed *r, struct diag *diag)
{
	if (r->ipv4 && netlink_get_switch("ipv4", "all", "forwarding") == '0')
		diag_warning(diag, "warning: %s: net.ipv4.ip_forward is 0: by IPv4 the guest reaches nobody but the host",
			     r->who);
	if (r->ipv6 && netlink_get_switch("ipv6", "all", "forwarding") == '0')
		diag_warning(diag, "warning: %s: net.ipv6.conf.all.forwarding is 0: by IPv6 the guest reaches nobody but the host, which answers for no gateway",
			     r->who);
}

int link_route(const char *who, const char *name, uint32_t ifindex,
	       const struct vif_config *config, struct diag *diag)
{
	struct routed r = {
		.who = who, .name = name, .ifindex = (int)ifindex,
		.nat = config->script == VIF_SCRIPT_NAT, .sock = netlink_open(who),
		.ipv4 = strchr(config->ip, '.'), .ipv6 = strchr(config->ip, ':'),
	};
	int error;

	if (!r.sock)
		return -1;
	error = connect_device(&r, config);
	nl_addr_put(r.source);
	nl_socket_free(r.sock);
	if (!error)
		look_at_forwarding(&r, diag);
	return error;
}
