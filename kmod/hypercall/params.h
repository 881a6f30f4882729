/* SPDX-License-Identifier: GPL-2.0-only */
/* HVM parameters of a domain. */
#ifndef XLHV_HYPERCALL_PARAMS_H
#define XLHV_HYPERCALL_PARAMS_H

#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/hvm/params.h>

#include "domain/parts.h"
#include "hypercall/types.h"

/* What the kernel's header does not name.  Source: Xen's public/hvm/params.h. */
#define HVM_PARAM_VIRIDIAN		9
#define HVM_PARAM_ACPI_IOPORTS_LOCATION	19
#define HVM_PARAM_TRIPLE_FAULT_REASON	31
#define HVM_PARAM_IOREQ_SERVER_PFN	32
#define HVM_PARAM_NR_IOREQ_SERVER_PAGES	33
#define HVM_PARAM_VM_GENERATION_ID_ADDR	34
#define HVM_PARAM_ALTP2M		35
#define HVM_PARAM_X87_FIP_WIDTH		36
#define HVM_PARAM_VM86_TSS_SIZED	37
#define HVM_PARAM_MCA_CAP		38

struct domain;
struct vcpu;

void shared_info_latch(struct domain *d, bool compat);
extern const struct domain_part params_part;
int hvm_param_set(struct domain *d, u32 index, u64 value);
int hvm_param_get(struct domain *d, u32 index, u64 *value);
int hvm_param_set_by_guest(struct vcpu *v, u32 index, u64 value);
int hvm_param_get_by_guest(struct vcpu *v, u32 index, u64 *value);

#endif /* XLHV_HYPERCALL_PARAMS_H */
