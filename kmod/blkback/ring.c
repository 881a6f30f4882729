// SPDX-License-Identifier: GPL-2.0-only
/* Rings: made when they are connected, ended by their threads. */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/vmalloc.h>

#include "base/host_limit.h"
#include "blkback/blkback.h"
#include "blkback/internal.h"
#include "domain/domain.h"

static_assert(XLHV_BLK_ABI_64 == (int)BLK_ABI_64);
static_assert(XLHV_BLK_ABI_32 == (int)BLK_ABI_32);
static_assert(XLHV_BLK_FLUSH == BLK_OFFER_FLUSH);
static_assert(XLHV_BLK_BARRIER == BLK_OFFER_BARRIER);
static_assert(XLHV_BLK_DISCARD == BLK_OFFER_DISCARD);
static_assert(XLHV_BLK_SECURE_DISCARD == BLK_OFFER_SECURE);
static_assert(XLHV_BLK_INDIRECT == BLK_OFFER_INDIRECT);
static_assert(XLHV_BLK_MAX_SEGMENTS == BLK_MAX_SEGMENTS);

/* Each has a thread of the kernel's, which no limit of its maker's counts. */
static unsigned int max_disk_rings = 8192;
module_param(max_disk_rings, uint, 0644);
MODULE_PARM_DESC(max_disk_rings,
		 "most rings of disks of all domains together, each a kernel thread (default: 8192)");

static atomic_t nr_rings;	/* that were not freed yet */

/* Also of one that was made in part; nothing is under way, nobody calls. */
static void free_ring(struct blk_ring *r)
{
	if (r->mapped)
		vunmap(r->mapped);
	xlhv_gnttab_put_many(&r->grants, r->page, r->nr_pages);
	xlhv_gnttab_close(&r->grants);
	kvfree(r->large);
	kvfree(r->req);
	atomic64_sub(r->bytes, &r->disk->domain->blk.bytes);
	kvfree(r);
	host_limit_put(&nr_rings);
}

/**
 * blk_ring_end() - all has been answered, the ring goes
 * @r: freed
 *
 * Context: its thread, at its end; may sleep.
 */
void blk_ring_end(struct blk_ring *r)
{
	struct blk_disk *disk = r->disk;
	unsigned int queue = r->queue;
	bool broken = r->broken;

	xlhv_evtchn_close(&r->host);
	mutex_lock(&disk->lock);
	/* Who has the lock after this does not find it. */
	WRITE_ONCE(disk->ring[queue], NULL);
	if (broken)
		disk->broken |= BIT(queue);
	mutex_unlock(&disk->lock);
	free_ring(r);
	if (broken)
		dom_changed(disk->domain);
	blk_disk_unuse(disk);
	blk_disk_put(disk);
}

/* It takes no more requests, and ends when those that it took are answered.  disk->lock is held. */
void blk_ring_stop(struct blk_ring *r)
{
	unsigned long flags;

	lockdep_assert_held(&r->disk->lock);
	raw_spin_lock_irqsave(&r->lock, flags);
	WRITE_ONCE(r->stop, true);
	wake_up_process(r->task);
	raw_spin_unlock_irqrestore(&r->lock, flags);
}

/* What @r needs besides itself.  What was had stays, for free_ring(). */
static int make_room(struct blk_ring *r)
{
	unsigned int nr_large = 0, i;
	struct domain *d = r->disk->domain;
	size_t req_bytes = array_size(r->shared.nr, sizeof(*r->req)), large_bytes = 0;

	if (r->offered & BLK_OFFER_INDIRECT)
		nr_large = min_t(u32, r->shared.nr, BLK_MAX_LARGE);
	r->req = dom_zalloc(d, req_bytes);
	if (!r->req)
		return -ENOMEM;
	for (i = 0; i < r->shared.nr; i++) {
		r->req[i].ring = r;
		list_add_tail(&r->req[i].link, &r->free);
	}
	if (nr_large) {
		large_bytes = array_size(nr_large, sizeof(*r->large));
		r->large = dom_zalloc(d, large_bytes);
		if (!r->large)
			return -ENOMEM;
		for (i = 0; i < nr_large; i++)
			list_add_tail(&r->large[i].link, &r->free_large);
	}
	r->bytes += req_bytes + large_bytes;
	atomic64_add(req_bytes + large_bytes, &d->blk.bytes);
	return 0;
}

static int begin(struct blk_ring *r)
{
	int err = shared_ring_begin(&r->shared, &r->req_cons);

	r->rsp_prod = r->req_cons;
	r->pushed = r->req_cons;
	return err;
}

static int map_pages(struct blk_ring *r, const struct xlhv_blk_connect *c)
{
	struct page *page[BLK_MAX_PAGES];
	unsigned int nr = 1U << c->order, i;
	void *at;
	int err;

	for (i = 0; i < nr; i++) {
		err = xlhv_gnttab_get(&r->grants, c->refs[i], XLHV_GNTTAB_WRITE | XLHV_GNTTAB_SLEEP,
				      &r->page[i]);
		if (err)
			return err;
		r->nr_pages++;
		page[i] = r->page[i].page;
	}
	at = page_address(page[0]);
	if (nr > 1) {
		r->mapped = vmap(page, nr, VM_MAP, PAGE_KERNEL);
		if (!r->mapped)
			return -ENOMEM;
		at = r->mapped;
	}
	r->abi = c->abi;
	shared_ring_init(&r->shared, at, nr * PAGE_SIZE, blk_entry_size(r->abi));
	return begin(r);
}

static struct blk_ring *alloc_ring(struct blk_disk *disk, const struct xlhv_blk_connect *c)
{
	struct blk_ring *r = dom_zalloc(disk->domain, sizeof(*r));

	if (!r)
		return NULL;
	r->disk = disk;
	r->queue = c->queue;
	r->offered = c->features;
	r->bytes = sizeof(*r);
	atomic64_add(r->bytes, &disk->domain->blk.bytes);
	raw_spin_lock_init(&r->lock);
	INIT_LIST_HEAD(&r->free);
	INIT_LIST_HEAD(&r->free_large);
	INIT_LIST_HEAD(&r->again);
	INIT_LIST_HEAD(&r->later);
	/* As many as there can be: requests are bounded by their number. */
	xlhv_gnttab_open(&r->grants, disk->domain, 0, INT_MAX);
	return r;
}

/* The thread's use of the disk and of the module, which it gives back at its end. */
static void hold_for_thread(struct blk_disk *disk)
{
	__module_get(THIS_MODULE);
	kref_get(&disk->ref);
	atomic_inc(&disk->users);
}

static int make_thread(struct blk_ring *r, u32 port)
{
	struct blk_disk *disk = r->disk;
	int err;

	r->task = kthread_create(blk_ring_thread, r, "xlhv/%u/b%u.%u", disk->domain->domid,
				 disk->vdev, r->queue);
	if (IS_ERR(r->task))
		return PTR_ERR(r->task);
	/* What the caller's groups may do is what the thread may do. */
	err = cgroup_attach_task_all(current, r->task);
	if (!err)
		err = xlhv_evtchn_bind(disk->domain, port, &r->host, blk_ring_notify);
	if (err) {
		kthread_stop(r->task);
		return err;
	}
	return 0;
}

static int connect_locked(struct blk_disk *disk, const struct xlhv_blk_connect *c, char *text)
{
	unsigned int most = READ_ONCE(max_disk_rings);
	struct blk_ring *r;
	int err;

	lockdep_assert_held(&disk->lock);
	if (disk->detached)
		return -ENOENT;
	if (disk->ring[c->queue])
		return -EBUSY;
	if (!host_limit_get(&nr_rings, most)) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "there are %u rings of disks on the host (module parameter max_disk_rings)",
			  most);
		return -ENOSPC;
	}
	r = alloc_ring(disk, c);
	if (!r) {
		host_limit_put(&nr_rings);
		return -ENOMEM;
	}
	err = map_pages(r, c);
	if (!err)
		err = make_room(r);
	if (err)
		goto err;
	hold_for_thread(disk);
	err = make_thread(r, c->port);
	if (!err) {
		WRITE_ONCE(disk->ring[c->queue], r);
		disk->broken &= ~BIT(c->queue);
		return 0;
	}
	atomic_dec(&disk->users);
	blk_disk_put(disk);
	module_put(THIS_MODULE);
err:
	free_ring(r);
	return err;
}

static bool good_refs(const struct xlhv_blk_connect *c)
{
	unsigned int used = 1U << c->order;

	return !memchr_inv(&c->refs[used], 0, sizeof(c->refs) - used * sizeof(c->refs[0]));
}

/**
 * blk_connect() - XLHV_BLK_CONNECT
 * @d: entered by dom_enter()
 * @c: of the caller
 * @text: XLHV_TEXT_LEN bytes for what was wrong
 *
 * Context: may sleep, but not for a guest.
 * Return: 0 or -errno.
 */
int blk_connect(struct domain *d, const struct xlhv_blk_connect *c, char *text)
{
	struct blk_disk *disk;
	int err;

	if (c->queue >= XLHV_BLK_MAX_QUEUES || c->order > XLHV_BLK_MAX_ORDER ||
	    c->abi > XLHV_BLK_ABI_32 || !good_refs(c) ||
	    memchr_inv(c->reserved, 0, sizeof(c->reserved)))
		return -EINVAL;
	mutex_lock(&d->blk.lock);
	disk = blk_disk_find_locked(d, c->vdev);
	if (disk)
		kref_get(&disk->ref);
	mutex_unlock(&d->blk.lock);
	if (!disk)
		return -ENOENT;
	if (c->features & ~disk->backing.features) {
		scnprintf(text, XLHV_TEXT_LEN, "features: the disk has only %#x",
			  disk->backing.features);
		err = -EINVAL;
	} else {
		mutex_lock(&disk->lock);
		err = connect_locked(disk, c, text);
		mutex_unlock(&disk->lock);
	}
	blk_disk_put(disk);
	return err;
}
