/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of a domain as kmod/grant and kmod/ept look at; its p2m is real, on ept_fake's pages. */
#ifndef GRANT_FAKE_DOMAIN_H
#define GRANT_FAKE_DOMAIN_H

#include <linux/irqflags.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>
#include <xen/interface/xen.h>

#include "ept_fake/fake.h"
#include "ept/types.h"
#include "grant/types.h"
#include "xlhv.h"

enum domain_state {
	DOMAIN_BUILDING,
	DOMAIN_LIVE,
	DOMAIN_DYING,
};

struct domain {
	domid_t domid;
	enum domain_state state;
	struct ept ept;
	struct gnttab grant;
	struct vcpu **vcpu;
	unsigned int max_vcpus;
	struct mem_cgroup *memcg;
	int refs;		/* beside the test's own */
};

static inline void xlhv_domain_get(struct domain *d)
{
	__atomic_fetch_add(&d->refs, 1, __ATOMIC_SEQ_CST);
}

static inline void xlhv_domain_put(struct domain *d)
{
	__atomic_fetch_sub(&d->refs, 1, __ATOMIC_SEQ_CST);
}

struct domain *xlhv_domain_get_by_id(domid_t domid);
void *dom_zalloc(struct domain *d, size_t size);
struct page *dom_alloc_page(struct domain *d);

/* What the shim has not. */
#define alloc_page(gfp)			alloc_pages(gfp, 0)
#define clear_page(page)		memset(page, 0, PAGE_SIZE)
#define MAX_LOCKDEP_SUBCLASSES		8

#endif /* GRANT_FAKE_DOMAIN_H */
