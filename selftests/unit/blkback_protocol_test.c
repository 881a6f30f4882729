// SPDX-License-Identifier: GPL-2.0-only
/* Requests of block frontends: both layouts, limits, sectors. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <xen/interface/io/blkif.h>

#include <stdlib.h>
#include <string.h>

#include "base/shared_ring.h"
#include "blkback/protocol.h"
#include "unit.h"

#define ALL	(BLK_OFFER_FLUSH | BLK_OFFER_BARRIER | BLK_OFFER_DISCARD | BLK_OFFER_SECURE | \
		 BLK_OFFER_INDIRECT)

static u8 entry[BLK_ENTRY_MAX];
static struct blk_request rq;

/* Offsets as in struct blkif_request, and as a 32-bit compiler packs it. */
static unsigned int at(enum blk_abi abi, unsigned int native)
{
	return abi == BLK_ABI_32 && native >= 8 ? native - 4 : native;
}

static void put(enum blk_abi abi, unsigned int native, u64 value, size_t size)
{
	memcpy(entry + at(abi, native), &value, size);
}

static void begin(enum blk_abi abi, u8 op, unsigned int nr, u64 id, u64 sector)
{
	memset(entry, 0xa5, sizeof(entry));
	put(abi, 0, op, 1);
	put(abi, 1, nr, 1);
	put(abi, offsetof(struct blkif_request, id), id, 8);
	put(abi, offsetof(struct blkif_request, sector_number), sector, 8);
}

static enum blk_verdict decode(enum blk_abi abi, unsigned int offered)
{
	memset(&rq, 0x5a, sizeof(rq));
	return blk_decode(abi, entry, offered, &rq);
}

TEST(a_read_in_both_layouts)
{
	enum blk_abi abi;
	unsigned int i;

	for (abi = BLK_ABI_64; abi <= BLK_ABI_32; abi++) {
		unit_context("layout %u", abi);
		begin(abi, BLKIF_OP_READ, 11, 0x1122334455667788, 0x99aabbccddeeff00);
		for (i = 0; i < 11; i++) {
			put(abi, 24 + 8 * i, 1000 + i, 4);
			put(abi, 28 + 8 * i, i % 8, 1);
			put(abi, 29 + 8 * i, 7, 1);
		}
		ASSERT_EQ(decode(abi, 0), BLK_GOOD);
		EXPECT_EQ(rq.id, 0x1122334455667788);
		EXPECT_EQ(rq.sector, 0x99aabbccddeeff00);
		EXPECT_EQ(rq.op, BLKIF_OP_READ);
		EXPECT_EQ(rq.answer, BLKIF_OP_READ);
		EXPECT_EQ(rq.nr_segments, 11);
		EXPECT_FALSE(rq.indirect);
		for (i = 0; i < 11; i++) {
			EXPECT_EQ(rq.segment[i].ref, 1000 + i);
			EXPECT_EQ(rq.segment[i].first, i % 8);
			EXPECT_EQ(rq.segment[i].last, 7);
		}
	}
	EXPECT_EQ(blk_entry_size(BLK_ABI_64), 112);
	EXPECT_EQ(blk_entry_size(BLK_ABI_32), 108);
}

TEST(numbers_of_segments)
{
	static const struct { u8 op; unsigned int least; } ops[] = {
		{ BLKIF_OP_READ, 1 }, { BLKIF_OP_WRITE, 1 },
		{ BLKIF_OP_WRITE_BARRIER, 0 }, { BLKIF_OP_FLUSH_DISKCACHE, 0 },
	};
	unsigned int i, nr;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		for (nr = 0; nr < 256; nr++) {
			unit_context("operation %u, %u segments", ops[i].op, nr);
			begin(BLK_ABI_64, ops[i].op, nr, 5, 0);
			EXPECT_EQ(decode(BLK_ABI_64, ALL), nr >= ops[i].least && nr <= 11 ?
							   BLK_GOOD : BLK_MALFORMED);
			EXPECT_EQ(rq.id, 5);
			EXPECT_EQ(rq.answer, ops[i].op);
		}
}

TEST(what_was_not_offered_is_unknown)
{
	static const struct { u8 op; unsigned int offer; } ops[] = {
		{ BLKIF_OP_WRITE_BARRIER, BLK_OFFER_BARRIER },
		{ BLKIF_OP_FLUSH_DISKCACHE, BLK_OFFER_FLUSH },
		{ BLKIF_OP_DISCARD, BLK_OFFER_DISCARD },
		{ BLKIF_OP_INDIRECT, BLK_OFFER_INDIRECT },
	};
	unsigned int i, op;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		unit_context("operation %u", ops[i].op);
		begin(BLK_ABI_64, ops[i].op, 1, 6, 0);
		EXPECT_EQ(decode(BLK_ABI_64, ALL & ~ops[i].offer), BLK_UNKNOWN);
		EXPECT_EQ(rq.id, 6);
		EXPECT_EQ(rq.answer, ops[i].op);
		EXPECT_NE(decode(BLK_ABI_64, ops[i].offer), BLK_UNKNOWN);
	}
	for (op = 7; op < 256; op++) {
		begin(BLK_ABI_64, op, 1, 7, 0);
		EXPECT_EQ(decode(BLK_ABI_64, ALL), BLK_UNKNOWN);
		EXPECT_EQ(rq.answer, op);
	}
	begin(BLK_ABI_64, 4, 1, 7, 0);
	EXPECT_EQ(decode(BLK_ABI_64, ALL), BLK_UNKNOWN);
}

TEST(discards)
{
	enum blk_abi abi;

	for (abi = BLK_ABI_64; abi <= BLK_ABI_32; abi++) {
		unit_context("layout %u", abi);
		begin(abi, BLKIF_OP_DISCARD, 1, 8, 16);
		put(abi, offsetof(struct blkif_request_discard, nr_sectors), 1ULL << 40, 8);
		ASSERT_EQ(decode(abi, ALL), BLK_GOOD);
		EXPECT_EQ(rq.nr_sectors, 1ULL << 40);
		EXPECT_EQ(rq.sector, 16);
		EXPECT_EQ(rq.nr_segments, 0);
		EXPECT_TRUE(rq.secure);
		/* As Xen says: without the offer the flag means nothing. */
		ASSERT_EQ(decode(abi, BLK_OFFER_DISCARD), BLK_GOOD);
		EXPECT_FALSE(rq.secure);
		put(abi, offsetof(struct blkif_request_discard, nr_sectors), 0, 8);
		EXPECT_EQ(decode(abi, ALL), BLK_MALFORMED);
	}
}

static void indirect(enum blk_abi abi, u8 op, u16 nr, u32 page)
{
	begin(abi, BLKIF_OP_INDIRECT, op, 9, 24);
	put(abi, 2, nr, 2);
	put(abi, offsetof(struct blkif_request_indirect, indirect_grefs), page, 4);
}

TEST(indirect_requests)
{
	enum blk_abi abi;
	unsigned int op;

	for (abi = BLK_ABI_64; abi <= BLK_ABI_32; abi++) {
		unit_context("layout %u", abi);
		indirect(abi, BLKIF_OP_WRITE, 256, 0xdeadbeef);
		ASSERT_EQ(decode(abi, ALL), BLK_GOOD);
		EXPECT_EQ(rq.op, BLKIF_OP_WRITE);
		EXPECT_EQ(rq.answer, BLKIF_OP_WRITE);
		EXPECT_EQ(rq.nr_segments, 256);
		EXPECT_TRUE(rq.indirect);
		EXPECT_EQ(rq.page, 0xdeadbeef);
		EXPECT_EQ(rq.sector, 24);
		indirect(abi, BLKIF_OP_READ, 0, 1);
		EXPECT_EQ(decode(abi, ALL), BLK_MALFORMED);
		indirect(abi, BLKIF_OP_READ, 257, 1);
		EXPECT_EQ(decode(abi, ALL), BLK_MALFORMED);
		indirect(abi, BLKIF_OP_READ, 65535, 1);
		EXPECT_EQ(decode(abi, ALL), BLK_MALFORMED);
		for (op = 2; op < 256; op++) {
			indirect(abi, op, 1, 1);
			EXPECT_EQ(decode(abi, ALL), BLK_MALFORMED);
			EXPECT_EQ(rq.answer, op);
			EXPECT_EQ(rq.id, 9);
		}
	}
}

TEST(segments_lie_in_their_pages)
{
	unsigned int first, last;
	u64 sectors;

	for (first = 0; first < 256; first++)
		for (last = 0; last < 256; last++) {
			struct blk_segment segs[2] = {
				{ .first = 0, .last = 7 }, { .first = first, .last = last },
			};
			bool good = first <= last && last < 8;

			EXPECT_EQ(blk_check_segments(segs, 2, 512, &sectors), good);
			if (good)
				EXPECT_EQ(sectors, 8 + last - first + 1);
			/* A sector of 4096 bytes is a page. */
			EXPECT_EQ(blk_check_segments(segs, 2, 4096, &sectors),
				  good && first == 0 && last == 7);
		}
	EXPECT_TRUE(blk_check_segments(NULL, 0, 512, &sectors));
	EXPECT_EQ(sectors, 0);
}

TEST(ranges_lie_on_the_disk)
{
	static const u64 edges[] = { 0, 1, 7, 8, 9, 100, 1ULL << 32, 1ULL << 55, 1ULL << 63,
				     ~0ULL - 8, ~0ULL };
	unsigned int i, j, k;

	for (i = 0; i < ARRAY_SIZE(edges); i++)
		for (j = 0; j < ARRAY_SIZE(edges); j++)
			for (k = 0; k < ARRAY_SIZE(edges); k++) {
				bool good = (unsigned __int128)edges[i] + edges[j] <= edges[k];

				unit_context("%#llx + %#llx of %#llx", (unsigned long long)edges[i],
					     (unsigned long long)edges[j],
					     (unsigned long long)edges[k]);
				EXPECT_EQ(blk_check_range(edges[i], edges[j], edges[k], 512), good);
				EXPECT_EQ(blk_check_range(edges[i], edges[j], edges[k], 4096),
					  good && !(edges[i] % 8) && !(edges[j] % 8));
			}
}

TEST(responses)
{
	u8 got[16];

	EXPECT_EQ(blk_encode_response(BLK_ABI_64, 0x1122334455667788, 3, -2, got), 16);
	EXPECT_MEMEQ(got, "\x88\x77\x66\x55\x44\x33\x22\x11\x03\0\xfe\xff\0\0\0\0", 16);
	EXPECT_EQ(blk_encode_response(BLK_ABI_32, 0x1122334455667788, 3, -2, got), 12);
	EXPECT_MEMEQ(got, "\x88\x77\x66\x55\x44\x33\x22\x11\x03\0\xfe\xff", 12);
}

static u8 memory[16 * 4096] __aligned(64);

TEST(rings_of_all_sizes)
{
	static const u32 sizes[] = { 32, 64, 128, 256, 512 };
	struct shared_ring r;
	unsigned int order;
	enum blk_abi abi;

	for (order = 0; order <= 4; order++)
		for (abi = BLK_ABI_64; abi <= BLK_ABI_32; abi++) {
			shared_ring_init(&r, memory, 4096 << order, blk_entry_size(abi));
			EXPECT_EQ(r.nr, sizes[order]);
			EXPECT_LE(64 + r.nr * r.size, 4096 << order);
		}
}
