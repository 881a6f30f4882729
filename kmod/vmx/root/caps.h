/* SPDX-License-Identifier: GPL-2.0-only */
/* What the CPUs can do, read once, and the control words chosen from it. */
#ifndef XLHV_VMX_CAPS_H
#define XLHV_VMX_CAPS_H

#include <linux/types.h>
#include <uapi/xlhv.h>

#include "vmx/root/controls.h"

/* Indices into struct vmx_caps.ctl, in the order of struct xlhv_info.ctl. */
enum vmx_ctl {
	VMX_CTL_PIN,
	VMX_CTL_PROC,
	VMX_CTL_PROC2,
	VMX_CTL_EXIT,
	VMX_CTL_ENTRY,
	VMX_NR_CTLS,
};

/**
 * struct vmx_caps - capabilities of the first CPU and what we made of them
 * @msr: [c] capability MSRs, by XLHV_CAP_*
 * @ctl: [c] control words with everything we would use switched on
 * @features: [c] XLHV_FEAT_*
 * @revision: [c] VMCS revision identifier
 * @maxphyaddr: [c] physical-address width, bits
 * @preemption_timer_rate: [c] the preemption timer counts down once per
 *	2^rate TSC ticks
 */
struct vmx_caps {
	u64 msr[XLHV_NR_CAPS];
	u32 ctl[VMX_NR_CTLS];
	u64 features;
	u32 revision;
	u32 maxphyaddr;
	u32 preemption_timer_rate;
};

extern struct vmx_caps vmx_caps;

static inline bool vmx_has(u64 feature)
{
	return vmx_caps.features & feature;
}

#endif /* XLHV_VMX_CAPS_H */
