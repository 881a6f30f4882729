// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory_op: the guest asks about its memory and changes it.
 *
 * An argument is copied in once, brought into one form for 64-bit and 32-bit
 * callers, checked and used; only what the ABI calls OUT is written back.  A guest
 * may name itself; for other domains it is -EPERM where there is one and -ESRCH
 * where there is none.  What changes the p2m is done outside of the inner loop.
 *
 * As on Xen, a long call gives way (hypercall_give_way()) and goes on with the number
 * done so far above the sub-op; guests may pass such a number themselves.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "domain/domain.h"
#include "domain/domid.h"
#include "ept/ept.h"
#include "grant/grant.h"
#include "hypercall/internal.h"
#include "hypercall/continuation.h"
#include "hypercall/hypercall.h"
#include "time/time.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"

#include <xen/interface/memory.h>

/* Sub-ops that the kernel's header has no name for, numbered as Xen's. */
#define MEMOP_MAXIMUM_GPFN	14
#define MEMOP_CLAIM_PAGES	24
#define MEMOP_GET_VNUMAINFO	26
#define MEMOP_SHARED_PAGES	18
#define MEMOP_FREED_PAGES	19

#define CMD_BITS		6
#define CMD_MASK		(BIT(CMD_BITS) - 1)
#define MEMF_POPULATE_ON_DEMAND	BIT(16)
#define MAX_ORDER_GUEST		9
#define IDX_STATUS_32		BIT(31)
#define IDX_STATUS_64		BIT_ULL(63)

/* Held pages that are looked at before the caller is told how many there are. */
#define LOOK_AT_HELD		1024

/* How long a populate waits for what the guest has given back. */
#define POPULATE_PATIENCE	HZ

/* gfns that are read at once. */
#define CHUNK			32

/* As the ABI has them for a 32-bit caller. */
struct reservation32 {
	u32 extent_start;
	u32 nr_extents;
	u32 extent_order;
	u32 mem_flags;
	u16 domid;
} __aligned(4);

struct add_to_physmap32 {
	u16 domid;
	u16 size;
	u32 space;
	u32 idx;
	u32 gpfn;
};

struct add_to_physmap_batch32 {
	u16 domid;
	u16 space;
	u16 size;
	u16 foreign_domid;
	u32 idxs;
	u32 gpfns;
	u32 errs;
};

struct remove_from_physmap32 {
	u16 domid;
	u32 gpfn;
};

struct memory_map32 {
	u32 nr_entries;
	u32 buffer;
};

/* An e820 entry as XENMEM_memory_map writes it. */
struct e820_entry {
	u64 addr;
	u64 size;
	u32 type;
} __packed;

/**
 * struct memory_op - one call
 * @v: caller
 * @d: its domain
 * @cmd: sub-op
 * @arg: linear address of the argument
 * @start: extents that were done before, as the caller says
 * @wide: the caller's longs have 64 bits
 */
struct memory_op {
	struct vcpu *v;
	struct domain *d;
	unsigned int cmd;
	u64 arg;
	u32 start;
	bool wide;
};

/* A structure with reservation's fields in one form. */
struct reservation {
	u64 extents;
	u64 nr;
	u32 order;
	u32 flags;
	u16 domid;
};

static int copy_arg(const struct memory_op *op, void *to, size_t len)
{
	return guest_copy_from(op->v, to, op->arg, len);
}

/* Elements of an array of longs.  len <= CHUNK */
static int copy_longs(const struct memory_op *op, u64 *to, u64 array, u64 first, unsigned int nr)
{
	u32 narrow[CHUNK];
	unsigned int i;
	int err;

	if (op->wide)
		return guest_copy_from(op->v, to, array + first * 8, nr * 8);
	err = guest_copy_from(op->v, narrow, array + first * 4, nr * 4);
	for (i = 0; !err && i < nr; i++)
		to[i] = narrow[i];
	return err;
}

/* The call gives way: so many of its elements are done, and more are left. */
static long go_on(const struct memory_op *op, u64 done)
{
	return hypercall_go_on(op->v, done << CMD_BITS | op->cmd, op->arg, 0);
}

/*
 * Populate and decrease.  Every problem ends the call with the number of extents
 * that were done; there are no other errors.
 */

static int copy_reservation(const struct memory_op *op, struct reservation *r)
{
	struct xen_memory_reservation wide;
	struct reservation32 narrow;
	int err;

	BUILD_BUG_ON(sizeof(wide) != 32 || sizeof(narrow) != 20);
	BUILD_BUG_ON(offsetof(struct xen_memory_reservation, domid) != 24);
	if (op->wide) {
		err = copy_arg(op, &wide, sizeof(wide));
		r->extents = (unsigned long)wide.extent_start;
		r->nr = wide.nr_extents;
		r->order = wide.extent_order;
		r->flags = wide.address_bits;
		r->domid = wide.domid;
	} else {
		err = copy_arg(op, &narrow, sizeof(narrow));
		r->extents = narrow.extent_start;
		r->nr = narrow.nr_extents;
		r->order = narrow.extent_order;
		r->flags = narrow.mem_flags;
		r->domid = narrow.domid;
	}
	return err;
}

static int decrease_one(struct ept_batch *batch, u64 gfn, unsigned int order)
{
	u64 i;
	int err;

	if (gfn + BIT_ULL(order) < gfn)
		return -EINVAL;
	for (i = 0; i < BIT_ULL(order); i++) {
		err = ept_remove_batched(batch, gfn + i, EPT_RAM);
		if (err)
			return err;
	}
	return 0;
}

/*
 * Memory that the guest has just given back may have to arrive first.  Return: as ept_populate();
 * -EINPROGRESS: the vCPU is to give way, and go on with this extent.
 */
static int populate_one(const struct memory_op *op, u64 gfn, unsigned int order)
{
	u64 end = get_jiffies_64() + POPULATE_PATIENCE;
	int err;

	do {
		err = ept_populate(op->d, gfn, order);
		if (err != -EINPROGRESS || hypercall_give_way(op->v))
			return err;
	} while (time_before64(get_jiffies_64(), end));
	return -ENOMEM;
}

static long change_reservation(const struct memory_op *op)
{
	const unsigned int cmd = op->cmd;
	struct ept_batch batch;
	struct reservation r;
	u64 gfn[CHUNK];
	unsigned int nr, i;
	bool left = false;
	u64 done;
	int err = 0;

	if (copy_reservation(op, &r))
		return op->start;
	if (r.nr > UINT_MAX >> CMD_BITS || op->start >= r.nr || domid_check(op->v, r.domid) ||
	    r.order > MAX_ORDER_GUEST)
		return op->start;
	/* New RAM has a place in the guest's memory, which increase does not name. */
	if (cmd == XENMEM_increase_reservation)
		return op->start;
	if (cmd == XENMEM_populate_physmap && r.flags & MEMF_POPULATE_ON_DEMAND)
		return op->start;

	ept_batch_init(&batch, op->d);
	for (done = op->start; done < r.nr; done += nr) {
		nr = min_t(u64, CHUNK, r.nr - done);
		/* A page that is not there ends the call at its first entry. */
		while (nr && copy_longs(op, gfn, r.extents, done, nr))
			nr /= 2;
		err = nr ? 0 : -EFAULT;
		for (i = 0; i < nr && !err; i++) {
			if (cmd == XENMEM_populate_physmap)
				err = populate_one(op, gfn[i], r.order);
			else
				err = decrease_one(&batch, gfn[i], r.order);
			left = !err && done + i + 1 < r.nr && hypercall_give_way(op->v);
			if (err || left)
				break;
		}
		if (err || left) {
			done += i + left;
			break;
		}
	}
	ept_batch_finish(&batch);
	return left || err == -EINPROGRESS ? go_on(op, done) : done;
}

/*
 * What is there.
 */

static long query(const struct memory_op *op)
{
	struct domain *d;
	domid_t domid;
	long rc;
	int err;

	if (op->start)
		return -EINVAL;
	err = copy_arg(op, &domid, sizeof(domid));
	if (err)
		return err;
	d = domid_get(op->v, domid);
	if (IS_ERR(d))
		return PTR_ERR(d);
	switch (op->cmd) {
	case XENMEM_current_reservation:
		/* A guest that waits until it may have more looks here. */
		ept_look_at_held(&d->ept, LOOK_AT_HELD);
		rc = ept_pages(&d->ept);
		break;
	case XENMEM_maximum_reservation:
		rc = READ_ONCE(d->ept.max_pages);
		break;
	default:
		rc = ept_max_gfn(d);
	}
	domid_put(op->v, d);
	return rc;
}

static long memory_map(const struct memory_op *op)
{
	struct xlhv_mem_range range[XLHV_MAX_MEM_RANGES];
	struct xen_memory_map wide;
	struct memory_map32 narrow;
	struct e820_entry entry;
	u32 nr_entries, have, i;
	u64 buffer;
	int err;

	BUILD_BUG_ON(sizeof(wide) != 16 || sizeof(narrow) != 8 || sizeof(entry) != 20);
	if (op->wide) {
		err = copy_arg(op, &wide, sizeof(wide));
		nr_entries = wide.nr_entries;
		buffer = (unsigned long)wide.buffer;
	} else {
		err = copy_arg(op, &narrow, sizeof(narrow));
		nr_entries = narrow.nr_entries;
		buffer = narrow.buffer;
	}
	if (err)
		return err;
	have = ept_get_memory_map(op->d, range, ARRAY_SIZE(range));
	if (!have)
		return -ENOSYS;
	have = min(have, nr_entries);
	for (i = 0; i < have; i++) {
		entry.addr = range[i].addr;
		entry.size = range[i].size;
		entry.type = range[i].type;
		err = guest_copy_to(op->v, buffer + i * sizeof(entry), &entry, sizeof(entry));
		if (err)
			return err;
	}
	return guest_copy_to(op->v, op->arg, &have, sizeof(have));
}

/*
 * What is where.
 */

static long map_shared_info(const struct memory_op *op, u64 idx, u64 gfn)
{
	struct domain *d = op->d;
	unsigned int i;
	int err;

	if (idx)
		return -EINVAL;
	/* The guest believes the clocks in it from the first look on. */
	time_update_wallclock(d);
	time_update_vcpu(op->v);
	for (i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i] != op->v)
			vcpu_request(d->vcpu[i], VCPU_REQ_TIME);
	err = ept_map_special(d, gfn, d->shared_info_page, EPT_SPECIAL);
	return err;
}

static long map_grant_table(const struct memory_op *op, u64 idx, u64 gfn)
{
	struct page *page;
	long err;

	/* A 64-bit caller may name a status frame by bit 63 as well. */
	if (op->wide && idx & IDX_STATUS_64)
		idx = (idx & ~IDX_STATUS_64) | IDX_STATUS_32;
	page = gnttab_frame(op->d, idx);
	if (IS_ERR_OR_NULL(page))
		return page ? PTR_ERR(page) : -EINVAL;
	err = ept_map_special(op->d, gfn, page, EPT_SPECIAL);
	put_page(page);
	return err;
}

/* HYPERCALL_GOES_ON: not done, the same again. */
static long map_one(const struct memory_op *op, unsigned int space, u64 idx, u64 gfn)
{
	switch (space) {
	case XENMAPSPACE_shared_info:
		return map_shared_info(op, idx, gfn);
	case XENMAPSPACE_grant_table:
		return map_grant_table(op, idx, gfn);
	case XENMAPSPACE_gmfn:
		return ept_move(op->d, idx, gfn);
	case XENMAPSPACE_gmfn_foreign:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

static long add_to_physmap(const struct memory_op *op)
{
	struct xen_add_to_physmap a;
	struct add_to_physmap32 narrow;
	u32 i;
	long err;

	BUILD_BUG_ON(sizeof(a) != 24 || sizeof(narrow) != 16);
	if (op->start != (u16)op->start)
		return -EDOM;
	if (op->wide) {
		err = copy_arg(op, &a, sizeof(a));
	} else {
		err = copy_arg(op, &narrow, sizeof(narrow));
		a.domid = narrow.domid;
		a.size = narrow.size;
		a.space = narrow.space;
		a.idx = narrow.idx;
		a.gpfn = narrow.gpfn;
	}
	if (err)
		return err;
	if (a.space == XENMAPSPACE_gmfn_foreign)
		return -ENOSYS;
	err = domid_check(op->v, a.domid);
	if (err)
		return err;
	if (a.space != XENMAPSPACE_gmfn_range) {
		err = map_one(op, a.space, a.idx, a.gpfn);
		return err == HYPERCALL_GOES_ON ? go_on(op, op->start) : err;
	}
	if (a.size < op->start)
		return -EILSEQ;
	for (i = op->start; i < a.size && !err; i++) {
		if (i > op->start && hypercall_give_way(op->v))
			return go_on(op, i);
		err = map_one(op, XENMAPSPACE_gmfn, a.idx + i, a.gpfn + i);
	}
	return err;
}

static long add_to_physmap_batch(const struct memory_op *op)
{
	struct xen_add_to_physmap_range b;
	struct add_to_physmap_batch32 narrow;
	u64 idxs, gpfns, errs;
	u64 idx, gfn;
	long rc;
	u32 i;
	s32 one;
	int err;

	BUILD_BUG_ON(sizeof(b) != 32 || sizeof(narrow) != 20);
	if (op->start != (u16)op->start)
		return -EDOM;
	if (op->wide) {
		err = copy_arg(op, &b, sizeof(b));
		idxs = (unsigned long)b.idxs;
		gpfns = (unsigned long)b.gpfns;
		errs = (unsigned long)b.errs;
	} else {
		err = copy_arg(op, &narrow, sizeof(narrow));
		b.domid = narrow.domid;
		b.space = narrow.space;
		b.size = narrow.size;
		idxs = narrow.idxs;
		gpfns = narrow.gpfns;
		errs = narrow.errs;
	}
	if (err)
		return err;
	if (b.space == XENMAPSPACE_gmfn_range)
		return -EOPNOTSUPP;
	err = domid_check(op->v, b.domid);
	if (err)
		return err;
	if (b.size < op->start)
		return -EILSEQ;
	for (i = op->start; i < b.size; i++) {
		if (i > op->start && hypercall_give_way(op->v))
			return go_on(op, i);
		err = copy_longs(op, &idx, idxs, i, 1) ?: copy_longs(op, &gfn, gpfns, i, 1);
		if (err)
			return err;
		rc = map_one(op, b.space, idx, gfn);
		if (rc == HYPERCALL_GOES_ON)
			return go_on(op, i);
		one = rc;
		err = guest_copy_to(op->v, errs + i * sizeof(one), &one, sizeof(one));
		if (err)
			return err;
	}
	return 0;
}

static long remove_from_physmap(const struct memory_op *op)
{
	struct xen_remove_from_physmap r;
	struct remove_from_physmap32 narrow;
	int err;

	BUILD_BUG_ON(sizeof(r) != 16 || sizeof(narrow) != 8);
	if (op->start)
		return -EINVAL;
	if (op->wide) {
		err = copy_arg(op, &r, sizeof(r));
	} else {
		err = copy_arg(op, &narrow, sizeof(narrow));
		r.domid = narrow.domid;
		r.gpfn = narrow.gpfn;
	}
	if (!err)
		err = domid_check(op->v, r.domid);
	if (err)
		return err;
	err = ept_remove(op->d, r.gpfn, EPT_HOLE);
	return err;
}

/* For the toolstack and Dom0: the answers that an ordinary guest gets. */

static long claim_pages(const struct memory_op *op)
{
	struct reservation r;
	int err;

	if (op->start)
		return -EINVAL;
	err = copy_reservation(op, &r);
	if (err)
		return err;
	return r.extents || r.order || r.flags ? -EINVAL : -EPERM;
}

static long get_vnumainfo(const struct memory_op *op)
{
	struct {
		u16 domid;
		u16 pad;
	} head;
	int err;

	if (op->start)
		return -EINVAL;
	err = copy_arg(op, &head, sizeof(head));
	if (!err && head.pad)
		err = -EINVAL;
	if (!err)
		err = domid_check(op->v, head.domid);
	return err ?: -EOPNOTSUPP;
}

static long acquire_resource(const struct memory_op *op)
{
	domid_t domid;
	int err;

	err = copy_arg(op, &domid, sizeof(domid));
	if (!err)
		err = domid_check(op->v, domid);
	return err ?: -EPERM;
}

/* Domain 0 has no p2m that could be changed; it may ask, also about others. */
static long by_process(const struct memory_op *op)
{
	switch (op->cmd) {
	case XENMEM_maximum_ram_page:
		return op->start ? -EINVAL : (1L << (ept_maxphyaddr() - PAGE_SHIFT)) - 1;
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
	case MEMOP_MAXIMUM_GPFN:
		return query(op);
	case MEMOP_SHARED_PAGES:
	case MEMOP_FREED_PAGES:
		return 0;
	default:
		return -ENOSYS;
	}
}

/**
 * hc_memory_op() - hypercall 12
 * @v: own thread
 * @arg1: sub-op and start extent
 * @arg2: linear address of the argument
 * @arg3: not used
 *
 * Source: Xen, public/memory.h and common/memory.c.
 * Return: what the sub-op returns to the guest, a count for some; -ENOSYS for what
 * is not served; -EAGAIN in the inner loop: call again outside.
 */
long hc_memory_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	const struct memory_op op = {
		.v = v,
		.d = v->domain,
		.cmd = arg1 & CMD_MASK,
		.arg = arg2,
		.start = (u32)arg1 >> CMD_BITS,
		.wide = vmx_vcpu_long_mode(v),
	};

	/* Nearly all of it takes locks that sleep. */
	if (vmx_vcpu_atomic(v))
		return -EAGAIN;
	if (v->process)
		return by_process(&op);
	switch (op.cmd) {
	case XENMEM_increase_reservation:
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap:
		return change_reservation(&op);
	case XENMEM_maximum_ram_page:
		/* Any number that is no secret and not below a frame of the guest. */
		return op.start ? -EINVAL : (1L << (ept_maxphyaddr() - PAGE_SHIFT)) - 1;
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
	case MEMOP_MAXIMUM_GPFN:
		return query(&op);
	case XENMEM_add_to_physmap:
		return add_to_physmap(&op);
	case XENMEM_add_to_physmap_range:
		return add_to_physmap_batch(&op);
	case XENMEM_remove_from_physmap:
		return remove_from_physmap(&op);
	case XENMEM_memory_map:
		return memory_map(&op);
	case MEMOP_CLAIM_PAGES:
		return claim_pages(&op);
	case MEMOP_GET_VNUMAINFO:
		return get_vnumainfo(&op);
	case XENMEM_acquire_resource:
		return acquire_resource(&op);
	case MEMOP_SHARED_PAGES:
	case MEMOP_FREED_PAGES:
		return 0;
	default:
		return -ENOSYS;
	}
}
