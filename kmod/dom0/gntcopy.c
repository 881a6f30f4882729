// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies between guests' grants and memory of the calling process.
 *
 * Its memory is had a page at a time, pinned for one operation, and the operation is done by
 * the same code as a guest's.  Nothing is held where the process's list is read or
 * written.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "base/usercopy.h"
#include "dom0/gntmap.h"
#include "dom0/internal.h"
#include "domain/domain.h"
#include "grant/grant.h"

/* Segments that are read at once. */
#define BATCH		16U

/* One call waits no longer than this for memory of the host's; then GNTST_eagain is told. */
#define TRY_AGAIN_MS	20
#define MOST_TRIES	50

/**
 * struct copying - one call
 * @host: domain 0
 * @peer: the domain that was named last, with a reference, NULL for none
 * @tries: how often it has waited for memory
 */
struct copying {
	struct domain *host;
	struct domain *peer;
	unsigned int tries;
};

static bool within_page(const struct gntdev_grant_copy_segment *seg, u16 offset)
{
	return (u32)offset + seg->len <= PAGE_SIZE;
}

static int check(const struct gntdev_grant_copy_segment *seg)
{
	bool source = seg->flags & GNTCOPY_source_gref, dest = seg->flags & GNTCOPY_dest_gref;

	if (!source && !dest)
		return -EINVAL;
	if (source && !within_page(seg, seg->source.foreign.offset))
		return -EINVAL;
	if (dest && !within_page(seg, seg->dest.foreign.offset))
		return -EINVAL;
	return 0;
}

/* One side from its byte @done on.  *@page: of the process, or NULL: a grant. */
static int side(const struct gntdev_grant_copy_segment *seg, bool write, u16 done,
		struct gnttab_copy_ptr *ptr, u16 *len, struct page **page)
{
	unsigned long at;

	*page = NULL;
	if (seg->flags & (write ? GNTCOPY_dest_gref : GNTCOPY_source_gref)) {
		ptr->u.ref = write ? seg->dest.foreign.ref : seg->source.foreign.ref;
		ptr->domid = write ? seg->dest.foreign.domid : seg->source.foreign.domid;
		ptr->offset = write ? seg->dest.foreign.offset : seg->source.foreign.offset;
		ptr->offset += done;
		return 0;
	}
	at = (unsigned long)(write ? seg->dest.virt : seg->source.virt) + done;
	ptr->offset = offset_in_page(at);
	*len = min_t(unsigned long, *len, PAGE_SIZE - ptr->offset);
	return user_page_pin(at, write, page);
}

/* What is in one page of the process.  Return: bytes with *@status; -EFAULT; -ENOMEM; -EINTR. */
static int copy_part(struct copying *c, const struct gntdev_grant_copy_segment *seg, u16 done,
		     s16 *status)
{
	struct gnttab_copy op = { .flags = seg->flags, .len = seg->len - done };
	struct page *source, *dest;
	u16 len = op.len;
	int err;

	err = side(seg, false, done, &op.source, &len, &source);
	if (err)
		return err;
	err = side(seg, true, done, &op.dest, &len, &dest);
	if (!err) {
		op.len = len;
		*status = gnttab_host_copy(c->host, &c->peer, &op, source, dest);
		err = len;
	}
	if (source)
		user_page_unpin(source, false);
	if (dest)
		user_page_unpin(dest, true);
	return err;
}

/* Return: 0 with *@status, of the first part that failed; -EFAULT; -ENOMEM; -EINTR. */
static int copy_segment(struct copying *c, const struct gntdev_grant_copy_segment *seg, s16 *status)
{
	s16 part_status;
	u32 done = 0;
	int part;

	*status = GNTST_okay;
	while (done < seg->len) {
		part = copy_part(c, seg, done, &part_status);
		if (part < 0)
			return part;
		/* The host is short of memory: a guest's own access would wait, too. */
		if (part_status == GNTST_eagain && c->tries++ < MOST_TRIES &&
		    !schedule_timeout_killable(msecs_to_jiffies(TRY_AGAIN_MS)))
			continue;
		if (!*status)
			*status = part_status;
		done += part;
	}
	return 0;
}

/**
 * gntdev_copy() - IOCTL_GNTDEV_GRANT_COPY
 * @copy: the list, unchecked
 *
 * Context: a system call; no lock is held.
 * Return: 0 with a status in each segment; -EINVAL: one is without a grant, or beyond the page
 * of one; -EFAULT; -ENOMEM; -EINTR: killed.
 */
int gntdev_copy(const struct ioctl_gntdev_grant_copy *copy)
{
	struct gntdev_grant_copy_segment __user *at = copy->segments;
	struct gntdev_grant_copy_segment seg[BATCH];
	unsigned int left = copy->count, nr, i;
	struct copying c = { .host = dom0_domain() };
	s16 status;
	int err = 0;

	for (; left && !err; left -= nr) {
		nr = min(left, BATCH);
		err = user_copy_in(seg, at, nr * sizeof(seg[0]));
		for (i = 0; i < nr && !err; i++, at++) {
			/* The guests' pages may be many, but whoever wants this over gets it. */
			if (fatal_signal_pending(current))
				err = -EINTR;
			err = err ?: check(&seg[i]);
			err = err ?: copy_segment(&c, &seg[i], &status);
			err = err ?: user_copy_out(&at->status, &status, sizeof(status));
			cond_resched();
		}
	}
	if (c.peer)
		xlhv_domain_put(c.peer);
	return err;
}
