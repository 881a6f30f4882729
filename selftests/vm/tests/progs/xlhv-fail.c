// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every error path runs: what the kernel does for a caller is done with its n-th allocation, or
 * copy from or to user space, failing, for n = 1, 2, ... until none is left to fail. Prints KTAP.
 * Needs a kernel with fault injection, prepared by machine/fail.sh.
 *
 *	xlhv-fail ops [OPERATION]...	each ioctl, mmap, page fault, file in debugfs and descriptor
 *	xlhv-fail load FILE [PARAMETERS]	the module comes
 *	xlhv-fail vcpus NAME CONFIG MAX	the threads of a domain, which is made again and again, for
 *					n = 1 to at most MAX
 *
 * A call that fails says why, changes nothing, and leaves nothing behind: it can be made again.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "xt.h"

#define PAGE		4096UL
#define SMALL		(2UL << 20)	/* memory of a domain */
#define LARGE		(16UL << 20)
#define MAP_PAGES	64
#define NAME		"fail"
#define MOST_FDS	64
#define SIGNALLED	1000		/* an "error" besides those of errno */
#define VCPUS_SECONDS	6		/* of the machine's clock, for one life */

static int dev = -1;
static int own = -1;		/* this thread's fail-nth */
static int maker = -1;		/* that of the thread which makes the kernel's threads */
static int nth = -1;		/* the one that is used */
static int dom = -1, other = -1, con = -1;
static unsigned char *map = MAP_FAILED;
static sigjmp_buf on_bus;

static void bus_error(int signal)
{
	(void)signal;
	siglongjmp(on_bus, 1);
}

static int call(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? errno : 0;
}

static void must(int err, const char *what)
{
	if (err)
		xt_die("%s: %s", what, xt_errno_name(err));
}

static void arm(int file, unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(file, text, len, 0) != len)
		xt_die("fail-nth: %s", xt_errno_name(errno));
}

/* What is left to pass before one fails; 0: one has failed, or none is to. */
static unsigned int left(int file)
{
	char text[16] = "";

	if (pread(file, text, sizeof(text) - 1, 0) <= 0)
		xt_die("fail-nth: %s", xt_errno_name(errno));
	return atoi(text);
}

/*
 * Has it failed what it should? What has not failed is still to, and that may be the copies of this
 * function: then nothing did before, and no more is to come.
 */
static bool disarm(void)
{
	char text[16] = "";
	bool injected = pread(nth, text, sizeof(text) - 1, 0) > 0 && !atoi(text);

	if (!injected && pwrite(nth, "0", 1, 0) != 1 && pwrite(nth, "0", 1, 0) != 1)
		xt_die("fail-nth: %s", xt_errno_name(errno));
	return injected;
}

/* Pieces of which operations and what precedes them are made; each gives an error number. */

static int create(unsigned int vcpus, unsigned int flags, bool large)
{
	struct xlhv_dom_create c = {
		.max_vcpus = vcpus,
		.max_pages = (large ? LARGE : SMALL) / PAGE,
		.flags = flags,
		.name = NAME,
	};
	int err;

	if (large) {
		c.max_grant_frames = 64;
		c.max_grant_version = 2;
		c.max_event_channels = 131071;
		c.console_bytes = 1 << 16;
	}
	err = call(dev, XLHV_DOM_CREATE, &c);
	if (!err)
		dom = c.fd;
	return err;
}

static int memory_map(uint64_t size)
{
	struct xlhv_mem_range range = { .size = size, .type = XLHV_MEM_RAM };
	struct xlhv_memory_map m = { .ranges = (uintptr_t)&range, .count = 1 };

	return call(dom, XLHV_DOM_MEMORY_MAP, &m);
}

static int hold(unsigned int on)
{
	struct xlhv_hold h = { .hold = on };

	return call(dev, XLHV_HOLD, &h);
}

/* hlt; jmp . - 1 */
static int put_code(void)
{
	static const unsigned char code[] = { 0xf4, 0xeb, 0xfd };
	void *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, dom, PAGE);

	if (at == MAP_FAILED)
		return errno;
	memcpy(at, code, sizeof(code));
	munmap(at, PAGE);
	return 0;
}

static int map_domain(int flags)
{
	map = mmap(NULL, MAP_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | flags, dom, 0);
	return map == MAP_FAILED ? errno : 0;
}

/* The operations. */

static int op_open(void)
{
	int fd = open(XLHV_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int op_hold(void)
{
	return hold(1);
}

static int op_drop(void)
{
	return hold(0);
}

static int op_selfcheck(void)
{
	struct xlhv_selfcheck check = { .rounds = 2 };

	return call(dev, XLHV_SELFCHECK, &check);
}

static int op_create(void)
{
	return create(1, 0, false);
}

static int op_create_large(void)
{
	return create(4, 0, true);
}

static int op_dom_open(void)
{
	struct xlhv_dom_open o = { .domid = XLHV_DOMID_BY_NAME, .name = NAME };
	int err = call(dev, XLHV_DOM_OPEN, &o);

	if (!err)
		other = o.fd;
	return err;
}

static int op_list(void)
{
	struct xlhv_dom_info info[4];
	struct xlhv_dom_list list = { .count = 4, .info = (uintptr_t)info };

	return call(dev, XLHV_DOM_LIST, &list);
}

static int op_names(void)
{
	static struct xlhv_stat_name names[512];
	struct xlhv_stat_names n = { .names = (uintptr_t)names, .count = 512 };

	return call(dev, XLHV_STAT_NAMES, &n);
}

static int read_log(int fd)
{
	static char buffer[8192];
	struct xlhv_log_read r = { .buffer = (uintptr_t)buffer, .len = sizeof(buffer) };

	return call(fd, XLHV_LOG_READ, &r);
}

static int op_log(void)
{
	return read_log(dev);
}

static int op_dom_log(void)
{
	return read_log(dom);
}

static int op_last_error(void)
{
	struct xlhv_last_error e = {};

	return call(dev, XLHV_LAST_ERROR, &e);
}

static int op_memory_map(void)
{
	return memory_map(SMALL);
}

static int op_memory_map_large(void)
{
	return memory_map(LARGE);
}

static int op_special(void)
{
	struct xlhv_special s = { .kind = XLHV_SPECIAL_CONSOLE, .gfn = 0xfeff8 };

	return call(dom, XLHV_DOM_SPECIAL, &s);
}

#define MARKED	5UL	/* a page of a domain */

static int op_special_on_page(void)
{
	struct xlhv_special s = { .kind = XLHV_SPECIAL_CONSOLE, .gfn = MARKED };

	return call(dom, XLHV_DOM_SPECIAL, &s);
}

static int op_cpuid(void)
{
	static struct xlhv_cpuid entries[XLHV_MAX_CPUID];
	struct xlhv_cpuid_set set = { .entries = (uintptr_t)entries, .count = XLHV_MAX_CPUID };

	for (unsigned int i = 0; i < XLHV_MAX_CPUID; i++)
		entries[i] = (struct xlhv_cpuid){ .leaf = 1, .subleaf = XLHV_CPUID_ANY_SUBLEAF,
						  .keep = { ~0U, ~0U, ~0U, ~0U } };
	return call(dom, XLHV_DOM_CPUID_SET, &set);
}

static int op_param_set(void)
{
	struct xlhv_param p = { .index = 1 };		/* HVM_PARAM_STORE_PFN */

	return call(dom, XLHV_DOM_PARAM_SET, &p);
}

static int op_param_get(void)
{
	struct xlhv_param p = { .index = 2 };		/* HVM_PARAM_STORE_EVTCHN */

	return call(dom, XLHV_DOM_PARAM_GET, &p);
}

static int op_entry(void)
{
	struct xlhv_vcpu_entry e = { .entry = PAGE };

	return call(dom, XLHV_DOM_VCPU_ENTRY, &e);
}

static int op_mmap(void)
{
	return map_domain(0);
}

static int op_mmap_populate(void)
{
	return map_domain(MAP_POPULATE);
}

static int op_touch(void)
{
	if (sigsetjmp(on_bus, 1))
		return SIGNALLED;
	for (int i = 0; i < MAP_PAGES; i++)
		*(volatile unsigned char *)(map + i * PAGE) = 1;
	return 0;
}

static int op_finish(void)
{
	return call(dom, XLHV_DOM_FINISH, NULL);
}

static int op_unpause(void)
{
	return call(dom, XLHV_DOM_UNPAUSE, NULL);
}

static int op_pause(void)
{
	return call(dom, XLHV_DOM_PAUSE, NULL);
}

static int op_destroy(void)
{
	return call(dom, XLHV_DOM_DESTROY, NULL);
}

static int op_close(void)
{
	int err = close(dom) ? errno : 0;

	dom = -1;
	return err;
}

static int op_info(void)
{
	struct xlhv_dom_info info;

	return call(dom, XLHV_DOM_INFO, &info);
}

static int op_rename(void)
{
	struct xlhv_rename r = { .name = "other" };

	return call(dom, XLHV_DOM_RENAME, &r);
}

static int op_vcpu_info(void)
{
	struct xlhv_vcpu_info info = {};

	return call(dom, XLHV_DOM_VCPU_INFO, &info);
}

static int op_stats(void)
{
	static uint64_t values[512];
	struct xlhv_stats s = { .values = (uintptr_t)values, .count = 512, .vcpu = XLHV_ALL_VCPUS };

	return call(dom, XLHV_DOM_STATS, &s);
}

static unsigned char userdata[60000];

static int op_userdata_set(void)
{
	struct xlhv_userdata u = { .buffer = (uintptr_t)userdata, .len = sizeof(userdata) };

	return call(dom, XLHV_DOM_USERDATA_SET, &u);
}

static int op_userdata_get(void)
{
	struct xlhv_userdata u = { .buffer = (uintptr_t)userdata, .len = sizeof(userdata) };

	return call(dom, XLHV_DOM_USERDATA_GET, &u);
}

static int op_console(void)
{
	struct xlhv_console c = {};
	int err = call(dom, XLHV_DOM_CONSOLE, &c);

	if (!err)
		con = c.fd;
	return err;
}

static int op_console_io(void)
{
	struct pollfd p = { .fd = con, .events = POLLIN | POLLOUT };
	char buffer[256];

	if (poll(&p, 1, 0) < 0 || write(con, "hello", 5) < 0)
		return errno;
	if (read(con, buffer, sizeof(buffer)) < 0 && errno != EAGAIN)
		return errno;
	return 0;
}

static int read_all(const char *path)
{
	static char buffer[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;
	int err = 0;

	if (fd < 0)
		return errno;
	do
		len = read(fd, buffer, sizeof(buffer));
	while (len > 0);
	if (len < 0)
		err = errno;
	close(fd);
	return err;
}

static int op_debugfs(void)
{
	static const char *const files[] = {
		"info", "counters", "ept", "vcpu0/counters", "vcpu0/vmcs"
	};
	struct xlhv_dom_info info;
	char path[128];
	int err = call(dom, XLHV_DOM_INFO, &info);

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !err; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/xlhv/%u/%s", info.domid, files[i]);
		err = read_all(path);
	}
	return err;
}

/* What has to be there before an operation. */

static void with_nothing(void)
{
}

static void with_hold(void)
{
	must(hold(1), "hold");
}

static void with_domain(void)
{
	must(create(2, 0, false), "create");
}

static void with_eager(void)
{
	must(create(1, XLHV_CREATE_EAGER, true), "create");
}

static void with_memory(void)
{
	with_domain();
	must(op_memory_map(), "memory map");
}

/* Memory is told in pages: with so much else that without the entries it would be one less. */
static void with_cpuid(void)
{
	struct xlhv_userdata u = { .buffer = (uintptr_t)userdata };
	struct xlhv_dom_info info;
	uint64_t first;

	with_memory();
	must(op_cpuid(), "cpuid");
	must(call(dom, XLHV_DOM_INFO, &info), "info");
	first = info.overhead_pages;
	while (info.overhead_pages == first) {
		u.len += 256;
		must(call(dom, XLHV_DOM_USERDATA_SET, &u), "user data");
		must(call(dom, XLHV_DOM_INFO, &info), "info");
	}
}

static void with_mapping(void)
{
	with_memory();
	must(op_mmap(), "mmap");
}

static void with_mark(void)
{
	with_mapping();
	map[MARKED * PAGE] = 0x5a;
}

static void with_all(void)
{
	with_memory();
	must(op_special(), "console's page");
	must(put_code(), "code");
	must(op_entry(), "entry");
}

/* What is allocated for the threads of vCPUs is allocated by another one. */
static void with_threads_failing(void)
{
	with_all();
	nth = maker;
}

static void with_finished(void)
{
	with_all();
	must(op_finish(), "finish");
}

static void with_running(void)
{
	with_finished();
	must(op_unpause(), "unpause");
	usleep(1000);
}

static void with_userdata(void)
{
	with_finished();
	must(op_userdata_set(), "user data");
}

static void with_console(void)
{
	with_running();
	must(op_console(), "console");
	fcntl(con, F_SETFL, O_NONBLOCK);
}

/* Tables and ports that a call took may be kept for the next one, so PAGES are looked at alone. */
enum kept { NOTHING, PAGES, ALL };

static const struct {
	const char *name;
	void (*before)(void);
	int (*op)(void);
	unsigned int most;	/* there are fewer allocations and copies in it */
	enum kept kept;		/* what stays as it was if it fails */
	int again;		/* from a second call, if what the first did can be seen */
} ops[] = {
	{ "open", with_nothing, op_open, 50, NOTHING, 0 },
	{ "hold", with_nothing, op_hold, 300, NOTHING, EALREADY },
	{ "drop", with_hold, op_drop, 300, NOTHING, ENOENT },
	{ "selfcheck", with_nothing, op_selfcheck, 300, NOTHING, 0 },
	{ "names", with_nothing, op_names, 50, NOTHING, 0 },
	{ "list", with_finished, op_list, 50, NOTHING, 0 },
	{ "log", with_nothing, op_log, 50, NOTHING, 0 },
	{ "last-error", with_nothing, op_last_error, 50, NOTHING, 0 },
	{ "create", with_nothing, op_create, 500, NOTHING, 0 },
	{ "create-large", with_nothing, op_create_large, 500, NOTHING, 0 },
	{ "dom-open", with_domain, op_dom_open, 50, NOTHING, 0 },
	{ "memory-map", with_domain, op_memory_map, 50, ALL, 0 },
	{ "memory-map-eager", with_eager, op_memory_map_large, 200, NOTHING, EALREADY },
	{ "special", with_memory, op_special, 50, PAGES, EEXIST },
	{ "special-on-page", with_mark, op_special_on_page, 50, PAGES, EEXIST },
	{ "cpuid", with_memory, op_cpuid, 50, ALL, 0 },
	{ "cpuid-again", with_cpuid, op_cpuid, 50, ALL, 0 },
	{ "param-set", with_memory, op_param_set, 50, ALL, 0 },
	{ "param-get", with_memory, op_param_get, 50, ALL, 0 },
	{ "entry", with_memory, op_entry, 50, ALL, 0 },
	{ "mmap", with_memory, op_mmap, 300, NOTHING, 0 },
	{ "mmap-populate", with_memory, op_mmap_populate, 500, NOTHING, 0 },
	{ "touch", with_mapping, op_touch, 500, NOTHING, 0 },
	{ "finish", with_all, op_finish, 100, NOTHING, 0 },
	{ "finish-threads", with_threads_failing, op_finish, 100, NOTHING, 0 },
	{ "unpause", with_finished, op_unpause, 50, NOTHING, 0 },
	{ "pause", with_running, op_pause, 50, NOTHING, 0 },
	{ "rename", with_finished, op_rename, 100, ALL, 0 },
	{ "info", with_finished, op_info, 50, NOTHING, 0 },
	{ "vcpu-info", with_running, op_vcpu_info, 50, NOTHING, 0 },
	{ "stats", with_running, op_stats, 50, NOTHING, 0 },
	{ "dom-log", with_running, op_dom_log, 50, NOTHING, 0 },
	{ "userdata-set", with_finished, op_userdata_set, 50, ALL, 0 },
	{ "userdata-get", with_userdata, op_userdata_get, 50, ALL, 0 },
	{ "console", with_running, op_console, 100, NOTHING, 0 },
	{ "console-io", with_console, op_console_io, 50, NOTHING, 0 },
	{ "debugfs", with_running, op_debugfs, 300, NOTHING, 0 },
	{ "destroy", with_running, op_destroy, 200, NOTHING, 0 },
	{ "destroy-building", with_all, op_destroy, 200, NOTHING, 0 },
	{ "close-building", with_all, op_close, 200, NOTHING, 0 },
};

#define NR_OPS	(sizeof(ops) / sizeof(ops[0]))

static void clean_up(void)
{
	nth = own;
	if (map != MAP_FAILED)
		munmap(map, MAP_PAGES * PAGE);
	map = MAP_FAILED;
	if (con >= 0)
		close(con);
	if (other >= 0)
		close(other);
	if (dom >= 0) {
		ioctl(dom, XLHV_DOM_DESTROY);
		close(dom);
	}
	con = -1;
	other = -1;
	dom = -1;
	hold(0);
}

static unsigned int descriptors(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < MOST_FDS; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Is there nothing but holds of ours? Workers may need a moment. */
static bool nothing_left(struct xlhv_info *info, unsigned int holders)
{
	for (int i = 0; i < 100; i++) {
		xt_info(dev, info);
		if (!info->nr_domains && info->holders == holders && !info->guest_pages &&
		    !info->overhead_pages)
			return true;
		usleep(2000);
	}
	return false;
}

/* Errors that a failed allocation or copy may give. */
static bool fitting(int err)
{
	return err == ENOMEM || err == EFAULT || err == SIGNALLED || err == ENFILE;
}

/* What can be told of a domain that does not run: all of it, with the memory that it takes. */
struct picture {
	struct xlhv_dom_info info;
	uint64_t values[512];
	unsigned char mark;
};

static void look(struct picture *picture, enum kept kept)
{
	struct xlhv_stats s = {
		.values = (uintptr_t)picture->values,
		.count = 512,
		.vcpu = XLHV_ALL_VCPUS,
	};

	memset(picture, 0, sizeof(*picture));
	if (kept == NOTHING)
		return;
	must(call(dom, XLHV_DOM_INFO, &picture->info), "info");
	if (kept == ALL)
		must(call(dom, XLHV_DOM_STATS, &s), "stats");
	else
		picture->info.overhead_pages = 0;
	if (map != MAP_FAILED && !sigsetjmp(on_bus, 1))
		picture->mark = map[MARKED * PAGE];
}

static bool same(const struct picture *a, const struct picture *b)
{
	for (unsigned int i = 0; i < 512; i++)
		if (a->values[i] != b->values[i])
			xt_note("figure %u: %llu before, %llu after", i,
				(unsigned long long)a->values[i], (unsigned long long)b->values[i]);
	return !memcmp(a, b, sizeof(*a));
}

/* A call failed: is all as it was, and can it be made again? */
static bool undone(size_t which, int err, const struct picture *was)
{
	static struct picture is;
	int again;

	look(&is, ops[which].kept);
	/* When the last copy fails, that of the answer, it is done. */
	if (!same(was, &is) && !(err == EFAULT && ops[which].again)) {
		xt_note("it did something");
		return false;
	}
	again = ops[which].op();
	if (!again || (again == ops[which].again && (err == EFAULT || ops[which].kept == NOTHING)))
		return true;
	xt_note("a second time: %s", xt_errno_name(again));
	return false;
}

static void run_op(size_t which)
{
	unsigned int n, injected = 0, refused = 0, bad = 0, fds = descriptors();
	static struct picture was;
	const char *name = ops[which].name;
	struct xlhv_info info;
	bool more = true;

	for (n = 1; more && n <= ops[which].most && bad < 5; n++) {
		int err;

		ops[which].before();
		look(&was, ops[which].kept);
		arm(nth, n);
		err = ops[which].op();
		more = disarm();
		injected += more;
		refused += more && err;
		if (more && err && !undone(which, err, &was)) {
			xt_note("%s, %u: %s, but not undone", name, n, xt_errno_name(err));
			bad++;
		}
		clean_up();
		if (!more && err) {
			xt_note("%s, %u: %s although nothing failed", name, n, xt_errno_name(err));
			bad++;
		} else if (err && !fitting(err)) {
			xt_note("%s, %u: %s", name, n, xt_errno_name(err));
			bad++;
		}
		if (descriptors() != fds) {
			xt_note("%s, %u: %u descriptors, not %u", name, n, descriptors(), fds);
			fds = descriptors();
			bad++;
		}
		if (!nothing_left(&info, 1)) {
			xt_note("%s, %u: %u domains, %u holders, %llu pages of guests, %llu besides",
				name, n, info.nr_domains, info.holders,
				(unsigned long long)info.guest_pages,
				(unsigned long long)info.overhead_pages);
			bad++;
			if (!op_dom_open()) {
				dom = other;
				other = -1;
				clean_up();
			}
		}
	}
	if (more && !bad) {
		xt_note("%s: more than %u", name, ops[which].most);
		bad++;
	}
	xt_result(!bad, "%s: %u failures, %u told", name, injected, refused);
}

static int run_ops(int argc, char **argv)
{
	struct xlhv_hold h = { .hold = 1 };
	struct sigaction action = { .sa_handler = bus_error, .sa_flags = SA_NODEFER };
	int keep;

	dev = xt_open();
	keep = xt_open();
	/* VMX stays on between the operations. */
	if (ioctl(keep, XLHV_HOLD, &h))
		xt_die("hold: %s", xt_errno_name(errno));
	sigaction(SIGBUS, &action, NULL);
	for (size_t i = 0; i < NR_OPS; i++) {
		bool wanted = !argc;

		for (int a = 0; a < argc; a++)
			wanted |= !strcmp(argv[a], ops[i].name);
		if (wanted)
			run_op(i);
	}
	close(keep);
	return xt_done();
}

/* Waits for what the kernel starts behind a load: udev has the device open, for instance. */
static bool unloaded(void)
{
	for (int i = 0; i < 100; i++) {
		if (!syscall(SYS_delete_module, "xlhv", O_NONBLOCK) || errno == ENOENT)
			return true;
		usleep(20000);
	}
	return false;
}

static int run_load(const char *file, const char *parameters)
{
	unsigned int n, refused = 0, bad = 0;
	bool more = true;

	for (n = 1; more && n < 5000 && bad < 5; n++) {
		int fd = open(file, O_RDONLY | O_CLOEXEC), err;

		if (fd < 0)
			xt_die("%s: %s", file, xt_errno_name(errno));
		arm(nth, n);
		err = syscall(SYS_finit_module, fd, parameters, 0) ? errno : 0;
		more = disarm();
		close(fd);
		refused += !!err;
		if (err && (!more || !fitting(err))) {
			xt_note("load, %u: %s", n, xt_errno_name(err));
			bad++;
		}
		if (!err && !unloaded()) {
			xt_note("load, %u: it cannot be unloaded", n);
			bad++;
			break;
		}
	}
	xt_result(!more && !bad, "load: %u failures, %u told", n - 2, refused);
	return xt_done();
}

#define MAX_VCPUS	8

struct life {
	unsigned int failures, waits;
};

/* One life: in each thread the n-th fails, then the n + 1st after that, and so on. */
static void live(const char *name, unsigned int n, struct life *life)
{
	struct xlhv_dom_open o = { .domid = XLHV_DOMID_BY_NAME };
	unsigned int next[MAX_VCPUS], vcpus;
	struct xlhv_dom_info info = {};
	time_t end = time(NULL) + VCPUS_SECONDS;
	int files[MAX_VCPUS];
	char path[64];

	snprintf(o.name, sizeof(o.name), "%s", name);
	must(call(dev, XLHV_DOM_OPEN, &o), name);
	must(call(o.fd, XLHV_DOM_INFO, &info), name);
	vcpus = info.max_vcpus;
	if (vcpus > MAX_VCPUS)
		xt_die("%s has %u vCPUs", name, vcpus);
	for (unsigned int v = 0; v < vcpus; v++) {
		struct xlhv_vcpu_info vcpu = { .vcpu = v };

		must(call(o.fd, XLHV_DOM_VCPU_INFO, &vcpu), "vCPU");
		snprintf(path, sizeof(path), "/proc/%u/fail-nth", vcpu.tid);
		files[v] = open(path, O_RDWR | O_CLOEXEC);
		if (files[v] < 0)
			xt_die("%s: %s", path, xt_errno_name(errno));
		next[v] = n;
		arm(files[v], next[v]);
	}
	must(call(o.fd, XLHV_DOM_UNPAUSE, NULL), "unpause");
	while (time(NULL) < end) {
		int err = call(o.fd, XLHV_DOM_INFO, &info);

		if (err || info.shutdown_reason != XLHV_NO_REASON)
			break;
		for (unsigned int v = 0; v < vcpus; v++) {
			if (left(files[v]))
				continue;
			life->failures++;
			arm(files[v], ++next[v]);
		}
		if (info.pause_reason == XLHV_PAUSE_NO_MEMORY) {
			life->waits++;
			must(call(o.fd, XLHV_DOM_UNPAUSE, NULL), "unpause");
		}
		usleep(4000);
	}
	for (unsigned int v = 0; v < vcpus; v++) {
		life->failures += !left(files[v]);
		arm(files[v], 0);
		close(files[v]);
	}
	must(call(o.fd, XLHV_DOM_DESTROY, NULL), "destroy");
	close(o.fd);
}

/*
 * Lives of one guest. What comes of each is its own affair: it was told that calls failed. The host
 * has it as before, and in the last one nothing was left to fail.
 */
static int run_vcpus(const char *name, const char *config, unsigned int max)
{
	unsigned int n, failures = 0, waits = 0, bad = 0;
	struct xlhv_info info;
	struct life life = {};
	char line[256];

	dev = xt_open();
	snprintf(line, sizeof(line), "xlctl create -q -e -p %s", config);
	for (n = 1; n <= max && bad < 5; n++) {
		life = (struct life){};
		if (system(line))
			xt_die("%s: not created", name);
		live(name, n, &life);
		xt_note("%s, %u: %u failures, %u waits", name, n, life.failures, life.waits);
		failures += life.failures;
		waits += life.waits;
		if (!nothing_left(&info, 0)) {
			xt_note("%s, %u: %u domains, %u holders, %llu pages of guests, %llu besides",
				name, n, info.nr_domains, info.holders,
				(unsigned long long)info.guest_pages,
				(unsigned long long)info.overhead_pages);
			bad++;
		}
		if (!life.failures)
			break;
	}
	if (n > max)
		xt_note("%s: more than %u in one life", name, max);
	xt_result(failures && !bad, "%s: %u lives, %u failures, %u waits for memory", name,
		  n > max ? max : n, failures, waits);
	return xt_done();
}

int main(int argc, char **argv)
{
	own = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	maker = open("/proc/2/fail-nth", O_RDWR | O_CLOEXEC);
	if (own < 0 || maker < 0)
		xt_die("this kernel injects no failures: fail-nth: %s", xt_errno_name(errno));
	nth = own;
	if (argc >= 2 && !strcmp(argv[1], "ops"))
		return run_ops(argc - 2, argv + 2);
	if ((argc == 3 || argc == 4) && !strcmp(argv[1], "load"))
		return run_load(argv[2], argc == 4 ? argv[3] : "");
	if (argc == 5 && !strcmp(argv[1], "vcpus"))
		return run_vcpus(argv[2], argv[3], xt_number(argv[4], "number", 1000));
	xt_die("usage: xlhv-fail ops [OPERATION]... | load FILE [PARAMETERS] | vcpus NAME CONFIG MAX");
}
