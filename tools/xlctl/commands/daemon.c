// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl daemon: the stock XenStore daemon.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/diag.h"
#include "common/msg.h"
#include "module/device.h"
#include "module/dom.h"
#include "store/consoled.h"
#include "store/daemon.h"
#include "store/store.h"

static int status(void)
{
	char link[64], program[4096];
	ssize_t length = -1;
	pid_t pid = 0;
	int error = daemon_connects(&pid);

	if (error == -ENOENT || error == -ECONNREFUSED) {
		printf("xenstored: not running\n");
		return STATUS_FAILED;
	}
	if (error) {
		msg_error("the socket of the XenStore daemon: %s", strerror(-error));
		return STATUS_FAILED;
	}
	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	if (pid > 0)
		length = readlink(link, program, sizeof(program) - 1);
	if (length > 0) {
		program[length] = '\0';
		printf("xenstored: running, process %d, %s\n", (int)pid, program);
	} else {
		printf("xenstored: running\n");
	}
	if (consoled_pid())
		printf(CONSOLED ": running, process %d\n", (int)consoled_pid());
	return STATUS_OK;
}

static int start_consoled(void)
{
	if (daemon_connects(NULL)) {
		msg_error("daemon: " CONSOLED " needs XenStore, of which no daemon answers");
		return STATUS_FAILED;
	}
	return consoled_start() ? STATUS_FAILED : STATUS_OK;
}

static int start(const char *name)
{
	int error;

	if (!strcmp(name, CONSOLED))
		return start_consoled();

	if (!daemon_host_ready()) {
		msg_error("daemon: there is no Dom0 for it: the module is not loaded, or with dom0=0");
		return STATUS_FAILED;
	}
	error = daemon_start(name);
	if (error == -ENOENT)
		msg_error("daemon: no %s is installed; it is in Debian's package " DAEMON_PACKAGE,
			  name);
	else if (error < 0)
		msg_error("daemon: %s", strerror(-error));
	if (!error)
		error = store_introduce_host();
	return error ? STATUS_FAILED : STATUS_OK;
}

/* How many domains would lose their store. */
static size_t served(void)
{
	struct xlhv_dom_info *domains = NULL;
	int device = device_open(NULL);
	size_t count = 0, nr = 0;

	if (device >= 0)
		domains = dom_list(device, &count);
	for (size_t i = 0; i < count; i++)
		nr += store_knows(domains[i].domid) > 0;
	free(domains);
	if (device >= 0)
		close(device);
	return nr;
}

static int stop(bool force)
{
	size_t nr = force ? 0 : served();
	int result;

	if (nr) {
		msg_error("daemon: %zu domain%s would lose XenStore for good; -f stops it all the same",
			  nr, nr > 1 ? "s" : "");
		return STATUS_FAILED;
	}
	/* It has no use without the other. */
	if (consoled_stop())
		return STATUS_FAILED;
	result = daemon_stop();
	return result < 0 ? STATUS_FAILED : STATUS_OK;
}

int cmd_daemon(int argc, char **argv)
{
	bool force = false;
	int option;

	while ((option = getopt_long(argc, argv, ":f", (struct option[]){ { 0 } }, NULL)) != -1) {
		if (option != 'f')
			return cmd_bad_option(argv, option);
		force = true;
	}
	argv += optind - 1;
	argc -= optind - 1;
	argv[0] = (char *)"daemon";
	if (argc < 2)
		return cmd_bad_usage(argv, "expected status, start or stop");
	if (!strcmp(argv[1], "start")) {
		if (argc > 3 || (argc == 3 && strcmp(argv[2], DAEMON_DEFAULT) &&
				 strcmp(argv[2], DAEMON_OTHER) &&
				 strcmp(argv[2], CONSOLED)))
			return cmd_bad_usage(argv, "start takes " DAEMON_DEFAULT ", "
					     DAEMON_OTHER " or " CONSOLED);
		return start(argc == 3 ? argv[2] : DAEMON_DEFAULT);
	}
	if (argc > 2)
		return cmd_bad_usage(argv, "unexpected argument '%s'", argv[2]);
	if (!strcmp(argv[1], "status"))
		return status();
	if (!strcmp(argv[1], "stop"))
		return stop(force);
	return cmd_bad_usage(argv, "expected status, start or stop, not '%s'", argv[1]);
}
