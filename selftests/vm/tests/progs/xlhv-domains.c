// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of domains by ioctl: what is refused and in which words, identifiers, the order of
 * building, descriptors, poll(), events, and what two threads at once make of them, on two CPUs
 * if there are. Prints KTAP. Root, no domain there.
 *
 *	xlhv-domains		all of that
 *	xlhv-domains wrap	once around all identifiers
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nl.h"
#include "xt.h"

#define PAGE		4096UL
#define RAM		(2UL << 20)
#define ENTRY		0x1000UL
#define DOMIDS		0x7ff0U
#define VCPUS		128U
#define NR(a)		(sizeof(a) / sizeof((a)[0]))

static int device;

static const char *last_error(int fd)
{
	static struct xlhv_last_error last;

	if (xt_call(fd, XLHV_LAST_ERROR, &last))
		return "(no last error)";
	return last.text;
}

/* Was it refused as expected?  Tells if not. */
static bool refused(int fd, const char *what, int err, int want, const char *words)
{
	const char *text = last_error(fd);

	if (err == want && strstr(text, words) && !!*text == !!*words)
		return true;
	xt_note("%s: %s \"%s\", expected %s \"%s\"", what, xt_errno_name(err), text,
		xt_errno_name(want), words);
	return false;
}

static struct xlhv_dom_create plan(const char *name)
{
	struct xlhv_dom_create c = { .max_vcpus = 1, .max_pages = RAM / PAGE };

	strncpy(c.name, name, sizeof(c.name) - 1);
	return c;
}

/* A domain that is being built; dies if that fails. */
static int create(const char *name, unsigned int domid)
{
	struct xlhv_dom_create c = plan(name);
	int err;

	c.domid = domid;
	err = xt_call(device, XLHV_DOM_CREATE, &c);
	if (err)
		xt_die("%s: %s (%s)", name, xt_errno_name(err), last_error(device));
	return c.fd;
}

static struct xlhv_dom_info info_of(int fd)
{
	struct xlhv_dom_info info;
	int err = xt_call(fd, XLHV_DOM_INFO, &info);

	if (err)
		xt_die("XLHV_DOM_INFO: %s", xt_errno_name(err));
	return info;
}

static unsigned int domains(void)
{
	struct xlhv_info info;

	xt_info(device, &info);
	return info.nr_domains;
}

static int open_domain(unsigned int domid, const char *name, int *fd)
{
	struct xlhv_dom_open o = { .domid = domid };
	int err;

	strncpy(o.name, name, sizeof(o.name) - 1);
	err = xt_call(device, XLHV_DOM_OPEN, &o);
	*fd = o.fd;
	return err;
}

static int memory_map(int fd, uint64_t addr, uint64_t size, uint32_t type)
{
	struct xlhv_mem_range range = { .addr = addr, .size = size, .type = type };
	struct xlhv_memory_map map = { .ranges = (uintptr_t)&range, .count = 1 };

	return xt_call(fd, XLHV_DOM_MEMORY_MAP, &map);
}

static int entry(int fd, uint64_t address)
{
	struct xlhv_vcpu_entry e = { .entry = address };

	return xt_call(fd, XLHV_DOM_VCPU_ENTRY, &e);
}

/* Memory and an entry point at which is what there is in @code. */
static void build(int fd, const unsigned char *code, size_t len)
{
	unsigned char *p;

	if (memory_map(fd, 0, RAM, XLHV_MEM_RAM))
		xt_die("memory map: %s", last_error(fd));
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, ENTRY);
	if (p == MAP_FAILED)
		xt_die("mmap of the domain: %s", xt_errno_name(errno));
	memcpy(p, code, len);
	munmap(p, PAGE);
	if (entry(fd, ENTRY))
		xt_die("entry: %s", last_error(fd));
}

static void refusals(void)
{
	static const struct {
		const char *what, *words;
		size_t at, size;
		uint64_t value;
		int err;
	} fields[] = {
#define FIELD(field, value, err, words)							\
	{ #field " = " #value, words, offsetof(struct xlhv_dom_create, field),		\
	  sizeof(((struct xlhv_dom_create *)0)->field), value, err }
		FIELD(flags, 1U << 31, EINVAL, "flags: 0x80000000"),
		FIELD(fd, 1, EINVAL, "fd: "),
		FIELD(reserved[7], 1, EINVAL, "reserved: "),
		FIELD(name[0], 0, EINVAL, "name: "),
		FIELD(name[0], '/', EINVAL, "name: "),
		FIELD(name[0], '\n', EINVAL, "name: "),
		FIELD(domid, DOMIDS, EINVAL, "domid: 32752 is more than 32751"),
		FIELD(domid, 0xffffffff, EINVAL, "domid: "),
		FIELD(max_vcpus, 0, EINVAL, "max_vcpus: "),
		FIELD(max_vcpus, VCPUS + 1, E2BIG, "max_vcpus: 129 is more than 128"),
		FIELD(max_pages, 0, EINVAL, "max_pages: "),
		FIELD(max_pages, 1ULL << 40, E2BIG, "max_pages: 1099511627776 is more than "),
		FIELD(max_grant_frames, 4097, EINVAL, "max_grant_frames: 4097 is more than 4096"),
		FIELD(max_maptrack_frames, 1U << 23, EINVAL, "max_maptrack_frames: "),
		FIELD(max_grant_version, 3, EINVAL, "max_grant_version: 3 is more than 2"),
		FIELD(max_event_channels, 1U << 17, EINVAL, "max_event_channels: 131072 is more"),
		FIELD(console_bytes, (16 << 20) + 1, EINVAL, "console_bytes: "),
		FIELD(log_bytes, (16 << 20) + 1, EINVAL, "log_bytes: "),
	};
	static const char *const names[] = { "Domain-0", "1", "42", "a/b", "tab\there", "\x7f" };
	struct xlhv_dom_create c;
	bool good = true;

	for (size_t i = 0; i < NR(fields); i++) {
		c = plan("refused");
		memcpy((char *)&c + fields[i].at, &fields[i].value, fields[i].size);
		good &= refused(device, fields[i].what, xt_call(device, XLHV_DOM_CREATE, &c),
				fields[i].err, fields[i].words);
	}
	for (size_t i = 0; i < NR(names); i++) {
		c = plan(names[i]);
		good &= refused(device, names[i], xt_call(device, XLHV_DOM_CREATE, &c), EINVAL, "name: ");
	}
	c = plan("");
	memset(c.name, 'x', sizeof(c.name));
	good &= refused(device, "long name", xt_call(device, XLHV_DOM_CREATE, &c), EINVAL, "name: ");
	xt_result(good && !domains(), "what no domain can be is refused by name");
}

static void largest(void)
{
	struct xlhv_dom_create c = plan("largest");
	struct xlhv_dom_info info;
	int err;

	c.domid = DOMIDS - 1;
	c.max_vcpus = VCPUS;
	c.max_pages = 1 << 20;
	c.max_grant_frames = 4096;
	c.max_grant_version = 2;
	c.max_event_channels = (1 << 17) - 1;
	err = xt_call(device, XLHV_DOM_CREATE, &c);
	if (err) {
		xt_result(false, "the largest: %s %s", xt_errno_name(err), last_error(device));
		return;
	}
	info = info_of(c.fd);
	xt_result(info.domid == DOMIDS - 1 && info.max_vcpus == VCPUS && info.overhead_pages >
		  VCPUS * 4, "the last identifier, 128 vCPUs: %llu pages besides its memory",
		  (unsigned long long)info.overhead_pages);
	close(c.fd);
}

static void identifiers(void)
{
	int a = create("a", 0), b = create("b", 0), c, other;
	unsigned int id_a = info_of(a).domid, id_b = info_of(b).domid;
	struct xlhv_dom_create dup = plan("a");
	bool good;

	good = refused(device, "name twice", xt_call(device, XLHV_DOM_CREATE, &dup), EEXIST, "exists");
	dup = plan("c");
	dup.domid = id_b;
	good &= refused(device, "domid twice", xt_call(device, XLHV_DOM_CREATE, &dup), EEXIST, "exists");
	xt_result(good && id_b == id_a + 1, "names and identifiers are had by one domain");

	close(a);
	c = create("a", id_a + 3);
	close(create("next", 0));
	a = create("after", 0);
	xt_result(info_of(c).domid == id_a + 3 && info_of(a).domid == id_a + 4,
		  "identifiers: the next that is free, not the one that was given back (%u)",
		  info_of(a).domid - id_a);
	close(a);

	good = !open_domain(id_b, "", &other) && info_of(other).domid == id_b;
	close(other);
	good &= !open_domain(XLHV_DOMID_BY_NAME, "b", &other) && info_of(other).domid == id_b;
	close(other);
	good &= open_domain(id_a, "", &other) == ESRCH;
	good &= open_domain(0, "", &other) == ESRCH;
	good &= open_domain(DOMIDS, "", &other) == ESRCH;
	good &= open_domain(XLHV_DOMID_BY_NAME, "nobody", &other) == ESRCH;
	good &= open_domain(id_b, "b", &other) == EINVAL;
	xt_result(good, "opened by identifier or name");

	/* In order of identifiers, though c was made after b and before others. */
	struct xlhv_dom_info infos[4] = { 0 };
	struct xlhv_dom_list l = { .count = 4, .info = (uintptr_t)infos };

	good = !xt_call(device, XLHV_DOM_LIST, &l) && l.count == 2 && infos[0].domid == id_b &&
	       infos[1].domid == id_a + 3;
	l = (struct xlhv_dom_list){ .first = id_b + 1, .count = 4, .info = (uintptr_t)infos };
	good &= !xt_call(device, XLHV_DOM_LIST, &l) && l.count == 1 && infos[0].domid == id_a + 3;
	xt_result(good, "listed in order");

	/* A descriptor more keeps it; the last one takes it with it. */
	other = dup2(b, 100);
	close(b);
	good = domains() == 2 && info_of(other).domid == id_b;
	close(other);
	xt_result(good && domains() == 1, "while it is built it dies with its last descriptor");
	close(c);
	xt_result(!domains(), "nothing is left");
}

static void building(void)
{
	static const struct {
		const char *what;
		uint64_t addr, size;
		uint32_t type;
		int err;
		const char *words;
	} maps[] = {
		{ "not aligned", 1, PAGE, XLHV_MEM_RAM, EINVAL, "page-aligned" },
		{ "empty", 0, 0, XLHV_MEM_RAM, EINVAL, "memory map: " },
		{ "unknown type", 0, PAGE, 99, EINVAL, "memory map: " },
		{ "too high", 1ULL << 60, PAGE, XLHV_MEM_RAM, ERANGE, "below 2^" },
		{ "wraps", -PAGE, 2 * PAGE, XLHV_MEM_RAM, ERANGE, "memory map: " },
		{ "too much", 0, RAM + PAGE, XLHV_MEM_RAM, ENOSPC, "more than the domain may" },
	};
	struct xlhv_param param = { .index = 1000 };
	struct xlhv_vcpu_info vi = { .vcpu = 99 };
	struct xlhv_stats stats = { .vcpu = 99 };
	struct xlhv_special ring = { .kind = XLHV_SPECIAL_CONSOLE, .gfn = 0x10 };
	int fd = create("building", 0);
	bool good;

	/* What is RAM has to be known: the page would stay where RAM comes to be. */
	good = refused(fd, "special", xt_call(fd, XLHV_DOM_SPECIAL, &ring), EINVAL, "come first");
	for (size_t i = 0; i < NR(maps); i++) {
		int err = memory_map(fd, maps[i].addr, maps[i].size, maps[i].type);

		if (err == E2BIG)
			err = ENOSPC;
		good &= refused(fd, maps[i].what, err, maps[i].err, maps[i].words);
	}
	xt_result(good, "memory maps that cannot be are refused");

	good = refused(fd, "finish", xt_call(fd, XLHV_DOM_FINISH, NULL), EINVAL, "no memory map");
	good &= !memory_map(fd, 0, RAM, XLHV_MEM_RAM);
	good &= refused(fd, "finish", xt_call(fd, XLHV_DOM_FINISH, NULL), EINVAL, "no entry point");
	good &= refused(fd, "entry", entry(fd, 1ULL << 32), EINVAL, "below 4 GiB");
	good &= xt_call(fd, XLHV_DOM_PAUSE, NULL) == EINVAL;
	good &= xt_call(fd, XLHV_DOM_UNPAUSE, NULL) == EINVAL;
	good &= xt_call(fd, XLHV_DOM_PARAM_SET, &param) == EINVAL;
	good &= xt_call(fd, XLHV_DOM_VCPU_INFO, &vi) == ENOENT;
	good &= xt_call(fd, XLHV_DOM_STATS, &stats) == ENOENT;
	good &= xt_call(fd, XLHV_SELFCHECK, NULL) == ENOTTY;
	xt_result(good && info_of(fd).flags & XLHV_DOM_BUILDING, "in building: what is missing");

	good = !entry(fd, ENTRY) && !xt_call(fd, XLHV_DOM_FINISH, NULL);
	xt_result(good && (info_of(fd).flags & (XLHV_DOM_BUILDING | XLHV_DOM_PAUSED)) ==
		  XLHV_DOM_PAUSED, "finished: it is paused");

	good = xt_call(fd, XLHV_DOM_FINISH, NULL) == EBUSY;
	good &= refused(fd, "map", memory_map(fd, 0, RAM, XLHV_MEM_RAM), EBUSY, "is finished");
	good &= refused(fd, "entry", entry(fd, ENTRY), EBUSY, "is finished");
	good &= mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EBUSY;
	xt_result(good, "finished: its make-up does not change");

	close(fd);
	good = domains() == 1 && !open_domain(XLHV_DOMID_BY_NAME, "building", &fd);
	good &= !xt_call(fd, XLHV_DOM_DESTROY, NULL);
	good &= xt_call(fd, XLHV_DOM_DESTROY, NULL) == ESRCH;
	good &= xt_call(fd, XLHV_DOM_PAUSE, NULL) == ESRCH;
	close(fd);
	xt_result(good && !domains(), "finished: it outlives its descriptors, until it is destroyed");
}

/* Does reading it end in SIGBUS? */
static bool faults(const unsigned char *at)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		xt_die("fork: %s", xt_errno_name(errno));
	if (!child) {
		signal(SIGBUS, SIG_DFL);
		_exit(__atomic_load_n(at, __ATOMIC_RELAXED) ? 1 : 0);
	}
	return waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGBUS;
}

/* Pages that are no memory of the domain are not mapped, also not beside some that is. */
static void mapping(void)
{
	const uint64_t ring = RAM / PAGE - 16;
	struct xlhv_special s = { .kind = XLHV_SPECIAL_CONSOLE, .gfn = ring };
	int fd = create("mapping", 0);
	unsigned char *p;
	bool good;

	good = !memory_map(fd, 0, ring * PAGE, XLHV_MEM_RAM) && !xt_call(fd, XLHV_DOM_SPECIAL, &s);
	p = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		xt_die("mmap of the domain: %s", xt_errno_name(errno));
	/* What is around is mapped with this, the last page before the ring. */
	p[(ring - 1) * PAGE] = 1;
	good &= faults(p + ring * PAGE) && faults(p + (ring + 1) * PAGE);
	good &= !faults(p + (ring - 2) * PAGE);
	munmap(p, RAM);
	close(fd);
	xt_result(good, "only memory can be mapped");
}

static uint64_t overhead(int fd)
{
	return info_of(fd).overhead_pages;
}

/* What is refused in the middle leaves what was before. */
static void refused_in_the_middle(void)
{
	static struct xlhv_cpuid entries[XLHV_MAX_CPUID];
	static unsigned char data[PAGE];
	struct xlhv_cpuid_set set = { .entries = (uintptr_t)entries, .count = XLHV_MAX_CPUID };
	struct xlhv_userdata u = { .buffer = (uintptr_t)data };
	int fd = create("middle", 0);
	uint64_t before;
	bool good;

	for (unsigned int i = 0; i < XLHV_MAX_CPUID; i++)
		entries[i] = (struct xlhv_cpuid){ .leaf = 1, .subleaf = XLHV_CPUID_ANY_SUBLEAF,
						  .keep = { ~0U, ~0U, ~0U, ~0U } };
	good = !xt_call(fd, XLHV_DOM_CPUID_SET, &set);
	/* It is told in pages: with so much else that without the list it would be one less. */
	before = overhead(fd);
	while (overhead(fd) == before && u.len < sizeof(data)) {
		u.len += 64;
		good &= !xt_call(fd, XLHV_DOM_USERDATA_SET, &u);
	}
	before = overhead(fd);
	entries[1].leaf = 0x12345678;
	set.count = 2;
	good &= xt_call(fd, XLHV_DOM_CPUID_SET, &set) == EINVAL;
	xt_result(good && overhead(fd) == before, "a CPUID that is refused leaves the one before");
	close(fd);
}

/* What poll() says at this moment. */
static short events_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLPRI };

	if (poll(&p, 1, 0) < 0)
		xt_die("poll: %s", xt_errno_name(errno));
	return p.revents;
}

static void polling(void)
{
	struct xlhv_rename name = { .name = "polled too" };
	struct pollfd p = { .events = POLLPRI };
	int fd = create("polled", 0), other;
	bool good;

	p.fd = fd;
	good = events_of(fd) == POLLPRI;
	info_of(fd);
	good &= !events_of(fd);
	good &= !open_domain(XLHV_DOMID_BY_NAME, "polled", &other);
	good &= !xt_call(other, XLHV_DOM_RENAME, &name) && events_of(fd) == POLLPRI;
	info_of(other);
	good &= events_of(fd) == POLLPRI && !events_of(other);
	info_of(fd);
	good &= !events_of(fd);
	xt_result(good, "poll: each descriptor hears of what changed since it last asked");

	/* ud2, with no table of interrupts: a triple fault. */
	build(fd, (const unsigned char *)"\x0f\x0b", 2);
	good = !xt_call(fd, XLHV_DOM_FINISH, NULL);
	info_of(fd);
	good &= !xt_call(fd, XLHV_DOM_UNPAUSE, NULL);
	while (!(info_of(fd).flags & XLHV_DOM_SHUTDOWN) && poll(&p, 1, 10000) == 1)
		;
	xt_result(good && info_of(fd).shutdown_reason == 1, "poll: the shutdown is waited for (%u)",
		  info_of(fd).shutdown_reason);
	info_of(other);
	good = !xt_call(fd, XLHV_DOM_DESTROY, NULL);
	xt_result(good && events_of(other) == (POLLHUP | POLLPRI) && events_of(fd) & POLLHUP,
		  "poll: the end");
	close(fd);
	close(other);
}

static void netlink(void)
{
	static const uint32_t want[][2] = {
		{ XLHV_EVENT_CREATED }, { XLHV_EVENT_FINISHED }, { XLHV_EVENT_RENAMED },
		{ XLHV_EVENT_UNPAUSED }, { XLHV_EVENT_SHUTDOWN, 1 },
		{ XLHV_EVENT_PAUSED, XLHV_PAUSE_TOOL }, { XLHV_EVENT_DESTROYED },
	};
	struct xlhv_rename name = { .name = "heard too" };
	int listener = nl_listen(), fd = create("heard", 0);
	unsigned int domid = info_of(fd).domid;
	struct nl_event event;
	bool good;

	build(fd, (const unsigned char *)"\x0f\x0b", 2);
	good = !xt_call(fd, XLHV_DOM_FINISH, NULL);
	/* What changes nothing is no event. */
	good &= !xt_call(fd, XLHV_DOM_PAUSE, NULL);
	good &= !xt_call(fd, XLHV_DOM_RENAME, &name);
	good &= !xt_call(fd, XLHV_DOM_UNPAUSE, NULL) && !xt_call(fd, XLHV_DOM_UNPAUSE, NULL);
	while (!(info_of(fd).flags & XLHV_DOM_SHUTDOWN))
		usleep(1000);
	for (size_t i = 0; i < NR(want); i++) {
		/* So that the order is what it has to be, not what it may be. */
		if (want[i][0] == XLHV_EVENT_PAUSED)
			good &= !xt_call(fd, XLHV_DOM_PAUSE, NULL) &&
				!xt_call(fd, XLHV_DOM_PAUSE, NULL) &&
				!xt_call(fd, XLHV_DOM_DESTROY, NULL);
		if (!nl_next(listener, &event)) {
			xt_note("event %zu does not come", i);
			good = false;
			break;
		}
		if (event.event != want[i][0] || event.reason != want[i][1] ||
		    event.domid != domid || strncmp(event.name, "heard", 5) || !event.time) {
			xt_note("event %zu: %u reason %u domain %u \"%s\"", i, event.event,
				event.reason, event.domid, event.name);
			good = false;
		}
	}
	xt_result(good && !nl_waits(listener), "netlink: each change once, in order");
	close(fd);

	/* Destroyed at once after it has shut down: still in order. */
	for (unsigned int i = 0; i < 20 && good; i++) {
		uint32_t last = 0;

		fd = create("brief", 0);
		build(fd, (const unsigned char *)"\x0f\x0b", 2);
		good = !xt_call(fd, XLHV_DOM_FINISH, NULL) && !xt_call(fd, XLHV_DOM_UNPAUSE, NULL);
		while (!(info_of(fd).flags & XLHV_DOM_SHUTDOWN))
			;
		good &= !xt_call(fd, XLHV_DOM_DESTROY, NULL);
		close(fd);
		do {
			good &= nl_next(listener, &event) && event.event > last;
			last = event.event;
		} while (good && last != XLHV_EVENT_DESTROYED);
	}
	xt_result(good, "netlink: the end comes last");
	close(listener);
}

static int open_parameter(const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/xlhv/parameters/%s", name);
	return open(path, flags);
}

static bool set_limit(const char *name, const char *value)
{
	int fd = open_parameter(name, O_WRONLY);
	bool good;

	good = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
	if (!good)
		xt_note("%s: %s", name, xt_errno_name(errno));
	close(fd);
	return good;
}

/* The whole of its memory could not be had: no second try has less, or some of it. */
static void without_memory(void)
{
	static const char words[] = "memory could not be had";
	struct xlhv_special ring = { .kind = XLHV_SPECIAL_CONSOLE, .gfn = 0xfeff8 };
	struct xlhv_dom_create c = plan("without");
	int parameter = open_parameter("host_reserve_mib", O_RDONLY);
	char reserve[16] = "";
	bool good = parameter >= 0 && read(parameter, reserve, sizeof(reserve) - 1) > 0;
	unsigned char *p;
	int fd;

	close(parameter);
	c.flags = XLHV_CREATE_EAGER;
	xt_must(xt_call(device, XLHV_DOM_CREATE, &c), "create");
	fd = c.fd;
	good &= set_limit("host_reserve_mib", "1000000");
	good &= memory_map(fd, 0, RAM, XLHV_MEM_RAM) == ENOMEM;
	good &= set_limit("host_reserve_mib", reserve);
	good &= refused(fd, "map", memory_map(fd, 0, RAM, XLHV_MEM_RAM), ENOMEM, words);
	good &= refused(fd, "entry", entry(fd, ENTRY), ENOMEM, words);
	good &= refused(fd, "special", xt_call(fd, XLHV_DOM_SPECIAL, &ring), ENOMEM, words);
	for (unsigned int i = 0; i < 2; i++)
		good &= refused(fd, "finish", xt_call(fd, XLHV_DOM_FINISH, NULL), ENOMEM, words);
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, ENTRY);
	good &= p == MAP_FAILED || faults(p);
	if (p != MAP_FAILED)
		munmap(p, PAGE);
	good &= !xt_call(fd, XLHV_DOM_DESTROY, NULL);
	close(fd);
	xt_result(good && !domains(), "without the memory it was to have at once: only destroyed");
}

/*
 * Two things at once, on two CPUs if there are.
 */

struct other {
	void (*fn)(void *arg);
	void *arg;
	unsigned int delay;
	int ready;
};

static void on_cpu(unsigned int n)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(n % sysconf(_SC_NPROCESSORS_ONLN), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		xt_die("affinity: %s", xt_errno_name(errno));
}

/* Begins when the one that calls it here does, or a moment later. */
static void begin(struct other *o, unsigned int delay)
{
	__atomic_add_fetch(&o->ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&o->ready, __ATOMIC_SEQ_CST) < 2)
		sched_yield();
	for (volatile unsigned int i = 0; i < delay; i++)
		;
}

static void *other_thread(void *data)
{
	struct other *o = data;

	on_cpu(1);
	begin(o, o->delay);
	o->fn(o->arg);
	return NULL;
}

/* @fn and @other at once, in round @n; which of them is late differs from round to round. */
static void both(unsigned int n, void (*fn)(void *arg), void (*other)(void *arg), void *arg)
{
	struct other o = { .fn = other, .arg = arg, .delay = n % 2 ? n * 50 : 0 };
	pthread_t thread;

	if (pthread_create(&thread, NULL, other_thread, &o))
		xt_die("no thread");
	on_cpu(0);
	begin(&o, n % 2 ? 0 : n * 50);
	fn(arg);
	pthread_join(thread, NULL);
}

/* A name of one letter, and a UUID of the same. */
static void rename_to(int fd, char letter)
{
	struct xlhv_rename r = { .flags = XLHV_RENAME_UUID };

	memset(r.name, letter, sizeof(r.name) - 1);
	memset(r.uuid, letter, sizeof(r.uuid));
	xt_must(xt_call(fd, XLHV_DOM_RENAME, &r), "rename");
}

static volatile bool asking;

static void rename_on(void *arg)
{
	unsigned int turns = 0;

	while (asking)
		rename_to(*(int *)arg, 'a' + turns++ % 2);
	xt_note("renamed %u times", turns);
}

static bool of_one_letter(const struct xlhv_dom_info *info)
{
	bool good = true;

	for (unsigned int i = 0; i < sizeof(info->name) - 1; i++)
		good &= info->name[i] == info->name[0];
	for (unsigned int i = 0; i < sizeof(info->uuid); i++)
		good &= info->uuid[i] == (unsigned char)info->name[0];
	if (!good)
		xt_note("called %s, UUID %.16s", info->name, (const char *)info->uuid);
	return good;
}

static bool whole;

static void ask_on(void *arg)
{
	struct xlhv_dom_info infos[2];
	struct xlhv_dom_list l = { .count = 2, .info = (uintptr_t)infos };

	for (unsigned int i = xt_turns(300); i && whole; i--) {
		l.first = 0;
		l.count = 2;
		infos[0] = info_of(*(int *)arg);
		whole &= of_one_letter(&infos[0]);
		whole &= !xt_call(device, XLHV_DOM_LIST, &l) && l.count == 1 &&
			 of_one_letter(&infos[0]);
	}
	asking = false;
}

static void identity(void)
{
	int fd = create("identity", 0);

	rename_to(fd, 'z');
	whole = true;
	asking = true;
	both(0, ask_on, rename_on, &fd);
	close(fd);
	xt_result(whole, "name and UUID are those of one moment, whoever renames it");
}

static void do_pause(void *arg)
{
	xt_must(xt_call(*(int *)arg, XLHV_DOM_PAUSE, NULL), "pause");
}

static void do_unpause(void *arg)
{
	xt_must(xt_call(*(int *)arg, XLHV_DOM_UNPAUSE, NULL), "unpause");
}

/* Events that are there now: each is another than the one before it.  Return: the last one. */
static uint32_t heard(int listener, uint32_t last, unsigned int *wrong)
{
	struct nl_event event;

	while (nl_waits(listener)) {
		if (!nl_next(listener, &event) || event.event == last)
			++*wrong;
		last = event.event;
	}
	return last;
}

/* Whoever listens knows what the domain is in the end. */
static void told_in_order(void)
{
	unsigned int wrong = 0, i, n = xt_turns(60);
	uint32_t last = XLHV_EVENT_UNPAUSED;
	int listener, fd = create("ordered", 0);
	bool paused;

	/* jmp . */
	build(fd, (const unsigned char *)"\xeb\xfe", 2);
	xt_must(xt_call(fd, XLHV_DOM_FINISH, NULL), "finish");
	do_unpause(&fd);
	listener = nl_listen();
	for (i = 0; i < n && !wrong; i++) {
		both(i, do_pause, do_unpause, &fd);
		last = heard(listener, last, &wrong);
		paused = info_of(fd).flags & XLHV_DOM_PAUSED;
		if (last != (paused ? XLHV_EVENT_PAUSED : XLHV_EVENT_UNPAUSED))
			wrong++;
		if (last == XLHV_EVENT_PAUSED)
			do_unpause(&fd);
		last = heard(listener, last, &wrong);
	}
	if (wrong)
		xt_note("round %u: last event %u, flags %#x", i, last, info_of(fd).flags);
	xt_must(xt_call(fd, XLHV_DOM_DESTROY, NULL), "destroy");
	close(fd);
	close(listener);
	xt_result(!wrong, "netlink: of two at once the last told is the last done");
}

struct unbuilt {
	int fd, other, opened, finished;
};

static void let_go(void *arg)
{
	close(((struct unbuilt *)arg)->fd);
}

static void take_over(void *arg)
{
	struct unbuilt *u = arg;

	u->opened = open_domain(XLHV_DOMID_BY_NAME, "unbuilt", &u->other);
	u->finished = u->opened ?: xt_call(u->other, XLHV_DOM_FINISH, NULL);
}

/* Its last descriptor goes while another is had by its name, by which it is finished: or not. */
static void unbuilt(void)
{
	unsigned int lived = 0, died = 0, missed = 0, n = xt_turns(60), i;
	bool good = true;

	for (i = 0; i < n && good; i++) {
		struct unbuilt u = { .fd = create("unbuilt", 0) };

		build(u.fd, (const unsigned char *)"\xeb\xfe", 2);
		both(i, let_go, take_over, &u);
		if (!u.finished) {
			lived++;
			good &= !!(info_of(u.other).flags & XLHV_DOM_PAUSED);
			close(u.other);
			good &= domains() == 1;
			good &= !open_domain(XLHV_DOMID_BY_NAME, "unbuilt", &u.other);
			good &= !xt_call(u.other, XLHV_DOM_DESTROY, NULL);
		} else {
			good &= u.finished == ESRCH;
			*(u.opened ? &missed : &died) += 1;
		}
		if (!u.opened)
			close(u.other);
		good &= !domains();
		if (!good)
			xt_note("round %u: open %s, finish %s", i, xt_errno_name(u.opened),
				xt_errno_name(u.finished));
	}
	xt_note("%u lived, %u died in their other hands, %u were not found", lived, died, missed);
	xt_result(good, "closed by one and finished by another: it lives or dies, for both");
}

/* What has ended keeps its log, and counts as long as somebody has a descriptor of it. */
static void ended(void)
{
	struct xlhv_dom_create c = plan("ended");
	int fd[3];
	bool good = set_limit("max_domains", "3");
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fd[i] = create("ended", 0);
		good &= !xt_call(fd[i], XLHV_DOM_DESTROY, NULL);
	}
	good &= refused(device, "a fourth", xt_call(device, XLHV_DOM_CREATE, &c), ENOSPC,
			"3 domains have ended and are still in use, of 3 allowed");
	close(fd[0]);
	fd[0] = create("ended", 0);
	good &= !xt_call(fd[0], XLHV_DOM_DESTROY, NULL);
	for (i = 0; i < 3; i++)
		close(fd[i]);
	good &= set_limit("max_domains", "4096");
	xt_result(good, "those that have ended are counted until nobody has them");
}

static volatile bool opening;

static void *open_and_close(void *name)
{
	int fd;

	while (opening)
		if (!open_domain(XLHV_DOMID_BY_NAME, name, &fd))
			close(fd);
	return NULL;
}

/* The count is right, whoever opens and closes it while it ends. */
static void ended_meanwhile(void)
{
	enum { N = 16, THREADS = 3 };
	struct xlhv_dom_create c = plan("ends");
	pthread_t thread[THREADS];
	unsigned int i, t;
	bool good = true;
	int fd[N];

	for (i = 0; i < N; i++) {
		fd[i] = create("ends", 0);
		opening = true;
		for (t = 0; t < THREADS; t++)
			if (pthread_create(&thread[t], NULL, open_and_close, c.name))
				xt_die("no thread");
		usleep(i * 500);
		good &= !xt_call(fd[i], XLHV_DOM_DESTROY, NULL);
		/* Every other one is kept by nobody but, for a moment, by those threads. */
		if (i % 2)
			close(fd[i]);
		opening = false;
		for (t = 0; t < THREADS; t++)
			pthread_join(thread[t], NULL);
	}
	good &= set_limit("max_domains", "8");
	good &= refused(device, "a ninth", xt_call(device, XLHV_DOM_CREATE, &c), ENOSPC,
			"8 domains have ended and are still in use, of 8 allowed");
	for (i = 0; i < N; i += 2)
		close(fd[i]);
	good &= set_limit("max_domains", "1");
	close(create("ends", 0));
	good &= set_limit("max_domains", "4096");
	xt_result(good, "and no others, when they are opened and closed while they end");
}

static void wrap(void)
{
	int first = create("first", 0), fd;
	unsigned int id = info_of(first).domid, last = id, turns = 0;
	bool good = true;

	do {
		fd = create("next", 0);
		last = info_of(fd).domid;
		close(fd);
		turns++;
		good &= last == (id + turns) % DOMIDS || last == (id + turns) % DOMIDS + 1;
	} while (good && turns < DOMIDS - 1);
	xt_result(good && last != id, "once around: %u domains, the last one %u", turns, last);
	close(first);
}

int main(int argc, char **argv)
{
	device = xt_open();
	if (domains())
		xt_die("there are domains already");
	if (argc > 1 && !strcmp(argv[1], "wrap")) {
		wrap();
		return xt_done();
	}
	refusals();
	largest();
	identifiers();
	ended();
	ended_meanwhile();
	building();
	mapping();
	refused_in_the_middle();
	without_memory();
	polling();
	netlink();
	identity();
	told_in_order();
	unbuilt();
	xt_result(!domains(), "no domain is left");
	return xt_done();
}
