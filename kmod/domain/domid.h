/* SPDX-License-Identifier: GPL-2.0-only */
/* Domain identifiers in the arguments of hypercalls. */
#ifndef XLHV_DOMID_H
#define XLHV_DOMID_H

#include <linux/err.h>

#include "vcpu/vcpu.h"

/**
 * domid_check() - may a caller do something to the domain that it names?
 * @v: own thread
 * @domid: any number
 *
 * Only to itself.  That there is another domain is no secret.
 * Context: may sleep.
 * Return: 0; -EPERM: another domain; -ESRCH: there is none.
 */
static inline int domid_check(const struct vcpu *v, domid_t domid)
{
	struct domain *d;

	if (likely(domid == DOMID_SELF || domid == v->domain->domid))
		return 0;
	if (domid == 0)
		return -EPERM;
	d = xlhv_domain_get_by_id(domid);
	if (!d)
		return -ESRCH;
	xlhv_domain_put(d);
	return -EPERM;
}

/**
 * domid_get() - the domain that a caller names
 * @v: own thread
 * @domid: any number
 *
 * A guest may name itself, a process of domain 0 any.  What another one has stays until
 * domid_put(): the guest's own threads, which end before it goes, are not there to see to that.
 * Context: may sleep, unless it is the caller itself; not with a domain entered.
 * Return: the domain, for domid_put(); ERR_PTR(-EPERM): not the caller's to name;
 * ERR_PTR(-ESRCH): there is none, or it is dying.
 */
static inline struct domain *domid_get(const struct vcpu *v, domid_t domid)
{
	struct domain *d;

	if (likely(domid == DOMID_SELF || domid == v->domain->domid))
		return v->domain;
	if (!v->process)
		return ERR_PTR(domid_check(v, domid));
	d = xlhv_domain_get_by_id(domid);
	if (!d)
		return ERR_PTR(-ESRCH);
	/* Without waiting for the end of one that is torn down. */
	if (dom_is_dying(d) || dom_enter(d)) {
		xlhv_domain_put(d);
		return ERR_PTR(-ESRCH);
	}
	return d;
}

/* Undo domid_get(). */
static inline void domid_put(const struct vcpu *v, struct domain *d)
{
	if (unlikely(d != v->domain)) {
		dom_leave(d);
		xlhv_domain_put(d);
	}
}

#endif /* XLHV_DOMID_H */
