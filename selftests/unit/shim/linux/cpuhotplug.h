/* SPDX-License-Identifier: GPL-2.0-only */
/* One set of callbacks at a time, run as the kernel does: on the CPU, undone where one fails. */
#ifndef UNIT_SHIM_LINUX_CPUHOTPLUG_H
#define UNIT_SHIM_LINUX_CPUHOTPLUG_H

#include <linux/types.h>

enum cpuhp_state {
	CPUHP_AP_ONLINE_DYN = 100,
};

int cpuhp_setup_state(enum cpuhp_state state, const char *name, int (*startup)(unsigned int cpu),
		      int (*teardown)(unsigned int cpu));
void cpuhp_remove_state(enum cpuhp_state state);

/* A CPU goes and comes; unit_cpu_up() returns what the callback says. */
int unit_cpu_up(unsigned int cpu);
void unit_cpu_down(unsigned int cpu);

#endif /* UNIT_SHIM_LINUX_CPUHOTPLUG_H */
