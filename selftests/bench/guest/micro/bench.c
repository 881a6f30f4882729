// SPDX-License-Identifier: GPL-2.0-only
/* Samples, their least and median, and what is told of them. */
#include "bench.h"
#include "evtchn.h"

#define WARM_UP 5
#define MAX_RESULTS 60

volatile u64 bench_stamp;
volatile u32 bench_seen;
struct vcpu_info *bench_vcpu_info;
unsigned long *bench_pending_word;
u32 bench_pending_bit;
bool bench_marked;

static struct result {
	const char *name;
	u32 min, median, rounds;
} results[MAX_RESULTS];
static unsigned int nr_results;

static u32 samples[MAX_ROUNDS];
static const char *current;
static int rounds, taken;

static int by_value(const u32 *a, const u32 *b)
{
	return *a < *b ? -1 : *a > *b;
}

static void sift(u32 *v, unsigned int i, unsigned int n)
{
	for (;;) {
		unsigned int c = 2 * i + 1;
		u32 t;

		if (c >= n)
			return;
		if (c + 1 < n && by_value(&v[c], &v[c + 1]) < 0)
			c++;
		if (by_value(&v[i], &v[c]) >= 0)
			return;
		t = v[i];
		v[i] = v[c];
		v[c] = t;
		i = c;
	}
}

static void sort(u32 *v, unsigned int n)
{
	unsigned int i;

	for (i = n / 2; i--;)
		sift(v, i, n);
	for (i = n; i-- > 1;) {
		u32 t = v[0];

		v[0] = v[i];
		v[i] = t;
		sift(v, 0, i);
	}
}

void bench_begin(const char *name, unsigned int wanted)
{
	current = name;
	rounds = wanted > MAX_ROUNDS ? MAX_ROUNDS : wanted;
	taken = -WARM_UP;
}

bool bench_more(void)
{
	if (taken < rounds) {
		bench_marked = rounds - taken <= TRACED_ROUNDS && opt_u64("trace", 0);
		return true;
	}
	bench_marked = false;
	sort(samples, rounds);
	if (nr_results == MAX_RESULTS)
		test_error("more than %u measurements", MAX_RESULTS);
	results[nr_results++] =
		(struct result){ current, samples[0], samples[rounds / 2], rounds };
	printf("bench %-24s %9u %9u %6u\n", current, samples[0], samples[rounds / 2], rounds);
	return false;
}

void bench_sample(u64 ticks)
{
	if (bench_marked)
		bench_mark();
	if (taken >= 0)
		samples[taken] = ticks > ~0u ? ~0u : ticks;
	taken++;
}

void bench_json(void)
{
	unsigned int i;

	printf("json {\"tsc_khz\": %u, \"results\": [", tsc_khz);
	for (i = 0; i < nr_results; i++)
		printf("%s{\"name\": \"%s\", \"min\": %u, \"median\": %u, \"rounds\": %u}",
		       i ? ", " : "", results[i].name, results[i].min, results[i].median,
		       results[i].rounds);
	printf("]}\n");
}

void bench_use_upcall(u32 port)
{
	bench_vcpu_info = cpus[0].vcpu_info;
	bench_pending_word = &shared_info->evtchn_pending[port / 64];
	bench_pending_bit = port % 64;
	trap_gate_address(UPCALL_VECTOR, bench_upcall_entry);
}
