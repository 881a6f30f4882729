// SPDX-License-Identifier: GPL-2.0-only
/* Network interfaces that are remembered and not served; see fake_net.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"
#include "fake_net.h"

static void __attribute__((format(printf, 1, 2))) tell(const char *format, ...)
{
	char path[4096];
	va_list args;
	FILE *file;

	snprintf(path, sizeof(path), "%s/net", getenv("XLHV_FAKE"));
	file = fopen(path, "a");
	if (!file)
		return;
	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	fputc('\n', file);
	fclose(file);
}

static void tell_rules(const char *text)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/nft", getenv("XLHV_FAKE"));
	file = fopen(path, "a");
	if (!file)
		return;
	fprintf(file, "%s\n", text);
	fclose(file);
}

static struct fake_vif *find(struct fake_vifs *vifs, uint32_t index)
{
	for (uint32_t i = 0; i < vifs->nr; i++)
		if (vifs->vifs[i].index == index)
			return &vifs->vifs[i];
	return NULL;
}

static int add_vif(struct fake_vifs *vifs, uint32_t domid, struct xlhv_vif_attach *a)
{
	struct fake_vif *vif = &vifs->vifs[vifs->nr];

	if (find(vifs, a->index))
		return -EEXIST;
	if (vifs->nr == FAKE_VIFS)
		return -ENOSPC;
	if (!*a->name)
		snprintf(a->name, sizeof(a->name), "vif%u.%u", domid, a->index);
	a->ifindex = 100 + a->index;
	memset(vif, 0, sizeof(*vif));
	vif->index = a->index;
	memcpy(vif->name, a->name, sizeof(vif->name));
	vifs->nr++;
	tell("add %s mtu %u", a->name, a->mtu);
	return 0;
}

static int connect_vif(struct fake_vifs *vifs, const struct xlhv_vif_connect *c)
{
	struct fake_vif *vif = find(vifs, c->index);

	tell("connect %u queues %u features %x", c->index, c->nr_queues, c->features);
	if (!vif)
		return -ENOENT;
	if (vif->queues)
		return -EBUSY;
	for (uint32_t i = 0; i < c->nr_queues; i++) {
		const struct xlhv_vif_queue *q = &c->queue[i];

		tell("queue %u tx %u rx %u ports %u %u", i, q->tx_ref, q->rx_ref, q->tx_port,
		     q->rx_port);
		if (!q->tx_ref || !q->rx_ref)
			return -EACCES;
		if (!q->tx_port || !q->rx_port)
			return -EINVAL;
		if (q->tx_ref == 777)
			return -EAGAIN;
	}
	vif->queues = c->nr_queues;
	vif->features = c->features;
	return 0;
}

static int disconnect_vif(struct fake_vifs *vifs, const struct xlhv_vif_detach *end)
{
	struct fake_vif *vif = find(vifs, end->index);

	if (!vif)
		return -ENOENT;
	vif->queues = 0;
	tell("disconnect %u", end->index);
	return 0;
}

static int remove_vif(struct fake_vifs *vifs, const struct xlhv_vif_detach *end)
{
	struct fake_vif *vif = find(vifs, end->index);

	if (!vif)
		return -ENOENT;
	tell("remove %s", vif->name);
	*vif = vifs->vifs[--vifs->nr];
	return 0;
}

static int info(struct fake_vifs *vifs, struct xlhv_vif_info *i)
{
	struct fake_vif *vif = find(vifs, i->index);

	if (!vif)
		return -ENOENT;
	i->queues = vif->queues;
	i->features = vif->features;
	return 0;
}

int fake_net_ioctl(struct fake_vifs *vifs, uint32_t domid, unsigned long request, void *arg)
{
	switch (request) {
	case XLHV_VIF_ATTACH:
		return add_vif(vifs, domid, arg);
	case XLHV_VIF_CONNECT:
		return connect_vif(vifs, arg);
	case XLHV_VIF_DISCONNECT:
		return disconnect_vif(vifs, arg);
	case XLHV_VIF_DETACH:
		return remove_vif(vifs, arg);
	case XLHV_VIF_INFO:
		return info(vifs, arg);
	default:
		return -ENOTTY;
	}
}

/* What the kernel's filter is told; it has no counters. */
int __wrap_nft_run(const char *text, char **answer, char **why)
{
	const char *refused = getenv("XLHV_FAKE_NO_RULES");

	if (answer)
		*answer = msg_text("{ \"nftables\": [ { \"counter\": { \"name\": \"rule-1\", \"packets\": 3, \"bytes\": 180 } } ] }");
	if (why)
		*why = refused ? msg_text("%s", refused) : NULL;
	if (refused)
		return -1;
	if (!answer)
		tell_rules(text);
	if (!answer && getenv("XLHV_FAKE_RULES"))
		tell("rules");
	return 0;
}

int __wrap_link_find_bridge(const char *who, const char *name, struct link_bridge *bridge)
{
	if (name && strcmp(name, "xenbr0")) {
		msg_error("%s: there is no bridge '%s'", who, name);
		return -1;
	}
	*bridge = (struct link_bridge){ .name = "xenbr0", .ifindex = 7, .mtu = 1400 };
	return 0;
}

int __wrap_link_join(const char *who, const char *name, uint32_t ifindex,
		     const struct link_bridge *bridge)
{
	if (getenv("XLHV_FAKE_NO_PORT")) {
		msg_error("%s: %s: no port", who, name);
		return -1;
	}
	tell("join %s %u %s", name, ifindex, bridge->name);
	return 0;
}

int __wrap_link_route(const char *who, const char *name, uint32_t ifindex,
		      const struct vif_config *config, struct diag *diag)
{
	(void)who;
	(void)diag;
	tell("%s %s %u to %s by %s", config->script == VIF_SCRIPT_NAT ? "nat" : "route", name,
	     ifindex, config->ip, config->gatewaydev ? config->gatewaydev : "any");
	return 0;
}

int __wrap_shape_limit(const char *who, const char *name, uint32_t ifindex,
		       const struct vif_rate *rate)
{
	(void)who;
	tell("limit %s %u to %" PRIu64 " burst %" PRIu32, name, ifindex, rate->bytes_per_second,
	     shape_burst(rate));
	return 0;
}

int __wrap_share_join(const char *who, const char *name, uint32_t ifindex, uint32_t weight)
{
	(void)who;
	if (weight)
		tell("weight %s %u %u", name, ifindex, weight);
	return 0;
}
