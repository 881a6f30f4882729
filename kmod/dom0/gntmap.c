// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests' pages in the address space of a process.
 *
 * While any part of a map is mapped anywhere, each of its grants has a pin: the page cannot
 * become another, nor be used for something else, and the guest sees it in use, whatever
 * becomes of the domain.  The pins are given back when the last part is unmapped, out of all
 * page tables and TLBs, and nobody has a page besides.
 *
 * The pages are real ones with references, so that direct I/O and others can have them.  I/O may
 * go on when the mapping has gone, and the guest must not write, or read, meanwhile; but
 * nothing tells when such a reference goes.  So the pages are looked at, less and less often,
 * and for so long only: whoever has a page may be no I/O at all.  A guest can also make its own
 * pages look like that, and a process by a pipe: no file, and no guest, has more than so many
 * grants that wait.  One that is too many does not.
 *
 * What was granted for reading only is mapped without the right to become writable: neither
 * mprotect() nor a debugger, whose writes copy private pages first, gets past that.
 *
 * Parts come and go by vm_ops: a split and a move make a copy before the old one shrinks or
 * goes, and a child may get one (MADV_DOFORK; else none).  So they are counted, and no part
 * tells of pages of its own.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "xlhv.h"
#include "dom0/gntmap.h"
#include "dom0/gnt_notify.h"
#include "domain/domain.h"
#include "grant/grant.h"

/* Pages that are put into page tables at once. */
#define BATCH	32

/* How long to wait before pages that were in use are looked at again, in jiffies. */
#define FIRST_LOOK	max(1, HZ / 250)
#define LAST_LOOK	(HZ / 2)

static unsigned int gntdev_io_seconds = 30;
module_param(gntdev_io_seconds, uint, 0644);
MODULE_PARM_DESC(gntdev_io_seconds,
		 "seconds that a grant stays in use after unmapping while somebody, such as I/O, has its page (default: 30)");

static unsigned int gntdev_domain_ending = 16384;
module_param(gntdev_domain_ending, uint, 0644);
MODULE_PARM_DESC(gntdev_domain_ending,
		 "most grants of one domain that stay in use this way (default: 16384)");

static struct workqueue_struct *queue;	/* [c] runs gntmap.end */
static atomic_t nr_ending;		/* maps that wait for theirs */
static bool hurry;			/* they are not to wait any more */

/**
 * struct gntmap_run - grants of one domain
 * @host: open while the map has pins
 * @domid: as named, unchecked
 * @nr: how many
 */
struct gntmap_run {
	struct xlhv_gnttab host;
	u32 domid;
	u32 nr;
};

static u32 count_runs(const struct ioctl_gntdev_grant_ref *refs, u32 count)
{
	u32 i, nr = 1;

	for (i = 1; i < count; i++)
		nr += refs[i].domid != refs[i - 1].domid;
	return nr;
}

static void make_runs(struct gntmap *m)
{
	struct gntmap_run *run = m->runs;
	u32 i;

	for (i = 0; i < m->count; i++) {
		if (i && m->refs[i].domid != m->refs[i - 1].domid)
			run++;
		run->domid = m->refs[i].domid;
		run->nr++;
	}
}

static void free_map(struct gntmap *m)
{
	kvfree(m->runs);
	kvfree(m->others);
	kvfree(m->pins);
	kvfree(m->refs);
	kfree(m);
}

static void look_again(struct work_struct *work);

/**
 * gntmap_new() - a map of grants that are not looked at yet
 * @file: that it belongs to
 * @count: grants, at least one; they have been counted for @file
 * @refs: them; the map's own from now on, kvfree()d with it, unless this fails
 *
 * Context: may sleep.
 * Return: the map, with one reference, in no list; NULL: no memory.
 */
struct gntmap *gntmap_new(struct gntdev_file *file, u32 count,
			  struct ioctl_gntdev_grant_ref *refs)
{
	struct gntmap *m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);

	if (!m)
		return NULL;
	m->nr_runs = count_runs(refs, count);
	m->runs = kvcalloc(m->nr_runs, sizeof(*m->runs), GFP_KERNEL_ACCOUNT);
	m->pins = kvcalloc(count, sizeof(*m->pins), GFP_KERNEL_ACCOUNT);
	m->others = kvcalloc(count, sizeof(*m->others), GFP_KERNEL_ACCOUNT);
	if (!m->runs || !m->pins || !m->others) {
		free_map(m);
		return NULL;
	}
	kref_init(&m->kref);
	INIT_LIST_HEAD(&m->link);
	mutex_init(&m->lock);
	INIT_DELAYED_WORK(&m->end, look_again);
	m->file = file;
	gntdev_file_get(file);
	m->count = count;
	m->refs = refs;
	make_runs(m);
	return m;
}

static void release(struct kref *kref)
{
	struct gntmap *m = container_of(kref, struct gntmap, kref);

	if (m->port)
		gntport_send_and_put(m->port);
	gntdev_file_put(m->file, m->count);
	free_map(m);
}

/* Done with a map: the last one to say so frees it.  It may sleep. */
void gntmap_put(struct gntmap *m)
{
	kref_put(&m->kref, release);
}

/* What was to happen to a byte when the grants go, as long as they are there. */
static void clear_byte_locked(struct gntmap *m)
{
	struct gnttab_pin *pin = &m->pins[m->clear_at >> PAGE_SHIFT];
	u8 *byte;

	lockdep_assert_held(&m->lock);
	/* It was asked for before it was mapped, perhaps for reading only. */
	if (m->clear && pin->write) {
		byte = page_address(pin->page);
		WRITE_ONCE(byte[offset_in_page(m->clear_at)], 0);
	}
	m->clear = false;
}

/*
 * Give back the pins of the first @nr grants but for one, which may be none of them, and whose run
 * is returned.
 */
static struct gntmap_run *unpin_but_locked(struct gntmap *m, u32 nr, u64 but)
{
	struct gntmap_run *run = m->runs, *kept = NULL;
	u32 i, left = run->nr;

	lockdep_assert_held(&m->lock);
	for (i = 0; i < nr; i++, left--) {
		if (!left)
			left = (++run)->nr;
		if (i == but)
			kept = run;
		else
			xlhv_gnttab_put(&run->host, &m->pins[i]);
		cond_resched();
	}
	return kept;
}

/* Those that were opened; no pin of theirs is left. */
static void close_runs_locked(struct gntmap *m)
{
	u32 i;

	lockdep_assert_held(&m->lock);
	for (i = 0; i < m->nr_runs; i++)
		xlhv_gnttab_close(&m->runs[i].host);
}

/* All is given back.  Who sees the byte cleared finds the other pages free. */
static void unpin_locked(struct gntmap *m)
{
	u64 last = m->clear ? m->clear_at >> PAGE_SHIFT : U64_MAX;
	struct gntmap_run *run = unpin_but_locked(m, m->count, last);

	lockdep_assert_held(&m->lock);
	if (run) {
		clear_byte_locked(m);
		xlhv_gnttab_put(&run->host, &m->pins[last]);
	}
	close_runs_locked(m);
}

static int open_run(struct gntmap_run *run)
{
	struct domain *d;

	d = run->domid < XLHV_MAX_DOMAINS ? xlhv_domain_get_by_id(run->domid) : NULL;
	if (!d)
		return -EINVAL;
	xlhv_gnttab_open(&run->host, d, 0, run->nr);
	xlhv_domain_put(d);
	return 0;
}

/* References of a page besides those of page tables of processes; what comes and goes is missed. */
static int references(const struct page *page)
{
	return page_count(page) - compat_page_mapcount(page);
}

/*
 * Others than I/O have references, too: the domain, each pin of the page, the module's own areas
 * in it.  They have them before it is mapped here.
 */
static void note_others_locked(struct gntmap *m)
{
	u32 i;

	lockdep_assert_held(&m->lock);
	for (i = 0; i < m->count; i++)
		m->others[i] = references(m->pins[i].page);
}

/*
 * All or none.  Return: 0; -EINVAL: one of them is not granted; -EAGAIN: the host is short of
 * memory for a page that the guest has not touched yet; -EINTR.
 */
static int pin_locked(struct gntmap *m, bool write)
{
	unsigned int flags = XLHV_GNTTAB_SLEEP | (write ? XLHV_GNTTAB_WRITE : 0);
	struct gntmap_run *run = m->runs;
	u32 i, left = 0;
	int err = 0;

	lockdep_assert_held(&m->lock);
	for (i = 0; i < m->count; i++, left--) {
		if (!left) {
			run += i > 0;
			left = run->nr;
			err = open_run(run);
		}
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		if (!err)
			err = xlhv_gnttab_get(&run->host, m->refs[i].ref, flags, &m->pins[i]);
		/* The kernel's driver says no more either; the library tries again after EAGAIN. */
		if (err && err != -EINTR && err != -EAGAIN)
			err = -EINVAL;
		if (err)
			break;
		cond_resched();
	}
	if (err) {
		unpin_but_locked(m, i, U64_MAX);
		close_runs_locked(m);
	} else {
		note_others_locked(m);
	}
	return err;
}

/*
 * Into the page tables.  What does not get there now will by a fault of its own, so
 * nothing is an error here.
 */
static void insert_pages(struct gntmap *m, struct vm_area_struct *vma)
{
	struct page *page[BATCH];
	unsigned long left;
	u32 at, nr, i;

	for (at = 0; at < m->count; at += nr) {
		nr = min_t(u32, m->count - at, BATCH);
		for (i = 0; i < nr; i++)
			page[i] = m->pins[at + i].page;
		left = nr;
		/* It takes references of its own. */
		if (vm_insert_pages(vma, vma->vm_start + ((unsigned long)at << PAGE_SHIFT), page,
				    &left))
			return;
		cond_resched();
	}
}

/**
 * gntmap_mmap() - map all of a map's grants
 * @m: held by the caller
 * @vma: as in file_operations.mmap, as long as the map
 *
 * Context: mmap_lock held for writing.
 * Return: 0; -EINVAL: one of the grants is not granted like that, or the map is mapped
 * already; -EAGAIN: it was, and I/O has its pages, or there is no memory for a page that
 * the guest has not touched yet; -EINTR: killed.
 */
int gntmap_mmap(struct gntmap *m, struct vm_area_struct *vma)
{
	bool write = vma->vm_flags & VM_WRITE;
	int err;

	if (mutex_lock_killable(&m->lock))
		return -EINTR;
	if (m->nr_vmas)
		err = -EINVAL;
	else
		err = m->ending ? -EAGAIN : pin_locked(m, write);
	if (!err) {
		m->nr_vmas = 1;
		kref_get(&m->kref);
		compat_vm_flags_set(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY);
		if (!write)
			compat_vm_flags_clear(vma, VM_MAYWRITE);
		vma->vm_private_data = m;
		vma->vm_ops = &gntmap_vm_ops;
		insert_pages(m, vma);
	}
	mutex_unlock(&m->lock);
	return err;
}

/* Has somebody a page besides @others references, and page tables of processes? */
static bool page_in_use(const struct page *page, int others)
{
	int mapped = compat_page_mapcount(page), all;

	/* Another process's mapping may go meanwhile: first its count, then its reference. */
	smp_rmb();
	all = page_count(page);
	/* If it went before that, its count is another now. */
	smp_rmb();
	return all - mapped > others || compat_page_mapcount(page) != mapped;
}

/* A domain that is no more does nothing to its pages. */
static bool in_use_locked(struct gntmap *m)
{
	struct gntmap_run *run = m->runs;
	u32 i, left = run->nr;

	lockdep_assert_held(&m->lock);
	for (i = 0; i < m->count; i++, left--) {
		if (!left)
			left = (++run)->nr;
		if (!xlhv_gnttab_is_over(&run->host) &&
		    page_in_use(m->pins[i].page, m->others[i]))
			return true;
		cond_resched();
	}
	return false;
}

/* The grants of the first @nr runs wait no longer. */
static void waited_locked(struct gntmap *m, u32 nr)
{
	lockdep_assert_held(&m->lock);
	while (nr--)
		xlhv_gnttab_wait_end(&m->runs[nr].host, m->runs[nr].nr);
	gntdev_file_wait_end(m->file, m->count);
}

/* May the map wait for I/O?  Its grants are counted then. */
static bool may_wait_locked(struct gntmap *m)
{
	unsigned int most = READ_ONCE(gntdev_domain_ending);
	u32 i;

	lockdep_assert_held(&m->lock);
	if (!gntdev_file_wait(m->file, m->count))
		return false;
	for (i = 0; i < m->nr_runs; i++) {
		if (!xlhv_gnttab_wait(&m->runs[i].host, m->runs[i].nr, most)) {
			waited_locked(m, i);
			return false;
		}
	}
	return true;
}

static bool is_over_locked(struct gntmap *m)
{
	return READ_ONCE(hurry) || !time_before(jiffies, m->end_at) || !in_use_locked(m);
}

static void look_later(struct gntmap *m)
{
	queue_delayed_work(queue, &m->end, m->end_delay);
	m->end_delay = min_t(unsigned long, 2 * m->end_delay, LAST_LOOK);
}

static void look_again(struct work_struct *work)
{
	struct gntmap *m = container_of(to_delayed_work(work), struct gntmap, end);
	bool over;

	mutex_lock(&m->lock);
	over = is_over_locked(m);
	if (over) {
		waited_locked(m, m->nr_runs);
		unpin_locked(m);
		m->ending = false;
	}
	mutex_unlock(&m->lock);
	if (!over) {
		look_later(m);
		return;
	}
	gntmap_put(m);
	if (atomic_dec_and_test(&nr_ending))
		wake_up_var(&nr_ending);
}

/* Another part: of a split, a move or a fork. */
static void gntmap_vm_open(struct vm_area_struct *vma)
{
	struct gntmap *m = vma->vm_private_data;

	mutex_lock(&m->lock);
	m->nr_vmas++;
	mutex_unlock(&m->lock);
}

/* It is out of the page tables, and of the TLBs. */
static void gntmap_vm_close(struct vm_area_struct *vma)
{
	struct gntmap *m = vma->vm_private_data;
	bool ended = false;

	/* Once the work is queued, it may put the mapping's reference while this unlocks. */
	kref_get(&m->kref);
	mutex_lock(&m->lock);
	if (!--m->nr_vmas) {
		m->end_delay = FIRST_LOOK;
		m->end_at = jiffies + min(READ_ONCE(gntdev_io_seconds), 3600U) * HZ;
		m->ending = !is_over_locked(m) && may_wait_locked(m);
		ended = !m->ending;
		if (ended) {
			unpin_locked(m);
		} else {
			/* The file, and with it the module, may go before. */
			atomic_inc(&nr_ending);
			look_later(m);
		}
	}
	mutex_unlock(&m->lock);
	if (ended)
		gntmap_put(m);
	gntmap_put(m);
}

/* A page that was taken out of the page tables (MADV_DONTNEED), or never got there. */
static vm_fault_t gntmap_vm_fault(struct vm_fault *vmf)
{
	struct gntmap *m = vmf->vma->vm_private_data;
	u64 at = vmf->pgoff - m->index;

	/* A part is never longer than the map, but wherever this comes from: no page. */
	if (at >= m->count)
		return VM_FAULT_SIGBUS;
	vmf->page = m->pins[at].page;
	get_page(vmf->page);
	return 0;
}

const struct vm_operations_struct gntmap_vm_ops = {
	.open = gntmap_vm_open,
	.close = gntmap_vm_close,
	.fault = gntmap_vm_fault,
};

/**
 * gntmap_notify() - what is to happen when the grants are given back
 * @m: held by the caller
 * @at: the byte, from the map's start; checked
 * @action: UNMAP_NOTIFY_*, checked; 0: nothing any more
 * @port: event channel of domain 0
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: a byte to be cleared that is mapped for reading only, or there is
 * no such port.
 */
int gntmap_notify(struct gntmap *m, u64 at, u32 action, u32 port)
{
	bool clear = action & UNMAP_NOTIFY_CLEAR_BYTE;
	struct gntport *changed = NULL;
	int err;

	if (action & UNMAP_NOTIFY_SEND_EVENT) {
		err = gntport_get(port, &changed);
		if (err)
			return err;
	}
	err = 0;
	mutex_lock(&m->lock);
	if (clear && m->nr_vmas && !m->pins[array_index_nospec(at >> PAGE_SHIFT, m->count)].write) {
		err = -EINVAL;
	} else {
		m->clear = clear;
		m->clear_at = at;
		swap(m->port, changed);
	}
	mutex_unlock(&m->lock);
	/* The one before, or the new one if nothing came of it. */
	if (changed)
		gntport_put(changed);
	return err;
}

/* Return: 0 or -ENOMEM. */
int gntmap_init(void)
{
	queue = alloc_workqueue("xlhv_gntdev", WQ_UNBOUND, 0);
	return queue ? 0 : -ENOMEM;
}

/* No file is open.  What waits for I/O does not any longer.  Also after a failed gntmap_init(). */
void gntmap_exit(void)
{
	if (!queue)
		return;
	WRITE_ONCE(hurry, true);
	wait_var_event(&nr_ending, !atomic_read(&nr_ending));
	/* The last one may still be on its way out. */
	destroy_workqueue(queue);
	queue = NULL;
	hurry = false;
}
