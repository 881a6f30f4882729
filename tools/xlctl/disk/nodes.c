// SPDX-License-Identifier: GPL-2.0-only
/* The nodes of a disk; see nodes.h. Names and values are those of libxl and Linux's blkback. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <xen/xen.h>
#include <xen/io/xenbus.h>

#include "common/msg.h"
#include "config/disk.h"
#include "device/next_life.h"
#include "disk/nodes.h"
#include "store/store.h"

/* Conflicts with others that write at the same time are few. */
#define TRIES		20

/* What the text of disk_text() is kept in, for the next life of the domain. */
#define KEPT		"xlhv-disk"

/* And which device or file it is, so that the next life has the same. */
#define IDENTITY	"xlhv-identity"

struct device_id disk_id(uint32_t domid, uint32_t devid)
{
	return (struct device_id){ .kind = DISK_KIND, .domid = domid, .devid = devid };
}

static void put_backend(struct device_writer *w, const struct disk_offer *offer)
{
	const struct disk_config *config = offer->config;

	device_put(w, "params", "%s", config->target);
	device_put(w, "removable", "%d", config->cdrom);
	device_put(w, "bootable", "1");
	device_put(w, "dev", "%s", config->vdev);
	device_put(w, "type", "phy");
	device_put(w, "mode", "%s", config->readonly ? "r" : "w");
	device_put(w, "device-type", "%s", config->cdrom ? "cdrom" : "disk");
	if (config->discard != DISK_DISCARD_DEFAULT)
		device_put(w, "discard-enable", "%d", config->discard == DISK_DISCARD_ON);
	if (config->direct_io_safe)
		device_put(w, "direct-io-safe", "1");
	if (offer->is_device)
		device_put(w, "physical-device", "%x:%x", major(offer->device),
			   minor(offer->device));
}

/* What the frontend may rely on, and the module is told when it is connected. */
static void put_features(struct device_writer *w, const struct disk_offer *offer)
{
	const struct xlhv_blk_attach *answer = &offer->answer;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	device_put(w, "max-ring-page-order", "%d", XLHV_BLK_MAX_ORDER);
	device_put(w, "multi-queue-max-queues", "%ld", cpus < 1 ? 1 : cpus > XLHV_BLK_MAX_QUEUES ?
						       XLHV_BLK_MAX_QUEUES : cpus);
	device_put(w, "feature-persistent", "0");
	device_put(w, "feature-flush-cache", "%d", !!(answer->features & XLHV_BLK_FLUSH));
	device_put(w, "feature-barrier", "%d", !!(answer->features & XLHV_BLK_BARRIER));
	if (answer->features & XLHV_BLK_INDIRECT)
		device_put(w, "feature-max-indirect-segments", "%d", XLHV_BLK_MAX_SEGMENTS);
	if (answer->features & XLHV_BLK_DISCARD) {
		device_put(w, "feature-discard", "1");
		device_put(w, "discard-granularity", "%u", answer->discard_granularity);
		device_put(w, "discard-alignment", "%u", answer->discard_alignment);
		device_put(w, "discard-secure", "%d",
			   !!(answer->features & XLHV_BLK_SECURE_DISCARD));
	}
	device_put(w, "sectors", "%llu", (unsigned long long)answer->sectors);
	device_put(w, "info", "%d", (offer->config->cdrom ? 1 | 2 : 0) |
			     (offer->config->readonly ? 4 : 0));
	device_put(w, "sector-size", "%u", answer->sector_size);
	device_put(w, "physical-sector-size", "%u", answer->physical_sector_size);
}

static void put_frontend(struct device_writer *w, const struct disk_offer *offer)
{
	device_put(w, "virtual-device", "%u", w->id->devid);
	device_put(w, "device-type", "%s", offer->config->cdrom ? "cdrom" : "disk");
	device_put(w, "trusted", "1");
}

static void put_libxl(struct device_writer *w, const struct disk_offer *offer)
{
	char *text = disk_text(offer->config);

	device_put(w, "params", "%s", offer->config->target);
	device_put(w, "dev", "%s", offer->config->vdev);
	device_put(w, KEPT, "%s", text);
	device_put(w, IDENTITY, "%s", offer->identity);
	free(text);
}

static void fill(struct device_writer *w, const void *offer)
{
	switch (w->side) {
	case DEVICE_LIBXL:
		put_libxl(w, offer);
		break;
	case DEVICE_FRONTEND:
		put_frontend(w, offer);
		break;
	default:
		put_backend(w, offer);
		put_features(w, offer);
		break;
	}
}

int disk_nodes_add(struct xs_handle *xs, uint32_t domid, const struct disk_offer *offer)
{
	struct device_id id = disk_id(domid, offer->config->devid);
	int error = device_nodes_add(xs, &id, fill, offer);

	if (!error)
		return 0;
	msg_error("disk %s: XenStore: %s", offer->config->vdev, error == ENOENT ?
		  "the domain has gone" : store_error(error));
	return -1;
}

/* Return: as disk_nodes_resize(). */
static int resize_once(struct xs_handle *xs, const struct device_id *id, const char *sectors)
{
	xs_transaction_t t = xs_transaction_start(xs);
	bool connected = false, good;
	uint32_t state;
	int found;

	if (t == XBT_NULL)
		return -1;
	found = device_number(xs, t, device_path(id, DEVICE_BACKEND, "state"), &state);
	good = found > 0 && device_write(xs, t, id, "sectors", sectors);
	if (good && state == XenbusStateConnected) {
		connected = true;
		/* The same again: that it is written has the frontend look. */
		good = device_write(xs, t, id, "state", "4");
	}
	if (!xs_transaction_end(xs, t, !good))
		return -1;
	if (!good)
		errno = ENOENT;
	return good ? connected : -1;
}

int disk_nodes_resize(struct xs_handle *xs, uint32_t domid, uint32_t devid, uint64_t sectors)
{
	struct device_id id = disk_id(domid, devid);
	char text[24];
	int result = -1;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)sectors);
	for (int tries = 0; tries < TRIES; tries++) {
		result = resize_once(xs, &id, text);
		if (result >= 0 || errno != EAGAIN)
			break;
	}
	return result;
}

int disk_follow(struct xs_handle *xs, xs_transaction_t t, const struct device_id *id,
		struct domain_config *config)
{
	char *text = device_kept(xs, t, id, KEPT), *why = NULL;
	struct disk_config disk = { 0 };
	int error = 0;

	if (!text)
		return errno == ENOENT ? 0 : errno;
	if (disk_parse(&disk, text, &why)) {
		error = EINVAL;
	} else {
		disk.identity = device_kept(xs, t, id, IDENTITY);
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
