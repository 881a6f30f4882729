// SPDX-License-Identifier: GPL-2.0-only
/*
 * Model-specific registers: one literal table says what a guest may do with each.
 * An MSR that is not in it raises #GP, and is counted.
 *
 * Three ways for an MSR to be right while the guest runs: it is in the VMCS
 * (EFER, PAT, SYSENTER_*, FS and GS base, TSC by its offset); it is loaded for a
 * stay and what was found put back after it (STAR, LSTAR, FMASK,
 * KERNEL_GS_BASE, TSC_AUX); or it only exists in here.
 */
#include <linux/init.h>
#include <linux/types.h>
#include <asm/apicdef.h>
#include <asm/msr.h>
#include <asm/mtrr.h>
#include <asm/processor.h>
#include <asm/vmx.h>

#include "compat.h"
#include "base/host_tsc.h"
#include "hypercall/hypercall.h"
#include "lapic/lapic.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"
#include "vmx/guest/mitigations.h"
#include "vmx/root/caps.h"

#define X2APIC_MSR(offset)	(APIC_BASE_MSR + ((offset) >> 4))
#define MSR_XEN_HYPERCALL	0x40000000
#define MISC_ENABLE_VALUE	(BIT(0) | BIT(11) | BIT(12))	/* fast strings; no BTS, no PEBS */
#define X2APIC_FIRST		0x800
#define X2APIC_LAST		0x8ff

/* What a handler says besides 0 and -EINVAL (#GP). */
#define COLD	(-EAGAIN)

static int read_zero(struct vcpu *v, u32 msr, u64 *value)
{
	*value = 0;
	return 0;
}

static int write_ignore(struct vcpu *v, u32 msr, u64 value)
{
	return 0;
}

static int read_tsc(struct vcpu *v, u32 msr, u64 *value)
{
	*value = vmx_vcpu_guest_tsc(v);
	return 0;
}

/* The CPU adds it to its own TSC, which may have begun anew.  In a window. */
void vmx_load_tsc_offset(struct vmx_vcpu *x)
{
	x->tsc_lost = READ_ONCE(host_tsc_lost);
	vmcs_write64(TSC_OFFSET, x->tsc_offset + x->tsc_lost);
}

static void set_tsc_offset(struct vcpu *v, u64 offset)
{
	WRITE_ONCE(v->vmx.tsc_offset, offset);
	vmx_load_tsc_offset(&v->vmx);
	lapic_timer_tsc_changed(v);
	vcpu_request(v, VCPU_REQ_TIME);
}

static int write_tsc(struct vcpu *v, u32 msr, u64 value)
{
	u64 change = value - vmx_vcpu_guest_tsc(v);

	v->vmx.msr_tsc_adjust += change;
	set_tsc_offset(v, v->vmx.tsc_offset + change);
	return 0;
}

static int read_tsc_adjust(struct vcpu *v, u32 msr, u64 *value)
{
	*value = v->vmx.msr_tsc_adjust;
	return 0;
}

static int write_tsc_adjust(struct vcpu *v, u32 msr, u64 value)
{
	u64 change = value - v->vmx.msr_tsc_adjust;

	v->vmx.msr_tsc_adjust = value;
	set_tsc_offset(v, v->vmx.tsc_offset + change);
	return 0;
}

static int read_efer(struct vcpu *v, u32 msr, u64 *value)
{
	*value = v->vmx.efer;
	return 0;
}

static int write_efer(struct vcpu *v, u32 msr, u64 value)
{
	return vmx_set_efer(v, value);
}

static int read_pat(struct vcpu *v, u32 msr, u64 *value)
{
	*value = vmcs_read64(GUEST_IA32_PAT);
	return 0;
}

static int write_pat(struct vcpu *v, u32 msr, u64 value)
{
	unsigned int i;

	/* Types 0, 1, 4, 5, 6, 7 in each byte. */
	for (i = 0; i < 8; i++) {
		u8 type = value >> (8 * i);

		if (type > 7 || type == 2 || type == 3)
			return -EINVAL;
	}
	vmcs_write64(GUEST_IA32_PAT, value);
	return 0;
}

static int read_apic(struct vcpu *v, u32 msr, u64 *value)
{
	return lapic_rdmsr(v, msr, value);
}

static int write_apic(struct vcpu *v, u32 msr, u64 value)
{
	return lapic_wrmsr(v, msr, value);
}

static int write_apic_base(struct vcpu *v, u32 msr, u64 value)
{
	int err = lapic_wrmsr(v, msr, value);

	if (!err)
		vmx_apic_mode_changed(v);
	return err;
}

static bool canonical(u64 value)
{
	return value == (u64)((s64)(value << 16) >> 16);
}

/* Loaded for a stay, and reading does not exit: only writes come here. */
static int write_syscall(struct vcpu *v, u32 msr, u64 value)
{
	struct vmx_vcpu *x = &v->vmx;

	switch (msr) {
	case MSR_STAR:
		x->msr_star = value;
		wrmsrl(MSR_STAR, value);
		break;
	case MSR_LSTAR:
		if (!canonical(value))
			return -EINVAL;
		x->msr_lstar = value;
		wrmsrl(MSR_LSTAR, value);
		break;
	case MSR_CSTAR:
		if (!canonical(value))
			return -EINVAL;
		/* Intel CPUs know no SYSCALL from compatibility mode: kept, not loaded. */
		x->msr_cstar = value;
		break;
	case MSR_SYSCALL_MASK:
		if (value >> 32)
			return -EINVAL;
		x->msr_fmask = value;
		wrmsrl(MSR_SYSCALL_MASK, value);
		break;
	case MSR_TSC_AUX:
		if (!vmx_has(XLHV_FEAT_RDTSCP) || value >> 32)
			return -EINVAL;
		x->msr_tsc_aux = value;
		wrmsrl(MSR_TSC_AUX, value);
		break;
	}
	return 0;
}

static int read_syscall(struct vcpu *v, u32 msr, u64 *value)
{
	struct vmx_vcpu *x = &v->vmx;

	switch (msr) {
	case MSR_STAR:
		*value = x->msr_star;
		break;
	case MSR_LSTAR:
		*value = x->msr_lstar;
		break;
	case MSR_CSTAR:
		*value = x->msr_cstar;
		break;
	case MSR_SYSCALL_MASK:
		*value = x->msr_fmask;
		break;
	case MSR_TSC_AUX:
		if (!vmx_has(XLHV_FEAT_RDTSCP))
			return -EINVAL;
		*value = x->msr_tsc_aux;
		break;
	}
	return 0;
}

static int read_misc_enable(struct vcpu *v, u32 msr, u64 *value)
{
	*value = MISC_ENABLE_VALUE;
	return 0;
}

static int read_feature_control(struct vcpu *v, u32 msr, u64 *value)
{
	*value = FEAT_CTL_LOCKED;
	return 0;
}

static int read_platform_info(struct vcpu *v, u32 msr, u64 *value)
{
	/* Ratio of the TSC to 100 MHz; no turbo, no CPUID faulting. */
	*value = (u64)min(v->domain->time.tsc_khz / 100000, 255U) << 8;
	return 0;
}

static int read_xss(struct vcpu *v, u32 msr, u64 *value)
{
	if (!vmx_has(XLHV_FEAT_XSAVES))
		return -EINVAL;
	*value = 0;
	return 0;
}

static int write_xss(struct vcpu *v, u32 msr, u64 value)
{
	/* No supervisor state is offered. */
	return vmx_has(XLHV_FEAT_XSAVES) && !value ? 0 : -EINVAL;
}

static int write_debugctl(struct vcpu *v, u32 msr, u64 value)
{
	/* Neither LBR nor BTS: the bits that a CPU without them ignores are BTF and LBR. */
	return value & ~3ULL ? -EINVAL : 0;
}

static int write_ucode(struct vcpu *v, u32 msr, u64 value)
{
	/* The handshake before CPUID writes 0; an update is refused. */
	return value ? -EINVAL : 0;
}

static int read_ucode(struct vcpu *v, u32 msr, u64 *value)
{
	*value = (u64)boot_cpu_data.microcode << 32;
	return 0;
}

static int write_hypercall_page(struct vcpu *v, u32 msr, u64 value)
{
	if (vmx_vcpu_atomic(v))
		return COLD;
	return hypercall_page(v, value);
}

static int read_kernel_gs(struct vcpu *v, u32 msr, u64 *value)
{
	*value = v->vmx.msr_kernel_gs_base;
	return 0;
}

static void pass(struct vcpu *v, u32 msr, bool read, bool write)
{
	unsigned long *bitmap = v->vmx.msr_bitmap;
	unsigned int at = (msr & 0x1fff) + (msr >= 0xc0000000 ? 0x400 * 8 : 0);

	if (read)
		__clear_bit(at, bitmap);
	else
		__set_bit(at, bitmap);
	if (write)
		__clear_bit(at + 0x800 * 8, bitmap);
	else
		__set_bit(at + 0x800 * 8, bitmap);
}

static u64 spec_ctrl_bits(struct vcpu *v)
{
	return vmx_guard_spec_ctrl_bits(vmx_guest_cpuid(v, 7, 0, 3), vmx_guest_cpuid(v, 7, 2, 3));
}

static int read_spec_ctrl(struct vcpu *v, u32 msr, u64 *value)
{
	*value = v->vmx.sw.guest_spec_ctrl;
	return spec_ctrl_bits(v) ? 0 : -EINVAL;
}

static int write_spec_ctrl(struct vcpu *v, u32 msr, u64 value)
{
	u64 bits = spec_ctrl_bits(v);

	if (!bits || value & ~bits)
		return -EINVAL;
	if (vmx_guard_write_spec_ctrl(&v->vmx, value))
		pass(v, MSR_IA32_SPEC_CTRL, true, true);
	return 0;
}

static int read_arch_capabilities(struct vcpu *v, u32 msr, u64 *value)
{
	*value = vmx_arch_capabilities;
	return vmx_guest_has(v, 7, 3, 29) ? 0 : -EINVAL;
}

/* Ascending by MSR.  NULL: #GP. */
static const struct msr_rule {
	u32 first, last;
	int (*read)(struct vcpu *v, u32 msr, u64 *value);
	int (*write)(struct vcpu *v, u32 msr, u64 value);
} rules[] = {
	{ 0x00000000, 0x00000001, read_zero, write_ignore },	/* P5_MC_ADDR, P5_MC_TYPE */
	{ MSR_IA32_TSC, MSR_IA32_TSC, read_tsc, write_tsc },
	{ MSR_IA32_PLATFORM_ID, MSR_IA32_PLATFORM_ID, read_zero, NULL },
	{ MSR_IA32_APICBASE, MSR_IA32_APICBASE, read_apic, write_apic_base },
	{ MSR_IA32_FEAT_CTL, MSR_IA32_FEAT_CTL, read_feature_control, NULL },
	{ MSR_IA32_TSC_ADJUST, MSR_IA32_TSC_ADJUST, read_tsc_adjust, write_tsc_adjust },
	{ MSR_IA32_SPEC_CTRL, MSR_IA32_SPEC_CTRL, read_spec_ctrl, write_spec_ctrl },
	{ MSR_IA32_UCODE_WRITE, MSR_IA32_UCODE_WRITE, read_zero, write_ignore },
	{ MSR_IA32_UCODE_REV, MSR_IA32_UCODE_REV, read_ucode, write_ucode },
	{ MSR_PLATFORM_INFO, MSR_PLATFORM_INFO, read_platform_info, NULL },
	{ MSR_MTRRcap, MSR_MTRRcap, vmx_mtrr_read_cap, NULL },
	{ MSR_IA32_ARCH_CAPABILITIES, MSR_IA32_ARCH_CAPABILITIES, read_arch_capabilities, NULL },
	{ MSR_MISC_FEATURES_ENABLES, MSR_MISC_FEATURES_ENABLES, read_zero, write_debugctl },
	{ MSR_IA32_MCG_CAP, MSR_IA32_MCG_CAP, read_zero, NULL },
	{ MSR_IA32_MCG_STATUS, MSR_IA32_MCG_STATUS, read_zero, write_ignore },
	{ MSR_IA32_PERF_STATUS, MSR_IA32_PERF_STATUS, read_zero, NULL },
	{ MSR_IA32_THERM_STATUS, MSR_IA32_THERM_STATUS, read_zero, NULL },
	{ MSR_IA32_MISC_ENABLE, MSR_IA32_MISC_ENABLE, read_misc_enable, write_ignore },
	{ MSR_IA32_DEBUGCTLMSR, MSR_IA32_DEBUGCTLMSR, read_zero, write_debugctl },
	{ MSR_IA32_LASTBRANCHFROMIP, MSR_IA32_LASTINTTOIP, read_zero, write_ignore },
	{ MTRRphysBase_MSR(0), MTRRphysMask_MSR(VMX_MTRR_VARIABLE - 1),
	  vmx_mtrr_read_variable, vmx_mtrr_write_variable },
	{ MSR_MTRRfix64K_00000, MSR_MTRRfix64K_00000, vmx_mtrr_read_fixed, vmx_mtrr_write_fixed },
	{ MSR_MTRRfix16K_80000, MSR_MTRRfix16K_A0000, vmx_mtrr_read_fixed, vmx_mtrr_write_fixed },
	{ MSR_MTRRfix4K_C0000, MSR_MTRRfix4K_F8000, vmx_mtrr_read_fixed, vmx_mtrr_write_fixed },
	{ MSR_IA32_CR_PAT, MSR_IA32_CR_PAT, read_pat, write_pat },
	{ MSR_MTRRdefType, MSR_MTRRdefType, vmx_mtrr_read_def, vmx_mtrr_write_def },
	{ MSR_IA32_TSC_DEADLINE, MSR_IA32_TSC_DEADLINE, read_apic, write_apic },
	{ X2APIC_FIRST, X2APIC_LAST, read_apic, write_apic },
	{ MSR_IA32_XSS, MSR_IA32_XSS, read_xss, write_xss },
	{ MSR_XEN_HYPERCALL, MSR_XEN_HYPERCALL, read_zero, write_hypercall_page },
	{ MSR_EFER, MSR_EFER, read_efer, write_efer },
	{ MSR_STAR, MSR_SYSCALL_MASK, read_syscall, write_syscall },
	{ MSR_KERNEL_GS_BASE, MSR_KERNEL_GS_BASE, read_kernel_gs, NULL },
	{ MSR_TSC_AUX, MSR_TSC_AUX, read_syscall, write_syscall },
};

/* Guests access the same one again and again: the last is looked at first. */
static const struct msr_rule *find_rule(struct vmx_vcpu *x, u32 msr)
{
	const struct msr_rule *last = x->msr_rule;
	unsigned int low = 0, high = ARRAY_SIZE(rules);

	if (last && msr >= last->first && msr <= last->last)
		return last;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (msr > rules[mid].last)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == ARRAY_SIZE(rules) || msr < rules[low].first)
		return NULL;
	x->msr_rule = &rules[low];
	return x->msr_rule;
}

static void unknown_msr(struct vcpu *v, u32 msr, bool write)
{
	v->vmx.unknown_msrs++;
	vcpu_warn(v, "%s of MSR %#x raises #GP\n", write ? "write" : "read", msr);
}

static int do_rdmsr(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u32 msr = x->sw.gpr[1];
	const struct msr_rule *rule = find_rule(x, msr);
	u64 value = 0;
	int err = -EINVAL;

	if (rule && rule->read)
		err = rule->read(v, msr, &value);
	else
		unknown_msr(v, msr, false);
	if (err == COLD)
		return COLD;
	if (err) {
		vmx_inject_gp(v);
		return 0;
	}
	x->sw.gpr[0] = (u32)value;
	x->sw.gpr[2] = value >> 32;
	return 1;
}

static int do_wrmsr(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u32 msr = x->sw.gpr[1];
	u64 value = x->sw.gpr[2] << 32 | (u32)x->sw.gpr[0];
	const struct msr_rule *rule = find_rule(x, msr);
	int err = -EINVAL;

	if (rule && rule->write)
		err = rule->write(v, msr, value);
	else
		unknown_msr(v, msr, true);
	if (err == COLD)
		return COLD;
	if (err) {
		vmx_inject_gp(v);
		return 0;
	}
	return 1;
}

static int finish(struct vcpu *v, int done)
{
	if (done == COLD) {
		v->vmx.instruction_length = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
		return VMX_NEXT_COLD;
	}
	if (done)
		vmx_skip_instruction(v);
	return VMX_RESUME;
}

int vmx_exit_rdmsr(struct vcpu *v)
{
	return finish(v, do_rdmsr(v));
}

int vmx_exit_wrmsr(struct vcpu *v)
{
	return finish(v, do_wrmsr(v));
}

int vmx_cold_wrmsr(struct vcpu *v)
{
	if (do_wrmsr(v) == 1)
		vmx_skip_bytes(v, v->vmx.instruction_length);
	return 0;
}

/* Everything exits but what is the guest's own while it runs. */
void vmx_msr_init(struct vcpu *v)
{
	memset(v->vmx.msr_bitmap, 0xff, PAGE_SIZE);
	pass(v, MSR_IA32_TSC, true, false);
	pass(v, MSR_IA32_SYSENTER_CS, true, true);
	pass(v, MSR_IA32_SYSENTER_ESP, true, true);
	pass(v, MSR_IA32_SYSENTER_EIP, true, true);
	pass(v, MSR_FS_BASE, true, true);
	pass(v, MSR_GS_BASE, true, true);
	pass(v, MSR_KERNEL_GS_BASE, true, true);
	pass(v, MSR_STAR, true, false);
	pass(v, MSR_LSTAR, true, false);
	pass(v, MSR_SYSCALL_MASK, true, false);
}

/* A vCPU starts; its CPUID is final. */
void vmx_msr_start(struct vcpu *v)
{
	pass(v, MSR_IA32_SPEC_CTRL, false, false);
	/* Commands to the CPU: nothing to save, and refused by it if they make no sense. */
	pass(v, MSR_IA32_PRED_CMD, false, vmx_guest_has(v, 7, 3, 26));
	pass(v, MSR_IA32_FLUSH_CMD, false, vmx_guest_has(v, 7, 3, 28));
}

/*
 * Registers whose value is what is in the page.  Not the processor priority, which
 * the CPU keeps up to date only with virtual-interrupt delivery, and not the
 * timer's count; what is between them does not exist, and is #GP.
 */
static const struct { u16 first, last; } plain[] = {
	{ X2APIC_MSR(APIC_ID), X2APIC_MSR(APIC_LVR) },
	{ X2APIC_MSR(APIC_TASKPRI), X2APIC_MSR(APIC_TASKPRI) },
	{ X2APIC_MSR(APIC_LDR), X2APIC_MSR(APIC_LDR) },
	{ X2APIC_MSR(APIC_SPIV), X2APIC_MSR(APIC_ESR) },
	{ X2APIC_MSR(APIC_ICR), X2APIC_MSR(APIC_ICR) },
	{ X2APIC_MSR(APIC_LVTT), X2APIC_MSR(APIC_TMICT) },
	{ X2APIC_MSR(APIC_TDCR), X2APIC_MSR(APIC_TDCR) },
};

/**
 * vmx_apic_mode_changed() - follow IA32_APIC_BASE
 * @v: in a window
 *
 * In x2APIC mode the CPU answers for the virtual-APIC page as far as it can; what
 * it cannot exits.
 */
void vmx_apic_mode_changed(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 base = v->lapic.base;
	bool x2apic = (base & (X2APIC_ENABLE | XAPIC_ENABLE)) == (X2APIC_ENABLE | XAPIC_ENABLE);
	bool virt = x2apic && vmx_has(XLHV_FEAT_X2APIC_VIRT) && vmx_has(XLHV_FEAT_TPR_SHADOW);
	bool regs = virt && vmx_has(XLHV_FEAT_APIC_REGISTER_VIRT);
	bool vid = virt && vmx_has(XLHV_FEAT_VIRT_INTR_DELIVERY);
	u32 ctl = x->ctl_proc2 & ~(SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE |
				   SECONDARY_EXEC_APIC_REGISTER_VIRT |
				   SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY);
	unsigned int i;
	u32 msr;

	if (virt)
		ctl |= SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE;
	if (regs)
		ctl |= SECONDARY_EXEC_APIC_REGISTER_VIRT;
	if (vid)
		ctl |= SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY;
	for (msr = X2APIC_FIRST; msr <= X2APIC_LAST; msr++)
		pass(v, msr, false, false);
	if (virt)
		pass(v, X2APIC_MSR(APIC_TASKPRI), true, vid);
	for (i = 0; regs && i < ARRAY_SIZE(plain); i++)
		for (msr = plain[i].first; msr <= plain[i].last; msr++)
			pass(v, msr, true, vid && msr == X2APIC_MSR(APIC_TASKPRI));
	if (vid) {
		pass(v, X2APIC_MSR(APIC_EOI), false, true);
		pass(v, X2APIC_MSR(APIC_SELF_IPI), false, true);
	}
	x->ctl_proc2 = ctl;
	vmcs_write32(SECONDARY_VM_EXEC_CONTROL, ctl);
	/* CR8 goes to the page under the TPR shadow, to us without. */
	vmx_set_proc_ctl(v, CPU_BASED_CR8_LOAD_EXITING | CPU_BASED_CR8_STORE_EXITING,
			 !(x->ctl_proc & CPU_BASED_TPR_SHADOW));
	if (vid) {
		vmcs_write16(GUEST_INTR_STATUS, lapic_intr_status(v));
		vmcs_write64(EOI_EXIT_BITMAP0, 0);
		vmcs_write64(EOI_EXIT_BITMAP1, 0);
		vmcs_write64(EOI_EXIT_BITMAP2, 0);
		vmcs_write64(EOI_EXIT_BITMAP3, 0);
	}
	x->recheck = true;
}

/* The table is searched by halves. */
void __init vmx_msr_check_rules(void)
{
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(rules); i++)
		WARN_ON_ONCE(rules[i].first <= rules[i - 1].last);
}

static void load(u32 msr, u64 guest, u64 *host)
{
	rdmsrl(msr, *host);
	if (guest != *host)
		wrmsrl(msr, guest);
}

static void put_back(u32 msr, u64 guest, u64 host)
{
	if (guest != host)
		wrmsrl(msr, host);
}

/*
 * Start of a stay.  Threads of the kernel make no system calls and its entry
 * code for interrupts does not look at these, so the guest's values may stay for
 * as long as this thread does not give up the CPU.
 *
 * What is there now need not be the host's: KVM leaves its guests' values in the CPU
 * until a task returns to user mode there, and remembers that it did.  So they are
 * read each time, and it is what was read that is put back.  Nobody but tasks changes
 * them, and none runs here before the stay ends.
 */
void vmx_msr_enter_guest(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;

	load(MSR_STAR, x->msr_star, &x->found_star);
	load(MSR_LSTAR, x->msr_lstar, &x->found_lstar);
	load(MSR_SYSCALL_MASK, x->msr_fmask, &x->found_fmask);
	rdmsrl(MSR_KERNEL_GS_BASE, x->host_kernel_gs_base);
	wrmsrl(MSR_KERNEL_GS_BASE, x->msr_kernel_gs_base);
	if (vmx_has(XLHV_FEAT_RDTSCP))
		load(MSR_TSC_AUX, x->msr_tsc_aux, &x->found_tsc_aux);
}

/* End of a stay: what the guest left is kept, and what was found is there again. */
void vmx_msr_leave_guest(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;

	rdmsrl(MSR_KERNEL_GS_BASE, x->msr_kernel_gs_base);
	wrmsrl(MSR_KERNEL_GS_BASE, x->host_kernel_gs_base);
	put_back(MSR_STAR, x->msr_star, x->found_star);
	put_back(MSR_LSTAR, x->msr_lstar, x->found_lstar);
	put_back(MSR_SYSCALL_MASK, x->msr_fmask, x->found_fmask);
	if (vmx_has(XLHV_FEAT_RDTSCP))
		put_back(MSR_TSC_AUX, x->msr_tsc_aux, x->found_tsc_aux);
}
