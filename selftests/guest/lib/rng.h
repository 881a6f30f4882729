/* SPDX-License-Identifier: GPL-2.0-only */
/* Seeded pseudo-random numbers (xorshift64*): a failing run can be repeated by its seed. */
#ifndef GUEST_RNG_H
#define GUEST_RNG_H

#include "types.h"

struct rng {
	u64 s;
};

static inline void rng_seed(struct rng *r, u64 seed)
{
	r->s = seed ? seed : 0x9e3779b97f4a7c15ULL;
}

static inline u64 rng_u64(struct rng *r)
{
	r->s ^= r->s >> 12;
	r->s ^= r->s << 25;
	r->s ^= r->s >> 27;
	return r->s * 0x2545f4914f6cdd1dULL;
}

/* 0 … n-1; the slight bias of the modulus does not matter here. */
static inline u32 rng_below(struct rng *r, u32 n)
{
	return (u32)(rng_u64(r) >> 32) % n;
}

#endif
