/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of one vCPU, its descriptor tables, and calls into ring 3.
 *
 * Every kernel stack is STACK_SIZE bytes, aligned to that, and its lowest word
 * points to the vCPU's struct: no segment base is needed, tests may use them all.
 */
#ifndef GUEST_PERCPU_H
#define GUEST_PERCPU_H

#include "asm.h"
#include "traps.h"
#include "types.h"

struct tss64 {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, iomap;
} __packed;

struct tss32 {
	u32 link;
	u32 esp0, ss0, esp1, ss1, esp2, ss2;
	u32 cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap, iomap;
} __packed;

struct vcpu_info;
struct vcpu_time_info;

struct cpu {
	u32 id;			/* our number and Xen's vCPU id */
	u32 apic_id;
	volatile bool online;
	struct fault fault;
#ifdef __x86_64__
	struct tss64 tss __aligned(8);
#else
	struct tss32 tss __aligned(8);
#endif
	unsigned long user_sp;	/* kernel stack to return to from ring 3, 0 when not there */
	struct vcpu_info *vcpu_info;
	/* smp_call(): one slot each */
	void (*volatile fn)(void *arg);
	void *volatile arg;
};

extern struct cpu cpus[MAX_CPUS];
extern u64 gdt[GDT_BYTES / 8];

static inline struct cpu *this_cpu(void)
{
	unsigned long sp;

	__asm__ volatile("mov %%" REG_SP ", %0" : "=r"(sp));
	return *(struct cpu **)(sp & ~((unsigned long)STACK_SIZE - 1));
}

/* IST numbers (64-bit): each has a stack of its own. */
#define IST_NMI 1
#define IST_DF 2
#define IST_MC 3

void desc_init(struct cpu *cpu);	/* TSS, TR; on the CPU itself */
void gdt_load(void);			/* LGDT again, after a test spoilt it */

/**
 * gdt_spare_set - fill one of the GDT slots that tests may use
 * @n: 0..SEL_SPARES-1
 * @desc: descriptor
 * Return: its selector, RPL 0.
 */
u16 gdt_spare_set(unsigned int n, u64 desc);
/* A descriptor from its parts; @ar as in the VMCS: type S DPL P, and AVL L DB G in 15:12. */
u64 gdt_desc(u32 base, u32 limit, u16 ar);

/**
 * user_call - run a function in ring 3
 * @fn: function marked __user_text; must use no other code or data than __user_*
 * @arg: its argument
 * @f: where a fault in ring 3 is told, .vector NO_FAULT when it returned
 *
 * Ring 3 returns with USER_RETURN(value). Interrupts are as they were.
 * Return: that value, or ~0 on a fault.
 */
unsigned long user_call(void (*fn)(unsigned long arg), unsigned long arg, struct fault *f);
unsigned long user_call_flags(void (*fn)(unsigned long arg), unsigned long arg, struct fault *f,
			      unsigned long flags);
/* Ends what runs in ring 3; for trap handlers. */
void user_abort(unsigned long value) __noreturn;

#define USER_RETURN(v) __asm__ volatile("int $0x81" : : "a"((unsigned long)(v)) : "memory")

extern u8 user_stack[];		/* ring 3's stack: 4 KiB, user-mapped */
extern u8 user_stack_end[];

#endif
