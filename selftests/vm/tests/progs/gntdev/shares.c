// SPDX-License-Identifier: GPL-2.0-only
/* /dev/xen/gntalloc: pages that domain 0 grants. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define ioctl_gntalloc_unmap_notify unmap_notify_of_gntalloc	/* both headers have the actions */
#undef UNMAP_NOTIFY_CLEAR_BYTE
#undef UNMAP_NOTIFY_SEND_EVENT
#include <xen/gntalloc.h>

#include "gntdev.h"

#define RW		(PROT_READ | PROT_WRITE)
#define GENERAL_ERROR	(-1)

static int share_open(void)
{
	int fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		xt_die("no /dev/xen/gntalloc: %s", xt_errno_name(errno));
	return fd;
}

/* @count pages for a domain; their references. */
static int share(int fd, unsigned int to, bool writable, uint32_t count, uint64_t *index,
		 uint32_t *ref)
{
	struct ioctl_gntalloc_alloc_gref *op;
	int err;

	op = calloc(1, sizeof(*op) + count * sizeof(*ref));
	if (!op)
		xt_die("no memory");
	op->domid = to;
	op->flags = writable ? GNTALLOC_FLAG_WRITABLE : 0;
	op->count = count;
	err = xt_call(fd, IOCTL_GNTALLOC_ALLOC_GREF, op);
	*index = op->index;
	memcpy(ref, (char *)op + offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids),
	       count * sizeof(*ref));
	free(op);
	return err;
}

static int unshare(int fd, uint64_t index, uint32_t count)
{
	struct ioctl_gntalloc_dealloc_gref op = { .index = index, .count = count };

	return xt_call(fd, IOCTL_GNTALLOC_DEALLOC_GREF, &op);
}

static int notify_of(int fd, uint64_t at, uint32_t action, uint32_t port)
{
	struct unmap_notify_of_gntalloc op = {
		.index = at,
		.action = action,
		.event_channel_port = port,
	};

	return xt_call(fd, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &op);
}

static void right_use(void)
{
	uint32_t ref[4], other;
	unsigned char *at;
	uint64_t index, next;
	int fd = share_open();

	is(share(fd, domid, true, 1, &index, ref), 0, "ALLOC_GREF");
	good_if(ref[0] >= 8, "no reserved reference");
	is(mapped(fd, index, 1, RW, MAP_SHARED, &at), 0, "mmap()");
	is(at[0] | at[PAGE - 1], 0, "a fresh page");
	at[1] = 0x31;
	is(ask(CMD_MAP, ref[0], 0), 0, "mapped by the guest");
	is(ask(CMD_MAPPED, 1, 0), 0x31, "what the host wrote");
	ask(CMD_MAPPED_POKE, 2, 0x32);
	is(at[2], 0x32, "what the guest wrote");
	/* Its place goes, then the mapping; the guest keeps what it has. */
	is(unshare(fd, index, 1), 0, "DEALLOC_GREF");
	at[3] = 0x33;
	is(ask(CMD_MAPPED, 3, 0), 0x33, "the host still writes");
	is(munmap(at, PAGE), 0, "munmap()");
	is(ask(CMD_MAPPED, 3, 0), 0x33, "the guest's mapping");
	is(share(fd, domid, true, 1, &next, &other), 0, "ALLOC_GREF");
	good_if(other != ref[0], "a reference that is in use is not given out");
	good_if(next != index, "nor is a place, twice");
	is(ask(CMD_UNMAP, 0, 0), 0, "unmapped by the guest");
	is(ask(CMD_MAP, ref[0], 0), GENERAL_ERROR, "what was withdrawn");
	close(fd);
	is(ask(CMD_MAP, other, 0), GENERAL_ERROR, "of a file that is closed");
}

static int write_there(void *arg)
{
	((unsigned char *)arg)[5] = 0x55;
	return 0;
}

static void rights(void)
{
	uint32_t ref[3];
	unsigned char *at;
	uint64_t index;
	int fd = share_open();

	is(share(fd, domid, false, 1, &index, ref), 0, "for reading");
	is(ask(CMD_MAP, ref[0], 0), GENERAL_ERROR, "mapped for writing");
	is(mapped(fd, index, 1, RW, MAP_SHARED, &at), 0, "mmap()");
	at[0] = 0x11;
	is(ask(CMD_MAP, ref[0], 1), 0, "mapped for reading");
	is(ask(CMD_MAPPED, 0, 0), 0x11, "a byte");
	is(ask(CMD_UNMAP, 0, 0), 0, "unmapped");
	is(in_child(write_there, at), 0, "a child");
	is(at[5], 0x55, "a child has it, too");
	is(madvise(at, PAGE, MADV_DONTNEED), 0, "MADV_DONTNEED");
	is(at[5], 0x55, "it is still there");
	munmap(at, PAGE);
	is(share(fd, NOBODY, true, 1, &index, ref), 0, "for another");
	is(ask(CMD_MAP, ref[0], 1), GENERAL_ERROR, "another's");
	close(fd);
}

static void refused(void)
{
	struct ioctl_gntalloc_alloc_gref op = { .domid = domid, .count = 1 };
	uint32_t ref[8];
	unsigned char *at, *page = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t index;
	int fd = share_open();

	is(xt_call(fd, IOCTL_GNTALLOC_ALLOC_GREF, NULL), EFAULT, "no structure");
	memcpy(page, &op, sizeof(op));
	mprotect(page, PAGE, PROT_READ);
	is(xt_call(fd, IOCTL_GNTALLOC_ALLOC_GREF, page), EFAULT, "nowhere to put the answer");
	op.count = UINT32_MAX;
	is(xt_call(fd, IOCTL_GNTALLOC_ALLOC_GREF, &op), ENOSPC, "very many");
	op.count = 1025;
	is(xt_call(fd, IOCTL_GNTALLOC_ALLOC_GREF, &op), ENOSPC, "more than the limit");
	is(share(fd, domid, true, 4, &index, ref), 0, "four");
	is(mapped(fd, index, 4, RW, MAP_PRIVATE, &at), EINVAL, "private");
	is(mapped(fd, index, 5, RW, MAP_SHARED, &at), ENOENT, "too long");
	is(mapped(fd, index + 4 * PAGE, 1, RW, MAP_SHARED, &at), ENOENT, "behind them");
	is(mapped(fd, index + PAGE, 2, RW, MAP_SHARED, &at), 0, "two of them");
	at[PAGE] = 1;
	is(unshare(fd, index, 5), EINVAL, "too many");
	is(unshare(fd, index + 1, 1), EINVAL, "no place");
	is(unshare(fd, index, 0), EINVAL, "none");
	is(xt_call(fd, IOCTL_GNTALLOC_DEALLOC_GREF, NULL), EFAULT, "no structure");
	is(notify_of(fd, index + 4 * PAGE, 1, 0), ENOENT, "a byte of nothing");
	is(notify_of(fd, index, 4, 0), EINVAL, "an unknown action");
	is(notify_of(fd, index, 2, 0), EINVAL, "no port");
	is(xt_call(fd, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, NULL), EFAULT, "no structure");
	is(xt_call(fd, _IOC(_IOC_NONE, 'G', 99, 4), NULL), ENOTTY, "an unknown call");
	is(unshare(fd, index + PAGE, 3), 0, "the last three");
	is(unshare(fd, index + PAGE, 1), EINVAL, "one of them again");
	at[0] = 2;
	munmap(at, PAGE);
	at[PAGE] = 3;
	munmap(at + PAGE, PAGE);
	close(fd);
	munmap(page, PAGE);
}

static void limits_and_bytes(void)
{
	uint32_t ref[4], more;
	unsigned char *at;
	uint64_t index, other;
	int fd = share_open();

	xt_parameter_set("gntalloc_limit", 4);
	is(share(fd, domid, true, 3, &index, ref), 0, "three of four");
	is(share(fd, domid, true, 2, &other, ref), ENOSPC, "and two");
	is(share(fd, domid, true, 1, &other, &more), 0, "and one");
	is(ask(CMD_MAP, more, 0), 0, "mapped by the guest");
	is(mapped(fd, other, 1, RW, MAP_SHARED, &at), 0, "mmap()");
	at[9] = 0x99;
	at[10] = 0xaa;
	munmap(at, PAGE);
	is(notify_of(fd, other + 9, 1, 0), 0, "a byte");
	is(unshare(fd, other, 1), 0, "DEALLOC_GREF");
	is(ask(CMD_MAPPED, 9, 0), 0, "the byte");
	is(ask(CMD_MAPPED, 10, 0), 0xaa, "another byte");
	is(share(fd, domid, true, 1, &other, &more), ENOSPC, "while the guest has it");
	is(ask(CMD_UNMAP, 0, 0), 0, "unmapped by the guest");
	is(share(fd, domid, true, 1, &other, &more), 0, "after it");
	close(fd);
	xt_parameter_set("gntalloc_limit", 1024);
}

/* A grant of domain 0's to itself, by the other node. */
static void both_nodes(void)
{
	int fd = share_open(), maps = node_open();
	struct ioctl_gntdev_grant_ref grant = {};
	unsigned char *at, *seen;
	uint64_t index, place;

	is(share(fd, 0, true, 1, &index, &grant.ref), 0, "ALLOC_GREF");
	is(mapped(fd, index, 1, RW, MAP_SHARED, &at), 0, "mmap()");
	is(map_refs(maps, &grant, 1, &place), 0, "MAP_GRANT_REF");
	is(mapped(maps, place, 1, RW, MAP_SHARED, &seen), 0, "mmap() of the grant");
	at[0] = 0x42;
	is(seen[0], 0x42, "the same page");
	munmap(at, PAGE);
	close(fd);
	seen[1] = 0x43;
	is(seen[0], 0x42, "the page of a file that is closed");
	munmap(seen, PAGE);
	is(mapped(maps, place, 1, RW, MAP_SHARED, &seen), EINVAL, "what was withdrawn");
	close(maps);
}

static int alloc_all_the_time(void *arg)
{
	uint32_t ref[16];
	unsigned char *at;
	uint64_t index;

	(void)arg;
	for (;;) {
		int fd = share_open();

		if (share(fd, domid, true, 16, &index, ref))
			return 1;
		if (mapped(fd, index + PAGE, 15, RW, MAP_SHARED, &at))
			return 2;
		at[0] = 1;
		unshare(fd, index, 8);
		munmap(at + PAGE, PAGE);
		close(fd);
		munmap(at, 15 * PAGE);
	}
}

static void killed(void)
{
	uint64_t index;
	uint32_t ref[16];
	int fd;

	xt_parameter_set("gntalloc_limit", 16);
	for (unsigned int i = 0; i < xt_turns(20); i++) {
		pid_t pid = child_begin(alloc_all_the_time, NULL);

		usleep(1000 + i * 577 % 7000);
		kill(pid, SIGKILL);
		is(child_end(pid), 256 + SIGKILL, "a child");
	}
	fd = share_open();
	is(share(fd, domid, true, 16, &index, ref), 0, "all pages are free again");
	close(fd);
	xt_parameter_set("gntalloc_limit", 1024);
}

void cases_of_shares(void)
{
	run_case("gntalloc: a page for the guest", right_use);
	run_case("gntalloc: who may do what", rights);
	run_case("gntalloc: what is refused", refused);
	run_case("gntalloc: its limit, and bytes that are cleared", limits_and_bytes);
	run_case("gntalloc: domain 0 maps a grant of its own", both_nodes);
	run_case("gntalloc: killed at any moment", killed);
}
