// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors: a slot is emptied by whoever takes it out. They may be closed, and their numbers
 * used again, under the feet of others.
 */
#include <fcntl.h>
#include <unistd.h>

#include <xlhv.h>

#include "fuzz/fuzz.h"

_Atomic int devs[NR_DEVS], doms[NR_DOMS], cons[NR_CONS];
unsigned int nr_doms, nr_cons;

void keep_fd(struct fuzzer *f, _Atomic int *table, unsigned int n, int fd)
{
	int old = atomic_exchange(&table[below(f, n)], fd);

	if (old >= 0)
		close(old);
}

int any_fd(struct fuzzer *f, _Atomic int *table, unsigned int n)
{
	return atomic_load(&table[below(f, n)]);
}

void close_all(_Atomic int *table, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		int fd = atomic_exchange(&table[i], -1);

		if (fd >= 0)
			close(fd);
	}
}

unsigned int open_fds(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

void any_descriptor(struct fuzzer *f)
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
