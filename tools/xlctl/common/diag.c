// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of the parsers and the domain builder, see diag.h.
 *
 * File contents end up in these messages, so control characters are replaced
 * before a terminal sees them.
 */
#include "common/diag.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"

void diag_vreport(struct diag *d, enum diag_level level, const char *fmt, va_list ap)
{
	char *text = NULL;

	if (level == DIAG_ERROR)
		d->errors++;
	else
		d->warnings++;
	if (!d->emit)
		return;

	if (vasprintf(&text, fmt, ap) < 0) {
		d->emit(d->ctx, level, "out of memory");
		return;
	}
	text_make_printable(text);
	d->emit(d->ctx, level, text);
	free(text);
}

void diag_error(struct diag *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_vreport(d, DIAG_ERROR, fmt, ap);
	va_end(ap);
}

void diag_warning(struct diag *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_vreport(d, DIAG_WARNING, fmt, ap);
	va_end(ap);
}

void diag_to_stderr(void *ctx, enum diag_level level, const char *text)
{
	(void)ctx;
	(void)level;
	fprintf(stderr, "xlctl: %s\n", text);
}
