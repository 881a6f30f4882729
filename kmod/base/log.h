/* SPDX-License-Identifier: GPL-2.0-only */
/* A bounded ring of text with positions that only grow: logs and scroll-back. */
#ifndef XLHV_LOG_H
#define XLHV_LOG_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

/**
 * struct dom_log - ring of bytes
 * @lock: everything below; taken with interrupts off, held for short copies
 * @buffer: [c] of @size bytes
 * @size: [c] power of two
 * @end: [lock] position after the newest byte
 * @start: [lock] oldest position that is to be shown
 * @budget: [lock] bytes that may still be written in this interval
 * @budget_start: [lock] jiffies when the interval began
 * @dropped: [lock] bytes over the budget
 */
struct dom_log {
	raw_spinlock_t lock;
	char *buffer;
	u32 size;
	u64 end;
	u64 start;
	u32 budget;
	unsigned long budget_start;
	u64 dropped;
};

#define LOG_MAX_BYTES	(16 * 1024 * 1024)

int log_init(struct dom_log *log, u32 size);
void log_free(struct dom_log *log);
/* Append.  Any context but NMI.  @limited: counts against the rate. */
void log_write(struct dom_log *log, const char *text, size_t len, bool limited);
void log_printf(struct dom_log *log, const char *fmt, ...) __printf(2, 3);
/* Copy from position *@pos on, at most @len bytes; moves *@pos past what was lost. */
size_t log_read(struct dom_log *log, u64 *pos, char *to, size_t len, u64 *lost);

/* Position after the newest byte, as of a moment ago. */
static inline u64 log_end(const struct dom_log *log)
{
	return READ_ONCE(log->end);
}

/* Forget everything before @pos. */
void log_clear(struct dom_log *log, u64 pos);

/* The module's own log: what "xlctl dmesg" shows. */
extern struct dom_log xlhv_log;
void xlhv_note(const char *fmt, ...) __printf(1, 2);

#endif /* XLHV_LOG_H */
