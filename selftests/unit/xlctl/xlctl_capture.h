/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps the messages of the code under test, one per line, to compare them. */
#ifndef XLCTL_CAPTURE_H
#define XLCTL_CAPTURE_H

#include <stdio.h>
#include <string.h>

#include "common/diag.h"

struct capture {
	struct diag diag;
	size_t len;
	char text[8192];
};

static inline void capture_emit(void *ctx, enum diag_level level, const char *text)
{
	struct capture *capture = ctx;
	size_t room = sizeof(capture->text) - capture->len;
	int n = snprintf(capture->text + capture->len, room, "%s\n", text);

	(void)level;
	if (n > 0)
		capture->len += (size_t)n < room ? (size_t)n : room - 1;
}

static inline void capture_init(struct capture *capture)
{
	memset(capture, 0, sizeof(*capture));
	capture->diag.emit = capture_emit;
	capture->diag.ctx = capture;
}

#endif /* XLCTL_CAPTURE_H */
