// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a domain keeps who wants its vCPUs out of the guest waiting.
 *
 *	xlhv-wish NAME ROUNDS	pauses it so often, at moments that do not fit to anything, and
 *				destroys it in the end. Prints the longest of the pauses and the
 *				end in thousands of ticks: "pause N destroy N"
 *	xlhv-wish NAME killed	its vCPU is bound to CPU 0, where it does not get a turn: who
 *				waits for it in a pause is killed. Prints KTAP. Two CPUs; real-time
 *				tasks may have all of them
 *	xlhv-wish -- eager	destroys a domain that another process is giving its memory to.
 *				Prints KTAP
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "xt.h"

static void on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		xt_die("CPU %d: %s", cpu, xt_errno_name(errno));
}

/* A child that lets nobody else have CPU 0 until *enough. */
static pid_t hog(volatile int *enough)
{
	struct sched_param p = { .sched_priority = 50 };
	pid_t pid = fork();

	if (pid)
		return pid;
	on_cpu(0);
	if (sched_setscheduler(0, SCHED_FIFO, &p))
		xt_die("SCHED_FIFO: %s", xt_errno_name(errno));
	while (!*enough)
		;
	_exit(0);
}

static pid_t pauser(int fd)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	_exit(ioctl(fd, XLHV_DOM_PAUSE) ? errno : 0);
}

/* Has the child ended within so many hundredths of a second? */
static bool ended(pid_t pid, int hundredths)
{
	while (hundredths--) {
		if (waitpid(pid, NULL, WNOHANG))
			return true;
		usleep(10000);
	}
	return false;
}

static int killed(int fd)
{
	volatile int *enough = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct xlhv_dom_info info;
	pid_t h, p;

	on_cpu(1);
	h = hog(enough);
	usleep(100000);
	p = pauser(fd);
	xt_result(!ended(p, 20), "a pause waits for a vCPU that does not get a CPU");
	kill(p, SIGKILL);
	xt_result(ended(p, 100), "who waits can be killed");
	xt_result(!ioctl(fd, XLHV_DOM_INFO, &info) && info.flags & XLHV_DOM_PAUSED,
		  "the pause stands");
	*enough = 1;
	waitpid(h, NULL, 0);
	xt_result(!ioctl(fd, XLHV_DOM_PAUSE), "paused again");
	xt_result(!ioctl(fd, XLHV_DOM_UNPAUSE), "unpaused");
	xt_result(!ioctl(fd, XLHV_DOM_INFO, &info) && !(info.flags & XLHV_DOM_PAUSED), "it runs");
	return xt_done();
}

static unsigned long long timed(int fd, unsigned long cmd, const char *what)
{
	unsigned long long begin = __rdtsc();

	if (ioctl(fd, cmd))
		xt_die("%s: %s", what, xt_errno_name(errno));
	return __rdtsc() - begin;
}

static void doze(void)
{
	struct timespec t = { .tv_nsec = 1000000 + rand() % 4000000 };

	nanosleep(&t, NULL);
}

#define EAGER_PAGES	(64UL << 8)

static int eager(void)
{
	struct xlhv_dom_create c = {
		.name = "eager", .max_vcpus = 1, .max_pages = EAGER_PAGES,
		.flags = XLHV_CREATE_EAGER,
	};
	struct xlhv_mem_range range = { .size = EAGER_PAGES << 12, .type = XLHV_MEM_RAM };
	struct xlhv_memory_map map = { .ranges = (uintptr_t)&range, .count = 1 };
	struct xlhv_dom_info info = {};
	unsigned long long ticks;
	int status;
	pid_t pid;

	if (ioctl(xt_open(), XLHV_DOM_CREATE, &c))
		xt_die("create: %s", xt_errno_name(errno));
	pid = fork();
	if (!pid)
		_exit(ioctl(c.fd, XLHV_DOM_MEMORY_MAP, &map) ? errno : 0);
	/* In the middle of it. */
	while (!ioctl(c.fd, XLHV_DOM_INFO, &info) && !info.cur_pages)
		;
	ticks = timed(c.fd, XLHV_DOM_DESTROY, "destroy");
	waitpid(pid, &status, 0);
	xt_note("destroyed after %llu thousand ticks", ticks / 1000);
	xt_result(WEXITSTATUS(status) == ESRCH, "who gives it memory is told: %s",
		  xt_errno_name(WEXITSTATUS(status)));
	return xt_done();
}

int main(int argc, char **argv)
{
	unsigned long long longest = 0, ticks;
	struct xlhv_dom_open open = { .domid = XLHV_DOMID_BY_NAME };
	unsigned long rounds;

	if (argc != 3)
		xt_die("usage: xlhv-wish NAME ROUNDS|killed, or -- eager");
	if (!strcmp(argv[2], "eager"))
		return eager();
	strncpy(open.name, argv[1], sizeof(open.name) - 1);
	if (ioctl(xt_open(), XLHV_DOM_OPEN, &open))
		xt_die("%s: %s", argv[1], xt_errno_name(errno));
	if (!strcmp(argv[2], "killed"))
		return killed(open.fd);
	rounds = xt_number(argv[2], "number", ~0U);
	while (rounds--) {
		doze();
		ticks = timed(open.fd, XLHV_DOM_PAUSE, "pause");
		if (ticks > longest)
			longest = ticks;
		timed(open.fd, XLHV_DOM_UNPAUSE, "unpause");
	}
	doze();
	ticks = timed(open.fd, XLHV_DOM_DESTROY, "destroy");
	printf("pause %llu destroy %llu\n", longest / 1000, ticks / 1000);
	return 0;
}
