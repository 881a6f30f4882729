/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions and interrupts. A fault whose address is in the exception table is
 * recorded in the CPU's struct fault and execution goes on at the fix-up; any
 * other exception that no handler takes ends the test with verdict "error".
 */
#ifndef GUEST_TRAPS_H
#define GUEST_TRAPS_H

#include "types.h"

enum {
	X86_DE, X86_DB, X86_NMI, X86_BP, X86_OF, X86_BR, X86_UD, X86_NM,
	X86_DF, X86_CSO, X86_TS, X86_NP, X86_SS, X86_GP, X86_PF, X86_SPV,
	X86_MF, X86_AC, X86_MC, X86_XM, X86_VE, X86_CP,
};

#define PFEC_P 1
#define PFEC_W 2
#define PFEC_U 4
#define PFEC_RSVD 8
#define PFEC_I 16

/* Gate numbers the library uses itself; tests are free to take any other from 0x20 up. */
#define VEC_USER_RETURN 0x81
#define VEC_IPI_CALL 0x82
#define VEC_SPURIOUS 0xff

struct cpu_regs {
#ifdef __x86_64__
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
#endif
	unsigned long di, si, bp, bx, dx, cx, ax;
	unsigned long vector, error;
	unsigned long ip, cs, flags, sp, ss;	/* 32-bit: sp and ss only from another ring */
};

#define NO_FAULT 0xffffu

struct fault {
	u32 vector;		/* NO_FAULT when nothing happened */
	u32 error;		/* error code pushed, 0 for exceptions without one */
	unsigned long ip;
	unsigned long cr2;	/* for #PF */
	unsigned long dr6;	/* for #DB; the handler sets DR6 back to its idle value */
	unsigned long flags;	/* as pushed */
	u16 cs, ss;		/* as pushed; ss only in 64-bit mode or from ring 3 */
	u32 count;		/* caught since fault_clear() */
};

#define EXTABLE(fault_ip, resume_ip)							\
	"\n.pushsection .extable, \"a\"\n" ASM_PTR " " fault_ip ", " resume_ip		\
	"\n.popsection\n"

/**
 * fault_clear() - forget this CPU's recorded fault
 * fault_last() - the last fault recorded on this CPU, .vector NO_FAULT if none
 */
void fault_clear(void);
struct fault fault_last(void);

/* "#GP(0x18)" or "none"; the text lives until four more calls. */
const char *fault_text(const struct fault *f);
const char *fault_text_of(u32 vector, u32 error);

/**
 * trap_fn - a handler for one vector
 * Return: true when it dealt with the event, false to go on with the extable.
 */
typedef bool (*trap_fn)(struct cpu_regs *regs);

/**
 * trap_handler_set - install a handler in C, for an exception or an interrupt
 * @vector: 0..255
 * @fn: handler, run with interrupts off, or NULL to remove
 *
 * Handlers of interrupts from the local APIC do their own lapic_eoi().
 * Return: the handler installed before.
 */
trap_fn trap_handler_set(unsigned int vector, trap_fn fn);

/**
 * trap_gate_set - change one IDT gate, as tests of #NP, DPL checks and IST do
 * @vector: 0..255
 * @dpl: privilege that may use it by INT n
 * @present: the P bit
 * @ist: 0 for none (64-bit only)
 */
void trap_gate_set(unsigned int vector, unsigned int dpl, bool present, unsigned int ist);

/* Sends a vector through another code segment: SEL_KCS unless a test wants a ring change. */
void trap_gate_selector(unsigned int vector, u16 sel);
/* Sends a vector to an address of the caller's, which must do all by itself and return by IRET. */
void trap_gate_address(unsigned int vector, const void *entry);
/* Sends a vector to another task (32-bit). */
void trap_gate_task(unsigned int vector, u16 tss);
/* Loads IDTR with a limit of the caller's choice; traps_load() puts it right again. */
void traps_load_limit(u16 limit);

void traps_init(void);
void traps_load(void);		/* LIDT on this CPU */
void trap_dispatch(struct cpu_regs *regs);
void regs_dump(const struct cpu_regs *regs);

#endif
