/* SPDX-License-Identifier: GPL-2.0-only */
/* What the test programs share: the device, names of errors, results. */
#ifndef XT_H
#define XT_H

#include <stdbool.h>

#include <xlhv.h>

int xt_open(void);
/* ioctl(): an error number, or 0. */
int xt_call(int fd, unsigned long cmd, void *arg);
/* Nothing is tested when that fails: it ends the program. */
void xt_must(int err, const char *what);
const char *xt_errno_name(int err);
void xt_die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
unsigned long xt_number(const char *text, const char *what, unsigned long max);
/* How often to do what is done @n times: less often where the kernel checks itself at each step. */
unsigned int xt_turns(unsigned int n);
/* "/sys/module/xlhv/parameters/NAME"; it ends the program if it cannot be written. */
void xt_parameter_set(const char *name, unsigned long value);
void xt_info(int fd, struct xlhv_info *info);
void xt_cpu_info(int fd, unsigned int cpu, struct xlhv_cpu_info *info);

/* KTAP: xt_result() prints one line, xt_done() the plan and gives the exit status. */
void xt_result(bool passed, const char *format, ...) __attribute__((format(printf, 2, 3)));
void xt_skip(const char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));
void xt_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
int xt_done(void);

#endif /* XT_H */
