// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of ports.  Two levels of bits: the lowest port of 131072 is found in at most
 * 32 + 1 + 1 words.  Pure but for the memory; the caller has the lock.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/slab.h>

#include "evtchn/portmap.h"

/**
 * evtchn_portmap_init() - an empty set
 * @map: written
 * @size: ports 0 to @size - 1 can be in it
 *
 * Return: 0, -ENOMEM.
 */
int evtchn_portmap_init(struct evtchn_portmap *map, unsigned int size)
{
	unsigned int words = BITS_TO_LONGS(size);

	map->size = words * BITS_PER_LONG;
	map->count = 0;
	map->word = kvcalloc(words + BITS_TO_LONGS(words), sizeof(*map->word),
			     GFP_KERNEL_ACCOUNT);
	if (!map->word)
		return -ENOMEM;
	map->summary = map->word + words;
	return 0;
}

/**
 * evtchn_portmap_free() - free the memory of a set
 * @map: initialised or zeroed
 */
void evtchn_portmap_free(struct evtchn_portmap *map)
{
	kvfree(map->word);
	map->word = NULL;
}

/**
 * evtchn_portmap_add() - put a port into the set
 * @map: the set
 * @port: less than the size; may be in it
 */
void evtchn_portmap_add(struct evtchn_portmap *map, unsigned int port)
{
	if (__test_and_set_bit(port, map->word))
		return;
	__set_bit(BIT_WORD(port), map->summary);
	map->count++;
}

/**
 * evtchn_portmap_remove() - take a port out of the set
 * @map: the set
 * @port: less than the size; need not be in it
 */
void evtchn_portmap_remove(struct evtchn_portmap *map, unsigned int port)
{
	if (!__test_and_clear_bit(port, map->word))
		return;
	if (!map->word[BIT_WORD(port)])
		__clear_bit(BIT_WORD(port), map->summary);
	map->count--;
}

/**
 * evtchn_portmap_next() - the lowest port from one on
 * @map: the set
 * @from: where to begin; any number
 *
 * Return: the port, EVTCHN_PORTMAP_NONE if there is none.
 */
unsigned int evtchn_portmap_next(const struct evtchn_portmap *map, unsigned int from)
{
	unsigned int words = map->size / BITS_PER_LONG, index;
	unsigned long bits;

	if (from >= map->size)
		return EVTCHN_PORTMAP_NONE;
	index = BIT_WORD(from);
	bits = map->word[index] & (~0UL << from % BITS_PER_LONG);
	if (!bits) {
		index = find_next_bit(map->summary, words, index + 1);
		if (index >= words)
			return EVTCHN_PORTMAP_NONE;
		bits = map->word[index];
	}
	return index * BITS_PER_LONG + __ffs(bits);
}
