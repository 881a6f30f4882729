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
};

#endif /* EPT_FAKE_DOMAIN_H */
