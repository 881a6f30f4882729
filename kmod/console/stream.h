/* SPDX-License-Identifier: GPL-2.0-only */
/* What user space has of a console of a domain, whichever device the guest uses: stream.c. */
#ifndef XLHV_CONSOLE_STREAM_H
#define XLHV_CONSOLE_STREAM_H

#include <linux/types.h>

struct console_stream;
struct domain;
struct new_file;

/**
 * struct console_device - how a device takes input
 * @put: give it bytes, at least one; may sleep.  Return: how many it took, 0: there is no room;
 *	-EPIPE: it will take nothing any more
 * @room: whether it would take some, as of a moment ago.  Without a lock
 */
struct console_device {
	ssize_t (*put)(struct console_stream *s, const char *text, size_t len);
	bool (*room)(const struct console_stream *s);
};

int console_stream_init(struct console_stream *s, const struct console_device *device,
			u32 bytes);
int console_stream_open(struct domain *d, struct console_stream *s, u32 flags,
			struct new_file *new);

#endif /* XLHV_CONSOLE_STREAM_H */
