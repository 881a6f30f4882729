// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings of text: a domain's log and console, the module's log.  Written from any
 * context but NMI, read by position; a reader that falls behind is told how much
 * it lost.
 */
#include <linux/ctype.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "xlhv.h"
#include "base/log.h"

/* What a guest may write per second; what is over it is counted, not kept. */
#define LIMIT_PER_SECOND	(64 * 1024)
#define LINE	256

struct dom_log xlhv_log;

/**
 * log_init() - make a ring
 * @log: to be filled in
 * @size: bytes, rounded up to a power of two
 *
 * Return: 0 or -ENOMEM.
 */
int log_init(struct dom_log *log, u32 size)
{
	raw_spin_lock_init(&log->lock);
	log->size = roundup_pow_of_two(size);
	log->end = 0;
	log->start = 0;
	log->budget = LIMIT_PER_SECOND;
	log->budget_start = jiffies;
	log->dropped = 0;
	log->buffer = kvzalloc(log->size, GFP_GUEST);
	return log->buffer ? 0 : -ENOMEM;
}

void log_free(struct dom_log *log)
{
	kvfree(log->buffer);
	log->buffer = NULL;
}

static void put_locked(struct dom_log *log, const char *text, size_t len)
{
	u32 at = log->end & (log->size - 1);
	size_t first = min_t(size_t, len, log->size - at);

	memcpy(log->buffer + at, text, first);
	memcpy(log->buffer, text + first, len - first);
	log->end += len;
}

/* What a guest says is shown on terminals of the host's: only what is text there. */
static void put_guest_locked(struct dom_log *log, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((isascii(text[i]) && isprint(text[i])) || text[i] == '\n' || text[i] == '\t')
			log->buffer[log->end++ & (log->size - 1)] = text[i];
}

/**
 * log_write() - append
 * @log: ring
 * @text: bytes
 * @len: their number; of more than fit, the last ones are kept
 * @limited: from a guest: counts against this ring's rate of 64 KiB a second, and only
 *	what can be printed is kept
 *
 * Context: any but NMI.
 */
void log_write(struct dom_log *log, const char *text, size_t len, bool limited)
{
	unsigned long flags;

	if (!log->buffer)
		return;
	raw_spin_lock_irqsave(&log->lock, flags);
	if (limited) {
		if (time_after_eq(jiffies, log->budget_start + HZ)) {
			log->budget_start = jiffies;
			log->budget = LIMIT_PER_SECOND;
		}
		if (len > log->budget) {
			log->dropped += len - log->budget;
			len = log->budget;
		}
		log->budget -= len;
		put_guest_locked(log, text, len);
	} else {
		if (len > log->size) {
			text += len - log->size;
			log->end += len - log->size;
			len = log->size;
		}
		put_locked(log, text, len);
	}
	raw_spin_unlock_irqrestore(&log->lock, flags);
}

/* Append a formatted text of at most 255 bytes. */
void log_printf(struct dom_log *log, const char *fmt, ...)
{
	char line[LINE];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	log_write(log, line, len, false);
}

/**
 * xlhv_note() - a line in the module's log, with the time
 * @fmt: format; the text ends with a newline
 *
 * Context: any but NMI.
 */
void xlhv_note(const char *fmt, ...)
{
	char line[LINE];
	u64 now = ktime_get_boottime_ns();
	va_list args;
	int len;

	len = scnprintf(line, sizeof(line), "[%5llu.%06llu] ", now / NSEC_PER_SEC,
			now % NSEC_PER_SEC / NSEC_PER_USEC);
	va_start(args, fmt);
	len += vscnprintf(line + len, sizeof(line) - len, fmt, args);
	va_end(args);
	log_write(&xlhv_log, line, len, false);
}

/**
 * log_read() - copy out from a position on
 * @log: ring
 * @pos: in: position, 0 for the oldest; out: position after what was copied
 * @to: where to
 * @len: room
 * @lost: bytes between @pos and the oldest that is still there
 *
 * Context: any but NMI.
 * Return: bytes copied, 0 at the end.
 */
size_t log_read(struct dom_log *log, u64 *pos, char *to, size_t len, u64 *lost)
{
	unsigned long flags;
	u64 oldest;
	u32 at;
	size_t first;

	*lost = 0;
	raw_spin_lock_irqsave(&log->lock, flags);
	oldest = max(log->start, log->end > log->size ? log->end - log->size : 0);
	if (*pos < oldest) {
		*lost = *pos ? oldest - *pos : 0;
		*pos = oldest;
	}
	if (*pos > log->end)
		*pos = log->end;
	len = min_t(u64, len, log->end - *pos);
	at = *pos & (log->size - 1);
	first = min_t(size_t, len, log->size - at);
	memcpy(to, log->buffer + at, first);
	memcpy(to + first, log->buffer, len - first);
	*pos += len;
	raw_spin_unlock_irqrestore(&log->lock, flags);
	return len;
}

/* What was before @pos is not shown any more. */
void log_clear(struct dom_log *log, u64 pos)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&log->lock, flags);
	if (pos <= log->end && pos > log->start)
		log->start = pos;
	raw_spin_unlock_irqrestore(&log->lock, flags);
}
