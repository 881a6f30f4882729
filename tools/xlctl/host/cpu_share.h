/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu_share - the cpu_weight and the cap of a domain, by the host's scheduler
 *
 * A domain with one of them has a control group of its own with the threads of its
 * vCPUs.  No record of groups is kept: one without threads is that of a domain that
 * is gone, and whoever comes next removes it.
 */
#ifndef XLCTL_CPU_SHARE_H
#define XLCTL_CPU_SHARE_H

#include <stdint.h>
#include <sys/types.h>

#include "config/domain_config.h"

struct cpu_share {
	char *group;		/* its folder; NULL: there is none */
	char weight[16];	/* what its cpu.weight holds */
	char limit[32];		/* what its cpu.max holds; empty: nothing special */
	int nice;		/* of the threads where there is no group */
};

/**
 * cpu_share_make - make the group of a domain, if its configuration wants one
 * @share: filled in; to be given to cpu_share_free()
 * @domid: its number
 * @config: what it is to be
 *
 * Where the host has no such groups, a warning says what that means.
 */
void cpu_share_make(struct cpu_share *share, uint32_t domid, const struct domain_config *config);

/**
 * cpu_share_change - give a domain that runs another weight and cap
 * @share: filled in; to be given to cpu_share_free() unless this fails
 * @domid: its number
 * @weight: as in cpu_weight=
 * @cap: as in cap=; 0: none
 *
 * Its vCPUs have to be put there with cpu_share_add(), as the group may be new.
 *
 * Returns 0, or -1 after a message.
 */
int cpu_share_change(struct cpu_share *share, uint32_t domid, uint32_t weight, uint32_t cap);

/**
 * cpu_share_read - the weight and the cap of a domain
 * @domid: its number
 * @guess: a weight that it may have; what is set may stand for several
 * @weight: out: as in cpu_weight=; left alone if there is no group
 * @cap: out: as in cap=; likewise
 */
void cpu_share_read(uint32_t domid, uint32_t guess, uint32_t *weight, uint32_t *cap);

/**
 * cpu_share_add - put the thread of a vCPU there
 * @share: from cpu_share_make()
 * @tid: the thread
 * @vcpu: its number, for complaints
 *
 * Returns 0, or -1 after a message.
 */
int cpu_share_add(const struct cpu_share *share, pid_t tid, unsigned int vcpu);

/**
 * cpu_share_free - forget a group; it stays where it is
 * @share: from cpu_share_make()
 */
void cpu_share_free(struct cpu_share *share);

/**
 * cpu_share_sweep - remove the groups of domains that are gone
 * @domid: a domain whose last thread may be on its way out: waited for; 0 for none
 */
void cpu_share_sweep(uint32_t domid);

#endif /* XLCTL_CPU_SHARE_H */
