// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a domain that is being built, in the address space of who builds
 * it: offset in the descriptor = guest-physical address.
 *
 * A mapping holds references on pages and nothing else.  Pages come with the
 * first access, a whole block of 2 MiB at a time where there is one, and only
 * while the domain is being built; what is mapped by then stays until it is
 * unmapped.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "ept/internal.h"

#define AROUND	32

/* Where the access is in memory of the domain: the range, or NULL. */
static bool may_map(struct domain *d, u64 gfn)
{
	struct ept *ept = &d->ept;
	const struct ept_range *r;
	bool may;

	down_read(&ept->alive);
	r = ept->dead ? NULL : ept_find_range(ept, gfn);
	may = r && ept_range_is_memory(r) && READ_ONCE(d->state) == DOMAIN_BUILDING;
	up_read(&ept->alive);
	return may;
}

/*
 * Map pages from @gfn on up to @end that are there already.  What cannot be mapped
 * now will be by a fault of its own, so nothing is an error here.
 */
static void map_around(struct domain *d, struct vm_area_struct *vma, u64 gfn, u64 end)
{
	struct page *page[AROUND];
	unsigned long nr = 0;
	unsigned long left, i;
	unsigned long address;
	enum ept_type type;

	while (gfn < end) {
		address = vma->vm_start + ((gfn - vma->vm_pgoff) << PAGE_SHIFT);
		for (nr = 0; nr < AROUND && gfn < end; nr++, gfn++) {
			page[nr] = ept_get_page(d, gfn, EPT_WRITE, &type);
			if (IS_ERR(page[nr]))
				break;
			/* Pages of other kinds are nobody's to map. */
			if (type != EPT_RAM) {
				put_page(page[nr]);
				break;
			}
		}
		left = nr;
		/* It takes references of its own, and says how many it did not map. */
		if (nr)
			vm_insert_pages(vma, address, page, &left);
		for (i = 0; i < nr; i++)
			put_page(page[i]);
		if (left || nr < AROUND)
			break;
	}
}

static vm_fault_t ept_vm_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct domain *d = vma->vm_private_data;
	u64 gfn = vmf->pgoff;
	u64 block, end;
	enum ept_type type;
	struct page *page;
	vm_fault_t ret;

	if (!may_map(d, gfn))
		return VM_FAULT_SIGBUS;
	page = ept_get_page(d, gfn, EPT_WRITE | EPT_POPULATE, &type);
	/* Without memory, too: VM_FAULT_OOM would have it tried again for ever. */
	if (IS_ERR(page))
		return VM_FAULT_SIGBUS;
	if (type != EPT_RAM) {
		put_page(page);
		return VM_FAULT_SIGBUS;
	}
	/* Its reference goes on to the page table, or is dropped there. */
	ret = vmf_insert_page(vma, vmf->address & PAGE_MASK, page);
	put_page(page);
	if (ret != VM_FAULT_NOPAGE)
		return ret;
	/* The page tables of this block are there now: the rest of it is cheap. */
	block = gfn & ~(BIT_ULL(EPT_ORDER_2M) - 1);
	end = min_t(u64, block + BIT_ULL(EPT_ORDER_2M), vma->vm_pgoff + vma_pages(vma));
	map_around(d, vma, gfn + 1, end);
	return ret;
}

static const struct vm_operations_struct ept_vm_ops = {
	.fault = ept_vm_fault,
};

/**
 * ept_mmap() - map guest memory; mmap() of the domain's descriptor
 * @d: the file that is being mapped holds it
 * @vma: as in file_operations.mmap
 *
 * Context: mmap_lock held for writing.
 * Return: 0; -EBUSY: not being built any more; -EINVAL: private mapping, or beyond
 * the guest's physical addresses.  An access outside of RAM is a SIGBUS.
 */
int ept_mmap(struct domain *d, struct vm_area_struct *vma)
{
	if (READ_ONCE(d->state) != DOMAIN_BUILDING)
		return -EBUSY;
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC ||
	    !ept_gfn_valid(d, vma->vm_pgoff + vma_pages(vma) - 1))
		return -EINVAL;
	compat_vm_flags_set(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = d;
	vma->vm_ops = &ept_vm_ops;
	return 0;
}
