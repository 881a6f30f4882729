// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: the Xen leaves are exactly Xen's, and the native leaves show a machine
 * without the features that are not virtualized.
 *
 * Why: guests find the hypervisor, its hypercall page, their vCPU id and their
 * clock only here, and switch on what the native leaves offer.
 */
#include "guest.h"

#include <xen/arch-x86/cpuid.h>

static void signature(void)
{
	struct cpuid_regs r = cpuid(0x40000000, 0);

	expect_eq(r.eax, 0x40000005, "highest leaf");
	expect_eq(r.ebx, 0x566e6558, "EBX");
	expect_eq(r.ecx, 0x65584d4d, "ECX");
	expect_eq(r.edx, 0x4d4d566e, "EDX");
	expect(cpuid(1, 0).ecx >> 31, "leaf 1 does not say that a hypervisor is present");
}

static void version(void)
{
	struct cpuid_regs r = cpuid(0x40000001, 0);

	expect(r.eax >> 16 == 4, "major version %u", r.eax >> 16);
	expect_eq(r.eax, xen_version_op(0, NULL), "version against XENVER_version");
	expect_eq(r.ebx | r.ecx | r.edx, 0, "other registers");
}

static void hypercall_leaf(void)
{
	struct cpuid_regs r = cpuid(0x40000002, 0);

	expect_eq(r.eax, 1, "hypercall pages");
	expect_eq(r.ebx, 0x40000000, "hypercall page MSR");
	expect_eq(r.ecx, 0, "features");
	expect_eq(r.edx, 0, "EDX");
}

static void time_leaf(void)
{
	struct cpuid_regs r = cpuid(0x40000003, 0);
	struct vcpu_time_info t = { 0 };
	u32 khz = r.ecx;

	expect_eq(r.eax & ~7u, 0, "unknown flags");
	expect_eq((r.eax >> 2) & 1, (cpuid_checked(0x80000001, 0).edx >> 27) & 1,
		  "RDTSCP flag against leaf 0x80000001");
	expect_eq(r.ebx, 0, "TSC mode");
	require(khz, "TSC frequency is 0");
	r = cpuid(0x40000003, 1);
	t.tsc_to_system_mul = r.ecx;
	t.tsc_shift = (s8)r.edx;
	expect_eq((s32)r.edx, (s8)r.edx, "shift as a sign-extended byte");
	expect(t.tsc_to_system_mul >> 31, "multiplier %#x is not normalised", r.ecx);
	/* the multiplier has 31 bits or more: one kHz of rounding is much */
	expect((s64)pvclock_khz(&t) - khz <= 1 && khz - (s64)pvclock_khz(&t) <= 1,
	       "scale says %u kHz, sub-leaf 0 %u", pvclock_khz(&t), khz);
	r = cpuid(0x40000003, 2);
	expect(r.eax, "host frequency is 0");
	expect_eq(r.ebx | r.ecx | r.edx, 0, "other registers of sub-leaf 2");
	r = cpuid(0x40000003, 3);
	expect_eq(r.eax | r.ebx | r.ecx | r.edx, 0, "sub-leaf 3");
}

static void hvm_leaf(void)
{
	const u32 must = XEN_HVM_CPUID_IOMMU_MAPPINGS | XEN_HVM_CPUID_VCPU_ID_PRESENT |
			 XEN_HVM_CPUID_DOMID_PRESENT;
	struct cpuid_regs r = cpuid(0x40000004, 0);

	expect_eq(r.eax & must, must, "flags that are always set");
	expect_eq(r.eax & ~0x5fu, 0, "flags that Xen 4.17 does not know or set");
	expect_eq(r.ebx, 0, "vCPU id");
	expect(r.ecx && r.ecx < DOMID_FIRST_RESERVED, "domain id %u", r.ecx);
	expect_eq(r.edx, 0, "EDX");
	r = cpuid(0x40000004, 1);
	expect_eq(r.eax | r.ebx | r.ecx | r.edx, 0, "sub-leaf 1");
}

static void beyond(void)
{
	static const u32 leaves[] = {
		0x40000005, 0x40000006, 0x400000ff, 0x40000100, 0x4000ff00, 0x20000000,
		0xc0000000, 0x7fffffff, 0xffffffff,
	};
	u32 top = cpuid(0, 0).eax + 1, xtop = cpuid(0x80000000, 0).eax + 1;
	struct cpuid_regs r;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		r = cpuid(leaves[i], 0);
		expect_eq(r.eax | r.ebx | r.ecx | r.edx, 0, "leaf %#x", leaves[i]);
	}
	r = cpuid(top, 0);
	expect_eq(r.eax | r.ebx | r.ecx | r.edx, 0, "leaf %#x above the basic range", top);
	r = cpuid(xtop, 0);
	expect_eq(r.eax | r.ebx | r.ecx | r.edx, 0, "leaf %#x above the extended range", xtop);
}

static void basic(void)
{
	struct cpuid_regs r = cpuid(0, 0), r1 = cpuid(1, 0);

	expect(r.ebx == 0x756e6547 && r.edx == 0x49656e69 && r.ecx == 0x6c65746e,
	       "vendor is not GenuineIntel: guests would use another call instruction");
	expect(r.eax >= 0xb && r.eax < 0x100, "highest basic leaf %#x", r.eax);
	expect_eq(r1.ebx >> 24, lapic_id() & 0xff, "initial APIC id");
	expect_eq((r1.ebx >> 8) & 0xff, 8, "CLFLUSH size");
	expect(!(r1.ecx & BIT(5)), "VMX offered");
	expect(!(r1.ecx & BIT(6)), "SMX offered");
	expect(!(r1.ecx & BIT(3)), "MONITOR offered");
	expect(!(r1.ecx & BIT(15)), "PDCM offered without counters");
	expect(!(r1.ecx & BIT(2)) && !(r1.edx & BIT(21)), "debug store offered");
	expect(r1.edx & BIT(9), "local APIC missing");
	expect_eq(r1.edx & (BIT(4) | BIT(5) | BIT(6) | BIT(12) | BIT(13) | BIT(16)),
		  BIT(4) | BIT(5) | BIT(6) | BIT(12) | BIT(13) | BIT(16),
		  "TSC MSR PAE MTRR PGE PAT");
	expect(!(r1.edx & BIT(29)) && !(r1.edx & BIT(22)), "thermal features offered");
}

static void osxsave(void)
{
	skip_if(!(cpuid(1, 0).ecx & BIT(26)), "no XSAVE");
	expect(!(cpuid(1, 0).ecx & BIT(27)), "OSXSAVE shown while CR4.OSXSAVE is clear");
	write_cr4(read_cr4() | CR4_OSXSAVE);
	expect(cpuid(1, 0).ecx & BIT(27), "OSXSAVE not shown while CR4.OSXSAVE is set");
	write_cr4(read_cr4() & ~CR4_OSXSAVE);
}

static void structured(void)
{
	struct cpuid_regs r = cpuid_checked(7, 0);

	expect(!(r.ebx & BIT(2)), "SGX offered");
	expect(!(r.ebx & BIT(25)), "processor trace offered");
	expect(!(r.ecx & BIT(5)), "WAITPKG offered");
	expect(!(r.ecx & BIT(7)) && !(r.edx & BIT(20)), "CET offered");
	expect(!(r.ecx & BIT(31)), "PKS offered");
	/* Linux hangs early with this pair; the emulated CPUs have it */
	expect(!(r.edx & BIT(4)) || (r.ebx & BIT(9)), "FSRM without ERMS");
	r = cpuid_checked(0xa, 0);
	expect_eq(r.eax | r.ebx | r.ecx | r.edx, 0, "performance counters");
}

static void xstate(void)
{
	struct cpuid_regs r, s;
	unsigned int i;
	u64 all;

	skip_if(!(cpuid(1, 0).ecx & BIT(26)), "no XSAVE");
	r = cpuid_checked(0xd, 0);
	all = (u64)r.edx << 32 | r.eax;
	expect_eq(all & 3, 3, "x87 and SSE state");
	expect(r.ecx >= 576, "size of all states is %u", r.ecx);
	expect_eq(r.ebx, 576, "size with XCR0 = 1");
	if (cpuid(1, 0).ecx & BIT(28))
		expect(all & 4, "AVX without its state");
	else
		expect(!(all & 4), "AVX state without AVX");
	for (i = 2; i < 63; i++) {
		s = cpuid(0xd, i);
		if (all >> i & 1)
			expect(s.eax && s.ebx + s.eax <= r.ecx, "state %u: %u bytes at %u of %u", i,
			       s.eax, s.ebx, r.ecx);
		else if (i >= 32 || !(cpuid(0xd, 1).ecx & BIT(i % 32)))
			expect_eq(s.eax | s.ebx | s.ecx | s.edx, 0, "absent state %u", i);
	}
}

static void topology(void)
{
	struct cpuid_regs r = cpuid(0xb, 0);

	expect_eq(r.edx, lapic_id(), "x2APIC id in leaf 0xb");
	expect_eq(r.ecx & 0xff, 0, "level number");
	r = cpuid(0xb, 1);
	expect_eq(r.edx, lapic_id(), "x2APIC id in sub-leaf 1");
	expect_eq(r.ecx & 0xff, 1, "level number of sub-leaf 1");
}

static void extended(void)
{
	struct cpuid_regs r = cpuid(0x80000008, 0);

	expect(cpuid(0x80000000, 0).eax >= 0x80000008, "extended leaves");
	expect((r.eax & 0xff) >= 36 && (r.eax & 0xff) <= 52, "physical address bits %u",
	       r.eax & 0xff);
	r = cpuid(0x80000001, 0);
	expect(r.edx & BIT(29), "long mode missing");
	expect(r.edx & BIT(20), "NX missing");
	expect(r.edx & BIT(11) || sizeof(long) == 4, "SYSCALL missing");
	expect(!(r.ecx & BIT(2)), "SVM offered");
}

static __user_data struct cpuid_regs user_regs;

static __user_text void user_cpuid(unsigned long leaf)
{
	user_regs = cpuid(leaf, 0);
	USER_RETURN(0);
}

static void from_user(void)
{
	struct fault f;

	user_call(user_cpuid, 0x40000000, &f);
	expect_no_trap(f, "CPUID in ring 3");
	expect_eq(user_regs.ebx, XEN_CPUID_SIGNATURE_EBX, "signature seen in ring 3");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen leaves");
}

TEST_CASES = {
	{ "signature leaf", signature },
	{ "version leaf", version },
	{ "hypercall leaf", hypercall_leaf },
	{ "time leaf", time_leaf },
	{ "HVM leaf", hvm_leaf },
	{ "leaves beyond the ranges are zero", beyond },
	{ "native: leaves 0 and 1", basic },
	{ "native: OSXSAVE follows CR4", osxsave },
	{ "native: leaf 7 and counters", structured },
	{ "native: extended state", xstate },
	{ "native: topology", topology },
	{ "native: extended leaves", extended },
	{ "from ring 3", from_user },
	TEST_CASES_END
};
