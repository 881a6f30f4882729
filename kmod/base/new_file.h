/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors that are part of an ioctl's answer. */
#ifndef XLHV_NEW_FILE_H
#define XLHV_NEW_FILE_H

struct file;
struct file_operations;

/**
 * struct new_file - a descriptor that becomes the caller's when he knows its number
 * @file: NULL for none
 * @fd: reserved
 */
struct new_file {
	struct file *file;
	int fd;
};

int new_file_make(struct new_file *new, const char *name, const struct file_operations *fops,
		  void *private);
void new_file_end(struct new_file *new, int err);

#endif /* XLHV_NEW_FILE_H */
