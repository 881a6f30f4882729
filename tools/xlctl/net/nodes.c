// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nodes of a network interface; see nodes.h. Names and values are those of libxl and Linux's
 * netback.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <xlhv.h>

#include "common/msg.h"
#include "device/next_life.h"
#include "net/nodes.h"
#include "store/store.h"
#include "vfr/saved_rules.h"

/* What the text of vif_text() is kept in, for the next life of the domain. */
#define KEPT		"xlhv-vif"

struct device_id net_id(uint32_t domid, uint32_t devid)
{
	return (struct device_id){ .kind = NET_KIND, .domid = domid, .devid = devid };
}

static void put_mac(struct device_writer *w, const struct net_offer *offer)
{
	const uint8_t *mac = offer->config->mac;

	device_put(w, "mac", "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		   mac[4], mac[5]);
}

/* What has to do with the host, of which the guest may know. */
static void put_backend(struct device_writer *w, const struct net_offer *offer)
{
	const struct vif_config *config = offer->config;

	device_put(w, "script", "/etc/xen/scripts/%s", vif_script_name(config));
	device_put(w, "vifname", "%s", offer->name);
	put_mac(w, offer);
	if (config->ip)
		device_put(w, "ip", "%s", config->ip);
	if (config->gatewaydev && vif_is_routed(config))
		device_put(w, "gatewaydev", "%s", config->gatewaydev);
	if (*offer->bridge)
		device_put(w, "bridge", "%s", offer->bridge);
	if (config->rate.bytes_per_second)
		device_put(w, "rate", "%" PRIu64 ",%" PRIu32, vif_rate_credit(&config->rate),
			   config->rate.interval_us);
	device_put(w, "mtu", "%u", offer->mtu);
	device_put(w, "handle", "%u", w->id->devid);
	device_put(w, "type", "vif");
}

/* What the frontend may rely on: docs/netback.md has what the module does. */
static void put_features(struct device_writer *w)
{
	static const char *const features[] = {
		"feature-rx-copy", "feature-sg", "feature-gso-tcpv4", "feature-gso-tcpv6",
		"feature-ipv6-csum-offload", "feature-split-event-channels",
	};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		device_put(w, features[i], "1");
	device_put(w, "feature-rx-flip", "0");
	device_put(w, "multi-queue-max-queues", "%ld", cpus < 1 ? 1 :
		   cpus > XLHV_VIF_MAX_QUEUES ? XLHV_VIF_MAX_QUEUES : cpus);
}

static void put_frontend(struct device_writer *w, const struct net_offer *offer)
{
	device_put(w, "handle", "%u", w->id->devid);
	put_mac(w, offer);
	device_put(w, "mtu", "%u", offer->mtu);
	device_protect(w, "mtu");
	device_put(w, "trusted", "%d", offer->config->trusted);
}

static void put_libxl(struct device_writer *w, const struct net_offer *offer)
{
	char *text = vif_text(offer->config);

	put_mac(w, offer);
	device_put(w, "handle", "%u", w->id->devid);
	device_put(w, KEPT, "%s", text);
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
		put_features(w);
		break;
	}
}

int net_nodes_add(struct xs_handle *xs, uint32_t domid, const struct net_offer *offer)
{
	struct device_id id = net_id(domid, offer->config->devid);
	int error = device_nodes_add(xs, &id, fill, offer);

	if (!error)
		return 0;
	msg_error("network interface %u: XenStore: %s", id.devid, error == ENOENT ?
		  "the domain has gone" : store_error(error));
	return -1;
}

/* The rules that the interface has now are those of the next life. */
static int follow_rules(const struct device_id *id, struct vif_config *vif)
{
	struct vfr_saved kept;
	int error = vfr_saved_read(id->domid, id->devid, &kept);

	if (!error) {
		vif->vfr = malloc(sizeof(*vif->vfr));
		if (!vif->vfr)
			msg_out_of_memory();
		vfr_copy(vif->vfr, &kept.vfr);
	}
	vfr_saved_free(&kept);
	return error == -ENOENT ? 0 : -error;
}

int net_follow(struct xs_handle *xs, xs_transaction_t t, const struct device_id *id,
	       struct domain_config *config)
{
	char *text = device_kept(xs, t, id, KEPT), *why = NULL;
	struct vif_config vif = { .mtu = 0 };
	int error = 0;

	if (!text)
		return errno == ENOENT ? 0 : errno;
	if (vif_parse(&vif, text, &why))
		error = EINVAL;
	if (!error)
		error = follow_rules(id, &vif);
	if (!error && domain_config_add_vif(config, &vif))
		error = EINVAL;
	if (error)
		vif_free(&vif);
	free(text);
	free(why);
	return error;
}
