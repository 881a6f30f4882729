// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/xen: where Xen's user space looks whether this is domain 0, and the daemon for its ring
 * and port.
 *
 * On a kernel that runs under Xen a file system of its own is mounted there; the names and
 * what is behind them are the same.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "dom0/internal.h"
#include "dom0/store.h"

static int capabilities_show(struct seq_file *m, void *unused)
{
	seq_puts(m, "control_d\n");
	return 0;
}

static int xsd_port_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%u", store_port());
	return 0;
}

/* Only to be mapped; where it is concerns nobody. */
static int xsd_kva_show(struct seq_file *m, void *unused)
{
	seq_puts(m, "0x0");
	return 0;
}

/* An area that is mapped keeps its file, and so the module. */
static int xsd_kva_open(struct inode *inode, struct file *file)
{
	int err;

	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	err = single_open(file, xsd_kva_show, NULL);
	if (err)
		module_put(THIS_MODULE);
	return err;
}

static int xsd_kva_release(struct inode *inode, struct file *file)
{
	int err = single_release(inode, file);

	module_put(THIS_MODULE);
	return err;
}

static int xsd_kva_mmap(struct file *file, struct vm_area_struct *vma)
{
	return store_mmap(vma);
}

static const struct proc_ops xsd_kva_ops = {
	.proc_open = xsd_kva_open,
	.proc_release = xsd_kva_release,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_mmap = xsd_kva_mmap,
};

static struct proc_dir_entry *dir;

/**
 * dom0_proc_init() - make /proc/xen
 *
 * Return: 0; -ENOMEM: also if somebody else has it.
 */
int dom0_proc_init(void)
{
	dir = proc_mkdir("xen", NULL);
	if (!dir)
		return -ENOMEM;
	if (proc_create_single("capabilities", 0444, dir, capabilities_show) &&
	    proc_create_single("xsd_port", 0400, dir, xsd_port_show) &&
	    proc_create("xsd_kva", 0600, dir, &xsd_kva_ops) &&
	    /* The same nodes, by the names that they had before there was /dev/xen. */
	    proc_symlink("privcmd", dir, "/dev/xen/privcmd") &&
	    proc_symlink("xenbus", dir, "/dev/xen/xenbus"))
		return 0;
	dom0_proc_exit();
	return -ENOMEM;
}

void dom0_proc_exit(void)
{
	proc_remove(dir);
	dir = NULL;
}
