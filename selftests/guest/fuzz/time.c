// SPDX-License-Identifier: GPL-2.0-only
/* How long a call keeps its vCPU from interrupts, and a program its kernel from going on. */
#include "rough.h"

#include <xen/vcpu.h>

#define VEC_TIMER	0x77
#define DIV1		0xb
#define CALL_MS		1000		/* of a CPU, for an interrupt that is due */
#define RING3_MS	700		/* of a CPU, for one access of a program */

static u32 timer_10ms;
static volatile u64 fired[MAX_CPUS];
static u64 enough[MAX_CPUS];	/* TSC, when a long call has been long enough */
struct busy busy[MAX_CPUS];

u64 had(u32 vcpu)
{
	struct vcpu_runstate_info info = {};

	vcpu_op(VCPUOP_get_runstate_info, vcpu, &info);
	return info.time[RUNSTATE_running];
}

static bool on_timer(struct cpu_regs *regs)
{
	static const u8 vmcall[] = { 0x0f, 0x01, 0xc1 };
	u32 id = this_cpu()->id;

	if (!fired[id])
		fired[id] = had(id);
	lapic_eoi();
	/* A call that gave way would go on now, for hours perhaps: it is left where it is. */
	if (rdtsc() > enough[id] && !memcmp((void *)regs->ip, vmcall, sizeof(vmcall))) {
		regs->ip += sizeof(vmcall);
		regs->ax = -1;
	} else {
		lapic_write(APIC_TMICT, timer_10ms);
	}
	return true;
}

void timer_calibrate(void)
{
	trap_handler_set(VEC_TIMER, on_timer);
	lapic_write(APIC_LVT_TIMER, LVT_MASKED | VEC_TIMER);
	lapic_write(APIC_TDCR, DIV1);
	lapic_write(APIC_TMICT, ~0U);
	udelay(2000);
	timer_10ms = (~0U - lapic_read(APIC_TMCCT)) * 5;
	lapic_write(APIC_TMICT, 0);
}

u64 long_begin(struct fuzz *f)
{
	u64 since = had(f->cpu);

	fired[f->cpu] = 0;
	enough[f->cpu] = rdtsc() + tsc_of_us(below(f, 16) ? below(f, 100000) : 3000000);
	lapic_write(APIC_TDCR, DIV1);
	lapic_write(APIC_LVT_TIMER, VEC_TIMER);
	lapic_write(APIC_TMICT, timer_10ms);
	sti();
	return since;
}

void long_end(struct fuzz *f, const char *what, u64 since)
{
	u64 took = had(f->cpu) - since, seen;

	irq_window();
	cli();
	lapic_write(APIC_LVT_TIMER, LVT_MASKED | VEC_TIMER);
	seen = (fired[f->cpu] ? fired[f->cpu] : had(f->cpu)) - since;
	if (took > CALL_MS * NSEC_PER_MSEC && seen > CALL_MS * NSEC_PER_MSEC)
		test_failed("FOUND %s of %u ms, the first interrupt after %u ms", what,
			    (u32)(took / NSEC_PER_MSEC), (u32)(seen / NSEC_PER_MSEC));
}

void watch_others(struct fuzz *f)
{
	static u32 told;
	unsigned int i;
	u64 since;

	for (i = 0; i < workers; i++) {
		const char *what = busy[i].what;

		since = busy[i].since;
		if (i == f->cpu || !what || had(i) < since + RING3_MS * NSEC_PER_MSEC ||
		    busy[i].what != what || busy[i].since != since)
			continue;
		if (!__atomic_fetch_or(&told, 1U << i, __ATOMIC_SEQ_CST))
			test_failed("FOUND %s does not end", what);
	}
}
