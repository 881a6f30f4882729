// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xen/gntdev: guests' grants for processes of domain 0.
 *
 * MAP_GRANT_REF keeps a list of grants and gives it a place among the pages of the file;
 * mmap() of that place maps them (gntmap.c).  A place is free again after UNMAP_GRANT_REF, its
 * grants when they are no longer mapped besides.
 *
 * The ABI is <xen/gntdev.h> of the kernel, whose own driver does nothing where the kernel
 * does not run under Xen.  As there, a list is at most MAX_COUNT grants, SET_MAX_GRANTS and the
 * calls for DMA buffers are not known, and 32-bit processes have no ioctls.
 */
#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "base/usercopy.h"
#include "dom0/gntmap.h"
#include "dom0/internal.h"

/* Grants of one list. */
#define MAX_COUNT	65536U

static unsigned int gntdev_file_grants = 65536;
module_param(gntdev_file_grants, uint, 0644);
MODULE_PARM_DESC(gntdev_file_grants,
		 "most grants that one open /dev/xen/gntdev may have (default: 65536)");

static unsigned int gntdev_all_grants = 524288;
module_param(gntdev_all_grants, uint, 0644);
MODULE_PARM_DESC(gntdev_all_grants,
		 "most grants that all open /dev/xen/gntdev may have together (default: 524288)");

static unsigned int gntdev_file_ending = 32768;
module_param(gntdev_file_ending, uint, 0644);
MODULE_PARM_DESC(gntdev_file_ending,
		 "most grants of one open /dev/xen/gntdev that stay in use after unmapping while somebody, such as I/O, has their pages (default: 32768)");

static DEFINE_MUTEX(all_lock);	/* the next, and each file's counts */
static unsigned int all_grants;	/* [all_lock] */

/**
 * struct gntdev_file - an open file
 * @kref: one of the file's, one of each map's
 * @lock: the list
 * @maps: [lock] in the order of their places
 * @nr_grants: [all_lock] in all maps, also in those that have no place any more
 * @nr_ending: [all_lock] of these, those that wait for I/O
 */
struct gntdev_file {
	struct kref kref;
	struct mutex lock;	/* the list */
	struct list_head maps;
	unsigned int nr_grants;
	unsigned int nr_ending;
};

static bool fits(unsigned int used, unsigned int more, unsigned int most)
{
	return used <= most && more <= most - used;
}

static int charge(struct gntdev_file *f, u32 count)
{
	int err = -ENOMEM;

	mutex_lock(&all_lock);
	if (fits(f->nr_grants, count, READ_ONCE(gntdev_file_grants)) &&
	    fits(all_grants, count, READ_ONCE(gntdev_all_grants))) {
		f->nr_grants += count;
		all_grants += count;
		err = 0;
	}
	mutex_unlock(&all_lock);
	return err;
}

static void uncharge(struct gntdev_file *f, u32 count)
{
	mutex_lock(&all_lock);
	f->nr_grants -= count;
	all_grants -= count;
	mutex_unlock(&all_lock);
}

static void free_file(struct kref *kref)
{
	kfree(container_of(kref, struct gntdev_file, kref));
}

/* For a map, which may outlive the descriptor. */
void gntdev_file_get(struct gntdev_file *f)
{
	kref_get(&f->kref);
}

/* That map is gone, and its @count grants with it. */
void gntdev_file_put(struct gntdev_file *f, u32 count)
{
	uncharge(f, count);
	kref_put(&f->kref, free_file);
}

bool gntdev_file_wait(struct gntdev_file *f, u32 count)
{
	bool may;

	mutex_lock(&all_lock);
	may = fits(f->nr_ending, count, READ_ONCE(gntdev_file_ending));
	if (may)
		f->nr_ending += count;
	mutex_unlock(&all_lock);
	return may;
}

void gntdev_file_wait_end(struct gntdev_file *f, u32 count)
{
	mutex_lock(&all_lock);
	f->nr_ending -= count;
	mutex_unlock(&all_lock);
}

/* The map of a place, with a reference; @count: how long it has to be, 0 for any. */
static struct gntmap *find(struct gntdev_file *f, u64 index, unsigned long count)
{
	struct gntmap *m, *found = NULL;

	mutex_lock(&f->lock);
	list_for_each_entry(m, &f->maps, link) {
		if (m->index == index && (!count || m->count == count)) {
			kref_get(&m->kref);
			found = m;
			break;
		}
	}
	mutex_unlock(&f->lock);
	return found;
}

/* The map that a byte of the file's is in, with a reference. */
static struct gntmap *find_around(struct gntdev_file *f, u64 at)
{
	struct gntmap *m, *found = NULL;
	u64 page = at >> PAGE_SHIFT;

	mutex_lock(&f->lock);
	list_for_each_entry(m, &f->maps, link) {
		if (page >= m->index && page - m->index < m->count) {
			kref_get(&m->kref);
			found = m;
			break;
		}
	}
	mutex_unlock(&f->lock);
	return found;
}

/* The first place where it fits.  The list has the reference from now on. */
static u64 add(struct gntdev_file *f, struct gntmap *new)
{
	struct gntmap *m;
	u64 index = 0;

	mutex_lock(&f->lock);
	list_for_each_entry(m, &f->maps, link) {
		if (m->index - index >= new->count)
			break;
		index = m->index + m->count;
	}
	new->index = index;
	/* Before that one, or at the end. */
	list_add_tail(&new->link, &m->link);
	mutex_unlock(&f->lock);
	return index;
}

/* Out of the list, if it is there: its reference goes. */
static bool drop(struct gntdev_file *f, struct gntmap *m)
{
	bool listed;

	mutex_lock(&f->lock);
	listed = !list_empty(&m->link);
	list_del_init(&m->link);
	mutex_unlock(&f->lock);
	if (listed)
		gntmap_put(m);
	return listed;
}

/* The process's list of grants, and nothing else.  Return: a map in no list, or ERR_PTR(). */
static struct gntmap *take_list(struct gntdev_file *f, u32 count,
				const struct ioctl_gntdev_grant_ref __user *from)
{
	struct ioctl_gntdev_grant_ref *refs;
	struct gntmap *m = NULL;
	int err;

	err = charge(f, count);
	if (err)
		return ERR_PTR(err);
	refs = kvmalloc_array(count, sizeof(*refs), GFP_KERNEL_ACCOUNT);
	err = refs ? user_copy_in(refs, from, count * sizeof(*refs)) : -ENOMEM;
	if (!err) {
		m = gntmap_new(f, count, refs);
		err = m ? 0 : -ENOMEM;
	}
	if (err) {
		kvfree(refs);
		uncharge(f, count);
		return ERR_PTR(err);
	}
	return m;
}

static int do_map(struct gntdev_file *f, struct ioctl_gntdev_map_grant_ref __user *user)
{
	struct ioctl_gntdev_map_grant_ref op;
	struct gntmap *m;
	u64 index;
	int err;

	err = user_copy_in(&op, user, sizeof(op));
	if (err)
		return err;
	if (!op.count || op.count > MAX_COUNT)
		return -EINVAL;
	m = take_list(f, op.count, user->refs);
	if (IS_ERR(m))
		return PTR_ERR(m);
	/* Others may find it at once, so it is this call's as well. */
	kref_get(&m->kref);
	index = add(f, m) << PAGE_SHIFT;
	err = user_copy_out(&user->index, &index, sizeof(index));
	if (err)
		drop(f, m);
	gntmap_put(m);
	return err;
}

static int do_unmap(struct gntdev_file *f, struct ioctl_gntdev_unmap_grant_ref __user *user)
{
	struct ioctl_gntdev_unmap_grant_ref op;
	struct gntmap *m;
	int err;

	err = user_copy_in(&op, user, sizeof(op));
	if (err)
		return err;
	m = find(f, op.index >> PAGE_SHIFT, op.count);
	if (!m)
		return -ENOENT;
	err = drop(f, m) ? 0 : -ENOENT;
	gntmap_put(m);
	return err;
}

static int do_get_offset(struct ioctl_gntdev_get_offset_for_vaddr __user *user)
{
	struct ioctl_gntdev_get_offset_for_vaddr op;
	const struct vm_area_struct *vma;
	const struct gntmap *m;
	int err;

	err = user_copy_in(&op, user, sizeof(op));
	if (err)
		return err;
	user_mm_lock();
	vma = vma_lookup(current->mm, op.vaddr);
	if (vma && vma->vm_ops == &gntmap_vm_ops) {
		m = vma->vm_private_data;
		op.offset = m->index << PAGE_SHIFT;
		op.count = m->count;
	} else {
		err = -EINVAL;
	}
	user_mm_unlock();
	return err ?: user_copy_out(user, &op, sizeof(op));
}

static int do_notify(struct gntdev_file *f, struct ioctl_gntdev_unmap_notify __user *user)
{
	struct ioctl_gntdev_unmap_notify op;
	struct gntmap *m;
	int err;

	err = user_copy_in(&op, user, sizeof(op));
	if (err)
		return err;
	if (op.action & ~(UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT))
		return -EINVAL;
	m = find_around(f, op.index);
	if (!m)
		return -ENOENT;
	err = gntmap_notify(m, op.index - (m->index << PAGE_SHIFT), op.action,
			    op.event_channel_port);
	gntmap_put(m);
	return err;
}

static int do_copy(struct ioctl_gntdev_grant_copy __user *user)
{
	struct ioctl_gntdev_grant_copy op;
	int err;

	err = user_copy_in(&op, user, sizeof(op));
	return err ?: gntdev_copy(&op);
}

static long gntdev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct gntdev_file *f = file->private_data;
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case IOCTL_GNTDEV_MAP_GRANT_REF:
		return do_map(f, user);
	case IOCTL_GNTDEV_UNMAP_GRANT_REF:
		return do_unmap(f, user);
	case IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR:
		return do_get_offset(user);
	case IOCTL_GNTDEV_SET_UNMAP_NOTIFY:
		return do_notify(f, user);
	case IOCTL_GNTDEV_GRANT_COPY:
		return do_copy(user);
	default:
		return -ENOTTY;
	}
}

static int gntdev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct gntmap *m;
	int err;

	/* Writes would go to copies that no guest sees. */
	if (vma->vm_flags & VM_WRITE && !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	m = find(file->private_data, vma->vm_pgoff, vma_pages(vma));
	if (!m)
		return -EINVAL;
	err = gntmap_mmap(m, vma);
	gntmap_put(m);
	return err;
}

static int gntdev_open(struct inode *inode, struct file *file)
{
	struct gntdev_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);

	if (!f)
		return -ENOMEM;
	kref_init(&f->kref);
	mutex_init(&f->lock);
	INIT_LIST_HEAD(&f->maps);
	file->private_data = f;
	return nonseekable_open(inode, file);
}

/* Nothing of it is mapped any more: a mapping keeps the file. */
static int gntdev_release(struct inode *inode, struct file *file)
{
	struct gntdev_file *f = file->private_data;
	struct gntmap *m, *next;

	list_for_each_entry_safe(m, next, &f->maps, link) {
		list_del_init(&m->link);
		gntmap_put(m);
		cond_resched();
	}
	kref_put(&f->kref, free_file);
	return 0;
}

const struct file_operations dom0_gntdev_fops = {
	.owner = THIS_MODULE,
	.open = gntdev_open,
	.release = gntdev_release,
	.unlocked_ioctl = gntdev_ioctl,
	.mmap = gntdev_mmap,
};
