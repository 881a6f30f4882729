// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlhv-race SECONDS [NAME]: threads that open, close, hold, drop, ask and enter guests all at once,
 * with processes among them that are killed while they hold. NAME is one of the threads below, or
 * all. Whatever they do, an answer must make sense, and in the end nothing is held. Prints KTAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "xt.h"

static int shared;		/* a descriptor that several threads hold and drop through */
static unsigned int cpus;
static volatile bool stop;

struct racer {
	const char *name;
	bool (*turn)(unsigned int n);
	unsigned long turns;
	bool failed;
	pthread_t thread;
};

/* A complaint of the thread it happens in. */
static bool wrong(const char *what, int err)
{
	printf("# %s: %s\n", what, xt_errno_name(err));
	return false;
}

static int hold(int fd, unsigned int on)
{
	struct xlhv_vmx_hold h = { .hold = on };

	return ioctl(fd, XLHV_VMX_HOLD, &h) ? errno : 0;
}

static bool turn_close(unsigned int n)
{
	int fd = open(XLHV_DEVICE, O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return wrong("open", errno);
	err = hold(fd, 1);
	if (!err && n % 2)
		err = hold(fd, 0);
	close(fd);
	return err ? wrong("hold", err) : true;
}

static bool turn_shared(unsigned int n)
{
	int err = hold(shared, n % 2);

	return err && err != (n % 2 ? EALREADY : ENOENT) ? wrong("shared hold", err) : true;
}

static bool turn_info(unsigned int n)
{
	struct xlhv_info info = {};
	struct xlhv_cpu_info cpu = { .cpu = n % cpus };

	if (ioctl(shared, XLHV_INFO, &info))
		return wrong("XLHV_INFO", errno);
	if (!!info.holders != !!info.provider || info.nr_cpus_root > info.nr_cpus_online ||
	    (info.holders && info.nr_cpus_root != info.nr_cpus_online) ||
	    (!info.holders && info.nr_cpus_root)) {
		printf("# provider %u, %u holders, root on %u of %u CPUs\n", info.provider,
		       info.holders, info.nr_cpus_root, info.nr_cpus_online);
		return false;
	}
	if (ioctl(shared, XLHV_CPU_INFO, &cpu))
		return wrong("XLHV_CPU_INFO", errno);
	return true;
}

static bool turn_check(unsigned int n)
{
	struct xlhv_selfcheck check = { .cpu = n % cpus, .rounds = n % 5 };

	if (ioctl(shared, XLHV_SELFCHECK, &check))
		return wrong("XLHV_SELFCHECK", errno);
	if (check.result != XLHV_CHECK_PASSED && check.result != XLHV_CHECK_OFFLINE) {
		printf("# self-check on CPU %u: result %u, exit %#x, error %u\n", n % cpus,
		       check.result, check.exit_reason, check.instruction_error);
		return false;
	}
	return true;
}

/* A process that holds, and is killed at some moment. */
static bool turn_kill(unsigned int n)
{
	struct timespec pause = { .tv_nsec = (n % 7) * 300000L };
	pid_t child = fork();
	int status;

	if (child < 0)
		return wrong("fork", errno);
	if (!child) {
		for (;;)
			turn_close(0);
	}
	nanosleep(&pause, NULL);
	kill(child, SIGKILL);
	return waitpid(child, &status, 0) == child && WIFSIGNALED(status) ? true :
		wrong("wait", errno);
}

static struct racer racers[] = {
	{ .name = "close", .turn = turn_close },
	{ .name = "shared-1", .turn = turn_shared },
	{ .name = "shared-2", .turn = turn_shared },
	{ .name = "info", .turn = turn_info },
	{ .name = "check-1", .turn = turn_check },
	{ .name = "check-2", .turn = turn_check },
	{ .name = "kill", .turn = turn_kill },
};

#define NR_RACERS	(sizeof(racers) / sizeof(racers[0]))

static void *race(void *data)
{
	struct racer *r = data;

	/* After a failure it stays out: one report is enough. */
	while (!stop && !r->failed)
		r->failed = !r->turn(r->turns++);
	return NULL;
}

int main(int argc, char **argv)
{
	struct xlhv_info info;
	bool quiet = true;

	if (argc != 2 && argc != 3)
		xt_die("usage: xlhv-race SECONDS [NAME]");
	shared = xt_open();
	cpus = sysconf(_SC_NPROCESSORS_CONF);
	for (size_t i = 0; i < NR_RACERS; i++) {
		if (argc == 3 && strcmp(argv[2], racers[i].name))
			continue;
		if (pthread_create(&racers[i].thread, NULL, race, &racers[i]))
			xt_die("no thread");
	}
	sleep(xt_number(argv[1], "number of seconds", 3600));
	stop = true;
	for (size_t i = 0; i < NR_RACERS; i++) {
		if (!racers[i].thread)
			continue;
		pthread_join(racers[i].thread, NULL);
		xt_result(!racers[i].failed && racers[i].turns > 1, "%s", racers[i].name);
		xt_note("%s: %lu turns", racers[i].name, racers[i].turns);
	}
	hold(shared, 0);
	xt_info(shared, &info);
	xt_result(!info.holders && !info.provider && !info.nr_cpus_root, "nothing is held");
	for (unsigned int n = 0; n < cpus; n++) {
		struct xlhv_cpu_info cpu;

		xt_cpu_info(shared, n, &cpu);
		if (cpu.state & ~XLHV_CPU_ONLINE || cpu.active_vmcs)
			quiet = false;
	}
	xt_result(quiet, "VMX is off on every CPU");
	return xt_done();
}
