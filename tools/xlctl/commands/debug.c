// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl debug: what tests of the module need and users seldom do.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "common/sysfs.h"
#include "host/vmxtext.h"
#include "module/device.h"

/* A day: a hold is for tests. */
#define MAX_SECONDS	86400

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Starts the command; the signals that end the hold are as before for it. */
static pid_t start_command(char **argv, const sigset_t *before)
{
	pid_t child = fork();

	if (child)
		return child;
	sigprocmask(SIG_SETMASK, before, NULL);
	execvp(argv[0], argv);
	msg_error("%s: %s", argv[0], strerror(errno));
	/* As a shell has it. */
	_exit(errno == ENOENT ? 127 : 126);
}

/*
 * Waits until the command has ended, the time is over or a signal came. The
 * latter two end the command. Returns the exit status of the whole.
 */
static int wait_for_end(int signals, pid_t child, int64_t deadline)
{
	bool stopping = false;

	for (;;) {
		int64_t left = deadline - now_ms();
		struct pollfd poll_fd = { .fd = signals, .events = POLLIN };
		struct signalfd_siginfo info;
		int status;

		if (child > 0 && waitpid(child, &status, WNOHANG) == child)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (deadline && !stopping && left <= 0) {
			if (child <= 0)
				return STATUS_OK;
			kill(child, SIGTERM);
			stopping = true;
		}
		if (poll(&poll_fd, 1, deadline && !stopping ? (int)left : -1) <= 0 ||
		    read(signals, &info, sizeof(info)) != sizeof(info) ||
		    info.ssi_signo == SIGCHLD)
			continue;
		if (child <= 0)
			return STATUS_OK;
		kill(child, (int)info.ssi_signo);
		stopping = true;
	}
}

static int run_held(char **command, int64_t deadline)
{
	sigset_t ending, before;
	pid_t child = 0;
	int signals, status;

	sigemptyset(&ending);
	sigaddset(&ending, SIGCHLD);
	sigaddset(&ending, SIGHUP);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigprocmask(SIG_BLOCK, &ending, &before);
	signals = signalfd(-1, &ending, SFD_CLOEXEC);
	if (signals < 0) {
		msg_error("signals cannot be waited for: %s", strerror(errno));
		return STATUS_FAILED;
	}
	if (*command)
		child = start_command(command, &before);
	if (child < 0) {
		msg_error("%s: %s", *command, strerror(errno));
		status = STATUS_FAILED;
	} else {
		status = wait_for_end(signals, child, deadline);
	}
	close(signals);
	return status;
}

static int debug_hold(int argc, char **argv)
{
	struct xlhv_vmx_hold hold = { .hold = 1 };
	int64_t deadline = 0;
	int option, fd, status;

	/* '+': options behind COMMAND are its own. */
	while ((option = getopt_long(argc, argv, "+:t:", (struct option[]){ { 0 } }, NULL)) != -1) {
		char *end;
		double seconds;

		if (option != 't')
			return cmd_bad_option(argv, option);
		seconds = strtod(optarg, &end);
		if (end == optarg || *end || !(seconds > 0 && seconds <= MAX_SECONDS)) {
			msg_error("debug hold: -t '%s': expected seconds, more than 0 and at most %d",
				  optarg, MAX_SECONDS);
			return STATUS_USAGE;
		}
		deadline = now_ms() + (int64_t)(seconds * 1000);
	}
	fd = device_open(NULL);
	if (fd < 0)
		return STATUS_FAILED;
	if (ioctl(fd, XLHV_VMX_HOLD, &hold)) {
		if (errno == EBUSY)
			msg_error("VMX is held by another hypervisor; see 'xlctl preflight'");
		else
			msg_error("VMX cannot be held: %s; see 'dmesg'", strerror(errno));
		close(fd);
		return STATUS_FAILED;
	}
	fprintf(stderr, "xlctl: VMX is held (%s)\n", vmxtext_provider(hold.provider));
	status = run_held(argv + optind, deadline);
	/* Dropped in so many words, so that a failure to do so is seen. */
	hold = (struct xlhv_vmx_hold){ .hold = 0 };
	if (ioctl(fd, XLHV_VMX_HOLD, &hold)) {
		msg_error("the hold cannot be released: %s", strerror(errno));
		status = status ? status : STATUS_FAILED;
	}
	close(fd);
	return status;
}

static int debug_cpus(int argc, char **argv)
{
	struct sysfs_set possible;
	int fd, status = STATUS_OK;

	if (argc > 1)
		return cmd_bad_usage(argv, "unexpected argument '%s'", argv[1]);
	fd = device_open(NULL);
	if (fd < 0)
		return STATUS_FAILED;
	if (!sysfs_set_read(&possible, "/sys/devices/system/cpu/present")) {
		msg_error("/sys/devices/system/cpu/present cannot be read");
		close(fd);
		return STATUS_FAILED;
	}
	printf("%4s  %-6s  %-4s  %-4s  %-5s  %15s  %5s\n", "CPU", "Online", "VMXE", "Root", "Ours",
	       "Feature control", "VMCSs");
	for (int cpu = sysfs_set_next(&possible, 0); cpu >= 0;
	     cpu = sysfs_set_next(&possible, cpu + 1)) {
		struct xlhv_cpu_info info = { .cpu = (unsigned int)cpu };

		if (ioctl(fd, XLHV_CPU_INFO, &info)) {
			msg_error("CPU %d: %s", cpu, strerror(errno));
			status = STATUS_FAILED;
			continue;
		}
		printf("%4d  %-6s  %-4s  %-4s  %-5s  %#15llx  %5u\n", cpu,
		       info.state & XLHV_CPU_ONLINE ? "yes" : "no",
		       info.state & XLHV_CPU_VMXE ? "yes" : "no",
		       info.state & XLHV_CPU_ROOT ? "yes" : "no",
		       info.state & XLHV_CPU_OURS ? "yes" : "no",
		       (unsigned long long)info.feature_control, info.active_vmcs);
	}
	sysfs_set_free(&possible);
	close(fd);
	return status;
}

int cmd_debug(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} tools[] = {
		{ "hold", debug_hold },
		{ "cpus", debug_cpus },
	};
	const char *nearest;

	if (argc < 2)
		return cmd_bad_usage(argv, "which tool? hold or cpus");
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (strcmp(argv[1], tools[i].name))
			continue;
		/* Messages name the command, which 'xlctl help' knows. */
		argv[1] = argv[0];
		return tools[i].run(argc - 1, argv + 1);
	}
	nearest = msg_nearest(argv[1], &tools[0].name, sizeof(tools) / sizeof(tools[0]),
			      sizeof(tools[0]));
	return cmd_bad_usage(argv, "no tool '%s'%s%s%s", argv[1],
			     nearest ? ": did you mean '" : "", nearest ? nearest : "",
			     nearest ? "'?" : "");
}
