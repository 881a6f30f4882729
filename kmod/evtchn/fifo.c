// SPDX-License-Identifier: GPL-2.0-only
/*
 * FIFO events of a domain: the guest's pages behind the words and queues.
 *
 * A domain enters the FIFO ABI with the first EVTCHNOP_init_control and leaves it
 * with EVTCHNOP_reset.  Whoever raises an event reads the operations and the FIFO
 * state with interrupts off, so a grace period separates both changes from what they
 * put out of use.  Pages are held from when the guest names them to the reset.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "ept/ept.h"
#include "evtchn/internal.h"
#include "hypercall/continuation.h"

static unsigned int max_ports(const struct domain *d)
{
	return EVTCHN_FIFO_NR_CHANNELS;
}

unsigned int evtchn_fifo_raise(struct domain *d, struct evtchn *chn, struct vcpu *v)
{
	struct evtchn_fifo *fifo = READ_ONCE(d->evtchn.fifo);

	if (likely(fifo))
		return evtchn_fifo_queue_raise(fifo, &chn->fifo, chn->port, v->id);
	/* On its way to 2-level, or domain 0, which has neither. */
	return evtchn_sink_raise(d, chn);
}

static unsigned int unmask(struct domain *d, struct evtchn *chn, struct vcpu *v)
{
	struct evtchn_fifo *fifo = READ_ONCE(d->evtchn.fifo);

	return fifo ? evtchn_fifo_queue_unmask(fifo, &chn->fifo, chn->port, v->id) : 0;
}

static u32 *word_of(const struct domain *d, const struct evtchn *chn)
{
	struct evtchn_fifo *fifo = READ_ONCE(d->evtchn.fifo);

	return fifo ? evtchn_fifo_word(fifo, chn->port) : NULL;
}

static void clear(struct domain *d, struct evtchn *chn)
{
	u32 *word = word_of(d, chn);

	WRITE_ONCE(chn->fifo.pending, false);
	if (word)
		evtchn_word_test_and_clear(word, EVTCHN_FIFO_PENDING);
}

static bool pending(struct domain *d, const struct evtchn *chn)
{
	u32 *word = word_of(d, chn);

	return word ? evtchn_word_test(word, EVTCHN_FIFO_PENDING) : READ_ONCE(chn->fifo.pending);
}

static bool busy(const struct domain *d, const struct evtchn *chn)
{
	u32 *word = word_of(d, chn);

	return word && evtchn_word_test(word, EVTCHN_FIFO_LINKED);
}

const struct evtchn_port_ops evtchn_fifo_ops = {
	.max_ports = max_ports,
	.unmask = unmask,
	.clear = clear,
	.pending = pending,
	.busy = busy,
};

/* A page of the guest's own memory, held. */
static struct page *get_ram(struct domain *d, u64 gfn)
{
	enum ept_type type;
	struct page *page;

	page = ept_get_page(d, gfn, EPT_WRITE | EPT_POPULATE, &type);
	if (IS_ERR(page))
		return PTR_ERR(page) == -ENOMEM ? page : ERR_PTR(-EINVAL);
	if (type != EPT_RAM) {
		put_page(page);
		return ERR_PTR(-EINVAL);
	}
	return page;
}

/* Every port there is, port 0 excluded; [m]. */
#define for_each_evtchn_locked(d, port, chn)						\
	for ((port) = 1; (port) < (d)->evtchn.nr_ports &&				\
	     ((chn) = evtchn_from_port(d, port)); (port)++)

/* What was raised before has to be raised again.  Interrupts off. */
static void raise_again(struct domain *d, struct evtchn *chn)
{
	raw_spin_lock_irq(&chn->lock);
	if (chn->state != EVTCHN_FREE && chn->state != EVTCHN_RESERVED)
		evtchn_raise(d, chn, evtchn_target(d, chn));
	raw_spin_unlock_irq(&chn->lock);
}

static int enter_fifo_locked(struct domain *d)
{
	struct evtchn_2l words = { .compat = shared_compat(d) };
	struct evtchn_fifo *fifo;
	struct evtchn *chn;
	unsigned int port;

	lockdep_assert_held(&d->evtchn.lock);
	fifo = dom_zalloc(d, struct_size(fifo, vcpu, d->max_vcpus));
	if (!fifo)
		return -ENOMEM;
	evtchn_fifo_queues_init(fifo, d->max_vcpus);
	/* Made before it is seen by a sender. */
	smp_store_release(&d->evtchn.fifo, fifo);
	WRITE_ONCE(d->evtchn.ops, &evtchn_fifo_ops);

	/*
	 * What is raised from now on is remembered by the port; now what was before.  A
	 * grace period like any other: a guest may have one after the other, and those
	 * that hurry interrupt every CPU of the host.
	 */
	synchronize_rcu();
	words.pending = shared_pending(d, words.compat);
	words.mask = shared_mask(d, words.compat);
	for_each_evtchn_locked(d, port, chn)
		if (evtchn_2l_words_pending(&words, port))
			raise_again(d, chn);
	return 0;
}

/**
 * evtchn_fifo_init_control() - EVTCHNOP_init_control
 * @caller: own thread
 * @v: vCPU of its domain that gets a control block
 * @gfn: guest frame of the control block
 * @offset: of it in the frame
 *
 * The first one changes the domain from 2-level to FIFO events.
 * Context: may sleep.
 * Return: 0; -EINVAL: bad offset, not RAM, or there is one already; -ENOMEM; HYPERCALL_GOES_ON:
 * nothing was done, as the vCPU is wanted out of the guest.
 */
int evtchn_fifo_init_control(struct vcpu *caller, struct vcpu *v, u64 gfn, u32 offset)
{
	struct evtchn_caller call = { .v = caller };
	struct domain *d = v->domain;
	struct evtchn_fifo_vcpu *q;
	struct page *page;
	int err;

	if (offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block) || offset % 8)
		return -EINVAL;
	offset = array_index_nospec(offset, PAGE_SIZE - sizeof(struct evtchn_fifo_control_block)
				    + 1);
	page = get_ram(d, gfn);
	if (IS_ERR(page))
		return PTR_ERR(page);

	/* Others may have been before it, each for a grace period. */
	err = evtchn_lock(d, &call);
	if (err)
		goto out_put;
	if (!d->evtchn.fifo)
		err = enter_fifo_locked(d);
	if (err)
		goto out;
	q = &d->evtchn.fifo->vcpu[v->id];
	if (q->control) {
		err = -EINVAL;
		goto out;
	}
	q->page = page;
	page = NULL;
	WRITE_ONCE(q->control, page_address(q->page) + offset);
out:
	mutex_unlock(&d->evtchn.lock);
out_put:
	if (page)
		put_page(page);
	return err;
}

static int expand_locked(struct domain *d, struct page *page)
{
	struct evtchn_fifo *fifo = d->evtchn.fifo;
	unsigned int slot, port;
	struct evtchn *chn;

	lockdep_assert_held(&d->evtchn.lock);
	if (!fifo)
		return -EOPNOTSUPP;
	slot = fifo->nr_words / EVTCHN_FIFO_WORDS_PER_PAGE;
	if (slot >= EVTCHN_FIFO_MAX_PAGES)
		return -ENOSPC;
	fifo->page[slot] = page;
	fifo->words[slot] = page_address(page);
	/* The word before its number, and its number before the look at what waits. */
	smp_store_release(&fifo->nr_words, fifo->nr_words + EVTCHN_FIFO_WORDS_PER_PAGE);
	smp_mb();	/* see the comment above */
	for (port = slot * EVTCHN_FIFO_WORDS_PER_PAGE; port < fifo->nr_words; port++) {
		chn = evtchn_from_port(d, port);
		if (!chn)
			break;
		if (READ_ONCE(chn->fifo.pending) && xchg(&chn->fifo.pending, false))
			raise_again(d, chn);
	}
	return 0;
}

/**
 * evtchn_fifo_expand() - EVTCHNOP_expand_array
 * @caller: own thread
 * @gfn: guest frame with the words of the next 1024 ports
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP: 2-level; -ENOSPC: complete; -EINVAL: not RAM; -ENOMEM;
 * HYPERCALL_GOES_ON: nothing was done, as the vCPU is wanted out of the guest.
 */
int evtchn_fifo_expand(struct vcpu *caller, u64 gfn)
{
	struct evtchn_caller call = { .v = caller };
	struct domain *d = caller->domain;
	struct page *page;
	int err;

	if (!READ_ONCE(d->evtchn.fifo))
		return -EOPNOTSUPP;
	page = get_ram(d, gfn);
	if (IS_ERR(page))
		return PTR_ERR(page);
	err = evtchn_lock(d, &call);
	if (!err) {
		err = expand_locked(d, page);
		mutex_unlock(&d->evtchn.lock);
	}
	if (err)
		put_page(page);
	return err;
}

/**
 * evtchn_fifo_destroy() - free FIFO state and let its pages go
 * @fifo: nobody uses it any more; NULL is nothing
 */
void evtchn_fifo_destroy(struct evtchn_fifo *fifo)
{
	unsigned int i;

	if (!fifo)
		return;
	for (i = 0; i < fifo->nr_vcpus; i++)
		if (fifo->vcpu[i].page)
			put_page(fifo->vcpu[i].page);
	for (i = 0; i < fifo->nr_words / EVTCHN_FIFO_WORDS_PER_PAGE; i++)
		put_page(fifo->page[i]);
	kvfree(fifo);
}

/**
 * evtchn_fifo_leave_locked() - back to 2-level events
 * @d: all its ports are closed; the caller has its evtchn.lock
 *
 * Context: may sleep.
 */
void evtchn_fifo_leave_locked(struct domain *d)
{
	struct evtchn_fifo *fifo = d->evtchn.fifo;
	struct evtchn *chn;
	unsigned int port;

	lockdep_assert_held(&d->evtchn.lock);
	if (!fifo)
		return;
	WRITE_ONCE(d->evtchn.ops, &evtchn_2l_ops);
	WRITE_ONCE(d->evtchn.fifo, NULL);
	synchronize_rcu();
	/* No queue is left that a port could be the tail of. */
	for_each_evtchn_locked(d, port, chn) {
		chn->fifo.last = 0;
		chn->fifo.pending = false;
	}
	evtchn_fifo_destroy(fifo);
}
