// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: each model-specific register is kept, constant, checked or refused as
 * on Xen; an unknown one is #GP(0) on read and on write.
 *
 * Why: a register that leaks through to the host's is a hole, one that silently
 * swallows values lies to the guest, and operating systems probe with safe
 * accessors that count on the #GP.
 */
#include "guest.h"

#define NONCANONICAL 0x0000800000000000ULL

static void kept(u32 msr, u64 a, u64 b)
{
	u64 old = 0, v;

	if (!expect_no_trap(probe_rdmsr(msr, &old), "read %#x", msr))
		return;
	expect_no_trap(probe_wrmsr(msr, a), "write %#x", msr);
	expect_no_trap(probe_rdmsr(msr, &v), "read back %#x", msr);
	expect_eq(v, a, "MSR %#x", msr);
	expect_no_trap(probe_wrmsr(msr, b), "second write %#x", msr);
	expect_no_trap(probe_rdmsr(msr, &v), "read back %#x", msr);
	expect_eq(v, b, "MSR %#x again", msr);
	expect_no_trap(probe_wrmsr(msr, old), "restore %#x", msr);
}

static void refused_write(u32 msr, u64 v)
{
	u64 old = 0, now = 0;

	probe_rdmsr(msr, &old);
	expect_trap(probe_wrmsr(msr, v), X86_GP, 0, "write of %#llx to %#x",
		    (unsigned long long)v, msr);
	probe_rdmsr(msr, &now);
	expect_eq(now, old, "MSR %#x after a refused write", msr);
}

static void absent(u32 msr)
{
	u64 v;

	expect_trap(probe_rdmsr(msr, &v), X86_GP, 0, "read of absent %#x", msr);
	expect_trap(probe_wrmsr(msr, 0), X86_GP, 0, "write of absent %#x", msr);
}

static void unknown(void)
{
	static const u32 msrs[] = {
		0x2, 0x7, 0x12, 0x100, 0x11b, 0x27f, 0x3ff, 0x700, 0x900, 0x1fff, 0x2000, 0x12345,
		0x40000001, 0x4000007f, 0x400001ff, 0x40000fff, 0xbfffffff, 0xc0000085,
		0xc0000104, 0xc0001fff, 0xc0002000, 0xc0010010, 0xc0011020, 0xdeadbeef,
		0xffffffff,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		absent(msrs[i]);
}

static void vmx_hidden(void)
{
	u32 msr;
	u64 v;

	for (msr = MSR_VMX_BASIC; msr <= 0x491; msr++)
		absent(msr);
	/* locked, with VMX off */
	expect_no_trap(probe_rdmsr(MSR_FEATURE_CONTROL, &v), "read FEATURE_CONTROL");
	expect_eq(v, 1, "FEATURE_CONTROL");
	refused_write(MSR_FEATURE_CONTROL, 5);
}

static void counters(void)
{
	static const u32 msrs[] = { 0xc1, 0xc2, 0x186, 0x187, 0x38d, 0x38f, 0x390, 0x309, 0x345 };
	unsigned int i;
	u64 v;

	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		expect_trap(probe_rdmsr(msrs[i], &v), X86_GP, 0, "read of counter %#x", msrs[i]);
}

static void sysenter(void)
{
	kept(MSR_SYSENTER_CS, 0x10, 0x8);
	kept(MSR_SYSENTER_ESP, 0x1234567, 0);
	kept(MSR_SYSENTER_EIP, 0x7654321, 0);
#ifdef __x86_64__
	kept(MSR_SYSENTER_ESP, 0xffff800012345678, 0);
	kept(MSR_SYSENTER_EIP, 0xffff800087654321, 0);
	refused_write(MSR_SYSENTER_ESP, NONCANONICAL);
	refused_write(MSR_SYSENTER_EIP, NONCANONICAL);
#endif
}

static void syscall_msrs(void)
{
#ifdef __x86_64__
	kept(MSR_STAR, 0x0123456789abcdef, 0);
	kept(MSR_LSTAR, 0xffffffff81000000, 0x1000);
	kept(MSR_CSTAR, 0xffffffff82000000, 0x2000);
	kept(MSR_SYSCALL_MASK, 0x47700, 0xffffffff);
	kept(MSR_FS_BASE, 0xffff888000000000, 0x00007fffffffffff);
	kept(MSR_GS_BASE, 0xffff888012345678, 0);
	kept(MSR_KERNEL_GS_BASE, 0xffff888087654321, 0);
	refused_write(MSR_LSTAR, NONCANONICAL);
	refused_write(MSR_CSTAR, NONCANONICAL);
	refused_write(MSR_FS_BASE, NONCANONICAL);
	refused_write(MSR_GS_BASE, NONCANONICAL);
	refused_write(MSR_KERNEL_GS_BASE, 0x8000000000000000ULL);
#else
	test_skip("for 64-bit code");
#endif
}

static void swapgs(void)
{
#ifdef __x86_64__
	wrmsr(MSR_GS_BASE, 0x1111000);
	wrmsr(MSR_KERNEL_GS_BASE, 0xffff800000002000);
	/* exits around it, so that the pair is saved and loaded in between */
	cpuid(0, 0);
	__asm__ volatile("swapgs" : : : "memory");
	cpuid(0, 0);
	expect_eq(rdmsr(MSR_GS_BASE), 0xffff800000002000, "GS base after SWAPGS");
	expect_eq(rdmsr(MSR_KERNEL_GS_BASE), 0x1111000, "kernel GS base after SWAPGS");
	__asm__ volatile("swapgs" : : : "memory");
	expect_eq(rdmsr(MSR_GS_BASE), 0x1111000, "GS base after the second SWAPGS");
	wrmsr(MSR_GS_BASE, 0);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
#else
	test_skip("for 64-bit code");
#endif
}

static void efer(void)
{
	u64 old = rdmsr(MSR_EFER);

	kept(MSR_EFER, old | EFER_SCE, old & ~(u64)EFER_SCE);
	kept(MSR_EFER, old | EFER_NXE, old & ~(u64)EFER_NXE);
	refused_write(MSR_EFER, old | BIT(1));
	refused_write(MSR_EFER, old | BIT(9));
	refused_write(MSR_EFER, old | BIT(12));	/* SVME */
	refused_write(MSR_EFER, old | BIT64(63));
#ifdef __x86_64__
	expect_eq(old & (EFER_LME | EFER_LMA), EFER_LME | EFER_LMA, "long mode on");
	refused_write(MSR_EFER, old & ~(u64)EFER_LME);
#else
	expect_eq(old & EFER_LMA, 0, "long mode off");
	if (!HAVE_PAGING)
		kept(MSR_EFER, old | EFER_LME, old);
	else
		refused_write(MSR_EFER, old | EFER_LME);
#endif
}

static void pat(void)
{
	unsigned int i;

	kept(MSR_PAT, 0x0606060606060606ULL, 0x0105040600070406ULL);
	for (i = 0; i < 64; i += 8) {
		u64 others = 0x0606060606060606ULL & ~(0xffULL << i);

		refused_write(MSR_PAT, others | 2ULL << i);
		refused_write(MSR_PAT, others | 3ULL << i);
		refused_write(MSR_PAT, others | 8ULL << i);
		refused_write(MSR_PAT, others | 0x80ULL << i);
	}
}

/* Each has a value of its own. */
static void mtrrs_are_apart(u64 cap)
{
	static const u16 fixed[] = { 0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d,
				     0x26e, 0x26f };
	static const u8 types[] = { 0, 1, 4, 5, 6 };
	static u32 msr[ARRAY_SIZE(fixed) + 2 * 255];
	static u64 value[ARRAY_SIZE(msr)], was[ARRAY_SIZE(msr)];
	u32 n = 0, i;

	for (i = 0; i < ARRAY_SIZE(fixed) && cap & 0x100; i++) {
		value[n] = types[i % 5] | (u64)types[i / 5] << 56;
		msr[n++] = fixed[i];
	}
	for (i = 0; i < 2 * (cap & 0xff); i++) {
		value[n] = (u64)(i + 1) << PAGE_SHIFT;
		msr[n++] = MSR_MTRR_PHYSBASE0 + i;
	}
	for (i = 0; i < n; i++) {
		was[i] = rdmsr(msr[i]);
		wrmsr(msr[i], value[i]);
	}
	for (i = 0; i < n; i++) {
		expect_eq(rdmsr(msr[i]), value[i], "%#x when all have been written", msr[i]);
		wrmsr(msr[i], was[i]);
	}
}

static void mtrr(void)
{
	u64 cap = rdmsr(MSR_MTRRCAP), width;
	u32 n = cap & 0xff, i;

	width = cpuid_checked(0x80000008, 0).eax & 0xff;
	expect_eq(cap & ~0xfffULL, 0, "reserved bits of MTRRcap");
	refused_write(MSR_MTRRCAP, cap);
	expect_eq(rdmsr(MSR_MTRR_DEF_TYPE), 0x806, "default type at the start: write-back");
	kept(MSR_MTRR_DEF_TYPE, 0x806, 0xc00);
	refused_write(MSR_MTRR_DEF_TYPE, 0x802);
	refused_write(MSR_MTRR_DEF_TYPE, 0x807);
	refused_write(MSR_MTRR_DEF_TYPE, 0x1806);
	for (i = 0; i < n; i++) {
		kept(MSR_MTRR_PHYSBASE0 + 2 * i, 0xe0000000ULL, 0);
		kept(MSR_MTRR_PHYSMASK0 + 2 * i, ((1ULL << width) - 1) & ~0xfffffffULL, 0);
	}
	if (n) {
		refused_write(MSR_MTRR_PHYSBASE0, 0x2);
		refused_write(MSR_MTRR_PHYSBASE0, 0x106);
		refused_write(MSR_MTRR_PHYSBASE0, 1ULL << width);
		refused_write(MSR_MTRR_PHYSMASK0, 0x400);
		refused_write(MSR_MTRR_PHYSMASK0, 1ULL << width);
	}
	if (n < 10)
		absent(MSR_MTRR_PHYSBASE0 + 2 * n);
	if (cap & 0x100) {
		kept(MSR_MTRR_FIX64K, 0x0606060606060606ULL, 0);
		kept(0x26f, 0x0504010006050401ULL, 0);
		refused_write(MSR_MTRR_FIX64K, 0x0200000000000000ULL);
		refused_write(MSR_MTRR_FIX64K, 0x0000000000000003ULL);
	} else {
		absent(MSR_MTRR_FIX64K);
	}
	mtrrs_are_apart(cap);
}

static void apic_base(void)
{
	u64 v = rdmsr(MSR_APIC_BASE);

	expect_eq(v & ~(u64)APIC_BASE_EXTD, APIC_PAGE | APIC_BASE_EN | APIC_BASE_BSP, "APIC_BASE");
	refused_write(MSR_APIC_BASE, v | BIT(0));
	refused_write(MSR_APIC_BASE, v | BIT(9));
	refused_write(MSR_APIC_BASE, v | BIT64(52));
	refused_write(MSR_APIC_BASE, v | BIT64(63));
}

static void tsc(void)
{
	u64 a, b, v;

	a = rdtsc();
	v = rdmsr(MSR_TSC);
	b = rdtsc();
	expect(a <= v && v <= b, "MSR %#llx not between two RDTSC %#llx and %#llx",
	       (unsigned long long)v, (unsigned long long)a, (unsigned long long)b);
	if (cpuid_checked(7, 0).ebx & BIT(1)) {
		expect_no_trap(probe_rdmsr(MSR_TSC_ADJUST, &v), "read TSC_ADJUST");
		expect_eq(v, 0, "TSC_ADJUST at start");
	} else {
		absent(MSR_TSC_ADJUST);
	}
	if (cpuid_checked(0x80000001, 0).edx & BIT(27)) {
		u32 aux = 0;

		kept(MSR_TSC_AUX, 0x12345678, 0);
		wrmsr(MSR_TSC_AUX, 0x51);
		cpuid(0, 0);
		__asm__ volatile("rdtscp" : "=c"(aux) : : "eax", "edx");
		expect_eq(aux, 0x51, "RDTSCP's ECX");
		refused_write(MSR_TSC_AUX, 1ULL << 32);
		wrmsr(MSR_TSC_AUX, 0);
	} else {
		absent(MSR_TSC_AUX);
	}
	if (cpuid(1, 0).ecx & BIT(24))
		expect_no_trap(probe_rdmsr(MSR_TSC_DEADLINE, &v), "read TSC_DEADLINE");
	else
		absent(MSR_TSC_DEADLINE);
}

static void speculation(void)
{
	u32 edx = cpuid_checked(7, 0).edx;
	u64 v;

	if (edx & BIT(26)) {
		expect_no_trap(probe_rdmsr(MSR_SPEC_CTRL, &v), "read SPEC_CTRL");
		kept(MSR_SPEC_CTRL, 1, 0);
		refused_write(MSR_SPEC_CTRL, 1ULL << 63);
		expect_no_trap(probe_wrmsr(MSR_PRED_CMD, 1), "write PRED_CMD");
		refused_write(MSR_PRED_CMD, 1ULL << 8);
		expect_trap(probe_rdmsr(MSR_PRED_CMD, &v), X86_GP, 0, "read PRED_CMD");
	} else {
		absent(MSR_SPEC_CTRL);
		absent(MSR_PRED_CMD);
	}
	if (edx & BIT(29)) {
		expect_no_trap(probe_rdmsr(MSR_ARCH_CAPABILITIES, &v), "read ARCH_CAPABILITIES");
		refused_write(MSR_ARCH_CAPABILITIES, v);
	} else {
		absent(MSR_ARCH_CAPABILITIES);
	}
	if (edx & BIT(28))
		expect_no_trap(probe_wrmsr(0x10b, 1), "write FLUSH_CMD");
	else
		absent(0x10b);
}

/* Written now and then, and written all the time: kept across exits either way. */
static void speculation_often(void)
{
	unsigned int i;
	u64 v;

	skip_if(!(cpuid_checked(7, 0).edx & BIT(26)), "no SPEC_CTRL");
	for (i = 0; i < 200; i++) {
		v = i & 1 ? 3 : 0;
		wrmsr(MSR_SPEC_CTRL, v);
		cpuid(0, 0);
		if (!expect_eq(rdmsr(MSR_SPEC_CTRL), v, "SPEC_CTRL after write %u", i))
			break;
	}
	refused_write(MSR_SPEC_CTRL, 1ULL << 63);
	wrmsr(MSR_SPEC_CTRL, 0);
	expect_eq(rdmsr(MSR_SPEC_CTRL), 0, "SPEC_CTRL at the end");
	if (!(cpuid_checked(7, 0).edx & BIT(29)))
		return;
	v = rdmsr(MSR_ARCH_CAPABILITIES);
	expect(v & BIT(8), "ARCH_CAPABILITIES %#llx: no TSX, and yet TAA", (unsigned long long)v);
	expect(!(v & (BIT(7) | BIT(10) | BIT(11) | BIT(12) | BIT(18) | BIT(25))),
	       "ARCH_CAPABILITIES %#llx offers controls that are not there", (unsigned long long)v);
}

static void tolerated(void)
{
	/* read by every Linux at boot */
	static const u32 readable[] = { 0x17, MSR_UCODE_REV, MSR_MCG_CAP, MSR_MISC_ENABLE,
					MSR_DEBUGCTL, MSR_PLATFORM_INFO };
	unsigned int i;
	u64 v;

	for (i = 0; i < ARRAY_SIZE(readable); i++)
		expect_no_trap(probe_rdmsr(readable[i], &v), "read %#x", readable[i]);
	expect_no_trap(probe_wrmsr(MSR_UCODE_REV, 0), "write of 0 to the microcode revision");
	v = rdmsr(MSR_MISC_ENABLE);
	expect(v & 1, "MISC_ENABLE says that fast strings are off");
	expect(v & BIT(11) && v & BIT(12), "MISC_ENABLE does not say that BTS and PEBS are absent");
	/* bit 0 of DEBUGCTL is LBR, 6 and 7 are trace messages that nobody virtualizes */
	expect_no_trap(probe_wrmsr(MSR_DEBUGCTL, 0), "write of 0 to DEBUGCTL");
	refused_write(MSR_DEBUGCTL, BIT(6) | BIT(7));
	refused_write(MSR_DEBUGCTL, BIT64(63));
}

static void hypercall_page(void)
{
	u64 v;

	skip_if(!xen.present, "no Xen here");
	expect_no_trap(probe_rdmsr(xen.hypercall_msr, &v), "read the hypercall MSR");
	expect_eq(v, 0, "hypercall MSR");
	refused_write(xen.hypercall_msr, 0x1);
	refused_write(xen.hypercall_msr, (unsigned long)image_start | 0x800);
	/* no RAM there */
	refused_write(xen.hypercall_msr, 0xfffffff000ULL);
	refused_write(xen.hypercall_msr, 0xfffffffffffff000ULL);
}

static __user_text void user_rdmsr(unsigned long msr)
{
	__asm__ volatile("rdmsr" : : "c"(msr) : "eax", "edx");
	USER_RETURN(0);
}

static void from_user(void)
{
	struct fault f;

	user_call(user_rdmsr, MSR_TSC, &f);
	expect_trap(f, X86_GP, 0, "RDMSR of a good register in ring 3");
	user_call(user_rdmsr, 0xdeadbeef, &f);
	expect_trap(f, X86_GP, 0, "RDMSR of an absent register in ring 3");
}

TEST_CASES = {
	{ "unknown registers", unknown },
	{ "VMX is hidden", vmx_hidden },
	{ "performance counters", counters },
	{ "SYSENTER", sysenter },
	{ "SYSCALL and segment bases", syscall_msrs },
	{ "SWAPGS", swapgs },
	{ "EFER", efer },
	{ "PAT", pat },
	{ "MTRRs", mtrr },
	{ "APIC_BASE", apic_base },
	{ "TSC registers", tsc },
	{ "speculation control as CPUID offers", speculation },
	{ "SPEC_CTRL is kept across exits", speculation_often },
	{ "registers Linux reads at boot", tolerated },
	{ "hypercall page register", hypercall_page },
	{ "from ring 3", from_user },
	TEST_CASES_END
};
