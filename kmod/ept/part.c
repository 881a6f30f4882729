// SPDX-License-Identifier: GPL-2.0-only
/* Guest-physical memory as a part of a domain: its limits, counters and text. */
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "domain/parts.h"
#include "ept/ept.h"
#include "ept/internal.h"
#include "vcpu/vcpu.h"

static const char *range_name(u32 type)
{
	switch (type) {
	case XLHV_MEM_RAM:
		return "RAM";
	case XLHV_MEM_ACPI:
		return "ACPI";
	default:
		return "reserved";
	}
}

static void show_map(struct seq_file *m, struct domain *d)
{
	struct xlhv_mem_range *map;
	unsigned int i, n;

	map = kcalloc(XLHV_MAX_MEM_RANGES, sizeof(*map), GFP_KERNEL);
	if (!map)
		return;
	n = ept_get_memory_map(d, map, XLHV_MAX_MEM_RANGES);
	for (i = 0; i < min_t(unsigned int, n, XLHV_MAX_MEM_RANGES); i++)
		seq_printf(m, "%#018llx-%#018llx %s\n", map[i].addr,
			   map[i].addr + map[i].size - 1, range_name(map[i].type));
	kfree(map);
}

static void describe(struct seq_file *m, struct domain *d)
{
	struct ept *ept = &d->ept;
	u64 pages, large, huge;

	pages = atomic64_read(&ept->nr_pages);
	large = atomic64_read(&ept->nr_2m);
	huge = atomic64_read(&ept->nr_1g);
	seq_printf(m, "pointer: %#llx\n", ept->eptp);
	seq_printf(m, "pages: %llu\n", pages);
	seq_printf(m, "reserved: %llu\n", (u64)atomic64_read(&ept->nr_reserved));
	seq_printf(m, "held: %llu\n", (u64)atomic64_read(&ept->nr_held));
	seq_printf(m, "most: %llu\n", READ_ONCE(ept->max_pages));
	seq_printf(m, "mappings of 1 GiB: %llu\n", huge);
	seq_printf(m, "mappings of 2 MiB: %llu\n", large);
	/* Read one after the other while the guest goes on: never below 0, at least. */
	seq_printf(m, "mappings of 4 KiB: %llu\n",
		   pages - min(pages, (huge << 18) + (large << 9)));
	seq_printf(m, "tables: %llu\n", (u64)atomic64_read(&ept->nr_tables));
	seq_printf(m, "tables_outside: %d of %d\n", atomic_read(&ept->nr_outside),
		   READ_ONCE(ept->max_outside));
	seq_printf(m, "faults: %llu\n", (u64)atomic64_read(&ept->nr_faults));
	seq_printf(m, "generation: %llu\n", (u64)atomic64_read(&ept->generation));
	seq_printf(m, "eager: %d\n", ept->eager);
	seq_printf(m, "large mappings executable: %d\n", !ept->nx_huge);
	seq_printf(m, "large mappings split for code: %llu\n",
		   (u64)atomic64_read(&ept->nr_nx_splits));
	show_map(m, d);
}

static int check(const struct xlhv_dom_create *c, char *text)
{
	u64 most = BIT_ULL(ept_maxphyaddr() - PAGE_SHIFT);

	return parts_too_large("max_pages", c->max_pages, most, text) ? -E2BIG : 0;
}

static int init(struct domain *d, const struct xlhv_dom_create *c, char *text)
{
	return ept_init(d, c->max_pages, c->flags & XLHV_CREATE_EAGER);
}

static int vcpu_init(struct vcpu *v)
{
	v->ept = &v->domain->ept.vcpu[v->id];
	return 0;
}

/*
 * Return: 0; -EBUSY: its memory is being populated; -ENOMEM: it was to have all of it at
 * once, and there was not enough.
 */
static int settled(struct domain *d, char *text)
{
	lockdep_assert_held(&d->lock);
	if (d->ept.populating) {
		scnprintf(text, XLHV_TEXT_LEN, "the domain's memory is being populated");
		return -EBUSY;
	}
	if (d->ept.failed) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "the domain's memory could not be allocated: it can only be destroyed");
		return -ENOMEM;
	}
	return 0;
}

static int complete_check(struct domain *d, char *text)
{
	int err = settled(d, text);

	if (err || d->ept.nr_ranges)
		return err;
	scnprintf(text, XLHV_TEXT_LEN, "the domain has no memory map");
	return -EINVAL;
}

static size_t bytes(const struct domain *d)
{
	return atomic64_read(&d->ept.nr_tables) * PAGE_SIZE + d->max_vcpus * sizeof(*d->ept.vcpu);
}

static u64 pages(const struct domain *d)
{
	return atomic64_read(&d->ept.nr_pages);
}

static void info(const struct domain *d, struct xlhv_dom_info *info)
{
	info->cur_pages = ept_pages(&d->ept);
	info->max_pages = READ_ONCE(d->ept.max_pages);
}

static u64 tables(const struct domain *d)
{
	return atomic64_read(&d->ept.nr_tables);
}

static u64 large(const struct domain *d)
{
	return atomic64_read(&d->ept.nr_2m);
}

static u64 huge(const struct domain *d)
{
	return atomic64_read(&d->ept.nr_1g);
}

static u64 nx_splits(const struct domain *d)
{
	return atomic64_read(&d->ept.nr_nx_splits);
}

static u64 faults(const struct domain *d)
{
	return atomic64_read(&d->ept.nr_faults);
}

static const struct domain_counter counters[] = {
	DOMAIN_COUNTER("memory.pages", "pages", pages, XLHV_STAT_GAUGE,
		       "4 KiB pages the guest has"),
	DOMAIN_COUNTER("memory.tables", "pages", tables, XLHV_STAT_GAUGE, "pages of EPT tables"),
	DOMAIN_COUNTER("memory.2m", "", large, XLHV_STAT_GAUGE, "2 MiB mappings"),
	DOMAIN_COUNTER("memory.1g", "", huge, XLHV_STAT_GAUGE, "1 GiB mappings"),
	DOMAIN_COUNTER("memory.nx_splits", "", nx_splits, 0,
		       "large mappings split because code in them was run"),
	DOMAIN_COUNTER("memory.faults", "", faults, 0, "first touches that found memory"),
	{}
};

const struct domain_part ept_part = {
	.name = "ept",
	.unload = ept_exit,
	.check = check,
	.init = init,
	.vcpu_init = vcpu_init,
	.settled = settled,
	.complete = complete_check,
	.close = ept_free,
	.info = info,
	.pages = pages,
	.bytes = bytes,
	.describe = describe,
	.counters = counters,
	.ioctls = ept_ioctls,
	.host = true,
};
