/* SPDX-License-Identifier: GPL-2.0-only */
/* A hardware task switch as a computation on registers and memory; task.c. */
#ifndef XLHV_VMX_GUEST_TASK_H
#define XLHV_VMX_GUEST_TASK_H

#include <linux/types.h>

#include "vmx/guest/segment.h"

#define TASK_NO_FAULT	0xff

/* What asks for the switch, as in the exit qualification. */
enum task_by { TASK_CALL, TASK_IRET, TASK_JMP, TASK_GATE };

/* Whose rights an access has. */
enum task_access {
	TASK_READ,		/* the CPU's own, whatever the CPL */
	TASK_WRITE,
	TASK_PUSH,		/* of the new task, on its stack */
};

/**
 * struct task_fault - an exception
 * @vector: TASK_NO_FAULT for none; all that there can be have an error code
 * @error: that
 * @cr2: address of a page fault
 */
struct task_fault {
	u8 vector;
	u32 error;
	u32 cr2;
};

struct task_cpu;

/**
 * struct task_memory - how memory is reached
 * @access: all of it or nothing.  0; -EFAULT with the fault; -ENOMEM: try again
 * @switched: the rights and the address space are those of @cpu from now on
 * @ctx: for both
 */
struct task_memory {
	int (*access)(void *ctx, u32 linear, void *buffer, size_t len, enum task_access how,
		      struct task_fault *fault);
	void (*switched)(void *ctx, const struct task_cpu *cpu);
	void *ctx;
};

/**
 * struct task_cpu - the registers that a task has
 * @seg: as the VMCS has them; @seg[SEG_SS]'s DPL is the CPL
 * @gdt_base: of the GDT
 * @gdt_limit: of it
 * @gpr: EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI
 * @eip: when it goes on
 * @eflags: when it goes on
 * @cr3: page tables
 * @paging: CR0.PG
 * @debug_trap: the T bit of the task that was switched to: #DB before its first instruction
 */
struct task_cpu {
	struct segment seg[NR_SEGS];
	u32 gdt_base, gdt_limit;
	u32 gpr[8];
	u32 eip, eflags, cr3;
	bool paging;
	bool debug_trap;
};

/**
 * struct task_event - why
 * @by: what asks for it
 * @selector: of the TSS
 * @external: a task gate that an interrupt, an NMI or an exception went through, not INT
 * @has_error: and it pushes an error code
 * @error: that
 */
struct task_event {
	enum task_by by;
	u16 selector;
	bool external;
	bool has_error;
	u32 error;
};

int task_switch(struct task_cpu *cpu, const struct task_memory *m, const struct task_event *e,
		struct task_fault *fault);

#endif /* XLHV_VMX_GUEST_TASK_H */
