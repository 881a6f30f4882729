// SPDX-License-Identifier: GPL-2.0-only
/* What can be done to mappings: split, moved, forked, read and written by others, used for I/O. */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gntdev.h"

#define RW	(PROT_READ | PROT_WRITE)

static unsigned char *shared;		/* what a child looks at */
static uint64_t shared_index;
static int shared_fd;

/* Is every way to write there closed? */
static void not_writable(unsigned char *at, const char *what)
{
	unsigned char byte = 0x55, before = at[3];
	struct iovec from = { &byte, 1 }, to = { at + 3, 1 };
	int memory = open("/proc/self/mem", O_RDWR), zero = open("/dev/zero", O_RDONLY);

	is(mprotect(at, PAGE, RW) ? errno : 0, EACCES, what);
	/* As a debugger does it: with FOLL_FORCE. */
	is(pwrite(memory, &byte, 1, (uintptr_t)at + 3) < 0 ? errno : 0, EIO, "/proc/self/mem");
	is(process_vm_writev(getpid(), &from, 1, &to, 1, 0) < 0 ? errno : 0, EFAULT,
	   "process_vm_writev()");
	is(read(zero, at + 3, 1) < 0 ? errno : 0, EFAULT, "read() to there");
	is(at[3], before, "the byte there");
	is(ask(CMD_PEEK, 3, 0), BACKEND_BYTE(3), "the guest's byte");
	close(memory);
	close(zero);
}

static int poke_child(void *arg)
{
	(void)arg;
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	return 0;
}

/* A debugger at a child that has the mapping. */
static void debugger(unsigned char *at)
{
	long word, got;
	pid_t pid;
	int status;

	is(madvise(at, PAGE, MADV_DOFORK), 0, "MADV_DOFORK");
	memcpy(&word, at, sizeof(word));
	pid = child_begin(poke_child, NULL);
	waitpid(pid, &status, 0);
	errno = 0;
	got = ptrace(PTRACE_PEEKDATA, pid, at, NULL);
	is(errno, 0, "PTRACE_PEEKDATA");
	is(got, word, "the word");
	is(ptrace(PTRACE_POKEDATA, pid, at, (void *)~word) ? errno : 0, EIO, "PTRACE_POKEDATA");
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	is(child_end(pid), 0, "the child");
	is(memcmp(&word, at, sizeof(word)), 0, "the word after it");
}

static void for_reading(void)
{
	unsigned char *at;
	uint64_t index;
	int fd = node_open();

	is(have(fd, REF_DATA, 1, PROT_READ, &index, &at), 0, "of a writable grant");
	not_writable(at, "mprotect(), of a writable grant");
	debugger(at);
	munmap(at, PAGE);
	is(in_use(REF_DATA), 0, "in use");
	is(mapped(fd, index, 1, PROT_READ, MAP_PRIVATE, &at), 0, "private");
	not_writable(at, "mprotect(), private");
	debugger(at);
	munmap(at, PAGE);
	is(have(fd, REF_READ, 1, PROT_READ, &index, &at), 0, "of a grant for reading");
	not_writable(at, "mprotect(), of a grant for reading");
	debugger(at);
	munmap(at, PAGE);
	is(in_use(REF_READ), 0, "in use");
	/* A mapping for writing, made for reading and back. */
	is(have(fd, REF_DATA, 1, RW, &index, &at), 0, "for writing");
	is(mprotect(at, PAGE, PROT_READ), 0, "mprotect() for reading");
	is(mprotect(at, PAGE, RW), 0, "mprotect() for writing");
	at[4] = 99;
	is(ask(CMD_PEEK, 4, 0), 99, "what was written");
	at[4] = BACKEND_BYTE(4);
	close(fd);
	munmap(at, PAGE);
}

static void parts(void)
{
	unsigned char *at;
	uint64_t index;
	int fd = node_open();

	is(have(fd, REF_MANY, 8, RW, &index, &at), 0, "mmap()");
	is(munmap(at, PAGE), 0, "munmap() of the first");
	is(munmap(at + 7 * PAGE, PAGE), 0, "of the last");
	is(munmap(at + 3 * PAGE, 2 * PAGE), 0, "of the middle");
	is(in_use(REF_MANY), READING | WRITING, "in use: it goes as a whole");
	is(mprotect(at + 6 * PAGE, PAGE, PROT_READ), 0, "another split");
	at[PAGE] = 1;
	at[5 * PAGE] = 2;
	is(mapped(fd, index, 8, RW, MAP_SHARED, &shared), EINVAL, "while parts are left");
	munmap(at + PAGE, 2 * PAGE);
	is(in_use(REF_MANY + 1), READING | WRITING, "in use");
	munmap(at + 6 * PAGE, PAGE);
	is(in_use(REF_MANY + 1), READING | WRITING, "in use with the last part");
	munmap(at + 5 * PAGE, PAGE);
	for (unsigned int i = 0; i < 8; i++)
		is(in_use(REF_MANY + i), 0, "in use after the last part");
	is(mapped(fd, index, 8, RW, MAP_SHARED, &at), 0, "mmap() again");
	/* Something else in its place: that unmaps, too. */
	is(mmap(at, 8 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at, true,
	   "mmap() over it");
	is(in_use(REF_MANY + 7), 0, "in use after that");
	munmap(at, 8 * PAGE);
	close(fd);
}

static void moves(void)
{
	unsigned char *to = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *at;
	uint64_t index;
	int fd = node_open();

	is(have(fd, REF_DATA, 1, RW, &index, &at), 0, "one page");
	is(mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to, true, "a move");
	is(to[100], BACKEND_BYTE(100), "a byte");
	is(mremap(to, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? errno : 0, EFAULT, "growing");
	is(mremap(to, 0, PAGE, MREMAP_MAYMOVE) == MAP_FAILED, true, "a second one");
	is(mremap(to, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP) == MAP_FAILED, true,
	   "a move that leaves the old one");
	is(in_use(REF_DATA), READING | WRITING, "in use");
	/* Not munmap(): the next mapping would have a part of it there. */
	is(mmap(to, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == to, true,
	   "mmap() over it");
	is(in_use(REF_DATA), 0, "in use after that");
	is(have(fd, REF_MANY, 4, RW, &index, &at), 0, "four pages");
	for (unsigned int i = 0; i < 4; i++)
		at[i * PAGE] = 10 + i;
	/* A part is moved away, the rest shrinks. */
	is(mremap(at + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to, true, "a part");
	is(to[0], 11, "its byte");
	is(mremap(at + 2 * PAGE, 2 * PAGE, PAGE, 0) == at + 2 * PAGE, true, "shrinking");
	is(at[2 * PAGE], 12, "the byte that is left");
	is(madvise(to, PAGE, MADV_DONTNEED), 0, "MADV_DONTNEED");
	is(to[0], 11, "its byte again");
	munmap(at, 4 * PAGE);
	is(in_use(REF_MANY + 3), READING | WRITING, "in use with the part");
	munmap(to, 8 * PAGE);
	is(in_use(REF_MANY + 3), 0, "in use after it");
	close(fd);
}

static void advice(void)
{
	static const int advices[] = {
		MADV_NORMAL, MADV_WILLNEED, MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_COLD,
		MADV_PAGEOUT, MADV_MERGEABLE, MADV_HUGEPAGE, MADV_DODUMP, MADV_POPULATE_READ,
		MADV_POPULATE_WRITE, MADV_DONTNEED, 25 /* MADV_COLLAPSE */,
	};
	unsigned char *at;
	uint64_t index;
	int fd = node_open();

	is(have(fd, REF_DATA, 1, RW, &index, &at), 0, "mmap()");
	for (unsigned int i = 0; i < NR(advices); i++) {
		at[6] = i;
		madvise(at, PAGE, advices[i]);	/* whether it takes it or not */
		is(at[6], i, "the byte after an advice");
		is(at[7], BACKEND_BYTE(7), "another byte after an advice");
		is(ask(CMD_PEEK, 6, 0), i, "the guest's byte after an advice");
	}
	at[6] = BACKEND_BYTE(6);
	is(mlock(at, PAGE) ? errno : 0, 0, "mlock()");
	is(msync(at, PAGE, MS_SYNC) ? errno : 0, EINVAL, "msync()");
	munmap(at, PAGE);
	is(in_use(REF_DATA), 0, "in use");
	close(fd);
}

static int touch(void *arg)
{
	(void)arg;
	return shared[11];
}

static int leave_later(void *arg)
{
	char c;

	if (read(*(int *)arg, &c, 1) != 1)
		return 1;
	shared[12] = 0x21;
	return 0;
}

static void forks(void)
{
	int go[2], fd = node_open();
	uint64_t index;
	pid_t pid;

	is(pipe(go), 0, "pipe()");
	is(have(fd, REF_DATA, 1, RW, &index, &shared), 0, "mmap()");
	is(in_child(touch, NULL), 256 + SIGSEGV, "a child has no copy");
	is(madvise(shared, PAGE, MADV_DOFORK), 0, "MADV_DOFORK");
	is(in_child(touch, NULL), BACKEND_BYTE(11), "a child that was to have one");
	pid = child_begin(leave_later, &go[0]);
	munmap(shared, PAGE);
	is(unmap(fd, index, 1), 0, "UNMAP_GRANT_REF");
	close(fd);
	is(in_use(REF_DATA), READING | WRITING, "in use by a child");
	is(write(go[1], "", 1), 1, "go on");
	is(child_end(pid), 0, "the child");
	is(ask(CMD_PEEK, 12, 0), 0x21, "what it wrote");
	is(in_use(REF_DATA), 0, "in use after the child");
	ask(CMD_POKE, 12, BACKEND_BYTE(12));
	close(go[0]);
	close(go[1]);
}

static int map_of_parents(void *arg)
{
	unsigned char *at;

	(void)arg;
	if (mapped(shared_fd, shared_index, 1, RW, MAP_SHARED, &at))
		return 1;
	return at[13] == BACKEND_BYTE(13) ? 0 : 2;
}

static int receive(void *arg)
{
	union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } control;
	char byte;
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	unsigned char *at;
	int fd;

	if (recvmsg(*(int *)arg, &m, 0) != 1 || !CMSG_FIRSTHDR(&m))
		return 1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	if (mapped(fd, shared_index, 1, PROT_READ, MAP_SHARED, &at))
		return 2;
	return at[14] == BACKEND_BYTE(14) ? 0 : 3;
}

static void descriptors(void)
{
	union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } control = {
		.head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS },
	};
	struct iovec v = { "x", 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int pair[2], fd = node_open();
	pid_t pid;

	shared_fd = node_open();
	is(map_some(shared_fd, REF_DATA, 1, &shared_index), 0, "MAP_GRANT_REF");
	is(child_end(child_begin(map_of_parents, NULL)), 0, "mapped by a child");
	is(in_use(REF_DATA), 0, "in use after the child");
	is(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0, "socketpair()");
	pid = child_begin(receive, &pair[1]);
	memcpy(CMSG_DATA(&control.head), &shared_fd, sizeof(int));
	is(sendmsg(pair[0], &m, 0), 1, "sendmsg()");
	close(shared_fd);
	is(child_end(pid), 0, "mapped by who it was sent to");
	is(in_use(REF_DATA), 0, "in use after it");
	/* A descriptor that lies in a socket nobody reads, which holds itself. */
	is(map_some(fd, REF_DATA, 1, &shared_index), 0, "MAP_GRANT_REF");
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(int));
	is(sendmsg(pair[0], &m, 0), 1, "sendmsg()");
	memcpy(CMSG_DATA(&control.head), &pair[1], sizeof(int));
	is(sendmsg(pair[0], &m, 0), 1, "sendmsg() of the socket");
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

static int wait_for_end(void *arg)
{
	char c;

	return read(*(int *)arg, &c, 1) == 1 ? 0 : 1;
}

static void other_processes(void)
{
	unsigned char byte = 0x44, got = 0;
	struct iovec here = { &got, 1 }, there;
	int go[2], fd = node_open();
	uint64_t index;
	pid_t pid;

	is(pipe(go), 0, "pipe()");
	is(have(fd, REF_DATA, 1, RW, &index, &shared), 0, "mmap()");
	madvise(shared, PAGE, MADV_DOFORK);
	pid = child_begin(wait_for_end, &go[0]);
	munmap(shared, PAGE);
	there = (struct iovec){ shared + 15, 1 };
	is(process_vm_readv(pid, &here, 1, &there, 1, 0), 1, "process_vm_readv()");
	is(got, BACKEND_BYTE(15), "the byte");
	here.iov_base = &byte;
	is(process_vm_writev(pid, &here, 1, &there, 1, 0), 1, "process_vm_writev()");
	is(ask(CMD_PEEK, 15, 0), 0x44, "the guest's byte");
	ask(CMD_POKE, 15, BACKEND_BYTE(15));
	is(write(go[1], "", 1), 1, "go on");
	is(child_end(pid), 0, "the child");
	is(in_use(REF_DATA), 0, "in use");
	close(fd);
	close(go[0]);
	close(go[1]);
}

/* A block device that takes direct I/O: a loop device on a file.  Its descriptor, or -1. */
static int block_device(int *loop)
{
	static char zeroes[16 * PAGE];
	int file = open("/tmp/gntdev.image", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (file < 0 || write(file, zeroes, sizeof(zeroes)) != sizeof(zeroes))
		xt_die("no file");
	*loop = open("/dev/loop0", O_RDWR);
	if (*loop < 0) {
		close(file);
		return -1;
	}
	if (ioctl(*loop, LOOP_SET_FD, file))
		xt_die("LOOP_SET_FD: %s", xt_errno_name(errno));
	close(file);
	return open("/dev/loop0", O_RDWR | O_DIRECT);
}

static void direct_io(void)
{
	int loop, device, fd = node_open();
	unsigned char *at, *read_only;
	uint64_t index;

	device = block_device(&loop);
	if (device < 0) {
		is(false, true, "a loop device");
		return;
	}
	is(have(fd, REF_DATA, 1, RW, &index, &at), 0, "mmap()");
	is(pwrite(device, at, PAGE, 2 * PAGE), PAGE, "write() of the guest's page");
	is(ask(CMD_POKE, 20, 0x99), 0, "poke");
	is(pread(device, at, PAGE, 2 * PAGE), PAGE, "read() into it");
	is(ask(CMD_PEEK, 20, 0), BACKEND_BYTE(20), "what the guest has of it");
	is(pread(device, at, 512, PAGE), 512, "read() of a sector of zeroes");
	is(ask(CMD_PEEK, 20, 0), 0, "what the guest has of it");
	is(ask(CMD_PEEK, 512, 0), BACKEND_BYTE(512), "behind it");
	is(pread(device, at, PAGE, 2 * PAGE), PAGE, "read() of what it was");
	munmap(at, PAGE);
	is(in_use(REF_DATA), 0, "in use after it");
	is(have(fd, REF_READ, 1, PROT_READ, &index, &read_only), 0, "mmap() for reading");
	is(pwrite(device, read_only, PAGE, 3 * PAGE), PAGE, "write() from there");
	is(pread(device, read_only, PAGE, PAGE) < 0 ? errno : 0, EFAULT, "read() to there");
	is(ask(CMD_PEEK, 20, 0), BACKEND_BYTE(20), "the guest's byte");
	munmap(read_only, PAGE);
	close(device);
	ioctl(loop, LOOP_CLR_FD, 0);
	close(loop);
	unlink("/tmp/gntdev.image");
	close(fd);
}

/* How it is in use, when it is not any more or after some time. */
static int in_use_soon(unsigned int ref, unsigned int seconds)
{
	time_t end = time(NULL) + seconds;

	while (in_use(ref) && time(NULL) <= end)
		usleep(10000);
	return in_use(ref);
}

static void into_a_pipe(unsigned char *at, int ends[2])
{
	struct iovec v = { at, PAGE };

	is(pipe(ends), 0, "pipe()");
	is(vmsplice(ends[1], &v, 1, 0), PAGE, "vmsplice()");
}

/* A pipe has a page as I/O has it: its grant ends with that. */
static void in_a_pipe(void)
{
	unsigned char *at, *again, got[PAGE];
	int ends[2], fd = node_open();
	uint64_t index;

	is(have(fd, REF_MANY, 3, RW, &index, &at), 0, "mmap()");
	into_a_pipe(at + PAGE, ends);
	at[PAGE + 22] = 7;
	is(notify(fd, index + PAGE + 22, UNMAP_NOTIFY_CLEAR_BYTE, 0), 0, "SET_UNMAP_NOTIFY");
	munmap(at, 3 * PAGE);
	usleep(100000);
	is(in_use(REF_MANY + 1), READING | WRITING, "in use without a mapping");
	is(mapped(fd, index, 3, RW, MAP_SHARED, &again), EAGAIN, "mmap() then");
	close(fd);
	usleep(700000);		/* longer than it takes until it is looked at again */
	is(in_use(REF_MANY + 1), READING | WRITING, "in use without a file");
	is(read(ends[0], got, PAGE), PAGE, "read() of the pipe");
	is(got[22], 7, "a byte that is to be cleared at the end");
	close(ends[0]);
	close(ends[1]);
	is(in_use_soon(REF_MANY + 1, 5), 0, "in use after it");
	is(in_use(REF_MANY), 0, "in use, another page of the same mapping");
	fd = node_open();
	is(have(fd, REF_MANY, 3, RW, &index, &at), 0, "mmap() again");
	is(at[PAGE + 22], 0, "the byte");
	munmap(at, 3 * PAGE);
	close(fd);
}

/* What is no I/O may have a page for ever. */
static void in_a_pipe_for_ever(void)
{
	unsigned char *at, got[PAGE];
	int ends[2], fd = node_open();
	uint64_t index;

	xt_parameter_set("gntdev_io_seconds", 2);
	is(have(fd, REF_DATA, 1, RW, &index, &at), 0, "mmap()");
	into_a_pipe(at, ends);
	munmap(at, PAGE);
	close(fd);
	is(in_use(REF_DATA), READING | WRITING, "in use at first");
	is(in_use_soon(REF_DATA, 10), 0, "in use in the end");
	is(read(ends[0], got, PAGE), PAGE, "read() of the pipe");
	is(got[21], BACKEND_BYTE(21), "a byte");
	close(ends[0]);
	close(ends[1]);
	xt_parameter_set("gntdev_io_seconds", 30);
}

/*
 * Maps that end while a pipe has their page: as many as may wait do, by a file's limit or by that
 * of a guest's grants.  @per_file: all by one file, else each by a file of its own.
 */
static void wait_in_pipes(const char *limit, bool per_file)
{
	unsigned char *at, got[PAGE];
	unsigned long usual = !strcmp(limit, "gntdev_file_ending") ? 32768 : 16384;
	int ends[4][2], fd[4] = { node_open() };
	unsigned int i, ref;
	uint64_t index;

	xt_parameter_set(limit, 2);
	for (i = 0; i < 4; i++) {
		if (i)
			fd[i] = per_file ? fd[0] : node_open();
		ref = REF_MANY + 4 * i;
		/* The first is too much by itself. */
		is(have(fd[i], ref, i ? 1 : 3, RW, &index, &at), 0, "mmap()");
		into_a_pipe(at, ends[i]);
		munmap(at, (i ? 1 : 3) * PAGE);
		is(in_use(ref), i == 1 || i == 2 ? READING | WRITING : 0, "in use in a pipe");
	}
	/* One that ends makes room. */
	is(read(ends[1][0], got, PAGE), PAGE, "read() of a pipe");
	is(in_use_soon(REF_MANY + 4, 5), 0, "in use after it");
	is(read(ends[0][0], got, PAGE), PAGE, "read() of another");
	is(have(fd[0], REF_MANY, 1, RW, &index, &at), 0, "mmap() again");
	into_a_pipe(at, ends[0]);
	munmap(at, PAGE);
	is(in_use(REF_MANY), READING | WRITING, "in use in its place");
	for (i = 0; i < 4; i++) {
		close(ends[i][0]);
		close(ends[i][1]);
		if (!i || !per_file)
			close(fd[i]);
	}
	is(in_use_soon(REF_MANY, 5), 0, "in use in the end");
	is(in_use_soon(REF_MANY + 8, 5), 0, "in use in the end, another");
	xt_parameter_set(limit, usual);
}

static void of_a_file(void)
{
	wait_in_pipes("gntdev_file_ending", true);
}

static void of_a_guest(void)
{
	wait_in_pipes("gntdev_domain_ending", false);
}

void cases_of_memory(void)
{
	run_case("what is mapped for reading is never written", for_reading);
	run_case("parts unmapped, one after the other", parts);
	run_case("moved, shrunk, never longer or twice", moves);
	run_case("advice", advice);
	run_case("children", forks);
	run_case("descriptors passed on", descriptors);
	run_case("memory read and written by another process", other_processes);
	run_case("direct I/O", direct_io);
	run_case("pages in a pipe", in_a_pipe);
	run_case("pages in a pipe that nobody empties", in_a_pipe_for_ever);
	run_case("as many grants of a file's wait for that as may", of_a_file);
	run_case("as many grants of a guest's wait for that as may", of_a_guest);
}
