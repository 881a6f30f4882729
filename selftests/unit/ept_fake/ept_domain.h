/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain with guest-physical memory and vCPUs, and nothing else, for the tests of the p2m. */
#ifndef EPT_DOMAIN_H
#define EPT_DOMAIN_H

#include <string.h>

#include "base/host_memory.h"
#include "ept/internal.h"
#include "unit.h"
#include "vcpu/vcpu.h"

#define MB		(1ULL << 20)
#define NR_VCPUS	3

/* 0 to 8 MiB + 12 KiB, ACPI, special pages, RAM from 4 GiB on. */
static const struct xlhv_mem_range MAP[] = {
	{ .addr = 0, .size = 8 * MB + 0x3000, .type = XLHV_MEM_RAM },
	{ .addr = 0xfc000000, .size = 0x2000, .type = XLHV_MEM_ACPI },
	{ .addr = 0xfeff8000, .size = 0x8000, .type = XLHV_MEM_RESERVED },
	{ .addr = 0x100000000, .size = 2 * MB, .type = XLHV_MEM_RAM },
};

#define RAM_PAGES	(512 * 5 + 3)
#define ALL_PAGES	(RAM_PAGES + 2)
#define SPECIAL		0xfeff8
#define FAR		0x8000000	/* a gfn without memory, 512 GiB */

static struct vcpu vcpu[NR_VCPUS];
static struct vcpu *vcpus[NR_VCPUS] = { &vcpu[0], &vcpu[1], &vcpu[2] };
static struct domain dom;

static inline void prepare(void)
{
	unsigned int i;

	memset(&dom, 0, sizeof(dom));
	dom.max_vcpus = NR_VCPUS;
	dom.vcpu = vcpus;
	for (i = 0; i < NR_VCPUS; i++)
		vcpu[i] = (struct vcpu){ .domain = &dom, .id = i };
}

static inline int start(bool eager)
{
	int err;

	fake_memory_init();
	prepare();
	err = ept_init(&dom, RAM_PAGES, eager);
	if (!err)
		fake_vcpus_made(&dom);
	if (!err)
		err = ept_set_memory_map(&dom, MAP, ARRAY_SIZE(MAP));
	return err;
}

/* Give all back: what is left besides @left pages is a leak. */
static inline void finish(unsigned int left)
{
	ept_free(&dom);
	rcu_barrier();
	EXPECT_EQ(fake_pages_used(), left);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_pages), 0);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_tables), 0);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_held), 0);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_leaving), 0);
	EXPECT_EQ(atomic_read(&dom.ept.nr_outside), 0);
	EXPECT_EQ(atomic_read(&dom.ept.nr_buried), 0);
	EXPECT_EQ(atomic_read(&dom.ept.nr_puts), 0);
	EXPECT_EQ(dom.refs, 0);
	EXPECT_EQ(unit_alloc_count(), 0);
	EXPECT_PTR_EQ(ept_get_page(&dom, 0, 0, NULL), ERR_PTR(-ESRCH));
	EXPECT_EQ(ept_fault(&vcpu[0], 0, true, false), -EFAULT);
	ept_free(&dom);
}

#define PAGES()		atomic64_read(&dom.ept.nr_pages)
#define RESERVED()	atomic64_read(&dom.ept.nr_reserved)
#define BIG()		atomic64_read(&dom.ept.nr_2m)

/* What the pages are that the tables hold, counted one by one. */
static inline unsigned int count_table(u64 *table, unsigned int level)
{
	unsigned int i, pages = 0;

	for (i = 0; i < EPT_ENTRIES; i++) {
		u64 e = table[i];

		if (!ept_entry_present(e))
			continue;
		if (!ept_entry_leaf(e, level))
			pages += count_table(ept_table_of(e), level - 1);
		else if (ept_entry_type(e) == EPT_RAM)
			pages += 1 << EPT_LEVEL_ORDER(level);
	}
	return pages;
}

static inline int touch(u64 gfn)
{
	return ept_fault(&vcpu[0], gfn << PAGE_SHIFT, true, false);
}

static inline unsigned int type_of(u64 gfn)
{
	return ept_get_type(&dom, gfn);
}

#endif /* EPT_DOMAIN_H */
