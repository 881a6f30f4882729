// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xen/xenbus_backend: domain 0's ring and port, for who provides XenStore.
 *
 * Source of the interface: the kernel's include/xen/xenbus_dev.h.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <xen/xenbus_dev.h>

#include "dom0/internal.h"
#include "dom0/store.h"

static int backend_open(struct inode *inode, struct file *file)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return nonseekable_open(inode, file);
}

static long backend_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	evtchn_port_t port;

	/* Who got the descriptor from somebody else. */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (cmd) {
	case IOCTL_XENBUS_BACKEND_EVTCHN:
		port = store_port();
		return port ? (long)port : -ENODEV;
	case IOCTL_XENBUS_BACKEND_SETUP:
		return store_offer(arg);
	}
	return -ENOTTY;
}

static int backend_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return store_mmap(vma);
}

const struct file_operations dom0_xenbus_backend_fops = {
	.owner = THIS_MODULE,
	.open = backend_open,
	.mmap = backend_mmap,
	.unlocked_ioctl = backend_ioctl,
};
