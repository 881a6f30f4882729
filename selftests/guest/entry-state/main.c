// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: at its first instruction a PVH vCPU is in 32-bit protected mode without
 * paging, with exactly the register values that the PVH boot protocol names and
 * zero in every register it leaves open.
 *
 * Why: boot code of unknown guests relies on each of these; a register that is
 * merely "unspecified" must not carry data of the host (the class of XSA-313).
 */
#include "guest.h"

static const struct entry_state *const e = &entry_state;

static void control(void)
{
	expect_eq(e->cr0, CR0_PE | CR0_ET, "CR0");
	expect_eq(e->cr4, 0, "CR4");
	expect_eq(e->cr3, 0, "CR3");
	expect_eq(e->cr2, 0, "CR2");
	expect_eq((u64)e->efer_hi << 32 | e->efer_lo, 0, "EFER");
	expect_eq(e->eflags, 2, "EFLAGS");
}

static void general(void)
{
	expect_eq(e->eax, 0, "EAX");
	expect_eq(e->ecx, 0, "ECX");
	expect_eq(e->edx, 0, "EDX");
	expect_eq(e->esi, 0, "ESI");
	expect_eq(e->edi, 0, "EDI");
	expect_eq(e->ebp, 0, "EBP");
	expect_eq(e->esp, 0, "ESP");
	expect(e->ebx != 0, "EBX must hold the start info's address");
	expect(!(e->ebx & 3), "start info at %#x is not aligned", e->ebx);
	expect(start_info, "no start info magic at EBX = %#x", e->ebx);
}

static void debug(void)
{
	expect_eq(e->dr0, 0, "DR0");
	expect_eq(e->dr1, 0, "DR1");
	expect_eq(e->dr2, 0, "DR2");
	expect_eq(e->dr3, 0, "DR3");
	expect_eq(e->dr6, 0xffff0ff0, "DR6");
	expect_eq(e->dr7, 0x400, "DR7");
}

static void tables(void)
{
	expect_eq(e->gdtr_base, 0, "GDTR base");
	expect(e->gdtr_limit == 0 || e->gdtr_limit == 0xffff, "GDTR limit is %#x", e->gdtr_limit);
	expect_eq(e->idtr_base, 0, "IDTR base");
	expect(e->idtr_limit == 0 || e->idtr_limit == 0xffff, "IDTR limit is %#x", e->idtr_limit);
	expect_eq(e->ldtr, 0, "LDTR");
	/* selectors are unspecified, but RPL is the privilege level */
	expect_eq(e->cs & 3, 0, "RPL in CS");
	expect_eq(e->ss & 3, 0, "RPL in SS");
}

/* These the library has not changed since entry. */
static void msrs(void)
{
	expect_eq(rdmsr(MSR_MTRR_DEF_TYPE), 0x806, "MTRR default type (write-back, fixed off, on)");
	expect_eq(rdmsr(MSR_PAT), 0x0007040600070406ULL, "PAT");
	expect_eq(lapic_base_at_entry, APIC_PAGE | APIC_BASE_EN | APIC_BASE_BSP, "APIC_BASE");
	expect_eq(rdmsr(MSR_SYSENTER_CS), 0, "SYSENTER_CS");
	expect_eq(rdmsr(MSR_SYSENTER_ESP), 0, "SYSENTER_ESP");
	expect_eq(rdmsr(MSR_SYSENTER_EIP), 0, "SYSENTER_EIP");
#ifdef __x86_64__
	expect_eq(rdmsr(MSR_STAR), 0, "STAR");
	expect_eq(rdmsr(MSR_LSTAR), 0, "LSTAR");
	expect_eq(rdmsr(MSR_CSTAR), 0, "CSTAR");
	expect_eq(rdmsr(MSR_SYSCALL_MASK), 0, "SFMASK");
	expect_eq(rdmsr(MSR_FS_BASE), 0, "FS base");
	expect_eq(rdmsr(MSR_GS_BASE), 0, "GS base");
	expect_eq(rdmsr(MSR_KERNEL_GS_BASE), 0, "kernel GS base");
#endif
}

static void xcr0(void)
{
	skip_if(!(cpuid(1, 0).ecx & BIT(26)), "no XSAVE");
	write_cr4(read_cr4() | CR4_OSXSAVE);
	expect_eq(xgetbv(0), 1, "XCR0");
	write_cr4(read_cr4() & ~CR4_OSXSAVE);
}

TEST_CASES = {
	{ "control registers and flags", control },
	{ "general registers", general },
	{ "debug registers", debug },
	{ "descriptor tables", tables },
	{ "model-specific registers", msrs },
	{ "XCR0", xcr0 },
	TEST_CASES_END
};
