/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_FILE_H
#define UNIT_SHIM_LINUX_FILE_H

struct file;

/* Files are the test's own. */
static inline void fput(struct file *file)
{
	(void)file;
}

#endif /* UNIT_SHIM_LINUX_FILE_H */
