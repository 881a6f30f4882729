// SPDX-License-Identifier: GPL-2.0-only
/* Who hears the events of netlink. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/control.h"
#include "nl.h"
#include "xt.h"

/* Exit status of a child in another skin. */
static int as(int (*what)(int arg), int arg, int flags, bool nobody, bool no_admin)
{
	pid_t child = fork();
	int status;

	if (!child) {
		if (flags && unshare(flags))
			_exit(98);
		if (nobody && (setgid(65534) || setuid(65534)))
			_exit(97);
		if (no_admin)
			drop_admin();
		_exit(what(arg));
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int join_by_option(int group)
{
	int fd;

	return nl_join(group, false, &fd);
}

static int join_by_bind(int group)
{
	int fd;

	return nl_join(group, true, &fd);
}

/* Joins if it can, and tells whether it hears of a change that the parent makes. */
static int join_and_hear(int group, int from_parent, int to_parent)
{
	int fd = -1, err = nl_join(group, false, &fd);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;

	if (write(to_parent, "r", 1) != 1 || read(from_parent, &c, 1) != 1)
		return 96;
	if (err)
		return 0;
	return poll(&p, 1, 200) == 1 ? 95 : 0;
}

void netlink(void)
{
	int group = nl_group(), listener, dom, status;
	struct nl_event event;
	bool good;

	listener = nl_listen();
	dom = create("told");
	good = nl_next(listener, &event) && event.event == XLHV_EVENT_CREATED;
	xt_result(good, "netlink: root hears");

	good = as(join_by_option, group, 0, false, false) == 0;
	good &= as(join_by_option, group, 0, true, false) == EPERM;
	good &= as(join_by_option, group, 0, false, true) == EPERM;
	xt_result(good, "netlink: nobody else joins");
	if (group <= 32) {
		good = as(join_by_bind, group, 0, false, false) == 0;
		good &= as(join_by_bind, group, 0, true, false) == EPERM;
		xt_result(good, "netlink: nor by bind()");
	} else {
		xt_skip("the group's number is too high", "netlink: nor by bind()");
	}

	for (int user = 0; user < 2; user++) {
		int to_child[2], to_parent[2];
		pid_t child;
		char c;

		if (user && access("/proc/self/ns/user", F_OK)) {
			xt_skip("this kernel has no user namespaces",
				"netlink: nothing is heard in another namespace (net and user)");
			break;
		}
		if (pipe(to_child) || pipe(to_parent))
			xt_die("pipe: %s", xt_errno_name(errno));
		child = fork();
		if (!child) {
			if (unshare(CLONE_NEWNET | (user ? CLONE_NEWUSER : 0)))
				_exit(98);
			_exit(join_and_hear(group, to_child[0], to_parent[1]));
		}
		close(to_parent[1]);
		if (read(to_parent[0], &c, 1) != 1)
			xt_note("no word of the child");
		close(create("told too"));
		if (write(to_child[1], "g", 1) != 1)
			xt_note("no word to the child");
		waitpid(child, &status, 0);
		good = WIFEXITED(status) && !WEXITSTATUS(status);
		if (!good)
			xt_note("status %#x", status);
		xt_result(good, "netlink: nothing is heard in another namespace (%s)",
			  user ? "net and user" : "net");
		close(to_child[0]);
		close(to_child[1]);
		close(to_parent[0]);
	}
	close(listener);
	close(dom);
}
