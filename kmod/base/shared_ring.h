/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring of requests and responses in the guest's memory, from the side that answers, and nothing
 * that is believed twice: indices and entries are read once.  Our own indices are private; the
 * guest reads copies of them.
 *
 * Both sides say from which index on they want an event.
 *
 * There is no lock in here.  Requests are taken in one place at a time, and so are responses put.
 */
#ifndef XLHV_SHARED_RING_H
#define XLHV_SHARED_RING_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/io/ring.h>

#define SHARED_RING_HEADER	64	/* bytes before the first entry */

/* The indices, which lie at the same places whatever the entries are. */
DEFINE_RING_TYPES(shared, u8, u8);
static_assert(offsetof(struct shared_sring, ring) == SHARED_RING_HEADER);

/**
 * struct shared_ring - where it is
 * @head: its indices; in memory that the guest writes
 * @entries: behind them
 * @nr: number of entries, a power of two
 * @size: bytes of one
 */
struct shared_ring {
	struct shared_sring *head;
	u8 *entries;
	u32 nr;
	u32 size;
};

/* @at: @bytes of memory that are the ring's; @size: of an entry. */
static inline void shared_ring_init(struct shared_ring *r, void *at, size_t bytes, u32 size)
{
	r->head = at;
	r->entries = at + SHARED_RING_HEADER;
	r->size = size;
	r->nr = rounddown_pow_of_two((bytes - SHARED_RING_HEADER) / size);
}

/**
 * shared_ring_pull() - how many requests are there?
 * @r: ring
 * @cons: our index of requests
 * @answered: our index of responses, which others may move on meanwhile
 * @avail: written
 *
 * Return: 0; -EPROTO: there cannot be so many, or the index went back.
 */
static inline int shared_ring_pull(const struct shared_ring *r, u32 cons, const u32 *answered,
				   u32 *avail)
{
	u32 prod = READ_ONCE(r->head->req_prod);

	/*
	 * The index before the requests; and before our own, which the guest may have seen
	 * grow before it asked for more.
	 */
	smp_rmb();
	*avail = prod - cons;
	return *avail > r->nr || prod - READ_ONCE(*answered) > r->nr ? -EPROTO : 0;
}

/**
 * shared_ring_begin() - where do the guest and we begin: after the responses that there are
 * @r: ring
 * @cons: written: our index, of requests and of responses
 *
 * Return: 0; -EPROTO: there cannot be as many requests.
 */
static inline int shared_ring_begin(const struct shared_ring *r, u32 *cons)
{
	u32 avail;

	*cons = READ_ONCE(r->head->rsp_prod);
	return shared_ring_pull(r, *cons, cons, &avail);
}

static inline u8 *shared_ring_entry(const struct shared_ring *r, u32 index)
{
	return r->entries + (index & (r->nr - 1)) * r->size;
}

/* The one time that a request is read.  @entry: room for one. */
static inline void shared_ring_copy(const struct shared_ring *r, u32 index, u8 *entry)
{
	memcpy(entry, shared_ring_entry(r, index), r->size);
	barrier();	/* what follows looks at the copy */
}

/* Ask for an event when there are @nr requests from @cons on.  Return: there are already. */
static inline bool shared_ring_want_event(const struct shared_ring *r, u32 cons, u32 nr)
{
	WRITE_ONCE(r->head->req_event, cons + nr);
	smp_mb();	/* said before the last look */
	return READ_ONCE(r->head->req_prod) - cons >= nr;
}

/* Not seen before it is pushed. */
static inline void shared_ring_answer(const struct shared_ring *r, u32 index, const u8 *entry,
				      size_t len)
{
	memcpy(shared_ring_entry(r, index), entry, len);
}

/* Responses before @to are there.  Return: does the guest want an event for one from @from on? */
static inline bool shared_ring_push(const struct shared_ring *r, u32 from, u32 to)
{
	smp_wmb();	/* the responses before the index */
	WRITE_ONCE(r->head->rsp_prod, to);
	smp_mb();	/* the index before the look at what the guest wants */
	return to - READ_ONCE(r->head->rsp_event) < to - from;
}

#endif /* XLHV_SHARED_RING_H */
