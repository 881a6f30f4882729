/* SPDX-License-Identifier: GPL-2.0-only */
/* root - what of the host's Xen is other in a test: its folder, and the patience with it */
#ifndef XLCTL_ROOT_H
#define XLCTL_ROOT_H

/**
 * store_root() - what stands before /proc/xen and /usr/lib/xen-VERSION
 *
 * In a file of its own, so that the linker can put the folder of a test in its place.
 *
 * Return: a constant string, normally empty.
 */
const char *store_root(void);

/**
 * store_patience() - how long the daemon may take to answer
 *
 * Return: seconds.
 */
unsigned int store_patience(void);

#endif /* XLCTL_ROOT_H */
