/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of blkback.
 *
 *	disk	what is attached: a backing, and rings
 *	ring	a queue of the guest's, its thread, and a request for each of its entries
 *
 * A ring is its thread's: the thread takes requests, waits for those that are under way
 * and frees the ring when it is told to stop.  So a disk that hangs holds up its own threads and
 * nobody else.  A disk is used by who attached it and by its rings; the last of them
 * closes the backing.  Its structure, with a reference on the domain, stays until nobody looks.
 */
#ifndef XLHV_BLKBACK_INTERNAL_H
#define XLHV_BLKBACK_INTERNAL_H

#include <linux/atomic.h>
#include <linux/bio.h>
#include <linux/bits.h>
#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <uapi/xlhv.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/grant_table.h>
#include <xen/interface/io/ring.h>
#include <xen/interface/io/blkif.h>

#include "compat.h"
#include "base/ioctl.h"
#include "base/shared_ring.h"
#include "blkback/protocol.h"
#include "blkback/types.h"
#include "evtchn/evtchn.h"
#include "grant/grant.h"

struct domain;

#define BLK_MAX_PAGES	BIT(XLHV_BLK_MAX_ORDER)
#define BLK_MAX_LARGE	32	/* indirect requests under way, of a ring */
#define BLK_RETRY	DIV_ROUND_UP(HZ, 100)	/* the host was short of memory */

/**
 * struct blk_backing - a device or a file; all [c]
 * @link: in the list of all
 * @bdev: the device, NULL for a file
 * @opened: what closes it
 * @file: the file, opened for us alone: its flags are ours
 * @readonly: not for writing
 * @shared: others may have it
 * @buffered: through the page cache
 * @sector_size: bytes of a sector
 * @physical: bytes of a physical one
 * @features: XLHV_BLK_FLUSH and following
 * @granularity: of discards, bytes
 * @alignment: of discards, bytes
 */
struct blk_backing {
	struct list_head link;
	struct block_device *bdev;
	struct compat_bdev opened;
	struct file *file;
	bool readonly;
	bool shared;
	bool buffered;
	unsigned int sector_size;
	unsigned int physical;
	unsigned int features;
	unsigned int granularity;
	unsigned int alignment;
};

/**
 * struct blk_disk - a disk of a domain
 * @domain: [c] with a reference
 * @link: [domain's blk.lock]
 * @ref: [a] the structure
 * @users: [a] the backing: its rings, and who attached it
 * @vdev: [c] number
 * @flags: [c] XLHV_BLK_READONLY and following
 * @backing: [c] open as long as it has users
 * @lock: its rings
 * @detached: [lock] there will be no more rings
 * @ring: [lock] those that are served; read without it to see whether to wait
 * @broken: [lock] a bit for each queue that was ended by what the guest did
 * @wait: woken when a ring has ended
 * @counts: [c]
 */
struct blk_disk {
	struct domain *domain;
	struct list_head link;
	struct kref ref;
	atomic_t users;
	u32 vdev;
	u32 flags;
	struct blk_backing backing;
	struct mutex lock;	/* its rings */
	bool detached;
	struct blk_ring *ring[XLHV_BLK_MAX_QUEUES];
	u32 broken;
	wait_queue_head_t wait;
	struct blk_counts __percpu *counts;
};

/* Room for the segments of an indirect request. */
struct blk_large {
	struct list_head link;
	struct gnttab_pin pin[BLK_MAX_SEGMENTS];
	struct bio_vec vec[BLK_MAX_SEGMENTS];
};

/**
 * struct blk_req - a request under way
 * @ring: [c]
 * @link: among the free ones, or those to be submitted again, or later
 * @id: for the answer
 * @answer: for the answer
 * @op: BLKIF_OP_*
 * @secure: a secure discard
 * @malformed: it will be counted as such
 * @sector: first one, or the next of a discard
 * @bytes: of data; of a discard, what is left of it
 * @started: when it was taken
 * @done: of the bytes, by a transfer to a file that stopped half-way
 * @nr: pages
 * @nr_vecs: pieces of memory, as pages may follow each other
 * @large: room for them, or NULL
 * @pin: in @large or @few_pins
 * @vec: in @large or @few_vecs
 * @bio: of a device
 * @iocb: of a file
 * @few_pins: of a request of its own segments
 * @few_vecs: the same
 */
struct blk_req {
	struct blk_ring *ring;
	struct list_head link;
	u64 id;
	u8 answer;
	u8 op;
	bool secure;
	bool malformed;
	u64 sector;
	u64 bytes;
	u64 done;
	ktime_t started;
	unsigned int nr;
	unsigned int nr_vecs;
	struct blk_large *large;
	struct gnttab_pin *pin;
	struct bio_vec *vec;
	union {
		struct bio bio;
		struct kiocb iocb;
	};
	struct gnttab_pin few_pins[BLK_MAX_DIRECT];
	struct bio_vec few_vecs[BLK_MAX_DIRECT];
};

/**
 * struct blk_ring - a queue that is served
 * @disk: [c] with a use and a reference
 * @queue: [c] its number
 * @task: [c] its thread, which alone frees the ring
 * @host: [own] our end of the guest's port
 * @grants: [own] the guest's grants: pages of the ring and of requests
 * @page: [c] pins of the ring's pages
 * @nr_pages: [c]
 * @mapped: [c] where several pages are one after the other, or NULL
 * @shared: [c] the ring
 * @abi: [c] how its entries are laid out
 * @offered: [c] BLK_OFFER_*
 * @bytes: [c] memory it takes
 * @req: [c] a request for each entry
 * @large: [c] room for indirect ones
 * @stop: [a] to end
 * @kicked: [a] there may be something to do
 * @broken: [a] the guest's indices made no sense: what is under way ends unanswered
 * @warned: [p] by its thread: a request made no sense, which was said
 * @naps: [p] by its thread: how often it has waited for memory since it is to end
 * @req_cons: [p] by its thread
 * @entry: [p] by its thread: copy of an entry
 * @rq: [p] by its thread: the same, decoded
 * @raw: [p] by its thread: copy of segments of an indirect page
 * @segment: [p] by its thread: the same, decoded
 * @lock: what is below; a leaf but for event channels
 * @rsp_prod: [lock] responses that were written
 * @pushed: [lock] of them, those the guest has been told of
 * @nr_busy: [lock] requests under way
 * @free: [lock] the others
 * @free_large: [lock]
 * @again: [lock] under way, and to be submitted by the thread
 * @later: [lock] the same, when the host may have memory again
 * @retry_at: [lock] jiffies when that is
 * @want: [lock] the thread waits for one of these to change
 */
struct blk_ring {
	struct blk_disk *disk;
	unsigned int queue;
	struct task_struct *task;
	struct xlhv_evtchn host;
	struct xlhv_gnttab grants;
	struct gnttab_pin page[BLK_MAX_PAGES];
	unsigned int nr_pages;
	void *mapped;
	struct shared_ring shared;
	enum blk_abi abi;
	unsigned int offered;
	size_t bytes;
	struct blk_req *req;
	struct blk_large *large;

	bool stop;
	bool kicked;
	bool broken;
	bool warned;
	unsigned int naps;
	u32 req_cons;
	u8 entry[BLK_ENTRY_MAX];
	struct blk_request rq;
	u8 raw[BLK_MAX_SEGMENTS * BLK_SEGMENT_BYTES];
	struct blk_segment segment[BLK_MAX_SEGMENTS];

	raw_spinlock_t lock ____cacheline_aligned;	/* what is below */
	u32 rsp_prod;
	u32 pushed;
	unsigned int nr_busy;
	struct list_head free;
	struct list_head free_large;
	struct list_head again;
	struct list_head later;
	unsigned long retry_at;
	bool want;
};

#define blk_count(disk, what, n)						\
	do {									\
		this_cpu_add((disk)->counts->what, n);				\
		this_cpu_add((disk)->domain->blk.counts->what, n);		\
	} while (0)

/* backing.c */
int blk_backing_open(struct blk_backing *b, const struct xlhv_blk_attach *a, char *text);
void blk_backing_close(struct blk_backing *b);
u64 blk_backing_sectors(const struct blk_backing *b);

/* ioctl.c: the last row has no number */
extern const struct ioctl_op blk_ioctls[];

/* disk.c and ring.c: each ioctl; they take the domain themselves where one may take long */
int blk_attach(struct domain *d, struct xlhv_blk_attach *a, char *text);
int blk_connect(struct domain *d, const struct xlhv_blk_connect *c, char *text);
int blk_disconnect(struct domain *d, const struct xlhv_blk_detach *e);
int blk_detach(struct domain *d, const struct xlhv_blk_detach *e);
int blk_info(struct domain *d, struct xlhv_blk_info *info);

/* disk.c */
void blk_disk_put(struct blk_disk *disk);
void blk_disk_unuse(struct blk_disk *disk);
struct blk_disk *blk_disk_find_locked(struct domain *d, u32 vdev);

/* ring.c */
void blk_ring_stop(struct blk_ring *r);
void blk_ring_end(struct blk_ring *r);

/* For blk_ring_wait(): all that was under way has ended. */
static inline bool blk_nothing_busy(const struct blk_ring *r)
{
	return !r->nr_busy;
}

/* queue.c */
int blk_ring_thread(void *data);
void blk_ring_notify(struct xlhv_evtchn *host);
bool blk_ring_nap(struct blk_ring *r);
void blk_ring_wait(struct blk_ring *r, bool (*over)(const struct blk_ring *r));

/* request.c */
void blk_req_take(struct blk_ring *r);
void blk_req_submit(struct blk_req *q);
void blk_req_done(struct blk_req *q, int err);
void blk_ring_flush(struct blk_ring *r);

/* device.c, file.c */
void blk_device_submit(struct blk_req *q);
bool blk_device_continue(struct blk_req *q);
void blk_file_submit(struct blk_req *q);

#endif /* XLHV_BLKBACK_INTERNAL_H */
