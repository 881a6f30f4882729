/* SPDX-License-Identifier: GPL-2.0-only */
/* HVM parameters of a domain. */
#ifndef XLHV_HYPERCALL_PARAMS_H
#define XLHV_HYPERCALL_PARAMS_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/hvm/params.h>

#define HVM_PARAMS_NR	39	/* Xen 4.17's HVM_NR_PARAMS */

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

/**
 * struct hvm_params - HVM parameters
 * @lock: raw, leaf, with interrupts off
 * @value: [lock] by HVM_PARAM_*
 * @callback_vector: [a] vector of HVM_PARAM_CALLBACK_IRQ type 2, 0 for none
 */
struct hvm_params {
	raw_spinlock_t lock;
	u64 value[HVM_PARAMS_NR];
	u8 callback_vector;
};

void hvm_params_init(struct domain *d);
int hvm_param_set(struct domain *d, u32 index, u64 value);
int hvm_param_get(struct domain *d, u32 index, u64 *value);
int hvm_param_set_by_guest(struct vcpu *v, u32 index, u64 value);
int hvm_param_get_by_guest(struct vcpu *v, u32 index, u64 *value);

#endif /* XLHV_HYPERCALL_PARAMS_H */
