// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a guest-physical address with neither RAM nor a device behind it reads
 * all ones and ignores writes, whatever move, arithmetic or string reaches it; it
 * is never populated, and executing from it, or an access that nobody can carry
 * out, is #GP(0), not the end of the domain.
 *
 * Why: on Xen a PVH domain without a device model sends such an access to its
 * instruction emulator, whose null device gives ones; what the emulator cannot
 * do becomes #GP(0). Kernels probe for memory and devices this way. Where our
 * decoder ends sooner than Xen's, #GP(0) is right as well: the last case accepts
 * either, but nothing else.
 */
#include "guest.h"

static volatile u8 *hole;

static void find_hole(void)
{
	/* below the local APIC, above what any memory map of ours lists */
	u64 a = 0xfd000000;

	if (!mem_is_ram(a, 0x100000))
		hole = (u8 *)(unsigned long)a;
}

static void reads(void)
{
	unsigned long v;
	u8 b;

	require(hole, "no hole in the memory map");
	expect_eq(READ_ONCE(*(volatile u8 *)hole), 0xff, "byte");
	expect_eq(READ_ONCE(*(volatile u16 *)(hole + 2)), 0xffff, "word");
	expect_eq(READ_ONCE(*(volatile u32 *)(hole + 4)), 0xffffffff, "long");
#ifdef __x86_64__
	expect_eq(READ_ONCE(*(volatile u64 *)(hole + 8)), 0xffffffffffffffffULL, "quad");
#endif
	v = 0;
	__asm__ volatile("movb (%1), %b0" : "+q"(v) : "r"(hole));
	expect_eq(v, 0xff, "register after a byte move");
	v = 0x1234 << 16;
	__asm__ volatile("movw (%1), %w0" : "+r"(v) : "r"(hole));
	expect_eq(v, 0x1234ffff, "register after a word move");
	__asm__ volatile("movzbl (%1), %k0" : "=r"(v) : "r"(hole));
	expect_eq(v, 0xff, "MOVZX");
	__asm__ volatile("movsbl (%1), %k0" : "=r"(v) : "r"(hole));
	expect_eq((u32)v, 0xffffffff, "MOVSX");
	__asm__ volatile("cmpb $0xff, (%1); sete %0" : "=q"(b) : "r"(hole) : "cc");
	expect_eq(b, 1, "CMP with memory");
	__asm__ volatile("testl $0x80, (%1); setnz %0" : "=q"(b) : "r"(hole) : "cc");
	expect_eq(b, 1, "TEST with memory");
}

static void writes(void)
{
	require(hole, "no hole in the memory map");
	WRITE_ONCE(*(volatile u32 *)hole, 0x12345678);
	expect_eq(READ_ONCE(*(volatile u32 *)hole), 0xffffffff, "long after a write");
	WRITE_ONCE(*(volatile u8 *)(hole + 5), 0);
	expect_eq(READ_ONCE(*(volatile u8 *)(hole + 5)), 0xff, "byte after a write");
	__asm__ volatile("movl $0, (%0)" : : "r"(hole) : "memory");
	expect_eq(READ_ONCE(*(volatile u32 *)hole), 0xffffffff, "long after a write of 0");
}

static bool done_or_gp(struct fault f, const char *what)
{
	expect(f.vector == NO_FAULT || (f.vector == X86_GP && !f.error), "%s gives %s", what,
	       fault_text(&f));
	return f.vector == NO_FAULT;
}

static void strings(void)
{
	u8 buf[64];
	const void *s = (const void *)hole;
	void *d = buf;
	unsigned long n = sizeof(buf);

	require(hole, "no hole in the memory map");
	memset(buf, 0, sizeof(buf));
	fault_clear();
	__asm__ volatile("1: rep movsb\n2:" EXTABLE("1b", "2b") : "+S"(s), "+D"(d), "+c"(n)
			 : : "memory");
	expect_no_trap(fault_last(), "REP MOVSB");
	expect_eq(mem_is(buf, 0xff, sizeof(buf)), sizeof(buf), "bytes from nowhere");
	expect_eq(n, 0, "RCX after it");
	expect_eq((unsigned long)s, (unsigned long)hole + 64, "RSI after it");
	/* backwards, to a hole, from memory */
	s = buf + 60;
	d = (void *)(hole + 60);
	n = 16;
	fault_clear();
	__asm__ volatile("std\n"
			 "1:	rep movsl\n"
			 "2:	cld\n" EXTABLE("1b", "2b") : "+S"(s), "+D"(d), "+c"(n)
			 : : "memory");
	expect_no_trap(fault_last(), "REP MOVSL");
	expect_eq((unsigned long)d, (unsigned long)hole - 4, "RDI after it");
	s = (void *)hole;
	fault_clear();
	__asm__ volatile("1: lodsl\n2:" EXTABLE("1b", "2b") : "+S"(s), "=a"(n) : "1"(0UL)
			 : "memory");
	expect_no_trap(fault_last(), "LODSL");
	expect_eq(n, 0xffffffff, "RAX after it");
	n = 64;
	d = (void *)hole;
	fault_clear();
	__asm__ volatile("1: rep stosb\n2:" EXTABLE("1b", "2b") : "+D"(d), "+c"(n) : "a"(0)
			 : "memory");
	expect_no_trap(fault_last(), "REP STOSB");
	expect_eq(n, 0, "RCX after REP STOSB to nowhere");
	expect_eq(READ_ONCE(*(volatile u32 *)hole), 0xffffffff, "long after it");
}

static void just_above(void)
{
#ifdef __x86_64__
	u64 end = mem_ram_end(), far, top = 1ULL << (cpuid(0x80000008, 0).eax & 0xff);
	volatile u32 *p;

	/* the first page behind the last of RAM, and the very last of the address space */
	p = phys_map(end, 0x1000);
	expect_eq(READ_ONCE(*p), 0xffffffff, "first word above RAM (%#llx)",
		  (unsigned long long)end);
	WRITE_ONCE(*p, 0);
	expect_eq(READ_ONCE(*p), 0xffffffff, "the same after a write");
	far = top - LARGE_SIZE;
	p = phys_map(far, LARGE_SIZE);
	expect_eq(READ_ONCE(*(volatile u32 *)((u8 *)p + LARGE_SIZE - 4)), 0xffffffff,
		  "last word of the address space");
#else
	test_skip("out of reach of 32-bit code");
#endif
}

static bool skip_call(struct cpu_regs *regs)
{
	struct fault *f = &this_cpu()->fault;

	if (regs->ip != (unsigned long)hole)
		return false;
	f->vector = regs->vector;
	f->error = regs->error;
#ifdef __x86_64__
	regs->ip = *(u64 *)regs->sp;
	regs->sp += 8;
#endif
	return true;
}

static void fetch(void)
{
	require(hole, "no hole in the memory map");
#ifdef __x86_64__
	trap_handler_set(X86_GP, skip_call);
	fault_clear();
	__asm__ volatile("call *%0" : : "r"(hole) : "memory");
	expect_trap(fault_last(), X86_GP, 0, "code in a hole");
	trap_handler_set(X86_GP, NULL);
#else
	(void)skip_call;
	test_skip("the 32-bit frame has no stack pointer to return with");
#endif
}

/* Arithmetic on what is not there: on ones, and the result is lost. */
static void arithmetic(void)
{
	u32 v = 0x10, old = 5;
	u8 b, carry;

	require(hole, "no hole in the memory map");
	expect_no_trap(expect_fault("lock; incl (%0)", : : "r"(hole) : "memory", "cc"), "LOCK INC");
	__asm__ volatile("addl (%2), %0; setc %1" : "+r"(v), "=q"(carry) : "r"(hole) : "cc");
	expect_eq(v, 0xf, "sum");
	expect_eq(carry, 1, "carry");
	__asm__ volatile("lock; xaddl %0, (%1)" : "+r"(v) : "r"(hole) : "memory", "cc");
	expect_eq(v, 0xffffffff, "register after XADD");
	__asm__ volatile("lock; cmpxchgl %3, (%2); sete %1" : "+a"(old), "=q"(b)
			 : "r"(hole), "r"(7) : "memory", "cc");
	expect_eq(b, 0, "CMPXCHG with another value");
	expect_eq(old, 0xffffffff, "EAX after it");
	__asm__ volatile("lock; btrl $3, (%1); setc %0" : "=q"(b) : "r"(hole) : "memory", "cc");
	expect_eq(b, 1, "bit of a hole");
	__asm__ volatile("negl (%1); sbbl $5, (%1); notl (%1); decb (%1); sets %0" : "=q"(b)
			 : "r"(hole) : "memory", "cc");
	expect_eq(b, 1, "sign after DEC");
	expect_eq(READ_ONCE(*(volatile u32 *)hole), 0xffffffff, "long after all that");
}

/* Operands that no simple decoder handles: either done right or #GP(0). */
static void difficult(void)
{
	struct fault f;

	require(hole, "no hole in the memory map");
	f = expect_fault("push (%0); pop %1", : : "r"(hole), "r"(0L) : "memory");
	done_or_gp(f, "PUSH");
	f = expect_fault("lgdt (%0)", : : "r"(hole) : "memory");
	gdt_load();
	done_or_gp(f, "LGDT");
	expect_eq(READ_ONCE(*(volatile u32 *)hole), 0xffffffff, "long after all that");
}

#if HAVE_PAGING
static void page_table(void)
{
	unsigned long va = VA_TEST + 0x2000000;
	struct fault f;
	pte_t *e, old;
	u32 v;

	require(hole, "no hole in the memory map");
	/* a page table in a hole: its entries read as all ones, which has reserved bits set */
	pt_entry(va, 1);
	e = pt_entry(va, 2);
	old = *e;
	*e = (unsigned long)hole | PTE_P | PTE_W | PTE_A;
	write_cr3(read_cr3());
	f = probe_read32((void *)va, &v);
	expect(f.vector == X86_GP || (f.vector == X86_PF && (f.error & PFEC_P)) ||
	       (f.vector == NO_FAULT &&
		v == 0xffffffff), "walk through a hole gives %s", fault_text(&f));
	*e = old;
	write_cr3(read_cr3());
}
#else
static void page_table(void)
{
	test_skip("no paging in this environment");
}
#endif

void test_setup(void)
{
	find_hole();
}

TEST_CASES = {
	{ "reads give ones", reads },
	{ "writes are ignored", writes },
	{ "just above RAM and at the end", just_above },
	{ "string instructions", strings },
	{ "execution", fetch },
	{ "arithmetic", arithmetic },
	{ "difficult operands", difficult },
	{ "page table in a hole", page_table },
	TEST_CASES_END
};
