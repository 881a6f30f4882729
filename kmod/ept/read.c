// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory for who looks at all of it: the pages that are there, in the order of their
 * gfns.  RAM without a frame reads as zeroes and gets none by being passed over.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "ept/internal.h"

/* Entries that are looked at in one call, whether or not something is there. */
#define LOOKS	65536

/* One look.  Return: the page with a reference, NULL if none is to be shown; *gfn is passed. */
static struct page *next_page(const struct ept *ept, u64 *gfn)
{
	struct page *page = NULL;
	struct ept_pos pos;

	rcu_read_lock();
	if (!ept_walk(ept, *gfn, 1, &pos)) {
		*gfn = XLHV_NO_GFN;
	} else if (!ept_entry_present(pos.entry)) {
		*gfn |= BIT_ULL(EPT_LEVEL_ORDER(pos.level)) - 1;
		++*gfn;
	} else {
		/* What another domain granted is not this one's to show. */
		if (!ept_type_is_grant(ept_entry_type(pos.entry))) {
			page = ept_pos_page(&pos, *gfn);
			get_page(page);
		}
		++*gfn;
	}
	rcu_read_unlock();
	return page;
}

/**
 * ept_read_pages() - the next pages that are there
 * @d: not being freed
 * @gfn: first that is looked at; then where to go on, XLHV_NO_GFN at the end
 * @pages: receives them
 * @most: room there
 *
 * Vcpus that run change what is read, and where.
 *
 * Context: may sleep; a bounded time, however much there is.
 * Return: how many; fewer than there is room for do not mean the end.
 */
unsigned int ept_read_pages(struct domain *d, u64 *gfn, struct xlhv_page *pages, unsigned int most)
{
	unsigned int nr = 0, looks;
	struct page *page;
	u64 at;

	for (looks = 0; looks < LOOKS && nr < most && *gfn != XLHV_NO_GFN; looks++) {
		at = *gfn;
		page = next_page(&d->ept, gfn);
		cond_resched();
		if (!page)
			continue;
		pages[nr].gfn = at;
		memcpy(pages[nr].data, page_address(page), PAGE_SIZE);
		put_page(page);
		nr++;
	}
	return nr;
}
