// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words and queues of FIFO events.  Pure but for the queues' locks.
 *
 * Each port has a word, in memory of the guest:
 *
 *	PENDING	we set it; the guest clears it when it handles the event
 *	MASKED	the guest's; we clear it in EVTCHNOP_unmask
 *	LINKED	we set it when the port enters a queue; the guest clears it, together
 *		with LINK, when it takes the port out
 *	BUSY	ours: the guest shall not unmask while we change the word
 *	LINK	next port in the queue; we write it, into the word at the tail
 *
 * Each vCPU has 16 queues, by priority: singly linked lists through LINK, from a head
 * in its control block to a tail that only we know.  A port enters at the tail: if
 * the word of the tail is still LINKED, its LINK becomes the new port, else the guest
 * has taken everything out and the new port becomes the head.  The guest takes out at
 * the head.  A bit in the control block says that a queue is not empty any more.
 *
 * What the guest may have written is never followed: of a word we only ever look at
 * single bits, and that of our own tail.  A guest that writes nonsense loses events
 * of its own.  PENDING is set before anything else, so that whoever sees the port in
 * a queue sees it pending.
 *
 * A port can be the tail of one queue at most: the one it was put into last.  Before
 * it enters another, the old queue forgets it, for which both queues are locked.
 */
#include <linux/bits.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "evtchn/fifo_queue.h"

/* A guest changes a word a few times while we look; more is malice. */
#define LINK_TRIES	4
/* How often the last queue of a port may change while we take its lock. */
#define LOCK_TRIES	4

/**
 * evtchn_fifo_queues_init() - queues without control blocks, array without words
 * @fifo: zeroed
 * @nr_vcpus: size of @fifo->vcpu
 */
void evtchn_fifo_queues_init(struct evtchn_fifo *fifo, unsigned int nr_vcpus)
{
	unsigned int i;

	fifo->nr_vcpus = nr_vcpus;
	for (i = 0; i < nr_vcpus; i++)
		raw_spin_lock_init(&fifo->vcpu[i].lock);
}

static bool try_link(u32 *word, u32 port, u32 clear, bool *linked)
{
	unsigned int tries;
	u32 old;

	old = evtchn_word_read(word);
	for (tries = 0; tries < LINK_TRIES; tries++) {
		*linked = old & BIT(EVTCHN_FIFO_LINKED);
		if (!*linked)
			return true;
		if (evtchn_word_try_cmpxchg(word, &old,
					    (old & ~(clear | EVTCHN_FIFO_LINK_MASK)) | port))
			return true;
	}
	return false;
}

/**
 * evtchn_fifo_link() - put a port behind another, if that is still in the queue
 * @word: [G] word of the tail
 * @port: port to enter
 *
 * Return: whether the port is behind it now: else the queue is empty.  If the guest
 * keeps changing the word, true: the head must not be touched then, as the guest may
 * be on its way from it.
 */
bool evtchn_fifo_link(u32 *word, u32 port)
{
	bool linked;

	if (try_link(word, port, 0, &linked))
		return linked;
	/* A guest that plays by the rules does not unmask while BUSY is set. */
	evtchn_word_test_and_set(word, EVTCHN_FIFO_BUSY);
	if (try_link(word, port, BIT(EVTCHN_FIFO_BUSY), &linked) && linked)
		return true;
	evtchn_word_test_and_clear(word, EVTCHN_FIFO_BUSY);
	return linked;
}

static void lock_queues(struct evtchn_fifo_vcpu *a, struct evtchn_fifo_vcpu *b)
	__acquires(&a->lock) __acquires(&b->lock)
{
	if (a > b)
		swap(a, b);
	raw_spin_lock(&a->lock);
	if (a != b)
		raw_spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
	else
		__acquire(&b->lock);
}

static void unlock_queues(struct evtchn_fifo_vcpu *a, struct evtchn_fifo_vcpu *b)
	__releases(&a->lock) __releases(&b->lock)
{
	raw_spin_unlock(&a->lock);
	if (a != b)
		raw_spin_unlock(&b->lock);
	else
		__release(&b->lock);
}

/* The port enters a queue.  Both locks are held.  Return: EVTCHN_RAISED_UPCALL or 0. */
static unsigned int enter_queue_locked(struct evtchn_fifo *fifo, struct evtchn_fifo_port *p,
				       u32 *word, u32 port, unsigned int vcpu)
{
	struct evtchn_fifo_vcpu *q = &fifo->vcpu[vcpu], *old = &fifo->vcpu[p->last >> 8];
	struct evtchn_fifo_control_block *control = READ_ONCE(q->control);
	unsigned int priority = READ_ONCE(p->priority), last = p->last & 0xff;
	u32 value, tail;

	lockdep_assert_held(&q->lock);
	lockdep_assert_held(&old->lock);
	if (!control)
		return 0;
	/* Masked, or handled, while we waited for the locks? */
	value = evtchn_word_read(word);
	if ((value & BIT(EVTCHN_FIFO_MASKED)) || !(value & BIT(EVTCHN_FIFO_PENDING)))
		return 0;
	if (evtchn_word_test_and_set(word, EVTCHN_FIFO_LINKED))
		return 0;

	if (old->tail[last] == port)
		old->tail[last] = 0;
	WRITE_ONCE(p->last, vcpu << 8 | priority);

	tail = q->tail[priority];
	q->tail[priority] = port;
	if (tail && evtchn_fifo_link(evtchn_fifo_word(fifo, tail), port))
		return 0;
	evtchn_word_write(&control->head[priority], port);
	/* The locked operation is the barrier between the head and the bit. */
	return evtchn_word_test_and_set(&control->ready, priority) ? 0 : EVTCHN_RAISED_UPCALL;
}

static unsigned int enter_queue(struct evtchn_fifo *fifo, struct evtchn_fifo_port *p,
				u32 *word, u32 port, unsigned int vcpu)
{
	struct evtchn_fifo_vcpu *q = &fifo->vcpu[vcpu], *old;
	unsigned int raised = 0, tries;
	bool locked;
	u32 last;

	/* In a queue already: the guest will find it pending there. */
	if (evtchn_word_test(word, EVTCHN_FIFO_LINKED))
		return 0;
	/*
	 * Between two looks the port can only have been moved by another sender, after
	 * the guest changed its vCPU.  A guest that does so all the time waits for the
	 * next event.
	 */
	for (tries = 0, locked = false; !locked && tries < LOCK_TRIES; tries++) {
		last = READ_ONCE(p->last);
		old = &fifo->vcpu[last >> 8];
		lock_queues(q, old);
		locked = READ_ONCE(p->last) >> 8 == last >> 8;
		if (locked)
			raised = enter_queue_locked(fifo, p, word, port, vcpu);
		unlock_queues(q, old);
	}
	return raised;
}

/**
 * evtchn_fifo_queue_raise() - make an event pending
 * @fifo: FIFO state
 * @p: what the port remembers
 * @port: port, not 0, less than EVTCHN_FIFO_NR_CHANNELS
 * @vcpu: target, less than @fifo->nr_vcpus
 *
 * Context: interrupts off.
 * Return: EVTCHN_RAISED_*.
 */
unsigned int evtchn_fifo_queue_raise(struct evtchn_fifo *fifo, struct evtchn_fifo_port *p,
				     u32 port, unsigned int vcpu)
{
	u32 *word = evtchn_fifo_word(fifo, port);
	unsigned int raised = EVTCHN_RAISED_NEW;

	if (unlikely(!word)) {
		/*
		 * Remembered until the array grows.  Whoever grows it publishes the
		 * word and then looks here, we the other way round: one of us sees it.
		 */
		WRITE_ONCE(p->pending, true);
		smp_mb();	/* see the comment above */
		word = evtchn_fifo_word(fifo, port);
		if (!word)
			return EVTCHN_RAISED_NEW;
	}
	if (evtchn_word_test_and_set(word, EVTCHN_FIFO_PENDING))
		raised = 0;
	if (evtchn_word_test(word, EVTCHN_FIFO_MASKED))
		return raised;
	return raised | enter_queue(fifo, p, word, port, vcpu);
}

/**
 * evtchn_fifo_queue_unmask() - unmask a port, and deliver what is pending
 * @fifo: FIFO state
 * @p: what the port remembers
 * @port: port, not 0, less than EVTCHN_FIFO_NR_CHANNELS
 * @vcpu: target, less than @fifo->nr_vcpus
 *
 * Context: interrupts off.
 * Return: EVTCHN_RAISED_*.
 */
unsigned int evtchn_fifo_queue_unmask(struct evtchn_fifo *fifo, struct evtchn_fifo_port *p,
				      u32 port, unsigned int vcpu)
{
	u32 *word = evtchn_fifo_word(fifo, port);

	if (!word)
		return 0;
	evtchn_word_test_and_clear(word, EVTCHN_FIFO_MASKED);
	if (!evtchn_word_test(word, EVTCHN_FIFO_PENDING))
		return 0;
	return enter_queue(fifo, p, word, port, vcpu);
}
