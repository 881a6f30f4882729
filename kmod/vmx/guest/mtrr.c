// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory type range registers, for guests that expect them where CPUID names them.
 *
 * They are kept and not obeyed: the EPT says the memory type of RAM, which is write-back
 * whatever the guest writes here, and there is no device memory in a domain.
 *
 * Source: SDM vol. 3, "Memory Type Range Registers".
 */
#include <linux/bits.h>
#include <linux/string.h>
#include <asm/msr-index.h>
#include <asm/mtrr.h>

#include "ept/ept.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"

/* As Xen's: the fixed ranges, write-combining, and the variable ranges. */
#define CAP_FIXED		BIT(8)
#define CAP_WRITE_COMBINING	BIT(10)
#define CAP_VALUE		(CAP_WRITE_COMBINING | CAP_FIXED | VMX_MTRR_VARIABLE)

#define PHYSMASK_VALID	BIT_ULL(11)
#define DEF_RESET	0x806UL		/* enabled, write-back */

static bool type_ok(u8 type)
{
	return type <= MTRR_TYPE_WRBACK && type != 2 && type != 3;
}

/* Where a fixed range's register is among them: within the array for any number at all. */
static unsigned int fixed_index(u32 msr)
{
	switch (msr) {
	case MSR_MTRRfix64K_00000:
		return 0;
	case MSR_MTRRfix16K_80000:
	case MSR_MTRRfix16K_A0000:
		return 1 + (msr & 1);
	default:
		return 3 + (msr & 7);
	}
}

/* After reset: enabled, and write-back all over, as Xen's builder leaves them. */
void vmx_mtrr_reset(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;

	x->msr_mtrr_def = DEF_RESET;
	memset(x->msr_mtrr_fixed, 0, sizeof(x->msr_mtrr_fixed));
	memset(x->msr_mtrr_variable, 0, sizeof(x->msr_mtrr_variable));
}

int vmx_mtrr_read_cap(struct vcpu *v, u32 msr, u64 *value)
{
	*value = CAP_VALUE;
	return 0;
}

int vmx_mtrr_read_def(struct vcpu *v, u32 msr, u64 *value)
{
	*value = v->vmx.msr_mtrr_def;
	return 0;
}

int vmx_mtrr_write_def(struct vcpu *v, u32 msr, u64 value)
{
	if (value & ~0xcffULL || !type_ok(value))
		return -EINVAL;
	v->vmx.msr_mtrr_def = value;
	return 0;
}

int vmx_mtrr_read_fixed(struct vcpu *v, u32 msr, u64 *value)
{
	*value = v->vmx.msr_mtrr_fixed[fixed_index(msr)];
	return 0;
}

int vmx_mtrr_write_fixed(struct vcpu *v, u32 msr, u64 value)
{
	unsigned int i;

	for (i = 0; i < 64; i += 8)
		if (!type_ok(value >> i))
			return -EINVAL;
	v->vmx.msr_mtrr_fixed[fixed_index(msr)] = value;
	return 0;
}

int vmx_mtrr_read_variable(struct vcpu *v, u32 msr, u64 *value)
{
	*value = v->vmx.msr_mtrr_variable[msr % VMX_MTRR_VARIABLE_MSRS];
	return 0;
}

int vmx_mtrr_write_variable(struct vcpu *v, u32 msr, u64 value)
{
	u64 allowed = GENMASK_ULL(ept_maxphyaddr() - 1, PAGE_SHIFT);

	if (msr & 1)
		allowed |= PHYSMASK_VALID;
	else if (type_ok(value))
		allowed |= 0xff;
	else
		return -EINVAL;
	if (value & ~allowed)
		return -EINVAL;
	v->vmx.msr_mtrr_variable[msr % VMX_MTRR_VARIABLE_MSRS] = value;
	return 0;
}
