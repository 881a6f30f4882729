/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMX side of a vCPU; see guest.h. */
#ifndef XLHV_VMX_GUEST_TYPES_H
#define XLHV_VMX_GUEST_TYPES_H

#include <linux/hrtimer.h>
#include <linux/types.h>
#include <asm/msr-index.h>
#include <asm/page.h>
#include <asm/processor-flags.h>

#include "vmx/root/pmu.h"
#include "vmx/root/switch.h"
#include "vmx/root/vmcs.h"

struct msr_rule;
struct pi_desc;

/* Exits that have counters of their own: basic exit reasons 0 to 87. */
#define VMX_NR_EXITS	88
#define VMX_NO_TIMER_VALUE	U32_MAX

/* MTRRs: 11 registers of fixed ranges, 8 variable ranges of two registers each. */
#define VMX_MTRR_FIXED		11
#define VMX_MTRR_VARIABLE	8
#define VMX_MTRR_VARIABLE_MSRS	(2 * VMX_MTRR_VARIABLE)

/* The VMCS fields that are read at most once per exit and remembered. */
enum vmx_cached {
	VMX_HAVE_RIP,
	VMX_HAVE_RFLAGS,
	VMX_HAVE_QUALIFICATION,
	VMX_HAVE_CR0,
	VMX_HAVE_CR3,
	VMX_HAVE_CR4,
	VMX_HAVE_INTERRUPTIBILITY,
	VMX_HAVE_SS_AR,
	VMX_HAVE_CS_AR,
};

/* Bits of vmx_vcpu.dirty */
enum vmx_dirty {
	VMX_DIRTY_RIP = 1,
	VMX_DIRTY_INTERRUPTIBILITY = 2,
	VMX_DIRTY_STEP = 4,		/* a single step is due after an emulated instruction */
	VMX_DIRTY_PDPTE = 8,		/* PAE paging: load the PDPTEs from memory */
	VMX_DIRTY_RSP = 16,
	VMX_DIRTY_RFLAGS = 32,
	VMX_DIRTY_VPID = 64,		/* linear translations are to be forgotten */
};

/*
 * The VMX side of a vCPU.  All of it is [v].  Private to kmod/vmx except where a
 * function below says so.
 *
 * @vmcs: its VMCS
 * @sw: general-purpose registers
 * @host: host state in @vmcs
 * @pmu: counters of the host that stop meanwhile
 * @vapic: virtual-APIC page, in the layout of the APIC's registers
 * @pir: posted-interrupt descriptor: the mail-box for interrupts from other CPUs
 * @msr_bitmap: page; bits set exit
 * @fpu: state in XSAVE's standard format
 * @xcr0: guest XCR0
 * @have: bits of enum vmx_cached that are valid since the last exit
 * @dirty: enum vmx_dirty: what has to be written before the entry
 * @atomic: in the inner loop: interrupts off, nothing may sleep
 */
struct vmx_vcpu {
	struct vmx_vmcs vmcs;
	struct vmx_switch sw;
	struct vmx_host host;
	struct vmx_pmu pmu;

	void *vapic;
	struct pi_desc *pir;
	void *msr_bitmap;
	void *fpu;
	u64 xcr0;
	u64 xss;

	/* Guest state as of the last exit; valid where @have says so. */
	unsigned long have;
	u64 rip;
	u64 rflags;
	u64 qualification;
	u64 cr0, cr3, cr4;
	u32 interruptibility;
	u32 ss_ar, cs_ar;
	u64 rsp, cs_base;	/* for mmio.c only */
	unsigned int dirty;
	u32 exit_reason;
	u8 exit_vector;		/* of the exception that exited last */
	u64 guest_physical;
	u32 instruction_info;
	u32 instruction_length;
	u64 segment_base;	/* of INS and OUTS */
	u32 segment_limit, segment_ar;
	u8 segment;

	/* What the VMCS holds besides, as last written. */
	u64 efer;
	u32 ctl_proc;
	u32 ctl_proc2;
	u32 ctl_entry;
	u32 exceptions;		/* that exit */
	u64 cr0_shadow, cr4_shadow;
	u64 cr4_allowed;
	u64 paging_mode;	/* of the three: vmx_paging_mode() */
	u32 tpr_threshold;
	u16 vpid;

	/* To be injected: interruption information as in the VMCS, 0 for none. */
	u32 reinject_info;
	u32 reinject_error;
	u32 reinject_length;
	u32 exception_info;
	u32 exception_error;
	bool nmi_pending;
	bool armed;		/* an event is in the VMCS for the next entry */
	bool recheck;		/* something is to be injected, or could not be yet */

	/* Where the thread is. */
	bool atomic;
	bool loaded;
	int in_guest;
	u64 slice_tsc;
	u64 window_until;
	u32 slice_timer;	/* slice_tsc in ticks of the preemption timer */
	u32 timer_value;	/* in the VMCS; VMX_NO_TIMER_VALUE without such a timer */
	struct hrtimer stay_timer;	/* instead of it */
	bool stay_timer_made;
	u64 stay_until;		/* for which that is set; 0: it is not */

	const struct msr_rule *msr_rule;	/* of the MSR that exited last */

	/* MSRs that the CPU does not switch. */
	u64 msr_star, msr_lstar, msr_cstar, msr_fmask, msr_kernel_gs_base, msr_tsc_aux;
	u32 spec_ctrl_writes;	/* of IA32_SPEC_CTRL that exited */
	int guard_cpu;		/* where it ran last, plus 1; 0: nowhere yet */
	u64 msr_tsc_adjust;
	u64 msr_mtrr_def;
	u64 msr_mtrr_fixed[VMX_MTRR_FIXED];
	u64 msr_mtrr_variable[VMX_MTRR_VARIABLE_MSRS];
	u64 tsc_offset;		/* from host_tsc() */
	u64 tsc_lost;		/* the VMCS's is from the CPU's TSC, and has this besides */
	/* What was in the CPU when the stay began. */
	u64 host_kernel_gs_base;
	u64 found_star, found_lstar, found_fmask, found_tsc_aux;
	u64 cr2;
	u64 dr[4], dr6, dr7;
	u32 host_pkru;

	/* What went wrong. */
	struct vmx_access_error access_error;
	u32 instruction_error;

	/* Counters. */
	u64 unknown_msrs;
	u64 injected;
	u64 exits[VMX_NR_EXITS];
	u64 entries;
};

/*
 * The control bits that decide how paging works, of CR0, CR4 and EFER at their
 * places in one word; but CR0.WP, which the guest changes without an exit.  Also
 * vmx_vcpu.atomic may be read by others.  Own thread.
 */
static inline u64 vmx_paging_mode(const struct vmx_vcpu *x)
{
	return x->paging_mode;
}

#endif /* XLHV_VMX_GUEST_TYPES_H */
