// SPDX-License-Identifier: GPL-2.0-only
/*
 * Uses of grants: the entry of a reference, checked and counted, and the page behind
 * it with a reference.  Hypercalls that map or copy and the host's backends come here.
 *
 * Each entry has a lock of its own (raw, interrupts off), and all that happens under
 * it is bounded and does not sleep.  What needs more (RAM that has no frame yet) is
 * undone, done without the lock, and tried again.  A change of version under way is
 * not waited for.
 *
 * A pin holds no reference on the granter: who has pins holds the domain.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/page_ref.h>

#include "ept/ept.h"
#include "grant/internal.h"
#include "grant/shared_words.h"
#include "trace.h"

/* How often what is in the way may come back. */
#define TRIES	16

/* What keeps pin_once() from success, beside GNTST_*. */
#define WAIT_VERSION	1
#define WAIT_FRAME	2

static bool type_is_own(enum ept_type type)
{
	return type == EPT_RAM || type == EPT_RAM_RO || type == EPT_SPECIAL;
}

/*
 * The page of a domain's own at a gfn, with a reference.  Any context.
 * Return: GNTST_okay, GNTST_bad_page or WAIT_FRAME.
 */
static int own_page(struct domain *d, u64 gfn, bool write, struct page **page)
{
	enum ept_type type;
	struct page *found;

	found = ept_get_page(d, gfn, write ? EPT_WRITE : 0, &type);
	if (found == ERR_PTR(-EAGAIN))
		return WAIT_FRAME;
	if (IS_ERR(found))
		return GNTST_bad_page;
	/* What others granted to it is not its to pass on. */
	if (unlikely(!type_is_own(type))) {
		put_page(found);
		return GNTST_bad_page;
	}
	*page = found;
	return GNTST_okay;
}

/* Give RAM its frame.  May sleep. */
static int populate(struct domain *d, u64 gfn)
{
	struct page *page = ept_get_page(d, gfn, EPT_POPULATE, NULL);

	if (!IS_ERR(page))
		put_page(page);
	/* The host is short of memory: later, perhaps. */
	return page == ERR_PTR(-ENOMEM) ? GNTST_eagain : GNTST_okay;
}

/**
 * gnttab_frame_get() - a page of a domain's own, by its frame number
 * @d: domain
 * @gfn: any number
 * @write: to be written
 * @sleep: the caller may sleep
 * @page: result, with a reference; written on success only
 *
 * Return: GNTST_okay; GNTST_bad_page: no memory of its own there; GNTST_eagain; or
 * GNTTAB_SLEEP.
 */
int gnttab_frame_get(struct domain *d, u64 gfn, bool write, bool sleep, struct page **page)
{
	unsigned int tries;
	int status;

	for (tries = 0; tries < TRIES; tries++) {
		status = own_page(d, gfn, write, page);
		if (likely(status != WAIT_FRAME))
			return status;
		if (!sleep)
			return GNTTAB_SLEEP;
		status = populate(d, gfn);
		if (status)
			return status;
	}
	return GNTST_bad_page;
}

/* One try.  Return: GNTST_*, WAIT_VERSION, or WAIT_FRAME with *gfn. */
static int pin_once(struct domain *granter, struct gnttab_active *act, grant_ref_t ref,
		    const struct gnttab_request *request, struct gnttab_pin *pin, u64 *gfn)
{
	struct gnttab *t = &granter->grant;
	struct gnttab_target target;
	struct page *page = NULL;
	struct gnttab_entry e;
	unsigned long flags;
	int status;
	bool first;
	u32 head;

	raw_spin_lock_irqsave(&act->lock, flags);
	/* Pairs with gnttab_set_version(): with the version as it is after a change. */
	if (unlikely(smp_load_acquire(&t->changing)) && ref >= GNTTAB_NR_RESERVED) {
		status = WAIT_VERSION;
		goto out;
	}
	status = GNTST_bad_gntref;
	if (unlikely(!gnttab_ref_valid(t, &ref)))
		goto out;
	status = GNTST_general_error;
	if (unlikely(READ_ONCE(t->closed)))
		goto out;
	gnttab_entry_of(t, ref, &e);
	status = gnttab_entry_begin(act, &e, request, &head);
	if (unlikely(status))
		goto out;
	first = !gnttab_active_pinned(act);
	if (first) {
		gnttab_entry_target(&e, head, &target);
		status = own_page(granter, target.gfn, request->write, &page);
		if (unlikely(status)) {
			*gfn = target.gfn;
			gnttab_entry_abort(act, &e, request->write);
			goto out;
		}
	}
	gnttab_entry_pin(act, request, first ? &target : NULL, page);
	pin->page = act->page;
	pin->active = act;
	pin->ref = ref;
	pin->start = act->start;
	pin->length = act->length;
	pin->write = request->write;
out:
	raw_spin_unlock_irqrestore(&act->lock, flags);
	trace_xlhv_grant_pin(granter, ref, request->domid, request->write, status);
	return status;
}

/*
 * A change of version under way is over when its lock can be had.  As many vCPUs of the granter's
 * as it has may want that, one change after the other: nobody stands in line with them, neither
 * another domain nor a process, which may hold the mmap_lock.  Return: it is over.
 */
static bool change_is_over(struct gnttab *t)
{
	if (!mutex_trylock(&t->lock))
		return false;
	mutex_unlock(&t->lock);
	return true;
}

/* As often as it takes. */
static noinline int pin_slow(struct domain *granter, struct gnttab_active *act, grant_ref_t ref,
			     struct gnttab_request request, bool sleep, struct gnttab_pin *pin)
{
	struct gnttab *t = &granter->grant;
	unsigned int tries;
	int status;
	u64 gfn;

	for (tries = 0; tries < TRIES; tries++) {
		status = pin_once(granter, act, ref, &request, pin, &gfn);
		if (likely(status <= 0))
			return status;
		if (!sleep)
			return GNTTAB_SLEEP;
		if (status == WAIT_VERSION) {
			/* A granter may go on like that: who wants the grant can ask again. */
			if (tries || !change_is_over(t))
				return GNTST_eagain;
		} else {
			status = populate(granter, gfn);
			if (status)
				return status;
		}
	}
	return GNTST_general_error;
}

/*
 * What pin_once() does, for the usual case: an entry of version 1 that nobody uses,
 * that grants what is asked, of RAM that is there.  The entry is locked.
 *
 * Return: false: nothing was done, and pin_once() will tell.
 */
static __always_inline bool pin_usual(struct domain *granter, struct gnttab_active *act,
				      grant_ref_t ref, const struct gnttab_request *request)
{
	const unsigned int types = BIT(EPT_RAM) | BIT(EPT_SPECIAL) |
				   (request->write ? 0 : BIT(EPT_RAM_RO));
	struct gnttab *t = &granter->grant;
	struct grant_entry_v1 *entry;
	struct page *page;
	u32 *head, old;

	/* As there. */
	if (unlikely(smp_load_acquire(&t->changing)) || unlikely(READ_ONCE(t->closed)) ||
	    READ_ONCE(t->version) != 1 || gnttab_active_pinned(act))
		return false;
	entry = gnttab_entry_v1(t, ref);
	head = (u32 *)entry;
	old = gnttab_read32(head);
	if (unlikely(!gnttab_head_allows(old, request)) ||
	    unlikely(!gnttab_try_cmpxchg(head, &old, old | gnttab_shown(request->write))))
		return false;
	page = ept_get_page_fast(granter, gnttab_read32(head + 1), types);
	if (unlikely(!page)) {
		gnttab_clear_bits(&entry->flags, gnttab_shown(request->write));
		return false;
	}
	act->page = page;
	act->domid = request->domid;
	act->start = 0;
	act->length = PAGE_SIZE;
	act->sub_page = false;
	act->readers = !request->write;
	act->writers = request->write;
	return true;
}

/**
 * gnttab_pin() - begin to use a grant
 * @granter: whose; the caller holds it until gnttab_unpin()
 * @ref: any number
 * @request: on whose behalf, and how
 * @sleep: the caller may sleep
 * @pin: filled in
 *
 * Context: any but NMI; may sleep with @sleep.
 * Return: GNTST_okay: gnttab_unpin() has to follow; GNTST_bad_gntref: no such entry;
 * GNTST_bad_page: no memory of the granter's own behind it; GNTST_eagain: the host is
 * short of memory, or the granter is changing versions; GNTST_general_error:
 * not granted; or GNTTAB_SLEEP.
 */
int gnttab_pin(struct domain *granter, grant_ref_t ref, struct gnttab_request request,
	       bool sleep, struct gnttab_pin *pin)
{
	struct gnttab_active *act = gnttab_active_of(&granter->grant, &ref);
	unsigned long flags;
	bool done;

	if (unlikely(!act))
		return GNTST_bad_gntref;
	raw_spin_lock_irqsave(&act->lock, flags);
	done = pin_usual(granter, act, ref, &request);
	if (likely(done)) {
		pin->page = act->page;
		pin->active = act;
		pin->ref = ref;
		pin->start = 0;
		pin->length = PAGE_SIZE;
		pin->write = request.write;
	}
	raw_spin_unlock_irqrestore(&act->lock, flags);
	if (unlikely(!done))
		return pin_slow(granter, act, ref, request, sleep, pin);
	trace_xlhv_grant_pin(granter, ref, request.domid, request.write, GNTST_okay);
	return GNTST_okay;
}

/* Not the last use, or in version 2.  The entry is locked. */
static noinline struct page *unpin_slow(struct gnttab *t, struct gnttab_active *act,
					grant_ref_t ref, bool write)
{
	struct gnttab_entry e;

	gnttab_entry_of(t, ref, &e);
	return gnttab_entry_unpin(act, &e, write);
}

/**
 * gnttab_unpin() - a use of a grant is over
 * @granter: whose
 * @pin: as gnttab_pin() filled it in
 *
 * The data has been moved, or the mapping is out of every TLB.
 *
 * Context: any but NMI.
 */
void gnttab_unpin(struct domain *granter, const struct gnttab_pin *pin)
{
	struct gnttab_active *act = pin->active;
	struct gnttab *t = &granter->grant;
	bool write = pin->write;
	unsigned long flags;
	struct page *page;

	raw_spin_lock_irqsave(&act->lock, flags);
	if (likely(READ_ONCE(t->version) == 1 && act->readers == !write &&
		   act->writers == write)) {
		/* The only use, as pin_usual() makes it. */
		gnttab_clear_bits(&gnttab_entry_v1(t, pin->ref)->flags, gnttab_shown(write));
		page = act->page;
		act->page = NULL;
		act->readers = 0;
		act->writers = 0;
	} else {
		page = unpin_slow(t, act, pin->ref, write);
	}
	raw_spin_unlock_irqrestore(&act->lock, flags);
	if (likely(page))
		gnttab_put_page(granter, page);
}

/**
 * gnttab_put_page_atomic() - gnttab_put_page() where the allocator cannot be called
 * @d: granter, held by the caller
 * @page: not used by the caller any more
 *
 * If it is the last reference, that is left to a worker.
 *
 * Context: any but NMI.
 */
void gnttab_put_page_atomic(struct domain *d, struct page *page)
{
	struct gnttab *t = &d->grant;
	unsigned long flags;

	/* Kernels have different names for this, which add a trace point for debugging. */
	if (atomic_add_unless(&page->_refcount, -1, 1))
		return;
	raw_spin_lock_irqsave(&t->put_lock, flags);
	list_add(&page->lru, &t->put_list);
	raw_spin_unlock_irqrestore(&t->put_lock, flags);
	xlhv_domain_get(d);
	if (!schedule_work(&t->put_work))
		xlhv_domain_put(d);
}

/* The worker of gnttab_put_page_atomic(). */
void gnttab_put_work(struct work_struct *work)
{
	struct domain *d = container_of(work, struct domain, grant.put_work);
	struct gnttab *t = &d->grant;
	struct page *page, *next;
	LIST_HEAD(list);

	raw_spin_lock_irq(&t->put_lock);
	list_splice_init(&t->put_list, &list);
	raw_spin_unlock_irq(&t->put_lock);
	list_for_each_entry_safe(page, next, &list, lru) {
		list_del(&page->lru);
		put_page(page);
		/* As many as there were requests of backends when the domain ended. */
		cond_resched();
	}
	xlhv_domain_put(d);
}
