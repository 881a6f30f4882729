/* SPDX-License-Identifier: GPL-2.0-only */
/* What the calls by chance share. */
#ifndef FUZZ_H
#define FUZZ_H

#include "guest.h"
#include "peer.h"

#define NR_SAND		64	/* pages of ours that may be lost */

struct fuzz {
	struct rng rng;
	u32 cpu;
	u64 own[8];		/* arguments that nobody else changes */
};

extern u8 *sand, *canary;

static inline u32 below(struct fuzz *f, u32 n)
{
	return rng_below(&f->rng, n);
}

domid_t any_dom(struct fuzz *f);
unsigned long any_gfn(struct fuzz *f);
u32 any_ref(struct fuzz *f);

/*
 * With "rough=1": what a guest can do to keep the host busy or to make it lose its footing. Virtual
 * CPUs from "workers=" on are there to be started and stopped by the others.
 */
void rough_setup(unsigned int workers, unsigned int vcpus);
/* On each worker, before it begins. */
void rough_begin(struct fuzz *f);
/* Between two calls: one that is rough, or none. */
void rough_turn(struct fuzz *f);

#endif /* FUZZ_H */
