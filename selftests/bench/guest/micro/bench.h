/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame of a measurement: rounds of which each gives one sample.
 *
 *	bench_begin("name", 500);
 *	while (bench_more()) {
 *		... prepare ...
 *		t = bench_start();
 *		... the operation ...
 *		bench_sample(bench_now() - t);
 *	}
 *
 * A few rounds before the first sample count for nothing. With "trace=1" on the
 * command line the last TRACED_ROUNDS rounds of every measurement pass bench_mark
 * before and after the operation, where a debugger may wait for them.
 */
#ifndef BENCH_H
#define BENCH_H

#include "guest.h"

#define MAX_ROUNDS 1000
#define TRACED_ROUNDS 3

/* Names may be built, but must stay. */
void bench_begin(const char *name, unsigned int rounds);
bool bench_more(void);
void bench_sample(u64 ticks);
/* One line of JSON with all results. */
void bench_json(void);

/* An address that tracers know, and nothing else. */
extern const char bench_mark_here[];
void bench_mark(void);
extern bool bench_marked;

static inline u64 bench_now(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

static inline u64 bench_start(void)
{
	if (bench_marked)
		bench_mark();
	return bench_now();
}

/* Measures one statement. */
#define BENCH(name, rounds, statement)							\
	do {										\
		bench_begin(name, rounds);						\
		while (bench_more()) {							\
			u64 bench_t = bench_start();					\
			statement;							\
			bench_sample(bench_now() - bench_t);				\
		}									\
	} while (0)

/* Shared with handlers.S: handlers that read the TSC first. */
extern volatile u64 bench_stamp;
extern volatile u32 bench_seen;
extern const char bench_ipi_entry[], bench_upcall_entry[];
/* Has the global callback deliver this 2-level port to bench_upcall_entry. */
void bench_use_upcall(u32 port);

void bench_exits(void);
void bench_events(void);
void bench_timers(void);
void bench_ipis(void);
void bench_grants(void);
void bench_memory(void);
void bench_vcpus(void);
void bench_answer(void);
void bench_ask(void);
void bench_ports(void);
void bench_grants_many(void);
void bench_idle(void);

#endif
