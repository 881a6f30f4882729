// SPDX-License-Identifier: GPL-2.0-only
/* The module comes, with one failure each time. */
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail/fail.h"
#include "xt.h"

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

int run_load(const char *file, const char *parameters)
{
	unsigned int n, refused = 0, bad = 0;
	bool more = true;

	for (n = 1; more && n < 5000 && bad < 5; n++) {
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
	xt_result(!more && !bad, "load: %u failures, %u told", n - 2, refused);
	return xt_done();
}
