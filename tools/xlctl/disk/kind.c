// SPDX-License-Identifier: GPL-2.0-only
/* Disks, among the kinds of device; see kind.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <xlhv.h>

#include "common/msg.h"
#include "disk/attach.h"
#include "disk/kind.h"
#include "disk/nodes.h"

/**
 * struct rings - what a frontend asks for
 * @nr: queues
 * @queues: a ring for each
 */
struct rings {
	uint32_t nr;
	struct xlhv_blk_connect queues[XLHV_BLK_MAX_QUEUES];
};

static bool read_abi(struct device_front *front, uint32_t *abi)
{
	char *path = device_path(front->id, DEVICE_FRONTEND, "protocol");
	unsigned int length;
	char *value = xs_read(front->xs, XBT_NULL, path, &length);
	int error = errno;
	bool good = true;

	free(path);
	*abi = XLHV_BLK_ABI_64;
	if (!value) {
		front->unread |= error != ENOENT;
		return true;
	}
	if (!strcmp(value, "x86_32-abi"))
		*abi = XLHV_BLK_ABI_32;
	else if (strcmp(value, "x86_64-abi"))
		good = false;
	/* What else it is may be long, and control a terminal. */
	if (!good)
		front->why = msg_text("protocol of the guest's is none that is known");
	free(value);
	return good;
}

static bool read_queue(struct device_front *front, uint32_t nr_queues,
		       struct xlhv_blk_connect *arg)
{
	char node[32], name[DEVICE_FRONT_NODE];
	uint32_t unused;

	device_front_queue(name, arg->queue, nr_queues, "event-channel");
	if (!device_front_read(front, name, 0, UINT32_MAX, &arg->port))
		return false;
	/* A ring of one page has a name without a number, with most frontends. */
	device_front_queue(name, arg->queue, nr_queues, "ring-ref");
	if (!arg->order && device_front_number(front, DEVICE_FRONTEND, name, &unused))
		return device_front_read(front, name, 0, UINT32_MAX, &arg->refs[0]);
	for (uint32_t i = 0; i < 1U << arg->order; i++) {
		snprintf(node, sizeof(node), "ring-ref%u", i);
		device_front_queue(name, arg->queue, nr_queues, node);
		if (!device_front_read(front, name, 0, UINT32_MAX, &arg->refs[i]))
			return false;
	}
	return true;
}

static uint32_t features(struct device_front *front)
{
	static const struct {
		const char *node;
		uint32_t flag;
	} all[] = {
		{ "feature-flush-cache", XLHV_BLK_FLUSH },
		{ "feature-barrier", XLHV_BLK_BARRIER },
		{ "feature-discard", XLHV_BLK_DISCARD },
		{ "discard-secure", XLHV_BLK_SECURE_DISCARD },
		{ "feature-max-indirect-segments", XLHV_BLK_INDIRECT },
	};
	uint32_t flags = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (device_front_offered(front, all[i].node))
			flags |= all[i].flag;
	return flags;
}

static char *describe(const struct xlhv_blk_connect *arg, int error)
{
	switch (error) {
	case EACCES:
	case EFAULT:
		return msg_text("queue %u: a page of its ring is not granted to the host",
				arg->queue);
	case EPROTO:
		return msg_text("queue %u: the indices in its ring are wrong", arg->queue);
	case EINVAL:
		return msg_text("queue %u: its event channel %u, or a grant of its ring, is none",
				arg->queue, arg->port);
	case EBUSY:
		return msg_text("queue %u is connected already", arg->queue);
	default:
		return msg_text("queue %u: %s", arg->queue, strerror(error));
	}
}

/* No ring is served unless all are.  Each costs the host a thread, also one that ends at once. */
static enum device_result connect_rings(int domain, void *wish, char **why)
{
	struct rings *rings = wish;
	struct xlhv_blk_detach end = {
		.vdev = rings->queues[0].vdev,
		.queue = XLHV_BLK_ALL_QUEUES,
		.flags = XLHV_BLK_NO_WAIT,
	};

	for (uint32_t i = 0; i < rings->nr; i++) {
		int error = ioctl(domain, XLHV_BLK_CONNECT, &rings->queues[i]) ? errno : 0;

		if (!error)
			continue;
		ioctl(domain, XLHV_BLK_DISCONNECT, &end);
		*why = describe(&rings->queues[i], error);
		return error == EAGAIN || error == ENOMEM ? DEVICE_AGAIN : DEVICE_REFUSED;
	}
	return DEVICE_GOOD;
}

static bool read_all(struct device_front *front, struct rings *rings)
{
	uint32_t order, abi, offer, max = device_front_offered(front, "multi-queue-max-queues");

	if (max < 1 || max > XLHV_BLK_MAX_QUEUES)
		max = 1;
	if (!device_front_optional(front, "multi-queue-num-queues", 1, max, 1, &rings->nr) ||
	    !device_front_optional(front, "ring-page-order", 0, XLHV_BLK_MAX_ORDER, 0, &order) ||
	    !read_abi(front, &abi))
		return false;
	offer = features(front);
	for (uint32_t i = 0; i < rings->nr && !front->unread; i++) {
		struct xlhv_blk_connect *arg = &rings->queues[i];

		arg->vdev = front->id->devid;
		arg->queue = i;
		arg->abi = abi;
		arg->order = order;
		arg->features = offer;
		if (!read_queue(front, rings->nr, arg))
			return false;
	}
	return true;
}

static bool read_rings(struct device_front *front, void **wish)
{
	struct rings *rings = calloc(1, sizeof(*rings));

	if (!rings)
		msg_out_of_memory();
	*wish = rings;
	return read_all(front, rings);
}

static bool rings_ended(int domain, uint32_t devid)
{
	struct xlhv_blk_info info = { .vdev = devid };
	struct xlhv_blk_detach end = {
		.vdev = devid,
		.queue = XLHV_BLK_ALL_QUEUES,
		.flags = XLHV_BLK_NO_WAIT,
	};

	if (ioctl(domain, XLHV_BLK_INFO, &info) || !info.connected)
		return true;
	ioctl(domain, XLHV_BLK_DISCONNECT, &end);
	return false;
}

/*
 * The size is written before the state: a frontend that sees the one sees the other. One that is
 * not told would wait for ever.
 */
static int tell_size(struct xs_handle *xs, const struct device_id *id, int domain)
{
	struct xlhv_blk_info info = { .vdev = id->devid };

	if (ioctl(domain, XLHV_BLK_INFO, &info))
		return -1;
	return disk_nodes_resize(xs, id->domid, id->devid, info.sectors) < 0 ? -1 : 0;
}

static void detach(int domain, uint32_t devid)
{
	disk_detach(domain, devid);
}

static void exchange(struct domain_config *a, struct domain_config *b)
{
	struct disk_config *disks = a->disks;
	unsigned int nr = a->nr_disks;

	a->disks = b->disks;
	a->nr_disks = b->nr_disks;
	b->disks = disks;
	b->nr_disks = nr;
}

static unsigned int count(const struct domain_config *config)
{
	return config->nr_disks;
}

const struct device_kind disk_kind = {
	.name = DISK_KIND,
	.what = "disk",
	.max = DOMAIN_MAX_DISKS,
	.ended = rings_ended,
	.read = read_rings,
	.connect = connect_rings,
	.tell = tell_size,
	.detach = detach,
	.follow = disk_follow,
	.exchange = exchange,
	.count = count,
};
