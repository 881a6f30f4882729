// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a PVH domain can size, map and grow its grant table, grant pages to
 * itself, map and unmap them into its physical space and copy by grant, with
 * the statuses and errors of Xen for each mistake.
 *
 * Why: all PV I/O passes here; the accounting of pins and references on error
 * paths is the richest source of Xen's advisories (XSA-224, 228, 230, 255, …).
 */
#include "guest.h"

#include <xen/grant_table.h>

#define NOBODY 0x7abc
#define HOLE_GFN 0xf1000UL	/* grant frames and mappings go where no RAM is */

static grant_entry_v1_t *table = (void *)(HOLE_GFN << PAGE_SHIFT);
static u8 *page;		/* granted */

static void grant(unsigned int ref, domid_t dom, unsigned long gfn, bool ro)
{
	table[ref].frame = gfn;
	table[ref].domid = dom;
	mb();	/* the flags make the entry valid: last */
	WRITE_ONCE(table[ref].flags, GTF_permit_access | (ro ? GTF_readonly : 0));
}

static void ungrant(unsigned int ref)
{
	WRITE_ONCE(table[ref].flags, 0);
}

static void query(void)
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };

	expect_rc(grant_op(GNTTABOP_query_size, &q, 1), 0, "query_size");
	expect_rc(q.status, GNTST_okay, "status");
	expect(q.nr_frames >= 1 && q.nr_frames <= q.max_nr_frames, "%u of %u frames", q.nr_frames,
	       q.max_nr_frames);
	printf("# %u of %u frames\n", q.nr_frames, q.max_nr_frames);
	q.dom = NOBODY;
	q.status = 77;
	expect_rc(grant_op(GNTTABOP_query_size, &q, 1), 0, "query_size, nobody");
	expect_rc(q.status, GNTST_bad_domain, "status, nobody");
	q.dom = 0;
	expect_rc(grant_op(GNTTABOP_query_size, &q, 1), 0, "query_size, domain 0");
	expect_rc(q.status, GNTST_permission_denied, "status, domain 0");
	expect_rc(grant_op(GNTTABOP_query_size, &q, 2), -XEN_EINVAL, "query_size of two");
}

static void version(void)
{
	struct gnttab_get_version g = { .dom = DOMID_SELF };
	struct gnttab_set_version s = { .version = 3 };

	expect_rc(grant_op(GNTTABOP_get_version, &g, 1), 0, "get_version");
	expect_eq(g.version, 1, "version of a new domain");
	expect_rc(grant_op(GNTTABOP_set_version, &s, 1), -XEN_EINVAL, "set_version 3");
	s.version = 0;
	expect_rc(grant_op(GNTTABOP_set_version, &s, 1), -XEN_EINVAL, "set_version 0");
	s.version = 1;
	expect_rc(grant_op(GNTTABOP_set_version, &s, 1), 0, "set_version 1");
	expect_eq(s.version, 1, "version");
}

static void filter(void)
{
	u8 b[256] = { 0 };

	expect_rc(grant_op(GNTTABOP_get_status_frames, b, 1), -XEN_ENOSYS, "get_status_frames");
	expect_rc(grant_op(GNTTABOP_transfer, b, 1), -XEN_ENOSYS, "transfer");
	expect_rc(grant_op(GNTTABOP_unmap_and_replace, b, 1), -XEN_ENOSYS, "unmap_and_replace");
	expect_rc(grant_op(GNTTABOP_dump_table, b, 1), -XEN_ENOSYS, "dump_table");
	expect_rc(grant_op(GNTTABOP_cache_flush, b, 1), -XEN_ENOSYS, "cache_flush");
	expect_rc(grant_op(13, b, 1), -XEN_ENOSYS, "sub-op 13");
	expect_rc(grant_op(0xffff, b, 1), -XEN_ENOSYS, "sub-op 0xffff");
	expect_rc(grant_op(GNTTABOP_copy, b, 0x80000000), -XEN_EINVAL, "count -2^31");
	expect_rc(grant_op(GNTTABOP_copy, b, 0), 0, "copy of none");
}

static void frames(void)
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	unsigned int i, n;

	grant_op(GNTTABOP_query_size, &q, 1);
	n = q.max_nr_frames < 4 ? q.max_nr_frames : 4;
	phys_map(HOLE_GFN << PAGE_SHIFT, n * PAGE_SIZE);
	/* Linux asks for the highest first */
	for (i = n; i-- > 0;)
		expect_rc(physmap_add(XENMAPSPACE_grant_table, i, HOLE_GFN + i), 0, "frame %u", i);
	grant_op(GNTTABOP_query_size, &q, 1);
	expect_eq(q.nr_frames, n, "frames after mapping %u", n);
	expect_rc(physmap_add(XENMAPSPACE_grant_table, q.max_nr_frames, HOLE_GFN + 8), -XEN_EINVAL,
		  "a frame beyond the maximum");
	/* free entries are zero; 0 and 1 belong to console and store */
	expect_eq(mem_is(&table[8], 0, PAGE_SIZE - 8 * sizeof(*table)),
		  PAGE_SIZE - 8 * sizeof(*table), "zero bytes in the first frame");
	expect_eq(mem_is(&table[512], 0, PAGE_SIZE), PAGE_SIZE, "zero bytes in the second");
	/* moved and back: the contents stay with the frame */
	table[100].domid = 0x1234;
	expect_rc(physmap_add(XENMAPSPACE_grant_table, 0, HOLE_GFN + 8), 0, "frame 0 elsewhere");
	expect_eq(READ_ONCE(*(u32 *)table), 0xffffffff, "the old place is empty");
	expect_eq(((grant_entry_v1_t *)((HOLE_GFN + 8) << PAGE_SHIFT))[100].domid, 0x1234,
		  "contents at the new place");
	expect_rc(physmap_add(XENMAPSPACE_grant_table, 0, HOLE_GFN), 0, "and back");
	expect_eq(table[100].domid, 0x1234, "contents");
	table[100].domid = 0;
}

static void setup_table(void)
{
	unsigned long list[4] = { 0 };
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 2, .status = 77 };

	set_xen_guest_handle(s.frame_list, (void *)list);
	expect_rc(grant_op(GNTTABOP_setup_table, &s, 1), 0, "setup_table");
	expect_rc(s.status, GNTST_okay, "status");
	s.nr_frames = 100000;
	s.status = 77;
	grant_op(GNTTABOP_setup_table, &s, 1);
	expect(s.status < 0, "too many frames give status %d", s.status);
	s.nr_frames = 1;
	s.dom = NOBODY;
	expect_rc(grant_op(GNTTABOP_setup_table, &s, 1), 0, "setup_table, nobody");
	expect_rc(s.status, GNTST_bad_domain, "status, nobody");
	expect_rc(grant_op(GNTTABOP_setup_table, &s, 2), -XEN_EINVAL, "setup_table of two");
}

static s16 map(unsigned int ref, domid_t dom, u64 addr, u32 flags, u32 *handle)
{
	struct gnttab_map_grant_ref m = { .host_addr = addr, .flags = flags, .ref = ref, .dom = dom,
					  .status = 77 };

	expect_rc(grant_op(GNTTABOP_map_grant_ref, &m, 1), 0, "map_grant_ref call");
	*handle = m.handle;
	return m.status;
}

static s16 unmap(u64 addr, u32 handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = addr, .handle = handle, .status = 77 };

	expect_rc(grant_op(GNTTABOP_unmap_grant_ref, &u, 1), 0, "unmap_grant_ref call");
	return u.status;
}

static void self_map(void)
{
	u64 at = (HOLE_GFN + 16) << PAGE_SHIFT;
	volatile u32 *m = (u32 *)(unsigned long)at;
	u32 h, h2;

	phys_map(at, PAGE_SIZE);
	WRITE_ONCE(*(u32 *)page, 0x11112222);
	grant(10, xen.domid, (unsigned long)page >> PAGE_SHIFT, false);
	expect_rc(map(10, xen.domid, at, GNTMAP_host_map, &h), GNTST_okay, "map");
	expect_eq(*m, 0x11112222, "word through the mapping");
	*m = 0x33334444;
	expect_eq(READ_ONCE(*(u32 *)page), 0x33334444, "word written through the mapping");
	expect_eq(table[10].flags & (GTF_reading | GTF_writing), GTF_reading | GTF_writing,
		  "in-use bits");
	/* a second mapping of the same grant */
	expect_rc(map(10, xen.domid, at + PAGE_SIZE, GNTMAP_host_map | GNTMAP_readonly, &h2),
		  GNTST_okay,
		  "second mapping, read-only");
	expect_trap(probe_write32((void *)(unsigned long)(at + PAGE_SIZE), 1), X86_GP, 0,
		    "write through the read-only mapping");
	expect_eq(READ_ONCE(*(u32 *)page), 0x33334444, "the page after that");
	expect_rc(unmap(at, h), GNTST_okay, "unmap of the first");
	expect_eq(table[10].flags & (GTF_reading | GTF_writing), GTF_reading,
		  "in-use bits with the read-only one left");
	expect_eq(*m, 0xffffffff, "nothing where it was mapped");
	expect_rc(unmap(at + PAGE_SIZE, h2), GNTST_okay, "unmap of the second");
	expect_eq(table[10].flags & (GTF_reading | GTF_writing), 0, "in-use bits with none left");
	expect_eq(READ_ONCE(*(u32 *)page), 0x33334444, "the page itself");
	expect_rc(unmap(at, h), GNTST_bad_handle, "unmap again");
	ungrant(10);
}

static void map_errors(void)
{
	u64 at = (HOLE_GFN + 16) << PAGE_SHIFT;
	u32 h;
	s16 st;

	grant(11, xen.domid, (unsigned long)page >> PAGE_SHIFT, true);
	grant(12, NOBODY, (unsigned long)page >> PAGE_SHIFT, false);
	grant(13, xen.domid, 0xfd000, false);
	expect_rc(map(11, xen.domid, at, GNTMAP_host_map, &h), GNTST_general_error,
		  "writable map of a read-only grant");
	expect_eq(table[11].flags & (GTF_reading | GTF_writing), 0, "in-use bits after a refusal");
	expect_rc(map(11, xen.domid, at, GNTMAP_host_map | GNTMAP_readonly, &h), GNTST_okay,
		  "read-only map of it");
	expect_rc(unmap(at, h), GNTST_okay, "unmap");
	expect_rc(map(12, xen.domid, at, GNTMAP_host_map, &h), GNTST_general_error,
		  "grant meant for another domain");
	st = map(13, xen.domid, at, GNTMAP_host_map, &h);
	expect(st == GNTST_bad_page || st == GNTST_general_error, "a frame without memory gives %d",
	       st);
	expect_eq(table[13].flags & (GTF_reading | GTF_writing), 0, "in-use bits after that");
	expect_rc(map(14, xen.domid, at, GNTMAP_host_map, &h), GNTST_general_error, "a free entry");
	expect_rc(map(0x7fffffff, xen.domid, at, GNTMAP_host_map, &h), GNTST_bad_gntref,
		  "a wild reference");
	expect_rc(map(11, NOBODY, at, GNTMAP_host_map, &h), GNTST_bad_domain, "nobody's grant");
	st = map(11, xen.domid, at, 0, &h);
	expect(st < 0, "neither host nor device map gives %d", st);
	st = map(11, xen.domid, at, GNTMAP_host_map | GNTMAP_device_map | GNTMAP_readonly, &h);
	expect(st < 0, "device map by a PVH domain gives %d", st);
	st = map(11, xen.domid, at, GNTMAP_host_map | GNTMAP_contains_pte | GNTMAP_readonly, &h);
	expect(st < 0, "contains_pte by a PVH domain gives %d", st);
	st = map(11, xen.domid, at + 8, GNTMAP_host_map | GNTMAP_readonly, &h);
	expect(st < 0, "a misaligned address gives %d", st);
	expect_rc(unmap(at, 0xffffffff), GNTST_bad_handle, "unmap of handle -1");
	expect_rc(unmap(at, 1000), GNTST_bad_handle, "unmap of a free handle");
	expect_eq(table[11].flags & (GTF_reading | GTF_writing), 0, "in-use bits at the end");
	ungrant(11);
	ungrant(12);
	ungrant(13);
}

static struct gnttab_copy copy_op(u32 src_ref, u64 src_gfn, u16 src_off, u32 dst_ref, u64 dst_gfn,
				  u16 dst_off, u16 len, u16 flags)
{
	struct gnttab_copy c;

	memset(&c, 0, sizeof(c));
	if (flags & GNTCOPY_source_gref) {
		c.source.u.ref = src_ref;
		c.source.domid = xen.domid;
	} else {
		c.source.u.gmfn = src_gfn;
		c.source.domid = DOMID_SELF;
	}
	if (flags & GNTCOPY_dest_gref) {
		c.dest.u.ref = dst_ref;
		c.dest.domid = xen.domid;
	} else {
		c.dest.u.gmfn = dst_gfn;
		c.dest.domid = DOMID_SELF;
	}
	c.source.offset = src_off;
	c.dest.offset = dst_off;
	c.len = len;
	c.flags = flags;
	c.status = 77;
	return c;
}

static s16 copy(struct gnttab_copy *c)
{
	expect_rc(grant_op(GNTTABOP_copy, c, 1), 0, "copy call");
	return c->status;
}

static u8 *dst;

static void copies(void)
{
	unsigned long sg = (unsigned long)page >> PAGE_SHIFT, dg = (unsigned long)dst >> PAGE_SHIFT;
	struct gnttab_copy c;
	unsigned int i;

	for (i = 0; i < PAGE_SIZE; i++)
		page[i] = i * 7;
	memset(dst, 0xaa, PAGE_SIZE);
	c = copy_op(0, sg, 0, 0, dg, 0, PAGE_SIZE, 0);
	expect_rc(copy(&c), GNTST_okay, "frame to frame, a whole page");
	expect(!memcmp(page, dst, PAGE_SIZE), "bytes");
	memset(dst, 0xaa, PAGE_SIZE);
	grant(20, xen.domid, sg, true);
	grant(21, xen.domid, dg, false);
	c = copy_op(20, 0, 100, 21, 0, 200, 50, GNTCOPY_source_gref | GNTCOPY_dest_gref);
	expect_rc(copy(&c), GNTST_okay, "grant to grant");
	expect(!memcmp(page + 100, dst + 200, 50), "bytes by grants");
	expect(dst[199] == 0xaa && dst[250] == 0xaa, "bytes around");
	expect_eq(table[20].flags & (GTF_reading | GTF_writing), 0, "in-use bits of the source");
	expect_eq(table[21].flags & (GTF_reading | GTF_writing), 0,
		  "in-use bits of the destination");
	c = copy_op(20, 0, 0, 0, dg, 0, 10, GNTCOPY_source_gref);
	expect_rc(copy(&c), GNTST_okay, "grant to frame");
	c = copy_op(0, sg, 0, 21, 0, 0, 10, GNTCOPY_dest_gref);
	expect_rc(copy(&c), GNTST_okay, "frame to grant");
	c = copy_op(0, sg, 4090, 0, dg, 0, 6, 0);
	expect_rc(copy(&c), GNTST_okay, "up to the end of the page");
	c = copy_op(0, sg, 5, 0, dg, 5, 0, 0);
	expect_rc(copy(&c), GNTST_okay, "no byte");
}

static void copy_errors(void)
{
	unsigned long sg = (unsigned long)page >> PAGE_SHIFT, dg = (unsigned long)dst >> PAGE_SHIFT;
	struct gnttab_copy c;
	s16 st;

	c = copy_op(0, sg, 4090, 0, dg, 0, 7, 0);
	expect_rc(copy(&c), GNTST_bad_copy_arg, "running over the source page");
	c = copy_op(0, sg, 0, 0, dg, 4000, 200, 0);
	expect_rc(copy(&c), GNTST_bad_copy_arg, "running over the destination page");
	c = copy_op(0, sg, 0xffff, 0, dg, 0, 1, 0);
	expect_rc(copy(&c), GNTST_bad_copy_arg, "offset 0xffff");
	c = copy_op(0, sg, 0, 20, 0, 0, 10, GNTCOPY_dest_gref);
	expect_rc(copy(&c), GNTST_general_error, "to a read-only grant");
	c = copy_op(22, 0, 0, 0, dg, 0, 10, GNTCOPY_source_gref);
	expect_rc(copy(&c), GNTST_general_error, "from a free entry");
	c = copy_op(0x7ffffff, 0, 0, 0, dg, 0, 10, GNTCOPY_source_gref);
	expect_rc(copy(&c), GNTST_bad_gntref, "from a wild reference");
	c = copy_op(0, 0xfd000, 0, 0, dg, 0, 10, 0);
	st = copy(&c);
	expect(st == GNTST_bad_page || st == GNTST_general_error, "from no memory gives %d", st);
	c = copy_op(0, sg, 0, 0, dg, 0, 10, 0);
	c.source.domid = 0;
	expect_rc(copy(&c), GNTST_permission_denied, "from a frame of domain 0");
	c.source.domid = DOMID_SELF;
	c.dest.domid = 0;
	expect_rc(copy(&c), GNTST_permission_denied, "to a frame of domain 0");
	c.dest.domid = NOBODY;
	st = copy(&c);
	expect(st == GNTST_bad_domain || st == GNTST_permission_denied,
	       "to nobody's frame gives %d", st);
	c = copy_op(20, 0, 0, 0, dg, 0, 10, GNTCOPY_source_gref);
	c.source.domid = NOBODY;
	expect_rc(copy(&c), GNTST_bad_domain, "from nobody's grant");
}

static void copy_batch(void)
{
	unsigned long sg = (unsigned long)page >> PAGE_SHIFT, dg = (unsigned long)dst >> PAGE_SHIFT;
	struct gnttab_copy c[64];
	unsigned int i;

	memset(dst, 0xaa, PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(c); i++)
		c[i] = copy_op(0, sg, i * 64, 0, dg, (63 - i) * 64, 64, 0);
	c[10].source.offset = 0xfff0;		/* one bad among the good */
	expect_rc(grant_op(GNTTABOP_copy, c, ARRAY_SIZE(c)), 0, "batch");
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		expect_rc(c[i].status, i == 10 ? GNTST_bad_copy_arg : GNTST_okay, "status %u", i);
		if (i != 10)
			expect(!memcmp(page + i * 64, dst + (63 - i) * 64, 64), "bytes of %u", i);
	}
#if HAVE_PAGING
	page_set(VA_TEST, 0);
	expect_rc(grant_op(GNTTABOP_copy, (void *)VA_TEST, 1), -XEN_EFAULT, "bad list");
#endif
}

static void swap(void)
{
	struct gnttab_swap_grant_ref s = { .ref_a = 30, .ref_b = 31, .status = 77 };

	grant(30, 5, 0x123, false);
	grant(31, 6, 0x456, true);
	expect_rc(grant_op(GNTTABOP_swap_grant_ref, &s, 1), 0, "swap_grant_ref");
	expect_rc(s.status, GNTST_okay, "status");
	expect(table[30].domid == 6 && table[30].frame == 0x456, "entry 30");
	expect(table[31].domid == 5 && table[31].frame == 0x123, "entry 31");
	s.ref_b = 0x7ffffff;
	grant_op(GNTTABOP_swap_grant_ref, &s, 1);
	expect_rc(s.status, GNTST_bad_gntref, "status with a wild reference");
	ungrant(30);
	ungrant(31);
}

/* A page given away while it is mapped stays alive until the mapping goes. */
static void removed_while_mapped(void)
{
	u64 at = (HOLE_GFN + 20) << PAGE_SHIFT;
	volatile u32 *m = (u32 *)(unsigned long)at;
	u8 *victim = page_alloc(1);
	u32 h = 0;

	phys_map(at, PAGE_SIZE);
	WRITE_ONCE(*(u32 *)victim, 0xfeedbeef);
	grant(40, xen.domid, (unsigned long)victim >> PAGE_SHIFT, false);
	require(map(40, xen.domid, at, GNTMAP_host_map, &h) == GNTST_okay, "map");
	/* replace the page under the grant by another of the domain's special pages */
	expect_rc(shared_info_map(), 0, "shared info");
	expect_rc(physmap_add(XENMAPSPACE_shared_info, 0, (unsigned long)victim >> PAGE_SHIFT), 0,
		  "shared info over the granted page");
	expect_eq(*m, 0xfeedbeef, "the mapping still shows the old page");
	expect_rc(unmap(at, h), GNTST_okay, "unmap");
	expect_rc(physmap_add(XENMAPSPACE_shared_info, 0, shared_info_pa() >> PAGE_SHIFT), 0,
		  "shared info back");
	ungrant(40);
}

/* Version 2, if the domain may have it: sub-pages, status words, and the way back. */
#define V2_GFN	(HOLE_GFN + 32)

static void version_2(void)
{
	grant_entry_v2_t *v2 = (void *)((V2_GFN + 0) << PAGE_SHIFT);
	grant_status_t *status = (void *)((V2_GFN + 1) << PAGE_SHIFT);
	u64 at = (V2_GFN + 2) << PAGE_SHIFT;
	struct gnttab_get_version g = { .dom = DOMID_SELF };
	struct gnttab_set_version s = { .version = 2 };
	unsigned long dg = (unsigned long)dst >> PAGE_SHIFT;
	struct gnttab_copy c;
	u16 kept;
	long rc;
	u32 h;

	rc = grant_op(GNTTABOP_set_version, &s, 1);
	if (rc == -XEN_ENOSYS)
		expect_eq(s.version, 1, "version after a refusal");
	skip_if(rc == -XEN_ENOSYS, "the domain has version 1 only");
	require(!rc, "set_version 2 gives %ld", rc);
	expect_eq(s.version, 2, "version");
	phys_map(V2_GFN << PAGE_SHIFT, 3 * PAGE_SIZE);
	expect_rc(physmap_add(XENMAPSPACE_grant_table, 0, V2_GFN), 0, "frame of entries");
	expect_rc(physmap_add(XENMAPSPACE_grant_table, 1UL << 31, V2_GFN + 1), 0, "status frame");
	expect_rc(physmap_add(XENMAPSPACE_grant_table, 1UL << 31 | 0x1000, V2_GFN + 2), -XEN_EINVAL,
		  "a status frame beyond the maximum");
	expect_eq(mem_is(&v2[8], 0, PAGE_SIZE - 8 * sizeof(*v2)), PAGE_SIZE - 8 * sizeof(*v2),
		  "zero bytes in the first frame");
	v2[10].full_page.frame = (unsigned long)page >> PAGE_SHIFT;
	v2[10].hdr.domid = xen.domid;
	mb();	/* the entry before its flags */
	WRITE_ONCE(v2[10].hdr.flags, GTF_permit_access);
	expect_rc(map(10, xen.domid, at, GNTMAP_host_map, &h), GNTST_okay, "map");
	expect_eq(v2[10].hdr.flags, GTF_permit_access, "flags are the guest's");
	expect_eq(status[10], GTF_reading | GTF_writing, "status");
	s.version = 1;
	expect_rc(grant_op(GNTTABOP_set_version, &s, 1), -XEN_EBUSY, "set_version with a map");
	expect_eq(s.version, 2, "version after that");
	expect_rc(unmap(at, h), GNTST_okay, "unmap");
	expect_eq(status[10], 0, "status after unmap");

	v2[11].sub_page.frame = (unsigned long)page >> PAGE_SHIFT;
	v2[11].sub_page.page_off = 100;
	v2[11].sub_page.length = 50;
	v2[11].hdr.domid = xen.domid;
	mb();	/* the entry before its flags */
	WRITE_ONCE(v2[11].hdr.flags, GTF_permit_access | GTF_sub_page | GTF_readonly);
	expect_rc(map(11, xen.domid, at, GNTMAP_host_map | GNTMAP_readonly, &h),
		  GNTST_general_error, "map of a part of a page");
	c = copy_op(11, 0, 100, 0, dg, 0, 50, GNTCOPY_source_gref);
	expect_rc(copy(&c), GNTST_okay, "copy of the part");
	c = copy_op(11, 0, 99, 0, dg, 0, 2, GNTCOPY_source_gref);
	expect_rc(copy(&c), GNTST_general_error, "copy from before the part");
	c = copy_op(11, 0, 149, 0, dg, 0, 2, GNTCOPY_source_gref);
	expect_rc(copy(&c), GNTST_general_error, "copy from behind the part");
	WRITE_ONCE(v2[12].hdr.domid, xen.domid);
	mb();	/* as above */
	WRITE_ONCE(v2[12].hdr.flags, GTF_transitive);
	c = copy_op(12, 0, 0, 0, dg, 0, 2, GNTCOPY_source_gref);
	expect_rc(copy(&c), GNTST_general_error, "copy by a transitive grant");
	expect_eq(status[11] | status[12], 0, "status");
	expect_rc(map(300, xen.domid, at, GNTMAP_host_map, &h), GNTST_general_error,
		  "a free entry of the second frame");

	kept = v2[0].hdr.flags;
	s.version = 1;
	expect_rc(grant_op(GNTTABOP_set_version, &s, 1), 0, "set_version 1");
	expect_rc(grant_op(GNTTABOP_get_version, &g, 1), 0, "get_version");
	expect_eq(g.version, 1, "version");
	expect_eq(((grant_entry_v1_t *)v2)[0].flags, kept, "the console's grant");
	expect_eq(READ_ONCE(*(u32 *)status), 0xffffffff, "the status frame is gone");
	expect_rc(physmap_add(XENMAPSPACE_grant_table, 0, HOLE_GFN), 0, "frame back");
	expect_eq(mem_is(&table[8], 0, PAGE_SIZE - 8 * sizeof(*table)),
		  PAGE_SIZE - 8 * sizeof(*table), "zero bytes in the first frame");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	page = page_alloc(1);
	page_alloc(1);
	dst = page_alloc(1);
}

TEST_CASES = {
	{ "query_size", query },
	{ "version", version },
	{ "operations the filter refuses", filter },
	{ "frames of the table", frames },
	{ "setup_table", setup_table },
	{ "map and unmap an own grant", self_map },
	{ "map errors", map_errors },
	{ "copy", copies },
	{ "copy errors", copy_errors },
	{ "batches of copies", copy_batch },
	{ "swap", swap },
	{ "a granted page replaced while mapped", removed_while_mapped },
	{ "version 2", version_2 },
	TEST_CASES_END
};
