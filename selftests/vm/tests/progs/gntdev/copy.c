// SPDX-License-Identifier: GPL-2.0-only
/* GRANT_COPY. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "gntdev.h"

#define SOURCE_GREF	1
#define DEST_GREF	2
#define RW		(PROT_READ | PROT_WRITE)

#define OKAY		0
#define GENERAL_ERROR	(-1)
#define BAD_DOMAIN	(-2)
#define BAD_GNTREF	(-3)
#define BAD_PAGE	(-9)

static int node;

static int copy(struct gntdev_grant_copy_segment *seg, unsigned int count)
{
	struct ioctl_gntdev_grant_copy op = { .count = count, .segments = seg };

	return xt_call(node, IOCTL_GNTDEV_GRANT_COPY, &op);
}

static struct gntdev_grant_copy_segment from_grant(unsigned int ref, uint16_t offset, void *to,
						   uint16_t len)
{
	return (struct gntdev_grant_copy_segment){
		.source.foreign = { .ref = ref, .offset = offset, .domid = domid },
		.dest.virt = to, .len = len, .flags = SOURCE_GREF, .status = 99,
	};
}

static struct gntdev_grant_copy_segment to_grant(void *from, unsigned int ref, uint16_t offset,
						 uint16_t len)
{
	return (struct gntdev_grant_copy_segment){
		.source.virt = from, .len = len, .flags = DEST_GREF, .status = 99,
		.dest.foreign = { .ref = ref, .offset = offset, .domid = domid },
	};
}

static void one(struct gntdev_grant_copy_segment seg, int want, int status, const char *what)
{
	is(copy(&seg, 1), want, what);
	if (!want)
		is(seg.status, status, what);
}

static void both_ways(void)
{
	unsigned char *own = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct gntdev_grant_copy_segment seg[40];

	is(copy(NULL, 0), 0, "nothing, which QEMU asks for first");
	one(from_grant(REF_DATA, 0, own, PAGE), 0, OKAY, "a page");
	for (unsigned int i = 0; i < PAGE; i += 97)
		is(own[i], BACKEND_BYTE(i), "a byte of it");
	one(from_grant(REF_READ, 100, own + PAGE - 50, 100), 0, OKAY, "over a page's end");
	is(own[PAGE - 50], BACKEND_BYTE(100), "its first byte");
	is(own[PAGE + 49], BACKEND_BYTE(199), "its last byte");
	is(own[PAGE + 50], 0, "behind it");
	memset(own, 0xab, 2 * PAGE);
	one(to_grant(own + PAGE - 1, REF_DATA, 30, 2), 0, OKAY, "to the guest");
	is(ask(CMD_PEEK, 30, 0), 0xab, "its byte");
	is(ask(CMD_PEEK, 31, 0), 0xab, "and the next");
	is(ask(CMD_PEEK, 32, 0), BACKEND_BYTE(32), "and that behind");
	ask(CMD_POKE, 30, BACKEND_BYTE(30));
	ask(CMD_POKE, 31, BACKEND_BYTE(31));
	seg[0] = (struct gntdev_grant_copy_segment){
		.source.foreign = { .ref = REF_DATA, .offset = 40, .domid = domid },
		.dest.foreign = { .ref = REF_MANY, .offset = 50, .domid = domid },
		.len = 10, .flags = SOURCE_GREF | DEST_GREF, .status = 99,
	};
	one(seg[0], 0, OKAY, "from grant to grant");
	one(from_grant(REF_MANY, 50, own, 10), 0, OKAY, "what it became");
	is(own[9], BACKEND_BYTE(49), "its last byte");
	one(from_grant(REF_UNUSED, 0, own, 0), 0, OKAY, "no bytes");
	for (unsigned int i = 0; i < NR(seg); i++)
		seg[i] = from_grant(i == 20 ? REF_UNUSED : REF_DATA, i * 100, own + i * 100, 100);
	is(copy(seg, NR(seg)), 0, "a list");
	for (unsigned int i = 0; i < NR(seg); i++)
		is(seg[i].status, i == 20 ? GENERAL_ERROR : OKAY, "its statuses");
	is(own[39 * 100 + 99], BACKEND_BYTE(39 * 100 + 99), "the last byte of the last");
	for (unsigned int ref = REF_DATA; ref <= REF_READ; ref++)
		is(in_use(ref), 0, "in use");
	munmap(own, 3 * PAGE);
}

static void statuses(void)
{
	unsigned char *own = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct gntdev_grant_copy_segment seg;

	one(from_grant(REF_OTHER, 0, own, 8), 0, GENERAL_ERROR, "granted to another");
	one(from_grant(REF_NOWHERE, 0, own, 8), 0, BAD_PAGE, "no memory");
	one(from_grant(REF_BEYOND, 0, own, 8), 0, BAD_GNTREF, "no such entry");
	one(to_grant(own, REF_READ, 0, 8), 0, GENERAL_ERROR, "granted for reading only");
	seg = from_grant(REF_DATA, 0, own, 8);
	seg.source.foreign.domid = NOBODY;
	one(seg, 0, BAD_DOMAIN, "no such domain");
	seg.source.foreign.domid = 0x7ff4;
	one(seg, 0, BAD_DOMAIN, "a reserved domain");
	is(own[0], 0, "what was never copied");
	munmap(own, PAGE);
}

static void refusals(void)
{
	unsigned char *own = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *at;
	struct gntdev_grant_copy_segment seg = {
		.source.virt = own, .dest.virt = own + 8, .len = 8,
	};
	struct gntdev_grant_copy_segment *cut;
	struct ioctl_gntdev_grant_copy op = { .count = 1 };
	uint64_t index;

	one(seg, EINVAL, 0, "from own memory to own memory");
	one(from_grant(REF_DATA, 4095, own, 2), EINVAL, 0, "beyond the granted page");
	one(from_grant(REF_DATA, 65535, own, 65535), EINVAL, 0, "far beyond it");
	one(to_grant(own, REF_DATA, 1, PAGE), EINVAL, 0, "beyond it, to be written");
	one(from_grant(REF_DATA, 0, NULL, 8), EFAULT, 0, "to nowhere");
	one(from_grant(REF_DATA, 0, (void *)-PAGE, 8), EFAULT, 0, "to the kernel");
	one(to_grant((void *)0xffff888000000000UL, REF_DATA, 0, 8), EFAULT, 0, "from the kernel");
	is(xt_call(node, IOCTL_GNTDEV_GRANT_COPY, NULL), EFAULT, "no structure");
	is(xt_call(node, IOCTL_GNTDEV_GRANT_COPY, &op), EFAULT, "no list");
	op.count = UINT32_MAX;
	is(xt_call(node, IOCTL_GNTDEV_GRANT_COPY, &op), EFAULT, "a long list that is not there");
	munmap(own + PAGE, PAGE);
	one(from_grant(REF_DATA, 0, own + PAGE - 4, 8), EFAULT, 0, "to memory that ends");
	cut = (struct gntdev_grant_copy_segment *)(own + PAGE) - 1;
	*cut = from_grant(REF_DATA, 0, own, 8);
	is(copy(cut, 2), EFAULT, "a list that is cut off");
	is(mprotect(own, PAGE, PROT_READ), 0, "mprotect()");
	one(from_grant(REF_DATA, 0, own, 8), EFAULT, 0, "to memory for reading");
	is(copy(cut, 1), EFAULT, "nowhere to put the status");
	is(have(node, REF_READ, 1, PROT_READ, &index, &at), 0, "mmap()");
	one(from_grant(REF_MANY, 0, at, 8), EFAULT, 0, "to a mapping for reading");
	one(to_grant(at, REF_MANY, 0, 8), 0, OKAY, "from a mapping");
	munmap(at, PAGE);
	is(ask(CMD_PEEK, 0, 0), BACKEND_BYTE(0), "the guest's byte");
	for (unsigned int ref = REF_DATA; ref <= REF_READ; ref++)
		is(in_use(ref), 0, "in use");
	munmap(own, PAGE);
}

/* So many that it takes long; each is read when it is its turn. */
static int for_long(void *arg)
{
	const size_t count = 1 << 19;
	struct gntdev_grant_copy_segment *seg = mmap(NULL, count * sizeof(*seg), RW,
						     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *own = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (seg == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < 4096; i++)
		seg[i] = from_grant(REF_DATA, 0, own, PAGE);
	/* The rest stays as the kernel gives memory: refused at the first of them. */
	if (write(*(int *)arg, "", 1) != 1)
		return 1;
	for (;;)
		copy(seg, 4096);
}

static void killed(void)
{
	int begun[2];
	struct timespec t[2];
	char c;
	pid_t pid;

	is(pipe(begun), 0, "pipe()");
	pid = child_begin(for_long, &begun[1]);
	is(read(begun[0], &c, 1), 1, "the child");
	usleep(20000);
	clock_gettime(CLOCK_MONOTONIC, &t[0]);
	kill(pid, SIGKILL);
	is(child_end(pid), 256 + SIGKILL, "killed");
	clock_gettime(CLOCK_MONOTONIC, &t[1]);
	good_if((t[1].tv_sec - t[0].tv_sec) * 1000 + (t[1].tv_nsec - t[0].tv_nsec) / 1000000 < 500,
		"and gone within half a second");
	is(in_use(REF_DATA), 0, "in use");
	close(begun[0]);
	close(begun[1]);
}

void cases_of_copies(void)
{
	node = node_open();
	run_case("copies in all directions", both_ways);
	run_case("statuses of what is not copied", statuses);
	run_case("copies that are refused", refusals);
	run_case("killed while it copies", killed);
	close(node);
}
