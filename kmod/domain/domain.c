// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains: made and destroyed, held and used.  What there are is in list.c, their
 * states are in state.c, what each subsystem has of a domain is in parts.h.
 *
 * Teardown comes in two steps.  dom_destroy() stops the vCPUs and gives back what
 * the domain has; the structure stays until the last reference is gone, and
 * answers -ESRCH.  Who works on a domain's resources from outside its vCPUs holds
 * domain->life for reading (dom_enter()); teardown takes it for writing.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "compat.h"
#include "base/host_memory.h"
#include "domain/internal.h"
#include "vcpu/vcpu.h"

#define DEFAULT_LOG_BYTES	(16 * 1024)
#define HOST_LOG_BYTES		PAGE_SIZE

static struct workqueue_struct *free_queue;

static void free_work(struct work_struct *work);

/**
 * dom_vcpu() - a vCPU by its number
 * @d: domain
 * @id: number, possibly from a guest
 *
 * Return: the vCPU or NULL.
 */
struct vcpu *dom_vcpu(const struct domain *d, unsigned int id)
{
	if (id >= d->max_vcpus)
		return NULL;
	return d->vcpu[array_index_nospec(id, d->max_vcpus)];
}

/*
 * Each domain has a rate of its own, so that none of them can keep the words of
 * another out of the logs.
 */
#define LINES_INTERVAL	(5 * HZ)
#define LINES_BURST	10

static void lines_init(struct domain *d)
{
	ratelimit_state_init(&d->warnings, LINES_INTERVAL, LINES_BURST);
	ratelimit_state_init(&d->errors, LINES_INTERVAL, LINES_BURST);
}

/* May a warning about it go to the kernel's log now?  Context: any but NMI. */
bool dom_may_warn(struct domain *d)
{
	return __ratelimit(&d->warnings);
}

void dom_warn(struct domain *d, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (!dom_may_warn(d))
		return;
	va_start(args, fmt);
	vaf.va = &args;
	pr_warn("d%u: %pV", d->domid, &vaf);
	xlhv_note("d%u: %pV", d->domid, &vaf);
	va_end(args);
}

void dom_err(struct domain *d, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (!__ratelimit(&d->errors))
		return;
	va_start(args, fmt);
	vaf.va = &args;
	pr_err("d%u: %pV", d->domid, &vaf);
	xlhv_note("d%u: %pV", d->domid, &vaf);
	va_end(args);
}

void xlhv_domain_get(struct domain *d)
{
	refcount_inc(&d->refs);
}

/* Drop a reference.  Context: any. */
void xlhv_domain_put(struct domain *d)
{
	if (refcount_dec_and_test(&d->refs))
		queue_work(free_queue, &d->free_work);
}

/**
 * dom_enter() - use a domain's resources from outside of its vCPUs
 * @d: with a reference
 *
 * Context: may sleep.
 * Return: 0: dom_leave() has to follow; -ESRCH: it is gone.
 */
int dom_enter(struct domain *d)
{
	down_read(&d->life);
	if (d->state != DOMAIN_DYING)
		return 0;
	up_read(&d->life);
	return -ESRCH;
}

void dom_leave(struct domain *d)
{
	up_read(&d->life);
}

/* Fields that are numbers with a meaning.  Return: 0; -EINVAL; -E2BIG. */
static int limits_check(const struct xlhv_dom_create *c, char *text)
{
	if (!c->max_vcpus || !c->max_pages) {
		scnprintf(text, XLHV_TEXT_LEN, "%s: must not be zero",
			  c->max_vcpus ? "max_pages" : "max_vcpus");
		return -EINVAL;
	}
	if (parts_too_large("domid", c->domid, XLHV_MAX_DOMAINS - 1, text) ||
	    parts_too_large("log_bytes", c->log_bytes, LOG_MAX_BYTES, text))
		return -EINVAL;
	if (parts_too_large("max_vcpus", c->max_vcpus, XLHV_MAX_VCPUS, text))
		return -E2BIG;
	return 0;
}

/* Return: 0; or -errno with words in @text. */
static int create_check(const struct xlhv_dom_create *c, char *text)
{
	if (c->flags & ~(XLHV_CREATE_EAGER | XLHV_CREATE_SERIAL)) {
		scnprintf(text, XLHV_TEXT_LEN, "flags: %#x has unknown bits", c->flags);
		return -EINVAL;
	}
	if (c->fd || memchr_inv(c->reserved, 0, sizeof(c->reserved))) {
		scnprintf(text, XLHV_TEXT_LEN, "%s: must be zero", c->fd ? "fd" : "reserved");
		return -EINVAL;
	}
	if (!dom_name_valid(c->name)) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "name: expected 1 to %d printable characters, no '/', not only digits, not Domain-0",
			  XLHV_NAME_LEN - 1);
		return -EINVAL;
	}
	return limits_check(c, text) ?: parts_check(c, text);
}

/* A vCPU of each number; parts_init() has been. */
static int make_vcpus(struct domain *d)
{
	unsigned int i;
	int err = 0;

	d->vcpu = kcalloc(d->max_vcpus, sizeof(*d->vcpu), GFP_KERNEL_ACCOUNT);
	if (!d->vcpu)
		return -ENOMEM;
	for (i = 0; i < d->max_vcpus && !err; i++)
		err = vcpu_create(d, i);
	return err;
}

/* What a domain owns, in the order in which it is had; undone by parts_close() and free_work(). */
static int acquire(struct domain *d, const struct xlhv_dom_create *c, char *text)
{
	u32 log_bytes = c->log_bytes ?: DEFAULT_LOG_BYTES;
	int err;

	/* Its size is named by the caller. */
	if (!host_can_spare(DIV_ROUND_UP(log_bytes, PAGE_SIZE)))
		return -ENOMEM;
	err = log_init(&d->log, log_bytes);
	if (err)
		return err;
	err = parts_init(d, c, text);
	if (err)
		return err;
	return make_vcpus(d);
}

/* The last reference is gone. */
static void free_work(struct work_struct *work)
{
	struct domain *d = container_of(work, struct domain, free_work);
	unsigned int i;

	pace_cancel(&d->tell);
	for (i = 0; d->vcpu && i < d->max_vcpus; i++)
		if (d->vcpu[i])
			vcpu_destroy(d->vcpu[i]);
	kfree(d->vcpu);
	parts_free(d);
	log_free(&d->log);
	if (d->memcg)
		css_put(&d->memcg->css);
	if (!dom_is_host(d))
		module_put(THIS_MODULE);
	kfree_rcu(d, rcu);
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
	u64 bytes = sizeof(*d) + d->log.size + d->max_vcpus * sizeof(*d->vcpu);

	return DIV_ROUND_UP(bytes + parts_bytes(d), PAGE_SIZE);
}

static const struct domain_counter counters[] = {
	DOMAIN_COUNTER("memory.overhead", "pages", dom_overhead_pages, XLHV_STAT_GAUGE,
		       "pages of the module's for it besides"),
	{}
};

const struct domain_part core_part = {
	.name = "core",
	.counters = counters,
};

/* The structure alone: nothing that free_work() would have to give back.  Or NULL. */
static struct domain *alloc(void)
{
	struct domain *d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);

	if (!d)
		return NULL;
	INIT_WORK(&d->free_work, free_work);
	lines_init(d);
	INIT_LIST_HEAD(&d->link);
	refcount_set(&d->refs, 1);
	mutex_init(&d->lock);
	init_rwsem(&d->life);
	dom_state_init(d);
	d->shutdown_code = DOMAIN_NOT_SHUTDOWN;
	d->shutdown_latch = DOMAIN_NOT_SHUTDOWN;
	d->created_ns = ktime_get_boottime_ns();
	return d;
}

/* Before there are any vCPUs, and before it can be found. */
static void take_names(struct domain *d, const struct xlhv_dom_create *c)
{
	strscpy(d->name, c->name, sizeof(d->name));
	d->max_vcpus = c->max_vcpus;
}

/**
 * dom_create() - make a domain in state building
 * @c: from the tool, copied; nothing of it is trusted
 * @text: XLHV_TEXT_LEN bytes for what was wrong
 *
 * Context: an ioctl of the tool; may sleep.
 * Return: the domain, with a reference for the caller besides its own, and counted
 * in nr_files, for domfd_open(); or ERR_PTR(): see XLHV_DOM_CREATE.
 */
struct domain *dom_create(const struct xlhv_dom_create *c, char *text)
{
	struct domain *d;
	int err;

	err = create_check(c, text);
	if (err)
		return ERR_PTR(err);
	d = alloc();
	if (!d)
		return ERR_PTR(-ENOMEM);
	__module_get(THIS_MODULE);
	d->state = DOMAIN_BUILDING;
	atomic_set(&d->pause_count, 1);
	d->paused_by_tool = true;
	memcpy(d->uuid, c->uuid, sizeof(d->uuid));
	take_names(d, c);
	d->memcg = get_mem_cgroup_from_mm(current->mm);
	d->creator_uid = from_kuid(&init_user_ns, current_uid());
	d->creator_pid = task_tgid_nr(current);

	err = dom_list_reserve(d, c->domid, text);
	if (err) {
		xlhv_domain_put(d);
		return ERR_PTR(err);
	}
	err = acquire(d, c, text);
	if (err) {
		mutex_lock(&d->lock);
		dom_state_set(d, DOMAIN_DYING);
		mutex_unlock(&d->lock);
		dom_list_remove(d);
		parts_close(d);
		xlhv_domain_put(d);
		return ERR_PTR(err);
	}
	xlhv_domain_get(d);
	/* The descriptor that the caller makes: nobody else's is the last before. */
	atomic_set(&d->nr_files, 1);
	parts_show(d);
	/* Who finds it does nothing to it before that is told. */
	mutex_lock(&d->lock);
	dom_list_show(d);
	xlhv_note("d%u: \"%s\" created\n", d->domid, d->name);
	dom_event(d, XLHV_EVENT_CREATED, 0);
	mutex_unlock(&d->lock);
	return d;
}

/**
 * dom_finish() - the domain is built: from now on it lives on its own
 * @d: building, entered by dom_enter()
 * @text: XLHV_TEXT_LEN bytes for what is missing
 *
 * Context: may sleep.
 * Return: 0: it is paused; -EBUSY: it was finished before, or a part is at work on it;
 * what else parts_complete() and parts_start() returned.
 */
int dom_finish(struct domain *d, char *text)
{
	int err = -EBUSY;

	mutex_lock(&d->lock);
	if (d->state != DOMAIN_BUILDING)
		goto out;
	err = parts_complete(d, text);
	if (!err)
		err = parts_start(d);
	if (err)
		goto out;
	dom_state_set(d, DOMAIN_LIVE);
	vcpu_up(d->vcpu[0]);
	dom_event(d, XLHV_EVENT_FINISHED, 0);
	mutex_unlock(&d->lock);
	return 0;

out:
	mutex_unlock(&d->lock);
	return err;
}

/* The caller has made it DOMAIN_DYING: it does the rest, and nobody else. */
static void tear_down(struct domain *d)
{
	parts_hide(d);
	down_write(&d->life);
	dom_request_out(d);
	parts_stop(d);
	dom_list_remove(d);
	parts_close(d);
	up_write(&d->life);

	xlhv_note("d%u: \"%s\" destroyed\n", d->domid, d->name);
	/* Whoever listens hears of the shutdown before. */
	dom_event_flush(d);
	dom_event(d, XLHV_EVENT_DESTROYED, 0);
	smp_store_release(&d->gone, true);	/* all of that is done */
	dom_changed(d);
	xlhv_domain_put(d);
}

/**
 * dom_destroy() - end a domain, in whatever state it is
 * @d: with a reference of the caller's, who has not entered it
 *
 * Context: may sleep; not a thread of the domain.
 * Return: 0: its vCPUs are gone and its memory is given back; -EINTR: somebody else is at
 * it, and the caller was killed while he waited for that.
 */
int dom_destroy(struct domain *d)
{
	bool first;

	mutex_lock(&d->lock);
	first = dom_state_set(d, DOMAIN_DYING);
	mutex_unlock(&d->lock);
	if (!first)
		/* Somebody else is at it: wait until he is through, or this one killed. */
		return wait_event_killable(d->wait, smp_load_acquire(&d->gone)) ? -EINTR : 0;
	tear_down(d);
	return 0;
}

/**
 * dom_destroy_unbuilt() - end a domain that was never finished, and that nobody builds
 * @d: as for dom_destroy(); the caller's descriptor is counted no more
 *
 * Somebody else may open it at this moment, and finish it: then it lives.
 *
 * Context: may sleep; not a thread of the domain.
 */
void dom_destroy_unbuilt(struct domain *d)
{
	bool unbuilt;

	mutex_lock(&d->lock);
	unbuilt = d->state == DOMAIN_BUILDING && !atomic_read(&d->nr_files) &&
		  dom_state_set(d, DOMAIN_DYING);
	mutex_unlock(&d->lock);
	if (unbuilt)
		tear_down(d);
}

/**
 * dom_create_host() - make domain 0, which is the host
 * @how: its name and limits
 *
 * It has the shares of those parts that say so (struct domain_part.host), and one vCPU
 * that never runs, for what Xen has of a vCPU: global VIRQs.  Hypercalls on its behalf
 * have a caller of their own, see hypercall_by_process().
 *
 * Context: the module is loaded.
 * Return: 0 or -ENOMEM.
 */
int dom_create_host(const struct xlhv_dom_create *how)
{
	char text[XLHV_TEXT_LEN];
	struct domain *d = alloc();
	int err;

	if (!d)
		return -ENOMEM;
	d->host = true;
	d->state = DOMAIN_LIVE;
	take_names(d, how);
	err = log_init(&d->log, HOST_LOG_BYTES);
	if (!err)
		err = parts_init(d, how, text);
	if (!err)
		err = make_vcpus(d);
	if (err) {
		parts_close(d);
		xlhv_domain_put(d);
		return err;
	}
	clear_bit(VCPU_DOWN, &d->vcpu[0]->flags);
	dom_list_set_host(d);
	return 0;
}

/* Undo it.  No other domain is left, and nobody asks for one. */
void dom_destroy_host(void)
{
	struct domain *d = xlhv_domain_get_by_id(0);

	if (!d)
		return;
	dom_list_set_host(NULL);
	mutex_lock(&d->lock);
	dom_state_set(d, DOMAIN_DYING);
	mutex_unlock(&d->lock);
	parts_close(d);
	/* Pages that domain 0 granted leave its p2m by callbacks, which have references. */
	rcu_barrier();
	xlhv_domain_put(d);	/* ours, and its own */
	xlhv_domain_put(d);
}

int dom_init(void)
{
	int err = log_init(&xlhv_log, 32 * 1024);

	if (err)
		return err;
	err = dom_events_init();
	if (err)
		goto err_log;
	free_queue = alloc_workqueue("xlhv", WQ_UNBOUND, 0);
	if (free_queue)
		return 0;
	err = -ENOMEM;
	dom_events_exit();
err_log:
	log_free(&xlhv_log);
	return err;
}

/* No domain is left, but the last one may still be on its way through free_work(). */
void dom_exit(void)
{
	dom_events_exit();
	destroy_workqueue(free_queue);
	rcu_barrier();
	dom_list_exit();
	log_free(&xlhv_log);
}
