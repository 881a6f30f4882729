// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters.  One table: name, unit, help, and how to read it; the values of a
 * vCPU are written by its own thread without locks, and read as they are.
 */
#include <linux/ctype.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "stats.h"
#include "vcpu.h"
#include "vmx/internal.h"

#define MAX_STATS	(VMX_NR_EXITS + 32)

static u64 entries(const struct vcpu *v)
{
	return READ_ONCE(v->vmx.entries);
}

static u64 hypercalls(const struct vcpu *v)
{
	return READ_ONCE(v->vmx.hypercalls);
}

static u64 injected(const struct vcpu *v)
{
	return READ_ONCE(v->vmx.injected);
}

static u64 unknown_msrs(const struct vcpu *v)
{
	return READ_ONCE(v->vmx.unknown_msrs);
}

static u64 cpu_time(const struct vcpu *v)
{
	return READ_ONCE(v->cpu_time_ns);
}

static u64 pages(const struct domain *d)
{
	return atomic64_read(&d->ept.nr_pages);
}

static u64 tables(const struct domain *d)
{
	return atomic64_read(&d->ept.nr_tables);
}

static u64 large(const struct domain *d)
{
	return atomic64_read(&d->ept.nr_2m);
}

static u64 faults(const struct domain *d)
{
	return atomic64_read(&d->ept.nr_faults);
}

static const struct {
	const char *name, *unit, *help;
	u32 flags;
	u64 (*of_vcpu)(const struct vcpu *v);
	u64 (*of_domain)(const struct domain *d);
} table[] = {
	{ "entries", "", "times the guest was entered", 0, entries },
	{ "hypercalls", "", "hypercalls", 0, hypercalls },
	{ "injected", "", "interrupts and exceptions injected by hand", 0, injected },
	{ "msr.unknown", "", "accesses to MSRs that raise #GP", 0, unknown_msrs },
	{ "time.cpu", "ns", "time on a CPU", 0, cpu_time },
	{ "memory.pages", "pages", "4 KiB pages the guest has",
	  XLHV_STAT_GAUGE | XLHV_STAT_DOMAIN, NULL, pages },
	{ "memory.tables", "pages", "pages of EPT tables",
	  XLHV_STAT_GAUGE | XLHV_STAT_DOMAIN, NULL, tables },
	{ "memory.2m", "", "2 MiB mappings", XLHV_STAT_GAUGE | XLHV_STAT_DOMAIN, NULL, large },
	{ "memory.faults", "", "first touches that found memory", XLHV_STAT_DOMAIN, NULL, faults },
};

/* Exits that have a handler get a counter: "exit.cpuid". */
static bool exit_named(unsigned int reason)
{
	return vmx_exits[reason].handler;
}

static void name_exit(struct xlhv_stat_name *n, unsigned int reason)
{
	const char *name = vmx_exit_reason_name(reason);
	size_t i;

	scnprintf(n->name, sizeof(n->name), "exit.%s", name);
	for (i = 0; n->name[i]; i++)
		n->name[i] = tolower(n->name[i]);
	scnprintf(n->help, sizeof(n->help), "VM exits with reason %u", reason);
}

/**
 * stats_names() - XLHV_STAT_NAMES
 * @names: copied from the caller
 *
 * Context: may sleep.
 * Return: 0; -EINVAL; -EFAULT; -ENOMEM.
 */
int stats_names(struct xlhv_stat_names *names)
{
	struct xlhv_stat_name *list;
	unsigned int i, n = 0;
	int err = 0;

	if (names->pad || memchr_inv(names->reserved, 0, sizeof(names->reserved)))
		return -EINVAL;
	list = kcalloc(MAX_STATS, sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(table); i++, n++) {
		strscpy(list[n].name, table[i].name, sizeof(list[n].name));
		strscpy(list[n].unit, table[i].unit, sizeof(list[n].unit));
		strscpy(list[n].help, table[i].help, sizeof(list[n].help));
		list[n].flags = table[i].flags;
	}
	for (i = 0; i < VMX_NR_EXITS; i++)
		if (exit_named(i))
			name_exit(&list[n++], i);
	if (copy_to_user(u64_to_user_ptr(names->names), list,
			 min(names->count, n) * sizeof(*list)))
		err = -EFAULT;
	names->count = n;
	kfree(list);
	return err;
}

/**
 * stats_get() - XLHV_DOM_STATS
 * @d: entered by dom_enter()
 * @stats: copied from the caller
 *
 * Context: may sleep.
 * Return: 0; -EINVAL; -ENOENT: no such vCPU; -EFAULT; -ENOMEM.
 */
int stats_get(struct domain *d, struct xlhv_stats *stats)
{
	unsigned int first = 0, last = d->max_vcpus, i, n = 0, id;
	u64 *values;
	int err = 0;

	if (memchr_inv(stats->reserved, 0, sizeof(stats->reserved)))
		return -EINVAL;
	if (stats->vcpu != XLHV_ALL_VCPUS) {
		if (!dom_vcpu(d, stats->vcpu))
			return -ENOENT;
		first = stats->vcpu;
		last = first + 1;
	}
	values = kcalloc(MAX_STATS, sizeof(*values), GFP_KERNEL);
	if (!values)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(table); i++, n++) {
		if (table[i].of_domain)
			values[n] = table[i].of_domain(d);
		else
			for (id = first; id < last; id++)
				values[n] += table[i].of_vcpu(d->vcpu[id]);
	}
	for (i = 0; i < VMX_NR_EXITS; i++) {
		if (!exit_named(i))
			continue;
		for (id = first; id < last; id++)
			values[n] += READ_ONCE(d->vcpu[id]->vmx.exits[i]);
		n++;
	}
	if (copy_to_user(u64_to_user_ptr(stats->values), values,
			 min(stats->count, n) * sizeof(*values)))
		err = -EFAULT;
	stats->count = n;
	kfree(values);
	return err;
}
