// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters, of all parts of a domain.  Those of a vCPU are written by its own thread
 * without locks, and read as they are.
 */
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/usercopy.h"
#include "control/control.h"
#include "control/internal.h"
#include "domain/parts.h"
#include "vcpu/vcpu.h"

/* Each counter of each part, in turn. */
#define for_each_counter(c, p)							\
	for (const struct domain_part *const *p = domain_parts; *p; p++)	\
		for (const struct domain_counter *c = (*p)->counters; c && c->name; c++)

static u32 flags_of(const struct domain_counter *c)
{
	return c->flags | (c->read ? XLHV_STAT_DOMAIN : 0);
}

/**
 * stats_init() - do all counters have a place?
 *
 * Context: module load, when every part has made its counters.
 * Return: 0; -E2BIG.
 */
int __init stats_init(void)
{
	unsigned int n = 0;

	for_each_counter(c, p)
		n++;
	return WARN_ON(n > STATS_MAX) ? -E2BIG : 0;
}

/**
 * stats_names() - XLHV_STAT_NAMES
 * @names: copied from the caller
 *
 * Context: may sleep; no lock is held.
 * Return: 0; -EINVAL; -EFAULT; -ENOMEM.
 */
int stats_names(struct xlhv_stat_names *names)
{
	struct xlhv_stat_name *list;
	unsigned int n = 0;
	int err;

	if (names->pad || memchr_inv(names->reserved, 0, sizeof(names->reserved)))
		return -EINVAL;
	list = kcalloc(STATS_MAX, sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	for_each_counter(c, p) {
		strscpy(list[n].name, c->name, sizeof(list[n].name));
		strscpy(list[n].unit, c->unit, sizeof(list[n].unit));
		strscpy(list[n].help, c->help, sizeof(list[n].help));
		list[n++].flags = flags_of(c);
	}
	err = user_copy_out(u64_to_user_ptr(names->names), list,
			    min(names->count, n) * sizeof(*list));
	names->count = n;
	kfree(list);
	return err;
}

/* Of one vCPU or summed up over @nr of them from @first on. */
static u64 value_of(const struct domain_counter *c, const struct domain *d, unsigned int first,
		    unsigned int nr)
{
	u64 sum = 0;
	unsigned int id;

	if (c->read)
		return c->read(d);
	for (id = first; id < first + nr; id++)
		sum += READ_ONCE(*(const u64 *)((const char *)d->vcpu[id] + c->at));
	return sum;
}

static u64 value(const struct domain_counter *c, const struct domain *d, u32 vcpu)
{
	return vcpu == XLHV_ALL_VCPUS ? value_of(c, d, 0, d->max_vcpus) : value_of(c, d, vcpu, 1);
}

/**
 * stats_collect() - values of all counters
 * @d: entered by dom_enter()
 * @vcpu: one that there is, or XLHV_ALL_VCPUS
 * @values: room for STATS_MAX
 *
 * Return: how many there are.
 */
unsigned int stats_collect(const struct domain *d, u32 vcpu, u64 *values)
{
	unsigned int n = 0;

	for_each_counter(c, p)
		values[n++] = value(c, d, vcpu);
	return n;
}

/**
 * stats_show() - the same as text, a line for each counter
 * @m: where to
 * @d: entered by dom_enter()
 * @vcpu: one that there is, or XLHV_ALL_VCPUS
 *
 * Context: may sleep.
 */
void stats_show(struct seq_file *m, const struct domain *d, u32 vcpu)
{
	for_each_counter(c, p)
		if (vcpu == XLHV_ALL_VCPUS || !c->read)
			seq_printf(m, "%s %llu\n", c->name, value(c, d, vcpu));
}
