// SPDX-License-Identifier: GPL-2.0-only
/*
 * The inside of domains, in debugfs, for root:
 *
 *	xlhv/<domid>/info		states, and a line for each vCPU
 *	xlhv/<domid>/counters		what "xlctl stat" shows
 *	xlhv/<domid>/ept, ...		what a part of it has to say
 *	xlhv/<domid>/vcpu<n>/counters
 *	xlhv/<domid>/vcpu<n>/vmcs, ...	the same of a vCPU
 *
 * Lifetime: an open file has a reference on its domain, and a look is a look like any
 * other: it enters the domain and fills a buffer of the kernel's, which is copied
 * out after that.  dom_destroy() removes the files, which keeps new ones from being
 * opened, and waits for nobody: debugfs's own way to wait for those who are inside
 * would have it wait for the memory of whoever reads.  Who keeps a file open longer
 * than the domain lives reads -ESRCH.
 */
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "control/control.h"
#include "control/internal.h"
#include "coverage.h"
#include "domain/parts.h"
#include "vcpu/vcpu.h"

static struct dentry *top;

static const char * const state_names[] = {
	[DOMAIN_BUILDING] = "building",
	[DOMAIN_LIVE] = "live",
	[DOMAIN_DYING] = "dying",
};

/* debugfs protects open() from the removal of the file, and nothing after that. */
static int file_open(struct file *file, int (*show)(struct seq_file *m, void *unused),
		     void *private, struct domain *d)
{
	int err = single_open(file, show, private);

	if (!err)
		xlhv_domain_get(d);
	return err;
}

static int domain_open(struct inode *inode, struct file *file,
		       int (*show)(struct seq_file *m, void *unused))
{
	return file_open(file, show, inode->i_private, inode->i_private);
}

static int domain_release(struct inode *inode, struct file *file)
{
	struct domain *d = inode->i_private;

	single_release(inode, file);
	xlhv_domain_put(d);
	return 0;
}

static int vcpu_open(struct inode *inode, struct file *file,
		     int (*show)(struct seq_file *m, void *unused))
{
	struct vcpu *v = inode->i_private;

	return file_open(file, show, v, v->domain);
}

static int vcpu_release(struct inode *inode, struct file *file)
{
	struct vcpu *v = inode->i_private;

	single_release(inode, file);
	xlhv_domain_put(v->domain);
	return 0;
}

/* A file that name_show() fills in, of a domain or of a vCPU. */
#define DEFINE_FILE(name, of)							\
static int name##_open(struct inode *inode, struct file *file)			\
{										\
	return of##_open(inode, file, name##_show);				\
}										\
										\
static const struct file_operations name##_fops = {				\
	.owner = THIS_MODULE,							\
	.open = name##_open,							\
	.read = seq_read,							\
	.llseek = seq_lseek,							\
	.release = of##_release,						\
}

static void show_vcpu(struct seq_file *m, struct vcpu *v)
{
	seq_printf(m, "vcpu%u: cpu=%d flags=%#lx requests=%#lx pauses=%d in_guest=%d time=%lluns\n",
		   v->id, READ_ONCE(v->cpu), READ_ONCE(v->flags), READ_ONCE(v->requests),
		   atomic_read(&v->pause_count), vcpu_in_guest(v), READ_ONCE(v->cpu_time_ns));
}

static int info_show(struct seq_file *m, void *unused)
{
	struct domain *d = m->private;
	struct xlhv_dom_info info;
	unsigned int i;
	int err = dom_enter(d);

	if (err)
		return err;
	dom_info(d, &info);
	seq_printf(m, "name: %s\n", info.name);
	seq_printf(m, "uuid: %pU\n", info.uuid);
	seq_printf(m, "state: %s\n", state_names[READ_ONCE(d->state)]);
	seq_printf(m, "flags: %#x\n", info.flags);
	seq_printf(m, "pauses: %d\n", atomic_read(&d->pause_count));
	seq_printf(m, "shutdown: %d\n", READ_ONCE(d->shutdown_code));
	seq_printf(m, "references: %u\n", refcount_read(&d->refs));
	seq_printf(m, "files: %d\n", atomic_read(&d->nr_files));
	seq_printf(m, "pages: %llu of %llu\n", info.cur_pages, info.max_pages);
	seq_printf(m, "overhead: %llu pages\n", info.overhead_pages);
	for (i = 0; i < d->max_vcpus; i++)
		show_vcpu(m, d->vcpu[i]);
	dom_leave(d);
	return 0;
}

DEFINE_FILE(info, domain);

static int counters_show(struct seq_file *m, void *unused)
{
	struct domain *d = m->private;
	int err = dom_enter(d);

	if (err)
		return err;
	stats_show(m, d, XLHV_ALL_VCPUS);
	dom_leave(d);
	return 0;
}

DEFINE_FILE(counters, domain);

/* The part that has given the file its name. */
static const struct domain_part *part_of(struct seq_file *m)
{
	const struct domain_part *const *p = domain_parts;

	while (strcmp((*p)->name, file_dentry(m->file)->d_name.name))
		p++;
	return *p;
}

static int part_show(struct seq_file *m, void *unused)
{
	struct domain *d = m->private;
	int err = dom_enter(d);

	if (err)
		return err;
	part_of(m)->describe(m, d);
	dom_leave(d);
	return 0;
}

DEFINE_FILE(part, domain);

static int vcpu_counters_show(struct seq_file *m, void *unused)
{
	struct vcpu *v = m->private;
	int err = dom_enter(v->domain);

	if (err)
		return err;
	stats_show(m, v->domain, v->id);
	dom_leave(v->domain);
	return 0;
}

DEFINE_FILE(vcpu_counters, vcpu);

static int vcpu_part_show(struct seq_file *m, void *unused)
{
	struct vcpu *v = m->private;
	int err = dom_enter(v->domain);

	if (err)
		return err;
	err = part_of(m)->vcpu_describe(m, v);
	dom_leave(v->domain);
	return err;
}

DEFINE_FILE(vcpu_part, vcpu);

/* A domain that is made.  Files that cannot be had are missed by nobody else. */
static void show(struct domain *d)
{
	const struct domain_part *const *p;
	struct dentry *dir;
	unsigned int i;
	char name[16];

	snprintf(name, sizeof(name), "%u", d->domid);
	d->debugfs = debugfs_create_dir(name, top);
	debugfs_create_file_unsafe("info", 0400, d->debugfs, d, &info_fops);
	debugfs_create_file_unsafe("counters", 0400, d->debugfs, d, &counters_fops);
	for (p = domain_parts; *p; p++)
		if ((*p)->describe)
			debugfs_create_file_unsafe((*p)->name, 0400, d->debugfs, d, &part_fops);
	for (i = 0; i < d->max_vcpus; i++) {
		snprintf(name, sizeof(name), "vcpu%u", i);
		dir = debugfs_create_dir(name, d->debugfs);
		debugfs_create_file_unsafe("counters", 0400, dir, d->vcpu[i], &vcpu_counters_fops);
		for (p = domain_parts; *p; p++)
			if ((*p)->vcpu_describe)
				debugfs_create_file_unsafe((*p)->name, 0400, dir, d->vcpu[i],
							   &vcpu_part_fops);
	}
}

/* Nobody opens a file of a domain any more; also of one that was never shown. */
static void hide(struct domain *d)
{
	debugfs_remove(d->debugfs);
	d->debugfs = NULL;
}

/* What the kernel has for a directory or file of debugfs. */
#define DEBUGFS_BYTES	(sizeof(struct inode) + sizeof(struct dentry))

/* What show() makes: a folder, "info" and "counters", and for each vCPU a folder and "counters". */
static size_t bytes(const struct domain *d)
{
	size_t nr = 3 + 2 * d->max_vcpus;
	const struct domain_part *const *p;

	for (p = domain_parts; *p; p++) {
		nr += (*p)->describe ? 1 : 0;
		nr += (*p)->vcpu_describe ? d->max_vcpus : 0;
	}
	return nr * DEBUGFS_BYTES;
}

const struct domain_part debugfs_part = {
	.name = "debugfs",
	.show = show,
	.hide = hide,
	.bytes = bytes,
};

void xlhv_debugfs_init(void)
{
	top = debugfs_create_dir("xlhv", NULL);
	xlhv_coverage_init();
}

void xlhv_debugfs_exit(void)
{
	xlhv_coverage_exit();
	debugfs_remove(top);
}
