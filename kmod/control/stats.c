// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters.  One table: name, unit, help, and how to read it; the values of a
 * vCPU are written by its own thread without locks, and read as they are.
 */
#include <linux/ctype.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "control/stats.h"
#include "base/usercopy.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"

static u64 entries(const struct vcpu *v)
{
	return READ_ONCE(v->vmx.entries);
}

static u64 hypercalls(const struct vcpu *v)
{
	/* Each is an exit; those of a multicall count as one. */
	return READ_ONCE(v->vmx.exits[EXIT_REASON_VMCALL]);
}

static u64 continued(const struct vcpu *v)
{
	return READ_ONCE(v->calls_continued);
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

static u64 events_sent(const struct vcpu *v)
{
	return READ_ONCE(v->evtchn.sent);
}

static u64 events_ports(const struct domain *d)
{
	return evtchn_ports_open(d);
}

static u64 grant_frames(const struct domain *d)
{
	return READ_ONCE(d->grant.nr_frames) + READ_ONCE(d->grant.nr_status);
}

static u64 grant_mapped(const struct domain *d)
{
	return READ_ONCE(d->grant.maptrack.used);
}

static u64 grant_maps(const struct domain *d)
{
	return atomic64_read(&d->grant.nr_maps);
}

static u64 grant_copies(const struct domain *d)
{
	return atomic64_read(&d->grant.nr_copies);
}

static u64 grant_copied(const struct domain *d)
{
	return atomic64_read(&d->grant.copied);
}

static u64 overhead(const struct domain *d)
{
	return dom_overhead_pages(d);
}

static const struct {
	const char *name, *unit, *help;
	u32 flags;
	u64 (*of_vcpu)(const struct vcpu *v);
	u64 (*of_domain)(const struct domain *d);
} table[] = {
	{ "entries", "", "times the guest was entered", 0, entries },
	{ "hypercalls", "", "hypercalls", 0, hypercalls },
	{ "hypercalls.continued", "", "hypercalls that gave way and went on later", 0, continued },
	{ "injected", "", "interrupts and exceptions injected by hand", 0, injected },
	{ "msr.unknown", "", "accesses to MSRs that raise #GP", 0, unknown_msrs },
	{ "time.cpu", "ns", "time on a CPU", 0, cpu_time },
	{ "memory.pages", "pages", "4 KiB pages the guest has",
	  XLHV_STAT_GAUGE | XLHV_STAT_DOMAIN, NULL, pages },
	{ "memory.tables", "pages", "pages of EPT tables",
	  XLHV_STAT_GAUGE | XLHV_STAT_DOMAIN, NULL, tables },
	{ "memory.2m", "", "2 MiB mappings", XLHV_STAT_GAUGE | XLHV_STAT_DOMAIN, NULL, large },
	{ "memory.1g", "", "1 GiB mappings", XLHV_STAT_GAUGE | XLHV_STAT_DOMAIN, NULL, huge },
	{ "memory.nx_splits", "", "large mappings split because code in them was run",
	  XLHV_STAT_DOMAIN, NULL, nx_splits },
	{ "memory.faults", "", "first touches that found memory", XLHV_STAT_DOMAIN, NULL, faults },
	{ "memory.overhead", "pages", "pages of the module's for it besides",
	  XLHV_STAT_GAUGE | XLHV_STAT_DOMAIN, NULL, overhead },
	{ "events.sent", "", "events sent by hypercall", 0, events_sent },
	{ "events.ports", "", "event channels that are open",
	  XLHV_STAT_GAUGE | XLHV_STAT_DOMAIN, NULL, events_ports },
	{ "grants.frames", "pages", "pages of its grant table, status pages included",
	  XLHV_STAT_GAUGE | XLHV_STAT_DOMAIN, NULL, grant_frames },
	{ "grants.mapped", "", "grants that it has mapped",
	  XLHV_STAT_GAUGE | XLHV_STAT_DOMAIN, NULL, grant_mapped },
	{ "grants.maps", "", "grants that it mapped", XLHV_STAT_DOMAIN, NULL, grant_maps },
	{ "grants.copies", "", "copies between grants", XLHV_STAT_DOMAIN, NULL, grant_copies },
	{ "grants.copied", "bytes", "bytes of these copies", XLHV_STAT_DOMAIN, NULL, grant_copied },
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
 * Context: may sleep; no lock is held.
 * Return: 0; -EINVAL; -EFAULT; -ENOMEM.
 */
int stats_names(struct xlhv_stat_names *names)
{
	struct xlhv_stat_name *list;
	unsigned int i, n = 0;
	int err;

	if (names->pad || memchr_inv(names->reserved, 0, sizeof(names->reserved)))
		return -EINVAL;
	list = kcalloc(STATS_MAX, sizeof(*list), GFP_KERNEL);
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
	err = user_copy_out(u64_to_user_ptr(names->names), list,
			    min(names->count, n) * sizeof(*list));
	names->count = n;
	kfree(list);
	return err;
}

/* All values, of one vCPU or summed up over @nr of them from @first on. */
static unsigned int collect(const struct domain *d, unsigned int first, unsigned int nr,
			    u64 *values)
{
	unsigned int i, n = 0, id;

	for (i = 0; i < ARRAY_SIZE(table); i++, n++) {
		values[n] = 0;
		if (table[i].of_domain)
			values[n] = table[i].of_domain(d);
		else
			for (id = first; id < first + nr; id++)
				values[n] += table[i].of_vcpu(d->vcpu[id]);
	}
	for (i = 0; i < VMX_NR_EXITS; i++) {
		if (!exit_named(i))
			continue;
		values[n] = 0;
		for (id = first; id < first + nr; id++)
			values[n] += READ_ONCE(d->vcpu[id]->vmx.exits[i]);
		n++;
	}
	return n;
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
	BUILD_BUG_ON(ARRAY_SIZE(table) + VMX_NR_EXITS > STATS_MAX);
	return vcpu == XLHV_ALL_VCPUS ? collect(d, 0, d->max_vcpus, values) :
					collect(d, vcpu, 1, values);
}

/**
 * stats_show() - the same as text, a line for each counter
 * @m: where to
 * @d: entered by dom_enter()
 * @vcpu: one that there is, or XLHV_ALL_VCPUS
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM.
 */
int stats_show(struct seq_file *m, struct domain *d, u32 vcpu)
{
	u64 *values = kcalloc(STATS_MAX, sizeof(*values), GFP_KERNEL);
	struct xlhv_stat_name name;
	unsigned int i, n;

	if (!values)
		return -ENOMEM;
	stats_collect(d, vcpu, values);
	for (n = 0; n < ARRAY_SIZE(table); n++)
		if (vcpu == XLHV_ALL_VCPUS || !(table[n].flags & XLHV_STAT_DOMAIN))
			seq_printf(m, "%s %llu\n", table[n].name, values[n]);
	for (i = 0; i < VMX_NR_EXITS; i++) {
		if (!exit_named(i))
			continue;
		name_exit(&name, i);
		seq_printf(m, "%s %llu\n", name.name, values[n++]);
	}
	kfree(values);
	return 0;
}

/* What the kernel has for a directory or file of debugfs. */
#define DEBUGFS_BYTES	(sizeof(struct inode) + sizeof(struct dentry))

/* A vCPU: its structure, what belongs to VMX, its thread, its files. */
static u64 vcpu_bytes(const struct vcpu *v)
{
	u64 bytes = sizeof(*v) + vmx_vcpu_bytes(v) + sizeof(struct ept_vcpu) + 3 * DEBUGFS_BYTES;

	if (v->task)
		bytes += THREAD_SIZE + sizeof(*v->task);
	return bytes;
}

/**
 * dom_overhead_pages() - what a domain costs besides the guest's memory
 * @d: made; entered by dom_enter(), or in the list
 *
 * Counted is what exists at this moment: structures, logs, tables of the EPT, frames
 * of grants and what is remembered of them, event channels, threads.
 *
 * Context: any but NMI.
 * Return: pages, rounded up.
 */
u64 dom_overhead_pages(const struct domain *d)
{
	u64 bytes = sizeof(*d) + d->log.size + d->console.scrollback.size +
		    d->max_vcpus * sizeof(*d->vcpu) + 4 * DEBUGFS_BYTES +
		    READ_ONCE(d->nr_cpuid) * sizeof(*d->cpuid_overrides) +
		    READ_ONCE(d->userdata_len);
	unsigned int i;

	/* shared_info, the console's ring. */
	bytes += PAGE_SIZE + (READ_ONCE(d->console.page) ? PAGE_SIZE : 0);
	bytes += vmx_cpuid_bytes() + evtchn_bytes(d) + gnttab_bytes(d);
	for (i = 0; i < d->max_vcpus; i++)
		bytes += vcpu_bytes(d->vcpu[i]);
	return atomic64_read(&d->ept.nr_tables) + DIV_ROUND_UP(bytes, PAGE_SIZE);
}
