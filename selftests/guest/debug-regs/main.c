// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: debug registers, breakpoints and single-stepping work across
 * everything that exits, with the right DR6, and no combination with the
 * blocking after MOV SS makes the next VM entry fail.
 *
 * Why: an instruction that the hypervisor executes for the guest must still
 * raise the single-step trap; a pending debug exception together with blocking
 * by MOV SS or STI is a state that VM entry checks (XSA-308, CVE-2018-8897).
 */
#include "guest.h"

#define DR6_IDLE 0xffff0ff0UL
#define DR6_BS BIT(14)
#define DR6_BD BIT(13)
#define DR7_GD BIT(13)

static volatile u32 steps;
static volatile unsigned long step_ip[32], step_dr6[32];

static bool on_db(struct cpu_regs *regs)
{
	if (steps < ARRAY_SIZE(step_ip)) {
		step_ip[steps] = regs->ip;
		step_dr6[steps] = read_dr6();
	}
	steps++;
	write_dr6(DR6_IDLE);
	/* a code breakpoint is a fault: get past it */
	regs->flags |= FL_RF;
	return true;
}

static void db_start(void)
{
	steps = 0;
	write_dr6(DR6_IDLE);
	trap_handler_set(X86_DB, on_db);
}

static void db_stop(void)
{
	write_dr7(0x400);
	write_dr6(DR6_IDLE);
	trap_handler_set(X86_DB, NULL);
}

/*
 * Sets TF, runs the instructions, clears TF. Steps are counted from the
 * instruction after the POPF that sets TF, up to the POPF that clears it.
 */
#define SINGLE_STEP(insns, ...)								\
	__asm__ volatile("pushf; orl $0x100, (%%" REG_SP "); popf\n"			\
			 insns "\n"							\
			 "pushf; andl $~0x100, (%%" REG_SP "); popf\n" __VA_ARGS__)

/* What SINGLE_STEP itself adds: pushf, andl and the popf that ends it (its own trap is due). */
#define STEP_EXTRA 3

static void check_steps(unsigned int n, const char *what)
{
	unsigned int i;

	expect_eq(steps, n + STEP_EXTRA, "%s: single-step traps", what);
	for (i = 0; i < steps && i < ARRAY_SIZE(step_dr6); i++)
		if (!expect_eq(step_dr6[i], DR6_IDLE | DR6_BS, "%s: DR6 of trap %u", what, i))
			break;
}

static unsigned long steps_scratch;

static void stepping(void)
{
	u32 a, b, c, d;

	db_start();
	SINGLE_STEP("nop; nop", : : : "memory", "cc");
	check_steps(2, "NOP NOP");

	db_start();
	SINGLE_STEP("cpuid; nop", : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0)
		    : "memory", "cc");
	check_steps(2, "CPUID NOP");

	db_start();
	SINGLE_STEP("rdmsr; wrmsr; nop", : "=a"(a), "=d"(d) : "c"(MSR_APIC_BASE) : "memory", "cc");
	check_steps(3, "RDMSR WRMSR NOP");

	db_start();
	SINGLE_STEP("outb %%al, $0x80; inb $0x80, %%al; nop", : "=a"(a) : : "memory", "cc");
	check_steps(3, "OUT IN NOP");

	db_start();
	SINGLE_STEP("mov %%cr0, %0; mov %0, %%cr0; mov %%cr3, %0; mov %0, %%cr3; nop",
		    : "=r"(steps_scratch) : : "memory", "cc");
	check_steps(5, "MOV CR");

	db_start();
	SINGLE_STEP("wbinvd; nop", : : : "memory", "cc");
	check_steps(2, "WBINVD NOP");

	db_start();
	SINGLE_STEP("pushf; popf; nop", : : : "memory", "cc");
	check_steps(3, "PUSHF POPF NOP");

	if (xen.present) {
		long rc = __HYPERVISOR_xen_version;

		db_start();
#ifdef __x86_64__
		SINGLE_STEP("vmcall; nop", : "+a"(rc) : "D"(0), "S"(0) : "memory", "cc");
#else
		SINGLE_STEP("vmcall; nop", : "+a"(rc) : "b"(0), "c"(0) : "memory", "cc");
#endif
		check_steps(2, "VMCALL NOP");
		expect_eq(rc >> 16, 4, "the version by a stepped hypercall");
	}
	db_stop();
}

static void step_order(void)
{
	extern char step_a[], step_b[], step_c[];
	u32 a, b, c, d;

	db_start();
	SINGLE_STEP("cpuid\nstep_a: nop\nstep_b: cpuid\nstep_c:",
		    : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0) : "memory", "cc");
	expect_eq(step_ip[0], (unsigned long)step_a, "IP of the trap after CPUID");
	expect_eq(step_ip[1], (unsigned long)step_b, "IP of the trap after NOP");
	expect_eq(step_ip[2], (unsigned long)step_c, "IP of the trap after the second CPUID");
	db_stop();
}

static void mov_ss_stepping(void)
{
	extern char ss_after[];
	u32 a, b, c, d;

	/* MOV SS holds the trap back for one instruction */
	db_start();
	SINGLE_STEP("mov %%ss, %%esi; mov %%esi, %%ss; nop\nss_after:", : : : "esi", "memory",
		    "cc");
	expect_eq(steps, 2 + STEP_EXTRA, "traps around MOV SS, NOP");
	expect_eq(step_ip[1], (unsigned long)ss_after, "IP of the trap after the pair");
	/* the same with an instruction that exits in the shadow */
	db_start();
	SINGLE_STEP("mov %%ss, %%esi; mov %%esi, %%ss; cpuid", : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
		    : "a"(0), "c"(0) : "esi", "memory", "cc");
	expect_eq(steps, 2 + STEP_EXTRA, "traps around MOV SS, CPUID");
	db_stop();
}

/* With a breakpoint on, which is not met, every debug exception exits. */
static u32 elsewhere;

static void armed(void (*what)(void))
{
	write_dr3((unsigned long)&elsewhere);
	write_dr7(0x400 | 0x80 | 0xd0000000);		/* slot 3: write, 4 bytes */
	what();
	write_dr3(0);
}

static void armed_stepping(void)
{
	armed(stepping);
}

static void armed_order(void)
{
	armed(step_order);
}

static void armed_mov_ss(void)
{
	armed(mov_ss_stepping);
}

static void sti_stepping(void)
{
	db_start();
	SINGLE_STEP("sti; nop; cli; nop", : : : "memory", "cc");
	check_steps(4, "STI NOP CLI NOP");
	db_start();
	SINGLE_STEP("sti; wbinvd; cli", : : : "memory", "cc");
	check_steps(3, "STI WBINVD CLI");
	db_stop();
}

static void armed_sti(void)
{
	armed(sti_stepping);
}

#define VEC_BEHIND 0x61

static volatile u32 behind_steps, behind_count;
static volatile unsigned long behind_flags;

static bool on_behind(struct cpu_regs *regs)
{
	behind_steps = steps;
	behind_flags = regs->flags;
	behind_count++;
	lapic_eoi();
	return true;
}

static void step_over_ipi(void)
{
	u32 icr = ICR_SELF | ICR_ASSERT | VEC_BEHIND;
	unsigned long page = APIC_PAGE;

	if (lapic_x2)
		SINGLE_STEP("sti; nop; wrmsr; nop; cli", : : "a"(icr), "d"(0), "c"(0x830)
			    : "memory", "cc");
	else
		SINGLE_STEP("sti; nop; movl %0, 0x300(%1); nop; cli", : : "r"(icr), "r"(page)
			    : "memory", "cc");
}

/*
 * The instruction that raises an interrupt is stepped over: its trap comes first, and
 * is not lost for the interrupt.  Many times, as an interrupt of the host may come in
 * between, at any instruction.
 */
static void trap_before_interrupt(void)
{
	unsigned int rounds = opt_u64("rounds", 50), i;

	skip_if(!lapic_x2 && !HAVE_PAGING, "no access to the APIC");
	trap_handler_set(VEC_BEHIND, on_behind);
	for (i = 0; i < rounds && !test_has_failed(); i++) {
		db_start();
		behind_count = 0;
		behind_steps = 0;
		step_over_ipi();
		check_steps(5, "STI NOP IPI NOP CLI");
		expect_eq(behind_count, 1, "interrupts in round %u", i);
		expect_eq(behind_steps, 3, "traps before the interrupt in round %u", i);
		expect(behind_flags & FL_IF, "it came with interrupts off in round %u", i);
	}
	db_stop();
	trap_handler_set(VEC_BEHIND, NULL);
}

static void armed_before_interrupt(void)
{
	armed(trap_before_interrupt);
}

static u32 watched[2] __aligned(8);
static u16 ss_operand __aligned(8);

static void data_breakpoints(void)
{
	db_start();
	write_dr0((unsigned long)watched);
	write_dr7(0x400 | 2 | 1 << 16 | 3 << 18);	/* global, write, 4 bytes */
	WRITE_ONCE(watched[0], 1);
	expect_eq(steps, 1, "traps of a write");
	expect_eq(step_dr6[0], DR6_IDLE | 1, "DR6 of the write");
	(void)READ_ONCE(watched[0]);
	WRITE_ONCE(watched[1], 1);
	expect_eq(steps, 1, "traps of a read and of a neighbour's write");
	/* read or write, in slot 3 */
	write_dr3((unsigned long)&watched[1]);
	write_dr7(0x400 | 0x80 | 0xf0000000);
	steps = 0;
	(void)READ_ONCE(watched[1]);
	expect_eq(steps, 1, "traps of a read");
	expect_eq(step_dr6[0], DR6_IDLE | 8, "DR6 of the read");
	db_stop();
	write_dr3(0);
	write_dr0(0);
}

static void code_breakpoints(void)
{
	extern char bp_cpuid[], bp_nop[];
	u32 a, b, c, d;

	db_start();
	write_dr1((unsigned long)bp_cpuid);
	write_dr2((unsigned long)bp_nop);
	write_dr7(0x400 | 8 | 0x20);
	__asm__ volatile("bp_cpuid: cpuid\nbp_nop: nop" : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
			 : "a"(0), "c"(0) : "memory");
	expect_eq(steps, 2, "breakpoints hit");
	expect_eq(step_ip[0], (unsigned long)bp_cpuid, "IP of the first");
	expect_eq(step_dr6[0], DR6_IDLE | 2, "DR6 of the first");
	expect_eq(step_ip[1], (unsigned long)bp_nop, "IP of the second");
	expect_eq(step_dr6[1], DR6_IDLE | 4, "DR6 of the second");
	db_stop();
	write_dr1(0);
	write_dr2(0);
}

static void access_detect(void)
{
	struct fault f;

	write_dr7(0x400 | DR7_GD);
	f = expect_fault("mov %%dr0, %0", : : "r"(0L));
	expect_trap(f, X86_DB, 0, "DR access with GD");
	expect_eq(f.dr6, DR6_IDLE | DR6_BD, "DR6");
	expect_eq(read_dr7(), 0x400, "GD is cleared by the exception");
	db_stop();
}

static void icebp(void)
{
	extern char icebp_after[];
	struct fault f;

	write_dr6(DR6_IDLE);
	fault_clear();
	__asm__ volatile(".byte 0xf1\nicebp_after:" EXTABLE("icebp_after", "icebp_after"));
	f = fault_last();
	expect_trap(f, X86_DB, 0, "INT1");
	expect_eq(f.dr6, DR6_IDLE, "DR6 of INT1");
	expect_eq(f.ip, (unsigned long)icebp_after, "INT1 saves the next instruction");
}

/* INT1 where it exits: once, past itself, whatever the shadow it is in. */
static void armed_icebp(void)
{
	extern char icebp_ss_after[], icebp_sti_after[];

	write_dr3((unsigned long)&elsewhere);
	write_dr7(0x400 | 0x80 | 0xd0000000);
	icebp();
	expect_eq(read_dr7() & 0xffff, 0x480, "DR7 after INT1");
	db_start();
	__asm__ volatile("mov %%ss, %%esi; mov %%esi, %%ss; .byte 0xf1\nicebp_ss_after:"
			 : : : "esi", "memory");
	expect_eq(steps, 1, "exceptions of INT1 behind MOV SS");
	expect_eq(step_ip[0], (unsigned long)icebp_ss_after, "IP of INT1 behind MOV SS");
	db_start();
	__asm__ volatile("sti; .byte 0xf1\nicebp_sti_after: cli" : : : "memory");
	expect_eq(steps, 1, "exceptions of INT1 behind STI");
	expect_eq(step_ip[0], (unsigned long)icebp_sti_after, "IP of INT1 behind STI");
	/* stepped over: INT1 itself pushes TF, and its handler's IRET steps on */
	db_start();
	SINGLE_STEP("mov %%ss, %%esi; mov %%esi, %%ss; .byte 0xf1; nop", : : : "esi", "memory",
		    "cc");
	expect_eq(steps, 3 + STEP_EXTRA, "traps of MOV, MOV SS, INT1, NOP");
	db_stop();
	write_dr3(0);
}

/* DR6 keeps what software does not clear, but for the breakpoints that were met. */
static void dr6_keeps(void)
{
	trap_fn old;
	u32 a, b, c, d;

	db_start();
	write_dr0((unsigned long)watched);
	write_dr7(0x400 | 2 | 1 << 16 | 3 << 18);
	write_dr6(DR6_IDLE | DR6_BD | 4);
	WRITE_ONCE(watched[0], 2);
	expect_eq(steps, 1, "traps of a write");
	expect_eq(step_dr6[0], DR6_IDLE | DR6_BD | 1, "DR6 of the write");
	/* a write and a step at the same time: one exception */
	db_start();
	SINGLE_STEP("movl $3, %0; nop", : "=m"(watched[0]) : : "memory", "cc");
	expect_eq(steps, 2 + STEP_EXTRA, "traps of a stepped write");
	expect_eq(step_dr6[0], DR6_IDLE | DR6_BS | 1, "DR6 of a stepped write");
	/* in the shadow of MOV SS both wait for the instruction behind it, which exits */
	ss_operand = SEL_KDS;
	write_dr0((unsigned long)&ss_operand);
	write_dr7(0x400 | 2 | 3 << 16 | 1 << 18);
	db_start();
	SINGLE_STEP("mov %4, %%ss; cpuid; nop", : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
		    : "m"(ss_operand), "a"(0), "c"(0) : "memory", "cc");
	expect_eq(steps, 2 + STEP_EXTRA, "traps of MOV SS, CPUID, NOP");
	expect_eq(step_dr6[0], DR6_IDLE | DR6_BS | 1, "DR6 behind MOV SS and CPUID");
	/* general detect while it would exit anyway: GD goes, the rest stays */
	old = trap_handler_set(X86_DB, NULL);
	write_dr7(0x400 | 2 | 3 << 16 | 1 << 18 | DR7_GD);
	expect_trap(expect_fault("mov %%dr0, %0", : : "r"(0L)), X86_DB, 0, "DR access with GD");
	expect_eq(read_dr7(), 0x400 | 2 | 3 << 16 | 1 << 18, "DR7 without GD");
	trap_handler_set(X86_DB, old);
	db_stop();
	write_dr0(0);
}

static void values(void)
{
	unsigned long v;
	unsigned int i;

	write_dr0(0x11111111);
	write_dr1(0x22222222);
	write_dr2(0x33333333);
	write_dr3(0x44444444);
	for (i = 0; i < 50; i++) {
		cpuid(0, 0);
		outb(0x80, 0);
		if (i % 10 == 0)
			mdelay(1);	/* long enough for the vCPU to be scheduled away */
	}
	expect_eq(read_dr0(), 0x11111111, "DR0");
	expect_eq(read_dr1(), 0x22222222, "DR1");
	expect_eq(read_dr2(), 0x33333333, "DR2");
	expect_eq(read_dr3(), 0x44444444, "DR3");
	expect_eq(read_dr7(), 0x400, "DR7");
	write_dr0(0);
	write_dr1(0);
	write_dr2(0);
	write_dr3(0);
	/* fixed bits */
	write_dr6(0);
	expect_eq(read_dr6() & ~BIT(16), DR6_IDLE & ~BIT(16), "DR6 after writing 0");
	write_dr6(DR6_IDLE);
	write_dr7(0);
	expect_eq(read_dr7(), 0x400, "DR7 after writing 0");
#ifdef __x86_64__
	expect_trap(probe_write_dr6(BIT(32)), X86_GP, 0, "DR6 bit 32");
	expect_trap(probe_write_dr7(BIT(32)), X86_GP, 0, "DR7 bit 32");
#endif
	/* DR4 and DR5 are DR6 and DR7, or nothing */
	write_cr4(read_cr4() & ~CR4_DE);
	__asm__ volatile("mov %%db5, %0" : "=r"(v));
	expect_eq(v, 0x400, "DR5 without CR4.DE");
	write_cr4(read_cr4() | CR4_DE);
	expect_trap(expect_fault("mov %%db5, %0", : : "r"(0L)), X86_UD, 0, "DR5 with CR4.DE");
	write_cr4(read_cr4() & ~CR4_DE);
}

static __user_text void user_dr(unsigned long arg)
{
	unsigned long v;

	__asm__ volatile("mov %%dr7, %0" : "=r"(v));
	USER_RETURN(v + arg);
}

static void from_user(void)
{
	struct fault f;

	user_call(user_dr, 0, &f);
	expect_trap(f, X86_GP, 0, "DR7 in ring 3");
}

/*
 * A data breakpoint on the operand of MOV SS leaves a debug exception pending
 * while interrupts and traps are blocked; then something exits.
 */

static void mov_ss_pending(void)
{
	u32 a, b, c, d;
	long rc;

	ss_operand = SEL_KDS;
	db_start();
	write_dr0((unsigned long)&ss_operand);
	write_dr7(0x400 | 2 | 3 << 16 | 1 << 18);	/* read or write, 2 bytes */
	__asm__ volatile("mov %4, %%ss; cpuid; nop" : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
			 : "m"(ss_operand), "a"(0), "c"(0) : "memory");
	expect(steps == 1 || steps == 0, "%u traps of MOV SS and CPUID", steps);
	steps = 0;
	__asm__ volatile("mov %0, %%ss; outb %%al, $0x80; nop" : : "m"(ss_operand), "a"(0)
			 : "memory");
	expect(steps <= 1, "%u traps of MOV SS and OUT", steps);
	if (xen.present) {
		rc = __HYPERVISOR_xen_version;
		steps = 0;
#ifdef __x86_64__
		__asm__ volatile("mov %1, %%ss; vmcall; nop" : "+a"(rc)
				 : "m"(ss_operand), "D"(0), "S"(0) : "memory");
#else
		__asm__ volatile("mov %1, %%ss; vmcall; nop" : "+a"(rc)
				 : "m"(ss_operand), "b"(0), "c"(0) : "memory");
#endif
		expect(steps <= 1, "%u traps of MOV SS and VMCALL", steps);
		expect_eq(rc >> 16, 4, "the hypercall's answer");
	}
	/* with TF as well, and STI in between: all that VM entry checks against each other */
	steps = 0;
	SINGLE_STEP("mov %4, %%ss; cpuid; sti; cpuid; cli", : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
		    : "m"(ss_operand), "a"(0), "c"(0) : "memory", "cc");
	expect(steps >= 4, "%u traps of the mixed sequence", steps);
	db_stop();
	write_dr0(0);
}

TEST_CASES = {
	{ "register values and reserved bits", values },
	{ "single step over instructions that exit", stepping },
	{ "single-step IPs", step_order },
	{ "single step and MOV SS", mov_ss_stepping },
	{ "single step over STI", sti_stepping },
	{ "single step over what raises an interrupt", trap_before_interrupt },
	{ "single step over instructions that exit, a breakpoint on", armed_stepping },
	{ "single-step IPs, a breakpoint on", armed_order },
	{ "single step and MOV SS, a breakpoint on", armed_mov_ss },
	{ "single step over STI, a breakpoint on", armed_sti },
	{ "single step over what raises an interrupt, a breakpoint on", armed_before_interrupt },
	{ "data breakpoints", data_breakpoints },
	{ "code breakpoints", code_breakpoints },
	{ "general detect", access_detect },
	{ "DR6 of several conditions", dr6_keeps },
	{ "INT1", icebp },
	{ "INT1, a breakpoint on", armed_icebp },
	{ "from ring 3", from_user },
	{ "debug exception pending behind MOV SS", mov_ss_pending },
	TEST_CASES_END
};
