/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XLCTL_CMD_H
#define XLCTL_CMD_H

#include <stdbool.h>

/**
 * struct cmd - one command of xlctl
 * @name: what the user types
 * @run: does it; gets the arguments behind "xlctl", so argv[0] is @name;
 *	getopt_long() is fresh; returns an exit status
 * @synopsis: options and arguments, without the name
 * @summary: one line for the list of commands
 * @dryrun: it heeds cmd_dryrun
 * @details: options and what they do, one per line; may be NULL
 */
struct cmd {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *synopsis;
	const char *summary;
	const char *details;
	bool dryrun;
};

int cmd_block_attach(int argc, char **argv);
int cmd_block_detach(int argc, char **argv);
int cmd_block_list(int argc, char **argv);
int cmd_block_resize(int argc, char **argv);
int cmd_config_update(int argc, char **argv);
int cmd_console(int argc, char **argv);
int cmd_cpupool_list(int argc, char **argv);
int cmd_create(int argc, char **argv);
int cmd_daemon(int argc, char **argv);
int cmd_debug(int argc, char **argv);
int cmd_destroy(int argc, char **argv);
int cmd_dmesg(int argc, char **argv);
int cmd_domid(int argc, char **argv);
int cmd_domname(int argc, char **argv);
int cmd_dump_core(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_mem_max(int argc, char **argv);
int cmd_mem_set(int argc, char **argv);
int cmd_monitor(int argc, char **argv);
int cmd_network_attach(int argc, char **argv);
int cmd_network_detach(int argc, char **argv);
int cmd_network_list(int argc, char **argv);
int cmd_network_setup(int argc, char **argv);
int cmd_network_share(int argc, char **argv);
int cmd_pause(int argc, char **argv);
int cmd_preflight(int argc, char **argv);
int cmd_reboot(int argc, char **argv);
int cmd_rename(int argc, char **argv);
int cmd_sched_credit2(int argc, char **argv);
int cmd_shutdown(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_sysrq(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_trigger(int argc, char **argv);
int cmd_unpause(int argc, char **argv);
int cmd_uptime(int argc, char **argv);
int cmd_vfr(int argc, char **argv);
int cmd_vm_list(int argc, char **argv);
int cmd_vcpu_list(int argc, char **argv);
int cmd_vcpu_pin(int argc, char **argv);
int cmd_vcpu_set(int argc, char **argv);

/* Only say what would be done; commands that cannot are not run then. */
extern bool cmd_dryrun;

/**
 * cmd_bad_option - report what getopt_long() did not like
 * @argv: arguments of the command
 * @option: what getopt_long() returned, '?' or ':'
 *
 * For option strings that begin with ':' (getopt_long() silent). An 'h' that
 * no command has taken for itself prints the help of the command.
 *
 * Returns STATUS_USAGE.
 */
int cmd_bad_option(char **argv, int option);

/**
 * cmd_bad_usage - report a usage error
 * @argv: arguments of the command
 * @format: what is wrong, as for printf
 *
 * Returns STATUS_USAGE.
 */
int cmd_bad_usage(char **argv, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * cmd_show_help - print synopsis and options of a command on stdout
 * @name: of the command
 *
 * Returns STATUS_OK, or STATUS_FAILED after a message if there is no such command.
 */
int cmd_show_help(const char *name);

#endif /* XLCTL_CMD_H */
