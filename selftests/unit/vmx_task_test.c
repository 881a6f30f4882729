// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware task switches on a machine that is an array: what is saved and loaded, which faults
 * there are, in which task, and that a switch which failed for want of memory can be made again.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include <string.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "unit.h"
#include "vmx/guest/task.h"

#define SIZE	0x10000

/* Where things are; the numbers of descriptors are selectors. */
#define GDT	0x1000
#define LDT	0x2000
#define OLD	0x3000
#define NEW	0x4000
#define STACK	0x6000

#define SEL_CODE	0x08
#define SEL_DATA	0x10
#define SEL_CODE3	0x1b
#define SEL_DATA3	0x23
#define SEL_OLD		0x28
#define SEL_NEW		0x30
#define SEL_LDT		0x38
#define SEL_ODD		0x40
#define GDT_LIMIT	0x47

/* Offsets in a TSS of 32 bits, and of 16. */
enum {
	T_LINK = 0, T_CR3 = 28, T_EIP = 32, T_EFLAGS = 36, T_EAX = 40, T_ESP = 56, T_ES = 72,
	T_CS = 76, T_SS = 80, T_DS = 84, T_FS = 88, T_GS = 92, T_LDT = 96, T_TRAP = 100,
	S_IP = 14, S_FLAGS = 16, S_AX = 18, S_SP = 26, S_ES = 34, S_CS = 36, S_SS = 38, S_DS = 40,
	S_LDT = 42,
};

static u8 ram[SIZE];
static struct task_cpu cpu;
static struct task_event event;
static struct task_fault fault;
static u32 absent = ~0U;		/* a byte that has a page fault */
static int fail_at = -1, accesses;	/* the access that has no memory */
static enum task_access pushed;
static u32 cr3_at_push;

static int memory(void *ctx, u32 linear, void *buffer, size_t len, enum task_access how,
		  struct task_fault *f)
{
	(void)ctx;
	if (accesses++ == fail_at)
		return -ENOMEM;
	if (linear > SIZE - len || (absent >= linear && absent - linear < len)) {
		*f = (struct task_fault){ X86_TRAP_PF, how == TASK_READ ? 0 : 2, linear };
		return -EFAULT;
	}
	if (how == TASK_PUSH) {
		pushed = how;
		cr3_at_push = cpu.cr3;
	}
	if (how == TASK_READ)
		memcpy(buffer, ram + linear, len);
	else
		memcpy(ram + linear, buffer, len);
	return 0;
}

static void switched(void *ctx, const struct task_cpu *c)
{
	(void)ctx;
	EXPECT_PTR_EQ(c, &cpu);
}

static const struct task_memory mem = { .access = memory, .switched = switched };

static void put16(u32 at, u16 value)
{
	memcpy(ram + at, &value, 2);
}

static void put32(u32 at, u32 value)
{
	memcpy(ram + at, &value, 4);
}

static u16 get16(u32 at)
{
	u16 value;

	memcpy(&value, ram + at, 2);
	return value;
}

static u32 get32(u32 at)
{
	u32 value;

	memcpy(&value, ram + at, 4);
	return value;
}

/* @ar: type, S, DPL, P, then AVL, L, D/B, G from bit 12 on */
static void descriptor(u32 table, u16 selector, u32 base, u32 limit, u16 ar)
{
	u32 at = table + (selector & ~7);

	put32(at, (limit & 0xffff) | base << 16);
	put32(at + 4, (base >> 16 & 0xff) | ar << 8 | (limit & 0xf0000) | (base & 0xff000000));
}

static u8 type_of(u16 selector)
{
	return ram[GDT + (selector & ~7) + 5];
}

/* Two tasks of 32 bits, in the kernel; the new one uses @size bits. */
static void machine(unsigned int size)
{
	static const u16 data[] = { SEL_DATA, SEL_CODE, SEL_DATA, SEL_DATA, 0, SEL_DATA };
	unsigned int i;

	memset(ram, 0, sizeof(ram));
	memset(&cpu, 0, sizeof(cpu));
	memset(&fault, 0, sizeof(fault));
	absent = ~0U;
	fail_at = -1;
	accesses = 0;
	descriptor(GDT, SEL_CODE, 0, 0xfffff, 0xc09a);
	descriptor(GDT, SEL_DATA, 0, 0xfffff, 0xc092);
	descriptor(GDT, SEL_CODE3, 0, 0xfffff, 0xc0fa);
	descriptor(GDT, SEL_DATA3, 0, 0xfffff, 0xc0f2);
	descriptor(GDT, SEL_OLD, OLD, 103, 0x8b);
	descriptor(GDT, SEL_NEW, NEW, size == 32 ? 103 : 43, size == 32 ? 0x89 : 0x81);
	descriptor(GDT, SEL_LDT, LDT, 15, 0x82);
	cpu.gdt_base = GDT;
	cpu.gdt_limit = GDT_LIMIT;
	for (i = SEG_ES; i <= SEG_GS; i++)
		cpu.seg[i] = (struct segment){ data[i], AR_DATA32, ~0U, 0 };
	cpu.seg[SEG_CS].ar = AR_CODE32;
	cpu.seg[SEG_LDTR].ar = AR_UNUSABLE;
	cpu.seg[SEG_TR] = (struct segment){ SEL_OLD, AR_TSS32, 103, OLD };
	for (i = 0; i < 8; i++)
		cpu.gpr[i] = 0xa0000000 + i;
	cpu.eip = 0x1234;
	cpu.eflags = 0x246;
	cpu.cr3 = 0x111000;
	if (size == 32) {
		put32(NEW + T_CR3, 0x222000);
		put32(NEW + T_EIP, 0x5678);
		put32(NEW + T_EFLAGS, 0xffc08000 | X86_EFLAGS_IF);
		for (i = 0; i < 8; i++)
			put32(NEW + T_EAX + 4 * i, 0xb0000000 + i);
		put32(NEW + T_ESP, STACK);
		for (i = SEG_ES; i <= SEG_GS; i++)
			put32(NEW + T_ES + 4 * i, data[i]);
	} else {
		put16(NEW + S_IP, 0x5678);
		put16(NEW + S_FLAGS, X86_EFLAGS_IF);
		for (i = 0; i < 8; i++)
			put16(NEW + S_AX + 2 * i, 0xb000 + i);
		put16(NEW + S_SP, STACK);
		for (i = SEG_ES; i <= SEG_DS; i++)
			put16(NEW + S_ES + 2 * i, data[i]);
	}
	event = (struct task_event){ .by = TASK_CALL, .selector = SEL_NEW };
}

static int go(enum task_by by)
{
	event.by = by;
	return task_switch(&cpu, &mem, &event, &fault);
}

/* A switch that is made and whose new task begins with a fault. */
#define EXPECT_AFTER(vec, err)						\
	do {								\
		EXPECT_EQ(go(event.by), 0);				\
		EXPECT_EQ(fault.vector, vec);				\
		EXPECT_EQ(fault.error, err);				\
		EXPECT_EQ(cpu.seg[SEG_TR].selector, SEL_NEW);		\
	} while (0)

/* One that is not. */
#define EXPECT_BEFORE(vec, err)						\
	do {								\
		EXPECT_EQ(go(event.by), -EFAULT);			\
		EXPECT_EQ(fault.vector, vec);				\
		EXPECT_EQ(fault.error, err);				\
		EXPECT_EQ(cpu.seg[SEG_TR].selector, SEL_OLD);		\
		EXPECT_EQ(cpu.eip, 0x1234U);				\
	} while (0)

static void expect_new_task(void)
{
	unsigned int i;

	EXPECT_EQ(fault.vector, TASK_NO_FAULT);
	EXPECT_EQ(cpu.eip, 0x5678U);
	for (i = 0; i < 8; i++)
		if (i != 4)
			EXPECT_EQ(cpu.gpr[i], 0xb0000000 + i);
	EXPECT_EQ(cpu.gpr[4], STACK);
	EXPECT_EQ(cpu.seg[SEG_CS].selector, SEL_CODE);
	EXPECT_EQ(cpu.seg[SEG_CS].ar, (u32)AR_CODE32);
	EXPECT_EQ(cpu.seg[SEG_CS].limit, ~0U);
	EXPECT_EQ(cpu.seg[SEG_SS].ar, (u32)AR_DATA32);
	EXPECT_EQ(cpu.seg[SEG_FS].ar, (u32)AR_UNUSABLE);
	EXPECT_EQ(cpu.seg[SEG_GS].ar, (u32)AR_DATA32);
	EXPECT_EQ(cpu.seg[SEG_LDTR].ar, (u32)AR_UNUSABLE);
	EXPECT_EQ(cpu.seg[SEG_TR].selector, SEL_NEW);
	EXPECT_EQ(cpu.seg[SEG_TR].ar, (u32)AR_TSS32);
	EXPECT_EQ(cpu.seg[SEG_TR].base, (u64)NEW);
	EXPECT_EQ(cpu.seg[SEG_TR].limit, 103U);
	EXPECT_EQ(type_of(SEL_CODE), 0x9b);	/* accessed */
	EXPECT_EQ(type_of(SEL_DATA), 0x93);
	EXPECT_EQ(type_of(SEL_NEW), 0x8b);
}

static void expect_saved(u32 eflags)
{
	unsigned int i;

	EXPECT_EQ(get32(OLD + T_EIP), 0x1234U);
	EXPECT_EQ(get32(OLD + T_EFLAGS), eflags);
	for (i = 0; i < 8; i++)
		EXPECT_EQ(get32(OLD + T_EAX + 4 * i), 0xa0000000 + i);
	EXPECT_EQ(get32(OLD + T_CS), SEL_CODE);
	EXPECT_EQ(get32(OLD + T_SS), SEL_DATA);
	EXPECT_EQ(get32(OLD + T_FS), 0U);
	/* What a switch does not save. */
	EXPECT_EQ(get32(OLD + T_CR3), 0U);
	EXPECT_EQ(get32(OLD + T_LDT), 0U);
}

TEST(call)
{
	machine(32);
	ASSERT_EQ(go(TASK_CALL), 0);
	expect_new_task();
	expect_saved(0x246);
	EXPECT_EQ(get16(NEW + T_LINK), SEL_OLD);
	EXPECT_EQ(type_of(SEL_OLD), 0x8b);
	/* Nested, and nothing that an entry would refuse. */
	EXPECT_EQ(cpu.eflags, (u32)X86_EFLAGS_NT | X86_EFLAGS_IF | 2);
	EXPECT_FALSE(cpu.debug_trap);
}

TEST(jmp)
{
	machine(32);
	put16(NEW + T_LINK, 0xabcd);
	put16(NEW + T_TRAP, 1);
	put32(NEW + T_EFLAGS, 0);
	ASSERT_EQ(go(TASK_JMP), 0);
	expect_new_task();
	expect_saved(0x246);
	EXPECT_EQ(get16(NEW + T_LINK), 0xabcd);
	EXPECT_EQ(type_of(SEL_OLD), 0x89);
	EXPECT_EQ(cpu.eflags, 2U);
	EXPECT_TRUE(cpu.debug_trap);
}

TEST(iret)
{
	machine(32);
	descriptor(GDT, SEL_NEW, NEW, 103, 0x8b);
	cpu.eflags |= X86_EFLAGS_NT;
	put32(NEW + T_EFLAGS, X86_EFLAGS_NT);
	ASSERT_EQ(go(TASK_IRET), 0);
	expect_new_task();
	expect_saved(0x246);
	EXPECT_EQ(type_of(SEL_OLD), 0x89);
	EXPECT_EQ(cpu.eflags, (u32)X86_EFLAGS_NT | 2);
}

TEST(gate_with_an_error_code)
{
	machine(32);
	event.external = true;
	event.has_error = true;
	event.error = 0x5a5a;
	cpu.paging = true;
	ASSERT_EQ(go(TASK_GATE), 0);
	EXPECT_EQ(fault.vector, TASK_NO_FAULT);
	EXPECT_EQ(cpu.gpr[4], STACK - 4U);
	EXPECT_EQ(get32(STACK - 4), 0x5a5aU);
	EXPECT_EQ(get16(NEW + T_LINK), SEL_OLD);
	EXPECT_TRUE(cpu.eflags & X86_EFLAGS_NT);
	/* On the new stack, by the new page tables. */
	EXPECT_EQ(pushed, TASK_PUSH);
	EXPECT_EQ(cr3_at_push, 0x222000U);
}

TEST(page_tables_stay_without_paging)
{
	machine(32);
	ASSERT_EQ(go(TASK_CALL), 0);
	EXPECT_EQ(cpu.cr3, 0x111000U);
	machine(16);
	cpu.paging = true;
	ASSERT_EQ(go(TASK_CALL), 0);
	EXPECT_EQ(cpu.cr3, 0x111000U);
}

TEST(to_16_bits_and_back)
{
	unsigned int i;

	machine(16);
	event.has_error = true;
	event.error = 0x77;
	ASSERT_EQ(go(TASK_GATE), 0);
	EXPECT_EQ(fault.vector, TASK_NO_FAULT);
	EXPECT_EQ(cpu.eip, 0x5678U);
	EXPECT_EQ(cpu.gpr[0], 0xb000U);
	EXPECT_EQ(cpu.gpr[4], STACK - 2U);
	EXPECT_EQ(get16(STACK - 2), 0x77);
	EXPECT_EQ(cpu.eflags, (u32)X86_EFLAGS_IF | X86_EFLAGS_NT | 2);
	EXPECT_EQ(cpu.seg[SEG_FS].ar, (u32)AR_UNUSABLE);
	EXPECT_EQ(cpu.seg[SEG_GS].selector, 0);
	EXPECT_EQ(type_of(SEL_NEW), 0x83);
	EXPECT_EQ(cpu.seg[SEG_TR].ar, 0x83U);
	expect_saved(0x246);

	/* And back: 16 bits of each are saved, and no more than its TSS has. */
	event = (struct task_event){ .selector = SEL_OLD };
	put16(NEW + S_LDT, 0xeeee);
	cpu.eip = 0x11119999;
	ASSERT_EQ(go(TASK_IRET), 0);
	EXPECT_EQ(fault.vector, TASK_NO_FAULT);
	EXPECT_EQ(get16(NEW + S_IP), 0x9999);
	EXPECT_EQ(get16(NEW + S_FLAGS), X86_EFLAGS_IF | 2);
	EXPECT_EQ(get16(NEW + S_CS), SEL_CODE);
	EXPECT_EQ(get16(NEW + S_LDT), 0xeeee);
	EXPECT_EQ(cpu.eip, 0x1234U);
	for (i = 0; i < 8; i++)
		EXPECT_EQ(cpu.gpr[i], 0xa0000000 + i);
	EXPECT_EQ(type_of(SEL_NEW), 0x81);
	EXPECT_EQ(type_of(SEL_OLD), 0x8b);
}

TEST(to_user_mode_and_ldt)
{
	machine(32);
	descriptor(LDT, 0, 0x100, 0xfff, 0x40fa);
	descriptor(LDT, 8, 0, 0xfffff, 0xc0f2);
	put32(NEW + T_LDT, SEL_LDT);
	put32(NEW + T_EIP, 0xfff);
	put32(NEW + T_CS, 0x07);	/* of the LDT, RPL 3 */
	put32(NEW + T_SS, 0x0f);
	put32(NEW + T_DS, SEL_DATA3);
	put32(NEW + T_ES, 0x0f);
	put32(NEW + T_GS, 0x03);	/* null with an RPL */
	ASSERT_EQ(go(TASK_JMP), 0);
	EXPECT_EQ(fault.vector, TASK_NO_FAULT);
	EXPECT_EQ(cpu.seg[SEG_LDTR].selector, SEL_LDT);
	EXPECT_EQ(cpu.seg[SEG_LDTR].base, (u64)LDT);
	EXPECT_EQ(cpu.seg[SEG_CS].base, 0x100U);
	EXPECT_EQ(cpu.seg[SEG_CS].limit, 0xfffU);
	EXPECT_EQ(AR_DPL(cpu.seg[SEG_SS].ar), 3U);
	EXPECT_EQ(cpu.seg[SEG_DS].ar, 0xc0f3U);
	EXPECT_EQ(cpu.seg[SEG_GS].ar, (u32)AR_UNUSABLE);
	EXPECT_EQ(cpu.seg[SEG_GS].selector, 3);
}

TEST(to_virtual_8086_mode)
{
	machine(32);
	put32(NEW + T_EFLAGS, X86_EFLAGS_VM | X86_EFLAGS_IF);
	put32(NEW + T_CS, 0x1234);
	put32(NEW + T_FS, 0xffff);
	ASSERT_EQ(go(TASK_JMP), 0);
	EXPECT_EQ(fault.vector, TASK_NO_FAULT);
	EXPECT_EQ(cpu.eflags, (u32)X86_EFLAGS_VM | X86_EFLAGS_IF | 2);
	EXPECT_EQ(cpu.seg[SEG_CS].selector, 0x1234);
	EXPECT_EQ(cpu.seg[SEG_CS].base, 0x12340U);
	EXPECT_EQ(cpu.seg[SEG_FS].base, 0xffff0U);
	EXPECT_EQ(cpu.seg[SEG_SS].ar, 0xf3U);
	EXPECT_EQ(cpu.seg[SEG_SS].limit, 0xffffU);
}

/* The CPU has looked, but another vCPU may have changed it since. */
TEST(a_tss_that_is_none)
{
	static const u8 types[] = { 0x80, 0x82, 0x83, 0x8b, 0x8c, 0x8f, 0x91, 0x99 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		machine(32);
		unit_context("type %#x", types[i]);
		ram[GDT + SEL_NEW + 5] = types[i];
		EXPECT_BEFORE(X86_TRAP_GP, SEL_NEW);
	}
	machine(32);
	event.by = TASK_IRET;		/* the one that it returns to is busy */
	EXPECT_BEFORE(X86_TRAP_TS, SEL_NEW);
	machine(32);
	ram[GDT + SEL_NEW + 5] = 0x09;
	event.by = TASK_GATE;
	event.external = true;
	EXPECT_BEFORE(X86_TRAP_NP, SEL_NEW | 1);
	machine(32);
	descriptor(GDT, SEL_NEW, NEW, 102, 0x89);
	EXPECT_BEFORE(X86_TRAP_TS, SEL_NEW);
	machine(16);
	descriptor(GDT, SEL_NEW, NEW, 42, 0x81);
	EXPECT_BEFORE(X86_TRAP_TS, SEL_NEW);
	machine(32);
	event.selector = SEL_NEW | 4;
	EXPECT_BEFORE(X86_TRAP_GP, SEL_NEW | 4);
	machine(32);
	event.selector = 3;
	EXPECT_BEFORE(X86_TRAP_GP, 0U);
	machine(32);
	cpu.gdt_limit = SEL_NEW + 6;
	EXPECT_BEFORE(X86_TRAP_GP, SEL_NEW);
	machine(32);
	cpu.seg[SEG_TR].limit = 102;
	EXPECT_BEFORE(X86_TRAP_TS, SEL_OLD);
}

TEST(page_faults_before_the_switch)
{
	static const u32 places[] = {
		GDT + SEL_NEW, GDT + SEL_NEW + 7, NEW, NEW + 103, OLD + T_EIP, OLD + T_GS,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		machine(32);
		unit_context("%#x", places[i]);
		absent = places[i];
		EXPECT_EQ(go(TASK_JMP), -EFAULT);
		EXPECT_EQ(fault.vector, X86_TRAP_PF);
		EXPECT_EQ(cpu.seg[SEG_TR].selector, SEL_OLD);
		EXPECT_EQ(type_of(SEL_NEW), 0x89);
		EXPECT_EQ(type_of(SEL_OLD), 0x8b);
	}
}

/* What each register of the new task may not have. */
TEST(faults_of_the_new_task)
{
	static const struct {
		u32 at;
		u16 selector;
		u16 ar;			/* of SEL_ODD's descriptor */
		u8 vector;
	} bad[] = {
		{ T_LDT, SEL_ODD, 0xc092, X86_TRAP_TS },
		{ T_LDT, SEL_ODD, 0x02, X86_TRAP_TS },
		{ T_LDT, SEL_ODD | 4, 0x82, X86_TRAP_TS },
		{ T_LDT, SEL_ODD + 8, 0x82, X86_TRAP_TS },
		{ T_CS, 0, 0, X86_TRAP_TS },
		{ T_CS, SEL_ODD, 0xc092, X86_TRAP_TS },		/* data */
		{ T_CS, SEL_ODD, 0x8b, X86_TRAP_TS },		/* a system descriptor */
		{ T_CS, SEL_ODD, 0xc0fa, X86_TRAP_TS },		/* DPL 3, RPL 0 */
		{ T_CS, SEL_ODD | 3, 0xc09a, X86_TRAP_TS },
		{ T_CS, SEL_ODD, 0xc0fe, X86_TRAP_TS },		/* conforming, DPL 3 */
		{ T_CS, SEL_ODD, 0xc01a, X86_TRAP_NP },
		{ T_CS, SEL_ODD + 8, 0xc09a, X86_TRAP_TS },
		{ T_CS, SEL_ODD | 4, 0xc09a, X86_TRAP_TS },	/* there is no LDT */
		{ T_SS, 0, 0, X86_TRAP_TS },
		{ T_SS, SEL_ODD, 0xc09a, X86_TRAP_TS },
		{ T_SS, SEL_ODD, 0xc090, X86_TRAP_TS },		/* read-only */
		{ T_SS, SEL_ODD, 0xc012, X86_TRAP_SS },
		{ T_SS, SEL_ODD, 0xc0f2, X86_TRAP_TS },
		{ T_SS, SEL_ODD | 1, 0xc092, X86_TRAP_TS },
		{ T_DS, SEL_ODD, 0xc098, X86_TRAP_TS },		/* code that is not readable */
		{ T_ES, SEL_ODD, 0x82, X86_TRAP_TS },
		{ T_FS, SEL_ODD, 0xc012, X86_TRAP_NP },
		{ T_GS, SEL_ODD | 1, 0xc092, X86_TRAP_TS },	/* RPL 1, DPL 0 */
		{ T_GS, SEL_ODD + 8, 0xc092, X86_TRAP_TS },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		machine(32);
		unit_context("%u: offset %u, selector %#x, rights %#x", i, bad[i].at,
			     bad[i].selector, bad[i].ar);
		descriptor(GDT, SEL_ODD, 0, 0xfffff, bad[i].ar);
		put32(NEW + bad[i].at, bad[i].selector);
		event.by = i % 2 ? TASK_CALL : TASK_GATE;
		event.external = event.by == TASK_GATE;
		EXPECT_AFTER(bad[i].vector, (bad[i].selector & 0xfffcU) | event.external);
		EXPECT_EQ(type_of(SEL_NEW), 0x8b);
		expect_saved(0x246);
		/* The CPU takes what is there: privileges agree, and what was not loaded is out. */
		EXPECT_EQ(AR_DPL(cpu.seg[SEG_CS].ar), AR_DPL(cpu.seg[SEG_SS].ar));
		EXPECT_FALSE(cpu.seg[SEG_CS].ar & AR_UNUSABLE);
		if (bad[i].at != T_LDT)
			EXPECT_TRUE(bad[i].at == T_CS ||
				    cpu.seg[(bad[i].at - T_ES) / 4].ar & AR_UNUSABLE);
		if (bad[i].at == T_CS || bad[i].at == T_SS || bad[i].at == T_LDT)
			EXPECT_EQ(AR_DPL(cpu.seg[SEG_SS].ar) << 4 | (cpu.seg[SEG_CS].selector & 3),
				  0x33U);
	}
}

TEST(more_faults_of_the_new_task)
{
	machine(32);
	absent = GDT + SEL_CODE + 3;
	EXPECT_AFTER(X86_TRAP_PF, 0U);
	machine(32);
	descriptor(GDT, SEL_ODD, 0, 0x5677, 0x409a);
	put32(NEW + T_CS, SEL_ODD);
	EXPECT_AFTER(X86_TRAP_GP, 0U);	/* EIP beyond the limit */
	machine(32);
	event.by = TASK_GATE;
	event.has_error = true;
	put32(NEW + T_ESP, 2);
	EXPECT_AFTER(X86_TRAP_SS, 0U);	/* wraps around */
	EXPECT_EQ(cpu.gpr[4], 2U);
	machine(32);
	event.by = TASK_GATE;
	event.has_error = true;
	absent = STACK - 1;
	EXPECT_AFTER(X86_TRAP_PF, 2U);
	EXPECT_EQ(cpu.gpr[4], (u32)STACK);
	machine(32);
	event.by = TASK_GATE;
	event.has_error = true;
	descriptor(GDT, SEL_ODD, 0, STACK - 1, 0x4096);	/* expand-down */
	put32(NEW + T_SS, SEL_ODD);
	EXPECT_AFTER(X86_TRAP_SS, 0U);
	machine(32);
	event.by = TASK_GATE;
	event.has_error = true;
	descriptor(GDT, SEL_ODD, 0, STACK - 5, 0x4096);
	put32(NEW + T_SS, SEL_ODD);
	EXPECT_AFTER(TASK_NO_FAULT, fault.error);
	EXPECT_EQ(cpu.gpr[4], STACK - 4U);
}

/* A descriptor that may be read but not marked. */
TEST(conforming_and_readable_code_is_data)
{
	machine(32);
	descriptor(GDT, SEL_ODD, 0, 0xfffff, 0xc09e);	/* conforming, DPL 0 */
	put32(NEW + T_DS, SEL_ODD | 3);
	put32(NEW + T_ES, SEL_CODE);
	ASSERT_EQ(go(TASK_JMP), 0);
	EXPECT_EQ(fault.vector, TASK_NO_FAULT);
	EXPECT_EQ(cpu.seg[SEG_DS].ar, 0xc09fU);
	EXPECT_EQ(cpu.seg[SEG_ES].ar, 0xc09bU);
}

/* The vCPU's first TSS is in no table. */
TEST(from_a_tss_without_descriptor)
{
	machine(32);
	cpu.seg[SEG_TR].selector = 0;
	ASSERT_EQ(go(TASK_JMP), 0);
	expect_new_task();
	EXPECT_EQ(get32(GDT + 4), 0U);
	machine(32);
	cpu.seg[SEG_TR].selector = 0xff8;
	ASSERT_EQ(go(TASK_JMP), 0);
	expect_new_task();
}

/* Each access fails once for want of memory: then the same switch is made again, and is whole. */
TEST(again_when_there_is_memory)
{
	static const enum task_by ways[] = { TASK_CALL, TASK_IRET, TASK_JMP, TASK_GATE };
	unsigned int way, retries = 0;
	int at, err;

	for (way = 0; way < ARRAY_SIZE(ways); way++) {
		for (at = 0; ; at++) {
			machine(32);
			unit_context("way %u, access %d", way, at);
			if (ways[way] == TASK_IRET)
				descriptor(GDT, SEL_NEW, NEW, 103, 0x8b);
			if (ways[way] == TASK_GATE) {
				event.has_error = true;
				event.error = 0x99;
			}
			fail_at = at;
			err = go(ways[way]);
			if (accesses <= at)
				break;		/* nothing failed */
			if (err == -ENOMEM) {
				EXPECT_EQ(cpu.seg[SEG_TR].selector, SEL_OLD);
				retries++;
				ASSERT_EQ(go(ways[way]), 0);
			} else if (err == -EIO) {
				/* Too late: descriptors and the stack. */
				EXPECT_EQ(cpu.seg[SEG_TR].selector, SEL_NEW);
				continue;
			}
			EXPECT_EQ(fault.vector, TASK_NO_FAULT);
			expect_saved(0x246);
			EXPECT_EQ(type_of(SEL_NEW), 0x8b);
			EXPECT_EQ(type_of(SEL_OLD), ways[way] == TASK_JMP ||
				  ways[way] == TASK_IRET ? 0x89 : 0x8b);
			EXPECT_EQ(cpu.eip, 0x5678U);
		}
		EXPECT_GT(at, 5);
	}
	EXPECT_GE(retries, 16U);
}
