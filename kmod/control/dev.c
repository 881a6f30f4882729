// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xlhv: root's door to the module.  Each ioctl refuses what it does not know
 * and calls one function; ioctl.c copies.  An open file owns at most one hold on VMX
 * root operation, under its mutex.
 */
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <generated/utsrelease.h>
#include <asm/tsc.h>

#include "base/usercopy.h"
#include "control/control.h"
#include "control/internal.h"
#include "domain/domain.h"
#include "vmx/root/root.h"

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

static int do_version(void *file, struct ioctl_call *call)
{
	struct xlhv_version *v = (void *)call->arg;

	v->abi_major = XLHV_ABI_MAJOR;
	v->abi_minor = XLHV_ABI_MINOR;
	strscpy(v->release, XLHV_RELEASE, sizeof(v->release));
	strscpy(v->kernel, UTS_RELEASE, sizeof(v->kernel));
	return 0;
}

static int do_info(void *file, struct ioctl_call *call)
{
	struct xlhv_info *info = (void *)call->arg;

	if (memchr_inv(info, 0, sizeof(*info)))
		return -EINVAL;
	vmx_info(info);
	info->max_domains = XLHV_MAX_DOMAINS;
	info->max_vcpus = XLHV_MAX_VCPUS;
	info->tsc_khz = tsc_khz;
	dom_totals(info);
	return 0;
}

static int do_cpu_info(void *file, struct ioctl_call *call)
{
	struct xlhv_cpu_info *info = (void *)call->arg;

	if (memchr_inv(&info->state, 0,
		       sizeof(*info) - offsetof(struct xlhv_cpu_info, state)))
		return -EINVAL;
	return vmx_cpu_info(info);
}

static int do_selfcheck(void *file, struct ioctl_call *call)
{
	struct xlhv_selfcheck *check = (void *)call->arg;

	if (memchr_inv(&check->result, 0,
		       sizeof(*check) - offsetof(struct xlhv_selfcheck, result)))
		return -EINVAL;
	return vmx_selfcheck(check);
}

static int do_hold(void *file, struct ioctl_call *call)
{
	struct xlhv_vmx_hold *hold = (void *)call->arg;
	struct xlhv_file *f = file;
	struct xlhv_info info = {};
	int err;

	if (hold->hold > 1 ||
	    memchr_inv(&hold->provider, 0,
		       sizeof(*hold) - offsetof(struct xlhv_vmx_hold, provider)))
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

static int give_fd(struct domain *d, s32 *fd, struct ioctl_call *call)
{
	int err = domfd_open(d, &call->new);

	if (!err)
		*fd = call->new.fd;
	return err;
}

static int do_dom_create(void *file, struct ioctl_call *call)
{
	struct xlhv_dom_create *c = (void *)call->arg;
	struct domain *d = dom_create(c, call->text);
	struct xlhv_file *f = file;

	mutex_lock(&f->lock);
	memcpy(f->text, call->text, sizeof(f->text));
	mutex_unlock(&f->lock);
	if (IS_ERR(d))
		return PTR_ERR(d);
	c->domid = d->domid;
	return give_fd(d, &c->fd, call);
}

static int do_dom_open(void *file, struct ioctl_call *call)
{
	struct xlhv_dom_open *o = (void *)call->arg;
	struct domain *d = NULL;

	if (o->fd || memchr_inv(o->reserved, 0, sizeof(o->reserved)) ||
	    strnlen(o->name, sizeof(o->name)) == sizeof(o->name) ||
	    (o->domid != XLHV_DOMID_BY_NAME && o->name[0]))
		return -EINVAL;
	if (o->domid == XLHV_DOMID_BY_NAME)
		d = dom_get_by_name(o->name);
	else if (o->domid && o->domid < XLHV_MAX_DOMAINS)	/* not the host */
		d = xlhv_domain_get_by_id(o->domid);
	if (!d)
		return -ESRCH;
	o->domid = d->domid;
	atomic_inc(&d->nr_files);
	return give_fd(d, &o->fd, call);
}

/* Entries are copied a chunk at a time, and no lock is held then: a list may be long. */
static int do_dom_list(void *file, struct ioctl_call *call)
{
	struct xlhv_dom_list *l = (void *)call->arg;
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
		err = user_copy_out(to + done, chunk, n * sizeof(*chunk));
		if (err)
			break;
		done += n;
		l->first = chunk[n - 1].domid + 1;
	}
	l->count = done;
	kfree(chunk);
	return err;
}

static int do_stat_names(void *file, struct ioctl_call *call)
{
	return stats_names((void *)call->arg);
}

static int do_log_read(void *file, struct ioctl_call *call)
{
	return log_read_user(&xlhv_log, (void *)call->arg);
}

static int do_last_error(void *file, struct ioctl_call *call)
{
	struct xlhv_last_error *e = (void *)call->arg;
	struct xlhv_file *f = file;

	mutex_lock(&f->lock);
	memcpy(e->text, f->text, sizeof(e->text));
	mutex_unlock(&f->lock);
	return 0;
}

/* None of them enters a domain. */
static const struct ioctl_op ops[] = {
	{ XLHV_VERSION, .alone = do_version },
	{ XLHV_INFO, .alone = do_info },
	{ XLHV_CPU_INFO, .alone = do_cpu_info },
	{ XLHV_SELFCHECK, .alone = do_selfcheck },
	{ XLHV_VMX_HOLD, .alone = do_hold },
	{ XLHV_DOM_CREATE, .alone = do_dom_create },
	{ XLHV_DOM_OPEN, .alone = do_dom_open },
	{ XLHV_DOM_LIST, .alone = do_dom_list },
	{ XLHV_STAT_NAMES, .alone = do_stat_names },
	{ XLHV_LOG_READ, .alone = do_log_read },
	{ XLHV_LAST_ERROR, .alone = do_last_error },
};

static int call_alone(void *file, const struct ioctl_op *op, struct ioctl_call *call)
{
	return op->alone(file, call);
}

static long xlhv_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct ioctl_op *op;

	BUILD_BUG_ON(sizeof(struct xlhv_info) > IOCTL_MAX_ARG);
	op = ioctl_find(ops, ARRAY_SIZE(ops), cmd);
	return op ? ioctl_run(file->private_data, op, call_alone, arg) : -ENOTTY;
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
