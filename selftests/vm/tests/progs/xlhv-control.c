// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one who may open the device, a guest, and one who may not can do to others through the
 * device, domains' descriptors, consoles, events and logs. Prints KTAP. Root, no domain there.
 *
 *	xlhv-control [CASE]...
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "late.h"
#include "nl.h"
#include "xt.h"

#define PAGE		4096UL
#define RAM		(2UL << 20)
#define ENTRY		0x1000UL
#define CONSOLE_GFN	0xfeff8UL
#define NR(a)		(sizeof(a) / sizeof((a)[0]))
#define WAIT_MS		5000

static int device;

static int call(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? errno : 0;
}

static void must(int err, const char *what)
{
	if (err)
		xt_die("%s: %s", what, xt_errno_name(err));
}

static unsigned int domains(void)
{
	struct xlhv_info info;

	xt_info(device, &info);
	return info.nr_domains;
}

static int try_create(const char *name, unsigned int flags, int *fd)
{
	struct xlhv_dom_create c = { .max_vcpus = 1, .max_pages = RAM / PAGE, .flags = flags };
	int err;

	strncpy(c.name, name, sizeof(c.name) - 1);
	err = call(device, XLHV_DOM_CREATE, &c);
	*fd = c.fd;
	return err;
}

static int create(const char *name)
{
	int fd;

	must(try_create(name, 0, &fd), "create");
	return fd;
}

static int memory_map(int fd)
{
	struct xlhv_mem_range range = { .addr = 0, .size = RAM, .type = XLHV_MEM_RAM };
	struct xlhv_memory_map map = { .ranges = (uintptr_t)&range, .count = 1 };

	return call(fd, XLHV_DOM_MEMORY_MAP, &map);
}

static int console_of(int fd, int flags)
{
	struct xlhv_console c = {};

	must(call(fd, XLHV_DOM_CONSOLE, &c), "console");
	fcntl(c.fd, F_SETFL, flags);
	return c.fd;
}

/* A domain with a console that runs @code: 32 bits, no paging. */
static int start(const char *name, const void *code, size_t len)
{
	struct xlhv_special s = { .kind = XLHV_SPECIAL_CONSOLE, .gfn = CONSOLE_GFN };
	struct xlhv_vcpu_entry e = { .entry = ENTRY };
	int fd = create(name);
	char *p;

	must(memory_map(fd), "memory map");
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, ENTRY);
	if (p == MAP_FAILED)
		xt_die("mmap of the domain: %s", xt_errno_name(errno));
	memcpy(p, code, len);
	munmap(p, PAGE);
	must(call(fd, XLHV_DOM_SPECIAL, &s), "special");
	must(call(fd, XLHV_DOM_VCPU_ENTRY, &e), "entry");
	must(call(fd, XLHV_DOM_FINISH, NULL), "finish");
	must(call(fd, XLHV_DOM_UNPAUSE, NULL), "unpause");
	return fd;
}

static unsigned int descriptors(void)
{
	unsigned int n = 0;

	for (int i = 0; i < 1024; i++)
		n += fcntl(i, F_GETFD) >= 0;
	return n;
}

/* A page that is not there until it is given: who touches it waits. */
static char *lazy;
static int lazy_fd;

static void lazy_make(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register r = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	lazy_fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (lazy_fd < 0 || ioctl(lazy_fd, UFFDIO_API, &api))
		xt_die("userfaultfd: %s", xt_errno_name(errno));
	lazy = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r.range.start = (uintptr_t)lazy;
	r.range.len = PAGE;
	if (lazy == MAP_FAILED || ioctl(lazy_fd, UFFDIO_REGISTER, &r))
		xt_die("userfaultfd: %s", xt_errno_name(errno));
}

/* Does somebody wait for it? */
static bool lazy_wanted(void)
{
	struct pollfd p = { .fd = lazy_fd, .events = POLLIN };
	struct uffd_msg msg;

	return poll(&p, 1, WAIT_MS) == 1 && read(lazy_fd, &msg, sizeof(msg)) == sizeof(msg);
}

static void lazy_give(const void *content)
{
	struct uffdio_copy c = {
		.dst = (uintptr_t)lazy, .src = (uintptr_t)content, .len = PAGE,
	};

	if (ioctl(lazy_fd, UFFDIO_COPY, &c))
		xt_die("UFFDIO_COPY: %s", xt_errno_name(errno));
}

static void lazy_end(void)
{
	munmap(lazy, PAGE);
	close(lazy_fd);
}

/* --- no file can be had --- */

static void set_file_max(const char *text)
{
	int fd = open("/proc/sys/fs/file-max", O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		xt_die("file-max: %s", xt_errno_name(errno));
	close(fd);
}

static void drop_admin(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	syscall(SYS_capget, &h, d);
	d[0].effective &= ~(1U << CAP_SYS_ADMIN);
	if (syscall(SYS_capset, &h, d))
		xt_die("capset: %s", xt_errno_name(errno));
}

/* All that makes a descriptor, with an error for each; a child's work. */
static int without_files(int fd, int want)
{
	struct xlhv_dom_open o = { .domid = XLHV_DOMID_BY_NAME, .name = "files" };
	struct xlhv_console c = {};
	int got[3], other;

	got[0] = try_create("more", 0, &other);
	got[1] = call(device, XLHV_DOM_OPEN, &o);
	got[2] = call(fd, XLHV_DOM_CONSOLE, &c);
	for (size_t i = 0; i < NR(got); i++) {
		if (got[i] == want)
			continue;
		printf("# call %zu: %s, expected %s\n", i, xt_errno_name(got[i]),
		       xt_errno_name(want));
		return 1;
	}
	return 0;
}

static void no_files(void)
{
	char before[32] = "";
	int status, fd = create("files"), max = open("/proc/sys/fs/file-max", O_RDONLY);
	bool good = true;

	if (max < 0 || read(max, before, sizeof(before) - 1) < 1)
		xt_die("file-max: %s", xt_errno_name(errno));
	close(max);
	for (int limit = 0; limit < 2; limit++) {
		pid_t child = fork();

		if (!child) {
			if (limit) {
				struct rlimit r = { .rlim_cur = 0, .rlim_max = 0 };

				setrlimit(RLIMIT_NOFILE, &r);
				_exit(without_files(fd, EMFILE));
			}
			/* The kernel counts exactly only when it is near. */
			for (int i = 0; i < 300; i++)
				open("/dev/null", O_RDONLY);
			set_file_max("1");
			drop_admin();
			_exit(without_files(fd, ENFILE));
		}
		waitpid(child, &status, 0);
		if (!limit)
			set_file_max(before);
		if (!WIFEXITED(status) || WEXITSTATUS(status)) {
			xt_note("status %#x", status);
			good = false;
		}
	}
	xt_result(good && domains() == 1, "without files: an error, no domain");
	close(fd);
	xt_result(!domains(), "without files: nothing is left");
}

/* --- answers that cannot be given --- */

static void no_answer(void)
{
	static const struct {
		const char *what;
		bool domain;
		unsigned long cmd;
	} calls[] = {
		{ "create", false, XLHV_DOM_CREATE },
		{ "open", false, XLHV_DOM_OPEN },
		{ "console", true, XLHV_DOM_CONSOLE },
	};
	struct xlhv_dom_create *c;
	struct xlhv_dom_open *o;
	unsigned int before;
	bool good = true;
	char *p;
	int fd = create("answer"), err;

	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	before = descriptors();
	for (size_t i = 0; i < NR(calls); i++) {
		mprotect(p, PAGE, PROT_READ | PROT_WRITE);
		memset(p, 0, PAGE);
		c = (void *)p;
		o = (void *)p;
		if (calls[i].cmd == XLHV_DOM_CREATE) {
			c->max_vcpus = 1;
			c->max_pages = 1;
			strcpy(c->name, "unheard");
		} else if (calls[i].cmd == XLHV_DOM_OPEN) {
			o->domid = XLHV_DOMID_BY_NAME;
			strcpy(o->name, "answer");
		}
		mprotect(p, PAGE, PROT_READ);
		err = call(calls[i].domain ? fd : device, calls[i].cmd, p);
		if (err != EFAULT || descriptors() != before || domains() != 1) {
			xt_note("%s: %s, %u descriptors, %u before", calls[i].what,
				xt_errno_name(err), descriptors(), before);
			good = false;
		}
	}
	xt_result(good, "an answer that cannot be given leaves no descriptor");
	munmap(p, PAGE);
	close(fd);
}

/* --- memory that is not there yet --- */

struct lazy_call {
	const char *what;
	unsigned long cmd;
	bool live;
	void (*prepare)(void *arg);	/* a structure that points to the page; NULL: is it */
	int fd;
};

static void point_map(void *arg)
{
	*(struct xlhv_memory_map *)arg = (struct xlhv_memory_map){
		.ranges = (uintptr_t)lazy, .count = 1,
	};
}

static void point_cpuid(void *arg)
{
	*(struct xlhv_cpuid_set *)arg = (struct xlhv_cpuid_set){
		.entries = (uintptr_t)lazy, .count = 1,
	};
}

static void point_stats(void *arg)
{
	*(struct xlhv_stats *)arg = (struct xlhv_stats){
		.values = (uintptr_t)lazy, .count = 8, .vcpu = XLHV_ALL_VCPUS,
	};
}

static void point_userdata(void *arg)
{
	*(struct xlhv_userdata *)arg = (struct xlhv_userdata){
		.buffer = (uintptr_t)lazy, .len = 16,
	};
}

static void point_log(void *arg)
{
	*(struct xlhv_log_read *)arg = (struct xlhv_log_read){
		.buffer = (uintptr_t)lazy, .len = 64,
	};
}

static void point_read(void *arg)
{
	*(uint64_t *)arg = (uintptr_t)lazy;
}

/* Not ioctls. */
#define LAZY_READ	1UL
#define LAZY_WRITE	2UL
#define LAZY_DEBUGFS	3UL

static const struct lazy_call lazy_calls[] = {
	{ .what = "MEMORY_MAP", .cmd = XLHV_DOM_MEMORY_MAP },
	{ .what = "MEMORY_MAP's ranges", .cmd = XLHV_DOM_MEMORY_MAP, .prepare = point_map },
	{ .what = "CPUID_SET's entries", .cmd = XLHV_DOM_CPUID_SET, .prepare = point_cpuid },
	{ .what = "SPECIAL", .cmd = XLHV_DOM_SPECIAL },
	{ .what = "INFO", .cmd = XLHV_DOM_INFO, .live = true },
	{ .what = "VCPU_INFO", .cmd = XLHV_DOM_VCPU_INFO, .live = true },
	{ .what = "STATS", .cmd = XLHV_DOM_STATS, .live = true },
	{ .what = "STATS's values", .cmd = XLHV_DOM_STATS, .live = true, .prepare = point_stats },
	{ .what = "USERDATA_SET's data", .cmd = XLHV_DOM_USERDATA_SET, .live = true,
	  .prepare = point_userdata },
	{ .what = "USERDATA_GET's data", .cmd = XLHV_DOM_USERDATA_GET, .live = true,
	  .prepare = point_userdata },
	{ .what = "RENAME", .cmd = XLHV_DOM_RENAME, .live = true },
	{ .what = "CONSOLE", .cmd = XLHV_DOM_CONSOLE, .live = true },
	{ .what = "LAST_ERROR", .cmd = XLHV_LAST_ERROR, .live = true },
	{ .what = "LOG_READ's text", .cmd = XLHV_LOG_READ, .live = true, .prepare = point_log },
	{ .what = "read() of a console", .cmd = LAZY_READ, .live = true, .prepare = point_read },
	{ .what = "write() to a console", .cmd = LAZY_WRITE, .live = true, .prepare = point_read },
	{ .what = "read() of debugfs", .cmd = LAZY_DEBUGFS, .live = true, .prepare = point_read },
};

static int do_lazy(void *arg)
{
	struct lazy_call *c = arg;
	char buffer[512];

	if (!c->prepare)
		return call(c->fd, c->cmd, lazy);
	memset(buffer, 0, sizeof(buffer));
	c->prepare(buffer);
	switch (c->cmd) {
	case LAZY_READ:
	case LAZY_DEBUGFS:
		return read(c->fd, lazy, 16) < 0 ? errno : 0;
	case LAZY_WRITE:
		return write(c->fd, lazy, 16) < 0 ? errno : 0;
	}
	return call(c->fd, c->cmd, buffer);
}

static int do_last_error(void *arg)
{
	struct xlhv_last_error e;

	return call(*(int *)arg, XLHV_LAST_ERROR, &e);
}

static int do_info(void *arg)
{
	struct xlhv_dom_info info;

	return call(*(int *)arg, XLHV_DOM_INFO, &info);
}

static int do_pause(void *arg)
{
	return call(*(int *)arg, XLHV_DOM_PAUSE, NULL);
}

static int do_destroy(void *arg)
{
	return call(*(int *)arg, XLHV_DOM_DESTROY, NULL);
}

static int do_mmap(void *arg)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, *(int *)arg, 0);
	int err = p == MAP_FAILED ? errno : 0;

	if (p != MAP_FAILED)
		munmap(p, PAGE);
	return err;
}

/* 'A' to port 0xe9 and through the console's ring, then nothing more. */
static const unsigned char code_talk[0x44] = {
	0xb0, 'A', 0xe6, 0xe9,				/* mov $'A', %al; out %al, $0xe9 */
	0xc6, 0x05, 0x00, 0x84, 0xff, 0xfe, 'A',	/* movb $'A', 0xfeff8400: out[0] */
	0xc7, 0x05, 0x0c, 0x8c, 0xff, 0xfe, 1, 0, 0, 0,	/* movl $1, 0xfeff8c0c: out_prod */
	0xb8, 32, 0, 0, 0,				/* mov $32, %eax: event_channel_op */
	0xbb, 4, 0, 0, 0,				/* mov $4, %ebx: send */
	0xb9, 0x40, 0x10, 0, 0,				/* mov $0x1040, %ecx */
	0x0f, 0x01, 0xc1,				/* vmcall */
	0xeb, 0xfe,					/* 1: jmp 1b */
	[0x40] = 1,					/* the port */
};

/* What may be done to a domain while somebody's call waits for his memory. */
static bool while_lazy(struct lazy_call *c, int dom)
{
	static const struct {
		const char *what;
		int (*what_it_does)(void *arg);
	} others[] = {
		{ "last error", do_last_error }, { "info", do_info }, { "pause", do_pause },
		{ "destroy", do_destroy }, { "mmap", do_mmap },
	};
	static char content[PAGE];
	struct late caller, other;
	bool good = true, stuck = false;

	lazy_make();
	late_start(&caller, do_lazy, c);
	if (!lazy_wanted()) {
		xt_note("%s: does not touch the page: %s", c->what, xt_errno_name(caller.result));
		good = false;
	}
	for (size_t i = 0; i < NR(others) && !stuck; i++) {
		late_start(&other, others[i].what_it_does, &dom);
		stuck = !late_done(&other, WAIT_MS);
		if (stuck) {
			xt_note("%s keeps \"%s\" waiting", c->what, others[i].what);
			good = false;
			lazy_give(content);
		}
		late_end(&other);
	}
	if (!stuck)
		lazy_give(content);
	late_end(&caller);
	lazy_end();
	return good;
}

static void lazy_memory(void)
{
	char path[64];
	bool good;

	if (access("/sys/kernel/debug/xlhv", F_OK))
		mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	for (size_t i = 0; i < NR(lazy_calls); i++) {
		struct lazy_call c = lazy_calls[i];
		struct xlhv_userdata data = { .buffer = (uintptr_t)"0123456789abcdef", .len = 16 };
		struct xlhv_dom_info info;
		int dom = c.live ? start("lazy", code_talk, sizeof(code_talk)) : create("lazy");
		int file = -1;

		must(call(dom, XLHV_DOM_USERDATA_SET, &data), "userdata");
		must(call(dom, XLHV_DOM_INFO, &info), "info");
		if (c.live)
			usleep(20000);
		c.fd = dom;
		if (c.cmd == LAZY_WRITE || c.cmd == LAZY_READ)
			file = console_of(dom, 0);
		if (c.cmd == LAZY_DEBUGFS) {
			snprintf(path, sizeof(path), "/sys/kernel/debug/xlhv/%u/info", info.domid);
			file = open(path, O_RDONLY);
			if (file < 0)
				xt_die("%s: %s", path, xt_errno_name(errno));
		}
		if (file >= 0)
			c.fd = file;
		good = while_lazy(&c, dom);
		if (file >= 0)
			close(file);
		call(dom, XLHV_DOM_DESTROY, NULL);
		close(dom);
		xt_result(good && !domains(), "nobody waits for the memory of %s", c.what);
	}
}

static int do_populate(void *arg)
{
	return memory_map(*(int *)arg);
}

/* All memory at once, and its end meanwhile. */
static void eager(void)
{
	bool good = true;
	int fd, err;

	for (unsigned int i = 0; i < 10; i++) {
		struct late l;

		must(try_create("eager", XLHV_CREATE_EAGER, &fd), "create");
		late_start(&l, do_populate, &fd);
		usleep(i * 300);
		err = do_destroy(&fd);
		good &= !err;
		err = late_end(&l);
		good &= !err || err == ESRCH;
		if (!good)
			xt_note("turn %u: %s", i, xt_errno_name(err));
		close(fd);
	}
	xt_result(good && !domains(), "destroyed while it is populated");
}

/* mmap(), ioctls with arrays, page faults and the end of a domain, all at once. */
static volatile bool stop;
static volatile int racing;

static void *race_map(void *arg)
{
	(void)arg;
	while (!stop) {
		int fd = racing;
		char *p = mmap(NULL, PAGE * 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		if (p != MAP_FAILED)
			munmap(p, PAGE * 4);
	}
	return NULL;
}

static void *race_call(void *arg)
{
	uint64_t values[256];

	(void)arg;
	while (!stop) {
		struct xlhv_stats s = {
			.values = (uintptr_t)values, .count = 256, .vcpu = XLHV_ALL_VCPUS,
		};
		/* Fresh memory each time: the copy faults, and wants the mmap_lock. */
		char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);
		struct xlhv_userdata u = { .buffer = (uintptr_t)p, .len = PAGE };

		memory_map(racing);
		call(racing, XLHV_DOM_STATS, &s);
		call(racing, XLHV_DOM_USERDATA_SET, &u);
		call(racing, XLHV_DOM_USERDATA_GET, &u);
		munmap(p, PAGE);
	}
	return NULL;
}

static int race(void *arg)
{
	pthread_t threads[4];

	(void)arg;
	racing = create("race");
	for (size_t i = 0; i < NR(threads); i++)
		pthread_create(&threads[i], NULL, i % 2 ? race_call : race_map, NULL);
	for (unsigned int i = 0; i < 60; i++) {
		int old = racing;

		usleep(2000);
		do_destroy(&old);
		close(old);
		/* The number may be used again at once: that is what the threads use. */
		racing = create("race");
	}
	stop = true;
	for (size_t i = 0; i < NR(threads); i++)
		pthread_join(threads[i], NULL);
	close(racing);
	return 0;
}

static void map_against_end(void)
{
	struct late l;
	bool good;

	stop = false;
	late_start(&l, race, NULL);
	good = late_done(&l, 60000);
	if (good)
		late_end(&l);
	xt_result(good && !domains(), "mmap and calls with memory against the end of the domain");
}

/* --- the console --- */

/* What comes in is taken at once: in_cons = in_prod, for ever. */
static const unsigned char code_sink[] = {
	0xa1, 0x04, 0x8c, 0xff, 0xfe,		/* 1: mov 0xfeff8c04, %eax */
	0xa3, 0x00, 0x8c, 0xff, 0xfe,		/* mov %eax, 0xfeff8c00 */
	0xeb, 0xf4,				/* jmp 1b */
};

struct writer {
	pthread_t thread;
	int fd;
	unsigned long written;
	int err;
};

static void *write_console(void *data)
{
	struct writer *w = data;
	ssize_t n;

	for (;;) {
		n = write(w->fd, "x", 1);
		if (n != 1)
			break;
		w->written++;
	}
	w->err = n < 0 ? errno : 0;
	return NULL;
}

static void *read_console(void *data)
{
	struct writer *w = data;
	char buffer[64];
	ssize_t n;

	do
		n = read(w->fd, buffer, sizeof(buffer));
	while (n > 0);
	w->err = n < 0 ? errno : 0;
	return NULL;
}

static void console_end(void)
{
	unsigned long written = 0;
	bool good = true;

	for (unsigned int turn = 0; turn < 60 && good; turn++) {
		int dom = start("console", code_sink, sizeof(code_sink));
		struct writer w[7] = {};

		for (size_t i = 0; i < NR(w); i++) {
			w[i].fd = console_of(dom, 0);
			pthread_create(&w[i].thread, NULL, i ? write_console : read_console, &w[i]);
		}
		usleep(turn * 500);
		good &= !do_destroy(&dom);
		for (size_t i = 0; i < NR(w); i++) {
			pthread_join(w[i].thread, NULL);
			if (w[i].err != (i ? EPIPE : 0)) {
				xt_note("%s: %s", i ? "writer" : "reader",
					xt_errno_name(w[i].err));
				good = false;
			}
			written += w[i].written;
			close(w[i].fd);
		}
		close(dom);
	}
	xt_note("%lu bytes written", written);
	xt_result(good && written && !domains(), "six writers and a reader at a console's end");
}

/* An event to the console's port (1) for ever. */
static const unsigned char code_events[] = {
	0xb8, 32, 0, 0, 0,			/* 1: mov $32, %eax: event_channel_op */
	0xbb, 4, 0, 0, 0,			/* mov $4, %ebx: send */
	0xb9, 0x20, 0x10, 0, 0,			/* mov $0x1020, %ecx */
	0x0f, 0x01, 0xc1,			/* vmcall */
	0xeb, 0xec,				/* jmp 1b */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	1, 0, 0, 0,				/* at 0x1020: the port */
};

struct sleeper {
	pthread_t thread;
	int fd;
	unsigned long wakes;
};

static unsigned long switches(void)
{
	struct rusage u;

	getrusage(RUSAGE_THREAD, &u);
	return u.ru_nvcsw;
}

/* How often it is woken for nothing: it sleeps until there is text. */
static void *sleep_console(void *data)
{
	struct sleeper *s = data;
	unsigned long before = switches();
	char c;

	if (read(s->fd, &c, 1) < 0)
		s->wakes = ~0UL;
	else
		s->wakes = switches() - before;
	return NULL;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

static void console_events(void)
{
	int dom = start("events", code_events, sizeof(code_events));
	static uint64_t values[256];
	static struct xlhv_stat_name names[256];
	struct xlhv_stat_names n = { .names = (uintptr_t)names, .count = 256 };
	struct xlhv_stats st = {
		.values = (uintptr_t)values, .count = 256, .vcpu = XLHV_ALL_VCPUS,
	};
	struct sleeper s = { .fd = console_of(dom, 0) };
	uint64_t begin = now_ms(), took, sent = 0;

	pthread_create(&s.thread, NULL, sleep_console, &s);
	usleep(1000000);
	must(call(device, XLHV_STAT_NAMES, &n), "names");
	must(call(dom, XLHV_DOM_STATS, &st), "stats");
	for (unsigned int i = 0; i < n.count; i++)
		if (!strcmp(names[i].name, "events.sent"))
			sent = values[i];
	do_destroy(&dom);
	pthread_join(s.thread, NULL);
	took = now_ms() - begin;
	xt_note("%llu events in %llu ms, %lu wakes", (unsigned long long)sent,
		(unsigned long long)took, s.wakes);
	xt_result(sent > 1000 && s.wakes < took / 4 + 50,
		  "events without end wake a console's reader at a pace");
	close(s.fd);
	close(dom);
}

/* --- logs --- */

/* ESC [ H, a byte above ASCII, "ok" and a newline to port 0xe9, then a triple fault. */
static const unsigned char code_escape[] = {
	0xb0, 0x1b, 0xe6, 0xe9, 0xb0, 0x9b, 0xe6, 0xe9, 0xb0, 0x07, 0xe6, 0xe9,
	0xb0, 'o', 0xe6, 0xe9, 0xb0, 'k', 0xe6, 0xe9, 0xb0, '\n', 0xe6, 0xe9,
	0x0f, 0x0b,				/* ud2 */
};

static bool shut_down(int dom)
{
	struct xlhv_dom_info info;

	for (unsigned int i = 0; i < WAIT_MS; i++) {
		must(call(dom, XLHV_DOM_INFO, &info), "info");
		if (info.flags & XLHV_DOM_SHUTDOWN)
			return true;
		usleep(1000);
	}
	return false;
}

static void log_text(void)
{
	int dom = start("escape", code_escape, sizeof(code_escape));
	char text[4096] = "";
	struct xlhv_log_read r = { .buffer = (uintptr_t)text, .len = sizeof(text) - 1 };
	bool good = shut_down(dom);

	must(call(dom, XLHV_LOG_READ, &r), "log");
	good &= !strncmp(text, "ok\n", 3);
	for (unsigned int i = 0; i < r.len && good; i++)
		good = (text[i] >= ' ' && text[i] <= '~') || text[i] == '\n' || text[i] == '\t';
	xt_result(good, "a guest's text is text");
	do_destroy(&dom);
	close(dom);
}

/* Each of 15 domains falls at once, and each is told of. */
static void log_lines(void)
{
	static char text[1 << 18];
	unsigned int told = 0;
	int dom, len;
	char name[16], *at;

	klogctl(5, NULL, 0);
	for (unsigned int i = 0; i < 15; i++) {
		snprintf(name, sizeof(name), "falls%u", i);
		dom = start(name, "\x0f\x0b", 2);
		if (!shut_down(dom))
			xt_note("%s stands", name);
		do_destroy(&dom);
		close(dom);
	}
	len = klogctl(3, text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = 0;
	for (at = text; (at = strstr(at, "triple fault at")); at++)
		told++;
	xt_note("%u lines", told);
	xt_result(told >= 15, "no domain keeps another's words out of the log");
}

/* --- events of netlink --- */

/* Exit status of a child in another skin. */
static int as(int (*what)(int arg), int arg, int flags, bool nobody, bool no_admin)
{
	pid_t child = fork();
	int status;

	if (!child) {
		if (flags && unshare(flags))
			_exit(98);
		if (nobody && (setgid(65534) || setuid(65534)))
			_exit(97);
		if (no_admin)
			drop_admin();
		_exit(what(arg));
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int join_by_option(int group)
{
	int fd;

	return nl_join(group, false, &fd);
}

static int join_by_bind(int group)
{
	int fd;

	return nl_join(group, true, &fd);
}

/* Joins if it can, and tells whether it hears of a change that the parent makes. */
static int join_and_hear(int group, int from_parent, int to_parent)
{
	int fd = -1, err = nl_join(group, false, &fd);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;

	if (write(to_parent, "r", 1) != 1 || read(from_parent, &c, 1) != 1)
		return 96;
	if (err)
		return 0;
	return poll(&p, 1, 200) == 1 ? 95 : 0;
}

static void netlink(void)
{
	int group = nl_group(), listener, dom, status;
	struct nl_event event;
	bool good;

	listener = nl_listen();
	dom = create("told");
	good = nl_next(listener, &event) && event.event == XLHV_EVENT_CREATED;
	xt_result(good, "netlink: root hears");

	good = as(join_by_option, group, 0, false, false) == 0;
	good &= as(join_by_option, group, 0, true, false) == EPERM;
	good &= as(join_by_option, group, 0, false, true) == EPERM;
	xt_result(good, "netlink: nobody else joins");
	if (group <= 32) {
		good = as(join_by_bind, group, 0, false, false) == 0;
		good &= as(join_by_bind, group, 0, true, false) == EPERM;
		xt_result(good, "netlink: nor by bind()");
	} else {
		xt_skip("the group's number is too high", "netlink: nor by bind()");
	}

	for (int user = 0; user < 2; user++) {
		int to_child[2], to_parent[2];
		pid_t child;
		char c;

		if (user && access("/proc/self/ns/user", F_OK)) {
			xt_skip("this kernel has no user namespaces",
				"netlink: nothing is heard in another namespace (net and user)");
			break;
		}
		if (pipe(to_child) || pipe(to_parent))
			xt_die("pipe: %s", xt_errno_name(errno));
		child = fork();
		if (!child) {
			if (unshare(CLONE_NEWNET | (user ? CLONE_NEWUSER : 0)))
				_exit(98);
			_exit(join_and_hear(group, to_child[0], to_parent[1]));
		}
		close(to_parent[1]);
		if (read(to_parent[0], &c, 1) != 1)
			xt_note("no word of the child");
		close(create("told too"));
		if (write(to_child[1], "g", 1) != 1)
			xt_note("no word to the child");
		waitpid(child, &status, 0);
		good = WIFEXITED(status) && !WEXITSTATUS(status);
		if (!good)
			xt_note("status %#x", status);
		xt_result(good, "netlink: nothing is heard in another namespace (%s)",
			  user ? "net and user" : "net");
		close(to_child[0]);
		close(to_child[1]);
		close(to_parent[0]);
	}
	close(listener);
	close(dom);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "files", no_files },
	{ "answer", no_answer },
	{ "lazy", lazy_memory },
	{ "eager", eager },
	{ "map", map_against_end },
	{ "console", console_end },
	{ "events", console_events },
	{ "text", log_text },
	{ "lines", log_lines },
	{ "netlink", netlink },
};

int main(int argc, char **argv)
{
	device = xt_open();
	if (domains())
		xt_die("there are domains already");
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < NR(cases); i++) {
		bool wanted = argc < 2;

		for (int a = 1; a < argc; a++)
			wanted |= !strcmp(argv[a], cases[i].name);
		if (wanted)
			cases[i].run();
	}
	xt_result(!domains(), "no domain is left");
	return xt_done();
}
