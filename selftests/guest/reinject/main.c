// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: an exception, interrupt, NMI or software interrupt whose delivery is
 * cut short because the stack page has no memory behind it yet is delivered
 * once that page is there: exactly once, with the right error code and IP.
 *
 * Why: with population on first touch, pushing the frame can be the first touch.
 * The hypervisor then has to deliver the very same event again.
 */
#include "guest.h"

#ifdef __x86_64__

#define FRESH_IST 4

static volatile u32 seen, seen_vector, seen_error;
static volatile u64 seen_ip;

/* Runs on the fresh stack: the library finds its CPU through the stack's base. */
static bool on_event(struct cpu_regs *regs)
{
	seen++;
	seen_vector = regs->vector;
	seen_error = regs->error;
	seen_ip = regs->ip;
	if (regs->vector >= 0x20 && regs->vector != 0x90)
		lapic_eoi();
	return true;
}

/*
 * A stack that crosses into a 2 MiB range nobody touched: base in one large
 * page, top in the next.
 */
static void split_stack(void)
{
	struct cpu *cpu = this_cpu();
	unsigned long big = page_alloc_untouched(1024, LARGE_SIZE);
	unsigned long va = VA_TEST + 0x40000000, base = big, top = big + LARGE_SIZE;
	unsigned int i;

	/* four pages of stack at one place: the lowest from the first 2 MiB, the rest fresh */
	for (i = 0; i < STACK_SIZE / PAGE_SIZE; i++)
		page_map(va + i * PAGE_SIZE, i ? top + i * PAGE_SIZE : base,
			 PTE_P | PTE_W | PTE_A | PTE_D);
	*(struct cpu **)va = cpu;
	cpu->tss.ist[FRESH_IST - 1] = va + STACK_SIZE;
	seen = 0;
}

static void use_vector(unsigned int vector, unsigned int ist)
{
	trap_handler_set(vector, ist == FRESH_IST ? on_event : NULL);
	trap_gate_set(vector, 0, true, ist);
}

#define CHECK_EVENT(vec, err, what)							\
	do {										\
		expect_eq(seen, 1, what ": times delivered");				\
		expect_eq(seen_vector, vec, what ": vector");				\
		expect_eq(seen_error, err, what ": error code");			\
	} while (0)

static bool gp_fix(struct cpu_regs *regs)
{
	regs->cx = 0;
	return on_event(regs);
}

static void exception(void)
{
	extern char gp_insn[];

	trap_handler_set(X86_GP, gp_fix);
	trap_gate_set(X86_GP, 0, true, FRESH_IST);
	split_stack();
	__asm__ volatile("mov %0, %%ecx\ngp_insn: mov %%ecx, %%fs" : : "r"(0xfff8)
			 : "ecx", "memory");
	use_vector(X86_GP, 0);
	CHECK_EVENT(X86_GP, 0xfff8, "#GP");
	expect_eq(seen_ip, (u64)gp_insn, "saved IP");
}

static bool pf_fix(struct cpu_regs *regs)
{
	seen_ip = read_cr2();
	regs->cx = (u64)&seen;
	seen++;
	seen_vector = regs->vector;
	seen_error = regs->error;
	return true;
}

static void page_fault(void)
{
	u64 bad = VA_TEST + 0x7654321000;

	trap_handler_set(X86_PF, pf_fix);
	trap_gate_set(X86_PF, 0, true, FRESH_IST);
	split_stack();
	__asm__ volatile("mov %0, %%rcx; movl (%%rcx), %%eax" : : "r"(bad) : "rax", "rcx",
			 "memory");
	use_vector(X86_PF, 0);
	CHECK_EVENT(X86_PF, 0, "#PF");
	expect_eq(seen_ip, bad, "CR2");
}

static void software_int(void)
{
	extern char int_after[], bp_after[];

	use_vector(0x90, FRESH_IST);
	split_stack();
	__asm__ volatile("int $0x90\nint_after:" : : : "memory");
	use_vector(0x90, 0);
	CHECK_EVENT(0x90, 0, "INT n");
	expect_eq(seen_ip, (u64)int_after, "IP saved by INT n");

	use_vector(X86_BP, FRESH_IST);
	split_stack();
	__asm__ volatile("int3\nbp_after:" : : : "memory");
	use_vector(X86_BP, 0);
	CHECK_EVENT(X86_BP, 0, "INT3");
	expect_eq(seen_ip, (u64)bp_after, "IP saved by INT3");
	trap_gate_set(X86_BP, 3, true, 0);
}

/*
 * A run of its own: an emulator that delivers virtual interrupts itself may tell
 * of an older event when the delivery is cut short.
 */
static void external(void)
{
	skip_if(!opt_u64("external", 0), "has a run of its own");
	use_vector(0x61, FRESH_IST);
	split_stack();
	lapic_self_ipi(0x61);
	irq_window();
	irq_window();
	use_vector(0x61, 0);
	CHECK_EVENT(0x61, 0, "interrupt");
}

static void nmi(void)
{
	trap_handler_set(X86_NMI, on_event);
	trap_gate_set(X86_NMI, 0, true, FRESH_IST);
	split_stack();
	lapic_icr(ICR_NMI | ICR_ASSERT, lapic_id());
	wait_for(seen, 10000);
	CHECK_EVENT(X86_NMI, 0, "NMI");
	/* and it is not blocked for good */
	seen = 0;
	lapic_icr(ICR_NMI | ICR_ASSERT, lapic_id());
	wait_for(seen, 10000);
	CHECK_EVENT(X86_NMI, 0, "second NMI");
	trap_handler_set(X86_NMI, NULL);
	trap_gate_set(X86_NMI, 0, true, IST_NMI);
}

/* The IDT's own page can be a first touch too, in principle; and so can the GDT's. */
static void descriptor_pages(void)
{
	unsigned long big = page_alloc_untouched(1024, LARGE_SIZE);
	struct {
		u16 limit;
		u64 base;
	} __packed gdtr = { GDT_BYTES - 1, VA_TEST + 0x50000000 };

	/* first half of the GDT here, the rest of its page range never written */
	page_map(gdtr.base, big, PTE_P | PTE_W | PTE_A | PTE_D);
	page_map(gdtr.base + PAGE_SIZE, big + LARGE_SIZE, PTE_P | PTE_W | PTE_A | PTE_D);
	memcpy((void *)gdtr.base, gdt, GDT_BYTES < PAGE_SIZE ? GDT_BYTES : PAGE_SIZE);
	gdtr.limit = 2 * PAGE_SIZE - 1;
	__asm__ volatile("lgdt %0" : : "m"(gdtr));
	/* a selector in the untouched page: its descriptor is zero, so #GP, not a crash */
	expect_trap(probe_load_fs(PAGE_SIZE + 8), X86_GP, PAGE_SIZE + 8,
		    "descriptor on a fresh page");
	gdtr.limit = GDT_BYTES - 1;
	gdtr.base = (u64)gdt;
	__asm__ volatile("lgdt %0" : : "m"(gdtr));
}

TEST_CASES = {
	{ "exception with error code", exception },
	{ "page fault", page_fault },
	{ "software interrupts", software_int },
	{ "external interrupt", external },
	{ "NMI", nmi },
	{ "descriptor table on a fresh page", descriptor_pages },
	TEST_CASES_END
};

#else
#error "needs the interrupt stack table of 64-bit mode"
#endif
