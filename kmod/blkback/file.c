// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to a file.  Direct I/O is asynchronous, on the guest's own pages; the file system's
 * bios are made in the ring's thread, whose cgroups they count for.  What there is no
 * asynchronous way for, flushes, discards and buffered I/O, the thread waits for.
 */
#include <linux/fs.h>
#include <linux/falloc.h>	/* does not include what it needs */
#include <linux/kernel.h>
#include <linux/uio.h>

#include "blkback/internal.h"
#include "domain/domain.h"

/*
 * Who freezes the file system waits for what is being written, which may end in another context:
 * lockdep is told that nobody owns it.
 */
static void write_begin(struct file *file)
{
	struct super_block *sb = file_inode(file)->i_sb;

	sb_start_write(sb);
	__sb_writers_release(sb, SB_FREEZE_WRITE);
}

static void write_end(struct file *file)
{
	struct super_block *sb = file_inode(file)->i_sb;

	__sb_writers_acquired(sb, SB_FREEZE_WRITE);
	sb_end_write(sb);
}

static bool writes(const struct blk_req *q)
{
	return q->op != BLKIF_OP_READ;
}

/*
 * A file system that stops half-way does not say why: it had no memory for the next page, it is
 * full, or the file ends.  The rest is tried again, and then the error belongs to its first byte.
 *
 * In any context but NMI.
 */
static void complete_io(struct kiocb *iocb, long res)
{
	struct blk_req *q = container_of(iocb, struct blk_req, iocb);
	int err = 0;

	if (writes(q))
		write_end(iocb->ki_filp);
	if (res < 0) {
		err = res;
	} else {
		q->done += res;
		if (q->done < q->bytes)
			err = res ? -EAGAIN : -EIO;
	}
	blk_req_done(q, err);
}

static void transfer(struct blk_req *q)
{
	const struct blk_backing *b = &q->ring->disk->backing;
	struct kiocb *iocb = &q->iocb;
	struct iov_iter iter;
	ssize_t res;

	iov_iter_bvec(&iter, writes(q) ? WRITE : READ, q->vec, q->nr_vecs, q->bytes);
	iov_iter_advance(&iter, q->done);
	init_sync_kiocb(iocb, b->file);
	iocb->ki_pos = (q->sector << SECTOR_SHIFT) + q->done;
	if (!b->buffered)
		iocb->ki_complete = complete_io;
	if (writes(q)) {
		if (q->op != BLKIF_OP_WRITE)
			iocb->ki_flags |= IOCB_DSYNC;
		write_begin(b->file);
		res = vfs_iocb_iter_write(b->file, iocb, &iter);
	} else {
		res = vfs_iocb_iter_read(b->file, iocb, &iter);
	}
	if (res != -EIOCBQUEUED)
		complete_io(iocb, res);
}

static int discard(struct blk_req *q)
{
	return vfs_fallocate(q->ring->disk->backing.file, FALLOC_FL_PUNCH_HOLE |
			     FALLOC_FL_KEEP_SIZE, q->sector << SECTOR_SHIFT, q->bytes);
}

/**
 * blk_file_submit() - carry it out
 * @q: with its pages; also once more, after it could not be done
 *
 * Context: the ring's thread; may sleep.
 */
void blk_file_submit(struct blk_req *q)
{
	int err = 0;

	if (q->op == BLKIF_OP_DISCARD) {
		err = discard(q);
	} else {
		if (q->op != BLKIF_OP_READ && q->op != BLKIF_OP_WRITE && !q->done)
			err = vfs_fsync(q->ring->disk->backing.file, 0);
		if (!err && q->nr) {
			transfer(q);
			return;
		}
	}
	blk_req_done(q, err);
}
