/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INVEPT: what a CPU remembers of guest-physical memory, by the root of the EPT and for
 * all VPIDs.  Neither VMXOFF nor VMXON forgets it, so it may be older than the table, and
 * than the root's page.  An error means that VMX is off; the entry that follows says so.
 */
#ifndef XLHV_VMX_FLUSH_H
#define XLHV_VMX_FLUSH_H

#include "vmx/root/caps.h"
#include "vmx/root/insn.h"

/**
 * vmx_flush_root() - this CPU remembers nothing of an EPT
 * @eptp: EPT pointer
 *
 * Context: VMX root operation, preemption off.
 */
static inline void vmx_flush_root(u64 eptp)
{
	if (vmx_caps.msr[XLHV_CAP_EPT_VPID] & VMX_EPT_EXTENT_CONTEXT_BIT)
		vmx_insn_invept(VMX_EPT_EXTENT_CONTEXT, eptp);
	else
		vmx_insn_invept(VMX_EPT_EXTENT_GLOBAL, 0);
}

#endif /* XLHV_VMX_FLUSH_H */
