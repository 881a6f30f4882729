// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: x87, SSE, AVX and further register state belongs to the vCPU: it
 * survives every exit, every loss of the host's CPU, and no other vCPU or host
 * thread ever shows through.
 *
 * Why: this state is switched once per stay in the inner loop, not at each exit;
 * one path that forgets it leaks or loses registers.
 */
#include "guest.h"

#include <xen/sched.h>

static bool have_avx, have_xsave;

static void fpu_on(void)
{
	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
	have_xsave = cpuid(1, 0).ecx & BIT(26);
	if (have_xsave) {
		write_cr4(read_cr4() | CR4_OSXSAVE);
		have_avx = (cpuid(1, 0).ecx & BIT(28)) && (cpuid(0xd, 0).eax & 4);
		probe_xsetbv(0, have_avx ? 7 : 3);
	}
	__asm__ volatile("fninit");
}

static u8 pattern[8][32] __aligned(32);
static u8 back[8][32] __aligned(32);

static void load(u32 seed)
{
	unsigned int i, k;

	for (i = 0; i < 8; i++)
		for (k = 0; k < 32; k++)
			pattern[i][k] = seed + i * 37 + k * 5;
	__asm__ volatile("movups (%0), %%xmm0; movups 32(%0), %%xmm1; movups 64(%0), %%xmm2\n"
			 "movups 96(%0), %%xmm3; movups 128(%0), %%xmm4; movups 160(%0), %%xmm5\n"
			 "movups 192(%0), %%xmm6; movups 224(%0), %%xmm7" : : "r"(pattern) : "memory");
	if (have_avx)
		__asm__ volatile("vmovups (%0), %%ymm0; vmovups 32(%0), %%ymm1; vmovups 64(%0), %%ymm2\n"
				 "vmovups 96(%0), %%ymm3; vmovups 128(%0), %%ymm4\n"
				 "vmovups 160(%0), %%ymm5; vmovups 192(%0), %%ymm6\n"
				 "vmovups 224(%0), %%ymm7" : : "r"(pattern) : "memory");
	__asm__ volatile("fninit; fildl (%0)" : : "r"(pattern) : "memory");
}

static bool check(const char *what)
{
	unsigned int i, n = have_avx ? 32 : 16;
	s32 x;

	if (have_avx)
		__asm__ volatile("vmovups %%ymm0, (%0); vmovups %%ymm1, 32(%0); vmovups %%ymm2, 64(%0)\n"
				 "vmovups %%ymm3, 96(%0); vmovups %%ymm4, 128(%0)\n"
				 "vmovups %%ymm5, 160(%0); vmovups %%ymm6, 192(%0)\n"
				 "vmovups %%ymm7, 224(%0)" : : "r"(back) : "memory");
	else
		__asm__ volatile("movups %%xmm0, (%0); movups %%xmm1, 32(%0); movups %%xmm2, 64(%0)\n"
				 "movups %%xmm3, 96(%0); movups %%xmm4, 128(%0); movups %%xmm5, 160(%0)\n"
				 "movups %%xmm6, 192(%0); movups %%xmm7, 224(%0)"
				 : : "r"(back) : "memory");
	__asm__ volatile("fistl %0" : "=m"(x));
	for (i = 0; i < 8; i++)
		if (!expect(!memcmp(pattern[i], back[i], n), "%s: vector register %u changed", what,
			    i))
			return false;
	return expect(!memcmp(&x, pattern, 4), "%s: x87 register changed", what);
}

static void exits(void)
{
	unsigned int i;

	for (i = 0; i < 50; i++) {
		load(i);
		cpuid(0, 0);
		outb(0x80, 0);
		rdmsr(MSR_MISC_ENABLE);
		if (xen.present)
			xen_version_op(0, NULL);
		if (!check("after exits"))
			break;
	}
}

static void scheduled(void)
{
	unsigned int i;

	skip_if(!xen.present, "no hypercalls here");
	for (i = 0; i < 20; i++) {
		load(100 + i);
		sched_op(SCHEDOP_yield, NULL);
		udelay(2000);		/* a time slice or two of the host */
		sched_op(SCHEDOP_yield, NULL);
		if (!check("after yields"))
			break;
	}
}

static void console_text(void)
{
	load(7);
	printf("# a line of text in between\n");
	check("after output");
}

static void first_touch(void)
{
	unsigned long p = page_alloc_untouched(2048, LARGE_SIZE), i;

	load(9);
	for (i = 0; i < 4; i++)
		WRITE_ONCE(*(u32 *)(p + i * LARGE_SIZE), 1);
	check("after first touches of memory");
}

static void control_words(void)
{
	u32 mx = 0x1f80 | 0x6000, mx2 = 0;	/* round towards zero */
	u16 cw = 0x77f, cw2 = 0;

	__asm__ volatile("ldmxcsr %0; fldcw %1" : : "m"(mx), "m"(cw));
	cpuid(0, 0);
	udelay(1000);
	__asm__ volatile("stmxcsr %0; fnstcw %1" : "=m"(mx2), "=m"(cw2));
	expect_eq(mx2, mx, "MXCSR");
	expect_eq(cw2, cw, "x87 control word");
	mx = 0x1f80;
	__asm__ volatile("ldmxcsr %0; fninit" : : "m"(mx));
}

static void xcr0_kept(void)
{
	skip_if(!have_xsave, "no XSAVE");
	cpuid(0, 0);
	udelay(1000);
	expect_eq(xgetbv(0), have_avx ? 7 : 3, "XCR0");
	if (have_avx) {
		/* the state switched off in between is not lost: XCR0 gates instructions only */
		load(55);
		probe_xsetbv(0, 3);
		expect_trap(expect_fault("vmovups %%ymm0, (%0)", : : "r"(back) : "memory"), X86_UD,
			    0,
			    "AVX with its state off");
		cpuid(0, 0);
		probe_xsetbv(0, 7);
		check("after XCR0 changes");
	}
}

/* Two vCPUs with different contents, on one host CPU or two. */
static volatile bool other_bad, other_stop;

static void other_cpu(void *arg)
{
	u32 v[4] = { 0xa5a5a5a5, 0x5a5a5a5a, 0x01234567, 0x89abcdef }, w[4];

	write_cr4(read_cr4() | CR4_OSFXSR);
	while (!other_stop) {
		__asm__ volatile("movups %0, %%xmm3" : : "m"(v));
		udelay(300);
		cpuid(0, 0);
		__asm__ volatile("movups %%xmm3, %0" : "=m"(w));
		if (memcmp(v, w, sizeof(v)))
			other_bad = true;
	}
}

static void two_vcpus(void)
{
	unsigned int i;

	skip_if(opt_u64("vcpus", 1) < 2, "one vCPU only");
	require(smp_start(1, SMP_SIPI), "vCPU 1 does not start");
	smp_call(1, other_cpu, NULL);
	for (i = 0; i < 30; i++) {
		load(i * 3);
		udelay(700);
		if (!check("beside another vCPU"))
			break;
	}
	other_stop = true;
	smp_wait(1, 500000);
	expect(!other_bad, "the other vCPU's register changed");
}

void test_setup(void)
{
	fpu_on();
	printf("# XSAVE %s, AVX %s\n", have_xsave ? "yes" : "no", have_avx ? "yes" : "no");
}

TEST_CASES = {
	{ "across exits", exits },
	{ "across loss of the CPU", scheduled },
	{ "across output", console_text },
	{ "across first touches", first_touch },
	{ "control words", control_words },
	{ "XCR0", xcr0_kept },
	{ "two vCPUs", two_vcpus },
	TEST_CASES_END
};
