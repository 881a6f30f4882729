// SPDX-License-Identifier: GPL-2.0-only
/* What the test programs share: the device, names of errors, results. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "xt.h"

static unsigned int results, failures;

void xt_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(99);
}

int xt_open(void)
{
	int fd = open(XLHV_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		xt_die("cannot open %s: %s", XLHV_DEVICE, xt_errno_name(errno));
	return fd;
}

int xt_call(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? errno : 0;
}

void xt_must(int err, const char *what)
{
	if (err)
		xt_die("%s: %s", what, xt_errno_name(err));
}

/* The name of an error number, "0" for none; valid until the next call but one. */
const char *xt_errno_name(int err)
{
	static char text[2][16];
	static unsigned int turn;
	const char *name = err ? strerrorname_np(err) : "0";

	if (name)
		return name;
	turn ^= 1;
	snprintf(text[turn], sizeof(text[turn]), "E#%d", err);
	return text[turn];
}

unsigned long xt_number(const char *text, const char *what, unsigned long max)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 0);
	if (errno || end == text || *end || n > max)
		xt_die("bad %s '%s'", what, text);
	return n;
}

void xt_info(int fd, struct xlhv_info *info)
{
	memset(info, 0, sizeof(*info));
	if (ioctl(fd, XLHV_INFO, info))
		xt_die("XLHV_INFO: %s", xt_errno_name(errno));
}

unsigned int xt_turns(unsigned int n)
{
	return access("/proc/lockdep_stats", F_OK) ? n : (n + 9) / 10;
}

void xt_parameter_set(const char *name, unsigned long value)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/xlhv/parameters/%s", name);
	f = fopen(path, "w");
	if (!f || fprintf(f, "%lu\n", value) < 0 || fclose(f))
		xt_die("%s: %s", path, xt_errno_name(errno));
}

void xt_cpu_info(int fd, unsigned int cpu, struct xlhv_cpu_info *info)
{
	memset(info, 0, sizeof(*info));
	info->cpu = cpu;
	if (ioctl(fd, XLHV_CPU_INFO, info))
		xt_die("XLHV_CPU_INFO of CPU %u: %s", cpu, xt_errno_name(errno));
}

static void result(bool passed, const char *directive, const char *why, const char *format,
		   va_list args)
{
	if (!results)
		printf("KTAP version 1\n");
	printf("%s %u - ", passed ? "ok" : "not ok", ++results);
	vprintf(format, args);
	printf("%s%s\n", directive, why);
	fflush(stdout);
	failures += !passed;
}

void xt_result(bool passed, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	result(passed, "", "", format, args);
	va_end(args);
}

void xt_skip(const char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	result(true, " # SKIP ", why, format, args);
	va_end(args);
}

void xt_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
}

int xt_done(void)
{
	printf("1..%u\n", results);
	return failures || !results;
}
