// SPDX-License-Identifier: GPL-2.0-only
/* Disks of a domain: attached, looked at, detached, and what the domain's end does to them. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/host_limit.h"
#include "base/percpu_counts.h"
#include "blkback/blkback.h"
#include "blkback/internal.h"
#include "domain/domain.h"

/* How long the end of a domain waits for its disks.  What is under way after that ends alone. */
#define END_PATIENCE	(5 * HZ)

/* Each keeps a device or file open, which no limit of its domain's creator counts. */
static unsigned int max_disks = 8192;
module_param(max_disks, uint, 0644);
MODULE_PARM_DESC(max_disks, "most disks of all domains together (default: 8192)");

static atomic_t nr_disks;	/* whose device or file is open, or is being opened or closed */

static void disk_free(struct kref *ref)
{
	struct blk_disk *disk = container_of(ref, struct blk_disk, ref);

	free_percpu(disk->counts);
	xlhv_domain_put(disk->domain);
	kfree(disk);
}

/* Drop a reference on the structure.  Context: may sleep. */
void blk_disk_put(struct blk_disk *disk)
{
	kref_put(&disk->ref, disk_free);
}

/* Drop a use of the backing; the caller has a reference.  Context: may sleep. */
void blk_disk_unuse(struct blk_disk *disk)
{
	if (atomic_dec_and_test(&disk->users)) {
		blk_backing_close(&disk->backing);
		host_limit_put(&nr_disks);
	}
	wake_up_all(&disk->wait);
}

struct blk_disk *blk_disk_find_locked(struct domain *d, u32 vdev)
{
	struct blk_disk *disk;

	lockdep_assert_held(&d->blk.lock);
	list_for_each_entry(disk, &d->blk.disks, link)
		if (disk->vdev == vdev)
			return disk;
	return NULL;
}

static struct blk_disk *alloc_disk_of(struct domain *d, const struct xlhv_blk_attach *a)
{
	struct blk_disk *disk = kzalloc(sizeof(*disk), GFP_KERNEL_ACCOUNT);

	if (!disk)
		return NULL;
	disk->counts = alloc_percpu_gfp(struct blk_counts, GFP_KERNEL_ACCOUNT);
	if (!disk->counts) {
		kfree(disk);
		return NULL;
	}
	xlhv_domain_get(d);
	disk->domain = d;
	kref_init(&disk->ref);
	atomic_set(&disk->users, 1);
	disk->vdev = a->vdev;
	disk->flags = a->flags;
	mutex_init(&disk->lock);
	init_waitqueue_head(&disk->wait);
	return disk;
}

/* In the order of their numbers.  Return: 0; -EEXIST; -ENOSPC; -ESRCH. */
static int add_locked(struct domain *d, struct blk_disk *disk)
{
	struct blk_disk *next;

	lockdep_assert_held(&d->blk.lock);
	if (d->blk.closed)
		return -ESRCH;
	if (d->blk.nr == XLHV_BLK_MAX_DISKS)
		return -ENOSPC;
	list_for_each_entry(next, &d->blk.disks, link) {
		if (next->vdev == disk->vdev)
			return -EEXIST;
		if (next->vdev > disk->vdev)
			break;
	}
	list_add_tail(&disk->link, &next->link);
	d->blk.nr++;
	return 0;
}

static int add(struct domain *d, struct blk_disk *disk)
{
	int err = dom_enter(d);

	if (err)
		return err;
	mutex_lock(&d->blk.lock);
	err = add_locked(d, disk);
	mutex_unlock(&d->blk.lock);
	dom_leave(d);
	return err;
}

/**
 * blk_attach() - XLHV_BLK_ATTACH
 * @d: with a reference; not entered, as opening a disk may take for ever
 * @a: of the caller; answered
 * @text: XLHV_TEXT_LEN bytes for what was wrong
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int blk_attach(struct domain *d, struct xlhv_blk_attach *a, char *text)
{
	unsigned int most = READ_ONCE(max_disks);
	struct blk_disk *disk;
	int err;

	if (a->physical_sector_size || a->features || a->discard_granularity ||
	    a->discard_alignment || a->sectors || memchr_inv(a->reserved, 0, sizeof(a->reserved)))
		return -EINVAL;
	disk = alloc_disk_of(d, a);
	if (!disk)
		return -ENOMEM;
	if (!host_limit_get(&nr_disks, most)) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "there are %u disks on this host (module parameter max_disks)", most);
		err = -ENOSPC;
		goto out;
	}
	err = blk_backing_open(&disk->backing, a, text);
	if (err) {
		host_limit_put(&nr_disks);
		goto out;
	}
	a->sector_size = disk->backing.sector_size;
	a->physical_sector_size = disk->backing.physical;
	a->features = disk->backing.features;
	a->discard_granularity = disk->backing.granularity;
	a->discard_alignment = disk->backing.alignment;
	a->sectors = blk_backing_sectors(&disk->backing);
	/* From here on it can be found. */
	kref_get(&disk->ref);
	err = add(d, disk);
	if (err) {
		blk_disk_unuse(disk);
		blk_disk_put(disk);
	}
out:
	blk_disk_put(disk);
	return err;
}

/* Stop some rings of a disk, or all for good. */
static void stop_rings(struct blk_disk *disk, u32 queue, bool for_good)
{
	unsigned int i;

	mutex_lock(&disk->lock);
	disk->detached |= for_good;
	for (i = 0; i < XLHV_BLK_MAX_QUEUES; i++)
		if (disk->ring[i] && (queue == XLHV_BLK_ALL_QUEUES || queue == i))
			blk_ring_stop(disk->ring[i]);
	mutex_unlock(&disk->lock);
}

static int check_end(const struct xlhv_blk_detach *e)
{
	if (e->flags & ~XLHV_BLK_NO_WAIT || e->pad ||
	    memchr_inv(e->reserved, 0, sizeof(e->reserved)))
		return -EINVAL;
	return 0;
}

/* Without the lock, as it is asked for on the way to sleep: who ends a ring wakes after that. */
static bool is_served(const struct blk_disk *disk, u32 queue)
{
	unsigned int i;

	for (i = 0; i < XLHV_BLK_MAX_QUEUES; i++)
		if ((queue == XLHV_BLK_ALL_QUEUES || queue == i) && READ_ONCE(disk->ring[i]))
			return true;
	return false;
}

/**
 * blk_disconnect() - XLHV_BLK_DISCONNECT
 * @d: with a reference; not entered, as the end of a ring may take for ever
 * @e: of the caller
 *
 * Context: may sleep; the wait ends when the caller is killed.
 * Return: 0 or -errno.
 */
int blk_disconnect(struct domain *d, const struct xlhv_blk_detach *e)
{
	struct blk_disk *disk;
	int err = check_end(e);

	if (err)
		return err;
	if (e->queue >= XLHV_BLK_MAX_QUEUES && e->queue != XLHV_BLK_ALL_QUEUES)
		return -EINVAL;
	err = dom_enter(d);
	if (err)
		return err;
	mutex_lock(&d->blk.lock);
	disk = blk_disk_find_locked(d, e->vdev);
	if (disk)
		kref_get(&disk->ref);
	mutex_unlock(&d->blk.lock);
	if (disk)
		stop_rings(disk, e->queue, false);
	dom_leave(d);
	if (!disk)
		return -ENOENT;
	if (!(e->flags & XLHV_BLK_NO_WAIT) &&
	    wait_event_killable(disk->wait, !is_served(disk, e->queue)))
		err = -EINTR;
	blk_disk_put(disk);
	return err;
}

/* Takes a disk out of the list, or NULL if there is none; the list's reference is the caller's. */
static struct blk_disk *remove_disk(struct domain *d, struct blk_disk *disk)
{
	lockdep_assert_held(&d->blk.lock);
	if (disk) {
		list_del(&disk->link);
		d->blk.nr--;
	}
	return disk;
}

/**
 * blk_detach() - XLHV_BLK_DETACH
 * @d: with a reference; not entered, as the end of a ring may take for ever
 * @e: of the caller
 *
 * When it returns 0 without XLHV_BLK_NO_WAIT, the device or file is closed.
 *
 * Context: may sleep; the wait ends when the caller is killed.
 * Return: 0 or -errno.
 */
int blk_detach(struct domain *d, const struct xlhv_blk_detach *e)
{
	struct blk_disk *disk;
	int err = check_end(e);

	if (err)
		return err;
	if (e->queue != XLHV_BLK_ALL_QUEUES)
		return -EINVAL;
	err = dom_enter(d);
	if (err)
		return err;
	mutex_lock(&d->blk.lock);
	disk = remove_disk(d, blk_disk_find_locked(d, e->vdev));
	mutex_unlock(&d->blk.lock);
	if (disk)
		stop_rings(disk, XLHV_BLK_ALL_QUEUES, true);
	dom_leave(d);
	if (!disk)
		return -ENOENT;
	if (!(e->flags & XLHV_BLK_NO_WAIT) &&
	    wait_event_killable(disk->wait, atomic_read(&disk->users) == 1))
		err = -EINTR;
	blk_disk_unuse(disk);
	blk_disk_put(disk);
	return err;
}

static void tell(struct blk_disk *disk, struct xlhv_blk_info *info)
{
	struct blk_counts sum;
	unsigned int i;

	info->vdev = disk->vdev;
	info->flags = disk->flags;
	info->sector_size = disk->backing.sector_size;
	info->sectors = blk_backing_sectors(&disk->backing);
	mutex_lock(&disk->lock);
	for (i = 0; i < XLHV_BLK_MAX_QUEUES; i++)
		if (disk->ring[i])
			info->connected |= BIT(i);
	info->broken = disk->broken;
	mutex_unlock(&disk->lock);
	percpu_counts_sum(disk->counts, (u64 *)&sum, sizeof(sum));
	/* Counted one after the other: as of about now. */
	info->in_flight = max_t(s64, sum.started - sum.requests, 0);
	info->requests = sum.requests;
	info->errors = sum.errors;
	info->malformed = sum.malformed;
	info->read_bytes = sum.read;
	info->written_bytes = sum.written;
	info->flushes = sum.flushes;
	info->discards = sum.discards;
	info->wait_ns = sum.wait_ns;
	info->events = sum.events;
}

static struct blk_disk *select_locked(struct domain *d, u32 vdev, u32 select)
{
	struct blk_disk *disk;

	lockdep_assert_held(&d->blk.lock);
	if (!(select & XLHV_BLK_NEXT))
		return blk_disk_find_locked(d, vdev);
	list_for_each_entry(disk, &d->blk.disks, link)
		if (disk->vdev >= vdev)
			return disk;
	return NULL;
}

/**
 * blk_info() - XLHV_BLK_INFO
 * @d: entered by dom_enter()
 * @info: of the caller; answered
 *
 * Return: 0; -ENOENT: there is no such disk; -EINVAL.
 */
int blk_info(struct domain *d, struct xlhv_blk_info *info)
{
	struct blk_disk *disk;

	if (info->select & ~XLHV_BLK_NEXT ||
	    memchr_inv(&info->flags, 0, sizeof(*info) - offsetof(struct xlhv_blk_info, flags)))
		return -EINVAL;
	mutex_lock(&d->blk.lock);
	disk = select_locked(d, info->vdev, info->select);
	/* In the list it has a user. */
	if (disk)
		tell(disk, info);
	mutex_unlock(&d->blk.lock);
	if (!disk)
		return -ENOENT;
	info->select = 0;
	return 0;
}

static int init(struct domain *d, const struct xlhv_dom_create *create, char *text)
{
	mutex_init(&d->blk.lock);
	INIT_LIST_HEAD(&d->blk.disks);
	d->blk.counts = alloc_percpu_gfp(struct blk_counts, GFP_KERNEL_ACCOUNT);
	return d->blk.counts ? 0 : -ENOMEM;
}

/*
 * All disks are stopped before the first is waited for.  One that hangs keeps its own pages,
 * its threads and the domain's structure, and nobody waits for it for ever.
 */
static void close_domain(struct domain *d)
{
	unsigned long end = jiffies + END_PATIENCE;
	struct blk_disk *disk, *next;
	LIST_HEAD(list);

	if (!d->blk.counts)
		return;
	mutex_lock(&d->blk.lock);
	d->blk.closed = true;
	list_splice_init(&d->blk.disks, &list);
	d->blk.nr = 0;
	mutex_unlock(&d->blk.lock);
	list_for_each_entry(disk, &list, link)
		stop_rings(disk, XLHV_BLK_ALL_QUEUES, true);
	list_for_each_entry_safe(disk, next, &list, link) {
		long left = end - jiffies;

		if (!wait_event_timeout(disk->wait, atomic_read(&disk->users) == 1,
					max(left, 0L)))
			dom_warn(d, "disk %u: still at work at the domain's end\n", disk->vdev);
		list_del(&disk->link);
		blk_disk_unuse(disk);
		blk_disk_put(disk);
	}
}

static void free_domain(struct domain *d)
{
	free_percpu(d->blk.counts);
}

static size_t bytes(const struct domain *d)
{
	size_t disk = sizeof(struct blk_disk) + num_possible_cpus() * sizeof(struct blk_counts);

	return atomic64_read(&d->blk.bytes) + READ_ONCE(d->blk.nr) * disk +
	       num_possible_cpus() * sizeof(struct blk_counts);
}

static void describe(struct seq_file *m, struct domain *d)
{
	struct blk_disk *disk;

	mutex_lock(&d->blk.lock);
	list_for_each_entry(disk, &d->blk.disks, link) {
		struct xlhv_blk_info i = {};

		tell(disk, &i);
		seq_printf(m, "disk %u: %llu sectors of %u bytes, queues %#x, broken %#x, in flight %u, requests %llu, errors %llu\n",
			   i.vdev, i.sectors, i.sector_size, i.connected, i.broken, i.in_flight,
			   i.requests, i.errors);
	}
	mutex_unlock(&d->blk.lock);
}

#define COUNTER(what)							\
static u64 what##_of(const struct domain *d)				\
{									\
	u64 sum = 0;							\
	int cpu;							\
									\
	for_each_possible_cpu(cpu)					\
		sum += READ_ONCE(per_cpu_ptr(d->blk.counts, cpu)->what);	\
	return sum;							\
}

COUNTER(requests)
COUNTER(errors)
COUNTER(malformed)
COUNTER(read)
COUNTER(written)
COUNTER(flushes)
COUNTER(discards)
COUNTER(wait_ns)
COUNTER(events)

static u64 in_flight_of(const struct domain *d)
{
	struct blk_counts sum;

	percpu_counts_sum(d->blk.counts, (u64 *)&sum, sizeof(sum));
	return max_t(s64, sum.started - sum.requests, 0);
}

static const struct domain_counter counters[] = {
	DOMAIN_COUNTER("disks.requests", "", requests_of, 0,
		       "requests to disks that were answered"),
	DOMAIN_COUNTER("disks.errors", "", errors_of, 0, "of them, with an error"),
	DOMAIN_COUNTER("disks.malformed", "", malformed_of, 0, "of them, malformed"),
	DOMAIN_COUNTER("disks.read", "bytes", read_of, 0, "read from disks"),
	DOMAIN_COUNTER("disks.written", "bytes", written_of, 0, "written to disks"),
	DOMAIN_COUNTER("disks.flushes", "", flushes_of, 0, "flushes and barriers"),
	DOMAIN_COUNTER("disks.discards", "", discards_of, 0, "discards"),
	DOMAIN_COUNTER("disks.wait", "ns", wait_ns_of, 0, "time that requests took, summed up"),
	DOMAIN_COUNTER("disks.events", "", events_of, 0, "events of disks to the guest"),
	DOMAIN_COUNTER("disks.in_flight", "", in_flight_of, XLHV_STAT_GAUGE,
		       "requests to disks under way"),
	{}
};

const struct domain_part blk_part = {
	.name = "disks",
	.init = init,
	.close = close_domain,
	.free = free_domain,
	.bytes = bytes,
	.describe = describe,
	.counters = counters,
	.ioctls = blk_ioctls,
};
