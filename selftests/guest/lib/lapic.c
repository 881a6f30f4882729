// SPDX-License-Identifier: GPL-2.0-only
/* Local APIC access; see lapic.h. */
#include "cpu.h"
#include "lapic.h"

bool lapic_x2;
u64 lapic_base_at_entry;

u32 lapic_read(u32 reg)
{
	if (lapic_x2)
		return rdmsr(0x800 + (reg >> 4));
	return READ_ONCE(*(u32 *)(APIC_PAGE + reg));
}

void lapic_write(u32 reg, u32 v)
{
	if (lapic_x2)
		wrmsr(0x800 + (reg >> 4), v);
	else
		WRITE_ONCE(*(u32 *)(APIC_PAGE + reg), v);
}

u32 lapic_id(void)
{
	u32 v = lapic_read(APIC_ID);

	return lapic_x2 ? v : v >> 24;
}

void lapic_eoi(void)
{
	lapic_write(APIC_EOI, 0);
}

void lapic_icr(u32 lo, u32 dest)
{
	if (lapic_x2) {
		wrmsr(0x800 + (APIC_ICR >> 4), (u64)dest << 32 | lo);
		return;
	}
	lapic_write(APIC_ICR2, dest << 24);
	lapic_write(APIC_ICR, lo);
	while (lapic_read(APIC_ICR) & ICR_BUSY)
		cpu_relax();
}

bool lapic_bit(u32 base, u8 vector)
{
	return (lapic_read(base + (vector / 32) * 0x10) >> (vector % 32)) & 1;
}

volatile u32 lapic_spurious;

/* No EOI for these: the APIC never put them in service. */
static bool on_spurious(struct cpu_regs *regs)
{
	lapic_spurious++;
	return true;
}

void lapic_init(void)
{
	trap_handler_set(VEC_SPURIOUS, on_spurious);
	lapic_x2 = (rdmsr(MSR_APIC_BASE) & APIC_BASE_EXTD) != 0;
	if (rdmsr(MSR_APIC_BASE) & APIC_BASE_EN)
		lapic_write(APIC_SVR, SVR_ENABLE | VEC_SPURIOUS);
}

void lapic_start(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	lapic_base_at_entry = base;
	if ((base & APIC_BASE_EN) && (cpuid(1, 0).ecx & BIT(21)))
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_EXTD);
	lapic_init();
}

void lapic_init_ap(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	if (lapic_x2 && !(base & APIC_BASE_EXTD))
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_EN | APIC_BASE_EXTD);
	lapic_write(APIC_SVR, SVR_ENABLE | VEC_SPURIOUS);
}

bool lapic_mode_set(bool x2)
{
	u64 base = rdmsr(MSR_APIC_BASE) & ~(u64)(APIC_BASE_EN | APIC_BASE_EXTD);

	if (x2 && !(cpuid(1, 0).ecx & BIT(21)))
		return false;
	/* x2APIC to xAPIC goes through "disabled"; the way up has no short cut either */
	wrmsr(MSR_APIC_BASE, base);
	wrmsr(MSR_APIC_BASE, base | APIC_BASE_EN);
	if (x2)
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_EN | APIC_BASE_EXTD);
	lapic_init();
	return true;
}
