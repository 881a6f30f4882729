/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of a domain as kmod/ept looks at. */
#ifndef EPT_FAKE_DOMAIN_H
#define EPT_FAKE_DOMAIN_H

#include "ept_fake/fake.h"
#include "ept/ept.h"

enum domain_state {
	DOMAIN_BUILDING,
	DOMAIN_LIVE,
	DOMAIN_DYING,
};

struct domain {
	enum domain_state state;
	struct ept ept;
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

#endif /* EPT_FAKE_DOMAIN_H */
