// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several vCPUs and the hypercalls of others at once. A "guest" writes through translations that
 * it keeps until it is asked to forget them, as a CPU does: a page that is given back too early
 * is a write to poisoned memory.
 */
#include <string.h>

#include "ept/internal.h"
#include "unit.h"
#include "vcpu/vcpu.h"

#define NR_VCPUS	4
#define MB		(1ULL << 20)
#define RAM_GFNS	(8 * MB >> 12)
#define FAR		0x8000000
#define ROUNDS		300

static struct vcpu vcpu[NR_VCPUS];
static struct vcpu *vcpus[NR_VCPUS];
static struct domain dom;
static struct page *special[2];
static int guests_done;

static u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* A gfn of RAM, mostly one that others use too. */
static u64 pick(u64 *random)
{
	u64 gfn = next_random(random) % RAM_GFNS;

	return next_random(random) % 4 ? gfn & 0x407 : gfn;
}

/**
 * struct tlb - what a CPU remembers until INVEPT
 * @page: translations
 * @table: tables of level 1, which it goes to directly
 */
struct tlb {
	struct {
		u64 gfn;
		char *at;
	} page[64];
	struct {
		u64 block;
		u64 *table;
	} table[16];
};

static u64 *table_of(struct vcpu *v, u64 gfn)
{
	struct ept_pos pos;

	if (!ept_walk(&v->domain->ept, gfn, 2, &pos) || pos.level != 2 ||
	    !ept_entry_present(pos.entry) || ept_entry_leaf(pos.entry, 2))
		return NULL;
	return ept_table_of(pos.entry);
}

/* What the CPU does with an access: through what it remembers, or the tables. */
static char *reach(struct vcpu *v, struct tlb *tlb, u64 gfn)
{
	unsigned int i = gfn % 64, t = (gfn >> 9) % 16;
	struct ept_pos pos = { .level = 1 };

	if (tlb->page[i].at && tlb->page[i].gfn == gfn)
		return tlb->page[i].at;
	if (tlb->table[t].table && tlb->table[t].block == gfn >> 9) {
		pos.entry = READ_ONCE(tlb->table[t].table[ept_index(gfn, 1)]);
	} else {
		tlb->table[t].table = table_of(v, gfn);
		tlb->table[t].block = gfn >> 9;
		if (!ept_walk(&v->domain->ept, gfn, 1, &pos))
			return NULL;
	}
	if (!(pos.entry & EPT_W))
		return NULL;
	tlb->page[i].gfn = gfn;
	tlb->page[i].at = ept_pos_address(&pos, gfn);
	return tlb->page[i].at;
}

static void *guest(void *arg)
{
	struct tlb tlb = { 0 };
	struct vcpu *v = arg;
	u64 random = 0x1234567 + v->id;
	unsigned int round, i;
	u64 gfn;
	char *at;
	int err;

	for (round = 0; round < ROUNDS; round++) {
		gfn = round % 16 ? pick(&random) : FAR + round / 16 % 4;
		WRITE_ONCE(v->in_guest, true);
		smp_mb();	/* as in the inner loop */
		if (test_and_clear_bit(VCPU_REQ_TLB_FLUSH, &v->requests)) {
			memset(&tlb, 0, sizeof(tlb));
			ept_invalidate(v);
		}
		at = reach(v, &tlb, gfn);
		for (i = 0; at && i < 8; i++) {
			((volatile char *)at)[next_random(&random) & 0xfff]++;
			if (i == 4)
				sched_yield();
		}
		smp_mb();	/* an exit serialises */
		WRITE_ONCE(v->in_guest, false);
		if (at)
			continue;
		err = ept_fault(v, gfn << 12, true, false);
		if (err && err != -EFAULT && err != -ENOMEM)
			FAIL("fault at gfn %llx: %d", gfn, err);
	}
	__atomic_fetch_add(&guests_done, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Balloon: takes away and gives back. */
static void *balloon(void *arg)
{
	struct ept_batch batch;
	u64 random = 99;
	unsigned int i;
	u64 block;

	while (READ_ONCE(guests_done) < NR_VCPUS) {
		/* Now and then a whole block, which can be one again afterwards. */
		ept_batch_init(&batch, &dom);
		block = pick(&random) & ~511ULL;
		if (next_random(&random) % 8 == 0)
			for (i = 0; i < 512; i++)
				ept_remove_batched(&batch, block + i, EPT_RAM);
		ept_batch_finish(&batch);
		ept_populate(&dom, block, 9);
		for (i = 0; i < 4; i++)
			ept_remove_batched(&batch, FAR + i, EPT_RAM);
		ept_batch_finish(&batch);
		if (ept_populate(&dom, FAR, 9) == 0)
			for (i = 4; i < 512; i++)
				ept_remove_batched(&batch, FAR + i, EPT_RAM);
		for (i = 0; i < 20; i++)
			ept_remove_batched(&batch, pick(&random), EPT_RAM);
		ept_batch_finish(&batch);
		for (i = 0; i < 20; i++)
			ept_populate(&dom, pick(&random), 0);
		ept_populate(&dom, pick(&random) & ~7ULL, 3);
		ept_populate(&dom, FAR + next_random(&random) % 4, 0);
		rcu_barrier();
	}
	return NULL;
}

/* Two special pages that move about, and RAM that does. */
static void *mover(void *arg)
{
	u64 random = (unsigned long)arg + 7;

	while (READ_ONCE(guests_done) < NR_VCPUS) {
		ept_map_special(&dom, next_random(&random) % 64, special[0], EPT_SPECIAL);
		ept_map_special(&dom, next_random(&random) % 64, special[1], EPT_SPECIAL);
		if (next_random(&random) % 4 == 0)
			ept_remove(&dom, next_random(&random) % 64, EPT_SPECIAL);
		ept_move(&dom, pick(&random), pick(&random));
		/* To tables that are made for it, and go with it. */
		ept_map_special(&dom, 2 * FAR + 512 * (next_random(&random) % 2) +
				next_random(&random) % 2, special[0], EPT_SPECIAL);
	}
	return NULL;
}

/* A backend: looks pages up, keeps them for a while, and copies. */
static void *backend(void *arg)
{
	u64 random = 4711;
	struct page *kept[8] = { NULL };
	unsigned int i = 0;
	char buffer[100];

	while (READ_ONCE(guests_done) < NR_VCPUS) {
		u64 gfn = pick(&random);
		struct page *page = ept_get_page(&dom, gfn, EPT_WRITE |
						 (gfn & 1 ? EPT_POPULATE : 0), NULL);

		i = (i + 1) % 8;
		if (kept[i]) {
			(*(volatile char *)page_address(kept[i]))++;
			put_page(kept[i]);
		}
		kept[i] = IS_ERR(page) ? NULL : page;
		guest_read_gpa(&dom, (gfn << 12) + 4000, buffer, sizeof(buffer));
		guest_write_gpa(&dom, (gfn << 12) + 4000, buffer, sizeof(buffer));
	}
	for (i = 0; i < 8; i++)
		if (kept[i])
			put_page(kept[i]);
	return NULL;
}

static unsigned int count_table(u64 *table, unsigned int level, unsigned int type)
{
	unsigned int i, pages = 0;

	for (i = 0; i < EPT_ENTRIES; i++) {
		u64 e = table[i];

		if (e == EPT_ABSENT_BUSY)
			FAIL("an entry that stays busy");
		if (!ept_entry_present(e))
			continue;
		if (!ept_entry_leaf(e, level))
			pages += count_table(ept_table_of(e), level - 1, type);
		else if (ept_entry_type(e) == type)
			pages += 1 << EPT_LEVEL_ORDER(level);
	}
	return pages;
}

/* Tables below @table; none of those outside is empty. */
static unsigned int count_tables(u64 *table, unsigned int level, unsigned int *outside)
{
	unsigned int i, j, tables = 0;

	for (i = 0; i < EPT_ENTRIES; i++) {
		u64 e = table[i];

		if (!ept_entry_present(e) || ept_entry_leaf(e, level))
			continue;
		tables += 1 + count_tables(ept_table_of(e), level - 1, outside);
		if (!(e & EPT_TABLE_OUTSIDE))
			continue;
		++*outside;
		for (j = 0; j < EPT_ENTRIES && !ept_entry_present(ept_table_of(e)[j]); j++)
			;
		EXPECT_LT(j, EPT_ENTRIES);
	}
	return tables;
}

static void all_at_once(unsigned int max_order)
{
	const struct xlhv_mem_range map = { .size = 8 * MB, .type = XLHV_MEM_RAM };
	unsigned int i, reserved = 0, outside = 0;
	pthread_t thread[NR_VCPUS + 4];

	fake_memory_init();
	fake_max_order = max_order;
	fake_disturb = true;
	special[0] = alloc_pages(__GFP_ZERO, 0);
	special[1] = alloc_pages(__GFP_ZERO, 0);
	dom.max_vcpus = NR_VCPUS;
	dom.vcpu = vcpus;
	for (i = 0; i < NR_VCPUS; i++) {
		vcpu[i] = (struct vcpu){ .domain = &dom, .id = i };
		vcpus[i] = &vcpu[i];
	}
	ASSERT_EQ(ept_init(&dom, RAM_GFNS, false), 0);
	fake_vcpus_made(&dom);
	ASSERT_EQ(ept_set_memory_map(&dom, &map, 1), 0);
	for (i = 0; i < NR_VCPUS; i++)
		ASSERT_EQ(pthread_create(&thread[i], NULL, guest, &vcpu[i]), 0);
	ASSERT_EQ(pthread_create(&thread[i++], NULL, balloon, NULL), 0);
	ASSERT_EQ(pthread_create(&thread[i++], NULL, mover, (void *)1), 0);
	ASSERT_EQ(pthread_create(&thread[i++], NULL, mover, (void *)2), 0);
	ASSERT_EQ(pthread_create(&thread[i++], NULL, backend, NULL), 0);
	while (i--)
		pthread_join(thread[i], NULL);
	rcu_barrier();

	EXPECT_EQ(count_table(dom.ept.root, 4, EPT_RAM), atomic64_read(&dom.ept.nr_pages));
	EXPECT_LE(count_table(dom.ept.root, 4, EPT_SPECIAL), 2);
	ept_look_at_held(&dom.ept, U64_MAX);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_held), 0);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_leaving), 0);
	EXPECT_EQ(fake_pages_used(), atomic64_read(&dom.ept.nr_pages) + 2);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_tables) - 1, count_tables(dom.ept.root, 4, &outside));
	EXPECT_EQ(atomic_read(&dom.ept.nr_outside), outside);
	for (u64 gfn = 0; gfn < RAM_GFNS; gfn++) {
		enum ept_type type = ept_get_type(&dom, gfn);

		reserved += type == EPT_RAM || type == EPT_RAM_LAZY;
	}
	for (u64 gfn = FAR; gfn < FAR + 4; gfn++)
		reserved += ept_get_type(&dom, gfn) == EPT_RAM;
	EXPECT_EQ(reserved, atomic64_read(&dom.ept.nr_reserved));
	EXPECT_LE(reserved, RAM_GFNS);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(special[i]->refs, special[i]->private ? 2 : 1);
		if (special[i]->private)
			EXPECT_EQ(ept_get_type(&dom, special[i]->private - 1), EPT_SPECIAL);
	}
	ept_free(&dom);
	rcu_barrier();
	EXPECT_EQ(fake_pages_used(), 2);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_pages), 0);
	EXPECT_EQ(unit_alloc_count(), 0);
}

TEST(all_at_once_in_blocks)
{
	all_at_once(10);
}

TEST(all_at_once_page_by_page)
{
	all_at_once(0);
}

/* Every vCPU touches the same block at once: one of them brings it, nobody brings it twice. */
static void *toucher(void *arg)
{
	struct vcpu *v = arg;
	u64 gfn;

	for (gfn = 0; gfn < RAM_GFNS; gfn += 512)
		EXPECT_EQ(ept_fault(v, gfn << 12, true, false), 0);
	return NULL;
}

TEST(one_block_is_populated_once)
{
	const struct xlhv_mem_range map = { .size = 8 * MB, .type = XLHV_MEM_RAM };
	pthread_t thread[NR_VCPUS];
	unsigned int i;

	fake_memory_init();
	/* Not a page more than there is to be had. */
	fake_pages_left = RAM_GFNS;
	dom.max_vcpus = NR_VCPUS;
	dom.vcpu = vcpus;
	for (i = 0; i < NR_VCPUS; i++) {
		vcpu[i] = (struct vcpu){ .domain = &dom, .id = i };
		vcpus[i] = &vcpu[i];
	}
	ASSERT_EQ(ept_init(&dom, RAM_GFNS, false), 0);
	fake_vcpus_made(&dom);
	ASSERT_EQ(ept_set_memory_map(&dom, &map, 1), 0);
	for (i = 0; i < NR_VCPUS; i++)
		ASSERT_EQ(pthread_create(&thread[i], NULL, toucher, &vcpu[i]), 0);
	while (i--)
		pthread_join(thread[i], NULL);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_2m), 4);
	EXPECT_EQ(fake_pages_used(), RAM_GFNS);
	ept_free(&dom);
	EXPECT_EQ(fake_pages_used(), 0);
}
