// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first process of the emulated machine: it brings user space up, carries out the plan of the
 * payload and reports.  Being one C program rather than scripts saves seconds per run: in an
 * emulator every process costs a million instructions.
 *
 * The plan is a file of NUL-terminated strings; each directive has a fixed number of arguments,
 * except "run", whose first argument is their number:
 *	insmod FILE PARAMETERS	load a kernel module
 *	await FILE		wait until it is there
 *	directory DIR		working directory of the command
 *	env NAME=VALUE		add to its environment
 *	run N ARG...		the command: relay its output, report its status
 *	shell ROWS COLUMNS	a login on the serial console instead
 *	get PATH		send it as (part of) a tar archive
 *
 * Called by the name "vmctl" it is a tool for commands; see vmctl().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define PLAN		"/.machine/plan"
#define CHUNK		4096
#define AWAIT_MSEC	20000		/* of the machine's time */

static int kernel_log = -1;
static int child_ended;

static void kernel_log_relay(void)
{
	static char record[8192];
	ssize_t n;

	for (;;) {
		n = read(kernel_log, record, sizeof(record));
		if (n > 0)
			channel_frame(FRAME_KERNEL, record, n);
		else if (n < 0 && errno == EPIPE)	/* overwritten before we came */
			channel_printf(FRAME_NOTE, "part of the kernel log was lost");
		else if (n == 0 || errno != EINTR)
			return;
	}
}

static void taint_report(void)
{
	char text[32] = "";
	int fd = open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, text, sizeof(text) - 1) < 0)
			text[0] = 0;
		close(fd);
	}
	channel_printf(FRAME_TAINT, "%s", text);
}

static void user_space_up(void)
{
	static const struct {
		const char *type, *where, *options;
	} mounts[] = {
		{ "proc", "/proc", NULL },
		{ "sysfs", "/sys", NULL },
		{ "devtmpfs", "/dev", NULL },
		{ "devpts", "/dev/pts", "gid=5,mode=620,ptmxmode=666" },
		{ "tmpfs", "/dev/shm", "mode=1777" },
		{ "tmpfs", "/run", "mode=755" },
		{ "debugfs", "/sys/kernel/debug", NULL },
		{ "tracefs", "/sys/kernel/tracing", NULL },
		{ "cgroup2", "/sys/fs/cgroup", NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, mounts[i].options);
	}
	mkdir("/tmp", 01777);
	chmod("/tmp", 01777);
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
	/*
	 * What there is to say on the console is a line of the kernel's: once somebody has
	 * opened the serial port, the emulator feeds it 1000 characters a second, for good.
	 */
	unlink("/dev/console");
	symlink("/dev/kmsg", "/dev/console");
	sethostname("xlhv", 4);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/root", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("SHELL", "/bin/sh", 1);
	setenv("TERM", "dumb", 1);
	setenv("LC_ALL", "C", 1);
}

/* reap - collect children; returns 1 with *status set when @pid was one of them. */
static int reap(pid_t pid, int *status)
{
	int found = 0, one;
	pid_t who;

	while ((who = waitpid(-1, &one, WNOHANG)) > 0) {
		if (who == pid) {
			*status = one;
			found = 1;
		}
	}
	return found;
}

static void child_signals_restore(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * relay - pass what comes out of a pipe (or -1) on as frames until the child ends
 *
 * A background process of the command may keep the pipe open: what is in it when the command
 * ends still counts, what would come later does not.
 */
static int relay(pid_t pid, int from, enum frame type)
{
	struct pollfd wait[] = {
		{ .fd = from, .events = POLLIN },
		{ .fd = child_ended, .events = POLLIN },
		{ .fd = kernel_log, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	static char data[CHUNK];
	int status = 0, ended = 0;
	ssize_t n;

	while (!ended) {
		if (poll(wait, 3, -1) < 0)
			continue;
		if (wait[1].revents & POLLIN) {
			while (read(child_ended, &info, sizeof(info)) > 0)
				;
			ended = reap(pid, &status);
		}
		if (wait[2].revents)
			kernel_log_relay();
		if (from >= 0 && (wait[0].revents || ended)) {
			while ((n = read(from, data, sizeof(data))) > 0)
				channel_frame(type, data, n);
			if (n == 0)
				wait[0].fd = -1;
		}
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* run - start a program with its output in a pipe; returns the relay's status or -1. */
static int run(char *const argv[], const char *directory, enum frame type)
{
	int ends[2], null, status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		channel_printf(FRAME_ERROR, "no pipe: %s", strerror(errno));
		return -1;
	}
	fcntl(ends[1], F_SETPIPE_SZ, 65536);
	pid = fork();
	if (pid == 0) {
		child_signals_restore();
		setsid();
		null = open("/dev/null", O_RDONLY);
		dup2(null, 0);
		dup2(ends[1], 1);
		if (type == FRAME_OUTPUT)
			dup2(ends[1], 2);
		if (chdir(directory) == 0)
			execvp(argv[0], argv);
		dprintf(ends[1], "%s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	close(ends[1]);
	if (pid < 0) {
		channel_printf(FRAME_ERROR, "no process: %s", strerror(errno));
		close(ends[0]);
		return -1;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	status = relay(pid, ends[0], type);
	close(ends[0]);
	return status;
}

/*
 * login - become a session on the serial console, with a shell in it
 *
 * The session's leader is not the shell: when a leader ends, its terminal throws away what it has
 * not yet sent.
 */
static void login(const struct winsize *size)
{
	char *const argv[] = { "-sh", NULL };
	int status = 127 << 8, tty;
	pid_t pid;

	child_signals_restore();
	setsid();
	tty = open("/dev/ttyS0", O_RDWR);
	ioctl(tty, TIOCSCTTY, 1);
	if (size->ws_row && size->ws_col)
		ioctl(tty, TIOCSWINSZ, size);
	dup2(tty, 0);
	dup2(tty, 1);
	dup2(tty, 2);
	pid = fork();
	if (pid == 0) {
		if (chdir("/root") == 0)
			execv("/bin/sh", argv);
		_exit(127);
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	tcdrain(tty);
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static int shell(const char *rows, const char *columns)
{
	struct winsize size = { .ws_row = atoi(rows), .ws_col = atoi(columns) };
	pid_t pid = fork();

	if (pid == 0)
		login(&size);
	return relay(pid, -1, FRAME_OUTPUT);
}

static int module_load(const char *file, const char *parameters)
{
	int fd, status;

	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		channel_printf(FRAME_ERROR, "%s: %s", file, strerror(errno));
		return -1;
	}
	status = syscall(SYS_finit_module, fd, parameters, 0);
	if (status < 0 && errno == EEXIST)
		status = 0;
	if (status < 0)
		channel_printf(FRAME_ERROR, "cannot load %s: %s", file, strerror(errno));
	close(fd);
	kernel_log_relay();
	return status;
}

static int await(const char *file)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	int i;

	for (i = 0; i < AWAIT_MSEC; i++) {
		if (!access(file, F_OK))
			return 0;
		nanosleep(&pause, NULL);
	}
	channel_printf(FRAME_ERROR, "%s does not appear", file);
	return -1;
}

static void get(char *path)
{
	char *const argv[] = { "/bin/busybox", "tar", "-c", "-f", "-", "-C", "/", path + 1, NULL };
	struct stat info;
	int status;

	if (lstat(path, &info) < 0) {
		channel_printf(FRAME_ERROR, "--get %s: %s", path, strerror(errno));
		return;
	}
	status = run(argv, "/", FRAME_FILES);
	if (status)
		channel_printf(FRAME_ERROR, "--get %s: tar ended with status %d", path, status);
}

/* plan_read - the whole plan in memory, with a closing empty string; NULL after an error. */
static char *plan_read(void)
{
	struct stat info;
	char *plan = NULL;
	int fd;

	fd = open(PLAN, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info) < 0) {
		channel_printf(FRAME_ERROR, "%s: %s", PLAN, strerror(errno));
		goto out;
	}
	plan = calloc(1, info.st_size + 2);
	if (!plan || read(fd, plan, info.st_size) != info.st_size) {
		channel_printf(FRAME_ERROR, "%s: cannot read it", PLAN);
		free(plan);
		plan = NULL;
	}
out:
	if (fd >= 0)
		close(fd);
	return plan;
}

static char *next(char **at)
{
	char *word = *at;

	*at += strlen(word) + 1;
	return word;
}

static void plan_run(char *at)
{
	char *directory = "/root", *word, *argument;
	char *argv[256] = { NULL };
	int i, n, status;

	while (*(word = next(&at))) {
		argument = next(&at);
		if (!strcmp(word, "insmod")) {
			if (module_load(argument, next(&at)))
				return;
		} else if (!strcmp(word, "await")) {
			if (await(argument))
				return;
		} else if (!strcmp(word, "directory")) {
			directory = argument;
		} else if (!strcmp(word, "env")) {
			putenv(argument);
		} else if (!strcmp(word, "get")) {
			get(argument);
		} else if (!strcmp(word, "run") || !strcmp(word, "shell")) {
			if (*word == 'r') {
				n = atoi(argument);
				for (i = 0; i < n && i < 255; i++)
					argv[i] = next(&at);
				argv[i] = NULL;
			}
			channel_printf(FRAME_STARTED, "%llu",
				       (unsigned long long)channel_ticks());
			if (*word == 'r')
				status = run(argv, directory, FRAME_OUTPUT);
			else
				status = shell(argument, next(&at));
			kernel_log_relay();
			if (status < 0)
				return;
			channel_printf(FRAME_ENDED, "%llu %d",
				       (unsigned long long)channel_ticks(), status);
		} else {
			channel_printf(FRAME_ERROR, "unknown directive %s", word);
			return;
		}
	}
}

static int command_line_has(const char *word)
{
	char line[4096];
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return 0;
	line[n] = 0;
	return !!strstr(line, word);
}

/*
 * vmctl ticks		print the instructions executed since the machine started
 * vmctl mark TEXT	put a line with the tick into the emulator's log (--keep DIR)
 * vmctl break		stop in the emulator's debugger (see docs/testing.md)
 */
static int vmctl(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "ticks")) {
		printf("%llu\n", (unsigned long long)channel_ticks());
		return 0;
	}
	channel_open();
	if (!strcmp(what, "mark") && argc > 2)
		channel_mark(argv[2]);
	else if (!strcmp(what, "break"))
		channel_break();
	else
		return fprintf(stderr, "usage: vmctl ticks|mark TEXT|break\n"), 2;
	return 0;
}

int main(int argc, char **argv)
{
	sigset_t set;
	char *plan;

	if (getpid() != 1)
		return vmctl(argc, argv);

	channel_open();
	channel_printf(FRAME_BOOTED, "%llu", (unsigned long long)channel_ticks());
	user_space_up();
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	child_ended = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kernel_log < 0 || child_ended < 0)
		channel_printf(FRAME_ERROR, "no /dev/kmsg or no signalfd");

	kernel_log_relay();
	if (command_line_has("machine.wait")) {
		channel_serial_silence();
		channel_frame(FRAME_WAITING, NULL, 0);
		if (payload_wait())
			goto out;
		kernel_log_relay();
	}
	taint_report();
	plan = plan_read();
	if (plan)
		plan_run(plan);
out:
	sync();
	kernel_log_relay();
	taint_report();
	channel_frame(FRAME_DONE, NULL, 0);
	channel_power_off();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
