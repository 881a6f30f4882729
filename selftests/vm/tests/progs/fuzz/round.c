// SPDX-License-Identifier: GPL-2.0-only
/* A round: a process with threads that lives for a while, and what is looked at after it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "fuzz/nodes.h"
#include "xt.h"

/* What a round's process may not have: what it is told by its parent. */
struct scarce {
	bool files;		/* of the whole machine */
	bool descriptors;
	bool memory;		/* what comes late does not come */
};

static void be_scarce(const struct scarce *s)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	struct rlimit limit = { 24, 24 };

	if (s->files) {
		/* The kernel counts roughly: a few files are not seen at all. */
		for (unsigned int i = 0; i < 300; i++)
			if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
				break;
		/* Who administrates the system gets files all the same. */
		syscall(SYS_capget, &head, data);
		data[0].effective &= ~(1U << CAP_SYS_ADMIN);
		data[0].permitted &= ~(1U << CAP_SYS_ADMIN);
		syscall(SYS_capset, &head, data);
	} else if (s->descriptors) {
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void round_child(uint64_t seed, const struct scarce *s, unsigned int life_us)
{
	struct sigaction fault = { .sa_sigaction = on_fault, .sa_flags = SA_NODEFER | SA_SIGINFO };
	pthread_t threads[NR_THREADS];
	unsigned int before, own, after;
	uint64_t end;

	sigaction(SIGBUS, &fault, NULL);
	sigaction(SIGSEGV, &fault, NULL);
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		rng_seed(&fuzzers[i].rng, seed * NR_THREADS + i);
		fuzzers[i].slot = &slots[i];
		memory_init(&fuzzers[i]);
	}
	for (unsigned int i = 0; i < NR_DOMS; i++)
		doms[i] = -1;
	for (unsigned int i = 0; i < NR_CONS; i++)
		cons[i] = -1;
	choose_theme(seed);
	lazy_never = s->memory;
	lazy_init(seed);
	before = open_fds();
	for (unsigned int i = 0; i < NR_DEVS; i++)
		devs[i] = nodes_only ? -1 : open(XLHV_DEVICE, O_RDWR | O_CLOEXEC);
	if (nodes_only)
		nodes_init();
	own = open_fds() - before;
	be_scarce(s);
	before = open_fds() - own;
	for (unsigned int i = 0; i < NR_THREADS; i++)
		if (pthread_create(&threads[i], NULL, thread, &fuzzers[i]))
			_exit(3);
	sleep_us(life_us);
	atomic_store(&stop, true);
	end = now_ns() + LIMIT_NS;
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		struct timespec t = { .tv_sec = time(NULL) + 1 + LIMIT_NS / 1000000000 };

		if (now_ns() > end || pthread_timedjoin_np(threads[i], NULL, &t)) {
			/* The parent tells where: it sees the thread's slot. */
			pause();
		}
	}
	if (nodes_only)
		nodes_close();
	close_all(devs, NR_DEVS);
	close_all(doms, NR_DOMS);
	close_all(cons, NR_CONS);
	after = open_fds();
	_exit(after > before ? 4 : 0);
}

static const char *const files_max = "/proc/sys/fs/file-max";

bool ends(pid_t pid, int *status, uint64_t limit)
{
	uint64_t end = now_ns() + limit;

	while (waitpid(pid, status, WNOHANG) != pid) {
		if (now_ns() > end)
			return false;
		sleep_us(2000);
	}
	return true;
}

/* The guests that processes deal with stay for some rounds: nothing of these is in use then. */
static bool nodes_good(int dev)
{
	static unsigned int rounds;

	if (!partners_idle())
		return false;
	if (++rounds % PARTNERS_ROUNDS)
		return true;
	partners_forget();
	return destroy_left() && nothing_left(dev);
}

bool one_round(uint64_t seed, unsigned int number, int dev)
{
	struct rng rng;
	struct scarce s = {};
	unsigned int life_us, kind;
	char usual[32] = "";
	bool killed, good, late = false, root_waits;
	struct watch_slot *slot;
	uint64_t end;
	int status, fd;
	pid_t child;

	rng_seed(&rng, seed + number);
	kind = rng_below(&rng, 16);
	s.files = kind < 2;
	s.descriptors = kind == 2 || kind == 3;
	s.memory = kind == 4;
	life_us = 30000 + rng_below(&rng, 300000);
	killed = rng_below(&rng, 2);
	if (s.memory) {
		/* Time for root to notice. */
		life_us += (ROOT_NS + 1000000000ULL) / 1000;
		killed = true;
	}
	if (nodes_only && !partners_make(partners_folder, seed + number))
		return false;
	printf("# round %u%s%s%s, %s after %u ms\n", number, s.files ? ", files are scarce" : "",
	       s.descriptors ? ", descriptors are scarce" : "",
	       s.memory ? ", memory does not come" : "", killed ? "killed" : "ends",
	       life_us / 1000);
	fflush(stdout);
	memset(slots, 0, (ROOT_SLOT - slots) * sizeof(*slots));
	fd = open(files_max, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, usual, sizeof(usual) - 1) <= 0)
		xt_die("no %s", files_max);
	close(fd);
	child = fork();
	if (child < 0)
		xt_die("fork: %s", xt_errno_name(errno));
	if (!child)
		round_child(seed * 1000003 + number, &s, killed ? 3600000000U : life_us);
	end = now_ns() + life_us * 1000ULL;
	while (now_ns() < end && !late) {
		if (s.files)
			put_text(files_max, rng_below(&rng, 3) ? "1\n" : usual);
		sleep_us(1000 + rng_below(&rng, 4000));
		/* Who waits for memory of its own making may wait. */
		late = root_is_late() || (!s.memory && watch_late(slots, LIMIT_NS));
	}
	root_waits = root_is_late();
	if (root_waits) {
		xt_note("root's %s waits for others", ROOT_SLOT->what);
		watch_note(slots);
		watch_note_process(child);
		watch_note_stuck();
	}
	if (killed)
		kill(child, SIGKILL);
	put_text(files_max, usual);
	end = now_ns() + 3 * LIMIT_NS;
	do {
		good = ends(child, &status, 100000000);
		slot = good ? NULL : watch_late(slots, LIMIT_NS);
	} while (!good && !slot && now_ns() < end);
	if (!good) {
		xt_note("%s of %s does not come back", slot ? slot->what : "a thread",
			killed ? "a process that was killed" : "a process that should end");
		watch_note(slots);
		watch_note_process(child);
		watch_note_stuck();
		return false;
	}
	if (!killed && status) {
		if (WIFEXITED(status) && WEXITSTATUS(status) == 4)
			xt_note("descriptors are open that no call has told of");
		else
			xt_note("a process ended with status %#x", status);
		return false;
	}
	if (root_waits)
		return false;
	if (!nodes_only && !destroy_left()) {
		watch_note_stuck();
		return false;
	}
	if (watch_pulses_late(PULSE_NS))
		return false;
	if (atomic_load(heard)) {
		xt_note("a user without rights in another network namespace heard of a domain");
		return false;
	}
	return nodes_only ? nodes_good(dev) : nothing_left(dev);
}
