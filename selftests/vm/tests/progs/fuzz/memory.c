// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where arguments are: memory that is there, that is not, that can only be read, ends too soon or
 * comes late, and a domain's own.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

#include "fuzz/fuzz.h"

struct fuzzer fuzzers[NR_THREADS];
char *_Atomic maps[NR_MAPS];
int lazy_fd = -1;
bool lazy_never;

/* Serves the pages that take their time, until all threads have ended. */
static void *serve_lazy(void *data)
{
	struct rng rng;

	rng_seed(&rng, (uintptr_t)data);
	for (;;) {
		struct pollfd p = { .fd = lazy_fd, .events = POLLIN };
		struct uffd_msg msg;
		struct uffdio_copy copy = {};

		if (poll(&p, 1, 100) <= 0 || read(lazy_fd, &msg, sizeof(msg)) != sizeof(msg) ||
		    msg.event != UFFD_EVENT_PAGEFAULT)
			continue;
		if (lazy_never)
			continue;
		if (rng_below(&rng, 3))
			sleep_us(rng_below(&rng, 8) ? rng_below(&rng, 8000) : 100000);
		copy.dst = msg.arg.pagefault.address & ~(PAGE - 1);
		copy.len = PAGE;
		for (unsigned int i = 0; i < NR_THREADS; i++) {
			uint64_t off = copy.dst - (uintptr_t)fuzzers[i].lazy;

			if (off < LAZY_PAGES * PAGE)
				copy.src = (uintptr_t)fuzzers[i].prepared + off;
		}
		if (copy.src)
			ioctl(lazy_fd, UFFDIO_COPY, &copy);
	}
	return NULL;
}

static char *pages(unsigned int n, int prot)
{
	char *p = mmap(NULL, n * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(3);
	return p;
}

void memory_init(struct fuzzer *f)
{
	f->good = pages(16, PROT_READ | PROT_WRITE);
	f->prepared = pages(LAZY_PAGES, PROT_READ | PROT_WRITE);
	f->lazy = pages(LAZY_PAGES, PROT_READ | PROT_WRITE);
	f->constant = pages(1, PROT_READ);
	f->edge = pages(2, PROT_READ | PROT_WRITE);
	munmap(f->edge + PAGE, PAGE);
}

void lazy_init(uint64_t seed)
{
	struct uffdio_api api = { .api = UFFD_API };
	pthread_t t;
	int fd;

	fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		return;
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		struct uffdio_register r = {
			.range = { (uintptr_t)fuzzers[i].lazy, LAZY_PAGES * PAGE },
			.mode = UFFDIO_REGISTER_MODE_MISSING,
		};

		if (ioctl(fd, UFFDIO_REGISTER, &r))
			return;
	}
	lazy_fd = fd;
	pthread_create(&t, NULL, serve_lazy, (void *)(uintptr_t)(seed | 1));
}

void *place(struct fuzzer *f, const void *from, size_t len, bool shared)
{
	static const unsigned long nowhere[] = {
		0, 0x10, 0x7fffffffe000UL, 0x800000000000UL, 0xffff888000000000UL, ~0UL - 7,
	};
	char *map;

	if (len > PAGE)
		len = PAGE;
	switch (below(f, 16)) {
	case 0 ... 4:
		/* Who waits for ever does nothing else. */
		if (lazy_fd < 0 || (lazy_never && below(f, 6)))
			break;
		madvise(f->lazy, LAZY_PAGES * PAGE, MADV_DONTNEED);
		memcpy(f->prepared, from, len);
		return f->lazy;
	case 5:
		return (void *)nowhere[below(f, NR(nowhere))];
	case 6:
		/* What can be read, but not answered to. */
		mprotect(f->constant, PAGE, PROT_READ | PROT_WRITE);
		memcpy(f->constant, from, len);
		mprotect(f->constant, PAGE, PROT_READ);
		return f->constant;
	case 7:
		return f->edge + PAGE - below(f, len + 1);
	case 8 ... 9:
		map = shared ? atomic_load(&maps[below(f, NR_MAPS)]) : NULL;
		if (!map)
			break;
		map += below(f, MAP_PAGES) * PAGE;
		/* A bus error is somebody else's munmap(). */
		f->jumping = true;
		if (!sigsetjmp(f->jump, 1))
			memcpy(map, from, len);
		f->jumping = false;
		return map;
	}
	memcpy(f->good, from, len);
	return f->good;
}

uint64_t buffer(struct fuzzer *f)
{
	static char zero[PAGE];

	return (uintptr_t)place(f, zero, sizeof(zero), true);
}
