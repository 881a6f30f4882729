// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl dmesg: the module's log, or that of a domain.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "common/text.h"
#include "module/device.h"
#include "module/dom.h"
#include "module/ended.h"

#define CHUNK	16384

/*
 * A guest may have said anything, and terminals obey some of it. Returns how
 * much was printed: all but a character whose end is to come, unless @last.
 */
static size_t print_safely(const char *text, size_t length, bool last)
{
	size_t done = 0;

	if (!last)
		length -= text_is_cut(text, length);
	while (done < length) {
		unsigned char c = (unsigned char)text[done];
		size_t shown = c == '\n' || c == '\t' ? 1 :
			       text_shown(text + done, length - done);

		if (shown) {
			fwrite(text + done, 1, shown, stdout);
		} else {
			if (c != '\r')
				printf("\\x%02x", c);
			shown = 1;
		}
		done += shown;
	}
	return done;
}

static int print_log(int fd, bool clear)
{
	static char buffer[CHUNK];
	struct xlhv_log_read arg = { .pos = 0 };
	uint64_t lost = 0;
	size_t kept = 0;
	char last = '\n';

	do {
		/* The first answer counts what was overwritten since the beginning of time. */
		bool first = !arg.pos;
		size_t done;

		arg.buffer = (uint64_t)(uintptr_t)(buffer + kept);
		arg.len = (uint32_t)(sizeof(buffer) - kept);
		arg.flags = clear ? XLHV_LOG_CLEAR : 0;
		arg.lost = 0;
		if (ioctl(fd, XLHV_LOG_READ, &arg))
			return dom_report(fd, errno, "the log cannot be read");
		if (arg.len)
			last = buffer[kept + arg.len - 1];
		kept += arg.len;
		done = print_safely(buffer, kept, !arg.len);
		kept -= done;
		memmove(buffer, buffer + done, kept);
		if (!first)
			lost += arg.lost;
	} while (arg.len);
	if (last != '\n')
		putchar('\n');
	if (lost)
		msg_warning("%llu bytes were overwritten while the log was read",
			    (unsigned long long)lost);
	return 0;
}

/* The log of a domain that has ended, as its monitor kept it. */
static int print_ended(int fd, const char *who, bool clear)
{
	static char buffer[CHUNK];
	size_t kept = 0;
	ssize_t length;

	do {
		size_t done;

		length = read(fd, buffer + kept, sizeof(buffer) - kept);
		if (length < 0) {
			msg_error("the log of domain '%s': %s", who, strerror(errno));
			return -1;
		}
		kept += (size_t)length;
		done = print_safely(buffer, kept, !length);
		kept -= done;
		memmove(buffer, buffer + done, kept);
	} while (length);
	if (clear)
		ended_forget(who);
	return 0;
}

/* Returns 0, or -1 after a message. */
static int print_of(int device, const char *who, bool clear)
{
	int domain = dom_find(device, who), ended, error;

	if (domain == -1) {
		ended = ended_open(who, ENDED_LOG);
		if (ended < 0) {
			domain = dom_open(device, who);
			if (domain == -1)
				return -1;
		} else {
			error = print_ended(ended, who, clear);
			close(ended);
			return error;
		}
	}
	/* The host's own log, to us, is what the module says. */
	if (domain == DOM_HOST)
		return print_log(device, clear);
	error = print_log(domain, clear);
	close(domain);
	return error;
}

int cmd_dmesg(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "clear", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	bool clear = false;
	int option, device, status;

	while ((option = getopt_long(argc, argv, ":c", longs, NULL)) != -1) {
		if (option != 'c')
			return cmd_bad_option(argv, option);
		clear = true;
	}
	if (argc - optind > 1)
		return cmd_bad_usage(argv, "expected at most one domain");
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	status = optind < argc ? print_of(device, argv[optind], clear) : print_log(device, clear);
	close(device);
	return status ? STATUS_FAILED : STATUS_OK;
}
