/* SPDX-License-Identifier: GPL-2.0-only */
/* What a vCPU has of its local APIC; see lapic.h. */
#ifndef XLHV_LAPIC_TYPES_H
#define XLHV_LAPIC_TYPES_H

#include <linux/types.h>

/**
 * struct lapic - local APIC of a vCPU
 * @base: [v] IA32_APIC_BASE
 * @id: [c] APIC ID (2 * vCPU number)
 * @timer_deadline_tsc: [v] host TSC when the timer fires, ~0 for never
 * @tscdeadline: [v] IA32_TSC_DEADLINE, guest TSC
 * @timer_period_tsc: [v] of a periodic timer
 * @errors: [a] bits of the ESR that the guest has not asked for yet
 * @mail: [a] enum lapic_mail, from other CPUs
 * @sipi_vector: [a] with LAPIC_MAIL_SIPI
 */
struct lapic {
	u64 base;
	u32 id;
	u64 timer_deadline_tsc;
	u64 timer_period_tsc;
	u64 tscdeadline;
	unsigned long errors;
	unsigned long mail;
	u8 sipi_vector;
};

/* Bits of lapic.mail: what other vCPUs sent besides fixed interrupts. */
enum lapic_mail {
	LAPIC_MAIL_NMI,
	LAPIC_MAIL_INIT,
	LAPIC_MAIL_SIPI,
};

/*
 * Posted-interrupt descriptor (SDM vol. 3, "Posted-Interrupt Processing"), 64
 * bytes, aligned.  Used as mail-box also where the CPU does not post.
 */
struct pi_desc {
	unsigned long pir[4];
	u32 control;		/* bit 0: outstanding notification, bit 1: suppress */
	u32 reserved[7];
} __aligned(64);

/* Host TSC when the timer fires, ~0 for never.  Own thread. */
#define lapic_next_tsc(v)	((v)->lapic.timer_deadline_tsc)

#endif /* XLHV_LAPIC_TYPES_H */
