// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xen/hypercall: memory for the arguments of hypercalls, which libxencall asks for.
 *
 * Pages of the kernel's that are never paged out or moved.  They belong to who has them
 * mapped, and are charged to the memory cgroup of who had them made.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "base/host_memory.h"
#include "dom0/internal.h"
#include "xlhv.h"

static int buffer_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long address;
	struct page *page;
	int err = 0;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (!host_can_spare(vma_pages(vma)))
		return -ENOMEM;
	compat_vm_flags_set(vma, VM_IO | VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP);
	/* All pages are there: what has none gave it back. */
	vma->vm_ops = &dom0_fixed_vm_ops;
	/* After an error the kernel unmaps, and so frees, what is there by then. */
	for (address = vma->vm_start; address < vma->vm_end && !err; address += PAGE_SIZE) {
		if (fatal_signal_pending(current))
			return -EINTR;
		page = alloc_page(GFP_GUEST | __GFP_ZERO);
		if (!page)
			return -ENOMEM;
		err = vm_insert_page(vma, address, page);
		put_page(page);
		cond_resched();
	}
	return err;
}

const struct file_operations dom0_hypercall_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.mmap = buffer_mmap,
};
