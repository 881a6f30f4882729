// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl uptime: how long domains have been there.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "module/device.h"
#include "module/dom.h"

static uint64_t seconds_up(const struct xlhv_dom_info *info)
{
	struct timespec now;
	uint64_t ns;

	/* The host has been up as long as the clock runs. */
	clock_gettime(CLOCK_BOOTTIME, &now);
	ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	return ns > info->created_ns ? (ns - info->created_ns) / 1000000000 : 0;
}

static void print_uptime(const struct xlhv_dom_info *info, bool brief)
{
	uint64_t up = seconds_up(info);
	unsigned int days = (unsigned int)(up / 86400), hours = (unsigned int)(up / 3600 % 24);
	unsigned int minutes = (unsigned int)(up / 60 % 60), seconds = (unsigned int)(up % 60);
	char day_text[32] = "", clock[16] = "";
	time_t now = time(NULL);
	struct tm local;

	if (days)
		snprintf(day_text, sizeof(day_text), "%u day%s, ", days, days == 1 ? "" : "s");
	if (!brief) {
		printf("%-33s %4u %s%2u:%02u:%02u\n", info->name, info->domid, day_text, hours,
		       minutes, seconds);
		return;
	}
	if (localtime_r(&now, &local))
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	printf(" %s up %s%2u:%02u, %s (%u)\n", clock, day_text, hours, minutes, info->name,
	       info->domid);
}

int cmd_uptime(int argc, char **argv)
{
	struct xlhv_dom_info *domains;
	bool brief = false;
	int option, device;
	size_t count;

	while ((option = getopt_long(argc, argv, ":s", (struct option[]){ { 0 } }, NULL)) != -1) {
		if (option != 's')
			return cmd_bad_option(argv, option);
		brief = true;
	}
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	domains = dom_select(device, argv + optind, (size_t)(argc - optind), &count);
	close(device);
	if (!domains)
		return STATUS_FAILED;
	if (!brief)
		printf("%-33s %4s %s\n", "Name", "ID", "Uptime");
	for (size_t i = 0; i < count; i++)
		print_uptime(&domains[i], brief);
	free(domains);
	return STATUS_OK;
}
