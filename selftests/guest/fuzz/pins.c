// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that are granted to ourselves, mapped, and given back: they are kept for the mapping, and
 * are the domain's as long as they are kept.
 *
 * Each is marked with its reference before it goes. The marks that can be read where the grants are
 * mapped prove how much memory there is besides what the guest has, touched or not: at most what it
 * did not have in the beginning, and what others of its calls have given back.
 */
#include "rough.h"

#include <xen/memory.h>

#define PIN_GFN		0xd0000UL	/* where granted pages are put: no RAM */
#define FIRST_REF	64		/* below are those of the other calls */
#define NR_REFS		(NR_FRAMES * (PAGE_SIZE / sizeof(*grant_table)))
#define NR_PAGES	128		/* that go and come back together: one grace period */
#define SLACK		64		/* pages that are on their way at the moment */
#define MARK		0x600d0000U

static u8 *pin_pages;
static u32 next_ref = FIRST_REF, absent, told;
static volatile u32 pinning;
static u64 room, kept, proven;

/* What it did not have at first, and what it may have given back since. */
static u64 allowed(void)
{
	return room + NR_SAND + NR_PAGES + SLACK;
}

/* How many pages there are in excess, seen by their marks: each page has one. */
static void prove(u32 refs)
{
	u64 seen = 0;
	u32 ref, mark;
	void *at;

	for (ref = FIRST_REF; ref < refs; ref++) {
		at = (void *)((PIN_GFN + ref) << PAGE_SHIFT);
		if (probe_read32(at, &mark).vector == NO_FAULT && mark == (MARK | ref))
			seen++;
	}
	if (seen > allowed() && !__atomic_fetch_or(&told, 1, __ATOMIC_SEQ_CST))
		test_failed("FOUND %llu pages are kept, there was room for %llu",
			    (unsigned long long)seen, (unsigned long long)room);
}

/* Return: how many of the pages from @first on have gone, or are there. */
static u32 change(u32 cmd, u32 first)
{
	static xen_pfn_t gfn[NR_PAGES];
	struct xen_memory_reservation r = { .nr_extents = NR_PAGES - first, .domid = DOMID_SELF };
	u32 i;
	long rc;

	for (i = first; i < NR_PAGES; i++)
		gfn[i] = ((unsigned long)pin_pages >> PAGE_SHIFT) + i;
	set_xen_guest_handle(r.extent_start, gfn + first);
	rc = memory_op(cmd, &r);
	return rc < 0 ? 0 : rc;
}

/* Return: more of that may be tried. */
static bool pin_some(struct fuzz *f)
{
	static struct gnttab_map_grant_ref map[NR_PAGES];
	u32 first = next_ref, i;

	if (absent)
		absent -= change(XENMEM_populate_physmap, NR_PAGES - absent);
	if (absent || first + NR_PAGES > NR_REFS)
		return false;
	next_ref += NR_PAGES;
	for (i = 0; i < NR_PAGES; i++) {
		probe_write32(pin_pages + i * PAGE_SIZE, MARK | (first + i));
		grant_page(first + i, xen.domid, pin_pages + i * PAGE_SIZE, false);
		map[i] = (struct gnttab_map_grant_ref){
			.host_addr = (PIN_GFN + first + i) << PAGE_SHIFT,
			.flags = GNTMAP_host_map,
			.ref = first + i,
			.dom = below(f, 2) ? DOMID_SELF : xen.domid,
		};
	}
	/* Handles are not kept: what was mapped stays so. */
	grant_op(GNTTABOP_map_grant_ref, map, NR_PAGES);
	change(XENMEM_decrease_reservation, 0);
	absent = NR_PAGES - change(XENMEM_populate_physmap, 0);
	kept += NR_PAGES - absent;
	return !absent;
}

void pin(struct fuzz *f)
{
	u32 n = 1 + below(f, below(f, 4) ? 4 : 40);

	if (!cmpxchg32(&pinning, 0, 1))
		return;
	while (n-- && pin_some(f))
		;
	/* Reading takes a while: only if it could be, and not for each page more. */
	if (kept > proven + allowed()) {
		proven = kept;
		prove(next_ref);
	}
	__atomic_store_n(&pinning, 0, __ATOMIC_SEQ_CST);
}

void pins_setup(void)
{
	domid_t self = DOMID_SELF;
	long most = memory_op(XENMEM_maximum_reservation, &self);
	long now = memory_op(XENMEM_current_reservation, &self);

	pin_pages = page_alloc(NR_PAGES);
	room = most > now && now > 0 ? most - now : 0;
}
