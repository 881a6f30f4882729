// SPDX-License-Identifier: GPL-2.0-only
/* Guest-physical memory in ioctls of a domain's descriptor: its map, its most, what is in it. */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/mutex.h>

#include "ept/internal.h"
#include "vcpu/vcpu.h"

/* The map has just been set.  Return: true: populate_built() has to follow. */
static bool populate_begin(struct domain *d)
{
	lockdep_assert_held(&d->lock);
	d->ept.populating = d->ept.eager;
	return d->ept.populating;
}

/*
 * Populates all memory of a domain that is being built. It takes as long as there is much of it:
 * without domain->lock, so that the domain can be ended meanwhile; nothing of it can be changed
 * until then (settled()).
 */
static int populate_built(struct domain *d)
{
	int err = ept_populate_all(d);

	mutex_lock(&d->lock);
	d->ept.populating = false;
	d->ept.failed = err;
	mutex_unlock(&d->lock);
	return err;
}

static int get_memory_map(struct ioctl_call *call)
{
	struct xlhv_memory_map *m = (void *)call->arg;

	if (m->pad || !RESERVED_ZERO(m) || !m->count || m->count > XLHV_MAX_MEM_RANGES)
		return -EINVAL;
	return ioctl_copy_in(call, m->ranges, m->count * sizeof(struct xlhv_mem_range));
}

static int do_memory_map(void *of, struct ioctl_call *call)
{
	struct xlhv_memory_map *m = (void *)call->arg;
	struct domain *d = of;
	bool eager = false;
	int err;

	mutex_lock(&d->lock);
	err = dom_may_build(d, call->text);
	if (!err)
		err = ept_set_memory_map(d, call->in, m->count);
	if (!err)
		eager = populate_begin(d);
	mutex_unlock(&d->lock);
	if (eager)
		err = populate_built(d);
	if (err == -EINVAL || err == -ERANGE)
		scnprintf(call->text, XLHV_TEXT_LEN,
			  "memory map: ranges must be page-aligned, ascending, without overlap, below 2^%u",
			  ept_maxphyaddr());
	else if (err == -ENOSPC || err == -E2BIG)
		scnprintf(call->text, XLHV_TEXT_LEN, "memory map: more than the domain may have");
	return err;
}

/*
 * A domain's memory is charged to its creator: who else has the descriptor allows it no more than
 * the domain was allowed before.
 */
static int set_max_mem(struct domain *d, u64 pages, char *text)
{
	const u64 most = d->ept.most_pages;

	lockdep_assert_held(&d->lock);
	if (pages > most && !dom_is_creators(d) && !capable(CAP_SYS_RESOURCE)) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "more than %llu pages: only the domain's creator or CAP_SYS_RESOURCE may allow that",
			  most);
		return -EPERM;
	}
	return ept_set_max(d, pages);
}

static int do_max_mem(void *of, struct ioctl_call *call)
{
	struct xlhv_max_mem *m = (void *)call->arg;
	struct domain *d = of;
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

static int get_read_pages(struct ioctl_call *call)
{
	struct xlhv_read_pages *r = (void *)call->arg;

	if (r->pad || !RESERVED_ZERO(r) || !r->count || r->count > XLHV_MAX_READ_PAGES)
		return -EINVAL;
	return ioctl_room(call, r->pages, r->count * sizeof(struct xlhv_page));
}

static int do_read_pages(void *of, struct ioctl_call *call)
{
	struct xlhv_read_pages *r = (void *)call->arg;
	struct domain *d = of;
	int err = dom_may_look_into(d);
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

const struct ioctl_op ept_ioctls[] = {
	{ XLHV_DOM_MEMORY_MAP, get_memory_map, .work = do_memory_map },
	{ XLHV_DOM_MAX_MEM, .work = do_max_mem },
	{ XLHV_DOM_READ_PAGES, get_read_pages, .work = do_read_pages },
	{}
};
