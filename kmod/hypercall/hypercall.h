/* SPDX-License-Identifier: GPL-2.0-only */
/* Hypercalls: the table, and the calls that belong to no other folder. */
#ifndef XLHV_HYPERCALL_H
#define XLHV_HYPERCALL_H

#include <linux/types.h>

struct domain_part;
struct vcpu;

extern const struct domain_part hypercall_part;

/*
 * A handler gets its arguments as the guest's registers hold them (no call that is
 * served has more than three) and returns what goes into RAX.  In the inner loop
 * (vmx_vcpu_atomic()) it may not sleep: it returns -EAGAIN before it has changed
 * anything, and is called again where it may.  No hypercall that we serve has -EAGAIN
 * as an answer.
 */
typedef long (*hypercall_fn)(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);

long hypercall(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3, u64 nr);
long hypercall_by_process(u64 nr, const u64 *args);
unsigned int hypercall_nr_args(unsigned int nr);

int hypercall_page(struct vcpu *v, u64 msr_value);

#endif /* XLHV_HYPERCALL_H */
