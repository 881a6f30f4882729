// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: storms of exits of every kind, code that rewrites itself, odd
 * descriptors and endless exceptions cost the domain its own time and nothing
 * else; the guest finds its state right afterwards.
 *
 * Why: a guest may do all this on purpose.
 */
#include "guest.h"

#include <xen/vcpu.h>

static void exit_storm(void)
{
	u64 cr0 = read_cr0();
	struct rng r;
	u32 i;

	rng_seed(&r, opt_u64("seed", 0x570a));
	for (i = 0; i < 5000; i++) {
		switch (rng_below(&r, 10)) {
		case 0:
			cpuid(rng_u64(&r), rng_u64(&r));
			break;
		case 1:
			outb(rng_below(&r, 0x10000) | 0x100, i);	/* not the debug port */
			break;
		case 2:
			inl(rng_below(&r, 0x10000));
			break;
		case 3:
			write_cr0(cr0 ^ CR0_TS);
			write_cr0(cr0);
			break;
		case 4:
			write_cr3(read_cr3());
			break;
		case 5:
			write_cr4(read_cr4() ^ CR4_PGE);
			write_cr4(read_cr4() ^ CR4_PGE);
			break;
		case 6:
			write_dr7(0x400);
			break;
		case 7:
			__asm__ volatile("wbinvd" : : : "memory");
			break;
		case 8:
			invlpg(rng_u64(&r));
			break;
		default:
			lapic_write(APIC_TPR, rng_below(&r, 256));
		}
	}
	lapic_write(APIC_TPR, 0);
	expect_eq(read_cr0(), cr0, "CR0 after the storm");
}

static void msr_storm(void)
{
	u32 i, faults = 0;
	struct rng r;
	u64 v;

	rng_seed(&r, opt_u64("seed", 0x3514));
	/* every low and every high index once, and others by chance; reading only */
	for (i = 0; i < 0x2000; i++) {
		faults += probe_rdmsr(i, &v).vector == X86_GP;
		faults += probe_rdmsr(0xc0000000 + i, &v).vector == X86_GP;
		faults += probe_rdmsr(rng_u64(&r), &v).vector == X86_GP;
	}
	printf("# %u of %u reads refused\n", faults, 3 * 0x2000);
	expect(faults > 0x5000, "only %u reads were refused", faults);
}

/* Code that is changed just before it runs, in its own page and across pages. */
static void self_modifying(void)
{
	u8 *p = (u8 *)page_alloc(2) + PAGE_SIZE - 2;
	u32 i, v;

	p[0] = 0xb8;			/* mov imm32, %eax */
	p[5] = 0xc3;			/* ret */
	for (i = 0; i < 2000; i++) {
		memcpy(p + 1, &i, 4);
		__asm__ volatile("call *%1" : "=a"(v) : "r"(p) : "memory");
		if (!expect_eq(v, i, "value from changed code"))
			break;
	}
#if HAVE_PAGING
	/* the same physical code through a second mapping, with exits in it */
	unsigned long va = VA_TEST + 0x7000000;
	u8 *code = page_alloc(1);

	page_set(va, (unsigned long)code | PTE_P | PTE_W);
	code[0] = 0x31;		/* xor %eax, %eax */
	code[1] = 0xc0;
	code[2] = 0x0f;		/* cpuid */
	code[3] = 0xa2;
	code[4] = 0xc3;
	for (i = 0; i < 500; i++) {
		/* inc %eax or nop in front of the return, changed through the other address */
		*(volatile u8 *)(va + 4) = i & 1 ? 0xc3 : 0x90;
		*(volatile u8 *)(va + 5) = 0xc3;
		__asm__ volatile("call *%0" : : "r"(code) : "eax", "ebx", "ecx", "edx", "memory");
	}
	page_set(va, 0);
#endif
}

/* #AC and #DB raised by the delivery of #AC and #DB themselves: CVE-2015-5307, -8104. */
static volatile u32 db_count;

static bool on_db(struct cpu_regs *regs)
{
	db_count++;
	write_dr7(0x400);
	write_dr6(0xffff0ff0);
	return true;
}

static void db_on_stack(void)
{
	unsigned long sp;

	__asm__ volatile("mov %%" REG_SP ", %0" : "=r"(sp));
	trap_handler_set(X86_DB, on_db);
	db_count = 0;
	/* a watchpoint on the stack, where the frame of its own exception goes */
	write_dr0((sp - 256) & ~7UL);
	write_dr1((sp - 320) & ~7UL);
	write_dr7(0x400 | 2 | 8 | 1 << 16 | 3 << 18 | 1 << 20 | 3 << 22);
	WRITE_ONCE(*(u32 *)((sp - 256) & ~7UL), 0);
	write_dr7(0x400);
	expect(db_count >= 1, "no debug exception");
	trap_handler_set(X86_DB, NULL);
	write_dr0(0);
	write_dr1(0);
	write_dr6(0xffff0ff0);
}

static __user_data u8 user_misc[64];

static __user_text void user_ac(unsigned long p)
{
	u32 v;

	__asm__ volatile("movl 1(%1), %0" : "=r"(v) : "r"(p));
	USER_RETURN(v);
}

static void ac_storm(void)
{
	struct fault f;
	u32 i;

	for (i = 0; i < 200; i++) {
		user_call_flags(user_ac, (unsigned long)user_misc, &f, FL_AC | 2);
		if (!expect_trap(f, X86_AC, 0, "round %u", i))
			break;
	}
}

static void timer_storm(void)
{
	struct vcpu_set_singleshot_timer s = { 0 };
	struct vcpu_set_periodic_timer p = { .period_ns = NSEC_PER_MSEC };
	u32 i;

	skip_if(!xen.present, "no hypercalls here");
	for (i = 0; i < 3000; i++) {
		s.timeout_abs_ns = i & 1 ? 1 : ~0ULL;
		vcpu_op(VCPUOP_set_singleshot_timer, 0, &s);
		if (i % 3 == 0)
			vcpu_op(VCPUOP_set_periodic_timer, 0, &p);
		if (i % 5 == 0)
			vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	}
	vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	expect_rc(vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0, "stop at the end");
}

#ifdef __x86_64__
static void paging_games(void)
{
	unsigned long va = VA_TEST + 0x9000000, pa = (unsigned long)page_alloc(2);
	u32 i, v;

	/* the same linear page back and forth between two frames, no exit needed */
	*(u32 *)pa = 1;
	*(u32 *)(pa + PAGE_SIZE) = 2;
	for (i = 0; i < 1000; i++) {
		page_set(va, (pa + (i & 1) * PAGE_SIZE) | PTE_P);
		probe_read32((void *)va, &v);
		if (!expect_eq(v, (i & 1) + 1, "word through remapped page"))
			break;
	}
	/* page tables that refer to themselves */
	*pt_entry(VA_TEST + 0x10000000000, 4) = read_cr3() | PTE_P | PTE_W;
	write_cr3(read_cr3());
	probe_read32((void *)(VA_TEST + 0x10000000000), &v);
	*pt_entry(VA_TEST + 0x10000000000, 4) = 0;
	write_cr3(read_cr3());
	page_set(va, 0);
}
#else
static void paging_games(void)
{
	test_skip("for 64-bit code");
}
#endif

TEST_CASES = {
	{ "storm of exits", exit_storm },
	{ "storm of MSR reads", msr_storm },
	{ "self-modifying code", self_modifying },
	{ "watchpoints on the exception's own frame", db_on_stack },
	{ "alignment checks", ac_storm },
	{ "storm of timers", timer_storm },
	{ "page-table games", paging_games },
	TEST_CASES_END
};
