// SPDX-License-Identifier: GPL-2.0-only
/*
 * The local APIC's registers and the way of an interrupt through it.  The page
 * of registers belongs to the vCPU's own thread; other CPUs only set bits in the
 * mail-box (v->vmx.pir, lapic.mail) and ask for attention.
 *
 * Where the CPU delivers virtual interrupts itself it moves bits from IRR to ISR
 * in the same page, and we only tell it the highest one (RVI).
 */
#include <linux/bitops.h>
#include <linux/types.h>
#include <asm/vmx.h>

#include "ept/ept.h"
#include "lapic/internal.h"
#include "trace.h"
#include "vcpu/regs.h"
#include "vmx/root/caps.h"

/*
 * Integrated; the highest LVT entry is number 5.  As on Xen, the entry for corrected
 * machine checks can be used nevertheless, but no guest is led to expect its interrupt.
 */
#define LVR_VALUE	(0x14 | 5 << 16)
#define SPIV_RESET	0xff
#define LVT_RESET	APIC_LVT_MASKED

/* A register of 256 bits is eight words, 16 bytes apart. */
#define BIT_OFFSET(base, vector)	((base) + ((vector) >> 5) * 16)

static void set_vector(struct vcpu *v, u32 base, u8 vector)
{
	*(u32 *)(v->vmx.vapic + BIT_OFFSET(base, vector)) |= BIT(vector & 31);
}

static void clear_vector(struct vcpu *v, u32 base, u8 vector)
{
	*(u32 *)(v->vmx.vapic + BIT_OFFSET(base, vector)) &= ~BIT(vector & 31);
}

/* Highest vector set in IRR or ISR, -1 for none. */
static int highest(const struct vcpu *v, u32 base)
{
	int word;

	for (word = 7; word >= 0; word--) {
		u32 bits = lapic_reg(v->vmx.vapic, base + 16 * word);

		if (bits)
			return 32 * word + __fls(bits);
	}
	return -1;
}

static bool vid(const struct vcpu *v)
{
	return v->vmx.ctl_proc2 & SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY;
}

bool lapic_enabled(const struct vcpu *v)
{
	return (v->lapic.base & XAPIC_ENABLE) &&
	       (lapic_reg(v->vmx.vapic, APIC_SPIV) & APIC_SPIV_APIC_ENABLED);
}

static void update_ppr(struct vcpu *v)
{
	u32 tpr = lapic_reg(v->vmx.vapic, APIC_TASKPRI) & 0xff;
	int isr = highest(v, APIC_ISR);
	u32 ppr = isr >= 0 && (isr & 0xf0) > (tpr & 0xf0) ? isr & 0xf0 : tpr;

	lapic_set_reg(v, APIC_PROCPRI, ppr);
}

/**
 * lapic_post() - a fixed, edge-triggered interrupt for a vCPU
 * @v: any vCPU
 * @vector: 16 to 255
 *
 * Context: any.
 */
void lapic_post(struct vcpu *v, u8 vector)
{
	trace_xlhv_lapic_post(v, vector);
	if (test_and_set_bit(vector, v->vmx.pir->pir))
		return;
	if (v->task == current && v->vmx.atomic) {
		/* From itself, between an exit and the next entry. */
		v->vmx.recheck = true;
		return;
	}
	vcpu_request(v, VCPU_REQ_EVENT);
	vcpu_wake(v);
}

/**
 * lapic_post_nmi() - an NMI for a vCPU
 * @v: any vCPU; one that is down loses it when it starts
 *
 * Context: any but NMI.
 */
void lapic_post_nmi(struct vcpu *v)
{
	set_bit(LAPIC_MAIL_NMI, &v->lapic.mail);
	vcpu_request(v, VCPU_REQ_EVENT);
	vcpu_wake(v);
}

/**
 * lapic_error() - the local APIC detects an error
 * @v: any vCPU
 * @error: a bit of the ESR
 *
 * Until the guest writes to the ESR, which also makes the error readable, one kind of
 * error raises one interrupt.  Context: any.
 * Source: SDM vol. 3, "Error Handling" of the local APIC.
 */
void lapic_error(struct vcpu *v, u32 error)
{
	u32 entry = lapic_reg(v->vmx.vapic, APIC_LVTERR);

	if (test_and_set_bit(__ffs(error), &v->lapic.errors))
		return;
	if (entry & APIC_LVT_MASKED || !lapic_enabled(v))
		return;
	if ((entry & APIC_VECTOR_MASK) >= 16)
		lapic_post(v, entry & APIC_VECTOR_MASK);
	else
		set_bit(__ffs(APIC_ESR_RECVILL), &v->lapic.errors);
}

/**
 * lapic_fixed() - a fixed interrupt arrives, with whatever vector the guest has chosen
 * @v: any vCPU
 * @vector: 0 to 15 are an error
 *
 * Context: any.
 */
void lapic_fixed(struct vcpu *v, u8 vector)
{
	if (!lapic_enabled(v))
		return;
	if (vector >= 16)
		lapic_post(v, vector);
	else
		lapic_error(v, APIC_ESR_RECVILL);
}

/**
 * lapic_sync() - move what was posted into the IRR
 * @v: own thread; with virtual-interrupt delivery, in a window
 */
void lapic_sync(struct vcpu *v)
{
	struct pi_desc *pi = v->vmx.pir;
	unsigned int i, vector;

	for (i = 0; i < ARRAY_SIZE(pi->pir); i++) {
		unsigned long bits = READ_ONCE(pi->pir[i]) ? xchg(&pi->pir[i], 0) : 0;

		for_each_set_bit(vector, &bits, BITS_PER_LONG) {
			set_vector(v, APIC_IRR, i * BITS_PER_LONG + vector);
			clear_vector(v, APIC_TMR, i * BITS_PER_LONG + vector);
		}
	}
	if (v->vmx.atomic && vid(v)) {
		u16 status = vmcs_read16(GUEST_INTR_STATUS);
		int irr = highest(v, APIC_IRR);

		if (irr > 0 && (u8)status != irr)
			vmcs_write16(GUEST_INTR_STATUS, (status & 0xff00) | irr);
	}
	if (READ_ONCE(v->lapic.mail) & BIT(LAPIC_MAIL_NMI) &&
	    test_and_clear_bit(LAPIC_MAIL_NMI, &v->lapic.mail))
		vmx_pend_nmi(v);
}

/* Guest interrupt status for the VMCS: SVI in the high byte, RVI in the low. */
u16 lapic_intr_status(struct vcpu *v)
{
	int isr = highest(v, APIC_ISR), irr = highest(v, APIC_IRR);

	return (isr > 0 ? isr : 0) << 8 | (irr > 0 ? irr : 0);
}

/**
 * lapic_pending() - what could be delivered now
 * @v: own thread, or not running; lapic_sync() was called
 *
 * Return: the highest requested vector if its class is above the processor
 * priority, else -1.
 */
int lapic_pending(struct vcpu *v)
{
	int irr;

	if (!lapic_enabled(v))
		return -1;
	irr = highest(v, APIC_IRR);
	if (irr < 16)
		return -1;
	update_ppr(v);
	return (irr & 0xf0) > (lapic_reg(v->vmx.vapic, APIC_PROCPRI) & 0xf0) ? irr : -1;
}

u32 lapic_tpr_threshold(struct vcpu *v)
{
	int irr = highest(v, APIC_IRR);
	u32 tpr = lapic_reg(v->vmx.vapic, APIC_TASKPRI) & 0xff;

	return irr >= 16 && irr >> 4 <= tpr >> 4 ? irr >> 4 : 0;
}

/* It is being delivered by hand. */
void lapic_accept(struct vcpu *v, u8 vector)
{
	clear_vector(v, APIC_IRR, vector);
	set_vector(v, APIC_ISR, vector);
	update_ppr(v);
}

/**
 * lapic_return() - its delivery was broken off for something that goes first
 * @v: in a window
 * @vector: as it was accepted, by hand or by the CPU
 *
 * It is requested again.  A vector that is not in service did not come from here.
 */
void lapic_return(struct vcpu *v, u8 vector)
{
	v->vmx.recheck = true;
	if (!(lapic_reg(v->vmx.vapic, BIT_OFFSET(APIC_ISR, vector)) & BIT(vector & 31)))
		return;
	clear_vector(v, APIC_ISR, vector);
	set_vector(v, APIC_IRR, vector);
	update_ppr(v);
	if (vid(v))
		vmcs_write16(GUEST_INTR_STATUS, lapic_intr_status(v));
}

static void eoi(struct vcpu *v)
{
	int isr = highest(v, APIC_ISR);

	if (isr < 0)
		return;
	clear_vector(v, APIC_ISR, isr);
	update_ppr(v);
	v->vmx.recheck = true;
	if (v->vmx.atomic && vid(v))
		vmcs_write16(GUEST_INTR_STATUS, lapic_intr_status(v));
}

static u32 x2apic_ldr(u32 id)
{
	return (id >> 4) << 16 | BIT(id & 15);
}

/**
 * lapic_reset() - as after power-up or INIT
 * @v: does not run
 * @init: INIT: IA32_APIC_BASE and the ID stay
 *
 * A vCPU starts in xAPIC mode, as on Xen: kernels that do not know x2APIC look for
 * the registers in memory and do not ask for the mode.
 */
void lapic_reset(struct vcpu *v, bool init)
{
	void *page = v->vmx.vapic;
	u32 lvt;

	if (!init)
		v->lapic.base = APIC_DEFAULT_PHYS_BASE | XAPIC_ENABLE |
				(v->id ? 0 : MSR_IA32_APICBASE_BSP);
	memset(page, 0, PAGE_SIZE);
	memset(v->vmx.pir->pir, 0, sizeof(v->vmx.pir->pir));
	v->lapic.errors = 0;
	lapic_set_reg(v, APIC_ID, lapic_x2apic(v) ? v->lapic.id : v->lapic.id << 24);
	lapic_set_reg(v, APIC_LVR, LVR_VALUE);
	lapic_set_reg(v, APIC_LDR, lapic_x2apic(v) ? x2apic_ldr(v->lapic.id) : 0);
	lapic_set_reg(v, APIC_DFR, ~0U);
	lapic_set_reg(v, APIC_SPIV, SPIV_RESET);
	for (lvt = APIC_LVTT; lvt <= APIC_LVTERR; lvt += 0x10)
		lapic_set_reg(v, lvt, LVT_RESET);
	lapic_set_reg(v, APIC_LVTCMCI, LVT_RESET);
	lapic_timer_reset(v);
}

/**
 * lapic_read() - a register by its offset
 * @v: own thread
 * @offset: 0x20 to 0x3f0, a multiple of 16
 * @value: out
 *
 * Return: 0, or -EINVAL: there is no such register.
 */
int lapic_read(struct vcpu *v, u32 offset, u32 *value)
{
	switch (offset) {
	case APIC_ID:
	case APIC_LVR:
	case APIC_TASKPRI:
	case APIC_LDR:
	case APIC_DFR:
	case APIC_SPIV:
	case APIC_ISR ... APIC_ISR + 0x70:
	case APIC_TMR ... APIC_TMR + 0x70:
	case APIC_IRR ... APIC_IRR + 0x70:
	case APIC_ESR:
	case APIC_ICR:
	case APIC_ICR2:
	case APIC_LVTCMCI:
	case APIC_LVTT ... APIC_LVTERR:
	case APIC_TMICT:
	case APIC_TDCR:
		*value = lapic_reg(v->vmx.vapic, offset);
		return 0;
	case APIC_PROCPRI:
		update_ppr(v);
		*value = lapic_reg(v->vmx.vapic, offset);
		return 0;
	case APIC_TMCCT:
		*value = lapic_timer_count(v);
		return 0;
	default:
		return -EINVAL;
	}
}

static void write_spiv(struct vcpu *v, u32 value)
{
	bool was = lapic_enabled(v);
	u32 lvt;

	lapic_set_reg(v, APIC_SPIV, value & (APIC_SPIV_APIC_ENABLED | APIC_VECTOR_MASK | BIT(9)));
	if (lapic_enabled(v)) {
		v->vmx.recheck = true;
		/* An upcall that came while the APIC was off is raised now. */
		if (!was && v->evtchn.upcall_vector && vcpu_upcall_pending(v))
			lapic_post(v, v->evtchn.upcall_vector);
		return;
	}
	for (lvt = APIC_LVTT; lvt <= APIC_LVTERR; lvt += 0x10)
		lapic_set_reg(v, lvt, lapic_reg(v->vmx.vapic, lvt) | APIC_LVT_MASKED);
	lapic_set_reg(v, APIC_LVTCMCI, lapic_reg(v->vmx.vapic, APIC_LVTCMCI) | APIC_LVT_MASKED);
}

static void write_lvt(struct vcpu *v, u32 offset, u32 value)
{
	static const u32 writable[] = {
		[0] = 0x700ff,		/* timer: mask, mode, vector */
		[1] = 0x107ff,		/* thermal */
		[2] = 0x107ff,		/* performance counters */
		[3] = 0x1a7ff,		/* LINT0 */
		[4] = 0x1a7ff,		/* LINT1 */
		[5] = 0x100ff,		/* error */
	};

	value &= offset == APIC_LVTCMCI ? 0x107ff : writable[(offset - APIC_LVTT) >> 4];
	if (!(lapic_reg(v->vmx.vapic, APIC_SPIV) & APIC_SPIV_APIC_ENABLED))
		value |= APIC_LVT_MASKED;
	if (offset == APIC_LVTT) {
		u32 old = lapic_reg(v->vmx.vapic, APIC_LVTT);

		lapic_set_reg(v, offset, value);
		if ((old ^ value) & 0x60000)
			lapic_timer_mode_changed(v);
		return;
	}
	lapic_set_reg(v, offset, value);
}

/**
 * lapic_write() - write a register by its offset
 * @v: own thread
 * @offset: 0x20 to 0x3f0, a multiple of 16
 * @value: value
 *
 * Writes to read-only registers do nothing.
 * Return: 0, or -EINVAL: there is no such register to write.
 */
int lapic_write(struct vcpu *v, u32 offset, u32 value)
{
	switch (offset) {
	case APIC_ID:
	case APIC_LVR:
	case APIC_PROCPRI:
	case APIC_TMCCT:
		return -EINVAL;
	case APIC_TASKPRI:
		lapic_set_reg(v, offset, value & 0xff);
		v->vmx.recheck = true;
		return 0;
	case APIC_EOI:
		eoi(v);
		return 0;
	case APIC_LDR:
		if (lapic_x2apic(v))
			return -EINVAL;
		lapic_set_reg(v, offset, value & 0xff000000);
		return 0;
	case APIC_DFR:
		if (lapic_x2apic(v))
			return -EINVAL;
		lapic_set_reg(v, offset, value | 0x0fffffff);
		return 0;
	case APIC_SPIV:
		write_spiv(v, value);
		return 0;
	case APIC_ESR:
		/* What was detected since the last write can be read now. */
		lapic_set_reg(v, offset, xchg(&v->lapic.errors, 0));
		return 0;
	case APIC_ICR:
		lapic_set_reg(v, offset, value & ~APIC_ICR_BUSY);
		return lapic_send_icr(v, value, lapic_reg(v->vmx.vapic, APIC_ICR2));
	case APIC_ICR2:
		if (lapic_x2apic(v))
			return -EINVAL;
		lapic_set_reg(v, offset, value & 0xff000000);
		return 0;
	case APIC_LVTCMCI:
	case APIC_LVTT ... APIC_LVTERR:
		write_lvt(v, offset, value);
		return 0;
	case APIC_TMICT:
		lapic_set_reg(v, offset, value);
		lapic_timer_start(v, value);
		return 0;
	case APIC_TDCR:
		lapic_set_reg(v, offset, value & 0xb);
		lapic_timer_mode_changed(v);
		return 0;
	case APIC_SELF_IPI:
		if (!lapic_x2apic(v))
			return -EINVAL;
		if ((u8)value < 16)
			lapic_error(v, APIC_ESR_SENDILL);
		lapic_fixed(v, value);
		return 0;
	default:
		return -EINVAL;
	}
}

/* The CPU wrote the page for the guest, and says so after the fact. */
void lapic_written(struct vcpu *v, u32 offset)
{
	u32 value = lapic_reg(v->vmx.vapic, offset & 0xff0);

	lapic_write(v, offset & 0xff0, value);
}

static int rdmsr_x2apic(struct vcpu *v, u32 offset, u64 *value)
{
	u32 low;
	int err;

	/* These do not exist in x2APIC mode, or cannot be read. */
	if (offset == APIC_DFR || offset == APIC_ICR2 || offset == APIC_EOI ||
	    offset == APIC_SELF_IPI)
		return -EINVAL;
	err = lapic_read(v, offset, &low);
	if (err)
		return err;
	*value = low;
	if (offset == APIC_ICR)
		*value |= (u64)lapic_reg(v->vmx.vapic, APIC_ICR + 4) << 32;
	return 0;
}

static int wrmsr_x2apic(struct vcpu *v, u32 offset, u64 value)
{
	if (offset == APIC_ICR) {
		lapic_set_reg(v, APIC_ICR, (u32)value & ~APIC_ICR_BUSY);
		lapic_set_reg(v, APIC_ICR + 4, value >> 32);
		return lapic_send_icr(v, value, value >> 32);
	}
	if (value >> 32)
		return -EINVAL;
	/* Reserved bits raise #GP in this mode; EOI and ESR take nothing but 0. */
	switch (offset) {
	case APIC_EOI:
	case APIC_ESR:
		if (value)
			return -EINVAL;
		break;
	case APIC_TASKPRI:
	case APIC_SELF_IPI:
		if (value & ~0xffULL)
			return -EINVAL;
		break;
	case APIC_SPIV:
		if (value & ~0x13ffULL)
			return -EINVAL;
		break;
	}
	return lapic_write(v, offset, value);
}

static int set_base(struct vcpu *v, u64 value)
{
	u64 mode = value & (XAPIC_ENABLE | X2APIC_ENABLE);
	u64 old = v->lapic.base & (XAPIC_ENABLE | X2APIC_ENABLE);
	const u64 both = XAPIC_ENABLE | X2APIC_ENABLE;

	if (value & ~(GENMASK_ULL(ept_maxphyaddr() - 1, 12) | XAPIC_ENABLE | X2APIC_ENABLE |
		      MSR_IA32_APICBASE_BSP))
		return -EINVAL;
	/* The transitions of SDM vol. 3, "x2APIC State Transitions". */
	if (mode == X2APIC_ENABLE || (old == both && mode == XAPIC_ENABLE) ||
	    (!old && mode == both))
		return -EINVAL;
	if (mode == old) {
		v->lapic.base = value;
		return 0;
	}
	v->lapic.base = value;
	if (mode == XAPIC_ENABLE) {
		/* From disabled: as after reset. */
		lapic_reset(v, true);
	} else if (mode) {
		lapic_set_reg(v, APIC_ID, v->lapic.id);
		lapic_set_reg(v, APIC_LDR, x2apic_ldr(v->lapic.id));
	}
	return 0;
}

/**
 * lapic_rdmsr() - MSRs of the local APIC
 * @v: own thread
 * @msr: IA32_APIC_BASE, IA32_TSC_DEADLINE, 0x800 to 0x8ff
 * @value: out
 *
 * Return: 0, or -EINVAL: #GP.
 */
int lapic_rdmsr(struct vcpu *v, u32 msr, u64 *value)
{
	switch (msr) {
	case MSR_IA32_APICBASE:
		*value = v->lapic.base;
		return 0;
	case MSR_IA32_TSC_DEADLINE:
		*value = lapic_timer_get_deadline(v);
		return 0;
	default:
		if (!lapic_x2apic(v))
			return -EINVAL;
		return rdmsr_x2apic(v, (msr & 0xff) << 4, value);
	}
}

/* As lapic_rdmsr(). */
int lapic_wrmsr(struct vcpu *v, u32 msr, u64 value)
{
	switch (msr) {
	case MSR_IA32_APICBASE:
		return set_base(v, value);
	case MSR_IA32_TSC_DEADLINE:
		lapic_timer_set_deadline(v, value);
		return 0;
	default:
		if (!lapic_x2apic(v))
			return -EINVAL;
		return wrmsr_x2apic(v, (msr & 0xff) << 4, value);
	}
}

static int vcpu_init(struct vcpu *v)
{
	v->lapic.id = 2 * v->id;
	lapic_reset(v, false);
	return 0;
}

const struct domain_part lapic_part = {
	.name = "lapic",
	.vcpu_init = vcpu_init,
	.ioctls = lapic_ioctls,
};
