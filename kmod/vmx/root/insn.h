/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMX instructions.  Each has an exception-table entry: when VMX root
 * operation has been switched off under us the instruction raises #UD, and that
 * is an answer (-ENODEV), not an oops.  A failure that the instruction itself
 * reports (CF or ZF) is -EIO; vmx_instruction_error() tells more for ZF.
 */
#ifndef XLHV_VMX_INSN_H
#define XLHV_VMX_INSN_H

#include <linux/errno.h>
#include <linux/types.h>
#include <asm/asm.h>
#include <asm/vmx.h>

#define VMX_INSN(insn, ...)						\
	asm goto("1: " insn "\n\t"					\
		 "jbe %l[failed]\n\t"					\
		 _ASM_EXTABLE(1b, %l[fault])				\
		 : : __VA_ARGS__ : "cc", "memory" : failed, fault)

/**
 * vmx_insn_vmxon() - enter VMX root operation
 * @pa: physical address of the VMXON region
 *
 * Return: 0, -EIO (VMfailInvalid), -ENODEV (fault: already on, locked, no VMXE).
 */
static __always_inline int vmx_insn_vmxon(u64 pa)
{
	VMX_INSN("vmxon %0", "m"(pa));
	return 0;
failed:
	return -EIO;
fault:
	return -ENODEV;
}

/* Leave VMX root operation: 0, or -ENODEV if it was off. */
static __always_inline int vmx_insn_vmxoff(void)
{
	asm goto("1: vmxoff\n\t"
		 _ASM_EXTABLE(1b, %l[fault])
		 : : : "cc", "memory" : fault);
	return 0;
fault:
	return -ENODEV;
}

static __always_inline int vmx_insn_vmclear(u64 pa)
{
	VMX_INSN("vmclear %0", "m"(pa));
	return 0;
failed:
	return -EIO;
fault:
	return -ENODEV;
}

static __always_inline int vmx_insn_vmptrld(u64 pa)
{
	VMX_INSN("vmptrld %0", "m"(pa));
	return 0;
failed:
	return -EIO;
fault:
	return -ENODEV;
}

/* Store the current-VMCS pointer; ~0 when there is none. */
static __always_inline int vmx_insn_vmptrst(u64 *pa)
{
	asm goto("1: vmptrst (%0)\n\t"
		 _ASM_EXTABLE(1b, %l[fault])
		 : : "r"(pa) : "cc", "memory" : fault);
	return 0;
fault:
	return -ENODEV;
}

/* Volatile by name: compilers have forgotten that an asm goto with an output is. */
static __always_inline int vmx_insn_vmread(unsigned long field, unsigned long *value)
{
	unsigned long out;

	asm volatile goto("1: vmread %1, %0\n\t"
			  "jbe %l[failed]\n\t"
			  _ASM_EXTABLE(1b, %l[fault])
			  : "=r"(out) : "r"(field) : "cc" : failed, fault);
	*value = out;
	return 0;
failed:
	*value = 0;
	return -EIO;
fault:
	*value = 0;
	return -ENODEV;
}

static __always_inline int vmx_insn_vmwrite(unsigned long field, unsigned long value)
{
	VMX_INSN("vmwrite %1, %0", "r"(field), "r"(value));
	return 0;
failed:
	return -EIO;
fault:
	return -ENODEV;
}

/**
 * vmx_insn_invept() - invalidate translations derived from EPT
 * @extent: VMX_EPT_EXTENT_CONTEXT or VMX_EPT_EXTENT_GLOBAL
 * @eptp: EPT pointer for the first, 0 for the second
 *
 * Return: 0, -EIO, -ENODEV.
 */
static __always_inline int vmx_insn_invept(unsigned long extent, u64 eptp)
{
	struct { u64 eptp, zero; } descriptor = { eptp, 0 };

	VMX_INSN("invept %1, %0", "r"(extent), "m"(descriptor));
	return 0;
failed:
	return -EIO;
fault:
	return -ENODEV;
}

/**
 * vmx_insn_invvpid() - invalidate translations tagged with a VPID
 * @extent: VMX_VPID_EXTENT_*
 * @vpid: virtual-processor identifier, not 0 but for all contexts
 * @addr: linear address for VMX_VPID_EXTENT_INDIVIDUAL_ADDR
 *
 * Return: 0, -EIO, -ENODEV.
 */
static __always_inline int vmx_insn_invvpid(unsigned long extent, u16 vpid, u64 addr)
{
	struct { u64 vpid, addr; } descriptor = { vpid, addr };

	VMX_INSN("invvpid %1, %0", "r"(extent), "m"(descriptor));
	return 0;
failed:
	return -EIO;
fault:
	return -ENODEV;
}

/* The LDT register: a VM exit makes it null. */
static __always_inline u16 vmx_insn_sldt(void)
{
	u16 selector;

	asm volatile("sldt %0" : "=rm"(selector));
	return selector;
}

/* Reads the descriptor from the GDT that is loaded. */
static __always_inline void vmx_insn_lldt(u16 selector)
{
	asm volatile("lldt %0" : : "rm"(selector) : "memory");
}

#endif /* XLHV_VMX_INSN_H */
