// SPDX-License-Identifier: GPL-2.0-only
/*
 * The firewall-router with real packets: a tap device is the guest's interface, another one is its
 * neighbour at the same bridge, and the rules are carried out by this machine's kernel, in a
 * network namespace of the test's own. What does not arrive must not, so after each packet one
 * follows that has to.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>

#include "unit.h"
#include "common/nft.h"
#include "vfr/translate.h"

#define GUEST		"\x00\x16\x3e\x00\x00\x01"
#define PEER		"\x00\x16\x3e\x00\x00\x02"
#define MARK		0xbeef		/* a port of packets that have to arrive */

static int guest, peer, third;

static struct vfr_vif vif = {
	.domid = 7, .devid = 0, .device = "vif7.0", .bridge = "probe",
	.mac = { 0, 0x16, 0x3e, 0, 0, 1 },
};

static struct vfr now;
static bool told;

static int tap(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -1;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (!ioctl(fd, TUNSETIFF, &ifr))
		return fd;
	close(fd);
	return -1;
}

static void write_switch(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	EXPECT_EQ(write(fd, value, 1), 1);
	close(fd);
}

static void up(struct nl_sock *sock, const char *name, const char *master)
{
	struct rtnl_link *link = rtnl_link_alloc(), *wish = rtnl_link_alloc();
	char path[96];

	/* Else the host itself would speak on it. */
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	write_switch(path, "1");
	rtnl_link_set_ifindex(link, (int)if_nametoindex(name));
	rtnl_link_set_flags(wish, IFF_UP);
	if (master)
		rtnl_link_set_master(wish, (int)if_nametoindex(master));
	EXPECT_EQ(rtnl_link_change(sock, link, wish, 0), 0);
	rtnl_link_put(wish);
	rtnl_link_put(link);
}

/* Two neighbours, and rules: none but those of @guards yet. */
static void begin(uint32_t guards)
{
	struct nl_sock *sock;

	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		SKIP("no network namespace can be had");
	if (nft_run("add table netdev probe", NULL, NULL))
		SKIP("this machine's kernel has no nf_tables");
	guest = tap("vif7.0");
	peer = tap("peer");
	third = tap("third");
	if (guest < 0 || peer < 0 || third < 0)
		SKIP("there are no tap devices here");
	sock = nl_socket_alloc();
	EXPECT_EQ(nl_connect(sock, NETLINK_ROUTE), 0);
	if (rtnl_link_bridge_add(sock, "probe")) {
		nl_socket_free(sock);
		SKIP("there are no bridges here");
	}
	/* The bridge is not to look at sums, which are not made here. */
	write_switch("/proc/sys/net/bridge/bridge-nf-call-iptables", "0");
	write_switch("/proc/sys/net/bridge/bridge-nf-call-ip6tables", "0");
	up(sock, "probe", NULL);
	up(sock, "vif7.0", "probe");
	up(sock, "peer", "probe");
	up(sock, "third", NULL);
	nl_socket_free(sock);
	vif.ifindex = if_nametoindex("vif7.0");
	vfr_init(&now);
	now.guards = guards;
	told = false;
	usleep(20000);
}

/* Has the kernel carry out what stands in @now. */
static void tell(const struct vfr *before)
{
	char *text, *why;

	for (int step = VFR_FIRST; step <= VFR_THEN; step++) {
		if (step == VFR_THEN && !before)
			break;
		text = vfr_translate(&now, before, &vif, (enum vfr_step)step, if_nametoindex);
		if (*text && nft_run(text, NULL, &why)) {
			FAIL("%s", why);
			free(why);
		}
		free(text);
	}
	told = true;
}

/* These statements and no others. */
static void rules(const char *first, const char *second)
{
	struct vfr before;
	char *why;

	vfr_copy(&before, &now);
	while (now.nr)
		vfr_remove(&now, 0);
	now.policy[VFR_OUT] = VFR_ACCEPT;
	now.policy[VFR_IN] = VFR_ACCEPT;
	if (first && vfr_statement(&now, first, &why)) {
		FAIL("%s: %s", first, why);
		free(why);
	}
	if (second && vfr_statement(&now, second, &why)) {
		FAIL("%s: %s", second, why);
		free(why);
	}
	why = vfr_check(&now, &vif);
	EXPECT_STREQ(why, NULL);
	free(why);
	tell(told ? &before : NULL);
	vfr_free(&before);
}

struct frame {
	uint8_t data[256];
	size_t size;
	size_t ip;		/* where its network header is */
	size_t l4;
};

static void put(struct frame *f, const void *data, size_t size)
{
	memcpy(f->data + f->size, data, size);
	f->size += size;
}

static void put16(struct frame *f, unsigned int number)
{
	uint8_t bytes[2] = { (uint8_t)(number >> 8), (uint8_t)number };

	put(f, bytes, 2);
}

static void ether(struct frame *f, const char *from, const char *to, unsigned int type)
{
	memset(f, 0, sizeof(*f));
	put(f, to, 6);
	put(f, from, 6);
	put16(f, type);
	f->ip = f->size;
}

static void vlan(struct frame *f, unsigned int id, unsigned int type)
{
	put16(f, id);
	put16(f, type);
	f->ip = f->size;
}

static void ip4(struct frame *f, const char *from, const char *to, unsigned int protocol,
		unsigned int fragment, size_t size)
{
	struct in_addr address;

	put16(f, 0x4500);
	put16(f, (unsigned int)(20 + size));
	put16(f, 1);
	put16(f, fragment);
	put16(f, 64 << 8 | protocol);
	put16(f, 0);
	inet_pton(AF_INET, from, &address);
	put(f, &address, 4);
	inet_pton(AF_INET, to, &address);
	put(f, &address, 4);
	f->l4 = f->size;
}

static void ip6(struct frame *f, const char *from, const char *to, unsigned int next, size_t size)
{
	struct in6_addr address;

	put16(f, 0x6000);
	put16(f, 0);
	put16(f, (unsigned int)size);
	put16(f, next << 8 | 255);
	inet_pton(AF_INET6, from, &address);
	put(f, &address, 16);
	inet_pton(AF_INET6, to, &address);
	put(f, &address, 16);
	f->l4 = f->size;
}

/* A datagram, or what begins as a segment. */
static void ports(struct frame *f, unsigned int from, unsigned int to)
{
	put16(f, from);
	put16(f, to);
	put16(f, 20);
	put16(f, 0);
	f->size += 12;
}

static void udp4(struct frame *f, bool out, unsigned int port)
{
	ether(f, out ? GUEST : PEER, out ? PEER : GUEST, 0x0800);
	ip4(f, out ? "10.0.0.1" : "10.0.0.2", out ? "10.0.0.2" : "10.0.0.1", 17, 0, 20);
	ports(f, 1000, port);
}

static void send_frame(const struct frame *f, bool out)
{
	EXPECT_EQ(write(out ? guest : peer, f->data, f->size), (ssize_t)f->size);
}

static bool is_same(const uint8_t *got, ssize_t size, const struct frame *f)
{
	return size >= (ssize_t)f->size && !memcmp(got, f->data, f->size);
}

/* Whether it comes out at @fd before what is sent behind it and has to. */
static bool arrives_at(const struct frame *f, bool out, int fd)
{
	struct pollfd wait = { .fd = out ? peer : guest, .events = POLLIN };
	bool found = false, ended = false;
	struct frame mark;
	uint8_t got[2048];
	ssize_t size;

	udp4(&mark, out, MARK);
	send_frame(f, out);
	send_frame(&mark, out);
	while (!ended && poll(&wait, 1, 1000) > 0) {
		size = read(wait.fd, got, sizeof(got));
		found |= fd == wait.fd && is_same(got, size, f);
		ended = is_same(got, size, &mark);
	}
	EXPECT_TRUE(ended);
	while (fd != wait.fd && (size = read(fd, got, sizeof(got))) > 0)
		found |= is_same(got, size, f);
	return found;
}

static bool arrives(const struct frame *f, bool out)
{
	return arrives_at(f, out, out ? peer : guest);
}

/* Frames that differ in one thing: the second one of each pair is what the pattern is about. */
static void make(struct frame *f, bool out, int family, const char *what, bool second)
{
	const char *from = out ? GUEST : PEER, *to = out ? PEER : GUEST;
	bool six = family == 6;
	unsigned int protocol = 17, port = second ? 53 : 80, sport = 1000;
	size_t size = 20;

	if (!strcmp(what, "proto"))
		protocol = second ? 6 : 17;
	if (!strcmp(what, "sport"))
		sport = second ? 2000 : 1000;
	if (!strcmp(what, "icmp"))
		protocol = six ? 58 : 1;
	ether(f, from, to, !strcmp(what, "vlan") ? 0x8100 : six ? 0x86dd : 0x0800);
	if (!strcmp(what, "vlan"))
		vlan(f, second ? 5 : 6, six ? 0x86dd : 0x0800);
	if (six)
		ip6(f, !strcmp(what, "src") && second ? "2001:db8:1::9" : "2001:db8::1",
		    !strcmp(what, "dst") && second ? "2001:db8:1::8" : "2001:db8::2", protocol,
		    size);
	else
		ip4(f, !strcmp(what, "src") && second ? "10.1.0.9" : "10.0.0.1",
		    !strcmp(what, "dst") && second ? "10.1.0.8" : "10.0.0.2", protocol, 0, size);
	if (!strcmp(what, "icmp")) {
		put16(f, (second ? six ? 128 : 8 : six ? 129 : 0) << 8);
		f->size += 18;
	} else {
		ports(f, sport, port);
	}
}

static void try_pattern(const char *pattern4, const char *pattern6, const char *what)
{
	for (int i = 0; i < 4; i++) {
		bool out = i & 1, six = i & 2;
		const char *pattern = six ? pattern6 : pattern4;
		struct frame other, meant;
		char rule[128];

		unit_context("%s %s", out ? "out" : "in", pattern);
		make(&other, out, six ? 6 : 4, what, false);
		make(&meant, out, six ? 6 : 4, what, true);
		rules(NULL, NULL);
		EXPECT_TRUE(arrives(&other, out));
		EXPECT_TRUE(arrives(&meant, out));
		snprintf(rule, sizeof(rule), "%s drop %s", out ? "out" : "in", pattern);
		rules(rule, NULL);
		EXPECT_TRUE(arrives(&other, out));
		EXPECT_FALSE(arrives(&meant, out));
		snprintf(rule, sizeof(rule), "%s accept %s", out ? "out" : "in", pattern);
		rules(rule, out ? "out drop not dport 48879 proto udp" :
				  "in drop not dport 48879 proto udp");
		EXPECT_FALSE(arrives(&other, out));
		EXPECT_TRUE(arrives(&meant, out));
		unit_context("%s", "");
	}
}

TEST(patterns)
{
	begin(0);
	try_pattern("src 10.1.0.0/16", "src 2001:db8:1::/48", "src");
	try_pattern("dst 10.1.0.8,10.2.0.0/16", "dst 2001:db8:1::8", "dst");
	try_pattern("proto udp dport 50-60", "proto udp dport 53,50", "dport");
	try_pattern("proto udp sport 2000", "proto udp sport 2000", "sport");
	try_pattern("vlan 5", "vlan 1-5", "vlan");
	vfr_free(&now);
}

/* drops DIRECTION RULE: of two frames the second one */
static void drops(const char *rule, const struct frame *other, const struct frame *meant, bool out)
{
	unit_context("%s", rule);
	rules(rule, NULL);
	EXPECT_TRUE(arrives(other, out));
	EXPECT_FALSE(arrives(meant, out));
	unit_context("%s", "");
}

TEST(other_patterns)
{
	struct frame a, b;
	char rule[64];

	begin(0);
	for (int i = 0; i < 4; i++) {
		bool out = i & 1, six = i & 2;

		make(&a, out, six ? 6 : 4, "proto", false);
		make(&b, out, six ? 6 : 4, "proto", true);
		drops(out ? "out drop proto tcp" : "in drop proto tcp", &a, &b, out);
		make(&a, out, six ? 6 : 4, "icmp", false);
		make(&b, out, six ? 6 : 4, "icmp", true);
		drops(out ? six ? "out drop icmp6 echo-request" : "out drop icmp echo-request" :
		      six ? "in drop icmp6 128" : "in drop icmp 8", &a, &b, out);
		make(&a, out, six ? 4 : 6, "port", true);
		make(&b, out, six ? 6 : 4, "port", true);
		snprintf(rule, sizeof(rule), "%s drop type %s proto udp dport 53",
			 out ? "out" : "in", six ? "ip6" : "0x800");
		drops(rule, &a, &b, out);
		ether(&a, out ? GUEST : PEER, out ? PEER : GUEST, 0x88b5);
		a.size += 50;
		ether(&b, out ? GUEST : PEER, out ? PEER : GUEST, 0x88b6);
		b.size += 50;
		drops(out ? "out drop type 0x88b6" : "in drop type 0x88b6", &a, &b, out);
		make(&a, out, six ? 6 : 4, "port", false);
		b = a;
		memcpy(b.data + 6, "\x02\x00\x00\x00\x00\x09", 6);
		drops(out ? "out drop smac 02:00:00:00:00:09" : "in drop smac 02:00:00:00:00:09",
		      &a, &b, out);
		b = a;
		memset(b.data, 0xff, 6);
		drops(out ? "out drop dmac ff:ff:ff:ff:ff:ff" : "in drop dmac ff:ff:ff:ff:ff:ff",
		      &a, &b, out);
	}
	vfr_free(&now);
}

TEST(actions)
{
	struct frame f, g;

	begin(0);
	for (int i = 0; i < 2; i++) {
		bool out = i;
		const char *policy = out ? "policy out drop" : "policy in drop";

		udp4(&f, out, 53);
		udp4(&g, out, 54);
		rules(out ? "out accept proto udp dport 53,48879" : "in accept proto udp dport 53,48879",
		      policy);
		EXPECT_TRUE(arrives(&f, out));
		EXPECT_FALSE(arrives(&g, out));
		rules(out ? "out log proto udp dport 53" : "in log proto udp dport 53", NULL);
		EXPECT_TRUE(arrives(&f, out));
		rules(out ? "out mirror third proto udp dport 53" : "in mirror third proto udp dport 53",
		      NULL);
		EXPECT_TRUE(arrives_at(&f, out, third));
		EXPECT_FALSE(arrives_at(&g, out, third));
		EXPECT_TRUE(arrives(&f, out));
		rules(out ? "out redirect third proto udp dport 53" : "in redirect third proto udp dport 53",
		      NULL);
		EXPECT_TRUE(arrives_at(&f, out, third));
		EXPECT_FALSE(arrives(&f, out));
		rules(out ? "out redirect nobody proto udp dport 53" : "in redirect nobody proto udp dport 53",
		      NULL);
		EXPECT_FALSE(arrives(&f, out));
		rules(out ? "out limit 2/h:2 proto udp dport 53" : "in limit 2/h:2 proto udp dport 53",
		      NULL);
		EXPECT_TRUE(arrives(&f, out));
		EXPECT_TRUE(arrives(&f, out));
		EXPECT_FALSE(arrives(&f, out));
		rules(out ? "out drop proto udp dport 53 rate 1/h:1" : "in drop proto udp dport 53 rate 1/h:1",
		      NULL);
		EXPECT_FALSE(arrives(&f, out));
		EXPECT_TRUE(arrives(&f, out));
	}
	vfr_free(&now);
}

static void expect_guarded(const char *what, const struct frame *f, bool passes)
{
	unit_context("%s", what);
	EXPECT_EQ(arrives(f, true), passes);
	unit_context("%s", "");
}

static void arp(struct frame *f, unsigned int operation, const char *mac, const char *ip)
{
	struct in_addr address;

	ether(f, GUEST, "\xff\xff\xff\xff\xff\xff", 0x0806);
	put16(f, 1);
	put16(f, 0x0800);
	put16(f, 0x0604);
	put16(f, operation);
	put(f, mac, 6);
	inet_pton(AF_INET, ip, &address);
	put(f, &address, 4);
	put(f, "\0\0\0\0\0\0", 6);
	inet_pton(AF_INET, "10.0.0.2", &address);
	put(f, &address, 4);
	f->size = 60;
}

/* Neighbour discovery with a target and, of @option, an address. */
static void nd(struct frame *f, unsigned int type, const char *target, unsigned int option,
	       const char *mac)
{
	struct in6_addr address;

	ether(f, GUEST, PEER, 0x86dd);
	ip6(f, "fe80::1", "ff02::1", 58, option ? 32 : 24);
	put16(f, type << 8);
	put16(f, 0);
	put16(f, 0);
	put16(f, 0);
	inet_pton(AF_INET6, target, &address);
	put(f, &address, 16);
	if (option) {
		put16(f, option);
		put(f, mac, 6);
	}
}

TEST(guards)
{
	struct frame f;

	vif.ip = (char *)"10.0.0.1 10.5.0.0/24 2001:db8::1";
	begin((1U << VFR_NR_GUARDS) - 1);
	rules(NULL, NULL);
	udp4(&f, true, 53);
	expect_guarded("what a guest may", &f, true);
	memcpy(f.data + 6, "\x00\x16\x3e\x00\x00\x03", 6);
	expect_guarded("another MAC", &f, false);
	ether(&f, GUEST, PEER, 0x0800);
	ip4(&f, "10.5.0.77", "10.0.0.2", 17, 0, 20);
	ports(&f, 1, 2);
	expect_guarded("an address of its prefix", &f, true);
	ether(&f, GUEST, PEER, 0x0800);
	ip4(&f, "10.0.0.9", "10.0.0.2", 17, 0, 20);
	ports(&f, 1, 2);
	expect_guarded("another address", &f, false);
	ether(&f, GUEST, PEER, 0x0800);
	ip4(&f, "0.0.0.0", "255.255.255.255", 17, 0, 20);
	ports(&f, 68, 67);
	expect_guarded("a request of DHCP", &f, true);
	udp4(&f, true, 68);
	expect_guarded("an answer of DHCP", &f, false);
	arp(&f, 1, GUEST, "10.0.0.1");
	expect_guarded("ARP", &f, true);
	arp(&f, 2, GUEST, "10.0.0.2");
	expect_guarded("ARP for another address", &f, false);
	arp(&f, 2, PEER, "10.0.0.1");
	expect_guarded("ARP for another MAC", &f, false);
	arp(&f, 1, GUEST, "0.0.0.0");
	expect_guarded("a probe of ARP", &f, true);
	arp(&f, 2, GUEST, "0.0.0.0");
	expect_guarded("an answer that is none", &f, false);
	make(&f, true, 6, "port", false);
	expect_guarded("IPv6", &f, true);
	make(&f, true, 6, "src", true);
	expect_guarded("another address of IPv6", &f, false);
	nd(&f, 135, "2001:db8::2", 0x0101, GUEST);
	expect_guarded("a neighbour's solicitation", &f, true);
	nd(&f, 135, "2001:db8::2", 0x0101, PEER);
	expect_guarded("one with another MAC", &f, false);
	nd(&f, 136, "2001:db8::1", 0x0201, GUEST);
	expect_guarded("an advertisement", &f, true);
	nd(&f, 136, "fe80::1", 0, NULL);
	expect_guarded("one of a local address", &f, true);
	nd(&f, 136, "2001:db8::2", 0x0201, GUEST);
	expect_guarded("one of another's address", &f, false);
	nd(&f, 136, "2001:db8::1", 0x0201, PEER);
	expect_guarded("one with another MAC", &f, false);
	nd(&f, 136, "2001:db8::1", 0x6401, GUEST);
	expect_guarded("one with something else before", &f, false);
	nd(&f, 134, "2001:db8::1", 0, NULL);
	expect_guarded("a router's advertisement", &f, false);
	nd(&f, 137, "2001:db8::1", 0, NULL);
	expect_guarded("a redirect", &f, false);
	udp4(&f, true, 546);
	expect_guarded("DHCPv6 by IPv4 is none", &f, true);
	ether(&f, GUEST, PEER, 0x86dd);
	ip6(&f, "2001:db8::1", "2001:db8::2", 17, 20);
	ports(&f, 547, 546);
	expect_guarded("an answer of DHCPv6", &f, false);
	vfr_free(&now);
	vif.ip = NULL;
}

/* What is not what it looks like: none of it arrives, or the rule sees what is in it. */
TEST(ways_around)
{
	struct frame f;

	begin((1U << VFR_NR_GUARDS) - 1);
	rules("out drop proto tcp dport 25", NULL);
	ether(&f, GUEST, PEER, 0x0800);
	ip4(&f, "10.0.0.1", "10.0.0.2", 6, 0x2000, 24);
	ports(&f, 1000, 25);
	f.size += 4;
	expect_guarded("the first fragment", &f, false);
	make(&f, true, 4, "port", false);
	f.data[f.ip + 3] = 250;
	expect_guarded("longer than it is", &f, false);
	make(&f, true, 4, "port", false);
	f.data[f.ip] = 0x41;
	expect_guarded("a short header", &f, false);
	make(&f, true, 6, "port", false);
	f.data[f.ip + 5] = 250;
	expect_guarded("IPv6 that is longer than it is", &f, false);
	make(&f, true, 4, "vlan", true);
	expect_guarded("a tag", &f, false);
	ether(&f, GUEST, PEER, 0x88a8);
	vlan(&f, 5, 0x8100);
	vlan(&f, 5, 0x0800);
	ip4(&f, "10.0.0.1", "10.0.0.2", 6, 0, 20);
	ports(&f, 1000, 25);
	expect_guarded("two tags", &f, false);
	ether(&f, GUEST, PEER, 0x8864);
	f.size += 60;
	expect_guarded("PPP", &f, false);
	ether(&f, GUEST, PEER, 40);
	f.size += 60;
	expect_guarded("a length", &f, false);
	ether(&f, GUEST, PEER, 0x86dd);
	ip6(&f, "2001:db8::1", "2001:db8::2", 0, 28);
	put16(&f, 6 << 8);
	put16(&f, 0);
	put16(&f, 0);
	put16(&f, 0);
	ports(&f, 1000, 25);
	expect_guarded("behind a header of options", &f, false);
	f.data[f.l4 + 11] = 26;
	expect_guarded("another port there", &f, true);
	ether(&f, GUEST, PEER, 0x86dd);
	ip6(&f, "2001:db8::1", "2001:db8::2", 44, 28);
	put16(&f, 60 << 8);
	put16(&f, 1);
	put16(&f, 0);
	put16(&f, 1);
	ports(&f, 0x0600, 26);
	expect_guarded("options in a fragment", &f, false);
	f.data[f.l4] = 17;
	expect_guarded("a fragment", &f, true);
	ether(&f, GUEST, PEER, 0x86dd);
	ip6(&f, "2001:db8::1", "2001:db8::2", 43, 44);
	put16(&f, 17 << 8 | 2);
	f.size += 22;
	ports(&f, 1000, 80);
	expect_guarded("a route", &f, false);
	vfr_free(&now);
}

/* A change leaves counters as they are, and what is not ours. */
TEST(changes)
{
	struct vfr before;
	char *why, *answer, *all;
	struct frame f;

	begin(0);
	EXPECT_EQ(nft_run("add table inet others; add chain inet others c { type filter hook forward priority 0; }; add rule inet others c tcp dport 9 drop",
			  NULL, NULL), 0);
	rules("out drop proto udp dport 53", NULL);
	udp4(&f, true, 53);
	EXPECT_FALSE(arrives(&f, true));
	vfr_copy(&before, &now);
	EXPECT_EQ(vfr_insert(&now, 0, "out drop proto udp dport 54", &why), 0);
	tell(&before);
	vfr_free(&before);
	EXPECT_FALSE(arrives(&f, true));
	EXPECT_EQ(nft_run("list counter netdev xlhv.7.0 rule-1", &answer, NULL), 0);
	EXPECT_NOT_NULL(strstr(answer, "\"packets\": 2"));
	free(answer);
	vfr_copy(&before, &now);
	vfr_remove(&now, 1);
	tell(&before);
	vfr_free(&before);
	EXPECT_TRUE(arrives(&f, true));
	EXPECT_NE(nft_run("list counter netdev xlhv.7.0 rule-1", NULL, NULL), 0);
	EXPECT_EQ(nft_run("list ruleset", &all, NULL), 0);
	EXPECT_NOT_NULL(strstr(all, "others"));
	free(all);
	vfr_free(&now);
}
