// SPDX-License-Identifier: GPL-2.0-only
/* TSC delays and the pvclock protocol; see time.h. */
#include "percpu.h"
#include "test.h"
#include "time.h"

u32 tsc_khz = 1000000;

void udelay(u32 us)
{
	u64 end = rdtsc() + tsc_of_us(us);

	while (rdtsc() < end)
		cpu_relax();
}

bool pvclock_copy(const volatile struct vcpu_time_info *t, struct vcpu_time_info *out)
{
	unsigned int tries;
	u32 v;

	for (tries = 0; tries < 100000; tries++) {
		v = t->version;
		barrier();
		out->tsc_timestamp = t->tsc_timestamp;
		out->system_time = t->system_time;
		out->tsc_to_system_mul = t->tsc_to_system_mul;
		out->tsc_shift = t->tsc_shift;
		out->flags = t->flags;
		barrier();
		out->version = v;
		if (!(v & 1) && t->version == v)
			return true;
		cpu_relax();
	}
	return false;
}

u64 pvclock_at(const struct vcpu_time_info *t, u64 tsc)
{
	u64 d = tsc - t->tsc_timestamp;
	u32 mul = t->tsc_to_system_mul;

	if (t->tsc_shift < 0)
		d >>= -t->tsc_shift;
	else
		d <<= t->tsc_shift;
	/* (d * mul) >> 32 without 128-bit arithmetic */
	return t->system_time + (d >> 32) * mul + (((d & 0xffffffff) * mul) >> 32);
}

u64 pvclock_read(const volatile struct vcpu_time_info *t)
{
	struct vcpu_time_info c;

	return pvclock_copy(t, &c) ? pvclock_at(&c, rdtsc()) : 0;
}

u32 pvclock_khz(const struct vcpu_time_info *t)
{
	u64 khz = 1000000ULL << 32;

	if (!t->tsc_to_system_mul)
		return 0;
	khz /= t->tsc_to_system_mul;
	return t->tsc_shift < 0 ? khz << -t->tsc_shift : khz >> t->tsc_shift;
}

u64 system_time(void)
{
	struct vcpu_info *v = this_cpu()->vcpu_info;

	if (!v)
		test_error("system_time() before a vcpu_info is known");
	return pvclock_read(&v->time);
}
