/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain has of disks; see blkback.h. */
#ifndef XLHV_BLKBACK_TYPES_H
#define XLHV_BLKBACK_TYPES_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/types.h>

/**
 * struct blk_counts - what happened; of each CPU, so that queues share nothing
 * @started: requests that were taken
 * @requests: that were answered
 * @errors: of them, with an error
 * @malformed: of them, because of what they said
 * @read: bytes
 * @written: bytes
 * @flushes: flushes and barriers
 * @discards: discards
 * @wait_ns: from taking to answering
 * @events: events to the guest
 */
struct blk_counts {
	u64 started;
	u64 requests;
	u64 errors;
	u64 malformed;
	u64 read;
	u64 written;
	u64 flushes;
	u64 discards;
	u64 wait_ns;
	u64 events;
};

/**
 * struct blk_domain - disks of a domain
 * @lock: which there are
 * @disks: [lock] in the order of their numbers
 * @nr: [lock] how many
 * @closed: [lock] the domain dies: there will be no more
 * @counts: [c] of all of them, and of those that are gone; NULL before it is made
 * @bytes: [a] memory of rings
 */
struct blk_domain {
	struct mutex lock;	/* which disks there are */
	struct list_head disks;
	unsigned int nr;
	bool closed;
	struct blk_counts __percpu *counts;
	atomic64_t bytes;
};

#endif /* XLHV_BLKBACK_TYPES_H */
