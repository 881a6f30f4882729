/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this folder share. */
#ifndef XLHV_TIME_INTERNAL_H
#define XLHV_TIME_INTERNAL_H

#include <linux/types.h>

#include "time/time.h"

struct domain;
struct seq_file;
struct time_area;
struct vcpu;

/* struct vcpu_runstate_info of a 32-bit guest: 64-bit fields are aligned to 4. */
struct time_runstate_compat {
	s32 state;
	u64 state_entry_time;
	u64 time[4];
} __packed __aligned(4);

static_assert(sizeof(struct time_runstate_compat) == 44);
static_assert(sizeof(struct vcpu_runstate_info) == 48);

void time_runstate_narrow(struct time_runstate_compat *to, const struct vcpu_runstate_info *from);

int time_area_pin(struct vcpu *caller, u64 linear, size_t len, struct time_area *area);
void time_area_unpin(struct time_area *area);
void time_area_write(const struct time_area *area, size_t offset, const void *from, size_t len);

static inline bool time_area_there(const struct time_area *area)
{
	return area->part[0];
}

void time_timer_init(struct vcpu *v);
void time_runstate_init(struct vcpu *v);
void time_wallclock_check(struct domain *d);
void time_watchdog_init(struct domain *d);
void time_watchdog_close(struct domain *d);

int time_describe(struct seq_file *m, struct vcpu *v);

int time_register_clock(struct vcpu *caller, struct vcpu *v, u64 linear);
int time_register_runstate(struct vcpu *caller, struct vcpu *v, u64 linear);

#endif /* XLHV_TIME_INTERNAL_H */
