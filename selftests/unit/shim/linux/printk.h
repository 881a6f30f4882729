/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel log is standard error. */
#ifndef UNIT_SHIM_LINUX_PRINTK_H
#define UNIT_SHIM_LINUX_PRINTK_H

#include <stdio.h>

#define KERN_ERR
#define KERN_WARNING
#define KERN_INFO

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

#define printk(fmt, ...)		fprintf(stderr, fmt, ##__VA_ARGS__)
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
