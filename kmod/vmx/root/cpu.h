/* SPDX-License-Identifier: GPL-2.0-only */
/* VMX on one CPU: root operation, and which VMCSs are there. */
#ifndef XLHV_VMX_CPU_H
#define XLHV_VMX_CPU_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "vmx/root/mitigation_policy.h"
#include "vmx/root/vmcs.h"

/**
 * struct vmx_cpu - VMX on one CPU
 * @root: [p] VMX root operation is on and ours to use
 * @ours: [p] we executed the VMXON, so the VMXOFF is ours too
 * @current_vmcs: [p] our VMCS that is current, NULL if none or not known to be
 * @active: [p] our VMCSs that are active here
 * @nr_active: [p] their number
 * @vmxon_region: [p] page of the VMXON instruction, while @ours
 * @error: [p] first failed access since vmx_access_begin()
 * @guard: [p] who ran here
 */
struct vmx_cpu {
	bool root;
	bool ours;
	struct vmx_vmcs *current_vmcs;
	struct list_head active;
	unsigned int nr_active;
	void *vmxon_region;
	struct vmx_access_error error;
	struct vmx_guard_cpu guard;
};

DECLARE_PER_CPU(struct vmx_cpu, vmx_cpu);

void vmx_root_lost(void);

#endif /* XLHV_VMX_CPU_H */
