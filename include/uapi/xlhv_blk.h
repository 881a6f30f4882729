/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Disks of domains: the data path of a Xen block backend (docs/blkback.md); a part of the ABI of
 * xlhv.h, whose rules hold here.  Who negotiates with the guest by XenStore attaches a disk, tells
 * the guest what it offers, connects the rings that the guest names, and detaches it in the end.
 * A domain's end detaches all.
 */
#ifndef _UAPI_XLHV_BLK_H
#define _UAPI_XLHV_BLK_H

#include <linux/types.h>

#define XLHV_BLK_MAX_DISKS	64	/* of a domain */
#define XLHV_BLK_MAX_QUEUES	16	/* of a disk */
#define XLHV_BLK_MAX_ORDER	4	/* a ring has at most 1 << that pages */
#define XLHV_BLK_MAX_SEGMENTS	256	/* of an indirect request */

/* struct xlhv_blk_attach.flags */
#define XLHV_BLK_READONLY	(1U << 0)	/* what writes is an error for the guest */
#define XLHV_BLK_BUFFERED	(1U << 1)	/* a file: through the host's page cache */
#define XLHV_BLK_SHARED		(1U << 2)	/* others may have it as well, and write */
#define XLHV_BLK_NO_DISCARD	(1U << 3)

/* struct xlhv_blk_attach.features, struct xlhv_blk_connect.features */
#define XLHV_BLK_FLUSH		(1U << 0)	/* feature-flush-cache */
#define XLHV_BLK_BARRIER	(1U << 1)	/* feature-barrier */
#define XLHV_BLK_DISCARD	(1U << 2)	/* feature-discard */
#define XLHV_BLK_SECURE_DISCARD	(1U << 3)	/* discard-secure */
#define XLHV_BLK_INDIRECT	(1U << 4)	/* feature-max-indirect-segments */

/**
 * struct xlhv_blk_attach - give a domain a disk
 * @vdev: in: number of the virtual device, unique in the domain
 * @fd: in: of a block device or a regular file, open for reading, and for writing unless
 *	XLHV_BLK_READONLY; it is opened anew, and the descriptor may be closed
 * @flags: in: XLHV_BLK_READONLY and following
 * @sector_size: in: 512, 4096, or 0 for what the disk has; out: bytes of a sector
 * @physical_sector_size: out: bytes
 * @features: out: XLHV_BLK_FLUSH and following: what may be offered to the guest
 * @discard_granularity: out: bytes, 0 without XLHV_BLK_DISCARD
 * @discard_alignment: out: bytes
 * @sectors: out: size in units of 512 bytes
 * @reserved: zero
 *
 * -EEXIST: the domain has a disk of that number; -ENOSPC: as many as it may have; -EBUSY:
 * somebody else has it, and this is not to be shared; -EINVAL: neither a device nor a file,
 * a file system without direct I/O and not XLHV_BLK_BUFFERED, or a sector size that it cannot have;
 * -EROFS: it cannot be written.
 */
struct xlhv_blk_attach {
	__u32 vdev;
	__s32 fd;
	__u32 flags;
	__u32 sector_size;
	__u32 physical_sector_size;
	__u32 features;
	__u32 discard_granularity;
	__u32 discard_alignment;
	__u64 sectors;
	__u64 reserved[4];
};

/* struct xlhv_blk_connect.abi: how the guest lays out its ring */
#define XLHV_BLK_ABI_64		0	/* "x86_64-abi", or native */
#define XLHV_BLK_ABI_32		1	/* "x86_32-abi" */

/**
 * struct xlhv_blk_connect - serve a ring of the guest's
 * @vdev: in: the disk
 * @queue: in: less than XLHV_BLK_MAX_QUEUES
 * @port: in: event channel that the guest offers to domain 0
 * @abi: in: XLHV_BLK_ABI_*
 * @order: in: the ring has 1 << @order pages
 * @features: in: those of the disk that the guest was offered
 * @refs: in: grants of the pages, for writing; those beyond are zero
 * @reserved: zero
 *
 * The ring has a thread, xlhv/<domid>/b<vdev>.<queue>, in the cgroups of the caller: their limits
 * of I/O and CPU time hold for it.
 *
 * -ENOENT: no such disk; -EBUSY: the queue is connected; -EACCES, -EFAULT: a grant is not
 * what it has to be; -EPROTO: the indices in the ring are wrong; -EINVAL; -ENOMEM; -EAGAIN.
 */
struct xlhv_blk_connect {
	__u32 vdev;
	__u32 queue;
	__u32 port;
	__u32 abi;
	__u32 order;
	__u32 features;
	__u32 refs[1 << XLHV_BLK_MAX_ORDER];
	__u64 reserved[4];
};

#define XLHV_BLK_ALL_QUEUES	0xffffffffU
/* struct xlhv_blk_detach.flags */
#define XLHV_BLK_NO_WAIT	(1U << 0)	/* return before what is under way is done */

/**
 * struct xlhv_blk_detach - disconnect rings, or detach a disk
 * @vdev: in: the disk
 * @queue: in: XLHV_BLK_DISCONNECT: one, or XLHV_BLK_ALL_QUEUES; XLHV_BLK_DETACH: the latter
 * @flags: in: XLHV_BLK_NO_WAIT
 * @pad: zero
 * @reserved: zero
 *
 * No further request is taken; those that were taken are carried out and answered.  Returns
 * when that is over, and the caller can be killed meanwhile (-EINTR: it goes on without him).
 */
struct xlhv_blk_detach {
	__u32 vdev;
	__u32 queue;
	__u32 flags;
	__u32 pad;
	__u64 reserved[2];
};

/* struct xlhv_blk_info.select */
#define XLHV_BLK_NEXT		(1U << 0)	/* the first of @vdev and those above it */

/**
 * struct xlhv_blk_info - a disk as it is now; its size can change
 * @vdev: in: number; out: the same, or with XLHV_BLK_NEXT that of the disk that was found
 * @select: in: XLHV_BLK_NEXT
 * @flags: out: as it was attached
 * @sector_size: out: bytes
 * @connected: out: a bit for each queue that is served
 * @broken: out: a bit for each that was ended because of what the guest did
 * @in_flight: out: requests under way
 * @pad: zero
 * @sectors: out: size in units of 512 bytes
 * @requests: out: requests that were answered
 * @errors: out: of them, with an error
 * @malformed: out: of them, because of what they said
 * @read_bytes: out: that were read
 * @written_bytes: out: that were written
 * @flushes: out: flushes and barriers
 * @discards: out: discards
 * @wait_ns: out: time between taking a request and its answer, summed up
 * @events: out: events sent to the guest
 * @reserved: zero
 */
struct xlhv_blk_info {
	__u32 vdev;
	__u32 select;
	__u32 flags;
	__u32 sector_size;
	__u32 connected;
	__u32 broken;
	__u32 in_flight;
	__u32 pad;
	__u64 sectors;
	__u64 requests;
	__u64 errors;
	__u64 malformed;
	__u64 read_bytes;
	__u64 written_bytes;
	__u64 flushes;
	__u64 discards;
	__u64 wait_ns;
	__u64 events;
	__u64 reserved[4];
};

#endif /* _UAPI_XLHV_BLK_H */
