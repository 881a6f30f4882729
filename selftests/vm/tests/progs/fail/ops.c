// SPDX-License-Identifier: GPL-2.0-only
/* The operations, each with what has to be there before. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail/fail.h"
#include "xt.h"

#define SMALL		(2UL << 20)	/* memory of a domain */
#define LARGE		(16UL << 20)
#define MAP_PAGES	64
#define NAME		"fail"

int dev = -1, dom = -1, other = -1;
unsigned char *map = MAP_FAILED;
sigjmp_buf on_bus;
static int con = -1;

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
	err = xt_call(dev, XLHV_DOM_CREATE, &c);
	if (!err)
		dom = c.fd;
	return err;
}

static int memory_map(uint64_t size)
{
	struct xlhv_mem_range range = { .size = size, .type = XLHV_MEM_RAM };
	struct xlhv_memory_map m = { .ranges = (uintptr_t)&range, .count = 1 };

	return xt_call(dom, XLHV_DOM_MEMORY_MAP, &m);
}

static int hold(unsigned int on)
{
	struct xlhv_vmx_hold h = { .hold = on };

	return xt_call(dev, XLHV_VMX_HOLD, &h);
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

	return xt_call(dev, XLHV_SELFCHECK, &check);
}

static int op_create(void)
{
	return create(1, 0, false);
}

static int op_create_large(void)
{
	return create(4, 0, true);
}

int op_dom_open(void)
{
	struct xlhv_dom_open o = { .domid = XLHV_DOMID_BY_NAME, .name = NAME };
	int err = xt_call(dev, XLHV_DOM_OPEN, &o);

	if (!err)
		other = o.fd;
	return err;
}

static int op_list(void)
{
	struct xlhv_dom_info info[4];
	struct xlhv_dom_list list = { .count = 4, .info = (uintptr_t)info };

	return xt_call(dev, XLHV_DOM_LIST, &list);
}

static int op_names(void)
{
	static struct xlhv_stat_name names[512];
	struct xlhv_stat_names n = { .names = (uintptr_t)names, .count = 512 };

	return xt_call(dev, XLHV_STAT_NAMES, &n);
}

static int read_log(int fd)
{
	static char buffer[8192];
	struct xlhv_log_read r = { .buffer = (uintptr_t)buffer, .len = sizeof(buffer) };

	return xt_call(fd, XLHV_LOG_READ, &r);
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

	return xt_call(dev, XLHV_LAST_ERROR, &e);
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
	struct xlhv_ring s = { .kind = XLHV_RING_CONSOLE, .gfn = 0xfeff8 };

	return xt_call(dom, XLHV_DOM_RING, &s);
}

static int special_daemon(uint64_t gfn)
{
	struct xlhv_ring s = { .kind = XLHV_RING_XENCONSOLED, .gfn = gfn };

	return xt_call(dom, XLHV_DOM_RING, &s);
}

static int op_special_daemon(void)
{
	return special_daemon(0xfeffe);
}

static int op_special_daemon_on_page(void)
{
	return special_daemon(MARKED);
}

static int op_special_on_page(void)
{
	struct xlhv_ring s = { .kind = XLHV_RING_CONSOLE, .gfn = MARKED };

	return xt_call(dom, XLHV_DOM_RING, &s);
}

static int op_cpuid(void)
{
	static struct xlhv_cpuid entries[XLHV_MAX_CPUID];
	struct xlhv_cpuid_set set = { .entries = (uintptr_t)entries, .count = XLHV_MAX_CPUID };

	for (unsigned int i = 0; i < XLHV_MAX_CPUID; i++)
		entries[i] = (struct xlhv_cpuid){ .leaf = 1, .subleaf = XLHV_CPUID_ANY_SUBLEAF,
						  .keep = { ~0U, ~0U, ~0U, ~0U } };
	return xt_call(dom, XLHV_DOM_CPUID_SET, &set);
}

static int op_param_set(void)
{
	struct xlhv_hvm_param p = { .index = 1 };		/* HVM_PARAM_STORE_PFN */

	return xt_call(dom, XLHV_DOM_HVM_PARAM_SET, &p);
}

static int op_param_get(void)
{
	struct xlhv_hvm_param p = { .index = 2 };		/* HVM_PARAM_STORE_EVTCHN */

	return xt_call(dom, XLHV_DOM_HVM_PARAM_GET, &p);
}

static int op_entry(void)
{
	struct xlhv_vcpu_entry e = { .entry = PAGE };

	return xt_call(dom, XLHV_DOM_VCPU_ENTRY, &e);
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
	return xt_call(dom, XLHV_DOM_FINISH, NULL);
}

static int op_unpause(void)
{
	return xt_call(dom, XLHV_DOM_UNPAUSE, NULL);
}

static int op_pause(void)
{
	return xt_call(dom, XLHV_DOM_PAUSE, NULL);
}

static int op_destroy(void)
{
	return xt_call(dom, XLHV_DOM_DESTROY, NULL);
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

	return xt_call(dom, XLHV_DOM_INFO, &info);
}

static int op_rename(void)
{
	struct xlhv_rename r = { .name = "other" };

	return xt_call(dom, XLHV_DOM_RENAME, &r);
}

static int op_vcpu_info(void)
{
	struct xlhv_vcpu_info info = {};

	return xt_call(dom, XLHV_DOM_VCPU_INFO, &info);
}

static int op_trigger(void)
{
	struct xlhv_trigger t = { .kind = XLHV_TRIGGER_NMI };

	return xt_call(dom, XLHV_DOM_TRIGGER, &t);
}

static int op_stats(void)
{
	static uint64_t values[512];
	struct xlhv_stats s = { .values = (uintptr_t)values, .count = 512, .vcpu = XLHV_ALL_VCPUS };

	return xt_call(dom, XLHV_DOM_STATS, &s);
}

static unsigned char userdata[60000];

static int op_userdata_set(void)
{
	struct xlhv_userdata u = { .buffer = (uintptr_t)userdata, .len = sizeof(userdata) };

	return xt_call(dom, XLHV_DOM_USERDATA_SET, &u);
}

static int op_userdata_get(void)
{
	struct xlhv_userdata u = { .buffer = (uintptr_t)userdata, .len = sizeof(userdata) };

	return xt_call(dom, XLHV_DOM_USERDATA_GET, &u);
}

static int op_console(void)
{
	struct xlhv_console c = {};
	int err = xt_call(dom, XLHV_DOM_CONSOLE, &c);

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
	int err = xt_call(dom, XLHV_DOM_INFO, &info);

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
	xt_must(hold(1), "hold");
}

static void with_domain(void)
{
	xt_must(create(2, 0, false), "create");
}

static void with_eager(void)
{
	xt_must(create(1, XLHV_CREATE_EAGER, true), "create");
}

void with_memory(void)
{
	with_domain();
	xt_must(op_memory_map(), "memory map");
}

/* Memory is told in pages: with so much else that without the entries it would be one less. */
static void with_cpuid(void)
{
	struct xlhv_userdata u = { .buffer = (uintptr_t)userdata };
	struct xlhv_dom_info info;
	uint64_t first;

	with_memory();
	xt_must(op_cpuid(), "cpuid");
	xt_must(xt_call(dom, XLHV_DOM_INFO, &info), "info");
	first = info.overhead_pages;
	while (info.overhead_pages == first) {
		u.len += 256;
		xt_must(xt_call(dom, XLHV_DOM_USERDATA_SET, &u), "user data");
		xt_must(xt_call(dom, XLHV_DOM_INFO, &info), "info");
	}
}

static void with_mapping(void)
{
	with_memory();
	xt_must(op_mmap(), "mmap");
}

static void with_mark(void)
{
	with_mapping();
	map[MARKED * PAGE] = 0x5a;
}

static void with_all(void)
{
	with_memory();
	xt_must(op_special(), "console's page");
	xt_must(put_code(), "code");
	xt_must(op_entry(), "entry");
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
	xt_must(op_finish(), "finish");
}

static void with_running(void)
{
	with_finished();
	xt_must(op_unpause(), "unpause");
	usleep(1000);
}

static void with_userdata(void)
{
	with_finished();
	xt_must(op_userdata_set(), "user data");
}

static void with_console(void)
{
	with_running();
	xt_must(op_console(), "console");
	fcntl(con, F_SETFL, O_NONBLOCK);
}

const struct op domain_ops[] = {
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
	{ "memory-map-eager", with_eager, op_memory_map_large, 200, NOTHING, ENOMEM },
	{ "special", with_memory, op_special, 50, PAGES, EEXIST },
	{ "special-daemon", with_memory, op_special_daemon, 50, PAGES, EEXIST },
	{ "special-on-page", with_mark, op_special_on_page, 50, PAGES, EEXIST },
	{ "special-daemon-on-page", with_mark, op_special_daemon_on_page, 50, PAGES, EEXIST },
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
	{ "trigger", with_running, op_trigger, 50, NOTHING, 0 },
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
	{}
};

void clean_up(void)
{
	nth = own;
	store_clean_up();
	nodes_clean_up();
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
