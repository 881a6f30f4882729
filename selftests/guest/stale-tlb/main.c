// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a page that has left the domain is out of reach for every vCPU before the call that
 * took it returns, and a vCPU that moves takes no translation of earlier with it.
 *
 * Why: a CPU keeps translations until it is told to forget them. The pages go back to the host,
 * which gives them to others.
 *
 * An emulator that forgets all at each entry and exit hides much of this, but not from a vCPU
 * that stays in the guest.
 */
#include "guest.h"

#include <xen/memory.h>
#include <xen/sched.h>

#define PAGES		64
#define ROUNDS		30
#define BLOCK_PAGES	512
#define PATIENCE	500000

static u32 nr, turns;
static unsigned long area;

/* What vCPU 1 looks at; the round that it is asked for, the last one that it has done. */
static unsigned long looked_at;
static volatile u32 wanted, done, old_pages;
static volatile bool over;

/*
 * It exits as little as it can: a CPU that stays in the guest keeps its translations in every
 * emulator.
 */
static void reader(void *arg)
{
	u32 i, round = 0;

	while (!over) {
		if (wanted == round)
			continue;
		round = wanted;
		for (i = 0; i < PAGES; i++)
			old_pages += *(volatile u32 *)(looked_at + i * PAGE_SIZE) != round;
		done = round;
	}
}

static void reader_start(unsigned long at)
{
	looked_at = at;
	wanted = 0;
	done = 0;
	old_pages = 0;
	over = false;
	smp_call(1, reader, NULL);
}

/* Marks the pages, and has vCPU 1 look for the marks. */
static void reader_round(u32 round)
{
	u32 i;

	for (i = 0; i < PAGES; i++)
		*(volatile u32 *)(looked_at + i * PAGE_SIZE) = round;
	wanted = round;
	expect(wait_for(done == round, PATIENCE), "vCPU 1 does not read in round %u", round);
	expect_eq(old_pages, 0, "pages of earlier that vCPU 1 still sees");
}

static void reader_end(void)
{
	over = true;
	expect(smp_wait(1, PATIENCE), "vCPU 1 does not end");
}

static long reservation(unsigned int cmd, xen_pfn_t *gfns, unsigned long count, u32 order)
{
	struct xen_memory_reservation r = {
		.nr_extents = count,
		.extent_order = order,
		.domid = DOMID_SELF,
	};

	set_xen_guest_handle(r.extent_start, gfns);
	return memory_op(cmd, &r);
}

static void pages_go(void)
{
	static xen_pfn_t gfns[PAGES];
	u32 round, i;

	skip_if(nr < 2, "one vCPU only");
	for (i = 0; i < PAGES; i++)
		gfns[i] = (area >> PAGE_SHIFT) + i;
	reader_start(area);
	for (round = 1; round <= ROUNDS; round++) {
		reader_round(round);
		expect_rc(reservation(XENMEM_decrease_reservation, gfns, PAGES, 0), PAGES,
			  "decrease");
		expect_rc(reservation(XENMEM_populate_physmap, gfns, PAGES, 0), PAGES, "populate");
		expect_eq(*(volatile u64 *)area, 0, "a new page's content");
	}
	reader_end();
}

/* Yields, and does all that invalidates translations by itself. */
static void wander(void *arg)
{
	unsigned long cr3;
	u32 i, j;

	for (i = 0; i < turns; i++) {
		for (j = 0; j < 8; j++)
			(void)*(volatile u32 *)(area + (j + i) % PAGES * PAGE_SIZE);
		__asm__ volatile("invlpg %0" : : "m"(*(char *)(area + i % PAGES * PAGE_SIZE)));
		__asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(cr3) : : "memory");
		sched_op(SCHEDOP_yield, NULL);
		mdelay(1);
	}
}

static void vcpus_move(void)
{
	u32 i;

	for (i = 1; i < nr; i++)
		smp_call(i, wander, NULL);
	wander(NULL);
	for (i = 1; i < nr; i++)
		expect(smp_wait(i, 10 * PATIENCE), "vCPU %u does not end", i);
}

/* A block of 2 MiB goes in pages and comes back as one: its table goes. */
static void block_goes(void)
{
	static xen_pfn_t gfns[BLOCK_PAGES];
	unsigned long start = page_alloc_untouched(2 * BLOCK_PAGES, PAGE_SIZE) >> PAGE_SHIFT;
	xen_pfn_t whole = (start + BLOCK_PAGES - 1) & ~(BLOCK_PAGES - 1UL);
	unsigned long at = whole << PAGE_SHIFT;
	u32 round, i;

	skip_if(nr < 2, "one vCPU only");
	for (i = 0; i < BLOCK_PAGES; i++)
		gfns[i] = whole + i;
	reader_start(at);
	for (round = 1; round <= 5; round++) {
		reader_round(round);
		expect_rc(reservation(XENMEM_decrease_reservation, gfns, BLOCK_PAGES, 0),
			  BLOCK_PAGES, "decrease");
		expect_rc(reservation(XENMEM_populate_physmap, &whole, 1, 9), 1,
			  "populate a block");
		expect_eq(*(volatile u64 *)at, 0, "a new block's content");
	}
	reader_end();
}

void test_setup(void)
{
	u32 i;

	nr = opt_u64("vcpus", 2);
	turns = opt_u64("turns", 250);
	area = (unsigned long)page_alloc(PAGES);
	for (i = 1; i < nr; i++)
		if (!smp_start(i, SMP_SIPI))
			test_skip_all("vCPUs do not start");
}

TEST_CASES = {
	{ "pages go while another vCPU runs", pages_go },
	{ "vCPUs move", vcpus_move },
	{ "a block goes and comes back", block_goes },
	TEST_CASES_END
};
