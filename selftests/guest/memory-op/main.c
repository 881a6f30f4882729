// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: memory_op moves, frees and populates exactly the frames it is asked
 * to, and answers mistakes as Xen does: reservation calls with the number of
 * extents done (0 for nearly every mistake), the others with an error.
 *
 * Why: Linux's balloon driver BUGs on a short count, its shared info and grant
 * code on any error; a frame freed twice or kept in the p2m is XSA-222's class.
 */
#include "guest.h"

#include <xen/memory.h>
#include <xen/hvm/hvm_op.h>

static unsigned long page;	/* a RAM page to play with, identity mapped */

static long reservation(unsigned int cmd, xen_pfn_t *gfns, unsigned long n, unsigned int order,
			unsigned int flags, domid_t dom)
{
	struct xen_memory_reservation r = { .nr_extents = n, .extent_order = order,
					    .mem_flags = flags, .domid = dom };

	set_xen_guest_handle(r.extent_start, gfns);
	return memory_op(cmd, &r);
}

static long decrease(unsigned long gfn)
{
	xen_pfn_t g = gfn;

	return reservation(XENMEM_decrease_reservation, &g, 1, 0, 0, DOMID_SELF);
}

static long populate(unsigned long gfn)
{
	xen_pfn_t g = gfn;

	return reservation(XENMEM_populate_physmap, &g, 1, 0, 0, DOMID_SELF);
}

static u32 word_at(unsigned long pa)
{
	return READ_ONCE(*(volatile u32 *)pa);
}

static long pages_now(void)
{
	domid_t d = DOMID_SELF;

	return memory_op(XENMEM_current_reservation, &d);
}

static void counts(void)
{
	domid_t self = DOMID_SELF, dom0 = 0, nobody = 0x7abc;
	long cur, max, gpfn;

	expect(memory_op(XENMEM_maximum_ram_page, NULL) > 0, "maximum_ram_page");
	cur = memory_op(XENMEM_current_reservation, &self);
	max = memory_op(XENMEM_maximum_reservation, &self);
	gpfn = memory_op(XENMEM_maximum_gpfn, &self);
	expect(cur > 0 && cur <= max, "current %ld, maximum %ld pages", cur, max);
	expect((u64)cur >= mem_ram_bytes() >> PAGE_SHIFT || max >= cur,
	       "current %ld pages for %llu bytes of RAM", cur, (unsigned long long)mem_ram_bytes());
	expect(gpfn >= (long)((mem_ram_end() >> PAGE_SHIFT) - 1), "maximum_gpfn %#lx", gpfn);
	expect_rc(memory_op(XENMEM_current_reservation, &dom0), -XEN_EPERM, "of domain 0");
	expect_rc(memory_op(XENMEM_current_reservation, &nobody), -XEN_ESRCH, "of nobody");
	expect_rc(memory_op(XENMEM_maximum_reservation, &nobody), -XEN_ESRCH, "maximum of nobody");
	expect_rc(memory_op(XENMEM_maximum_gpfn, &dom0), -XEN_EPERM, "maximum_gpfn of domain 0");
}

static void memory_map(void)
{
	struct { u64 addr, size; u32 type; } __packed e[64];
	const struct hvm_memmap_table_entry *m;
	struct xen_memory_map map = { .nr_entries = ARRAY_SIZE(e) };
	unsigned int i, n;
	long rc;

	set_xen_guest_handle(map.buffer, (void *)e);
	memset(e, 0xaa, sizeof(e));
	rc = memory_op(XENMEM_memory_map, &map);
	if (rc == -XEN_ENOSYS) {
		test_skip("no map set: guests use the start info's");
		return;
	}
	expect_rc(rc, 0, "memory_map");
	m = mem_map(&n);
	expect(map.nr_entries && map.nr_entries <= ARRAY_SIZE(e), "%u entries", map.nr_entries);
	expect_eq(map.nr_entries, n, "entries against the start info");
	for (i = 0; i < n && i < map.nr_entries; i++)
		expect(e[i].addr == m[i].addr && e[i].size == m[i].size && e[i].type == m[i].type,
		       "entry %u differs from the start info's", i);
	expect_eq(*(u8 *)&e[map.nr_entries], 0xaa, "byte behind the last entry");
	/* room for one: one is given */
	map.nr_entries = 1;
	memset(e, 0xaa, sizeof(e));
	expect_rc(memory_op(XENMEM_memory_map, &map), 0, "memory_map with room for one");
	expect_eq(map.nr_entries, 1, "entries");
	expect_eq(*(u8 *)&e[1], 0xaa, "byte behind it");
}

static void balloon(void)
{
	unsigned long gfn = page >> PAGE_SHIFT;
	long before = pages_now();

	WRITE_ONCE(*(u32 *)page, 0x12345678);
	expect_rc(decrease(gfn), 1, "decrease");
	expect_eq(word_at(page), 0xffffffff, "word of a page given back");
	expect_rc(pages_now(), before - 1, "pages after it");
	expect_rc(decrease(gfn), 0, "decrease of a page that is gone");
	expect_rc(pages_now(), before - 1, "pages after that");
	expect_rc(populate(gfn), 1, "populate");
	expect_rc(pages_now(), before, "pages after populate");
	expect_eq(word_at(page), 0, "word of a fresh page");
	expect_eq(mem_is((void *)page, 0, PAGE_SIZE), PAGE_SIZE, "zeroes");
	WRITE_ONCE(*(u32 *)page, 0x87654321);
	expect_eq(word_at(page), 0x87654321, "word after a write");
	WRITE_ONCE(*(u32 *)page, 0);
}

static void batch(void)
{
	enum { N = 64 };
	static xen_pfn_t gfns[N];
	unsigned long first = page_alloc_untouched(2 * N, PAGE_SIZE) >> PAGE_SHIFT;
	long before = pages_now();
	unsigned int i;

	for (i = 0; i < N; i++) {
		gfns[i] = first + 2 * i;	/* every second page */
		WRITE_ONCE(*(u32 *)((first + 2 * i) << PAGE_SHIFT), i + 1);
		WRITE_ONCE(*(u32 *)((first + 2 * i + 1) << PAGE_SHIFT), ~i);
	}
	expect_rc(reservation(XENMEM_decrease_reservation, gfns, N, 0, 0, DOMID_SELF), N,
		  "decrease");
	expect_rc(pages_now(), before - N, "pages");
	for (i = 0; i < N; i++)
		if (!expect_eq(word_at((first + 2 * i + 1) << PAGE_SHIFT), ~i, "neighbour %u", i) ||
		    !expect_eq(word_at((first + 2 * i) << PAGE_SHIFT), 0xffffffff, "page %u", i))
			break;
	expect_rc(reservation(XENMEM_populate_physmap, gfns, N, 0, 0, DOMID_SELF), N, "populate");
	expect_rc(pages_now(), before, "pages");
	for (i = 0; i < N; i++)
		if (!expect_eq(word_at((first + 2 * i) << PAGE_SHIFT), 0, "fresh page %u", i))
			break;
	/* it stops at the first that cannot be done, and says how many were */
	expect_rc(decrease(gfns[5]), 1, "decrease of one");
	expect_rc(reservation(XENMEM_decrease_reservation, gfns, N, 0, 0, DOMID_SELF), 5,
		  "decrease that meets an absent page");
	expect_rc(reservation(XENMEM_populate_physmap, gfns, 6, 0, 0, DOMID_SELF), 6,
		  "populate of the six");
	expect_rc(pages_now(), before, "pages at the end");
}

/* Mistakes in a reservation do nothing and count nothing. */
static void reservation_errors(void)
{
	xen_pfn_t g = page >> PAGE_SHIFT, far = ~(xen_pfn_t)0 >> 4;
	long before = pages_now();
	unsigned int cmd, i;
	static const u8 cmds[] = { XENMEM_decrease_reservation, XENMEM_populate_physmap,
				   XENMEM_increase_reservation };

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		cmd = cmds[i];
		expect_rc(reservation(cmd, &g, 0, 0, 0, DOMID_SELF), 0, "cmd %u, no extents", cmd);
		expect_rc(reservation(cmd, &g, 1, 0, 0, 0x7abc), 0, "cmd %u, nobody", cmd);
		expect_rc(reservation(cmd, &g, 1, 0, 0, 0), 0, "cmd %u, domain 0", cmd);
		expect_rc(reservation(cmd, &g, 1, 20, 0, DOMID_SELF), 0, "cmd %u, order 20", cmd);
		expect_rc(reservation(cmd, &g, 1, 63, 0, DOMID_SELF), 0, "cmd %u, order 63", cmd);
		expect_rc(reservation(cmd, &g, 1, 0xffffffff, 0, DOMID_SELF), 0, "cmd %u, order -1",
			  cmd);
		expect_rc(reservation(cmd, &g, ~0UL, 0, 0, DOMID_SELF), 0, "cmd %u, extents -1",
			  cmd);
		/* a start extent that the guest made up */
		expect_rc(reservation(cmd | 5 << 6, &g, 1, 0, 0, DOMID_SELF), 5,
			  "cmd %u, start extent beyond the count", cmd);
	}
	expect_rc(reservation(XENMEM_populate_physmap, &g, 1, 0, XENMEMF_populate_on_demand,
			      DOMID_SELF),
		  0, "populate on demand on oneself");
	expect_rc(reservation(XENMEM_decrease_reservation, &far, 1, 0, 0, DOMID_SELF), 0,
		  "decrease of a wild frame");
	expect_rc(reservation(XENMEM_populate_physmap, &far, 1, 0, 0, DOMID_SELF), 0,
		  "populate of a wild frame");
#if HAVE_PAGING
	page_set(VA_TEST, 0);
	expect_rc(reservation(XENMEM_decrease_reservation, (void *)VA_TEST, 1, 0, 0, DOMID_SELF), 0,
		  "decrease with a bad list");
	expect_rc(memory_op(XENMEM_decrease_reservation, (void *)VA_TEST), 0,
		  "decrease with a bad structure");
	expect_rc(memory_op(XENMEM_populate_physmap, (void *)VA_TEST), 0,
		  "populate with a bad structure");
#endif
	expect_rc(pages_now(), before, "pages after all that");
	expect_eq(word_at(page), 0, "the page is still there");
}

static long add(domid_t dom, unsigned int space, unsigned long idx, unsigned long gfn)
{
	struct xen_add_to_physmap arg = { .domid = dom, .space = space, .idx = idx, .gpfn = gfn };

	return memory_op(XENMEM_add_to_physmap, &arg);
}

static void shared_info_moves(void)
{
	unsigned long a = (unsigned long)page_alloc(1), b = (unsigned long)page_alloc(1);
	volatile struct shared_info *si;
	long before = pages_now();

	WRITE_ONCE(*(u32 *)a, 0xdeadbeef);
	expect_rc(add(DOMID_SELF, XENMAPSPACE_shared_info, 0, a >> PAGE_SHIFT), 0,
		  "to the first place");
	si = (void *)a;
	expect(si->vcpu_info[0].time.tsc_to_system_mul,
	       "no clock in the page that was just mapped");
	expect_rc(pages_now(), before - 1, "pages: the one that was there is gone");
	si->evtchn_mask[3] = 0x5a5a;
	expect_rc(add(DOMID_SELF, XENMAPSPACE_shared_info, 0, b >> PAGE_SHIFT), 0,
		  "to the second place");
	si = (void *)b;
	expect_eq(si->evtchn_mask[3], 0x5a5a, "contents move along");
	expect_eq(word_at(a), 0xffffffff, "the first place is empty");
	si->evtchn_mask[3] = 0;
	expect_rc(populate(a >> PAGE_SHIFT), 1, "populate of the first place");
	expect_eq(word_at(a), 0, "fresh page there");
	expect_rc(add(DOMID_SELF, XENMAPSPACE_shared_info, 0, a >> PAGE_SHIFT), 0, "and back");
	expect(((volatile struct shared_info *)a)->vcpu_info[0].time.tsc_to_system_mul,
	       "no clock after moving back");
}

static void add_errors(void)
{
	unsigned long gfn = (unsigned long)page_alloc(1) >> PAGE_SHIFT;
	long rc;

	expect_rc(add(DOMID_SELF, XENMAPSPACE_shared_info, 1, gfn), -XEN_EINVAL,
		  "shared_info, idx 1");
	expect_rc(add(DOMID_SELF, XENMAPSPACE_grant_table, 100000, gfn), -XEN_EINVAL,
		  "grant frame beyond the maximum");
	expect_rc(add(DOMID_SELF, XENMAPSPACE_gmfn_foreign, 0, gfn), -XEN_ENOSYS, "foreign");
	expect_rc(add(DOMID_SELF, XENMAPSPACE_dev_mmio, 0, gfn), -XEN_EINVAL, "dev_mmio");
	rc = add(DOMID_SELF, 99, 0, gfn);
	expect(rc == -XEN_EINVAL || rc == -XEN_ENOSYS, "space 99 gives %ld", rc);
	expect_rc(add(0x7abc, XENMAPSPACE_shared_info, 0, gfn), -XEN_ESRCH, "nobody's");
	expect_rc(add(0, XENMAPSPACE_shared_info, 0, gfn), -XEN_EPERM, "domain 0's");
	rc = add(DOMID_SELF, XENMAPSPACE_shared_info, 0, ~0UL >> 1);
	expect(rc < 0, "target frame beyond the address width gives %ld", rc);
	expect_eq(word_at(gfn << PAGE_SHIFT), 0, "the target page is untouched");
}

static void move_own(void)
{
	unsigned long a = (unsigned long)page_alloc(1), b = (unsigned long)page_alloc(1);
	long before = pages_now();

	WRITE_ONCE(*(u32 *)a, 0xcafe1234);
	expect_rc(add(DOMID_SELF, XENMAPSPACE_gmfn, a >> PAGE_SHIFT, b >> PAGE_SHIFT), 0, "gmfn");
	expect_eq(word_at(b), 0xcafe1234, "contents at the new place");
	expect_eq(word_at(a), 0xffffffff, "the old place is empty");
	expect_rc(pages_now(), before - 1, "pages");
	expect_rc(populate(a >> PAGE_SHIFT), 1, "populate of the old place");
	expect(add(DOMID_SELF, XENMAPSPACE_gmfn, 0xfd000, b >> PAGE_SHIFT) < 0,
	       "moving a frame that is not there");
	expect_eq(word_at(b), 0xcafe1234, "the target after that");
}

static void remove(void)
{
	unsigned long a = (unsigned long)page_alloc(1);
	struct xen_remove_from_physmap arg = { .domid = DOMID_SELF, .gpfn = a >> PAGE_SHIFT };

	expect_rc(memory_op(XENMEM_remove_from_physmap, &arg), 0, "remove");
	expect_eq(word_at(a), 0xffffffff, "word of a removed page");
	expect_rc(memory_op(XENMEM_remove_from_physmap, &arg), -XEN_ENOENT,
		  "remove of an absent page");
	arg.gpfn = 0xfd000;
	expect_rc(memory_op(XENMEM_remove_from_physmap, &arg), -XEN_ENOENT, "remove in a hole");
	arg.domid = 0;
	expect_rc(memory_op(XENMEM_remove_from_physmap, &arg), -XEN_EPERM, "remove from domain 0");
	arg.domid = 0x7abc;
	expect_rc(memory_op(XENMEM_remove_from_physmap, &arg), -XEN_ESRCH, "remove from nobody");
}

static void batch_add(void)
{
	unsigned long a = (unsigned long)page_alloc(1);
	xen_ulong_t idxs[2] = { 0, 1 };
	xen_pfn_t gfns[2] = { a >> PAGE_SHIFT, (a >> PAGE_SHIFT) };
	int errs[2] = { 77, 77 };
	struct xen_add_to_physmap_batch b = { .domid = DOMID_SELF, .size = 2,
					      .space = XENMAPSPACE_shared_info };
	long rc;

	set_xen_guest_handle(b.idxs, idxs);
	set_xen_guest_handle(b.gpfns, gfns);
	set_xen_guest_handle(b.errs, errs);
	rc = memory_op(XENMEM_add_to_physmap_batch, &b);
	expect_rc(rc, 0, "batch");
	expect_rc(errs[0], 0, "first entry");
	expect_rc(errs[1], -XEN_EINVAL, "second entry, idx 1");
}

static void mem_type(void)
{
	struct xen_hvm_get_mem_type t = { .domid = DOMID_SELF, .pfn = page >> PAGE_SHIFT };

	expect_rc(hvm_op(HVMOP_get_mem_type, &t), 0, "get_mem_type");
	expect_eq(t.mem_type, HVMMEM_ram_rw, "type of RAM");
	t.pfn = 0xfd000;
	expect_rc(hvm_op(HVMOP_get_mem_type, &t), 0, "get_mem_type of a hole");
	expect_eq(t.mem_type, HVMMEM_mmio_dm, "type of a hole");
}

static void filtered(void)
{
	domid_t self = DOMID_SELF;
	u8 b[128] = { 0 };
	long rc;

	expect_rc(memory_op(XENMEM_machine_memory_map, b), -XEN_ENOSYS, "machine_memory_map");
	expect_rc(memory_op(XENMEM_machphys_mapping, b), -XEN_ENOSYS, "machphys_mapping");
	expect_rc(memory_op(5, &self), -XEN_ENOSYS, "sub-op 5");
	expect_rc(memory_op(40, b), -XEN_ENOSYS, "sub-op 40");
	rc = memory_op(XENMEM_get_vnumainfo, b);
	expect(rc < 0, "get_vnumainfo gives %ld", rc);
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	page = (unsigned long)page_alloc(1);
}

TEST_CASES = {
	{ "counts", counts },
	{ "memory map", memory_map },
	{ "give back and take again", balloon },
	{ "batches", batch },
	{ "mistakes in reservations", reservation_errors },
	{ "shared info moves", shared_info_moves },
	{ "add_to_physmap errors", add_errors },
	{ "moving an own page", move_own },
	{ "remove_from_physmap", remove },
	{ "add_to_physmap_batch", batch_add },
	{ "memory types", mem_type },
	{ "calls the filter refuses", filtered },
	TEST_CASES_END
};
