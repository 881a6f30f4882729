// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlhv-life SECONDS SEED KERNEL [DOMAINS [WORDS]]: domains whose guests do by chance what harms
 * (the kernel selftests/guest/fuzz with "rough=1"), and what a host does with domains meanwhile,
 * by chance too: made, paused, destroyed, looked into, written to, pinned; CPUs go off and on
 * line, functions are traced. WORDS are for their command lines: "without=3" leaves some of the
 * harm out.
 *
 * It watches: no action takes longer than its bound; no CPU is the kernel's alone for long; all
 * tasks pass a quiescent state in time, also those whose guests nobody disturbs; the guests have no
 * more memory than they may, by what the module says of each and by the host's free memory; no
 * guest says that it found something; in the end nothing is left. Panics and reports of the kernel
 * are for who runs the machine. Prints KTAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "watch.h"
#include "xt.h"

#define NR(a)		(sizeof(a) / sizeof((a)[0]))
#define MOST_DOMAINS	8
#define MEMORY_MIB	16
#define STUCK_NS	8000000000ULL
#define PAUSE_NS	2500000000ULL	/* pause, destroy, a look into a domain */
#define PULSE_NS	150000000ULL	/* a CPU is the kernel's for so long, and nobody else's */
#define GRACE_NS	4000000000ULL	/* grace periods of tasks, three or so */
#define OVERHEAD_KIB	4096		/* of one; 2.0 MiB seen, 3.2 with a debug kernel */
#define CHARGE_LOOKS	8		/* in a row that show too much */
#define SLACK_KIB	6144
#define LEAK_KIB	3072
#define LOG_BYTES	32768

enum role { TOOL, LOOKER, WRITER, LISTENER, NR_ROLES };

struct actor {
	enum role role;
	struct rng rng;
	struct watch_slot *slot;
	pthread_t thread;
};

static struct watch_slot *slots;
static unsigned int nr_domains;
static unsigned int patience[MOST_DOMAINS];	/* with each; the longest lives get the furthest */
static const char *kernel, *words = "";
static int device;
static unsigned int nr_cpus;
/* Made by who runs this: to say which functions takes long. */
static const char *const tracer = "/sys/kernel/tracing/instances/life/current_tracer";
static bool traces;
/* Where the kernel itself keeps CPUs for long: one at a time. */
static pthread_mutex_t kernel_at_work;
static _Atomic bool undisturbed;	/* the guests, until somebody has what he waits for */
static _Atomic bool stop;
static const char *_Atomic found;

static void tell(const char *what)
{
	const char *none = NULL;

	atomic_compare_exchange_strong(&found, &none, what);
}

/* It is timed: too long is a finding. */
static void timed_end_in(struct actor *a, uint64_t limit)
{
	const char *what = a->slot->what;
	uint64_t took = watch_end(a->slot);

	if (took < limit)
		return;
	xt_note("%s took %llu ms", what, (unsigned long long)took / 1000000);
	tell("something took too long");
}

static void timed_end(struct actor *a)
{
	timed_end_in(a, PAUSE_NS);
}

static int open_domain(unsigned int n)
{
	struct xlhv_dom_open o = { .domid = XLHV_DOMID_BY_NAME };

	snprintf(o.name, sizeof(o.name), "life%u", n);
	return ioctl(device, XLHV_DOM_OPEN, &o) ? -1 : o.fd;
}

static int any_domain(struct actor *a)
{
	return open_domain(rng_below(&a->rng, nr_domains));
}

static _Atomic uint64_t calm_until;

static bool calm(void)
{
	if (!atomic_load(&undisturbed) && now_ns() >= atomic_load(&calm_until))
		return false;
	sleep_us(50000);
	return true;
}

static bool run(char *const argv[])
{
	pid_t child = fork();
	int status;

	if (!child) {
		execvp(argv[0], argv);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && !status;
}

static bool create(struct actor *a, unsigned int n)
{
	static const unsigned int others[] = { 1, 6, 14, 22 };
	static const unsigned int rounds[] = { 100000000, 100000000, 100000000, 2000, 50 };
	unsigned int workers = 2 + rng_below(&a->rng, 3);
	char path[64], *argv[] = { "xlctl", "create", "-q", "-e", path, NULL };
	FILE *f;

	patience[n] = rng_below(&a->rng, 3) ? 8 : 1;
	snprintf(path, sizeof(path), "/tmp/life%u.cfg", n);
	f = fopen(path, "w");
	if (!f)
		xt_die("no %s", path);
	fprintf(f, "type = \"pvh\"\nname = \"life%u\"\nkernel = \"%s\"\nmemory = %u\nvcpus = %u\n"
		"cmdline = \"rough=1 workers=%u rounds=%u seed=%u index=2 domains=5 %s\"\n"
		"max_grant_version = 2\non_poweroff = \"preserve\"\non_reboot = \"preserve\"\n"
		"on_crash = \"preserve\"\n%s", n, kernel, MEMORY_MIB,
		workers + others[rng_below(&a->rng, NR(others))], workers,
		rounds[rng_below(&a->rng, NR(rounds))], (uint32_t)rng_u64(&a->rng), words,
		rng_below(&a->rng, 2) ? "" : "populate = \"eager\"\n");
	fclose(f);
	return run(argv);
}

/* Does the guest say that it found something, or the module of it? */
static bool log_good(int fd)
{
	static const char *const signs[] = { "FOUND", "# error", "nobody expected", "VM entry",
					     "no start" };
	char *text = calloc(1, LOG_BYTES + 1), *at, *end;
	struct xlhv_log_read r = { .buffer = (uintptr_t)text, .len = LOG_BYTES };
	bool good = true;

	if (!text || ioctl(fd, XLHV_LOG_READ, &r))
		r.len = 0;
	for (size_t i = 0; i < NR(signs) && r.len && good; i++) {
		at = strstr(text, signs[i]);
		if (!at)
			continue;
		good = false;
		while (at > text && at[-1] != '\n')
			at--;
		end = strchr(at, '\n');
		if (end)
			end[strlen(end) > 400 ? 400 : strlen(end)] = 0;
		xt_note("a guest's log: %s", at);
	}
	free(text);
	return good;
}

static void destroy(struct actor *a, int fd)
{
	if (!log_good(fd))
		tell("a guest found something");
	watch_begin(a->slot, "destroy");
	ioctl(fd, XLHV_DOM_DESTROY);
	timed_end(a);
}

static void again(struct actor *a, unsigned int n)
{
	int fd = open_domain(n);

	if (fd >= 0) {
		destroy(a, fd);
		close(fd);
	}
	/* It may fail where memory is short or VMX is busy; the next turn tries again. */
	create(a, n);
}

static void pause_some(struct actor *a, int fd)
{
	watch_begin(a->slot, "pause");
	ioctl(fd, XLHV_DOM_PAUSE);
	timed_end(a);
	sleep_us(rng_below(&a->rng, 30000));
	watch_begin(a->slot, "unpause");
	ioctl(fd, XLHV_DOM_UNPAUSE);
	timed_end(a);
}

static void pause_others(struct actor *a, unsigned int n, unsigned long cmd)
{
	for (unsigned int i = 0; i < nr_domains; i++) {
		int fd = i == n ? -1 : open_domain(i);

		if (fd < 0)
			continue;
		watch_begin(a->slot, cmd == XLHV_DOM_PAUSE ? "pause" : "unpause");
		ioctl(fd, cmd);
		timed_end(a);
		close(fd);
	}
}

/*
 * The guests are left alone for a while, or one of them with all of the host's CPUs: what takes a
 * while, or several CPUs, happens then.
 */
static void leave_alone(struct actor *a, unsigned int n)
{
	unsigned int ms = 300 + rng_below(&a->rng, 1500);
	bool one = rng_below(&a->rng, 3);

	atomic_store(&calm_until, now_ns() + ms * 1000000ULL);
	if (one)
		pause_others(a, n, XLHV_DOM_PAUSE);
	sleep_us(ms * 1000);
	if (one)
		pause_others(a, n, XLHV_DOM_UNPAUSE);
}

static void pin_some(struct actor *a, int fd)
{
	struct xlhv_vcpu_info info = { .vcpu = rng_below(&a->rng, 4) };
	cpu_set_t set;

	if (ioctl(fd, XLHV_DOM_VCPU_INFO, &info) || !info.tid)
		return;
	CPU_ZERO(&set);
	for (unsigned int i = 0; i < nr_cpus; i++)
		if (rng_below(&a->rng, 2))
			CPU_SET(i, &set);
	watch_begin(a->slot, "vcpu-pin");
	sched_setaffinity(info.tid, sizeof(set), &set);
	timed_end(a);
}

static void cpu_off_on(struct actor *a)
{
	char path[64];

	if (nr_cpus < 2)
		return;
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online",
		 1 + rng_below(&a->rng, nr_cpus - 1));
	pthread_mutex_lock(&kernel_at_work);
	watch_pulses_excuse();
	watch_begin(a->slot, "CPU off line");
	put_text(path, "0");
	watch_end(a->slot);
	sleep_us(rng_below(&a->rng, 50000));
	watch_begin(a->slot, "CPU on line");
	put_text(path, "1");
	watch_end(a->slot);
	watch_pulses_excuse();
	pthread_mutex_unlock(&kernel_at_work);
}

/*
 * Waits for all tasks to have been somewhere safe: also for those that are in a guest, and that
 * nobody takes out of it.
 */
static void trace_functions(struct actor *a)
{
	if (!traces)
		return;
	pthread_mutex_lock(&kernel_at_work);
	watch_pulses_excuse();
	atomic_store(&undisturbed, true);
	watch_begin(a->slot, "tracing of functions");
	put_text(tracer, "function");
	put_text(tracer, "nop");
	timed_end_in(a, GRACE_NS);
	atomic_store(&undisturbed, false);
	watch_pulses_excuse();
	pthread_mutex_unlock(&kernel_at_work);
}

static void be_tool(struct actor *a)
{
	unsigned int n = rng_below(&a->rng, nr_domains);
	int fd = open_domain(n);
	struct xlhv_dom_info info;

	if (fd < 0) {
		again(a, n);
		return;
	}
	if (!ioctl(fd, XLHV_DOM_INFO, &info) && info.flags & XLHV_DOM_SHUTDOWN) {
		again(a, n);
		close(fd);
		return;
	}
	switch (rng_below(&a->rng, 32)) {
	case 0 ... 1:
		cpu_off_on(a);
		break;
	case 2:
		trace_functions(a);
		break;
	case 3 ... 4:
		leave_alone(a, n);
		break;
	case 5 ... 6:
		/* With our descriptor open. */
		if (!rng_below(&a->rng, patience[n]))
			again(a, n);
		break;
	case 7 ... 14:
		pin_some(a, fd);
		break;
	default:
		pause_some(a, fd);
	}
	close(fd);
	sleep_us(rng_below(&a->rng, 60000));
}

static void be_looker(struct actor *a)
{
	static const char *const files[] = { "info", "counters", "ept", "vcpu%u/counters",
					     "vcpu%u/vmcs", "vcpu%u/vmcs" };
	struct xlhv_dom_info info;
	char path[96], file[32], bytes[4096];
	int fd = any_domain(a);

	sleep_us(rng_below(&a->rng, 20000));
	if (fd < 0)
		return;
	if (ioctl(fd, XLHV_DOM_INFO, &info)) {
		close(fd);
		return;
	}
	close(fd);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(file, sizeof(file), files[rng_below(&a->rng, NR(files))],
		 rng_below(&a->rng, info.max_vcpus + 1));
#pragma GCC diagnostic pop
	snprintf(path, sizeof(path), "/sys/kernel/debug/xlhv/%u/%s", info.domid, file);
	watch_begin(a->slot, "a file in debugfs");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		while (read(fd, bytes, sizeof(bytes)) > 0)
			;
		close(fd);
	}
	timed_end(a);
}

static void be_at_console(struct actor *a)
{
	struct xlhv_console c = {};
	struct pollfd p = { .events = POLLIN | POLLOUT };
	unsigned int n = 1 + rng_below(&a->rng, 40);
	int fd = any_domain(a);
	char bytes[256] = "some";

	if (fd < 0 || ioctl(fd, XLHV_DOM_CONSOLE, &c)) {
		if (fd >= 0)
			close(fd);
		sleep_us(20000);
		return;
	}
	close(fd);
	fcntl(c.fd, F_SETFL, O_RDWR | O_NONBLOCK);
	p.fd = c.fd;
	while (n--) {
		watch_begin(a->slot, "the console");
		if (a->role == WRITER)
			fd = write(c.fd, bytes, 1 + rng_below(&a->rng, 3));
		else
			fd = read(c.fd, bytes, sizeof(bytes));
		if (fd < 0 && errno == EAGAIN)
			poll(&p, 1, 5);
		timed_end(a);
	}
	close(c.fd);
}

static void *act(void *data)
{
	struct actor *a = data;

	while (!atomic_load(&stop)) {
		if (calm())
			continue;
		switch (a->role) {
		case TOOL:
			be_tool(a);
			break;
		case LOOKER:
			be_looker(a);
			break;
		default:
			be_at_console(a);
		}
	}
	return NULL;
}

/* Have the guests more than they may? */
static void watch_memory(long before)
{
	static uint64_t since;
	long most = nr_domains * (MEMORY_MIB * 1024L + OVERHEAD_KIB) + SLACK_KIB;
	long gone = before - free_kib();

	if (gone < most) {
		since = 0;
	} else if (!since) {
		since = now_ns();
	} else if (now_ns() - since > 500000000) {
		xt_note("%ld KiB of memory are gone, at most %ld should be", gone, most);
		tell("the guests have too much memory");
	}
}

static uint64_t most_overhead;

/*
 * Has it no more than it may, by what the module says? What is tried and refused counts for a
 * moment: so it has to be seen again and again.
 */
static bool charge_good(unsigned int n, int fd)
{
	static unsigned int in_a_row[MOST_DOMAINS];
	struct xlhv_dom_info info;

	if (ioctl(fd, XLHV_DOM_INFO, &info))
		return true;
	if (info.overhead_pages > most_overhead)
		most_overhead = info.overhead_pages;
	if (info.cur_pages <= info.max_pages && info.overhead_pages <= OVERHEAD_KIB / 4)
		in_a_row[n] = 0;
	else if (++in_a_row[n] == CHARGE_LOOKS)
		xt_note("domain %u has %llu pages of %llu, and %llu besides", info.domid,
			(unsigned long long)info.cur_pages, (unsigned long long)info.max_pages,
			(unsigned long long)info.overhead_pages);
	return in_a_row[n] < CHARGE_LOOKS;
}

static void watch_domains(bool logs)
{
	for (unsigned int i = 0; i < nr_domains; i++) {
		int fd = open_domain(i);

		if (fd < 0)
			continue;
		if (!charge_good(i, fd))
			tell("a domain has more than it may");
		if (logs && !log_good(fd))
			tell("a guest found something");
		close(fd);
	}
}

int main(int argc, char **argv)
{
	static const enum role roles[] = { TOOL, TOOL, LOOKER, LOOKER, WRITER, WRITER, LISTENER };
	static const unsigned int numbers[] = { 1, 2, 1, 3, 4 };
	struct actor actors[NR(roles)] = {}, *first = &actors[0];
	struct watch_slot *late = NULL;
	unsigned long seconds, seed;
	uint64_t end, began;
	unsigned int turn;
	long before, after;
	int status;

	pthread_mutex_init(&kernel_at_work, NULL);
	if (argc < 4 || argc > 6)
		xt_die("usage: xlhv-life SECONDS SEED KERNEL [DOMAINS [WORDS]]");
	seconds = xt_number(argv[1], "number of seconds", 86400);
	seed = xt_number(argv[2], "seed", ~0UL);
	kernel = argv[3];
	/* Few have more of the host's CPUs each, and many are in each other's way. */
	nr_domains = numbers[seed % NR(numbers)];
	if (argc > 4)
		nr_domains = xt_number(argv[4], "number of domains", MOST_DOMAINS);
	if (argc > 5)
		words = argv[5];
	nr_cpus = sysconf(_SC_NPROCESSORS_CONF);
	traces = !access(tracer, W_OK);
	device = xt_open();
	slots = watch_init();
	for (unsigned int i = 0; i < NR(roles); i++) {
		actors[i].role = roles[i];
		actors[i].slot = &slots[i];
		rng_seed(&actors[i].rng, seed * NR(roles) + i);
	}
	/* What the first domains make the kernel allocate for good. */
	for (unsigned int i = 0; i < nr_domains; i++) {
		patience[i] = 1;
		again(first, i);
	}
	sleep_us(300000);
	for (unsigned int i = 0; i < nr_domains; i++) {
		int fd = open_domain(i);

		if (fd < 0)
			xt_die("xlctl makes no domain");
		destroy(first, fd);
		close(fd);
	}
	nothing_left(device);
	watch_pulses_start(slots);
	before = settled_kib();
	/* A panic comes with a time stamp of the same clock. */
	xt_note("seed %lu, %u domains on %u CPUs, %ld KiB free%s, at %llu ms", seed, nr_domains,
		nr_cpus, before, traces ? "" : ", no function tracer",
		(unsigned long long)now_ns() / 1000000);
	fflush(stdout);
	for (unsigned int i = 0; i < NR(roles); i++)
		if (pthread_create(&actors[i].thread, NULL, act, &actors[i]))
			xt_die("no thread");
	began = now_ns();
	end = began + seconds * 1000000000ULL;
	for (turn = 0; now_ns() < end && !atomic_load(&found); turn++) {
		sleep_us(50000);
		watch_memory(before);
		if (watch_pulses_late(PULSE_NS))
			tell("a CPU was kept from everybody");
		late = watch_late(slots, STUCK_NS);
		if (late) {
			xt_note("%s does not come back", late->what);
			tell("something does not come back");
		}
		watch_domains(turn % 8 == 7);
	}
	xt_note("after %llu ms", (unsigned long long)(now_ns() - began) / 1000000);
	if (late) {
		watch_note(slots);
		watch_note_stuck();
	}
	if (!atomic_load(&found)) {
		atomic_store(&stop, true);
		end = now_ns() + 4 * STUCK_NS;
		for (unsigned int i = 0; i < NR(roles); i++) {
			while (pthread_tryjoin_np(actors[i].thread, NULL)) {
				sleep_us(20000);
				if (now_ns() < end && !watch_late(slots, STUCK_NS))
					continue;
				tell("an action does not end");
				watch_note(slots);
				watch_note_stuck();
				break;
			}
		}
		for (unsigned int i = 0; i < nr_domains && !atomic_load(&found); i++) {
			int fd = open_domain(i);

			if (fd < 0)
				continue;
			destroy(first, fd);
			close(fd);
		}
	}
	if (!atomic_load(&found)) {
		if (!nothing_left(device))
			tell("something is left");
		after = settled_kib();
		xt_note("%ld KiB free after", after);
		if (before - after > leak_kib(LEAK_KIB))
			tell("memory is missing");
	}
	for (unsigned int i = 0; i < NR(roles); i++)
		xt_note("actor %u: %llu actions", i, (unsigned long long)slots[i].number);
	watch_pulses_note();
	watch_note_longest();
	xt_note("%llu pages besides its memory are the most that one had",
		(unsigned long long)most_overhead);
	if (atomic_load(&found))
		xt_note("found: %s; again: xlhv-life %lu %lu %s %u %s", atomic_load(&found),
			seconds, seed, kernel, nr_domains, words);
	xt_result(!atomic_load(&found), "domains that do harm, handled by chance, seed %lu", seed);
	status = xt_done();
	/* Threads may be stuck: no exit() that waits for their locks. */
	fflush(stdout);
	_exit(status);
}
