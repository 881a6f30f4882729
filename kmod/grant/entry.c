// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state machine of a grant entry.  Pure: no lock, no lookup, no allocation; the
 * caller holds the lock of the active entry.
 *
 * Who writes what, in memory of the guest:
 *
 *	The guest fills in the frame and the user, and then the flags, which make the
 *	entry valid.  It takes the grant back by clearing the flags, but only while
 *	neither reading nor writing is shown.
 *
 *	We show reading while anybody uses the entry, writing while anybody may write.
 *	In version 1 both are bits of the flags: they are set together with a check
 *	that the entry is what it was, by a compare-and-swap of flags and user, so the
 *	guest's own compare-and-swap fails.  In version 2 they are in a word of their
 *	own: they are set first, then the entry is looked at again; the guest clears
 *	its flags first and then looks at the status, so one of the two sees the other.
 *
 * A guest that changes the entry all the time is refused after a few tries.
 *
 * The entry is believed when the first pin comes.  What it said of page and window is
 * remembered and counts until the last pin is gone; the guest's edits meanwhile have
 * no effect, except that the first pin for writing needs the entry to grant that.
 * (Xen then looks at read-only alone: there, a grant for reading that a version 2
 * guest has taken back, but that is in use, can be mapped for writing.)
 *
 * The bits are cleared, in one locked operation, when the last pin of that kind goes,
 * after the data was moved or the mapping is out of every TLB.
 */
#include <linux/bug.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <asm/barrier.h>
#include <asm/page.h>

#include "grant/entry.h"
#include "grant/shared_words.h"

/* How often a guest may change an entry while we look. */
#define TRIES	5

static int show_v1(const struct gnttab_entry *e, const struct gnttab_request *request, u32 *head)
{
	unsigned int tries;

	*head = gnttab_read32(e->head);
	for (tries = 0; tries < TRIES; tries++) {
		if (!gnttab_head_allows(*head, request))
			return GNTST_general_error;
		if (gnttab_try_cmpxchg(e->head, head, *head | gnttab_shown(request->write)))
			return GNTST_okay;
	}
	return GNTST_general_error;
}

static int show_v2(const struct gnttab_active *act, const struct gnttab_entry *e,
		   const struct gnttab_request *request, u32 *head)
{
	if (!gnttab_head_allows(gnttab_read32(e->head), request))
		return GNTST_general_error;
	/* A full barrier: the guest sees this, or we see below what it did before. */
	gnttab_set_bits(e->status, gnttab_shown(request->write));
	*head = gnttab_read32(e->head);
	if (gnttab_head_allows(*head, request))
		return GNTST_okay;
	gnttab_entry_abort(act, e, request->write);
	return GNTST_general_error;
}

/**
 * gnttab_entry_begin() - may somebody use an entry?
 * @act: what is remembered of it, locked
 * @e: its words
 * @request: who and how
 * @head: flags and user as they were believed; written if nobody uses it yet
 *
 * On success the guest sees the use, and gnttab_entry_pin() or gnttab_entry_abort()
 * has to follow.
 *
 * Return: GNTST_okay; GNTST_general_error: not granted, not in this way, in use by
 * another domain, too many pins, or the guest keeps changing it.
 */
int gnttab_entry_begin(const struct gnttab_active *act, const struct gnttab_entry *e,
		       const struct gnttab_request *request, u32 *head)
{
	bool pinned = gnttab_active_pinned(act);

	if (pinned && (act->domid != request->domid || (request->map && act->sub_page) ||
		       (request->write ? act->writers : act->readers) >= GNTTAB_MAX_PINS))
		return GNTST_general_error;
	/* Shown already as it has to be. */
	if (pinned && (!request->write || act->writers))
		return GNTST_okay;
	return e->version == 1 ? show_v1(e, request, head) : show_v2(act, e, request, head);
}

/**
 * gnttab_entry_target() - what an entry grants, read once
 * @e: its words
 * @head: as gnttab_entry_begin() believed it
 * @target: filled in
 */
void gnttab_entry_target(const struct gnttab_entry *e, u32 head, struct gnttab_target *target)
{
	const u64 *second = (const u64 *)e->head + 1;
	u32 window;

	target->start = 0;
	target->length = PAGE_SIZE;
	target->sub_page = false;
	if (e->version == 1) {
		target->gfn = gnttab_read32(e->head + 1);
		return;
	}
	target->gfn = gnttab_read64(second);
	if (!(gnttab_head_flags(head) & GTF_sub_page))
		return;
	window = gnttab_read32(e->head + 1);
	target->sub_page = true;
	target->start = min_t(u32, window & 0xffff, PAGE_SIZE);
	target->length = min_t(u32, window >> 16, PAGE_SIZE - target->start);
}

/**
 * gnttab_entry_pin() - count a use that gnttab_entry_begin() allowed
 * @act: locked
 * @request: the same
 * @target: of the first pin; NULL for others
 * @page: of the first pin, whose reference is @act's from now on
 */
void gnttab_entry_pin(struct gnttab_active *act, const struct gnttab_request *request,
		      const struct gnttab_target *target, struct page *page)
{
	if (target) {
		act->page = page;
		act->domid = request->domid;
		act->start = target->start;
		act->length = target->length;
		act->sub_page = target->sub_page;
	}
	if (request->write)
		act->writers++;
	else
		act->readers++;
}

/**
 * gnttab_entry_abort() - the use that gnttab_entry_begin() showed does not come about
 * @act: locked
 * @e: its words
 * @write: it was for writing
 *
 * What other pins justify stays.
 */
void gnttab_entry_abort(const struct gnttab_active *act, const struct gnttab_entry *e, bool write)
{
	u16 clear = 0;

	if (write && !act->writers)
		clear |= GTF_writing;
	if (!gnttab_active_pinned(act))
		clear |= GTF_reading;
	if (clear)
		gnttab_clear_bits(e->status, clear);
}

/**
 * gnttab_entry_unpin() - a use is over
 * @act: locked, with a pin of that kind
 * @e: its words
 * @write: it was for writing
 *
 * Return: the page, with the reference that was @act's, if it was the last; or NULL.
 */
struct page *gnttab_entry_unpin(struct gnttab_active *act, const struct gnttab_entry *e,
				bool write)
{
	struct page *page = NULL;

	if (WARN_ON_ONCE(!(write ? act->writers : act->readers)))
		return NULL;
	if (write)
		act->writers--;
	else
		act->readers--;
	gnttab_entry_abort(act, e, write);
	if (!gnttab_active_pinned(act)) {
		page = act->page;
		act->page = NULL;
	}
	return page;
}
