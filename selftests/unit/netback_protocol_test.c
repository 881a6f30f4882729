// SPDX-License-Identifier: GPL-2.0-only
/* Packets of network frontends: pieces, extra information, limits. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <xen/interface/io/netif.h>

#include <stdlib.h>
#include <string.h>

#include "base/shared_ring.h"
#include "netback/protocol.h"
#include "unit.h"

static struct net_packet packet;

static enum net_step add(u32 ref, unsigned int offset, unsigned int size, unsigned int flags,
			 u16 id)
{
	const struct netif_tx_request rq = {
		.gref = ref, .offset = offset, .size = size, .flags = flags, .id = id,
	};
	u8 entry[NET_TX_ENTRY];

	memcpy(entry, &rq, sizeof(entry));
	return net_packet_add(&packet, entry);
}

static enum net_step add_extra(u8 type, u8 flags, u8 gso, u16 size)
{
	const struct netif_extra_info extra = {
		.type = type, .flags = flags, .u.gso = { .type = gso, .size = size },
	};
	u8 entry[NET_TX_ENTRY] = {};

	memcpy(entry, &extra, sizeof(extra));
	return net_packet_add(&packet, entry);
}

static void begin(void)
{
	memset(&packet, 0xa5, sizeof(packet));
	net_packet_begin(&packet);
}

TEST(a_packet_of_one_piece)
{
	begin();
	ASSERT_EQ(add(77, 100, 1514, 0, 0xbeef), NET_DONE);
	EXPECT_TRUE(!net_packet_check(&packet));
	EXPECT_EQ(packet.nr, 1);
	EXPECT_EQ(net_packet_entries(&packet), 1);
	EXPECT_EQ(packet.size, 1514);
	EXPECT_EQ(packet.slot[0].ref, 77);
	EXPECT_EQ(packet.slot[0].offset, 100);
	EXPECT_EQ(packet.slot[0].size, 1514);
	EXPECT_EQ(packet.slot[0].id, 0xbeef);
	EXPECT_EQ(packet.gso_type, 0);
	EXPECT_TRUE(!packet.csum_blank && !packet.validated);
}

TEST(the_first_piece_is_what_the_others_leave)
{
	begin();
	ASSERT_EQ(add(1, 0, 9000, NETTXF_more_data | NETTXF_csum_blank, 1), NET_MORE);
	ASSERT_EQ(add(2, 0, 4096, NETTXF_more_data, 2), NET_MORE);
	ASSERT_EQ(add(3, 96, 4000, 0, 3), NET_DONE);
	EXPECT_TRUE(!net_packet_check(&packet));
	EXPECT_EQ(packet.nr, 3);
	EXPECT_EQ(packet.size, 9000);
	EXPECT_EQ(packet.slot[0].size, 904);
	EXPECT_EQ(packet.slot[1].size, 4096);
	EXPECT_TRUE(packet.csum_blank);
}

TEST(a_first_piece_of_nothing)
{
	begin();
	add(1, 0, 60, NETTXF_more_data, 1);
	ASSERT_EQ(add(2, 0, 60, 0, 2), NET_DONE);
	EXPECT_TRUE(!net_packet_check(&packet));
	EXPECT_EQ(packet.slot[0].size, 0);
}

TEST(segments)
{
	begin();
	ASSERT_EQ(add(1, 0, 5000, NETTXF_more_data | NETTXF_extra_info | NETTXF_csum_blank, 1),
		  NET_MORE);
	ASSERT_EQ(add_extra(XEN_NETIF_EXTRA_TYPE_GSO, 0, XEN_NETIF_GSO_TYPE_TCPV6, 1440), NET_MORE);
	ASSERT_EQ(add(2, 0, 4000, 0, 2), NET_DONE);
	EXPECT_TRUE(!net_packet_check(&packet));
	EXPECT_EQ(packet.nr, 2);
	EXPECT_EQ(packet.nr_extras, 1);
	EXPECT_EQ(net_packet_entries(&packet), 3);
	EXPECT_EQ(packet.gso_type, XEN_NETIF_GSO_TYPE_TCPV6);
	EXPECT_EQ(packet.gso_size, 1440);

	/* Extra information behind the only piece, two of it. */
	begin();
	ASSERT_EQ(add(1, 0, 4000, NETTXF_extra_info, 1), NET_MORE);
	ASSERT_EQ(add_extra(XEN_NETIF_EXTRA_TYPE_HASH, XEN_NETIF_EXTRA_FLAG_MORE, 0, 0), NET_MORE);
	ASSERT_EQ(add_extra(XEN_NETIF_EXTRA_TYPE_GSO, 0, XEN_NETIF_GSO_TYPE_TCPV4, 1448), NET_DONE);
	EXPECT_TRUE(!net_packet_check(&packet));
	EXPECT_EQ(net_packet_entries(&packet), 3);

	begin();
	add(1, 0, 4000, NETTXF_extra_info, 1);
	add_extra(XEN_NETIF_EXTRA_TYPE_GSO, 0, XEN_NETIF_GSO_TYPE_TCPV4, 0);
	EXPECT_TRUE(net_packet_check(&packet));
	begin();
	add(1, 0, 4000, NETTXF_extra_info, 1);
	add_extra(XEN_NETIF_EXTRA_TYPE_GSO, 0, 3, 1448);
	EXPECT_TRUE(net_packet_check(&packet));
}

TEST(extra_information_that_was_not_offered)
{
	static const u8 types[] = { 0, XEN_NETIF_EXTRA_TYPE_MCAST_ADD,
				    XEN_NETIF_EXTRA_TYPE_MCAST_DEL, 5, 6, 255 };
	unsigned int i;

	for (i = 0; i < sizeof(types); i++) {
		unit_context("type %u", types[i]);
		begin();
		add(1, 0, 64, NETTXF_extra_info, 1);
		ASSERT_EQ(add_extra(types[i], 0, 0, 0), NET_DONE);
		EXPECT_TRUE(net_packet_check(&packet));
		EXPECT_EQ(net_packet_entries(&packet), 2);
	}
}

TEST(as_many_pieces_as_there_may_be)
{
	unsigned int i;

	begin();
	add(0, 0, 19 * 100 + 50, NETTXF_more_data, 0);
	for (i = 1; i < NET_MAX_SLOTS - 1; i++)
		ASSERT_EQ(add(i, 0, 100, NETTXF_more_data, i), NET_MORE);
	ASSERT_EQ(add(i, 0, 100, 0, i), NET_DONE);
	EXPECT_TRUE(!net_packet_check(&packet));
	EXPECT_EQ(packet.slot[0].size, 50);

	begin();
	for (i = 0; i < NET_MAX_SLOTS - 1; i++)
		ASSERT_EQ(add(i, 0, 100, NETTXF_more_data, i), NET_MORE);
	EXPECT_EQ(add(i, 0, 100, NETTXF_more_data, i), NET_BROKEN);
}

TEST(extra_information_without_end)
{
	unsigned int i;

	begin();
	add(0, 0, 100, NETTXF_extra_info, 0);
	for (i = 0; i < NET_MAX_EXTRAS - 1; i++)
		ASSERT_EQ(add_extra(XEN_NETIF_EXTRA_TYPE_GSO, XEN_NETIF_EXTRA_FLAG_MORE, 1, 1448),
			  NET_MORE);
	EXPECT_EQ(add_extra(XEN_NETIF_EXTRA_TYPE_GSO, XEN_NETIF_EXTRA_FLAG_MORE, 1, 1448),
		  NET_BROKEN);
}

/* A flag of a later piece that only the first may have begins nothing. */
TEST(extra_information_of_a_later_piece)
{
	begin();
	add(0, 0, 200, NETTXF_more_data, 0);
	ASSERT_EQ(add(1, 0, 100, NETTXF_extra_info | NETTXF_csum_blank, 1), NET_DONE);
	EXPECT_TRUE(!net_packet_check(&packet));
	EXPECT_TRUE(!packet.csum_blank);
	EXPECT_EQ(net_packet_entries(&packet), 2);
}

TEST(sizes_that_cannot_be)
{
	static const struct {
		unsigned int size, offset, more;
	} bad[] = {
		{ 0, 0, 0 }, { 13, 0, 0 }, { 4097, 0, 0 }, { 100, 3997, 0 }, { 65535, 1, 0 },
		{ 100, 65535, 0 }, { 100, 0, 101 }, { 14, 0, 65535 }, { 8192, 0, 4095 },
	};
	static const struct {
		unsigned int size, offset, more;
	} good[] = {
		{ 14, 0, 0 }, { 4096, 0, 0 }, { 100, 3996, 0 }, { 8192, 0, 4096 }, { 14, 4096, 14 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		unit_context("bad %u", i);
		begin();
		if (add(1, bad[i].offset, bad[i].size, bad[i].more ? NETTXF_more_data : 0, 1) ==
		    NET_MORE)
			add(2, 0, bad[i].more, 0, 2);
		EXPECT_TRUE(net_packet_check(&packet));
	}
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		unit_context("good %u", i);
		begin();
		if (add(1, good[i].offset, good[i].size, good[i].more ? NETTXF_more_data : 0, 1) ==
		    NET_MORE)
			add(2, 0, good[i].more, 0, 2);
		EXPECT_TRUE(!net_packet_check(&packet));
	}
	/* A later piece beyond its page. */
	begin();
	add(1, 0, 300, NETTXF_more_data, 1);
	add(2, 4000, 97, 0, 2);
	EXPECT_TRUE(net_packet_check(&packet));
}

TEST(answers)
{
	const struct net_piece piece = { .id = 0x1234, .flags = 0x5, .status = -1 };
	struct netif_rx_request rq = { .id = 9, .pad = 7, .gref = 0xdeadbeef };
	struct netif_tx_response sent;
	struct netif_rx_response got;
	struct netif_extra_info extra;
	u8 entry[NET_TX_ENTRY];
	u32 ref;
	u16 id;

	memset(entry, 0xee, sizeof(entry));
	net_encode_sent(0xabcd, -2, entry);
	memcpy(&sent, entry, sizeof(sent));
	EXPECT_EQ(sent.id, 0xabcd);
	EXPECT_EQ(sent.status, -2);
	EXPECT_EQ(entry[NET_RSP_BYTES], 0xee);

	memcpy(entry, &rq, sizeof(rq));
	net_decode_room(entry, &id, &ref);
	EXPECT_EQ(id, 9);
	EXPECT_EQ(ref, 0xdeadbeef);

	memset(entry, 0xee, sizeof(entry));
	net_encode_piece(&piece, entry);
	memcpy(&got, entry, sizeof(got));
	EXPECT_EQ(got.id, 0x1234);
	EXPECT_EQ(got.offset, 0);
	EXPECT_EQ(got.flags, 5);
	EXPECT_EQ(got.status, -1);

	net_encode_gso(XEN_NETIF_GSO_TYPE_TCPV4, 1448, entry);
	memcpy(&extra, entry, sizeof(extra));
	EXPECT_EQ(extra.type, XEN_NETIF_EXTRA_TYPE_GSO);
	EXPECT_EQ(extra.flags, 0);
	EXPECT_EQ(extra.u.gso.type, XEN_NETIF_GSO_TYPE_TCPV4);
	EXPECT_EQ(extra.u.gso.size, 1448);

	EXPECT_EQ(net_pages(0), 1);
	EXPECT_EQ(net_pages(1), 1);
	EXPECT_EQ(net_pages(4096), 1);
	EXPECT_EQ(net_pages(4097), 2);
	EXPECT_EQ(net_pages(65549), 17);
}

static u8 page[NET_PAGE] __aligned(64);

TEST(a_ring_of_each_kind)
{
	struct shared_ring r;

	shared_ring_init(&r, page, NET_PAGE, NET_TX_ENTRY);
	EXPECT_EQ(r.nr, NET_RING_ENTRIES);
	EXPECT_TRUE(r.entries + r.nr * r.size <= page + sizeof(page));
	shared_ring_init(&r, page, NET_PAGE, NET_RX_ENTRY);
	EXPECT_EQ(r.nr, NET_RING_ENTRIES);
}
