// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: the local APIC's registers hold, mask, refuse and prioritise as the
 * architecture says, in xAPIC and in x2APIC mode, and the mode changes only
 * along the legal paths.
 *
 * Why: guests find their processors and send their interrupts through it.
 */
#include "guest.h"

static volatile unsigned int taken;
static volatile u8 last;

static bool on_irq(struct cpu_regs *regs)
{
	taken++;
	last = regs->vector;
	lapic_eoi();
	return true;
}

static void registers(void)
{
	u32 lvr = lapic_read(APIC_LVR);

	expect((lvr & 0xff) >= 0x10 && (lvr & 0xff) <= 0x15, "version %#x", lvr & 0xff);
	/* Xen's; 6 would promise interrupts for corrected machine checks. */
	expect_eq((lvr >> 16) & 0xff, 5, "max LVT");
	expect_eq(lapic_id(), smp_apic_id(0), "APIC id against the MADT");
	expect_eq(cpuid(1, 0).ebx >> 24, lapic_id() & 0xff, "APIC id against CPUID");
	expect_eq(lapic_read(APIC_TPR), 0, "TPR");
	expect_eq(lapic_read(APIC_SVR), SVR_ENABLE | VEC_SPURIOUS, "SVR as the library set it");
	lapic_write(APIC_LVT_TIMER, LVT_MASKED | 0x40);
	expect_eq(lapic_read(APIC_LVT_TIMER), LVT_MASKED | 0x40, "timer LVT");
	lapic_write(APIC_LVT_LINT0, LVT_MASKED | 0x700);
	expect_eq(lapic_read(APIC_LVT_LINT0), LVT_MASKED | 0x700, "LINT0 LVT");
	lapic_write(APIC_LVT_ERROR, LVT_MASKED | 0x41);
	expect_eq(lapic_read(APIC_LVT_ERROR), LVT_MASKED | 0x41, "error LVT");
	lapic_write(APIC_LVT_CMCI, LVT_MASKED | 0x1fe42);
	expect_eq(lapic_read(APIC_LVT_CMCI), LVT_MASKED | 0x642, "LVT for corrected errors");
	lapic_write(APIC_TDCR, 0xb);
	expect_eq(lapic_read(APIC_TDCR), 0xb, "divider");
	lapic_write(APIC_TPR, 0x50);
	expect_eq(lapic_read(APIC_TPR), 0x50, "TPR");
	expect_eq(lapic_read(APIC_PPR), 0x50, "PPR follows TPR");
	lapic_write(APIC_TPR, 0);
}

static void logical(void)
{
	u32 id = lapic_id();

	if (lapic_x2) {
		expect_eq(lapic_read(APIC_LDR), (id >> 4) << 16 | 1 << (id & 15), "LDR");
		return;
	}
	lapic_write(APIC_DFR, 0xffffffff);
	expect_eq(lapic_read(APIC_DFR), 0xffffffff, "DFR flat");
	lapic_write(APIC_LDR, 0x5affffff);
	expect_eq(lapic_read(APIC_LDR), 0x5a000000, "LDR");
	lapic_write(APIC_DFR, 0x0fffffff);
	expect_eq(lapic_read(APIC_DFR), 0x0fffffff, "DFR cluster");
	lapic_write(APIC_DFR, 0xffffffff);
}

static void deliver(u32 icr, u32 dest, bool want, const char *what)
{
	taken = 0;
	lapic_icr(icr | ICR_ASSERT | 0x45, dest);
	irq_window();
	expect_eq(taken, want, "%s: interrupts", what);
}

static void self_ipis(void)
{
	u32 id = lapic_id();

	trap_handler_set(0x45, on_irq);
	deliver(ICR_SELF, 0, true, "shorthand self");
	deliver(ICR_ALL, 0, true, "shorthand all");
	deliver(ICR_OTHERS, 0, false, "shorthand others");
	deliver(0, id, true, "physical, own id");
	deliver(0, id + 1, false, "physical, nobody");
	deliver(0, lapic_x2 ? 0xffffffff : 0xff, true, "physical broadcast");
	deliver(ICR_LOWEST, id, true, "lowest priority, own id");
	if (lapic_x2) {
		deliver(ICR_LOGICAL, lapic_read(APIC_LDR), true, "logical, own LDR");
		deliver(ICR_LOGICAL, lapic_read(APIC_LDR) ^ 0x10000, false,
			"logical, other cluster");
		taken = 0;
		lapic_write(APIC_SELF_IPI, 0x45);
		irq_window();
		expect_eq(taken, 1, "SELF_IPI register");
	} else {
		lapic_write(APIC_DFR, 0xffffffff);
		lapic_write(APIC_LDR, 0x04000000);
		deliver(ICR_LOGICAL, 0x04, true, "flat logical, own bit");
		deliver(ICR_LOGICAL, 0xff, true, "flat logical, all bits");
		deliver(ICR_LOGICAL, 0x02, false, "flat logical, another bit");
		lapic_write(APIC_DFR, 0x0fffffff);
		lapic_write(APIC_LDR, 0x12000000);
		deliver(ICR_LOGICAL, 0x12, true, "cluster logical, own");
		deliver(ICR_LOGICAL, 0x22, false, "cluster logical, other cluster");
		deliver(ICR_LOGICAL, 0x14, false, "cluster logical, other member");
		lapic_write(APIC_DFR, 0xffffffff);
	}
	expect(!(lapic_read(APIC_ICR) & ICR_BUSY), "delivery status stays busy");
}

static void priority(void)
{
	trap_handler_set(0x45, on_irq);
	trap_handler_set(0x91, on_irq);
	taken = 0;
	lapic_write(APIC_TPR, 0x40);
	lapic_self_ipi(0x45);
	irq_window();
	expect_eq(taken, 0, "interrupts of class 4 under TPR 0x40");
	expect(lapic_bit(APIC_IRR, 0x45), "it does not wait in the IRR");
	lapic_self_ipi(0x91);
	irq_window();
	expect_eq(taken, 1, "interrupts of class 9 under TPR 0x40");
	expect_eq(last, 0x91, "vector");
	/* lowering the TPR with interrupts open lets the other in at once */
	sti();
	lapic_write(APIC_TPR, 0x30);
	__asm__ volatile("nop; nop");
	cli();
	expect_eq(taken, 2, "interrupts after lowering the TPR");
	expect_eq(last, 0x45, "vector");
#ifdef __x86_64__
	taken = 0;
	write_cr8(4);
	lapic_self_ipi(0x45);
	irq_window();
	expect_eq(taken, 0, "interrupts of class 4 under CR8 = 4");
	sti();
	write_cr8(0);
	__asm__ volatile("nop; nop");
	cli();
	expect_eq(taken, 1, "interrupts after CR8 = 0");
#endif
	lapic_write(APIC_TPR, 0);
}

static void software_disable(void)
{
	trap_handler_set(0x45, on_irq);
	taken = 0;
	lapic_write(APIC_LVT_TIMER, 0x45);
	lapic_write(APIC_SVR, VEC_SPURIOUS);
	expect(lapic_read(APIC_LVT_TIMER) & LVT_MASKED, "LVT not masked by software disable");
	lapic_write(APIC_LVT_TIMER, 0x45);
	expect(lapic_read(APIC_LVT_TIMER) & LVT_MASKED, "LVT unmasked while disabled");
	lapic_self_ipi(0x45);
	irq_window();
	expect_eq(taken, 0, "interrupts while software-disabled");
	lapic_write(APIC_SVR, SVR_ENABLE | VEC_SPURIOUS);
	lapic_write(APIC_LVT_TIMER, LVT_MASKED);
	lapic_self_ipi(0x45);
	irq_window();
	expect(taken >= 1, "no interrupt after enabling again");
}

#define ESR_SENT_ILLEGAL	BIT(5)
#define ESR_RECEIVED_ILLEGAL	BIT(6)

static u32 read_esr(void)
{
	lapic_write(APIC_ESR, 0);
	return lapic_read(APIC_ESR);
}

static void errors(void)
{
	const u32 both = ESR_SENT_ILLEGAL | ESR_RECEIVED_ILLEGAL;

	trap_handler_set(0x45, on_irq);
	read_esr();
	expect_eq(read_esr(), 0, "ESR without errors");
	taken = 0;
	lapic_write(APIC_LVT_ERROR, 0x45);
	lapic_icr(ICR_ASSERT | ICR_SELF | 0xf, 0);
	irq_window();
	expect(taken, "no error interrupt for an illegal vector");
	expect_eq(lapic_read(APIC_ESR), 0, "ESR before it is written");
	expect_eq(read_esr(), both, "ESR after an illegal vector to oneself");
	expect_eq(read_esr(), 0, "ESR when written again");
	lapic_icr(ICR_ASSERT | ICR_OTHERS, 0);
	expect_eq(read_esr(), ESR_SENT_ILLEGAL, "ESR after an illegal vector to nobody");
	lapic_write(APIC_LVT_ERROR, LVT_MASKED | 0x45);
	irq_window();
	taken = 0;
	lapic_icr(ICR_ASSERT | ICR_SELF | 0xf, 0);
	irq_window();
	expect_eq(taken, 0, "error interrupts while masked");
	lapic_write(APIC_LVT_ERROR, 0x3);
	expect_eq(read_esr(), both, "ESR after an error that was masked");
	/* an error interrupt with an illegal vector of its own: no endless circle */
	lapic_icr(ICR_ASSERT | ICR_OTHERS, 0);
	expect_eq(read_esr(), both, "ESR after an error whose interrupt is illegal");
	lapic_write(APIC_LVT_ERROR, LVT_MASKED);
	if (lapic_x2) {
		lapic_write(APIC_SELF_IPI, 0x5);
		expect_eq(read_esr(), both, "ESR after an illegal SELF_IPI");
	}
}

static void both_modes(void (*fn)(void))
{
	bool x2 = lapic_x2;

	fn();
	if (!lapic_mode_set(!x2)) {
		printf("# only one mode offered\n");
		return;
	}
	fn();
	lapic_mode_set(x2);
}

static void registers_both(void) { both_modes(registers); }
static void logical_both(void) { both_modes(logical); }
static void ipis_both(void) { both_modes(self_ipis); }
static void priority_both(void) { both_modes(priority); }
static void disable_both(void) { both_modes(software_disable); }

static void errors_both(void) { both_modes(errors); }

static void mode_changes(void)
{
	u64 base = rdmsr(MSR_APIC_BASE), plain = base & ~(u64)(APIC_BASE_EN | APIC_BASE_EXTD);
	bool x2 = lapic_x2;

	skip_if(!(cpuid(1, 0).ecx & BIT(21)), "no x2APIC");
	lapic_mode_set(true);
	expect_trap(probe_wrmsr(MSR_APIC_BASE, plain | APIC_BASE_EN), X86_GP, 0,
		    "x2APIC straight to xAPIC");
	expect_trap(probe_wrmsr(MSR_APIC_BASE, plain | APIC_BASE_EXTD), X86_GP, 0,
		    "EXTD without EN");
	expect_no_trap(probe_wrmsr(MSR_APIC_BASE, plain), "x2APIC to disabled");
	expect_trap(probe_wrmsr(MSR_APIC_BASE, plain | APIC_BASE_EN | APIC_BASE_EXTD), X86_GP, 0,
		    "disabled straight to x2APIC");
	expect_no_trap(probe_wrmsr(MSR_APIC_BASE, plain | APIC_BASE_EN), "disabled to xAPIC");
	/* reset values show after the round trip */
	lapic_x2 = false;
	expect_eq(lapic_read(APIC_SVR), 0xff, "SVR after reset");
	expect_eq(lapic_read(APIC_LVT_TIMER), LVT_MASKED, "timer LVT after reset");
	expect_eq(lapic_read(APIC_DFR), 0xffffffff, "DFR after reset");
	expect_eq(lapic_read(APIC_LDR), 0, "LDR after reset");
	expect_eq(lapic_read(APIC_TMICT), 0, "initial count after reset");
	expect_no_trap(probe_wrmsr(MSR_APIC_BASE, plain | APIC_BASE_EN | APIC_BASE_EXTD),
		       "xAPIC to x2APIC");
	lapic_mode_set(x2);
}

static void x2_msrs(void)
{
	static const u16 absent[] = { 0x800, 0x801, 0x804, 0x809, 0x80c, 0x80e, 0x829, 0x831, 0x83a,
				      0x840, 0x8ff };
	static const u16 readonly[] = { 0x802, 0x803, 0x80a, 0x80d, 0x810, 0x817, 0x818, 0x820,
					0x827, 0x839 };
	bool x2 = lapic_x2;
	unsigned int i;
	u64 v;

	skip_if(!lapic_mode_set(true), "no x2APIC");
	for (i = 0; i < ARRAY_SIZE(absent); i++) {
		expect_trap(probe_rdmsr(absent[i], &v), X86_GP, 0, "read of %#x", absent[i]);
		expect_trap(probe_wrmsr(absent[i], 0), X86_GP, 0, "write of %#x", absent[i]);
	}
	for (i = 0; i < ARRAY_SIZE(readonly); i++) {
		expect_no_trap(probe_rdmsr(readonly[i], &v), "read of %#x", readonly[i]);
		expect_trap(probe_wrmsr(readonly[i], 0), X86_GP, 0, "write of %#x", readonly[i]);
	}
	expect_trap(probe_rdmsr(0x80b, &v), X86_GP, 0, "read of EOI");
	expect_trap(probe_wrmsr(0x80b, 1), X86_GP, 0, "EOI with a value");
	expect_trap(probe_rdmsr(0x83f, &v), X86_GP, 0, "read of SELF_IPI");
	expect_trap(probe_wrmsr(0x83f, 0x100), X86_GP, 0, "SELF_IPI with bit 8");
	expect_trap(probe_wrmsr(0x808, 0x100), X86_GP, 0, "TPR with bit 8");
	expect_trap(probe_wrmsr(0x808, 1ULL << 32), X86_GP, 0, "TPR with bit 32");
	expect_trap(probe_wrmsr(0x828, 1), X86_GP, 0, "ESR with a value");
	expect_no_trap(probe_wrmsr(0x828, 0), "ESR with 0");
	expect_trap(probe_wrmsr(0x80f, 1ULL << 40), X86_GP, 0, "SVR with bit 40");
	lapic_icr(ICR_ASSERT | ICR_OTHERS | 0x45, 0x1234);
	expect_eq(rdmsr(0x830) & 0xffffffff00000000ULL, 0x123400000000ULL,
		  "ICR reads back its destination");
	/* the MMIO page is gone in this mode: like any address without memory */
	expect_eq(READ_ONCE(*(u32 *)(APIC_PAGE + APIC_LVR)), 0xffffffff, "MMIO read");
	lapic_mode_set(false);
	for (i = 0x800; i < 0x840; i++)
		if (!expect_trap(probe_rdmsr(i, &v), X86_GP, 0, "MSR %#x in xAPIC mode", i))
			break;
	lapic_mode_set(x2);
}

/* The instructions a compiler may choose for an access to the MMIO page. */
static void mmio_instructions(void)
{
	volatile u32 *tpr = (u32 *)(APIC_PAGE + APIC_TPR);
	unsigned long base = APIC_PAGE, index = APIC_TPR / 8, v;
	bool x2 = lapic_x2;
	u32 old = 0;

	lapic_mode_set(false);
	__asm__ volatile("movl $0x20, %0" : "=m"(*tpr));
	expect_eq(*tpr, 0x20, "MOV imm32 to memory");
	__asm__ volatile("movl %1, %0" : "=m"(*tpr) : "r"(0x30));
	expect_eq(*tpr, 0x30, "MOV reg to memory");
	__asm__ volatile("movl (%1,%2,8), %k0" : "=r"(v) : "r"(base), "r"(index));
	expect_eq(v, 0x30, "MOV with base and index");
	__asm__ volatile("movl %%eax, 0xfee00080" : : "a"(0x10) : "memory");
	expect_eq(*tpr, 0x10, "MOV to an absolute address");
#ifdef __x86_64__
	__asm__ volatile("mov %0, %%r13; mov $0x50, %%r9d; movl %%r9d, 0x80(%%r13)"
			 : : "r"(base) : "memory", "r9", "r13");
	expect_eq(*tpr, 0x50, "MOV between extended registers and memory");
	*tpr = 0x10;
#endif
	__asm__ volatile("xchgl %0, %1" : "=r"(old), "+m"(*tpr) : "0"(0x40));
	expect_eq(old, 0x10, "old value by XCHG");
	expect_eq(*tpr, 0x40, "new value by XCHG");
	__asm__ volatile("orl $0x20, %0" : "+m"(*tpr) : : "cc");
	expect_eq(*tpr, 0x60, "OR to memory");
	__asm__ volatile("andl %1, %0" : "+m"(*tpr) : "r"(0x20) : "cc");
	expect_eq(*tpr, 0x20, "AND to memory");
	expect_eq(*(volatile u8 *)tpr, 0x20, "byte read");
	__asm__ volatile("testl $0x20, %1; setnz %b0" : "=r"(v) : "m"(*tpr) : "cc");
	expect_eq(v & 0xff, 1, "TEST of memory");
	__asm__ volatile("cmpl $0x20, %1; sete %b0" : "=r"(v) : "m"(*tpr) : "cc");
	expect_eq(v & 0xff, 1, "CMP of memory");
	__asm__ volatile("movzbl %1, %k0" : "=r"(v) : "m"(*tpr));
	expect_eq(v, 0x20, "MOVZX from memory");
	__asm__ volatile("addl $0x13, %0" : "+m"(*tpr) : : "cc");
	expect_eq(*tpr, 0x33, "ADD to memory");
	__asm__ volatile("incl %0; btsl $6, %0; setc %b1" : "+m"(*tpr), "=q"(v) : : "cc");
	expect_eq(*tpr, 0x74, "INC and BTS of memory");
	expect_eq(v & 0xff, 0, "the bit that was clear");
	old = 0x10;
	__asm__ volatile("lock; xaddl %1, %0" : "+m"(*tpr), "+r"(old) : : "cc");
	expect_eq(*tpr, 0x84, "sum by XADD");
	expect_eq(old, 0x74, "old value by XADD");
	__asm__ volatile("lock; cmpxchgl %2, %0" : "+m"(*tpr), "+a"(old) : "r"(0x11) : "cc");
	expect_eq(*tpr, 0x84, "after CMPXCHG with another value");
	expect_eq(old, 0x84, "old value by CMPXCHG");
	__asm__ volatile("lock; cmpxchgl %2, %0" : "+m"(*tpr), "+a"(old) : "r"(0x11) : "cc");
	expect_eq(*tpr, 0x11, "after CMPXCHG with its value");
	base += APIC_TPR;
	__asm__ volatile("stosl" : "+D"(base) : "a"(0x22) : "memory");
	expect_eq(*tpr, 0x22, "after STOS");
	expect_eq(base, APIC_PAGE + APIC_TPR + 4, "RDI after it");
	*tpr = 0;
	lapic_mode_set(x2);
}

TEST_CASES = {
	{ "registers", registers_both },
	{ "logical destination", logical_both },
	{ "self IPIs of every addressing", ipis_both },
	{ "task priority", priority_both },
	{ "software disable", disable_both },
	{ "errors", errors_both },
	{ "mode changes", mode_changes },
	{ "x2APIC MSRs", x2_msrs },
	{ "MMIO instructions", mmio_instructions },
	TEST_CASES_END
};
