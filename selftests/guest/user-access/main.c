// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: what the hypervisor carries out for an instruction, it carries out with the rights of
 * that instruction. A program with the right to ports reads and writes its own memory by INS and
 * OUTS and no other, whatever SMAP says to the kernel; its accesses to addresses without memory
 * end like the kernel's; protection keys count; each fault has the error code and the address
 * that the CPU would give.
 *
 * Why: the exit of INS or OUTS comes before the CPU has looked at the page tables. A walk with
 * the kernel's rights gives a program the kernel's memory, to write and to print; one that the
 * kernel is not allowed and the program is leaves the program where it is for ever.
 */
#include "guest.h"

#define VA_USER		(VA_TEST + 0x10000)
#define VA_KERNEL	(VA_TEST + 0x20000)
#define VA_CODE		(VA_TEST + 0x30000)
#define VA_HOLE		(VA_TEST + 0x40000)
#define HOLE		0xfd000000UL

#define PORT		0x1234
#define PORT_LOG	0xe9
#define FL_PORTS	(FL_IOPL * 3 | 2)

/* More than the hypervisor moves at once. */
#define MANY		1000

static u8 *user_page, *kernel_page;

static __user_text void user_insb(unsigned long to)
{
	unsigned long at = to;

	__asm__ volatile("insb" : "+D"(at) : "d"(PORT) : "memory");
	USER_RETURN(at - to);
}

static __user_text void user_rep_insb(unsigned long to)
{
	unsigned long at = to, n = MANY;

	__asm__ volatile("rep insb" : "+D"(at), "+c"(n) : "d"(PORT) : "memory");
	USER_RETURN(at - to + n);
}

static __user_text void user_insl(unsigned long to)
{
	unsigned long at = to;

	__asm__ volatile("insl" : "+D"(at) : "d"(PORT) : "memory");
	USER_RETURN(at - to);
}

static __user_text void user_outsb(unsigned long from)
{
	unsigned long at = from;

	__asm__ volatile("outsb" : "+S"(at) : "d"(PORT_LOG) : "memory");
	USER_RETURN(at - from);
}

static __user_text void user_rep_outsb(unsigned long from)
{
	unsigned long at = from, n = MANY;

	__asm__ volatile("rep outsb" : "+S"(at), "+c"(n) : "d"(PORT) : "memory");
	USER_RETURN(at - from + n);
}

static __user_text void user_read(unsigned long from)
{
	u32 value;

	__asm__ volatile("movl (%1), %0" : "=r"(value) : "r"(from) : "memory");
	USER_RETURN(value);
}

static __user_text void user_write(unsigned long to)
{
	__asm__ volatile("movl $0x12345678, (%0)" : : "r"(to) : "memory");
	USER_RETURN(1);
}

static __user_text void user_increment(unsigned long to)
{
	__asm__ volatile("incl (%0)" : : "r"(to) : "memory", "cc");
	USER_RETURN(1);
}

static unsigned long program(void (*fn)(unsigned long), unsigned long arg, struct fault *f,
			     unsigned long flags)
{
#ifndef __x86_64__
	/* the argument goes onto the program's stack */
	if (read_cr4() & CR4_SMAP)
		__asm__ volatile("stac" : : : "memory", "cc");
#endif
	return user_call_flags(fn, arg, f, flags);
}

static unsigned long ports(void (*fn)(unsigned long), unsigned long arg, struct fault *f)
{
	return program(fn, arg, f, FL_PORTS);
}

static void map(u64 user_flags, u64 kernel_flags)
{
	page_set(VA_USER, (unsigned long)user_page | user_flags);
	page_set(VA_USER + PAGE_SIZE, 0);
	page_set(VA_KERNEL, (unsigned long)kernel_page | kernel_flags);
	memset(user_page, 0x5a, PAGE_SIZE);
	memset(kernel_page, 0x5a, PAGE_SIZE);
}

static void kernel_memory(void)
{
	struct fault f;

	map(PTE_P | PTE_W | PTE_U, PTE_P | PTE_W);
	ports(user_insb, VA_KERNEL + 16, &f);
	expect_trap(f, X86_PF, PFEC_P | PFEC_W | PFEC_U, "INSB to the kernel's page");
	expect_eq(f.cr2, VA_KERNEL + 16, "CR2");
	ports(user_rep_insb, VA_KERNEL + 16, &f);
	expect_trap(f, X86_PF, PFEC_P | PFEC_W | PFEC_U, "REP INSB to the kernel's page");
	expect_eq(mem_is(kernel_page, 0x5a, PAGE_SIZE), PAGE_SIZE, "the kernel's page");
	/* a newline is all that could be printed */
	memset(kernel_page, '\n', PAGE_SIZE);
	ports(user_outsb, VA_KERNEL + 32, &f);
	expect_trap(f, X86_PF, PFEC_P | PFEC_U, "OUTSB from the kernel's page");
	expect_eq(f.cr2, VA_KERNEL + 32, "CR2");
	/* from the last of its own to the kernel's */
	page_set(VA_USER + PAGE_SIZE, (unsigned long)kernel_page | PTE_P | PTE_W);
	ports(user_insl, VA_USER + PAGE_SIZE - 2, &f);
	expect_trap(f, X86_PF, PFEC_P | PFEC_W | PFEC_U, "INSL into the kernel's page");
	expect_eq(f.cr2, VA_USER + PAGE_SIZE, "CR2");
	expect_eq(mem_is(user_page, 0x5a, PAGE_SIZE), PAGE_SIZE, "the page before it");
	/* the right to, one level up */
	pte_t *up = pt_entry(VA_USER, 2), old = *up;

	if (PT_LEVELS != 3) {
		*up = old & ~(pte_t)PTE_U;
		write_cr3(read_cr3());
		ports(user_insb, VA_USER, &f);
		*up = old;
		write_cr3(read_cr3());
		expect_trap(f, X86_PF, PFEC_P | PFEC_W | PFEC_U, "INSB to a page of the kernel's");
	}
	/* and now the kernel itself, from the same places */
	__asm__ volatile("insb" : : "D"(VA_KERNEL), "d"(PORT) : "memory");
	expect_eq(kernel_page[0], 0xff, "byte of the kernel's own INSB");
	ports(user_insb, VA_KERNEL, &f);
	expect_trap(f, X86_PF, PFEC_P | PFEC_W | PFEC_U, "INSB where the kernel was before");
}

static void own_memory(void)
{
	struct fault f;

	map(PTE_P | PTE_W | PTE_U, PTE_P | PTE_W);
	expect_eq(ports(user_rep_insb, VA_USER, &f), MANY, "REP INSB");
	expect_no_trap(f, "REP INSB to its own page");
	expect_eq(mem_is(user_page, 0xff, MANY), MANY, "bytes read");
	expect_eq(ports(user_rep_outsb, VA_USER, &f), MANY, "REP OUTSB");
	expect_no_trap(f, "REP OUTSB from its own page");
	expect_eq(ports(user_insb, VA_USER + PAGE_SIZE, &f), ~0UL, "INSB to a page that is not");
	expect_trap(f, X86_PF, PFEC_W | PFEC_U, "INSB to a page that is not");
	/* the kernel's writes may pass by R/W, the program's never */
	map(PTE_P | PTE_U, PTE_P | PTE_W);
	write_cr0(read_cr0() & ~CR0_WP);
	ports(user_insb, VA_USER, &f);
	expect_trap(f, X86_PF, PFEC_P | PFEC_W | PFEC_U, "INSB to a read-only page, no CR0.WP");
	__asm__ volatile("insb" : : "D"(VA_USER), "d"(PORT) : "memory");
	expect_eq(user_page[0], 0xff, "byte of the kernel's INSB");
	ports(user_insb, VA_USER, &f);
	expect_trap(f, X86_PF, PFEC_P | PFEC_W | PFEC_U, "INSB where the kernel was before");
	write_cr0(read_cr0() | CR0_WP);
	expect_trap(expect_fault("insb", : : "D"(VA_USER), "d"(PORT) : "memory"), X86_PF,
		    PFEC_P | PFEC_W, "the kernel's INSB to a read-only page");
}

static void smap(void)
{
	struct fault f, g, h;

	skip_if(!(cpuid_checked(7, 0).ebx & BIT(20)), "no SMAP");
	map(PTE_P | PTE_W | PTE_U, PTE_P | PTE_W);
	write_cr4(read_cr4() | CR4_SMAP);
	ports(user_rep_insb, VA_USER, &f);
	ports(user_rep_outsb, VA_USER, &g);
	ports(user_insb, VA_KERNEL, &h);
	expect_no_trap(f, "a program's INS to its own page with SMAP");
	expect_no_trap(g, "a program's OUTS from its own page with SMAP");
	expect_trap(h, X86_PF, PFEC_P | PFEC_W | PFEC_U, "and to the kernel's page");
	expect_trap(expect_fault("insb", : : "D"(VA_USER), "d"(PORT) : "memory"), X86_PF,
		    PFEC_P | PFEC_W, "the kernel's INSB to a program's page");
	expect_trap(expect_fault("outsb", : : "S"(VA_USER), "d"(PORT) : "memory"), X86_PF,
		    PFEC_P, "the kernel's OUTSB from a program's page");
	user_page[0] = 0;
	__asm__ volatile("stac; insb; clac" : : "D"(VA_USER), "d"(PORT) : "memory", "cc");
	write_cr4(read_cr4() & ~CR4_SMAP);
	expect_eq(mem_is(user_page, 0xff, MANY), MANY, "bytes read, the first by the kernel");
}

static void holes(void)
{
	struct fault f;

	skip_if(mem_is_ram(HOLE, PAGE_SIZE), "memory everywhere");
	map(PTE_P | PTE_W | PTE_U, PTE_P | PTE_W);
	page_set(VA_HOLE, HOLE | PTE_P | PTE_W | PTE_U);
	page_set(VA_HOLE + PAGE_SIZE, HOLE | PTE_P | PTE_W);
	expect_eq((u32)ports(user_read, VA_HOLE, &f), 0xffffffff, "a program reads a hole");
	expect_no_trap(f, "a program reads a hole");
	expect_eq(ports(user_write, VA_HOLE, &f), 1, "a program writes to a hole");
	expect_no_trap(f, "a program writes to a hole");
	program(user_increment, VA_HOLE, &f, 2);
	expect(f.vector == NO_FAULT || (f.vector == X86_GP && !f.error), "INC of a hole gives %s",
	       fault_text(&f));
	program(user_read, VA_HOLE + PAGE_SIZE, &f, 2);
	expect_trap(f, X86_PF, PFEC_P | PFEC_U, "a program reads the kernel's hole");
	/* by string instructions as well */
	expect_eq(ports(user_rep_insb, VA_HOLE, &f), MANY, "REP INSB to a hole");
	expect_no_trap(f, "REP INSB to a hole");
	expect_eq(ports(user_rep_outsb, VA_HOLE, &f), MANY, "REP OUTSB from a hole");
	expect_no_trap(f, "REP OUTSB from a hole");
	ports(user_insb, VA_HOLE + PAGE_SIZE, &f);
	expect_trap(f, X86_PF, PFEC_P | PFEC_W | PFEC_U, "INSB to the kernel's hole");
	expect_eq(READ_ONCE(*(volatile u32 *)VA_HOLE), 0xffffffff, "the hole");
}

/* The kernel must not read or execute a program's code, and its accesses end all the same. */
static void holes_by_protected_code(void)
{
	u32 ebx = cpuid_checked(7, 0).ebx;
	unsigned long value[2];
	struct fault f[3];

	skip_if(!(ebx & BIT(20)) || !(ebx & BIT(7)), "no SMAP or no SMEP");
	skip_if(mem_is_ram(HOLE, PAGE_SIZE), "memory everywhere");
	page_set(VA_HOLE, HOLE | PTE_P | PTE_W | PTE_U);
	write_cr4(read_cr4() | CR4_SMAP | CR4_SMEP);
	value[0] = program(user_read, VA_HOLE, &f[0], 2);
	value[1] = program(user_write, VA_HOLE, &f[1], 2);
	program(user_increment, VA_HOLE, &f[2], 2);
	write_cr4(read_cr4() & ~(CR4_SMAP | CR4_SMEP));
	expect_no_trap(f[0], "a program reads a hole");
	expect_eq((u32)value[0], 0xffffffff, "what it read");
	expect_no_trap(f[1], "a program writes to a hole");
	expect_eq(value[1], 1, "the program that writes");
	expect(f[2].vector == NO_FAULT || (f[2].vector == X86_GP && !f[2].error),
	       "INC of a hole gives %s", fault_text(&f[2]));
}

static struct fault code_fault;

static bool code_is_gone(struct cpu_regs *regs)
{
	if (regs->ip < VA_CODE || regs->ip >= VA_CODE + PAGE_SIZE || code_fault.count)
		return false;
	code_fault.count++;
	code_fault.error = regs->error;
	code_fault.cr2 = read_cr2();
	code_fault.ip = regs->ip;
	page_set(VA_CODE, *pt_entry(VA_CODE, 1) | PTE_P);
	return true;
}

/*
 * The code that accesses the hole has left the page tables, and the CPU has not been told: it
 * may go on with what it remembers, and may forget it at any time.
 */
static void vanished_code(void)
{
	/* andb $~PTE_P, (di); mov (si), %eax; ret */
	static const u8 text[] = { 0x80, 0x27, 0xfe, 0x8b, 0x06, 0xc3 };
	u8 *code = page_alloc(1);
	u32 value = 0;

	skip_if(mem_is_ram(HOLE, PAGE_SIZE), "memory everywhere");
	memcpy(code, text, sizeof(text));
	page_set(VA_CODE, (unsigned long)code | PTE_P);
	memset(&code_fault, 0, sizeof(code_fault));
	trap_handler_set(X86_PF, code_is_gone);
	__asm__ volatile("call *%1" : "+a"(value)
			 : "r"(VA_CODE), "D"(pt_entry(VA_CODE, 1)), "S"(HOLE) : "memory", "cc");
	trap_handler_set(X86_PF, NULL);
	expect_eq(value, 0xffffffff, "what is read from the hole");
	if (code_fault.count) {
		expect_eq(code_fault.error & ~PFEC_I, 0, "error code of the fetch");
		expect_eq(code_fault.cr2, code_fault.ip, "CR2 of the fetch");
	}
	page_set(VA_CODE, 0);
}

static void alignment(void)
{
	struct fault f;

	map(PTE_P | PTE_W | PTE_U, PTE_P | PTE_W);
	write_cr0(read_cr0() | CR0_AM);
	program(user_insl, VA_USER + 1, &f, FL_PORTS | FL_AC);
	expect_trap(f, X86_AC, 0, "INSL to an odd address with alignment checks");
	program(user_insl, VA_USER + 4, &f, FL_PORTS | FL_AC);
	expect_no_trap(f, "INSL to an aligned address");
	program(user_insl, VA_USER + 1, &f, FL_PORTS);
	expect_no_trap(f, "INSL to an odd address without");
	write_cr0(read_cr0() & ~CR0_AM);
}

#ifdef __x86_64__

static void write_pkru(u32 value)
{
	__asm__ volatile(".byte 0x0f, 0x01, 0xef" : : "a"(value), "c"(0), "d"(0) : "memory");
}

#define KEY(n)		((u64)(n) << 59)
#define NO_ACCESS(n)	BIT(2 * (n))
#define NO_WRITE(n)	BIT(2 * (n) + 1)
#define PFEC_PK		32

static void keys(void)
{
	struct fault f, g;
	long rc;

	skip_if(!(cpuid_checked(7, 0).ecx & BIT(3)), "no protection keys");
	map(PTE_P | PTE_W | PTE_U | KEY(1), PTE_P | PTE_W);
	write_cr4(read_cr4() | CR4_PKE);
	write_pkru(NO_ACCESS(1));
	ports(user_insb, VA_USER, &f);
	expect_trap(f, X86_PF, PFEC_P | PFEC_W | PFEC_U | PFEC_PK, "INSB, no access by the key");
	ports(user_rep_outsb, VA_USER, &f);
	expect_trap(f, X86_PF, PFEC_P | PFEC_U | PFEC_PK, "OUTSB, no access by the key");
	expect_trap(expect_fault("insb", : : "D"(VA_USER), "d"(PORT) : "memory"), X86_PF,
		    PFEC_P | PFEC_W | PFEC_PK, "the kernel's INSB, no access by the key");
	rc = xen.present ? xen_version_op(1, (void *)VA_USER) : -XEN_EFAULT;
	expect_rc(rc, -XEN_EFAULT, "a hypercall's result, no access by the key");
	write_pkru(NO_WRITE(1));
	ports(user_insb, VA_USER, &f);
	ports(user_rep_outsb, VA_USER, &g);
	expect_trap(f, X86_PF, PFEC_P | PFEC_W | PFEC_U | PFEC_PK, "INSB, no write by the key");
	expect_no_trap(g, "OUTSB, no write by the key");
	write_pkru(0);
	ports(user_insb, VA_USER, &f);
	expect_no_trap(f, "INSB, all by the key");
	rc = xen.present ? xen_version_op(1, (void *)VA_USER) : 0;
	expect_rc(rc, 0, "a hypercall's result, all by the key");
	/* a key is nothing to code */
	page_set((unsigned long)user_read & PAGE_MASK,
		 ((unsigned long)user_read & PAGE_MASK) | PTE_P | PTE_U | PTE_A | KEY(1));
	page_set(VA_HOLE, HOLE | PTE_P | PTE_W | PTE_U);
	write_pkru(NO_ACCESS(1));
	rc = (u32)program(user_read, VA_HOLE, &f, 2);
	write_pkru(0);
	page_set((unsigned long)user_read & PAGE_MASK,
		 ((unsigned long)user_read & PAGE_MASK) | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D);
	expect_no_trap(f, "code with a key reads a hole");
	expect_eq(rc, 0xffffffff, "what it read");
	write_cr4(read_cr4() & ~CR4_PKE);
}

#else

static void keys(void)
{
	test_skip("4-level paging only");
}

#endif

void test_setup(void)
{
	user_page = page_alloc(1);
	kernel_page = page_alloc(1);
}

TEST_CASES = {
	{ "a program does not reach the kernel's memory", kernel_memory },
	{ "a program reaches its own", own_memory },
	{ "with SMAP", smap },
	{ "a program and a hole", holes },
	{ "a program and a hole, with SMAP and SMEP", holes_by_protected_code },
	{ "code that is gone", vanished_code },
	{ "alignment", alignment },
	{ "protection keys", keys },
	TEST_CASES_END
};
