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
#define SLACK		64		/* pages that are on their way at the moment */
#define MARK		0x600d0000U

static u8 *pin_page;
static u32 next_ref = FIRST_REF, told;
static u64 room, kept, proven;

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
	if (seen > room + NR_SAND + SLACK && !__atomic_fetch_or(&told, 1, __ATOMIC_SEQ_CST))
		test_failed("FOUND %llu pages are kept, there was room for %llu",
			    (unsigned long long)seen, (unsigned long long)room);
}

void pin(struct fuzz *f)
{
	u32 n = below(f, 4) ? below(f, 200) : below(f, 4000), ref;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	struct gnttab_map_grant_ref m;
	xen_pfn_t gfn = (unsigned long)pin_page >> PAGE_SHIFT;

	set_xen_guest_handle(r.extent_start, &gfn);
	while (n--) {
		ref = __atomic_fetch_add(&next_ref, 1, __ATOMIC_SEQ_CST);
		if (ref >= NR_REFS)
			break;
		probe_write32(pin_page, MARK | ref);
		grant_page(ref, xen.domid, pin_page, false);
		m = (struct gnttab_map_grant_ref){
			.host_addr = (PIN_GFN + ref) << PAGE_SHIFT,
			.flags = GNTMAP_host_map,
			.ref = ref,
			.dom = below(f, 2) ? DOMID_SELF : xen.domid,
		};
		/* Handles are not kept: what was mapped stays so. */
		grant_op(GNTTABOP_map_grant_ref, &m, 1);
		memory_op(XENMEM_decrease_reservation, &r);
		if (memory_op(XENMEM_populate_physmap, &r) != 1)
			break;
		if (m.status == GNTST_okay)
			__atomic_fetch_add(&kept, 1, __ATOMIC_SEQ_CST);
	}
	/* Reading takes a while: only if it could be, and not for each page more. */
	if (kept > proven + room + NR_SAND + SLACK) {
		proven = kept;
		prove(next_ref < NR_REFS ? next_ref : NR_REFS);
	}
}

void pins_setup(void)
{
	domid_t self = DOMID_SELF;
	long most = memory_op(XENMEM_maximum_reservation, &self);
	long now = memory_op(XENMEM_current_reservation, &self);

	pin_page = page_alloc(1);
	room = most > now && now > 0 ? most - now : 0;
}
