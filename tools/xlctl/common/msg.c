// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages to the user, all with the same beginning, and the guess at what a
 * mistyped word was meant to be.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/msg.h"
#include "common/text.h"

/* Set once messages go to the system's log. */
static char *msg_log_prefix;

/* Longer words are not guessed at: no command or key comes near. */
#define NEAREST_MAX	48

__attribute__((format(printf, 3, 0)))
static void msg_print(int priority, const char *kind, const char *format, va_list args)
{
	char *text;

	/* One write for the line: several processes may share the terminal. */
	if (vasprintf(&text, format, args) < 0)
		msg_out_of_memory();
	/* Names of files and domains may hold anything; terminals obey some of it. */
	text_make_printable(text);
	if (msg_log_prefix) {
		syslog(priority, "%s: %s%s", msg_log_prefix, kind, text);
		free(text);
		return;
	}
	fflush(stdout);
	fprintf(stderr, "xlctl: %s%s\n", kind, text);
	free(text);
}

void msg_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	msg_print(LOG_ERR, "", format, args);
	va_end(args);
}

void msg_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	msg_print(LOG_WARNING, "warning: ", format, args);
	va_end(args);
}

void msg_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	msg_print(LOG_INFO, "", format, args);
	va_end(args);
}

void msg_to_syslog(const char *who)
{
	openlog("xlctl", LOG_PID | LOG_CONS, LOG_DAEMON);
	free(msg_log_prefix);
	msg_log_prefix = msg_text("%s", who);
}

char *msg_text(const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		msg_out_of_memory();
	return text;
}

void msg_out_of_memory(void)
{
	static const char text[] = "xlctl: out of memory\n";

	fwrite(text, 1, sizeof(text) - 1, stderr);
	exit(STATUS_FAILED);
}

static int msg_fold(char letter)
{
	return letter == '_' ? '-' : tolower((unsigned char)letter);
}

/* Optimal string alignment distance; three rows of the matrix are enough. */
static size_t msg_distance(const char *left, const char *right)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];
	size_t width = strlen(right);

	if (strlen(left) > NEAREST_MAX || width > NEAREST_MAX)
		return NEAREST_MAX;
	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= width; j++)
		last[j] = j;
	for (size_t i = 1; left[i - 1]; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= width; j++) {
			int a = msg_fold(left[i - 1]), b = msg_fold(right[j - 1]);
			size_t best = last[j - 1] + (a != b);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a == msg_fold(right[j - 2]) &&
			    msg_fold(left[i - 2]) == b && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[width];
}

const char *msg_nearest(const char *word, const char *const *words, size_t count, size_t stride)
{
	const char *nearest = NULL;
	size_t least = NEAREST_MAX;

	for (size_t i = 0; i < count; i++) {
		const char *candidate = *(const char *const *)((const char *)words + i * stride);
		size_t length = strlen(candidate);
		size_t distance = msg_distance(word, candidate);
		/* A third of the letters wrong, but never all of a short word. */
		size_t limit = length < 3 ? 1 : (length + 2) / 3;

		if (distance <= limit && distance < length && distance < least) {
			least = distance;
			nearest = candidate;
		}
	}
	return nearest;
}

int msg_finish(int status)
{
	if (!ferror(stdout) && !fflush(stdout))
		return status;
	msg_error("standard output: %s", strerror(errno ? errno : EIO));
	return STATUS_FAILED;
}
