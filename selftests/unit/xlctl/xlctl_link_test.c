// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done to network devices of the host's, with those of a network namespace of the test's
 * own: which bridge is found, what a port and a routed device have afterwards, and what is said.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/route.h>

#include "common/diag.h"
#include "net/link.h"
#include "unit.h"

static struct nl_sock *sock;
static char said[512];

/* A namespace that nobody else is in, with a bridge; where this machine lets the test have one. */
static void begin(void)
{
	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		SKIP("no network namespace can be had");
	sock = nl_socket_alloc();
	EXPECT_EQ(nl_connect(sock, NETLINK_ROUTE), 0);
	if (rtnl_link_bridge_add(sock, "probe")) {
		nl_socket_free(sock);
		SKIP("there are no bridges here");
	}
}

static struct rtnl_link *get(const char *name)
{
	struct rtnl_link *link = NULL;

	EXPECT_EQ(rtnl_link_get_kernel(sock, 0, name, &link), 0);
	return link;
}

static uint32_t ifindex_of(const char *name)
{
	return if_nametoindex(name);
}

static void remove_link(const char *name)
{
	struct rtnl_link *link = get(name);

	EXPECT_EQ(rtnl_link_delete(sock, link), 0);
	rtnl_link_put(link);
}

/* What a call prints: @said is empty before and has that afterwards. */
static int stderr_was = -1, memory = -1;

static void listen_to(void)
{
	fflush(stderr);
	memory = memfd_create("said", MFD_CLOEXEC);
	stderr_was = dup(STDERR_FILENO);
	dup2(memory, STDERR_FILENO);
}

static void listened(void)
{
	ssize_t got;

	fflush(stderr);
	dup2(stderr_was, STDERR_FILENO);
	close(stderr_was);
	got = pread(memory, said, sizeof(said) - 1, 0);
	said[got < 0 ? 0 : got] = '\0';
	close(memory);
}

static int find(const char *name, struct link_bridge *bridge)
{
	int error;

	listen_to();
	error = link_find_bridge("w", name, bridge);
	listened();
	return error;
}

TEST(bridges)
{
	struct link_bridge bridge;

	begin();
	/* The only one, whatever it is called. */
	EXPECT_EQ(find(NULL, &bridge), 0);
	EXPECT_STREQ(bridge.name, "probe");
	EXPECT_EQ(bridge.ifindex, ifindex_of("probe"));
	EXPECT_EQ(bridge.mtu, 1500);
	EXPECT_STREQ(said, "");
	ASSERT_EQ(rtnl_link_bridge_add(sock, "other"), 0);
	EXPECT_EQ(find(NULL, &bridge), -1);
	EXPECT_NOT_NULL(strstr(said, "w: which of the 2 bridges? bridge=NAME says it\n"));
	EXPECT_EQ(find("other", &bridge), 0);
	EXPECT_STREQ(bridge.name, "other");
	EXPECT_EQ(find("none", &bridge), -1);
	EXPECT_NOT_NULL(strstr(said, "w: there is no bridge 'none'\n"));
	EXPECT_EQ(find("lo", &bridge), -1);
	EXPECT_NOT_NULL(strstr(said, "w: 'lo' is no bridge\n"));
	/* Of several, the one that Xen's tools mean. */
	ASSERT_EQ(rtnl_link_bridge_add(sock, "xenbr0"), 0);
	EXPECT_EQ(find(NULL, &bridge), 0);
	EXPECT_STREQ(bridge.name, "xenbr0");
	remove_link("xenbr0");
	remove_link("other");
	remove_link("probe");
	EXPECT_EQ(find(NULL, &bridge), -1);
	EXPECT_NOT_NULL(strstr(said, "w: the host has no bridge: 'ip link add xenbr0 type bridge"));
	nl_socket_free(sock);
}

TEST(ports)
{
	struct link_bridge bridge;
	struct rtnl_link *link;
	char no[4] = "";
	FILE *file;

	begin();
	ASSERT_EQ(rtnl_link_veth_add(sock, "a", "b", getpid()), 0);
	ASSERT_EQ(find(NULL, &bridge), 0);
	EXPECT_EQ(link_join("w", "a", ifindex_of("a"), &bridge), 0);
	link = get("a");
	EXPECT_EQ(rtnl_link_get_master(link), bridge.ifindex);
	EXPECT_TRUE(rtnl_link_get_flags(link) & IFF_UP);
	rtnl_link_put(link);
	file = fopen("/proc/sys/net/ipv6/conf/a/disable_ipv6", "re");
	if (file) {
		EXPECT_NOT_NULL(fgets(no, sizeof(no), file));
		EXPECT_STREQ(no, "1\n");
		fclose(file);
	}
	/* A bridge that has gone meanwhile. */
	remove_link("probe");
	listen_to();
	EXPECT_EQ(link_join("w", "b", ifindex_of("b"), &bridge), -1);
	listened();
	EXPECT_NOT_NULL(strstr(said, "w: b: "));
	nl_socket_free(sock);
}

/* How many routes lead by a device to an address. */
static int routes(uint32_t ifindex, const char *address)
{
	struct nl_cache *all;
	char text[64];
	int nr = 0;

	if (rtnl_route_alloc_cache(sock, AF_UNSPEC, 0, &all))
		return -1;
	for (struct nl_object *o = nl_cache_get_first(all); o; o = nl_cache_get_next(o)) {
		struct rtnl_route *route = (struct rtnl_route *)o;
		struct rtnl_nexthop *hop = rtnl_route_nexthop_n(route, 0);

		nl_addr2str(rtnl_route_get_dst(route), text, sizeof(text));
		if (hop && rtnl_route_nh_get_ifindex(hop) == (int)ifindex &&
		    rtnl_route_get_table(route) == RT_TABLE_MAIN && !strcmp(text, address))
			nr++;
	}
	nl_cache_free(all);
	return nr;
}

TEST(routed_devices)
{
	struct diag diag = { .emit = NULL };
	struct rtnl_link *link;
	uint32_t ifindex;

	begin();
	ASSERT_EQ(rtnl_link_veth_add(sock, "a", "b", getpid()), 0);
	ifindex = ifindex_of("a");
	EXPECT_EQ(link_route("w", "a", ifindex, "10.0.0.2  10.1.0.0/24 fd00::2", NULL, &diag), 0);
	EXPECT_EQ(routes(ifindex, "10.0.0.2"), 1);
	EXPECT_EQ(routes(ifindex, "10.1.0.0/24"), 1);
	EXPECT_EQ(routes(ifindex, "fd00::2"), 1);
	/* This namespace does not forward, and that is said. */
	EXPECT_EQ(diag.warnings, 1);
	link = get("a");
	EXPECT_TRUE(rtnl_link_get_flags(link) & IFF_UP);
	EXPECT_EQ(rtnl_link_get_master(link), 0);
	rtnl_link_put(link);
	listen_to();
	EXPECT_EQ(link_route("w", "a", ifindex, "10.0.0.2", NULL, &diag), -1);
	listened();
	EXPECT_NOT_NULL(strstr(said, "w: 10.0.0.2: "));
	listen_to();
	EXPECT_EQ(link_route("w", "a", ifindex, "10.0.0.3", "none", &diag), -1);
	listened();
	EXPECT_NOT_NULL(strstr(said, "w: gatewaydev=none: there is no such device\n"));
	listen_to();
	EXPECT_EQ(link_route("w", "a", ifindex, "10.0.0.3", "b", &diag), -1);
	listened();
	EXPECT_NOT_NULL(strstr(said, "w: gatewaydev=b: it has no address of IPv4\n"));
	EXPECT_EQ(routes(ifindex, "10.0.0.3"), 0);
	nl_socket_free(sock);
}
