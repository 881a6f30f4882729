/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * serve - the talk with a domain's frontends, by XenStore
 *
 * The backend's half of the XenbusState protocol for all devices of a domain. It remembers nothing
 * that is not in XenStore or the module, so whoever is the domain's monitor can go on with it. It
 * never waits for a guest, and does at most one round of work in DEVICE_SERVE_PACE_MS, whatever
 * the guest writes.
 */
#ifndef XLCTL_DEVICE_XENBUS_H
#define XLCTL_DEVICE_XENBUS_H

#include <stdint.h>

#include "device/kind.h"

#define DEVICE_SERVE_PACE_MS	20

struct device_server;

/**
 * device_serve_open() - begin, or go on, with the devices that a domain has and will have
 * @domain: its descriptor
 * @domid: its number
 * @kinds: of device; have to outlive the server
 *
 * There is one connection to the store at a time: close it before another is made.
 *
 * A daemon that cannot be asked is looked for later, also if that comes to be so.
 *
 * Return: the server; NULL: the domain has no XenStore.
 */
struct device_server *device_serve_open(int domain, uint32_t domid,
					const struct device_kinds *kinds);

/**
 * device_serve_fd() - what to poll for reading
 * @server: from device_serve_open(), or NULL
 *
 * Return: a descriptor; -1: none at the moment.
 */
int device_serve_fd(const struct device_server *server);

/**
 * device_serve_end_fd() - what to poll for POLLHUP alone, which the other one never has
 * @server: from device_serve_open(), or NULL
 *
 * Return: a descriptor; -1: none at the moment.
 */
int device_serve_end_fd(const struct device_server *server);

/**
 * device_serve_timeout() - when device_serve() is due without that
 * @server: from device_serve_open(), or NULL
 *
 * Asked for before the descriptors: while the server rests it has none, and this is what ends the
 * rest.
 *
 * Return: milliseconds; -1: never.
 */
int device_serve_timeout(const struct device_server *server);

/**
 * device_serve() - do what there is to do
 * @server: from device_serve_open(), or NULL
 *
 * Return: 0; -1: the domain has no XenStore any more, which was said, and it is best closed.
 */
int device_serve(struct device_server *server);

/**
 * device_serve_close() - end; the devices stay as they are
 * @server: from device_serve_open(), or NULL
 */
void device_serve_close(struct device_server *server);

#endif /* XLCTL_DEVICE_XENBUS_H */
