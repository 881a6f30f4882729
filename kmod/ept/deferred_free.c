// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that have left the p2m, until they are the host's again.
 *
 * A frame that leaves is put only when no vCPU can reach it by a cached translation (a
 * flush) and no lookup can be looking at it (an RCU grace period).  A batch does both
 * once for many frames.
 *
 * It is counted as the domain's until it is really free: first as leaving, while the
 * grace period lasts; and then, if somebody else has a reference on it (a grant that is
 * in use, an area, events' words, the builder's mapping), as held.  The p2m's reference
 * on a held frame stays with us, in a list, until it is the last one.  A frame whose
 * last other reference goes tells nobody, so the list is looked through when the limit
 * is met, when the guest asks how much it has, and once a second as long as there is
 * something in it.
 */
#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "ept/internal.h"

#define PUT_PAGES	122

/*
 * Batches of a domain that may wait for a grace period, of 1 KiB each: what a guest can
 * have waiting is not up to how fast it makes hypercalls.
 */
#define MAX_PUTS	1024

/* Held frames that are looked at under the lock at once, and once a second. */
#define LOOKS		64
#define LOOKS_PER_SECOND	1024
/* And by a guest that wants more memory; the list goes round. */
#define LOOKS_FOR_ROOM		16384

/* A vCPU waits that long for what is on its way, before it is asked whether it is wanted. */
#define ROOM_PATIENCE		DIV_ROUND_UP(HZ, 100)

/**
 * struct ept_put - frames that wait for readers; fills a slab object of 1 KiB
 * @rcu: for the grace period
 * @domain: whose they were, with a reference
 * @nr: frames
 * @ram: those that count as memory of the domain
 * @page: with a reference each
 */
struct ept_put {
	struct rcu_head rcu;
	struct domain *domain;
	unsigned int nr;
	DECLARE_BITMAP(ram, PUT_PAGES);
	struct page *page[PUT_PAGES];
};

/* Return: false: nobody else has it, or the domain is no more: the caller puts it. */
static bool hold(struct ept *ept, struct page *page)
{
	bool held;

	if (page_count(page) == 1)
		return false;
	spin_lock_bh(&ept->held_lock);
	held = !ept->held_closed;
	if (held) {
		if (list_empty(&ept->held))
			schedule_delayed_work(&ept->held_work, HZ);
		list_add_tail(&page->lru, &ept->held);
		atomic64_inc(&ept->nr_held);
	}
	spin_unlock_bh(&ept->held_lock);
	return held;
}

/* That many frames are not on their way any more: free, or held and counted so. */
static void arrived(struct ept *ept, unsigned int nr)
{
	atomic64_sub(nr, &ept->nr_leaving);
	smp_mb__after_atomic();	/* see wake_up_var() */
	wake_up_var(&ept->nr_puts);
}

static void put_after_rcu(struct rcu_head *rcu)
{
	struct ept_put *put = container_of(rcu, struct ept_put, rcu);
	struct ept *ept = &put->domain->ept;
	unsigned int nr = 0, ram = 0, i;

	for (i = 0; i < put->nr; i++) {
		if (test_bit(i, put->ram)) {
			ram++;
			if (hold(ept, put->page[i]))
				continue;
		}
		put->page[nr++] = put->page[i];
	}
	release_pages(put->page, nr);
	atomic_dec(&ept->nr_puts);
	arrived(ept, ram);
	xlhv_domain_put(put->domain);
	kfree(put);
}

/**
 * ept_batch_init() - begin to take frames out
 * @b: on the caller's stack
 * @d: domain to take them from
 */
void ept_batch_init(struct ept_batch *b, struct domain *d)
{
	b->domain = d;
	b->put = NULL;
	b->flush = false;
}

/**
 * ept_batch_finish() - end it: what was taken out is out of every vCPU's reach
 * @b: may be used again afterwards
 *
 * Context: may sleep, no lock held.
 */
void ept_batch_finish(struct ept_batch *b)
{
	if (b->flush)
		ept_flush(b->domain);
	b->flush = false;
	if (b->put)
		compat_call_rcu_hurry(&b->put->rcu, put_after_rcu);
	b->put = NULL;
}

/* Return: NULL: no memory, or too much of it waits already. */
static struct ept_put *put_alloc(struct domain *d)
{
	struct ept_put *put;

	if (atomic_inc_return(&d->ept.nr_puts) > MAX_PUTS)
		goto err;
	put = kmalloc(sizeof(*put), GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	if (!put)
		goto err;
	xlhv_domain_get(d);
	put->domain = d;
	put->nr = 0;
	bitmap_zero(put->ram, PUT_PAGES);
	return put;
err:
	atomic_dec(&d->ept.nr_puts);
	return NULL;
}

/**
 * ept_batch_add() - a page has left the p2m
 * @b: batch
 * @page: the p2m's reference on it goes once nobody can be using it through the p2m
 * @ram: it is memory of the domain
 *
 * Context: may sleep, no lock held.
 */
void ept_batch_add(struct ept_batch *b, struct page *page, bool ram)
{
	struct ept *ept = &b->domain->ept;

	b->flush = true;
	if (ram)
		atomic64_inc(&ept->nr_leaving);
	if (!b->put)
		b->put = put_alloc(b->domain);
	if (!b->put) {
		/* No memory, and we are to free some: the slow way needs none. */
		ept_batch_finish(b);
		synchronize_rcu();
		if (!ram || !hold(ept, page))
			put_page(page);
		arrived(ept, ram);
		return;
	}
	if (ram)
		__set_bit(b->put->nr, b->put->ram);
	b->put->page[b->put->nr++] = page;
	if (b->put->nr == PUT_PAGES)
		ept_batch_finish(b);
}

/* Look at some held frames, and put those that nobody else has any more. */
static void look_at_held(struct ept *ept, unsigned int looks)
{
	struct page *page, *next;
	LIST_HEAD(free);

	spin_lock_bh(&ept->held_lock);
	while (looks-- && !list_empty(&ept->held)) {
		page = list_first_entry(&ept->held, struct page, lru);
		/* Out of the p2m, and only we have it: nobody can get hold of it. */
		list_move_tail(&page->lru, page_count(page) == 1 ? &free : &ept->held);
	}
	spin_unlock_bh(&ept->held_lock);
	list_for_each_entry_safe(page, next, &free, lru) {
		list_del(&page->lru);
		put_page(page);
		atomic64_dec(&ept->nr_held);
	}
}

/**
 * ept_look_at_held() - give back held frames that nobody else has any more
 * @ept: any
 * @most: frames to look at, at most
 *
 * Context: may sleep.
 */
void ept_look_at_held(struct ept *ept, u64 most)
{
	u64 left = min_t(u64, most, atomic64_read(&ept->nr_held));

	for (; left; left -= min_t(u64, left, LOOKS)) {
		look_at_held(ept, min_t(u64, left, LOOKS));
		cond_resched();
	}
}

static void held_work(struct work_struct *work)
{
	struct ept *ept = container_of(to_delayed_work(work), struct ept, held_work);

	ept_look_at_held(ept, LOOKS_PER_SECOND);
	spin_lock_bh(&ept->held_lock);
	if (!list_empty(&ept->held))
		schedule_delayed_work(&ept->held_work, HZ);
	spin_unlock_bh(&ept->held_lock);
}

/**
 * ept_wait_room() - is there room for more memory, if we wait for what is on its way?
 * @ept: any
 * @pages: wanted
 *
 * A guest that is told that a page is not its any more may have another one, but it has
 * to wait until that is true for the host, too.
 *
 * Context: may sleep, for some milliseconds; no lock held.
 * Return: 0: it may be tried again; -EINPROGRESS: some is still on its way; -ENOMEM: there is none.
 */
int ept_wait_room(struct ept *ept, u64 pages)
{
	u64 most = READ_ONCE(ept->max_pages);
	bool arrived;

	if (atomic64_read(&ept->nr_reserved) + pages > most)
		return -ENOMEM;
	/* What is held may be so by a mapping of its own that has just ended. */
	arrived = wait_var_event_timeout(&ept->nr_puts, ept_charged(ept) + pages <= most ||
					 (!atomic_read(&ept->nr_puts) &&
					  !atomic64_read(&ept->nr_leaving)), ROOM_PATIENCE);
	if (ept_charged(ept) + pages > most)
		ept_look_at_held(ept, LOOKS_FOR_ROOM);
	if (ept_charged(ept) + pages <= most)
		return 0;
	return arrived ? -ENOMEM : -EINPROGRESS;
}

void ept_held_init(struct ept *ept)
{
	BUILD_BUG_ON(sizeof(struct ept_put) > 1024);
	spin_lock_init(&ept->held_lock);
	INIT_LIST_HEAD(&ept->held);
	INIT_DELAYED_WORK(&ept->held_work, held_work);
}

/**
 * ept_held_close() - the domain holds nothing any more
 * @ept: being freed; what is on its way still may arrive
 *
 * Whoever has references keeps the pages, but they are no domain's.
 *
 * Context: may sleep.
 */
void ept_held_close(struct ept *ept)
{
	struct page *page, *next;
	unsigned int nr = 0;
	LIST_HEAD(free);

	spin_lock_bh(&ept->held_lock);
	ept->held_closed = true;
	list_splice_init(&ept->held, &free);
	spin_unlock_bh(&ept->held_lock);
	cancel_delayed_work_sync(&ept->held_work);
	list_for_each_entry_safe(page, next, &free, lru) {
		list_del(&page->lru);
		put_page(page);
		atomic64_dec(&ept->nr_held);
		if (!(++nr % LOOKS))
			cond_resched();
	}
}

/* Wait for the frames that are on their way out.  Module exit. */
void ept_exit(void)
{
	rcu_barrier();
}
