/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel log is kept for the test to look at: unit_log(). With UNIT_VERBOSE in the environment
 * it goes to standard error too.
 */
#ifndef UNIT_SHIM_LINUX_PRINTK_H
#define UNIT_SHIM_LINUX_PRINTK_H

#include <stdio.h>

#define KERN_ERR
#define KERN_WARNING
#define KERN_INFO

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

const char *unit_log(void);	/* what was printed since the last unit_log_clear() */
void unit_log_clear(void);
int unit_printk(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define printk(fmt, ...)		unit_printk(fmt, ##__VA_ARGS__)
#define pr_err(fmt, ...)		printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)		printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...)		printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)		printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_cont(fmt, ...)		printk(fmt, ##__VA_ARGS__)
#define pr_debug(fmt, ...)						\
	do {								\
		if (0)							\
			printk(pr_fmt(fmt), ##__VA_ARGS__);		\
	} while (0)
#define pr_err_ratelimited		pr_err
#define pr_warn_ratelimited		pr_warn
#define pr_info_ratelimited		pr_info
#define pr_err_once			pr_err
#define pr_warn_once			pr_warn
#define pr_info_once			pr_info

#endif /* UNIT_SHIM_LINUX_PRINTK_H */
