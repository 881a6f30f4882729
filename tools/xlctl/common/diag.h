/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diag - where the parsers and the domain builder put their complaints
 *
 * Code below the commands never prints: it hands one finished line, without
 * "xlctl: " and without a newline, to the sink that the command gave it.  The
 * tests and the fuzz targets give a sink of their own.
 */
#ifndef XLCTL_DIAG_H
#define XLCTL_DIAG_H

#include <stdarg.h>

enum diag_level {
	DIAG_ERROR,
	DIAG_WARNING,
};

/**
 * struct diag - a sink for messages, and how many went in
 * @emit: takes one message; NULL drops it (it is still counted)
 * @ctx: first argument of @emit
 * @errors: errors so far
 * @warnings: warnings so far
 */
struct diag {
	void (*emit)(void *ctx, enum diag_level level, const char *text);
	void *ctx;
	unsigned int errors;
	unsigned int warnings;
};

/**
 * diag_error() - report what stops the command
 * @d: the sink
 * @fmt: printf format of one line, beginning with what is at fault
 */
void diag_error(struct diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * diag_warning() - report what the user may not have meant
 * @d: the sink
 * @fmt: printf format of one line; the caller says "warning: " where it reads best
 */
void diag_warning(struct diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * diag_vreport() - the two above with a va_list
 * @d: the sink
 * @level: what to count it as
 * @fmt: printf format
 * @ap: its arguments
 */
void diag_vreport(struct diag *d, enum diag_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

/**
 * diag_to_stderr() - an @emit that prints "xlctl: TEXT" on stderr
 * @ctx: unused
 * @level: unused
 * @text: the message
 */
void diag_to_stderr(void *ctx, enum diag_level level, const char *text);

#endif /* XLCTL_DIAG_H */
