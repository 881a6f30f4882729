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
		.synopsis = "[-p] [-c] [-n] [-d] [-q] [-F | -e] [--no-xenstore] [-f] FILE [KEY=VALUE]...",
		.summary = "Create a domain from a configuration file and start it",
		.details =
			"-p             leave the domain paused\n"
			"-c             connect to its console\n"
			"-n, --dryrun   print the configuration as JSON; do not create the domain\n"
			"-d             print the configuration on standard error, then create the domain\n"
			"-q, --quiet    print no warnings\n"
			"-F             stay in the foreground until the domain is gone\n"
			"-e             start no monitor: nothing happens when the domain reboots or crashes\n"
			"    --no-xenstore\n"
			"               create a domain without XenStore, as xenstore=\"off\" does\n"
			"-f, --defconfig FILE\n"
			"               the configuration, in the syntax of xl.cfg(5)\n"
			"KEY=VALUE      a setting, as if it stood at the end of FILE\n",
		.dryrun = true,
	}, {
		.name = "list",
		.run = cmd_list,
		.synopsis = "[-l | --json] [-v] [-Z] [-c] [-n] [DOMAIN]...",
		.summary = "List domains",
		.details =
			"-l, --long     print the configuration of each domain, as JSON\n"
			"-v, --verbose  add UUID and shutdown reason\n"
			"-Z, --context  add the security label: always '-'\n"
			"-c, --cpupool  add the CPU pool: always Pool-0\n"
			"-n, --numa     add the NUMA nodes: always all\n"
			"    --json     print the table, with more columns, as JSON\n"
			"State: r running, b blocked, p paused, s shut down, d dying. The letter after\n"
			"s is the reason: - power off, r reboot, s suspend, c crash, w watchdog.\n",
	}, {
		.name = "destroy",
		.run = cmd_destroy,
		.synopsis = "DOMAIN",
		.summary = "Terminate a domain immediately",
	}, {
		.name = "shutdown",
		.run = cmd_shutdown,
		.synopsis = "[-w] [-t SECONDS] -a | DOMAIN",
		.summary = "Ask a domain to power off",
		.details =
			"-a, --all      all domains\n"
			"-w, --wait     wait until they have ended\n"
			"-t, --timeout SECONDS\n"
			"               how long a domain has to answer, 1 to 86400 (default 60)\n"
			"Needs XenStore and a kernel that supports this. A request that is not\n"
			"answered in time is withdrawn.\n",
	}, {
		.name = "reboot",
		.run = cmd_reboot,
		.synopsis = "[-w] [-t SECONDS] -a | DOMAIN",
		.summary = "Ask a domain to reboot",
		.details =
			"-a, --all      all domains\n"
			"-w, --wait     wait until they have ended\n"
			"-t, --timeout SECONDS\n"
			"               how long a domain has to answer, 1 to 86400 (default 60)\n",
	}, {
		.name = "sysrq",
		.run = cmd_sysrq,
		.synopsis = "DOMAIN LETTER",
		.summary = "Press a magic SysRq key in a domain",
	}, {
		.name = "mem-set",
		.run = cmd_mem_set,
		.synopsis = "[-n] [-t SECONDS] DOMAIN MEMORY",
		.summary = "Set how much memory a domain is to have",
		.details =
			"MEMORY         MiB, or a number with one of b, k, m, g, t; at most maxmem=\n"
			"-n, --no-wait  do not wait until the domain has as much\n"
			"-t, --timeout SECONDS\n"
			"               how long to wait, 1 to 86400 (default 60)\n"
			"Memory that a domain gives back returns to the host for good.\n",
	}, {
		.name = "mem-max",
		.run = cmd_mem_max,
		.synopsis = "DOMAIN MEMORY",
		.summary = "Set the most memory that a domain may have",
		.details =
			"MEMORY         MiB, or a number with one of b, k, m, g, t; not less than mem-set asked for\n"
			"Holds until the next mem-set.\n",
	}, {
		.name = "console",
		.run = cmd_console,
		.synopsis = "[-l | -f] [-e CHARACTER] [-t pv|serial] DOMAIN",
		.summary = "Attach to a domain's console; Ctrl-] detaches",
		.details =
			"-l, --log               print the output so far\n"
			"-f, --follow            print the output, read no input\n"
			"-e, --escape CHARACTER  detach with this key: a character, or ^ and a character\n"
			"-t pv|serial            hvc0, or the serial port of serial=\"pty\"\n",
	}, {
		.name = "pause",
		.run = cmd_pause,
		.synopsis = "DOMAIN",
		.summary = "Pause a domain",
	}, {
		.name = "unpause",
		.run = cmd_unpause,
		.synopsis = "DOMAIN",
		.summary = "Unpause a paused domain",
	}, {
		.name = "domid",
		.run = cmd_domid,
		.synopsis = "NAME",
		.summary = "Convert a domain name to a domain ID",
	}, {
		.name = "domname",
		.run = cmd_domname,
		.synopsis = "ID",
		.summary = "Convert a domain ID to a domain name",
	}, {
		.name = "dump-core",
		.run = cmd_dump_core,
		.synopsis = "DOMAIN FILE",
		.summary = "Write the memory and registers of a domain to a file",
		.details =
			"An ELF core in xl's format. The domain is paused meanwhile.\n",
	}, {
		.name = "config-update",
		.run = cmd_config_update,
		.synopsis = "DOMAIN FILE [KEY=VALUE]...",
		.summary = "Change the configuration that a domain has at its next start",
		.details =
			"FILE           the configuration, in the syntax of xl.cfg(5); name and UUID stay\n"
			"KEY=VALUE      a setting, as if it stood at the end of FILE\n",
	}, {
		.name = "monitor",
		.run = cmd_monitor,
		.synopsis = "[-F] DOMAIN",
		.summary = "Start a monitor for a domain that has none",
		.details =
			"-F, --foreground  be the monitor, until the domain is gone\n"
			"A monitor does what on_poweroff= and the others say. 'xlctl list -v' shows\n"
			"which domains have none.\n",
	}, {
		.name = "rename",
		.run = cmd_rename,
		.synopsis = "DOMAIN NAME",
		.summary = "Rename a domain",
	}, {
		.name = "vm-list",
		.run = cmd_vm_list,
		.synopsis = "",
		.summary = "List UUID, ID and name of the domains",
	}, {
		.name = "vcpu-list",
		.run = cmd_vcpu_list,
		.synopsis = "[--json] [DOMAIN]...",
		.summary = "List the vCPUs of domains",
		.details =
			"    --json     print a JSON array\n",
	}, {
		.name = "vcpu-pin",
		.run = cmd_vcpu_pin,
		.synopsis = "DOMAIN VCPU|all CPUS|all|- [all|-]",
		.summary = "Set which CPUs a vCPU may run on",
		.details =
			"CPUS           for example 0-3,^2; - changes nothing\n"
			"The last argument is xl's soft affinity, which is not supported.\n",
	}, {
		.name = "vcpu-set",
		.run = cmd_vcpu_set,
		.synopsis = "[-i] DOMAIN VCPUS",
		.summary = "Set the number of active vCPUs of a domain",
		.details =
			"-i, --ignore-host   allow more vCPUs than the host has CPUs\n"
			"Takes effect at the next start of the domain.\n",
	}, {
		.name = "trigger",
		.run = cmd_trigger,
		.synopsis = "DOMAIN nmi [VCPU]",
		.summary = "Send a domain a non-maskable interrupt",
		.details =
			"VCPU           the vCPU that takes it (default 0)\n",
	}, {
		.name = "sched-credit2",
		.run = cmd_sched_credit2,
		.synopsis = "[-d DOMAIN [-w WEIGHT] [-c CAP]] [-p POOL]",
		.summary = "Print or set the CPU weight and the cap of domains",
		.details =
			"-d, --domain DOMAIN  one domain; without it, all are listed\n"
			"-w, --weight WEIGHT  its weight, 1 to 65535 (256 is normal)\n"
			"-c, --cap CAP        its limit in percent of one CPU; 0: none\n"
			"-p, --cpupool POOL   Pool-0, the only one there is\n"
			"Holds until the domain ends; a restart follows its configuration.\n",
	}, {
		.name = "cpupool-list",
		.run = cmd_cpupool_list,
		.synopsis = "[-c] [POOL]",
		.summary = "List CPU pools: there is one, Pool-0",
		.details =
			"-c, --cpus     print the numbers of the CPUs\n",
	}, {
		.name = "block-attach",
		.run = cmd_block_attach,
		.synopsis = "DOMAIN DISK...",
		.summary = "Give a running domain a disk",
		.details =
			"DISK           as in disk= of xl.cfg(5); its words may also be arguments\n"
			"Needs XenStore and the domain's monitor.\n",
		.dryrun = true,
	}, {
		.name = "block-list",
		.run = cmd_block_list,
		.synopsis = "DOMAIN...",
		.summary = "List the disks of domains",
	}, {
		.name = "block-detach",
		.run = cmd_block_detach,
		.synopsis = "[--force] DOMAIN VDEV...",
		.summary = "Take disks from a domain",
		.details =
			"VDEV           xvda and the like, or the number that block-list shows\n"
			"-f, --force    do not wait for the guest, which may be using it\n"
			"A guest that does not let go of a disk within 10 s keeps it.\n",
	}, {
		.name = "block-resize",
		.run = cmd_block_resize,
		.synopsis = "DOMAIN VDEV",
		.summary = "Tell a domain that the device or file of a disk has another size",
	}, {
		.name = "network-attach",
		.run = cmd_network_attach,
		.synopsis = "DOMAIN [VIF]...",
		.summary = "Give a running domain a network interface",
		.details =
			"VIF            as in vif= of xl.cfg(5); its words may also be arguments\n"
			"Needs XenStore and the domain's monitor.\n",
		.dryrun = true,
	}, {
		.name = "network-list",
		.run = cmd_network_list,
		.synopsis = "DOMAIN...",
		.summary = "List the network interfaces of domains",
	}, {
		.name = "network-detach",
		.run = cmd_network_detach,
		.synopsis = "[--force] DOMAIN DEVID|MAC",
		.summary = "Take a network interface from a domain",
		.details =
			"DEVID|MAC      its number, or the guest's address\n"
			"-f, --force    do not wait for the guest, which may be using it\n"
			"A guest that does not let go of it within 10 s keeps it.\n",
	}, {
		.name = "network-setup",
		.run = cmd_network_setup,
		.synopsis = "[-b BRIDGE] [-4 ADDRESS/LENGTH] [-6 ADDRESS/64] [--no-dhcp] | --status | --remove [-f]",
		.summary = "Make a network for domains: a bridge with address translation and DHCP",
		.details =
			"-b, --bridge BRIDGE        its bridge (default xenbr0)\n"
			"-4, --ipv4 ADDRESS/LENGTH  the host's address there (default: a free one)\n"
			"-6, --ipv6 ADDRESS/64      likewise (default: a unique local one)\n"
			"    --no-dhcp              do not start dnsmasq\n"
			"-s, --status               print what networks there are; exit status 1 if none\n"
			"-r, --remove               remove it\n"
			"-f, --force                even if the bridge has ports\n"
			"Makes what is missing, so it may be given again. A bridge that it has not\n"
			"made is left alone. Lasts until the host is restarted.\n",
	}, {
		.name = "network-share",
		.run = cmd_network_share,
		.synopsis = "[-r RATE] DEVICE | --status DEVICE | --remove DEVICE",
		.summary = "Have domains take turns at a network device by which they send",
		.details =
			"-r, --rate RATE  what the device is to send at most, as in rate= of an interface\n"
			"-s, --status     print what each interface has sent by it\n"
			"    --remove     have packets wait in one queue again\n"
			"How much an interface sends in its turn depends on its weight= (default 10).\n"
			"Lasts until the host is restarted.\n",
	}, {
		.name = "vfr",
		.run = cmd_vfr,
		.synopsis = "[--json] list|stats|add|insert|del|flush|policy DOMAIN[.DEVID] [ARG]...",
		.summary = "Manage the rules for packets of network interfaces",
		.details =
			"list           rules of the interface, or of all of the domain's\n"
			"stats          the same with counters, also of the guards\n"
			"add RULE       a rule at the end\n"
			"insert N RULE  a rule before the one that is now number N\n"
			"del N          not any more\n"
			"flush [in|out] none any more\n"
			"policy in|out accept|drop\n"
			"               what is done where no rule decides\n"
			"policy guard all|none|mac,ip,dhcp,ra,frames\n"
			"               what the guest is kept from, whatever rules say\n"
			"    --json     list, stats: print a JSON array\n"
			"RULE           in|out ACTION [[not] PATTERN VALUE[,VALUE]...]...; see xlctl-vfr(8)\n",
	}, {
		.name = "uptime",
		.run = cmd_uptime,
		.synopsis = "[-s] [DOMAIN]...",
		.summary = "Print the uptime of domains",
		.details =
			"-s             use the format of uptime(1)\n",
	}, {
		.name = "dmesg",
		.run = cmd_dmesg,
		.synopsis = "[-c] [DOMAIN]",
		.summary = "Print the log of the module or of a domain",
		.details =
			"-c, --clear    clear the log after printing it\n",
	}, {
		.name = "top",
		.run = cmd_top,
		.synopsis = "[-d SECONDS] [-b] [-i N]",
		.summary = "Monitor domains in real time",
		.details =
			"-d, --delay SECONDS   time between updates, 0.1 to 86400 (default 3)\n"
			"-b, --batch           print tables instead of drawing a screen\n"
			"-i, --iterations N    end after N updates\n"
			"Keys: s changes the sort order, d updates faster, D slower, q quits.\n",
	}, {
		.name = "stat",
		.run = cmd_stat,
		.synopsis = "[-a] [--vcpu N] [--json] [DOMAIN]...",
		.summary = "Print the counters of domains: exits, hypercalls, interrupts, memory",
		.details =
			"-a, --all      include counters that are zero\n"
			"    --vcpu N   print the counters of one vCPU\n"
			"    --json     print a JSON array\n",
	}, {
		.name = "events",
		.run = cmd_events,
		.synopsis = "[-n N] [--json]",
		.summary = "Print changes of domains as they happen",
		.details =
			"-n, --count N  end after N events\n"
			"    --json     print one JSON object per line\n",
	}, {
		.name = "info",
		.run = cmd_info,
		.synopsis = "[-n] [-v] [--json] [FIELD]",
		.summary = "Print information about the host and the module",
		.details =
			"-n, --numa     add the topology of CPUs and memory\n"
			"-v, --verbose  add capability MSRs and VMX controls\n"
			"    --json     print a JSON object\n"
			"FIELD          print only the value of this field\n",
	}, {
		.name = "preflight",
		.run = cmd_preflight,
		.synopsis = "[--deep [--rounds N]] [--json] [--sysroot DIR]",
		.summary = "Check whether this host can run domains, and how to fix what is missing",
		.details =
			"    --deep         run a tiny guest on every CPU (needs the module)\n"
			"    --rounds N     enter it N times on each CPU, 1 to 100000 (default 100)\n"
			"    --json         print a JSON object\n"
			"    --sysroot DIR  check the host whose /proc, /sys and /dev are in DIR\n"
			"Exit status: 0 if the host can run domains, 1 if it cannot.\n",
	}, {
		.name = "daemon",
		.run = cmd_daemon,
		.synopsis = "status | start [xenstored|oxenstored|xenconsoled] | stop [-f]",
		.summary = "Manage the XenStore daemon",
		.details =
			"status  tell whether it is running; exit status 0 if it is, 1 if not\n"
			"start   start it, unless one is running\n"
			"stop    stop it; refused while domains use it\n"
			"-f      stop it anyway: those domains lose XenStore for good\n",
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
		.summary = "List the commands, or describe one",
	},
};

/* What xl has, or other tools, and what to do here instead. */
static const struct {
	const char *names;	/* each with a space before and behind it */
	const char *advice;
} elsewhere[] = {
	{ " stop poweroff ", "'xlctl shutdown DOMAIN' asks a domain to power off" },
	{ " reset restart ", "'xlctl reboot DOMAIN' asks a domain to reboot" },
	{ " save restore migrate migrate-receive suspend resume suspend-to-ram remus ",
	  "saving, restoring and migrating domains is not supported yet" },
	{ " start run boot define ", "'xlctl create FILE' creates a domain and starts it" },
	{ " ls ps status domains ", "'xlctl list' lists the domains" },
	{ " attach connect ", "'xlctl console DOMAIN' attaches to the console" },
	{ " log logs ",
	  "'xlctl dmesg DOMAIN' prints the log, 'xlctl console --log DOMAIN' the console output" },
	{ " resume-domain continue ", "'xlctl unpause DOMAIN' lets a paused domain run" },
	{ " claims sharing ", "memory of domains is neither claimed nor shared" },
	{ " cd-insert cd-eject ",
	  "disks are exchanged by block-detach and block-attach" },
	{ " vncviewer ", "a PVH domain has no display" },
	{ " pci-attach pci-detach pci-list ", "PCI passthrough is not supported" },
	{ " pci-assignable-add pci-assignable-remove pci-assignable-list ",
	  "PCI passthrough is not supported" },
	{ " sched-credit ", "'xlctl sched-credit2' sets the weight and the cap of a domain" },
	{ " sched-rtds sched-null ",
	  "the host's scheduler is used; 'xlctl sched-credit2' sets weight and cap" },
	{ " cpupool-create cpupool-destroy cpupool-rename cpupool-migrate ",
	  "CPU pools are not supported: there is only Pool-0" },
	{ " cpupool-cpu-add cpupool-cpu-remove cpupool-numa-split ",
	  "CPU pools are not supported: there is only Pool-0" },
	{ " button-press ",
	  "a PVH domain has no buttons; 'xlctl shutdown DOMAIN' asks it to power off" },
	{ " nmi inject-nmi ", "'xlctl trigger DOMAIN nmi' sends a domain an NMI" },
	{ " debug-keys ", "'xlctl dmesg' and /sys/kernel/debug/xlhv show the state of domains" },
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

static const char *advice_for(const char *name)
{
	char *word = msg_text(" %s ", name);
	const char *advice = NULL;

	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]) && !advice; i++)
		if (!strchr(name, ' ') && strstr(elsewhere[i].names, word))
			advice = elsewhere[i].advice;
	free(word);
	return *name ? advice : NULL;
}

static int unknown_command(const char *name)
{
	const char *nearest = msg_nearest(name, &commands[0].name, NR_COMMANDS,
					  sizeof(commands[0]));
	char *several = several_commands(name);
	const char *advice = advice_for(name);

	/* Nobody should end a domain because of a typing error. */
	if (nearest && !strcmp(nearest, "destroy"))
		nearest = NULL;
	if (several)
		msg_error("ambiguous command '%s': %s?", name, several);
	else if (advice)
		msg_error("no command '%s': %s", name, advice);
	else if (nearest)
		msg_error("unknown command '%s': did you mean '%s'?", name, nearest);
	else
		msg_error("unknown command '%s'; 'xlctl help' lists the commands", name);
	free(several);
	/* As xl. */
	return STATUS_FAILED;
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
	       "Manages the domains of the xlhv module.\n\n");
	for (size_t i = 0; i < NR_COMMANDS; i++)
		printf("  %-13s %s\n", commands[i].name, commands[i].summary);
	printf("\n'xlctl help COMMAND' describes a command; see also xlctl(1).\n");
	return STATUS_OK;
}

int cmd_help(int argc, char **argv)
{
	if (argc > 2)
		return cmd_bad_usage(argv, "expected at most one command");
	/* As xl: a question about what is not there is no failure. */
	if (argc == 2)
		cmd_show_help(argv[1]);
	else
		list_commands();
	return STATUS_OK;
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
		msg_error("%s: unknown option '%s'; see 'xlctl help %s'", argv[0],
			  argv[optind - 1], argv[0]);
	else
		msg_error("%s: unknown option '-%c'; see 'xlctl help %s'", argv[0], optopt,
			  argv[0]);
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

/*
 * "xlctl CMD ... -h" asks for help, wherever it stands; @only_first: what follows
 * is another command, with options of its own.
 */
static bool wants_help(int argc, char **argv, bool only_first)
{
	for (int i = 1; i < argc && (i == 1 || !only_first) && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
			return true;
	return false;
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
		msg_error("no command; 'xlctl help' lists the commands");
		return -1;
	}
	return words;
}

int main(int argc, char **argv)
{
	const struct cmd *cmd;
	int skip;

	if (wants_help(argc, argv, true))
		return msg_finish(list_commands());
	if (argc > 1 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")))
		return msg_finish(show_version());
	skip = parse_globals(argc, argv);
	if (skip < 0)
		return STATUS_FAILED;
	argc -= skip + 1;
	argv += skip + 1;
	if (argv[0][0] == '-') {
		msg_error("unknown option '%s' before the command", argv[0]);
		return STATUS_USAGE;
	}
	cmd = find_command(argv[0]);
	if (!cmd)
		return unknown_command(argv[0]);
	if (wants_help(argc, argv, cmd->run == cmd_debug))
		return msg_finish(cmd_show_help(cmd->name));
	if (cmd_dryrun && !cmd->dryrun) {
		msg_error("%s: does not support a dry run (-N)", cmd->name);
		return STATUS_USAGE;
	}
	/* What messages call it, in full. */
	argv[0] = (char *)cmd->name;
	return msg_finish(cmd->run(argc, argv));
}
