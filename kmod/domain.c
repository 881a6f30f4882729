// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains: made, found, paused, shut down, destroyed.  Owns the list of domains
 * (domains_lock to change it, RCU to read it) and the life of each.
 *
 * Teardown comes in two steps.  dom_destroy() stops the vCPUs and gives back what
 * the domain has; the structure stays until the last reference is gone, and
 * answers -ESRCH.  Who works on a domain's resources from outside its vCPUs holds
 * domain->life for reading (dom_enter()); teardown takes it for writing.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/idr.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <xen/interface/sched.h>

#include "compat.h"
#include "genl.h"
#include "vcpu.h"
#include "vmx/vmx.h"

#define DEFAULT_LOG_BYTES	(16 * 1024)
#define DEFAULT_CONSOLE_BYTES	(64 * 1024)
#define MAX_RING_BYTES		(16 * 1024 * 1024)

static DEFINE_MUTEX(domains_lock);
static LIST_HEAD(domains);		/* [domains_lock], ascending by domid */
static unsigned int nr_domains;		/* [domains_lock] */
static domid_t last_domid;		/* [domains_lock] */
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

void dom_warn(const struct domain *d, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	pr_warn_ratelimited("d%u: %pV", d->domid, &vaf);
	va_end(args);
	va_start(args, fmt);
	xlhv_note("d%u: %pV", d->domid, &vaf);
	va_end(args);
}

void dom_err(const struct domain *d, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	pr_err_ratelimited("d%u: %pV", d->domid, &vaf);
	va_end(args);
	va_start(args, fmt);
	xlhv_note("d%u: %pV", d->domid, &vaf);
	va_end(args);
}

/* Something that can be seen from outside has changed.  Context: any. */
void dom_changed(struct domain *d)
{
	atomic_inc(&d->changes);
	wake_up_all(&d->wait);
}

void dom_get(struct domain *d)
{
	refcount_inc(&d->refs);
}

/* Drop a reference.  Context: any. */
void dom_put(struct domain *d)
{
	if (refcount_dec_and_test(&d->refs))
		queue_work(free_queue, &d->free_work);
}

static struct domain *find_locked(domid_t domid)
{
	struct domain *d;

	lockdep_assert_held(&domains_lock);
	list_for_each_entry(d, &domains, link)
		if (d->domid == domid)
			return d;
	return NULL;
}

static struct domain *find_name_locked(const char *name)
{
	struct domain *d;

	lockdep_assert_held(&domains_lock);
	list_for_each_entry(d, &domains, link)
		if (!strcmp(d->name, name))
			return d;
	return NULL;
}

/**
 * dom_get_by_id() - a domain by its identifier, with a reference
 * @domid: identifier, possibly from a guest
 *
 * Context: any but NMI.
 * Return: the domain or NULL.  It may be building or dying.
 */
struct domain *dom_get_by_id(domid_t domid)
{
	struct domain *d, *found = NULL;

	rcu_read_lock();
	list_for_each_entry_rcu(d, &domains, link)
		if (d->domid == domid && refcount_inc_not_zero(&d->refs)) {
			found = d;
			break;
		}
	rcu_read_unlock();
	return found;
}

/* The same by name.  May sleep. */
struct domain *dom_get_by_name(const char *name)
{
	struct domain *d;

	mutex_lock(&domains_lock);
	d = find_name_locked(name);
	if (d)
		dom_get(d);
	mutex_unlock(&domains_lock);
	return d;
}

unsigned int dom_count(void)
{
	return READ_ONCE(nr_domains);
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

static bool name_valid(const char *name)
{
	size_t len = strnlen(name, XLHV_NAME_LEN), i;
	bool digits = true;

	if (!len || len == XLHV_NAME_LEN || !strcmp(name, "Domain-0"))
		return false;
	for (i = 0; i < len; i++) {
		if (name[i] == '/' || !isprint(name[i]))
			return false;
		digits = digits && isdigit(name[i]);
	}
	return !digits;
}

static bool create_valid(const struct xlhv_dom_create *c, char *text)
{
	if (c->flags & ~XLHV_CREATE_EAGER || memchr_inv(c->reserved, 0, sizeof(c->reserved)) ||
	    c->fd || c->domid >= XLHV_MAX_DOMAINS || c->max_grant_version > 2) {
		scnprintf(text, XLHV_TEXT_LEN, "a field has a value that means nothing");
		return false;
	}
	if (!name_valid(c->name)) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "name: expected 1 to %d printable characters, no '/', not only digits, not Domain-0",
			  XLHV_NAME_LEN - 1);
		return false;
	}
	if (!c->max_vcpus || !c->max_pages || c->console_bytes > MAX_RING_BYTES ||
	    c->log_bytes > MAX_RING_BYTES) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "no virtual CPU, no memory, or a ring of more than %u bytes",
			  MAX_RING_BYTES);
		return false;
	}
	return true;
}

/* Put it in the list, in order; choose a domid if none is wanted. */
static int publish(struct domain *d, domid_t wanted)
{
	struct domain *at;
	unsigned int tries;
	int err = 0;

	mutex_lock(&domains_lock);
	if (find_name_locked(d->name)) {
		err = -EEXIST;
	} else if (wanted) {
		d->domid = wanted;
		if (find_locked(wanted))
			err = -EEXIST;
	} else {
		/* As Xen does: the next one, so that an old number means an old domain. */
		err = -ENOSPC;
		for (tries = 1; tries < XLHV_MAX_DOMAINS; tries++) {
			if (++last_domid >= XLHV_MAX_DOMAINS)
				last_domid = 1;
			if (!find_locked(last_domid)) {
				d->domid = last_domid;
				err = 0;
				break;
			}
		}
	}
	if (!err) {
		list_for_each_entry(at, &domains, link)
			if (at->domid > d->domid)
				break;
		list_add_tail_rcu(&d->link, &at->link);
		nr_domains++;
	}
	mutex_unlock(&domains_lock);
	return err;
}

static void unpublish(struct domain *d)
{
	mutex_lock(&domains_lock);
	list_del_rcu(&d->link);
	nr_domains--;
	mutex_unlock(&domains_lock);
}

/* What a domain owns, in the order in which it is had; undone by release(). */
static int acquire(struct domain *d, const struct xlhv_dom_create *c, char *text)
{
	unsigned int i;
	int err;

	err = log_init(&d->log, c->log_bytes ?: DEFAULT_LOG_BYTES);
	if (err)
		return err;
	err = vmx_hold();
	if (err) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "VT-x cannot be had: \"xlctl preflight\" tells who has it");
		return err;
	}
	d->vmx_held = true;
	err = time_domain_init(d);
	if (err)
		return err;
	d->shared_info_page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!d->shared_info_page)
		return -ENOMEM;
	d->shared_info = page_address(d->shared_info_page);
	err = ept_init(d, c->max_pages, c->flags & XLHV_CREATE_EAGER);
	if (err)
		return err;
	hvm_params_init(d);
	err = evtchn_domain_init(d, c->max_event_channels);
	if (err)
		return err;
	err = gnttab_init(d, c->max_grant_frames ?: -1, c->max_maptrack_frames ?: -1,
			  c->max_grant_version ?: 1);
	if (err)
		return err;
	err = console_init(d, c->console_bytes ?: DEFAULT_CONSOLE_BYTES);
	if (err)
		return err;
	err = vmx_cpuid_make(d, text);
	if (err)
		return err;
	d->vcpu = kcalloc(d->max_vcpus, sizeof(*d->vcpu), GFP_KERNEL_ACCOUNT);
	if (!d->vcpu)
		return -ENOMEM;
	for (i = 0; i < d->max_vcpus; i++) {
		struct vcpu *v = vcpu_create(d, i);

		if (IS_ERR(v))
			return PTR_ERR(v);
		d->vcpu[i] = v;
	}
	time_update_wallclock(d);
	return 0;
}

/* Also for one that acquire() got only half-way through.  No vCPU runs. */
static void release(struct domain *d)
{
	unsigned int i;

	time_domain_close(d);
	console_close(d);
	evtchn_domain_close(d);
	gnttab_close(d);
	for (i = 0; d->vcpu && i < d->max_vcpus; i++)
		if (d->vcpu[i])
			vmx_vcpu_free(d->vcpu[i]);
	ept_free(d);
	if (d->vmx_held)
		vmx_release();
	d->vmx_held = false;
}

/* The last reference is gone. */
static void free_work(struct work_struct *work)
{
	struct domain *d = container_of(work, struct domain, free_work);
	unsigned int i;

	for (i = 0; d->vcpu && i < d->max_vcpus; i++)
		if (d->vcpu[i])
			vcpu_destroy(d->vcpu[i]);
	kfree(d->vcpu);
	console_free(d);
	gnttab_free(d);
	evtchn_domain_free(d);
	if (d->shared_info_page)
		put_page(d->shared_info_page);
	log_free(&d->log);
	kfree(d->cpuid);
	kfree(d->cpuid_overrides);
	kvfree(d->userdata);
	if (d->memcg)
		css_put(&d->memcg->css);
	kfree_rcu(d, rcu);
	module_put(THIS_MODULE);
}

/**
 * dom_create() - make a domain in state building
 * @c: from the tool, copied; nothing of it is trusted
 * @text: XLHV_TEXT_LEN bytes for what was wrong
 *
 * Context: an ioctl of the tool; may sleep.
 * Return: the domain, with a reference for the caller besides the list's; or
 * ERR_PTR(): see XLHV_DOM_CREATE.
 */
struct domain *dom_create(const struct xlhv_dom_create *c, char *text)
{
	struct domain *d;
	int err;

	if (!create_valid(c, text))
		return ERR_PTR(-EINVAL);
	if (c->max_vcpus > XLHV_MAX_VCPUS) {
		scnprintf(text, XLHV_TEXT_LEN, "more than %u virtual CPUs", XLHV_MAX_VCPUS);
		return ERR_PTR(-E2BIG);
	}
	if (c->max_pages >> (ept_maxphyaddr() - PAGE_SHIFT)) {
		scnprintf(text, XLHV_TEXT_LEN, "more memory than the CPU can address");
		return ERR_PTR(-E2BIG);
	}
	d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);
	if (!d)
		return ERR_PTR(-ENOMEM);
	__module_get(THIS_MODULE);
	INIT_WORK(&d->free_work, free_work);
	xlhv_genl_domain_init(d);
	INIT_LIST_HEAD(&d->link);
	refcount_set(&d->refs, 1);
	mutex_init(&d->lock);
	init_rwsem(&d->life);
	init_waitqueue_head(&d->wait);
	d->state = DOMAIN_BUILDING;
	d->shutdown_code = DOMAIN_NOT_SHUTDOWN;
	d->shutdown_latch = DOMAIN_NOT_SHUTDOWN;
	atomic_set(&d->pause_count, 1);
	d->paused_by_tool = true;
	strscpy(d->name, c->name, sizeof(d->name));
	memcpy(d->uuid, c->uuid, sizeof(d->uuid));
	d->max_vcpus = c->max_vcpus;
	d->memcg = get_mem_cgroup_from_mm(current->mm);
	d->creator_uid = from_kuid(&init_user_ns, current_uid());
	d->creator_pid = task_tgid_nr(current);
	d->created_ns = ktime_get_boottime_ns();

	err = publish(d, c->domid);
	if (err) {
		scnprintf(text, XLHV_TEXT_LEN, err == -EEXIST ?
			  "a domain with that name or identifier exists" :
			  "no identifier is free");
		dom_put(d);
		return ERR_PTR(err);
	}
	err = acquire(d, c, text);
	if (err) {
		d->state = DOMAIN_DYING;
		unpublish(d);
		release(d);
		dom_put(d);
		return ERR_PTR(err);
	}
	dom_get(d);
	/* From here on a list may look into it. */
	smp_store_release(&d->visible, true);
	xlhv_note("d%u: \"%s\" made\n", d->domid, d->name);
	xlhv_genl_event(d, XLHV_EVENT_CREATED, 0);
	return d;
}

/**
 * dom_finish() - the domain is built: from now on it lives on its own
 * @d: building, entered by dom_enter()
 * @text: XLHV_TEXT_LEN bytes for what is missing
 *
 * Context: may sleep.
 * Return: 0: it is paused; -EBUSY: it was finished before; -EINVAL: something is
 * missing; what making the threads returned.
 */
int dom_finish(struct domain *d, char *text)
{
	unsigned int i;
	int err;

	mutex_lock(&d->lock);
	if (d->state != DOMAIN_BUILDING) {
		err = -EBUSY;
		goto out;
	}
	err = -EINVAL;
	if (!d->ept.nr_ranges) {
		scnprintf(text, XLHV_TEXT_LEN, "the domain has no memory map");
		goto out;
	}
	if (!test_bit(VCPU_INITIALISED, &d->vcpu[0]->flags)) {
		scnprintf(text, XLHV_TEXT_LEN, "virtual CPU 0 has no entry point");
		goto out;
	}
	for (i = 0; i < d->max_vcpus; i++) {
		err = vcpu_start_thread(d->vcpu[i]);
		if (err)
			goto err_threads;
	}
	WRITE_ONCE(d->state, DOMAIN_LIVE);
	vcpu_up(d->vcpu[0]);
	mutex_unlock(&d->lock);
	dom_changed(d);
	xlhv_genl_event(d, XLHV_EVENT_FINISHED, 0);
	return 0;

err_threads:
	while (i--)
		vcpu_stop_thread(d->vcpu[i]);
out:
	mutex_unlock(&d->lock);
	return err;
}

/**
 * dom_destroy() - end a domain, in whatever state it is
 * @d: with a reference of the caller's, who has not entered it
 *
 * Context: may sleep; not a thread of the domain.
 * Return when its vCPUs are gone and its memory is given back.
 */
void dom_destroy(struct domain *d)
{
	unsigned int i;

	mutex_lock(&d->lock);
	if (d->state == DOMAIN_DYING) {
		mutex_unlock(&d->lock);
		/* Somebody else is at it: wait until he is through. */
		wait_event(d->wait, smp_load_acquire(&d->gone));
		return;
	}
	WRITE_ONCE(d->state, DOMAIN_DYING);
	mutex_unlock(&d->lock);
	dom_changed(d);

	down_write(&d->life);
	for (i = 0; i < d->max_vcpus; i++)
		vcpu_stop_thread(d->vcpu[i]);
	unpublish(d);
	release(d);
	up_write(&d->life);

	xlhv_note("d%u: \"%s\" destroyed\n", d->domid, d->name);
	xlhv_genl_event(d, XLHV_EVENT_DESTROYED, 0);
	smp_store_release(&d->gone, true);	/* all of that is done */
	dom_changed(d);
	dom_put(d);
}

static void wait_out(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->max_vcpus; i++)
		vcpu_wait_out(d->vcpu[i]);
}

static void wake_all(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->max_vcpus; i++)
		vcpu_wake(d->vcpu[i]);
}

/**
 * dom_pause() - the tool's pause
 * @d: entered by dom_enter()
 *
 * Context: may sleep.
 * Return: 0: no vCPU is in the guest; -EINVAL: it is still being built.
 */
int dom_pause(struct domain *d)
{
	mutex_lock(&d->lock);
	if (d->state != DOMAIN_LIVE) {
		mutex_unlock(&d->lock);
		return -EINVAL;
	}
	if (!d->paused_by_tool) {
		d->paused_by_tool = true;
		atomic_inc(&d->pause_count);
	}
	mutex_unlock(&d->lock);
	wait_out(d);
	dom_changed(d);
	xlhv_genl_event(d, XLHV_EVENT_PAUSED, XLHV_PAUSE_TOOL);
	return 0;
}

/* End the tool's pause, and let vCPUs that wait for memory try again. */
int dom_unpause(struct domain *d)
{
	unsigned int i;

	mutex_lock(&d->lock);
	if (d->state != DOMAIN_LIVE) {
		mutex_unlock(&d->lock);
		return -EINVAL;
	}
	WRITE_ONCE(d->no_memory, false);
	for (i = 0; i < d->max_vcpus; i++)
		clear_bit(VCPU_NO_MEMORY, &d->vcpu[i]->flags);
	if (d->paused_by_tool) {
		d->paused_by_tool = false;
		atomic_dec(&d->pause_count);
	}
	mutex_unlock(&d->lock);
	wake_all(d);
	dom_changed(d);
	xlhv_genl_event(d, XLHV_EVENT_UNPAUSED, 0);
	return 0;
}

/**
 * dom_shutdown() - the guest is through, or has to be
 * @d: any
 * @code: SHUTDOWN_*
 *
 * The first code counts.  The vCPUs stop; the domain stays until it is destroyed.
 *
 * Context: any but NMI; does not wait.
 */
void dom_shutdown(struct domain *d, unsigned int code)
{
	int latch = READ_ONCE(d->shutdown_latch);
	unsigned int i;

	if (latch != DOMAIN_NOT_SHUTDOWN)
		code = latch;
	if (cmpxchg(&d->shutdown_code, DOMAIN_NOT_SHUTDOWN, (int)(u8)code) != DOMAIN_NOT_SHUTDOWN)
		return;
	for (i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i])
			vcpu_request(d->vcpu[i], VCPU_REQ_OUT);
	xlhv_note("d%u: shut down, reason %u\n", d->domid, (u8)code);
	dom_changed(d);
	xlhv_genl_event_later(d);
}

/**
 * dom_crash() - shut a domain down with reason crash, and say why
 * @d: any
 * @fmt: one phrase
 *
 * Context: any but NMI; does not wait.
 */
void dom_crash(struct domain *d, const char *fmt, ...)
{
	char text[160];
	va_list args;

	if (dom_is_shut_down(d))
		return;
	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_printf(&d->log, "crash: %s\n", text);
	dom_err(d, "crashed: %s\n", text);
	dom_shutdown(d, SHUTDOWN_crash);
}

/**
 * dom_rename() - another name
 * @d: entered by dom_enter()
 * @name: NUL-terminated, unchecked
 * @uuid: new one, or NULL
 *
 * Return: 0; -EINVAL; -EEXIST.
 */
int dom_rename(struct domain *d, const char *name, const u8 *uuid)
{
	struct domain *other;
	int err = 0;

	if (!name_valid(name))
		return -EINVAL;
	mutex_lock(&domains_lock);
	other = find_name_locked(name);
	if (other && other != d) {
		err = -EEXIST;
	} else {
		strscpy(d->name, name, sizeof(d->name));
		if (uuid)
			memcpy(d->uuid, uuid, sizeof(d->uuid));
	}
	mutex_unlock(&domains_lock);
	if (!err) {
		dom_changed(d);
		xlhv_genl_event(d, XLHV_EVENT_RENAMED, 0);
	}
	return err;
}

static u32 running_flags(struct domain *d, u32 *online)
{
	unsigned int i, blocked = 0;

	*online = 0;
	for (i = 0; i < d->max_vcpus; i++) {
		unsigned long flags = READ_ONCE(d->vcpu[i]->flags);

		if (flags & BIT(VCPU_DOWN))
			continue;
		++*online;
		if (flags & BIT(VCPU_BLOCKED))
			blocked++;
	}
	if (dom_is_shut_down(d) || atomic_read(&d->pause_count))
		return 0;
	return blocked == *online ? XLHV_DOM_BLOCKED : XLHV_DOM_RUNNING;
}

/**
 * dom_info() - a domain as seen from outside
 * @d: entered by dom_enter()
 * @info: filled in
 */
void dom_info(struct domain *d, struct xlhv_dom_info *info)
{
	int code = READ_ONCE(d->shutdown_code);
	unsigned int i;

	memset(info, 0, sizeof(*info));
	info->domid = d->domid;
	info->shutdown_reason = XLHV_NO_REASON;
	if (d->state == DOMAIN_BUILDING)
		info->flags |= XLHV_DOM_BUILDING;
	if (d->state == DOMAIN_DYING)
		info->flags |= XLHV_DOM_DYING;
	if (d->paused_by_tool) {
		info->flags |= XLHV_DOM_PAUSED;
		info->pause_reason = XLHV_PAUSE_TOOL;
	} else if (READ_ONCE(d->no_memory)) {
		info->flags |= XLHV_DOM_PAUSED;
		info->pause_reason = XLHV_PAUSE_NO_MEMORY;
	}
	if (code != DOMAIN_NOT_SHUTDOWN) {
		info->flags |= XLHV_DOM_SHUTDOWN;
		info->shutdown_reason = code;
		if (code == SHUTDOWN_crash)
			info->flags |= XLHV_DOM_CRASHED;
	}
	info->flags |= running_flags(d, &info->online_vcpus);
	info->max_vcpus = d->max_vcpus;
	info->creator_uid = d->creator_uid;
	info->creator_pid = d->creator_pid;
	info->cur_pages = atomic64_read(&d->ept.nr_reserved);
	info->max_pages = d->ept.max_pages;
	info->overhead_pages = dom_overhead_pages(d);
	info->created_ns = d->created_ns;
	for (i = 0; i < d->max_vcpus; i++)
		info->cpu_time_ns += READ_ONCE(d->vcpu[i]->cpu_time_ns);
	memcpy(info->uuid, d->uuid, sizeof(info->uuid));
	strscpy(info->name, d->name, sizeof(info->name));
}

/* Pages of the module's that exist for this domain besides the guest's memory. */
u64 dom_overhead_pages(struct domain *d)
{
	u64 bytes = d->log.size + d->console.scrollback.size + sizeof(*d) + PAGE_SIZE;

	/* A VMCS, the virtual-APIC page, the MSR bitmap, the FPU area, the structure. */
	bytes += d->max_vcpus * (u64)(5 * PAGE_SIZE + sizeof(struct vcpu));
	return atomic64_read(&d->ept.nr_tables) + DIV_ROUND_UP(bytes, PAGE_SIZE);
}

/**
 * dom_list() - domains in order
 * @first: least identifier wanted
 * @info: array to fill in
 * @count: its size
 *
 * Return: entries filled in.
 */
unsigned int dom_list(domid_t first, struct xlhv_dom_info *info, unsigned int count)
{
	unsigned int n = 0;
	struct domain *d;

	mutex_lock(&domains_lock);
	list_for_each_entry(d, &domains, link) {
		if (d->domid < first)
			continue;
		if (n == count)
			break;
		/* Pairs with dom_create(): what is visible is made to the end. */
		if (!smp_load_acquire(&d->visible))
			continue;
		dom_info(d, &info[n++]);
	}
	mutex_unlock(&domains_lock);
	return n;
}

/* Totals over all domains, for XLHV_INFO. */
void dom_totals(struct xlhv_info *info)
{
	struct domain *d;

	mutex_lock(&domains_lock);
	info->nr_domains = nr_domains;
	list_for_each_entry(d, &domains, link) {
		/* Pairs with dom_create(): what is visible is made to the end. */
		if (!smp_load_acquire(&d->visible))
			continue;
		info->guest_pages += atomic64_read(&d->ept.nr_pages);
		info->overhead_pages += dom_overhead_pages(d);
	}
	mutex_unlock(&domains_lock);
}

int dom_init(void)
{
	int err = log_init(&xlhv_log, 32 * 1024);

	if (err)
		return err;
	free_queue = alloc_workqueue("xlhv", WQ_UNBOUND, 0);
	if (!free_queue) {
		log_free(&xlhv_log);
		return -ENOMEM;
	}
	return 0;
}

/* No domain is left, but the last one may still be on its way through free_work(). */
void dom_exit(void)
{
	destroy_workqueue(free_queue);
	rcu_barrier();
	log_free(&xlhv_log);
}
