// SPDX-License-Identifier: GPL-2.0-only
/*
 * The block protocol's requests and responses, in both layouts.  A 32-bit frontend packs 64-bit
 * words to four bytes, so everything after the first word stands four bytes earlier.
 *
 * Source: Xen, io/blkif.h.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/grant_table.h>
#include <xen/interface/io/ring.h>
#include <xen/interface/io/blkif.h>

#include "blkback/protocol.h"

/* Where the words of an entry are; what stands before @id is the same in both. */
struct layout {
	u8 size;
	u8 id;
	u8 sector;
	u8 segments;		/* of the request itself; of a discard, the number of sectors */
	u8 page;		/* the first with segments, of an indirect one */
};

#define AT_OP		0
#define AT_NR_SEGMENTS	1	/* u8; of a discard, its flags */
#define AT_INDIRECT_OP	1	/* u8 */
#define AT_INDIRECT_NR	2	/* u16 */

static const struct layout layouts[BLK_NR_ABIS] = {
	[BLK_ABI_64] = { .size = 112, .id = 8, .sector = 16, .segments = 24, .page = 28 },
	[BLK_ABI_32] = { .size = 108, .id = 4, .sector = 12, .segments = 20, .page = 24 },
};

static_assert(BLK_MAX_SEGMENTS * BLK_SEGMENT_BYTES <= 4096);
static_assert(sizeof(struct blkif_request) == BLK_ENTRY_MAX);
static_assert(sizeof(struct blkif_response) == BLK_RSP_MAX);
static_assert(sizeof(struct blkif_request_segment) == BLK_SEGMENT_BYTES);

/* Bytes of an entry of the ring. */
unsigned int blk_entry_size(enum blk_abi abi)
{
	return layouts[abi].size;
}

static u64 get64(const u8 *at)
{
	u64 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static u32 get32(const u8 *at)
{
	u32 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static u16 get16(const u8 *at)
{
	u16 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/**
 * blk_decode_segments() - as they stand in a request or an indirect page
 * @bytes: private copy
 * @nr: how many
 * @segment: written; nothing of it is checked yet
 */
void blk_decode_segments(const u8 *bytes, unsigned int nr, struct blk_segment *segment)
{
	for (; nr; nr--, bytes += BLK_SEGMENT_BYTES, segment++) {
		segment->ref = get32(bytes);
		segment->first = bytes[4];
		segment->last = bytes[5];
	}
}

static enum blk_verdict decode_direct(const struct layout *l, const u8 *entry, unsigned int least,
				      struct blk_request *rq)
{
	rq->nr_segments = entry[AT_NR_SEGMENTS];
	if (rq->nr_segments < least || rq->nr_segments > BLK_MAX_DIRECT)
		return BLK_MALFORMED;
	blk_decode_segments(entry + l->segments, rq->nr_segments, rq->segment);
	return BLK_GOOD;
}

static enum blk_verdict decode_indirect(const struct layout *l, const u8 *entry,
					struct blk_request *rq)
{
	rq->op = entry[AT_INDIRECT_OP];
	/* It is this that frontends expect, also where they are told that it is wrong. */
	rq->answer = rq->op;
	rq->nr_segments = get16(entry + AT_INDIRECT_NR);
	if (rq->op != BLKIF_OP_READ && rq->op != BLKIF_OP_WRITE)
		return BLK_MALFORMED;
	if (!rq->nr_segments || rq->nr_segments > BLK_MAX_SEGMENTS)
		return BLK_MALFORMED;
	rq->indirect = true;
	rq->page = get32(entry + l->page);
	return BLK_GOOD;
}

static enum blk_verdict decode_discard(const struct layout *l, const u8 *entry,
				       unsigned int offered, struct blk_request *rq)
{
	rq->nr_sectors = get64(entry + l->segments);
	rq->secure = (entry[AT_NR_SEGMENTS] & BLKIF_DISCARD_SECURE) && offered & BLK_OFFER_SECURE;
	return rq->nr_sectors ? BLK_GOOD : BLK_MALFORMED;
}

/**
 * blk_decode() - an entry of a ring
 * @abi: of the ring
 * @entry: private copy, of the size that blk_entry_size() tells
 * @offered: BLK_OFFER_*
 * @rq: written; @id and @answer also if it is not good
 *
 * Return: BLK_GOOD: numbers are within their limits, segments still have to be checked.
 */
enum blk_verdict blk_decode(enum blk_abi abi, const u8 *entry, unsigned int offered,
			    struct blk_request *rq)
{
	const struct layout *l = &layouts[abi];

	rq->op = entry[AT_OP];
	rq->answer = rq->op;
	rq->id = get64(entry + l->id);
	rq->sector = get64(entry + l->sector);
	rq->nr_sectors = 0;
	rq->nr_segments = 0;
	rq->indirect = false;
	rq->page = 0;
	rq->secure = false;
	switch (rq->op) {
	case BLKIF_OP_READ:
	case BLKIF_OP_WRITE:
		return decode_direct(l, entry, 1, rq);
	case BLKIF_OP_WRITE_BARRIER:
		return offered & BLK_OFFER_BARRIER ? decode_direct(l, entry, 0, rq) : BLK_UNKNOWN;
	case BLKIF_OP_FLUSH_DISKCACHE:
		return offered & BLK_OFFER_FLUSH ? decode_direct(l, entry, 0, rq) : BLK_UNKNOWN;
	case BLKIF_OP_DISCARD:
		return offered & BLK_OFFER_DISCARD ? decode_discard(l, entry, offered, rq) :
						     BLK_UNKNOWN;
	case BLKIF_OP_INDIRECT:
		return offered & BLK_OFFER_INDIRECT ? decode_indirect(l, entry, rq) : BLK_UNKNOWN;
	}
	return BLK_UNKNOWN;
}

/**
 * blk_check_segments() - do they lie in their pages, in whole sectors of the disk?
 * @segment: private copies
 * @nr: how many
 * @sector_size: of the disk
 * @sectors: written: their sum, in units of 512 bytes
 *
 * Return: true if so.
 */
bool blk_check_segments(const struct blk_segment *segment, unsigned int nr,
			unsigned int sector_size, u64 *sectors)
{
	unsigned int mask = (sector_size >> BLK_SECTOR_SHIFT) - 1, i, n;

	*sectors = 0;
	for (i = 0; i < nr; i++) {
		if (segment[i].last >= BLK_PAGE_SECTORS || segment[i].first > segment[i].last)
			return false;
		n = segment[i].last - segment[i].first + 1;
		if (n & mask)
			return false;
		*sectors += n;
	}
	return true;
}

/**
 * blk_check_range() - does it lie on the disk, in whole sectors?
 * @sector: first, in units of 512 bytes, any value
 * @nr: how many, any value
 * @capacity: of the disk, in the same unit
 * @sector_size: of the disk
 *
 * Return: true if so.
 */
bool blk_check_range(u64 sector, u64 nr, u64 capacity, unsigned int sector_size)
{
	unsigned int mask = (sector_size >> BLK_SECTOR_SHIFT) - 1;

	/* Not by their sum, which may overflow. */
	return nr <= capacity && sector <= capacity - nr && !((sector | nr) & mask);
}

/**
 * blk_encode_response() - what goes into the ring
 * @abi: of the ring
 * @id: of the request
 * @op: its struct blk_request.answer
 * @status: BLKIF_RSP_*
 * @entry: room for BLK_RSP_MAX bytes, all of which are written
 *
 * Return: bytes that the ring's entry gets.
 */
unsigned int blk_encode_response(enum blk_abi abi, u64 id, u8 op, s16 status, u8 *entry)
{
	memset(entry, 0, BLK_RSP_MAX);
	memcpy(entry, &id, sizeof(id));
	entry[8] = op;
	memcpy(entry + 10, &status, sizeof(status));
	return abi == BLK_ABI_32 ? 12 : 16;
}
