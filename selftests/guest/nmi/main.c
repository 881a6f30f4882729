// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: an NMI sent through the local APIC arrives whatever IF says, once for
 * each sending unless NMIs are blocked; while its handler runs further ones
 * wait, one at most, until IRET.
 *
 * Why: NMI blocking is a state of its own that injection has to keep right, also
 * across exits in the handler.
 */
#include "guest.h"

static volatile u32 count, in_handler, nested_seen;
static volatile bool resend;

static bool on_nmi(struct cpu_regs *regs)
{
	if (in_handler)
		nested_seen++;
	in_handler++;
	count++;
	if (resend && count == 1) {
		u32 before = count;

		lapic_icr(ICR_NMI | ICR_ASSERT, lapic_id());
		lapic_icr(ICR_NMI | ICR_ASSERT, lapic_id());
		cpuid(0, 0);
		outb(0x80, 0);
		if (xen.present)
			xen_version_op(0, NULL);
		udelay(300);
		if (count != before)
			nested_seen++;
	}
	in_handler--;
	return true;
}

static void nmi_self(void)
{
	lapic_icr(ICR_NMI | ICR_ASSERT, lapic_id());
	/* delivered at an instruction boundary soon after the write */
	wait_for(false, 20);
}

static void plain(void)
{
	unsigned int i;

	trap_handler_set(X86_NMI, on_nmi);
	count = 0;
	for (i = 1; i <= 20; i++) {
		nmi_self();
		if (!expect_eq(count, i, "NMIs after sending %u", i))
			break;
	}
	sti();
	nmi_self();
	cli();
	expect_eq(count, 21, "NMIs with interrupts open");
}

static void blocking(void)
{
	trap_handler_set(X86_NMI, on_nmi);
	count = 0;
	nested_seen = 0;
	resend = true;
	nmi_self();
	wait_for(false, 200);
	resend = false;
	expect_eq(nested_seen, 0, "NMIs inside the handler");
	expect_eq(count, 2, "NMIs in all: the second of those sent inside merges");
	nmi_self();
	expect_eq(count, 3, "a later one");
}

/* An exception's IRET inside the handler ends the blocking: architecture, not choice. */
static volatile u32 depth_max, depth;

static bool on_nmi_iret(struct cpu_regs *regs)
{
	depth++;
	if (depth > depth_max)
		depth_max = depth;
	count++;
	if (count == 1) {
		lapic_icr(ICR_NMI | ICR_ASSERT, lapic_id());
		__asm__ volatile("nop" EXTABLE("1f", "1f") "int3\n1:");
		wait_for(false, 100);
	}
	depth--;
	return true;
}

static void unblock_by_iret(void)
{
	/* on the current stack: a nested one on the same interrupt stack would spoil its frame */
	trap_gate_set(X86_NMI, 0, true, 0);
	trap_handler_set(X86_NMI, on_nmi_iret);
	count = 0;
	depth = 0;
	depth_max = 0;
	nmi_self();
	wait_for(false, 200);
	expect_eq(count, 2, "NMIs");
	expect_eq(depth_max, 2, "nesting once an exception returned inside the handler");
	trap_gate_set(X86_NMI, 0, true, IST_NMI);
	trap_handler_set(X86_NMI, on_nmi);
}

static volatile u32 irqs, irq_after_nmi;

static bool on_irq(struct cpu_regs *regs)
{
	irqs++;
	if (count)
		irq_after_nmi++;
	lapic_eoi();
	return true;
}

static void before_interrupts(void)
{
	trap_handler_set(X86_NMI, on_nmi);
	trap_handler_set(0x66, on_irq);
	count = 0;
	irqs = 0;
	irq_after_nmi = 0;
	lapic_self_ipi(0x66);
	nmi_self();
	expect_eq(irqs, 0, "interrupts with IF clear");
	irq_window();
	expect_eq(irqs, 1, "interrupts");
	expect_eq(irq_after_nmi, 1, "NMI first");
}

static void wakes_hlt(void)
{
	skip_if(!xen.present, "no timer without Xen");
	trap_handler_set(X86_NMI, on_nmi);
	trap_handler_set(0x66, on_irq);
	count = 0;
	irqs = 0;
	/* an interrupt is the safety net: HLT must end with the NMI already taken */
	lapic_icr(ICR_NMI | ICR_ASSERT, lapic_id());
	lapic_self_ipi(0x66);
	sti_hlt();
	cli();
	expect_eq(count, 1, "NMIs");
}

static void vcpuop(void)
{
	long rc;

	skip_if(!xen.present, "no hypercalls here");
	trap_handler_set(X86_NMI, on_nmi);
	count = 0;
	rc = vcpu_op(11, 0, NULL);	/* VCPUOP_send_nmi */
	if (rc == -XEN_ENOSYS) {
		test_skip("not offered");
		return;
	}
	expect_rc(rc, 0, "VCPUOP_send_nmi");
	wait_for(count, 1000);
	expect_eq(count, 1, "NMIs");
	expect_rc(vcpu_op(11, 1000, NULL), -XEN_ENOENT,
		  "VCPUOP_send_nmi to a vCPU that is not there");
}

/* What other vCPUs are sent is lost when they are started anew: nothing of it comes late. */
static volatile u32 stuck;

static bool on_nmi_stay(struct cpu_regs *regs)
{
	(void)regs;
	stuck++;
	for (;;)
		cpu_relax();
	return true;
}

static void nmi_to(u32 vcpu)
{
	lapic_icr(ICR_NMI | ICR_ASSERT, smp_apic_id(vcpu));
}

static void starts_again(void)
{
	skip_if(smp_count() < 2, "one vCPU");
	trap_handler_set(X86_NMI, on_nmi_stay);
	stuck = 0;
	if (!expect(smp_start(1, SMP_SIPI), "vCPU 1 does not start"))
		return;
	nmi_to(1);
	wait_for(stuck, 10000);
	expect_eq(stuck, 1, "NMIs");
	/* the second waits for the first one's IRET, which never comes */
	nmi_to(1);
	udelay(500);
	expect_eq(stuck, 1, "NMIs while the first is handled");
	expect(smp_start(1, SMP_SIPI), "vCPU 1 does not start out of its NMI handler");
	udelay(500);
	expect_eq(stuck, 1, "NMIs of the vCPU that started anew");
}

static void down(void)
{
	skip_if(smp_count() < 2, "one vCPU");
	trap_handler_set(X86_NMI, on_nmi_stay);
	lapic_icr(ICR_INIT | ICR_ASSERT | ICR_LEVEL, smp_apic_id(1));
	udelay(500);
	stuck = 0;
	nmi_to(1);
	expect(smp_start(1, SMP_SIPI), "vCPU 1 does not start after an NMI that came before");
	udelay(500);
	expect_eq(stuck, 0, "NMIs from before the start");
}

TEST_CASES = {
	{ "self NMI", plain },
	{ "blocked until IRET", blocking },
	{ "an inner IRET unblocks", unblock_by_iret },
	{ "NMI comes before interrupts", before_interrupts },
	{ "NMI and HLT", wakes_hlt },
	{ "VCPUOP_send_nmi", vcpuop },
	{ "started out of the handler", starts_again },
	{ "sent to a vCPU that is down", down },
	TEST_CASES_END
};
