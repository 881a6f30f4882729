// SPDX-License-Identifier: GPL-2.0-only
/*
 * Somebody asks for a hold where /dev/kvm is a file of his own, which cannot be opened for as long
 * as he likes: others are not kept waiting. Prints KTAP. Root, with kvm_intel loaded.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xt.h"

#define WAIT_MS	5000

static int hold(int dev)
{
	struct xlhv_vmx_hold h = { .hold = 1 };

	return ioctl(dev, XLHV_VMX_HOLD, &h) ? errno : 0;
}

/* Says 'r' before it holds, and how that ended. Does not come back. */
static void hold_slowly(int to)
{
	int dev = xt_open();
	unsigned char err;

	if (mount("/tmp/lease/kvm", "/dev/kvm", NULL, MS_BIND, NULL) || write(to, "r", 1) != 1)
		_exit(1);
	err = hold(dev);
	_exit(write(to, &err, 1) != 1);
}

/* With /dev/kvm a file that is leased: who opens it waits for this process. Does not come back. */
static void keep_device(int to)
{
	int file;

	signal(SIGIO, SIG_IGN);
	mkdir("/tmp/lease", 0700);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("lease", "/tmp/lease", "tmpfs", 0, NULL))
		xt_die("a place of its own: %s", xt_errno_name(errno));
	file = open("/tmp/lease/kvm", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (file < 0 || fcntl(file, F_SETLEASE, F_WRLCK))
		xt_die("lease: %s", xt_errno_name(errno));
	if (!fork()) {
		/* The lease is the open file's, which two processes would have. */
		close(file);
		hold_slowly(to);
	}
	while (true)
		pause();
}

int main(void)
{
	struct pollfd told = { .events = POLLIN };
	int to[2], status = -1, limit = WAIT_MS / 10;
	pid_t keeper, other, ended = 0;
	unsigned char byte = 0;
	bool good;

	if (pipe(to))
		xt_die("pipe: %s", xt_errno_name(errno));
	told.fd = to[0];
	fflush(stdout);
	keeper = fork();
	if (!keeper)
		keep_device(to[1]);
	if (read(to[0], &byte, 1) != 1 || byte != 'r')
		xt_die("nobody is kept waiting");
	/* It is in the open soon; and now somebody else. */
	poll(NULL, 0, 200);
	other = fork();
	if (!other)
		_exit(hold(xt_open()));
	while (limit-- && !(ended = waitpid(other, &status, WNOHANG)))
		poll(NULL, 0, 10);
	good = ended == other && WIFEXITED(status) && !WEXITSTATUS(status);
	xt_result(good && !poll(&told, 1, 0), "who opens a device slowly keeps nobody else waiting");
	if (ended != other) {
		kill(other, SIGKILL);
		waitpid(other, NULL, 0);
	}
	kill(keeper, SIGKILL);
	waitpid(keeper, NULL, 0);
	good = read(to[0], &byte, 1) == 1 && byte == ENODEV;
	xt_result(good, "and what he opens is not KVM's: %s", xt_errno_name(byte));
	return xt_done();
}
