// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xlhv: root's door to the module.  Each ioctl copies its structure in,
 * refuses what it does not know, calls one function and copies the structure
 * out.  An open file owns at most one hold on VMX root operation, under its
 * mutex.
 */
#include <linux/cpu.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <generated/utsrelease.h>
#include <asm/tsc.h>

#include "xlhv.h"
#include "vmx/vmx.h"

/**
 * struct xlhv_file - one open of the device
 * @lock: serialises ioctls that change the file
 * @held: [lock] it has a hold on VMX root operation
 */
struct xlhv_file {
	struct mutex lock;
	bool held;
};

static int do_version(struct xlhv_file *f, void *arg)
{
	struct xlhv_version *v = arg;

	v->abi_major = XLHV_ABI_MAJOR;
	v->abi_minor = XLHV_ABI_MINOR;
	strscpy(v->release, XLHV_RELEASE, sizeof(v->release));
	strscpy(v->kernel, UTS_RELEASE, sizeof(v->kernel));
	return 0;
}

static int do_info(struct xlhv_file *f, void *arg)
{
	struct xlhv_info *info = arg;

	if (memchr_inv(info, 0, sizeof(*info)))
		return -EINVAL;
	vmx_info(info);
	info->max_domains = XLHV_MAX_DOMAINS;
	info->max_vcpus = XLHV_MAX_VCPUS;
	info->tsc_khz = tsc_khz;
	return 0;
}

static int do_cpu_info(struct xlhv_file *f, void *arg)
{
	struct xlhv_cpu_info *info = arg;

	if (memchr_inv(&info->state, 0,
		       sizeof(*info) - offsetof(struct xlhv_cpu_info, state)))
		return -EINVAL;
	return vmx_cpu_info(info);
}

static int do_selfcheck(struct xlhv_file *f, void *arg)
{
	struct xlhv_selfcheck *check = arg;

	if (memchr_inv(&check->result, 0,
		       sizeof(*check) - offsetof(struct xlhv_selfcheck, result)))
		return -EINVAL;
	return vmx_selfcheck(check);
}

static int do_hold(struct xlhv_file *f, void *arg)
{
	struct xlhv_hold *hold = arg;
	struct xlhv_info info = {};
	int err;

	if (hold->hold > 1 ||
	    memchr_inv(&hold->provider, 0,
		       sizeof(*hold) - offsetof(struct xlhv_hold, provider)))
		return -EINVAL;
	mutex_lock(&f->lock);
	if (hold->hold == f->held) {
		err = f->held ? -EALREADY : -ENOENT;
	} else if (hold->hold) {
		err = vmx_hold();
		if (!err) {
			f->held = true;
			vmx_info(&info);
			hold->provider = info.provider;
		}
	} else {
		vmx_release();
		f->held = false;
		err = 0;
	}
	mutex_unlock(&f->lock);
	return err;
}

/* One row an ioctl: its number carries direction and size. */
static const struct {
	unsigned int cmd;
	int (*handler)(struct xlhv_file *f, void *arg);
} handlers[] = {
	{ XLHV_VERSION, do_version },
	{ XLHV_INFO, do_info },
	{ XLHV_CPU_INFO, do_cpu_info },
	{ XLHV_SELFCHECK, do_selfcheck },
	{ XLHV_HOLD, do_hold },
};

#define MAX_ARG	512

static long xlhv_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	u64 buffer[MAX_ARG / sizeof(u64)] = {};
	void __user *user = (void __user *)arg;
	unsigned int size = _IOC_SIZE(cmd);
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(handlers); i++)
		if (handlers[i].cmd == cmd)
			break;
	if (i == ARRAY_SIZE(handlers))
		return -ENOTTY;
	BUILD_BUG_ON(sizeof(struct xlhv_info) > sizeof(buffer));
	if (_IOC_DIR(cmd) & _IOC_WRITE && copy_from_user(buffer, user, size))
		return -EFAULT;
	/* What is done cannot be undone when its answer cannot be given: try first. */
	if (_IOC_DIR(cmd) & _IOC_READ && copy_to_user(user, buffer, size))
		return -EFAULT;
	err = handlers[i].handler(file->private_data, buffer);
	if (err)
		return err;
	if (_IOC_DIR(cmd) & _IOC_READ && copy_to_user(user, buffer, size))
		return -EFAULT;
	return 0;
}

static int xlhv_open(struct inode *inode, struct file *file)
{
	struct xlhv_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);

	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	file->private_data = f;
	return nonseekable_open(inode, file);
}

static int xlhv_release(struct inode *inode, struct file *file)
{
	struct xlhv_file *f = file->private_data;

	if (f->held)
		vmx_release();
	kfree(f);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = xlhv_open,
	.release = xlhv_release,
	.unlocked_ioctl = xlhv_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xlhv",
	.mode = 0600,
	.fops = &fops,
};

/* Make /dev/xlhv.  Return: 0 or what misc_register() returns. */
int xlhv_dev_init(void)
{
	return misc_register(&device);
}

void xlhv_dev_exit(void)
{
	misc_deregister(&device);
}
