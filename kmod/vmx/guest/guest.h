/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The narrow interface between a vCPU and its VMCS: what other folders may ask.
 * Where a function says "own thread", it is called by the vCPU's thread, inside
 * or outside of the inner loop, or by whoever has taken the vCPU (vcpu_take_killable()).
 */
#ifndef XLHV_VMX_GUEST_H
#define XLHV_VMX_GUEST_H

#include <linux/types.h>
#include <asm/msr-index.h>
#include <asm/page.h>
#include <asm/processor-flags.h>

#include "domain/parts.h"
#include "vmx/guest/types.h"

struct domain;
struct task_struct;
struct vcpu;

/* How a stay in the guest ended, for the vCPU's thread. */
enum vmx_stay {
	VMX_STAY_RESCHED = 1,	/* the scheduler wants the CPU, or a request does */
	VMX_STAY_BLOCK,		/* HLT or the like: wait for an event */
};

int vmx_guests_init(void);
void vmx_guests_exit(void);

extern const struct domain_part vmx_hold_part;
extern const struct domain_part vmx_part;
extern const struct domain_part cpuid_part;

/* Enter the guest and stay.  Returns enum vmx_stay, or -errno: crash the domain. */
int vmx_vcpu_run(struct vcpu *v);

/* The thread of a vCPU gives up the CPU to another. */
void vmx_guard_sched_out(const struct task_struct *next);

/* Text report of the state, for crashes. */
void vmx_vcpu_report(struct vcpu *v, void (*line)(void *ctx, const char *text), void *ctx);
/* Why vmx_vcpu_run() failed, as a phrase. */
const char *vmx_vcpu_what_failed(const struct vcpu *v);

#endif /* XLHV_VMX_GUEST_H */
