/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * privs - giving up privileges, for good
 */
#ifndef XLCTL_PRIVS_H
#define XLCTL_PRIVS_H

#include <stdint.h>

/* User and group of a process that must be able to do nothing. */
#define PRIVS_NOBODY	65534

/* Capabilities, for privs_keep(): by the numbers of linux/capability.h. */
#define PRIVS_CAP(number)	(UINT64_C(1) << (number))

/**
 * privs_keep() - give up all capabilities but some
 * @capabilities: those to keep, as far as they are there
 *
 * Programs that are started later get no more by their files, either.
 *
 * Return: 0 or a negative errno.
 */
int privs_keep(uint64_t capabilities);

/**
 * privs_drop() - give up everything that a process can give up
 *
 * Root becomes nobody, without further groups. There are no capabilities
 * afterwards, nobody but root can look into the process, and it leaves no core.
 *
 * Return: NULL, or what failed, with errno set.
 */
const char *privs_drop(void);

/**
 * privs_filter() - allow no system call but those of a pure computation
 * @input: a descriptor it may read from, by pread()
 * @output: a descriptor it may write to
 * @area: a descriptor it may write to anywhere, by pwrite()
 *
 * What is left is anonymous memory that cannot be executed, and to exit. All
 * else kills the process with SIGSYS.
 *
 * Return: NULL, or what failed, with errno set.
 */
const char *privs_filter(int input, int output, int area);

#endif /* XLCTL_PRIVS_H */
