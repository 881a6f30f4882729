// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to a block device: each is one bio on the guest's own pages, as its sectors are
 * one range of the disk.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/kernel.h>

#include "blkback/internal.h"
#include "domain/domain.h"

/* In any context but NMI. */
static void end_io(struct bio *bio)
{
	struct blk_req *q = container_of(bio, struct blk_req, bio);
	int err = blk_status_to_errno(bio->bi_status);

	/* It has no set that would do so. */
	bio_uninit(bio);
	blk_req_done(q, err);
}

/* One bio has 32 bits for its length: more is done in parts, see blk_req_done(). */
static u64 discard_part(const struct blk_req *q)
{
	return min_t(u64, q->bytes, rounddown(UINT_MAX, PAGE_SIZE));
}

static blk_opf_t operation(const struct blk_req *q)
{
	switch (q->op) {
	case BLKIF_OP_READ:
		return REQ_OP_READ;
	case BLKIF_OP_WRITE:
		return REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;
	case BLKIF_OP_DISCARD:
		return q->secure ? REQ_OP_SECURE_ERASE : REQ_OP_DISCARD;
	}
	/* A flush may have data, which is then as safe as what was written before. */
	return REQ_OP_WRITE | REQ_SYNC | REQ_PREFLUSH | (q->nr ? REQ_FUA : 0);
}

/**
 * blk_device_submit() - carry it out
 * @q: with its pages; also once more, after it could not be done
 *
 * Context: the ring's thread; may sleep.
 */
void blk_device_submit(struct blk_req *q)
{
	struct bio *bio = &q->bio;

	bio_init(bio, q->ring->disk->backing.bdev, q->vec, q->nr_vecs, operation(q));
	bio->bi_vcnt = q->nr_vecs;
	bio->bi_iter.bi_sector = q->sector;
	bio->bi_iter.bi_size = q->op == BLKIF_OP_DISCARD ? discard_part(q) : q->bytes;
	bio->bi_end_io = end_io;
	submit_bio(bio);
}

/* After a part of a discard.  Return: there is more. */
bool blk_device_continue(struct blk_req *q)
{
	u64 part = discard_part(q);

	q->sector += part >> SECTOR_SHIFT;
	q->bytes -= part;
	return q->bytes;
}
