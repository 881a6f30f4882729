// SPDX-License-Identifier: GPL-2.0-only
/* memory_op: memory that comes, goes and moves. */
#include "giving-way.h"

xen_pfn_t *gfns;
static unsigned long first;	/* PAGES pages that may come and go */

void gfns_fill(void)
{
	unsigned int i;

	if (!gfns) {
		gfns = pages_for(PAGES * sizeof(*gfns));
		first = page_alloc_untouched(PAGES, PAGE_SIZE) >> PAGE_SHIFT;
	}
	for (i = 0; i < PAGES; i++) {
		gfns[i] = first + i;
		WRITE_ONCE(*(u32 *)((first + i) << PAGE_SHIFT), i + 1);
	}
}

long reservation(unsigned int cmd, xen_pfn_t *list, unsigned long n, unsigned int order)
{
	struct xen_memory_reservation r = { .nr_extents = n, .extent_order = order,
					    .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, list);
	return memory_op(cmd, &r);
}

long pages_now(void)
{
	domid_t d = DOMID_SELF;

	return memory_op(XENMEM_current_reservation, &d);
}

static u32 word_of(unsigned long gfn)
{
	return READ_ONCE(*(volatile u32 *)(gfn << PAGE_SHIFT));
}

void reservations(void)
{
	long before = pages_now(), rc;

	gfns_fill();
	interrupts_begin();
	rc = reservation(XENMEM_decrease_reservation, gfns, PAGES, 0);
	interrupts_end("decrease", 5, WAIT_FREED);
	expect_rc(rc, PAGES, "decrease");
	expect_rc(pages_now(), before - PAGES, "pages after it");
	interrupts_begin();
	rc = reservation(XENMEM_populate_physmap, gfns, PAGES, 0);
	interrupts_end("populate", 5, WAIT_FREED);
	expect_rc(rc, PAGES, "populate");
	expect_rc(pages_now(), before, "pages after that");
	/* a start that the guest names still counts */
	rc = reservation(XENMEM_decrease_reservation | (PAGES - 10) << 6, gfns, PAGES, 0);
	expect_rc(rc, PAGES, "decrease of the last ten");
	expect_rc(pages_now(), before - 10, "pages after that");
	expect_rc(reservation(XENMEM_populate_physmap, &gfns[PAGES - 10], 10, 0), 10, "and back");
	/* what cannot be done ends it with the number that was */
	expect_rc(reservation(XENMEM_decrease_reservation, &gfns[PAGES - 100], 1, 0), 1, "one");
	interrupts_begin();
	rc = reservation(XENMEM_decrease_reservation, gfns, PAGES, 0);
	interrupts_end("decrease that ends", 5, WAIT_FREED);
	expect_rc(rc, PAGES - 100, "decrease that meets a hole");
	expect_rc(reservation(XENMEM_populate_physmap, gfns, PAGES - 99, 0), PAGES - 99, "back");
	expect_rc(pages_now(), before, "pages at the end");
}

/* Extents of 2 MiB, outside of the memory map: there is none without its memory. */
void large_extents(void)
{
	enum { N = PAGES / 512 };
	xen_pfn_t at[N];
	long before = pages_now(), rc;
	unsigned int i;

	gfns_fill();
	expect_rc(reservation(XENMEM_decrease_reservation, gfns, N * 512, 0), N * 512, "room");
	for (i = 0; i < N; i++)
		at[i] = HOLE_GFN + 512 * i;
	interrupts_begin();
	rc = reservation(XENMEM_populate_physmap, at, N, 9);
	interrupts_end("populate, order 9", 2, WAIT_2M);
	expect_rc(rc, N, "populate");
	expect_rc(pages_now(), before, "pages after it");
	expect_eq(word_of(at[N - 1] + 511), 0, "the last word");
	interrupts_begin();
	rc = reservation(XENMEM_decrease_reservation, at, N, 9);
	interrupts_end("decrease, order 9", 2, WAIT_2M);
	expect_rc(rc, N, "decrease");
	expect_rc(reservation(XENMEM_populate_physmap, gfns, N * 512, 0), N * 512, "back");
	expect_rc(pages_now(), before, "pages at the end");
}

void moves(void)
{
	struct xen_add_to_physmap range = { .domid = DOMID_SELF, .size = PAGES,
					    .space = XENMAPSPACE_gmfn_range, .gpfn = HOLE_GFN };
	struct xen_add_to_physmap_batch batch = { .domid = DOMID_SELF, .space = XENMAPSPACE_gmfn,
						  .size = PAGES };
	xen_ulong_t *idxs = pages_for(PAGES * sizeof(*idxs));
	int *errs = pages_for(PAGES * sizeof(*errs));
	unsigned int i, good = 0;
	long before, rc;

	gfns_fill();
	before = pages_now();
	range.idx = first;
	interrupts_begin();
	rc = memory_op(XENMEM_add_to_physmap, &range);
	interrupts_end("add_to_physmap of a range", 5, WAIT_SHORT);
	expect_rc(rc, 0, "range");
	for (i = 0; i < PAGES; i++)
		good += word_of(HOLE_GFN + i) == i + 1;
	expect_eq(good, PAGES, "pages with their words at the new place");
	for (i = 0; i < PAGES; i++) {
		idxs[i] = HOLE_GFN + i;
		errs[i] = 77;
	}
	set_xen_guest_handle(batch.idxs, idxs);
	set_xen_guest_handle(batch.gpfns, gfns);
	set_xen_guest_handle(batch.errs, errs);
	interrupts_begin();
	rc = memory_op(XENMEM_add_to_physmap_batch, &batch);
	interrupts_end("add_to_physmap_batch", 5, WAIT_SHORT);
	expect_rc(rc, 0, "batch");
	for (good = 0, i = 0; i < PAGES; i++)
		good += !errs[i] && word_of(first + i) == i + 1;
	expect_eq(good, PAGES, "pages with their words where they were");
	expect_rc(pages_now(), before, "pages");
}
