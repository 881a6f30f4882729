/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of kmod/hypercall share: the handlers that are in this folder, and parameters. */
#ifndef XLHV_HYPERCALL_INTERNAL_H
#define XLHV_HYPERCALL_INTERNAL_H

#include <linux/types.h>

struct domain;
struct vcpu;

long hc_console_io(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
long hc_dm_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
long hc_domctl(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
long hc_hvm_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
long hc_memory_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
long hc_multicall(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
long hc_platform_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
long hc_sched_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
long hc_sysctl(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
long hc_vcpu_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
long hc_vm_assist(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
long hc_xen_version(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);

/* hvm_params.c */
void shared_info_latch(struct domain *d, bool compat);
int hvm_param_set_by_guest(struct vcpu *v, u32 index, u64 value);
int hvm_param_get_by_guest(struct vcpu *v, u32 index, u64 *value);

#endif /* XLHV_HYPERCALL_INTERNAL_H */
