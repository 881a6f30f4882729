/* SPDX-License-Identifier: GPL-2.0-only */
/* The network interfaces of the module that is none, and the host's devices: see fake.c. */
#ifndef XLCTL_FAKE_NET_H
#define XLCTL_FAKE_NET_H

#include <stdint.h>

#include <xlhv.h>

#include "net/link.h"
#include "net/shape.h"
#include "net/share.h"

#define FAKE_VIFS	4

struct fake_vif {
	uint32_t index, queues, features;
	char name[XLHV_VIF_NAME_LEN];
};

struct fake_vifs {
	struct fake_vif vifs[FAKE_VIFS];
	uint32_t nr;
};

/**
 * fake_net_ioctl() - XLHV_VIF_*
 * @vifs: of the domain
 * @domid: its number
 * @request: which
 * @arg: of the caller; answered
 *
 * A grant of 0 is none, one of 777 is never ready. What is added, connected and removed is a line
 * in the file "net" in the folder of the play.
 *
 * Return: 0, or a negative errno.
 */
int fake_net_ioctl(struct fake_vifs *vifs, uint32_t domid, unsigned long request, void *arg);

/*
 * In place of those without __wrap_: what the host's devices are told is a line in the same file.
 * There is one bridge, xenbr0, with an MTU of 1400. What the packet filter is told is in the file
 * "nft", and with XLHV_FAKE_RULES a line in the file "net"; with XLHV_FAKE_NO_RULES it refuses,
 * for that reason.
 */
int __wrap_link_find_bridge(const char *who, const char *name, struct link_bridge *bridge);
int __wrap_link_join(const char *who, const char *name, uint32_t ifindex,
		     const struct link_bridge *bridge);
int __wrap_link_route(const char *who, const char *name, uint32_t ifindex,
		      const struct vif_config *config, struct diag *diag);
int __wrap_shape_limit(const char *who, const char *name, uint32_t ifindex,
		       const struct vif_rate *rate);
int __wrap_share_join(const char *who, const char *name, uint32_t ifindex, uint32_t weight);

int __wrap_nft_run(const char *text, char **answer, char **why);

#endif /* XLCTL_FAKE_NET_H */
