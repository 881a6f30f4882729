// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starting and stopping virtual CPUs: in every way, in two ways at the same moment, and again and
 * again without an end.
 */
#include "rough.h"

#include <xen/hvm/hvm_vcpu.h>
#include <xen/vcpu.h>

#define NR_STARTS	6
#define RACE_SPINS	16000	/* that is soon enough for a thread to wake up */
#define START_PAGE	0x9000UL

/*
 * Sleeps until deadlines from now to the end of all time, each until an IPI or so. What
 * comes first is "mov $0, %ax" and a jump in 16 bits, and one "mov" in 32.
 */
#define SLEEP_TO_DEADLINES								\
	"cli\n"										\
	"mov $0x1b, %ecx\n"		/* IA32_APIC_BASE */				\
	"rdmsr\n"									\
	"or $0xc, %ah\n"	/* x2APIC */						\
	"wrmsr\n"									\
	"mov $0x80f, %ecx\n"	/* spurious vector: enable */				\
	"mov $0x1ff, %eax\n"								\
	"xor %edx, %edx\n"								\
	"wrmsr\n"									\
	"mov $0x832, %ecx\n"	/* LVT timer: deadline */				\
	"mov $0x40077, %eax\n"								\
	"wrmsr\n"									\
	"1: mov $0x6e0, %ecx\n"	/* IA32_TSC_DEADLINE */				\
	"rdtsc\n"									\
	"mov %eax, %edx\n"								\
	"bswap %edx\n"									\
	"wrmsr\n"									\
	"hlt\n"										\
	"jmp 1b\n"

__asm__(".pushsection .rodata\n"
	"start_sleeper: .code32\n"
	".byte 0xb8, 0, 0, 0xeb, 3f - 2f\n"
	"2:" SLEEP_TO_DEADLINES
	".code16\n"
	"3:" SLEEP_TO_DEADLINES
	".code64\n"
	"start_sleeper_end:\n"
	".popsection");
extern const u8 start_sleeper[], start_sleeper_end[];

static u32 any_victim(struct fuzz *f)
{
	return workers + below(f, victims);
}

static unsigned long any_start(struct fuzz *f)
{
	/* Most of them halt. */
	return START_PAGE + PAGE_SIZE * (below(f, 4) ? 0 : below(f, NR_STARTS));
}

static void send_init(u32 vcpu)
{
	lapic_icr(ICR_INIT | ICR_ASSERT | ICR_LEVEL, smp_apic_id(vcpu));
}

static void send_sipi(u32 vcpu, unsigned long start)
{
	lapic_icr(ICR_STARTUP | ICR_ASSERT | start >> PAGE_SHIFT, smp_apic_id(vcpu));
}

static long initialise(struct fuzz *f, u32 vcpu, unsigned long start)
{
	struct vcpu_hvm_context ctx;
	u8 *byte = (u8 *)&ctx;

	smp_context32(&ctx, start);
	if (!below(f, 6)) {
		byte[below(f, sizeof(ctx))] ^= 1 << below(f, 8);
		/* What runs there is code, or it could write anywhere. */
		ctx.cpu_regs.x86_32.eip = start;
		ctx.cpu_regs.x86_32.cs_base = 0;
	}
	return vcpu_op(VCPUOP_initialise, vcpu, &ctx);
}

void start_all(struct fuzz *f, bool by_ipi)
{
	u32 i;

	for (i = workers; i < workers + victims; i++) {
		if (by_ipi) {
			send_init(i);
			send_sipi(i, any_start(f));
		} else {
			initialise(f, i, any_start(f));
			if (!below(f, 4))
				vcpu_op(VCPUOP_up, i, NULL);
		}
	}
}

/*
 * Two that meet.
 */

enum { NOBODY, ONE_WAITS, TWO };

static struct {
	volatile u32 state;
	volatile u32 turn[2], rounds;
	u32 left;
} meeting;

/* On to the next turn together; they may share one host CPU, and one may be paused for long. */
static void meet(u32 me, u32 turn)
{
	u32 spins = 0;

	meeting.turn[me] = turn;
	mb();	/* said before it is waited for the other */
	while (meeting.turn[!me] < turn) {
		if (++spins % 5000 == 0)
			sched_op(SCHEDOP_yield, NULL);
		cpu_relax();
	}
}

static void race(struct fuzz *f, u32 me)
{
	u32 k, i, n, turn = 0;

	for (i = 0; i < meeting.rounds; i++) {
		for (k = workers; k < workers + victims; k++) {
			meet(me, ++turn);
			/*
			 * The one or the other is first, by little; or the call comes when the
			 * IPIs have woken the thread, and it is about to use the VMCS.
			 */
			n = below(f, 2) ? below(f, 1 << below(f, 15)) : 0;
			for (n = me ? n : below(f, 2) ? n : below(f, RACE_SPINS); n; n--)
				cpu_relax();
			if (me) {
				send_init(k);
				send_sipi(k, any_start(f));
			} else {
				initialise(f, k, any_start(f));
				vcpu_op(below(f, 4) ? VCPUOP_up : VCPUOP_down, k, NULL);
			}
		}
	}
	if (__atomic_add_fetch(&meeting.left, 1, __ATOMIC_SEQ_CST) < 2)
		return;
	meeting.left = 0;
	meeting.turn[0] = 0;
	meeting.turn[1] = 0;
	__atomic_store_n(&meeting.state, NOBODY, __ATOMIC_SEQ_CST);
}

void start_race(struct fuzz *f)
{
	if (cmpxchg32(&meeting.state, ONE_WAITS, TWO)) {
		race(f, 1);
		return;
	}
	if (!cmpxchg32(&meeting.state, NOBODY, ONE_WAITS))
		return;
	meeting.rounds = 1 + below(f, 12);
	if (!wait_for(meeting.state == TWO, 20000) &&
	    cmpxchg32(&meeting.state, ONE_WAITS, NOBODY))
		return;
	race(f, 0);
}

/*
 * A storm.
 */

/* Of all workers that come along. */
static struct {
	volatile u64 until;	/* TSC */
	volatile u32 vcpu, sipi;
	volatile unsigned long start;
} weather;

static void be_in_storm(void)
{
	while (rdtsc() < weather.until) {
		send_init(weather.vcpu);
		if (weather.sipi)
			send_sipi(weather.vcpu, weather.start);
	}
}

void storm(struct fuzz *f)
{
	weather.vcpu = below(f, 2) ? workers : any_victim(f);
	weather.sipi = below(f, 4);
	weather.start = any_start(f);
	weather.until = rdtsc() + tsc_of_us(below(f, 2) ? below(f, 20000) :
					    500000 + below(f, 1500000));
	be_in_storm();
}

void starts_join(struct fuzz *f)
{
	if (meeting.state == ONE_WAITS)
		start_race(f);
	be_in_storm();
}

void start_stop(struct fuzz *f)
{
	struct vcpu_register_vcpu_info info = { .mfn = any_gfn(f), .offset = 64 * below(f, 64) };
	u32 vcpu = any_victim(f), n = 1 + below(f, 8);

	switch (below(f, 12)) {
	case 0:
		start_all(f, below(f, 2));
		break;
	case 1 ... 3:
		while (n--) {
			send_init(vcpu);
			if (below(f, 4))
				send_sipi(vcpu, any_start(f));
		}
		break;
	case 4 ... 5:
		initialise(f, vcpu, any_start(f));
		vcpu_op(VCPUOP_up, vcpu, NULL);
		break;
	case 6:
		vcpu_op(VCPUOP_down, vcpu, NULL);
		break;
	case 7:
		vcpu_op(VCPUOP_register_vcpu_info, vcpu, &info);
		break;
	case 8:
		vcpu_op(VCPUOP_send_nmi, vcpu, NULL);
		break;
	case 9:
		lapic_icr(ICR_ASSERT | (below(f, 2) ? ICR_NMI : 0x40 + below(f, 64)),
			  smp_apic_id(vcpu));
		break;
	default:
		f->own[0] = (unsigned long)sand + below(f, NR_SAND * PAGE_SIZE);
		vcpu_op(below(f, 64), vcpu, f->own);
	}
}

void starts_setup(void)
{
	/* Each does the same in 16 and in 32 bits. */
	static const u8 code[NR_STARTS - 1][4] = {
		{ 0xf4, 0xeb, 0xfd },		/* hlt */
		{ 0xfa, 0xf4, 0xeb, 0xfd },	/* cli, hlt */
		{ 0xeb, 0xfe },			/* jmp */
		{ 0xe6, 0x80, 0xeb, 0xfc },	/* out */
		{ 0x0f, 0xa2, 0xeb, 0xfc },	/* cpuid */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(code); i++)
		memcpy((void *)(START_PAGE + i * PAGE_SIZE), code[i], sizeof(code[i]));
	memcpy((void *)(START_PAGE + i * PAGE_SIZE), start_sleeper,
	       start_sleeper_end - start_sleeper);
}
