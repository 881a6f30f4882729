// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interprocessor interrupts: the interrupt command register, and who is meant.
 * The sender is the vCPU's own thread; a target gets a bit in its mail-box.
 */
#include <linux/bitops.h>
#include <linux/types.h>

#include "lapic/internal.h"

#define DEST_BROADCAST_X2APIC	0xffffffffU

/* Is @v meant by a logical destination?  Source: SDM vol. 3, "Logical Destination Mode". */
static bool match_logical(const struct vcpu *v, u32 dest, bool x2apic)
{
	u32 ldr = lapic_reg(v->vmx.vapic, APIC_LDR);

	if (x2apic) {
		if (dest == DEST_BROADCAST_X2APIC)
			return true;
		return dest >> 16 == ldr >> 16 && (dest & ldr & 0xffff);
	}
	ldr >>= 24;
	if (lapic_reg(v->vmx.vapic, APIC_DFR) >> 28 == 0xf)
		return dest & ldr & 0xff;
	return (dest & 0xf0) == (ldr & 0xf0) && (dest & ldr & 0xf);
}

static bool match(const struct vcpu *v, const struct vcpu *from, u32 low, u32 dest)
{
	bool x2apic = lapic_x2apic(from);

	switch (low & APIC_DEST_ALLBUT) {
	case APIC_DEST_SELF:
		return v == from;
	case APIC_DEST_ALLINC:
		return true;
	case APIC_DEST_ALLBUT:
		return v != from;
	}
	if (!(v->lapic.base & XAPIC_ENABLE))
		return false;
	if (low & APIC_DEST_LOGICAL)
		return match_logical(v, dest, x2apic);
	return dest == (x2apic ? DEST_BROADCAST_X2APIC : 0xff) || v->lapic.id == dest;
}

static void deliver(struct vcpu *v, u32 low)
{
	u8 vector = low & APIC_VECTOR_MASK;

	switch (low & APIC_MODE_MASK) {
	case APIC_DM_FIXED:
	case APIC_DM_LOWEST:
		lapic_fixed(v, vector);
		break;
	case APIC_DM_NMI:
		lapic_post_nmi(v);
		break;
	case APIC_DM_INIT:
		/* The de-assert of old does nothing. */
		if ((low & APIC_INT_LEVELTRIG) && !(low & APIC_INT_ASSERT))
			break;
		set_bit(LAPIC_MAIL_INIT, &v->lapic.mail);
		vcpu_request(v, VCPU_REQ_INIT);
		vcpu_wake(v);
		break;
	case APIC_DM_STARTUP:
		WRITE_ONCE(v->lapic.sipi_vector, vector);
		smp_wmb();	/* the vector before the bit that says it is there */
		set_bit(LAPIC_MAIL_SIPI, &v->lapic.mail);
		vcpu_request(v, VCPU_REQ_INIT);
		vcpu_wake(v);
		break;
	}
}

/**
 * lapic_send_icr() - the guest wrote the interrupt command register
 * @v: sender, own thread
 * @low: bits 31:0
 * @high: bits 63:32: the destination, in bits 31:24 in xAPIC mode
 *
 * Return: 0, or -EINVAL for a reserved bit in x2APIC mode: #GP.
 */
int lapic_send_icr(struct vcpu *v, u32 low, u32 high)
{
	u32 dest = lapic_x2apic(v) ? high : high >> 24;
	const struct domain *d = v->domain;
	unsigned int i;

	if (lapic_x2apic(v) && low & ~0xcdfffU)
		return -EINVAL;
	if ((low & APIC_VECTOR_MASK) < 16 &&
	    ((low & APIC_MODE_MASK) == APIC_DM_FIXED || (low & APIC_MODE_MASK) == APIC_DM_LOWEST))
		lapic_error(v, APIC_ESR_SENDILL);
	/* One target in mind: most are. */
	if (!(low & (APIC_DEST_ALLBUT | APIC_DEST_LOGICAL)) && !(dest & 1) &&
	    dest / 2 < d->max_vcpus) {
		struct vcpu *target = dom_vcpu(d, dest / 2);

		if (target && match(target, v, low, dest))
			deliver(target, low);
		return 0;
	}
	for (i = 0; i < d->max_vcpus; i++) {
		struct vcpu *target = d->vcpu[i];

		if (!match(target, v, low, dest))
			continue;
		deliver(target, low);
		/* Lowest priority goes to one of those meant: the first is as good as any. */
		if ((low & APIC_MODE_MASK) == APIC_DM_LOWEST)
			break;
	}
	return 0;
}
