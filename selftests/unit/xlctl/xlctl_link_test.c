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

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/class.h>
#include <netlink/route/classifier.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/route.h>

#include "common/diag.h"
#include "common/nft.h"
#include "config/vif.h"
#include "net/link.h"
#include "net/nat.h"
#include "net/shape.h"
#include "net/share.h"
#include "net/tc.h"
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
	EXPECT_NOT_NULL(strstr(said, "w: the host has no bridge: 'xlctl network-setup' makes one"));
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

/* A route to @ip, by a device that the host has. */
static int route_to(uint32_t ifindex, const char *words, struct diag *diag)
{
	struct vif_config config;
	char *why;
	int error;

	EXPECT_EQ(vif_parse(&config, words, &why), 0);
	listen_to();
	error = link_route("w", "a", ifindex, &config, diag);
	listened();
	vif_free(&config);
	return error;
}

static bool reads(const char *path, const char *want)
{
	FILE *file = fopen(path, "re");
	char line[32] = "";

	/* A kernel without IPv6 has nothing to set. */
	if (!file)
		return strstr(path, "/ipv6/") && access("/proc/sys/net/ipv6", F_OK);
	if (!fgets(line, sizeof(line), file))
		*line = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return !strcmp(line, want);
}

static void put_switch(const char *path, const char *value)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return;
	fputs(value, file);
	fclose(file);
}

/* How many addresses a device has that read like this. */
static int addresses(uint32_t ifindex, const char *want)
{
	struct nl_cache *all;
	char text[64];
	int nr = 0;

	if (rtnl_addr_alloc_cache(sock, &all))
		return -1;
	for (struct nl_object *o = nl_cache_get_first(all); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;

		nl_addr2str(rtnl_addr_get_local(a), text, sizeof(text));
		if (rtnl_addr_get_ifindex(a) == (int)ifindex && !strcmp(text, want))
			nr++;
	}
	nl_cache_free(all);
	return nr;
}

static uint32_t begin_routed(void)
{
	begin();
	EXPECT_EQ(rtnl_link_veth_add(sock, "a", "b", getpid()), 0);
	return ifindex_of("a");
}

TEST(routed_devices)
{
	struct diag diag = { .emit = NULL };
	uint32_t ifindex = begin_routed();
	struct rtnl_link *link;

	EXPECT_EQ(route_to(ifindex, "script=vif-route,ip=10.0.0.2  10.1.0.0/24 fd00::2", &diag), 0);
	EXPECT_EQ(routes(ifindex, "10.0.0.2"), 1);
	EXPECT_EQ(routes(ifindex, "10.1.0.0/24"), 1);
	EXPECT_EQ(routes(ifindex, "fd00::2"), 1);
	/* This namespace forwards neither, and that is said. */
	EXPECT_EQ(diag.warnings, 2);
	link = get("a");
	EXPECT_TRUE(rtnl_link_get_flags(link) & IFF_UP);
	EXPECT_EQ(rtnl_link_get_master(link), 0);
	EXPECT_EQ(rtnl_link_get_group(link), 0);
	rtnl_link_put(link);
	/* The guest's gateway, whatever it takes for it; but no router of the host's. */
	EXPECT_TRUE(reads("/proc/sys/net/ipv4/conf/a/proxy_arp", "1"));
	EXPECT_TRUE(reads("/proc/sys/net/ipv6/conf/a/proxy_ndp", "1"));
	EXPECT_TRUE(reads("/proc/sys/net/ipv6/conf/a/accept_ra", "0"));
	EXPECT_EQ(addresses(ifindex, "fe80::1/64"), 1);
	EXPECT_EQ(addresses(ifindex, "10.0.0.129"), 0);
	EXPECT_EQ(route_to(ifindex, "script=vif-route,ip=10.0.0.2", &diag), -1);
	EXPECT_NOT_NULL(strstr(said, "w: 10.0.0.2: "));
	EXPECT_EQ(route_to(ifindex, "script=vif-route,ip=10.0.0.3,gatewaydev=none", &diag), -1);
	EXPECT_NOT_NULL(strstr(said, "w: gatewaydev=none: there is no such device\n"));
	EXPECT_EQ(route_to(ifindex, "script=vif-route,ip=10.0.0.3,gatewaydev=b", &diag), -1);
	EXPECT_NOT_NULL(strstr(said, "w: gatewaydev=b: it has no address of IPv4\n"));
	EXPECT_EQ(routes(ifindex, "10.0.0.3"), 0);
	nl_socket_free(sock);
}

TEST(forwarding_hosts_are_not_warned)
{
	struct diag diag = { .emit = NULL };
	uint32_t ifindex = begin_routed();

	put_switch("/proc/sys/net/ipv4/ip_forward", "1");
	put_switch("/proc/sys/net/ipv6/conf/all/forwarding", "1");
	EXPECT_EQ(route_to(ifindex, "script=vif-route,ip=10.0.0.2 fd00::2", &diag), 0);
	EXPECT_EQ(diag.warnings, 0);
	nl_socket_free(sock);
}

/* For how many addresses the host answers on a device. */
static int answered(uint32_t ifindex)
{
	struct ndmsg ask = { .ndm_family = AF_INET6, .ndm_ifindex = (int)ifindex,
			     .ndm_flags = NTF_PROXY };
	char buffer[8192];
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), nr = 0;
	struct { struct nlmsghdr head; struct ndmsg ask; } request = {
		.head = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETNEIGH,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP }, .ask = ask,
	};
	ssize_t got;

	EXPECT_EQ(send(fd, &request, sizeof(request), 0), sizeof(request));
	got = recv(fd, buffer, sizeof(buffer), 0);
	for (struct nlmsghdr *h = (struct nlmsghdr *)buffer; got > 0 && NLMSG_OK(h, got);
	     h = NLMSG_NEXT(h, got))
		nr += h->nlmsg_type == RTM_NEWNEIGH &&
		      ((struct ndmsg *)NLMSG_DATA(h))->ndm_ifindex == (int)ifindex;
	close(fd);
	return nr;
}

TEST(gateways_of_ipv6)
{
	struct diag diag = { .emit = NULL };
	uint32_t ifindex = begin_routed();
	struct rtnl_addr *address = rtnl_addr_alloc();
	struct nl_addr *local;

	EXPECT_EQ(nl_addr_parse("fd01::1/64", AF_INET6, &local), 0);
	rtnl_addr_set_ifindex(address, (int)ifindex_of("b"));
	rtnl_addr_set_local(address, local);
	EXPECT_EQ(rtnl_addr_add(sock, address, 0), 0);
	rtnl_addr_put(address);
	nl_addr_put(local);
	/* Only IPv6: an address of IPv4 is not missed. */
	EXPECT_EQ(route_to(ifindex, "script=vif-route,ip=fd00::2,gatewaydev=b", &diag), 0);
	EXPECT_STREQ(said, "");
	EXPECT_EQ(answered(ifindex), 1);
	EXPECT_EQ(answered(ifindex_of("b")), 0);
	nl_socket_free(sock);
}

TEST(translated_devices)
{
	struct diag diag = { .emit = NULL };
	uint32_t ifindex = begin_routed();
	struct rtnl_link *link;
	char *why;

	if (nft_run("table inet probe\ndelete table inet probe\n", NULL, &why)) {
		free(why);
		SKIP("no packet filter can be had");
	}
	EXPECT_EQ(route_to(ifindex, "script=vif-nat,ip=10.0.0.2 10.0.1.200 10.2.0.0/16 fd00::2",
			   &diag), 0);
	EXPECT_STREQ(said, "");
	link = get("a");
	EXPECT_EQ(rtnl_link_get_group(link), NAT_GROUP);
	rtnl_link_put(link);
	EXPECT_EQ(addresses(ifindex, "10.0.0.129"), 1);
	EXPECT_EQ(addresses(ifindex, "10.0.1.73"), 1);
	EXPECT_EQ(routes(ifindex, "10.2.0.0/16"), 1);
	EXPECT_EQ(nft_run("list chain inet xlhv-nat postrouting\n", NULL, &why), 0);
	free(why);
	/* A second one finds the rules there. */
	ASSERT_EQ(rtnl_link_veth_add(sock, "c", "d", getpid()), 0);
	EXPECT_EQ(nat_install_group("w"), 0);
	nl_socket_free(sock);
}

/* The filter of that priority at a device's hook: its number; 0: there is none. */
static uint32_t filter_at(uint32_t ifindex, int priority)
{
	struct nl_cache *filters;
	uint32_t handle = 0;

	if (rtnl_cls_alloc_cache(sock, (int)ifindex, TC_INGRESS, &filters))
		return 0;
	for (struct nl_object *o = nl_cache_get_first(filters); o; o = nl_cache_get_next(o))
		if (rtnl_cls_get_prio((struct rtnl_cls *)o) == priority)
			handle = rtnl_tc_get_handle(TC_CAST(o));
	nl_cache_free(filters);
	return handle;
}

/* This kernel has what is needed, or gets it. */
static bool has_traffic_control(uint32_t ifindex)
{
	return !tc_add_hooks(sock, (int)ifindex) &&
	       !tc_add_mark(sock, (int)ifindex, 1, 1, 1) &&
	       !tc_remove_filters(sock, (int)ifindex, TC_INGRESS, 1) &&
	       !tc_add_drr(sock, (int)ifindex, TC_H_ROOT, 0x10000) &&
	       !tc_remove_root(sock, (int)ifindex);
}

TEST(limited_devices)
{
	struct vif_rate rate;
	uint32_t ifindex = begin_routed();

	EXPECT_NULL(vif_rate_parse("10Mb/s", &rate));
	EXPECT_EQ(shape_burst(&rate), 131072);
	EXPECT_EQ(tc_burst_ticks(1250000, 131072), 1638400);
	EXPECT_EQ(tc_burst_ticks(1, 131072), UINT32_MAX);
	if (!has_traffic_control(ifindex))
		SKIP("no policer can be had");
	EXPECT_EQ(shape_limit("w", "a", ifindex, &rate), 0);
	EXPECT_NE(filter_at(ifindex, 0xff01), 0);
	EXPECT_NULL(vif_rate_parse("100GB/s@20ms", &rate));
	EXPECT_EQ(shape_burst(&rate), 2000000000);
	EXPECT_EQ(shape_limit("w", "b", ifindex_of("b"), &rate), 0);
	nl_socket_free(sock);
}

/* What a device's packets wait in, by its number. */
static bool has_queue(uint32_t ifindex, uint32_t handle)
{
	struct nl_cache *queues;
	bool found = false;

	if (rtnl_qdisc_alloc_cache(sock, &queues))
		return false;
	for (struct nl_object *o = nl_cache_get_first(queues); o; o = nl_cache_get_next(o))
		found |= rtnl_tc_get_ifindex(TC_CAST(o)) == (int)ifindex &&
			 rtnl_tc_get_handle(TC_CAST(o)) == handle;
	nl_cache_free(queues);
	return found;
}

static int classes(uint32_t ifindex)
{
	struct nl_cache *all;
	int nr;

	if (rtnl_class_alloc_cache(sock, (int)ifindex, &all))
		return -1;
	nr = nl_cache_nitems(all);
	nl_cache_free(all);
	return nr;
}

TEST(shared_devices)
{
	uint32_t ifindex = begin_routed();

	if (!has_traffic_control(ifindex))
		SKIP("no round robin can be had");
	ASSERT_EQ(rtnl_link_veth_add(sock, "v", "w", getpid()), 0);
	/* None is shared, but the weight is remembered. */
	EXPECT_EQ(share_join("w", "v", ifindex_of("v"), 0), 0);
	EXPECT_EQ(filter_at(ifindex_of("v"), 0xff00), 0);
	EXPECT_EQ(share_join("w", "v", ifindex_of("v"), 20), 0);
	EXPECT_EQ(filter_at(ifindex_of("v"), 0xff00), 20);
	EXPECT_EQ(share_start("a", 0), 0);
	EXPECT_TRUE(has_queue(ifindex, 0x786c0000));
	EXPECT_EQ(classes(ifindex), 1);
	/* One that joins has a class; an older one that is no domain's has gone, as its class. */
	EXPECT_EQ(share_join("w", "v", ifindex_of("v"), 0), 0);
	EXPECT_EQ(filter_at(ifindex_of("v"), 0xff00), 10);
	EXPECT_EQ(classes(ifindex), 2);
	EXPECT_EQ(share_join("w", "w", ifindex_of("w"), 1000), 0);
	EXPECT_EQ(classes(ifindex), 2);
	/* Again, with a limit. */
	EXPECT_EQ(share_start("a", 1250000), 0);
	EXPECT_TRUE(has_queue(ifindex, 0x786d0000));
	EXPECT_TRUE(has_queue(ifindex, 0x786c0000));
	EXPECT_EQ(share_stop("a"), 0);
	EXPECT_FALSE(has_queue(ifindex, 0x786d0000));
	EXPECT_FALSE(has_queue(ifindex, 0x786c0000));
	EXPECT_EQ(share_stop("a"), 0);
	EXPECT_EQ(tc_add_tbf(sock, (int)ifindex, 0x10000, 1250000, 10000), 0);
	listen_to();
	EXPECT_EQ(share_start("a", 0), -1);
	listened();
	EXPECT_NOT_NULL(strstr(said, "a: it has a queue of somebody else's (tbf)"));
	EXPECT_EQ(share_stop("a"), 0);
	EXPECT_TRUE(has_queue(ifindex, 0x10000));
	listen_to();
	EXPECT_EQ(share_start("none", 0), -1);
	EXPECT_EQ(share_show("a"), -1);
	listened();
	EXPECT_NOT_NULL(strstr(said, "none: there is no such device\n"));
	EXPECT_NOT_NULL(strstr(said, "a: it is not shared\n"));
	nl_socket_free(sock);
}
