// SPDX-License-Identifier: GPL-2.0-only
/* The nodes of a device; see nodes.h. Names and values are those of libxl. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/io/xenbus.h>

#include "common/msg.h"
#include "device/nodes.h"
#include "store/store.h"

/* Conflicts with others that write at the same time are few. */
#define TRIES		20

char *device_folder(const struct device_id *id, enum device_side side)
{
	switch (side) {
	case DEVICE_BACKEND:
		return msg_text("/local/domain/0/backend/%s/%u", id->kind, id->domid);
	case DEVICE_FRONTEND:
		return msg_text("/local/domain/%u/device/%s", id->domid, id->kind);
	default:
		return msg_text("/libxl/%u/device/%s", id->domid, id->kind);
	}
}

char *device_path(const struct device_id *id, enum device_side side, const char *node)
{
	char *folder = device_folder(id, side), *path;

	path = msg_text("%s/%u%s%s", folder, id->devid, *node ? "/" : "", node);
	free(folder);
	return path;
}

void device_put(struct device_writer *w, const char *node, const char *format, ...)
{
	char *path = device_path(w->id, w->side, node), *value;
	va_list args;

	va_start(args, format);
	if (vasprintf(&value, format, args) < 0)
		msg_out_of_memory();
	va_end(args);
	if (!w->error && !xs_write(w->xs, w->t, path, value, (unsigned int)strlen(value)))
		w->error = errno;
	free(path);
	free(value);
}

void device_protect(struct device_writer *w, const char *node)
{
	struct xs_permissions perms[2] = {
		{ .id = 0, .perms = XS_PERM_NONE },
		{ .id = w->id->domid, .perms = XS_PERM_READ },
	};
	char *path = device_path(w->id, w->side, node);

	if (!w->error && !xs_set_permissions(w->xs, w->t, path, perms, 2))
		w->error = errno;
	free(path);
}

/* The folder, whose rights its nodes inherit. */
static void make_folder(struct device_writer *w, enum device_side side)
{
	uint32_t domid = w->id->domid;
	struct xs_permissions perms[2] = {
		{ .id = side == DEVICE_FRONTEND ? domid : 0, .perms = XS_PERM_NONE },
		{ .id = side == DEVICE_FRONTEND ? 0 : domid, .perms = XS_PERM_READ },
	};
	char *path = device_path(w->id, side, "");

	w->side = side;
	if (!w->error && (!xs_mkdir(w->xs, w->t, path) ||
			  !xs_set_permissions(w->xs, w->t, path, perms,
					      side == DEVICE_LIBXL ? 1 : 2)))
		w->error = errno;
	free(path);
}

/* Where the folders of the other sides are. */
static void put_link(struct device_writer *w, const char *node, enum device_side side)
{
	char *path = device_path(w->id, side, "");

	device_put(w, node, "%s", path);
	free(path);
}

static void remove_all(struct xs_handle *xs, xs_transaction_t t, const struct device_id *id)
{
	for (enum device_side side = DEVICE_BACKEND; side <= DEVICE_LIBXL; side++) {
		char *path = device_path(id, side, "");

		/* That it is not there is no error. */
		xs_rm(xs, t, path);
		free(path);
	}
}

/* The folders of all devices of a kind: made by the way, the frontends' would be the guest's. */
static void make_parents(struct device_writer *w)
{
	struct xs_permissions perms[2] = {
		{ .id = 0, .perms = XS_PERM_NONE },
		{ .id = w->id->domid, .perms = XS_PERM_READ },
	};

	for (enum device_side side = DEVICE_BACKEND; side <= DEVICE_LIBXL; side++) {
		char *path = device_folder(w->id, side);

		if (!w->error && (!xs_mkdir(w->xs, w->t, path) ||
				  !xs_set_permissions(w->xs, w->t, path, perms,
						      side == DEVICE_LIBXL ? 1 : 2)))
			w->error = errno;
		free(path);
	}
}

/* One that has ended meanwhile would be made anew, by the way to its device. */
static void look_for_domain(struct device_writer *w)
{
	char *path = store_path(w->id->domid, "vm");
	unsigned int length;
	void *value = xs_read(w->xs, w->t, path, &length);

	if (!value)
		w->error = errno;
	free(value);
	free(path);
}

static void put_libxl(struct device_writer *w, device_fill_t *fill, const void *offer)
{
	make_folder(w, DEVICE_LIBXL);
	put_link(w, "frontend", DEVICE_FRONTEND);
	put_link(w, "backend", DEVICE_BACKEND);
	fill(w, offer);
}

static void put_frontend(struct device_writer *w, device_fill_t *fill, const void *offer)
{
	make_folder(w, DEVICE_FRONTEND);
	put_link(w, "backend", DEVICE_BACKEND);
	device_put(w, "backend-id", "0");
	device_put(w, "state", "%d", XenbusStateInitialising);
	fill(w, offer);
}

static void put_backend(struct device_writer *w, device_fill_t *fill, const void *offer)
{
	make_folder(w, DEVICE_BACKEND);
	put_link(w, "frontend", DEVICE_FRONTEND);
	device_put(w, "frontend-id", "%u", w->id->domid);
	device_put(w, "online", "1");
	device_put(w, "hotplug-status", "connected");
	fill(w, offer);
	/* From here on it waits for the frontend. */
	device_put(w, "state", "%d", XenbusStateInitWait);
}

/* Return: 0 or an errno. */
static int add_once(struct device_writer *w, device_fill_t *fill, const void *offer)
{
	w->error = 0;
	w->t = xs_transaction_start(w->xs);
	if (w->t == XBT_NULL)
		return errno;
	look_for_domain(w);
	if (!w->error)
		remove_all(w->xs, w->t, w->id);
	make_parents(w);
	put_libxl(w, fill, offer);
	put_frontend(w, fill, offer);
	put_backend(w, fill, offer);
	if (!xs_transaction_end(w->xs, w->t, w->error) && !w->error)
		w->error = errno;
	return w->error;
}

int device_nodes_add(struct xs_handle *xs, const struct device_id *id, device_fill_t *fill,
		     const void *offer)
{
	struct device_writer w = { .xs = xs, .id = id };
	int error = EAGAIN;

	for (int tries = 0; tries < TRIES && error == EAGAIN; tries++)
		error = add_once(&w, fill, offer);
	return error;
}

void device_nodes_remove(struct xs_handle *xs, const struct device_id *id)
{
	remove_all(xs, XBT_NULL, id);
}

int device_number(struct xs_handle *xs, xs_transaction_t t, char *path, uint32_t *number)
{
	unsigned int length;
	char *value = xs_read(xs, t, path, &length), *end;
	unsigned long long n;
	int result = -1;

	free(path);
	if (!value)
		return errno == ENOENT ? 0 : DEVICE_NODE_UNREAD;
	/* Digits and nothing else: a zero byte in it would end them too early. */
	if (length && length <= 10 && strspn(value, "0123456789") == length) {
		n = strtoull(value, &end, 10);
		if (n <= UINT32_MAX) {
			*number = (uint32_t)n;
			result = 1;
		}
	}
	free(value);
	return result;
}

bool device_write(struct xs_handle *xs, xs_transaction_t t, const struct device_id *id,
		  const char *node, const char *value)
{
	char *path = device_path(id, DEVICE_BACKEND, node);
	bool good = xs_write(xs, t, path, value, (unsigned int)strlen(value));

	free(path);
	return good;
}

/* Writes the state, or without one removes all.  Return: as device_set_state(). */
static int change_once(struct xs_handle *xs, const struct device_id *id, bool online,
		       const char *state)
{
	xs_transaction_t t = xs_transaction_start(xs);
	uint32_t was, stays = 0;
	int found, wanted, error = 0;
	bool same;

	if (t == XBT_NULL)
		return -1;
	found = device_number(xs, t, device_path(id, DEVICE_BACKEND, "state"), &was);
	wanted = device_number(xs, t, device_path(id, DEVICE_BACKEND, "online"), &stays);
	if (found == DEVICE_NODE_UNREAD || wanted == DEVICE_NODE_UNREAD)
		error = errno;
	same = !error && found && (wanted > 0 && stays) == online;
	if (same && !state)
		remove_all(xs, t, id);
	else if (same && !device_write(xs, t, id, "state", state))
		error = errno;
	if (!xs_transaction_end(xs, t, !same || error) && !error)
		error = errno;
	errno = error;
	return error ? -1 : same;
}

static int change(struct xs_handle *xs, const struct device_id *id, bool online,
		  const char *state)
{
	int result = -1;

	for (int tries = 0; tries < TRIES; tries++) {
		result = change_once(xs, id, online, state);
		if (result >= 0 || errno != EAGAIN)
			break;
	}
	return result;
}

int device_set_state(struct xs_handle *xs, const struct device_id *id, bool online, int state)
{
	char text[12];

	snprintf(text, sizeof(text), "%d", state);
	return change(xs, id, online, text);
}

int device_retire(struct xs_handle *xs, const struct device_id *id)
{
	return change(xs, id, false, NULL);
}

bool device_ask_end(struct xs_handle *xs, const struct device_id *id)
{
	for (int tries = 0; tries < TRIES; tries++) {
		xs_transaction_t t = xs_transaction_start(xs);
		char state[4];
		bool good;

		if (t == XBT_NULL)
			return false;
		snprintf(state, sizeof(state), "%d", XenbusStateClosing);
		good = device_write(xs, t, id, "online", "0") &&
		       device_write(xs, t, id, "state", state);
		if (xs_transaction_end(xs, t, !good))
			return good;
		if (errno != EAGAIN)
			return false;
	}
	return false;
}
