/* SPDX-License-Identifier: GPL-2.0-only */
/* A set of ports from which the lowest is found in a bounded number of steps. */
#ifndef XLHV_EVTCHN_PORTMAP_H
#define XLHV_EVTCHN_PORTMAP_H

#include <linux/bits.h>
#include <linux/types.h>

#define EVTCHN_PORTMAP_NONE	(~0U)

/* Most ports that there is room for. */
#define EVTCHN_PORTMAP_MAX	(BITS_PER_LONG * BITS_PER_LONG * BITS_PER_LONG)

/**
 * struct evtchn_portmap - a set of ports
 * @word: a bit for each port
 * @summary: a bit for each word that is not 0
 * @top: a bit for each word of @summary that is not 0
 * @size: ports there is room for, a multiple of the bits of a word
 * @count: ports in it
 */
struct evtchn_portmap {
	unsigned long *word;
	unsigned long *summary;
	unsigned long top;
	unsigned int size;
	unsigned int count;
};

int evtchn_portmap_init(struct evtchn_portmap *map, unsigned int size);
void evtchn_portmap_free(struct evtchn_portmap *map);
void evtchn_portmap_add(struct evtchn_portmap *map, unsigned int port);
void evtchn_portmap_remove(struct evtchn_portmap *map, unsigned int port);
unsigned int evtchn_portmap_next(const struct evtchn_portmap *map, unsigned int from);

#endif /* XLHV_EVTCHN_PORTMAP_H */
