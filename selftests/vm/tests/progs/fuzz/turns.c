// SPDX-License-Identifier: GPL-2.0-only
/* What a thread does, one thing after the other, and what of it there is most of in a round. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xlhv.h>

#include "fuzz/fuzz.h"
#include "fuzz/nodes.h"

_Atomic bool stop;
static __thread struct fuzzer *self;

void on_fault(int sig, siginfo_t *info, void *context)
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

void any_debugfs(struct fuzzer *f)
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

void in_child(struct fuzzer *f, void (*life)(struct fuzzer *f))
{
	pid_t child, parent = getpid();
	uint64_t chance = rng_u64(&f->rng);

	watch_begin(f->slot, "a child");
	child = fork();
	if (!child) {
		/* A parent that is killed cannot: who is left would keep the test from its end. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(0);
		f->slot = CHILD_SLOT;
		lazy_fd = -1;
		rng_seed(&f->rng, chance);
		life(f);
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

/* With copies of it all: it does a little, and ends, starts a program or is killed. */
static void ioctl_life(struct fuzzer *f)
{
	unsigned int n = below(f, 20), end = below(f, 3);

	while (n--)
		any_ioctl(f);
	if (end == 0)
		execl("/proc/self/exe", "xlhv-fuzz", (char *)NULL);
	if (end == 1)
		pause();
}

static void seldom_a_child(struct fuzzer *f)
{
	if (!below(f, 8))
		in_child(f, ioctl_life);
}

static void seldom_a_node_child(struct fuzzer *f)
{
	if (!below(f, 8))
		node_child(f);
}

struct turn {
	void (*take)(struct fuzzer *f);
	unsigned int weight;
};

static const struct turn domain_turns[] = {
	{ any_ioctl, 36 }, { whole_domain, 4 }, { any_console, 8 }, { any_map, 2 },
	{ any_unmap, 1 }, { touch, 3 }, { any_poll, 2 }, { any_debugfs, 2 },
	{ any_descriptor, 4 }, { seldom_a_child, 2 },
}, node_turns[] = {
	{ any_gntdev, 16 }, { any_node_map, 8 }, { any_area, 14 }, { any_gntalloc, 6 },
	{ any_evtchn, 14 }, { any_privcmd, 8 }, { any_xenbus, 8 }, { any_daemon, 8 },
	{ any_node_descriptor, 4 }, { seldom_a_node_child, 2 },
};

#define NR_TURNS	NR(domain_turns)
_Static_assert(NR(node_turns) == NR_TURNS, "one table of weights for both");

/*
 * What a round is about: in half of them everything is done as often as it makes sense; in the
 * others chance leaves much of it out, and does the rest more often and to fewer domains. There
 * the threads meet.
 */
static const struct turn *turns = domain_turns;
static unsigned int turn_weight[NR_TURNS], turns_weight;

void choose_theme(uint64_t seed)
{
	bool themed;
	struct rng rng;

	if (nodes_only)
		turns = node_turns;
	rng_seed(&rng, ~seed);
	themed = rng_below(&rng, 2);
	for (size_t i = 0; i < NR_TURNS; i++) {
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

	for (size_t i = 0; i < NR_TURNS; i++) {
		if (n < turn_weight[i]) {
			turns[i].take(f);
			return;
		}
		n -= turn_weight[i];
	}
}

void *thread(void *data)
{
	self = data;
	while (!atomic_load(&stop))
		one_turn(self);
	return NULL;
}
