/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * serve - the talk with a domain's block frontends, by XenStore
 *
 * The backend's half of the XenbusState protocol for all disks of a domain. It remembers nothing
 * that is not in XenStore or the module, so whoever is the domain's monitor can go on with it. It
 * never waits for a guest, and does at most one round of work in DISK_SERVE_PACE_MS, whatever
 * the guest writes.
 */
#ifndef XLCTL_DISK_SERVE_H
#define XLCTL_DISK_SERVE_H

#include <stdint.h>

#define DISK_SERVE_PACE_MS	20

struct disk_server;

/**
 * disk_serve_open() - begin, or go on, with the disks that a domain has and will have
 * @domain: its descriptor
 * @domid: its number
 *
 * There is one connection to the store at a time: close it before another is made.
 *
 * A daemon that cannot be asked is looked for later, also if that comes to be so.
 *
 * Return: the server; NULL: the domain has no XenStore.
 */
struct disk_server *disk_serve_open(int domain, uint32_t domid);

/**
 * disk_serve_fd() - what to poll for reading
 * @server: from disk_serve_open(), or NULL
 *
 * Return: a descriptor; -1: none at the moment.
 */
int disk_serve_fd(const struct disk_server *server);

/**
 * disk_serve_end_fd() - what to poll for POLLHUP alone, which the other one never has
 * @server: from disk_serve_open(), or NULL
 *
 * Return: a descriptor; -1: none at the moment.
 */
int disk_serve_end_fd(const struct disk_server *server);

/**
 * disk_serve_timeout() - when disk_serve() is due without that
 * @server: from disk_serve_open(), or NULL
 *
 * Return: milliseconds; -1: never.
 */
int disk_serve_timeout(const struct disk_server *server);

/**
 * disk_serve() - do what there is to do
 * @server: from disk_serve_open(), or NULL
 *
 * Return: 0; -1: the domain has no XenStore any more, which was said, and it is best closed.
 */
int disk_serve(struct disk_server *server);

/**
 * disk_serve_close() - end; the disks stay as they are
 * @server: from disk_serve_open(), or NULL
 */
void disk_serve_close(struct disk_server *server);

#endif /* XLCTL_DISK_SERVE_H */
