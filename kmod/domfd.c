// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain's descriptor.  Each ioctl copies its structure in, refuses what it
 * does not know, enters the domain (so that it cannot be torn down meanwhile),
 * calls one function and copies the structure out.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "domfd.h"
#include "stats.h"
#include "vcpu.h"

/**
 * struct dom_file - one open descriptor
 * @domain: [c] with a reference
 * @lock: @text
 * @text: [lock] what was wrong with the last ioctl
 * @seen: [a] domain->changes at the last XLHV_DOM_INFO
 */
struct dom_file {
	struct domain *domain;
	struct mutex lock;	/* text */
	char text[XLHV_TEXT_LEN];
	int seen;
};

#define RESERVED_ZERO(p)	(!memchr_inv((p)->reserved, 0, sizeof((p)->reserved)))

static int need_building(struct domain *d, char *text)
{
	if (d->state == DOMAIN_BUILDING)
		return 0;
	scnprintf(text, XLHV_TEXT_LEN, "the domain is finished: its make-up does not change");
	return -EBUSY;
}

static int do_memory_map(struct dom_file *f, void *arg, char *text)
{
	struct xlhv_memory_map *m = arg;
	struct domain *d = f->domain;
	struct xlhv_mem_range *ranges;
	int err;

	if (m->pad || !RESERVED_ZERO(m) || !m->count || m->count > XLHV_MAX_MEM_RANGES)
		return -EINVAL;
	ranges = memdup_user(u64_to_user_ptr(m->ranges), m->count * sizeof(*ranges));
	if (IS_ERR(ranges))
		return PTR_ERR(ranges);
	mutex_lock(&d->lock);
	err = need_building(d, text);
	if (!err)
		err = ept_set_memory_map(d, ranges, m->count);
	if (!err && d->ept.eager)
		err = ept_populate_all(d);
	mutex_unlock(&d->lock);
	if (err == -EINVAL || err == -ERANGE)
		scnprintf(text, XLHV_TEXT_LEN,
			  "memory map: ranges must be page-aligned, ascending, without overlap, below 2^%u",
			  ept_maxphyaddr());
	else if (err == -ENOSPC || err == -E2BIG)
		scnprintf(text, XLHV_TEXT_LEN, "memory map: more than the domain may have");
	kfree(ranges);
	return err;
}

static int do_special(struct dom_file *f, void *arg, char *text)
{
	struct xlhv_special *s = arg;
	struct domain *d = f->domain;
	int err;

	if (s->port || !RESERVED_ZERO(s))
		return -EINVAL;
	if (s->kind == XLHV_SPECIAL_STORE) {
		scnprintf(text, XLHV_TEXT_LEN, "there is no xenstore yet");
		return -EOPNOTSUPP;
	}
	if (s->kind != XLHV_SPECIAL_CONSOLE)
		return -EINVAL;
	mutex_lock(&d->lock);
	err = need_building(d, text);
	if (!err)
		err = console_connect(d, s->gfn);
	s->port = d->console.host.port;
	mutex_unlock(&d->lock);
	return err;
}

static int do_param_set(struct dom_file *f, void *arg, char *text)
{
	struct xlhv_param *p = arg;
	int err;

	if (p->pad || !RESERVED_ZERO(p))
		return -EINVAL;
	mutex_lock(&f->domain->lock);
	err = need_building(f->domain, text);
	if (!err)
		err = hvm_param_set(f->domain, p->index, p->value);
	mutex_unlock(&f->domain->lock);
	return err;
}

static int do_param_get(struct dom_file *f, void *arg, char *text)
{
	struct xlhv_param *p = arg;

	if (p->pad || p->value || !RESERVED_ZERO(p))
		return -EINVAL;
	return hvm_param_get(f->domain, p->index, &p->value);
}

static int do_cpuid_set(struct dom_file *f, void *arg, char *text)
{
	struct xlhv_cpuid_set *s = arg;
	struct domain *d = f->domain;
	struct xlhv_cpuid *entries = NULL;
	int err;

	if (s->pad || !RESERVED_ZERO(s) || s->count > XLHV_MAX_CPUID)
		return -EINVAL;
	if (s->count) {
		entries = memdup_user(u64_to_user_ptr(s->entries), s->count * sizeof(*entries));
		if (IS_ERR(entries))
			return PTR_ERR(entries);
	}
	mutex_lock(&d->lock);
	err = need_building(d, text);
	if (!err && test_bit(VCPU_INITIALISED, &d->vcpu[0]->flags)) {
		scnprintf(text, XLHV_TEXT_LEN, "cpuid has to come before the entry point");
		err = -EBUSY;
	}
	if (!err) {
		swap(d->cpuid_overrides, entries);
		d->nr_cpuid = s->count;
		err = vmx_cpuid_make(d, text);
		if (err) {
			swap(d->cpuid_overrides, entries);
			d->nr_cpuid = 0;
		}
	}
	mutex_unlock(&d->lock);
	kfree(entries);
	return err;
}

static int do_vcpu_entry(struct dom_file *f, void *arg, char *text)
{
	struct xlhv_vcpu_entry *e = arg;
	struct domain *d = f->domain;
	int err;

	if (!RESERVED_ZERO(e))
		return -EINVAL;
	if (e->entry >> 32 || e->start_info >> 32) {
		scnprintf(text, XLHV_TEXT_LEN, "entry point or start info is not below 4 GiB");
		return -EINVAL;
	}
	mutex_lock(&d->lock);
	err = need_building(d, text);
	if (!err)
		err = vmx_vcpu_reset_pvh(d->vcpu[0], e->entry, e->start_info);
	if (!err)
		set_bit(VCPU_INITIALISED, &d->vcpu[0]->flags);
	mutex_unlock(&d->lock);
	return err;
}

static int do_finish(struct dom_file *f, void *arg, char *text)
{
	return dom_finish(f->domain, text);
}

static int do_info(struct dom_file *f, void *arg, char *text)
{
	WRITE_ONCE(f->seen, atomic_read(&f->domain->changes));
	dom_info(f->domain, arg);
	return 0;
}

static int do_rename(struct dom_file *f, void *arg, char *text)
{
	struct xlhv_rename *r = arg;
	int err;

	if (r->flags & ~XLHV_RENAME_UUID || r->pad || !RESERVED_ZERO(r))
		return -EINVAL;
	err = dom_rename(f->domain, r->name, r->flags & XLHV_RENAME_UUID ? r->uuid : NULL);
	if (err == -EEXIST)
		scnprintf(text, XLHV_TEXT_LEN, "a domain with that name exists");
	return err;
}

static int do_pause(struct dom_file *f, void *arg, char *text)
{
	return dom_pause(f->domain);
}

static int do_unpause(struct dom_file *f, void *arg, char *text)
{
	return dom_unpause(f->domain);
}

static int do_vcpu_info(struct dom_file *f, void *arg, char *text)
{
	struct xlhv_vcpu_info *info = arg;
	struct vcpu_runstate_info runstate;
	struct vcpu *v;
	unsigned long flags;
	unsigned int i;

	if (memchr_inv(&info->flags, 0,
		       sizeof(*info) - offsetof(struct xlhv_vcpu_info, flags)))
		return -EINVAL;
	v = dom_vcpu(f->domain, info->vcpu);
	if (!v)
		return -ENOENT;
	flags = READ_ONCE(v->flags);
	if (!(flags & BIT(VCPU_DOWN)))
		info->flags |= XLHV_VCPU_ONLINE;
	if (flags & BIT(VCPU_BLOCKED))
		info->flags |= XLHV_VCPU_BLOCKED;
	else if (READ_ONCE(v->running))
		info->flags |= XLHV_VCPU_RUNNING;
	if (atomic_read(&v->pause_count) || atomic_read(&f->domain->pause_count))
		info->flags |= XLHV_VCPU_PAUSED;
	info->cpu = READ_ONCE(v->cpu);
	info->tid = v->task ? task_pid_vnr(v->task) : 0;
	info->cpu_time_ns = READ_ONCE(v->cpu_time_ns);
	time_runstate_get(v, &runstate);
	for (i = 0; i < ARRAY_SIZE(runstate.time); i++)
		info->runstate_ns[i] = runstate.time[i];
	for (i = 0; i < VMX_NR_EXITS; i++)
		info->exits += READ_ONCE(v->vmx.exits[i]);
	return 0;
}

static int do_stats(struct dom_file *f, void *arg, char *text)
{
	return stats_get(f->domain, arg);
}

static int do_console(struct dom_file *f, void *arg, char *text)
{
	struct xlhv_console *c = arg;
	int fd;

	if (c->flags & ~XLHV_CONSOLE_FROM_NOW || c->fd || !RESERVED_ZERO(c))
		return -EINVAL;
	fd = console_open(f->domain, c->flags);
	if (fd < 0)
		return fd;
	c->fd = fd;
	return 0;
}

static int do_userdata_set(struct dom_file *f, void *arg, char *text)
{
	struct xlhv_userdata *u = arg;
	struct domain *d = f->domain;
	void *data = NULL;

	if (u->pad || !RESERVED_ZERO(u) || u->len > XLHV_MAX_USERDATA)
		return -EINVAL;
	if (u->len) {
		data = vmemdup_user(u64_to_user_ptr(u->buffer), u->len);
		if (IS_ERR(data))
			return PTR_ERR(data);
	}
	mutex_lock(&d->lock);
	swap(d->userdata, data);
	d->userdata_len = u->len;
	mutex_unlock(&d->lock);
	kvfree(data);
	return 0;
}

static int do_userdata_get(struct dom_file *f, void *arg, char *text)
{
	struct xlhv_userdata *u = arg;
	struct domain *d = f->domain;
	int err = 0;

	if (u->pad || !RESERVED_ZERO(u))
		return -EINVAL;
	mutex_lock(&d->lock);
	if (u->len && d->userdata_len &&
	    copy_to_user(u64_to_user_ptr(u->buffer), d->userdata,
			 min_t(size_t, u->len, d->userdata_len)))
		err = -EFAULT;
	u->len = d->userdata_len;
	mutex_unlock(&d->lock);
	return err;
}

/**
 * log_read_user() - XLHV_LOG_READ
 * @log: ring
 * @r: copied from the caller
 *
 * Context: may sleep.
 * Return: 0; -EINVAL; -EFAULT; -ENOMEM.
 */
int log_read_user(struct dom_log *log, struct xlhv_log_read *r)
{
	size_t len, room = min_t(size_t, r->len, 64 * 1024);
	char *buffer;
	int err = 0;

	if (r->flags & ~XLHV_LOG_CLEAR || r->lost || !RESERVED_ZERO(r))
		return -EINVAL;
	buffer = kvmalloc(max_t(size_t, room, 1), GFP_KERNEL_ACCOUNT);
	if (!buffer)
		return -ENOMEM;
	len = log_read(log, &r->pos, buffer, room, &r->lost);
	if (len && copy_to_user(u64_to_user_ptr(r->buffer), buffer, len))
		err = -EFAULT;
	else if (r->flags & XLHV_LOG_CLEAR)
		log_clear(log, r->pos);
	r->len = len;
	kvfree(buffer);
	return err;
}

static int do_log_read(struct dom_file *f, void *arg, char *text)
{
	return log_read_user(&f->domain->log, arg);
}

/* One row an ioctl: its number carries direction and size. */
static const struct {
	unsigned int cmd;
	int (*handler)(struct dom_file *f, void *arg, char *text);
} handlers[] = {
	{ XLHV_LOG_READ, do_log_read },
	{ XLHV_DOM_MEMORY_MAP, do_memory_map },
	{ XLHV_DOM_SPECIAL, do_special },
	{ XLHV_DOM_PARAM_SET, do_param_set },
	{ XLHV_DOM_CPUID_SET, do_cpuid_set },
	{ XLHV_DOM_VCPU_ENTRY, do_vcpu_entry },
	{ XLHV_DOM_FINISH, do_finish },
	{ XLHV_DOM_INFO, do_info },
	{ XLHV_DOM_RENAME, do_rename },
	{ XLHV_DOM_PAUSE, do_pause },
	{ XLHV_DOM_UNPAUSE, do_unpause },
	{ XLHV_DOM_VCPU_INFO, do_vcpu_info },
	{ XLHV_DOM_STATS, do_stats },
	{ XLHV_DOM_CONSOLE, do_console },
	{ XLHV_DOM_PARAM_GET, do_param_get },
	{ XLHV_DOM_USERDATA_SET, do_userdata_set },
	{ XLHV_DOM_USERDATA_GET, do_userdata_get },
};

#define MAX_ARG	256

static long domfd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct dom_file *f = file->private_data;
	u64 buffer[MAX_ARG / sizeof(u64)] = {};
	void __user *user = (void __user *)arg;
	char text[XLHV_TEXT_LEN] = "";
	unsigned int size = _IOC_SIZE(cmd);
	unsigned int i;
	int err;

	BUILD_BUG_ON(sizeof(struct xlhv_dom_info) > MAX_ARG);
	if (cmd == XLHV_LAST_ERROR) {
		mutex_lock(&f->lock);
		err = copy_to_user(user, f->text, sizeof(f->text)) ? -EFAULT : 0;
		mutex_unlock(&f->lock);
		return err;
	}
	/* The one that must not be inside while it works. */
	if (cmd == XLHV_DOM_DESTROY) {
		if (READ_ONCE(f->domain->state) == DOMAIN_DYING)
			return -ESRCH;
		dom_destroy(f->domain);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(handlers); i++)
		if (handlers[i].cmd == cmd)
			break;
	if (i == ARRAY_SIZE(handlers))
		return -ENOTTY;
	if (_IOC_DIR(cmd) & _IOC_WRITE && copy_from_user(buffer, user, size))
		return -EFAULT;
	err = dom_enter(f->domain);
	if (err)
		return err;
	err = handlers[i].handler(f, buffer, text);
	dom_leave(f->domain);
	mutex_lock(&f->lock);
	memcpy(f->text, text, sizeof(f->text));
	mutex_unlock(&f->lock);
	if (err)
		return err;
	if (_IOC_DIR(cmd) & _IOC_READ && copy_to_user(user, buffer, size))
		return -EFAULT;
	return 0;
}

static int domfd_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct dom_file *f = file->private_data;
	int err = dom_enter(f->domain);

	if (err)
		return err;
	err = f->domain->state == DOMAIN_BUILDING ? ept_mmap(f->domain, vma) : -EBUSY;
	dom_leave(f->domain);
	return err;
}

/* POLLPRI: something has changed since the last XLHV_DOM_INFO; POLLHUP: it is gone. */
static __poll_t domfd_poll(struct file *file, poll_table *wait)
{
	struct dom_file *f = file->private_data;
	struct domain *d = f->domain;
	__poll_t events = 0;

	poll_wait(file, &d->wait, wait);
	if (atomic_read(&d->changes) != READ_ONCE(f->seen))
		events |= EPOLLPRI;
	if (dom_is_dying(d))
		events |= EPOLLHUP | EPOLLPRI;
	return events;
}

static int domfd_release(struct inode *inode, struct file *file)
{
	struct dom_file *f = file->private_data;
	struct domain *d = f->domain;

	if (atomic_dec_and_test(&d->nr_files) && READ_ONCE(d->state) == DOMAIN_BUILDING)
		dom_destroy(d);
	dom_put(d);
	kfree(f);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.release = domfd_release,
	.unlocked_ioctl = domfd_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = domfd_mmap,
	.poll = domfd_poll,
	.llseek = noop_llseek,
};

/**
 * domfd_open() - a descriptor for a domain
 * @d: the caller's reference goes to the descriptor, also on failure
 * @file: out: to be installed with fd_install(), or put
 *
 * Return: a descriptor that is reserved, not yet installed; or -errno.
 */
int domfd_open(struct domain *d, struct file **file)
{
	struct dom_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	int fd;

	if (!f) {
		fd = -ENOMEM;
		goto err_put;
	}
	mutex_init(&f->lock);
	f->domain = d;
	f->seen = atomic_read(&d->changes) - 1;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		goto err_free;
	*file = anon_inode_getfile("xlhv-domain", &fops, f, O_RDWR);
	if (IS_ERR(*file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(*file);
		goto err_free;
	}
	atomic_inc(&d->nr_files);
	return fd;

err_free:
	kfree(f);
err_put:
	if (!atomic_read(&d->nr_files) && d->state == DOMAIN_BUILDING)
		dom_destroy(d);
	dom_put(d);
	return fd;
}
