/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to kmod/dom0: domain 0's own connection to XenStore. */
#ifndef XLHV_DOM0_STORE_H
#define XLHV_DOM0_STORE_H

#include <linux/types.h>
#include <xen/interface/xen.h>	/* the other needs it first */
#include <xen/interface/event_channel.h>

struct vm_area_struct;

int store_init(void);
void store_exit(void);
/* The port that the daemon binds to, or has bound to. */
evtchn_port_t store_port(void);
int store_offer(domid_t domid);
int store_mmap(struct vm_area_struct *vma);

#endif /* XLHV_DOM0_STORE_H */
