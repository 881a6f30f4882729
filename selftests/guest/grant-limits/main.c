// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: at the limits of a grant table (frames, mappings, uses of an entry), and
 * where a call is given a bad address, each operation answers as on Xen, and what
 * it refused leaves nothing behind: no use of the entry, no handle, no place taken.
 *
 * Why: a pin that an error path forgets keeps a frontend's page for ever, one
 * dropped twice frees it under its user (XSA-224, -316, -318, -380).
 */
#include "guest.h"
#include "peer.h"

#define NOBODY		0x7abc
#define NR_HANDLES	256	/* max_maptrack_frames=1 */
#define MAX_USES	128
#define REF		10	/* and the next three */

static u8 *page;
static unsigned long ram_end;	/* the first byte behind all RAM */

static void nothing_in_use(const char *when)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		expect_eq(grant_in_use(REF + i), 0, "%s: entry %u in use", when, REF + i);
}

static s16 map_at(unsigned int ref, u64 addr, u32 flags, u32 *handle)
{
	struct gnttab_map_grant_ref m = { .host_addr = addr, .flags = flags, .ref = ref,
					  .dom = xen.domid, .status = 77 };

	expect_rc(grant_op(GNTTABOP_map_grant_ref, &m, 1), 0, "map_grant_ref call");
	*handle = m.handle;
	return m.status;
}

static s16 unmap_at(u64 addr, u64 bus, u32 handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = addr, .dev_bus_addr = bus,
					    .handle = handle, .status = 77 };

	expect_rc(grant_op(GNTTABOP_unmap_grant_ref, &u, 1), 0, "unmap_grant_ref call");
	return u.status;
}

static u64 place(unsigned int n)
{
	return (u64)(unsigned long)map_address(n);
}

static void all_handles(void)
{
	static u32 handle[NR_HANDLES];
	unsigned int i;
	u32 h;

	for (i = 0; i < NR_HANDLES; i++) {
		/* 100 for each of three entries: below what one may have */
		s16 st = grant_map(xen.domid, REF + i / 100, i, true, &handle[i]);

		if (!expect_rc(st, GNTST_okay, "map %u", i))
			return;
	}
	/* of an entry that nobody uses: it must not be in use after */
	expect_rc(map_at(REF + 3, ram_end + PAGE_SIZE, GNTMAP_host_map, &h), GNTST_no_space,
		  "one map too many");
	expect_eq(grant_in_use(REF + 3), 0, "entry %u after that", REF + 3);
	expect(grant_revoke(REF + 3), "revoke of it");
	grant_page(REF + 3, xen.domid, page, false);
	expect_rc(grant_unmap(7, handle[7]), GNTST_okay, "unmap of one");
	expect_rc(map_at(REF + 3, place(7), GNTMAP_host_map, &h), GNTST_okay,
		  "map with its handle");
	expect_eq(h, handle[7], "the one handle that is free");
	expect_rc(unmap_at(place(7), 0, h), GNTST_okay, "unmap");
	for (i = 0; i < NR_HANDLES; i++)
		if (i != 7 &&
		    !expect_rc(grant_unmap(i, handle[i]), GNTST_okay, "unmap of %u", i))
			break;
	nothing_in_use("all unmapped");
}

static void all_uses(void)
{
	static u32 handle[MAX_USES];
	u8 byte[16] __aligned(16);
	unsigned int i;
	u32 h;

	for (i = 0; i < MAX_USES; i++)
		if (!expect_rc(grant_map(xen.domid, REF, i, true, &handle[i]), GNTST_okay,
			       "map %u", i))
			return;
	expect_rc(grant_map(xen.domid, REF, i, true, &h), GNTST_general_error,
		  "use 129 for reading");
	expect_rc(grant_copy_from(byte, xen.domid, REF, 0, 1), GNTST_general_error,
		  "a copy beside them");
	/* another kind of use has a count of its own */
	expect_rc(grant_map(xen.domid, REF, i, false, &h), GNTST_okay, "a use for writing");
	expect_eq(grant_in_use(REF), GTF_reading | GTF_writing, "bits");
	expect_rc(grant_unmap(i, h), GNTST_okay, "unmap of that");
	expect_eq(grant_in_use(REF), GTF_reading, "bits after it");
	expect_rc(grant_unmap(0, handle[0]), GNTST_okay, "unmap of one");
	expect_rc(grant_copy_from(byte, xen.domid, REF, 0, 1), GNTST_okay, "a copy then");
	for (i = 1; i < MAX_USES; i++)
		expect_rc(grant_unmap(i, handle[i]), GNTST_okay, "unmap of %u", i);
	nothing_in_use("all unmapped");
}

/* Each thing that can be wrong with a map, found before or after the entry is in use. */
static void failed_maps(void)
{
	static const u32 modes[] = { 0, GNTMAP_readonly, GNTMAP_device_map,
				     GNTMAP_host_map | GNTMAP_device_map,
				     GNTMAP_host_map | GNTMAP_application_map,
				     GNTMAP_host_map | GNTMAP_contains_pte,
				     GNTMAP_host_map | 0x20, GNTMAP_host_map | 0x10000 };
	u64 bad[] = { place(0) + 8, 1ULL << 52, ~0xfffULL, 1ULL << 63 };
	unsigned int i;
	u32 h, again;
	s16 st;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		st = map_at(REF, place(0), modes[i], &h);
		expect_rc(st, modes[i] & (GNTMAP_host_map | GNTMAP_device_map) ?
				      GNTST_general_error : GNTST_bad_gntref, "flags %#x",
			  modes[i]);
		nothing_in_use("refused flags");
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		expect_rc(map_at(REF, bad[i], GNTMAP_host_map, &h), GNTST_general_error,
			  "host_addr %#llx", (unsigned long long)bad[i]);
		nothing_in_use("refused address");
	}
	expect_rc(map_at(512 * 2, place(0), GNTMAP_host_map, &h), GNTST_bad_gntref,
		  "the reference behind the last frame");
	expect_rc(map_at(511, place(0), GNTMAP_host_map, &h), GNTST_general_error,
		  "the last reference of a frame");
	/* where a grant is mapped already */
	expect_rc(map_at(REF, place(0), GNTMAP_host_map, &h), GNTST_okay, "map");
	st = map_at(REF + 1, place(0), GNTMAP_host_map, &again);
	expect_rc(st, GNTST_general_error, "another map at the same place");
	expect_eq(grant_in_use(REF + 1), 0, "its entry");
	expect_rc(unmap_at(place(0), 0, h), GNTST_okay, "unmap");
	nothing_in_use("unmapped");
	/* own table entries are no domain by the name of SELF */
	expect_rc(grant_map(DOMID_SELF, REF, 0, false, &h), GNTST_bad_domain, "map of SELF's");
}

static void failed_unmaps(void)
{
	u32 h;

	expect_rc(map_at(REF, place(0), GNTMAP_host_map, &h), GNTST_okay, "map");
	expect_rc(unmap_at(place(1), 0, h), GNTST_general_error, "unmap at another place");
	expect_rc(unmap_at(place(0), place(1), h), GNTST_general_error, "another dev_bus_addr");
	expect_rc(unmap_at(place(0), 0, h + 1), GNTST_bad_handle, "another handle");
	expect_rc(unmap_at(place(0), 0, NR_HANDLES), GNTST_bad_handle, "a handle beyond all");
	expect_eq(grant_in_use(REF), GTF_reading | GTF_writing, "the use after all that");
	expect_rc(unmap_at(0, 0, h), GNTST_okay, "unmap of nothing");
	expect_eq(grant_in_use(REF), GTF_reading | GTF_writing, "the use after that");
	expect_rc(unmap_at(place(0), place(0), h), GNTST_okay, "unmap by both addresses");
	nothing_in_use("unmapped");
}

/* What the mapper does to the place: only an unmap, or its removal, makes it free. */
static void place_taken(void)
{
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	xen_pfn_t gfn = MAP_GFN;
	u32 h;

	set_xen_guest_handle(r.extent_start, &gfn);
	WRITE_ONCE(*(u32 *)page, 0x600d600d);
	expect_rc(map_at(REF, place(0), GNTMAP_host_map, &h), GNTST_okay, "map");
	expect_rc(memory_op(XENMEM_decrease_reservation, &r), 0, "decrease_reservation");
	expect_rc(memory_op(XENMEM_populate_physmap, &r), 0, "populate_physmap");
	expect(physmap_add(XENMAPSPACE_shared_info, 0, MAP_GFN) < 0, "shared_info there");
	expect(physmap_add(XENMAPSPACE_grant_table, 1, MAP_GFN) < 0, "a table frame there");
	expect(physmap_add(XENMAPSPACE_gmfn, MAP_GFN, MAP_GFN + 1) < 0, "moved");
	expect(physmap_add(XENMAPSPACE_gmfn, (unsigned long)page >> PAGE_SHIFT, MAP_GFN) < 0,
	       "RAM moved there");
	expect_eq(READ_ONCE(*(u32 *)map_address(0)), 0x600d600d, "word through the mapping");
	expect_eq(READ_ONCE(*(u32 *)page), 0x600d600d, "word of the page");
	expect_eq(grant_in_use(REF), GTF_reading | GTF_writing, "the use");
	expect_rc(unmap_at(place(0), 0, h), GNTST_okay, "unmap");
	expect_eq(READ_ONCE(*(u32 *)map_address(0)), 0xffffffff, "the place after it");
	nothing_in_use("unmapped");
}

/* The last: its use stays until the domain ends, where the runner looks for it. */
static void place_removed(void)
{
	struct xen_remove_from_physmap gone = { .domid = DOMID_SELF, .gpfn = MAP_GFN };
	u32 h;

	WRITE_ONCE(*(u32 *)page, 0x600d600d);
	/* the changes of version have taken them all back */
	grant_page(REF, xen.domid, page, false);
	grant_page(REF + 1, xen.domid, page, false);
	expect_rc(map_at(REF, place(0), GNTMAP_host_map, &h), GNTST_okay, "map");
	expect_rc(memory_op(XENMEM_remove_from_physmap, &gone), 0, "remove_from_physmap");
	expect_eq(READ_ONCE(*(u32 *)map_address(0)), 0xffffffff, "the place after it");
	expect_rc(unmap_at(place(0), 0, h), GNTST_general_error, "unmap of what is not there");
	expect_eq(grant_in_use(REF), GTF_reading | GTF_writing, "the use");
	expect(!grant_revoke(REF), "revoke");
	/* another mapping there is not this one's */
	expect_rc(map_at(REF + 1, place(0), GNTMAP_host_map | GNTMAP_readonly, &h), GNTST_okay,
		  "another map there");
	expect_rc(unmap_at(place(0), 0, h), GNTST_okay, "unmap of that");
	expect_eq(READ_ONCE(*(u32 *)page), 0x600d600d, "word of the page");
}

/* What was granted to us is not ours to grant on. */
static void granted_on(void)
{
	u8 buffer[64] __aligned(64);
	u32 h, second;

	expect_rc(map_at(REF, place(0), GNTMAP_host_map, &h), GNTST_okay, "map");
	grant_page(REF + 2, xen.domid, map_address(0), false);
	expect_rc(map_at(REF + 2, place(1), GNTMAP_host_map, &second), GNTST_bad_page,
		  "map of what is mapped");
	expect_rc(grant_copy_from(buffer, xen.domid, REF + 2, 0, 4), GNTST_bad_page,
		  "copy of what is mapped, by grant");
	expect_eq(grant_in_use(REF + 2), 0, "its entry");
	expect_rc(grant_copy_to(xen.domid, REF + 1, 0, map_address(0), 4), GNTST_bad_page,
		  "copy of what is mapped, by frame");
	grant_page(REF + 2, xen.domid, page, false);
	expect_rc(unmap_at(place(0), 0, h), GNTST_okay, "unmap");
	nothing_in_use("unmapped");
}

static void swap_in_use(void)
{
	struct gnttab_swap_grant_ref s = { .ref_a = REF, .ref_b = REF + 1, .status = 77 };
	u32 h;

	expect_rc(map_at(REF + 1, place(0), GNTMAP_host_map, &h), GNTST_okay, "map");
	expect_rc(grant_op(GNTTABOP_swap_grant_ref, &s, 1), 0, "swap_grant_ref");
	expect_rc(s.status, GNTST_eagain, "with one in use");
	expect_rc(unmap_at(place(0), 0, h), GNTST_okay, "unmap");
	s.ref_b = REF;
	expect_rc(grant_op(GNTTABOP_swap_grant_ref, &s, 1), 0, "swap_grant_ref");
	expect_rc(s.status, GNTST_okay, "with itself");
	nothing_in_use("swapped");
}

static void frames(void)
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	unsigned long list[3] = { 0x5a5a5a5a, 0x5a5a5a5a, 0x5a5a5a5a };
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 3, .status = 77 };

	expect_rc(grant_op(GNTTABOP_query_size, &q, 1), 0, "query_size");
	expect_eq(q.max_nr_frames, 2, "most frames");
	set_xen_guest_handle(s.frame_list, (void *)list);
	expect_rc(grant_op(GNTTABOP_setup_table, &s, 1), 0, "setup_table of three");
	expect_rc(s.status, GNTST_general_error, "status");
	expect_eq(list[0], 0x5a5a5a5a, "the list");
	s.nr_frames = 2;
	expect_rc(grant_op(GNTTABOP_setup_table, &s, 1), 0, "setup_table of two");
	expect_rc(s.status, GNTST_okay, "status");
	expect_eq(list[0], GRANT_GFN, "where frame 0 is");
	expect_eq(list[1], ~0UL, "where frame 1 is: nowhere");
	expect_eq(list[2], 0x5a5a5a5a, "the list behind them");
	s.dom = 0;
	expect_rc(grant_op(GNTTABOP_setup_table, &s, 1), 0, "setup_table of domain 0");
	expect_rc(s.status, GNTST_permission_denied, "status");
	expect_rc(physmap_add(XENMAPSPACE_grant_table, 2, GRANT_GFN + 1), -XEN_EINVAL, "frame 2");
}

/* An address behind all RAM, where nothing can be written or read from. */
static void bad_lists(void)
{
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1, .status = 77 };
	static const u16 ops[] = { GNTTABOP_map_grant_ref, GNTTABOP_unmap_grant_ref,
				   GNTTABOP_setup_table, GNTTABOP_copy, GNTTABOP_query_size,
				   GNTTABOP_set_version, GNTTABOP_get_version,
				   GNTTABOP_swap_grant_ref };
	void *bad = map_address(100);
	unsigned int i;

	set_xen_guest_handle(s.frame_list, bad);
	expect_rc(grant_op(GNTTABOP_setup_table, &s, 1), 0, "setup_table with a bad list");
	expect_rc(s.status, GNTST_bad_virt_addr, "status");
	for (i = 0; i < ARRAY_SIZE(ops); i++)
		expect_rc(grant_op(ops[i], bad, 1), -XEN_EFAULT, "operation %u, bad argument",
			  ops[i]);
}

/* A list that runs from a page into nothing: what is there is done, and stays done. */
static void running_over(void)
{
	struct gnttab_map_grant_ref *m;
	struct gnttab_copy *c;
	unsigned long home = (unsigned long)page_alloc(1) >> PAGE_SHIFT;
	u8 *last;

	/* the list's last page is RAM, the next is not: both where grants are mapped */
	expect_rc(physmap_add(XENMAPSPACE_gmfn, home, MAP_GFN + 50), 0, "move of the list");
	last = (u8 *)map_address(51);
	m = (struct gnttab_map_grant_ref *)last - 1;
	*m = (struct gnttab_map_grant_ref){ .host_addr = place(0), .flags = GNTMAP_host_map,
					    .ref = REF, .dom = xen.domid, .status = 77 };
	expect_rc(grant_op(GNTTABOP_map_grant_ref, m, 2), -XEN_EFAULT, "maps");
	expect_rc(m->status, GNTST_okay, "status of the first");
	expect_eq(grant_in_use(REF), GTF_reading | GTF_writing, "its entry");
	expect_rc(unmap_at(place(0), 0, m->handle), GNTST_okay, "unmap of it");
	c = (struct gnttab_copy *)last - 1;
	memset(c, 0, sizeof(*c));
	c->source.u.ref = REF;
	c->source.domid = xen.domid;
	c->dest.u.ref = REF + 2;
	c->dest.domid = xen.domid;
	c->len = 4;
	c->flags = GNTCOPY_source_gref | GNTCOPY_dest_gref;
	c->status = 77;
	expect_rc(grant_op(GNTTABOP_copy, c, 2), -XEN_EFAULT, "copies");
	expect_rc(c->status, GNTST_okay, "status of the first");
	expect_rc(physmap_add(XENMAPSPACE_gmfn, MAP_GFN + 50, home), 0, "and back");
	nothing_in_use("a list that ran over");
}

static void other_domains(void)
{
	struct gnttab_get_version g = { .dom = 0 };

	expect_rc(grant_op(GNTTABOP_get_version, &g, 1), -XEN_EPERM, "get_version of domain 0");
	g.dom = NOBODY;
	expect_rc(grant_op(GNTTABOP_get_version, &g, 1), -XEN_ESRCH, "get_version of nobody");
	g.dom = xen.domid;
	expect_rc(grant_op(GNTTABOP_get_version, &g, 1), 0, "get_version by the own number");
	expect_eq(g.version, 1, "version");
}

/* What version 1 cannot say keeps version 2, whole. */
static void no_way_back(void)
{
	grant_entry_v2_t *v2 = (void *)grant_table;
	struct gnttab_set_version s = { .version = 2 };

	require(grant_op(GNTTABOP_set_version, &s, 1) == 0, "set_version 2");
	v2[5].sub_page.page_off = 100;
	v2[5].sub_page.length = 100;
	v2[5].sub_page.frame = (unsigned long)page >> PAGE_SHIFT;
	v2[5].hdr.domid = xen.domid;
	mb();	/* the flags make the entry valid: last */
	WRITE_ONCE(v2[5].hdr.flags, GTF_permit_access | GTF_sub_page);
	s.version = 1;
	expect_rc(grant_op(GNTTABOP_set_version, &s, 1), -XEN_ERANGE, "part of a page");
	expect_eq(s.version, 2, "version");
	expect_eq(v2[5].sub_page.page_off, 100, "the entry");
	WRITE_ONCE(v2[5].hdr.flags, GTF_transitive);
	s.version = 1;
	expect_rc(grant_op(GNTTABOP_set_version, &s, 1), -XEN_ERANGE, "a transitive grant");
	v2[5].full_page.frame = 1ULL << 40;
	WRITE_ONCE(v2[5].hdr.flags, GTF_permit_access);
	s.version = 1;
	expect_rc(grant_op(GNTTABOP_set_version, &s, 1), -XEN_ERANGE, "a frame of 40 bits");
	WRITE_ONCE(v2[5].hdr.flags, 0);
	s.version = 1;
	expect_rc(grant_op(GNTTABOP_set_version, &s, 1), 0, "without it");
}

void test_setup(void)
{
	unsigned int i;

	if (!xen.present)
		test_skip_all("no Xen here");
	grants_init();
	page = page_alloc(1);
	ram_end = (MAP_GFN + NR_MAP_GFNS) << PAGE_SHIFT;
	for (i = 0; i < 4; i++)
		grant_page(REF + i, xen.domid, page, false);
}

TEST_CASES = {
	{ "every handle taken", all_handles },
	{ "every use of an entry taken", all_uses },
	{ "maps that fail", failed_maps },
	{ "unmaps that fail", failed_unmaps },
	{ "the place of a mapping", place_taken },
	{ "what is mapped cannot be granted", granted_on },
	{ "swap of an entry in use", swap_in_use },
	{ "frames of the table", frames },
	{ "bad addresses", bad_lists },
	{ "a list that runs over", running_over },
	{ "other domains", other_domains },
	{ "back from version 2", no_way_back },
	{ "a mapping's place removed", place_removed },
	TEST_CASES_END
};
