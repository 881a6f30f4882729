// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a pending event reaches the guest as an interrupt: by the global
 * callback vector, level-like and without the local APIC, or by a per-vCPU
 * vector through the local APIC with EOI; not before interrupts are open, not
 * twice, and none is lost.
 *
 * Why: everything a PVH guest hears of comes this way.
 */
#include "evtchn.h"
#include "guest.h"

#include <xen/hvm/hvm_op.h>

static long port;

static void quiet(void)
{
	irq_window();
	irq_window();
	events_poll();
	event_count[port] = 0;
	upcall_count = 0;
}

static void basics(const char *mode)
{
	quiet();
	evtchn_send(port);
	udelay(200);
	expect_eq(upcall_count, 0, "%s: upcalls with IF clear", mode);
	irq_window();
	expect_eq(upcall_count, 1, "%s: upcalls after opening", mode);
	expect_eq(event_count[port], 1, "%s: events", mode);
	irq_window();
	expect_eq(upcall_count, 1, "%s: upcalls after a second opening", mode);
	/* with interrupts open it comes at the send itself */
	sti();
	evtchn_send(port);
	__asm__ volatile("nop");
	cli();
	expect_eq(event_count[port], 2, "%s: events sent with interrupts open", mode);
	/* many */
	sti();
	for (unsigned int i = 0; i < 1000; i++)
		evtchn_send(port);
	cli();
	irq_window();
	expect_eq(event_count[port], 1002, "%s: events after a thousand more", mode);
	/* masked: nothing; unmasked by hypercall: now */
	quiet();
	evtchn_2l_mask(port, true);
	evtchn_send(port);
	irq_window();
	expect_eq(upcall_count, 0, "%s: upcalls for a masked port", mode);
	evtchn_unmask(port);
	irq_window();
	expect_eq(event_count[port], 1, "%s: events after unmask", mode);
}

static void global(void)
{
	require(!upcall_init(UPCALL_GLOBAL), "callback vector");
	basics("global");
	/* the APIC has no part in it: not its TPR, not its in-service state */
	quiet();
	lapic_write(APIC_TPR, 0xff);
	evtchn_send(port);
	irq_window();
	expect_eq(upcall_count, 1, "upcalls under TPR 0xff");
	expect(!lapic_bit(APIC_ISR, UPCALL_VECTOR), "in service in the local APIC");
	lapic_write(APIC_TPR, 0);
}

/* Level-like: while upcall_pending stays set the vector comes again and again. */
static volatile u32 lazy_count;

static bool lazy_upcall(struct cpu_regs *regs)
{
	if (++lazy_count == 5)
		this_cpu()->vcpu_info->evtchn_upcall_pending = 0;
	return true;
}

static void level(void)
{
	trap_fn old;

	require(!upcall_init(UPCALL_GLOBAL), "callback vector");
	quiet();
	old = trap_handler_set(UPCALL_VECTOR, lazy_upcall);
	lazy_count = 0;
	evtchn_send(port);
	sti();
	wait_for(lazy_count >= 5, 50000);
	udelay(200);
	cli();
	expect_eq(lazy_count, 5, "upcalls until the guest cleared the flag");
	trap_handler_set(UPCALL_VECTOR, old);
	events_poll();
}

static void callback_types(void)
{
	quiet();
	/* GSI 1, as Linux writes it when vectors are per vCPU; and none at all */
	expect_rc(hvm_param_set(HVM_PARAM_CALLBACK_IRQ, 1), 0, "callback by GSI");
	evtchn_send(port);
	irq_window();
	expect_eq(upcall_count, 0, "upcalls by GSI in a domain without one");
	expect_rc(hvm_param_set(HVM_PARAM_CALLBACK_IRQ, 0), 0, "callback off");
	irq_window();
	expect_eq(upcall_count, 0, "upcalls with the callback off");
	/* back on: what is pending comes */
	expect_rc(hvm_param_set(HVM_PARAM_CALLBACK_IRQ, 2ULL << 56 | UPCALL_VECTOR), 0, "vector");
	irq_window();
	expect_eq(event_count[port], 1, "events after the callback is back");
}

static void shadow(void)
{
	struct vcpu_info *v = this_cpu()->vcpu_info;

	require(!upcall_init(UPCALL_GLOBAL), "callback vector");
	quiet();
	evtchn_send(port);
	__asm__ volatile("sti; cli" : : : "memory");
	expect_eq(upcall_count, 0, "upcalls between STI and CLI");
	__asm__ volatile("sti; nop; cli" : : : "memory");
	expect_eq(upcall_count, 1, "upcalls after one instruction");
	expect_eq(v->evtchn_upcall_pending, 0, "flag");
}

static void per_vcpu(void)
{
	long rc;

	hvm_param_set(HVM_PARAM_CALLBACK_IRQ, 1);
	rc = upcall_init(UPCALL_PER_VCPU);
	if (rc == -XEN_ENOSYS) {
		hvm_param_set(HVM_PARAM_CALLBACK_IRQ, 2ULL << 56 | UPCALL_VECTOR);
		test_skip("per-vCPU vectors not offered");
		return;
	}
	expect_rc(rc, 0, "set_evtchn_upcall_vector");
	basics("per vCPU");
	/* here the local APIC's rules hold */
	quiet();
	lapic_write(APIC_TPR, 0xff);
	evtchn_send(port);
	irq_window();
	expect_eq(upcall_count, 0, "upcalls under TPR 0xff");
	expect(lapic_bit(APIC_IRR, UPCALL_VECTOR), "not in the IRR");
	lapic_write(APIC_TPR, 0);
	irq_window();
	expect_eq(upcall_count, 1, "upcalls after the TPR went down");
	/* enabling the APIC while an upcall is pending asserts it again */
	quiet();
	lapic_write(APIC_SVR, VEC_SPURIOUS);
	evtchn_send(port);
	irq_window();
	expect_eq(upcall_count, 0, "upcalls with the APIC off");
	lapic_write(APIC_SVR, SVR_ENABLE | VEC_SPURIOUS);
	irq_window();
	expect_eq(upcall_count, 1, "upcalls once it is on");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	if (shared_info_map())
		test_error("no shared info");
	port = evtchn_bind_ipi(0);
	if (port < 0)
		test_error("bind_ipi gives %ld", port);
	evtchn_unmask(port);
}

TEST_CASES = {
	{ "global callback vector", global },
	{ "level-like until the flag is clear", level },
	{ "callback types", callback_types },
	{ "shadow of STI", shadow },
	{ "per-vCPU vector", per_vcpu },
	TEST_CASES_END
};
