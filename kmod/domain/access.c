// SPDX-License-Identifier: GPL-2.0-only
/* What may be done with a domain, by whom and when: what ioctls ask before they begin. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>

#include "domain/internal.h"

/**
 * dom_may_build() - may what the domain is made of be changed now?
 * @d: locked
 * @text: XLHV_TEXT_LEN bytes for why not
 *
 * Return: 0; -EBUSY: it is finished, or a part of it is at work; what a part's @settled says.
 */
int dom_may_build(struct domain *d, char *text)
{
	lockdep_assert_held(&d->lock);
	if (d->state != DOMAIN_BUILDING) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "the domain is already built: this can no longer be changed");
		return -EBUSY;
	}
	return parts_settled(d, text);
}

/**
 * dom_is_creators() - is the caller who made the domain?
 * @d: any
 *
 * Return: true if his user is.
 */
bool dom_is_creators(const struct domain *d)
{
	return from_kuid(&init_user_ns, current_uid()) == d->creator_uid;
}

/**
 * dom_may_look_into() - may the caller see the guest's memory and registers?
 * @d: any
 *
 * Not all may that may end it.
 *
 * Return: 0; -EPERM.
 */
int dom_may_look_into(const struct domain *d)
{
	return dom_is_creators(d) || capable(CAP_SYS_PTRACE) ? 0 : -EPERM;
}
