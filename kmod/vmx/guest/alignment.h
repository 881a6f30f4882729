/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose an alignment check is.  Pure. */
#ifndef XLHV_VMX_ALIGNMENT_H
#define XLHV_VMX_ALIGNMENT_H

#include <linux/types.h>
#include <asm/processor-flags.h>

/**
 * vmx_alignment_check_is_guests() - whose is an alignment check that exited?
 * @detects: the host may have told the CPU to report split locks by #AC
 * @cpl: of the guest
 * @cr0: of the guest
 * @rflags: of the guest
 *
 * Alignment is checked where user mode has AC set and its kernel allows it by AM.  Split
 * locks are reported everywhere.
 *
 * Return: true: the guest's; false: the host's.
 */
static inline bool vmx_alignment_check_is_guests(bool detects, unsigned int cpl, u64 cr0,
						 u64 rflags)
{
	return !detects || (cpl == 3 && (cr0 & X86_CR0_AM) && (rflags & X86_EFLAGS_AC));
}

#endif /* XLHV_VMX_ALIGNMENT_H */
