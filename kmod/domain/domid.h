/* SPDX-License-Identifier: GPL-2.0-only */
/* Domain identifiers in the arguments of hypercalls. */
#ifndef XLHV_HYPERCALL_DOMID_H
#define XLHV_HYPERCALL_DOMID_H

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
	d = dom_get_by_id(domid);
	if (!d)
		return -ESRCH;
	dom_put(d);
	return -EPERM;
}

#endif /* XLHV_HYPERCALL_DOMID_H */
