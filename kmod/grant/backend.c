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
 * gnttab_host_open() - begin to use a domain's grants
 * @h: written
 * @d: granter; gets a reference
 * @domid: the domain that the grants have to name: 0
 * @max: most pins at a time
 */
void gnttab_host_open(struct gnttab_host *h, struct domain *d, domid_t domid, unsigned int max)
{
	dom_get(d);
	h->domain = d;
	h->domid = domid;
	h->max = max;
	atomic_set(&h->held, 1);
	h->closing = false;
	init_completion(&h->idle);
}

static void drop(struct gnttab_host *h)
{
	if (atomic_dec_and_test(&h->held))
		complete(&h->idle);
}

/**
 * gnttab_host_close() - stop to use them
 * @h: open; zeroed memory is nothing
 *
 * No pin can be had from now on.  Returns when the last one has been put.
 *
 * Context: may sleep; once.
 */
void gnttab_host_close(struct gnttab_host *h)
{
	if (!h->domain)
		return;
	WRITE_ONCE(h->closing, true);
	drop(h);
	wait_for_completion(&h->idle);
	dom_put(h->domain);
	h->domain = NULL;
}

bool gnttab_host_is_over(const struct gnttab_host *h)
{
	return READ_ONCE(h->domain->grant.closed);
}

/**
 * gnttab_host_wait() - pins stay although nobody has their pages mapped
 * @h: that has them
 * @nr: of them
 * @most: pins of the same domain that may, of all who use its grants
 *
 * Context: any.
 * Return: true: gnttab_host_wait_end() has to follow, before @h is closed; false: that is too many.
 */
bool gnttab_host_wait(struct gnttab_host *h, unsigned int nr, unsigned int most)
{
	atomic_t *waiting = &h->domain->grant.nr_waiting;
	int old = atomic_read(waiting);

	do {
		if (old > most || nr > most - old)
			return false;
	} while (!atomic_try_cmpxchg(waiting, &old, old + nr));
	return true;
}

void gnttab_host_wait_end(struct gnttab_host *h, unsigned int nr)
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
 * gnttab_host_get() - use a grant
 * @h: open
 * @ref: any number
 * @flags: GNTTAB_HOST_*
 * @pin: filled in
 *
 * Context: any but NMI; may sleep with GNTTAB_HOST_SLEEP.
 * Return: 0: gnttab_host_put() has to follow; -EINVAL: no such entry; -EACCES: it does
 * not grant this; -EFAULT: no memory behind it; -EAGAIN: only where it may sleep, or,
 * where it may, not now: the guest changes the version of its table at this moment, or
 * the host is short of memory; -EBUSY: more pins than @h may have; -ESHUTDOWN: @h is being
 * closed.
 */
int gnttab_host_get(struct gnttab_host *h, grant_ref_t ref, unsigned int flags,
		    struct gnttab_pin *pin)
{
	const struct gnttab_request request = {
		.domid = h->domid,
		.write = flags & GNTTAB_HOST_WRITE,
		.map = !(flags & GNTTAB_HOST_SUB_PAGE),
	};
	int err, status;

	if (unlikely(!atomic_inc_not_zero(&h->held)))
		return -ESHUTDOWN;
	if (unlikely(READ_ONCE(h->closing))) {
		err = -ESHUTDOWN;
	} else if (unlikely(atomic_read(&h->held) - 1 > h->max)) {
		err = -EBUSY;
	} else {
		status = gnttab_pin(h->domain, ref, request, flags & GNTTAB_HOST_SLEEP, pin);
		if (likely(status == GNTST_okay))
			return 0;
		err = error_of(status);
	}
	drop(h);
	return err;
}

/**
 * gnttab_host_put() - done with a grant
 * @h: that it was had from
 * @pin: invalid afterwards
 *
 * Context: any but NMI.
 */
void gnttab_host_put(struct gnttab_host *h, struct gnttab_pin *pin)
{
	gnttab_unpin(h->domain, pin);
	pin->page = NULL;
	drop(h);
}

/**
 * gnttab_host_get_many() - use several grants, or none of them
 * @h: open
 * @ref: any numbers, in memory of the caller's own
 * @nr: how many
 * @flags: GNTTAB_HOST_*, for all
 * @pins: filled in
 *
 * Context: as for gnttab_host_get().
 * Return: as for gnttab_host_get(), of the first that failed.
 */
int gnttab_host_get_many(struct gnttab_host *h, const grant_ref_t *ref, unsigned int nr,
			 unsigned int flags, struct gnttab_pin *pins)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = gnttab_host_get(h, ref[i], flags, &pins[i]);
		if (err) {
			gnttab_host_put_many(h, pins, i);
			return err;
		}
	}
	return 0;
}

/* Done with several, in any context but NMI. */
void gnttab_host_put_many(struct gnttab_host *h, struct gnttab_pin *pins, unsigned int nr)
{
	while (nr--)
		gnttab_host_put(h, &pins[nr]);
}
