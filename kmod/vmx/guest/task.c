// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hardware task switch (SDM vol. 3, "Task Management").  Knows no vCPU: task_switch.c has what
 * leads here and back.
 *
 * The CPU has checked the descriptor of the new TSS before it left the guest, but its memory
 * may have changed since, so it is checked here again.  All that can fail is read first, and what
 * is written up to the commit, the busy bit of the new TSS, can be written again: who is short of
 * memory begins anew.  What is wrong after it is a fault of the new task.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "vmx/guest/task.h"

/* Types of system descriptors. */
#define TYPE_LDT	2
#define TYPE_BUSY	BIT(1)		/* of a TSS */
#define TYPE_TSS16	1
#define TYPE_TSS32	9

#define AR_PRESENT	BIT(7)
#define AR_NO_SYSTEM	BIT(4)		/* S */
#define AR_GRANULAR	BIT(15)
#define AR_CONFORMING	BIT(2)		/* of a type: of code */
#define AR_EXPAND_DOWN	BIT(2)		/* of a type: of data */
#define AR_ACCESSED	BIT(0)		/* of a type */
#define AR_V86		0xf3

#define EFLAGS_LOADED	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF |	\
			 X86_EFLAGS_SF | X86_EFLAGS_TF | X86_EFLAGS_IF | X86_EFLAGS_DF |	\
			 X86_EFLAGS_OF | X86_EFLAGS_IOPL | X86_EFLAGS_NT | X86_EFLAGS_RF |	\
			 X86_EFLAGS_VM | X86_EFLAGS_AC | X86_EFLAGS_VIF | X86_EFLAGS_VIP |	\
			 X86_EFLAGS_ID)

enum { ESP = 4 };

/* TSS of 32 bits; each selector has 16 bits more, which are reserved. */
struct tss32 {
	u32 link;
	u32 stack[6];
	u32 cr3;
	u32 eip;
	u32 eflags;
	u32 gpr[8];
	u32 sel[6];		/* in the order of enum SEG_* */
	u32 ldt;
	u16 trap;
	u16 io_map;
};

/* TSS of 16 bits. */
struct tss16 {
	u16 link;
	u16 stack[6];
	u16 ip;
	u16 flags;
	u16 gpr[8];
	u16 sel[4];
	u16 ldt;
};

#define TSS32_FROM	offsetof(struct tss32, eip)
#define TSS32_TO	offsetof(struct tss32, ldt)
#define TSS16_FROM	offsetof(struct tss16, ip)
#define TSS16_TO	offsetof(struct tss16, ldt)

static_assert(sizeof(struct tss32) == 104 && TSS32_FROM == 32 && TSS32_TO == 96);
static_assert(sizeof(struct tss16) == 44 && TSS16_FROM == 14 && TSS16_TO == 42);

/* One switch under way. */
struct task {
	struct task_cpu *cpu;
	const struct task_memory *m;
	const struct task_event *e;
	struct task_fault *fault;
};

static int raise(const struct task *t, u8 vector, u16 selector)
{
	t->fault->vector = vector;
	t->fault->error = (selector & 0xfffc) | t->e->external;
	return -EFAULT;
}

static int access(const struct task *t, u32 linear, void *buffer, size_t len, enum task_access how)
{
	return t->m->access(t->m->ctx, linear, buffer, len, how, t->fault);
}

static bool is_null(u16 selector)
{
	return !(selector & 0xfffc);
}

static bool is_tss32(const struct segment *tr)
{
	return AR_TYPE(tr->ar) & 8;
}

/* Where the descriptor of a selector is.  -EINVAL: not in its table. */
static int find_descriptor(const struct task *t, u16 selector, u32 *linear)
{
	const struct segment *ldt = &t->cpu->seg[SEG_LDTR];
	bool local = selector & 4;
	u32 at = selector & 0xfff8;

	if (local && ldt->ar & AR_UNUSABLE)
		return -EINVAL;
	if (at + 7 > (local ? ldt->limit : t->cpu->gdt_limit))
		return -EINVAL;
	*linear = (local ? ldt->base : t->cpu->gdt_base) + at;
	return 0;
}

/* @linear: receives where it is.  0; -EINVAL: not in its table; as access(). */
static int read_descriptor(const struct task *t, u16 selector, struct segment *seg, u32 *linear)
{
	u32 word[2];
	int err = find_descriptor(t, selector, linear);

	if (err)
		return err;
	err = access(t, *linear, word, sizeof(word), TASK_READ);
	if (err)
		return err;
	seg->selector = selector;
	seg->base = word[0] >> 16 | (word[1] & 0xff) << 16 | (word[1] & 0xff000000);
	seg->ar = word[1] >> 8 & 0xf0ff;
	seg->limit = (word[0] & 0xffff) | (word[1] & 0xf0000);
	if (seg->ar & AR_GRANULAR)
		seg->limit = seg->limit << 12 | 0xfff;
	return 0;
}

/* The type is in the sixth byte of a descriptor: the only one that a switch changes. */
static int write_type(const struct task *t, u32 linear, u32 ar)
{
	u8 byte = ar;

	return access(t, linear + 5, &byte, sizeof(byte), TASK_WRITE);
}

/* The descriptor of the new TSS, with the checks that the CPU has made already. */
static int read_tss_descriptor(const struct task *t, struct segment *tr, u32 *linear)
{
	bool back = t->e->by == TASK_IRET;
	u16 selector = t->e->selector;
	u8 wrong = back ? X86_TRAP_TS : X86_TRAP_GP;
	u32 type;
	int err;

	if (is_null(selector) || selector & 4)
		return raise(t, wrong, selector);
	err = read_descriptor(t, selector, tr, linear);
	if (err)
		return err == -EINVAL ? raise(t, wrong, selector) : err;
	type = AR_TYPE(tr->ar);
	if (tr->ar & AR_NO_SYSTEM || !(type & TYPE_BUSY) != !back ||
	    ((type & ~TYPE_BUSY) != TYPE_TSS16 && (type & ~TYPE_BUSY) != TYPE_TSS32))
		return raise(t, wrong, selector);
	if (!(tr->ar & AR_PRESENT))
		return raise(t, X86_TRAP_NP, selector);
	if (tr->limit < (is_tss32(tr) ? sizeof(struct tss32) : sizeof(struct tss16)) - 1)
		return raise(t, X86_TRAP_TS, selector);
	return 0;
}

/* What the new task has in its TSS, in the form of the larger one. */
static int read_tss(const struct task *t, const struct segment *tr, struct tss32 *tss)
{
	struct tss16 small;
	unsigned int i;
	int err;

	if (is_tss32(tr))
		return access(t, tr->base, tss, sizeof(*tss), TASK_READ);
	err = access(t, tr->base, &small, sizeof(small), TASK_READ);
	if (err)
		return err;
	/* FS and GS are null, and the page tables stay. */
	memset(tss, 0, sizeof(*tss));
	tss->cr3 = t->cpu->cr3;
	tss->eip = small.ip;
	tss->eflags = small.flags;
	for (i = 0; i < ARRAY_SIZE(small.gpr); i++)
		tss->gpr[i] = small.gpr[i];
	for (i = 0; i < ARRAY_SIZE(small.sel); i++)
		tss->sel[i] = small.sel[i];
	tss->ldt = small.ldt;
	return 0;
}

/* The part of the old TSS that changes. */
static int save_old(const struct task *t)
{
	const struct task_cpu *cpu = t->cpu;
	const struct segment *tr = &cpu->seg[SEG_TR];
	/* A task that returns is nested no more. */
	u32 eflags = t->e->by == TASK_IRET ? cpu->eflags & ~X86_EFLAGS_NT : cpu->eflags;
	struct tss32 tss = { .eip = cpu->eip, .eflags = eflags };
	struct tss16 small = { .ip = cpu->eip, .flags = eflags };
	unsigned int i;

	if (tr->limit < (is_tss32(tr) ? sizeof(tss) : sizeof(small)) - 1)
		return raise(t, X86_TRAP_TS, tr->selector);
	for (i = 0; i < ARRAY_SIZE(tss.gpr); i++) {
		tss.gpr[i] = cpu->gpr[i];
		small.gpr[i] = cpu->gpr[i];
	}
	for (i = 0; i < ARRAY_SIZE(tss.sel); i++)
		tss.sel[i] = cpu->seg[i].selector;
	for (i = 0; i < ARRAY_SIZE(small.sel); i++)
		small.sel[i] = cpu->seg[i].selector;
	if (is_tss32(tr))
		return access(t, tr->base + TSS32_FROM, (void *)&tss + TSS32_FROM,
			      TSS32_TO - TSS32_FROM, TASK_WRITE);
	return access(t, tr->base + TSS16_FROM, (void *)&small + TSS16_FROM,
		      TSS16_TO - TSS16_FROM, TASK_WRITE);
}

/* The task that is left by JMP or IRET can be entered again. */
static int old_not_busy(const struct task *t)
{
	const struct segment *tr = &t->cpu->seg[SEG_TR];
	u32 linear;

	/* A vCPU begins with a TSS that is in no table. */
	if (is_null(tr->selector) || find_descriptor(t, tr->selector, &linear))
		return 0;
	return write_type(t, linear, tr->ar & ~TYPE_BUSY);
}

static void unusable(struct segment *seg, u16 selector)
{
	*seg = (struct segment){ .selector = selector, .ar = AR_UNUSABLE };
}

static int load_ldt(const struct task *t, u16 selector)
{
	struct segment seg;
	u32 linear;
	int err;

	if (is_null(selector))
		return 0;
	if (selector & 4)
		return raise(t, X86_TRAP_TS, selector);
	err = read_descriptor(t, selector, &seg, &linear);
	if (err)
		return err == -EINVAL ? raise(t, X86_TRAP_TS, selector) : err;
	if (seg.ar & AR_NO_SYSTEM || AR_TYPE(seg.ar) != TYPE_LDT || !(seg.ar & AR_PRESENT))
		return raise(t, X86_TRAP_TS, selector);
	t->cpu->seg[SEG_LDTR] = seg;
	return 0;
}

static bool is_code(u32 ar)
{
	return AR_TYPE(ar) & AR_CODE;
}

static bool is_conforming(u32 ar)
{
	return is_code(ar) && AR_TYPE(ar) & AR_CONFORMING;
}

/* May a register have it, as far as its rights go?  0 or the fault. */
static int check_rights(const struct task *t, unsigned int which, const struct segment *seg,
			unsigned int cpl)
{
	unsigned int rpl = seg->selector & 3, dpl = AR_DPL(seg->ar);
	u32 ar = seg->ar;

	if (!(ar & AR_NO_SYSTEM))
		return raise(t, X86_TRAP_TS, seg->selector);
	switch (which) {
	case SEG_CS:
		if (!is_code(ar) || (is_conforming(ar) ? dpl > rpl : dpl != rpl))
			return raise(t, X86_TRAP_TS, seg->selector);
		break;
	case SEG_SS:
		if (is_code(ar) || !(AR_TYPE(ar) & AR_RW))
			return raise(t, X86_TRAP_TS, seg->selector);
		if (!(ar & AR_PRESENT))
			return raise(t, X86_TRAP_SS, seg->selector);
		if (dpl != cpl || rpl != cpl)
			return raise(t, X86_TRAP_TS, seg->selector);
		break;
	default:
		if (is_code(ar) && !(AR_TYPE(ar) & AR_RW))
			return raise(t, X86_TRAP_TS, seg->selector);
		if (!is_conforming(ar) && dpl < max(cpl, rpl))
			return raise(t, X86_TRAP_TS, seg->selector);
	}
	return ar & AR_PRESENT ? 0 : raise(t, X86_TRAP_NP, seg->selector);
}

static int load_segment(const struct task *t, unsigned int which, u16 selector, unsigned int cpl,
			struct segment *to)
{
	struct segment seg;
	u32 linear;
	int err;

	if (is_null(selector))
		return which == SEG_CS || which == SEG_SS ? raise(t, X86_TRAP_TS, selector) : 0;
	err = read_descriptor(t, selector, &seg, &linear);
	if (err)
		return err == -EINVAL ? raise(t, X86_TRAP_TS, selector) : err;
	err = check_rights(t, which, &seg, cpl);
	if (err)
		return err;
	if (!(AR_TYPE(seg.ar) & AR_ACCESSED)) {
		seg.ar |= AR_ACCESSED;
		err = write_type(t, linear, seg.ar);
		/* Where it was read there is memory no more: nobody will miss the bit. */
		if (err && err != -ENOMEM)
			return err;
	}
	*to = seg;
	return 0;
}

static void load_v86_segment(struct segment *seg, u16 selector)
{
	*seg = (struct segment){
		.selector = selector, .ar = AR_V86, .limit = 0xffff, .base = (u32)selector << 4,
	};
}

/*
 * The segment registers of the new task.  Those that are not loaded yet when one has a fault are
 * unusable.  Without both code and stack the task is at privilege level 3, so that the handler of
 * the fault has the stack which the TSS names for its level; the selector says so, too, by which
 * a handler knows where it comes from.
 */
static int load_segments(const struct task *t, const struct tss32 *tss)
{
	static const u8 data[] = { SEG_ES, SEG_DS, SEG_FS, SEG_GS };
	struct segment *seg = t->cpu->seg, cs, ss;
	unsigned int i, cpl = tss->sel[SEG_CS] & 3;
	int err;

	for (i = SEG_ES; i <= SEG_GS; i++)
		unusable(&seg[i], tss->sel[i]);
	seg[SEG_SS].ar |= 3 << 5;
	seg[SEG_CS] = (struct segment){
		.selector = tss->sel[SEG_CS] | 3, .ar = AR_CODE32 | 3 << 5, .limit = U32_MAX,
	};
	unusable(&seg[SEG_LDTR], tss->ldt);
	err = load_ldt(t, tss->ldt);
	if (err)
		return err;
	if (t->cpu->eflags & X86_EFLAGS_VM) {
		for (i = SEG_ES; i <= SEG_GS; i++)
			load_v86_segment(&seg[i], tss->sel[i]);
		return 0;
	}
	err = load_segment(t, SEG_CS, tss->sel[SEG_CS], cpl, &cs) ?:
	      load_segment(t, SEG_SS, tss->sel[SEG_SS], cpl, &ss);
	if (err)
		return err;
	seg[SEG_CS] = cs;
	seg[SEG_SS] = ss;
	for (i = 0; i < ARRAY_SIZE(data) && !err; i++)
		err = load_segment(t, data[i], tss->sel[data[i]], cpl, &seg[data[i]]);
	return err;
}

/* May @size bytes of the stack be at @offset? */
static bool on_stack(const struct segment *ss, u32 offset, unsigned int size)
{
	u32 last = offset + size - 1;

	if (last < offset)
		return false;
	if (AR_TYPE(ss->ar) & AR_EXPAND_DOWN)
		return offset > ss->limit && last <= (ss->ar & AR_BIG ? U32_MAX : 0xffff);
	return last <= ss->limit;
}

/* The error code of the exception that went through a task gate, on the new task's stack. */
static int push_error(const struct task *t)
{
	struct task_cpu *cpu = t->cpu;
	const struct segment *ss = &cpu->seg[SEG_SS];
	unsigned int size = is_tss32(&cpu->seg[SEG_TR]) ? 4 : 2;
	u32 mask = ss->ar & AR_BIG ? U32_MAX : 0xffff;
	u32 sp = (cpu->gpr[ESP] - size) & mask, error = t->e->error;
	int err;

	if (!on_stack(ss, sp, size))
		return raise(t, X86_TRAP_SS, 0);
	err = access(t, ss->base + sp, &error, size, TASK_PUSH);
	if (!err)
		cpu->gpr[ESP] = (cpu->gpr[ESP] & ~mask) | sp;
	return err;
}

static void load_registers(const struct task *t, const struct segment *tr, const struct tss32 *tss)
{
	struct task_cpu *cpu = t->cpu;

	cpu->seg[SEG_TR] = *tr;
	cpu->seg[SEG_TR].selector = t->e->selector & ~3;
	cpu->seg[SEG_TR].ar |= TYPE_BUSY;
	memcpy(cpu->gpr, tss->gpr, sizeof(cpu->gpr));
	cpu->eip = tss->eip;
	cpu->eflags = (tss->eflags & EFLAGS_LOADED) | X86_EFLAGS_FIXED;
	/* It is nested in the one that called it. */
	if (t->e->by == TASK_CALL || t->e->by == TASK_GATE)
		cpu->eflags |= X86_EFLAGS_NT;
	if (cpu->paging)
		cpu->cr3 = tss->cr3;
	cpu->debug_trap = tss->trap & 1;
}

/* What is wrong from here on is a fault of the new task. */
static int finish(const struct task *t, const struct tss32 *tss)
{
	int err = load_segments(t, tss);

	t->m->switched(t->m->ctx, t->cpu);
	if (err)
		return err;
	if (t->e->has_error)
		err = push_error(t);
	if (!err && t->cpu->eip > t->cpu->seg[SEG_CS].limit)
		err = raise(t, X86_TRAP_GP, 0);
	return err;
}

/**
 * task_switch() - leave one task for another
 * @cpu: registers of the old one, with EIP behind the instruction, if one asks for the switch;
 *	if it comes about, those of the new one
 * @m: memory
 * @e: what asks for it
 * @fault: an exception that comes of it
 *
 * Return: 0: there is a new task, which begins with @fault if that is one; -EFAULT: the old one
 * has @fault; -ENOMEM: nothing that counts has changed, try again; -EIO: no memory for the stack
 * of the new task, when it is too late for that.
 */
int task_switch(struct task_cpu *cpu, const struct task_memory *m, const struct task_event *e,
		struct task_fault *fault)
{
	const struct task t = { .cpu = cpu, .m = m, .e = e, .fault = fault };
	struct segment tr;
	struct tss32 tss;
	u16 link;
	u32 at;
	int err;

	fault->vector = TASK_NO_FAULT;
	err = read_tss_descriptor(&t, &tr, &at) ?: read_tss(&t, &tr, &tss) ?: save_old(&t);
	if (err)
		return err;
	if (e->by == TASK_JMP || e->by == TASK_IRET) {
		err = old_not_busy(&t);
	} else {
		link = cpu->seg[SEG_TR].selector;
		err = access(&t, tr.base, &link, sizeof(link), TASK_WRITE);
	}
	if (!err && e->by != TASK_IRET)
		err = write_type(&t, at, tr.ar | TYPE_BUSY);
	if (err)
		return err;
	load_registers(&t, &tr, &tss);
	m->switched(m->ctx, cpu);
	return finish(&t, &tss) == -ENOMEM ? -EIO : 0;
}
