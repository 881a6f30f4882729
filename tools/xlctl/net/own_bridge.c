// SPDX-License-Identifier: GPL-2.0-only
/* A bridge of ours; see own_bridge.h. */
#include <errno.h>
#include <linux/if_addr.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/route.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/msg.h"
#include "net/netlink.h"
#include "net/own_bridge.h"

#define ALIAS	"made by xlctl network-setup"

/* Of a network that somebody can have: 10.0.0.0/8. */
#define SHORTEST	8U

bool own_bridge_name(const char *name)
{
	static const char allowed[] =
		"0123456789_.-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	/* It becomes part of names of files and tables. */
	return *name && strlen(name) < IF_NAMESIZE && strspn(name, allowed) == strlen(name) &&
	       *name != '-' && *name != '.';
}

static void describe(struct rtnl_link *link, struct own_bridge *b)
{
	const char *type = rtnl_link_get_type(link), *alias = rtnl_link_get_ifalias(link);

	memset(b, 0, sizeof(*b));
	snprintf(b->name, sizeof(b->name), "%s", rtnl_link_get_name(link));
	b->ifindex = rtnl_link_get_ifindex(link);
	b->bridge = type && !strcmp(type, "bridge");
	b->ours = b->bridge && alias && !strcmp(alias, ALIAS);
}

/* Return: whether it is one. */
static bool read_address(struct nl_addr *from, unsigned int length, struct subnet *net)
{
	size_t size = nl_addr_get_len(from);

	memset(net, 0, sizeof(*net));
	if (size != (nl_addr_get_family(from) == AF_INET ? 4 : 16))
		return false;
	net->family = nl_addr_get_family(from);
	net->length = length;
	memcpy(net->address, nl_addr_get_binary_addr(from), size);
	return true;
}

static void add_address(struct own_bridge *b, struct rtnl_addr *a)
{
	struct nl_addr *local = rtnl_addr_get_local(a);
	struct subnet net;

	if (rtnl_addr_get_ifindex(a) != b->ifindex || !local ||
	    rtnl_addr_get_scope(a) != RT_SCOPE_UNIVERSE ||
	    !read_address(local, (unsigned int)rtnl_addr_get_prefixlen(a), &net))
		return;
	if (net.family == AF_INET && !b->v4.family)
		b->v4 = net;
	else if (net.family == AF_INET6 && !b->v6.family)
		b->v6 = net;
}

static int add_addresses(const char *who, struct nl_sock *sock, struct own_bridge *b, size_t nr)
{
	struct nl_cache *all;
	int error = rtnl_addr_alloc_cache(sock, &all);

	if (error)
		return netlink_fail(who, "addresses", error);
	for (struct nl_object *o = nl_cache_get_first(all); o; o = nl_cache_get_next(o))
		for (size_t i = 0; i < nr; i++)
			add_address(&b[i], (struct rtnl_addr *)o);
	nl_cache_free(all);
	return 0;
}

static void add_ports(struct nl_cache *links, struct own_bridge *b)
{
	for (struct nl_object *o = nl_cache_get_first(links); o; o = nl_cache_get_next(o)) {
		struct rtnl_link *link = (struct rtnl_link *)o;

		if (rtnl_link_get_master(link) != b->ifindex)
			continue;
		if (!b->nr_ports++)
			snprintf(b->port, sizeof(b->port), "%s", rtnl_link_get_name(link));
	}
}

int own_bridge_look(const char *who, struct nl_sock *sock, const char *name,
		    struct own_bridge *b)
{
	struct nl_cache *links;
	int error = rtnl_link_alloc_cache(sock, AF_UNSPEC, &links);
	struct rtnl_link *link;

	memset(b, 0, sizeof(*b));
	snprintf(b->name, sizeof(b->name), "%s", name);
	if (error)
		return netlink_fail(who, "links", error);
	link = rtnl_link_get_by_name(links, name);
	if (link) {
		describe(link, b);
		add_ports(links, b);
		rtnl_link_put(link);
	}
	nl_cache_free(links);
	return b->ifindex ? add_addresses(who, sock, b, 1) : 0;
}

int own_bridge_list(const char *who, struct nl_sock *sock, struct own_bridge **all, size_t *nr)
{
	struct nl_cache *links;
	int error = rtnl_link_alloc_cache(sock, AF_UNSPEC, &links);

	*all = NULL;
	*nr = 0;
	if (error)
		return netlink_fail(who, "links", error);
	for (struct nl_object *o = nl_cache_get_first(links); o; o = nl_cache_get_next(o)) {
		struct own_bridge b;

		describe((struct rtnl_link *)o, &b);
		if (!b.ours)
			continue;
		add_ports(links, &b);
		*all = reallocarray(*all, *nr + 1, sizeof(**all));
		if (!*all)
			msg_out_of_memory();
		(*all)[(*nr)++] = b;
	}
	nl_cache_free(links);
	return add_addresses(who, sock, *all, *nr);
}

/* A bridge that was given none takes that of a port, and changes it with the ports. */
static struct nl_addr *make_mac(void)
{
	uint8_t mac[6];
	struct nl_addr *address;

	if (getrandom(mac, sizeof(mac), 0) != sizeof(mac))
		return NULL;
	/* Assigned by nobody, and of one device. */
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 2);
	address = nl_addr_build(AF_LLC, mac, sizeof(mac));
	if (!address)
		msg_out_of_memory();
	return address;
}

static struct rtnl_link *wish_for(void)
{
	struct rtnl_link *wish = rtnl_link_alloc();

	if (!wish)
		msg_out_of_memory();
	return wish;
}

static int change(struct nl_sock *sock, const struct own_bridge *b, struct rtnl_link *wish)
{
	struct rtnl_link *link = wish_for();
	int error;

	rtnl_link_set_ifindex(link, b->ifindex);
	error = rtnl_link_change(sock, link, wish, 0);
	rtnl_link_put(link);
	return error;
}

int own_bridge_remove(const char *who, struct nl_sock *sock, const struct own_bridge *b)
{
	struct rtnl_link *link = wish_for();
	int error;

	rtnl_link_set_ifindex(link, b->ifindex);
	error = rtnl_link_delete(sock, link);
	rtnl_link_put(link);
	return error ? netlink_fail(who, b->name, error) : 0;
}

int own_bridge_make(const char *who, struct nl_sock *sock, struct own_bridge *b)
{
	struct rtnl_link *link = rtnl_link_bridge_alloc(), *wish = wish_for();
	struct nl_addr *mac = make_mac();
	int error;

	if (!link)
		msg_out_of_memory();
	rtnl_link_set_name(link, b->name);
	if (mac)
		rtnl_link_set_addr(link, mac);
	error = rtnl_link_add(sock, link, NLM_F_CREATE | NLM_F_EXCL);
	rtnl_link_put(link);
	nl_addr_put(mac);
	b->ifindex = error ? 0 : (int)if_nametoindex(b->name);
	if (b->ifindex) {
		rtnl_link_set_ifalias(wish, ALIAS);
		error = change(sock, b, wish);
		b->ours = !error;
		if (error)
			own_bridge_remove(who, sock, b);
	}
	rtnl_link_put(wish);
	if (b->ours)
		return 0;
	return netlink_fail(who, "a bridge cannot be made", error ? error : -NLE_NODEV);
}

static int give_address(const char *who, struct nl_sock *sock, const struct own_bridge *b,
			const struct subnet *net)
{
	struct nl_addr *local = nl_addr_build(net->family, (void *)net->address,
					      net->family == AF_INET ? 4 : 16);
	struct rtnl_addr *address = rtnl_addr_alloc();
	char text[SUBNET_TEXT];
	int error;

	if (!local || !address)
		msg_out_of_memory();
	nl_addr_set_prefixlen(local, (int)net->length);
	rtnl_addr_set_ifindex(address, b->ifindex);
	rtnl_addr_set_local(address, local);
	/* Nobody else is there yet who could have it, nor a carrier by which one could ask. */
	if (net->family == AF_INET6)
		rtnl_addr_set_flags(address, IFA_F_NODAD);
	error = rtnl_addr_add(sock, address, 0);
	rtnl_addr_put(address);
	nl_addr_put(local);
	if (error && error != -NLE_EXIST)
		return netlink_fail(who, subnet_text(net, text), error);
	return 0;
}

int own_bridge_up(const char *who, struct nl_sock *sock, const struct own_bridge *b,
		  const struct subnet *v4, const struct subnet *v6)
{
	struct rtnl_link *wish;
	int error;

	if (netlink_set_switch(who, "ipv6", b->name, "accept_ra", "0") ||
	    netlink_set_switch(who, "ipv6", b->name, "autoconf", "0"))
		return -1;
	wish = wish_for();
	rtnl_link_set_flags(wish, IFF_UP);
	error = change(sock, b, wish);
	rtnl_link_put(wish);
	if (error)
		return netlink_fail(who, b->name, error);
	if (give_address(who, sock, b, v4))
		return -1;
	return v6->family ? give_address(who, sock, b, v6) : 0;
}

int own_bridge_taken(const char *who, struct nl_sock *sock, struct subnet **taken, size_t *nr)
{
	struct nl_cache *all;
	int error = rtnl_route_alloc_cache(sock, AF_INET, 0, &all);

	*taken = NULL;
	*nr = 0;
	if (error)
		return netlink_fail(who, "routes", error);
	for (struct nl_object *o = nl_cache_get_first(all); o; o = nl_cache_get_next(o)) {
		struct nl_addr *to = rtnl_route_get_dst((struct rtnl_route *)o);
		struct subnet net;

		/* Halves of all there is stand for a default route, as some tunnels have it. */
		if (!to || nl_addr_get_prefixlen(to) < SHORTEST ||
		    !read_address(to, nl_addr_get_prefixlen(to), &net))
			continue;
		*taken = reallocarray(*taken, *nr + 1, sizeof(**taken));
		if (!*taken)
			msg_out_of_memory();
		(*taken)[(*nr)++] = net;
	}
	nl_cache_free(all);
	return 0;
}
