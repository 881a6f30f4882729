// SPDX-License-Identifier: GPL-2.0-only
/* The nodes of a disk; see nodes.h. Names and values are those of libxl and Linux's blkback. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <xen/xen.h>
#include <xen/io/xenbus.h>

#include "common/msg.h"
#include "disk/nodes.h"
#include "store/store.h"

/* Conflicts with others that write at the same time are few. */
#define TRIES		20

/* What the text of disk_text() is kept in, for the next life of the domain. */
#define KEPT		"xlhv-disk"

/* And which device or file it is, so that the next life has the same. */
#define IDENTITY	"xlhv-identity"

char *disk_path(enum disk_side side, uint32_t domid, uint32_t devid, const char *node)
{
	const char *slash = *node ? "/" : "";

	switch (side) {
	case DISK_BACKEND:
		return msg_text("/local/domain/0/backend/vbd/%u/%u%s%s", domid, devid, slash, node);
	case DISK_FRONTEND:
		return msg_text("/local/domain/%u/device/vbd/%u%s%s", domid, devid, slash, node);
	default:
		return msg_text("/libxl/%u/device/vbd/%u%s%s", domid, devid, slash, node);
	}
}

/* The folder of one side, being written within a transaction. */
struct writer {
	struct xs_handle *xs;
	xs_transaction_t t;
	uint32_t domid;
	uint32_t devid;
	enum disk_side side;
	int error;		/* of the first that failed; nothing is written after it */
};

static void __attribute__((format(printf, 3, 4))) put(struct writer *w, const char *node,
						      const char *format, ...)
{
	char *path = disk_path(w->side, w->domid, w->devid, node), *value;
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

/* The folder, whose rights its nodes inherit. */
static void make_folder(struct writer *w, enum disk_side side)
{
	struct xs_permissions perms[2] = {
		{ .id = side == DISK_FRONTEND ? w->domid : 0, .perms = XS_PERM_NONE },
		{ .id = side == DISK_FRONTEND ? 0 : w->domid, .perms = XS_PERM_READ },
	};
	char *path = disk_path(side, w->domid, w->devid, "");

	w->side = side;
	if (!w->error && (!xs_mkdir(w->xs, w->t, path) ||
			  !xs_set_permissions(w->xs, w->t, path, perms,
					      side == DISK_LIBXL ? 1 : 2)))
		w->error = errno;
	free(path);
}

static void put_backend(struct writer *w, const struct disk_offer *offer)
{
	const struct disk_config *config = offer->config;
	char *frontend = disk_path(DISK_FRONTEND, w->domid, w->devid, "");

	put(w, "frontend", "%s", frontend);
	put(w, "params", "%s", config->target);
	put(w, "frontend-id", "%u", w->domid);
	put(w, "online", "1");
	put(w, "removable", "%d", config->cdrom);
	put(w, "bootable", "1");
	put(w, "dev", "%s", config->vdev);
	put(w, "type", "phy");
	put(w, "mode", "%s", config->readonly ? "r" : "w");
	put(w, "device-type", "%s", config->cdrom ? "cdrom" : "disk");
	if (config->discard != DISK_DISCARD_DEFAULT)
		put(w, "discard-enable", "%d", config->discard == DISK_DISCARD_ON);
	if (config->direct_io_safe)
		put(w, "direct-io-safe", "1");
	if (offer->is_device)
		put(w, "physical-device", "%x:%x", major(offer->device), minor(offer->device));
	put(w, "hotplug-status", "connected");
	free(frontend);
}

/* What the frontend may rely on, and the module is told when it is connected. */
static void put_features(struct writer *w, const struct disk_offer *offer)
{
	const struct xlhv_blk_attach *answer = &offer->answer;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	put(w, "max-ring-page-order", "%d", XLHV_BLK_MAX_ORDER);
	put(w, "multi-queue-max-queues", "%ld", cpus < 1 ? 1 : cpus > XLHV_BLK_MAX_QUEUES ?
						XLHV_BLK_MAX_QUEUES : cpus);
	put(w, "feature-persistent", "0");
	put(w, "feature-flush-cache", "%d", !!(answer->features & XLHV_BLK_FLUSH));
	put(w, "feature-barrier", "%d", !!(answer->features & XLHV_BLK_BARRIER));
	if (answer->features & XLHV_BLK_INDIRECT)
		put(w, "feature-max-indirect-segments", "%d", XLHV_BLK_MAX_SEGMENTS);
	if (answer->features & XLHV_BLK_DISCARD) {
		put(w, "feature-discard", "1");
		put(w, "discard-granularity", "%u", answer->discard_granularity);
		put(w, "discard-alignment", "%u", answer->discard_alignment);
		put(w, "discard-secure", "%d", !!(answer->features & XLHV_BLK_SECURE_DISCARD));
	}
	put(w, "sectors", "%llu", (unsigned long long)answer->sectors);
	put(w, "info", "%d", (offer->config->cdrom ? 1 | 2 : 0) |
			     (offer->config->readonly ? 4 : 0));
	put(w, "sector-size", "%u", answer->sector_size);
	put(w, "physical-sector-size", "%u", answer->physical_sector_size);
	/* From here on it waits for the frontend. */
	put(w, "state", "%d", XenbusStateInitWait);
}

static void put_frontend(struct writer *w, const struct disk_offer *offer)
{
	char *backend = disk_path(DISK_BACKEND, w->domid, w->devid, "");

	put(w, "backend", "%s", backend);
	put(w, "backend-id", "0");
	put(w, "state", "%d", XenbusStateInitialising);
	put(w, "virtual-device", "%u", w->devid);
	put(w, "device-type", "%s", offer->config->cdrom ? "cdrom" : "disk");
	put(w, "trusted", "1");
	free(backend);
}

static void put_libxl(struct writer *w, const struct disk_offer *offer)
{
	char *backend = disk_path(DISK_BACKEND, w->domid, w->devid, "");
	char *frontend = disk_path(DISK_FRONTEND, w->domid, w->devid, "");
	char *text = disk_text(offer->config);

	put(w, "frontend", "%s", frontend);
	put(w, "backend", "%s", backend);
	put(w, "params", "%s", offer->config->target);
	put(w, "dev", "%s", offer->config->vdev);
	put(w, KEPT, "%s", text);
	put(w, IDENTITY, "%s", offer->identity);
	free(backend);
	free(frontend);
	free(text);
}

static void remove_all(struct xs_handle *xs, xs_transaction_t t, uint32_t domid, uint32_t devid)
{
	for (enum disk_side side = DISK_BACKEND; side <= DISK_LIBXL; side++) {
		char *path = disk_path(side, domid, devid, "");

		/* That it is not there is no error. */
		xs_rm(xs, t, path);
		free(path);
	}
}

/* The folders of all disks of a domain: made by the way, the frontends' would be the guest's. */
static void make_parents(struct writer *w)
{
	struct xs_permissions perms[2] = {
		{ .id = 0, .perms = XS_PERM_NONE }, { .id = w->domid, .perms = XS_PERM_READ },
	};
	char *const paths[] = {
		msg_text("/local/domain/%u/device/vbd", w->domid),
		msg_text("/local/domain/0/backend/vbd/%u", w->domid),
		msg_text("/libxl/%u/device/vbd", w->domid),
	};

	for (unsigned int i = 0; i < 3; i++) {
		if (!w->error && (!xs_mkdir(w->xs, w->t, paths[i]) ||
				  !xs_set_permissions(w->xs, w->t, paths[i], perms, i < 2 ? 2 : 1)))
			w->error = errno;
		free(paths[i]);
	}
}

/* One that has ended meanwhile would be made anew, by the way to its disk. */
static void look_for_domain(struct writer *w)
{
	char *path = store_path(w->domid, "vm");
	unsigned int length;
	void *value = xs_read(w->xs, w->t, path, &length);

	if (!value)
		w->error = errno;
	free(value);
	free(path);
}

/* Return: 0 or an errno. */
static int add_once(struct writer *w, const struct disk_offer *offer)
{
	w->error = 0;
	w->t = xs_transaction_start(w->xs);
	if (w->t == XBT_NULL)
		return errno;
	look_for_domain(w);
	if (!w->error)
		remove_all(w->xs, w->t, w->domid, w->devid);
	make_parents(w);
	make_folder(w, DISK_LIBXL);
	put_libxl(w, offer);
	make_folder(w, DISK_FRONTEND);
	put_frontend(w, offer);
	make_folder(w, DISK_BACKEND);
	put_backend(w, offer);
	put_features(w, offer);
	if (!xs_transaction_end(w->xs, w->t, w->error) && !w->error)
		w->error = errno;
	return w->error;
}

int disk_nodes_add(struct xs_handle *xs, uint32_t domid, const struct disk_offer *offer)
{
	struct writer w = { .xs = xs, .domid = domid, .devid = offer->config->devid };
	int error = EAGAIN;

	for (int tries = 0; tries < TRIES && error == EAGAIN; tries++)
		error = add_once(&w, offer);
	if (!error)
		return 0;
	msg_error("disk %s: XenStore: %s", offer->config->vdev, error == ENOENT ?
		  "the domain has gone" : store_error(error));
	return -1;
}

void disk_nodes_remove(struct xs_handle *xs, uint32_t domid, uint32_t devid)
{
	remove_all(xs, XBT_NULL, domid, devid);
}

int disk_nodes_number(struct xs_handle *xs, xs_transaction_t t, char *path, uint32_t *number)
{
	unsigned int length;
	char *value = xs_read(xs, t, path, &length), *end;
	unsigned long long n;
	int result = -1;

	free(path);
	if (!value)
		return errno == ENOENT ? 0 : DISK_NODE_UNREAD;
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

bool disk_nodes_write(struct xs_handle *xs, xs_transaction_t t, uint32_t domid, uint32_t devid,
		      const char *node, const char *value)
{
	char *path = disk_path(DISK_BACKEND, domid, devid, node);
	bool good = xs_write(xs, t, path, value, (unsigned int)strlen(value));

	free(path);
	return good;
}

/* Writes the state, or without one removes all.  Return: as disk_nodes_state(). */
static int change_once(struct xs_handle *xs, uint32_t domid, uint32_t devid, bool online,
		       const char *state)
{
	xs_transaction_t t = xs_transaction_start(xs);
	uint32_t was, stays = 0;
	int found, wanted, error = 0;
	bool same;

	if (t == XBT_NULL)
		return -1;
	found = disk_nodes_number(xs, t, disk_path(DISK_BACKEND, domid, devid, "state"), &was);
	wanted = disk_nodes_number(xs, t, disk_path(DISK_BACKEND, domid, devid, "online"), &stays);
	if (found == DISK_NODE_UNREAD || wanted == DISK_NODE_UNREAD)
		error = errno;
	same = !error && found && (wanted > 0 && stays) == online;
	if (same && !state)
		remove_all(xs, t, domid, devid);
	else if (same && !disk_nodes_write(xs, t, domid, devid, "state", state))
		error = errno;
	if (!xs_transaction_end(xs, t, !same || error) && !error)
		error = errno;
	errno = error;
	return error ? -1 : same;
}

static int change(struct xs_handle *xs, uint32_t domid, uint32_t devid, bool online,
		  const char *state)
{
	int result = -1;

	for (int tries = 0; tries < TRIES; tries++) {
		result = change_once(xs, domid, devid, online, state);
		if (result >= 0 || errno != EAGAIN)
			break;
	}
	return result;
}

int disk_nodes_state(struct xs_handle *xs, uint32_t domid, uint32_t devid, bool online, int state)
{
	char text[12];

	snprintf(text, sizeof(text), "%d", state);
	return change(xs, domid, devid, online, text);
}

int disk_nodes_retire(struct xs_handle *xs, uint32_t domid, uint32_t devid)
{
	return change(xs, domid, devid, false, NULL);
}

/* Return: as disk_nodes_resize(). */
static int resize_once(struct xs_handle *xs, uint32_t domid, uint32_t devid, const char *sectors)
{
	xs_transaction_t t = xs_transaction_start(xs);
	bool connected = false, good;
	uint32_t state;
	int found;

	if (t == XBT_NULL)
		return -1;
	found = disk_nodes_number(xs, t, disk_path(DISK_BACKEND, domid, devid, "state"), &state);
	good = found > 0 && disk_nodes_write(xs, t, domid, devid, "sectors", sectors);
	if (good && state == XenbusStateConnected) {
		connected = true;
		/* The same again: that it is written has the frontend look. */
		good = disk_nodes_write(xs, t, domid, devid, "state", "4");
	}
	if (!xs_transaction_end(xs, t, !good))
		return -1;
	if (!good)
		errno = ENOENT;
	return good ? connected : -1;
}

int disk_nodes_resize(struct xs_handle *xs, uint32_t domid, uint32_t devid, uint64_t sectors)
{
	char text[24];
	int result = -1;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)sectors);
	for (int tries = 0; tries < TRIES; tries++) {
		result = resize_once(xs, domid, devid, text);
		if (result >= 0 || errno != EAGAIN)
			break;
	}
	return result;
}

static char *replaced_path(uint32_t domid)
{
	return msg_text("/libxl/%u/xlhv-disks-replaced", domid);
}

void disk_nodes_replace(uint32_t domid)
{
	struct xs_handle *xs = store_connect();
	char *path = replaced_path(domid);
	int has = xs ? store_has(xs, domid) : 0;

	if (has < 0 || (has && !xs_write(xs, XBT_NULL, path, "1", 1)))
		msg_error("XenStore: %s: the next life has the disks that the domain has then",
			  store_error(errno));
	free(path);
	if (xs)
		store_close(xs);
}

/* A node of the host's alone.  Return: its text, to be freed; NULL with errno set. */
static char *read_kept(struct xs_handle *xs, xs_transaction_t t, uint32_t domid, const char *name,
		       const char *node)
{
	char *path = msg_text("/libxl/%u/device/vbd/%s/%s", domid, name, node);
	unsigned int length;
	char *text = xs_read(xs, t, path, &length);
	int error = errno;

	free(path);
	errno = error;
	return text;
}

/* Return: 0, also of what is no disk of ours; or an errno. */
static int follow_one(struct xs_handle *xs, xs_transaction_t t, uint32_t domid, const char *name,
		      struct domain_config *config)
{
	char *text = read_kept(xs, t, domid, name, KEPT), *why = NULL;
	struct disk_config disk = { 0 };
	int error = 0;

	if (!text)
		return errno == ENOENT ? 0 : errno;
	if (disk_parse(&disk, text, &why)) {
		error = EINVAL;
	} else {
		disk.identity = read_kept(xs, t, domid, name, IDENTITY);
		if (!disk.identity && errno != ENOENT)
			error = errno;
		else if (domain_config_add_disk(config, &disk))
			error = EINVAL;
	}
	if (error)
		disk_free(&disk);
	free(text);
	free(why);
	return error;
}

/* As they are at one moment.  Return: 1; 0: nothing is known of them; -1 with errno set. */
static int read_disks(struct xs_handle *xs, uint32_t domid, struct domain_config *config)
{
	xs_transaction_t t = xs_transaction_start(xs);
	char *path, **names = NULL;
	int replaced, found, error;
	unsigned int nr = 0;
	uint32_t unused;

	if (t == XBT_NULL)
		return -1;
	replaced = disk_nodes_number(xs, t, replaced_path(domid), &unused);
	error = replaced == DISK_NODE_UNREAD ? errno : 0;
	if (!replaced) {
		path = msg_text("/libxl/%u/device/vbd", domid);
		names = xs_directory(xs, t, path, &nr);
		/* Without that folder it has never had one. */
		if (!names && errno != ENOENT)
			error = errno;
		free(path);
	}
	for (unsigned int i = 0; names && i < nr && !error; i++)
		error = follow_one(xs, t, domid, names[i], config);
	xs_transaction_end(xs, t, true);
	found = !!names;
	free(names);
	errno = error;
	return error ? -1 : found;
}

void disk_nodes_follow(uint32_t domid, struct domain_config *config)
{
	struct xs_handle *xs = store_connect();
	struct domain_config now = { .nr_disks = 0 };
	struct disk_config *disks = config->disks;
	unsigned int nr = config->nr_disks;
	int found;

	if (xs)
		found = read_disks(xs, domid, &now);
	else	/* That none runs matters to who has disks. */
		found = !nr && (errno == ENOENT || errno == ECONNREFUSED) ? 0 : -1;
	if (found < 0)
		msg_error("XenStore: %s: the next life has the disks that the last one began with",
			  store_error(errno));
	if (found > 0) {
		config->disks = now.disks;
		config->nr_disks = now.nr_disks;
		now.disks = disks;
		now.nr_disks = nr;
	}
	domain_config_free(&now);
	if (xs)
		store_close(xs);
}
