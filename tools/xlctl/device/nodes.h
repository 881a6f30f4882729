/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nodes - what XenStore has of a device
 *
 * The backend's folder is the host's, and the guest may read it; the frontend's is the guest's. So
 * what is read from the one can be relied on, and what is read from the other cannot.
 */
#ifndef XLCTL_DEVICE_NODES_H
#define XLCTL_DEVICE_NODES_H

#include <stdbool.h>
#include <stdint.h>

#include "store/connect.h"

/**
 * struct device_id - a device of a domain
 * @kind: its kind, as XenStore has it: "vbd"
 * @domid: the domain
 * @devid: its number among those of its kind
 */
struct device_id {
	const char *kind;
	uint32_t domid;
	uint32_t devid;
};

/* Which folder of a device. */
enum device_side {
	DEVICE_BACKEND,		/* /local/domain/0/backend/KIND/DOMID/DEVID */
	DEVICE_FRONTEND,	/* /local/domain/DOMID/device/KIND/DEVID */
	DEVICE_LIBXL,		/* /libxl/DOMID/device/KIND/DEVID: the host's alone */
};

/**
 * device_path() - a node of a device
 * @id: the device
 * @side: whose
 * @node: name, "" for the folder itself
 *
 * Return: a string, to be freed by the caller.
 */
char *device_path(const struct device_id *id, enum device_side side, const char *node);

/**
 * device_folder() - the folder of all devices of a kind
 * @id: any of them; its number does not matter
 * @side: whose
 *
 * Return: a string, to be freed by the caller.
 */
char *device_folder(const struct device_id *id, enum device_side side);

/**
 * struct device_writer - a folder that is being written, within a transaction
 * @xs: connection
 * @t: the transaction
 * @id: the device
 * @side: whose folder
 * @error: errno of the first write that failed; nothing is written after it
 */
struct device_writer {
	struct xs_handle *xs;
	xs_transaction_t t;
	const struct device_id *id;
	enum device_side side;
	int error;
};

/**
 * device_put() - write a node
 * @w: where
 * @node: name
 * @format: what it is to hold, as for printf
 */
void device_put(struct device_writer *w, const char *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * device_protect() - have a node of a frontend's folder be the host's
 * @w: where
 * @node: name; it is written already
 */
void device_protect(struct device_writer *w, const char *node);

/**
 * typedef device_fill_t - writes what a kind of device has in a folder
 * @w: the folder
 * @offer: from the caller of device_nodes_add()
 *
 * What all kinds have there is written already.
 */
typedef void device_fill_t(struct device_writer *w, const void *offer);

/**
 * device_nodes_add() - tell XenStore, and so the guest, of a device
 * @xs: connection
 * @id: the device; its domain is known to the store
 * @fill: called once for each side, or more often, if others write meanwhile
 * @offer: for @fill
 *
 * Return: 0 or an errno; ENOENT: the domain has gone.
 */
int device_nodes_add(struct xs_handle *xs, const struct device_id *id, device_fill_t *fill,
		     const void *offer);

/**
 * device_nodes_remove() - nothing more of a device
 * @xs: connection
 * @id: the device
 */
void device_nodes_remove(struct xs_handle *xs, const struct device_id *id);

#define DEVICE_NODE_UNREAD	(-2)

/**
 * device_number() - a node that should hold a decimal number
 * @xs: connection
 * @t: transaction, or XBT_NULL
 * @path: the node; freed
 * @number: receives it
 *
 * Return: 1; 0: there is no such node; -1: it holds something else; DEVICE_NODE_UNREAD with errno
 * set: it cannot be read, which says nothing of what it holds.
 */
int device_number(struct xs_handle *xs, xs_transaction_t t, char *path, uint32_t *number);

/**
 * device_write() - write a node of the backend
 * @xs: connection
 * @t: transaction, or XBT_NULL
 * @id: the device
 * @node: name
 * @value: what it is to hold
 *
 * Return: whether it does.
 */
bool device_write(struct xs_handle *xs, xs_transaction_t t, const struct device_id *id,
		  const char *node, const char *value);

/**
 * device_set_state() - write the backend's state, if the device is still what it was thought to be
 * @xs: connection
 * @id: the device
 * @online: whether it is to stay
 * @state: an enum xenbus_state
 *
 * Return: 1; 0: there is no such device, or somebody has decided otherwise; -1 with errno set.
 */
int device_set_state(struct xs_handle *xs, const struct device_id *id, bool online, int state);

/**
 * device_retire() - nothing more of a device that is not to stay
 * @xs: connection
 * @id: the device
 *
 * Return: 1; 0: there is no such device, or it is another one, which is to stay; -1 with errno set.
 */
int device_retire(struct xs_handle *xs, const struct device_id *id);

/**
 * device_ask_end() - have the monitor end a device, as soon as the guest has let go of it
 * @xs: connection
 * @id: the device
 *
 * Return: whether it was asked; else errno is set.
 */
bool device_ask_end(struct xs_handle *xs, const struct device_id *id);

#endif /* XLCTL_DEVICE_NODES_H */
