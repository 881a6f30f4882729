// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is behind a disk: a block device or a file, opened anew by the host.  What the caller's
 * descriptor is set to later (O_APPEND, O_DIRECT) changes nothing here, and it can be closed.
 *
 * Who may have it: a device for writing is claimed, so nobody mounts it and it was not mounted;
 * and a list of all backings keeps domains from each other's files as well.
 */
#include <linux/blkdev.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "blkback/internal.h"

#define FLAGS	(XLHV_BLK_READONLY | XLHV_BLK_BUFFERED | XLHV_BLK_SHARED | XLHV_BLK_NO_DISCARD)

static LIST_HEAD(backings);
static DEFINE_MUTEX(backings_lock);	/* which there are */

/* What two backings have in common that are of the same device or file. */
static const void *same_as(const struct blk_backing *b)
{
	return b->file ? (const void *)file_inode(b->file) : (const void *)b->bdev;
}

static bool conflict(const struct blk_backing *b)
{
	const struct blk_backing *other;

	lockdep_assert_held(&backings_lock);
	if (b->shared)
		return false;
	list_for_each_entry(other, &backings, link)
		if (same_as(other) == same_as(b) && !(other->readonly && b->readonly))
			return true;
	return false;
}

/* From now on others see it. */
static int enlist(struct blk_backing *b, char *text)
{
	int err = 0;

	mutex_lock(&backings_lock);
	if (conflict(b))
		err = -EBUSY;
	else
		list_add(&b->link, &backings);
	mutex_unlock(&backings_lock);
	if (err)
		scnprintf(text, XLHV_TEXT_LEN, "another disk of a domain is that device or file");
	return err;
}

static int device_open(struct blk_backing *b, struct file *of, char *text)
{
	/* Its node's mapping is the device's, as long as the caller's file is open. */
	dev_t dev = I_BDEV(of->f_mapping->host)->bd_dev;
	void *holder = b->readonly || b->shared ? NULL : b;
	int err = compat_bdev_open(&b->opened, dev, !b->readonly, holder);

	if (err) {
		if (err == -EBUSY)
			scnprintf(text, XLHV_TEXT_LEN, "the device is mounted, or somebody has it");
		return err;
	}
	b->bdev = b->opened.bdev;
	if (!b->readonly && bdev_read_only(b->bdev)) {
		scnprintf(text, XLHV_TEXT_LEN, "the device is read-only");
		return -EROFS;
	}
	b->sector_size = bdev_logical_block_size(b->bdev);
	b->physical = bdev_physical_block_size(b->bdev);
	b->features = XLHV_BLK_FLUSH | XLHV_BLK_BARRIER | XLHV_BLK_INDIRECT;
	if (bdev_max_discard_sectors(b->bdev)) {
		b->features |= XLHV_BLK_DISCARD;
		b->granularity = bdev_discard_granularity(b->bdev);
		b->alignment = bdev_discard_alignment(b->bdev);
	}
	if (bdev_max_secure_erase_sectors(b->bdev))
		b->features |= XLHV_BLK_SECURE_DISCARD;
	return 0;
}

/* In which units direct I/O to a file has to be. */
static unsigned int direct_unit(struct file *file)
{
	struct super_block *sb = file_inode(file)->i_sb;
	struct kstat stat;

	if (!vfs_getattr(&file->f_path, &stat, STATX_DIOALIGN, AT_STATX_SYNC_AS_STAT) &&
	    stat.result_mask & STATX_DIOALIGN)
		return stat.dio_offset_align;
	return sb->s_bdev ? bdev_logical_block_size(sb->s_bdev) : SECTOR_SIZE;
}

static int file_open(struct blk_backing *b, struct file *of, char *text)
{
	int flags = O_LARGEFILE | (b->readonly ? O_RDONLY : O_RDWR) | (b->buffered ? 0 : O_DIRECT);
	unsigned int unit;
	struct file *file;

	if (IS_SWAPFILE(file_inode(of))) {
		scnprintf(text, XLHV_TEXT_LEN, "the host swaps to that file");
		return -EBUSY;
	}
	/* Whose descriptor it is may only add to it, and that is no disk. */
	if (IS_APPEND(file_inode(of)) && !b->readonly) {
		scnprintf(text, XLHV_TEXT_LEN, "the file can only be appended to");
		return -EPERM;
	}
	file = dentry_open(&of->f_path, flags, current_cred());
	if (IS_ERR(file)) {
		if (PTR_ERR(file) == -EINVAL && !b->buffered)
			scnprintf(text, XLHV_TEXT_LEN, "the file system has no direct I/O");
		return PTR_ERR(file);
	}
	b->file = file;
	unit = b->buffered ? SECTOR_SIZE : direct_unit(file);
	if (!unit) {
		scnprintf(text, XLHV_TEXT_LEN, "the file has no direct I/O");
		return -EINVAL;
	}
	b->sector_size = max_t(unsigned int, unit, SECTOR_SIZE);
	b->physical = max_t(unsigned int, b->sector_size, i_blocksize(file_inode(file)));
	b->features = XLHV_BLK_FLUSH | XLHV_BLK_BARRIER | XLHV_BLK_INDIRECT;
	if (file->f_op->fallocate) {
		b->features |= XLHV_BLK_DISCARD;
		b->granularity = i_blocksize(file_inode(file));
	}
	return 0;
}

static void release(struct blk_backing *b)
{
	if (b->file)
		fput(b->file);
	else if (b->bdev)
		compat_bdev_close(&b->opened);
	b->file = NULL;
	b->bdev = NULL;
}

/* A larger sector than needed is the caller's choice, if the disk is whole ones of it. */
static int choose_sector(struct blk_backing *b, u32 wanted, char *text)
{
	if (b->sector_size > PAGE_SIZE) {
		scnprintf(text, XLHV_TEXT_LEN, "sectors of %u bytes", b->sector_size);
		return -EINVAL;
	}
	if (wanted && wanted < b->sector_size) {
		scnprintf(text, XLHV_TEXT_LEN, "sector size %u: it has to be at least %u", wanted,
			  b->sector_size);
		return -EINVAL;
	}
	if (wanted)
		b->sector_size = wanted;
	b->physical = max(b->physical, b->sector_size);
	return 0;
}

/**
 * blk_backing_open() - open a disk for a domain
 * @b: zeroed; filled in
 * @a: of the caller; nothing of it is trusted
 * @text: XLHV_TEXT_LEN bytes for what was wrong
 *
 * Context: the caller's; may sleep for long, with nothing held.
 * Return: 0; see XLHV_BLK_ATTACH.
 */
int blk_backing_open(struct blk_backing *b, const struct xlhv_blk_attach *a, char *text)
{
	bool readonly = a->flags & XLHV_BLK_READONLY;
	fmode_t need = FMODE_READ | (readonly ? 0 : FMODE_WRITE);
	struct file *of;
	umode_t mode;
	int err = -EINVAL;

	if (a->flags & ~FLAGS ||
	    (a->sector_size && a->sector_size != SECTOR_SIZE && a->sector_size != PAGE_SIZE))
		return -EINVAL;
	of = fget(a->fd);
	if (!of)
		return -EBADF;
	b->readonly = readonly;
	b->shared = a->flags & XLHV_BLK_SHARED;
	b->buffered = a->flags & XLHV_BLK_BUFFERED;
	mode = file_inode(of)->i_mode;
	if ((of->f_mode & need) != need) {
		scnprintf(text, XLHV_TEXT_LEN, "the descriptor is not open for %s",
			  readonly ? "reading" : "reading and writing");
		err = -EBADF;
	} else if (S_ISREG(mode)) {
		err = file_open(b, of, text);
	} else if (S_ISBLK(mode) && !b->buffered) {
		err = device_open(b, of, text);
	} else {
		scnprintf(text, XLHV_TEXT_LEN, "%s", S_ISBLK(mode) ?
			  "a device has no buffered I/O" : "neither a block device nor a file");
	}
	fput(of);
	if (!err)
		err = choose_sector(b, a->sector_size, text);
	if (!err && (readonly || a->flags & XLHV_BLK_NO_DISCARD))
		b->features &= ~(XLHV_BLK_DISCARD | XLHV_BLK_SECURE_DISCARD);
	if (!(b->features & XLHV_BLK_DISCARD)) {
		b->granularity = 0;
		b->alignment = 0;
	}
	if (!err)
		err = enlist(b, text);
	if (err)
		release(b);
	return err;
}

/**
 * blk_backing_close() - nobody uses it any more
 * @b: open
 *
 * Context: may sleep; a caller's or a ring's thread.
 */
void blk_backing_close(struct blk_backing *b)
{
	mutex_lock(&backings_lock);
	list_del(&b->link);
	mutex_unlock(&backings_lock);
	release(b);
}

/*
 * Its size at this moment, in units of 512 bytes, whole sectors: it grows, shrinks and goes away
 * as the host likes.
 */
u64 blk_backing_sectors(const struct blk_backing *b)
{
	u64 sectors = b->bdev ? bdev_nr_sectors(b->bdev) :
				i_size_read(file_inode(b->file)) >> SECTOR_SHIFT;

	return sectors & ~(u64)((b->sector_size >> SECTOR_SHIFT) - 1);
}
