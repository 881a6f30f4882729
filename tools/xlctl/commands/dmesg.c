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

int cmd_dmesg(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "clear", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	bool clear = false;
	int option, device, fd, status;

	while ((option = getopt_long(argc, argv, ":c", longs, NULL)) != -1) {
		if (option != 'c')
			return cmd_bad_option(argv, option);
		clear = true;
	}
	if (argc - optind > 1)
		return cmd_bad_usage(argv, "one domain at most");
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	fd = device;
	if (optind < argc) {
		int domain = dom_open(device, argv[optind]);

		if (domain == -1) {
			close(device);
			return STATUS_FAILED;
		}
		/* The host's own log, to us, is what the module says. */
		if (domain != DOM_HOST)
			fd = domain;
	}
	status = print_log(fd, clear) ? STATUS_FAILED : STATUS_OK;
	if (fd != device)
		close(fd);
	close(device);
	return status;
}
