// SPDX-License-Identifier: GPL-2.0-only
/* Guests' pages, mapped by lists of frames. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privcmd.h"

static void mapping(struct target *t)
{
	uint64_t gfn[4] = { 0, 5, HOLE, RING };
	char *at = area(4, PROT_READ | PROT_WRITE), *guest, *again, byte = 0;
	struct iovec local = { &byte, 1 }, remote;
	int err[4] = { 1, 1, 1, 1 }, status;
	pid_t child;
	ssize_t n;
	bool ok;

	ok = is("before", fault(at, false), SIGBUS);
	ok = is("map", map(t->domid, at, 4, gfn, err), 0) && is("first", err[0], 0) &&
	     is("second", err[1], 0) && is("hole", err[2], -EINVAL) && is("ring", err[3], 0) && ok;
	guest = mmap(NULL, RAM * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);
	strcpy(at + PAGE, "from here");
	ok = guest != MAP_FAILED && !strcmp(guest + 5 * PAGE, "from here") && ok;
	strcpy(guest, "from there");
	ok = !strcmp(at, "from there") && is("hole", fault(at + 2 * PAGE, false), SIGBUS) && ok;
	xt_result(ok, "a guest's pages are mapped, a hole is SIGBUS");

	gfn[2] = 7;
	ok = is("the hole", map(t->domid, at + 2 * PAGE, 1, gfn + 2, err), 0);
	ok = is("it", err[0], 0) && is("access", fault(at + 2 * PAGE, true), 0) && ok;
	ok = is("what is full", map(t->domid, at + PAGE, 1, gfn, err), -EINVAL) && ok;
	ok = is("the rest", strcmp(at + PAGE, "from here"), 0) && ok;
	xt_result(ok, "a hole can be filled later, what is full not");

	child = fork();
	if (!child)
		_exit(fault(at, false));
	ok = waitpid(child, &status, 0) == child && is("child", WEXITSTATUS(status), SIGSEGV);
	remote = (struct iovec){ at, 1 };
	n = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
	ok = is("readv", n < 0 ? -errno : n, -EFAULT) && ok;
	ok = !munmap(at + PAGE, PAGE) && is("unmapped", fault(at + PAGE, false), SIGSEGV) && ok;
	ok = is("before it", fault(at, false), 0) && ok;
	ok = is("behind it", fault(at + 2 * PAGE, false), 0) && ok;
	again = mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	ok = is("grown", again == MAP_FAILED ? -errno : 0, -EFAULT) && ok;
	again = mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + PAGE);
	ok = again == at + PAGE && !strcmp(again, "from there") && ok;
	ok = !madvise(again, PAGE, MADV_DONTNEED) && ok;
	ok = is("dropped", fault(again, false), SIGBUS) && ok;
	munmap(at, 4 * PAGE);
	munmap(guest, RAM * PAGE);
	xt_result(ok, "an area is split, moved, dropped and not inherited");
}

static void mapping_errors(struct target *t)
{
	uint64_t gfn[8] = { 0, 1, 2, 3 };
	char *at = area(4, PROT_READ | PROT_WRITE), *only = area(1, PROT_READ);
	/* A page for errors, and nothing behind it. */
	char *end = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct privcmd_mmapbatch old = { .num = 2, .dom = t->domid, .addr = (uintptr_t)at };
	int err[8] = {}, rc;
	bool ok;

	mprotect(end + PAGE, PAGE, PROT_NONE);
	ok = is("none", map(t->domid, at, 0, gfn, err), -EINVAL);
	ok = is("too many", map(t->domid, at, ~0U, gfn, err), -EINVAL) && ok;
	ok = is("more than there is", map(t->domid, at, 5, gfn, err), -EINVAL) && ok;
	ok = is("a part at first", map(t->domid, at, 2, gfn, err), -EINVAL) && ok;
	ok = is("not a page", map(t->domid, at + 8, 1, gfn, err), -EINVAL) && ok;
	ok = is("memory of others", map(t->domid, &old, 1, gfn, err), -EINVAL) && ok;
	ok = is("errors' pointer", map(t->domid, at, 4, gfn, BAD), -EFAULT) && ok;
	ok = is("frames' pointer", map(t->domid, at, 4, BAD, err), -EFAULT) && ok;
	ok = is("pointer", call(priv, IOCTL_PRIVCMD_MMAPBATCH_V2, BAD), -EFAULT) && ok;
	ok = is("huge", map(t->domid, at, 0x7fffffff, gfn, (int *)end), -EFAULT) && ok;
	xt_result(ok, "areas and counts that cannot be");

	ok = is("no domain", map(4711, at, 4, gfn, err), 0) && is("error", err[3], -ESRCH);
	ok = is("domain 0", map(0, at, 4, gfn, err), 0) && is("error", err[0], -EINVAL) && ok;
	gfn[0] = ~0UL;
	ok = is("no frame", map(t->domid, at, 1, gfn, err), 0) && ok;
	ok = is("error", err[0], -EINVAL) && ok;
	xt_result(ok, "pages that are nobody's have an error each");

	gfn[0] = 3;
	gfn[1] = HOLE;
	old.arr = gfn;
	ok = is("the old way", call(priv, IOCTL_PRIVCMD_MMAPBATCH, &old), 0) &&
	     is("first", gfn[0], 3) && is("hole", gfn[1], HOLE | 0xf0000000);
	ok = is("access", fault(at, true), 0) && is("hole", fault(at + PAGE, false), SIGBUS) && ok;
	old.num = 0;
	ok = is("none", call(priv, IOCTL_PRIVCMD_MMAPBATCH, &old), -EINVAL) && ok;
	ok = is("by machine frames", call(priv, IOCTL_PRIVCMD_MMAP, BAD), -ENOSYS) && ok;
	xt_result(ok, "MMAPBATCH tells errors in the frames");

	gfn[0] = 4;
	ok = is("to be read", map(t->domid, only, 1, gfn, err), 0) && is("page", err[0], 0) &&
	     is("read", fault(only, false), 0) && is("written", fault(only, true), SIGSEGV);
	rc = mprotect(only, PAGE, PROT_READ | PROT_WRITE) ? -errno : 0;
	ok = is("mprotect", rc, -EACCES) && ok;
	rc = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, priv, 0) == MAP_FAILED ? -errno : 0;
	ok = is("private", rc, -EINVAL) && ok;
	xt_result(ok, "what is mapped to be read is not written");
	munmap(at, 4 * PAGE);
	munmap(only, PAGE);
	munmap(end, 2 * PAGE);
}

/* An area that can be written, not, and again, before and after it is filled. */
static void protection(struct target *t)
{
	char *at = area(2, PROT_READ | PROT_WRITE), *later = area(1, PROT_READ);
	uint64_t gfn[2] = { 8, HOLE };
	int err[2], rc;
	bool ok;

	ok = !mprotect(at, 2 * PAGE, PROT_READ);
	ok = is("map", map(t->domid, at, 2, gfn, err), 0) && is("page", err[0], 0) && ok;
	rc = mprotect(at, 2 * PAGE, PROT_READ | PROT_WRITE) ? -errno : 0;
	ok = is("mprotect", rc, -EACCES) && is("write", fault(at, true), SIGSEGV) && ok;
	rc = mprotect(at + PAGE, PAGE, PROT_WRITE) ? -errno : 0;
	ok = is("mprotect of a part", rc, -EACCES) && ok;
	ok = !mprotect(at, PAGE, PROT_NONE) && !mprotect(at, PAGE, PROT_READ) && ok;
	ok = is("read", fault(at, false), 0) && ok;
	munmap(at, 2 * PAGE);
	xt_result(ok, "an area that is filled to be read stays one");

	ok = !mprotect(later, PAGE, PROT_READ | PROT_WRITE);
	ok = is("map", map(t->domid, later, 1, gfn, err), 0) && is("page", err[0], 0) && ok;
	ok = !mprotect(later, PAGE, PROT_READ) && is("write", fault(later, true), SIGSEGV) && ok;
	ok = !mprotect(later, PAGE, PROT_READ | PROT_WRITE) && ok;
	ok = is("write again", fault(later, true), 0) && ok;
	munmap(later, PAGE);
	xt_result(ok, "an area that is filled to be written may be protected and back");
}

/* Calls that fail leave the area as it was. */
static void all_or_nothing(struct target *t)
{
	struct privcmd_mmap_resource r = { .dom = t->domid, .type = 1, .num = 2 };
	char *at = area(RAM, PROT_READ | PROT_WRITE), *table = area(2, PROT_READ);
	char *memory = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* The list ends where nothing is, with more before it than is mapped at once. */
	uint64_t *list = (uint64_t *)(memory + 2 * PAGE) - (RAM - 1);
	struct privcmd_mmapbatch old = { .num = RAM, .dom = t->domid, .addr = (uintptr_t)at };
	int err[RAM];
	unsigned int i;
	bool ok;

	mprotect(memory + 2 * PAGE, PAGE, PROT_NONE);
	for (i = 0; i < RAM - 1; i++)
		list[i] = i;
	ok = is("the list's end", map(t->domid, at, RAM, list, err), -EFAULT);
	ok = is("the first page", fault(at, false), SIGBUS) && ok;
	xt_result(ok, "a list that cannot be read to its end maps nothing");

	/* Something is at the end. */
	list--;
	for (i = 0; i < RAM; i++)
		list[i] = i < RAM - 1 ? HOLE : 9;
	ok = is("the last", map(t->domid, at, RAM, list, err), 0) && is("it", err[RAM - 1], 0);
	for (i = 0; i < RAM; i++)
		list[i] = i;
	ok = is("over it", map(t->domid, at, RAM, list, err), -EINVAL) && ok;
	ok = is("the first page", fault(at, false), SIGBUS) && ok;
	ok = is("the last page", fault(at + (RAM - 1) * PAGE, true), 0) && ok;
	ok = is("the others", map(t->domid, at, RAM - 1, list, err), 0) && ok;
	ok = is("the first page", fault(at, true), 0) && ok;
	xt_result(ok, "a list is not mapped where a page is, not even its beginning");

	/* Errors that cannot be told: in memory that cannot be written. */
	munmap(at, RAM * PAGE);
	at = area(RAM, PROT_READ | PROT_WRITE);
	list[0] = HOLE;
	mprotect(memory, 2 * PAGE, PROT_READ);
	old.addr = (uintptr_t)at;
	old.arr = list;
	ok = is("errors", call(priv, IOCTL_PRIVCMD_MMAPBATCH, &old), -EFAULT);
	ok = is("the hole", fault(at, false), SIGBUS) && is("a page", fault(at + PAGE, true), 0) &&
	     is("the last page", fault(at + (RAM - 1) * PAGE, true), 0) && ok;
	xt_result(ok, "an error that cannot be told is EFAULT, and the others are mapped");

	r.addr = (uintptr_t)table;
	ok = is("the table", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), 0) &&
	     !madvise(table, PAGE, MADV_DONTNEED);
	ok = is("over it", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	ok = is("its first frame", fault(table, false), SIGBUS) && ok;
	ok = is("its second frame", fault(table + PAGE, false), 0) && ok;
	munmap(table, 2 * PAGE);
	munmap(at, RAM * PAGE);
	munmap(memory, 3 * PAGE);
	xt_result(ok, "nor are frames of a grant table");
}

void cases_of_maps(struct target *t)
{
	mapping(t);
	mapping_errors(t);
	protection(t);
	all_or_nothing(t);
}

/* Without the other target: there is one with its UUID. */
void cases_of_ends(void)
{
	struct target t = make("outlives"), next;
	uint64_t gfn[2] = { 6, RING };
	char *at = area(2, PROT_READ | PROT_WRITE);
	int err[2];
	bool ok;

	ok = is("map", map(t.domid, at, 2, gfn, err), 0) && !err[0] && !err[1];
	strcpy(at, "still here");
	end(&t);
	next = make("next");
	ok = !strcmp(at, "still here") && is("write", fault(at + PAGE, true), 0) && ok;
	munmap(at, 2 * PAGE);
	at = area(2, PROT_READ | PROT_WRITE);
	ok = is("of the dead", map(t.domid, at, 2, gfn, err), 0) && ok;
	ok = is("page", err[0], -ESRCH) && ok;
	munmap(at, 2 * PAGE);
	end(&next);
	xt_result(ok, "mapped pages stay when their domain is gone");
}
