// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlhv-xenbus: /dev/xen/xenbus, with a daemon that is a part of this program: right use, every
 * error, limits, and a daemon that does what it must not. Prints KTAP. Root, no daemon there.
 */
#include <stdio.h>
#include <unistd.h>

#include "xenbus.h"

static bool good;

void is(long got, long want, const char *what)
{
	if (got == want)
		return;
	good = false;
	xt_note("%s: got %ld, want %ld", what, got, want);
}

void run_case(const char *name, void (*fn)(void))
{
	good = true;
	fn();
	xt_result(good, "%s", name);
}

/* With room for one thing a request can be made, so nothing is kept. */
static void nothing_is_kept(void)
{
	int fd = node_open();

	xt_parameter_set("xenbus_limit", 1);
	is(put_string(fd, XS_READ, 1, 0, "/a|"), 0, "a request");
	xt_parameter_set("xenbus_limit", 16384);
	daemon_answer(XS_READ, "b");
	expect(fd, XS_READ, 1, 0, "b");
	is(daemon_idle(), true, "and nothing else is asked");
	close(fd);
}

int main(void)
{
	/* What was told before it crashes is told. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	cases_of_requests();
	cases_of_watches();
	cases_of_transactions();
	cases_of_limits();
	cases_of_daemons();
	daemon_start();
	run_case("in the end the kernel keeps nothing", nothing_is_kept);
	daemon_stop();
	return xt_done();
}
