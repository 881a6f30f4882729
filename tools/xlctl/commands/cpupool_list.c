// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl cpupool-list: the one pool that there is, the host's CPUs.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "common/sysfs.h"
#include "module/dom.h"

static void print_cpu_list(void)
{
	struct sysfs_set online;
	const char *comma = "";

	if (!sysfs_set_read(&online, "/sys/devices/system/cpu/online"))
		return;
	for (int cpu = sysfs_set_next(&online, 0); cpu >= 0;
	     cpu = sysfs_set_next(&online, cpu + 1)) {
		printf("%s%d", comma, cpu);
		comma = ",";
	}
	sysfs_set_free(&online);
}

int cmd_cpupool_list(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "cpus", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	struct xlhv_dom_info *domains;
	bool cpus = false;
	int option;
	size_t count;

	while ((option = getopt_long(argc, argv, ":c", longs, NULL)) != -1) {
		if (option != 'c')
			return cmd_bad_option(argv, option);
		cpus = true;
	}
	if (argc - optind > 1)
		return cmd_bad_usage(argv, "expected at most one CPU pool");
	if (optind < argc && strcmp(argv[optind], "Pool-0")) {
		msg_error("no CPU pool '%s': there is only Pool-0", argv[optind]);
		return STATUS_FAILED;
	}
	domains = dom_all(&count);
	if (!domains)
		return STATUS_FAILED;
	printf("%-19s%s\n", "Name", cpus ? "CPU list" : "CPUs   Sched     Active   Domain count");
	printf("%-19s", "Pool-0");
	if (cpus)
		print_cpu_list();
	else
		printf("%3ld %9s       y       %4zu", sysconf(_SC_NPROCESSORS_ONLN), "linux",
		       count);
	putchar('\n');
	free(domains);
	return STATUS_OK;
}
