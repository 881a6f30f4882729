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

/**
 * run_dir_lock() - take turns with other processes, of whichever user
 * @name: of the file that is locked; made if it is not there, and left there
 * @seconds: how long to wait for the others
 *
 * Whoever may write here can keep the lock for ever, so nobody waits for ever.
 *
 * Return: a descriptor, which is closed to let the others have their turn; -ETIMEDOUT; another
 * negative errno.
 */
int run_dir_lock(const char *name, unsigned int seconds);

/**
 * run_dir_draft() - a new file that is to be renamed when it is complete
 * @folder: from run_dir_open()
 * @mode: its permissions
 * @name: out: its name, to be freed by the caller; one that nobody can foresee
 *
 * Return: a descriptor, to be closed by the caller, or a negative errno and no name.
 */
int run_dir_draft(int folder, unsigned int mode, char **name);

#endif /* XLCTL_RUN_DIR_H */
