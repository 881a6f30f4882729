// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table itself: frames of entries and of status words, how it grows and changes
 * its version, and the life of all of it.
 *
 * A table only grows, and its frames live until the domain is freed, which is when
 * the last one who has a pin or a mapping has let go of the domain.  For each frame
 * of entries there is what we remember of those in use, sized for version 1, of which
 * a frame has more.
 *
 * Locks, in this order; further ones of the project are in docs/locking.md:
 *
 *	gnttab.map_lock		mutex of the mapper: its mappings
 *	gnttab.lock		mutex of the granter: growing, change of version
 *	gnttab_active.lock	raw, interrupts off; several in the order of references
 *	gnttab.put_lock		raw, interrupts off
 *
 * A change of version must not meet a pin.  It announces itself (changing) and then
 * takes and drops the lock of each entry once: who pins after that sees the
 * announcement, who pinned before is seen.  Reserved entries may stay in use; they
 * change all together, under the locks of all of them, and so does the version.
 *
 * Guest-writable are all frames.  They are read word by word, each once.
 */
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "ept/ept.h"
#include "grant/internal.h"
#include "grant/shared_words.h"

#define STATUS_FRAME	BIT_ULL(31)	/* of an index: a status frame of version 2 */

/* Frames that are added in one go: a call that wants more is made again. */
#define GROW_AT_ONCE	64

/**
 * struct reserved - an entry in either version's terms
 * @head: flags without reading and writing, and user
 * @status: reading and writing
 * @frame: of version 1, or
 * @second: of version 2: 32 bits that depend on the kind of grant
 */
struct reserved {
	u32 head;
	u16 status;
	u32 second;
	u64 frame;
};

static unsigned int status_frames(unsigned int frames)
{
	return DIV_ROUND_UP(frames, GNTTAB_FRAMES_PER_STATUS);
}

/* Status frames for that many frames of entries.  Return: 0 or -ENOMEM. */
static int grow_status_locked(struct domain *d, unsigned int frames)
{
	struct gnttab *t = &d->grant;

	lockdep_assert_held(&t->lock);
	while (t->nr_status < status_frames(frames)) {
		struct page *page = dom_alloc_page(d);

		if (!page)
			return -ENOMEM;
		t->status[t->nr_status++] = page;
	}
	return 0;
}

/*
 * Return: 0; -EINVAL: more than there may be; -ENOMEM; HYPERCALL_GOES_ON: there are more
 * than before, but not all yet.
 */
static int grow_locked(struct domain *d, unsigned int frames)
{
	struct gnttab *t = &d->grant;
	struct gnttab_active *active;
	unsigned int i, added = 0;
	struct page *page;
	int err;

	lockdep_assert_held(&t->lock);
	if (frames > t->max_frames)
		return -EINVAL;
	if (t->version == 2) {
		err = grow_status_locked(d, frames);
		if (err)
			return err;
	}
	while (t->nr_frames < frames) {
		if (added++ == GROW_AT_ONCE)
			return HYPERCALL_GOES_ON;
		page = dom_alloc_page(d);
		active = dom_zalloc(d, GNTTAB_V1_PER_FRAME * sizeof(*active));
		if (!page || !active) {
			if (page)
				put_page(page);
			kvfree(active);
			return -ENOMEM;
		}
		for (i = 0; i < GNTTAB_V1_PER_FRAME; i++)
			raw_spin_lock_init(&active[i].lock);
		t->frame[t->nr_frames] = page;
		t->active[t->nr_frames] = active;
		/* Pairs with gnttab_active_of(): what there is, then how much. */
		smp_store_release(&t->nr_frames, t->nr_frames + 1);
	}
	return 0;
}

/**
 * gnttab_grow() - have at least that many frames
 * @d: domain
 * @nr_frames: any number
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: more than there may be; -ENOMEM; HYPERCALL_GOES_ON: to be called
 * again, for what is left.
 */
int gnttab_grow(struct domain *d, unsigned int nr_frames)
{
	int err;

	mutex_lock(&d->grant.lock);
	err = grow_locked(d, nr_frames);
	mutex_unlock(&d->grant.lock);
	return err;
}

/* Pages that grants can bring into a domain's p2m: the table's, and those it maps. */
static u64 max_pages(const struct gnttab *t)
{
	return (u64)t->max_frames + status_frames(t->max_frames) + t->maptrack.max;
}

/* Version 1, with one frame, as the domain may be about to use it at once. */
static int init(struct domain *d, const struct xlhv_dom_create *c, char *text)
{
	struct gnttab *t = &d->grant;
	int err;

	mutex_init(&t->lock);
	mutex_init(&t->map_lock);
	raw_spin_lock_init(&t->put_lock);
	INIT_LIST_HEAD(&t->put_list);
	INIT_WORK(&t->put_work, gnttab_put_work);
	t->version = 1;
	t->max_frames = c->max_grant_frames ?: GRANT_DEFAULT_MAX_FRAMES;
	t->max_version = c->max_grant_version ?: 1;
	err = gnttab_maptrack_init(&t->maptrack,
				   c->max_maptrack_frames ?: GRANT_DEFAULT_MAX_MAPTRACK);
	if (err)
		return err;
	t->status = dom_zalloc(d, status_frames(t->max_frames) * sizeof(*t->status));
	t->active = dom_zalloc(d, t->max_frames * sizeof(*t->active));
	t->frame = dom_zalloc(d, t->max_frames * sizeof(*t->frame));
	if (!t->frame || !t->active || !t->status)
		return -ENOMEM;
	ept_expect(d, max_pages(t));
	return gnttab_grow(d, 1);
}

/**
 * close_domain() - give back what the domain mapped, and grant nothing any more
 * @d: dying; its vCPUs do not run; ept_free() comes after this
 *
 * Who has pins on its grants keeps them.  Also for a domain whose init()
 * failed or was never called.
 *
 * Context: may sleep.
 */
static void close_domain(struct domain *d)
{
	if (!d->grant.frame)
		return;
	WRITE_ONCE(d->grant.closed, true);
	gnttab_unmap_all(d);
	/* Whoever keeps the structure by a pin need not keep this. */
	gnttab_maptrack_free(&d->grant.maptrack);
}

/* Nobody holds the domain.  Also after a init() that failed or never was. */
static void free_domain(struct domain *d)
{
	struct gnttab *t = &d->grant;
	unsigned int i;

	/* What it had to do is done, but it may still be on its way out. */
	if (t->put_work.func)
		flush_work(&t->put_work);
	for (i = 0; i < t->nr_frames; i++) {
		put_page(t->frame[i]);
		kvfree(t->active[i]);
	}
	for (i = 0; i < t->nr_status; i++)
		put_page(t->status[i]);
	gnttab_maptrack_free(&t->maptrack);
	kvfree(t->frame);
	kvfree(t->active);
	kvfree(t->status);
	t->frame = NULL;
	t->nr_frames = 0;
	t->nr_status = 0;
}

/* Memory behind a grant table: its frames, what is remembered of entries, of mappings. */
static size_t bytes(const struct domain *d)
{
	const struct gnttab *t = &d->grant;
	size_t sum = (READ_ONCE(t->nr_frames) + READ_ONCE(t->nr_status)) * PAGE_SIZE;

	sum += READ_ONCE(t->nr_frames) * GNTTAB_V1_PER_FRAME * sizeof(**t->active);
	sum += t->max_frames * (sizeof(*t->frame) + sizeof(*t->active)) +
		 status_frames(t->max_frames) * sizeof(*t->status);
	if (READ_ONCE(t->maptrack.chunk))
		sum += t->maptrack.max / GNTTAB_HANDLES_PER_FRAME * sizeof(*t->maptrack.chunk) +
			 READ_ONCE(t->maptrack.nr) * sizeof(struct gnttab_mapping);
	return sum;
}

static union grant_entry_v2 *entry_v2(struct gnttab *t, grant_ref_t ref)
{
	union grant_entry_v2 *frame = page_address(t->frame[ref / GNTTAB_V2_PER_FRAME]);

	return frame + ref % GNTTAB_V2_PER_FRAME;
}

static grant_status_t *status_word(struct gnttab *t, grant_ref_t ref)
{
	grant_status_t *frame = page_address(t->status[ref / GNTTAB_STATUS_PER_FRAME]);

	return frame + ref % GNTTAB_STATUS_PER_FRAME;
}

/**
 * gnttab_entry_of() - where the words of an entry are
 * @t: table
 * @ref: valid; its active entry is locked
 * @e: filled in
 */
void gnttab_entry_of(struct gnttab *t, grant_ref_t ref, struct gnttab_entry *e)
{
	e->version = READ_ONCE(t->version);
	if (e->version == 1) {
		struct grant_entry_v1 *v1 = gnttab_entry_v1(t, ref);

		e->head = (u32 *)v1;
		e->status = &v1->flags;
	} else {
		e->head = (u32 *)entry_v2(t, ref);
		e->status = status_word(t, ref);
	}
}

/**
 * gnttab_frame() - a frame of the table, to be mapped by the guest
 * @d: domain
 * @idx: number of the frame, from the guest, with bit 31 for a status frame; the table
 *	grows up to it
 *
 * Context: may sleep.
 * Return: the page with a reference, or ERR_PTR(): -EINVAL: there cannot be such a
 * frame, or not in this version; -ENOMEM; HYPERCALL_GOES_ON: to be called again.
 */
struct page *gnttab_frame(struct domain *d, u64 idx)
{
	struct gnttab *t = &d->grant;
	struct page *page = ERR_PTR(-EINVAL);
	bool status;
	int err = 0;

	mutex_lock(&t->lock);
	status = t->version == 2 && idx & STATUS_FRAME;
	if (status)
		idx &= ~STATUS_FRAME;
	if (idx >= (status ? status_frames(t->max_frames) : t->max_frames))
		goto out;
	if (status && idx >= t->nr_status)
		err = grow_locked(d, min_t(unsigned int, (idx + 1) * GNTTAB_FRAMES_PER_STATUS,
					   t->max_frames));
	else if (!status && idx >= t->nr_frames)
		err = grow_locked(d, idx + 1);
	if (err) {
		page = ERR_PTR(err);
		goto out;
	}
	page = status ? t->status[array_index_nospec(idx, t->nr_status)] :
			t->frame[array_index_nospec(idx, t->nr_frames)];
	get_page(page);
out:
	mutex_unlock(&t->lock);
	return page;
}

/**
 * gnttab_max_frames() - how many frames a domain's table may have
 * @d: any domain
 * @status: frames of status words
 *
 * Return: their number.
 */
unsigned int gnttab_max_frames(const struct domain *d, bool status)
{
	return status ? status_frames(d->grant.max_frames) : d->grant.max_frames;
}

/**
 * gnttab_seed() - grant a frame in one of the reserved entries
 * @d: being built
 * @ref: entry, below 8
 * @to: domain that may map it
 * @gfn: frame
 *
 * Return: 0 or -EINVAL.
 */
int gnttab_seed(struct domain *d, grant_ref_t ref, domid_t to, u64 gfn)
{
	struct grant_entry_v1 *entry;

	if (ref >= GNTTAB_NR_RESERVED || gfn >> 32 || d->grant.version != 1)
		return -EINVAL;
	entry = page_address(d->grant.frame[0]);
	entry += array_index_nospec(ref, GNTTAB_NR_RESERVED);
	WRITE_ONCE(entry->domid, to);
	WRITE_ONCE(entry->frame, gfn);
	smp_wmb();	/* the flags make it valid */
	WRITE_ONCE(entry->flags, GTF_permit_access);
	return 0;
}

/*
 * Change of version.
 */

/*
 * Several active entries at once, ascending.  Sparse, which cannot follow a number of
 * locks that is not constant, is told that nothing happened.
 */
static void lock_nested(struct gnttab_active *act, unsigned int subclass)
{
	raw_spin_lock_nested(&act->lock, subclass);
	__release(&act->lock);
}

static void unlock_nested(struct gnttab_active *act)
{
	__acquire(&act->lock);
	raw_spin_unlock(&act->lock);
}

static void lock_reserved(struct gnttab *t)
{
	unsigned int i;

	BUILD_BUG_ON(GNTTAB_NR_RESERVED > MAX_LOCKDEP_SUBCLASSES);
	local_irq_disable();
	for (i = 0; i < GNTTAB_NR_RESERVED; i++)
		lock_nested(&t->active[0][i], i);
}

static void unlock_reserved(struct gnttab *t)
{
	unsigned int i;

	for (i = GNTTAB_NR_RESERVED; i-- > 0;)
		unlock_nested(&t->active[0][i]);
	local_irq_enable();
}

/*
 * Is any entry in use that a change of version would lose?  changing is set.  Return: 0;
 * -EBUSY; HYPERCALL_GOES_ON: the vCPU is wanted elsewhere, and nothing has been changed.
 */
static int in_use_locked(struct vcpu *v, struct gnttab *t)
{
	unsigned int nr = t->nr_frames * GNTTAB_V1_PER_FRAME, i;
	struct gnttab_active *act;
	bool pinned = false;

	lockdep_assert_held(&t->lock);
	for (i = GNTTAB_NR_RESERVED; i < nr && !pinned; i++) {
		act = &t->active[i / GNTTAB_V1_PER_FRAME][i % GNTTAB_V1_PER_FRAME];
		raw_spin_lock_irq(&act->lock);
		pinned = gnttab_active_pinned(act);
		raw_spin_unlock_irq(&act->lock);
		if (!(i % GNTTAB_V1_PER_FRAME) && hypercall_must_stop(v))
			return HYPERCALL_GOES_ON;
	}
	return pinned ? -EBUSY : 0;
}

/* What the reserved entries say.  They are locked.  Return: 0 or -ERANGE. */
static int save_reserved(struct gnttab *t, struct reserved *saved, unsigned int to)
{
	const u16 shown = GTF_reading | GTF_writing;
	struct gnttab_entry e;
	unsigned int i;

	for (i = 0; i < GNTTAB_NR_RESERVED; i++, saved++) {
		gnttab_entry_of(t, i, &e);
		saved->head = gnttab_read32(e.head);
		if (e.version == 1) {
			saved->status = saved->head & shown;
			saved->head &= ~(u32)shown;
			saved->second = 0;
			saved->frame = gnttab_read32(e.head + 1);
			continue;
		}
		saved->status = READ_ONCE(*e.status) & shown;
		saved->second = gnttab_read32(e.head + 1);
		saved->frame = gnttab_read64((u64 *)e.head + 1);
		switch (saved->head & GTF_type_mask) {
		case GTF_permit_access:
			if (!(saved->head & GTF_sub_page) && !(saved->frame >> 32))
				break;
			fallthrough;
		case GTF_transitive:
			if (to == 1)
				return -ERANGE;
		}
	}
	return 0;
}

/* As they were, in the new version, which is that of the table already. */
static void restore_reserved(struct gnttab *t, const struct reserved *saved)
{
	struct gnttab_entry e;
	unsigned int i;
	u32 head;

	for (i = 0; i < GNTTAB_NR_RESERVED; i++, saved++) {
		gnttab_entry_of(t, i, &e);
		head = saved->head;
		if (e.version == 1) {
			WRITE_ONCE(e.head[1], (u32)saved->frame);
			head |= saved->status;
		} else {
			WRITE_ONCE(e.head[1], saved->second);
			WRITE_ONCE(((u64 *)e.head)[1], saved->frame);
			WRITE_ONCE(*e.status, saved->status);
		}
		smp_wmb();	/* the flags make it valid */
		WRITE_ONCE(*e.head, head);
	}
}

/* Everything but the reserved entries is zero in a version that begins. */
static void clear_rest(struct gnttab *t, size_t reserved)
{
	unsigned int i;

	for (i = 0; i < t->nr_frames; i++) {
		size_t skip = i ? 0 : reserved;

		memset(page_address(t->frame[i]) + skip, 0, PAGE_SIZE - skip);
		cond_resched();
	}
}

/* Version 1 has no status frames: where the guest has them they go. */
static void unmap_status_locked(struct domain *d)
{
	struct gnttab *t = &d->grant;
	enum ept_type type;
	struct page *page;
	unsigned int i;
	u64 gfn;

	for (i = 0; i < t->nr_status; i++) {
		gfn = READ_ONCE(page_private(t->status[i]));
		if (!gfn--)
			continue;
		page = ept_get_page(d, gfn, 0, &type);
		if (IS_ERR(page))
			continue;
		if (page == t->status[i])
			ept_remove(d, gfn, EPT_SPECIAL);
		put_page(page);
	}
}

/**
 * gnttab_set_version() - change the layout of the table
 * @v: own thread
 * @version: 1 or 2
 *
 * Reserved entries keep what they say, and their pins; all others are zero after.
 *
 * A call that stops begins from the start, so an event waits for one look at all
 * entries; only who wants the vCPU out of the guest does not.
 *
 * Context: may sleep.
 * Return: 0; -ENOSYS: it may not have that version; -EBUSY: an entry is in use;
 * -ERANGE: a reserved entry says what version 1 cannot; -ENOMEM; HYPERCALL_GOES_ON.
 */
int gnttab_set_version(struct vcpu *v, unsigned int version)
{
	struct reserved saved[GNTTAB_NR_RESERVED];
	struct domain *d = v->domain;
	struct gnttab *t = &d->grant;
	unsigned int i;
	int err = 0;

	if (version > t->max_version)
		return -ENOSYS;
	mutex_lock(&t->lock);
	if (t->version == version)
		goto out;
	if (version == 2) {
		err = grow_status_locked(d, t->nr_frames);
		if (err)
			goto out;
		for (i = 0; i < t->nr_status; i++)
			clear_page(page_address(t->status[i]));
	}
	/* Seen by whoever takes the lock of an entry after in_use_locked() did. */
	WRITE_ONCE(t->changing, true);
	err = in_use_locked(v, t);
	if (err)
		goto out_changing;
	lock_reserved(t);
	err = save_reserved(t, saved, version);
	if (!err) {
		memset(page_address(t->frame[0]), 0,
		       GNTTAB_NR_RESERVED * sizeof(union grant_entry_v2));
		WRITE_ONCE(t->version, version);
		restore_reserved(t, saved);
	}
	unlock_reserved(t);
	if (err)
		goto out_changing;
	clear_rest(t, GNTTAB_NR_RESERVED * (version == 1 ? sizeof(struct grant_entry_v1) :
							    sizeof(union grant_entry_v2)));
	if (version == 1)
		unmap_status_locked(d);
out_changing:
	/* Pairs with pin_once(): who sees this sees the version. */
	smp_store_release(&t->changing, false);
out:
	mutex_unlock(&t->lock);
	return err;
}

/* Two entries that nobody uses, locked, exchange what they say. */
static void swap_locked(struct gnttab *t, grant_ref_t a, grant_ref_t b)
{
	struct gnttab_entry ea, eb;
	u64 word[2][2] = {};
	unsigned int n, i;
	u16 status;

	gnttab_entry_of(t, a, &ea);
	gnttab_entry_of(t, b, &eb);
	n = ea.version == 1 ? 1 : 2;
	for (i = 0; i < n; i++) {
		word[0][i] = gnttab_read64((u64 *)ea.head + i);
		word[1][i] = gnttab_read64((u64 *)eb.head + i);
	}
	for (i = n; i-- > 0;) {
		WRITE_ONCE(((u64 *)ea.head)[i], word[1][i]);
		WRITE_ONCE(((u64 *)eb.head)[i], word[0][i]);
	}
	if (ea.version == 1)
		return;
	status = READ_ONCE(*ea.status);
	WRITE_ONCE(*ea.status, READ_ONCE(*eb.status));
	WRITE_ONCE(*eb.status, status);
}

/**
 * gnttab_swap() - exchange two entries
 * @d: own vCPU's
 * @a: any number
 * @b: any number
 *
 * Context: any but NMI.
 * Return: GNTST_okay; GNTST_bad_gntref; GNTST_eagain: one is in use; GNTTAB_SLEEP: a
 * change of version is under way.
 */
int gnttab_swap(struct domain *d, grant_ref_t a, grant_ref_t b)
{
	struct gnttab *t = &d->grant;
	struct gnttab_active *first, *second;
	unsigned long flags;
	int status;

	if (a > b)
		swap(a, b);
	first = gnttab_active_of(t, &a);
	second = gnttab_active_of(t, &b);
	if (!first || !second)
		return GNTST_bad_gntref;
	raw_spin_lock_irqsave(&first->lock, flags);
	if (first != second)
		lock_nested(second, SINGLE_DEPTH_NESTING);
	/* Pairs with gnttab_set_version(), as in pin_once(). */
	if (smp_load_acquire(&t->changing)) {
		status = GNTTAB_SLEEP;
	} else if (!gnttab_ref_valid(t, &b)) {
		status = GNTST_bad_gntref;
	} else if (first == second) {
		status = GNTST_okay;
	} else if (gnttab_active_pinned(first) || gnttab_active_pinned(second)) {
		status = GNTST_eagain;
	} else {
		swap_locked(t, a, b);
		status = GNTST_okay;
	}
	if (first != second)
		unlock_nested(second);
	raw_spin_unlock_irqrestore(&first->lock, flags);
	return status;
}

static int check(const struct xlhv_dom_create *c, char *text)
{
	return parts_too_large("max_grant_version", c->max_grant_version, 2, text) ||
	       parts_too_large("max_grant_frames", c->max_grant_frames, GRANT_MAX_FRAMES, text) ||
	       parts_too_large("max_maptrack_frames", c->max_maptrack_frames,
			       S32_MAX / GNTTAB_HANDLES_PER_FRAME, text) ? -EINVAL : 0;
}

static u64 frames(const struct domain *d)
{
	return READ_ONCE(d->grant.nr_frames) + READ_ONCE(d->grant.nr_status);
}

static u64 mapped(const struct domain *d)
{
	return READ_ONCE(d->grant.maptrack.used);
}

static u64 maps(const struct domain *d)
{
	return atomic64_read(&d->grant.nr_maps);
}

static u64 copies(const struct domain *d)
{
	return atomic64_read(&d->grant.nr_copies);
}

static u64 copied(const struct domain *d)
{
	return atomic64_read(&d->grant.copied);
}

static const struct domain_counter counters[] = {
	DOMAIN_COUNTER("grants.frames", "pages", frames, XLHV_STAT_GAUGE,
		       "pages of its grant table, status pages included"),
	DOMAIN_COUNTER("grants.mapped", "", mapped, XLHV_STAT_GAUGE, "grants that it has mapped"),
	DOMAIN_COUNTER("grants.maps", "", maps, 0, "grants that it mapped"),
	DOMAIN_COUNTER("grants.copies", "", copies, 0, "copies between grants"),
	DOMAIN_COUNTER("grants.copied", "bytes", copied, 0, "bytes of these copies"),
	{}
};

const struct domain_part gnttab_part = {
	.name = "grant",
	.check = check,
	.init = init,
	.close = close_domain,
	.free = free_domain,
	.bytes = bytes,
	.counters = counters,
	.host = true,
};
