// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl monitor, config-update: who does what follows a domain's end, and what that is.
 *
 * A configuration is the monitor's own from its start on. To give it another one means to
 * have it go and to start the next, in the name of who gives it.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "commands/cmd.h"
#include "commands/read_config.h"
#include "common/msg.h"
#include "common/run_dir.h"
#include "device/next_life.h"
#include "module/device.h"
#include "module/dom.h"
#include "monitor/contact.h"
#include "monitor/saved_config.h"
#include "monitor/monitor.h"
#include "monitor/leave_session.h"

/* What the host cannot be. */
#define ACTION	"given another configuration"

static void emit(void *ctx, enum diag_level level, const char *text)
{
	(void)ctx;
	(void)level;
	msg_error("%s", text);
}

/* A domain that is there.  Return: its descriptor, or -1 after a message. */
static int find(const char *who, const char *action, struct xlhv_dom_info *info)
{
	int device = device_open(NULL), domain;

	if (device < 0)
		return -1;
	domain = dom_open_guest(device, who, action);
	close(device);
	if (domain >= 0 && dom_info(domain, info)) {
		dom_report(domain, errno, "domain '%s'", who);
		close(domain);
		domain = -1;
	}
	return domain;
}

/* It is that domain, whatever the file calls it. */
static void adopt(struct domain_config *config, const struct xlhv_dom_info *info)
{
	free(config->name);
	config->name = msg_text("%s", info->name);
	memcpy(config->uuid, info->uuid, sizeof(config->uuid));
	domain_config_choose_macs(config);
}

static int read_kept(const struct xlhv_dom_info *info, struct domain_config *config)
{
	struct diag diag = { .emit = emit };
	int error = kept_read(info->domid, info->uuid, config, &diag);

	if (!error)
		return 0;
	if (error == -ENOENT)
		msg_error("monitor: no configuration of domain '%s' is saved; 'xlctl config-update %s FILE' provides one",
			  info->name, info->name);
	else if (error == -EACCES)
		msg_error("monitor: domain '%s' was made by another user", info->name);
	else
		msg_error("monitor: the configuration of domain '%s': %s", info->name,
			  strerror(-error));
	return -1;
}

int cmd_monitor(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "foreground", no_argument, NULL, 'F' },
		{ NULL, 0, NULL, 0 },
	};
	struct domain_config config = { 0 };
	struct diag diag = { .emit = emit };
	int option, domain, status = STATUS_FAILED;
	struct xlhv_dom_info info;
	bool foreground = false;

	while ((option = getopt_long(argc, argv, ":F", longs, NULL)) != -1) {
		if (option != 'F')
			return cmd_bad_option(argv, option);
		foreground = true;
	}
	if (argc - optind != 1)
		return cmd_bad_usage(argv, "expected a domain");
	domain = find(argv[optind], "monitored", &info);
	if (domain < 0)
		return STATUS_FAILED;
	if (contact_exists(info.name)) {
		msg_error("monitor: domain '%s' already has one", info.name);
	} else if (!read_kept(&info, &config)) {
		adopt(&config, &info);
		session_leave(info.name, &diag);
		if (foreground)
			status = monitor_run(domain, &config);
		else if (!monitor_fork(domain, &config, -1))
			status = STATUS_OK;
		if (foreground)
			domain = -1;
	}
	domain_config_free(&config);
	if (domain >= 0)
		close(domain);
	return status;
}

/* Two that give the same domain a configuration do it one after the other. */
#define LOCK		"updates.lock"

/* Longer than a monitor may take to leave. */
#define LOCK_SECONDS	40

static int lock_updates(void)
{
	int lock = run_dir_lock(LOCK, LOCK_SECONDS);

	if (lock < 0)
		msg_error("%s/" LOCK ": %s", run_dir(), strerror(-lock));
	return lock;
}

static int keep(int domain, const struct xlhv_dom_info *info, const struct domain_config *config)
{
	struct json_object *json;
	int error = kept_write(info->domid, config);

	if (error) {
		msg_error("config-update: the configuration cannot be saved in %s: %s", run_dir(),
			  strerror(-error));
		return -1;
	}
	json = domain_config_json(config);
	if (!json)
		msg_out_of_memory();
	error = dom_set_userdata(domain, json);
	json_object_put(json);
	return error;
}

/* The monitor that has left is missed: another one goes on with what there was. */
static void restore(int domain, const struct xlhv_dom_info *info, int lock)
{
	struct domain_config config = { 0 };

	if (!read_kept(info, &config)) {
		adopt(&config, info);
		monitor_fork(domain, &config, lock);
	}
	domain_config_free(&config);
}

/*
 * The monitor leaves first: it might be starting the domain again at this very moment, with
 * the configuration that it knows. Which domain there is then is looked up after that.
 */
static int update(const char *name, struct domain_config *config, int lock)
{
	int had = contact_end(name, CONTACT_LEAVE), domain, error;
	struct diag diag = { .emit = emit };
	struct xlhv_dom_info info;

	if (had < 0)
		return -1;
	if (had)
		session_leave(name, &diag);
	domain = find(name, ACTION, &info);
	if (domain < 0)
		return -1;
	adopt(config, &info);
	error = keep(domain, &info, config);
	if (!error)
		device_replace(info.domid);
	if (error && had)
		restore(domain, &info, lock);
	else if (had)
		error = monitor_fork(domain, config, lock);
	close(domain);
	return error;
}

/*
 * Name of the domain that is meant. Between two lives it has a monitor that knows its name.
 * Return: a string to be freed, or NULL after a message.
 */
static char *name_of(const char *who)
{
	struct xlhv_dom_info info;
	int domain;

	if (contact_exists(who))
		return msg_text("%s", who);
	domain = find(who, ACTION, &info);
	if (domain < 0)
		return NULL;
	close(domain);
	return msg_text("%s", info.name);
}

int cmd_config_update(int argc, char **argv)
{
	struct diag diag = { .emit = emit };
	struct domain_config config = { 0 };
	int option, lock, status = STATUS_FAILED;
	bool unreadable = false;
	char *name;

	while ((option = getopt_long(argc, argv, ":", (struct option[]){ { 0 } }, NULL)) != -1)
		return cmd_bad_option(argv, option);
	if (argc - optind < 2 || strchr(argv[optind + 1], '='))
		return cmd_bad_usage(argv, "expected a domain and its configuration file");
	for (int i = optind + 2; i < argc; i++)
		if (!strchr(argv[i], '='))
			return cmd_bad_usage(argv, "expected one configuration file, got '%s' and '%s'",
					     argv[optind + 1], argv[i]);
	name = name_of(argv[optind]);
	if (!name)
		return STATUS_FAILED;
	if (!read_config(argv[optind + 1], argv + optind + 2, true, &diag, &config, &unreadable)) {
		lock = lock_updates();
		if (lock >= 0 && !update(name, &config, lock))
			status = STATUS_OK;
		if (lock >= 0)
			close(lock);
	} else if (unreadable) {
		status = STATUS_CONFIG;
	}
	domain_config_free(&config);
	free(name);
	return status;
}
