// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: control registers take every value that the offered features allow,
 * refuse every other with #GP(0) and without effect, and never show what the
 * host needs in them (CR0.NE, CR4.VMXE).
 *
 * Why: the hypervisor shadows these bits; a mask too wide hides a guest's own
 * setting, one too narrow fails the next VM entry.
 */
#include "guest.h"

static void cr0_kept(unsigned long clear, unsigned long set)
{
	unsigned long old = read_cr0(), v = (old & ~clear) | set;

	if (expect_no_trap(probe_write_cr0(v), "CR0 = %#lx", v))
		expect_eq(read_cr0(), v, "CR0 read back");
	write_cr0(old);
}

static void cr0_refused(unsigned long v)
{
	unsigned long old = read_cr0();

	expect_trap(probe_write_cr0(v), X86_GP, 0, "CR0 = %#lx", v);
	expect_eq(read_cr0(), old, "CR0 after a refused write");
}

static void cr0_bits(void)
{
	unsigned long old = read_cr0();

	cr0_kept(CR0_NE, 0);
	cr0_kept(CR0_WP, 0);
	cr0_kept(CR0_AM, 0);
	cr0_kept(0, CR0_TS);
	cr0_kept(CR0_MP, CR0_EM);
	cr0_kept(0, CR0_CD);
	cr0_kept(0, CR0_CD | CR0_NW);
	/* ET is 1 whatever is written; reserved bits below 32 are ignored */
	expect_no_trap(probe_write_cr0(old & ~CR0_ET), "CR0 without ET");
	expect_eq(read_cr0(), old, "ET");
	write_cr0(old | BIT(6) | BIT(28));
	expect_eq(read_cr0(), old, "CR0 after writing reserved bits 6 and 28");
	cr0_refused(old | CR0_NW);
	cr0_refused((old | CR0_PG) & ~CR0_PE);
#ifdef __x86_64__
	cr0_refused(old | BIT(32));
	cr0_refused(old | BIT(63));
	cr0_refused(old & ~CR0_PG);	/* 64-bit code cannot turn paging off */
#endif
}

static void cr0_short_forms(void)
{
	unsigned long old = read_cr0(), v = 0;

	write_cr0(old | CR0_TS);
	__asm__ volatile("clts" : : : "memory");
	expect_eq(read_cr0(), old & ~CR0_TS, "CR0 after CLTS");
	/* LMSW sets PE MP EM TS, and cannot clear PE */
	__asm__ volatile("lmsw %w0" : : "r"(CR0_EM | CR0_TS) : "memory");
	expect_eq(read_cr0(), (old & ~CR0_MP) | CR0_EM | CR0_TS, "CR0 after LMSW");
	__asm__ volatile("smsw %w0" : "=r"(v));
	expect_eq(v & 0xffff, read_cr0() & 0xffff, "SMSW");
	write_cr0(old);
	__asm__ volatile("smsw %w0" : "=r"(v));
	expect_eq(v & 0xffff, old & 0xffff, "SMSW with NE");
}

static void write_protect(void)
{
#if HAVE_PAGING
	static u32 page[1024] __aligned(4096);
	unsigned long va = (unsigned long)page, old = read_cr0();

	page_set(va, va | PTE_P | PTE_A | PTE_D);
	expect_trap(probe_write32(page, 1), X86_PF, PFEC_P | PFEC_W, "write with WP set");
	write_cr0(old & ~CR0_WP);
	expect_no_trap(probe_write32(page, 2), "write with WP clear");
	write_cr0(old);
	expect_trap(probe_write32(page, 3), X86_PF, PFEC_P | PFEC_W, "write with WP set again");
	page_set(va, va | PTE_P | PTE_W | PTE_A | PTE_D);
	expect_eq(page[0], 2, "the word");
#else
	test_skip("no paging in this environment");
#endif
}

static bool feature(u32 leaf, unsigned int reg, unsigned int bit)
{
	struct cpuid_regs r = cpuid_checked(leaf, 0);
	const u32 v[] = { r.eax, r.ebx, r.ecx, r.edx };

	return v[reg] >> bit & 1;
}

static void cr4_bits(void)
{
	static const struct { u8 bit; u8 reg, fbit; u32 leaf; const char *name; } bits[] = {
		{ 0, 3, 1, 1, "VME" }, { 1, 3, 1, 1, "PVI" }, { 2, 3, 4, 1, "TSD" },
		{ 3, 3, 2, 1, "DE" }, { 4, 3, 3, 1, "PSE" }, { 6, 3, 7, 1, "MCE" },
		{ 7, 3, 13, 1, "PGE" }, { 9, 3, 24, 1, "OSFXSR" }, { 10, 3, 25, 1, "OSXMMEXCPT" },
		{ 11, 2, 2, 7, "UMIP" }, { 13, 2, 5, 1, "VMXE" }, { 14, 2, 6, 1, "SMXE" },
		{ 16, 1, 0, 7, "FSGSBASE" }, { 18, 2, 26, 1, "OSXSAVE" }, { 20, 1, 7, 7, "SMEP" },
		{ 21, 1, 20, 7, "SMAP" }, { 22, 2, 3, 7, "PKE" }, { 23, 2, 7, 7, "CET" },
		{ 24, 2, 31, 7, "PKS" },
	};
	unsigned long old = read_cr4();
	unsigned int i;

	expect_eq(old & CR4_VMXE, 0, "VMXE shown");
	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		unsigned long v = old ^ BIT(bits[i].bit);

		if (feature(bits[i].leaf, bits[i].reg, bits[i].fbit)) {
			if (expect_no_trap(probe_write_cr4(v), "CR4.%s", bits[i].name))
				expect_eq(read_cr4(), v, "CR4 with %s", bits[i].name);
			write_cr4(old);
		} else {
			expect_trap(probe_write_cr4(v), X86_GP, 0, "CR4.%s, not offered",
				    bits[i].name);
			expect_eq(read_cr4(), old, "CR4 after a refused %s", bits[i].name);
		}
	}
	for (i = 15; i < 8 * sizeof(long); i++)
		if (i == 15 || i == 19 || (i >= 29 && i != 32)) {
			expect_trap(probe_write_cr4(old | BIT(i)), X86_GP, 0, "CR4 bit %u", i);
			expect_eq(read_cr4(), old, "CR4 after bit %u", i);
		}
}

static void cr4_modes(void)
{
#ifdef __x86_64__
	unsigned long old = read_cr4(), cr3 = read_cr3();

	expect_trap(probe_write_cr4(old & ~CR4_PAE), X86_GP, 0, "PAE cleared in long mode");
	expect_trap(probe_write_cr4(old ^ CR4_LA57), X86_GP, 0, "LA57 toggled in long mode");
	if (feature(1, 2, 17)) {
		/* PCIDE wants CR3[11:0] to be 0 when it is switched on */
		write_cr3(cr3 | 0x18);
		expect_trap(probe_write_cr4(old | CR4_PCIDE), X86_GP, 0, "PCIDE with low CR3 bits");
		write_cr3(cr3);
		expect_no_trap(probe_write_cr4(old | CR4_PCIDE), "PCIDE");
		expect_no_trap(probe_write_cr3(cr3 | 5 | BIT(63)), "CR3 with PCID 5, no flush");
		expect_eq(read_cr3(), cr3 | 5, "CR3 hides bit 63");
		expect_trap(probe_write_cr0(read_cr0() & ~CR0_PG), X86_GP, 0,
			    "paging off with PCIDE");
		write_cr3(cr3);
		write_cr4(old);
	} else {
		expect_trap(probe_write_cr4(old | CR4_PCIDE), X86_GP, 0, "PCIDE, not offered");
		expect_trap(probe_write_cr3(cr3 | BIT(63)), X86_GP, 0, "CR3 bit 63 without PCIDE");
	}
#else
	/* only long mode has PCIDs */
	expect_trap(probe_write_cr4(read_cr4() | CR4_PCIDE), X86_GP, 0, "PCIDE outside long mode");
#endif
}

static void cr3_bits(void)
{
	unsigned long cr3 = read_cr3();

#ifdef __x86_64__
	unsigned int width = cpuid_checked(0x80000008, 0).eax & 0xff, i;

	for (i = width; i < 63; i++) {
		if (i == 61 || i == 62)
			continue;	/* these are LAM's where that exists */
		expect_trap(probe_write_cr3(cr3 | BIT64(i)), X86_GP, 0, "CR3 bit %u", i);
		expect_eq(read_cr3(), cr3, "CR3 after bit %u", i);
	}
#endif
	expect_no_trap(probe_write_cr3(cr3 | 0x18), "CR3 with PWT and PCD");
	expect_eq(read_cr3(), cr3 | 0x18, "CR3 with PWT and PCD");
	write_cr3(cr3);
}

static void cr8(void)
{
#ifdef __x86_64__
	unsigned int i;

	expect_eq(read_cr8(), 0, "CR8 at start");
	for (i = 0; i < 16; i++) {
		write_cr8(i);
		expect_eq(read_cr8(), i, "CR8");
		expect_eq(lapic_read(APIC_TPR), i << 4, "TPR for CR8 %u", i);
	}
	lapic_write(APIC_TPR, 0x75);
	expect_eq(read_cr8(), 7, "CR8 for TPR 0x75");
	lapic_write(APIC_TPR, 0);
	expect_eq(read_cr8(), 0, "CR8 for TPR 0");
	expect_trap(probe_write_cr8(0x10), X86_GP, 0, "CR8 = 0x10");
	expect_trap(probe_write_cr8(BIT(63)), X86_GP, 0, "CR8 bit 63");
	expect_eq(read_cr8(), 0, "CR8 after refused writes");
#else
	test_skip("for 64-bit code");
#endif
}

static void xcr0(void)
{
	u64 all;

	skip_if(!(cpuid(1, 0).ecx & BIT(26)), "no XSAVE");
	write_cr4(read_cr4() & ~CR4_OSXSAVE);
	expect_trap(probe_xsetbv(0, 1), X86_UD, 0, "XSETBV without CR4.OSXSAVE");
	write_cr4(read_cr4() | CR4_OSXSAVE);
	all = (u64)cpuid(0xd, 0).edx << 32 | cpuid(0xd, 0).eax;
	expect_no_trap(probe_xsetbv(0, 3), "x87 and SSE");
	expect_eq(xgetbv(0), 3, "XCR0");
	expect_no_trap(probe_xsetbv(0, all), "everything offered");
	expect_eq(xgetbv(0), all, "XCR0 with everything");
	expect_no_trap(probe_xsetbv(0, 1), "x87 alone");
	expect_trap(probe_xsetbv(0, 0), X86_GP, 0, "no x87");
	expect_trap(probe_xsetbv(0, 2), X86_GP, 0, "SSE without x87");
	expect_trap(probe_xsetbv(0, 5), X86_GP, 0, "AVX without SSE");
	expect_trap(probe_xsetbv(0, 3 | 8), X86_GP, 0, "half of MPX");
	expect_trap(probe_xsetbv(0, all | BIT64(63)), X86_GP, 0, "bit 63");
	expect_trap(probe_xsetbv(0, all | BIT64(20)), X86_GP, 0, "an unknown state");
	expect_trap(probe_xsetbv(1, 1), X86_GP, 0, "XCR1");
	expect_trap(probe_xsetbv(0xffffffff, 1), X86_GP, 0, "a wild index");
	expect_eq(xgetbv(0), 1, "XCR0 after refused writes");
	write_cr4(read_cr4() & ~CR4_OSXSAVE);
}

static __user_text void user_cr(unsigned long which)
{
	unsigned long v;

	switch (which) {
	case 0:
		__asm__ volatile("mov %%cr0, %0" : "=r"(v));
		break;
	case 3:
		__asm__ volatile("mov %%cr3, %0" : "=r"(v));
		break;
	case 4:
		__asm__ volatile("mov %0, %%cr4" : : "r"(0L));
		break;
	case 5:
		__asm__ volatile("clts");
		break;
	case 6:
		__asm__ volatile("lmsw %%ax" : : "a"(0));
		break;
	case 7:
		__asm__ volatile("hlt");
		break;
	case 8:
		__asm__ volatile("invd");
		break;
	case 9:
		__asm__ volatile("wbinvd");
		break;
	case 10:
		__asm__ volatile("invlpg (%0)" : : "r"(0L));
		break;
	}
	USER_RETURN(0);
}

static void from_user(void)
{
	struct fault f;
	unsigned int i;

	for (i = 0; i <= 10; i++) {
		if (i == 1 || i == 2)
			continue;
		user_call(user_cr, i, &f);
		expect_trap(f, X86_GP, 0, "privileged operation %u in ring 3", i);
	}
}

static void cache_ops(void)
{
	static u32 word;

	expect_no_trap(expect_fault("wbinvd", : : : "memory"), "WBINVD");
	/* INVD loses data on hardware: a hypervisor must not let it lose the host's */
	WRITE_ONCE(word, 0x600df00d);
	expect_no_trap(expect_fault("invd", : : : "memory"), "INVD");
	expect_eq(READ_ONCE(word), 0x600df00d, "memory after INVD");
	expect_trap(expect_fault("vmxoff", : : : "memory", "cc"), X86_UD, 0, "VMXOFF");
	expect_trap(expect_fault("vmlaunch", : : : "memory", "cc"), X86_UD, 0, "VMLAUNCH");
	expect_trap(expect_fault("vmptrst (%0)", : : "r"(&word) : "memory", "cc"), X86_UD, 0,
		    "VMPTRST");
	expect_trap(expect_fault("vmxon (%0)", : : "r"(&word) : "memory", "cc"), X86_UD, 0,
		    "VMXON");
	expect_trap(expect_fault("vmread %0, %0", : : "r"(0L) : "memory", "cc"), X86_UD, 0,
		    "VMREAD");
	expect_trap(expect_fault("getsec", : : "a"(0) : "memory", "cc"), X86_UD, 0, "GETSEC");
	expect_trap(expect_fault("monitor", : : "a"(&word), "c"(0), "d"(0) : "memory"), X86_UD, 0,
		    "MONITOR");
	expect_trap(expect_fault("mwait", : : "a"(0), "c"(0) : "memory"), X86_UD, 0, "MWAIT");
}

/* On CPUs that have them they exit, offered or not; on others they are nothing. */
static void new_instructions(void)
{
	expect_trap(expect_fault(".byte 0x66, 0x0f, 0x01, 0xcc", : : "a"(~0L) : "memory", "cc"),
		    X86_UD, 0, "TDCALL");
	expect_trap(expect_fault(".byte 0x66, 0x0f, 0x01, 0xcf", : : "a"(~0L) : "memory", "cc"),
		    X86_UD, 0, "SEAMCALL");
	/* RAX from and to IA32_SYSENTER_CS by number */
	expect_trap(expect_fault(".byte 0xc4, 0xe7, 0x7b, 0xf6, 0xc0; .long 0x174",
				 : : "a"(0L) : "memory", "cc"), X86_UD, 0, "RDMSR of an immediate");
	expect_trap(expect_fault(".byte 0xc4, 0xe7, 0x7a, 0xf6, 0xc0; .long 0x174",
				 : : "a"(0L) : "memory", "cc"), X86_UD, 0, "WRMSRNS of an immediate");
}

TEST_CASES = {
	{ "CR0 bits", cr0_bits },
	{ "CLTS, LMSW, SMSW", cr0_short_forms },
	{ "CR0.WP at work", write_protect },
	{ "CR4 bits follow CPUID", cr4_bits },
	{ "CR4 and the paging mode", cr4_modes },
	{ "CR3", cr3_bits },
	{ "CR8 is the task priority", cr8 },
	{ "XCR0", xcr0 },
	{ "from ring 3", from_user },
	{ "cache and VMX instructions", cache_ops },
	{ "instructions of newer CPUs", new_instructions },
	TEST_CASES_END
};
