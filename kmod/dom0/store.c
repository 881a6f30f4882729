// SPDX-License-Identifier: GPL-2.0-only
/*
 * XenStore's rings.  The daemon is a process, which has them mapped: domain 0's own by
 * /proc/xen/xsd_kva, a guest's by the grant that is made for it here.  The rings and the ports
 * that go with them are made here; domain 0's end of its own is xs.c's.
 *
 * Domain 0's ring is there before any daemon, and outlives it: the next one binds to the same
 * port.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <xen/interface/hvm/params.h>

#include "compat.h"
#include "console/console.h"
#include "dom0/internal.h"
#include "dom0/store.h"
#include "dom0/xs.h"
#include "domain/domain.h"
#include "ept/ept.h"
#include "evtchn/evtchn.h"
#include "grant/grant.h"
#include "hypercall/hvm_params.h"

/* Where the toolstack puts a guest's grants, and domain 0's for a daemon in a domain. */
#define RESERVED_CONSOLE	0
#define RESERVED_STORE		1

static DEFINE_MUTEX(store_lock);
static struct page *ring;
static evtchn_port_t port;		/* [store_lock] */

/**
 * store_init() - make domain 0's ring and port
 *
 * Return: 0; -ENOMEM; -ENOSPC.
 */
int store_init(void)
{
	int err;

	ring = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!ring)
		return -ENOMEM;
	err = xs_init(page_address(ring)) ?:
	      evtchn_alloc_unbound(dom0_domain(), NULL, 0, &xs_sink, &port);
	if (err)
		store_exit();
	return err;
}

/* Also after a store_init() that failed, or never was.  Who has the ring mapped keeps it. */
void store_exit(void)
{
	if (port)
		evtchn_close_sink(dom0_domain(), port, &xs_sink);
	port = 0;
	xs_exit();
	if (ring)
		put_page(ring);
	ring = NULL;
}

evtchn_port_t store_port(void)
{
	return READ_ONCE(port);
}

/**
 * store_offer() - domain 0's ring is for a daemon in another domain
 * @domid: that domain
 *
 * Context: may sleep.
 * Return: the new port; -EEXIST: a daemon has the old one; -errno.
 */
int store_offer(domid_t domid)
{
	struct domain *host = dom0_domain();
	evtchn_port_t new;
	int err;

	mutex_lock(&store_lock);
	if (evtchn_sink_is_bound(host, port, &xs_sink)) {
		err = -EEXIST;
		goto out;
	}
	err = ept_map_special(host, RESERVED_STORE, ring, EPT_SPECIAL) ?:
	      evtchn_alloc_unbound(host, NULL, domid, &xs_sink, &new);
	if (err)
		goto out;
	/* Unless a daemon was faster: whoever binds now has the ring. */
	if (!evtchn_close_unbound(host, port, &xs_sink)) {
		evtchn_close_sink(host, new, &xs_sink);
		err = -EEXIST;
		goto out;
	}
	WRITE_ONCE(port, new);
	err = gnttab_seed(host, RESERVED_STORE, domid, RESERVED_STORE) ?: (int)new;
	/* The new daemon may be there already, which has not been seen by the old number. */
	xs_look_soon();
out:
	mutex_unlock(&store_lock);
	return err;
}

/* Has a daemon bound to domain 0's port?  As of a moment ago.  May sleep. */
static bool has_daemon(void)
{
	bool has;

	mutex_lock(&store_lock);
	has = port && evtchn_sink_is_bound(dom0_domain(), port, &xs_sink);
	mutex_unlock(&store_lock);
	return has;
}

/**
 * store_mmap() - map domain 0's ring
 * @vma: as in file_operations.mmap; the file keeps the module
 *
 * Return: 0; -EINVAL: not one page, at 0, shared.
 */
int store_mmap(struct vm_area_struct *vma)
{
	if (vma_pages(vma) != 1 || vma->vm_pgoff || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	compat_vm_flags_set(vma, VM_IO | VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &dom0_fixed_vm_ops;
	return vm_insert_page(vma, vma->vm_start, ring);
}

/*
 * A ring of a guest's for a daemon of domain 0: a page, a port, a grant, and two parameters.  The
 * guest must not wait for an answer before a daemon has been told of it.
 *
 * Return: 0; -EEXIST: it has one; -EINVAL: not an address for it; -ENOMEM; -ENOSPC.  After an error
 * what was there still is.
 */
static int offer(struct domain *d, u64 gfn, grant_ref_t ref, u32 param_gfn, u32 param_port,
		 evtchn_port_t *to)
{
	struct page *page;
	u64 there;
	int err;

	if (!hvm_param_get(d, param_port, &there) && there)
		return -EEXIST;
	if (!gfn || gfn >> 32 || !ept_gfn_valid(d, gfn))
		return -EINVAL;
	page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	err = evtchn_alloc_unbound(d, NULL, 0, NULL, to);
	if (err)
		goto out;
	/* The last that can fail: it frees what is there. */
	err = ept_map_special(d, gfn, page, EPT_SPECIAL);
	if (err) {
		evtchn_take_back(d, *to);
		goto out;
	}
	gnttab_seed(d, ref, 0, gfn);
	/* Who finds these finds the rest. */
	hvm_param_set(d, param_gfn, gfn);
	hvm_param_set(d, param_port, *to);
out:
	put_page(page);
	return err;
}

static int make_ring(struct domain *d, struct xlhv_ring *s)
{
	int err;

	switch (s->kind) {
	case XLHV_RING_XENSTORE:
		return offer(d, s->gfn, RESERVED_STORE, HVM_PARAM_STORE_PFN,
			     HVM_PARAM_STORE_EVTCHN, &s->port);
	case XLHV_RING_XENCONSOLED:
		return offer(d, s->gfn, RESERVED_CONSOLE, HVM_PARAM_CONSOLE_PFN,
			     HVM_PARAM_CONSOLE_EVTCHN, &s->port);
	}
	/* The one that the module serves. */
	err = console_connect(d, s->gfn);
	if (!err)
		s->port = d->console.host.port;
	return err;
}

static int do_ring(void *of, struct ioctl_call *call)
{
	struct xlhv_ring *s = (void *)call->arg;
	struct domain *d = of;
	int err;

	if (s->port || !RESERVED_ZERO(s))
		return -EINVAL;
	if (s->kind < XLHV_RING_CONSOLE || s->kind > XLHV_RING_XENCONSOLED)
		return -EINVAL;
	if (s->kind == XLHV_RING_XENSTORE && !has_daemon()) {
		scnprintf(call->text, XLHV_TEXT_LEN, "there is no xenstore daemon");
		return -EOPNOTSUPP;
	}
	mutex_lock(&d->lock);
	err = dom_may_build(d, call->text);
	/* What is RAM is decided, and its tables are counted as the map's. */
	if (!err && !d->ept.nr_ranges) {
		scnprintf(call->text, XLHV_TEXT_LEN, "the memory map must be set first");
		err = -EINVAL;
	}
	if (!err)
		err = make_ring(d, s);
	mutex_unlock(&d->lock);
	return err;
}

const struct ioctl_op dom0_ioctls[] = {
	{ XLHV_DOM_RING, .work = do_ring },
	{}
};
