// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process that stays when a domain was created: it waits for the domain to
 * power off, reboot or crash and then destroys, restarts or keeps it, and talks with its
 * frontends meanwhile (device/xenbus.h). It holds nothing but the domain's descriptor and a
 * connection to XenStore, and a domain does without it: nothing follows its end then, and no
 * device comes or goes.
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
#include "device/next_life.h"
#include "device/xenbus.h"
#include "host/cpu_share.h"
#include "module/core_dump.h"
#include "module/device.h"
#include "module/dom.h"
#include "module/ended.h"
#include "monitor/contact.h"
#include "monitor/saved_config.h"
#include "monitor/kinds.h"
#include "monitor/monitor.h"
#include "store/store.h"
#include "vfr/apply.h"

/*
 * What starting a domain again takes: images and configurations of others are
 * read, the process that parses them becomes nobody and may have to be killed,
 * vCPUs are placed, and network devices are made. Nothing else is root's business here.
 */
#define KEPT_CAPABILITIES	(PRIVS_CAP(CAP_DAC_OVERRIDE) | PRIVS_CAP(CAP_DAC_READ_SEARCH) | \
				 PRIVS_CAP(CAP_SETUID) | PRIVS_CAP(CAP_SETGID) | \
				 PRIVS_CAP(CAP_KILL) | PRIVS_CAP(CAP_SYS_NICE) | \
				 PRIVS_CAP(CAP_NET_ADMIN))

/* A domain that ends at once must not keep the host busy with restarts ... */
#define LEAST_LIFE_NS	2000000000ULL

/* ... nor be restarted for ever: after so many short lives in a row that is over. */
#define SHORT_LIFE_NS	10000000000ULL
#define SHORT_LIVES	5

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

enum ending {
	END_SHUT_DOWN,
	END_GONE,
	END_ASKED,		/* somebody wants the domain destroyed and not restarted */
	END_LEFT,		/* somebody else looks after it from now on */
};

/*
 * Waits for a change. The state is asked for before every wait: what changed
 * since then ends it at once.
 */
static enum ending wait_with(int domain, struct xlhv_dom_info *info, struct contact *contact,
			     struct device_server **devices)
{
	enum contact_wish wish;

	for (;;) {
		/* First: what rests has one, and what does not any more has descriptors. */
		int timeout = device_serve_timeout(*devices);
		struct pollfd wait[] = {
			{ .fd = domain, .events = POLLPRI },
			{ .fd = contact->socket, .events = POLLIN },
			{ .fd = device_serve_fd(*devices), .events = POLLIN },
			{ .fd = device_serve_end_fd(*devices) },
		};
		struct xlhv_dom_info now;

		/* What was known last says what is left of it. */
		if (dom_info(domain, &now))
			return END_GONE;
		*info = now;
		if (info->flags & XLHV_DOM_DYING)
			return END_GONE;
		contact_follow(contact, info->name);
		wish = contact_asked(contact);
		if (wish)
			return wish == CONTACT_END ? END_ASKED : END_LEFT;
		if (info->flags & XLHV_DOM_SHUTDOWN)
			return END_SHUT_DOWN;
		wait[1].fd = contact->socket;
		if (poll(wait, 4, timeout) < 0 && errno != EINTR) {
			msg_error("waiting failed: %s", strerror(errno));
			return END_GONE;
		}
		if (wait[0].revents & (POLLHUP | POLLNVAL))
			return END_GONE;
		if (device_serve(*devices)) {
			device_serve_close(*devices);
			*devices = NULL;
		}
	}
}

static bool has_devices(const struct domain_config *config)
{
	for (unsigned int i = 0; i < monitor_kinds.nr; i++)
		if (monitor_kinds.kinds[i]->count(config))
			return true;
	return false;
}

static enum ending wait_for_end(int domain, struct xlhv_dom_info *info, struct contact *contact,
				const struct domain_config *config)
{
	bool there = !dom_info(domain, info);
	struct device_server *devices = NULL;
	enum ending ending;

	if (there)
		devices = device_serve_open(domain, info->domid, &monitor_kinds);
	/* Of a daemon that is gone: the next one will not know of the domain. */
	if (there && !devices && has_devices(config))
		msg_note("domain %u: no XenStore knows it: its devices stay as they are",
			 info->domid);
	ending = wait_with(domain, info, contact, &devices);
	device_serve_close(devices);
	return ending;
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

/* Gives the old domain a name of its own: as xl does it, or with seconds if that is taken. */
static int move_aside(int domain, const struct xlhv_dom_info *info)
{
	struct xlhv_rename arg = { .flags = XLHV_RENAME_UUID };
	time_t now = time(NULL);
	char suffix[32];
	struct tm utc;

	uuid_generate(arg.uuid);
	if (!gmtime_r(&now, &utc))
		memset(&utc, 0, sizeof(utc));
	for (int tries = 0; tries < 2; tries++) {
		if (!tries)
			strftime(suffix, sizeof(suffix), "-%Y%m%dT%H%MZ", &utc);
		else
			strftime(suffix, sizeof(suffix), "-%Y%m%dT%H%M%SZ", &utc);
		snprintf(arg.name, sizeof(arg.name), "%.*s%s",
			 (int)(sizeof(arg.name) - 1 - strlen(suffix)), info->name, suffix);
		if (!ioctl(domain, XLHV_DOM_RENAME, &arg)) {
			store_rename(info->domid, arg.name, info->uuid, arg.uuid);
			msg_note("domain %u is kept as '%s'", info->domid, arg.name);
			return 0;
		}
		if (errno != EEXIST)
			break;
	}
	return dom_report(domain, errno, "domain %u cannot be renamed", info->domid);
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

/* The memory that mem-set may have left for the next start. */
static void follow_memory(struct domain_config *config, int domain)
{
	uint64_t kib = dom_memory_kept(domain);
	uint32_t mib = (uint32_t)((kib + 1023) >> 10);

	if (kib && kib <= (uint64_t)config->maxmem_mib << 10)
		config->memory_mib = mib;
}

/* Returns the descriptor of the new domain, or -1. */
static int make_again(struct domain_config *config)
{
	struct diag diag = { .emit = emit };
	int device, domain = -1;
	uint32_t domid;

	device = device_open(NULL);
	if (device >= 0) {
		domain = make_domain(device, config, &diag, &domid);
		/* A guest gives more than its kernel needs at a start. */
		if (domain < 0 && config->memory_mib < config->maxmem_mib) {
			msg_note("trying again with %u MiB (maxmem)", config->maxmem_mib);
			config->memory_mib = config->maxmem_mib;
			domain = make_domain(device, config, &diag, &domid);
		}
		close(device);
	}
	malloc_trim(0);
	if (domain < 0) {
		msg_error("the domain could not be created again");
		return -1;
	}
	if (ioctl(domain, XLHV_DOM_UNPAUSE)) {
		dom_report(domain, errno, "domain %u cannot be started", domid);
		close(domain);
		return -1;
	}
	kept_write(domid, config);
	msg_note("restarted as domain %u", domid);
	return domain;
}

/* What is left of a domain when it is gone. */
static void sweep(const struct xlhv_dom_info *info)
{
	cpu_share_sweep(info->domid);
	if (!info->domid)
		return;
	store_remove(info->domid, info->uuid);
	vfr_detach_all(info->domid);
	kept_forget(info->domid);
}

static int destroy(int domain, const struct xlhv_dom_info *info)
{
	if (ioctl(domain, XLHV_DOM_DESTROY) && errno != ESRCH)
		return dom_report(domain, errno, "domain %u cannot be destroyed", info->domid);
	sweep(info);
	return 0;
}

static bool is_restart(uint32_t action)
{
	return action == DOMAIN_ACTION_RESTART || action == DOMAIN_ACTION_RENAME_RESTART ||
	       action == DOMAIN_ACTION_COREDUMP_RESTART;
}

/* What is done in place of a restart: what the next life would replace stays as it is. */
static uint32_t without_restart(uint32_t action)
{
	switch (action) {
	case DOMAIN_ACTION_RESTART:
		return DOMAIN_ACTION_DESTROY;
	case DOMAIN_ACTION_COREDUMP_RESTART:
		return DOMAIN_ACTION_COREDUMP_DESTROY;
	default:
		return DOMAIN_ACTION_PRESERVE;
	}
}

/* Whether any end of the domain has it started again. */
static bool starts_again(const struct domain_config *config)
{
	for (unsigned int i = 0; i < DOMAIN_NR_EVENTS; i++)
		if (is_restart(config->on[i]))
			return true;
	return false;
}

/* What the log of the domain ends with, and the monitor says. */
static char *describe_end(const struct xlhv_dom_info *info, uint32_t action)
{
	char when[32] = "";
	time_t now = time(NULL);
	struct tm local;

	if (localtime_r(&now, &local))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S ", &local);
	return msg_text("%sdomain %u has shut down (%s): %s", when, info->domid,
			dom_shutdown_name(info->shutdown_reason), domain_action_name(action));
}

/*
 * Does what the configuration says about an end. Returns true if the domain is
 * to be made again; it is gone or has another name then.
 */
static bool follow_end(int domain, const struct xlhv_dom_info *info, struct domain_config *config,
		       unsigned int short_lives)
{
	uint32_t action = action_for(info->shutdown_reason, config);
	bool again = is_restart(action);
	char *how;

	follow_name(config, info);
	follow_vcpus(config, domain);
	follow_memory(config, domain);
	if (again)
		device_follow(info->domid, &monitor_kinds, config);
	if (again && short_lives >= SHORT_LIVES) {
		action = without_restart(action);
		again = false;
		msg_error("domain '%s' has ended %u times in a row within %llu s of its start: it is not restarted any more",
			  info->name, short_lives, SHORT_LIFE_NS / 1000000000);
	}
	how = describe_end(info, action);
	msg_note("%s", how);
	if (action != DOMAIN_ACTION_PRESERVE)
		ended_keep(domain, info, how);
	free(how);
	/* As xl, it goes on without one that could not be written. */
	if ((action == DOMAIN_ACTION_COREDUMP_DESTROY ||
	     action == DOMAIN_ACTION_COREDUMP_RESTART) && !core_keep(domain, info))
		msg_note("its core is in " CORE_FOLDER "/%s", info->name);
	if (action == DOMAIN_ACTION_RENAME_RESTART)
		return !move_aside(domain, info);
	if (action != DOMAIN_ACTION_PRESERVE)
		again = !destroy(domain, info) && again;
	return again;
}

static void end_on_request(int domain, const struct xlhv_dom_info *info)
{
	msg_note("domain %u is destroyed on request", info->domid);
	destroy(domain, info);
}

static int begin(struct contact *contact, const struct domain_config *config)
{
	int error = contact_open(contact, config->name);

	if (error)
		msg_error("monitor: domain '%s' already has one", config->name);
	return error;
}

static int run(int domain, struct domain_config *config, struct contact *contact)
{
	unsigned int short_lives = 0;
	struct xlhv_dom_info info = { .domid = 0 };
	enum contact_wish wish;
	int error, status = STATUS_OK;

	error = privs_keep(starts_again(config) ? KEPT_CAPABILITIES : 0);
	/* It does its work with them, too. */
	if (error)
		msg_warning("monitor: unneeded privileges could not be dropped: %s",
			    strerror(-error));

	while (domain >= 0) {
		enum ending ending = wait_for_end(domain, &info, contact, config);
		uint64_t lived = now_ns() - info.created_ns;

		if (ending == END_GONE) {
			msg_note("the domain is gone");
			sweep(&info);
			break;
		}
		if (ending == END_ASKED) {
			end_on_request(domain, &info);
			break;
		}
		if (ending == END_LEFT) {
			msg_note("the monitor leaves on request");
			break;
		}
		short_lives = lived < SHORT_LIFE_NS ? short_lives + 1 : 0;
		if (!follow_end(domain, &info, config, short_lives))
			break;
		close(domain);
		domain = -1;
		if (lived < LEAST_LIFE_NS)
			contact_rest(contact, LEAST_LIFE_NS - lived);
		wish = contact_asked(contact);
		if (wish == CONTACT_END) {
			msg_note("the domain is not restarted: it was destroyed on request");
			break;
		}
		domain = make_again(config);
		if (domain < 0)
			status = STATUS_FAILED;
		else if (wish == CONTACT_LEAVE)
			break;
	}
	if (domain >= 0)
		close(domain);
	contact_close(contact);
	return status;
}

int monitor_run(int domain, struct domain_config *config)
{
	struct contact contact;

	if (!begin(&contact, config))
		return run(domain, config, &contact);
	close(domain);
	return STATUS_FAILED;
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
	if (write(ready, "+", 1) != 1)
		_exit(STATUS_FAILED);
	close(ready);
}

int monitor_fork(int domain, struct domain_config *config, int lock)
{
	struct contact contact;
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
		if (lock >= 0)
			close(lock);
		if (begin(&contact, config)) {
			if (write(ready[1], "!", 1) != 1)
				msg_error("monitor: %s", strerror(errno));
			_exit(STATUS_FAILED);
		}
		detach(ready[1], config);
		_exit(run(domain, config, &contact));
	}
	close(ready[1]);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	do
		got = (int)read(ready[0], &byte, 1);
	while (got < 0 && errno == EINTR);
	close(ready[0]);
	/* What was wrong has been said. */
	if (got == 1)
		return byte == '!' ? -1 : 0;
	msg_error("the monitor could not be started");
	return -1;
}
