/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain has of HVM parameters; see hvm_params.h. */
#ifndef XLHV_HYPERCALL_TYPES_H
#define XLHV_HYPERCALL_TYPES_H

#include <linux/spinlock.h>
#include <linux/types.h>

#define HVM_PARAMS_NR	39	/* Xen 4.17's HVM_NR_PARAMS */

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

#endif /* XLHV_HYPERCALL_TYPES_H */
