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

#include "cmd.h"
#include "device.h"
#include "msg.h"

static const struct cmd commands[] = {
	{
		"info", cmd_info, "[-n] [-v] [--json] [FIELD]",
		"Show the host, the module and what it has",
		"-n, --numa     add the topology of CPUs and memory\n"
		"-v, --verbose  add capability registers and control words\n"
		"    --json     print a JSON object\n"
		"FIELD          print the value of this field only\n"
	}, {
		"preflight", cmd_preflight, "[--deep [--rounds N]] [--json] [--sysroot DIR]",
		"Tell whether this host can run domains, and what to do if not",
		"    --deep         enter a small guest on every CPU (needs the module)\n"
		"    --rounds N     enter it N times on each, 1 to 100000 (default 100)\n"
		"    --json         print a JSON object\n"
		"    --sysroot DIR  look at the host whose /proc, /sys and /dev are in DIR\n"
		"Exit status: 0 it can, 1 it cannot.\n"
	}, {
		"debug", cmd_debug, "hold [-t SECONDS] [COMMAND [ARG]...] | cpus",
		"Tools for testing the module",
		"hold  keep VMX root operation on while COMMAND runs, for SECONDS, or\n"
		"      until a signal; the exit status is that of COMMAND\n"
		"cpus  show the VMX state of every CPU\n"
	}, {
		"help", cmd_help, "[COMMAND]",
		"List the commands, or explain one",
		NULL
	},
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static const struct cmd *find_command(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *nearest = msg_nearest(name, &commands[0].name, NR_COMMANDS,
					  sizeof(commands[0]));

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

int main(int argc, char **argv)
{
	const struct cmd *cmd;

	if (argc < 2) {
		msg_error("no command; 'xlctl help' lists them");
		return STATUS_USAGE;
	}
	if (wants_help(argc, argv))
		return msg_finish(list_commands());
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return msg_finish(show_version());
	if (argv[1][0] == '-') {
		msg_error("no option '%s' before a command; 'xlctl help' lists them", argv[1]);
		return STATUS_USAGE;
	}
	cmd = find_command(argv[1]);
	if (!cmd)
		return unknown_command(argv[1]);
	if (wants_help(argc - 1, argv + 1))
		return msg_finish(cmd_show_help(cmd->name));
	return msg_finish(cmd->run(argc - 1, argv + 1));
}
