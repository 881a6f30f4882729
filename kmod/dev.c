// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xlhv: root's door to the module.  Each ioctl copies its structure in,
 * refuses what it does not know, calls one function and copies the structure
 * out.  An open file owns at most one hold on VMX root operation, under its
 * mutex.
 */
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <generated/utsrelease.h>
#include <asm/tsc.h>

#include "domain.h"
#include "domfd.h"
#include "stats.h"
#include "vmx/vmx.h"

/* Entries of a list that are gathered before they are copied out. */
#define LIST_CHUNK	16U

/**
 * struct xlhv_file - one open of the device
 * @lock: serialises ioctls that change the file
 * @held: [lock] it has a hold on VMX root operation
 * @text: [lock] what was wrong with the last ioctl
 */
struct xlhv_file {
	struct mutex lock;	/* ioctls that change the file */
	bool held;
	char text[XLHV_TEXT_LEN];
};

/**
 * struct new_file - a descriptor that becomes the caller's when he knows its number
 * @file: NULL for none
 * @fd: reserved
 */
struct new_file {
	struct file *file;
	int fd;
};

static int do_version(struct xlhv_file *f, void *arg, struct new_file *new)
{
	struct xlhv_version *v = arg;

	v->abi_major = XLHV_ABI_MAJOR;
	v->abi_minor = XLHV_ABI_MINOR;
	strscpy(v->release, XLHV_RELEASE, sizeof(v->release));
	strscpy(v->kernel, UTS_RELEASE, sizeof(v->kernel));
	return 0;
}

static int do_info(struct xlhv_file *f, void *arg, struct new_file *new)
{
	struct xlhv_info *info = arg;

	if (memchr_inv(info, 0, sizeof(*info)))
		return -EINVAL;
	vmx_info(info);
	info->max_domains = XLHV_MAX_DOMAINS;
	info->max_vcpus = XLHV_MAX_VCPUS;
	info->tsc_khz = tsc_khz;
	dom_totals(info);
	return 0;
}

static int do_cpu_info(struct xlhv_file *f, void *arg, struct new_file *new)
{
	struct xlhv_cpu_info *info = arg;

	if (memchr_inv(&info->state, 0,
		       sizeof(*info) - offsetof(struct xlhv_cpu_info, state)))
		return -EINVAL;
	return vmx_cpu_info(info);
}

static int do_selfcheck(struct xlhv_file *f, void *arg, struct new_file *new)
{
	struct xlhv_selfcheck *check = arg;

	if (memchr_inv(&check->result, 0,
		       sizeof(*check) - offsetof(struct xlhv_selfcheck, result)))
		return -EINVAL;
	return vmx_selfcheck(check);
}

static int do_hold(struct xlhv_file *f, void *arg, struct new_file *new)
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

static int give_fd(struct domain *d, s32 *fd, struct new_file *new)
{
	new->fd = domfd_open(d, &new->file);
	*fd = new->fd;
	return new->fd < 0 ? new->fd : 0;
}

static int do_dom_create(struct xlhv_file *f, void *arg, struct new_file *new)
{
	struct xlhv_dom_create *c = arg;
	char text[XLHV_TEXT_LEN] = "";
	struct domain *d = dom_create(c, text);

	mutex_lock(&f->lock);
	memcpy(f->text, text, sizeof(f->text));
	mutex_unlock(&f->lock);
	if (IS_ERR(d))
		return PTR_ERR(d);
	c->domid = d->domid;
	return give_fd(d, &c->fd, new);
}

static int do_dom_open(struct xlhv_file *f, void *arg, struct new_file *new)
{
	struct xlhv_dom_open *o = arg;
	struct domain *d;

	if (o->fd || memchr_inv(o->reserved, 0, sizeof(o->reserved)) ||
	    strnlen(o->name, sizeof(o->name)) == sizeof(o->name) ||
	    (o->domid != XLHV_DOMID_BY_NAME && o->name[0]))
		return -EINVAL;
	if (o->domid == XLHV_DOMID_BY_NAME)
		d = dom_get_by_name(o->name);
	else
		d = o->domid < XLHV_MAX_DOMAINS ? dom_get_by_id(o->domid) : NULL;
	if (!d)
		return -ESRCH;
	o->domid = d->domid;
	return give_fd(d, &o->fd, new);
}

/* Entries are copied a chunk at a time: a list may be long. */
static int do_dom_list(struct xlhv_file *f, void *arg, struct new_file *new)
{
	struct xlhv_dom_list *l = arg;
	struct xlhv_dom_info __user *to = u64_to_user_ptr(l->info);
	struct xlhv_dom_info *chunk;
	unsigned int n, done = 0;
	int err = 0;

	if (memchr_inv(l->reserved, 0, sizeof(l->reserved)))
		return -EINVAL;
	chunk = kmalloc_array(LIST_CHUNK, sizeof(*chunk), GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	while (done < l->count) {
		if (l->first >= XLHV_MAX_DOMAINS)
			break;
		n = dom_list(l->first, chunk, min(l->count - done, LIST_CHUNK));
		if (!n)
			break;
		if (copy_to_user(to + done, chunk, n * sizeof(*chunk))) {
			err = -EFAULT;
			break;
		}
		done += n;
		l->first = chunk[n - 1].domid + 1;
	}
	l->count = done;
	kfree(chunk);
	return err;
}

static int do_stat_names(struct xlhv_file *f, void *arg, struct new_file *new)
{
	return stats_names(arg);
}

static int do_log_read(struct xlhv_file *f, void *arg, struct new_file *new)
{
	return log_read_user(&xlhv_log, arg);
}

static int do_last_error(struct xlhv_file *f, void *arg, struct new_file *new)
{
	struct xlhv_last_error *e = arg;

	mutex_lock(&f->lock);
	memcpy(e->text, f->text, sizeof(e->text));
	mutex_unlock(&f->lock);
	return 0;
}

/* One row an ioctl: its number carries direction and size. */
static const struct {
	unsigned int cmd;
	int (*handler)(struct xlhv_file *f, void *arg, struct new_file *new);
} handlers[] = {
	{ XLHV_VERSION, do_version },
	{ XLHV_INFO, do_info },
	{ XLHV_CPU_INFO, do_cpu_info },
	{ XLHV_SELFCHECK, do_selfcheck },
	{ XLHV_HOLD, do_hold },
	{ XLHV_DOM_CREATE, do_dom_create },
	{ XLHV_DOM_OPEN, do_dom_open },
	{ XLHV_DOM_LIST, do_dom_list },
	{ XLHV_STAT_NAMES, do_stat_names },
	{ XLHV_LOG_READ, do_log_read },
	{ XLHV_LAST_ERROR, do_last_error },
};

#define MAX_ARG	512

static long xlhv_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	u64 buffer[MAX_ARG / sizeof(u64)] = {};
	void __user *user = (void __user *)arg;
	unsigned int size = _IOC_SIZE(cmd);
	struct new_file new = {};
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
	err = handlers[i].handler(file->private_data, buffer, &new);
	if (!err && _IOC_DIR(cmd) & _IOC_READ && copy_to_user(user, buffer, size))
		err = -EFAULT;
	if (new.file && !err) {
		fd_install(new.fd, new.file);
	} else if (new.file) {
		put_unused_fd(new.fd);
		fput(new.file);
	}
	return err;
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
