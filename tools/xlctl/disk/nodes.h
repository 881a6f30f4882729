/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nodes - what XenStore has of a disk
 *
 * The backend's folder is the host's, and the guest may read it; the frontend's is the guest's. So
 * what is read from the one can be relied on, and what is read from the other cannot.
 */
#ifndef XLCTL_DISK_NODES_H
#define XLCTL_DISK_NODES_H

#include <stdbool.h>
#include <stdint.h>

#include "config/domain_config.h"
#include "disk/attach.h"
#include "store/connect.h"

/* Which folder of a disk. */
enum disk_side {
	DISK_BACKEND,		/* /local/domain/0/backend/vbd/DOMID/DEVID */
	DISK_FRONTEND,		/* /local/domain/DOMID/device/vbd/DEVID */
	DISK_LIBXL,		/* /libxl/DOMID/device/vbd/DEVID: the host's alone */
};

/**
 * disk_path() - a node of a disk
 * @side: whose
 * @domid: the domain
 * @devid: number of the disk
 * @node: name, "" for the folder itself
 *
 * Return: a string, to be freed by the caller.
 */
char *disk_path(enum disk_side side, uint32_t domid, uint32_t devid, const char *node);

/**
 * disk_nodes_add() - tell XenStore, and so the guest, of a disk
 * @xs: connection
 * @domid: the domain; known to the store
 * @offer: from disk_attach()
 *
 * Return: 0, or -1 after a message.
 */
int disk_nodes_add(struct xs_handle *xs, uint32_t domid, const struct disk_offer *offer);

/**
 * disk_nodes_remove() - nothing more of a disk
 * @xs: connection
 * @domid: the domain
 * @devid: number of the disk
 */
void disk_nodes_remove(struct xs_handle *xs, uint32_t domid, uint32_t devid);

#define DISK_NODE_UNREAD	(-2)

/**
 * disk_nodes_number() - a node that should hold a decimal number
 * @xs: connection
 * @t: transaction, or XBT_NULL
 * @path: the node; freed
 * @number: receives it
 *
 * Return: 1; 0: there is no such node; -1: it holds something else; DISK_NODE_UNREAD with errno
 * set: it cannot be read, which says nothing of what it holds.
 */
int disk_nodes_number(struct xs_handle *xs, xs_transaction_t t, char *path, uint32_t *number);

/**
 * disk_nodes_write() - write a node of the backend
 * @xs: connection
 * @t: transaction, or XBT_NULL
 * @domid: the domain
 * @devid: number of the disk
 * @node: name
 * @value: what it is to hold
 *
 * Return: whether it does.
 */
bool disk_nodes_write(struct xs_handle *xs, xs_transaction_t t, uint32_t domid, uint32_t devid,
		      const char *node, const char *value);

/**
 * disk_nodes_state() - write the backend's state, if the disk is still what it was thought to be
 * @xs: connection
 * @domid: the domain
 * @devid: number of the disk
 * @online: whether it is to stay
 * @state: an enum xenbus_state
 *
 * Return: 1; 0: there is no such disk, or somebody has decided otherwise; -1 with errno set.
 */
int disk_nodes_state(struct xs_handle *xs, uint32_t domid, uint32_t devid, bool online, int state);

/**
 * disk_nodes_retire() - nothing more of a disk that is not to stay
 * @xs: connection
 * @domid: the domain
 * @devid: number of the disk
 *
 * Return: 1; 0: there is no such disk, or it is another one, which is to stay; -1 with errno set.
 */
int disk_nodes_retire(struct xs_handle *xs, uint32_t domid, uint32_t devid);

/**
 * disk_nodes_resize() - tell a guest that has the disk how large it is
 * @xs: connection
 * @domid: the domain
 * @devid: number of the disk
 * @sectors: in units of 512 bytes
 *
 * Return: 1: it was told; 0: it is not connected, and reads it when it is; -1 with errno set.
 */
int disk_nodes_resize(struct xs_handle *xs, uint32_t domid, uint32_t devid, uint64_t sectors);

/**
 * disk_nodes_replace() - the next life has the disks of another configuration
 * @domid: the domain, which keeps those that it has
 *
 * What is attached and detached later is of this life alone.
 */
void disk_nodes_replace(uint32_t domid);

/**
 * disk_nodes_follow() - have a configuration name the disks that a domain has now
 * @domid: the domain
 * @config: what it was made of: disks that were attached and detached since come and go
 *
 * All of them, or none if they cannot all be read, which is said. Does nothing after
 * disk_nodes_replace(). Each has to be the same device or file then as it is now.
 */
void disk_nodes_follow(uint32_t domid, struct domain_config *config);

#endif /* XLCTL_DISK_NODES_H */
