// SPDX-License-Identifier: GPL-2.0-only
/* A network interface for a domain; see attach.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <xlhv.h>

#include "common/msg.h"
#include "module/dom.h"
#include "net/attach.h"
#include "net/link.h"
#include "net/shape.h"
#include "net/share.h"
#include "vfr/apply.h"

_Static_assert(IF_NAMESIZE == XLHV_VIF_NAME_LEN, "names of devices");
_Static_assert(VIF_MAX_WEIGHT == SHARE_MAX_WEIGHT, "weights");
_Static_assert(VIF_MAX_DEVID == XLHV_VIF_MAX_INDEX, "numbers of interfaces");

#define DEFAULT_MTU	1500

/* Has the module make the host's end. */
static int add(int domain, const char *who, const struct vif_config *config, uint32_t mtu,
	       struct xlhv_vif_attach *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->index = config->devid;
	answer->mtu = mtu;
	if (config->vifname)
		snprintf(answer->name, sizeof(answer->name), "%s", config->vifname);
	if (!ioctl(domain, XLHV_VIF_ATTACH, answer))
		return 0;
	if (errno == EEXIST)
		msg_error("%s: the domain has an interface of that number, or the host has a device%s%s",
			  who, config->vifname ? " called " : " of its name",
			  config->vifname ? config->vifname : "");
	else if (errno == ENOSPC)
		msg_error("%s: the domain has as many interfaces as it may have", who);
	else if (errno == EPERM)
		msg_error("%s: it takes CAP_NET_ADMIN to make a network device", who);
	else
		dom_report(domain, errno, "%s", who);
	return -1;
}

static int set_limits(const char *who, const struct vif_config *config,
		      const struct xlhv_vif_attach *device)
{
	if (config->rate.bytes_per_second &&
	    shape_limit(who, device->name, device->ifindex, &config->rate))
		return -1;
	return share_join(who, device->name, device->ifindex, config->weight);
}

/* Before anything can go through it. */
static int add_rules(int domain, const char *who, const struct vif_config *config,
		     const struct xlhv_vif_attach *answer, const struct link_bridge *bridge)
{
	struct vfr_vif vif = {
		.devid = config->devid, .ifindex = answer->ifindex, .ip = config->ip,
	};
	struct xlhv_dom_info info;

	if (dom_info(domain, &info))
		return dom_report(domain, errno, "%s", who);
	vif.domid = info.domid;
	memcpy(vif.device, answer->name, sizeof(vif.device));
	memcpy(vif.bridge, bridge->name, sizeof(vif.bridge));
	memcpy(vif.mac, config->mac, sizeof(vif.mac));
	return vfr_attach(who, &vif, config->vfr);
}

static int attach(int domain, const char *who, const struct vif_config *config,
		  struct diag *diag, struct net_offer *offer)
{
	uint32_t mtu = config->mtu ? config->mtu : DEFAULT_MTU;
	bool routed = vif_is_routed(config);
	struct link_bridge bridge = { .name = "" };
	struct xlhv_vif_attach answer;
	int error;

	if (!routed) {
		if (link_find_bridge(who, config->bridge, &bridge))
			return -1;
		if (!config->mtu)
			mtu = bridge.mtu;
	}
	if (add(domain, who, config, mtu, &answer))
		return -1;
	/* Before there is anybody to whom the guest could send. */
	error = add_rules(domain, who, config, &answer, &bridge);
	if (!error)
		error = set_limits(who, config, &answer);
	if (!error && routed)
		error = link_route(who, answer.name, answer.ifindex, config, diag);
	else if (!error)
		error = link_join(who, answer.name, answer.ifindex, &bridge);
	if (error) {
		net_detach(domain, config->devid);
		return -1;
	}
	offer->config = config;
	offer->mtu = mtu;
	memcpy(offer->name, answer.name, sizeof(offer->name));
	memcpy(offer->bridge, bridge.name, sizeof(offer->bridge));
	return 0;
}

int net_attach(int domain, const struct vif_config *config, struct diag *diag,
	       struct net_offer *offer)
{
	char *who = msg_text("network interface %u", config->devid);
	int error = attach(domain, who, config, diag, offer);

	free(who);
	return error;
}

int net_detach(int domain, uint32_t devid)
{
	struct xlhv_vif_detach end = { .index = devid };

	struct xlhv_dom_info info;
	int error = ioctl(domain, XLHV_VIF_DETACH, &end) ? -errno : 0;

	/* The device is gone first, so that there is no moment without rules. */
	if ((!error || error == -ENOENT) && !dom_info(domain, &info))
		vfr_detach(info.domid, devid);
	return error;
}

uint32_t net_free_devid(int domain)
{
	struct xlhv_vif_info info = { .index = 0 };

	while (!ioctl(domain, XLHV_VIF_INFO, &info)) {
		uint32_t next = info.index + 1;

		memset(&info, 0, sizeof(info));
		info.index = next;
	}
	return info.index;
}
