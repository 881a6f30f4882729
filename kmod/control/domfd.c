// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain's descriptor, and the ioctls that are about its life; a part of a domain brings its
 * own.  Each refuses what it does not know and calls one function, with the domain entered, so
 * that it cannot be torn down meanwhile.
 *
 * What is copied from and to user space is copied outside of that, by ioctl.c: who
 * ends or pauses a domain must not wait for a page of somebody else's.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/usercopy.h"
#include "control/internal.h"
#include "domain/parts.h"
#include "ept/ept.h"

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

static struct domain *domain_of(void *file)
{
	struct dom_file *f = file;

	return f->domain;
}

static int do_finish(void *file, struct ioctl_call *call)
{
	return dom_finish(domain_of(file), call->text);
}

static int do_info(void *file, struct ioctl_call *call)
{
	struct dom_file *f = file;

	WRITE_ONCE(f->seen, atomic_read(&f->domain->changes));
	dom_info(f->domain, (void *)call->arg);
	return 0;
}

static int do_rename(void *file, struct ioctl_call *call)
{
	struct xlhv_rename *r = (void *)call->arg;
	int err;

	if (r->flags & ~XLHV_RENAME_UUID || r->pad || !RESERVED_ZERO(r))
		return -EINVAL;
	err = dom_rename(domain_of(file), r->name, r->flags & XLHV_RENAME_UUID ? r->uuid : NULL);
	if (err == -EEXIST)
		scnprintf(call->text, XLHV_TEXT_LEN, "a domain with that name exists");
	return err;
}

static int do_pause(void *file, struct ioctl_call *call)
{
	return dom_pause(domain_of(file));
}

static int do_unpause(void *file, struct ioctl_call *call)
{
	return dom_unpause(domain_of(file));
}

static int get_stats(struct ioctl_call *call)
{
	struct xlhv_stats *s = (void *)call->arg;

	if (!RESERVED_ZERO(s))
		return -EINVAL;
	return ioctl_room(call, s->values, STATS_MAX * sizeof(u64));
}

static int do_stats(void *file, struct ioctl_call *call)
{
	struct xlhv_stats *s = (void *)call->arg;
	struct domain *d = domain_of(file);
	unsigned int n;

	if (s->vcpu != XLHV_ALL_VCPUS && !dom_vcpu(d, s->vcpu))
		return -ENOENT;
	n = stats_collect(d, s->vcpu, call->out);
	call->out_len = min(s->count, n) * sizeof(u64);
	s->count = n;
	return 0;
}

/**
 * log_read_user() - XLHV_LOG_READ
 * @log: ring, which stays meanwhile
 * @r: copied from the caller
 *
 * Context: may sleep; no lock is held.
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
	if (len)
		err = user_copy_out(u64_to_user_ptr(r->buffer), buffer, len);
	if (!err && r->flags & XLHV_LOG_CLEAR)
		log_clear(log, r->pos);
	r->len = len;
	kvfree(buffer);
	return err;
}

/* The ring stays as long as the descriptor does. */
static int do_log_read(void *file, struct ioctl_call *call)
{
	struct domain *d = domain_of(file);

	if (dom_is_dying(d))
		return -ESRCH;
	return log_read_user(&d->log, (void *)call->arg);
}

static int do_last_error(void *file, struct ioctl_call *call)
{
	struct xlhv_last_error *e = (void *)call->arg;
	struct dom_file *f = file;

	mutex_lock(&f->lock);
	memcpy(e->text, f->text, sizeof(e->text));
	mutex_unlock(&f->lock);
	return 0;
}

static void note_text(struct dom_file *f, const struct ioctl_call *call)
{
	mutex_lock(&f->lock);
	memcpy(f->text, call->text, sizeof(f->text));
	mutex_unlock(&f->lock);
}

/* Must not be inside while it works: it waits until nobody is. */
static int do_destroy(void *file, struct ioctl_call *call)
{
	struct domain *d = domain_of(file);

	if (dom_is_dying(d))
		return -ESRCH;
	return dom_destroy(d);
}

static const struct ioctl_op ops[] = {
	{ XLHV_LOG_READ, .alone = do_log_read },
	{ XLHV_LAST_ERROR, .alone = do_last_error },
	{ XLHV_DOM_DESTROY, .alone = do_destroy },
	{ XLHV_DOM_FINISH, .work = do_finish },
	{ XLHV_DOM_INFO, .work = do_info },
	{ XLHV_DOM_RENAME, .work = do_rename },
	{ XLHV_DOM_PAUSE, .work = do_pause },
	{ XLHV_DOM_UNPAUSE, .work = do_unpause },
	{ XLHV_DOM_STATS, get_stats, .work = do_stats },
};

static int call_work(struct dom_file *f, void *of, const struct ioctl_op *op,
		     struct ioctl_call *call)
{
	int err = dom_enter(f->domain);

	if (err)
		return err;
	err = op->work(of, call);
	dom_leave(f->domain);
	note_text(f, call);
	return err;
}

static int call_own(void *file, const struct ioctl_op *op, struct ioctl_call *call)
{
	return op->alone ? op->alone(file, call) : call_work(file, file, op, call);
}

static int call_part(void *file, const struct ioctl_op *op, struct ioctl_call *call)
{
	struct dom_file *f = file;
	int err;

	if (!op->alone)
		return call_work(f, f->domain, op, call);
	err = op->alone(f->domain, call);
	note_text(f, call);
	return err;
}

/* Of a part of the domain. */
static const struct ioctl_op *find_part_op(unsigned int cmd)
{
	const struct domain_part *const *p;
	const struct ioctl_op *op;

	for (p = domain_parts; *p; p++)
		for (op = (*p)->ioctls; op && op->cmd; op++)
			if (op->cmd == cmd)
				return op;
	return NULL;
}

static long domfd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct ioctl_op *op = ioctl_find(ops, ARRAY_SIZE(ops), cmd);

	BUILD_BUG_ON(sizeof(struct xlhv_dom_info) > IOCTL_MAX_ARG);
	if (op)
		return ioctl_run(file->private_data, op, call_own, arg);
	op = find_part_op(cmd);
	return op ? ioctl_run(file->private_data, op, call_part, arg) : -ENOTTY;
}

/*
 * The mmap_lock is held, and whoever is in the domain may wait for it: nothing is
 * entered here.  What can be had is decided at each fault, by ept.alive.
 */
static int domfd_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct dom_file *f = file->private_data;

	if (dom_is_dying(f->domain))
		return -ESRCH;
	return ept_mmap(f->domain, vma);
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

/* One descriptor less; a domain in building goes with the last. */
static void put_file(struct domain *d)
{
	if (atomic_dec_and_test(&d->nr_files))
		dom_destroy_unbuilt(d);
	xlhv_domain_put(d);
}

static int domfd_release(struct inode *inode, struct file *file)
{
	struct dom_file *f = file->private_data;

	dom_list_unkeep(f->domain);
	put_file(f->domain);
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
 * @d: the caller's reference goes to the descriptor, and so does one that he counted
 *	in nr_files; also on failure
 * @new: filled in
 *
 * Return: 0 or -errno.
 */
int domfd_open(struct domain *d, struct new_file *new)
{
	struct dom_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	int err = -ENOMEM;

	if (f) {
		mutex_init(&f->lock);
		f->domain = d;
		f->seen = atomic_read(&d->changes) - 1;
		dom_list_keep(d);
		err = new_file_make(new, "xlhv-domain", &fops, f);
		if (err)
			dom_list_unkeep(d);
	}
	if (err) {
		put_file(d);
		kfree(f);
	}
	return err;
}
