// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's side: backends that use a guest's pages without mapping them anywhere.
 *
 * A backend opens the domain's grants once.  For each grant of a request it gets a
 * pin, which is the page with a reference and the guest seeing that it is in use, and
 * puts it when the request is done.  Closing waits for the pins that are left.  A
 * domain that dies refuses new pins; those that are there stay good until they are
 * put, and the domain's structure stays with them.
 */
#include <linux/errno.h>
#include <linux/wait.h>

#include "grant/internal.h"

/**
 * xlhv_gnttab_open() - begin to use a domain's grants
 * @h: written
 * @d: granter; gets a reference
 * @domid: the domain that the grants have to name: 0
 * @max: most pins at a time
 */
void xlhv_gnttab_open(struct xlhv_gnttab *h, struct domain *d, domid_t domid, unsigned int max)
{
	xlhv_domain_get(d);
	h->domain = d;
	h->domid = domid;
	h->max = max;
	atomic_set(&h->held, 1);
	h->closing = false;
	init_completion(&h->idle);
}

static void drop(struct xlhv_gnttab *h)
{
	if (atomic_dec_and_test(&h->held))
		complete(&h->idle);
}

/**
 * xlhv_gnttab_close() - stop to use them
 * @h: open; zeroed memory is nothing
 *
 * No pin can be had from now on.  Returns when the last one has been put.
 *
 * Context: may sleep; once.
 */
void xlhv_gnttab_close(struct xlhv_gnttab *h)
{
	if (!h->domain)
		return;
	WRITE_ONCE(h->closing, true);
	drop(h);
	wait_for_completion(&h->idle);
	xlhv_domain_put(h->domain);
	h->domain = NULL;
}

bool xlhv_gnttab_is_over(const struct xlhv_gnttab *h)
{
	return READ_ONCE(h->domain->grant.closed);
}

/**
 * xlhv_gnttab_wait() - pins stay although nobody has their pages mapped
 * @h: that has them
 * @nr: of them
 * @most: pins of the same domain that may, of all who use its grants
 *
 * Context: any.
 * Return: true: xlhv_gnttab_wait_end() has to follow, before @h is closed; false: that is too many.
 */
bool xlhv_gnttab_wait(struct xlhv_gnttab *h, unsigned int nr, unsigned int most)
{
	atomic_t *waiting = &h->domain->grant.nr_waiting;
	int old = atomic_read(waiting);

	do {
		if (old > most || nr > most - old)
			return false;
	} while (!atomic_try_cmpxchg(waiting, &old, old + nr));
	return true;
}

void xlhv_gnttab_wait_end(struct xlhv_gnttab *h, unsigned int nr)
{
	atomic_sub(nr, &h->domain->grant.nr_waiting);
}

static int error_of(int status)
{
	switch (status) {
	case GNTST_okay:
		return 0;
	case GNTST_bad_gntref:
		return -EINVAL;
	case GNTST_bad_page:
		return -EFAULT;
	case GNTST_eagain:
	case GNTTAB_SLEEP:
		return -EAGAIN;
	default:
		return -EACCES;
	}
}

/**
 * xlhv_gnttab_get() - use a grant
 * @h: open
 * @ref: any number
 * @flags: XLHV_GNTTAB_*
 * @pin: filled in
 *
 * Context: any but NMI; may sleep with XLHV_GNTTAB_SLEEP.
 * Return: 0: xlhv_gnttab_put() has to follow; -EINVAL: no such entry; -EACCES: it does
 * not grant this; -EFAULT: no memory behind it; -EAGAIN: only where it may sleep, or,
 * where it may, not now: the guest changes the version of its table at this moment, or
 * the host is short of memory; -EBUSY: more pins than @h may have; -ESHUTDOWN: @h is being
 * closed.
 */
int xlhv_gnttab_get(struct xlhv_gnttab *h, grant_ref_t ref, unsigned int flags,
		    struct gnttab_pin *pin)
{
	const struct gnttab_request request = {
		.domid = h->domid,
		.write = flags & XLHV_GNTTAB_WRITE,
		.map = !(flags & XLHV_GNTTAB_SUB_PAGE),
	};
	int err, status;

	if (unlikely(!atomic_inc_not_zero(&h->held)))
		return -ESHUTDOWN;
	if (unlikely(READ_ONCE(h->closing))) {
		err = -ESHUTDOWN;
	} else if (unlikely(atomic_read(&h->held) - 1 > h->max)) {
		err = -EBUSY;
	} else {
		status = gnttab_pin(h->domain, ref, request, flags & XLHV_GNTTAB_SLEEP, pin);
		if (likely(status == GNTST_okay))
			return 0;
		err = error_of(status);
	}
	drop(h);
	return err;
}

/**
 * xlhv_gnttab_put() - done with a grant
 * @h: that it was had from
 * @pin: invalid afterwards
 *
 * Context: any but NMI.
 */
void xlhv_gnttab_put(struct xlhv_gnttab *h, struct gnttab_pin *pin)
{
	gnttab_unpin(h->domain, pin);
	pin->page = NULL;
	drop(h);
}

/**
 * xlhv_gnttab_get_many() - use several grants, or none of them
 * @h: open
 * @ref: any numbers, in memory of the caller's own
 * @nr: how many
 * @flags: XLHV_GNTTAB_*, for all
 * @pins: filled in
 *
 * Context: as for xlhv_gnttab_get().
 * Return: as for xlhv_gnttab_get(), of the first that failed.
 */
int xlhv_gnttab_get_many(struct xlhv_gnttab *h, const grant_ref_t *ref, unsigned int nr,
			 unsigned int flags, struct gnttab_pin *pins)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = xlhv_gnttab_get(h, ref[i], flags, &pins[i]);
		if (err) {
			xlhv_gnttab_put_many(h, pins, i);
			return err;
		}
	}
	return 0;
}

/* Done with several, in any context but NMI. */
void xlhv_gnttab_put_many(struct xlhv_gnttab *h, struct gnttab_pin *pins, unsigned int nr)
{
	while (nr--)
		xlhv_gnttab_put(h, &pins[nr]);
}
