// SPDX-License-Identifier: GPL-2.0-only
/* What the fuzzers of the host's side share; see watch.h. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "watch.h"
#include "xt.h"

void rng_seed(struct rng *r, uint64_t seed)
{
	r->s = seed * 0x9e3779b97f4a7c15ULL;
	if (!r->s)
		r->s = 0x9e3779b97f4a7c15ULL;
	rng_u64(r);
	rng_u64(r);
}

uint64_t rng_u64(struct rng *r)
{
	r->s ^= r->s >> 12;
	r->s ^= r->s << 25;
	r->s ^= r->s >> 27;
	return r->s * 0x2545f4914f6cdd1dULL;
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)(rng_u64(r) >> 32) % n;
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

void sleep_us(unsigned int us)
{
	struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L };

	nanosleep(&t, NULL);
}

static void *shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		xt_die("no memory");
	return p;
}

/* Of each thing that is done, how often it was, and how long it took at most. */
#define MAX_KINDS	96
#define NOTED_KINDS	8

static struct kind {
	const char *_Atomic what;
	_Atomic uint64_t longest, number;
} *kinds;

struct watch_slot *watch_init(void)
{
	kinds = shared(MAX_KINDS * sizeof(*kinds));
	return shared(WATCH_SLOTS * sizeof(struct watch_slot));
}

static void count_kind(const char *what, uint64_t ns)
{
	for (unsigned int i = 0; i < MAX_KINDS; i++) {
		struct kind *k = &kinds[i];
		const char *none = NULL;
		uint64_t longest;

		if (atomic_load(&k->what) != what &&
		    !atomic_compare_exchange_strong(&k->what, &none, what) && none != what)
			continue;
		atomic_fetch_add(&k->number, 1);
		longest = atomic_load(&k->longest);
		while (ns > longest && !atomic_compare_exchange_weak(&k->longest, &longest, ns))
			;
		return;
	}
}

static int by_longest(const void *a, const void *b)
{
	uint64_t x = atomic_load(&((const struct kind *)a)->longest);
	uint64_t y = atomic_load(&((const struct kind *)b)->longest);

	return (x < y) - (x > y);
}

void watch_note_longest(void)
{
	static struct kind sorted[MAX_KINDS];
	unsigned int n = 0;

	while (n < MAX_KINDS && atomic_load(&kinds[n].what)) {
		sorted[n] = kinds[n];
		n++;
	}
	qsort(sorted, n, sizeof(sorted[0]), by_longest);
	for (unsigned int i = 0; i < n && i < NOTED_KINDS; i++)
		xt_note("%s: %llu us at most, of %llu", atomic_load(&sorted[i].what),
			(unsigned long long)atomic_load(&sorted[i].longest) / 1000,
			(unsigned long long)atomic_load(&sorted[i].number));
}

void watch_begin(struct watch_slot *s, const char *what)
{
	s->tid = syscall(SYS_gettid);
	s->since = now_ns();
	s->number++;
	s->what = what;
}

uint64_t watch_end(struct watch_slot *s)
{
	uint64_t took = now_ns() - s->since;
	const char *what = s->what;

	s->what = NULL;
	/* Whoever died meanwhile has ended it, and its parent says so again. */
	if (what)
		count_kind(what, took);
	return took;
}

struct watch_slot *watch_late(struct watch_slot *slots, uint64_t ns)
{
	uint64_t now = now_ns();

	for (unsigned int i = 0; i < WATCH_SLOTS; i++) {
		uint64_t since = slots[i].since;

		if (slots[i].what && now > since && now - since > ns)
			return &slots[i];
	}
	return NULL;
}

void watch_note(struct watch_slot *slots)
{
	for (unsigned int i = 0; i < WATCH_SLOTS; i++) {
		const char *what = slots[i].what;
		unsigned long long ms = what ? (now_ns() - slots[i].since) / 1000000 : 0;

		if (slots[i].tid)
			xt_note("thread %d: %s, %llu ms, its %lluth", slots[i].tid,
				what ? what : "nothing", ms, (unsigned long long)slots[i].number);
	}
}

static void note_file(const char *what, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		xt_note("  %s %s", what, line);
	}
	if (f)
		fclose(f);
}

static void note_task(const char *dir)
{
	char path[512], line[512], *state;
	FILE *f;

	snprintf(path, sizeof(path), "%s/stat", dir);
	f = fopen(path, "r");
	if (!f)
		return;
	if (fgets(line, sizeof(line), f)) {
		state = strrchr(line, ')');
		if (state && strlen(state) > 3)
			state[3] = 0;
		xt_note("%s", line);
	}
	fclose(f);
	snprintf(path, sizeof(path), "%s/stack", dir);
	note_file("", path);
}

void watch_note_process(pid_t pid)
{
	char path[64], task[384];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		if (!isdigit(e->d_name[0]))
			continue;
		snprintf(task, sizeof(task), "%s/%s", path, e->d_name);
		note_task(task);
	}
	if (dir)
		closedir(dir);
}

void watch_note_stuck(void)
{
	char path[384], line[512], *state;
	DIR *dir = opendir("/proc");
	struct dirent *e;
	FILE *f;

	while (dir && (e = readdir(dir))) {
		if (!isdigit(e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		state = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
		fclose(f);
		if (state && state[1] == ' ' && state[2] == 'D')
			watch_note_process(atoi(e->d_name));
	}
	if (dir)
		closedir(dir);
}

#define MAX_PULSES	16
/* More of them would disturb what only keeps a CPU as long as nothing disturbs it. */
#define PULSE_US	40000

struct pulses {
	_Atomic unsigned int excuses;		/* odd: now */
	_Atomic uint64_t worst[MAX_PULSES];	/* ns */
	uint64_t when[MAX_PULSES];
	const char *what[MAX_PULSES][WATCH_SLOTS];	/* they did then */
};

static struct pulses *pulses;
static unsigned int nr_pulses;

static void pulse(unsigned int cpu, const struct watch_slot *slots)
{
	struct sched_param p = { .sched_priority = 50 };
	unsigned int excuses;
	uint64_t before, late;
	cpu_set_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_range(0, ~0U, 0);		/* the device is not kept open */
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setscheduler(0, SCHED_FIFO, &p);
	for (;;) {
		excuses = atomic_load(&pulses->excuses);
		/* It is moved elsewhere when its CPU goes off line. */
		if (sched_setaffinity(0, sizeof(set), &set) || excuses % 2) {
			sleep_us(PULSE_US);
			continue;
		}
		before = now_ns();
		sleep_us(PULSE_US);
		late = now_ns() - before - PULSE_US * 1000ULL;
		if (late > atomic_load(&pulses->worst[cpu]) &&
		    excuses == atomic_load(&pulses->excuses)) {
			pulses->when[cpu] = before;
			for (unsigned int i = 0; i < WATCH_SLOTS; i++)
				pulses->what[cpu][i] = slots[i].since < before + late ?
						       slots[i].what : NULL;
			atomic_store(&pulses->worst[cpu], late);
		}
	}
}

void watch_pulses_start(const struct watch_slot *slots)
{
	pulses = shared(sizeof(*pulses));
	nr_pulses = sysconf(_SC_NPROCESSORS_CONF);
	if (nr_pulses > MAX_PULSES)
		nr_pulses = MAX_PULSES;
	fflush(stdout);
	for (unsigned int i = 0; i < nr_pulses; i++)
		if (!fork())
			pulse(i, slots);
}

void watch_pulses_excuse(void)
{
	atomic_fetch_add(&pulses->excuses, 1);
}

bool watch_pulses_late(uint64_t ns)
{
	for (unsigned int i = 0; i < nr_pulses; i++) {
		uint64_t worst = atomic_load(&pulses->worst[i]);

		if (worst <= ns)
			continue;
		xt_note("CPU %u was kept from everybody for %llu ms", i,
			(unsigned long long)worst / 1000000);
		return true;
	}
	return false;
}

void watch_pulses_note(void)
{
	for (unsigned int i = 0; i < nr_pulses; i++) {
		xt_note("CPU %u was kept for %llu us at most, at %llu ms", i,
			(unsigned long long)atomic_load(&pulses->worst[i]) / 1000,
			(unsigned long long)pulses->when[i] / 1000000);
		for (unsigned int k = 0; k < WATCH_SLOTS; k++)
			if (pulses->what[i][k])
				xt_note("  meanwhile: %s", pulses->what[i][k]);
	}
}

long free_kib(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %ld kB", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

long settled_kib(void)
{
	long kib, last = -1;

	put_text("/proc/sys/vm/drop_caches", "3\n");
	for (unsigned int i = 0; i < 10; i++) {
		sleep_us(100000);
		kib = free_kib();
		if (kib - last < 64)
			break;
		last = kib;
	}
	return kib;
}

long leak_kib(long usual)
{
	struct sysinfo info;

	if (access("/sys/kernel/debug/kmemleak", F_OK) || sysinfo(&info))
		return usual;
	return usual + (long)(info.totalram / 32 * info.mem_unit / 1024);
}

bool put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return false;
	good = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return good;
}

bool nothing_left(int dev)
{
	struct xlhv_info info = {};

	for (unsigned int i = 0; i < 100; i++) {
		xt_info(dev, &info);
		if (!info.nr_domains && !info.holders && !info.guest_pages && !info.overhead_pages)
			return true;
		sleep_us(20000);
	}
	xt_note("left: %u domains, %u holders, %llu pages of guests, %llu besides", info.nr_domains,
		info.holders, (unsigned long long)info.guest_pages,
		(unsigned long long)info.overhead_pages);
	return false;
}
