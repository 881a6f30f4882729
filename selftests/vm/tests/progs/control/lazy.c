// SPDX-License-Identifier: GPL-2.0-only
/* Memory of user space that is not there yet: nobody but who names it waits for it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "control/control.h"
#include "late.h"
#include "xt.h"

/* A page that is not there until it is given: who touches it waits. One that is there follows. */
static char *lazy;
static int lazy_fd;

static void lazy_make(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register r = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	lazy_fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (lazy_fd < 0 || ioctl(lazy_fd, UFFDIO_API, &api))
		xt_die("userfaultfd: %s", xt_errno_name(errno));
	lazy = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
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
	munmap(lazy, 2 * PAGE);
	close(lazy_fd);
}

struct lazy_call {
	const char *what;
	unsigned long cmd;
	bool live;
	bool device;			/* of the device, not of a domain */
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

static void point_pages(void *arg)
{
	*(struct xlhv_read_pages *)arg = (struct xlhv_read_pages){
		.pages = (uintptr_t)lazy, .count = 1,
	};
}

static void point_list(void *arg)
{
	*(struct xlhv_dom_list *)arg = (struct xlhv_dom_list){
		.info = (uintptr_t)lazy, .count = 1,
	};
}

static void point_names(void *arg)
{
	*(struct xlhv_stat_names *)arg = (struct xlhv_stat_names){
		.names = (uintptr_t)lazy, .count = 8,
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
	{ .what = "SPECIAL", .cmd = XLHV_DOM_RING },
	{ .what = "INFO", .cmd = XLHV_DOM_INFO, .live = true },
	{ .what = "VCPU_INFO", .cmd = XLHV_DOM_VCPU_INFO, .live = true },
	{ .what = "STATS", .cmd = XLHV_DOM_STATS, .live = true },
	{ .what = "STATS's values", .cmd = XLHV_DOM_STATS, .live = true, .prepare = point_stats },
	{ .what = "USERDATA_SET's data", .cmd = XLHV_DOM_USERDATA_SET, .live = true,
	  .prepare = point_userdata },
	{ .what = "USERDATA_GET's data", .cmd = XLHV_DOM_USERDATA_GET, .live = true,
	  .prepare = point_userdata },
	{ .what = "RENAME", .cmd = XLHV_DOM_RENAME, .live = true },
	{ .what = "TRIGGER", .cmd = XLHV_DOM_TRIGGER, .live = true },
	{ .what = "CONSOLE", .cmd = XLHV_DOM_CONSOLE, .live = true },
	{ .what = "LAST_ERROR", .cmd = XLHV_LAST_ERROR, .live = true },
	{ .what = "LOG_READ's text", .cmd = XLHV_LOG_READ, .live = true, .prepare = point_log },
	{ .what = "PARAM_GET", .cmd = XLHV_DOM_HVM_PARAM_GET, .live = true },
	{ .what = "MAX_MEM", .cmd = XLHV_DOM_MAX_MEM, .live = true },
	{ .what = "VCPU_REGS", .cmd = XLHV_DOM_VCPU_REGS, .live = true },
	{ .what = "READ_PAGES", .cmd = XLHV_DOM_READ_PAGES, .live = true },
	{ .what = "READ_PAGES's pages", .cmd = XLHV_DOM_READ_PAGES, .live = true,
	  .prepare = point_pages },
	{ .what = "DOM_LIST", .cmd = XLHV_DOM_LIST, .live = true, .device = true },
	{ .what = "DOM_LIST's domains", .cmd = XLHV_DOM_LIST, .live = true, .device = true,
	  .prepare = point_list },
	{ .what = "STAT_NAMES", .cmd = XLHV_STAT_NAMES, .live = true, .device = true },
	{ .what = "STAT_NAMES's names", .cmd = XLHV_STAT_NAMES, .live = true, .device = true,
	  .prepare = point_names },
	{ .what = "read() of a console", .cmd = LAZY_READ, .live = true, .prepare = point_read },
	{ .what = "write() to a console", .cmd = LAZY_WRITE, .live = true, .prepare = point_read },
	{ .what = "read() of debugfs", .cmd = LAZY_DEBUGFS, .live = true, .prepare = point_read },
};

static int do_lazy(void *arg)
{
	struct lazy_call *c = arg;
	char buffer[512];

	if (!c->prepare)
		return xt_call(c->fd, c->cmd, lazy);
	memset(buffer, 0, sizeof(buffer));
	c->prepare(buffer);
	switch (c->cmd) {
	case LAZY_READ:
	case LAZY_DEBUGFS:
		return read(c->fd, lazy, 16) < 0 ? errno : 0;
	case LAZY_WRITE:
		return write(c->fd, lazy, 16) < 0 ? errno : 0;
	}
	return xt_call(c->fd, c->cmd, buffer);
}

static int do_last_error(void *arg)
{
	struct xlhv_last_error e;

	return xt_call(*(int *)arg, XLHV_LAST_ERROR, &e);
}

static int do_info(void *arg)
{
	struct xlhv_dom_info info;

	return xt_call(*(int *)arg, XLHV_DOM_INFO, &info);
}

static int do_pause(void *arg)
{
	return xt_call(*(int *)arg, XLHV_DOM_PAUSE, NULL);
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

void lazy_memory(void)
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

		xt_must(xt_call(dom, XLHV_DOM_USERDATA_SET, &data), "userdata");
		xt_must(xt_call(dom, XLHV_DOM_INFO, &info), "info");
		if (c.live)
			usleep(20000);
		c.fd = dom;
		if (c.cmd == LAZY_WRITE || c.cmd == LAZY_READ)
			file = console_of(dom, 0);
		if (c.device)
			file = xt_open();
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
		xt_call(dom, XLHV_DOM_DESTROY, NULL);
		close(dom);
		xt_result(good && !domains(), "nobody waits for the memory of %s", c.what);
	}
}
