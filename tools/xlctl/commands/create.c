// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl create: a domain from an xl.cfg(5) file.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "builder/make_domain.h"
#include "commands/cmd.h"
#include "commands/console.h"
#include "commands/read_config.h"
#include "common/msg.h"
#include "common/print.h"
#include "config/domain_config.h"
#include "module/device.h"
#include "module/dom.h"
#include "monitor/contact.h"
#include "monitor/saved_config.h"
#include "monitor/monitor.h"
#include "monitor/leave_session.h"
#include "store/consoled.h"
#include "store/store.h"
#include "vfr/apply.h"

struct options {
	const char *file;
	const char *name;	/* of the domain */
	bool paused;
	bool console;
	bool daemon_console;
	bool serial_console;	/* the guest sees no other */
	bool foreground;
	bool no_monitor;
	bool no_store;
	bool dryrun;
	bool debug;
	bool quiet;
};

static void print_config(const struct domain_config *config, FILE *stream)
{
	struct json_object *o = domain_config_json(config);

	if (!o)
		msg_out_of_memory();
	print_json_pretty(stream, o);
	json_object_put(o);
}

/* Starts it; with -c the terminal is its own from its first word on. */
static int start(int domain, uint32_t domid, const struct options *options)
{
	int console = -1, result;

	if (options->console && !options->daemon_console) {
		console = console_open(domain, options->serial_console);
		if (console < 0)
			return STATUS_FAILED;
	}
	if (!options->paused && ioctl(domain, XLHV_DOM_UNPAUSE)) {
		dom_report(domain, errno, "the domain cannot be started");
		if (console >= 0)
			close(console);
		return STATUS_FAILED;
	}
	if (options->daemon_console && options->console)
		return consoled_attach(domid) ? STATUS_FAILED : STATUS_OK;
	if (console < 0)
		return STATUS_OK;
	result = console_run(console, CONSOLE_INTERACTIVE, CONSOLE_ESCAPE, options->name);
	close(console);
	return result < 0 ? STATUS_FAILED : STATUS_OK;
}

/*
 * Between two lives of a domain its name is free, but its monitor will want it
 * back. A monitor whose domain is gone for good has a moment to go, too.
 */
static int check_name(int device, const char *name)
{
	int domain;

	for (int tries = 0; contact_exists(name); tries++) {
		domain = dom_find(device, name);
		if (domain != -1) {
			/* Which is said when it is created. */
			if (domain >= 0)
				close(domain);
			return 0;
		}
		if (tries == 50) {
			msg_error("domain '%s' is being restarted; 'xlctl destroy %s' ends that",
				  name, name);
			return -1;
		}
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	}
	return 0;
}

static int create(const struct options *options, struct domain_config *config, struct diag *diag)
{
	int device = device_open(NULL), domain, status;
	uint32_t domid;

	if (device < 0)
		return STATUS_FAILED;
	if (options->no_monitor && (config->nr_disks || config->nr_vifs)) {
		msg_error("-e: a domain with %s needs a monitor",
			  config->nr_disks ? "disks" : "network interfaces");
		close(device);
		return STATUS_FAILED;
	}
	if (check_name(device, config->name)) {
		close(device);
		return STATUS_FAILED;
	}
	/* Before there is anything that is charged to it. */
	session_leave(config->name, diag);
	domain_config_choose_macs(config);
	domain = make_domain(device, config, diag, &domid);
	close(device);
	if (domain < 0)
		return STATUS_FAILED;
	if (!options->no_monitor && !options->foreground && monitor_fork(domain, config, -1)) {
		/* Nobody would do what the configuration says: better no domain. */
		ioctl(domain, XLHV_DOM_DESTROY);
		store_remove(domid, config->uuid);
		close(domain);
		vfr_detach_all(domid);
		return STATUS_FAILED;
	}
	/* What cannot be kept is missed when a monitor is started later, and not before. */
	kept_write(domid, config);
	status = start(domain, domid, options);
	if (options->foreground && status == STATUS_OK)
		return monitor_run(domain, config);
	close(domain);
	return status;
}

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "defconfig", required_argument, NULL, 'f' },
		{ "dryrun", no_argument, NULL, 'n' },
		{ "no-xenstore", no_argument, NULL, 'X' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "vncviewer", no_argument, NULL, 'V' },
		{ "vncviewer-autopass", no_argument, NULL, 'A' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, ":pcf:nqdFeVA", longs, NULL)) != -1) {
		switch (option) {
		case 'p':
			options->paused = true;
			break;
		case 'c':
			options->console = true;
			break;
		case 'f':
			options->file = optarg;
			break;
		case 'n':
			options->dryrun = true;
			break;
		case 'q':
			options->quiet = true;
			break;
		case 'd':
			options->debug = true;
			break;
		case 'F':
			options->foreground = true;
			break;
		case 'e':
			options->no_monitor = true;
			break;
		case 'X':
			options->no_store = true;
			break;
		case 'V':
		case 'A':
			return cmd_bad_usage(argv, "-%c: a PVH domain has no display", option);
		default:
			return cmd_bad_option(argv, option);
		}
	}
	for (int i = optind; i < argc; i++) {
		if (strchr(argv[i], '='))
			continue;
		if (options->file)
			return cmd_bad_usage(argv, "expected one configuration file, got '%s' and '%s'",
					     options->file, argv[i]);
		options->file = argv[i];
	}
	if (!options->file)
		return cmd_bad_usage(argv, "expected a configuration file");
	if (options->foreground && options->no_monitor)
		return cmd_bad_usage(argv, "-F and -e cannot be combined");
	if (options->foreground && options->console)
		return cmd_bad_usage(argv, "-F and -c cannot be combined");
	return 0;
}

static void emit(void *ctx, enum diag_level level, const char *text)
{
	const struct options *options = ctx;

	if (level == DIAG_ERROR || !options->quiet)
		msg_error("%s", text);
}

int cmd_create(int argc, char **argv)
{
	struct options options = { .dryrun = cmd_dryrun };
	struct domain_config config = { 0 };
	struct diag diag = { .emit = emit, .ctx = &options };
	int status = STATUS_FAILED;
	bool unreadable = false;

	if (parse_options(argc, argv, &options))
		return STATUS_USAGE;
	if (!read_config(options.file, argv + optind, !options.dryrun, &diag, &config,
			 &unreadable)) {
		if (options.no_store)
			config.xenstore = DOMAIN_STORE_OFF;
		if (options.debug && !options.dryrun)
			print_config(&config, stderr);
		if (options.dryrun) {
			print_config(&config, stdout);
			status = STATUS_OK;
		} else {
			options.name = config.name;
			options.serial_console = config.serial != DOMAIN_SERIAL_NONE &&
						 !config.xen_leaves;
			options.daemon_console = config.console == DOMAIN_CONSOLE_DAEMON &&
						 !options.serial_console;
			status = create(&options, &config, &diag);
		}
	} else if (unreadable) {
		status = STATUS_CONFIG;
	}
	domain_config_free(&config);
	return status;
}
