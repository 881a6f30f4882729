// SPDX-License-Identifier: GPL-2.0-only
/* Out of a login session, by a word with systemd; see leave_session.h. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/store_root.h"
#include "monitor/leave_session.h"

#define BUSCTL		"/usr/bin/busctl"
#define SLICE		"xlhv.slice"

/* What systemd calls the group of a login. */
#define LOGIN_PREFIX	"session-"
#define LOGIN_SUFFIX	".scope"

/* systemd has answered: how long it may take to do it, and how often that is looked at. */
#define PATIENCE_MS	5000
#define LOOK_EVERY_MS	20

/* Whether a path of a control group is that of a login, or below it. */
static bool is_login(const char *path)
{
	const char *part = path, *end;

	while (*part) {
		part += *part == '/';
		end = part + strcspn(part, "/\n");
		if ((size_t)(end - part) > strlen(LOGIN_PREFIX LOGIN_SUFFIX) &&
		    !strncmp(part, LOGIN_PREFIX, strlen(LOGIN_PREFIX)) &&
		    !strncmp(end - strlen(LOGIN_SUFFIX), LOGIN_SUFFIX, strlen(LOGIN_SUFFIX)))
			return true;
		part = *end == '/' ? end : "";
	}
	return false;
}

/* The hierarchy of cgroup v2 has no name, and a mixed one of v1 has systemd's. */
static bool in_login(void)
{
	char *path = msg_text("%s/proc/self/cgroup", store_root()), *line = NULL;
	FILE *groups = fopen(path, "re");
	bool found = false;
	size_t size = 0;

	while (groups && !found && getline(&line, &size, groups) > 0) {
		const char *controllers = strchr(line, ':');
		const char *where = controllers ? strchr(controllers + 1, ':') : NULL;

		if (where && (where == controllers + 1 ||
			      !strncmp(controllers, ":name=systemd:", strlen(":name=systemd:"))))
			found = is_login(where + 1);
	}
	if (groups)
		fclose(groups);
	free(line);
	free(path);
	return found;
}

static bool runs_systemd(void)
{
	char *path = msg_text("%s/run/systemd/system", store_root());
	bool found = !access(path, F_OK);

	free(path);
	return found;
}

static bool lingers(uid_t uid)
{
	struct passwd *user = getpwuid(uid);
	bool found = false;
	char *path;

	if (user && !strchr(user->pw_name, '/')) {
		path = msg_text("%s/var/lib/systemd/linger/%s", store_root(), user->pw_name);
		found = !access(path, F_OK);
		free(path);
	}
	return found;
}

/* In the child: becomes the program that asks systemd to put @pid into a new scope. */
__attribute__((noreturn)) static void ask(pid_t pid, const char *domain)
{
	char *program = msg_text("%s" BUSCTL, store_root());
	char *unit = msg_text("xlhv-%d-%lld.scope", (int)pid, (long long)time(NULL));
	char *number = msg_text("%d", (int)pid);
	char *description = msg_text("xlhv domain %s", domain);
	char *runtime = msg_text("XDG_RUNTIME_DIR=/run/user/%u", (unsigned int)geteuid());
	char *const argv[] = {
		(char *)"busctl", (char *)(geteuid() ? "--user" : "--system"),
		(char *)"--timeout=5", (char *)"call", (char *)"org.freedesktop.systemd1",
		(char *)"/org/freedesktop/systemd1", (char *)"org.freedesktop.systemd1.Manager",
		(char *)"StartTransientUnit", (char *)"ssa(sv)a(sa(sv))", unit, (char *)"fail",
		(char *)"4", (char *)"PIDs", (char *)"au", (char *)"1", number, (char *)"Slice",
		(char *)"s", (char *)SLICE, (char *)"Description", (char *)"s", description,
		(char *)"CollectMode", (char *)"s", (char *)"inactive-or-failed", (char *)"0", NULL,
	};
	char *const environment[] = { runtime, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		dup2(null, fd);
	execve(program, argv, environment);
	_exit(127);
}

/* Return: NULL, or why not. */
static const char *leave(const char *domain)
{
	pid_t self = getpid(), child;
	int status;

	fflush(NULL);
	child = fork();
	if (!child)
		ask(self, domain);
	if (child < 0)
		return strerror(errno);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return strerror(errno);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return "there is no " BUSCTL;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return "systemd refused to make a scope";
	for (int waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
		if (!in_login())
			return NULL;
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_EVERY_MS * 1000000L }, NULL);
	}
	return "systemd did not move it in time";
}

void session_leave(const char *domain, struct diag *diag)
{
	const char *why;

	if (!in_login() || !runs_systemd() || (geteuid() && !lingers(geteuid())))
		return;
	why = leave(domain);
	if (why)
		diag_warning(diag, "warning: domain '%s' belongs to this login session and may end with it: %s",
			     domain, why);
}
