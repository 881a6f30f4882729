// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlhv-cycle TIMES MODULE-FILE: so many lives of the module; in each, VMX is taken twice and given
 * back, a guest is entered on one CPU, and the state of all CPUs is looked at before, meanwhile and
 * after. One program, because processes cost more than the work.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xt.h"

#define TAKEN	(XLHV_CPU_ONLINE | XLHV_CPU_VMXE | XLHV_CPU_ROOT | XLHV_CPU_OURS)

static unsigned int cpus;

static void expect(int fd, unsigned long life, const char *when, unsigned int state,
		   unsigned int holders)
{
	struct xlhv_info info;
	struct xlhv_cpu_info cpu;

	xt_info(fd, &info);
	if (info.holders != holders || info.nr_cpus_root != (holders ? info.nr_cpus_online : 0) ||
	    info.nr_cpus_online != cpus)
		xt_die("life %lu, %s: %u holders, root on %u of %u CPUs", life, when,
		       info.holders, info.nr_cpus_root, info.nr_cpus_online);
	for (unsigned int n = 0; n < cpus; n++) {
		xt_cpu_info(fd, n, &cpu);
		if (cpu.state != state || cpu.active_vmcs)
			xt_die("life %lu, %s: CPU %u has state %#x, %u VMCSs", life, when, n,
			       cpu.state, cpu.active_vmcs);
	}
}

static void hold(int fd, unsigned long life, unsigned int on)
{
	struct xlhv_vmx_hold h = { .hold = on };

	if (ioctl(fd, XLHV_VMX_HOLD, &h))
		xt_die("life %lu: XLHV_VMX_HOLD %u: %s", life, on, xt_errno_name(errno));
}

static void live(unsigned long life, int file)
{
	struct xlhv_selfcheck check = { .cpu = life % cpus, .rounds = 3 };
	int fd;

	if (syscall(SYS_finit_module, file, "", 0))
		xt_die("life %lu: cannot load: %s", life, xt_errno_name(errno));
	fd = xt_open();
	expect(fd, life, "loaded", XLHV_CPU_ONLINE, 0);
	hold(fd, life, 1);
	expect(fd, life, "held", TAKEN, 1);
	if (ioctl(fd, XLHV_SELFCHECK, &check) || check.result != XLHV_CHECK_PASSED)
		xt_die("life %lu: self-check on CPU %u: result %u", life, check.cpu, check.result);
	hold(fd, life, 0);
	expect(fd, life, "given back", XLHV_CPU_ONLINE, 0);
	hold(fd, life, 1);
	if (!syscall(SYS_delete_module, "xlhv", O_NONBLOCK) || errno != EWOULDBLOCK)
		xt_die("life %lu: unloaded while held", life);
	/* The second hold ends with the descriptor. */
	close(fd);
	fd = xt_open();
	expect(fd, life, "closed", XLHV_CPU_ONLINE, 0);
	close(fd);
	if (syscall(SYS_delete_module, "xlhv", O_NONBLOCK))
		xt_die("life %lu: cannot unload: %s", life, xt_errno_name(errno));
}

int main(int argc, char **argv)
{
	unsigned long times;
	int file;

	if (argc != 3)
		xt_die("usage: xlhv-cycle TIMES MODULE-FILE");
	times = xt_number(argv[1], "number", ~0U);
	file = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (file < 0)
		xt_die("%s: %s", argv[2], xt_errno_name(errno));
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	for (unsigned long n = 0; n < times; n++)
		live(n, file);
	return 0;
}
