/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual-processor identifiers, and what a guest's change of a register asks of them. */
#ifndef XLHV_VMX_VPID_H
#define XLHV_VMX_VPID_H

#include <linux/types.h>
#include <asm/processor-flags.h>
#include <asm/vmx.h>

int vmx_vpid_get(void);
void vmx_vpid_put(u16 vpid);
void vmx_vpid_flush(u16 vpid);

/**
 * vmx_vpid_controls() - secondary controls of a vCPU
 * @proc2: what all have
 * @vpid: its own, or 0
 *
 * Return: @proc2, without "enable VPID" for a vCPU that has none: an entry with VPID 0
 * fails.  Source: SDM vol. 3, "VM-Execution Control Fields" of the checks at an entry.
 */
static inline u32 vmx_vpid_controls(u32 proc2, u16 vpid)
{
	return vpid ? proc2 : proc2 & ~SECONDARY_EXEC_ENABLE_VPID;
}

/**
 * vmx_cr0_flushes() - does a write of CR0 make the CPU forget translations?
 * @old: what it was
 * @new: what it becomes
 *
 * Source: SDM vol. 3, "Operations that Invalidate TLBs and Paging-Structure Caches".
 * Only the end of paging has to; the flush at its beginning costs nothing that counts,
 * and does not depend on what a CPU remembers while paging is off.
 *
 * Return: true if so.
 */
static inline bool vmx_cr0_flushes(u64 old, u64 new)
{
	return (old ^ new) & X86_CR0_PG;
}

/**
 * vmx_cr4_flushes() - does a write of CR4 make the CPU forget translations?
 * @old: what it was
 * @new: what it becomes
 *
 * Source: as above.  It names one direction of PCIDE and SMEP, and one PCID for PAE and
 * SMEP; nobody changes them often enough for that to be worth a difference.  A load of the
 * PDPTEs alone, by a change of PSE or of the caching, forgets nothing on a CPU either.
 *
 * Return: true if so.
 */
static inline bool vmx_cr4_flushes(u64 old, u64 new)
{
	return (old ^ new) & (X86_CR4_PGE | X86_CR4_PCIDE | X86_CR4_PAE | X86_CR4_SMEP);
}

#endif /* XLHV_VMX_VPID_H */
