// SPDX-License-Identifier: GPL-2.0-only
/* The counters, as the module names them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/msg.h"
#include "module/counters.h"
#include "module/dom.h"

int counters_names(int device, struct counters *counters)
{
	struct xlhv_stat_names arg = { .count = 0 };
	uint32_t room;

	counters->names = NULL;
	counters->count = 0;
	do {
		room = arg.count;
		free(counters->names);
		counters->names = calloc(room + 1, sizeof(*counters->names));
		if (!counters->names)
			msg_out_of_memory();
		arg.names = (uint64_t)(uintptr_t)counters->names;
		if (ioctl(device, XLHV_STAT_NAMES, &arg)) {
			dom_report(device, errno, "the counters cannot be listed");
			counters_free(counters);
			return -1;
		}
	} while (arg.count > room);
	counters->count = arg.count;
	for (uint32_t i = 0; i < arg.count; i++) {
		struct xlhv_stat_name *name = &counters->names[i];

		name->name[sizeof(name->name) - 1] = '\0';
		name->unit[sizeof(name->unit) - 1] = '\0';
		name->help[sizeof(name->help) - 1] = '\0';
	}
	return 0;
}

void counters_free(struct counters *counters)
{
	free(counters->names);
	counters->names = NULL;
	counters->count = 0;
}

int counters_read(const struct counters *counters, int domain, uint32_t vcpu, uint64_t *values)
{
	struct xlhv_stats arg = {
		.values = (uint64_t)(uintptr_t)values,
		.count = counters->count,
		.vcpu = vcpu,
	};

	memset(values, 0, counters->count * sizeof(*values));
	return ioctl(domain, XLHV_DOM_STATS, &arg) ? -1 : 0;
}

int counters_find(const struct counters *counters, const char *name)
{
	for (uint32_t i = 0; i < counters->count; i++)
		if (!strcmp(counters->names[i].name, name))
			return (int)i;
	return -1;
}
