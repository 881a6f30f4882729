// SPDX-License-Identifier: GPL-2.0-only
/* Mappings of the nodes, and what a process can do to them. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz/nodes.h"

#define MAX_PAGES	16

/*
 * Each has a place of its own, far below where the kernel puts what has none: whatever is done to
 * one that has gone meanwhile is done to nobody else's memory.
 */
#define PLACES		0x10000000000UL
#define PLACE_SIZE	(2 * MAX_PAGES * PAGE)

static _Atomic uint32_t pages_at[NR_AREAS];

static char *place_of(unsigned int n)
{
	return (char *)(PLACES + n * PLACE_SIZE);
}

char *area_of(struct fuzzer *f, size_t *size)
{
	unsigned int n = below(f, NR_AREAS);

	*size = atomic_load(&pages_at[n]) * PAGE;
	return *size ? place_of(n) : NULL;
}

void any_node_map(struct fuzzer *f)
{
	static const enum node nodes[] = { GNTDEV, GNTDEV, GNTDEV, GNTDEV, GNTALLOC, GNTALLOC,
					   PRIVCMD, PRIVCMD, HYPERCALL, BACKEND };
	enum node node = nodes[below(f, NR(nodes))];
	int prot = PROT_READ | (below(f, 5) ? PROT_WRITE : 0), fd = any_node(f, node);
	unsigned int n = below(f, NR_AREAS);
	uint32_t pages;
	uint64_t offset = any_index(f, &pages);

	if (node != GNTDEV && node != GNTALLOC) {
		offset = below(f, 8) ? 0 : offset;
		pages = node == BACKEND ? 1 : 1 + below(f, 8);
	}
	if (fd < 0)
		return;
	if (!pages || pages > MAX_PAGES)
		pages = 1 + below(f, MAX_PAGES);
	watch_begin(f->slot, "mmap of a node");
	if (mmap(place_of(n), pages * PAGE, prot, MAP_FIXED |
		 (below(f, 6) ? MAP_SHARED : MAP_PRIVATE) | (below(f, 5) ? 0 : MAP_POPULATE), fd,
		 offset & ~(PAGE - 1)) != MAP_FAILED)
		atomic_store(&pages_at[n], pages);
	watch_end(f->slot);
}

static void touch(struct fuzzer *f, char *at, size_t size)
{
	f->jumping = true;
	if (!sigsetjmp(f->jump, 1)) {
		volatile char *p = at + below(f, size);

		if (below(f, 2))
			*p = 0x5a;
		else
			(void)*p;
	}
	f->jumping = false;
}

/* Its pages become a pipe's, which may live longer than the mapping. */
static void into_pipe(struct fuzzer *f, char *at, size_t size)
{
	struct iovec v = { at, size };
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return;
	vmsplice(fds[1], &v, 1, 0);
	if (below(f, 2))
		munmap(at, size);
	if (below(f, 2))
		sleep_us(below(f, 3000));
	close(fds[0]);
	close(fds[1]);
}

/* As a buffer for what other files read and write, and as others see it. */
static void be_buffer(struct fuzzer *f, char *at, size_t size)
{
	struct iovec ours = { f->good, below(f, 16 * PAGE) }, theirs = { at, below(f, size) };
	int fd;

	switch (below(f, 4)) {
	case 0:
		process_vm_readv(getpid(), &ours, 1, &theirs, 1, 0);
		break;
	case 1:
		process_vm_writev(getpid(), &ours, 1, &theirs, 1, 0);
		break;
	case 2:
		fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
		if (pread(fd, f->good, below(f, size), (uintptr_t)at) > 0 && below(f, 2))
			(void)!pwrite(fd, f->good, below(f, size), (uintptr_t)at);
		close(fd);
		break;
	default:
		fd = open("/proc/version", O_RDONLY | O_CLOEXEC);
		(void)!read(fd, at + below(f, size), 64);
		close(fd);
	}
}

void any_area(struct fuzzer *f)
{
	static const int advices[] = { MADV_DOFORK, MADV_DONTFORK, MADV_DONTNEED, MADV_WILLNEED,
				       MADV_MERGEABLE, MADV_PAGEOUT, MADV_COLD, MADV_REMOVE,
				       MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_HUGEPAGE };
	size_t size, from, len;
	char *at = area_of(f, &size);
	unsigned int to = below(f, NR_AREAS);

	if (!at)
		return;
	from = below(f, size / PAGE) * PAGE;
	len = (1 + below(f, (size - from) / PAGE)) * PAGE;
	watch_begin(f->slot, "what is done to a mapping");
	switch (below(f, 16)) {
	case 0 ... 3:
		touch(f, at, size);
		break;
	case 4 ... 5:
		munmap(at + from, len);
		break;
	case 6 ... 7:
		/* Whole, longer, or a part; onto what is there. */
		if (mremap(at + from, len, below(f, 3) ? len : below(f, MAX_PAGES) * PAGE,
			   MREMAP_MAYMOVE | MREMAP_FIXED | (below(f, 4) ? 0 : MREMAP_DONTUNMAP),
			   place_of(to)) != MAP_FAILED)
			atomic_store(&pages_at[to], len / PAGE);
		break;
	case 8 ... 9:
		madvise(at + from, len, advices[below(f, NR(advices))]);
		break;
	case 10:
		mprotect(at + from, len, below(f, 4));
		break;
	case 11:
		below(f, 2) ? mlock(at + from, len) : munlock(at + from, len);
		break;
	case 12:
		into_pipe(f, at + from, len);
		break;
	case 13:
		/* Somebody else's pages where the mapping was. */
		mmap(at + from, len, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	default:
		be_buffer(f, at, size);
	}
	watch_end(f->slot);
}
