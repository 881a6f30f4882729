/* SPDX-License-Identifier: GPL-2.0-only */
/* A network frontend that does as it is told, also what no driver would. */
#ifndef NET_FRONT_H
#define NET_FRONT_H

#include "guest.h"
#include "peer.h"

#include <xen/io/netif.h>

#define PATIENCE_MS	20000
#define MAX_QUEUES	4
#define NR_ENTRIES	256	/* of a ring */

/* References: each queue's rings, pages to send from, pages of each queue to receive into. */
#define REF_TX(queue)	(8 + 2 * (queue))
#define REF_RX(queue)	(9 + 2 * (queue))
#define REF_SEND	32
#define NR_SEND		20
#define REF_OTHER	(REF_SEND + NR_SEND)	/* page 0, for another domain */
#define REF_UNTOUCHED	(REF_OTHER + 1)		/* pages that nobody has touched */
#define NR_UNTOUCHED	6
#define REF_NONE	(REF_UNTOUCHED + NR_UNTOUCHED)
#define REF_ROOM(queue)	(64 + NR_ROOM * (queue))
#define NR_ROOM		64

struct front {
	unsigned int nr;
	struct netif_tx_sring *tx;
	struct netif_rx_sring *rx;
	u32 tx_prod, tx_cons;
	u32 rx_prod, rx_cons;
	evtchn_port_t tx_port, rx_port;
	u8 *room;
	/* For each entry of the ring, the page that was posted there. */
	u16 posted[NR_ENTRIES];
	u64 events;
};

struct piece {
	u32 ref;
	u16 offset, size;
};

struct packet {
	const struct piece *piece;
	unsigned int nr;
	u16 flags;		/* of the first entry, besides the chain's */
	u16 size;		/* 0: the sum */
	const struct netif_extra_info *extra;
	unsigned int nr_extras;
};

/* What the host said of a packet. */
struct got {
	unsigned int len, pieces;
	u16 flags;
	struct netif_extra_info extra;
	int status;		/* 0, or that of the first bad piece */
};

extern struct front queue[MAX_QUEUES];
extern unsigned int nr_queues;

void front_init(void);
/* Rings as new ones, which nobody serves. */
void front_renew(struct front *f);
u8 *send_page(unsigned int n);

/* Into the ring; seen by the host with front_push(). */
void front_put(struct front *f, const struct packet *p);
void front_push(struct front *f);
/* Takes the answers to so many entries.  Return: the first status that is not NULL; 100: none. */
#define NO_ANSWER	100
int front_answers(struct front *f, unsigned int entries, u32 ms);
/* One packet and its status. */
int front_send(struct front *f, const struct packet *p);
/* A frame that lies at @offset of the pages to send from, cut at pages. */
int front_frame(struct front *f, unsigned int offset, unsigned int len, u16 flags,
		const struct netif_extra_info *extra);

/* Gives the host pages to fill. */
void front_post(struct front *f, unsigned int pages);
/* A frame of the host's, into @to.  Return: there was one. */
bool front_receive(struct front *f, u8 *to, struct got *g, u32 ms);

/* bench.c: a test case */
void bench(void);

#endif
