/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest with FIFO events, by the rules of Xen's public/event_channel.h: what it does with the
 * words and control blocks that it shares with the code under test, which is the hypervisor.
 *
 * Before each access of the hypervisor's to a shared word, evtchn_unit_step() is called, and may
 * let the guest act: so tests decide at which step what happens.
 */
#ifndef EVTCHN_GUEST_H
#define EVTCHN_GUEST_H

#include <linux/bits.h>
#include <linux/types.h>

#include <stdlib.h>
#include <string.h>

#include "evtchn/fifo_queue.h"

#define GUEST_VCPUS	3
#define GUEST_PAGES	2
#define GUEST_WORDS	(GUEST_PAGES * EVTCHN_FIFO_WORDS_PER_PAGE)

/* A guest, and the state the hypervisor has of it. */
struct evtchn_guest {
	struct evtchn_fifo *fifo;
	struct evtchn_fifo_control_block control[GUEST_VCPUS];
	u32 words[GUEST_PAGES][EVTCHN_FIFO_WORDS_PER_PAGE];
	struct evtchn_fifo_port port[GUEST_WORDS];
	unsigned int vcpu[GUEST_WORDS];
	u32 head[GUEST_VCPUS][EVTCHN_FIFO_MAX_QUEUES];
	bool upcall[GUEST_VCPUS];
	unsigned int handled[GUEST_WORDS];
	u32 order[64];
	unsigned int nr_order;
	bool wants_unmask[GUEST_WORDS];
};

static inline void guest_init(struct evtchn_guest *g, unsigned int pages)
{
	unsigned int i;

	memset(g, 0, sizeof(*g));
	g->fifo = calloc(1, sizeof(*g->fifo) + GUEST_VCPUS * sizeof(g->fifo->vcpu[0]));
	if (!g->fifo)
		abort();
	evtchn_fifo_queues_init(g->fifo, GUEST_VCPUS);
	for (i = 0; i < GUEST_VCPUS; i++)
		g->fifo->vcpu[i].control = &g->control[i];
	for (i = 0; i < pages; i++)
		g->fifo->words[i] = g->words[i];
	g->fifo->nr_words = pages * EVTCHN_FIFO_WORDS_PER_PAGE;
	for (i = 0; i < GUEST_WORDS; i++)
		g->port[i].priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
}

static inline void guest_free(struct evtchn_guest *g)
{
	free(g->fifo);
}

static inline u32 *guest_word(struct evtchn_guest *g, u32 port)
{
	return &g->words[port / EVTCHN_FIFO_WORDS_PER_PAGE][port % EVTCHN_FIFO_WORDS_PER_PAGE];
}

static inline bool guest_has(struct evtchn_guest *g, u32 port, unsigned int bit)
{
	return *guest_word(g, port) >> bit & 1;
}

/* Take one port out of a queue; false: the queue is empty. */
static inline bool guest_take_one(struct evtchn_guest *g, unsigned int vcpu, unsigned int queue)
{
	u32 port = g->head[vcpu][queue];
	u32 *word, old;

	if (!port)
		port = g->control[vcpu].head[queue];
	if (port >= GUEST_WORDS)
		abort();
	word = guest_word(g, port);
	old = *word;
	*word = old & ~(BIT(EVTCHN_FIFO_LINKED) | EVTCHN_FIFO_LINK_MASK);
	g->head[vcpu][queue] = old & EVTCHN_FIFO_LINK_MASK;
	if ((old & BIT(EVTCHN_FIFO_PENDING)) && !(old & BIT(EVTCHN_FIFO_MASKED))) {
		*word &= ~BIT(EVTCHN_FIFO_PENDING);
		g->handled[port]++;
		if (g->nr_order < 64)
			g->order[g->nr_order] = port;
		g->nr_order++;
	}
	return g->head[vcpu][queue] != 0;
}

/* The guest's handler: until no queue is ready. */
static inline void guest_consume(struct evtchn_guest *g, unsigned int vcpu)
{
	unsigned int rounds = 0;
	u32 ready;

	/* In the handler: what it was told before is being looked at. */
	g->upcall[vcpu] = false;
	ready = g->control[vcpu].ready;
	g->control[vcpu].ready = 0;
	while (ready) {
		unsigned int queue = __builtin_ctz(ready);

		if (!guest_take_one(g, vcpu, queue))
			ready &= ~BIT(queue);
		ready |= g->control[vcpu].ready;
		g->control[vcpu].ready = 0;
		/* A list that goes round: the hypervisor linked wrongly. */
		if (++rounds > 4 * GUEST_WORDS)
			abort();
	}
}

/* Only because it was told to: an upcall that does not come is seen. */
static inline void guest_take_upcalls(struct evtchn_guest *g)
{
	unsigned int i;

	for (i = 0; i < GUEST_VCPUS; i++)
		if (g->upcall[i])
			guest_consume(g, i);
}

/* The hypervisor raises an event, on the vCPU that it is bound to at the beginning. */
static inline unsigned int guest_raise(struct evtchn_guest *g, u32 port)
{
	unsigned int vcpu = g->vcpu[port], raised;

	raised = evtchn_fifo_queue_raise(g->fifo, &g->port[port], port, vcpu);
	if (raised & EVTCHN_RAISED_UPCALL)
		g->upcall[vcpu] = true;
	return raised;
}

/* EVTCHNOP_unmask. */
static inline unsigned int guest_unmask_call(struct evtchn_guest *g, u32 port)
{
	unsigned int vcpu = g->vcpu[port], raised;

	raised = evtchn_fifo_queue_unmask(g->fifo, &g->port[port], port, vcpu);
	if (raised & EVTCHN_RAISED_UPCALL)
		g->upcall[vcpu] = true;
	return raised;
}

static inline void guest_mask(struct evtchn_guest *g, u32 port)
{
	*guest_word(g, port) |= BIT(EVTCHN_FIFO_MASKED);
}

/* Unmask without a call if nothing is pending; else it wants one. */
static inline void guest_unmask(struct evtchn_guest *g, u32 port)
{
	u32 *word = guest_word(g, port);

	if (*word & BIT(EVTCHN_FIFO_BUSY))
		return;
	if (*word & BIT(EVTCHN_FIFO_PENDING))
		g->wants_unmask[port] = true;
	else
		*word &= ~BIT(EVTCHN_FIFO_MASKED);
}

/* Everything that is left to do; then no event may be left behind. */
static inline bool guest_settle(struct evtchn_guest *g, unsigned int ports)
{
	unsigned int i;

	for (i = 1; i < ports; i++) {
		if (g->wants_unmask[i]) {
			g->wants_unmask[i] = false;
			guest_unmask_call(g, i);
		}
	}
	guest_take_upcalls(g);
	for (i = 1; i < ports; i++) {
		u32 word = *guest_word(g, i);

		if ((word & BIT(EVTCHN_FIFO_PENDING)) && !(word & BIT(EVTCHN_FIFO_MASKED)))
			return false;
		if (word & BIT(EVTCHN_FIFO_BUSY))
			return false;
	}
	return true;
}

#endif /* EVTCHN_GUEST_H */
