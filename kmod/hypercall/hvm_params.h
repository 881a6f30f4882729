/* SPDX-License-Identifier: GPL-2.0-only */
/* HVM parameters of a domain. */
#ifndef XLHV_HYPERCALL_HVM_PARAMS_H
#define XLHV_HYPERCALL_HVM_PARAMS_H

#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/hvm/params.h>

#include "domain/parts.h"
#include "hypercall/types.h"

/* Not named by the kernel's header.  Source: Xen's public/hvm/params.h. */
#define HVM_PARAM_TRIPLE_FAULT_REASON	31

struct domain;

extern const struct domain_part params_part;
int hvm_param_set(struct domain *d, u32 index, u64 value);
int hvm_param_get(struct domain *d, u32 index, u64 *value);

#endif /* XLHV_HYPERCALL_HVM_PARAMS_H */
