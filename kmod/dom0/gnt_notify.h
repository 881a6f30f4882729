/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to kmod/dom0: ports by which somebody is told that a page is not used any more. */
#ifndef XLHV_DOM0_GNT_NOTIFY_H
#define XLHV_DOM0_GNT_NOTIFY_H

#include <linux/types.h>
#include <xen/interface/xen.h>	/* the other needs it first */
#include <xen/interface/event_channel.h>

struct domain;
struct evtchn_sink;
struct gntport;

int gntport_get(u32 port, struct gntport **kept);
void gntport_put(struct gntport *p);
void gntport_send_and_put(struct gntport *p);
void gntport_close(struct domain *host, evtchn_port_t port, struct evtchn_sink *sink);

#endif /* XLHV_DOM0_GNT_NOTIFY_H */
