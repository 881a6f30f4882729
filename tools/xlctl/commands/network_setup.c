// SPDX-License-Identifier: GPL-2.0-only
/* xlctl network-setup: a network for guests, made, shown and removed. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands/cmd.h"
#include "common/diag.h"
#include "common/msg.h"
#include "net/own_bridge.h"
#include "net/setup.h"

enum task {
	TASK_MAKE,
	TASK_SHOW,
	TASK_REMOVE,
};

struct request {
	struct setup setup;
	enum task task;
	bool force;
	bool for_make;		/* an option that only making has */
};

static int make(struct setup *setup)
{
	struct diag diag = { .emit = diag_to_stderr };
	char v4[SUBNET_TEXT], v6[SUBNET_TEXT];

	if (!setup->bridge)
		setup->bridge = SETUP_BRIDGE;
	if (setup_make(setup, &diag))
		return STATUS_FAILED;
	subnet_text(&setup->v4, v4);
	if (setup->v6.family)
		printf("%s %s %s\n", setup->bridge, v4, subnet_text(&setup->v6, v6));
	else
		printf("%s %s\n", setup->bridge, v4);
	return STATUS_OK;
}

static int run(struct request *request)
{
	const char *bridge = request->setup.bridge;

	switch (request->task) {
	case TASK_SHOW:
		return setup_show(bridge) > 0 ? STATUS_OK : STATUS_FAILED;
	case TASK_REMOVE:
		return setup_remove(bridge ? bridge : SETUP_BRIDGE, request->force) ?
		       STATUS_FAILED : STATUS_OK;
	default:
		return make(&request->setup);
	}
}

/* An address of the host's.  Return: STATUS_OK, or STATUS_USAGE after a message. */
static int read_subnet(char **argv, const char *option, int family, struct subnet *net)
{
	const char *wrong = subnet_parse(optarg, family, net);

	return wrong ? cmd_bad_usage(argv, "%s '%s': %s", option, optarg, wrong) : STATUS_OK;
}

/* Return: STATUS_OK, or STATUS_USAGE after a message. */
static int choose_task(char **argv, enum task task, struct request *request)
{
	if (request->task != TASK_MAKE && request->task != task)
		return cmd_bad_usage(argv, "--status and --remove exclude each other");
	request->task = task;
	return STATUS_OK;
}

/* Return: STATUS_OK, or STATUS_USAGE after a message. */
static int read_option(char **argv, int option, struct request *request)
{
	struct setup *setup = &request->setup;

	switch (option) {
	case 'b':
		if (!own_bridge_name(optarg))
			return cmd_bad_usage(argv, "--bridge '%s': expected up to 15 letters, digits, '_', '.' and '-'",
					     optarg);
		setup->bridge = optarg;
		return STATUS_OK;
	case '4':
		request->for_make = true;
		return read_subnet(argv, "--ipv4", AF_INET, &setup->v4);
	case '6':
		request->for_make = true;
		return read_subnet(argv, "--ipv6", AF_INET6, &setup->v6);
	case 'd':
		request->for_make = true;
		setup->no_dhcp = true;
		return STATUS_OK;
	case 's':
		return choose_task(argv, TASK_SHOW, request);
	case 'r':
		return choose_task(argv, TASK_REMOVE, request);
	case 'f':
		request->force = true;
		return STATUS_OK;
	default:
		return cmd_bad_option(argv, option);
	}
}

int cmd_network_setup(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "bridge", required_argument, NULL, 'b' },
		{ "ipv4", required_argument, NULL, '4' },
		{ "ipv6", required_argument, NULL, '6' },
		{ "no-dhcp", no_argument, NULL, 'd' },
		{ "status", no_argument, NULL, 's' },
		{ "remove", no_argument, NULL, 'r' },
		{ "force", no_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	struct request request = { .task = TASK_MAKE };
	int option, status;

	while ((option = getopt_long(argc, argv, ":b:4:6:srf", longs, NULL)) != -1) {
		status = read_option(argv, option, &request);
		if (status)
			return status;
	}
	if (optind < argc)
		return cmd_bad_usage(argv, "unexpected argument '%s'", argv[optind]);
	if (request.for_make && request.task != TASK_MAKE)
		return cmd_bad_usage(argv, "--ipv4, --ipv6 and --no-dhcp are for making a network");
	if (request.force && request.task != TASK_REMOVE)
		return cmd_bad_usage(argv, "--force is for --remove");
	return run(&request);
}
