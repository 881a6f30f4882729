// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every error path runs: what the kernel does for a caller is done with its n-th allocation, or
 * copy from or to user space, failing, for n = 1, 2, ... until none is left to fail. Prints KTAP.
 * Needs a kernel with fault injection, prepared by machine/fail.sh.
 *
 *	xlhv-fail ops [OPERATION|GROUP]...	each ioctl, mmap, page fault, file in debugfs and
 *					descriptor. Groups: "domains"; of domain 0's nodes "ports",
 *					"grants", "frames" and "store"; "disks"; "vifs"; "device"
 *					of the block device FAIL_DEVICE
 *	xlhv-fail load FILE [PARAMETERS]	the module comes
 *	xlhv-fail vcpus NAME CONFIG MAX	the threads of a domain, which is made again and again, for
 *					n = 1 to at most MAX
 *	xlhv-fail thread NAME N EVERY	a thread of the kernel's, as long as it lives: the N-th, and
 *					then every EVERY-th. Prints how many failed, no KTAP
 *
 * A call that fails says why, changes nothing, and leaves nothing behind: it can be made again.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "fail/fail.h"
#include "xt.h"

int main(int argc, char **argv)
{
	own = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	maker = open("/proc/2/fail-nth", O_RDWR | O_CLOEXEC);
	if (own < 0 || maker < 0)
		xt_die("this kernel injects no failures: fail-nth: %s", xt_errno_name(errno));
	nth = own;
	if (argc >= 2 && !strcmp(argv[1], "ops"))
		return run_ops(argc - 2, argv + 2);
	if ((argc == 3 || argc == 4) && !strcmp(argv[1], "load"))
		return run_load(argv[2], argc == 4 ? argv[3] : "");
	if (argc == 5 && !strcmp(argv[1], "vcpus"))
		return run_vcpus(argv[2], argv[3], xt_number(argv[4], "number", 1000));
	if (argc == 5 && !strcmp(argv[1], "thread"))
		return run_thread(argv[2], xt_number(argv[3], "number", 1000000),
				  xt_number(argv[4], "number", 1000000));
	xt_die("usage: xlhv-fail ops [OPERATION|GROUP]... | load FILE [PARAMETERS] |\n"
	       "\tvcpus NAME CONFIG MAX | thread NAME N EVERY");
}
