/* SPDX-License-Identifier: GPL-2.0-only */
/* The backend of hvc0: drains the guest's ring into a scroll-back, feeds input. */
#ifndef XLHV_CONSOLE_H
#define XLHV_CONSOLE_H

#include <linux/types.h>

#include "domain/parts.h"

struct domain;

extern const struct domain_part console_part;

/* The builder says where the ring is: sets HVM_PARAM_CONSOLE_PFN and _EVTCHN. */
int console_connect(struct domain *d, u64 gfn);

#endif /* XLHV_CONSOLE_H */
