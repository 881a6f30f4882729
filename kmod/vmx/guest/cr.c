// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control registers.  The guest owns the bits that concern nobody
 * else; a change of another one exits, is checked here as the CPU would, and
 * shows in the read shadow.
 */
#include <linux/types.h>
#include <asm/cpufeature.h>
#include <asm/fpu/xcr.h>
#include <asm/processor.h>
#include <asm/special_insns.h>
#include <asm/vmx.h>

#include "lapic/lapic.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"
#include "vmx/root/caps.h"
#include "vmx/root/vpid.h"

/* CR0 bits that the guest changes without an exit. */
#define CR0_GUEST_OWNED	(X86_CR0_TS | X86_CR0_MP | X86_CR0_EM | X86_CR0_WP | X86_CR0_AM)
#define CR0_DEFINED	(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | X86_CR0_ET |	\
			 X86_CR0_NE | X86_CR0_WP | X86_CR0_AM | X86_CR0_NW | X86_CR0_CD |	\
			 X86_CR0_PG)
/* CR4 bits that the guest changes without an exit, if it may have them at all. */
#define CR4_GUEST_OWNED	(X86_CR4_PVI | X86_CR4_DE | X86_CR4_PCE | X86_CR4_OSFXSR |		\
			 X86_CR4_OSXMMEXCPT | X86_CR4_PGE | X86_CR4_TSD | X86_CR4_FSGSBASE)

#define EFER_DEFINED	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX)

/* Exit qualification for control-register accesses. */
#define CR_NUMBER(q)	((q) & 15)
#define CR_TYPE(q)	((q) >> 4 & 3)
#define CR_GPR(q)	((q) >> 8 & 15)
#define CR_LMSW(q)	((q) >> 16 & 0xffff)

enum { CR_MOV_TO, CR_MOV_FROM, CR_CLTS, CR_LMSW_TYPE };

/* Each bit that the guest may set goes with a CPUID bit that it sees. */
static u64 cr4_allowed(const struct vcpu *v)
{
	static const struct {
		u64 bit;
		u32 leaf;
		u8 reg, at;
	} needs[] = {
		{ X86_CR4_UMIP, 7, 2, 2 },
		{ X86_CR4_FSGSBASE, 7, 1, 0 },
		{ X86_CR4_PCIDE, 1, 2, 17 },
		{ X86_CR4_OSXSAVE, 1, 2, 26 },
		{ X86_CR4_SMEP, 7, 1, 7 },
		{ X86_CR4_SMAP, 7, 1, 20 },
		{ X86_CR4_PKE, 7, 2, 3 },
	};
	u64 allowed = X86_CR4_VME | X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE | X86_CR4_PSE |
		      X86_CR4_PAE | X86_CR4_MCE | X86_CR4_PGE | X86_CR4_PCE | X86_CR4_OSFXSR |
		      X86_CR4_OSXMMEXCPT;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(needs); i++)
		if (vmx_guest_has(v, needs[i].leaf, needs[i].reg, needs[i].at))
			allowed |= needs[i].bit;
	return allowed & vmx_caps.msr[XLHV_CAP_CR4_FIXED1];
}

u64 vmx_cr0_read(struct vcpu *v)
{
	return (vmcs_readl(GUEST_CR0) & CR0_GUEST_OWNED) |
	       (v->vmx.cr0_shadow & ~CR0_GUEST_OWNED);
}

u64 vmx_cr4_read(struct vcpu *v)
{
	u64 owned = CR4_GUEST_OWNED & v->vmx.cr4_allowed;

	return (vmcs_readl(GUEST_CR4) & owned) | (v->vmx.cr4_shadow & ~owned);
}

/* CR0, CR4 or EFER changed. */
static void paging_mode_changed(struct vmx_vcpu *x)
{
	x->paging_mode = (x->cr0_shadow & X86_CR0_PG) |
			 (x->cr4_shadow & (X86_CR4_PSE | X86_CR4_PAE | X86_CR4_LA57 |
					   X86_CR4_SMEP | X86_CR4_SMAP | X86_CR4_PKE)) |
			 (x->efer & (EFER_LMA | EFER_NX));
}

static void load_cr0(struct vcpu *v, u64 cr0)
{
	struct vmx_vcpu *x = &v->vmx;

	x->cr0 = cr0;
	x->cr0_shadow = cr0;
	paging_mode_changed(x);
	x->have |= BIT(VMX_HAVE_CR0);
	vmcs_writel(CR0_READ_SHADOW, cr0);
	/* Caching is ours to say (EPT ignores CD); NE is fixed in VMX operation. */
	vmcs_writel(GUEST_CR0, (cr0 & ~(X86_CR0_CD | X86_CR0_NW)) | X86_CR0_NE | X86_CR0_ET);
}

static void load_cr4(struct vcpu *v, u64 cr4)
{
	struct vmx_vcpu *x = &v->vmx;

	x->cr4 = cr4;
	x->cr4_shadow = cr4;
	paging_mode_changed(x);
	x->have |= BIT(VMX_HAVE_CR4);
	vmcs_writel(CR4_READ_SHADOW, cr4);
	/* With MCE clear, a machine check would shut the whole machine down. */
	cr4 = (cr4 & ~X86_CR4_MCE) | (__read_cr4() & X86_CR4_MCE);
	vmcs_writel(GUEST_CR4, cr4 | vmx_caps.msr[XLHV_CAP_CR4_FIXED0]);
}

static void write_efer(struct vcpu *v, u64 efer)
{
	struct vmx_vcpu *x = &v->vmx;
	u32 entry = efer & EFER_LMA ? x->ctl_entry | VM_ENTRY_IA32E_MODE :
				      x->ctl_entry & ~VM_ENTRY_IA32E_MODE;

	x->efer = efer;
	paging_mode_changed(x);
	vmcs_write64(GUEST_IA32_EFER, efer);
	if (entry != x->ctl_entry) {
		x->ctl_entry = entry;
		vmcs_write32(VM_ENTRY_CONTROLS, entry);
	}
}

static bool cr0_valid(u64 cr0)
{
	return !(cr0 & ~CR0_DEFINED) &&
	       !((cr0 & X86_CR0_PG) && !(cr0 & X86_CR0_PE)) &&
	       !((cr0 & X86_CR0_NW) && !(cr0 & X86_CR0_CD));
}

static bool pae_paging(u64 cr0, u64 cr4, u64 efer)
{
	return (cr0 & X86_CR0_PG) && (cr4 & X86_CR4_PAE) && !(efer & EFER_LMA);
}

/* May a vCPU start with these?  From a guest, by VCPUOP_initialise. */
bool vmx_cr_start_valid(struct vcpu *v, u64 cr0, u64 cr4, u64 efer)
{
	return cr0_valid(cr0) && !(cr4 & ~cr4_allowed(v)) && !(cr4 & X86_CR4_PCIDE) &&
	       !(efer & ~EFER_DEFINED);
}

/* Set the start values.  In a window. */
void vmx_cr_start(struct vcpu *v, u64 cr0, u64 cr4, u64 efer)
{
	struct vmx_vcpu *x = &v->vmx;

	x->cr4_allowed = cr4_allowed(v);
	vmcs_writel(CR0_GUEST_HOST_MASK, ~CR0_GUEST_OWNED);
	vmcs_writel(CR4_GUEST_HOST_MASK, ~(CR4_GUEST_OWNED & x->cr4_allowed));
	load_cr0(v, cr0);
	load_cr4(v, cr4);
	write_efer(v, efer);
	/* INIT and VCPUOP_initialise: nothing of what it was before. */
	x->dirty |= VMX_DIRTY_VPID;
	if (pae_paging(cr0, cr4, efer))
		x->dirty |= VMX_DIRTY_PDPTE;
}

/**
 * vmx_set_efer() - a guest writes IA32_EFER
 * @v: in a window
 * @efer: value, unchecked
 *
 * Return: 0 or -EINVAL: #GP.
 */
int vmx_set_efer(struct vcpu *v, u64 efer)
{
	struct vmx_vcpu *x = &v->vmx;

	if (efer & ~EFER_DEFINED ||
	    ((efer & EFER_NX) && !vmx_guest_has(v, 0x80000001, 3, 20)) ||
	    ((efer & EFER_LME) && !vmx_guest_has(v, 0x80000001, 3, 29)) ||
	    ((efer ^ x->efer) & EFER_LME && (vmx_vcpu_cr0(v) & X86_CR0_PG)))
		return -EINVAL;
	/* LMA is the CPU's to set. */
	write_efer(v, (efer & ~EFER_LMA) | (x->efer & EFER_LMA));
	return 0;
}

static int set_cr0(struct vcpu *v, u64 cr0)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 old = vmx_vcpu_cr0(v), cr4 = vmx_vcpu_cr4(v);
	u64 efer = x->efer;

	/* Reserved bits of the low half are ignored, of the high half refused. */
	if (cr0 >> 32)
		return -EINVAL;
	cr0 = (cr0 & CR0_DEFINED) | X86_CR0_ET;
	if (!cr0_valid(cr0))
		return -EINVAL;
	if (!(old & X86_CR0_PG) && (cr0 & X86_CR0_PG) && (efer & EFER_LME)) {
		/* And not with a TSS of 16 bits, which an entry refuses, too. */
		if (!(cr4 & X86_CR4_PAE) || (vmx_vcpu_cs_ar(v) & BIT(13)) ||
		    (vmcs_read32(GUEST_TR_AR_BYTES) & 15) == 3)
			return -EINVAL;
		efer |= EFER_LMA;
	} else if ((old & X86_CR0_PG) && !(cr0 & X86_CR0_PG)) {
		if (cr4 & X86_CR4_PCIDE)
			return -EINVAL;
		if (efer & EFER_LMA) {
			if (vmx_vcpu_cs_ar(v) & BIT(13))
				return -EINVAL;
			efer &= ~EFER_LMA;
		}
	}
	if (efer != x->efer)
		write_efer(v, efer);
	load_cr0(v, cr0);
	if (vmx_cr0_flushes(old, cr0))
		x->dirty |= VMX_DIRTY_VPID;
	if (pae_paging(cr0, cr4, efer) &&
	    ((cr0 ^ old) & (X86_CR0_PG | X86_CR0_CD | X86_CR0_NW)))
		x->dirty |= VMX_DIRTY_PDPTE;
	return 0;
}

static int set_cr4(struct vcpu *v, u64 cr4)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 old = vmx_vcpu_cr4(v), cr0 = vmx_vcpu_cr0(v);

	if (cr4 & ~x->cr4_allowed)
		return -EINVAL;
	if ((x->efer & EFER_LMA) && !(cr4 & X86_CR4_PAE))
		return -EINVAL;
	if ((cr4 & ~old) & X86_CR4_PCIDE &&
	    (!(x->efer & EFER_LMA) || (vmx_vcpu_cr3(v) & 0xfff)))
		return -EINVAL;
	load_cr4(v, cr4);
	if (vmx_cr4_flushes(old, cr4))
		x->dirty |= VMX_DIRTY_VPID;
	if (pae_paging(cr0, cr4, x->efer) &&
	    ((cr4 ^ old) & (X86_CR4_PAE | X86_CR4_PGE | X86_CR4_PSE | X86_CR4_SMEP)))
		x->dirty |= VMX_DIRTY_PDPTE;
	return 0;
}

/* RSP is in the VMCS, the others are ours.  In a window. */
u64 vmx_gpr_read(struct vcpu *v, unsigned int gpr)
{
	u64 value = gpr == 4 ? vmcs_readl(GUEST_RSP) : v->vmx.sw.gpr[gpr];

	return vmx_vcpu_long_mode(v) ? value : (u32)value;
}

void vmx_gpr_write(struct vcpu *v, unsigned int gpr, u64 value)
{
	if (!vmx_vcpu_long_mode(v))
		value = (u32)value;
	if (gpr == 4)
		vmcs_writel(GUEST_RSP, value);
	else
		v->vmx.sw.gpr[gpr] = value;
}

static int set_cr8(struct vcpu *v, u64 value)
{
	if (value & ~15ULL)
		return -EINVAL;
	return lapic_write(v, APIC_TASKPRI, value << 4) ? -EINVAL : 0;
}

static u64 get_cr8(struct vcpu *v)
{
	return lapic_reg(v->vmx.vapic, APIC_TASKPRI) >> 4 & 15;
}

/* CR access exits: MOV to CR0, CR4 and CR8, CLTS and LMSW of bits that are ours. */
int vmx_exit_cr_access(struct vcpu *v)
{
	u64 q = vmx_vcpu_qualification(v);
	u64 cr0;
	int err;

	switch (CR_TYPE(q)) {
	case CR_MOV_TO:
		if (CR_NUMBER(q) == 0)
			err = set_cr0(v, vmx_gpr_read(v, CR_GPR(q)));
		else if (CR_NUMBER(q) == 4)
			err = set_cr4(v, vmx_gpr_read(v, CR_GPR(q)));
		else if (CR_NUMBER(q) == 8)
			err = set_cr8(v, vmx_gpr_read(v, CR_GPR(q)));
		else
			return -EOPNOTSUPP;
		break;
	case CR_MOV_FROM:
		if (CR_NUMBER(q) != 8)
			return -EOPNOTSUPP;
		vmx_gpr_write(v, CR_GPR(q), get_cr8(v));
		err = 0;
		break;
	case CR_CLTS:
		err = set_cr0(v, vmx_vcpu_cr0(v) & ~X86_CR0_TS);
		break;
	default:
		/* LMSW loads the low four bits and cannot clear PE. */
		cr0 = vmx_vcpu_cr0(v);
		err = set_cr0(v, (cr0 & ~(X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)) |
			      (CR_LMSW(q) & 15));
	}
	if (err)
		vmx_inject_gp(v);
	else
		vmx_skip_instruction(v);
	return VMX_RESUME;
}

int vmx_exit_xsetbv(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 value = (x->sw.gpr[2] << 32) | (u32)x->sw.gpr[0];
	u64 avx512 = XFEATURE_MASK_AVX512;

	if ((u32)x->sw.gpr[1] != 0 || !(value & XFEATURE_MASK_FP) ||
	    value & ~vmx_guest_xcr0_mask() ||
	    ((value & XFEATURE_MASK_YMM) && !(value & XFEATURE_MASK_SSE)) ||
	    ((value & avx512) && ((value & avx512) != avx512 || !(value & XFEATURE_MASK_YMM))) ||
	    !(value & XFEATURE_MASK_BNDREGS) != !(value & XFEATURE_MASK_BNDCSR)) {
		vmx_inject_gp(v);
		return VMX_RESUME;
	}
	x->xcr0 = value;
	xsetbv(XCR_XFEATURE_ENABLED_MASK, value);
	vmx_skip_instruction(v);
	return VMX_RESUME;
}
