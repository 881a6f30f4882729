// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest does that wants to do harm: it starts and stops its virtual CPUs in every way at
 * once, passes lists without end, spreads what it has over all its addresses, has pages kept that
 * it has given back, and lets its programs reach for what is not theirs.
 *
 * What only the guest can see is told in lines that begin with "FOUND": a call in which no
 * interrupt comes, more memory than it may have, a program that got what is its kernel's, one that
 * does not go on. The rest is for who watches the host (xlhv-life). "without=" leaves some of it
 * out, one bit each: starting and stopping, programs, kept pages, long lists, multicalls,
 * spreading, storms, programs at holes, starting in two ways at once.
 */
#include "rough.h"

#include <xen/memory.h>

#define QUIET	24		/* half seconds */

static volatile u32 at_start;
static u64 without, theme_seed, theme_ticks;
unsigned int workers, victims;

enum { W_START, W_RING3, W_PIN, W_HUGE, W_MULTI, W_SPREAD, W_STORM, W_HOLE, W_RACE, NR_KINDS };

void rough_setup(unsigned int nr_workers, unsigned int vcpus)
{
	unsigned int i;

	without = opt_u64("without", 0);
	theme_seed = opt_u64("seed", 0) << 20;
	theme_ticks = tsc_of_us(500000);
	workers = nr_workers;
	victims = vcpus - workers;
	starts_setup();
	wide_setup();
	programs_setup();
	for (i = 1; i < NR_FRAMES; i++)
		physmap_add(XENMAPSPACE_grant_table, i, GRANT_GFN + i);
	pins_setup();
	timer_calibrate();
}

void rough_begin(struct fuzz *f)
{
	if (!victims || without & BIT(W_START))
		return;
	/* The first start of each is the most delicate: the workers meet there. */
	__atomic_fetch_add(&at_start, 1, __ATOMIC_SEQ_CST);
	wait_for(at_start >= workers, 1000000);
	if (!(without & BIT(W_RACE)))
		start_race(f);
	start_all(f, f->cpu % 2);
}

static struct rng chance_at(u64 moment)
{
	struct rng r;

	rng_seed(&r, (theme_seed + moment) * 0x9e3779b97f4a7c15ULL);
	rng_u64(&r);
	return r;
}

/*
 * What there is a lot of at the moment, for all workers alike; one bit each. A bit of all, or
 * for half a second one or two kinds: so it comes to where much of the same leads. For a third of
 * the time, long enough for the host to miss it, what was started is let run.
 */
static u32 theme(u32 *often)
{
	/* Twice what comes to something only now and then, and takes several of us. */
	static const u8 much[] = {
		W_START, W_RING3, W_PIN, W_HUGE, W_MULTI, W_SPREAD, W_STORM, W_HOLE, W_RACE,
		W_STORM, W_RACE
	};
	u64 now = rdtsc() / theme_ticks;
	struct rng r = chance_at(now), quiet = chance_at(~(now / QUIET));
	u32 all = ~without, with;

	if (!rng_below(&quiet, 3))
		all &= ~(BIT(W_START) | BIT(W_STORM) | BIT(W_RACE));
	*often = 16;
	if (!rng_below(&r, 4))
		return all;
	with = BIT(much[rng_below(&r, ARRAY_SIZE(much))]);
	with |= BIT(much[rng_below(&r, ARRAY_SIZE(much))]);
	if (!(with & all))
		return all;
	*often = 1 + rng_below(&r, 4);
	return with & all;
}

void rough_turn(struct fuzz *f)
{
	/* What takes long is rarer. */
	static const u8 usual[] = {
		W_START, W_START, W_START, W_START, W_START, W_START, W_RACE, W_RING3, W_RING3,
		W_HOLE, W_PIN, W_HUGE, W_HUGE, W_MULTI, W_SPREAD, W_STORM
	};
	u32 often, with = theme(&often), kind, tries = 20;

	if (victims)
		starts_join(f);
	if (below(f, often))
		return;
	watch_others(f);
	do {
		kind = often == 16 ? usual[below(f, ARRAY_SIZE(usual))] : below(f, NR_KINDS);
	} while (!(with & BIT(kind)) && --tries);
	if (!tries || (!victims && (kind == W_START || kind == W_STORM || kind == W_RACE)))
		return;
	switch (kind) {
	case W_START:
		start_stop(f);
		break;
	case W_STORM:
		storm(f);
		break;
	case W_RACE:
		start_race(f);
		break;
	case W_RING3:
		ring3(f, false);
		break;
	case W_HOLE:
		ring3(f, true);
		break;
	case W_PIN:
		pin(f);
		break;
	case W_HUGE:
		huge(f);
		break;
	case W_MULTI:
		long_multicall(f);
		break;
	default:
		spread(f);
	}
}
