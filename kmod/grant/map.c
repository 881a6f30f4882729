// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grants mapped into the p2m of another domain, or of the same.
 *
 * A mapping has a pin on the granter's entry, a handle in the mapper's maptrack, a
 * reference on the granter and a place in the mapper's p2m, which holds a reference
 * on the page of its own.  So the page lives until it is unmapped and no vCPU can
 * reach it by an old translation, whatever became of the granter; and the granter
 * sees its page in use for as long.
 *
 * Mapping and unmapping by one domain are serialised by its map_lock: within it a
 * grant that is in the p2m can vanish (the guest removes it), but not become another.
 * Nothing of the guest's is copied under it.  Unmapping is done in batches, for one
 * flush: out of the p2m, flush, and only then the pins.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "base/host_memory.h"
#include "ept/ept.h"
#include "grant/internal.h"

/* Operations for one flush. */
#define BATCH	32

/* What a mapper that addresses its own physical memory can ask for. */
#define MAP_MODES	(GNTMAP_device_map | GNTMAP_application_map | GNTMAP_contains_pte)

/*
 * The mapping's pin has to be there for the page in it to be constant: it is, from
 * map_one() to finish_unmap().
 */
static struct page *mapped_page(const struct gnttab_mapping *m)
{
	grant_ref_t ref = m->ref;
	struct gnttab_active *act = gnttab_active_of(&m->granter->grant, &ref);

	return act ? READ_ONCE(act->page) : NULL;
}

static void unpin(const struct gnttab_mapping *m)
{
	struct gnttab_pin pin = { .ref = m->ref, .write = m->write };

	pin.active = gnttab_active_of(&m->granter->grant, &pin.ref);
	if (!WARN_ON_ONCE(!pin.active))
		gnttab_unpin(m->granter, &pin);
}

/* A handle is there.  Return: GNTST_*. */
static int map_pinned(struct domain *d, struct domain *granter, struct gnttab_map_grant_ref *op,
		      struct gnttab_mapping *m)
{
	bool write = !(op->flags & GNTMAP_readonly);
	const struct gnttab_request request = {
		.domid = d->domid,
		.write = write,
		.map = true,
	};
	struct gnttab_pin pin;
	int status;

	status = gnttab_pin(granter, op->ref, request, true, &pin);
	if (status)
		return status;
	if ((op->flags & ~GNTMAP_readonly) != GNTMAP_host_map || offset_in_page(op->host_addr) ||
	    ept_map_special(d, op->host_addr >> PAGE_SHIFT, pin.page,
			    write ? EPT_GRANT : EPT_GRANT_RO)) {
		gnttab_unpin(granter, &pin);
		return GNTST_general_error;
	}
	m->granter = granter;
	m->gfn = op->host_addr >> PAGE_SHIFT;
	m->ref = pin.ref;
	m->write = write;
	return GNTST_okay;
}

/* Return: GNTST_*, or GNTTAB_SLEEP: the vCPU is wanted out of the guest, nothing was done. */
static int map_with(struct vcpu *v, struct domain *granter, struct gnttab_map_grant_ref *op)
{
	struct domain *d = v->domain;
	struct gnttab *t = &d->grant;
	struct mem_cgroup *old;
	size_t bytes;
	u32 handle;
	int status;

	mutex_lock(&t->map_lock);
	/* Others may have been before it, and have waited for a grace period each. */
	if (hypercall_must_stop(v)) {
		mutex_unlock(&t->map_lock);
		return GNTTAB_SLEEP;
	}
	status = GNTST_no_space;
	/* A handle that is there costs the host nothing, however short it is. */
	bytes = gnttab_maptrack_growth(&t->maptrack);
	if (!bytes || host_can_spare(DIV_ROUND_UP(bytes, PAGE_SIZE))) {
		old = set_active_memcg(d->memcg);
		if (!gnttab_maptrack_get(&t->maptrack, &handle))
			status = GNTST_okay;
		set_active_memcg(old);
	}
	if (!status) {
		status = map_pinned(d, granter, op, gnttab_maptrack_entry(&t->maptrack, handle));
		if (status)
			gnttab_maptrack_put(&t->maptrack, handle);
	}
	mutex_unlock(&t->map_lock);
	if (!status) {
		op->handle = handle;
		/* Where the frame really is concerns no guest. */
		op->dev_bus_addr = op->host_addr;
		atomic64_inc(&t->nr_maps);
	}
	return status;
}

static int map_one(struct vcpu *v, struct gnttab_map_grant_ref *op)
{
	struct domain *granter;
	int status;

	if (!(op->flags & (GNTMAP_device_map | GNTMAP_host_map)))
		return GNTST_bad_gntref;
	if (op->flags & MAP_MODES)
		return GNTST_general_error;
	granter = xlhv_domain_get_by_id(op->dom);
	if (!granter)
		return GNTST_bad_domain;
	status = map_with(v, granter, op);
	if (status)
		xlhv_domain_put(granter);
	return status;
}

/**
 * gnttab_op_map() - GNTTABOP_map_grant_ref
 * @v: own thread
 * @arg: linear address of the operations
 * @count: of them
 * @done: out: how many are done, for HYPERCALL_GOES_ON
 *
 * Context: may sleep.
 * Return: 0 with a status in each; HYPERCALL_GOES_ON; -EFAULT; -ENOMEM.
 */
long gnttab_op_map(struct vcpu *v, u64 arg, u32 count, u32 *done)
{
	struct gnttab_map_grant_ref op;
	int err, status;
	u32 i;

	for (i = 0; i < count; i++, arg += sizeof(op)) {
		*done = i;
		if (i && hypercall_give_way(v))
			return HYPERCALL_GOES_ON;
		err = guest_copy_from(v, &op, arg, sizeof(op));
		if (err)
			return err;
		status = map_one(v, &op);
		if (status == GNTTAB_SLEEP)
			return HYPERCALL_GOES_ON;
		op.status = status;
		err = guest_copy_to(v, arg, &op, sizeof(op));
		if (err)
			return err;
	}
	return 0;
}

/* Out of the p2m, if it is there.  Return: GNTST_*. */
static int take_out(struct ept_batch *batch, const struct gnttab_mapping *m)
{
	struct page *page;

	page = ept_get_page(batch->domain, m->gfn, 0, NULL);
	if (IS_ERR(page))
		return GNTST_general_error;
	put_page(page);
	/* Only compared: nothing of it is used any more. */
	if (page != mapped_page(m) || ept_remove_batched(batch, m->gfn, EPT_GRANT))
		return GNTST_general_error;
	return GNTST_okay;
}

/* The first half.  *m: the mapping that the second half has to finish, or NULL. */
static int begin_unmap(struct ept_batch *batch, const struct gnttab_unmap_grant_ref *op,
		       struct gnttab_mapping **m)
{
	struct gnttab_mapping *found;
	int status;

	*m = NULL;
	found = gnttab_maptrack_find(&batch->domain->grant.maptrack, op->handle);
	if (!found)
		return GNTST_bad_handle;
	if (op->dev_bus_addr && op->dev_bus_addr != found->gfn << PAGE_SHIFT)
		return GNTST_general_error;
	/* There is only the one mapping to take away; who does not name it keeps all. */
	if (!op->host_addr)
		return GNTST_okay;
	if (op->host_addr >> PAGE_SHIFT != found->gfn)
		return GNTST_general_error;
	status = take_out(batch, found);
	if (status)
		return status;
	found->gone = true;
	*m = found;
	return GNTST_okay;
}

/* The second half: no vCPU can reach the page any more. */
static void finish_unmap(struct domain *d, struct gnttab_mapping *m, u32 handle)
{
	struct domain *granter = m->granter;

	unpin(m);
	gnttab_maptrack_put(&d->grant.maptrack, handle);
	xlhv_domain_put(granter);
}

static void unmap_batch(struct domain *d, struct gnttab_unmap_grant_ref *op, unsigned int nr)
{
	struct gnttab_mapping *m[BATCH];
	struct ept_batch batch;
	unsigned int i;

	mutex_lock(&d->grant.map_lock);
	ept_batch_init(&batch, d);
	for (i = 0; i < nr; i++)
		op[i].status = begin_unmap(&batch, &op[i], &m[i]);
	ept_batch_finish(&batch);
	for (i = 0; i < nr; i++)
		if (m[i])
			finish_unmap(d, m[i], op[i].handle);
	mutex_unlock(&d->grant.map_lock);
}

/**
 * gnttab_op_unmap() - GNTTABOP_unmap_grant_ref
 * @v: own thread
 * @arg: linear address of the operations
 * @count: of them
 * @done: out: how many are done, for HYPERCALL_GOES_ON
 *
 * Context: may sleep.
 * Return: 0 with a status in each; HYPERCALL_GOES_ON; -EFAULT; -ENOMEM.
 */
long gnttab_op_unmap(struct vcpu *v, u64 arg, u32 count, u32 *done)
{
	struct gnttab_unmap_grant_ref op[BATCH];
	unsigned int nr, i;
	int err = 0, read;
	u32 at;

	for (at = 0; at < count; at += nr) {
		*done = at;
		if (at && hypercall_give_way(v))
			return HYPERCALL_GOES_ON;
		read = 0;
		for (nr = 0; nr < min_t(u32, count - at, BATCH) && !read; nr += !read)
			read = guest_copy_from(v, &op[nr], arg + nr * sizeof(op[0]),
					       sizeof(op[0]));
		unmap_batch(v->domain, op, nr);
		for (i = 0; i < nr && !err; i++, arg += sizeof(op[0]))
			err = guest_copy_to(v, arg, &op[i], sizeof(op[0]));
		if (err || read)
			return err ?: read;
	}
	return 0;
}

/**
 * gnttab_unmap_all() - let go of everything that a domain mapped
 * @d: dying, none of its vCPUs runs or will run
 *
 * Its p2m keeps the pages until it is freed itself, but nobody uses it any more.
 *
 * Context: may sleep.
 */
void gnttab_unmap_all(struct domain *d)
{
	struct gnttab_maptrack *track = &d->grant.maptrack;
	struct gnttab_mapping *m;
	u32 handle;

	mutex_lock(&d->grant.map_lock);
	for (handle = 0; handle < track->nr; handle++) {
		m = gnttab_maptrack_find(track, handle);
		if (m)
			finish_unmap(d, m, handle);
		cond_resched();
	}
	mutex_unlock(&d->grant.map_lock);
}
