/* SPDX-License-Identifier: GPL-2.0-only */
/* counters - the module's counters of a domain, whatever they are */
#ifndef XLCTL_COUNTERS_H
#define XLCTL_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include <xlhv.h>

/**
 * struct counters - what counters there are
 * @names: what each is
 * @count: how many
 */
struct counters {
	struct xlhv_stat_name *names;
	uint32_t count;
};

/**
 * counters_names - ask for the counters there are
 * @device: from device_open()
 * @counters: the result; to be freed with counters_free()
 *
 * Returns 0, or -1 after a message.
 */
int counters_names(int device, struct counters *counters);

void counters_free(struct counters *counters);

/**
 * counters_read - values of all counters
 * @counters: what there are
 * @domain: descriptor of the domain
 * @vcpu: number of a vCPU, or XLHV_ALL_VCPUS
 * @values: room for @counters->count values; zero where there is none
 *
 * Returns 0, or -1 with errno set and no message.
 */
int counters_read(const struct counters *counters, int domain, uint32_t vcpu, uint64_t *values);

/**
 * counters_find - index of a counter
 * @counters: what there are
 * @name: its name
 *
 * Returns its index, or -1 if this module has no such counter.
 */
int counters_find(const struct counters *counters, const char *name);

#endif /* XLCTL_COUNTERS_H */
