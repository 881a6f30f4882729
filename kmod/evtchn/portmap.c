// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of ports.  Three levels of bits: the lowest port of any number is found by a
 * look at four words at most.  Pure but for the memory; the caller has the lock.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/slab.h>

#include "evtchn/portmap.h"

/**
 * evtchn_portmap_init() - an empty set
 * @map: written
 * @size: ports 0 to @size - 1 can be in it; at most EVTCHN_PORTMAP_MAX
 *
 * Return: 0, -ENOMEM.
 */
int evtchn_portmap_init(struct evtchn_portmap *map, unsigned int size)
{
	unsigned int words = BITS_TO_LONGS(size);

	map->size = words * BITS_PER_LONG;
	map->count = 0;
	map->top = 0;
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
	map->top |= BIT(BIT_WORD(BIT_WORD(port)));
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
	if (!map->word[BIT_WORD(port)]) {
		__clear_bit(BIT_WORD(port), map->summary);
		if (!map->summary[BIT_WORD(BIT_WORD(port))])
			map->top &= ~BIT(BIT_WORD(BIT_WORD(port)));
	}
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
	unsigned int index = BIT_WORD(from), above;
	unsigned long bits;

	if (from >= map->size)
		return EVTCHN_PORTMAP_NONE;
	bits = map->word[index] & (~0UL << from % BITS_PER_LONG);
	if (bits)
		return index * BITS_PER_LONG + __ffs(bits);

	/* Words after this one, as far as one word of the summary tells of them. */
	above = BIT_WORD(index);
	bits = map->summary[above] & (~1UL << index % BITS_PER_LONG);
	if (!bits) {
		bits = map->top & (~1UL << above);
		if (!bits)
			return EVTCHN_PORTMAP_NONE;
		above = __ffs(bits);
		bits = map->summary[above];
	}
	index = above * BITS_PER_LONG + __ffs(bits);
	return index * BITS_PER_LONG + __ffs(map->word[index]);
}
