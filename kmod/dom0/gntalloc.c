// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xen/gntalloc: pages of domain 0's for other domains, and for the process that asked for
 * them.
 *
 * Each page has an entry of domain 0's grant table, and the entry's number is also the frame
 * number under which domain 0 has the page.  A page is given back when the process has neither
 * a place nor a mapping for it any more; its entry, and its share of the limit, when the last
 * domain has let go of it as well, which is looked at whenever pages come or go.
 *
 * The ABI is <xen/gntalloc.h> of the kernel, with the errors of its driver.
 */
#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/grant_table.h>
#include <uapi/xen/gntalloc.h>

#include "compat.h"
#include "base/usercopy.h"
#include "dom0/gnt_notify.h"
#include "dom0/internal.h"
#include "domain/domain.h"
#include "ept/ept.h"
#include "grant/grant.h"

/* Entries that gntalloc has of domain 0's table; those before are reserved. */
#define FIRST_REF	8
#define NR_REFS		(GRANT_DEFAULT_MAX_FRAMES * (PAGE_SIZE / sizeof(struct grant_entry_v1)))

static unsigned int gntalloc_limit = 1024;
module_param(gntalloc_limit, uint, 0644);
MODULE_PARM_DESC(gntalloc_limit,
		 "most pages that /dev/xen/gntalloc may have granted at once (default: 1024)");

static DEFINE_MUTEX(refs_lock);		/* entries */
static DECLARE_BITMAP(used, NR_REFS);	/* [refs_lock] granted, or still used by others */
static DECLARE_BITMAP(left, NR_REFS);	/* [refs_lock] of these, withdrawn */
static unsigned int nr_used;		/* [refs_lock] */

/**
 * struct shared_page - a page that is granted
 * @link: [file's lock] in the order of @index
 * @users: [file's lock] its place, and each mapping
 * @index: [c] its number among the file's pages
 * @ref: [c] entry of domain 0's table, and frame number there
 * @page: [c] with a reference
 * @clear: [file's lock] the byte at @clear_at is cleared when it is given back
 * @clear_at: [file's lock]
 * @port: [file's lock] event channel of domain 0 that is sent an event then; NULL: none
 */
struct shared_page {
	struct list_head link;
	unsigned int users;
	u64 index;
	grant_ref_t ref;
	struct page *page;
	bool clear;
	u16 clear_at;
	struct gntport *port;
};

/**
 * struct gntalloc_file - an open file
 * @lock: its pages
 * @domain: [c] domain 0
 * @pages: [lock] those that have a place
 * @next: [lock] the next place: none is given out twice
 */
struct gntalloc_file {
	struct mutex lock;	/* its pages */
	struct domain *domain;
	struct list_head pages;
	u64 next;
};

/**
 * struct mapped_pages - pages that were mapped together
 * @refs: parts that are mapped, in any address space
 * @file: whose; the mapping keeps it
 * @index: of the first
 * @count: of them
 * @page: them
 */
struct mapped_pages {
	refcount_t refs;
	struct gntalloc_file *file;
	u64 index;
	unsigned long count;
	struct shared_page *page[];
};

/* Entries that others have let go of meanwhile. */
static void collect_locked(struct domain *d)
{
	unsigned int ref;

	lockdep_assert_held(&refs_lock);
	for_each_set_bit(ref, left, NR_REFS) {
		if (!gnttab_own_withdraw(d, ref))
			continue;
		__clear_bit(ref, left);
		__clear_bit(ref, used);
		nr_used--;
	}
}

/* Is there room for that many more?  They are counted at once. */
static bool may_have_locked(struct domain *d, u32 count)
{
	unsigned int most = min_t(unsigned int, READ_ONCE(gntalloc_limit), NR_REFS - FIRST_REF);

	lockdep_assert_held(&refs_lock);
	collect_locked(d);
	return nr_used <= most && count <= most - nr_used;
}

/* An entry of the table, in use.  Room has been looked for. */
static grant_ref_t take_ref_locked(void)
{
	grant_ref_t ref = find_next_zero_bit(used, NR_REFS, FIRST_REF);

	lockdep_assert_held(&refs_lock);
	__set_bit(ref, used);
	nr_used++;
	return ref;
}

static void put_ref(struct domain *d, grant_ref_t ref)
{
	mutex_lock(&refs_lock);
	__set_bit(ref, left);
	collect_locked(d);
	mutex_unlock(&refs_lock);
}

/* Nothing of the process's leads to it. */
static void free_page_of(struct domain *d, struct shared_page *s)
{
	u8 *byte = page_address(s->page);

	if (s->clear)
		WRITE_ONCE(byte[s->clear_at], 0);
	/* First no more uses by this entry, then the page behind it. */
	gnttab_own_withdraw(d, s->ref);
	ept_remove(d, s->ref, EPT_SPECIAL);
	put_page(s->page);
	put_ref(d, s->ref);
	if (s->port)
		gntport_send_and_put(s->port);
	kfree(s);
}

/* One use less; a page without any goes to the list. */
static void put_locked(struct shared_page *s, struct list_head *gone)
{
	if (!--s->users)
		list_move(&s->link, gone);
}

static void free_gone(struct domain *d, struct list_head *gone)
{
	struct shared_page *s, *next;

	list_for_each_entry_safe(s, next, gone, link) {
		list_del(&s->link);
		free_page_of(d, s);
		cond_resched();
	}
}

/* A page that is granted, in no list; or NULL: no memory.  Its entry is @ref. */
static struct shared_page *make_page(struct domain *d, grant_ref_t ref, domid_t to, bool readonly)
{
	struct shared_page *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

	if (!s)
		return NULL;
	INIT_LIST_HEAD(&s->link);
	s->users = 1;
	s->ref = ref;
	s->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!s->page)
		goto err_free;
	if (ept_map_special(d, ref, s->page, EPT_SPECIAL))
		goto err_page;
	if (gnttab_own_grant(d, ref, to, ref, readonly))
		goto err_map;
	return s;

err_map:
	ept_remove(d, ref, EPT_SPECIAL);
err_page:
	put_page(s->page);
err_free:
	kfree(s);
	return NULL;
}

/* Entries for all of them, or for none.  Return: 0 or -ENOSPC. */
static int take_refs(struct domain *d, u32 *ref, u32 count)
{
	int err = -ENOSPC;
	u32 i;

	mutex_lock(&refs_lock);
	if (may_have_locked(d, count)) {
		for (i = 0; i < count; i++)
			ref[i] = take_ref_locked();
		err = 0;
	}
	mutex_unlock(&refs_lock);
	return err;
}

/* Pages for entries that were taken, which are given back if it fails. */
static int make_pages(struct gntalloc_file *f, const struct ioctl_gntalloc_alloc_gref *op,
		      const u32 *ref, struct list_head *pages)
{
	bool readonly = !(op->flags & GNTALLOC_FLAG_WRITABLE);
	struct shared_page *s;
	u32 i;

	for (i = 0; i < op->count; i++) {
		s = fatal_signal_pending(current) ? NULL :
		    make_page(f->domain, ref[i], op->domid, readonly);
		if (!s)
			break;
		list_add_tail(&s->link, pages);
		cond_resched();
	}
	if (i == op->count)
		return 0;
	while (i < op->count)
		put_ref(f->domain, ref[i++]);
	free_gone(f->domain, pages);
	return fatal_signal_pending(current) ? -EINTR : -ENOMEM;
}

/* The first of @count pages from a place on, or NULL. */
static struct shared_page *find_locked(struct gntalloc_file *f, u64 index, unsigned long count)
{
	struct shared_page *s, *first = NULL;

	lockdep_assert_held(&f->lock);
	list_for_each_entry(s, &f->pages, link) {
		if (!first && s->index == index)
			first = s;
		if (!first)
			continue;
		if (s->index != index)
			return NULL;
		index++;
		if (!--count)
			return first;
	}
	return NULL;
}

/* Their places go. */
static int drop_places(struct gntalloc_file *f, u64 index, u32 count)
{
	struct shared_page *s, *next;
	LIST_HEAD(gone);

	mutex_lock(&f->lock);
	s = find_locked(f, index, count);
	if (!s) {
		mutex_unlock(&f->lock);
		return -EINVAL;
	}
	list_for_each_entry_safe_from(s, next, &f->pages, link) {
		if (!count--)
			break;
		list_del_init(&s->link);
		put_locked(s, &gone);
	}
	mutex_unlock(&f->lock);
	free_gone(f->domain, &gone);
	return 0;
}

static int do_alloc(struct gntalloc_file *f, struct ioctl_gntalloc_alloc_gref __user *user)
{
	struct ioctl_gntalloc_alloc_gref op;
	struct shared_page *s;
	LIST_HEAD(pages);
	u32 *ref;
	u64 index;
	int err;

	err = user_copy_in(&op, user, sizeof(op));
	if (err)
		return err;
	if (op.count > NR_REFS)
		return -ENOSPC;
	ref = kvcalloc(op.count + 1, sizeof(*ref), GFP_KERNEL_ACCOUNT);
	if (!ref)
		return -ENOMEM;
	err = take_refs(f->domain, ref, op.count);
	if (!err)
		err = make_pages(f, &op, ref, &pages);
	if (err)
		goto out;
	mutex_lock(&f->lock);
	index = f->next;
	list_for_each_entry(s, &pages, link)
		s->index = f->next++;
	list_splice_tail(&pages, &f->pages);
	mutex_unlock(&f->lock);
	op.index = index << PAGE_SHIFT;
	err = user_copy_out(&user->index, &op.index, sizeof(op.index));
	err = err ?: user_copy_out(user->gref_ids, ref, op.count * sizeof(*ref));
	/* Another thread may have been faster. */
	if (err && op.count)
		drop_places(f, index, op.count);
out:
	kvfree(ref);
	return err;
}

static int do_dealloc(struct gntalloc_file *f, struct ioctl_gntalloc_dealloc_gref __user *user)
{
	struct ioctl_gntalloc_dealloc_gref op;
	int err;

	err = user_copy_in(&op, user, sizeof(op));
	if (err)
		return err;
	if (offset_in_page(op.index) || !op.count)
		return -EINVAL;
	return drop_places(f, op.index >> PAGE_SHIFT, op.count);
}

static int do_notify(struct gntalloc_file *f, struct ioctl_gntalloc_unmap_notify __user *user)
{
	struct ioctl_gntalloc_unmap_notify op;
	struct gntport *port = NULL;
	struct shared_page *s;
	int err;

	err = user_copy_in(&op, user, sizeof(op));
	if (err)
		return err;
	if (op.action & ~(UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT))
		err = -EINVAL;
	else if (op.action & UNMAP_NOTIFY_SEND_EVENT)
		err = gntport_get(op.event_channel_port, &port);
	mutex_lock(&f->lock);
	s = find_locked(f, op.index >> PAGE_SHIFT, 1);
	if (!s)
		err = -ENOENT;
	if (!err) {
		s->clear = op.action & UNMAP_NOTIFY_CLEAR_BYTE;
		s->clear_at = offset_in_page(op.index);
		swap(s->port, port);
	}
	mutex_unlock(&f->lock);
	/* The one before, or the new one that nobody wants. */
	if (port)
		gntport_put(port);
	return err;
}

static long gntalloc_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct gntalloc_file *f = file->private_data;
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case IOCTL_GNTALLOC_ALLOC_GREF:
		return do_alloc(f, user);
	case IOCTL_GNTALLOC_DEALLOC_GREF:
		return do_dealloc(f, user);
	case IOCTL_GNTALLOC_SET_UNMAP_NOTIFY:
		return do_notify(f, user);
	default:
		return -ENOTTY;
	}
}

static void gntalloc_vm_open(struct vm_area_struct *vma)
{
	struct mapped_pages *m = vma->vm_private_data;

	refcount_inc(&m->refs);
}

static void gntalloc_vm_close(struct vm_area_struct *vma)
{
	struct mapped_pages *m = vma->vm_private_data;
	struct gntalloc_file *f = m->file;
	unsigned long i;
	LIST_HEAD(gone);

	if (!refcount_dec_and_test(&m->refs))
		return;
	mutex_lock(&f->lock);
	for (i = 0; i < m->count; i++)
		put_locked(m->page[i], &gone);
	mutex_unlock(&f->lock);
	free_gone(f->domain, &gone);
	kvfree(m);
}

static vm_fault_t gntalloc_vm_fault(struct vm_fault *vmf)
{
	struct mapped_pages *m = vmf->vma->vm_private_data;
	u64 at = vmf->pgoff - m->index;

	if (at >= m->count)
		return VM_FAULT_SIGBUS;
	vmf->page = m->page[at]->page;
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct gntalloc_vm_ops = {
	.open = gntalloc_vm_open,
	.close = gntalloc_vm_close,
	.fault = gntalloc_vm_fault,
};

static int gntalloc_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct gntalloc_file *f = file->private_data;
	unsigned long count = vma_pages(vma), i;
	struct mapped_pages *m;
	struct shared_page *s;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	/* As many as there can be at all. */
	if (count > NR_REFS)
		return -ENOENT;
	m = kvzalloc(struct_size(m, page, count), GFP_KERNEL_ACCOUNT);
	if (!m)
		return -ENOMEM;
	refcount_set(&m->refs, 1);
	m->file = f;
	m->index = vma->vm_pgoff;
	m->count = count;
	mutex_lock(&f->lock);
	s = find_locked(f, vma->vm_pgoff, count);
	for (i = 0; s && i < count; i++, s = list_next_entry(s, link)) {
		m->page[i] = s;
		s->users++;
	}
	mutex_unlock(&f->lock);
	if (!i) {
		kvfree(m);
		return -ENOENT;
	}
	compat_vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = m;
	vma->vm_ops = &gntalloc_vm_ops;
	return 0;
}

static int gntalloc_open(struct inode *inode, struct file *file)
{
	struct gntalloc_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);

	if (!f)
		return -ENOMEM;
	f->domain = dom0_domain();
	mutex_init(&f->lock);
	INIT_LIST_HEAD(&f->pages);
	file->private_data = f;
	return nonseekable_open(inode, file);
}

/* Nothing of it is mapped any more: a mapping keeps the file. */
static int gntalloc_release(struct inode *inode, struct file *file)
{
	struct gntalloc_file *f = file->private_data;

	free_gone(f->domain, &f->pages);
	kfree(f);
	return 0;
}

const struct file_operations dom0_gntalloc_fops = {
	.owner = THIS_MODULE,
	.open = gntalloc_open,
	.release = gntalloc_release,
	.unlocked_ioctl = gntalloc_ioctl,
	.mmap = gntalloc_mmap,
};
