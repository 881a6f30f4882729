// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a guest has no more of the host's memory than it may have, whatever it gives
 * back and however its pages lie about. What it gave back counts as long as anybody
 * still holds it; a page that goes from place to place leaves no tables behind; and
 * pages that stay in places of their own are refused once they need too many tables.
 *
 * Why: memory that is nobody's is how a small guest wakes the host's OOM killer.
 * Pages that others granted are no arguments of hypercalls, as on Xen: a copy could
 * come after they were taken back.
 */
#include "guest.h"
#include "peer.h"

#include <xen/memory.h>
#include <xen/version.h>

#define REF		10
#define NR_HELD		64
#define FAR_GFN		0x400000UL	/* 16 GiB */
#define STEP		512		/* one page for each table */
#define NR_PLACES	20000
#define NR_HANDLES	1024		/* max_maptrack_frames=4 */
#define ELSEWHERE	(500 * STEP)	/* by a table that is there already */
#define USES		100		/* of one entry, below what it may have */
/* 64, a table for each MiB of memory, and those of the mappings in a row: 4 and few. */
#define MOST_TABLES	(64 + 40 + 8)

static u8 *page;

static long reservation(unsigned int cmd, xen_pfn_t *gfns, unsigned long n)
{
	struct xen_memory_reservation r = { .nr_extents = n, .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, gfns);
	return memory_op(cmd, &r);
}

static long count(unsigned int cmd)
{
	domid_t self = DOMID_SELF;

	return memory_op(cmd, &self);
}

static s16 map_at(unsigned int ref, u64 gfn, u32 *handle)
{
	struct gnttab_map_grant_ref m = { .host_addr = gfn << PAGE_SHIFT,
					  .flags = GNTMAP_host_map | GNTMAP_readonly,
					  .ref = ref, .dom = xen.domid, .status = 77 };

	expect_rc(grant_op(GNTTABOP_map_grant_ref, &m, 1), 0, "map_grant_ref call");
	*handle = m.handle;
	return m.status;
}

static s16 unmap_at(u64 gfn, u32 handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = gfn << PAGE_SHIFT, .handle = handle,
					    .status = 77 };

	expect_rc(grant_op(GNTTABOP_unmap_grant_ref, &u, 1), 0, "unmap_grant_ref call");
	return u.status;
}

/* Given back while it is mapped: gone from where it was, but still there. */
static void held_by_a_mapping(void)
{
	static xen_pfn_t gfns[NR_HELD];
	static u32 handle[NR_HELD];
	u8 *first = page_alloc(NR_HELD);
	long most = count(XENMEM_maximum_reservation), room, had;
	unsigned int i;

	had = count(XENMEM_current_reservation);
	room = most - had;
	for (i = 0; i < NR_HELD; i++) {
		u8 *p = first + i * PAGE_SIZE;

		WRITE_ONCE(*(u32 *)p, i + 1);
		gfns[i] = (unsigned long)p >> PAGE_SHIFT;
		grant_page(REF + i, xen.domid, p, false);
		require(map_at(REF + i, MAP_GFN + i, &handle[i]) == GNTST_okay, "map");
	}
	expect_rc(reservation(XENMEM_decrease_reservation, gfns, NR_HELD), NR_HELD, "decrease");
	expect_eq(READ_ONCE(*(u32 *)(first + PAGE_SIZE)), 0xffffffff, "where a page was");
	for (i = 0; i < NR_HELD; i++)
		if (!expect_eq(READ_ONCE(*(u32 *)map_address(i)), i + 1, "page %u, mapped", i))
			break;
	/* so many as were free before, and not one more */
	expect_rc(reservation(XENMEM_populate_physmap, gfns, NR_HELD),
		  room < NR_HELD ? room : NR_HELD, "populate");
	expect_rc(count(XENMEM_current_reservation),
		  had + (room < NR_HELD ? room : NR_HELD), "pages, with those that are held");
	expect_rc(reservation(XENMEM_decrease_reservation, gfns, room < NR_HELD ? room : NR_HELD),
		  room < NR_HELD ? room : NR_HELD, "those back");
	for (i = 0; i < NR_HELD; i++)
		expect_rc(unmap_at(MAP_GFN + i, handle[i]), GNTST_okay, "unmap %u", i);
	expect_rc(reservation(XENMEM_populate_physmap, gfns, NR_HELD), NR_HELD,
		  "populate, once nobody has them");
	expect_rc(count(XENMEM_current_reservation), had, "pages at the end");
	for (i = 0; i < NR_HELD; i++)
		if (!expect_eq(READ_ONCE(*(u32 *)(first + i * PAGE_SIZE)), 0, "page %u", i) ||
		    !expect(grant_revoke(REF + i), "revoke %u", i))
			break;
}

/* Again and again, faster than the host can have the pages back. */
static void back_and_forth(void)
{
	xen_pfn_t gfn = (unsigned long)page_alloc(1) >> PAGE_SHIFT;
	unsigned int i;

	for (i = 0; i < 500; i++) {
		WRITE_ONCE(*(u32 *)(gfn << PAGE_SHIFT), i);
		if (!expect_rc(reservation(XENMEM_decrease_reservation, &gfn, 1), 1,
			       "decrease %u", i) ||
		    !expect_rc(reservation(XENMEM_populate_physmap, &gfn, 1), 1,
			       "populate %u", i))
			break;
	}
}

/* One page in many places: 80 MiB of tables, if they stayed. */
static void from_place_to_place(void)
{
	unsigned int i;

	for (i = 0; i < NR_PLACES; i++)
		if (!expect_rc(physmap_add(XENMAPSPACE_shared_info, 0, FAR_GFN + i * STEP), 0,
			       "place %u", i))
			break;
	expect_rc(shared_info_map(), 0, "and home");
}

/* A page in each of many places, where they all stay. */
static void places_of_their_own(void)
{
	static u32 handle[NR_HANDLES];
	unsigned int i, n;
	s16 status = 0;
	u32 h;

	for (i = 0; i <= NR_HANDLES / USES; i++)
		grant_page(REF + i, xen.domid, page, false);
	for (n = 0; n < NR_HANDLES; n++) {
		status = map_at(REF + n / USES, FAR_GFN + n * STEP, &handle[n]);
		if (status)
			break;
	}
	expect(n > 16 && n <= MOST_TABLES, "%u mappings that need a table each", n);
	expect_rc(status, GNTST_general_error, "the first that was refused");
	/* beside another there is room, elsewhere when one has gone */
	expect_rc(map_at(REF + n / USES, FAR_GFN + 1, &h), GNTST_okay, "beside another");
	expect_rc(unmap_at(FAR_GFN + 1, h), GNTST_okay, "unmap of it");
	require(n, "no mapping");
	n--;
	expect_rc(unmap_at(FAR_GFN + n * STEP, handle[n]), GNTST_okay, "unmap of one");
	expect_rc(map_at(REF, FAR_GFN + ELSEWHERE, &h), GNTST_okay, "map elsewhere");
	expect_rc(unmap_at(FAR_GFN + ELSEWHERE, h), GNTST_okay, "unmap of that");
	while (n--)
		expect_rc(unmap_at(FAR_GFN + n * STEP, handle[n]), GNTST_okay, "unmap of %u", n);
	for (i = 0; i <= NR_HANDLES / USES; i++)
		expect(grant_revoke(REF + i), "revoke of %u", REF + i);
}

/* Memory of its own, in such places. */
static void memory_here_and_there(void)
{
	unsigned long first = page_alloc_untouched(512, PAGE_SIZE) >> PAGE_SHIFT;
	unsigned int i, n;
	xen_pfn_t gfn;

	for (i = 0; i < 512; i++) {
		gfn = first + i;
		require(reservation(XENMEM_decrease_reservation, &gfn, 1) == 1, "decrease");
	}
	for (n = 0; n < 512; n++) {
		gfn = FAR_GFN + n * STEP;
		if (reservation(XENMEM_populate_physmap, &gfn, 1) != 1)
			break;
	}
	expect(n > 16 && n <= MOST_TABLES, "%u pages that need a table each", n);
	while (n--) {
		gfn = FAR_GFN + n * STEP;
		expect_rc(reservation(XENMEM_decrease_reservation, &gfn, 1), 1, "page %u back", n);
	}
	for (i = 0; i < 512; i++) {
		gfn = first + i;
		if (!expect_rc(reservation(XENMEM_populate_physmap, &gfn, 1), 1, "populate %u", i))
			break;
	}
}

/* What another domain granted is not for the host to read and write. */
static void arguments(void)
{
	struct xen_domid { domid_t domid; } *there = map_address(0);
	u32 h;

	((struct xen_domid *)page)->domid = DOMID_SELF;
	grant_page(REF, xen.domid, page, false);
	expect(memory_op(XENMEM_current_reservation, page) > 0, "an argument in a page");
	require(grant_map(xen.domid, REF, 0, false, &h) == GNTST_okay, "map");
	expect_eq(READ_ONCE(there->domid), DOMID_SELF, "the same through the mapping");
	expect_rc(memory_op(XENMEM_current_reservation, there), -XEN_EFAULT,
		  "an argument in a mapped page");
	expect_rc(xen_version_op(XENVER_extraversion, there), -XEN_EFAULT, "a result in one");
	expect_eq(READ_ONCE(there->domid), DOMID_SELF, "the page after that");
	expect_rc(grant_unmap(0, h), GNTST_okay, "unmap");
	expect(grant_revoke(REF), "revoke");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	grants_init();
	page = page_alloc(1);
}

TEST_CASES = {
	{ "given back while it is mapped", held_by_a_mapping },
	{ "given back and taken again, fast", back_and_forth },
	{ "from place to place", from_place_to_place },
	{ "places of their own", places_of_their_own },
	{ "memory here and there", memory_here_and_there },
	{ "pages of others as arguments", arguments },
	TEST_CASES_END
};
