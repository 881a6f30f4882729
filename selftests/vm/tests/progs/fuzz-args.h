/* SPDX-License-Identifier: GPL-2.0-only */
/* xlhv-fuzz: a thread, the memory in which its arguments are, and the calls that there are. */
#ifndef XLHV_FUZZ_H
#define XLHV_FUZZ_H

#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watch.h"

#define PAGE		4096UL
#define NR(a)		(sizeof(a) / sizeof((a)[0]))
#define NR_THREADS	5
#define NR_MAPS		4
#define MAP_PAGES	16		/* of a domain, in one of the maps */
#define LAZY_PAGES	4		/* of a thread, filled when they are touched */
#define RAM		(2UL << 20)
#define RING		0xfeff8UL	/* gfn of the console */

struct fuzzer {
	struct rng rng;
	struct watch_slot *slot;
	char *good, *lazy, *prepared, *constant, *edge;
	sigjmp_buf jump;
	volatile bool jumping;		/* a fault jumps */
};

enum gives { NOTHING, DOMAIN, CONSOLE };

/* How often, what makes the argument, where a descriptor is in the answer. */
struct call {
	const char *name;
	unsigned int cmd;
	bool device;
	unsigned int weight;
	void (*fill)(struct fuzzer *f, void *arg);
	enum gives gives;
	size_t fd_at;
};

extern struct fuzzer fuzzers[NR_THREADS];
extern char *_Atomic maps[NR_MAPS];
extern int lazy_fd;		/* -1: no memory comes late */
extern bool lazy_never;		/* it does not come at all */

static inline uint32_t below(struct fuzzer *f, uint32_t n)
{
	return rng_below(&f->rng, n);
}

void memory_init(struct fuzzer *f);
/* Of all threads, after memory_init(). */
void lazy_init(uint64_t seed);
/*
 * Where @len bytes may be; what was in @from is there if that can be. In memory that is @shared
 * others may write too.
 */
void *place(struct fuzzer *f, const void *from, size_t len, bool shared);
/* A buffer for a pointer in an argument. */
uint64_t buffer(struct fuzzer *f);
/* Before the first: which there are, all or by chance. */
void choose_calls(struct rng *rng, bool some);
const struct call *any_call(struct fuzzer *f);

#endif /* XLHV_FUZZ_H */
