// SPDX-License-Identifier: GPL-2.0-only
/* The module's start, with one failure each time. */
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail/fail.h"
#include "xt.h"

#define NEVER	1000000U
#define MARGIN	16U	/* the loader may need a page more or less another time */

/* Waits for what the kernel starts behind a load: udev has the device open, for instance. */
static bool unloaded(void)
{
	for (int i = 0; i < 100; i++) {
		if (!syscall(SYS_delete_module, "xlhv", O_NONBLOCK) || errno == ENOENT)
			return true;
		usleep(20000);
	}
	return false;
}

/*
 * How many allocations the kernel's loader makes before the module is asked for anything: the file
 * alone is read into some hundred pages. A parameter that is refused ends it just there.
 */
static unsigned int loader_only(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), err;
	unsigned int passed;

	if (fd < 0)
		xt_die("%s: %s", file, xt_errno_name(errno));
	arm(nth, NEVER);
	err = syscall(SYS_finit_module, fd, "selfcheck=?", 0) ? errno : 0;
	passed = NEVER - left(nth);
	disarm();
	close(fd);
	if (err != EINVAL)
		xt_die("a parameter that makes no sense: %s", xt_errno_name(err));
	return passed > MARGIN ? passed - MARGIN : 0;
}

int run_load(const char *file, const char *parameters)
{
	unsigned int first = loader_only(file) + 1, n, refused = 0, bad = 0;
	bool more = true;

	for (n = first; more && n < first + 5000 && bad < 5; n++) {
		int fd = open(file, O_RDONLY | O_CLOEXEC), err;

		if (fd < 0)
			xt_die("%s: %s", file, xt_errno_name(errno));
		arm(nth, n);
		err = syscall(SYS_finit_module, fd, parameters, 0) ? errno : 0;
		more = disarm();
		close(fd);
		refused += !!err;
		if (err && (!more || !fitting(err))) {
			xt_note("load, %u: %s", n, xt_errno_name(err));
			bad++;
		}
		if (!err && !unloaded()) {
			xt_note("load, %u: it cannot be unloaded", n);
			bad++;
			break;
		}
	}
	xt_note("load: the first %u are the loader's and were left alone", first - 1);
	xt_result(!more && !bad && refused, "load: %u failures, %u told", n - first - 1, refused);
	return xt_done();
}
