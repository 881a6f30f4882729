// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain's descriptor.  Each ioctl refuses what it does not know and calls one
 * function, with the domain entered, so that it cannot be torn down meanwhile.
 * What is copied from and to user space is copied outside of that, by ioctl.c: who
 * ends or pauses a domain must not wait for a page of somebody else's.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/usercopy.h"
#include "console/console.h"
#include "control/domfd.h"
#include "control/ioctl.h"
#include "control/stats.h"
#include "dom0/dom0.h"
#include "domain/parts.h"
#include "ept/ept.h"
#include "hypercall/params.h"
#include "time/time.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/state.h"

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
	lockdep_assert_held(&d->lock);
	if (d->state != DOMAIN_BUILDING) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "the domain is already built: this can no longer be changed");
		return -EBUSY;
	}
	return ept_settled(d, text);
}

static struct domain *domain_of(void *file)
{
	struct dom_file *f = file;

	return f->domain;
}

static int get_memory_map(struct ioctl_call *call)
{
	struct xlhv_memory_map *m = (void *)call->arg;

	if (m->pad || !RESERVED_ZERO(m) || !m->count || m->count > XLHV_MAX_MEM_RANGES)
		return -EINVAL;
	return ioctl_copy_in(call, m->ranges, m->count * sizeof(struct xlhv_mem_range));
}

static int do_memory_map(void *file, struct ioctl_call *call)
{
	struct xlhv_memory_map *m = (void *)call->arg;
	struct domain *d = domain_of(file);
	bool eager = false;
	int err;

	mutex_lock(&d->lock);
	err = need_building(d, call->text);
	if (!err)
		err = ept_set_memory_map(d, call->in, m->count);
	if (!err)
		eager = ept_populate_begin(d);
	mutex_unlock(&d->lock);
	if (eager)
		err = ept_populate_built(d);
	if (err == -EINVAL || err == -ERANGE)
		scnprintf(call->text, XLHV_TEXT_LEN,
			  "memory map: ranges must be page-aligned, ascending, without overlap, below 2^%u",
			  ept_maxphyaddr());
	else if (err == -ENOSPC || err == -E2BIG)
		scnprintf(call->text, XLHV_TEXT_LEN, "memory map: more than the domain may have");
	return err;
}

static int make_special(struct domain *d, struct xlhv_special *s)
{
	int err;

	switch (s->kind) {
	case XLHV_SPECIAL_STORE:
		return dom0_offer_store(d, s->gfn, &s->port);
	case XLHV_SPECIAL_DAEMON_CONSOLE:
		return dom0_offer_console(d, s->gfn, &s->port);
	}
	err = console_connect(d, s->gfn);
	if (!err)
		s->port = d->console.host.port;
	return err;
}

static int do_special(void *file, struct ioctl_call *call)
{
	struct xlhv_special *s = (void *)call->arg;
	struct domain *d = domain_of(file);
	int err;

	if (s->port || !RESERVED_ZERO(s))
		return -EINVAL;
	if (s->kind < XLHV_SPECIAL_CONSOLE || s->kind > XLHV_SPECIAL_DAEMON_CONSOLE)
		return -EINVAL;
	if (s->kind == XLHV_SPECIAL_STORE && !dom0_has_store()) {
		scnprintf(call->text, XLHV_TEXT_LEN, "there is no xenstore daemon");
		return -EOPNOTSUPP;
	}
	mutex_lock(&d->lock);
	err = need_building(d, call->text);
	/* What is RAM is decided, and its tables are counted as the map's. */
	if (!err && !d->ept.nr_ranges) {
		scnprintf(call->text, XLHV_TEXT_LEN, "the memory map must be set first");
		err = -EINVAL;
	}
	if (!err)
		err = make_special(d, s);
	mutex_unlock(&d->lock);
	return err;
}

static int do_param_set(void *file, struct ioctl_call *call)
{
	struct xlhv_param *p = (void *)call->arg;
	struct domain *d = domain_of(file);
	int err;

	if (p->pad || !RESERVED_ZERO(p))
		return -EINVAL;
	mutex_lock(&d->lock);
	err = need_building(d, call->text);
	if (!err)
		err = hvm_param_set(d, p->index, p->value);
	mutex_unlock(&d->lock);
	return err;
}

static int do_param_get(void *file, struct ioctl_call *call)
{
	struct xlhv_param *p = (void *)call->arg;

	if (p->pad || p->value || !RESERVED_ZERO(p))
		return -EINVAL;
	return hvm_param_get(domain_of(file), p->index, &p->value);
}

static int get_cpuid_set(struct ioctl_call *call)
{
	struct xlhv_cpuid_set *s = (void *)call->arg;

	if (s->pad || !RESERVED_ZERO(s) || s->count > XLHV_MAX_CPUID)
		return -EINVAL;
	return ioctl_copy_in(call, s->entries, s->count * sizeof(struct xlhv_cpuid));
}

static int do_cpuid_set(void *file, struct ioctl_call *call)
{
	struct xlhv_cpuid_set *s = (void *)call->arg;
	struct domain *d = domain_of(file);
	struct xlhv_cpuid *entries = call->in;
	unsigned int count = s->count;
	int err;

	mutex_lock(&d->lock);
	err = need_building(d, call->text);
	if (!err && test_bit(VCPU_INITIALISED, &d->vcpu[0]->flags)) {
		scnprintf(call->text, XLHV_TEXT_LEN, "CPUID must be set before the entry point");
		err = -EBUSY;
	}
	if (!err) {
		swap(d->cpuid_overrides, entries);
		swap(d->nr_cpuid, count);
		err = vmx_cpuid_make(d, call->text);
		if (err) {
			swap(d->cpuid_overrides, entries);
			swap(d->nr_cpuid, count);
		}
	}
	mutex_unlock(&d->lock);
	/* The ones that are not the domain's are freed with the call. */
	call->in = entries;
	return err;
}

static int do_vcpu_entry(void *file, struct ioctl_call *call)
{
	struct xlhv_vcpu_entry *e = (void *)call->arg;
	struct vcpu_start how = { .from = VCPU_START_PVH };
	struct domain *d = domain_of(file);
	int err;

	if (!RESERVED_ZERO(e))
		return -EINVAL;
	if (e->entry >> 32 || e->start_info >> 32) {
		scnprintf(call->text, XLHV_TEXT_LEN,
			  "entry point or start info is not below 4 GiB");
		return -EINVAL;
	}
	how.entry = e->entry;
	how.start_info = e->start_info;
	mutex_lock(&d->lock);
	err = need_building(d, call->text);
	if (!err) {
		vcpu_take_building(d->vcpu[0]);
		err = vcpu_start(d->vcpu[0], &how);
		if (!err)
			set_bit(VCPU_INITIALISED, &d->vcpu[0]->flags);
		vcpu_give(d->vcpu[0]);
	}
	mutex_unlock(&d->lock);
	return err;
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

static int do_vcpu_info(void *file, struct ioctl_call *call)
{
	struct xlhv_vcpu_info *info = (void *)call->arg;
	struct domain *d = domain_of(file);
	struct vcpu_runstate_info runstate;
	struct vcpu *v;
	unsigned long flags;
	unsigned int i;

	if (memchr_inv(&info->flags, 0,
		       sizeof(*info) - offsetof(struct xlhv_vcpu_info, flags)))
		return -EINVAL;
	v = dom_vcpu(d, info->vcpu);
	if (!v)
		return -ENOENT;
	flags = READ_ONCE(v->flags);
	if (!(flags & BIT(VCPU_DOWN)))
		info->flags |= XLHV_VCPU_ONLINE;
	if (flags & BIT(VCPU_BLOCKED))
		info->flags |= XLHV_VCPU_BLOCKED;
	else if (v->task && READ_ONCE(v->owner) == v->task)
		info->flags |= XLHV_VCPU_RUNNING;
	if (atomic_read(&v->pause_count) || atomic_read(&d->pause_count))
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

static int do_console(void *file, struct ioctl_call *call)
{
	struct xlhv_console *c = (void *)call->arg;
	int err;

	if (c->flags & ~XLHV_CONSOLE_FROM_NOW || c->fd || !RESERVED_ZERO(c))
		return -EINVAL;
	err = console_open(domain_of(file), c->flags, &call->new);
	if (!err)
		c->fd = call->new.fd;
	return err;
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

static bool is_creator(const struct domain *d)
{
	return from_kuid(&init_user_ns, current_uid()) == d->creator_uid;
}

/*
 * A domain's memory is charged to its creator: who else has the descriptor allows it no more than
 * the domain was allowed before.
 */
static int set_max_mem(struct domain *d, u64 pages, char *text)
{
	const u64 most = d->ept.most_pages;

	lockdep_assert_held(&d->lock);
	if (pages > most && !is_creator(d) && !capable(CAP_SYS_RESOURCE)) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "more than %llu pages: only the domain's creator or CAP_SYS_RESOURCE may allow that",
			  most);
		return -EPERM;
	}
	return ept_set_max(d, pages);
}

static int do_max_mem(void *file, struct ioctl_call *call)
{
	struct xlhv_max_mem *m = (void *)call->arg;
	struct domain *d = domain_of(file);
	int err;

	if (!RESERVED_ZERO(m))
		return -EINVAL;
	mutex_lock(&d->lock);
	if (d->state == DOMAIN_BUILDING) {
		scnprintf(call->text, XLHV_TEXT_LEN, "the domain is being built");
		err = -EBUSY;
	} else {
		err = set_max_mem(d, m->pages, call->text);
	}
	mutex_unlock(&d->lock);
	return err;
}

/* What a guest has in its memory and its registers is not for all who may end it. */
static int may_look_into(const struct domain *d)
{
	if (is_creator(d) || capable(CAP_SYS_PTRACE))
		return 0;
	return -EPERM;
}

static int get_read_pages(struct ioctl_call *call)
{
	struct xlhv_read_pages *r = (void *)call->arg;

	if (r->pad || !RESERVED_ZERO(r) || !r->count || r->count > XLHV_MAX_READ_PAGES)
		return -EINVAL;
	return ioctl_room(call, r->pages, r->count * sizeof(struct xlhv_page));
}

static int do_read_pages(void *file, struct ioctl_call *call)
{
	struct xlhv_read_pages *r = (void *)call->arg;
	struct domain *d = domain_of(file);
	int err = may_look_into(d);
	unsigned int i;

	if (err)
		return err;
	/* To touch a page that a machine check took would be another one. */
	for (i = 0; i < d->max_vcpus; i++) {
		if (READ_ONCE(d->vcpu[i]->lost_memory)) {
			scnprintf(call->text, XLHV_TEXT_LEN, "memory of the domain is lost");
			return -EIO;
		}
	}
	r->count = ept_read_pages(d, &r->gfn, call->out, r->count);
	call->out_len = r->count * sizeof(struct xlhv_page);
	return 0;
}

/* As debugfs looks at a vCPU: its thread is made to leave the guest, and kept off. */
static int do_vcpu_regs(void *file, struct ioctl_call *call)
{
	struct xlhv_vcpu_regs *r = (void *)call->arg;
	struct domain *d = domain_of(file);
	struct vcpu *v;
	int err;

	if (memchr_inv(&r->flags, 0, sizeof(*r) - offsetof(struct xlhv_vcpu_regs, flags)))
		return -EINVAL;
	err = may_look_into(d);
	if (err)
		return err;
	v = dom_vcpu(d, r->vcpu);
	if (!v)
		return -ENOENT;
	vcpu_pause(v);
	err = vcpu_take_killable(v);
	if (!err) {
		if (!test_bit(VCPU_DOWN, &v->flags))
			r->flags |= XLHV_VCPU_ONLINE;
		err = vmx_vcpu_regs(v, r);
		vcpu_give(v);
	}
	vcpu_unpause(v);
	return err;
}

static const struct ioctl_op ops[] = {
	{ XLHV_LOG_READ, .alone = do_log_read },
	{ XLHV_LAST_ERROR, .alone = do_last_error },
	{ XLHV_DOM_DESTROY, .alone = do_destroy },
	{ XLHV_DOM_MEMORY_MAP, get_memory_map, .work = do_memory_map },
	{ XLHV_DOM_SPECIAL, .work = do_special },
	{ XLHV_DOM_PARAM_SET, .work = do_param_set },
	{ XLHV_DOM_CPUID_SET, get_cpuid_set, .work = do_cpuid_set },
	{ XLHV_DOM_VCPU_ENTRY, .work = do_vcpu_entry },
	{ XLHV_DOM_FINISH, .work = do_finish },
	{ XLHV_DOM_INFO, .work = do_info },
	{ XLHV_DOM_RENAME, .work = do_rename },
	{ XLHV_DOM_PAUSE, .work = do_pause },
	{ XLHV_DOM_UNPAUSE, .work = do_unpause },
	{ XLHV_DOM_VCPU_INFO, .work = do_vcpu_info },
	{ XLHV_DOM_STATS, get_stats, .work = do_stats },
	{ XLHV_DOM_CONSOLE, .work = do_console },
	{ XLHV_DOM_PARAM_GET, .work = do_param_get },
	{ XLHV_DOM_MAX_MEM, .work = do_max_mem },
	{ XLHV_DOM_READ_PAGES, get_read_pages, .work = do_read_pages },
	{ XLHV_DOM_VCPU_REGS, .work = do_vcpu_regs },
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
	dom_put(d);
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
