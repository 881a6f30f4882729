// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl shutdown, reboot: a domain's own kernel is asked to end, through XenStore. Nothing forces
 * it to: so each wait has an end, and a request that was not heard is taken back.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/ask.h"
#include "commands/cmd.h"
#include "common/msg.h"
#include "module/device.h"
#include "module/dom.h"
#include "store/store.h"

enum progress {
	ASKED,
	HEARD,		/* and perhaps doing it */
	ENDED,
	FAILED,		/* which was said */
};

/**
 * struct target - a domain that is asked
 * @info: the domain, as it was known last
 * @fd: its descriptor
 * @path: the node by which it is asked
 * @progress: how far it came
 */
struct target {
	struct xlhv_dom_info info;
	int fd;
	char *path;
	enum progress progress;
};

/**
 * struct request - what is asked, and of whom
 * @value: what is written
 * @wait: until they have ended
 * @seconds: how long they have to answer
 * @xs: connection
 * @targets: the domains
 * @nr: how many
 */
struct request {
	const char *value;
	bool wait;
	unsigned long seconds;
	struct xs_handle *xs;
	struct target *targets;
	size_t nr;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One more to be asked; @fd is closed with the request. */
static void add(struct request *request, int fd, const struct xlhv_dom_info *info)
{
	struct target *target;

	request->targets = reallocarray(request->targets, request->nr + 1,
					sizeof(*request->targets));
	if (!request->targets)
		msg_out_of_memory();
	target = &request->targets[request->nr++];
	target->info = *info;
	target->fd = fd;
	target->path = store_path(info->domid, "control/shutdown");
	target->progress = ASKED;
}

static int add_all(struct request *request, int device)
{
	size_t count;
	struct xlhv_dom_info *domains = dom_list(device, &count);

	if (!domains)
		return -1;
	for (size_t i = 0; i < count; i++) {
		int fd = dom_open_id(device, domains[i].domid);

		/* One that has gone since is what was asked for. */
		if (fd >= 0)
			add(request, fd, &domains[i]);
	}
	free(domains);
	return 0;
}

static int add_one(struct request *request, int device, const char *who)
{
	int fd = dom_open_guest(device, who, "shut down");
	struct xlhv_dom_info info;

	if (fd < 0)
		return -1;
	if (dom_info(fd, &info)) {
		dom_report(fd, errno, "domain '%s'", who);
		close(fd);
		return -1;
	}
	add(request, fd, &info);
	return 0;
}

static void fail(struct target *target, const char *why)
{
	msg_error("domain '%s' %s", target->info.name, why);
	target->progress = FAILED;
}

/* A domain that has ended has nothing to say any more. */
static bool has_ended(struct target *target)
{
	struct xlhv_dom_info now;

	if (dom_info(target->fd, &now))
		return true;
	target->info = now;
	return now.flags & (XLHV_DOM_DYING | XLHV_DOM_SHUTDOWN);
}

static void fail_store(struct target *target, int error)
{
	msg_error("domain '%s': XenStore: %s", target->info.name, store_error(error));
	target->progress = FAILED;
}

static void ask(struct request *request, struct target *target)
{
	int has;

	if (has_ended(target)) {
		target->progress = ENDED;
		return;
	}
	has = store_has(request->xs, target->info.domid);
	if (!has) {
		fail(target, ASK_NO_STORE);
		return;
	}
	if (has < 0 || !xs_watch(request->xs, target->path, target->path) ||
	    !ask_write(request->xs, XBT_NULL, target->path, request->value))
		fail_store(target, errno);
}

/* It has heard when the node holds something else: Linux leaves it empty. */
static void look(struct request *request, struct target *target)
{
	unsigned int length;
	char *value;

	if (target->progress >= ENDED)
		return;
	if (has_ended(target)) {
		target->progress = ENDED;
		return;
	}
	if (target->progress == HEARD)
		return;
	value = xs_read(request->xs, XBT_NULL, target->path, &length);
	if (!value && errno != ENOENT)
		fail_store(target, errno);
	else if (!value || strcmp(value, request->value))
		target->progress = HEARD;
	free(value);
}

/* What it does not know of it shall not find later, when nobody expects that any more. */
static void take_back(struct request *request, struct target *target)
{
	unsigned int length;
	bool done = false;
	char *value;
	xs_transaction_t t;

	for (int tries = 0; tries < 10; tries++) {
		t = xs_transaction_start(request->xs);
		if (t == XBT_NULL)
			break;
		value = xs_read(request->xs, t, target->path, &length);
		if (value && !strcmp(value, request->value))
			ask_write(request->xs, t, target->path, "");
		else
			target->progress = HEARD;
		free(value);
		done = xs_transaction_end(request->xs, t, false);
		if (done || errno != EAGAIN)
			break;
		target->progress = ASKED;
	}
	if (!done) {
		fail_store(target, errno);
		return;
	}
	if (target->progress != ASKED)
		return;
	msg_error("domain '%s' has not answered within %lu s%s; the request is withdrawn",
		  target->info.name, request->seconds,
		  target->info.flags & XLHV_DOM_PAUSED ? ", as it is paused" : "");
	target->progress = FAILED;
}

static bool all_done(const struct request *request)
{
	for (size_t i = 0; i < request->nr; i++)
		if (request->targets[i].progress == ASKED ||
		    (request->targets[i].progress == HEARD && request->wait))
			return false;
	return true;
}

/* Until one of them changes, the store says something, or @until. */
static void rest(struct request *request, int64_t until)
{
	struct pollfd *wait = calloc(request->nr + 1, sizeof(*wait));
	int64_t left = until - now_ms();
	char **event;

	if (!wait)
		msg_out_of_memory();
	wait[0].fd = xs_fileno(request->xs);
	wait[0].events = POLLIN;
	for (size_t i = 0; i < request->nr; i++) {
		wait[i + 1].fd = request->targets[i].progress < ENDED ? request->targets[i].fd : -1;
		wait[i + 1].events = POLLPRI;
	}
	store_idle();
	poll(wait, (nfds_t)request->nr + 1, until < 0 ? -1 : left > 0 ? (int)left : 0);
	store_busy();
	free(wait);
	while ((event = xs_check_watch(request->xs)))
		free(event);
}

static int carry_out(struct request *request)
{
	int64_t until = now_ms() + (int64_t)request->seconds * 1000;
	int status = STATUS_OK;

	for (size_t i = 0; i < request->nr; i++)
		ask(request, &request->targets[i]);
	for (;;) {
		for (size_t i = 0; i < request->nr; i++)
			look(request, &request->targets[i]);
		if (all_done(request))
			break;
		if (until >= 0 && now_ms() >= until) {
			for (size_t i = 0; i < request->nr; i++)
				if (request->targets[i].progress == ASKED)
					take_back(request, &request->targets[i]);
			/* Who has heard it may take as long as it likes. */
			until = -1;
			continue;
		}
		rest(request, until);
	}
	for (size_t i = 0; i < request->nr; i++)
		if (request->targets[i].progress == FAILED)
			status = STATUS_FAILED;
	return status;
}

static void forget(struct request *request)
{
	for (size_t i = 0; i < request->nr; i++) {
		close(request->targets[i].fd);
		free(request->targets[i].path);
	}
	free(request->targets);
	store_close(request->xs);
}

static int ask_for_end(int argc, char **argv, const char *value)
{
	static const struct option longs[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "timeout", required_argument, NULL, 't' },
		{ "wait", no_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	struct request request = { .value = value, .seconds = ASK_SECONDS };
	int option, device, status = STATUS_FAILED;
	bool all = false;

	while ((option = getopt_long(argc, argv, ":aFt:w", longs, NULL)) != -1) {
		switch (option) {
		case 'a':
			all = true;
			break;
		case 'F':
			return cmd_bad_usage(argv, "-F: a PVH domain has no ACPI buttons");
		case 't':
			if (!ask_seconds(optarg, &request.seconds))
				return cmd_bad_usage(argv, "-t '%s': expected a number of seconds, 1 to %d",
						     optarg, ASK_MAX_SECONDS);
			break;
		case 'w':
			request.wait = true;
			break;
		default:
			return cmd_bad_option(argv, option);
		}
	}
	if (argc - optind != !all)
		return cmd_bad_usage(argv, all ? "-a is for all domains: expected no other" :
						 "expected a domain");
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	if (!(all ? add_all(&request, device) : add_one(&request, device, argv[optind]))) {
		request.xs = request.nr ? ask_store() : NULL;
		if (request.xs)
			status = carry_out(&request);
		else if (!request.nr)
			status = STATUS_OK;
	}
	forget(&request);
	close(device);
	return status;
}

int cmd_shutdown(int argc, char **argv)
{
	return ask_for_end(argc, argv, "poweroff");
}

int cmd_reboot(int argc, char **argv)
{
	return ask_for_end(argc, argv, "reboot");
}
