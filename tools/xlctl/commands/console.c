// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl console: the user's terminal becomes that of the domain, until Ctrl-].
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "commands/console.h"
#include "common/msg.h"
#include "module/device.h"
#include "module/dom.h"
#include "module/ended.h"
#include "store/consoled.h"
#include "store/store.h"

/* Typed and not yet taken by the domain. */
#define INPUT_BYTES	4096
#define OUTPUT_BYTES	16384

struct link {
	int console;
	int input;		/* -1: none, or none any more */
	int signals;
	unsigned char escape;
	bool leaving;		/* the user wants out */
	bool ending;		/* as soon as the domain took what is pending */
	char pending[INPUT_BYTES];
	size_t nr_pending;
};

int console_open(int domain, bool serial)
{
	struct xlhv_console arg = { .flags = serial ? XLHV_CONSOLE_SERIAL : 0 };

	if (ioctl(domain, XLHV_DOM_CONSOLE, &arg))
		return dom_report(domain, errno, serial ? "serial console" : "no console");
	if (fcntl(arg.fd, F_SETFL, fcntl(arg.fd, F_GETFL) | O_NONBLOCK) < 0) {
		msg_error("console: %s", strerror(errno));
		close(arg.fd);
		return -1;
	}
	return arg.fd;
}

static int write_all(const char *data, size_t length)
{
	while (length) {
		ssize_t written = write(STDOUT_FILENO, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN) {
			struct pollfd wait = { .fd = STDOUT_FILENO, .events = POLLOUT };

			poll(&wait, 1, -1);
			continue;
		}
		if (written < 0) {
			msg_error("standard output: %s", strerror(errno));
			return -1;
		}
		data += written;
		length -= (size_t)written;
	}
	return 0;
}

/* Returns 1 for some output, 0 for none now, -1 at the end, -2 after a message. */
static int take_output(struct link *link)
{
	static char buffer[OUTPUT_BYTES];
	ssize_t length = read(link->console, buffer, sizeof(buffer));

	if (length > 0)
		return write_all(buffer, (size_t)length) ? -2 : 1;
	if (!length)
		return -1;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	msg_error("console: %s", strerror(errno));
	return -2;
}

/* What was typed goes behind what is pending, up to the escape character. */
static void take_input(struct link *link)
{
	char *at = link->pending + link->nr_pending, *end;
	ssize_t length = read(link->input, at, sizeof(link->pending) - link->nr_pending);

	if (length < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (length <= 0) {
		link->input = -1;
		link->ending = true;
		return;
	}
	end = memchr(at, link->escape, (size_t)length);
	if (end) {
		length = end - at;
		link->input = -1;
		link->leaving = true;
	}
	link->nr_pending += (size_t)length;
}

static void give_input(struct link *link)
{
	ssize_t length = write(link->console, link->pending, link->nr_pending);

	if (length < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (length < 0) {
		/* A domain that has ended hears nothing; its end is noticed on reading. */
		link->nr_pending = 0;
		return;
	}
	link->nr_pending -= (size_t)length;
	memmove(link->pending, link->pending + length, link->nr_pending);
}

static int run(struct link *link)
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = link->console, .events = POLLIN },
			{ .fd = link->signals, .events = POLLIN },
			{ .fd = -1, .events = POLLIN },
		};
		int result;

		if (link->leaving || (link->ending && !link->nr_pending))
			return 0;
		if (link->nr_pending)
			fds[0].events |= POLLOUT;
		if (link->nr_pending < sizeof(link->pending))
			fds[2].fd = link->input;
		if (poll(fds, 3, -1) < 0 && errno != EINTR) {
			msg_error("console: %s", strerror(errno));
			return -1;
		}
		if (fds[1].revents)
			return 0;
		if (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) {
			result = take_output(link);
			if (result < 0)
				return result == -1 ? 1 : -1;
		}
		if (fds[2].revents)
			take_input(link);
		/* A domain that takes nothing does not keep a user from leaving. */
		if (link->nr_pending && (fds[0].revents & POLLOUT || link->leaving))
			give_input(link);
	}
}

static int print_log(struct link *link)
{
	int result;

	do
		result = take_output(link);
	while (result > 0);
	return result == -2 ? -1 : 0;
}

/* The terminal is raw by now: what is typed in answer to this is the domain's. */
static void greet(const char *name, unsigned char escape)
{
	char key[3] = { (char)escape };

	if (!isatty(STDERR_FILENO))
		return;
	if (escape < ' ')
		snprintf(key, sizeof(key), "^%c", escape | 0x40);
	msg_note("attached to domain '%s'; %s detaches", name,
		 escape == CONSOLE_ESCAPE ? "Ctrl-]" : key);
	write_all("\r", 1);
}

int console_run(int console, enum console_mode mode, unsigned char escape, const char *name)
{
	struct link link = { .console = console, .input = -1, .escape = escape };
	struct termios before, raw;
	bool is_terminal = false;
	sigset_t ending, mask;
	int result;

	fflush(stdout);
	if (mode == CONSOLE_LOG)
		return print_log(&link);
	sigemptyset(&ending);
	sigaddset(&ending, SIGHUP);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGQUIT);
	sigaddset(&ending, SIGTERM);
	sigprocmask(SIG_BLOCK, &ending, &mask);
	link.signals = signalfd(-1, &ending, SFD_CLOEXEC);
	if (link.signals < 0) {
		msg_error("console: %s", strerror(errno));
		sigprocmask(SIG_SETMASK, &mask, NULL);
		return -1;
	}
	if (mode == CONSOLE_INTERACTIVE) {
		link.input = STDIN_FILENO;
		is_terminal = !tcgetattr(STDIN_FILENO, &before);
	}
	if (is_terminal) {
		raw = before;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
		greet(name, escape);
	}
	result = run(&link);
	if (is_terminal) {
		/* What the domain left on the line is not the shell's prompt's business. */
		write_all("\r\n", 2);
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	}
	close(link.signals);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return result;
}

/* "^]", "]" after a caret is Ctrl-]; a single character is itself. */
static bool parse_escape(const char *text, unsigned char *escape)
{
	if (text[0] == '^' && text[1] && !text[2]) {
		*escape = (unsigned char)(text[1] & 0x1f);
		return true;
	}
	*escape = (unsigned char)text[0];
	return text[0] && !text[1];
}

static int attach(const char *who, enum console_mode mode, unsigned char escape, bool serial)
{
	int device = device_open(NULL), domain, console, result = -1;
	struct xlhv_dom_info info;

	if (device < 0)
		return STATUS_FAILED;
	domain = dom_find(device, who);
	if (domain == -1 && mode == CONSOLE_LOG) {
		console = ended_open(who, serial ? ENDED_SERIAL : ENDED_CONSOLE);
		if (console >= 0) {
			result = console_run(console, mode, escape, NULL);
			close(console);
			close(device);
			return result < 0 ? STATUS_FAILED : STATUS_OK;
		}
	}
	if (domain < 0)
		domain = dom_open_guest(device, who, "connected to");
	close(device);
	if (domain < 0)
		return STATUS_FAILED;
	if (!serial && !dom_info(domain, &info) && store_has_consoled(info.domid)) {
		if (mode != CONSOLE_INTERACTIVE || escape != CONSOLE_ESCAPE)
			msg_error("domain '%s': " CONSOLED " serves its console: no -l, -f or -e",
				  info.name);
		else
			consoled_attach(info.domid);
		close(domain);
		return STATUS_FAILED;
	}
	console = console_open(domain, serial);
	if (console >= 0) {
		result = console_run(console, mode, escape, who);
		close(console);
	}
	close(domain);
	if (result == 1 && isatty(STDERR_FILENO))
		fprintf(stderr, "xlctl: domain '%s' has ended\n", who);
	return result < 0 ? STATUS_FAILED : STATUS_OK;
}

int cmd_console(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "log", no_argument, NULL, 'l' },
		{ "follow", no_argument, NULL, 'f' },
		{ "escape", required_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 },
	};
	enum console_mode mode = CONSOLE_INTERACTIVE;
	unsigned char escape = CONSOLE_ESCAPE;
	bool serial = false;
	int option;

	while ((option = getopt_long(argc, argv, ":lfe:t:n:", longs, NULL)) != -1) {
		switch (option) {
		case 'l':
			mode = CONSOLE_LOG;
			break;
		case 'f':
			mode = CONSOLE_FOLLOW;
			break;
		case 'e':
			if (!parse_escape(optarg, &escape))
				return cmd_bad_usage(argv, "--escape '%s': expected c or ^c",
						     optarg);
			break;
		case 't':
			/* xl's types */
			serial = !strcmp(optarg, "serial");
			if (!serial && strcmp(optarg, "pv"))
				return cmd_bad_usage(argv, "-t '%s': expected pv or serial",
						     optarg);
			break;
		case 'n':
			if (strcmp(optarg, "0"))
				return cmd_bad_usage(argv, "-n '%s': there is only console 0",
						     optarg);
			break;
		default:
			return cmd_bad_option(argv, option);
		}
	}
	if (argc - optind != 1)
		return cmd_bad_usage(argv, "expected a domain");
	return attach(argv[optind], mode, escape, serial);
}
