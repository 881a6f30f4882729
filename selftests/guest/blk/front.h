/* SPDX-License-Identifier: GPL-2.0-only */
/* A block frontend that does as it is told, also what no driver would. */
#ifndef BLK_FRONT_H
#define BLK_FRONT_H

#include "guest.h"
#include "peer.h"

#include <xen/io/blkif.h>

#define PATIENCE_MS	20000
#define SECTOR		512
#define MAX_QUEUES	4

/*
 * References: each queue's ring, then pages to transfer. Their number is what an indirect request
 * can have and one more.
 */
#define REF_RING(queue)	(8 + 16 * (queue))
#define REF_PAGES	128
#define NR_PAGES	257
#define REF_READONLY	(REF_PAGES + NR_PAGES)		/* page 0, for reading */
#define REF_OTHER	(REF_READONLY + 1)		/* page 0, for another domain */
#define REF_INDIRECT	(REF_OTHER + 1)
#define REF_NONE	(REF_INDIRECT + 1)

struct segment {
	u32 ref;
	u8 first, last;
	u16 pad;
};

struct front {
	struct blkif_sring *ring;
	u32 nr, size;		/* entries, bytes of each */
	bool abi32;
	u32 req_prod, rsp_cons;
	evtchn_port_t port;
	u64 events;
	u64 id;			/* of the last request */
};

struct answer {
	u64 id;
	u8 op;
	s16 status;
};

extern struct front queue[MAX_QUEUES];
extern unsigned int nr_queues;
extern struct segment *indirect;	/* the page behind REF_INDIRECT */

void front_init(void);
u8 *page_of(unsigned int n);
/* The bytes of a sector that a seed gives: the host has the same. */
void pattern_put(void *to, u64 sector, u64 seed);
bool pattern_is(const void *at, u64 sector, u64 seed);

/* Into the ring; seen by the host with front_push(). Return: its id. */
u64 front_put(struct front *f, u8 op, u64 sector, const struct segment *segs, unsigned int nr);
u64 front_put_discard(struct front *f, u64 sector, u64 nr, u8 flag);
u64 front_put_indirect(struct front *f, u8 op, u64 sector, unsigned int nr, u32 ref);
void front_push(struct front *f);
bool front_next(struct front *f, struct answer *a, u32 ms);

/* One request and its answer's status; 100: there was none or it was another's. */
#define NO_ANSWER	100
int front_do(u8 op, u64 sector, const struct segment *segs, unsigned int nr);
/* Whole pages from page @n on. */
int front_pages(u8 op, u64 sector, unsigned int n, unsigned int nr);

#endif
