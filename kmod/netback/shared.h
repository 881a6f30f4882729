/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring in the guest's memory, and nothing that is believed twice: indices and entries are read
 * once.  Our own indices are private; the guest reads copies of them.
 *
 * Both sides say from which index on they want an event.
 */
#ifndef XLHV_NETBACK_SHARED_H
#define XLHV_NETBACK_SHARED_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/io/ring.h>
#include <xen/interface/io/netif.h>

#include "netback/protocol.h"

#define NET_RING_HEADER	64	/* bytes before the first entry */

/**
 * struct net_shared - where it is
 * @ring: its indices, which both kinds of rings have in the same places; in memory that the
 *	guest writes
 * @entries: behind them
 * @nr: number of entries, a power of two
 * @size: bytes of one
 */
struct net_shared {
	struct xen_netif_tx_sring *ring;
	u8 *entries;
	u32 nr;
	u32 size;
};

static inline void net_shared_init(struct net_shared *s, void *at, u32 size)
{
	s->ring = at;
	s->entries = at + NET_RING_HEADER;
	s->size = size;
	s->nr = rounddown_pow_of_two((NET_PAGE - NET_RING_HEADER) / size);
}

/**
 * net_shared_pull() - how many requests are there?
 * @s: ring
 * @cons: our index of requests; all before have been answered
 * @avail: written
 *
 * Return: 0; -EPROTO: there cannot be so many, or the index went back.
 */
static inline int net_shared_pull(const struct net_shared *s, u32 cons, u32 *avail)
{
	u32 prod = READ_ONCE(s->ring->req_prod);

	smp_rmb();	/* the index before the requests */
	*avail = prod - cons;
	return *avail > s->nr ? -EPROTO : 0;
}

/* The one time that a request is read.  @entry: room for an entry. */
static inline void net_shared_copy(const struct net_shared *s, u32 index, u8 *entry)
{
	memcpy(entry, s->entries + (index & (s->nr - 1)) * s->size, s->size);
	barrier();	/* what follows looks at the copy */
}

/* Ask for an event when there are @nr requests from @cons on.  Return: there are already. */
static inline bool net_shared_want_event(const struct net_shared *s, u32 cons, u32 nr)
{
	WRITE_ONCE(s->ring->req_event, cons + nr);
	smp_mb();	/* said before the last look */
	return READ_ONCE(s->ring->req_prod) - cons >= nr;
}

/* Not seen before it is pushed. */
static inline void net_shared_answer(const struct net_shared *s, u32 index, const u8 *entry,
				     size_t len)
{
	memcpy(s->entries + (index & (s->nr - 1)) * s->size, entry, len);
}

/* Responses before @to are there.  Return: does the guest want an event for one from @from on? */
static inline bool net_shared_push(const struct net_shared *s, u32 from, u32 to)
{
	smp_wmb();	/* the responses before the index */
	WRITE_ONCE(s->ring->rsp_prod, to);
	smp_mb();	/* the index before the look at what the guest wants */
	return to - READ_ONCE(s->ring->rsp_event) < to - from;
}

#endif /* XLHV_NETBACK_SHARED_H */
