// SPDX-License-Identifier: GPL-2.0-only
/* Lists of grants and their places, errors, notifications, limits. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gntdev.h"

#define RW	(PROT_READ | PROT_WRITE)

static void *const nowhere = (void *)0x1000;

static void right_use(void)
{
	uint64_t index, first = 1;
	unsigned char *at, *none;
	int fd = node_open();

	is(map_some(fd, REF_DATA, 1, &first), 0, "MAP_GRANT_REF");
	is(first, 0, "the first place of a file");
	is(in_use(REF_DATA), 0, "in use before it is mapped");
	is(mapped(fd, first, 1, RW, MAP_SHARED, &at), 0, "mmap()");
	is(in_use(REF_DATA), READING | WRITING, "in use while it is mapped");
	is(ask(CMD_REVOKE, REF_DATA, 0), 0, "what is in use taken back");
	for (unsigned int i = 0; i < PAGE; i += 511)
		is(at[i], BACKEND_BYTE(i), "a byte of the guest's page");
	at[5] = 77;
	is(ask(CMD_PEEK, 5, 0), 77, "what the host wrote");
	is(ask(CMD_POKE, 5, BACKEND_BYTE(5)), 0, "poke");
	is(at[5], BACKEND_BYTE(5), "what the guest wrote");
	is(munmap(at, PAGE), 0, "munmap()");
	is(in_use(REF_DATA), 0, "in use after munmap()");
	is(mapped(fd, first, 1, PROT_READ, MAP_SHARED, &at), 0, "mmap() for reading");
	is(in_use(REF_DATA), READING, "in use for reading");
	is(at[9], BACKEND_BYTE(9), "a byte");
	is(munmap(at, PAGE), 0, "munmap()");
	is(unmap(fd, first, 1), 0, "UNMAP_GRANT_REF");
	is(have(fd, REF_MANY, REF_NR_MANY, RW, &index, &at), 0, "many");
	is(in_use(REF_MANY + REF_NR_MANY - 1), READING | WRITING, "the last of many");
	is(ask(CMD_REVOKE, REF_DATA, 0), 1, "what is free taken back");
	is(have(fd, REF_DATA, 1, RW, &first, &none), EINVAL, "what was taken back");
	is(ask(CMD_GRANT, REF_DATA, 0), 0, "granted again");
	close(fd);
	is(in_use(REF_MANY), READING | WRITING, "still mapped after close()");
	at[0] = 1;
	at[REF_NR_MANY * PAGE - 1] = 1;
	is(munmap(at, REF_NR_MANY * PAGE), 0, "munmap()");
	is(in_use(REF_MANY), 0, "in use after munmap()");
	is(in_use(REF_MANY + REF_NR_MANY - 1), 0, "the last of many");
}

static void refused_lists(void)
{
	struct ioctl_gntdev_map_grant_ref op = { .count = 1, .refs = { { domid, REF_DATA } } };
	unsigned char *edge = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct ioctl_gntdev_map_grant_ref *cut = (void *)(edge + PAGE - sizeof(op));
	int fd = node_open();
	uint64_t index;

	munmap(edge + PAGE, PAGE);
	is(xt_call(fd, IOCTL_GNTDEV_MAP_GRANT_REF, NULL), EFAULT, "no structure");
	is(xt_call(fd, IOCTL_GNTDEV_MAP_GRANT_REF, nowhere), EFAULT, "a bad pointer");
	op.count = 0;
	is(xt_call(fd, IOCTL_GNTDEV_MAP_GRANT_REF, &op), EINVAL, "no grants");
	op.count = 65537;
	is(xt_call(fd, IOCTL_GNTDEV_MAP_GRANT_REF, &op), EINVAL, "too many grants");
	op.count = UINT32_MAX;
	is(xt_call(fd, IOCTL_GNTDEV_MAP_GRANT_REF, &op), EINVAL, "very many grants");
	*cut = op;
	cut->count = 2;
	is(xt_call(fd, IOCTL_GNTDEV_MAP_GRANT_REF, cut), EFAULT, "a list that is cut off");
	cut->count = 1;
	is(mprotect(edge, PAGE, PROT_READ), 0, "mprotect()");
	is(xt_call(fd, IOCTL_GNTDEV_MAP_GRANT_REF, cut), EFAULT, "nowhere to put the answer");
	is(map_some(fd, REF_DATA, 1, &index), 0, "a good list");
	is(index, 0, "its place: none is taken");
	munmap(edge, PAGE);
	close(fd);
}

static void refused_grants(void)
{
	static const struct {
		unsigned int ref;
		int prot;
		const char *what;
	} tries[] = {
		{ REF_OTHER, PROT_READ, "granted to another" },
		{ REF_NOWHERE, PROT_READ, "no memory" },
		{ REF_UNUSED, PROT_READ, "not granted" },
		{ REF_BEYOND, PROT_READ, "no such entry" },
		{ REF_READ, RW, "granted for reading only" },
	};
	const unsigned int domids[] = {
		0, NOBODY, 0x7ff0, 0x7ff4, 0xffff, 0x10000 + domid, UINT32_MAX,
	};
	struct ioctl_gntdev_grant_ref refs[5];
	unsigned char *at;
	uint64_t index;
	int fd = node_open();

	for (unsigned int i = 0; i < NR(tries); i++)
		is(have(fd, tries[i].ref, 1, tries[i].prot, &index, &at), EINVAL, tries[i].what);
	for (unsigned int i = 0; i < NR(domids); i++) {
		refs[0] = (struct ioctl_gntdev_grant_ref){ domids[i], REF_DATA };
		is(map_refs(fd, refs, 1, &index), 0, "a list with another domain");
		is(mapped(fd, index, 1, PROT_READ, MAP_SHARED, &at), EINVAL, "another domain");
		is(unmap(fd, index, 1), 0, "UNMAP_GRANT_REF");
	}
	/* All or none: also where several domains are named. */
	for (unsigned int bad = 1; bad < NR(refs); bad++) {
		for (unsigned int i = 0; i < NR(refs); i++)
			refs[i] = (struct ioctl_gntdev_grant_ref){ domid, REF_MANY + i };
		refs[bad].ref = REF_UNUSED;
		is(map_refs(fd, refs, NR(refs), &index), 0, "a list with a bad one");
		is(mapped(fd, index, NR(refs), RW, MAP_SHARED, &at), EINVAL, "one is bad");
		is(unmap(fd, index, NR(refs)), 0, "UNMAP_GRANT_REF");
		refs[bad] = (struct ioctl_gntdev_grant_ref){ NOBODY, REF_MANY };
		is(map_refs(fd, refs, NR(refs), &index), 0, "a list with a bad domain");
		is(mapped(fd, index, NR(refs), RW, MAP_SHARED, &at), EINVAL, "a domain is bad");
		is(unmap(fd, index, NR(refs)), 0, "UNMAP_GRANT_REF");
		for (unsigned int i = 0; i < NR(refs); i++)
			is(in_use(REF_MANY + i), 0, "in use after a refusal");
	}
	is(have(fd, REF_LAZY, 1, RW, &index, &at), 0, "memory that was never touched");
	if (at != MAP_FAILED)
		is(at[0] | at[PAGE - 1], 0, "its contents");
	munmap(at, PAGE);
	close(fd);
}

static void refused_mappings(void)
{
	unsigned char *at, *other;
	uint64_t index;
	int fd = node_open(), reader = open(NODE, O_RDONLY);

	is(map_some(fd, REF_MANY, 3, &index), 0, "MAP_GRANT_REF");
	is(mapped(fd, index, 3, RW, MAP_PRIVATE, &at), EINVAL, "private and to be written");
	is(mapped(fd, index, 2, RW, MAP_SHARED, &at), EINVAL, "too short");
	is(mapped(fd, index, 4, RW, MAP_SHARED, &at), EINVAL, "too long");
	is(mapped(fd, index + PAGE, 2, RW, MAP_SHARED, &at), EINVAL, "a part");
	is(mapped(fd, 1UL << 40, 3, RW, MAP_SHARED, &at), EINVAL, "another place");
	is(mapped(fd, index, 3, RW, MAP_SHARED, &at), 0, "mmap()");
	is(mapped(fd, index, 3, RW, MAP_SHARED, &other), EINVAL, "a second time");
	is(mapped(fd, index, 3, PROT_READ, MAP_PRIVATE, &other), EINVAL, "a second time, private");
	is(munmap(at, 3 * PAGE), 0, "munmap()");
	is(mapped(fd, index, 3, RW, MAP_SHARED, &at), 0, "mmap() again");
	is(munmap(at, 3 * PAGE), 0, "munmap()");
	is(map_some(reader, REF_MANY, 1, &index), 0, "MAP_GRANT_REF, open for reading");
	is(mapped(reader, index, 1, RW, MAP_SHARED, &at), EACCES, "open for reading, written");
	is(mapped(reader, index, 1, PROT_READ, MAP_SHARED, &at), 0, "open for reading");
	is(mprotect(at, PAGE, RW) ? errno : 0, EACCES, "open for reading, mprotect()");
	munmap(at, PAGE);
	close(reader);
	close(fd);
}

static void places(void)
{
	uint64_t a, b, c, again;
	unsigned char *at;
	int fd = node_open();

	is(map_some(fd, REF_MANY, 2, &a), 0, "the first");
	is(map_some(fd, REF_MANY + 2, 3, &b), 0, "the second");
	is(map_some(fd, REF_MANY + 5, 1, &c), 0, "the third");
	good_if(!(a % PAGE) && !(b % PAGE) && !(c % PAGE), "places are of whole pages");
	good_if(b >= a + 2 * PAGE && c >= b + 3 * PAGE, "places are apart");
	is(unmap(fd, b, 2), ENOENT, "too few");
	is(unmap(fd, b, 4), ENOENT, "too many");
	is(unmap(fd, b + PAGE, 2), ENOENT, "a part");
	is(unmap(fd, 1UL << 50, 3), ENOENT, "no such place");
	is(xt_call(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, NULL), EFAULT, "no structure");
	is(unmap(fd, b, 3), 0, "the second");
	is(unmap(fd, b, 3), ENOENT, "the second, twice");
	is(mapped(fd, b, 3, RW, MAP_SHARED, &at), EINVAL, "mmap() of what is gone");
	is(map_some(fd, REF_MANY + 2, 2, &again), 0, "another");
	is(again, b, "its place is where there is room");
	is(unmap(fd, again, 0), 0, "however many there are");
	/* What is mapped stays so, while its place is another's. */
	is(mapped(fd, a, 2, RW, MAP_SHARED, &at), 0, "mmap() of the first");
	is(unmap(fd, a, 2), 0, "UNMAP_GRANT_REF of what is mapped");
	is(map_some(fd, REF_DATA, 1, &again), 0, "another");
	is(again, a, "its place");
	is(madvise(at, 2 * PAGE, MADV_DONTNEED), 0, "MADV_DONTNEED");
	at[PAGE] = 1;
	is(in_use(REF_MANY + 1), READING | WRITING, "in use");
	is(in_use(REF_DATA), 0, "the other's");
	is(munmap(at, 2 * PAGE), 0, "munmap()");
	is(in_use(REF_MANY + 1), 0, "in use after munmap()");
	close(fd);
}

static int offset_of(int fd, const void *at, uint64_t *offset, uint32_t *count)
{
	struct ioctl_gntdev_get_offset_for_vaddr op = { .vaddr = (uintptr_t)at };
	int err = xt_call(fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &op);

	*offset = op.offset;
	*count = op.count;
	return err;
}

static void offsets(void)
{
	uint64_t a, b, offset;
	unsigned char *at, *hole;
	uint32_t count;
	int fd = node_open();

	is(map_some(fd, REF_MANY, 2, &a), 0, "another");
	is(have(fd, REF_MANY + 2, 3, RW, &b, &at), 0, "mmap()");
	is(offset_of(fd, at, &offset, &count), 0, "its start");
	is(offset, b, "its place");
	is(count, 3, "its length");
	is(offset_of(fd, at + 2 * PAGE + 7, &offset, &count), 0, "within it");
	is(offset, b, "its place");
	is(offset_of(fd, &count, &offset, &count), EINVAL, "of the stack");
	hole = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(hole, PAGE);
	is(offset_of(fd, hole, &offset, &count), EINVAL, "of nothing");
	is(offset_of(fd, (void *)-1UL, &offset, &count), EINVAL, "of no address");
	is(xt_call(fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, NULL), EFAULT, "no structure");
	is(xt_call(fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, nowhere), EFAULT, "a bad pointer");
	munmap(at, 3 * PAGE);
	is(offset_of(fd, at, &offset, &count), EINVAL, "after munmap()");
	close(fd);
}

static void notifications(void)
{
	unsigned char *at;
	uint64_t index;
	int fd = node_open();

	is(have(fd, REF_DATA, 1, RW, &index, &at), 0, "mmap()");
	is(xt_call(fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, NULL), EFAULT, "no structure");
	is(notify(fd, index, 4, 0), EINVAL, "an unknown action");
	is(notify(fd, index, UINT32_MAX, 0), EINVAL, "unknown actions");
	is(notify(fd, index + PAGE, UNMAP_NOTIFY_CLEAR_BYTE, 0), ENOENT, "no such page");
	is(notify(fd, UINT64_MAX, UNMAP_NOTIFY_CLEAR_BYTE, 0), ENOENT, "no such byte");
	is(notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, 0), EINVAL, "port 0");
	is(notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, UINT32_MAX), EINVAL, "no such port");
	is(notify(fd, index + 9, UNMAP_NOTIFY_CLEAR_BYTE, 0), 0, "a byte");
	is(notify(fd, index + 10, UNMAP_NOTIFY_CLEAR_BYTE, 0), 0, "another in its place");
	is(ask(CMD_PEEK, 10, 0), BACKEND_BYTE(10), "before");
	is(munmap(at, PAGE), 0, "munmap()");
	is(ask(CMD_PEEK, 9, 0), BACKEND_BYTE(9), "the first byte");
	is(ask(CMD_PEEK, 10, 0), 0, "the other");
	ask(CMD_POKE, 10, BACKEND_BYTE(10));
	/* Once. */
	is(mapped(fd, index, 1, RW, MAP_SHARED, &at), 0, "mmap() again");
	munmap(at, PAGE);
	is(ask(CMD_PEEK, 10, 0), BACKEND_BYTE(10), "after another munmap()");
	is(mapped(fd, index, 1, RW, MAP_SHARED, &at), 0, "mmap() again");
	is(notify(fd, index + 10, UNMAP_NOTIFY_CLEAR_BYTE, 0), 0, "a byte");
	is(notify(fd, index + 10, 0, 0), 0, "nothing instead");
	munmap(at, PAGE);
	is(ask(CMD_PEEK, 10, 0), BACKEND_BYTE(10), "what was called off");
	/* Not by a detour where nothing may be written. */
	is(notify(fd, index + 10, UNMAP_NOTIFY_CLEAR_BYTE, 0), 0, "before mmap()");
	is(mapped(fd, index, 1, PROT_READ, MAP_SHARED, &at), 0, "mmap() for reading");
	is(notify(fd, index + 10, UNMAP_NOTIFY_CLEAR_BYTE, 0), EINVAL, "mapped for reading");
	munmap(at, PAGE);
	is(ask(CMD_PEEK, 10, 0), BACKEND_BYTE(10), "mapped for reading");
	close(fd);
}

static void unknown_calls(void)
{
	uint32_t count = 128;
	int fd = node_open();

	/* As in the kernel's driver: stock libxengnttab takes that for success. */
	is(xt_call(fd, IOCTL_GNTDEV_SET_MAX_GRANTS, &count), ENOTTY, "SET_MAX_GRANTS");
	is(xt_call(fd, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, NULL), ENOTTY, "DMABUF_EXP_FROM_REFS");
	is(xt_call(fd, IOCTL_GNTDEV_DMABUF_IMP_RELEASE, NULL), ENOTTY, "DMABUF_IMP_RELEASE");
	is(xt_call(fd, _IOC(_IOC_NONE, 'G', 99, 4), NULL), ENOTTY, "an unknown call");
	is(read(fd, &count, sizeof(count)) < 0 ? errno : 0, EINVAL, "read()");
	is(write(fd, &count, sizeof(count)) < 0 ? errno : 0, EINVAL, "write()");
	is(lseek(fd, 1, SEEK_SET) < 0 ? errno : 0, ESPIPE, "lseek()");
	close(fd);
}

static void limits(void)
{
	uint64_t index, other;
	int fd = node_open(), second = node_open();

	xt_parameter_set("gntdev_file_grants", 10);
	is(map_some(fd, REF_MANY, 11, &index), ENOMEM, "more than a file may have");
	is(map_some(fd, REF_MANY, 6, &index), 0, "six");
	is(map_some(fd, REF_MANY, 5, &other), ENOMEM, "and five");
	is(map_some(fd, REF_MANY, 4, &other), 0, "and four");
	is(map_some(second, REF_MANY, 10, &other), 0, "ten of another file");
	is(unmap(fd, index, 6), 0, "six gone");
	is(map_some(fd, REF_MANY, 6, &index), 0, "six again");
	xt_parameter_set("gntdev_file_grants", 65536);
	/* The page of orders, and these twenty. */
	xt_parameter_set("gntdev_all_grants", 21);
	is(map_some(fd, REF_MANY, 1, &other), ENOMEM, "more than all may have");
	is(unmap(fd, index, 6), 0, "six gone");
	is(map_some(second, REF_MANY, 6, &index), 0, "six of the other's");
	close(fd);
	is(map_some(second, REF_MANY, 5, &index), ENOMEM, "five");
	is(map_some(second, REF_MANY, 4, &index), 0, "four: a file is closed");
	close(second);
	xt_parameter_set("gntdev_all_grants", 524288);
}

static void a_full_list(void)
{
	static struct ioctl_gntdev_grant_ref refs[65536];
	unsigned char *at;
	uint64_t index;
	int fd = node_open();

	/* More uses than an entry can have: the mapping is refused in its middle. */
	for (unsigned int i = 0; i < NR(refs); i++)
		refs[i] = (struct ioctl_gntdev_grant_ref){
			domid, REF_MANY + i / 128 % REF_NR_MANY
		};
	is(map_refs(fd, refs, NR(refs), &index), 0, "65536 grants");
	is(mapped(fd, index, NR(refs), PROT_READ, MAP_SHARED, &at), EINVAL, "too many uses");
	is(in_use(REF_MANY), 0, "in use");
	is(unmap(fd, index, NR(refs)), 0, "UNMAP_GRANT_REF");
	is(map_refs(fd, refs, 128 * REF_NR_MANY, &index), 0, "as many as can be");
	is(mapped(fd, index, 128 * REF_NR_MANY, PROT_READ, MAP_SHARED, &at), 0, "mmap()");
	is(((volatile unsigned char *)at)[128 * REF_NR_MANY * PAGE - 2], 0, "a byte of the last");
	is(munmap(at, 128 * REF_NR_MANY * PAGE), 0, "munmap()");
	is(in_use(REF_MANY), 0, "in use after munmap()");
	close(fd);
}

void cases_of_maps(void)
{
	run_case("grants are mapped, seen in use, and free again", right_use);
	run_case("lists that are refused", refused_lists);
	run_case("grants that are refused", refused_grants);
	run_case("mappings that are refused", refused_mappings);
	run_case("places among the pages of a file", places);
	run_case("places by address", offsets);
	run_case("bytes cleared when a mapping goes", notifications);
	run_case("calls that are not known", unknown_calls);
	run_case("limits of a file and of all", limits);
	run_case("the longest list", a_full_list);
}
