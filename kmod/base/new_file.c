// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors that are part of an ioctl's answer. */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>

#include "base/new_file.h"

/**
 * new_file_make() - a file and the number of a descriptor for it
 * @new: filled in; as it was after an error
 * @name: of the file
 * @fops: its operations
 * @private: its private_data, which it owns from now on unless this fails
 *
 * The descriptor appears in the caller's table when the ioctl has succeeded in all;
 * else the file is released.
 *
 * Return: 0 or -errno.
 */
int new_file_make(struct new_file *new, const char *name, const struct file_operations *fops,
		  void *private)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct file *file;

	if (fd < 0)
		return fd;
	file = anon_inode_getfile(name, fops, private, O_RDWR);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	new->file = file;
	new->fd = fd;
	return 0;
}

/**
 * new_file_end() - the ioctl is over
 * @new: with a file or without
 * @err: 0: the descriptor appears; else the file is released
 */
void new_file_end(struct new_file *new, int err)
{
	if (!new->file)
		return;
	if (!err) {
		fd_install(new->fd, new->file);
	} else {
		put_unused_fd(new->fd);
		fput(new->file);
	}
}
