// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guards against side channels that are done once a window, and what is in force
 * altogether.  All is decided when the module is loaded: the instructions by the
 * world switch's alternatives, the branches here by static keys.  No locks; what is
 * per CPU is touched with interrupts off.
 *
 * The source of every decision is what the host kernel did for itself: its feature
 * bits, cpu_mitigations_off() and l1tf_mitigation.
 */
#include <linux/cpu.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/smt.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/processor.h>
#include <asm/segment.h>

#include "compat.h"
#include "xlhv.h"
#include "vmx/guest/internal.h"
#include "vmx/guest/mitigations.h"
#include "vmx/root/cpu.h"

DEFINE_STATIC_KEY_FALSE(vmx_guard_windows);
DEFINE_STATIC_KEY_FALSE(vmx_guard_entries);

u64 vmx_arch_capabilities __ro_after_init;

/* Twice the first-level data cache of the CPUs that need it. */
#define L1D_FILL_SIZE	(64 << 10)
#define CACHE_LINE	64

static void *l1d_fill __ro_after_init;

static char *nx_huge_pages = "auto";
module_param(nx_huge_pages, charp, 0444);
MODULE_PARM_DESC(nx_huge_pages, "guests run code in pages of 4 KiB only, against iTLB multihit: auto, force or off");

#define GUARD_L1D	(XLHV_MITIGATION_L1D_FLUSH | XLHV_MITIGATION_L1D_FILL)

/**
 * vmx_guard_flush_l1d() - leave nothing of the host's in the first-level data cache
 *
 * Context: interrupts off, before an entry.
 */
void vmx_guard_flush_l1d(void)
{
	const char *fill = l1d_fill;
	unsigned int at, i;

	if (!fill) {
		wrmsrl(MSR_IA32_FLUSH_CMD, 1);
		return;
	}
	/* Translations first, so that the second pass is nothing but loads. */
	for (at = 0; at < L1D_FILL_SIZE; at += PAGE_SIZE)
		READ_ONCE(fill[at]);
	rmb();	/* the second pass is not to begin before */
	for (at = 0; at < L1D_FILL_SIZE; at += 16 * CACHE_LINE) {
		const char *line = fill + at;

		/* In line: three of four instructions of the plain loop count and compare. */
#pragma GCC unroll 16
		for (i = 0; i < 16; i++)
			READ_ONCE(line[i * CACHE_LINE]);
	}
	rmb();	/* nor the entry before its end */
}

static void barrier_of_predictions(struct vmx_vcpu *x)
{
	int cpu = smp_processor_id() + 1;
	bool needed = vmx_guard_before_guest(this_cpu_ptr(&vmx_cpu.guard), x);

	needed |= x->guard_cpu != cpu;
	needed &= !!(vmx_guards & XLHV_MITIGATION_IBPB);

#ifdef COMPAT_FEATURE_IBPB_TO_USER
	if (vmx_guards & XLHV_MITIGATION_IBPB_USER) {
		/*
		 * Set by us whenever a guest runs, and cleared by the kernel together
		 * with a barrier of its own on the way to user mode: clear, it says that
		 * user mode ran here since.
		 */
		needed |= !this_cpu_read(x86_ibpb_exit_to_user);
		this_cpu_write(x86_ibpb_exit_to_user, true);
	}
#endif
	if (!needed)
		return;
	wrmsrl(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
	x->guard_cpu = cpu;
}

/*
 * Who comes next is a task that asked for it, or one whose address space stayed loaded
 * meanwhile: the kernel, which has barriers for changes of it, sees none.  With the guard
 * against VMSCAPE it makes one on the way to user mode.
 */
static bool next_wants(const struct task_struct *next)
{
	if (!next->mm || vmx_guards & XLHV_MITIGATION_IBPB_USER)
		return false;
	return next->mm == current->active_mm ||
	       test_tsk_thread_flag((struct task_struct *)next, TIF_SPEC_IB);
}

/**
 * vmx_guard_sched_out() - the thread of a vCPU gives up the CPU
 * @next: to whom
 *
 * Context: under the run queue's lock, interrupts off; the thread is current.
 */
void vmx_guard_sched_out(const struct task_struct *next)
{
	if (!(vmx_guards & XLHV_MITIGATION_IBPB))
		return;
	if (vmx_guard_after_guest(this_cpu_ptr(&vmx_cpu.guard), next_wants(next)))
		wrmsrl(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
}

/* See vmx_guard_window(). */
void vmx_guard_window_slow(struct vmx_vcpu *x)
{
	if (vmx_guards & XLHV_MITIGATION_SPEC_CTRL)
		x->sw.host_spec_ctrl = this_cpu_read(x86_spec_ctrl_current);
	if (vmx_guards & (XLHV_MITIGATION_IBPB | XLHV_MITIGATION_IBPB_USER))
		barrier_of_predictions(x);
	if ((vmx_guards & GUARD_L1D) && !(vmx_guards & XLHV_MITIGATION_L1D_ALWAYS))
		vmx_guard_flush_l1d();
}

/**
 * vmx_guard_reset() - a vCPU starts
 * @x: does not run
 *
 * A guest that never writes IA32_SPEC_CTRL runs with the host's value: that
 * restricts at least as much as the 0 that it reads, and costs no write at all.
 * Not so with the IBRS of old, which slows the guest down and has to be written
 * after each exit anyway.
 */
void vmx_guard_reset(struct vmx_vcpu *x)
{
	x->sw.guest_spec_ctrl = 0;
	x->sw.guard = vmx_guards & XLHV_MITIGATION_IBRS ? VMX_GUARD_SWITCH | VMX_GUARD_ALWAYS : 0;
	x->spec_ctrl_writes = 0;
	/* HOST_RIP goes with the entry that is used. */
	vmx_host_init(&x->host);
}

/**
 * vmx_guard_write_spec_ctrl() - a guest writes IA32_SPEC_CTRL, and that exited
 * @x: in a window
 * @value: checked
 *
 * A kernel with eIBRS writes it a few times while it boots: as long as its value is
 * the host's, nothing is written at an entry or an exit.  One that writes it all the
 * time gets the MSR itself, at the price of a read after each exit.
 *
 * Return: true: let it have the MSR.
 */
bool vmx_guard_write_spec_ctrl(struct vmx_vcpu *x, u64 value)
{
	x->sw.guest_spec_ctrl = value;
	if (!x->sw.guard && !value)
		return false;
	x->sw.guard |= VMX_GUARD_SWITCH;
	if (!x->host.guarded) {
		x->host.guarded = true;
		vmcs_writel(HOST_RIP, (unsigned long)vmx_landing_guarded);
	}
	if (++x->spec_ctrl_writes < VMX_SPEC_CTRL_WRITES)
		return false;
	x->sw.guard |= VMX_GUARD_SAVE;
	return true;
}

/*
 * IA32_ARCH_CAPABILITIES for guests: what the CPU says of itself, and what else the
 * kernel knows that it has not got.  A guest that knows mitigates less.
 */
static u64 __init arch_capabilities(u64 value)
{
	static const struct {
		u16 bug;
		u64 no;
	} bugs[] = {
		{ X86_BUG_CPU_MELTDOWN, ARCH_CAP_RDCL_NO },
		{ X86_BUG_SPEC_STORE_BYPASS, ARCH_CAP_SSB_NO },
		{ X86_BUG_MDS, ARCH_CAP_MDS_NO },
		{ X86_BUG_EIBRS_PBRSB, ARCH_CAP_PBRSB_NO },
	};
	unsigned int i;

	value &= ARCH_CAP_RDCL_NO | ARCH_CAP_IBRS_ALL | ARCH_CAP_RSBA |
		 ARCH_CAP_SKIP_VMENTRY_L1DFLUSH | ARCH_CAP_SSB_NO | ARCH_CAP_MDS_NO |
		 ARCH_CAP_PSCHANGE_MC_NO | ARCH_CAP_TAA_NO | BIT_ULL(13) | BIT_ULL(14) |
		 BIT_ULL(15) | BIT_ULL(17) | BIT_ULL(19) | BIT_ULL(20) | BIT_ULL(24) |
		 BIT_ULL(26) | BIT_ULL(27) | BIT_ULL(28) | BIT_ULL(62);
	for (i = 0; i < ARRAY_SIZE(bugs); i++)
		if (!boot_cpu_has_bug(bugs[i].bug))
			value |= bugs[i].no;
	/* Guests have no TSX to abort, and no nested guest to flush for. */
	value |= ARCH_CAP_TAA_NO | ARCH_CAP_SKIP_VMENTRY_L1DFLUSH;
	return value;
}

static enum vmx_l1tf __init host_l1tf(void)
{
#if XLHV_HAVE_GUARD_SYMBOLS
	switch (l1tf_mitigation) {
	case L1TF_MITIGATION_OFF:
		return VMX_L1TF_OFF;
	case L1TF_MITIGATION_FULL:
	case L1TF_MITIGATION_FULL_FORCE:
		return VMX_L1TF_ALWAYS;
	default:
		return VMX_L1TF_WINDOW;
	}
#else
	return cpu_mitigations_off() ? VMX_L1TF_OFF : VMX_L1TF_WINDOW;
#endif
}

static void __init read_facts(struct vmx_guard_facts *f)
{
	u64 arch = 0;

	if (boot_cpu_has(X86_FEATURE_ARCH_CAPABILITIES) &&
	    !rdmsrl_safe(MSR_IA32_ARCH_CAPABILITIES, &arch))
		vmx_arch_capabilities = arch_capabilities(arch);
	f->mitigations_off = cpu_mitigations_off();
	f->spec_ctrl = boot_cpu_has(X86_FEATURE_MSR_SPEC_CTRL);
	f->kernel_ibrs = boot_cpu_has(X86_FEATURE_KERNEL_IBRS);
	f->rsb_fill = boot_cpu_has(X86_FEATURE_RSB_VMEXIT);
	f->rsb_call = boot_cpu_has(X86_FEATURE_RSB_VMEXIT_LITE);
#ifdef COMPAT_FEATURE_CLEAR_BHB
	f->clear_history = boot_cpu_has(COMPAT_FEATURE_CLEAR_BHB);
#endif
	f->clear_buffers = boot_cpu_has(COMPAT_FEATURE_CLEAR_CPU_BUF);
	f->ibpb = compat_uses_ibpb();
#ifdef COMPAT_FEATURE_IBPB_TO_USER
	f->ibpb_to_user = boot_cpu_has(COMPAT_FEATURE_IBPB_TO_USER);
#endif
	f->l1tf_bug = boot_cpu_has_bug(X86_BUG_L1TF) && !(arch & ARCH_CAP_SKIP_VMENTRY_L1DFLUSH);
	f->l1tf = host_l1tf();
	f->l1d_flush = boot_cpu_has(X86_FEATURE_FLUSH_L1D);
	f->sampling_bug = boot_cpu_has_bug(X86_BUG_MDS) || boot_cpu_has_bug(X86_BUG_TAA);
	f->itlb_bug = boot_cpu_has_bug(X86_BUG_ITLB_MULTIHIT) && !(arch & ARCH_CAP_PSCHANGE_MC_NO);
	f->smt = sched_smt_active();
}

static int __init read_nx_huge(struct vmx_guard_facts *f)
{
	static const char *const words[] = {
		[VMX_NX_HUGE_AUTO] = "auto",
		[VMX_NX_HUGE_FORCE] = "force",
		[VMX_NX_HUGE_OFF] = "off",
	};
	int i = match_string(words, ARRAY_SIZE(words), nx_huge_pages);

	if (i < 0) {
		pr_err("cannot load: nx_huge_pages=%s: expected auto, force or off\n",
		       nx_huge_pages);
		return -EINVAL;
	}
	f->nx_huge = i;
	return 0;
}

/**
 * vmx_guard_init() - decide, once
 *
 * Context: module load.
 * Return: 0; -ENOMEM; -EINVAL for a bad nx_huge_pages= parameter.
 */
int __init vmx_guard_init(void)
{
	struct vmx_guard_facts facts = {};
	char text[512];
	int err;

	read_facts(&facts);
	err = read_nx_huge(&facts);
	if (err)
		return err;
	vmx_guards = vmx_guard_decide(&facts);
	if (vmx_guards & XLHV_MITIGATION_L1D_FILL) {
		l1d_fill = alloc_pages_exact(L1D_FILL_SIZE, GFP_KERNEL | __GFP_ZERO);
		if (!l1d_fill)
			return -ENOMEM;
	}
	if (vmx_guards & XLHV_MITIGATION_OFF)
		static_branch_enable(&vmx_unguarded);
	if (vmx_guards & (GUARD_L1D | XLHV_MITIGATION_IBPB | XLHV_MITIGATION_IBPB_USER |
			  XLHV_MITIGATION_SPEC_CTRL))
		static_branch_enable(&vmx_guard_windows);
	if (vmx_guards & XLHV_MITIGATION_L1D_ALWAYS)
		static_branch_enable(&vmx_guard_entries);
	vmx_guard_text(vmx_guards, text, sizeof(text));
	pr_info("side channels: %s\n", text);
	return 0;
}

/* Nobody runs a guest any more. */
void vmx_guard_exit(void)
{
	if (l1d_fill)
		free_pages_exact(l1d_fill, L1D_FILL_SIZE);
}
