// SPDX-License-Identifier: GPL-2.0-only
/* The server of addresses for a bridge; see dnsmasq.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/run_dir.h"
#include "net/dnsmasq.h"

#define PROGRAM		"/usr/sbin/dnsmasq"
#define FOLDER		"network"

/* How long it may take to end, and how often it is looked. */
#define PATIENCE_MS	10000
#define LOOK_EVERY_MS	10

/* A guest with many addresses is not to fill the host's memory with what it was lent. */
#define MAX_LEASES	1000U

static char *folder_path(void)
{
	return msg_text("%s/" FOLDER, run_dir());
}

static char *file_path(const char *folder, const char *bridge, const char *suffix)
{
	return msg_text("%s/%s.%s", folder, bridge, suffix);
}

static char *range4(const struct subnet *v4)
{
	char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN];
	uint32_t first, last;

	subnet_range4(v4, &first, &last);
	if (last - first >= MAX_LEASES)
		last = first + MAX_LEASES - 1;
	first = htonl(first);
	last = htonl(last);
	inet_ntop(AF_INET, &first, from, sizeof(from));
	inet_ntop(AF_INET, &last, to, sizeof(to));
	return msg_text("--dhcp-range=%s,%s,12h", from, to);
}

/* Guests make the lower half of their addresses themselves. */
static char *range6(const struct subnet *v6)
{
	char prefix[SUBNET_TEXT];

	*strchr(subnet_prefix_text(v6, prefix), '/') = '\0';
	return msg_text("--dhcp-range=%s,ra-stateless,64,12h", prefix);
}

int dnsmasq_arguments(const struct dnsmasq_net *net, const char *folder, const char *user,
		      char *argv[DNSMASQ_ARGUMENTS])
{
	static const char *const fixed[] = {
		/* What the host's own configuration says is for another one. */
		"--conf-file=",
		"--bind-dynamic", "--except-interface=lo",
		"--dhcp-authoritative", "--domain-needed", "--bogus-priv",
		/* What a guest calls itself is no name that others are told. */
		"--dhcp-ignore-names",
		/* Guests decide how much they ask: it does not go to the host's log. */
		"--quiet-dhcp", "--quiet-dhcp6", "--quiet-ra",
	};
	int argc = 0;

	argv[argc++] = (char *)PROGRAM;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		argv[argc++] = msg_text("%s", fixed[i]);
	argv[argc++] = msg_text("--user=%s", user);
	argv[argc++] = msg_text("--interface=%s", net->bridge);
	argv[argc++] = msg_text("--pid-file=%s/%s.pid", folder, net->bridge);
	argv[argc++] = msg_text("--dhcp-leasefile=%s/%s.leases", folder, net->bridge);
	argv[argc++] = msg_text("--dhcp-lease-max=%u", MAX_LEASES);
	argv[argc++] = range4(net->v4);
	if (net->v6->family) {
		argv[argc++] = msg_text("--enable-ra");
		argv[argc++] = range6(net->v6);
	}
	argv[argc] = NULL;
	return argc;
}

/*
 * Members of the group can make files in the run directory, but not in a folder of root's there,
 * nor can they put another one in its place.  Return: whether it is one; else after a message.
 */
static bool make_folder(const char *who, const char *path)
{
	int error = run_dir_make();
	struct stat st;

	if (error || (mkdir(path, 0755) && errno != EEXIST)) {
		msg_error("%s: %s: %s", who, path, strerror(error ? -error : errno));
		return false;
	}
	if (lstat(path, &st) || !S_ISDIR(st.st_mode) || st.st_uid || (st.st_mode & 0022)) {
		msg_error("%s: %s is not a folder of root's alone", who, path);
		return false;
	}
	return true;
}

/* The file may be old, and the number another process's by now: its arguments tell. */
static bool serves(pid_t pid, const char *pid_file)
{
	char *path = msg_text("/proc/%d/cmdline", (int)pid), *want, line[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	bool found = false;
	const char *word;

	free(path);
	if (fd >= 0)
		close(fd);
	if (got <= 0)
		return false;
	line[got] = '\0';
	word = strrchr(line, '/');
	if (strcmp(word ? word + 1 : line, "dnsmasq"))
		return false;
	want = msg_text("--pid-file=%s", pid_file);
	for (word = line; word < line + got && !found; word += strlen(word) + 1)
		found = !strcmp(word, want);
	free(want);
	return found;
}

pid_t dnsmasq_process(const char *bridge)
{
	char *folder = folder_path(), *path = file_path(folder, bridge, "pid");
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	char text[16] = "";
	long pid;

	if (fd >= 0) {
		if (read(fd, text, sizeof(text) - 1) <= 0)
			*text = '\0';
		close(fd);
	}
	pid = strtol(text, NULL, 10);
	if (pid <= 1 || pid > INT32_MAX || !serves((pid_t)pid, path))
		pid = 0;
	free(path);
	free(folder);
	return (pid_t)pid;
}

/* The one that the package makes, which owns nothing else; or the one that everybody has. */
static const char *user(void)
{
	struct passwd entry, *found = NULL;
	char strings[1024];

	if (getpwnam_r("dnsmasq", &entry, strings, sizeof(strings), &found))
		found = NULL;
	return found ? "dnsmasq" : "nobody";
}

/* Who becomes the program; what it says before it leaves the terminal goes to @said. */
static void __attribute__((noreturn)) become(char **argv, int said)
{
	static char *const environment[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || chdir("/"))
		_exit(127);
	umask(022);
	dup2(null, STDIN_FILENO);
	dup2(said, STDOUT_FILENO);
	dup2(said, STDERR_FILENO);
	execve(argv[0], argv, environment);
	_exit(127);
}

/* Its last line, without its name before it. */
static char *last_line(char *text)
{
	char *line = text, *end = text + strlen(text), *name;

	while (end > text && end[-1] == '\n')
		*--end = '\0';
	if (strrchr(text, '\n'))
		line = strrchr(text, '\n') + 1;
	name = strstr(line, "dnsmasq: ");
	return name ? name + strlen("dnsmasq: ") : line;
}

/* It goes into the background by itself when it serves, and says why when it does not. */
static int run(const char *who, char **argv)
{
	int said = memfd_create("dnsmasq", MFD_CLOEXEC), status = 0;
	char text[2048] = "";
	ssize_t got;
	pid_t child;

	fflush(NULL);
	child = said < 0 ? -1 : fork();
	if (!child)
		become(argv, said);
	if (child < 0) {
		msg_error("%s: dnsmasq: %s", who, strerror(errno));
		if (said >= 0)
			close(said);
		return -1;
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	got = pread(said, text, sizeof(text) - 1, 0);
	text[got < 0 ? 0 : got] = '\0';
	close(said);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	msg_error("%s: dnsmasq does not start%s%s", who, *text ? ": " : "", last_line(text));
	return -1;
}

int dnsmasq_start(const char *who, const struct dnsmasq_net *net)
{
	char *folder, *argv[DNSMASQ_ARGUMENTS];
	int error = -1, argc;

	if (dnsmasq_process(net->bridge))
		return 0;
	if (access(PROGRAM, X_OK))
		return 1;
	folder = folder_path();
	if (make_folder(who, folder)) {
		argc = dnsmasq_arguments(net, folder, user(), argv);
		error = run(who, argv);
		for (int i = 1; i < argc; i++)
			free(argv[i]);
	}
	free(folder);
	return error;
}

static void forget(const char *bridge)
{
	static const char *const suffixes[] = { "pid", "leases" };
	char *folder = folder_path();

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char *path = file_path(folder, bridge, suffixes[i]);

		unlink(path);
		free(path);
	}
	free(folder);
}

int dnsmasq_stop(const char *who, const char *bridge)
{
	pid_t pid = dnsmasq_process(bridge);

	if (pid && kill(pid, SIGTERM) && errno != ESRCH) {
		msg_error("%s: dnsmasq (process %d): %s", who, (int)pid, strerror(errno));
		return -1;
	}
	for (long waited = 0; pid && !kill(pid, 0); waited += LOOK_EVERY_MS) {
		if (waited >= PATIENCE_MS) {
			msg_error("%s: dnsmasq (process %d) does not end", who, (int)pid);
			return -1;
		}
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_EVERY_MS * 1000000L }, NULL);
	}
	forget(bridge);
	return 0;
}
