// SPDX-License-Identifier: GPL-2.0-only
/*
 * A request from the ring to its answer.
 *
 * What it says is copied once and checked on the copy.  Its pages are had for as long as the
 * disk works on them.  That the host has no memory at the moment is not the guest's error: the
 * thread tries again.  What else is wrong is an error of this request alone.
 */
#include <linux/blkdev.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "blkback/internal.h"
#include "domain/domain.h"
#include "trace.h"

static bool is_write(const struct blk_req *q)
{
	return q->op != BLKIF_OP_READ && q->op != BLKIF_OP_DISCARD;
}

static void count(const struct blk_req *q, s16 status)
{
	const struct blk_disk *disk = q->ring->disk;

	blk_count(disk, requests, 1);
	blk_count(disk, wait_ns, ktime_to_ns(ktime_sub(ktime_get(), q->started)));
	if (q->malformed)
		blk_count(disk, malformed, 1);
	if (status != BLKIF_RSP_OKAY) {
		blk_count(disk, errors, 1);
		return;
	}
	if (q->op == BLKIF_OP_READ)
		blk_count(disk, read, q->bytes);
	else if (is_write(q))
		blk_count(disk, written, q->bytes);
	if (q->op == BLKIF_OP_DISCARD)
		blk_count(disk, discards, 1);
	else if (is_write(q) && q->op != BLKIF_OP_WRITE)
		blk_count(disk, flushes, 1);
}

static void push_locked(struct blk_ring *r)
{
	u32 from = r->pushed;

	lockdep_assert_held(&r->lock);
	if (r->rsp_prod == from || READ_ONCE(r->broken))
		return;
	r->pushed = r->rsp_prod;
	if (shared_ring_push(&r->shared, from, r->pushed) && !xlhv_evtchn_send(&r->host))
		blk_count(r->disk, events, 1);
}

/* Tell the guest of what the thread itself has answered. */
void blk_ring_flush(struct blk_ring *r)
{
	raw_spin_lock_irq(&r->lock);
	push_locked(r);
	raw_spin_unlock_irq(&r->lock);
}

static void put_answer_locked(struct blk_ring *r, const struct blk_req *q, s16 status)
{
	u8 entry[BLK_RSP_MAX];
	unsigned int len = blk_encode_response(r->abi, q->id, q->answer, status, entry);

	lockdep_assert_held(&r->lock);
	shared_ring_answer(&r->shared, r->rsp_prod, entry, len);
}

/*
 * The end of it.  What the thread answers while it takes requests is pushed with the last of them;
 * what ends elsewhere is pushed at once, with one event if the guest wants one.
 */
static void answer(struct blk_req *q, s16 status)
{
	struct blk_ring *r = q->ring;
	bool mine = in_task() && current == r->task;
	unsigned long flags;

	trace_xlhv_blk_done(r->disk->domain, r->disk->vdev, q->id, q->op, status);
	count(q, status);
	raw_spin_lock_irqsave(&r->lock, flags);
	if (!READ_ONCE(r->broken))
		put_answer_locked(r, q, status);
	/* Also seen by the thread, without the lock. */
	WRITE_ONCE(r->rsp_prod, r->rsp_prod + 1);
	if (!mine)
		push_locked(r);
	if (q->large)
		list_add(&q->large->link, &r->free_large);
	q->large = NULL;
	list_add(&q->link, &r->free);
	r->nr_busy--;
	/* With the lock gone the thread may free the ring. */
	if (r->want) {
		r->want = false;
		wake_up_process(r->task);
	}
	raw_spin_unlock_irqrestore(&r->lock, flags);
}

/* The thread will do what is left of it at once, or all of it after a while. */
static void again(struct blk_req *q, bool at_once)
{
	struct blk_ring *r = q->ring;
	unsigned long flags;

	raw_spin_lock_irqsave(&r->lock, flags);
	if (!at_once && list_empty(&r->later))
		r->retry_at = jiffies + BLK_RETRY;
	list_add_tail(&q->link, at_once ? &r->again : &r->later);
	WRITE_ONCE(r->kicked, true);
	wake_up_process(r->task);
	raw_spin_unlock_irqrestore(&r->lock, flags);
}

static void put_pages(struct blk_req *q)
{
	xlhv_gnttab_put_many(&q->ring->grants, q->pin, q->nr);
	q->nr = 0;
}

static s16 status_of(int err)
{
	if (!err)
		return BLKIF_RSP_OKAY;
	return err == -EOPNOTSUPP ? BLKIF_RSP_EOPNOTSUPP : BLKIF_RSP_ERROR;
}

/**
 * blk_req_done() - the disk is through with a request
 * @q: it
 * @err: 0 or -errno
 *
 * Context: any but NMI.
 */
void blk_req_done(struct blk_req *q, int err)
{
	struct blk_ring *r = q->ring;

	if (unlikely(err == -ENOMEM || err == -EAGAIN) && !dom_is_dying(r->disk->domain)) {
		again(q, false);
		return;
	}
	if (q->op == BLKIF_OP_DISCARD && !err && r->disk->backing.bdev && blk_device_continue(q)) {
		again(q, true);
		return;
	}
	put_pages(q);
	answer(q, status_of(err));
}

/**
 * blk_req_submit() - give it to the disk
 * @q: with its pages
 *
 * Context: the ring's thread; may sleep.
 */
void blk_req_submit(struct blk_req *q)
{
	struct mem_cgroup *old = set_active_memcg(q->ring->disk->domain->memcg);

	if (q->ring->disk->backing.bdev)
		blk_device_submit(q);
	else
		blk_file_submit(q);
	set_active_memcg(old);
}

/* A free one: there is one for each entry of the ring, and no more are under way. */
static struct blk_req *get_req(struct blk_ring *r)
{
	struct blk_req *q;

	raw_spin_lock_irq(&r->lock);
	q = list_first_entry(&r->free, struct blk_req, link);
	list_del(&q->link);
	r->nr_busy++;
	raw_spin_unlock_irq(&r->lock);
	q->started = ktime_get();
	q->malformed = false;
	q->secure = false;
	q->bytes = 0;
	q->done = 0;
	q->nr = 0;
	q->nr_vecs = 0;
	q->pin = q->few_pins;
	q->vec = q->few_vecs;
	blk_count(r->disk, started, 1);
	return q;
}

static bool has_large(const struct blk_ring *r)
{
	return !list_empty(&r->free_large);
}

/* Room for more segments, when there is. */
static void get_large(struct blk_req *q)
{
	struct blk_ring *r = q->ring;

	blk_ring_wait(r, has_large);
	raw_spin_lock_irq(&r->lock);
	/* Nobody but this thread takes one. */
	q->large = list_first_entry(&r->free_large, struct blk_large, link);
	list_del(&q->large->link);
	raw_spin_unlock_irq(&r->lock);
	q->pin = q->large->pin;
	q->vec = q->large->vec;
}

/* One grant; waits while the host is short of memory.  0 or -errno. */
static int get_page_of(struct blk_ring *r, u32 ref, unsigned int flags, struct gnttab_pin *pin)
{
	int err;

	do
		err = xlhv_gnttab_get(&r->grants, ref, flags | XLHV_GNTTAB_SLEEP, pin);
	while (unlikely(err == -EAGAIN) && blk_ring_nap(r));
	return err;
}

/* The segments of an indirect request: the page is read once. */
static int read_segments(struct blk_ring *r)
{
	const struct blk_request *rq = &r->rq;
	struct gnttab_pin pin;
	int err = get_page_of(r, rq->page, 0, &pin);

	if (err)
		return err;
	memcpy(r->raw, page_address(pin.page), rq->nr_segments * BLK_SEGMENT_BYTES);
	xlhv_gnttab_put(&r->grants, &pin);
	blk_decode_segments(r->raw, rq->nr_segments, r->segment);
	return 0;
}

/* Pages that follow each other are one piece of memory. */
static void add_vec(struct blk_req *q, struct page *page, unsigned int at, unsigned int len)
{
	struct bio_vec *last = q->nr_vecs ? &q->vec[q->nr_vecs - 1] : NULL;

	if (last && page_to_phys(last->bv_page) + last->bv_offset + last->bv_len ==
		    page_to_phys(page) + at) {
		last->bv_len += len;
		return;
	}
	q->vec[q->nr_vecs++] = (struct bio_vec) {
		.bv_page = page, .bv_len = len, .bv_offset = at,
	};
}

static int get_pages(struct blk_req *q, const struct blk_segment *segment, unsigned int nr)
{
	/* What the disk reads is written into the guest's memory. */
	unsigned int flags = q->op == BLKIF_OP_READ ? XLHV_GNTTAB_WRITE : 0;
	int err;

	for (; q->nr < nr; q->nr++, segment++) {
		err = get_page_of(q->ring, segment->ref, flags, &q->pin[q->nr]);
		if (err) {
			put_pages(q);
			return err;
		}
		add_vec(q, q->pin[q->nr].page, segment->first << SECTOR_SHIFT,
			(segment->last - segment->first + 1) << SECTOR_SHIFT);
	}
	return 0;
}

static bool nothing_busy_but_this(const struct blk_ring *r)
{
	return r->nr_busy == 1;
}

/* What the guest says in a request made no sense: told once for each ring. */
static void malformed(struct blk_req *q, const char *what)
{
	struct blk_ring *r = q->ring;

	q->malformed = true;
	if (r->warned)
		return;
	r->warned = true;
	dom_warn(r->disk->domain, "disk %u queue %u: request with %s\n", r->disk->vdev, r->queue,
		 what);
}

/* Check what is decoded, and have its pages.  0; -errno: it is the answer. */
static int prepare(struct blk_req *q)
{
	const struct blk_disk *disk = q->ring->disk;
	const struct blk_backing *b = &disk->backing;
	struct blk_ring *r = q->ring;
	const struct blk_request *rq = &r->rq;
	const struct blk_segment *segment = rq->segment;
	u64 sectors = rq->nr_sectors;
	int err;

	if (rq->indirect) {
		get_large(q);
		err = read_segments(r);
		if (err) {
			malformed(q, "an indirect page that is not granted");
			return err;
		}
		segment = r->segment;
	}
	if (q->op != BLKIF_OP_DISCARD &&
	    !blk_check_segments(segment, rq->nr_segments, b->sector_size, &sectors)) {
		malformed(q, "segments that are not whole sectors of a page");
		return -EINVAL;
	}
	/* The disk may have become smaller: no mistake of the guest's. */
	if (sectors && !blk_check_range(rq->sector, sectors, blk_backing_sectors(b),
					b->sector_size))
		return -EINVAL;
	if (b->readonly && (is_write(q) || q->op == BLKIF_OP_DISCARD) && sectors)
		return -EROFS;
	q->bytes = sectors << SECTOR_SHIFT;
	err = get_pages(q, segment, rq->nr_segments);
	if (err)
		malformed(q, "a page that is not granted");
	return err;
}

static void carry_out(struct blk_req *q)
{
	bool barrier = q->op == BLKIF_OP_WRITE_BARRIER;
	struct blk_ring *r = q->ring;

	/* Nothing overtakes it, and it overtakes nothing. */
	if (barrier)
		blk_ring_wait(r, nothing_busy_but_this);
	blk_req_submit(q);
	if (barrier)
		blk_ring_wait(r, blk_nothing_busy);
}

/**
 * blk_req_take() - take the next request of a ring
 * @r: has one
 *
 * Context: the ring's thread; may sleep.
 */
void blk_req_take(struct blk_ring *r)
{
	struct blk_req *q = get_req(r);
	enum blk_verdict verdict;
	int err;

	shared_ring_copy(&r->shared, r->req_cons++, r->entry);
	verdict = blk_decode(r->abi, r->entry, r->offered, &r->rq);
	q->id = r->rq.id;
	q->op = r->rq.op;
	q->answer = r->rq.answer;
	q->secure = r->rq.secure;
	q->sector = r->rq.sector;
	trace_xlhv_blk_take(r->disk->domain, r->disk->vdev, q->id, q->op, q->sector,
			    r->rq.nr_segments);
	if (verdict == BLK_GOOD) {
		err = prepare(q);
	} else {
		/* An operation that was not offered is how frontends find out. */
		if (verdict == BLK_MALFORMED)
			malformed(q, "numbers beyond their limits");
		err = verdict == BLK_MALFORMED ? -EINVAL : -EOPNOTSUPP;
	}
	if (err)
		answer(q, status_of(err));
	else
		carry_out(q);
}
