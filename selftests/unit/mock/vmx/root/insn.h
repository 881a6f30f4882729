/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes the place of kmod/vmx/root/insn.h: the VMX instructions on a model of the CPUs. What the
 * architecture calls undefined (a VMCS active on two CPUs, loading one that was never cleared,
 * leaving root operation with one active) fails the test.
 */
#ifndef XLHV_VMX_INSN_H
#define XLHV_VMX_INSN_H

#include <linux/errno.h>
#include <linux/types.h>
#include <asm/vmx.h>

int vmx_insn_vmxon(u64 pa);
int vmx_insn_vmxoff(void);
int vmx_insn_vmclear(u64 pa);
int vmx_insn_vmptrld(u64 pa);
int vmx_insn_vmptrst(u64 *pa);
int vmx_insn_vmread(unsigned long field, unsigned long *value);
int vmx_insn_vmwrite(unsigned long field, unsigned long value);
int vmx_insn_invept(unsigned long extent, u64 eptp);
int vmx_insn_invvpid(unsigned long extent, u16 vpid, u64 addr);

u16 vmx_insn_sldt(void);
void vmx_insn_lldt(u16 selector);	/* fails with the GDT of a VM exit */
void unit_ldt_set(u16 selector);	/* of this CPU */

#define UNIT_NO_VMCS	(~0ULL)

enum unit_vmx_insn {
	UNIT_VMXON,
	UNIT_VMXOFF,
	UNIT_VMCLEAR,
	UNIT_VMPTRLD,
	UNIT_VMPTRST,
	UNIT_VMREAD,
	UNIT_VMWRITE,
	UNIT_INVEPT,
	UNIT_INVVPID,
	UNIT_NR_INSNS,
};

struct unit_vmx_flushed {
	unsigned long extent;
	u64 what;
};

extern struct unit_vmx_flushed unit_vmx_flushed;	/* by the last INVEPT or INVVPID */
extern u32 unit_vmx_revision;			/* that regions have to have */
extern unsigned int unit_vmx_count[UNIT_NR_INSNS];	/* executed so far, on all CPUs */

bool unit_vmx_root(unsigned int cpu);		/* in VMX root operation? */
void unit_vmx_set_root(unsigned int cpu, bool root);	/* by somebody else's doing */
u64 unit_vmx_current(unsigned int cpu);		/* current-VMCS pointer */
bool unit_vmx_launched(u64 pa);
void unit_vmx_set_launched(u64 pa);
int unit_vmx_active_on(u64 pa);			/* CPU, or -1 */
unsigned int unit_vmx_nr_active(void);		/* on all CPUs */
void unit_vmx_fail(enum unit_vmx_insn insn, int err);	/* the next one fails so */
extern void (*unit_vmx_meanwhile)(void);	/* once, another CPU's doing during the next one */

#endif /* XLHV_VMX_INSN_H */
