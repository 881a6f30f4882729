/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of xlhv-fuzz share. */
#ifndef XLHV_FUZZ_H
#define XLHV_FUZZ_H

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../watch.h"

#define PAGE		4096UL
#define NR(a)		(sizeof(a) / sizeof((a)[0]))
#define NR_THREADS	5
#define NR_DEVS		3
#define NR_DOMS		6
#define NR_CONS		6
#define NR_MAPS		4
#define MAP_PAGES	16		/* of a domain, in one of the maps */
#define LAZY_PAGES	4		/* of a thread, filled when they are touched */
#define RAM		(2UL << 20)
#define RING		0xfeff8UL	/* gfn of the console */

#define LIMIT_NS	5000000000ULL	/* nothing takes longer */
#define ROOT_NS		2500000000ULL	/* nothing that root does */
#define PULSE_NS	300000000ULL	/* a CPU is the kernel's for so long, and nobody else's */

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

static inline uint32_t below(struct fuzzer *f, uint32_t n)
{
	return rng_below(&f->rng, n);
}

/* main.c */
extern struct watch_slot *slots;
#define ROOT_SLOT	(&slots[WATCH_SLOTS - 2])
#define CHILD_SLOT	(&slots[WATCH_SLOTS - 1])	/* nobody's limit */

/* memory.c */
extern struct fuzzer fuzzers[NR_THREADS];
extern char *_Atomic maps[NR_MAPS];
extern int lazy_fd;		/* -1: no memory comes late */
extern bool lazy_never;		/* it does not come at all */

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

/* calls.c; before the first: which there are, all or by chance. */
void choose_calls(struct rng *rng, bool some);
const struct call *any_call(struct fuzzer *f);

/* descriptors.c */
extern _Atomic int devs[NR_DEVS], doms[NR_DOMS], cons[NR_CONS];
extern unsigned int nr_doms, nr_cons;	/* of a round */

void keep_fd(struct fuzzer *f, _Atomic int *table, unsigned int n, int fd);
int any_fd(struct fuzzer *f, _Atomic int *table, unsigned int n);
void close_all(_Atomic int *table, unsigned int n);
unsigned int open_fds(void);
void any_descriptor(struct fuzzer *f);

/* domains.c */
void whole_domain(struct fuzzer *f);

/* turns.c */
extern _Atomic bool stop;

/* Of SIGBUS and SIGSEGV. */
void on_fault(int sig, siginfo_t *info, void *context);
void any_debugfs(struct fuzzer *f);
/* Lives in a child, which is killed soon; what it draws by chance is its own. */
void in_child(struct fuzzer *f, void (*life)(struct fuzzer *f));
/* What a round is about, before its threads. */
void choose_theme(uint64_t seed);
/* Of a struct fuzzer, until @stop. */
void *thread(void *data);

/* others.c */
extern _Atomic bool *heard;	/* by the one without rights */

pid_t be_root(uint64_t seed);
bool root_is_late(void);
/* Listens where nobody should be heard. */
pid_t eavesdrop(void);
/* Return: all domains are gone. */
bool destroy_left(void);

/* round.c */
/* Waits for a process that shall end within the limit.  Return: it has, with @status. */
bool ends(pid_t pid, int *status, uint64_t limit);
/* Return: nothing found. */
bool one_round(uint64_t seed, unsigned int number, int dev);

#endif /* XLHV_FUZZ_H */
