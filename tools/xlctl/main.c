// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl: the table of commands and the way into them.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "module/device.h"

static const struct cmd commands[] = {
	{
		.name = "create",
		.run = cmd_create,
		.synopsis = "[-p] [-c] [-n] [-d] [-q] [-F | -e] [-f] FILE [KEY=VALUE]...",
		.summary = "Make a domain from a configuration file and start it",
		.details =
			"-p             leave it paused\n"
			"-c             connect to its console\n"
			"-n, --dryrun   print the configuration as JSON, make nothing\n"
			"-d             print it on standard error, and go on\n"
			"-q, --quiet    no warnings\n"
			"-F             stay in the foreground until the domain is gone\n"
			"-e             leave no monitor behind: nothing follows a reboot or crash\n"
			"-f, --defconfig FILE\n"
			"               the configuration, in the syntax of xl.cfg(5)\n"
			"KEY=VALUE      as if it stood at the end of FILE\n",
		.dryrun = true,
	}, {
		.name = "list",
		.run = cmd_list,
		.synopsis = "[-l | --json] [-v] [DOMAIN]...",
		.summary = "List domains",
		.details =
			"-l, --long     print what they were made from, as JSON\n"
			"-v, --verbose  add UUID and reason of a shutdown\n"
			"    --json     print what is in the table, and more, as JSON\n"
			"State: r running, b blocked, p paused, s shut down, d dying; the letter\n"
			"behind s is the reason: - power off, r reboot, s suspend, c crash, w watchdog.\n",
	}, {
		.name = "destroy",
		.run = cmd_destroy,
		.synopsis = "DOMAIN",
		.summary = "End a domain at once",
	}, {
		.name = "console",
		.run = cmd_console,
		.synopsis = "[-l | -f] [-e CHARACTER] DOMAIN",
		.summary = "Connect to the console of a domain; Ctrl-] leaves",
		.details =
			"-l, --log               print what was said so far\n"
			"-f, --follow            print that and what will be said, take no input\n"
			"-e, --escape CHARACTER  leave with this one: a character, or ^ and a character\n",
	}, {
		.name = "pause",
		.run = cmd_pause,
		.synopsis = "DOMAIN",
		.summary = "Stop the vCPUs of a domain",
	}, {
		.name = "unpause",
		.run = cmd_unpause,
		.synopsis = "DOMAIN",
		.summary = "Let the vCPUs of a domain run",
	}, {
		.name = "domid",
		.run = cmd_domid,
		.synopsis = "NAME",
		.summary = "Print the number of a domain",
	}, {
		.name = "domname",
		.run = cmd_domname,
		.synopsis = "ID",
		.summary = "Print the name of a domain",
	}, {
		.name = "rename",
		.run = cmd_rename,
		.synopsis = "DOMAIN NAME",
		.summary = "Give a domain another name",
	}, {
		.name = "vcpu-list",
		.run = cmd_vcpu_list,
		.synopsis = "[--json] [DOMAIN]...",
		.summary = "List vCPUs, where they run and where they may",
		.details =
			"    --json     print a JSON array\n",
	}, {
		.name = "vcpu-pin",
		.run = cmd_vcpu_pin,
		.synopsis = "DOMAIN VCPU|all CPUS|all|- [all|-]",
		.summary = "Say on which CPUs a vCPU may run",
		.details =
			"CPUS           such as 0-3,^2; - leaves it as it is\n"
			"The last word is xl's soft affinity, which there is none of.\n",
	}, {
		.name = "vcpu-set",
		.run = cmd_vcpu_set,
		.synopsis = "[-i] DOMAIN VCPUS",
		.summary = "Say how many vCPUs a domain has",
		.details =
			"-i, --ignore-host   more than the host has CPUs, too\n"
			"It counts from the next start on: a guest that runs cannot be told yet.\n",
	}, {
		.name = "uptime",
		.run = cmd_uptime,
		.synopsis = "[-s] [DOMAIN]...",
		.summary = "Print for how long domains have been there",
		.details =
			"-s             in the manner of uptime(1)\n",
	}, {
		.name = "dmesg",
		.run = cmd_dmesg,
		.synopsis = "[-c] [DOMAIN]",
		.summary = "Print the log of the module, or of a domain",
		.details =
			"-c, --clear    and forget it\n",
	}, {
		.name = "top",
		.run = cmd_top,
		.synopsis = "[-d SECONDS] [-b] [-i N]",
		.summary = "Show what domains do, live",
		.details =
			"-d, --delay SECONDS   between two looks, 0.1 to 86400 (default 3)\n"
			"-b, --batch           print, do not draw\n"
			"-i, --iterations N    end after N looks\n"
			"Keys: s sorts by something else, d faster, D slower, q ends.\n",
	}, {
		.name = "stat",
		.run = cmd_stat,
		.synopsis = "[-a] [--vcpu N] [--json] [DOMAIN]...",
		.summary = "Print the counters of domains: exits, hypercalls, interrupts, memory",
		.details =
			"-a, --all      also those that are zero\n"
			"    --vcpu N   of one vCPU\n"
			"    --json     print a JSON array\n",
	}, {
		.name = "events",
		.run = cmd_events,
		.synopsis = "[-n N] [--json]",
		.summary = "Print changes of domains as they happen",
		.details =
			"-n, --count N  end after N events\n"
			"    --json     print a JSON object a line\n",
	}, {
		.name = "info",
		.run = cmd_info,
		.synopsis = "[-n] [-v] [--json] [FIELD]",
		.summary = "Show the host, the module and what it has",
		.details =
			"-n, --numa     add the topology of CPUs and memory\n"
			"-v, --verbose  add capability registers and control words\n"
			"    --json     print a JSON object\n"
			"FIELD          print the value of this field only\n",
	}, {
		.name = "preflight",
		.run = cmd_preflight,
		.synopsis = "[--deep [--rounds N]] [--json] [--sysroot DIR]",
		.summary = "Tell whether this host can run domains, and what to do if not",
		.details =
			"    --deep         enter a small guest on every CPU (needs the module)\n"
			"    --rounds N     enter it N times on each, 1 to 100000 (default 100)\n"
			"    --json         print a JSON object\n"
			"    --sysroot DIR  look at the host whose /proc, /sys and /dev are in DIR\n"
			"Exit status: 0 it can, 1 it cannot.\n",
	}, {
		.name = "debug",
		.run = cmd_debug,
		.synopsis = "hold [-t SECONDS] [COMMAND [ARG]...] | cpus",
		.summary = "Tools for testing the module",
		.details =
			"hold  keep VMX root operation on while COMMAND runs, for SECONDS, or\n"
			"      until a signal; the exit status is that of COMMAND\n"
			"cpus  show the VMX state of every CPU\n",
	}, {
		.name = "help",
		.run = cmd_help,
		.synopsis = "[COMMAND]",
		.summary = "List the commands, or explain one",
	},
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

bool cmd_dryrun;

/* The command of that name, or the only one that begins so. */
static const struct cmd *find_command(const char *name)
{
	const struct cmd *found = NULL;
	unsigned int matches = 0;

	for (size_t i = 0; i < NR_COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
		if (strncmp(commands[i].name, name, strlen(name)))
			continue;
		found = &commands[i];
		matches++;
	}
	return matches == 1 ? found : NULL;
}

/* Names of the commands that begin so, if there are several. */
static char *several_commands(const char *name)
{
	char *list = NULL, *longer;
	unsigned int matches = 0;

	for (size_t i = 0; *name && i < NR_COMMANDS; i++) {
		if (strncmp(commands[i].name, name, strlen(name)))
			continue;
		longer = msg_text("%s%s%s", list ? list : "", list ? ", " : "", commands[i].name);
		free(list);
		list = longer;
		matches++;
	}
	if (matches > 1)
		return list;
	free(list);
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *nearest = msg_nearest(name, &commands[0].name, NR_COMMANDS,
					  sizeof(commands[0]));
	char *several = several_commands(name);

	if (several) {
		msg_error("which command is '%s': %s?", name, several);
		free(several);
		return STATUS_USAGE;
	}
	if (nearest)
		msg_error("unknown command '%s': did you mean '%s'?", name, nearest);
	else
		msg_error("unknown command '%s'; 'xlctl help' lists them", name);
	return STATUS_USAGE;
}

int cmd_show_help(const char *name)
{
	const struct cmd *cmd = find_command(name);

	if (!cmd)
		return unknown_command(name);
	printf("Usage: xlctl %s%s%s\n\n%s.\n", cmd->name, *cmd->synopsis ? " " : "",
	       cmd->synopsis, cmd->summary);
	if (cmd->details)
		printf("\n%s", cmd->details);
	return STATUS_OK;
}

static int list_commands(void)
{
	printf("Usage: xlctl COMMAND [OPTION]... [ARG]...\n"
	       "       xlctl -h | --help | --version\n\n"
	       "Controls the domains of the xlhv module.\n\n");
	for (size_t i = 0; i < NR_COMMANDS; i++)
		printf("  %-12s %s\n", commands[i].name, commands[i].summary);
	printf("\n'xlctl help COMMAND' explains a command; see also xlctl(1).\n");
	return STATUS_OK;
}

int cmd_help(int argc, char **argv)
{
	if (argc > 2)
		return cmd_bad_usage(argv, "one command at most");
	return argc == 2 ? cmd_show_help(argv[1]) : list_commands();
}

int cmd_bad_option(char **argv, int option)
{
	/* A long option leaves 0 or its own value in optopt, a short one its letter. */
	bool is_long = !strncmp(argv[optind - 1], "--", 2);

	if (option == ':' && is_long)
		msg_error("%s: %s needs a value", argv[0], argv[optind - 1]);
	else if (option == ':')
		msg_error("%s: -%c needs a value", argv[0], optopt);
	else if (is_long)
		msg_error("%s: no option '%s'; see 'xlctl help %s'", argv[0],
			  argv[optind - 1], argv[0]);
	else
		msg_error("%s: no option '-%c'; see 'xlctl help %s'", argv[0], optopt, argv[0]);
	return STATUS_USAGE;
}

int cmd_bad_usage(char **argv, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		msg_out_of_memory();
	va_end(args);
	msg_error("%s: %s; see 'xlctl help %s'", argv[0], text, argv[0]);
	free(text);
	return STATUS_USAGE;
}

static int show_version(void)
{
	printf("xlctl %s (ABI %u.%u)\n", XLCTL_RELEASE, XLHV_ABI_MAJOR, XLHV_ABI_MINOR);
	return STATUS_OK;
}

/* "xlctl CMD -h" means help for every command that has no -h of its own. */
static bool wants_help(int argc, char **argv)
{
	return argc >= 2 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"));
}

/* xl's options before the command. Returns how many words there were, or -1 after a message. */
static int parse_globals(int argc, char **argv)
{
	int words = 0;

	while (words + 1 < argc && argv[words + 1][0] == '-' && argv[words + 1][1] != '-' &&
	       strspn(argv[words + 1] + 1, "vftTN") == strlen(argv[words + 1] + 1) &&
	       argv[words + 1][1]) {
		words++;
		cmd_dryrun = cmd_dryrun || strchr(argv[words], 'N');
	}
	if (words + 1 >= argc) {
		msg_error("no command; 'xlctl help' lists them");
		return -1;
	}
	return words;
}

int main(int argc, char **argv)
{
	const struct cmd *cmd;
	int skip;

	if (wants_help(argc, argv))
		return msg_finish(list_commands());
	if (argc > 1 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")))
		return msg_finish(show_version());
	skip = parse_globals(argc, argv);
	if (skip < 0)
		return STATUS_USAGE;
	argc -= skip + 1;
	argv += skip + 1;
	if (argv[0][0] == '-') {
		msg_error("no option '%s' before a command; 'xlctl help' lists them", argv[0]);
		return STATUS_USAGE;
	}
	cmd = find_command(argv[0]);
	if (!cmd)
		return unknown_command(argv[0]);
	if (wants_help(argc, argv))
		return msg_finish(cmd_show_help(cmd->name));
	if (cmd_dryrun && !cmd->dryrun) {
		msg_error("%s: there is no dry run (-N) of it", cmd->name);
		return STATUS_USAGE;
	}
	/* What messages call it, in full. */
	argv[0] = (char *)cmd->name;
	return msg_finish(cmd->run(argc, argv));
}
