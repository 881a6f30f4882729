// SPDX-License-Identifier: GPL-2.0-only
/*
 * What network-setup decides before it asks the host: addresses, the rules of the packet filter,
 * and how dnsmasq is started.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/dnsmasq.h"
#include "net/nat.h"
#include "net/subnet.h"
#include "unit.h"

static struct subnet net(const char *text)
{
	struct subnet s;

	EXPECT_NULL(subnet_parse(text, strchr(text, ':') ? AF_INET6 : AF_INET, &s));
	return s;
}

/* A network, as a route has it: with any length. */
static struct subnet route(const char *address, unsigned int length)
{
	struct subnet s = { .family = strchr(address, ':') ? AF_INET6 : AF_INET, .length = length };

	EXPECT_EQ(inet_pton(s.family, address, s.address), 1);
	return s;
}

TEST(reading)
{
	static const struct {
		const char *text;
		int family;
		const char *wrong;
	} cases[] = {
		{ "10.0.0.1/8", AF_INET, NULL },
		{ "192.168.7.254/24", AF_INET, NULL },
		{ "10.0.0.2/30", AF_INET, NULL },
		{ "fd00::1/64", AF_INET6, NULL },
		{ "2001:db8:0:1::5/64", AF_INET6, NULL },
		{ "10.0.0.1", AF_INET, "expected ADDRESS/LENGTH" },
		{ "", AF_INET, "expected ADDRESS/LENGTH" },
		{ "10.0.0.1/", AF_INET, "expected ADDRESS/LENGTH" },
		{ "10.0.0.1/2x", AF_INET, "expected ADDRESS/LENGTH" },
		{ "10.0.0.1/0024", AF_INET, "expected ADDRESS/LENGTH" },
		{ "10.0.0.1/-1", AF_INET, "expected ADDRESS/LENGTH" },
		{ "10.0.0/24", AF_INET, "expected an address of IPv4" },
		{ "fd00::1/64", AF_INET, "expected an address of IPv4" },
		{ "10.0.0.1/24", AF_INET6, "expected an address of IPv6" },
		{ "10.0.0.1/7", AF_INET, "expected a prefix of 8 to 30 bits" },
		{ "10.0.0.1/31", AF_INET, "expected a prefix of 8 to 30 bits" },
		{ "127.0.0.1/8", AF_INET, "no host can have that address" },
		{ "224.0.0.1/24", AF_INET, "no host can have that address" },
		{ "0.0.0.1/24", AF_INET, "no host can have that address" },
		{ "10.0.0.0/24", AF_INET,
		  "that is the network's own address, not one of the host's in it" },
		{ "10.0.0.255/24", AF_INET,
		  "that is the network's own address, not one of the host's in it" },
		{ "fd00::1/48", AF_INET6,
		  "expected a prefix of 64 bits, by which guests make their addresses" },
		{ "fd00::/64", AF_INET6,
		  "that is the network's own address, not one of the host's in it" },
		{ "fe80::1/64", AF_INET6, "expected an address that is global or unique local" },
		{ "ff02::1/64", AF_INET6, "expected an address that is global or unique local" },
		{ "::1/64", AF_INET6, "expected an address that is global or unique local" },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa/64", AF_INET6,
		  "expected ADDRESS/LENGTH" },
	};
	struct subnet s;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *wrong = subnet_parse(cases[i].text, cases[i].family, &s);

		unit_context("'%s'", cases[i].text);
		if (cases[i].wrong)
			EXPECT_STREQ(wrong ?: "accepted", cases[i].wrong);
		else
			EXPECT_NULL(wrong);
	}
	unit_context("%s", "");
}

TEST(writing)
{
	struct subnet v4 = net("10.1.2.3/20"), v6 = net("fd12:3456:789a::1/64");
	char text[SUBNET_TEXT];

	EXPECT_STREQ(subnet_text(&v4, text), "10.1.2.3/20");
	EXPECT_STREQ(subnet_prefix_text(&v4, text), "10.1.0.0/20");
	EXPECT_STREQ(subnet_text(&v6, text), "fd12:3456:789a::1/64");
	EXPECT_STREQ(subnet_prefix_text(&v6, text), "fd12:3456:789a::/64");
}

TEST(overlaps)
{
	static const struct {
		const char *a;
		unsigned int la;
		const char *b;
		unsigned int lb;
		bool common;
	} cases[] = {
		{ "10.0.0.0", 24, "10.0.0.0", 24, true },
		{ "10.0.0.0", 24, "10.0.1.0", 24, false },
		{ "10.0.0.0", 23, "10.0.1.0", 24, true },
		{ "10.0.1.0", 24, "10.0.0.0", 8, true },
		{ "10.0.1.7", 32, "10.0.1.0", 24, true },
		{ "10.0.1.7", 32, "10.0.1.6", 32, false },
		{ "10.128.0.0", 9, "10.0.0.0", 9, false },
		{ "0.0.0.0", 1, "10.0.0.0", 24, true },
		{ "0.0.0.0", 0, "10.0.0.0", 24, true },
		{ "fd00::", 64, "10.0.0.0", 24, false },
		{ "fd00::", 64, "fd00::1", 128, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct subnet a = route(cases[i].a, cases[i].la);
		struct subnet b = route(cases[i].b, cases[i].lb);

		unit_context("%s/%u and %s/%u", cases[i].a, cases[i].la, cases[i].b, cases[i].lb);
		EXPECT_EQ(subnet_overlaps(&a, &b), cases[i].common);
		EXPECT_EQ(subnet_overlaps(&b, &a), cases[i].common);
	}
	unit_context("%s", "");
}

TEST(choosing)
{
	struct subnet taken[] = {
		route("192.168.0.0", 16), route("10.198.0.0", 23), route("10.198.2.77", 32),
		route("10.0.0.0", 8),
	};
	static const uint8_t id[] = { 0x12, 0x34, 0x56, 0x78, 0x9a };
	char text[SUBNET_TEXT];
	struct subnet s;

	EXPECT_TRUE(subnet_choose4(NULL, 0, &s));
	EXPECT_STREQ(subnet_text(&s, text), "10.198.0.1/24");
	EXPECT_TRUE(subnet_choose4(taken, 3, &s));
	EXPECT_STREQ(subnet_text(&s, text), "10.198.3.1/24");
	EXPECT_FALSE(subnet_choose4(taken, 4, &s));
	subnet_choose6(id, &s);
	EXPECT_STREQ(subnet_text(&s, text), "fd12:3456:789a::1/64");
}

static void expect_range(const char *text, const char *from, const char *to)
{
	struct subnet s = net(text);
	uint32_t first, last;

	unit_context("%s", text);
	subnet_range4(&s, &first, &last);
	EXPECT_EQ(first, ntohl(inet_addr(from)));
	EXPECT_EQ(last, ntohl(inet_addr(to)));
	unit_context("%s", "");
}

TEST(ranges)
{
	expect_range("10.0.0.1/24", "10.0.0.2", "10.0.0.254");
	expect_range("10.0.0.254/24", "10.0.0.1", "10.0.0.253");
	expect_range("10.0.0.200/24", "10.0.0.1", "10.0.0.199");
	expect_range("10.0.0.100/24", "10.0.0.101", "10.0.0.254");
	expect_range("10.0.0.1/30", "10.0.0.2", "10.0.0.2");
	expect_range("10.0.0.2/30", "10.0.0.1", "10.0.0.1");
}

TEST(rules)
{
	struct subnet v4 = net("10.1.2.3/20"), v6 = net("fd00::1/64"), none = { .family = 0 };
	char *text = nat_commands("br.0", &v4, &v6);

	/* One transaction, which replaces what there was. */
	EXPECT_EQ(strncmp(text, "table inet xlhv-net-br.0\ndelete table inet xlhv-net-br.0\n"
			  "table inet xlhv-net-br.0 {\n", 84), 0);
	EXPECT_NOT_NULL(strstr(text,
			       "saddr 10.1.0.0/20 oifname != { \"lo\", \"br.0\" } masquerade\n"));
	EXPECT_NOT_NULL(strstr(text,
			       "ip6 saddr fd00::/64 oifname != { \"lo\", \"br.0\" } masquerade\n"));
	EXPECT_NOT_NULL(strstr(text, "\tcounter drop\n"));
	EXPECT_NULL(strstr(text, "flush"));
	free(text);
	text = nat_commands("xenbr0", &v4, &none);
	EXPECT_NULL(strstr(text, "ip6"));
	free(text);
}

static bool has(char *const *argv, const char *word)
{
	for (; *argv; argv++)
		if (!strcmp(*argv, word))
			return true;
	return false;
}

static void drop(char **argv, int argc)
{
	for (int i = 1; i < argc; i++)
		free(argv[i]);
}

TEST(server)
{
	struct subnet v4 = net("10.1.0.1/16"), v6 = net("fd00::1/64"), none = { .family = 0 };
	struct dnsmasq_net served = { .bridge = "xenbr0", .v4 = &v4, .v6 = &v6 };
	char *argv[DNSMASQ_ARGUMENTS];
	int argc = dnsmasq_arguments(&served, "/run/x", "nobody", argv);

	EXPECT_LT(argc, DNSMASQ_ARGUMENTS);
	EXPECT_NULL(argv[argc]);
	/* On that bridge only, and by nobody's configuration. */
	EXPECT_TRUE(has(argv, "--interface=xenbr0"));
	EXPECT_TRUE(has(argv, "--except-interface=lo"));
	EXPECT_TRUE(has(argv, "--bind-dynamic"));
	EXPECT_TRUE(has(argv, "--conf-file="));
	EXPECT_TRUE(has(argv, "--user=nobody"));
	EXPECT_TRUE(has(argv, "--pid-file=/run/x/xenbr0.pid"));
	EXPECT_TRUE(has(argv, "--dhcp-leasefile=/run/x/xenbr0.leases"));
	/* No guest takes a name that others trust. */
	EXPECT_TRUE(has(argv, "--dhcp-ignore-names"));
	/* No more than are lent. */
	EXPECT_TRUE(has(argv, "--dhcp-range=10.1.0.2,10.1.3.233,12h"));
	EXPECT_TRUE(has(argv, "--dhcp-lease-max=1000"));
	EXPECT_TRUE(has(argv, "--dhcp-range=fd00::,ra-stateless,64,12h"));
	EXPECT_TRUE(has(argv, "--enable-ra"));
	drop(argv, argc);
	served.v6 = &none;
	argc = dnsmasq_arguments(&served, "/run/x", "nobody", argv);
	EXPECT_FALSE(has(argv, "--enable-ra"));
	drop(argv, argc);
}

TEST(nobody_serves_what_is_not_there)
{
	EXPECT_EQ(dnsmasq_process("no-such-bridge"), 0);
}
