// SPDX-License-Identifier: GPL-2.0-only
/* Much, wide, and long: lists without an end, calls in lists, and pages at very many places. */
#include "rough.h"

#include <xen/memory.h>

#define VA_LIST		0x0000010000000000UL	/* 512 GiB of the same 2 MiB */

static u8 *big;			/* 2 MiB */

void spread(struct fuzz *f)
{
	static const u16 spaces[] = { XENMAPSPACE_shared_info, XENMAPSPACE_shared_info,
				      XENMAPSPACE_grant_table, XENMAPSPACE_gmfn };
	u64 base = 0x100000 + (rng_u64(&f->rng) >> (32 + below(f, 16)));
	u32 space = spaces[below(f, ARRAY_SIZE(spaces))], shift = 9 * below(f, 4), i;
	u32 n = below(f, 4) ? below(f, 50) : below(f, 6000);
	unsigned long from = ((unsigned long)sand >> PAGE_SHIFT) + below(f, NR_SAND), to;

	for (i = 0; i < n; i++) {
		to = base + ((u64)i << shift);
		if (physmap_add(space, space == XENMAPSPACE_gmfn ? from : 0, to))
			break;
		if (space == XENMAPSPACE_gmfn)
			from = to;
	}
}

static u32 huge_count(struct fuzz *f)
{
	static const u32 counts[] = { 1000, 0x10000, 0x100000, 0x7ffffff, 0x7fffffff, ~0U };

	return below(f, 2) ? counts[below(f, ARRAY_SIZE(counts))] :
			     (u32)rng_u64(&f->rng) >> below(f, 32);
}

/*
 * A list that is longer than the guest. It names pages that may be lost: what takes more than one
 * page at a time, or writes, is kept off the guest's own.
 */
void huge(struct fuzz *f)
{
	struct xen_memory_reservation r = { .domid = DOMID_SELF };
	struct xen_add_to_physmap_batch batch = { .domid = DOMID_SELF };
	struct xen_add_to_physmap add = { .domid = DOMID_SELF, .space = XENMAPSPACE_gmfn_range };
	u32 i;

	for (i = 0; i < 4096; i++)
		((u64 *)big)[i] = any_gfn(f);
	switch (below(f, 8)) {
	case 0 ... 2:
		LONG(f, "a grant list", grant_op(below(f, 13), (void *)VA_LIST, huge_count(f)));
		break;
	case 3 ... 4:
		r.nr_extents = huge_count(f);
		set_xen_guest_handle(r.extent_start, (xen_pfn_t *)VA_LIST);
		LONG(f, "a decrease", memory_op(XENMEM_decrease_reservation, &r));
		break;
	case 5:
		r.nr_extents = huge_count(f);
		r.extent_order = below(f, 10);
		set_xen_guest_handle(r.extent_start, (xen_pfn_t *)VA_LIST);
		LONG(f, "an increase", memory_op(XENMEM_populate_physmap, &r));
		break;
	case 6:
		batch.space = below(f, 4);
		batch.size = huge_count(f);
		set_xen_guest_handle(batch.idxs, (xen_ulong_t *)VA_LIST);
		set_xen_guest_handle(batch.gpfns, (xen_pfn_t *)VA_LIST);
		set_xen_guest_handle(batch.errs, (int *)(VA_LIST + 0x100000));
		LONG(f, "a list of frames", memory_op(XENMEM_add_to_physmap_batch, &batch));
		break;
	default:
		add.size = huge_count(f);
		add.idx = MAP_GFN + below(f, NR_MAP_GFNS);
		add.gpfn = any_gfn(f) | 0x100000;
		LONG(f, "a range of frames", memory_op(XENMEM_add_to_physmap, &add));
	}
}

/* A list of calls that are long themselves. */
void long_multicall(struct fuzz *f)
{
	struct multicall_entry *list = (void *)(big + 0x100000);
	struct xen_memory_reservation *r = (void *)(big + 0x1c0000);
	u32 n = below(f, 2) ? 1024 : below(f, 1200), i;

	/* Mostly there already, wherever that is. */
	r->nr_extents = 1 + below(f, 4095);
	r->extent_order = below(f, 10);
	r->mem_flags = 0;
	r->domid = DOMID_SELF;
	set_xen_guest_handle(r->extent_start, (xen_pfn_t *)VA_LIST);
	for (i = 0; i < 4096; i++)
		((u64 *)big)[i] = below(f, 512) << 9;
	for (i = 0; i < n; i++) {
		memset(&list[i], 0, sizeof(list[i]));
		list[i].op = __HYPERVISOR_memory_op;
		list[i].args[0] = below(f, 8) ? XENMEM_populate_physmap :
						XENMEM_current_reservation;
		list[i].args[1] = (unsigned long)r;
		if (!below(f, 4)) {
			list[i].op = __HYPERVISOR_grant_table_op;
			list[i].args[0] = GNTTABOP_copy;
			list[i].args[1] = VA_LIST + PAGE_SIZE * 8;
			list[i].args[2] = 4096;
		}
	}
	LONG(f, "a multicall", hypercall2(__HYPERVISOR_multicall, list, n));
}

void wide_setup(void)
{
	pte_t *pd = page_alloc(1);
	unsigned int i;

	big = page_alloc_aligned(LARGE_SIZE / PAGE_SIZE, LARGE_SIZE);
	for (i = 0; i < PAGE_SIZE / sizeof(*pd); i++) {
		pd[i] = (unsigned long)big | PTE_P | PTE_W | PTE_A | PTE_D | PTE_PS;
		*pt_entry(VA_LIST + ((unsigned long)i << 30), 3) =
			(unsigned long)pd | PTE_P | PTE_W | PTE_A;
	}
}
