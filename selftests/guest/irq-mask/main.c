// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: interrupts that arrive while the guest has them masked wait, none is
 * lost, none comes early, and when the guest opens they come by priority. The
 * one-instruction shadows of STI and MOV SS hold, also when the instruction in
 * the shadow is one the hypervisor executes for the guest.
 *
 * Why: this is the textbook sequence "cli … several interrupts arrive … sti",
 * and the rules of blocking are easy to get wrong after an emulated instruction.
 */
#include "guest.h"

static volatile u8 order[64];
static volatile unsigned int taken;
static volatile unsigned long taken_ip[64];

static bool on_irq(struct cpu_regs *regs)
{
	unsigned int n = taken;

	if (n < ARRAY_SIZE(order)) {
		order[n] = regs->vector;
		taken_ip[n] = regs->ip;
	}
	taken = n + 1;
	lapic_eoi();
	return true;
}

static void start(void)
{
	static const u8 vectors[] = { 0x31, 0x3f, 0x52, 0x53, 0x73, 0xef };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++)
		trap_handler_set(vectors[i], on_irq);
	taken = 0;
}

static void check_order(const u8 *want, unsigned int n, const char *what)
{
	unsigned int i;

	expect_eq(taken, n, "%s: interrupts taken", what);
	for (i = 0; i < n && i < taken; i++)
		expect_eq(order[i], want[i], "%s: interrupt %u", what, i);
}

static void buffered(void)
{
	static const u8 want[] = { 0x73, 0x53, 0x52, 0x31 };

	start();
	lapic_self_ipi(0x31);
	lapic_self_ipi(0x53);
	lapic_self_ipi(0x73);
	lapic_self_ipi(0x52);
	lapic_self_ipi(0x53);	/* a second one of the same vector merges with the first */
	/* whatever runs meanwhile, exits and waits included, must not let them in */
	cpuid(0, 0);
	udelay(500);
	outb(0x80, 0);
	if (xen.present)
		xen_version_op(0, NULL);
	expect_eq(taken, 0, "interrupts taken while masked");
	expect(lapic_bit(APIC_IRR, 0x31) && lapic_bit(APIC_IRR, 0x52) &&
	       lapic_bit(APIC_IRR, 0x53) && lapic_bit(APIC_IRR, 0x73), "not all wait in the IRR");
	irq_window();
	check_order(want, 4, "after sti");
	expect(!lapic_bit(APIC_IRR, 0x31) && !lapic_bit(APIC_ISR, 0x31), "something left behind");
	taken = 0;
	irq_window();
	expect_eq(taken, 0, "interrupts in a second window");
}

static void many_rounds(void)
{
	unsigned int i;

	start();
	for (i = 0; i < 200; i++) {
		taken = 0;
		lapic_self_ipi(i & 1 ? 0x31 : 0xef);
		lapic_self_ipi(0x52);
		irq_window();
		if (!expect_eq(taken, 2, "interrupts of round %u", i) ||
		    !expect_eq(order[0], i & 1 ? 0x52 : 0xef, "first of round %u", i))
			return;
	}
}

static bool nest_handler(struct cpu_regs *regs)
{
	order[taken++] = regs->vector;
	expect(lapic_bit(APIC_ISR, 0x31), "ISR bit of the interrupt in service");
	expect_eq(lapic_read(APIC_PPR), 0x30, "processor priority in service");
	lapic_self_ipi(0x3f);
	lapic_self_ipi(0x73);
	irq_window();
	expect_eq(taken, 2, "interrupts inside the handler");
	lapic_eoi();
	return true;
}

static void nesting(void)
{
	static const u8 want[] = { 0x31, 0x73, 0x3f };

	/* in the handler of 0x31 a 0x73 nests, a 0x3f of the same class waits for the EOI */
	start();
	trap_handler_set(0x31, nest_handler);
	lapic_self_ipi(0x31);
	irq_window();
	irq_window();
	check_order(want, 3, "nested");
}

/* Runs a sequence with one interrupt pending; tells how many came and where. */
#define WITH_PENDING(insns, ...)							\
	({										\
		start();								\
		lapic_self_ipi(0x52);							\
		__asm__ volatile(insns __VA_ARGS__);					\
	})

static void sti_shadow(void)
{
	extern char sti_nop[], sti_cpuid[], sti_out[], sti_call[], popf_at[];
	u32 a, b, c, d;
	long rc = __HYPERVISOR_xen_version;

	WITH_PENDING("sti; cli", : : : "memory");
	expect_eq(taken, 0, "interrupts between STI and CLI");
	irq_window();
	expect_eq(taken, 1, "the interrupt is still there");

	WITH_PENDING("sti; nop\nsti_nop: cli", : : : "memory");
	expect_eq(taken, 1, "interrupts with STI, NOP, CLI");
	expect_eq(taken_ip[0], (unsigned long)sti_nop, "IP: after the NOP");

	WITH_PENDING("sti; cpuid\nsti_cpuid: cli", : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
		     : "a"(0), "c"(0) : "memory");
	expect_eq(taken, 1, "interrupts with STI, CPUID, CLI");
	expect_eq(taken_ip[0], (unsigned long)sti_cpuid, "IP: after the CPUID");

	WITH_PENDING("sti; outb %%al, $0x80\nsti_out: cli", : : "a"(0) : "memory");
	expect_eq(taken, 1, "interrupts with STI, OUT, CLI");
	expect_eq(taken_ip[0], (unsigned long)sti_out, "IP: after the OUT");

	if (xen.present) {
#ifdef __x86_64__
		WITH_PENDING("sti; vmcall\nsti_call: cli", : "+a"(rc) : "D"(0), "S"(0) : "memory");
#else
		WITH_PENDING("sti; vmcall\nsti_call: cli", : "+a"(rc) : "b"(0), "c"(0) : "memory");
#endif
		expect_eq(taken, 1, "interrupts with STI, VMCALL, CLI");
		expect_eq(taken_ip[0], (unsigned long)sti_call, "IP: after the VMCALL");
		expect_eq(rc >> 16, 4, "the hypercall's answer");
	}

	/* a second STI with interrupts open casts no shadow, POPF never does */
	WITH_PENDING("pushf; orl $0x200, (%%" REG_SP "); popf\npopf_at: cli", : : : "memory", "cc");
	expect_eq(taken, 1, "interrupts with POPF, CLI");
	expect_eq(taken_ip[0], (unsigned long)popf_at, "IP: after the POPF");
}

/*
 * STI followed by MOV SS: only the first of two such instructions is sure to
 * hold interrupts back, so the interrupt comes before or after the one behind
 * MOV SS; but once, and at neither place does anything break.
 */
static void mov_ss_shadow(void)
{
	extern char ss_first_early[], ss_first[], ss_second_early[], ss_second[];
	u32 a, b, c, d;

	start();
	lapic_self_ipi(0x52);
	__asm__ volatile("mov %%ss, %%esi; sti; mov %%esi, %%ss\nss_first_early: nop\nss_first: nop; cli"
			 : : : "esi", "memory");
	expect_eq(taken, 1, "interrupts with STI, MOV SS, NOP");
	expect(taken_ip[0] == (unsigned long)ss_first ||
	       taken_ip[0] == (unsigned long)ss_first_early,
	       "IP %#lx is neither before nor after the NOP", taken_ip[0]);

	start();
	lapic_self_ipi(0x52);
	__asm__ volatile("mov %%ss, %%esi; sti; mov %%esi, %%ss\nss_second_early: cpuid\n"
			 "ss_second: nop; cli" : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
			 : "a"(0), "c"(0) : "esi", "memory");
	expect_eq(taken, 1, "interrupts with STI, MOV SS, CPUID");
	expect(taken_ip[0] == (unsigned long)ss_second ||
	       taken_ip[0] == (unsigned long)ss_second_early,
	       "IP %#lx is neither before nor after the CPUID", taken_ip[0]);
}

static void string_op(void)
{
	u8 *buf = page_alloc(64);
	size_t i;
	void *d = buf;
	size_t n = 64 * PAGE_SIZE;

	/* a timer interrupt in the middle of REP STOS: nothing skipped, nothing twice */
	start();
	trap_handler_set(0xef, on_irq);
	lapic_write(APIC_TDCR, 0xb);
	lapic_write(APIC_LVT_TIMER, 0xef | LVT_PERIODIC);
	lapic_write(APIC_TMICT, 2000);
	for (i = 0; i < 10; i++) {
		d = buf;
		n = 64 * PAGE_SIZE;
		__asm__ volatile("sti; rep stosb; cli" : "+D"(d), "+c"(n) : "a"(i + 1) : "memory");
		expect_eq((unsigned long)d, (unsigned long)buf + 64 * PAGE_SIZE, "RDI at the end");
		expect_eq(n, 0, "RCX at the end");
		expect_eq(mem_is(buf, i + 1, 64 * PAGE_SIZE), 64 * PAGE_SIZE, "bytes filled");
	}
	lapic_write(APIC_TMICT, 0);
	lapic_write(APIC_LVT_TIMER, LVT_MASKED);
	irq_window();
}

TEST_CASES = {
	{ "masked interrupts are buffered and come by priority", buffered },
	{ "many rounds", many_rounds },
	{ "nesting and the in-service class", nesting },
	{ "shadow of STI", sti_shadow },
	{ "shadow of MOV SS", mov_ss_shadow },
	{ "interrupted string instructions", string_op },
	TEST_CASES_END
};
