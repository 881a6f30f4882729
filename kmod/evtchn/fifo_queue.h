/* SPDX-License-Identifier: GPL-2.0-only */
/* The words and queues of FIFO events, without the domain around them. */
#ifndef XLHV_EVTCHN_FIFO_QUEUE_H
#define XLHV_EVTCHN_FIFO_QUEUE_H

#include <linux/compiler.h>
#include <linux/nospec.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <xen/interface/event_channel.h>
#include <asm/barrier.h>

#include "evtchn/shared_words.h"
#include "evtchn/two_level_words.h"

struct page;

#define EVTCHN_FIFO_WORDS_PER_PAGE	1024
#define EVTCHN_FIFO_MAX_PAGES		(EVTCHN_FIFO_NR_CHANNELS / EVTCHN_FIFO_WORDS_PER_PAGE)

/**
 * struct evtchn_fifo_vcpu - queues of a vCPU
 * @lock: raw, with interrupts off; two are taken in the order of the vCPUs
 * @control: [a][G] control block, NULL before EVTCHNOP_init_control
 * @page: [m] its page, with a reference
 * @tail: [lock] last port that was put into each queue, 0 for none
 */
struct evtchn_fifo_vcpu {
	raw_spinlock_t lock;
	struct evtchn_fifo_control_block *control;
	struct page *page;
	u32 tail[EVTCHN_FIFO_MAX_QUEUES];
};

/**
 * struct evtchn_fifo - FIFO events of a domain
 * @words: [m] for writing: [G] kernel addresses of the event array
 * @page: [m] its pages, with a reference each
 * @nr_words: [a] ports that have a word; raised after the word is there
 * @nr_vcpus: [c] size of @vcpu
 * @vcpu: queues
 */
struct evtchn_fifo {
	u32 *words[EVTCHN_FIFO_MAX_PAGES];
	struct page *page[EVTCHN_FIFO_MAX_PAGES];
	unsigned int nr_words;
	unsigned int nr_vcpus;
	struct evtchn_fifo_vcpu vcpu[];
};

/**
 * struct evtchn_fifo_port - what a port remembers
 * @last: queue it was put into last, (vCPU << 8 | priority); changes under the locks
 *	of the queues that it leaves and enters
 * @priority: [a] queue it goes into
 * @pending: [a] raised before it had a word
 */
struct evtchn_fifo_port {
	u32 last;
	u8 priority;
	bool pending;
};

/**
 * evtchn_fifo_word() - the event word of a port
 * @fifo: FIFO state
 * @port: any number
 *
 * Context: any.
 * Return: [G] the word, NULL if there is none yet.
 */
static inline u32 *evtchn_fifo_word(const struct evtchn_fifo *fifo, u32 port)
{
	/* The pages were there before the count was raised. */
	unsigned int nr = smp_load_acquire(&fifo->nr_words);

	if (unlikely(port >= nr))
		return NULL;
	port = array_index_nospec(port, nr);
	return fifo->words[port / EVTCHN_FIFO_WORDS_PER_PAGE] + port % EVTCHN_FIFO_WORDS_PER_PAGE;
}

void evtchn_fifo_queues_init(struct evtchn_fifo *fifo, unsigned int nr_vcpus);
bool evtchn_fifo_link(u32 *word, u32 port);
unsigned int evtchn_fifo_queue_raise(struct evtchn_fifo *fifo, struct evtchn_fifo_port *p,
				     u32 port, unsigned int vcpu);
unsigned int evtchn_fifo_queue_unmask(struct evtchn_fifo *fifo, struct evtchn_fifo_port *p,
				      u32 port, unsigned int vcpu);

#endif /* XLHV_EVTCHN_FIFO_QUEUE_H */
