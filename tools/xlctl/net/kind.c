// SPDX-License-Identifier: GPL-2.0-only
/* Network interfaces, among the kinds of device; see kind.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <xlhv.h>

#include "common/msg.h"
#include "net/attach.h"
#include "net/kind.h"
#include "net/nodes.h"

_Static_assert(DOMAIN_MAX_VIFS == XLHV_VIF_MAX, "interfaces of a domain");

static bool read_number(struct device_front *front, uint32_t queue, uint32_t nr_queues,
			const char *node, uint32_t *number)
{
	char name[DEVICE_FRONT_NODE];

	device_front_queue(name, queue, nr_queues, node);
	return device_front_read(front, name, 0, UINT32_MAX, number);
}

/* One event channel for each ring, or one for both. */
static bool read_ports(struct device_front *front, uint32_t queue, uint32_t nr_queues,
		       struct xlhv_vif_queue *rings)
{
	char name[DEVICE_FRONT_NODE];
	uint32_t unused;

	device_front_queue(name, queue, nr_queues, "event-channel-tx");
	if (device_front_number(front, DEVICE_FRONTEND, name, &unused))
		return read_number(front, queue, nr_queues, "event-channel-tx", &rings->tx_port) &&
		       read_number(front, queue, nr_queues, "event-channel-rx", &rings->rx_port);
	if (!read_number(front, queue, nr_queues, "event-channel", &rings->tx_port))
		return false;
	rings->rx_port = rings->tx_port;
	return true;
}

static bool read_queue(struct device_front *front, uint32_t queue, uint32_t nr_queues,
		       struct xlhv_vif_queue *rings)
{
	return read_number(front, queue, nr_queues, "tx-ring-ref", &rings->tx_ref) &&
	       read_number(front, queue, nr_queues, "rx-ring-ref", &rings->rx_ref) &&
	       read_ports(front, queue, nr_queues, rings);
}

/* What the guest takes: flags that are missing are 0, so of checksums what it does not take. */
static bool read_features(struct device_front *front, uint32_t *features)
{
	static const struct {
		const char *node;
		uint32_t flag;
	} all[] = {
		{ "feature-sg", XLHV_VIF_SG },
		{ "feature-gso-tcpv4", XLHV_VIF_TSO4 },
		{ "feature-gso-tcpv6", XLHV_VIF_TSO6 },
		{ "feature-ipv6-csum-offload", XLHV_VIF_CSUM6 },
		{ "feature-no-csum-offload", XLHV_VIF_CSUM4 },
	};
	uint32_t number;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!device_front_optional(front, all[i].node, 0, UINT32_MAX, 0, &number))
			return false;
		if (number)
			*features |= all[i].flag;
	}
	*features ^= XLHV_VIF_CSUM4;
	return true;
}

static bool read_all(struct device_front *front, struct xlhv_vif_connect *arg)
{
	uint32_t max = device_front_offered(front, "multi-queue-max-queues"), copies;

	if (max < 1 || max > XLHV_VIF_MAX_QUEUES)
		max = 1;
	arg->index = front->id->devid;
	if (!device_front_optional(front, "request-rx-copy", 0, UINT32_MAX, 0, &copies))
		return false;
	if (!copies && !front->unread) {
		front->why = msg_text("the guest wants pages to be exchanged (no request-rx-copy), which is not supported");
		return false;
	}
	if (!device_front_optional(front, "multi-queue-num-queues", 1, max, 1, &arg->nr_queues) ||
	    !read_features(front, &arg->features))
		return false;
	for (uint32_t i = 0; i < arg->nr_queues && !front->unread; i++)
		if (!read_queue(front, i, arg->nr_queues, &arg->queue[i]))
			return false;
	return true;
}

static bool read_rings(struct device_front *front, void **wish)
{
	struct xlhv_vif_connect *arg = calloc(1, sizeof(*arg));

	if (!arg)
		msg_out_of_memory();
	*wish = arg;
	return read_all(front, arg);
}

static enum device_result connect_rings(int domain, void *wish, char **why)
{
	int error = ioctl(domain, XLHV_VIF_CONNECT, wish) ? errno : 0;

	switch (error) {
	case 0:
		return DEVICE_GOOD;
	case EBUSY:
		/* The end of the last connection is still under way. */
	case EAGAIN:
	case ENOMEM:
		*why = msg_text("%s", strerror(error));
		return DEVICE_AGAIN;
	case EACCES:
	case EFAULT:
		*why = msg_text("a page of a ring is not granted to the host");
		return DEVICE_REFUSED;
	case EPROTO:
		*why = msg_text("the indices in a ring are wrong");
		return DEVICE_REFUSED;
	case EINVAL:
		*why = msg_text("an event channel, or a grant of a ring, is none");
		return DEVICE_REFUSED;
	default:
		*why = msg_text("%s", strerror(error));
		return DEVICE_REFUSED;
	}
}

static bool rings_ended(int domain, uint32_t devid)
{
	struct xlhv_vif_info info = { .index = devid };
	struct xlhv_vif_detach end = { .index = devid };

	if (ioctl(domain, XLHV_VIF_INFO, &info) || (!info.queues && !info.broken))
		return true;
	/* That waits for nobody but the module's own threads, also where they have begun to end. */
	return !ioctl(domain, XLHV_VIF_DISCONNECT, &end) || !info.queues;
}

static void detach(int domain, uint32_t devid)
{
	net_detach(domain, devid);
}

static void exchange(struct domain_config *a, struct domain_config *b)
{
	struct vif_config *vifs = a->vifs;
	unsigned int nr = a->nr_vifs;

	a->vifs = b->vifs;
	a->nr_vifs = b->nr_vifs;
	b->vifs = vifs;
	b->nr_vifs = nr;
}

static unsigned int count(const struct domain_config *config)
{
	return config->nr_vifs;
}

const struct device_kind net_kind = {
	.name = NET_KIND,
	.what = "network interface",
	.max = DOMAIN_MAX_VIFS,
	.ended = rings_ended,
	.read = read_rings,
	.connect = connect_rings,
	.detach = detach,
	.follow = net_follow,
	.exchange = exchange,
	.count = count,
};
