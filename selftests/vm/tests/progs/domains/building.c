// SPDX-License-Identifier: GPL-2.0-only
/* Building a domain: what is refused and in which words, identifiers, the order of things. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "domains/domains.h"
#include "xt.h"

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
	struct xlhv_hvm_param param = { .index = 1000 };
	struct xlhv_vcpu_info vi = { .vcpu = 99 };
	struct xlhv_stats stats = { .vcpu = 99 };
	struct xlhv_ring ring = { .kind = XLHV_RING_CONSOLE, .gfn = 0x10 };
	int fd = create("building", 0);
	bool good;

	/* What is RAM has to be known: the page would stay where RAM comes to be. */
	good = refused(fd, "special", xt_call(fd, XLHV_DOM_RING, &ring), EINVAL, "be set first");
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
	good &= xt_call(fd, XLHV_DOM_HVM_PARAM_SET, &param) == EINVAL;
	good &= xt_call(fd, XLHV_DOM_VCPU_INFO, &vi) == ENOENT;
	good &= xt_call(fd, XLHV_DOM_STATS, &stats) == ENOENT;
	good &= xt_call(fd, XLHV_SELFCHECK, NULL) == ENOTTY;
	xt_result(good && info_of(fd).flags & XLHV_DOM_BUILDING, "in building: what is missing");

	good = !entry(fd, ENTRY) && !xt_call(fd, XLHV_DOM_FINISH, NULL);
	xt_result(good && (info_of(fd).flags & (XLHV_DOM_BUILDING | XLHV_DOM_PAUSED)) ==
		  XLHV_DOM_PAUSED, "finished: it is paused");

	good = xt_call(fd, XLHV_DOM_FINISH, NULL) == EBUSY;
	good &= refused(fd, "map", memory_map(fd, 0, RAM, XLHV_MEM_RAM), EBUSY, "already built");
	good &= refused(fd, "entry", entry(fd, ENTRY), EBUSY, "already built");
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

void cases_of_building(void)
{
	refusals();
	largest();
	identifiers();
	building();
}
