// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl mem-set, mem-max: how much memory a domain is to have, and may have.
 *
 * A domain is asked to give memory back through XenStore, and what it has given back it does
 * not get again: the module is told that it may have no more than was asked for. The order is
 * libxl's: first the limit, then the wish.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "commands/ask.h"
#include "commands/cmd.h"
#include "common/msg.h"
#include "common/sysfs.h"
#include "module/device.h"
#include "module/dom.h"
#include "store/store.h"

#define KIB_PER_PAGE	4
#define LOOK_EVERY_MS	20

/**
 * struct target - a domain whose memory changes
 * @domain: its descriptor
 * @info: as it was known last
 * @xs: connection, NULL if it has no XenStore
 */
struct target {
	int domain;
	struct xlhv_dom_info info;
	struct xs_handle *xs;
};

/* A number with xl's units; MiB without one. */
static bool read_memory(const char *text, uint64_t *kib)
{
	static const char units[] = "bkmgt";
	const char *unit;
	unsigned long long number;
	unsigned int shift = 20;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || errno)
		return false;
	if (*end) {
		unit = strchr(units, *end | 0x20);
		if (!unit || end[1])
			return false;
		shift = 10 * (unsigned int)(unit - units);
	}
	if (number > UINT64_MAX >> shift)
		return false;
	/* In pages, as domains have it. */
	*kib = ((number << shift) >> 10) & ~(uint64_t)(KIB_PER_PAGE - 1);
	return *kib;
}

/* A node of the domain's that holds KiB.  Return: 0, or -1 after a message. */
static int read_node(const struct target *t, const char *node, uint64_t *kib)
{
	char *path = store_path(t->info.domid, node), *value, *end;
	unsigned int length;
	int result = -1;

	value = xs_read(t->xs, XBT_NULL, path, &length);
	if (!value) {
		msg_error("domain '%s': XenStore: %s: %s", t->info.name, path, store_error(errno));
	} else {
		errno = 0;
		*kib = strtoull(value, &end, 10);
		if (*value < '0' || *value > '9' || *end || errno)
			msg_error("domain '%s': XenStore: %s is not a number", t->info.name, path);
		else
			result = 0;
	}
	free(value);
	free(path);
	return result;
}

static int write_target(const struct target *t, uint64_t kib)
{
	char *path = store_path(t->info.domid, "memory/target");
	char *value = msg_text("%" PRIu64, kib);
	bool written = xs_write(t->xs, XBT_NULL, path, value, (unsigned int)strlen(value));

	if (!written)
		msg_error("domain '%s': XenStore: %s: %s", t->info.name, path, store_error(errno));
	free(value);
	free(path);
	return written ? 0 : -1;
}

static int limit(const struct target *t, uint64_t kib)
{
	struct xlhv_max_mem arg = { .pages = kib / KIB_PER_PAGE };

	if (ioctl(t->domain, XLHV_DOM_MAX_MEM, &arg))
		return dom_report(t->domain, errno, "domain '%s' cannot have at most %" PRIu64 " KiB",
				  t->info.name, kib);
	return 0;
}

/* The limit that it had before limit(t, kib). */
static void limit_again(const struct target *t, uint64_t kib)
{
	struct xlhv_dom_info now;

	/* The figures have the ACPI tables in them, limits do not. */
	if (!dom_info(t->domain, &now))
		limit(t, (t->info.max_pages - (now.max_pages - kib / KIB_PER_PAGE)) * KIB_PER_PAGE);
}

/* So that the domain has as much when it is started again. */
static int keep(const struct target *t, uint64_t kib)
{
	struct json_object *config = dom_userdata(t->domain);
	struct json_object *info = dom_build_info(config);
	int error = 0;

	if (info) {
		json_object_object_add(info, "target_memkb", json_object_new_int64((int64_t)kib));
		error = dom_set_userdata(t->domain, config);
	}
	json_object_put(config);
	return error;
}

/* More than it has: there has to be as much. */
static int check_host(const struct target *t, uint64_t kib)
{
	uint64_t has = t->info.cur_pages * KIB_PER_PAGE, left;

	if (kib <= has || !sysfs_free_memory(&left) || left >= kib - has)
		return 0;
	msg_error("domain '%s' would need %" PRIu64 " KiB more; the host has %" PRIu64 " KiB for domains",
		  t->info.name, kib - has, left);
	return -1;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Until it has as much, from a target of @before KiB on.  What it may have had then and never
 * touched it has not got yet, nor will it soon.  Return: 0, or -1 after a message.
 */
static int await(struct target *t, uint64_t before, uint64_t kib, unsigned long seconds)
{
	const int64_t until = now_ms() + (int64_t)seconds * 1000;
	uint64_t pages = kib / KIB_PER_PAGE, beside = 0, has, first = 0, missing = 0, goal = 0;
	const uint64_t had = t->info.cur_pages;
	bool grows = false;

	for (;;) {
		struct xlhv_dom_info now;

		if (dom_info(t->domain, &now) || now.flags & (XLHV_DOM_DYING | XLHV_DOM_SHUTDOWN)) {
			msg_error("domain '%s' has ended meanwhile", t->info.name);
			return -1;
		}
		t->info = now;
		/* What is above the limit that was set is its ACPI tables. */
		if (!first && t->info.max_pages > pages)
			beside = t->info.max_pages - pages;
		has = t->info.cur_pages - beside;
		if (!first) {
			first = has;
			grows = has < pages;
			if (had - beside < before / KIB_PER_PAGE)
				missing = before / KIB_PER_PAGE - (had - beside);
			goal = missing < pages ? pages - missing : 0;
		}
		if (grows ? has >= goal : has <= pages)
			return 0;
		if (now_ms() >= until)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_EVERY_MS * 1000000L }, NULL);
	}
	msg_error("domain '%s' has %" PRIu64 " KiB after %lu s, not %" PRIu64 "%s; it may go on",
		  t->info.name, has * KIB_PER_PAGE, seconds, kib,
		  t->info.flags & XLHV_DOM_PAUSED ? ", as it is paused" :
		  has == first ? ": it has not answered" : "");
	return -1;
}

static int set(struct target *t, uint64_t kib, unsigned long seconds)
{
	uint64_t most, before;

	if (read_node(t, "memory/static-max", &most) || read_node(t, "memory/target", &before))
		return -1;
	if (kib > most) {
		msg_error("mem-set: %" PRIu64 " KiB: domain '%s' can have at most %" PRIu64 " KiB (maxmem)",
			  kib, t->info.name, most);
		return -1;
	}
	if (check_host(t, kib) || limit(t, kib))
		return -1;
	if (write_target(t, kib)) {
		limit_again(t, kib);
		return -1;
	}
	store_idle();
	/* What it cannot do is not what it starts with the next time. */
	if (seconds && await(t, before, kib, seconds))
		return -1;
	return keep(t, kib);
}

static int set_most(struct target *t, uint64_t kib)
{
	uint64_t least = 0;

	if (t->xs && read_node(t, "memory/target", &least))
		return -1;
	if (kib < least) {
		msg_error("mem-max: %" PRIu64 " KiB: domain '%s' is to have %" PRIu64 " KiB (mem-set)",
			  kib, t->info.name, least);
		return -1;
	}
	return limit(t, kib);
}

/* The domain and, if it has one, its store.  Return: 0, or -1 after a message. */
static int find(struct target *t, int device, const char *who, bool with_store)
{
	int has;

	t->domain = dom_open_guest(device, who, "changed");
	if (t->domain < 0)
		return -1;
	if (dom_info(t->domain, &t->info))
		return dom_report(t->domain, errno, "domain '%s'", who);
	t->xs = with_store ? ask_store() : store_connect();
	if (!t->xs && with_store)
		return -1;
	if (!t->xs && (errno == ENOENT || errno == ECONNREFUSED))
		return 0;
	has = !t->xs ? -1 : store_has(t->xs, t->info.domid);
	if (has > 0)
		return 0;
	if (has < 0)
		msg_error("domain '%s': XenStore: %s", t->info.name, store_error(errno));
	else if (with_store)
		msg_error("domain '%s' " ASK_NO_STORE, t->info.name);
	store_close(t->xs);
	t->xs = NULL;
	return has < 0 || with_store ? -1 : 0;
}

static int change(const char *who, uint64_t kib, bool most, unsigned long seconds)
{
	struct target t = { .domain = -1 };
	int device = device_open(NULL), status = STATUS_FAILED;

	if (device < 0)
		return STATUS_FAILED;
	if (!find(&t, device, who, !most) && !(most ? set_most(&t, kib) : set(&t, kib, seconds)))
		status = STATUS_OK;
	store_close(t.xs);
	if (t.domain >= 0)
		close(t.domain);
	close(device);
	return status;
}

static int bad_memory(char **argv, const char *text)
{
	return cmd_bad_usage(argv, "'%s': expected an amount of memory such as 512 (MiB) or 1g",
			     text);
}

int cmd_mem_set(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "no-wait", no_argument, NULL, 'n' },
		{ "timeout", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	unsigned long seconds = ASK_SECONDS;
	bool wait = true;
	uint64_t kib;
	int option;

	/* Words as they come: an amount may begin with '-', and is wrong then. */
	while ((option = getopt_long(argc, argv, "+:nt:", longs, NULL)) != -1) {
		switch (option) {
		case 'n':
			wait = false;
			break;
		case 't':
			if (!ask_seconds(optarg, &seconds))
				return cmd_bad_usage(argv, "-t '%s': expected a number of seconds, 1 to %d",
						     optarg, ASK_MAX_SECONDS);
			break;
		default:
			return cmd_bad_option(argv, option);
		}
	}
	if (argc - optind != 2)
		return cmd_bad_usage(argv, "expected a domain and its memory");
	if (!read_memory(argv[optind + 1], &kib))
		return bad_memory(argv, argv[optind + 1]);
	return change(argv[optind], kib, false, wait ? seconds : 0);
}

int cmd_mem_max(int argc, char **argv)
{
	uint64_t kib;

	if (argc != 3)
		return cmd_bad_usage(argv, "expected a domain and the most memory it may have");
	if (!read_memory(argv[2], &kib))
		return bad_memory(argv, argv[2]);
	return change(argv[1], kib, true, 0);
}
