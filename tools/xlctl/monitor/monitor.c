// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process that stays when a domain was created: it waits for the domain to
 * power off, reboot or crash and then destroys, restarts or keeps it. It holds
 * nothing but the domain's descriptor, and a domain does without it: nothing
 * follows its end then.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include <xen/xen.h>
#include <xen/sched.h>

#include "builder/make_domain.h"
#include "common/msg.h"
#include "common/privs.h"
#include "host/cpu_share.h"
#include "module/device.h"
#include "module/dom.h"
#include "monitor/monitor.h"

/*
 * What starting a domain again takes: images and configurations of others are
 * read, the process that parses them becomes nobody and may have to be killed,
 * and vCPUs are placed. Nothing else is root's business here.
 */
#define KEPT_CAPABILITIES	(PRIVS_CAP(CAP_DAC_OVERRIDE) | PRIVS_CAP(CAP_DAC_READ_SEARCH) | \
				 PRIVS_CAP(CAP_SETUID) | PRIVS_CAP(CAP_SETGID) | \
				 PRIVS_CAP(CAP_KILL) | PRIVS_CAP(CAP_SYS_NICE))

/* A domain that crashes at once must not keep the host busy with restarts. */
#define LEAST_LIFE_NS	2000000000ULL

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/*
 * Waits for a change. Returns false when the domain is gone. The state is asked
 * for before every wait: what changed since then ends it at once.
 */
static bool wait_for_end(int domain, struct xlhv_dom_info *info)
{
	struct pollfd wait = { .fd = domain, .events = POLLPRI };

	for (;;) {
		if (dom_info(domain, info))
			return false;
		if (info->flags & XLHV_DOM_DYING)
			return false;
		if (info->flags & XLHV_DOM_SHUTDOWN)
			return true;
		if (poll(&wait, 1, -1) < 0 && errno != EINTR) {
			msg_error("waiting failed: %s", strerror(errno));
			return false;
		}
		if (wait.revents & (POLLHUP | POLLNVAL))
			return false;
	}
}

static uint32_t action_for(uint32_t reason, const struct domain_config *config)
{
	switch (reason) {
	case SHUTDOWN_poweroff:
		return config->on[DOMAIN_ON_POWEROFF];
	case SHUTDOWN_reboot:
		return config->on[DOMAIN_ON_REBOOT];
	case SHUTDOWN_crash:
		return config->on[DOMAIN_ON_CRASH];
	case SHUTDOWN_watchdog:
		return config->on[DOMAIN_ON_WATCHDOG];
	case SHUTDOWN_soft_reset:
		return config->on[DOMAIN_ON_SOFT_RESET];
	case SHUTDOWN_suspend:
		return DOMAIN_ACTION_PRESERVE;
	default:
		return DOMAIN_ACTION_DESTROY;
	}
}

/* Gives the old domain a name of its own, as xl does it. */
static int move_aside(int domain, const struct xlhv_dom_info *info)
{
	struct xlhv_rename arg = { .flags = XLHV_RENAME_UUID };
	time_t now = time(NULL);
	char suffix[32];
	struct tm utc;

	if (!gmtime_r(&now, &utc) ||
	    !strftime(suffix, sizeof(suffix), "-%Y%m%dT%H%MZ", &utc))
		suffix[0] = '\0';
	snprintf(arg.name, sizeof(arg.name), "%.*s%s",
		 (int)(sizeof(arg.name) - 1 - strlen(suffix)), info->name, suffix);
	uuid_generate(arg.uuid);
	if (ioctl(domain, XLHV_DOM_RENAME, &arg))
		return dom_report(domain, errno, "domain %u cannot be renamed", info->domid);
	msg_note("domain %u is kept as '%s'", info->domid, arg.name);
	return 0;
}

/* The name that a user may have given it meanwhile. */
static void follow_name(struct domain_config *config, const struct xlhv_dom_info *info)
{
	if (!strcmp(config->name, info->name))
		return;
	free(config->name);
	config->name = msg_text("%s", info->name);
}

/* The number of vCPUs that vcpu-set may have left for the next start. */
static void follow_vcpus(struct domain_config *config, int domain)
{
	unsigned int nr = dom_vcpus_kept(domain);

	if (nr && nr <= config->max_vcpus)
		config->vcpus = nr;
}

static void emit(void *ctx, enum diag_level level, const char *text)
{
	(void)ctx;
	if (level == DIAG_WARNING)
		msg_note("%s", text);
	else
		msg_error("%s", text);
}

/* Returns the descriptor of the new domain, or -1. */
static int make_again(struct domain_config *config, uint64_t started)
{
	struct diag diag = { .emit = emit };
	uint64_t lived = now_ns() - started;
	int device, domain = -1;
	uint32_t domid;

	if (lived < LEAST_LIFE_NS) {
		struct timespec rest = { .tv_nsec = (long)((LEAST_LIFE_NS - lived) % 1000000000),
					 .tv_sec = (time_t)((LEAST_LIFE_NS - lived) / 1000000000) };

		nanosleep(&rest, NULL);
	}
	device = device_open(NULL);
	if (device >= 0) {
		domain = make_domain(device, config, &diag, &domid);
		close(device);
	}
	malloc_trim(0);
	if (domain < 0) {
		msg_error("the domain could not be made again");
		return -1;
	}
	if (ioctl(domain, XLHV_DOM_UNPAUSE)) {
		dom_report(domain, errno, "domain %u cannot be started", domid);
		close(domain);
		return -1;
	}
	msg_note("started again as domain %u", domid);
	return domain;
}

static int destroy(int domain, uint32_t domid)
{
	if (ioctl(domain, XLHV_DOM_DESTROY) && errno != ESRCH)
		return dom_report(domain, errno, "domain %u cannot be destroyed", domid);
	cpu_share_sweep(domid);
	return 0;
}

/* Whether any end of the domain has it started again. */
static bool starts_again(const struct domain_config *config)
{
	for (unsigned int i = 0; i < DOMAIN_NR_EVENTS; i++)
		if (config->on[i] == DOMAIN_ACTION_RESTART ||
		    config->on[i] == DOMAIN_ACTION_RENAME_RESTART)
			return true;
	return false;
}

int monitor_run(int domain, struct domain_config *config)
{
	struct xlhv_dom_info info;
	uint32_t action, domid = 0;
	int error = privs_keep(starts_again(config) ? KEPT_CAPABILITIES : 0);

	/* It does its work with them, too. */
	if (error)
		msg_warning("monitor: privileges that it does not need are left: %s",
			    strerror(-error));

	for (;;) {
		/* Told here, for when it is gone. */
		if (!dom_info(domain, &info))
			domid = info.domid;
		if (!wait_for_end(domain, &info)) {
			msg_note("the domain is gone");
			cpu_share_sweep(domid);
			break;
		}
		action = action_for(info.shutdown_reason, config);
		msg_note("domain %u has shut down (%s): %s", info.domid,
			 dom_shutdown_name(info.shutdown_reason), domain_action_name(action));
		follow_name(config, &info);
		follow_vcpus(config, domain);
		if (action == DOMAIN_ACTION_PRESERVE)
			break;
		if (action == DOMAIN_ACTION_RENAME_RESTART) {
			if (move_aside(domain, &info))
				break;
		} else if (destroy(domain, info.domid)) {
			break;
		}
		if (action == DOMAIN_ACTION_DESTROY)
			break;
		close(domain);
		domain = make_again(config, info.created_ns);
		if (domain < 0)
			return STATUS_FAILED;
	}
	close(domain);
	return STATUS_OK;
}

/* The rest of the way to a daemon: no terminal, no folder, no parent's files. */
static void detach(int ready, const struct domain_config *config)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char *who = msg_text("%s", config->name);

	setsid();
	if (chdir("/"))
		/* Then it keeps its folder busy, no more. */
		errno = 0;
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	prctl(PR_SET_NAME, "xlctl-monitor");
	msg_to_syslog(who);
	free(who);
	/* Memory of the building, which is over. */
	malloc_trim(0);
	/* Now nothing that happens to the terminal reaches it. */
	if (write(ready, "", 1) != 1)
		_exit(STATUS_FAILED);
	close(ready);
}

int monitor_fork(int domain, struct domain_config *config)
{
	int ready[2];
	pid_t child;
	char byte;
	int got;

	if (pipe2(ready, O_CLOEXEC)) {
		msg_error("monitor: %s", strerror(errno));
		return -1;
	}
	fflush(stdout);
	child = fork();
	if (child < 0) {
		msg_error("monitor: %s", strerror(errno));
		close(ready[0]);
		close(ready[1]);
		return -1;
	}
	if (!child) {
		close(ready[0]);
		/* Twice, so that it is nobody's child. */
		child = fork();
		if (child)
			_exit(child < 0 ? STATUS_FAILED : STATUS_OK);
		detach(ready[1], config);
		_exit(monitor_run(domain, config));
	}
	close(ready[1]);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	do
		got = (int)read(ready[0], &byte, 1);
	while (got < 0 && errno == EINTR);
	close(ready[0]);
	if (got == 1)
		return 0;
	msg_error("monitor: it could not be started");
	return -1;
}
