/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of kmod/vmx that run vCPUs share among themselves. */
#ifndef XLHV_VMX_INTERNAL_H
#define XLHV_VMX_INTERNAL_H

#include <linux/types.h>

#include "compat.h"
#include "base/ioctl.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/guest.h"
#include "vmx/root/vmcs.h"

#include <asm/apicdef.h>
#include <asm/msr.h>

#ifndef MC_VECTOR
#define MC_VECTOR	18
#endif

/* Interruption information of an NMI. */
#define NMI_VECTOR_INFO	(2 | INTR_TYPE_NMI_INTR | INTR_INFO_VALID_MASK)

#define DR6_RESET	0xffff0ff0UL
#define DR7_RESET	0x400UL
/* Bits of the pending debug exceptions: a breakpoint that is enabled was met; a step is due. */
#define PENDING_DB_BREAKPOINT	BIT(12)
#define PENDING_DB_STEP		BIT(14)
#define PAT_RESET	0x0007040600070406ULL

/*
 * What an exit handler returns.  Negative: crash the domain with it.  Positive
 * values that leave the inner loop continue enum vmx_stay.
 */
enum vmx_next {
	VMX_RESUME = 0,		/* enter again */
	/* VMX_STAY_RESCHED, VMX_STAY_BLOCK */
	VMX_NEXT_IRQ = 16,	/* let the host's interrupts in, then go on */
	VMX_NEXT_COLD,		/* call the cold handler where it may sleep, then go on */
};

/**
 * struct vmx_exit - what to do with one exit reason
 * @handler: inner loop, interrupts off; returns enum vmx_next or -errno
 * @cold: outside of the stay, may sleep; called after @handler said
 *	VMX_NEXT_COLD; returns 0, VMX_STAY_* or -errno.  Reads the VMCS only
 *	through what vmx_cache_all() has read
 */
struct vmx_exit {
	int (*handler)(struct vcpu *v);
	int (*cold)(struct vcpu *v);
};

extern const struct vmx_exit vmx_exits[VMX_NR_EXITS];

struct guest_fault;
struct segment;

int vmx_vcpu_window(struct vcpu *v, void (*fn)(struct vcpu *v, const void *arg), const void *arg);
void vmx_cache_all(struct vcpu *v);
/* Guest TSC of this moment: host TSC scaled and offset.  Any CPU. */
u64 vmx_vcpu_guest_tsc(const struct vcpu *v);

/* mtrr.c */
void vmx_mtrr_reset(struct vcpu *v);
int vmx_mtrr_read_cap(struct vcpu *v, u32 msr, u64 *value);
int vmx_mtrr_read_def(struct vcpu *v, u32 msr, u64 *value);
int vmx_mtrr_write_def(struct vcpu *v, u32 msr, u64 value);
int vmx_mtrr_read_fixed(struct vcpu *v, u32 msr, u64 *value);
int vmx_mtrr_write_fixed(struct vcpu *v, u32 msr, u64 value);
int vmx_mtrr_read_variable(struct vcpu *v, u32 msr, u64 *value);
int vmx_mtrr_write_variable(struct vcpu *v, u32 msr, u64 value);

/* inject.c */
/* An exception at the next entry.  Own thread. */
void vmx_inject_exception(struct vcpu *v, unsigned int vector, bool has_error, u32 error);
void vmx_inject_gp(struct vcpu *v);
void vmx_inject_ud(struct vcpu *v);
void vmx_inject_fault(struct vcpu *v, const struct guest_fault *fault);
void vmx_take_vectoring_info(struct vcpu *v);
void vmx_defer_broken_off(struct vcpu *v);
void vmx_inject_events(struct vcpu *v);
void vmx_set_proc_ctl(struct vcpu *v, u32 bits, bool on);

/* cr.c */
bool vmx_cr_start_valid(struct vcpu *v, u64 cr0, u64 cr4, u64 efer);
void vmx_cr_start(struct vcpu *v, u64 cr0, u64 cr4, u64 efer);
int vmx_set_efer(struct vcpu *v, u64 efer);
int vmx_exit_cr_access(struct vcpu *v);
int vmx_exit_xsetbv(struct vcpu *v);
u64 vmx_gpr_read(struct vcpu *v, unsigned int gpr);
void vmx_gpr_write(struct vcpu *v, unsigned int gpr, u64 value);

/* debug.c */
int vmx_exit_dr_access(struct vcpu *v);
void vmx_set_dr7(struct vmx_vcpu *x, u64 value);
void vmx_dr_enter_guest(struct vmx_vcpu *x);
void vmx_dr_leave_guest(struct vmx_vcpu *x);
void vmx_reflect_debug(struct vcpu *v, u32 info);

/* exit.c */
int vmx_exit_vmcall(struct vcpu *v);
int vmx_triple_fault(struct vcpu *v);

/* state.c */
void vmx_write_segments(const struct segment *seg);

/* task_switch.c */
int vmx_exit_task_switch(struct vcpu *v);
int vmx_cold_task_switch(struct vcpu *v);

/* cpuid.c */
int vmx_exit_cpuid(struct vcpu *v);
void vmx_host_nmi(void);
u32 vmx_cpuid_signature(struct vcpu *v);
bool vmx_guest_has(const struct vcpu *v, u32 leaf, unsigned int reg, unsigned int bit);
u32 vmx_guest_cpuid(const struct vcpu *v, u32 leaf, u32 subleaf, unsigned int reg);
u64 vmx_guest_xcr0_mask(void);

/* msr.c */
void vmx_msr_init(struct vcpu *v);
void vmx_msr_start(struct vcpu *v);
int vmx_exit_rdmsr(struct vcpu *v);
int vmx_exit_wrmsr(struct vcpu *v);
int vmx_cold_wrmsr(struct vcpu *v);
void vmx_apic_mode_changed(struct vcpu *v);
void vmx_load_tsc_offset(struct vmx_vcpu *x);
void vmx_msr_enter_guest(struct vcpu *v);
void vmx_msr_leave_guest(struct vcpu *v);
void vmx_msr_check_rules(void);

/* stay_timer.c */
void vmx_stay_timer_init(struct vmx_vcpu *x);
void vmx_stay_timer_set(struct vmx_vcpu *x, u64 now, u64 until);
void vmx_stay_timer_stop(struct vmx_vcpu *x);
void vmx_stay_timer_free(struct vmx_vcpu *x);

/* fpu.c */
int vmx_fpu_host_init(void);
int vmx_fpu_alloc(struct vmx_vcpu *x);
void vmx_fpu_free(struct vmx_vcpu *x);
size_t vmx_fpu_bytes(void);
void vmx_fpu_reset(struct vmx_vcpu *x);
void vmx_fpu_get_xmm(const struct vmx_vcpu *x, unsigned int nr, u32 *words);
void vmx_fpu_set_xmm(struct vmx_vcpu *x, unsigned int nr, const u32 *words);
void vmx_fpu_enter_guest(struct vmx_vcpu *x);
void vmx_fpu_leave_guest(struct vmx_vcpu *x);

/* IA32_XSS of the host, the same on every CPU. */
extern u64 vmx_host_xss;

/*
 * A guest has no supervisor state.  Other than XCR0 this is for a window: interrupts of
 * the host may save such state (of the last branches, for perf) without the FPU's leave.
 */
static __always_inline void vmx_xss_enter_guest(void)
{
	if (unlikely(vmx_host_xss))
		wrmsrl(MSR_IA32_XSS, 0);
}

static __always_inline void vmx_xss_leave_guest(void)
{
	if (unlikely(vmx_host_xss))
		wrmsrl(MSR_IA32_XSS, vmx_host_xss);
}

/* regs.c */
int vmx_vcpu_regs(struct vcpu *v, struct xlhv_vcpu_regs *r);

/* ioctl.c */
extern const struct ioctl_op vmx_ioctls[];

/* io.c */
int vmx_exit_io(struct vcpu *v);
int vmx_cold_io(struct vcpu *v);

/* operand.c */
int vmx_segment_linear(struct vcpu *v, unsigned int which, const struct segment *seg, u64 offset,
		       unsigned int size, bool write, u64 *linear);
int vmx_operand_linear(struct vcpu *v, unsigned int which, u64 offset, unsigned int size,
		       bool write, u64 *linear);

/* mmio.c */
int vmx_mmio(struct vcpu *v, u64 gpa, bool write);

/**
 * vmx_rip_after() - where the instruction behind another one is
 * @v: own thread
 * @rip: of the first, as the guest has it
 * @length: its length, bytes
 *
 * Outside of 64-bit code, which is not only legacy mode but compatibility mode too, RIP
 * has 32 bits, and an entry with more fails.  Only a step over 4 GiB makes the difference,
 * so that CS is not read for any other.
 *
 * Return: RIP.  Source: SDM vol. 3, "Checks on Guest RIP, RFLAGS, and SSP".
 */
static __always_inline u64 vmx_rip_after(struct vcpu *v, u64 rip, u32 length)
{
	u64 next = rip + length;

	if (unlikely((rip ^ next) >> 32) && !vmx_vcpu_long_mode(v))
		next = (u32)next;
	return next;
}

/**
 * vmx_skip_bytes() - the instruction has been emulated
 * @v: own thread
 * @length: its length, bytes
 *
 * Moves RIP on, ends the shadow of STI or MOV SS, and arms the single-step trap
 * that a TF would have caused.
 */
static __always_inline void vmx_skip_bytes(struct vcpu *v, u32 length)
{
	struct vmx_vcpu *x = &v->vmx;

	x->rip = vmx_rip_after(v, vmx_vcpu_rip(v), length);
	x->dirty |= VMX_DIRTY_RIP;
	if (unlikely(vmx_vcpu_interruptibility(v) &
		     (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS))) {
		x->interruptibility &= ~(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS);
		x->dirty |= VMX_DIRTY_INTERRUPTIBILITY;
	}
	if (unlikely(vmx_vcpu_rflags(v) & X86_EFLAGS_TF))
		x->dirty |= VMX_DIRTY_STEP;
}

/* dump.c: the VMCS in full, for debugfs. */
struct seq_file;
int vmx_vcpu_dump(struct vcpu *v, struct seq_file *m);

/**
 * vmx_skip_instruction() - the instruction that caused the exit has been emulated
 * @v: own thread, in a window
 *
 * As vmx_skip_bytes(), but for handlers that are on a hot path and have changed none of
 * RIP, RFLAGS and interruptibility: the fields are read without a look at what is
 * remembered, and RIP is written at once.
 */
static __always_inline void vmx_skip_instruction(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 rip = vmcs_readl(GUEST_RIP);

	rip = vmx_rip_after(v, rip, vmcs_read32(VM_EXIT_INSTRUCTION_LEN));
	x->rip = rip;
	vmcs_writel(GUEST_RIP, rip);
	x->interruptibility = vmcs_read32(GUEST_INTERRUPTIBILITY_INFO);
	x->rflags = vmcs_readl(GUEST_RFLAGS);
	x->have |= BIT(VMX_HAVE_RIP) | BIT(VMX_HAVE_INTERRUPTIBILITY) | BIT(VMX_HAVE_RFLAGS);
	if (unlikely(x->interruptibility & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS))) {
		x->interruptibility &= ~(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS);
		x->dirty |= VMX_DIRTY_INTERRUPTIBILITY;
	}
	if (unlikely(x->rflags & X86_EFLAGS_TF))
		x->dirty |= VMX_DIRTY_STEP;
}

#endif /* XLHV_VMX_INTERNAL_H */
