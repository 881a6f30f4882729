// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xen/privcmd: hypercalls of processes, and their mappings of guests' pages.
 *
 * A hypercall goes to the handler that a guest's goes to (hypercall_by_process()).
 *
 * A mapping is made in two steps, as the kernel's driver has them: mmap() makes an empty area,
 * an ioctl fills it. Pages are inserted one by one, each with a reference of its own that goes
 * when it is unmapped, so that it does not matter what becomes of the domain, or of the area:
 * split, moved or unmapped in part.  What is not filled is SIGBUS.
 *
 * A call that fails has mapped nothing, but for a list of frames whose errors cannot be told:
 * as with the kernel's driver, its pages are mapped then.  Pages that cannot be had are no
 * failure of a list; each has an error of its own.
 *
 * Source of the interface: the kernel's include/uapi/xen/privcmd.h.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/xen/privcmd.h>

#include "compat.h"
#include "base/host_memory.h"
#include "base/usercopy.h"
#include "dom0/internal.h"
#include "domain/domain.h"
#include "ept/ept.h"
#include "grant/grant.h"
#include "hypercall/continuation.h"
#include "hypercall/hypercall.h"

/* Pages that are mapped at once. */
#define CHUNK		32

/* What the kernel's driver takes of one device-model operation. */
#define DM_OP_MAX_BUFS	16
#define DM_OP_MAX_SIZE	4096

/* Resources of a domain.  Source: Xen's public/memory.h. */
#define RESOURCE_grant_table	1
#define RESOURCE_SHARED		0
#define RESOURCE_STATUS		1
#define STATUS_FRAME		BIT(31)

/**
 * struct privcmd_file - one open of the node
 * @domid: [a] the only domain that it may be used for, DOMID_INVALID for any; set once
 */
struct privcmd_file {
	unsigned int domid;
};

/*
 * In vm_private_data of an area that has been filled, wholly or in part: as one that can be
 * written, or, at least once, as one that cannot, which it stays.
 */
static char filled_to_write, filled_to_read;

static bool may(const struct privcmd_file *f, domid_t domid)
{
	unsigned int only = READ_ONCE(f->domid);

	return only == DOMID_INVALID || only == domid;
}

static long do_hypercall(struct privcmd_file *f, void __user *at)
{
	struct privcmd_hypercall call;

	/* What it is about is nowhere to be seen. */
	if (READ_ONCE(f->domid) != DOMID_INVALID)
		return -EPERM;
	if (user_copy_in(&call, at, sizeof(call)))
		return -EFAULT;
	return hypercall_by_process(call.op, call.arg);
}

/* A page that is not there is not "paged out" (-ENOENT), which a caller would wait for. */
static int page_error(long err)
{
	return err == -ENOENT || err == -EACCES ? -EINVAL : err;
}

/*
 * References of a page from which on it is not mapped once more.  Each mapping takes one, the
 * same page may be in every place of an area without end, and the count must not come round.
 */
#define MOST_REFERENCES	1000000

static bool may_be_mapped(struct page *page)
{
	return page_count(page) <= MOST_REFERENCES;
}

/* A page that a guest has at @gfn, with a reference, or ERR_PTR().  May sleep. */
static struct page *foreign_page(struct domain *d, u64 gfn, bool write)
{
	enum ept_type type;
	struct page *page;

	page = ept_get_page(d, gfn, EPT_POPULATE | (write ? EPT_WRITE : 0), &type);
	if (IS_ERR(page))
		return ERR_PTR(page_error(PTR_ERR(page)));
	/* What another domain granted to it is not its own. */
	if (type == EPT_GRANT || type == EPT_GRANT_RO) {
		put_page(page);
		return ERR_PTR(-EINVAL);
	}
	return page;
}

#define SHORT_LIST	(64U << 10)	/* bytes */

static const struct vm_operations_struct privcmd_vm_ops;

/**
 * struct area - where an ioctl maps
 * @start: first address
 * @pages: how many
 * @write: it can be written
 */
struct area {
	unsigned long start;
	unsigned long pages;
	bool write;
};

/* The area of this node's that has all of that.  The address space is locked. */
static struct vm_area_struct *find_area(unsigned long start, unsigned long pages)
{
	struct vm_area_struct *vma = vma_lookup(current->mm, start);

	if (!vma || vma->vm_ops != &privcmd_vm_ops || offset_in_page(start) ||
	    pages > (vma->vm_end - start) >> PAGE_SHIFT)
		return NULL;
	return vma;
}

static int is_free(pte_t *pte, unsigned long address, void *unused)
{
	return pte_none(*pte) ? 0 : -EINVAL;
}

/*
 * Is nothing mapped there?  The page tables are there afterwards.  The address space is locked.
 * Return: 0; -EINVAL: something is; -ENOMEM; -EINTR: killed.
 */
static int look_for_pages(unsigned long start, unsigned long pages)
{
	unsigned long end = start + (pages << PAGE_SHIFT), next;
	int err;

	for (; start < end; start = next) {
		next = min(end, ALIGN(start + 1, PMD_SIZE));
		err = apply_to_page_range(current->mm, start, next - start, is_free, NULL);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/*
 * Is that an area that can be filled?  All of it the first time, then any part of it that has
 * nothing in it.
 * Return: 0; -EINVAL; -ENOMEM; -EINTR.
 */
static int begin_area(struct area *a)
{
	struct vm_area_struct *vma;
	int err = -EINVAL;

	user_mm_lock();
	vma = find_area(a->start, a->pages);
	if (vma) {
		if (READ_ONCE(vma->vm_private_data))
			err = look_for_pages(a->start, a->pages);
		else if (a->start == vma->vm_start && a->pages == vma_pages(vma))
			err = 0;
	}
	if (!err) {
		a->write = vma->vm_flags & VM_WRITE;
		WRITE_ONCE(vma->vm_private_data, a->write ? &filled_to_write : &filled_to_read);
	}
	user_mm_unlock();
	return err;
}

/*
 * Where @nr pages are to go, or NULL: another thread has changed the area meanwhile.  The
 * address space is locked.
 */
static struct vm_area_struct *find_again(const struct area *a, unsigned long first, unsigned int nr)
{
	struct vm_area_struct *vma = find_area(a->start + (first << PAGE_SHIFT), nr);

	/* Another may be there by now, which is to be written where this one is not. */
	if (vma && vma->vm_flags & VM_WRITE && !a->write)
		return NULL;
	return vma;
}

/*
 * Map pages, where there is no error.  They keep references of their own.  One that cannot be
 * mapped becomes an error.
 * Return: 0; -EINVAL: the area is gone.
 */
static int insert(const struct area *a, unsigned long first, struct page **page, unsigned int nr)
{
	unsigned long address = a->start + (first << PAGE_SHIFT);
	struct vm_area_struct *vma;
	unsigned int i;
	int err;

	user_mm_lock();
	vma = find_again(a, first, nr);
	for (i = 0; vma && i < nr; i++, address += PAGE_SIZE) {
		if (IS_ERR(page[i]))
			continue;
		err = may_be_mapped(page[i]) ? vm_insert_page(vma, address, page[i]) : -ENOMEM;
		if (!err)
			continue;
		put_page(page[i]);
		/* Another thread has filled it. */
		page[i] = ERR_PTR(err == -EBUSY ? -EINVAL : err);
	}
	user_mm_unlock();
	return vma ? 0 : -EINVAL;
}

static void put_pages(struct page **page, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!IS_ERR(page[i]))
			put_page(page[i]);
}

/**
 * struct batch - guest frames to be mapped
 * @domid: whose
 * @area: where
 * @gfn: [user] frames
 * @err: [user] an error for each; NULL: errors go into the top of @gfn
 * @list: copy of @gfn
 * @untold: -EFAULT: an error could not be told; else 0
 */
struct batch {
	domid_t domid;
	struct area area;
	xen_pfn_t __user *gfn;
	int __user *err;
	xen_pfn_t *list;
	int untold;
};

/* Tell of those that could not be mapped.  Return: 0 or -EFAULT. */
static int tell_errors(const struct batch *b, unsigned long first, struct page **page,
		       unsigned int nr)
{
	xen_pfn_t *gfn = b->list + first;
	bool failed = false;
	int err[CHUNK];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		err[i] = IS_ERR(page[i]) ? PTR_ERR(page[i]) : 0;
		if (!err[i])
			continue;
		gfn[i] |= PRIVCMD_MMAPBATCH_MFN_ERROR;
		failed = true;
	}
	/* Where nothing failed, the caller's memory says so already. */
	if (!failed)
		return 0;
	if (b->err)
		return user_copy_out(b->err + first, err, nr * sizeof(*err));
	return user_copy_out(b->gfn + first, gfn, nr * sizeof(*gfn));
}

static int map_chunk(struct batch *b, struct domain *d, unsigned long first, unsigned int nr)
{
	struct page *page[CHUNK];
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++)
		page[i] = d ? foreign_page(d, b->list[first + i], b->area.write) : ERR_PTR(-ESRCH);
	err = insert(&b->area, first, page, nr);
	if (!err && !b->untold)
		b->untold = tell_errors(b, first, page, nr);
	put_pages(page, nr);
	return err;
}

/* Return: 0; -EFAULT; -ENOMEM, also for a list that no address space has room for. */
static int copy_list(struct batch *b)
{
	size_t size = array_size(b->area.pages, sizeof(*b->list));

	/* A short one does not matter to the reserve. */
	if (size > INT_MAX || (size > SHORT_LIST && !host_can_spare(size >> PAGE_SHIFT)))
		return -ENOMEM;
	b->list = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	return b->list ? user_copy_in(b->list, b->gfn, size) : -ENOMEM;
}

static int map_list(struct batch *b)
{
	unsigned long done;
	struct domain *d;
	int err;

	err = begin_area(&b->area);
	if (err)
		return err;
	d = xlhv_domain_get_by_id(b->domid);
	for (done = 0; done < b->area.pages && !err; done += CHUNK) {
		err = map_chunk(b, d, done, min_t(unsigned long, CHUNK, b->area.pages - done));
		cond_resched();
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	if (d)
		xlhv_domain_put(d);
	return err ?: b->untold;
}

static long map_batch(struct batch *b)
{
	int err;

	err = copy_list(b) ?: map_list(b);
	kvfree(b->list);
	return err;
}

static long do_mmapbatch(struct privcmd_file *f, void __user *at)
{
	struct privcmd_mmapbatch m;
	struct batch b = {};

	if (user_copy_in(&m, at, sizeof(m)))
		return -EFAULT;
	if (!may(f, m.dom))
		return -EPERM;
	if (m.num <= 0)
		return -EINVAL;
	b.domid = m.dom;
	b.area.start = m.addr;
	b.area.pages = m.num;
	b.gfn = m.arr;
	return map_batch(&b);
}

static long do_mmapbatch_v2(struct privcmd_file *f, void __user *at)
{
	struct privcmd_mmapbatch_v2 m;
	struct batch b = {};

	if (user_copy_in(&m, at, sizeof(m)))
		return -EFAULT;
	if (!may(f, m.dom))
		return -EPERM;
	/* As the kernel's driver has it, which counts in an int as well. */
	if (!m.num || m.num > INT_MAX)
		return -EINVAL;
	if (user_clear(m.err, sizeof(*m.err) * (size_t)m.num))
		return -EFAULT;
	b.domid = m.dom;
	b.area.start = m.addr;
	b.area.pages = m.num;
	b.gfn = (xen_pfn_t __user *)m.arr;
	b.err = m.err;
	return map_batch(&b);
}

/*
 * All pages or none, where nothing is.  Whatever could be an error is looked for before the first
 * one, and of several threads that fill the same area one does, and the others find it full.
 * Return: 0; -EINVAL; -ENOMEM; -EINTR.
 */
static int insert_all(const struct area *a, struct page **page)
{
	unsigned long address = a->start, i;
	struct vm_area_struct *vma;
	int err;

	for (i = 0; i < a->pages; i++)
		if (!may_be_mapped(page[i]))
			return -ENOMEM;
	err = user_mm_lock_alone();
	if (err)
		return err;
	vma = find_again(a, 0, a->pages);
	err = vma ? look_for_pages(a->start, a->pages) : -EINVAL;
	/* With its page table a page that is free takes what it is given. */
	for (i = 0; !err && i < a->pages; i++, address += PAGE_SIZE)
		err = vm_insert_page(vma, address, page[i]);
	user_mm_unlock_alone();
	return err;
}

/* Frames of a domain's grant table, which are not many.  Return: 0 or -errno. */
static int map_frames(const struct area *a, struct domain *d, u64 idx)
{
	struct page **page;
	unsigned int nr;
	int err = 0;

	page = kvmalloc_array(a->pages, sizeof(*page), GFP_KERNEL_ACCOUNT);
	if (!page)
		return -ENOMEM;
	for (nr = 0; nr < a->pages && !err; nr++) {
		/* A table that has to grow by much does so bit by bit. */
		do {
			page[nr] = gnttab_frame(d, idx + nr);
			if (fatal_signal_pending(current))
				err = -EINTR;
			cond_resched();
		} while (!err && page[nr] == ERR_PTR(HYPERCALL_GOES_ON));
		if (!err && IS_ERR(page[nr]))
			err = PTR_ERR(page[nr]);
	}
	if (!err)
		err = insert_all(a, page);
	put_pages(page, nr);
	kvfree(page);
	return err;
}

static long map_resource(struct domain *d, const struct privcmd_mmap_resource *m, u64 *size)
{
	struct area a = { .start = m->addr, .pages = m->num };
	int err;

	if (m->type != RESOURCE_grant_table || dom_is_host(d))
		return -EOPNOTSUPP;
	if (m->id != RESOURCE_SHARED && m->id != RESOURCE_STATUS)
		return -EINVAL;
	*size = gnttab_max_frames(d, m->id == RESOURCE_STATUS);
	if (!m->num)
		return 0;
	if (m->idx >= *size || m->num > *size - m->idx)
		return -EINVAL;
	err = begin_area(&a);
	return err ?: map_frames(&a, d, m->idx | (m->id == RESOURCE_STATUS ? STATUS_FRAME : 0));
}

static long do_mmap_resource(struct privcmd_file *f, void __user *at)
{
	struct privcmd_mmap_resource m;
	struct domain *d;
	u64 size;
	long rc;

	if (user_copy_in(&m, at, sizeof(m)))
		return -EFAULT;
	if (!may(f, m.dom))
		return -EPERM;
	/* Neither of them: only how many there could be. */
	if (!m.addr != !m.num)
		return -EINVAL;
	d = xlhv_domain_get_by_id(m.dom);
	if (!d)
		return -ESRCH;
	rc = map_resource(d, &m, &size);
	xlhv_domain_put(d);
	if (!rc && !m.num)
		rc = user_copy_out(at + offsetof(typeof(m), num), &size, sizeof(size));
	return rc;
}

/* The library asks whether there is such an ioctl by an operation of no buffers. */
static long do_dm_op(struct privcmd_file *f, void __user *at)
{
	struct privcmd_dm_op_buf buf[DM_OP_MAX_BUFS];
	struct privcmd_dm_op m;
	u64 args[5] = {};
	unsigned int i;

	if (user_copy_in(&m, at, sizeof(m)))
		return -EFAULT;
	if (!may(f, m.dom))
		return -EPERM;
	if (!m.num)
		return 0;
	if (m.num > DM_OP_MAX_BUFS)
		return -E2BIG;
	if (user_copy_in(buf, m.ubufs, m.num * sizeof(*buf)))
		return -EFAULT;
	for (i = 0; i < m.num; i++) {
		if (buf[i].size > DM_OP_MAX_SIZE)
			return -E2BIG;
		if (!access_ok(buf[i].uptr, buf[i].size))
			return -EFAULT;
	}
	args[0] = m.dom;
	args[1] = m.num;
	args[2] = (unsigned long)m.ubufs;
	return hypercall_by_process(__HYPERVISOR_dm_op, args);
}

/* For good.  To the same one again is no error. */
static long do_restrict(struct privcmd_file *f, void __user *at)
{
	unsigned int old;
	domid_t domid;

	if (user_copy_in(&domid, at, sizeof(domid)))
		return -EFAULT;
	old = cmpxchg(&f->domid, DOMID_INVALID, domid);
	return old == DOMID_INVALID || old == domid ? 0 : -EINVAL;
}

static long privcmd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct privcmd_file *f = file->private_data;
	void __user *at = (void __user *)arg;

	switch (cmd) {
	case IOCTL_PRIVCMD_HYPERCALL:
		return do_hypercall(f, at);
	case IOCTL_PRIVCMD_MMAPBATCH:
		return do_mmapbatch(f, at);
	case IOCTL_PRIVCMD_MMAPBATCH_V2:
		return do_mmapbatch_v2(f, at);
	case IOCTL_PRIVCMD_MMAP_RESOURCE:
		return do_mmap_resource(f, at);
	case IOCTL_PRIVCMD_DM_OP:
		return do_dm_op(f, at);
	case IOCTL_PRIVCMD_RESTRICT:
		return do_restrict(f, at);
	case IOCTL_PRIVCMD_MMAP:
		/* By machine frames, for kernels that are paravirtualised. */
		return -ENOSYS;
	}
	return -ENOTTY;
}

/* What was mapped to be read may be something that is not to be written. */
static int privcmd_mprotect(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			    unsigned long flags)
{
	return flags & VM_WRITE && READ_ONCE(vma->vm_private_data) == &filled_to_read ? -EACCES : 0;
}

static const struct vm_operations_struct privcmd_vm_ops = {
	.fault = dom0_no_page,
	.mprotect = privcmd_mprotect,
};

static int privcmd_mmap(struct file *file, struct vm_area_struct *vma)
{
	/* A private copy is not what a guest shares; its code is not the host's to run. */
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC)
		return -EINVAL;
	compat_vm_flags_clear(vma, VM_MAYEXEC);
	compat_vm_flags_set(vma, VM_IO | VM_MIXEDMAP | VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = NULL;
	vma->vm_ops = &privcmd_vm_ops;
	return 0;
}

static int privcmd_open(struct inode *inode, struct file *file)
{
	struct privcmd_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);

	if (!f)
		return -ENOMEM;
	f->domid = DOMID_INVALID;
	file->private_data = f;
	return nonseekable_open(inode, file);
}

static int privcmd_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

const struct file_operations dom0_privcmd_fops = {
	.owner = THIS_MODULE,
	.open = privcmd_open,
	.release = privcmd_release,
	.mmap = privcmd_mmap,
	.unlocked_ioctl = privcmd_ioctl,
};
