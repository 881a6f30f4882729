// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process without privileges: that it has none, that all of its ways to end
 * are told, that nothing of it stays, and that it does not begin with privileges
 * that it could not give up.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/sandbox.h"
#include "unit.h"

#define AREA_SIZE	(1UL << 20)

struct answer {
	uint64_t number;
	char text[56];
};

static struct answer answer;
static char why[200];

/* Descriptors of this process. */
static unsigned int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned int count = 0;

	if (!folder)
		abort();
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

/* A thread beside the test opens files and closes them. */
static bool files_beside;

/* Runs @work on a file that holds "input"; the rest of @box may be set. */
static int run_box(struct box *box, void (*work)(void *ctx, void *answer))
{
	unsigned int before = count_descriptors();
	int input = memfd_create("input", MFD_CLOEXEC);
	int rc;

	if (input < 0 || write(input, "input", 5) != 5)
		abort();
	/* The sanitizers' own handlers would want to say something. */
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	box->input = input;
	box->area_size = AREA_SIZE;
	box->area = box_area(AREA_SIZE);
	if (box->area < 0) {
		close(input);
		return box->area;
	}
	box->memory = box->memory ? box->memory : 64 << 20;
	box->cpu_seconds = box->cpu_seconds ? box->cpu_seconds : 20;
	box->seconds = box->seconds ? box->seconds : 40;
	box->work = work;
	box->answer = &answer;
	box->answer_size = sizeof(answer);
	why[0] = '\0';
	rc = box_run(box, why, sizeof(why));
	close(input);
	if (rc)
		close(box->area);
	/* Nothing of it stays. */
	if (!files_beside)
		EXPECT_EQ(count_descriptors(), before + (rc ? 0 : 1));
	EXPECT_EQ(waitpid(-1, NULL, WNOHANG), -1);
	EXPECT_EQ(errno, ECHILD);
	return rc;
}

static void expect_end(void (*work)(void *ctx, void *answer), const char *message)
{
	struct box box = { 0 };

	EXPECT_EQ(run_box(&box, work), -ENOEXEC);
	EXPECT_STREQ(why, message);
}

#define MUST_NOT	"the process that reads it made a forbidden system call"
#define NO_RESULT	"the process that reads it ended without a result"

static void compute(void *ctx, void *to)
{
	struct answer *out = to;
	char *memory = malloc(1 << 20);

	out->number = *(uint64_t *)ctx + 1;
	if (pread(BOX_INPUT, out->text, 5, 0) != 5)
		strcpy(out->text, "not read");
	if (!memory || pwrite(BOX_AREA, "area", 4, AREA_SIZE - 4) != 4)
		strcpy(out->text, "not written");
	free(memory);
}

TEST(answer_and_area)
{
	uint64_t number = 41;
	struct box box = { .ctx = &number };
	char *area;

	ASSERT_EQ(run_box(&box, compute), 0);
	EXPECT_EQ(answer.number, 42);
	EXPECT_STREQ(answer.text, "input");
	area = box_area_map(box.area, AREA_SIZE);
	ASSERT_TRUE(area != MAP_FAILED);
	EXPECT_MEMEQ(area + AREA_SIZE - 4, "area", 4);
	EXPECT_EQ(area[0], 0);
	/* Nobody can take it away, or change it. */
	EXPECT_EQ(ftruncate(box.area, 0), -1);
	EXPECT_EQ(pwrite(box.area, "x", 1, 0), -1);
	munmap(area, AREA_SIZE);
	close(box.area);
}

TEST(area_that_is_written_is_not_mapped)
{
	int area = box_area(AREA_SIZE);
	void *writer = mmap(NULL, AREA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, area, 0);

	ASSERT_TRUE(writer != MAP_FAILED);
	EXPECT_EQ(ftruncate(area, 0), -1);
	EXPECT_EQ(ftruncate(area, 2 * AREA_SIZE), -1);
	EXPECT_TRUE(box_area_map(area, AREA_SIZE) == MAP_FAILED);
	munmap(writer, AREA_SIZE);
	close(area);
}

/* Where the usual descriptors are closed, the box's own have their numbers. */
TEST(without_standard_descriptors)
{
	uint64_t number = 1;
	struct box box = { .ctx = &number };
	int saved[3], i;

	fflush(stdout);
	for (i = 0; i < 3; i++) {
		saved[i] = fcntl(i, F_DUPFD, 10);
		close(i);
	}
	EXPECT_EQ(run_box(&box, compute), 0);
	close(box.area);
	for (i = 0; i < 3; i++)
		dup2(saved[i], i);
	EXPECT_EQ(answer.number, 2);
	EXPECT_STREQ(answer.text, "input");
}

static void spin(void *ctx, void *to)
{
	volatile bool forever = true;

	(void)ctx;
	(void)to;
	while (forever)
		;
}

/* What another process sees of the child, while that spins. */
static struct {
	pid_t parent;
	bool found;
	char status[4096];
	char limits[4096];
	char descriptors[64];
} seen;

static void read_file(char *text, size_t size, const char *name, const char *pid)
{
	char path[300];
	size_t len = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	file = fopen(path, "r");
	if (file) {
		len = fread(text, 1, size - 1, file);
		fclose(file);
	}
	text[len] = '\0';
}

static bool look_at(const char *pid)
{
	char parent[32], path[300];
	struct dirent *entry;
	DIR *folder;

	read_file(seen.status, sizeof(seen.status), "status", pid);
	snprintf(parent, sizeof(parent), "PPid:\t%d\n", seen.parent);
	if (!strstr(seen.status, parent) || !strstr(seen.status, "Seccomp:\t2\n"))
		return false;
	read_file(seen.limits, sizeof(seen.limits), "limits", pid);
	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' && strlen(seen.descriptors) < 50)
			strcat(seen.descriptors, entry->d_name);
	if (folder)
		closedir(folder);
	return true;
}

static void *look(void *arg)
{
	(void)arg;
	while (!seen.found) {
		DIR *folder = opendir("/proc");
		struct dirent *entry;

		while (!seen.found && (entry = readdir(folder)))
			if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
				seen.found = look_at(entry->d_name);
		closedir(folder);
		usleep(1000);
	}
	return NULL;
}

static void expect_seen(const char *what, const char *text)
{
	if (!strstr(text, what))
		FAIL("there is no \"%s\" in: %s", what, text);
}

TEST(no_privileges)
{
	struct box box = { .cpu_seconds = 2 };
	pthread_t thread;

	seen.parent = getpid();
	files_beside = true;
	ASSERT_EQ(pthread_create(&thread, NULL, look, NULL), 0);
	EXPECT_EQ(run_box(&box, spin), -ENOEXEC);
	EXPECT_STREQ(why, "reading it took more than 2 seconds of CPU time");
	seen.found = true;
	pthread_join(thread, NULL);
	files_beside = false;
	if (!geteuid()) {
		expect_seen("Uid:\t65534\t65534\t65534\t65534\n", seen.status);
		expect_seen("Gid:\t65534\t65534\t65534\t65534\n", seen.status);
		/* None: a space ends the list. */
		expect_seen("Groups:\t " "\n", seen.status);
	}
	expect_seen("CapInh:\t0000000000000000\n", seen.status);
	expect_seen("CapPrm:\t0000000000000000\n", seen.status);
	expect_seen("CapEff:\t0000000000000000\n", seen.status);
	expect_seen("CapAmb:\t0000000000000000\n", seen.status);
	expect_seen("NoNewPrivs:\t1\n", seen.status);
	EXPECT_EQ(strlen(seen.descriptors), 3);
	EXPECT_TRUE(strspn(seen.descriptors, "012") == 3);
	expect_seen("Max cpu time              2                    3 ", seen.limits);
	expect_seen("Max processes             0                    0 ", seen.limits);
	expect_seen("Max open files            0                    0 ", seen.limits);
	expect_seen("Max core file size        0                    0 ", seen.limits);
	expect_seen("Max locked memory         0                    0 ", seen.limits);
	expect_seen("Max file size             1048576              1048576 ", seen.limits);
}

#define CALL(name, ...)						\
	static void name(void *ctx, void *to)			\
	{							\
		(void)ctx;					\
		(void)to;					\
		syscall(__VA_ARGS__);				\
	}

CALL(call_open, SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY)
CALL(call_socket, SYS_socket, 1, 1, 0)
CALL(call_fork, SYS_clone, SIGCHLD, 0, 0, 0, 0)
CALL(call_exec, SYS_execve, "/bin/true", NULL, NULL)
CALL(call_kill, SYS_kill, getpid(), 0)
CALL(call_kill_all, SYS_kill, -1, SIGKILL)
CALL(call_getpid, SYS_getpid)
CALL(call_setuid, SYS_setuid, 0)
CALL(call_unshare, SYS_unshare, 0x10000000)
CALL(call_prctl, SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)
CALL(call_ioctl, SYS_ioctl, BOX_OUTPUT, 0, 0)
CALL(call_dup, SYS_dup, BOX_INPUT)
CALL(call_read, SYS_read, BOX_INPUT, NULL, 0)
CALL(call_pread_output, SYS_pread64, BOX_OUTPUT, NULL, 0, 0)
CALL(call_write_input, SYS_write, BOX_INPUT, "x", 1)
CALL(call_write_area, SYS_write, BOX_AREA, "x", 1)
CALL(call_pwrite_input, SYS_pwrite64, BOX_INPUT, "x", 1, 0)
CALL(call_ftruncate, SYS_ftruncate, BOX_AREA, 0)
CALL(call_map_file, SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, BOX_INPUT, 0)
CALL(call_map_area, SYS_mmap, NULL, 4096, PROT_WRITE, MAP_SHARED, BOX_AREA, 0)
CALL(call_map_code, SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
#define HUGE	(MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB)
CALL(call_map_huge, SYS_mmap, NULL, 2 << 20, PROT_READ, HUGE, -1, 0)
CALL(call_mprotect, SYS_mprotect, NULL, 4096, PROT_READ | PROT_EXEC)
CALL(call_sigaction, SYS_rt_sigaction, SIGXCPU, NULL, NULL, 8)
CALL(call_rlimit, SYS_prlimit64, 0, RLIMIT_CPU, NULL, NULL)
CALL(call_x32, 0x40000000 + SYS_brk, 0)

/* getpid() as 32-bit programs call it; its number is that of writev() on x86-64. */
static void call_32bit(void *ctx, void *to)
{
	long result = 20;

	(void)ctx;
	(void)to;
	__asm__ volatile("int $0x80" : "+a" (result) : : "r8", "r9", "r10", "r11", "memory");
}

TEST(forbidden_calls)
{
	static const struct {
		const char *name;
		void (*work)(void *ctx, void *answer);
	} calls[] = {
		{ "openat", call_open }, { "socket", call_socket }, { "fork", call_fork },
		{ "execve", call_exec }, { "kill", call_kill }, { "kill -1", call_kill_all },
		{ "getpid", call_getpid }, { "setuid", call_setuid },
		{ "unshare", call_unshare }, { "prctl", call_prctl }, { "ioctl", call_ioctl },
		{ "dup", call_dup }, { "read", call_read },
		{ "pread of the pipe", call_pread_output },
		{ "write to the input", call_write_input },
		{ "write to the area", call_write_area },
		{ "pwrite to the input", call_pwrite_input },
		{ "ftruncate", call_ftruncate }, { "mmap of a file", call_map_file },
		{ "mmap of the area", call_map_area }, { "mmap of code", call_map_code },
		{ "mmap of huge pages", call_map_huge },
		{ "mprotect", call_mprotect }, { "sigaction", call_sigaction },
		{ "prlimit", call_rlimit }, { "x32", call_x32 },
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		unit_context("%s", calls[i].name);
		expect_end(calls[i].work, MUST_NOT);
	}
}

TEST(forbidden_calls_of_32_bits)
{
	pid_t child = fork();
	int status;

	if (!child) {
		signal(SIGSEGV, SIG_DFL);
		call_32bit(NULL, NULL);
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (status)
		SKIP("this kernel has none");
	expect_end(call_32bit, MUST_NOT);
}

static void crash(void *ctx, void *to)
{
	(void)ctx;
	(void)to;
	__asm__ volatile("movb $0, (%0)" : : "r" (0UL) : "memory");
}

static void trap(void *ctx, void *to)
{
	(void)ctx;
	(void)to;
	__asm__ volatile("ud2");
}

static void leave(void *ctx, void *to)
{
	(void)ctx;
	(void)to;
	syscall(SYS_exit_group, 0);
}

static void say_more(void *ctx, void *to)
{
	(void)ctx;
	(void)to;
	if (write(BOX_OUTPUT, "x", 1) != 1)
		syscall(SYS_exit_group, 1);
}

/* Until it is stopped: its parent does not collect all of it. */
static void say_all(void *ctx, void *to)
{
	static char much[65536];

	(void)ctx;
	(void)to;
	while (write(BOX_OUTPUT, much, sizeof(much)) > 0)
		;
}

static void write_behind(void *ctx, void *to)
{
	(void)ctx;
	((struct answer *)to)->number = (uint64_t)pwrite(BOX_AREA, "x", 1, AREA_SIZE);
}

TEST(ends)
{
	expect_end(crash, "the process that reads it crashed (Segmentation fault)");
	expect_end(trap, "the process that reads it crashed (Illegal instruction)");
	expect_end(leave, NO_RESULT);
	expect_end(say_more, NO_RESULT);
	expect_end(say_all, NO_RESULT);
	expect_end(write_behind, "the process that reads it crashed (File size limit exceeded)");
	/* What the caller ignores is not ignored in there. */
	signal(SIGXFSZ, SIG_IGN);
	expect_end(write_behind, "the process that reads it crashed (File size limit exceeded)");
	signal(SIGXFSZ, SIG_DFL);
}

TEST(hang)
{
	struct box box = { .seconds = 1 };

	EXPECT_EQ(run_box(&box, spin), -ETIMEDOUT);
	EXPECT_STREQ(why, "reading it took more than 1 seconds");
}

static void take_memory(void *ctx, void *to)
{
	struct answer *out = to;

	(void)ctx;
	while (out->number < 4096 &&
	       mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED)
		out->number++;
}

TEST(memory_has_a_limit)
{
	struct box box = { .memory = 100 << 20 };

	ASSERT_EQ(run_box(&box, take_memory), 0);
	EXPECT_GT(answer.number, 90);
	EXPECT_LE(answer.number, 100);
	close(box.area);
}

/* A parent that ignores its children's ends gets its answer all the same. */
TEST(ignored_children)
{
	uint64_t number = 1;
	struct box box = { .ctx = &number };

	signal(SIGCHLD, SIG_IGN);
	EXPECT_EQ(run_box(&box, compute), 0);
	EXPECT_EQ(answer.number, 2);
	close(box.area);
}

/* The n-th call of this fails, in this process and its child. */
static const char *failing;
static unsigned int failing_at;

static bool fails(const char *name)
{
	if (!failing || strcmp(name, failing) || --failing_at)
		return false;
	errno = ENFILE;
	return true;
}

#define WRAP(name, parameters, ...)				\
	int __real_##name parameters;				\
	int __wrap_##name parameters;				\
	int __wrap_##name parameters				\
	{							\
		return fails(#name) ? -1 : __real_##name(__VA_ARGS__); \
	}

WRAP(close_range, (unsigned int first, unsigned int last, int flags), first, last, flags)
WRAP(fork, (void))
WRAP(ftruncate, (int fd, off_t size), fd, size)
WRAP(memfd_create, (const char *name, unsigned int flags), name, flags)
WRAP(pipe2, (int *ends, int flags), ends, flags)
WRAP(setgroups, (size_t nr, const gid_t *groups), nr, groups)
WRAP(setresgid, (gid_t r, gid_t e, gid_t s), r, e, s)
WRAP(setresuid, (uid_t r, uid_t e, uid_t s), r, e, s)
WRAP(setrlimit, (int resource, const struct rlimit *limit), resource, limit)
#define PRCTL_PARAMETERS \
	(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)

WRAP(prctl, PRCTL_PARAMETERS, option, a, b, c, d)
WRAP(dup2, (int from, int to), from, to)

long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	return fails("syscall") ? -1 : __real_syscall(number, a, b, c, d, e, f);
}

#define NOT_GIVEN_UP(step) \
	"privileges cannot be dropped to read it (" step ": Too many open files in system)"

TEST(failures)
{
	static const struct {
		const char *call;
		unsigned int nth;
		bool only_root;
		int rc;
		const char *message;
	} steps[] = {
		{ "memfd_create", 1, false, -ENFILE, "" },
		{ "ftruncate", 1, false, -ENFILE, "" },
		{ "pipe2", 1, false, -ENFILE, "Too many open files in system" },
		{ "fork", 1, false, -ENFILE,
		  "no process to read it: Too many open files in system" },
		{ "dup2", 1, false, -EPERM, NOT_GIVEN_UP("descriptors") },
		{ "dup2", 2, false, -EPERM, NOT_GIVEN_UP("descriptors") },
		{ "dup2", 3, false, -EPERM, NOT_GIVEN_UP("descriptors") },
		{ "close_range", 1, false, -EPERM, NOT_GIVEN_UP("descriptors") },
		{ "setrlimit", 1, false, -EPERM, NOT_GIVEN_UP("CPU time") },
		{ "setrlimit", 2, false, -EPERM, NOT_GIVEN_UP("address space") },
		{ "setrlimit", 3, false, -EPERM, NOT_GIVEN_UP("limits") },
		{ "setrlimit", 8, false, -EPERM, NOT_GIVEN_UP("limits") },
		{ "prctl", 1, false, -EPERM, NOT_GIVEN_UP("no_new_privs") },
		{ "setgroups", 1, true, -EPERM, NOT_GIVEN_UP("setgroups") },
		{ "setresgid", 1, true, -EPERM, NOT_GIVEN_UP("setresgid") },
		{ "setresuid", 1, true, -EPERM, NOT_GIVEN_UP("setresuid") },
		{ "syscall", 1, false, -EPERM, NOT_GIVEN_UP("capset") },
		{ "syscall", 2, false, -EPERM, NOT_GIVEN_UP("capset") },
		{ "prctl", 2, false, -EPERM, NOT_GIVEN_UP("dumpable") },
		{ "prctl", 3, false, -EPERM, NOT_GIVEN_UP("parent") },
		{ "prctl", 4, false, -EPERM, NOT_GIVEN_UP("seccomp") },
	};
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		uint64_t number = 1;
		struct box box = { .ctx = &number };

		if (steps[i].only_root && geteuid())
			continue;
		unit_context("%s %u", steps[i].call, steps[i].nth);
		memset(&answer, 0, sizeof(answer));
		failing = steps[i].call;
		failing_at = steps[i].nth;
		/* run_box() makes the file of the input itself. */
		if (!strcmp(failing, "memfd_create"))
			failing_at++;
		why[0] = '\0';
		EXPECT_EQ(run_box(&box, compute), steps[i].rc);
		failing = NULL;
		EXPECT_STREQ(why, steps[i].message);
		/* It did not begin. */
		EXPECT_EQ(answer.number, 0);
	}
}
