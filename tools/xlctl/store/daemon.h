/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * daemon - the stock XenStore daemon: whether it runs, its start and its end
 *
 * Debian has two, of the C and of the OCaml sources; both keep the store in memory.
 */
#ifndef XLCTL_STORE_DAEMON_H
#define XLCTL_STORE_DAEMON_H

#include <stdbool.h>
#include <sys/types.h>

/* Which daemon is started if nobody says. */
#define DAEMON_DEFAULT	"xenstored"
#define DAEMON_OTHER	"oxenstored"

/* It was started, and did not come to answer. */
#define DAEMON_FAILED	1

/* The Debian package that has both; the number is that of the release's Xen. */
#define DAEMON_PACKAGE	"xen-utils-4.17 (Debian 12) or xen-utils-4.20 (Debian 13)"

/**
 * daemon_host_ready() - whether this host has what a daemon needs of a Dom0
 *
 * The module makes it unless it is loaded with dom0=0.
 */
bool daemon_host_ready(void);

/**
 * daemon_socket() - path of the daemon's socket, as libxenstore finds it
 * @path: where it goes
 * @size: room there
 */
void daemon_socket(char *path, size_t size);

/**
 * daemon_connects() - whether a daemon answers
 * @pid: whose the socket is, if not NULL; 0 if that cannot be seen
 *
 * Return: 0, or a negative errno: -ENOENT and -ECONNREFUSED mean that none runs,
 * -EACCES that it is not for this user.
 */
int daemon_connects(pid_t *pid);

/**
 * daemon_path() - where a daemon's program is
 * @name: DAEMON_DEFAULT or DAEMON_OTHER
 *
 * Return: its path, of the newest Xen there is, to be freed by the caller; or NULL.
 */
char *daemon_path(const char *name);

/**
 * daemon_start() - start it, and wait until it answers
 * @name: DAEMON_DEFAULT or DAEMON_OTHER
 *
 * Return: 0 if one runs, also if it is another one that ran before; DAEMON_FAILED after a
 * message; -ENOENT: the program is not installed; another negative errno: no right to start
 * it, or no room for its files.
 */
int daemon_start(const char *name);

/**
 * daemon_stop() - end it, and wait until it has ended
 *
 * Return: 0; 1: none runs; -1 after a message.
 */
int daemon_stop(void);

#endif /* XLCTL_STORE_DAEMON_H */
