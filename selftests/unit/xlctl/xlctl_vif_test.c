// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network interfaces in the syntax of xl-network-configuration(5): what is read, what each
 * complaint says, and addresses that are made up.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"
#include "config/vif.h"
#include "unit.h"

static struct vif_config vif;
static char *why;

static int parse(const char *text)
{
	vif_free(&vif);
	free(why);
	return vif_parse(&vif, text, &why);
}

static void expect_wrong(const char *text, int error, const char *message)
{
	EXPECT_SAYS(text, parse(text), error, why, message);
}

static void expect_note(const char *text, const char *note)
{
	char *got;

	unit_context("%s", text);
	EXPECT_EQ(parse(text), 0);
	got = vif_ignored(&vif);
	if (note)
		EXPECT_STREQ(got, note);
	else
		EXPECT_NULL(got);
	free(got);
	unit_context("%s", "");
}

TEST(defaults)
{
	static const char *const texts[] = {
		"", " ", ",", " , ", "bridge=", "script=vif-bridge", "type=vif",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		unit_context("'%s'", texts[i]);
		ASSERT_EQ(parse(texts[i]), 0);
		EXPECT_NULL(why);
		EXPECT_FALSE(vif.has_mac);
		EXPECT_FALSE(vif.has_devid);
		EXPECT_EQ(vif.script, VIF_SCRIPT_BRIDGE);
		EXPECT_NULL(vif.bridge);
		EXPECT_NULL(vif.ip);
		EXPECT_EQ(vif.mtu, 0);
		EXPECT_TRUE(vif.trusted);
	}
	unit_context("%s", "");
}

TEST(all_words)
{
	static const uint8_t mac[] = { 0x00, 0x16, 0x3e, 0x0a, 0xff, 0x01 };

	ASSERT_EQ(parse("mac=00:16:3E:a:FF:01, bridge=br0 ,vifname=web0,ip=10.0.0.2 fd00::/64"), 0);
	EXPECT_TRUE(vif.has_mac);
	EXPECT_FALSE(memcmp(vif.mac, mac, sizeof(mac)));
	EXPECT_STREQ(vif.bridge, "br0");
	EXPECT_STREQ(vif.vifname, "web0");
	EXPECT_STREQ(vif.ip, "10.0.0.2 fd00::/64");
	ASSERT_EQ(parse("backend=Domain-0,script=/etc/xen/scripts/vif-bridge"), 0);
	ASSERT_EQ(parse("mtu=9000,devid=3,trusted=0,backend=0,type=vif"), 0);
	EXPECT_EQ(vif.mtu, 9000);
	EXPECT_TRUE(vif.has_devid);
	EXPECT_EQ(vif.devid, 3);
	EXPECT_FALSE(vif.trusted);
	ASSERT_EQ(parse("script=vif-route,netdev=eth0,ip=10.0.0.2"), 0);
	EXPECT_EQ(vif.script, VIF_SCRIPT_ROUTE);
	EXPECT_STREQ(vif.gatewaydev, "eth0");
	/* As for xl, the last one counts. */
	ASSERT_EQ(parse("bridge=a,bridge=b"), 0);
	EXPECT_STREQ(vif.bridge, "b");
}

TEST(words_of_a_command)
{
	static char *const words[] = { "mac=00:16:3e:00:00:01,mtu=1400", "bridge=b", NULL };

	vif_free(&vif);
	free(why);
	ASSERT_EQ(vif_parse_words(&vif, words, &why), 0);
	EXPECT_EQ(vif.mtu, 1400);
	EXPECT_STREQ(vif.bridge, "b");
}

TEST(complaints)
{
	static const char *const macs[] = {
		"", "00:16:3e:00:00", "00:16:3e:00:00:01:02", "00:16:3e:00:00:1g", "00-16-3e-00-00-01",
		"00:16:3e:00:00:100", "00:16:3e::00:01", " 0:1:2:3:4:5x", "00163e000001",
	};
	char text[64], message[128];

	for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
		snprintf(text, sizeof(text), "mac=%s", macs[i]);
		snprintf(message, sizeof(message), "mac=%s: expected six bytes such as 00:16:3e:00:00:01",
			 macs[i]);
		expect_wrong(text, -EINVAL, message);
	}
	expect_wrong("mac=01:16:3e:00:00:01", -EINVAL,
		     "mac=01:16:3e:00:00:01: a multicast address cannot be that of an interface");
	expect_wrong("mac=ff:ff:ff:ff:ff:ff", -EINVAL,
		     "mac=ff:ff:ff:ff:ff:ff: a multicast address cannot be that of an interface");
	expect_wrong("mac=0:0:0:0:0:0", -EINVAL, "mac=0:0:0:0:0:0: no interface can have that address");
	expect_wrong("bridge=a/b", -EINVAL, "bridge=a/b: no device of the host's can have that name");
	expect_wrong("bridge=..", -EINVAL, "bridge=..: no device of the host's can have that name");
	expect_wrong("vifname=a23456789012345x", -EINVAL,
		     "vifname=a23456789012345x: no device of the host's can have that name");
	expect_wrong("vifname=vif%d", -EINVAL, "vifname=vif%d: no device of the host's can have that name");
	expect_wrong("vifname=12", -EINVAL, "vifname=12: no device of the host's can have that name");
	expect_wrong("vifname=a*", -EINVAL, "vifname=a*: no device of the host's can have that name");
	expect_wrong("ip=10.0.0.2/24", -EINVAL,
		     "ip=10.0.0.2/24: '10.0.0.2/24' is no address or network of IPv4 or IPv6");
	expect_wrong("ip=10.0.0.2/33", -EINVAL, "ip=10.0.0.2/33: '10.0.0.2/33' is no address or network of IPv4 or IPv6");
	expect_wrong("ip=10.0.0.1 x", -EINVAL, "ip=10.0.0.1 x: 'x' is no address or network of IPv4 or IPv6");
	expect_wrong("ip=fe80::/129", -EINVAL, "ip=fe80::/129: 'fe80::/129' is no address or network of IPv4 or IPv6");
	expect_wrong("ip=:: :: :: :: :: :: :: :: :: :: :: :: :: :: :: :: ::", -EINVAL,
		     "ip=:: :: :: :: :: :: :: :: :: :: :: :: :: :: :: :: ::: more than 16 addresses");
	EXPECT_EQ(parse("ip=:: :: :: :: :: :: :: :: :: :: :: :: :: :: :: ::"), 0);
	expect_wrong("mtu=67", -EINVAL, "mtu=67: expected a number from 68 to 65521");
	expect_wrong("mtu=65522", -EINVAL, "mtu=65522: expected a number from 68 to 65521");
	expect_wrong("mtu=0x100", -EINVAL, "mtu=0x100: expected a number from 68 to 65521");
	expect_wrong("devid=65536", -EINVAL, "devid=65536: expected a number from 0 to 65535");
	expect_wrong("devid=-1", -EINVAL, "devid=-1: expected a number from 0 to 65535");
	expect_wrong("devid=4294967296", -EINVAL, "devid=4294967296: expected a number from 0 to 65535");
	expect_wrong("trusted=2", -EINVAL, "trusted=2: expected 0 or 1");
	expect_wrong("type=netfront", -EINVAL, "type=netfront: expected vif");
	expect_wrong("foo", -EINVAL, "'foo': expected a name, '=' and a value");
	expect_wrong("foo=bar", -EINVAL, "unknown parameter 'foo'");
	expect_wrong("macx=00:16:3e:00:00:01", -EINVAL, "unknown parameter 'macx'");
	expect_wrong("script=vif-nat", -EINVAL, "script=vif-nat: needs ip=, which the routes lead to");
	expect_wrong("script=vif-nat,ip=10.0.0.2,bridge=b", -EINVAL,
		     "bridge=b: with vif-nat there is none");
	expect_wrong("script=vif-route", -EINVAL, "script=vif-route: needs ip=, which the routes lead to");
	expect_wrong("script=vif-route,ip=10.0.0.2,bridge=b", -EINVAL, "bridge=b: with vif-route there is none");
}

TEST(not_supported)
{
	expect_wrong("type=ioemu", -EOPNOTSUPP, "type=ioemu: a PVH domain has no emulated network cards");
	expect_wrong("script=vif-openvswitch", -EOPNOTSUPP,
		     "script=vif-openvswitch: scripts are not run; vif-bridge, vif-route and vif-nat are built in");
	expect_wrong("script=/usr/local/bin/vif-bridge", -EOPNOTSUPP,
		     "script=/usr/local/bin/vif-bridge: scripts are not run; vif-bridge, vif-route and vif-nat are built in");
	expect_wrong("backend=net", -EOPNOTSUPP, "backend=net: all network interfaces are served by the host");
	expect_wrong("forwarddev=eth0", -EOPNOTSUPP, "forwarddev=eth0: COLO is not supported");
	expect_wrong("colo_sock_mirror_ip=1", -EOPNOTSUPP, "colo_sock_mirror_ip=1: COLO is not supported");
	expect_wrong("vlan=10", -EOPNOTSUPP,
		     "vlan=10: VLANs are not supported yet; bridge(8) gives one to the host's end of the interface");
}

static void expect_rate(const char *text, uint64_t rate, uint32_t interval_us, uint64_t credit)
{
	char *word = msg_text("rate=%s", text);

	unit_context("%s", word);
	ASSERT_EQ(parse(word), 0);
	EXPECT_EQ(vif.rate.bytes_per_second, rate);
	EXPECT_EQ(vif.rate.interval_us, interval_us);
	EXPECT_EQ(vif_rate_credit(&vif.rate), credit);
	free(word);
	unit_context("%s", "");
}

TEST(rates)
{
	static const char *const wrong[] = {
		"10", "10M", "10MB", "10MB/", "10MB/h", "MB/s", "-1MB/s", "1.5MB/s", "10mb/s", "10TB/s",
		"10 MB/s", "10MB/s@", "10MB/s@ms", "10MB/s@1h", "10MB/s@-1ms", "10MB/s@5m",
		"1000000000000000MB/s", "10KKB/s",
	};
	char text[64], message[256];

	/* The examples of xl-network-configuration(5), and the ends of the scale. */
	expect_rate("10Mb/s", 1250000, 50000, 62500);
	expect_rate("250KB/s", 250000, 50000, 12500);
	expect_rate("1MB/s@20ms", 1000000, 20000, 20000);
	expect_rate("1000B/s", 1000, 50000, 50);
	expect_rate("8Kb/s@1s", 1000, 1000000, 1000);
	expect_rate("10GB/s", 10000000000, 50000, 500000000);
	expect_rate("1MB/s@5", 1000000, 5, 5);
	expect_rate("1MB/s@5us", 1000000, 5, 5);
	ASSERT_EQ(parse("rate="), 0);
	EXPECT_EQ(vif.rate.bytes_per_second, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "rate=%s", wrong[i]);
		snprintf(message, sizeof(message), "rate=%s: expected a number with B, KB, MB, GB, b, Kb, Mb or Gb and \"/s\", perhaps with \"@\" and a number of us, ms or s",
			 wrong[i]);
		expect_wrong(text, -EINVAL, message);
	}
	expect_wrong("rate=999B/s", -EINVAL, "rate=999B/s: expected at least 1KB/s");
	expect_wrong("rate=1Kb/s", -EINVAL, "rate=1Kb/s: expected at least 1KB/s");
	expect_wrong("rate=1MB/s@0ms", -EINVAL,
		     "rate=1MB/s@0ms: expected an interval from 1us to 4294s");
	expect_wrong("rate=1MB/s@5000s", -EINVAL,
		     "rate=1MB/s@5000s: expected an interval from 1us to 4294s");
	expect_wrong("rate=1GB/s@5s", -EINVAL, "rate=1GB/s@5s: more than 4 GB in an interval");
}

TEST(weights)
{
	ASSERT_EQ(parse("weight=1000"), 0);
	EXPECT_EQ(vif.weight, 1000);
	ASSERT_EQ(parse(""), 0);
	EXPECT_EQ(vif.weight, 0);
	expect_wrong("weight=0", -EINVAL, "weight=0: expected a number from 1 to 1000");
	expect_wrong("weight=1001", -EINVAL, "weight=1001: expected a number from 1 to 1000");
	expect_wrong("weight=2:1", -EINVAL, "weight=2:1: expected a number from 1 to 1000");
}

TEST(notes)
{
	expect_note("", NULL);
	expect_note("model=e1000", "model=e1000 is ignored: a PVH domain has no emulated network cards");
	expect_note("accel=x", "accel= is ignored: there is nothing that it could name");
	expect_note("gatewaydev=eth0", "gatewaydev=eth0 is ignored: it is for script=vif-route and vif-nat");
	expect_note("gatewaydev=eth0,script=vif-route,ip=10.0.0.2", NULL);
}

/* Of a domain and a number: the same again, and another one of another. */
TEST(made_up_macs)
{
	uuid_t uuid, other;
	uint8_t first[6];

	uuid_generate(uuid);
	uuid_generate(other);
	ASSERT_EQ(parse("devid=1"), 0);
	vif_choose_mac(&vif, uuid);
	EXPECT_TRUE(vif.has_mac);
	EXPECT_EQ(vif.mac[0], 0x00);
	EXPECT_EQ(vif.mac[1], 0x16);
	EXPECT_EQ(vif.mac[2], 0x3e);
	EXPECT_LT(vif.mac[3], 0x80);
	memcpy(first, vif.mac, sizeof(first));
	ASSERT_EQ(parse("devid=1"), 0);
	vif_choose_mac(&vif, uuid);
	EXPECT_FALSE(memcmp(vif.mac, first, sizeof(first)));
	ASSERT_EQ(parse("devid=2"), 0);
	vif_choose_mac(&vif, uuid);
	EXPECT_TRUE(memcmp(vif.mac, first, sizeof(first)));
	ASSERT_EQ(parse("devid=1"), 0);
	vif_choose_mac(&vif, other);
	EXPECT_TRUE(memcmp(vif.mac, first, sizeof(first)));
	/* One that was given stays. */
	ASSERT_EQ(parse("devid=1,mac=00:16:3e:ff:ff:ff"), 0);
	vif_choose_mac(&vif, uuid);
	EXPECT_EQ(vif.mac[3], 0xff);
}

TEST(text_reads_the_same)
{
	static const struct { const char *text, *want; } texts[] = {
		{ "devid=0", "devid=0" },
		{ "mac=0:16:3E:1:2:3,devid=4,bridge=b,vifname=n,model=e1000,accel=1",
		  "devid=4,mac=00:16:3e:01:02:03,bridge=b,vifname=n" },
		{ "trusted=0,mtu=1400,ip=10.0.0.2 fd00::1,devid=7",
		  "devid=7,ip=10.0.0.2 fd00::1,mtu=1400,trusted=0" },
		{ "devid=1,script=vif-nat,ip=10.0.0.2,rate=8Mb/s,weight=20",
		  "devid=1,script=vif-nat,ip=10.0.0.2,rate=1000000B/s@50000us,weight=20" },
		{ "devid=1,script=vif-route,gatewaydev=eth0,ip=10.0.0.2",
		  "devid=1,script=vif-route,gatewaydev=eth0,ip=10.0.0.2" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *text;

		unit_context("%s", texts[i].text);
		ASSERT_EQ(parse(texts[i].text), 0);
		text = vif_text(&vif);
		EXPECT_STREQ(text, texts[i].want);
		ASSERT_EQ(parse(text), 0);
		free(text);
		text = vif_text(&vif);
		EXPECT_STREQ(text, texts[i].want);
		free(text);
	}
	unit_context("%s", "");
	vif_free(&vif);
	free(why);
	why = NULL;
}
