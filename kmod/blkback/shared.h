/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring in the guest's memory, and nothing that is believed twice: indices and entries are read
 * once.  Our own indices are private; the guest reads copies of them.
 *
 * Both sides say from which index on they want an event.  We want none while the ring is
 * being worked at, so ours is moved only before the thread sleeps.
 */
#ifndef XLHV_BLKBACK_SHARED_H
#define XLHV_BLKBACK_SHARED_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/io/ring.h>
#include <xen/interface/io/blkif.h>

#include "blkback/protocol.h"

#define BLK_RING_HEADER	64	/* bytes before the first entry */

/**
 * struct blk_shared - where it is
 * @ring: its indices; in memory that the guest writes
 * @entries: behind them
 * @nr: number of entries, a power of two
 * @size: bytes of one
 * @abi: how they are laid out
 */
struct blk_shared {
	struct blkif_sring *ring;
	u8 *entries;
	u32 nr;
	u32 size;
	enum blk_abi abi;
};

static inline void blk_shared_init(struct blk_shared *s, void *at, size_t bytes, enum blk_abi abi)
{
	s->ring = at;
	s->entries = at + BLK_RING_HEADER;
	s->abi = abi;
	s->size = blk_entry_size(abi);
	s->nr = rounddown_pow_of_two((bytes - BLK_RING_HEADER) / s->size);
}

/**
 * blk_shared_pull() - how many requests are there?
 * @s: ring
 * @cons: our index of requests
 * @answered: our index of responses, which others may move on meanwhile
 * @avail: written
 *
 * Return: 0; -EPROTO: there cannot be so many, or the index went back.
 */
static inline int blk_shared_pull(const struct blk_shared *s, u32 cons, const u32 *answered,
				  u32 *avail)
{
	u32 prod = READ_ONCE(s->ring->req_prod);

	/*
	 * The index before the requests; and before our own, which the guest may have seen
	 * grow before it asked for more.
	 */
	smp_rmb();
	*avail = prod - cons;
	return *avail > s->nr || prod - READ_ONCE(*answered) > s->nr ? -EPROTO : 0;
}

/* The one time that a request is read.  @entry: room for BLK_ENTRY_MAX. */
static inline void blk_shared_copy(const struct blk_shared *s, u32 index, u8 *entry)
{
	memcpy(entry, s->entries + (index & (s->nr - 1)) * s->size, s->size);
	barrier();	/* what follows looks at the copy */
}

/* Ask for an event when there is another request.  Return: there is one already. */
static inline bool blk_shared_want_event(const struct blk_shared *s, u32 cons)
{
	WRITE_ONCE(s->ring->req_event, cons + 1);
	smp_mb();	/* said before the last look */
	return READ_ONCE(s->ring->req_prod) != cons;
}

/* Not seen before it is pushed. */
static inline void blk_shared_answer(const struct blk_shared *s, u32 index, u64 id, u8 op,
				     s16 status)
{
	u8 entry[16];
	unsigned int len = blk_encode_response(s->abi, id, op, status, entry);

	memcpy(s->entries + (index & (s->nr - 1)) * s->size, entry, len);
}

/* Responses before @to are there.  Return: does the guest want an event for one from @from on? */
static inline bool blk_shared_push(const struct blk_shared *s, u32 from, u32 to)
{
	smp_wmb();	/* the responses before the index */
	WRITE_ONCE(s->ring->rsp_prod, to);
	smp_mb();	/* the index before the look at what the guest wants */
	return to - READ_ONCE(s->ring->rsp_event) < to - from;
}

#endif /* XLHV_BLKBACK_SHARED_H */
