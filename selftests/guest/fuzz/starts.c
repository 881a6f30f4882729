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

/*
 * Looked up once: it is a storm only if the next IPI comes before the thread is through with the
 * last one.
 */
static u32 apic_id[MAX_CPUS];

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
	lapic_icr(ICR_INIT | ICR_ASSERT | ICR_LEVEL, apic_id[vcpu]);
}

static void send_sipi(u32 vcpu, unsigned long start)
{
	lapic_icr(ICR_STARTUP | ICR_ASSERT | start >> PAGE_SHIFT, apic_id[vcpu]);
}

/* With odd bits, it may be a state in which no CPU could be. */
static long initialise(struct fuzz *f, u32 vcpu, unsigned long start, bool odd)
{
	struct vcpu_hvm_context ctx;
	u8 *byte = (u8 *)&ctx;
	long rc;

	smp_context32(&ctx, start);
	if (odd && !below(f, 6)) {
		byte[below(f, sizeof(ctx))] ^= 1 << below(f, 8);
		/* What runs there is code, or it could write anywhere. */
		ctx.cpu_regs.x86_32.eip = start;
		ctx.cpu_regs.x86_32.cs_base = 0;
	}
	rc = vcpu_op(VCPUOP_initialise, vcpu, &ctx);
	if (rc && rc != -XEN_EEXIST && rc != -XEN_EINVAL)
		test_failed("FOUND VCPUOP_initialise of vCPU %u: %ld", vcpu, rc);
	return rc;
}

void start_all(struct fuzz *f, bool by_ipi)
{
	u32 i;

	for (i = workers; i < workers + victims; i++) {
		if (by_ipi) {
			send_init(i);
			send_sipi(i, any_start(f));
		} else {
			initialise(f, i, any_start(f), true);
			if (!below(f, 4))
				vcpu_op(VCPUOP_up, i, NULL);
		}
	}
}

/*
 * Some that meet: all workers that come along.
 */

#define OPEN		0x100U		/* others may come */
#define MEET_US		20000		/* it is waited for them */
#define INIT_TRIES	200

static struct {
	volatile u32 who;		/* so many, or nobody */
	volatile u32 turn[MAX_CPUS];	/* of each */
	volatile u32 rounds;
	volatile u64 seed;
	u32 left;
} meeting;

/* On to the next turn together; they may share one host CPU, and one may be paused for long. */
static void meet(u32 me, u32 n, u32 turn)
{
	u32 spins = 0, i;

	meeting.turn[me] = turn;
	mb();	/* said before it is waited for the others */
	for (i = 0; i < n; i++)
		while (meeting.turn[i] < turn) {
			if (++spins % 5000 == 0)
				sched_op(SCHEDOP_yield, NULL);
			cpu_relax();
		}
}

/* An INIT that has taken effect: what it is sent to has no state, and its thread sleeps. */
static void take_state(u32 vcpu)
{
	u32 tries = INIT_TRIES;

	send_init(vcpu);
	while (--tries && vcpu_op(VCPUOP_up, vcpu, NULL) != -XEN_EINVAL)
		if (tries % 16 == 0)
			sched_op(SCHEDOP_yield, NULL);
}

static void spin(u32 n)
{
	while (n--)
		cpu_relax();
}

/*
 * A call that meets the thread of a vCPU at its start-up IPI. What matters is over in less time
 * than the thread takes to wake up, which differs little from the time before: @lead follows it.
 * Whether the call was too early or too late is what it says.
 */
static void call_at_sipi(struct fuzz *f, u32 vcpu, u32 *lead)
{
	long rc;

	spin(below(f, 2) ? *lead + below(f, 64) : below(f, 2 * *lead + 1));
	rc = initialise(f, vcpu, START_PAGE, false);
	if (!rc)
		*lead = *lead + *lead / 8 + 16 < RACE_SPINS ? *lead + *lead / 8 + 16 : RACE_SPINS;
	else if (rc == -XEN_EEXIST)
		*lead -= *lead < *lead / 8 + 16 ? *lead : *lead / 8 + 16;
}

/*
 * In three of four turns a vCPU without a state is given one by all of them at the same moment,
 * each in its way; else one that has a state is also sent the INIT by which it loses it.
 */
static void race(struct fuzz *f, u32 me, u32 n)
{
	u32 i, k, ways, callers, all = BIT(n) - 1, turn = 0, lead = RACE_SPINS / 4;
	struct rng plan;	/* all of them have the same */
	bool bare;

	rng_seed(&plan, meeting.seed);
	for (i = 0; i < meeting.rounds; i++) {
		for (k = workers; k < workers + victims; k++) {
			ways = rng_below(&plan, all + 1);	/* by IPI, each that has a bit */
			bare = rng_below(&plan, 4);
			callers = all & ~ways;
			if (bare && !me)
				take_state(k);
			meet(me, n, ++turn);
			if (ways & BIT(me)) {
				if (!bare)
					send_init(k);
				send_sipi(k, any_start(f));
				continue;
			}
			if (bare && ways && !(callers & (callers - 1))) {
				call_at_sipi(f, k, &lead);
			} else {
				/* Together, or when the IPIs have woken the thread. */
				spin(below(f, 1 << below(f, ways ? 15 : 6)));
				initialise(f, k, any_start(f), false);
			}
			if (below(f, 2))
				vcpu_op(below(f, 4) ? VCPUOP_up : VCPUOP_down, k, NULL);
		}
	}
	if (__atomic_add_fetch(&meeting.left, 1, __ATOMIC_SEQ_CST) < n)
		return;
	meeting.left = 0;
	for (i = 0; i < n; i++)
		meeting.turn[i] = 0;
	__atomic_store_n(&meeting.who, 0, __ATOMIC_SEQ_CST);
}

static bool join(u32 *me)
{
	u32 who;

	while ((who = meeting.who) & OPEN) {
		*me = who & ~OPEN;
		if (cmpxchg32(&meeting.who, who, who + 1))
			return true;
	}
	return false;
}

void start_race(struct fuzz *f)
{
	u32 me, who;

	if (join(&me)) {
		while (meeting.who & OPEN)
			sched_op(SCHEDOP_yield, NULL);
		race(f, me, meeting.who);
		return;
	}
	if (!cmpxchg32(&meeting.who, 0, OPEN | 1))
		return;
	meeting.rounds = 1 + below(f, 12);
	meeting.seed = rng_u64(&f->rng);
	wait_for((meeting.who & ~OPEN) == workers, MEET_US);
	do
		who = meeting.who & ~OPEN;
	while (!cmpxchg32(&meeting.who, OPEN | who, who == 1 ? 0 : who));
	if (who > 1)
		race(f, 0, who);
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
	weather.sipi = below(f, 8);
	weather.start = any_start(f);
	weather.until = rdtsc() + tsc_of_us(below(f, 2) ? below(f, 20000) :
					    500000 + below(f, 1500000));
	be_in_storm();
}

void starts_join(struct fuzz *f)
{
	if (meeting.who & OPEN)
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
		initialise(f, vcpu, any_start(f), true);
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
			  apic_id[vcpu]);
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

	for (i = workers; i < workers + victims; i++)
		apic_id[i] = smp_apic_id(i);
	for (i = 0; i < ARRAY_SIZE(code); i++)
		memcpy((void *)(START_PAGE + i * PAGE_SIZE), code[i], sizeof(code[i]));
	memcpy((void *)(START_PAGE + i * PAGE_SIZE), start_sleeper,
	       start_sleeper_end - start_sleeper);
}
