// SPDX-License-Identifier: GPL-2.0-only
/* A frontend's rings; see connect_rings.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <xlhv.h>

#include "common/msg.h"
#include "disk/connect_rings.h"
#include "disk/nodes.h"

/* Whose nodes are read, and what came of it. */
struct reader {
	struct xs_handle *xs;
	uint32_t domid;
	uint32_t devid;
	char **why;
	bool unread;		/* the store did not say: whatever is wrong, it is not the guest */
};

/* Return: as disk_nodes_number(). */
static int number_of(struct reader *r, enum disk_side side, const char *node, uint32_t *number)
{
	int found = disk_nodes_number(r->xs, XBT_NULL, disk_path(side, r->domid, r->devid, node),
				      number);

	r->unread |= found == DISK_NODE_UNREAD;
	return found;
}

/* A number of the backend's own; 0 if there is none. */
static uint32_t offered(struct reader *r, const char *node)
{
	uint32_t number = 0;

	return number_of(r, DISK_BACKEND, node, &number) > 0 ? number : 0;
}

/* A number of the frontend's.  Return: whether it is one from @min to @max; else it was said. */
static bool read_number(struct reader *r, const char *node, uint32_t min, uint32_t max,
			uint32_t *number)
{
	int found = number_of(r, DISK_FRONTEND, node, number);

	if (found > 0 && *number >= min && *number <= max)
		return true;
	if (!found)
		*r->why = msg_text("the guest has not written %s", node);
	else if (found < 0)
		*r->why = msg_text("%s of the guest's is no number", node);
	else
		*r->why = msg_text("%s of the guest's is %u: %u to %u can be had", node, *number,
				   min, max);
	return false;
}

/* The same, of what need not be there. */
static bool read_optional(struct reader *r, const char *node, uint32_t min, uint32_t max,
			  uint32_t missing, uint32_t *number)
{
	int found = number_of(r, DISK_FRONTEND, node, number);

	if (found)
		return read_number(r, node, min, max, number);
	*number = missing;
	return true;
}

static bool read_abi(struct reader *r, uint32_t *abi)
{
	char *path = disk_path(DISK_FRONTEND, r->domid, r->devid, "protocol");
	unsigned int length;
	char *value = xs_read(r->xs, XBT_NULL, path, &length);
	int error = errno;
	bool good = true;

	free(path);
	*abi = XLHV_BLK_ABI_64;
	if (!value) {
		r->unread |= error != ENOENT;
		return true;
	}
	if (!strcmp(value, "x86_32-abi"))
		*abi = XLHV_BLK_ABI_32;
	else if (strcmp(value, "x86_64-abi"))
		good = false;
	/* What else it is may be long, and control a terminal. */
	if (!good)
		*r->why = msg_text("protocol of the guest's is none that is known");
	free(value);
	return good;
}

/* Folder and name of a node of a queue: a single queue has none. */
static void name_node(char *name, size_t size, uint32_t queue, uint32_t nr_queues,
		      const char *node)
{
	if (nr_queues == 1)
		snprintf(name, size, "%s", node);
	else
		snprintf(name, size, "queue-%u/%s", queue, node);
}

static bool read_queue(struct reader *r, uint32_t nr_queues, struct xlhv_blk_connect *arg)
{
	char node[32], name[64];
	uint32_t unused;

	name_node(name, sizeof(name), arg->queue, nr_queues, "event-channel");
	if (!read_number(r, name, 0, UINT32_MAX, &arg->port))
		return false;
	/* A ring of one page has a name without a number, with most frontends. */
	name_node(name, sizeof(name), arg->queue, nr_queues, "ring-ref");
	if (!arg->order && number_of(r, DISK_FRONTEND, name, &unused))
		return read_number(r, name, 0, UINT32_MAX, &arg->refs[0]);
	for (uint32_t i = 0; i < 1U << arg->order; i++) {
		snprintf(node, sizeof(node), "ring-ref%u", i);
		name_node(name, sizeof(name), arg->queue, nr_queues, node);
		if (!read_number(r, name, 0, UINT32_MAX, &arg->refs[i]))
			return false;
	}
	return true;
}

static uint32_t features(struct reader *r)
{
	return (offered(r, "feature-flush-cache") ? XLHV_BLK_FLUSH : 0) |
	       (offered(r, "feature-barrier") ? XLHV_BLK_BARRIER : 0) |
	       (offered(r, "feature-discard") ? XLHV_BLK_DISCARD : 0) |
	       (offered(r, "discard-secure") ? XLHV_BLK_SECURE_DISCARD : 0) |
	       (offered(r, "feature-max-indirect-segments") ? XLHV_BLK_INDIRECT : 0);
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

enum rings_result rings_connect(int domain, struct rings *rings, char **why)
{
	struct xlhv_blk_end end = {
		.vdev = rings->queues[0].vdev,
		.queue = XLHV_BLK_ALL_QUEUES,
		.flags = XLHV_BLK_NO_WAIT,
	};

	*why = NULL;
	for (uint32_t i = 0; i < rings->nr; i++) {
		int error = ioctl(domain, XLHV_BLK_CONNECT, &rings->queues[i]) ? errno : 0;

		if (!error)
			continue;
		ioctl(domain, XLHV_BLK_DISCONNECT, &end);
		*why = describe(&rings->queues[i], error);
		return error == EAGAIN || error == ENOMEM ? RINGS_AGAIN : RINGS_REFUSED;
	}
	return RINGS_GOOD;
}

static bool read_all(struct reader *r, struct rings *rings)
{
	uint32_t order, abi, offer, max = offered(r, "multi-queue-max-queues");

	if (max < 1 || max > XLHV_BLK_MAX_QUEUES)
		max = 1;
	if (!read_optional(r, "multi-queue-num-queues", 1, max, 1, &rings->nr) ||
	    !read_optional(r, "ring-page-order", 0, XLHV_BLK_MAX_ORDER, 0, &order) ||
	    !read_abi(r, &abi))
		return false;
	offer = features(r);
	for (uint32_t i = 0; i < rings->nr && !r->unread; i++) {
		struct xlhv_blk_connect *arg = &rings->queues[i];

		arg->vdev = r->devid;
		arg->queue = i;
		arg->abi = abi;
		arg->order = order;
		arg->features = offer;
		if (!read_queue(r, rings->nr, arg))
			return false;
	}
	return true;
}

enum rings_result rings_read(struct xs_handle *xs, uint32_t domid, uint32_t devid,
			     struct rings *rings, char **why)
{
	struct reader r = { .xs = xs, .domid = domid, .devid = devid, .why = why };
	bool good;

	*why = NULL;
	memset(rings, 0, sizeof(*rings));
	good = read_all(&r, rings);
	if (r.unread) {
		free(*why);
		*why = msg_text("XenStore cannot be read");
		return RINGS_AGAIN;
	}
	return good ? RINGS_GOOD : RINGS_REFUSED;
}
