// SPDX-License-Identifier: GPL-2.0-only
/* Processes that are killed, threads that race, a domain that dies. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gntdev.h"

#define RW	(PROT_READ | PROT_WRITE)

static int clear_and_hang(void *arg)
{
	unsigned char *at;
	uint64_t index;
	int fd = node_open();

	if (have(fd, REF_DATA, 1, RW, &index, &at) ||
	    notify(fd, index + 60, UNMAP_NOTIFY_CLEAR_BYTE, 0) || write(*(int *)arg, "", 1) != 1)
		return 1;
	for (;;)
		at[61]++;
}

static void killed_with_a_byte(void)
{
	int begun[2];
	pid_t pid;
	char c;

	is(pipe(begun), 0, "pipe()");
	pid = child_begin(clear_and_hang, &begun[1]);
	is(read(begun[0], &c, 1), 1, "the child");
	is(ask(CMD_PEEK, 60, 0), BACKEND_BYTE(60), "the byte before");
	kill(pid, SIGKILL);
	is(child_end(pid), 256 + SIGKILL, "killed");
	is(ask(CMD_PEEK, 60, 0), 0, "the byte after");
	is(in_use(REF_DATA), 0, "in use");
	ask(CMD_POKE, 60, BACKEND_BYTE(60));
	ask(CMD_POKE, 61, BACKEND_BYTE(61));
	close(begun[0]);
	close(begun[1]);
}

/* One thing after the other, until it is killed. */
static int all_the_time(void *arg)
{
	struct gntdev_grant_copy_segment seg = {
		.source.foreign = { .ref = REF_READ, .domid = domid },
		.dest.virt = malloc(PAGE), .len = PAGE, .flags = 1,
	};
	struct ioctl_gntdev_grant_copy op = { .count = 1, .segments = &seg };
	unsigned char *at;
	uint64_t index;
	int fd;

	for (;;) {
		fd = node_open();
		if (have(fd, REF_MANY, REF_NR_MANY, RW, &index, &at))
			return 1;
		munmap(at + 3 * PAGE, PAGE);
		notify(fd, index, UNMAP_NOTIFY_CLEAR_BYTE, 0);
		madvise(at, PAGE, MADV_DONTNEED);
		at[0] = *(int *)arg;
		ioctl(fd, IOCTL_GNTDEV_GRANT_COPY, &op);
		unmap(fd, index, 0);
		munmap(at, REF_NR_MANY * PAGE);
		close(fd);
	}
}

static void killed_at_any_moment(void)
{
	for (int i = 0; i < (int)xt_turns(40); i++) {
		pid_t pid = child_begin(all_the_time, &i);

		usleep(1000 + i * 773 % 9000);
		kill(pid, SIGKILL);
		is(child_end(pid), 256 + SIGKILL, "a child");
	}
	for (unsigned int i = 0; i < REF_NR_MANY; i++)
		is(in_use(REF_MANY + i), 0, "in use after all of them");
	is(in_use(REF_READ), 0, "in use");
}

/*
 * Threads that do all of it with the same file, places and addresses.
 */

static int race_fd;
static unsigned char *race_at;
static _Atomic bool race_over;
static _Atomic unsigned int race_mapped;

static void race_step(unsigned int what, unsigned int which)
{
	uint64_t index = which * PAGE;
	unsigned char *at;

	switch (what) {
	case 0:
		map_some(race_fd, REF_MANY + which, 1 + which % 2, &index);
		break;
	case 1:
		unmap(race_fd, index, 0);
		break;
	case 2:
		at = mmap(race_at + which * PAGE, PAGE, RW, MAP_SHARED | MAP_FIXED, race_fd, index);
		atomic_fetch_add(&race_mapped, at != MAP_FAILED);
		break;
	case 3:
		munmap(race_at + which * PAGE, PAGE);
		break;
	case 4:
		notify(race_fd, index + 5, UNMAP_NOTIFY_CLEAR_BYTE, 0);
		break;
	case 5:
		madvise(race_at + which * PAGE, PAGE, MADV_DONTNEED);
		break;
	case 6:
		mremap(race_at + which * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       race_at + (which + 1) % 8 * PAGE);
		break;
	default:
		mprotect(race_at + which * PAGE, PAGE, what % 2 ? RW : PROT_READ);
	}
}

static void *racer(void *arg)
{
	unsigned int seed = (uintptr_t)arg;

	while (!atomic_load(&race_over))
		race_step(rand_r(&seed) % 9, rand_r(&seed) % 8);
	return NULL;
}

static int race(void *arg)
{
	pthread_t thread[4];

	race_fd = node_open();
	race_at = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (uintptr_t i = 0; i < NR(thread); i++)
		if (pthread_create(&thread[i], NULL, racer, (void *)(i * 7919 + 1)))
			return 1;
	usleep(*(unsigned int *)arg);
	/* On a slow machine the right order of things takes a while to come up. */
	for (unsigned int i = 0; i < 100 && !atomic_load(&race_mapped); i++)
		usleep(100000);
	atomic_store(&race_over, true);
	for (unsigned int i = 0; i < NR(thread); i++)
		pthread_join(thread[i], NULL);
	return atomic_load(&race_mapped) ? 0 : 2;
}

static void races(void)
{
	unsigned int us = 100000 * xt_turns(10);

	is(in_child(race, &us), 0, "threads that race");
	for (unsigned int i = 0; i < REF_NR_MANY; i++)
		is(in_use(REF_MANY + i), 0, "in use after the race");
}

static void domain_dies(void)
{
	struct xlhv_dom_open o = { .domid = domid };
	unsigned char *at, *fresh, own[8];
	struct gntdev_grant_copy_segment seg = {
		.source.foreign = { .ref = REF_READ, .domid = domid },
		.dest.virt = own, .len = sizeof(own), .flags = 1,
	};
	struct ioctl_gntdev_grant_copy op = { .count = 1, .segments = &seg };
	uint64_t index, other;
	int fd = node_open(), device = xt_open();

	is(have(fd, REF_DATA, 1, RW, &index, &at), 0, "mmap()");
	is(map_some(fd, REF_MANY, 2, &other), 0, "MAP_GRANT_REF");
	order(CMD_CRASH);
	is(xt_call(device, XLHV_DOM_OPEN, &o), 0, "XLHV_DOM_OPEN");
	is(xt_call(o.fd, XLHV_DOM_DESTROY, NULL), 0, "XLHV_DOM_DESTROY");
	close(o.fd);
	is(mapped(fd, other, 2, RW, MAP_SHARED, &fresh), EINVAL, "a grant of who is gone");
	is(xt_call(fd, IOCTL_GNTDEV_GRANT_COPY, &op), 0, "a copy from who is gone");
	is(seg.status, -2, "its status");
	/* If the page were somebody else's by now, it would show. */
	for (unsigned int i = 0; i < 64; i++) {
		fresh = mmap(NULL, 256 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		memset(fresh, 0xcc, 256 * PAGE);
		munmap(fresh, 256 * PAGE);
	}
	is(madvise(at, PAGE, MADV_DONTNEED), 0, "MADV_DONTNEED");
	for (unsigned int i = 0; i < PAGE; i += 61)
		is(at[i], BACKEND_BYTE(i), "a byte of who is gone");
	at[1] = 0xee;
	is(at[1], 0xee, "what was written there");
	is(munmap(at, PAGE), 0, "munmap()");
	close(device);
	close(fd);
}

void cases_of_ends(void)
{
	run_case("a byte cleared when a process is killed", killed_with_a_byte);
	run_case("killed at any moment", killed_at_any_moment);
	run_case("threads that race", races);
	run_case("a page of a domain that is gone", domain_dies);
}
