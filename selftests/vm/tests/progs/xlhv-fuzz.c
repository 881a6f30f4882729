// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlhv-fuzz SECONDS [SEED [ROUND]]: ioctls by chance.
 *
 * Round after round a process with several threads and descriptors does whatever can be done with
 * /dev/xlhv and with domains: calls that are nearly right, with arguments in memory that is not
 * there, goes, or takes its time (userfaultfd), in the domain itself or in the kernel; mmap, poll,
 * consoles, debugfs, children; while files or descriptors are scarce. It ends by itself or is
 * killed.
 *
 * Meanwhile root's tool does what a tool does, and never waits for the others' sake. After each
 * round: the process is gone soon; it has no descriptors that nobody knows of; every domain
 * can be destroyed soon; no CPU was the kernel's alone for long; nothing is held and no memory is
 * missing. A user without rights hears nothing of it all. Panics and reports of the kernel are for
 * who runs the machine. Prints KTAP.
 *
 * SEED makes the same rounds again, ROUND only that one, over and over; the timing is the
 * machine's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz-args.h"
#include "nl.h"
#include "watch.h"
#include "xt.h"

#define NR_DEVS		3
#define NR_DOMS		6
#define NR_CONS		6
#define LIMIT_NS	5000000000ULL	/* nothing takes longer */
#define ROOT_NS		2500000000ULL	/* nothing that root does */
#define PULSE_NS	300000000ULL	/* a CPU is the kernel's for so long, and nobody else's */
#define LEAK_KIB	4096

static struct watch_slot *slots;
#define ROOT_SLOT	(&slots[WATCH_SLOTS - 2])
#define CHILD_SLOT	(&slots[WATCH_SLOTS - 1])	/* nobody's limit */
static _Atomic int devs[NR_DEVS], doms[NR_DOMS], cons[NR_CONS];
static unsigned int nr_doms, nr_cons;	/* of a round */
static _Atomic bool stop;
static __thread struct fuzzer *self;
static _Atomic bool *heard;		/* by the one without rights */

/*
 * Descriptors: a slot is emptied by whoever takes it out. They may be closed, and their numbers
 * used again, under the feet of others.
 */

static void keep_fd(struct fuzzer *f, _Atomic int *table, unsigned int n, int fd)
{
	int old = atomic_exchange(&table[below(f, n)], fd);

	if (old >= 0)
		close(old);
}

static int any_fd(struct fuzzer *f, _Atomic int *table, unsigned int n)
{
	return atomic_load(&table[below(f, n)]);
}

static void close_all(_Atomic int *table, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		int fd = atomic_exchange(&table[i], -1);

		if (fd >= 0)
			close(fd);
	}
}

static unsigned int open_fds(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	(void)info;
	if (self && self->jumping)
		siglongjmp(self->jump, 1);
	signal(sig, SIG_DFL);
}

/* Keeps what an answer has brought, if it has. */
static void keep_answer(struct fuzzer *f, const struct call *c, const void *arg)
{
	int fd;

	if (c->gives == NOTHING)
		return;
	memcpy(&fd, (const char *)arg + c->fd_at, sizeof(fd));
	if (c->gives == DOMAIN) {
		keep_fd(f, doms, nr_doms, fd);
	} else {
		fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
		keep_fd(f, cons, nr_cons, fd);
	}
}

static void any_ioctl(struct fuzzer *f)
{
	const struct call *c = any_call(f);
	int fd = c->device ? any_fd(f, devs, NR_DEVS) : any_fd(f, doms, nr_doms);
	uint64_t arg[64] = {}, answer[64];
	size_t size = _IOC_SIZE(c->cmd);
	unsigned int cmd = c->cmd;
	void *at;
	int err;

	if (fd < 0)
		return;
	if (c->fill)
		c->fill(f, arg);
	if (!below(f, 12) && size)
		((unsigned char *)arg)[below(f, size)] ^= 1 << below(f, 8);
	if (!below(f, 100))
		cmd = _IOC(below(f, 4), XLHV_IOC_MAGIC, below(f, 256), below(f, 300));
	at = below(f, 3) ? arg : place(f, arg, sizeof(arg), c->gives == NOTHING);
	watch_begin(f->slot, c->name);
	err = ioctl(fd, cmd, at);
	watch_end(f->slot);
	if (err)
		return;
	/* It was written: so it can be read, if nobody has unmapped it since. */
	f->jumping = true;
	if (!sigsetjmp(f->jump, 1))
		memcpy(answer, at, size);
	else
		memset(answer, 0xff, size);
	f->jumping = false;
	if (cmd == c->cmd)
		keep_answer(f, c, answer);
}

/*
 * Domains that come to life, so that there is something to see.
 */

static const unsigned char code_halt[] = { 0xf4, 0xeb, 0xfd };
static const unsigned char code_spin[] = { 0xeb, 0xfe };
static const unsigned char code_crash[] = { 0x0f, 0x0b };
/* Takes what comes in at once: in_cons = in_prod. */
static const unsigned char code_hear[] = {
	0xa1, 0x04, 0x8c, 0xff, 0xfe, 0xa3, 0x00, 0x8c, 0xff, 0xfe, 0xeb, 0xf4
};

/* One more byte out, and an event: EVTCHNOP_send of the port at 0x1100. */
static const unsigned char code_say[] = {
	0xff, 0x05, 0x0c, 0x8c, 0xff, 0xfe, 0xb8, 32, 0, 0, 0, 0xbb, 4, 0, 0, 0,
	0xb9, 0x00, 0x11, 0, 0, 0x0f, 0x01, 0xc1, 0xeb, 0xe6
};

static const struct {
	const unsigned char *bytes;
	size_t len;
} codes[] = {
	{ code_halt, sizeof(code_halt) }, { code_spin, sizeof(code_spin) },
	{ code_crash, sizeof(code_crash) }, { code_hear, sizeof(code_hear) },
	{ code_hear, sizeof(code_hear) }, { code_say, sizeof(code_say) },
};

static void whole_domain(struct fuzzer *f)
{
	struct xlhv_dom_create c = { .max_vcpus = 1 + below(f, 2), .max_pages = RAM / PAGE + 8 };
	struct xlhv_mem_range range = { .addr = 0, .size = RAM, .type = XLHV_MEM_RAM };
	struct xlhv_memory_map map = { .ranges = (uintptr_t)&range, .count = 1 };
	struct xlhv_special special = { .kind = XLHV_SPECIAL_CONSOLE, .gfn = RING };
	struct xlhv_vcpu_entry entry = { .entry = 0x1000 };
	unsigned int code = below(f, NR(codes));
	int dev = any_fd(f, devs, NR_DEVS);
	char *p;

	snprintf(c.name, sizeof(c.name), "fuzz%u", below(f, 6));
	watch_begin(f->slot, "a whole domain");
	if (dev < 0 || ioctl(dev, XLHV_DOM_CREATE, &c)) {
		watch_end(f->slot);
		return;
	}
	ioctl(c.fd, XLHV_DOM_MEMORY_MAP, &map);
	ioctl(c.fd, XLHV_DOM_SPECIAL, &special);
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, c.fd, 0x1000);
	if (p != MAP_FAILED) {
		f->jumping = true;
		if (!sigsetjmp(f->jump, 1)) {
			memcpy(p, codes[code].bytes, codes[code].len);
			memcpy(p + 0x100, &special.port, sizeof(special.port));
		}
		f->jumping = false;
		munmap(p, PAGE);
	}
	ioctl(c.fd, XLHV_DOM_VCPU_ENTRY, &entry);
	ioctl(c.fd, XLHV_DOM_FINISH);
	ioctl(c.fd, XLHV_DOM_UNPAUSE);
	watch_end(f->slot);
	keep_fd(f, doms, nr_doms, c.fd);
}

/*
 * Everything else.
 */

static void any_map(struct fuzzer *f)
{
	int fd = any_fd(f, doms, nr_doms);
	size_t size = MAP_PAGES * PAGE;
	char *p, *old;

	if (fd < 0)
		return;
	watch_begin(f->slot, "mmap");
	p = mmap(NULL, size, PROT_READ | (below(f, 8) ? PROT_WRITE : 0),
		 (below(f, 8) ? MAP_SHARED : MAP_PRIVATE) | (below(f, 4) ? 0 : MAP_POPULATE), fd,
		 below(f, 8) ? below(f, 600) * PAGE : rng_u64(&f->rng) >> 12 & ~(PAGE - 1));
	if (p != MAP_FAILED) {
		old = atomic_exchange(&maps[below(f, NR_MAPS)], p);
		if (old)
			munmap(old, size);
	}
	watch_end(f->slot);
}

static void any_unmap(struct fuzzer *f)
{
	char *old = atomic_exchange(&maps[below(f, NR_MAPS)], NULL);

	watch_begin(f->slot, "munmap");
	if (old)
		munmap(old, MAP_PAGES * PAGE);
	watch_end(f->slot);
}

static void touch(struct fuzzer *f)
{
	char *map = atomic_load(&maps[below(f, NR_MAPS)]);

	if (!map)
		return;
	watch_begin(f->slot, "a look at the domain's memory");
	f->jumping = true;
	if (!sigsetjmp(f->jump, 1)) {
		volatile char *p = map + below(f, MAP_PAGES) * PAGE;

		if (below(f, 2))
			*p = 0x90;
		else
			(void)*p;
	}
	f->jumping = false;
	watch_end(f->slot);
}

static void any_console(struct fuzzer *f)
{
	int fd = any_fd(f, cons, nr_cons);
	unsigned int n = 1 + below(f, 30);
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };
	void *at;

	if (fd < 0)
		return;
	at = below(f, 2) ? f->good : (void *)(uintptr_t)buffer(f);
	watch_begin(f->slot, "console");
	switch (below(f, 8)) {
	case 0 ... 3:
		while (n-- && write(fd, at, 1 + n % 4) > 0)
			;
		break;
	case 4 ... 5:
		n = read(fd, at, below(f, 700));
		break;
	default:
		poll(&p, 1, below(f, 3));
	}
	watch_end(f->slot);
}

static void any_poll(struct fuzzer *f)
{
	struct pollfd p[NR_DOMS];

	for (unsigned int i = 0; i < NR_DOMS; i++)
		p[i] = (struct pollfd){ .fd = atomic_load(&doms[i]), .events = POLLIN | POLLPRI };
	watch_begin(f->slot, "poll");
	poll(p, NR_DOMS, below(f, 3));
	watch_end(f->slot);
}

static void any_debugfs(struct fuzzer *f)
{
	static const char *const files[] = { "info", "counters", "ept", "vcpu0/counters",
					     "vcpu0/vmcs", "vcpu1/vmcs" };
	int fd = any_fd(f, doms, nr_doms);
	struct xlhv_dom_info info;
	char path[96];

	if (fd < 0 || ioctl(fd, XLHV_DOM_INFO, &info))
		return;
	snprintf(path, sizeof(path), "/sys/kernel/debug/xlhv/%u/%s", info.domid,
		 files[below(f, NR(files))]);
	watch_begin(f->slot, "debugfs");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		while (read(fd, f->good, 8192) > 0)
			;
		close(fd);
	}
	watch_end(f->slot);
}

static void any_descriptor(struct fuzzer *f)
{
	int fd;

	watch_begin(f->slot, "open, dup, close");
	switch (below(f, 6)) {
	case 0:
		fd = open(XLHV_DEVICE, O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			keep_fd(f, devs, NR_DEVS, fd);
		break;
	case 1:
		fd = fcntl(any_fd(f, doms, nr_doms), F_DUPFD_CLOEXEC, 0);
		if (fd >= 0)
			keep_fd(f, doms, nr_doms, fd);
		break;
	case 2:
		fd = fcntl(any_fd(f, cons, nr_cons), F_DUPFD_CLOEXEC, 0);
		if (fd >= 0)
			keep_fd(f, cons, nr_cons, fd);
		break;
	case 3 ... 4:
		keep_fd(f, doms, nr_doms, -1);
		break;
	default:
		keep_fd(f, cons, nr_cons, -1);
	}
	watch_end(f->slot);
}

/* A child with copies of it all, which does a little, and ends, starts a program or is killed. */
static void any_child(struct fuzzer *f)
{
	unsigned int n = below(f, 20), end = below(f, 3);
	pid_t child, parent = getpid();

	watch_begin(f->slot, "a child");
	child = fork();
	if (!child) {
		/* A parent that is killed cannot: who is left would keep the test from its end. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(0);
		f->slot = CHILD_SLOT;
		lazy_fd = -1;
		while (n--)
			any_ioctl(f);
		if (end == 0)
			execl("/proc/self/exe", "xlhv-fuzz", (char *)NULL);
		if (end == 1)
			pause();
		_exit(0);
	}
	if (child > 0) {
		sleep_us(below(f, 3000));
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
		/* It may have been killed in the middle of a call. */
		watch_end(CHILD_SLOT);
	}
	watch_end(f->slot);
}

static void seldom_a_child(struct fuzzer *f)
{
	if (!below(f, 8))
		any_child(f);
}

static const struct {
	void (*take)(struct fuzzer *f);
	unsigned int weight;
} turns[] = {
	{ any_ioctl, 36 }, { whole_domain, 4 }, { any_console, 8 }, { any_map, 2 },
	{ any_unmap, 1 }, { touch, 3 }, { any_poll, 2 }, { any_debugfs, 2 },
	{ any_descriptor, 4 }, { seldom_a_child, 2 },
};

/*
 * What a round is about: in half of them everything is done as often as it makes sense; in the
 * others chance leaves much of it out, and does the rest more often and to fewer domains. There
 * the threads meet.
 */
static unsigned int turn_weight[NR(turns)], turns_weight;

static void choose_theme(uint64_t seed)
{
	bool themed;
	struct rng rng;

	rng_seed(&rng, ~seed);
	themed = rng_below(&rng, 2);
	for (size_t i = 0; i < NR(turns); i++) {
		turn_weight[i] = turns[i].weight;
		/* Without the first two there is nothing to do anything to. */
		if (themed && i > 1)
			turn_weight[i] *= rng_below(&rng, 2) * 8;
		turns_weight += turn_weight[i];
	}
	choose_calls(&rng, themed);
	nr_doms = themed ? 1 + rng_below(&rng, 3) : NR_DOMS;
	nr_cons = themed ? 1 + rng_below(&rng, 3) : NR_CONS;
}

static void one_turn(struct fuzzer *f)
{
	unsigned int n = below(f, turns_weight);

	for (size_t i = 0; i < NR(turns); i++) {
		if (n < turn_weight[i]) {
			turns[i].take(f);
			return;
		}
		n -= turn_weight[i];
	}
}

static void *thread(void *data)
{
	self = data;
	while (!atomic_load(&stop))
		one_turn(self);
	return NULL;
}

/*
 * A round.
 */

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
	unsigned int before, after;
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
		devs[i] = open(XLHV_DEVICE, O_RDWR | O_CLOEXEC);
	be_scarce(s);
	if (s->files)
		before += open_fds() - before - NR_DEVS;
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
	close_all(devs, NR_DEVS);
	close_all(doms, NR_DOMS);
	close_all(cons, NR_CONS);
	after = open_fds();
	_exit(after > before ? 4 : 0);
}

static const char *const files_max = "/proc/sys/fs/file-max";

/* Waits for a process that shall end within the limit.  Return: it has, with @status. */
static bool ends(pid_t pid, int *status, uint64_t limit)
{
	uint64_t end = now_ns() + limit;

	while (waitpid(pid, status, WNOHANG) != pid) {
		if (now_ns() > end)
			return false;
		sleep_us(2000);
	}
	return true;
}

/* Destroys what is left, by a process of its own: it may hang.  Return: all are gone. */
static bool destroy_left(void)
{
	int status;
	pid_t child = fork();

	if (!child) {
		int dev = xt_open();
		struct xlhv_dom_info info[16] = {};
		struct xlhv_dom_list l;

		do {
			memset(&l, 0, sizeof(l));
			l.count = NR(info);
			l.info = (uintptr_t)info;
			if (ioctl(dev, XLHV_DOM_LIST, &l))
				_exit(1);
			for (unsigned int i = 0; i < l.count && i < NR(info); i++) {
				struct xlhv_dom_open o = { .domid = info[i].domid };

				if (ioctl(dev, XLHV_DOM_OPEN, &o))
					continue;
				watch_begin(&slots[0], "destroy of what was left");
				ioctl(o.fd, XLHV_DOM_DESTROY);
				watch_end(&slots[0]);
				close(o.fd);
			}
		} while (l.count);
		_exit(0);
	}
	if (child < 0 || !ends(child, &status, 2 * LIMIT_NS)) {
		xt_note("a domain cannot be destroyed");
		return false;
	}
	if (status)
		xt_note("what was left could not be listed: status %#x", status);
	return !status;
}

/*
 * Root's tool, to which others' domains are to be no trouble: what it does takes no longer than
 * it must, whatever those do who made them.
 */
static pid_t be_root(uint64_t seed)
{
	static struct fuzzer f;
	pid_t child = fork();
	int dev;

	if (child)
		return child;
	rng_seed(&f.rng, seed ^ 0xad);
	f.slot = ROOT_SLOT;
	f.good = malloc(8192);
	nr_doms = 1;
	dev = xt_open();
	for (;;) {
		struct xlhv_dom_info info[16] = {};
		struct xlhv_dom_list l = { .count = NR(info), .info = (uintptr_t)info };
		struct xlhv_dom_open o = {};

		sleep_us(3000 + below(&f, 30000));
		if (ioctl(dev, XLHV_DOM_LIST, &l) || !l.count)
			continue;
		o.domid = info[below(&f, l.count < NR(info) ? l.count : NR(info))].domid;
		watch_begin(f.slot, "DOM_OPEN");
		if (ioctl(dev, XLHV_DOM_OPEN, &o))
			o.fd = -1;
		watch_end(f.slot);
		if (o.fd < 0)
			continue;
		switch (below(&f, 8)) {
		case 0:
			watch_begin(f.slot, "DOM_DESTROY");
			ioctl(o.fd, XLHV_DOM_DESTROY);
			break;
		case 1 ... 3:
			atomic_store(&doms[0], o.fd);
			any_debugfs(&f);
			break;
		case 4:
			watch_begin(f.slot, "DOM_INFO");
			ioctl(o.fd, XLHV_DOM_INFO, &info[0]);
			break;
		default:
			watch_begin(f.slot, "DOM_PAUSE");
			ioctl(o.fd, XLHV_DOM_PAUSE);
			watch_begin(f.slot, "DOM_UNPAUSE");
			ioctl(o.fd, XLHV_DOM_UNPAUSE);
		}
		watch_end(f.slot);
		close(o.fd);
	}
}

static bool root_is_late(void)
{
	struct watch_slot *s = ROOT_SLOT;
	uint64_t now = now_ns(), since = s->since;

	return s->what && now > since && now - since > ROOT_NS;
}

static bool one_round(uint64_t seed, unsigned int number, int dev)
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
	if (!destroy_left()) {
		watch_note_stuck();
		return false;
	}
	if (watch_pulses_late(PULSE_NS))
		return false;
	if (atomic_load(heard)) {
		xt_note("a user without rights in another network namespace heard of a domain");
		return false;
	}
	return nothing_left(dev);
}

/* Listens where nobody should be heard. */
static pid_t eavesdrop(void)
{
	pid_t child = fork();
	int fd;

	if (child)
		return child;
	if (unshare(CLONE_NEWNET) || setgid(65534) || setuid(65534))
		_exit(0);
	fclose(stderr);
	fd = nl_listen();	/* ends here if it may not */
	for (;;) {
		if (nl_waits(fd))
			atomic_store(heard, true);
		sleep_us(20000);
	}
}

int main(int argc, char **argv)
{
	unsigned long seconds, seed, only = 0, n = 0;
	bool good = true;
	long before, after = 0;
	uint64_t began, end;
	pid_t others[2];
	int dev;

	if (argc < 2)		/* what a child has started */
		return 0;
	seconds = xt_number(argv[1], "number of seconds", 86400);
	seed = argc > 2 ? xt_number(argv[2], "seed", ~0UL) : 1;
	if (argc > 3)
		only = xt_number(argv[3], "round", ~0U);
	slots = watch_init();
	heard = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	others[0] = eavesdrop();
	others[1] = be_root(seed);
	watch_pulses_start(slots);
	dev = xt_open();
	began = now_ns();
	/* The first rounds make the kernel allocate what it keeps. */
	for (n = 1; n <= 3 && good; n++)
		good = one_round(seed, argc > 3 ? only : n, dev);
	before = settled_kib();
	end = now_ns() + seconds * 1000000000ULL;
	for (; good && now_ns() < end; n++) {
		good = one_round(seed, argc > 3 ? only : n, dev);
		if (!good || n % 16)
			continue;
		after = settled_kib();
		if (before - after > LEAK_KIB) {
			xt_note("%ld KiB free before, %ld after", before, after);
			good = false;
		}
	}
	xt_note("after %llu ms", (unsigned long long)(now_ns() - began) / 1000000);
	if (!good)
		xt_note("found; again: xlhv-fuzz %lu %lu, or xlhv-fuzz %lu %lu %lu", seconds, seed,
			seconds, seed, argc > 3 ? only : n - 1);
	watch_pulses_note();
	xt_result(good, "%lu rounds of ioctls by chance, seed %lu", n - 1, seed);
	for (size_t i = 0; i < NR(others); i++) {
		kill(others[i], SIGKILL);
		if (good)
			waitpid(others[i], NULL, 0);
	}
	return xt_done();
}
