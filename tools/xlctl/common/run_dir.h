/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run_dir - files that outlive a process, but not the machine's next start
 *
 * Whoever may use the module's device may write there: nothing in it is trusted.
 */
#ifndef XLCTL_RUN_DIR_H
#define XLCTL_RUN_DIR_H

/**
 * run_dir() - the directory's path
 *
 * Return: a constant string.
 */
const char *run_dir(void);

/**
 * run_dir_make() - make the directory, unless it is there
 *
 * Return: 0 or a negative errno.
 */
int run_dir_make(void);

/**
 * run_dir_open() - open the directory, for openat() and its like
 *
 * Return: a descriptor, to be closed by the caller, or a negative errno.
 */
int run_dir_open(void);

#endif /* XLCTL_RUN_DIR_H */
