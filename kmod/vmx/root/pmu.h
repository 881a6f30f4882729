/* SPDX-License-Identifier: GPL-2.0-only */
/* Performance counters of the host, around a guest. */
#ifndef XLHV_VMX_PMU_H
#define XLHV_VMX_PMU_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/vmx.h>

#define VMX_PMU_MSRS	8

/**
 * struct vmx_pmu - MSRs that the CPU loads at an entry and at an exit
 * @entry: [v] with the values for the guest
 * @exit: [v] with those of the host
 * @nr: [v] of both, as last written to the VMCS
 * @pebs_enable: [p] IA32_PEBS_ENABLE to be put back at the end of the window, 0: nothing
 *
 * A part of what has its VMCS; in memory that is physically contiguous.
 */
struct vmx_pmu {
	struct vmx_msr_entry entry[VMX_PMU_MSRS];
	struct vmx_msr_entry exit[VMX_PMU_MSRS];
	u32 nr;
	u64 pebs_enable;
};

void vmx_pmu_init(struct vmx_pmu *p);
void vmx_pmu_enter_window(struct vmx_pmu *p);
void vmx_pmu_pebs_on(struct vmx_pmu *p);

/* End of a window, after the last exit.  Interrupts off. */
static __always_inline void vmx_pmu_leave_window(struct vmx_pmu *p)
{
	if (unlikely(p->pebs_enable))
		vmx_pmu_pebs_on(p);
}

#endif /* XLHV_VMX_PMU_H */
