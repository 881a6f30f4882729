/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzzers of the host's side share: chance, a clock, what every thread is at, and words
 * about processes that do not come back.
 */
#ifndef XT_WATCH_H
#define XT_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define WATCH_SLOTS	64

struct rng {
	uint64_t s;
};

/* What a thread is at, in memory that outlives its process. */
struct watch_slot {
	const char *volatile what;	/* NULL: nothing that could take long */
	volatile uint64_t since;	/* ns */
	volatile uint64_t number;	/* of what it does */
	volatile int tid;
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_u64(struct rng *r);
uint32_t rng_below(struct rng *r, uint32_t n);

uint64_t now_ns(void);
void sleep_us(unsigned int us);

/* The slots, shared with children that are forked later; dies without memory. */
struct watch_slot *watch_init(void);
void watch_begin(struct watch_slot *s, const char *what);
/* Return: how many nanoseconds it took. */
uint64_t watch_end(struct watch_slot *s);
/* What took longest, as notes. */
void watch_note_longest(void);
/* The slot whose work takes longer than @ns, or NULL. */
struct watch_slot *watch_late(struct watch_slot *slots, uint64_t ns);
/* What all of them are at, as notes. */
void watch_note(struct watch_slot *slots);
/* State, place and stack of each thread of a process, as notes. */
void watch_note_process(pid_t pid);
/* Of all that wait and cannot be woken by a signal. */
void watch_note_stuck(void);

/*
 * For each CPU a process that wants it every 40 ms, before everybody else: how long it has been
 * without is how long the kernel kept the CPU to itself.  They end with the caller.
 */
void watch_pulses_start(const struct watch_slot *slots);
/* The kernel has reasons of its own until the same is said again: what is late meanwhile is not. */
void watch_pulses_excuse(void);
/* Was one kept waiting for longer than @ns?  Told as a note.  Return: yes. */
bool watch_pulses_late(uint64_t ns);
/* The longest of each, and what the slots were at then, as notes. */
void watch_pulses_note(void);

/* KiB that the host could still give away, when what waits to be freed is free; -1: unknown. */
long free_kib(void);
long settled_kib(void);
/*
 * How much of that may be missing, where an ordinary kernel may miss @usual KiB: one with KASAN
 * holds back a thirty-second of the memory that is freed, and kmemleak tells what is lost.
 */
long leak_kib(long usual);

/* Is the module soon as it was before the first domain?  What is left is told. */
bool nothing_left(int device);

/* Writes a text to a file, as root's shell would.  Return: success. */
bool put_text(const char *path, const char *text);

#endif /* XT_WATCH_H */
