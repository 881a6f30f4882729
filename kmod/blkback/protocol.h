/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests of a block frontend: from the bytes of a ring's entry to something that has
 * been checked.  No pointer to the guest's memory comes in here, but private copies.
 */
#ifndef XLHV_BLKBACK_PROTOCOL_H
#define XLHV_BLKBACK_PROTOCOL_H

#include <linux/bits.h>
#include <linux/types.h>

#define BLK_MAX_DIRECT		11	/* segments in a request itself */
#define BLK_MAX_SEGMENTS	256	/* in an indirect one: they fit into one page */
#define BLK_SEGMENT_BYTES	8
#define BLK_ENTRY_MAX		112	/* bytes of the longest entry */
#define BLK_RSP_MAX		16	/* of the longest response */
#define BLK_SECTOR_SHIFT	9
#define BLK_PAGE_SECTORS	8

/* What the two layouts of a ring have in different places: see protocol.c. */
enum blk_abi {
	BLK_ABI_64,
	BLK_ABI_32,
	BLK_NR_ABIS
};

/* What the frontend has been offered. */
#define BLK_OFFER_FLUSH		BIT(0)
#define BLK_OFFER_BARRIER	BIT(1)
#define BLK_OFFER_DISCARD	BIT(2)
#define BLK_OFFER_SECURE	BIT(3)
#define BLK_OFFER_INDIRECT	BIT(4)

enum blk_verdict {
	BLK_GOOD,
	BLK_MALFORMED,		/* makes no sense: BLKIF_RSP_ERROR */
	BLK_UNKNOWN,		/* not an operation, or not offered: BLKIF_RSP_EOPNOTSUPP */
};

/**
 * struct blk_segment - a part of a page
 * @ref: grant of the page
 * @first: its first sector of 512 bytes
 * @last: its last one
 */
struct blk_segment {
	u32 ref;
	u8 first;
	u8 last;
};

/**
 * struct blk_request - a request, decoded
 * @id: the frontend's, any value
 * @sector: first sector on the disk, in units of 512 bytes
 * @nr_sectors: of a discard; of the others blk_check_segments() tells
 * @op: BLKIF_OP_*, what is to be done: never BLKIF_OP_INDIRECT
 * @answer: operation that the response says
 * @secure: of a discard: nobody is to read it ever again
 * @nr_segments: at most BLK_MAX_SEGMENTS
 * @indirect: they are in a page of the frontend's
 * @page: its grant
 * @segment: those that were in the entry, not checked
 */
struct blk_request {
	u64 id;
	u64 sector;
	u64 nr_sectors;
	u8 op;
	u8 answer;
	bool secure;
	u16 nr_segments;
	bool indirect;
	u32 page;
	struct blk_segment segment[BLK_MAX_DIRECT];
};

unsigned int blk_entry_size(enum blk_abi abi);
enum blk_verdict blk_decode(enum blk_abi abi, const u8 *entry, unsigned int offered,
			    struct blk_request *rq);
void blk_decode_segments(const u8 *bytes, unsigned int nr, struct blk_segment *segment);
bool blk_check_segments(const struct blk_segment *segment, unsigned int nr,
			unsigned int sector_size, u64 *sectors);
bool blk_check_range(u64 sector, u64 nr, u64 capacity, unsigned int sector_size);
unsigned int blk_encode_response(enum blk_abi abi, u64 id, u8 op, s16 status, u8 *entry);

#endif /* XLHV_BLKBACK_PROTOCOL_H */
