/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What perf wants to be switched around a guest: what the test says. And Intel PT, of a CPU on
 * which it has to stop before VMXON, until after VMXOFF.
 */
#ifndef UNIT_MOCK_ASM_PERF_EVENT_H
#define UNIT_MOCK_ASM_PERF_EVENT_H

#include <linux/types.h>

struct perf_guest_switch_msr {
	unsigned int msr;
	u64 host, guest;
};

struct perf_guest_switch_msr *perf_guest_get_msrs(int *nr, void *data);
void intel_pt_handle_vmx(int on);
bool unit_pt_stopped(unsigned int cpu);

#endif /* UNIT_MOCK_ASM_PERF_EVENT_H */
