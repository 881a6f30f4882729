// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of a block backend that negotiates, for the guest selftests/guest/blk, which says in its
 * log what a driver would write to XenStore; and what looks at disks from the host's side.
 *
 *	fill PATH FIRST COUNT SEED	the pattern of a seed into sectors
 *	check PATH FIRST COUNT SEED	is it there?
 *	attach NAME VDEV PATH [FLAGS]	prints the answer; of FLAGS: r(ead-only), b(uffered),
 *					s(hared), d (no discard), 4 (sectors of 4096 bytes)
 *	connect NAME VDEV [QUEUE]	all rings that the guest has told of, or one
 *	disconnect NAME VDEV [nowait]
 *	detach NAME VDEV [nowait]
 *	info NAME VDEV			the fields of XLHV_BLK_INFO, a line each
 *	args NAME PATH			every argument that has to be refused; prints KTAP
 *
 * An ioctl that fails ends it with status 1; the error's name and the module's words are said.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "xt.h"

#define SECTOR		512
#define LOG_BYTES	(64 << 10)

static uint64_t word(uint64_t sector, uint64_t seed, unsigned int i)
{
	return (sector + 1) * 0x9e3779b97f4a7c15ULL + seed * 0x100000001b3ULL + i;
}

static void pattern(uint64_t *words, uint64_t sector, uint64_t seed)
{
	for (unsigned int i = 0; i < SECTOR / 8; i++)
		words[i] = word(sector, seed, i);
}

/* fill and check: 128 sectors at a time. */
static int disk_pattern(const char *path, uint64_t first, uint64_t count, uint64_t seed, bool fill)
{
	static uint64_t want[128 * SECTOR / 8], got[128 * SECTOR / 8];
	int fd = open(path, (fill ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	ssize_t bytes, done;

	if (fd < 0)
		xt_die("cannot open %s: %s", path, xt_errno_name(errno));
	for (uint64_t at = first; at < first + count; at += 128) {
		uint64_t n = first + count - at < 128 ? first + count - at : 128;

		for (uint64_t i = 0; i < n; i++)
			pattern(want + i * SECTOR / 8, at + i, seed);
		bytes = n * SECTOR;
		done = fill ? pwrite(fd, want, bytes, at * SECTOR) :
			      pread(fd, got, bytes, at * SECTOR);
		if (done != bytes)
			xt_die("%s: sector %llu: %s", path, (unsigned long long)at,
			       done < 0 ? xt_errno_name(errno) : "short");
		for (uint64_t i = 0; !fill && i < n; i++)
			if (memcmp(want + i * SECTOR / 8, got + i * SECTOR / 8, SECTOR))
				xt_die("%s: sector %llu is not as it should be", path,
				       (unsigned long long)(at + i));
	}
	if (fill && fsync(fd))
		xt_die("%s: fsync: %s", path, xt_errno_name(errno));
	close(fd);
	return 0;
}

static int domain(const char *name)
{
	struct xlhv_dom_open o = { .domid = XLHV_DOMID_BY_NAME };
	int fd = xt_open();

	snprintf(o.name, sizeof(o.name), "%s", name);
	xt_must(xt_call(fd, XLHV_DOM_OPEN, &o), name);
	close(fd);
	return o.fd;
}

static int say(int fd, const char *what, int err)
{
	struct xlhv_last_error e = {};

	if (!err)
		return 0;
	ioctl(fd, XLHV_LAST_ERROR, &e);
	printf("%s: %s%s%s\n", what, xt_errno_name(err), e.text[0] ? ": " : "", e.text);
	return 1;
}

static int attach(const char *name, uint32_t vdev, const char *path, const char *flags)
{
	struct xlhv_blk_attach a = { .vdev = vdev };
	int fd = domain(name), err;

	a.flags = (strchr(flags, 'r') ? XLHV_BLK_READONLY : 0) |
		  (strchr(flags, 'b') ? XLHV_BLK_BUFFERED : 0) |
		  (strchr(flags, 's') ? XLHV_BLK_SHARED : 0) |
		  (strchr(flags, 'd') ? XLHV_BLK_NO_DISCARD : 0);
	a.sector_size = strchr(flags, '4') ? 4096 : 0;
	a.fd = open(path, (strchr(flags, 'r') ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (a.fd < 0)
		xt_die("cannot open %s: %s", path, xt_errno_name(errno));
	err = xt_call(fd, XLHV_BLK_ATTACH, &a);
	if (!err)
		printf("sectors=%llu sector_size=%u physical=%u features=%#x granularity=%u\n",
		       (unsigned long long)a.sectors, a.sector_size, a.physical_sector_size,
		       a.features, a.discard_granularity);
	return say(fd, "attach", err);
}

static uint32_t offered(int fd, uint32_t vdev)
{
	/* All but what the disk has not: there is no ioctl for it, as who attaches it is told. */
	struct xlhv_blk_info info = { .vdev = vdev };
	uint32_t all = XLHV_BLK_FLUSH | XLHV_BLK_BARRIER | XLHV_BLK_INDIRECT;

	if (xt_call(fd, XLHV_BLK_INFO, &info))
		return 0;
	return all | (getenv("DISCARD") ? XLHV_BLK_DISCARD : 0);
}

/* What the guest has told of its rings: "# ring Q port P order O abi A ref R". */
static char *guest_log(int fd)
{
	static char text[LOG_BYTES + 1];
	struct xlhv_log_read r = { .buffer = (uintptr_t)text, .len = LOG_BYTES };

	for (unsigned int turn = 0; turn < 400; turn++) {
		r.pos = 0;
		r.len = LOG_BYTES;
		r.lost = 0;
		xt_must(xt_call(fd, XLHV_LOG_READ, &r), "log");
		text[r.len] = 0;
		if (strstr(text, "# rings "))
			return text;
		usleep(25000);
	}
	xt_die("the guest does not tell of its rings");
}

static int connect_rings(const char *name, uint32_t vdev, const char *only)
{
	int fd = domain(name), failed = 0;
	char *text = guest_log(fd), *line;

	while ((line = strsep(&text, "\n"))) {
		struct xlhv_blk_connect c = { .vdev = vdev, .features = offered(fd, vdev) };
		unsigned int abi, ref;

		if (sscanf(line, "# ring %u port %u order %u abi %u ref %u", &c.queue, &c.port,
			   &c.order, &abi, &ref) != 5)
			continue;
		if (only && strtoul(only, NULL, 0) != c.queue)
			continue;
		c.abi = abi == 32 ? XLHV_BLK_ABI_32 : XLHV_BLK_ABI_64;
		for (unsigned int i = 0; i < 1U << c.order; i++)
			c.refs[i] = ref + i;
		failed |= say(fd, "connect", xt_call(fd, XLHV_BLK_CONNECT, &c));
	}
	return failed;
}

static int end(const char *name, uint32_t vdev, bool detach, bool nowait)
{
	struct xlhv_blk_detach e = { .vdev = vdev, .queue = XLHV_BLK_ALL_QUEUES };
	int fd = domain(name);

	e.flags = nowait ? XLHV_BLK_NO_WAIT : 0;
	return say(fd, detach ? "detach" : "disconnect",
		   xt_call(fd, detach ? XLHV_BLK_DETACH : XLHV_BLK_DISCONNECT, &e));
}

static int info(const char *name, uint32_t vdev)
{
	struct xlhv_blk_info i = { .vdev = vdev };
	int fd = domain(name), err = xt_call(fd, XLHV_BLK_INFO, &i);

	if (err)
		return say(fd, "info", err);
#define SHOW(field)	printf(#field "=%llu\n", (unsigned long long)i.field)
	SHOW(flags);
	SHOW(sector_size);
	SHOW(connected);
	SHOW(broken);
	SHOW(in_flight);
	SHOW(sectors);
	SHOW(requests);
	SHOW(errors);
	SHOW(malformed);
	SHOW(read_bytes);
	SHOW(written_bytes);
	SHOW(flushes);
	SHOW(discards);
	SHOW(wait_ns);
	SHOW(events);
#undef SHOW
	return 0;
}

/* What a call is about stands after what every call has. */
#pragma GCC diagnostic ignored "-Woverride-init"

static void refused(int err, int want, const char *what)
{
	xt_result(err == want, "%s", what);
	if (err != want)
		xt_note("got %s, want %s", xt_errno_name(err), xt_errno_name(want));
}

#define ATTACH(want, what, ...)								\
	do {										\
		struct xlhv_blk_attach a_ = { .vdev = 1, .fd = disk, __VA_ARGS__ };	\
		refused(xt_call(fd, XLHV_BLK_ATTACH, &a_), want, "attach: " what);	\
	} while (0)
#define CONNECT(want, what, ...)							\
	do {										\
		struct xlhv_blk_connect c_ = { .vdev = 1, .port = 1, __VA_ARGS__ };	\
		refused(xt_call(fd, XLHV_BLK_CONNECT, &c_), want, "connect: " what);	\
	} while (0)
#define END(cmd, want, what, ...)							\
	do {										\
		struct xlhv_blk_detach e_ = { .vdev = 1, .queue = XLHV_BLK_ALL_QUEUES,	\
					      __VA_ARGS__ };			\
		refused(xt_call(fd, cmd, &e_), want, what);				\
	} while (0)
#define INFO(want, what, ...)								\
	do {										\
		struct xlhv_blk_info i_ = { .vdev = 1, __VA_ARGS__ };			\
		refused(xt_call(fd, XLHV_BLK_INFO, &i_), want, "info: " what);		\
	} while (0)

static void attach_args(int fd, int disk, const char *path)
{
	int node = open("/dev/null", O_RDWR | O_CLOEXEC), folder = open("/", O_RDONLY | O_CLOEXEC);
	int reading = open(path, O_RDONLY | O_CLOEXEC), writing = open(path, O_WRONLY | O_CLOEXEC);
	int only_path = open(path, O_PATH | O_CLOEXEC);

	ATTACH(EBADF, "no descriptor", .fd = -1);
	ATTACH(EBADF, "one that is not open", .fd = 1000);
	ATTACH(EBADF, "one with a path only", .fd = only_path);
	ATTACH(EBADF, "for reading", .fd = reading);
	ATTACH(EBADF, "for writing", .fd = writing);
	ATTACH(EINVAL, "another device", .fd = node);
	ATTACH(EINVAL, "a folder", .fd = folder, .flags = XLHV_BLK_READONLY);
	ATTACH(EINVAL, "the domain's own descriptor", .fd = fd);
	ATTACH(EINVAL, "unknown flags", .flags = 1U << 31);
	ATTACH(EINVAL, "sectors of 1024 bytes", .sector_size = 1024);
	ATTACH(EINVAL, "a size", .sectors = 1);
	ATTACH(EINVAL, "features", .features = 1);
	ATTACH(EINVAL, "reserved", .reserved = { 0, 0, 0, 1 });
	close(node);
	close(folder);
	close(reading);
	close(writing);
	close(only_path);
}

static void says(int fd, const char *word)
{
	struct xlhv_last_error e = {};

	ioctl(fd, XLHV_LAST_ERROR, &e);
	xt_result(strstr(e.text, word), "and says so: %s", e.text);
}

/* There is one disk, number 1, of this domain on the host, and no ring. */
static void host_limits(int fd, int disk)
{
	xt_parameter_set("max_disks", 1);
	ATTACH(ENOSPC, "one too many for the host", .vdev = 2, .flags = XLHV_BLK_SHARED);
	says(fd, "max_disks");
	xt_parameter_set("max_disks", 2);
	ATTACH(EBADF, "what cannot be opened", .fd = -1, .vdev = 2);
	ATTACH(EEXIST, "what cannot be added", .flags = XLHV_BLK_SHARED);
	ATTACH(0, "as many as the host may have", .vdev = 2, .flags = XLHV_BLK_SHARED);
	ATTACH(ENOSPC, "one more", .vdev = 3, .flags = XLHV_BLK_SHARED);
	END(XLHV_BLK_DETACH, 0, "detach: the second", .vdev = 2);
	ATTACH(0, "as many again", .vdev = 2, .flags = XLHV_BLK_SHARED);
	END(XLHV_BLK_DETACH, 0, "detach: that one", .vdev = 2);
	xt_parameter_set("max_disks", 8192);

	xt_parameter_set("max_disk_rings", 0);
	CONNECT(ENOSPC, "one too many for the host", .refs = { 500 });
	says(fd, "max_disk_rings");
	xt_parameter_set("max_disk_rings", 1);
	for (unsigned int i = 0; i < 2; i++)
		CONNECT(EACCES, "what cannot be made is not counted", .refs = { 500 });
	xt_parameter_set("max_disk_rings", 8192);
}

static int args(const char *name, const char *path)
{
	int fd = domain(name), disk = open(path, O_RDWR | O_CLOEXEC), err = 0;
	uint32_t last;

	if (disk < 0)
		xt_die("cannot open %s: %s", path, xt_errno_name(errno));
	attach_args(fd, disk, path);
	CONNECT(ENOENT, "no such disk");
	END(XLHV_BLK_DISCONNECT, ENOENT, "disconnect: no such disk");
	END(XLHV_BLK_DETACH, ENOENT, "detach: no such disk");
	INFO(ENOENT, "no such disk");
	INFO(ENOENT, "none at all", .vdev = 0, .select = XLHV_BLK_NEXT);

	ATTACH(0, "shared", .flags = XLHV_BLK_SHARED);
	ATTACH(EEXIST, "the same number", .flags = XLHV_BLK_SHARED);
	ATTACH(EBUSY, "another, not shared", .vdev = 2);
	ATTACH(0, "another, shared", .vdev = 7, .flags = XLHV_BLK_SHARED);
	CONNECT(EINVAL, "a queue too many", .queue = XLHV_BLK_MAX_QUEUES);
	CONNECT(EINVAL, "queue -1", .queue = ~0U);
	CONNECT(EINVAL, "a ring too large", .order = 5);
	CONNECT(EINVAL, "order -1", .order = ~0U);
	CONNECT(EINVAL, "an unknown layout", .abi = 2);
	CONNECT(EINVAL, "features that it has not", .features = 1U << 31);
	CONNECT(EINVAL, "a reference too many", .refs = { 0, 9 });
	CONNECT(EINVAL, "reserved", .reserved = { 1 });
	CONNECT(EINVAL, "a reference beyond the table", .refs = { 1U << 30 });
	CONNECT(EACCES, "a page that is not granted", .refs = { 500 });
	END(XLHV_BLK_DISCONNECT, 0, "disconnect: nothing is connected");
	END(XLHV_BLK_DISCONNECT, EINVAL, "disconnect: a queue too many",
	    .queue = XLHV_BLK_MAX_QUEUES);
	END(XLHV_BLK_DISCONNECT, EINVAL, "disconnect: unknown flags", .flags = 2);
	END(XLHV_BLK_DETACH, EINVAL, "detach: one queue", .queue = 0);
	END(XLHV_BLK_DETACH, EINVAL, "detach: pad", .pad = 1);
	END(XLHV_BLK_DETACH, EINVAL, "detach: reserved", .reserved = { 1 });
	INFO(EINVAL, "unknown selection", .select = 2);
	INFO(EINVAL, "an answer", .requests = 1);
	INFO(0, "a disk");
	INFO(0, "the next", .vdev = 2, .select = XLHV_BLK_NEXT);
	INFO(ENOENT, "none after the last", .vdev = 8, .select = XLHV_BLK_NEXT);
	END(XLHV_BLK_DETACH, 0, "detach: the other", .vdev = 7);
	host_limits(fd, disk);
	END(XLHV_BLK_DETACH, 0, "detach");
	END(XLHV_BLK_DETACH, ENOENT, "detach: again");

	for (last = 0; !err && last < 1000; last++) {
		struct xlhv_blk_attach a = { .vdev = 1000 - last, .fd = disk,
					     .flags = XLHV_BLK_SHARED };

		err = xt_call(fd, XLHV_BLK_ATTACH, &a);
	}
	xt_result(err == ENOSPC && last == XLHV_BLK_MAX_DISKS + 1,
		  "no more disks than there may be");
	for (uint32_t i = 0; i < last - 1; i++) {
		struct xlhv_blk_detach e = { .vdev = 1000 - i, .queue = XLHV_BLK_ALL_QUEUES };

		xt_must(xt_call(fd, XLHV_BLK_DETACH, &e), "detach");
	}
	ATTACH(0, "for us alone");
	ATTACH(EBUSY, "for reading, while somebody writes", .vdev = 2, .flags = XLHV_BLK_READONLY);
	END(XLHV_BLK_DETACH, 0, "detach");
	ATTACH(0, "for reading", .flags = XLHV_BLK_READONLY);
	ATTACH(0, "for reading once more", .vdev = 2, .flags = XLHV_BLK_READONLY);
	ATTACH(EBUSY, "for writing, while somebody reads", .vdev = 3);
	END(XLHV_BLK_DETACH, 0, "detach");
	END(XLHV_BLK_DETACH, 0, "detach", .vdev = 2);
	return xt_done();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	uint32_t vdev = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;
	bool nowait = argc > 4 && !strcmp(argv[4], "nowait");

	if (argc == 6 && (!strcmp(what, "fill") || !strcmp(what, "check")))
		return disk_pattern(argv[2], strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0),
				    strtoull(argv[5], NULL, 0), !strcmp(what, "fill"));
	if (argc >= 5 && !strcmp(what, "attach"))
		return attach(argv[2], vdev, argv[4], argc > 5 ? argv[5] : "");
	if (argc >= 4 && !strcmp(what, "connect"))
		return connect_rings(argv[2], vdev, argc > 4 ? argv[4] : NULL);
	if (argc >= 4 && (!strcmp(what, "disconnect") || !strcmp(what, "detach")))
		return end(argv[2], vdev, !strcmp(what, "detach"), nowait);
	if (argc == 4 && !strcmp(what, "info"))
		return info(argv[2], vdev);
	if (argc == 4 && !strcmp(what, "args"))
		return args(argv[2], argv[3]);
	xt_die("usage: see the beginning of xlhv-blk.c");
}
