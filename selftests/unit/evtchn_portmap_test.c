// SPDX-License-Identifier: GPL-2.0-only
/* Sets of ports against a plain array. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include <stdlib.h>
#include <string.h>

#include "evtchn/portmap.h"
#include "unit.h"

TEST(an_empty_set_has_none)
{
	struct evtchn_portmap map;

	ASSERT_EQ(evtchn_portmap_init(&map, 1024), 0);
	EXPECT_EQ(map.size, 1024);
	EXPECT_EQ(map.count, 0);
	EXPECT_EQ(evtchn_portmap_next(&map, 0), EVTCHN_PORTMAP_NONE);
	EXPECT_EQ(evtchn_portmap_next(&map, 1023), EVTCHN_PORTMAP_NONE);
	EXPECT_EQ(evtchn_portmap_next(&map, ~0U), EVTCHN_PORTMAP_NONE);
	evtchn_portmap_remove(&map, 5);
	EXPECT_EQ(map.count, 0);
	evtchn_portmap_free(&map);
	evtchn_portmap_free(&map);
}

TEST(the_lowest_is_found)
{
	struct evtchn_portmap map;

	ASSERT_EQ(evtchn_portmap_init(&map, 131072), 0);
	evtchn_portmap_add(&map, 131071);
	EXPECT_EQ(evtchn_portmap_next(&map, 0), 131071);
	EXPECT_EQ(evtchn_portmap_next(&map, 131071), 131071);
	evtchn_portmap_add(&map, 64);
	evtchn_portmap_add(&map, 63);
	evtchn_portmap_add(&map, 63);
	EXPECT_EQ(map.count, 3);
	EXPECT_EQ(evtchn_portmap_next(&map, 0), 63);
	EXPECT_EQ(evtchn_portmap_next(&map, 64), 64);
	EXPECT_EQ(evtchn_portmap_next(&map, 65), 131071);
	evtchn_portmap_remove(&map, 131071);
	EXPECT_EQ(evtchn_portmap_next(&map, 65), EVTCHN_PORTMAP_NONE);
	evtchn_portmap_free(&map);
}

TEST(sizes_are_rounded_up)
{
	struct evtchn_portmap map;

	ASSERT_EQ(evtchn_portmap_init(&map, 1), 0);
	EXPECT_EQ(map.size, 64);
	evtchn_portmap_add(&map, 63);
	EXPECT_EQ(evtchn_portmap_next(&map, 0), 63);
	evtchn_portmap_free(&map);
}

TEST(like_a_plain_array)
{
	static const unsigned int sizes[] = { 64, 128, 4096, 4160 };
	unsigned int s, i, expected, count;

	srand(7);
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		const unsigned int size = sizes[s];
		bool *model = calloc(size, 1);
		struct evtchn_portmap map;

		unit_context("size %u", size);
		ASSERT_EQ(evtchn_portmap_init(&map, size), 0);
		for (i = 0, count = 0; i < 20000; i++) {
			unsigned int port = (unsigned int)rand() % size;

			/* In waves, so that it is nearly full and nearly empty at times. */
			if (rand() % 100 < (i / 5000 % 2 ? 10 : 90)) {
				count += !model[port];
				model[port] = true;
				evtchn_portmap_add(&map, port);
			} else {
				count -= model[port];
				model[port] = false;
				evtchn_portmap_remove(&map, port);
			}
			ASSERT_EQ(map.count, count);
			port = (unsigned int)rand() % size;
			for (expected = port; expected < size && !model[expected]; expected++)
				;
			ASSERT_EQ(evtchn_portmap_next(&map, port),
				  expected < size ? expected : EVTCHN_PORTMAP_NONE);
		}
		evtchn_portmap_free(&map);
		free(model);
	}
	unit_context("%s", "");
}

/* Around the ends of words, and of words of words. */
TEST(few_of_many)
{
	enum { SIZE = 131072, FEW = 4 };
	unsigned int port[FEW] = { 0 }, i, k, from, expected;
	struct evtchn_portmap map;

	srand(11);
	ASSERT_EQ(evtchn_portmap_init(&map, SIZE), 0);
	for (i = 0; i < 100000; i++) {
		unsigned int unit = i % 2 ? 64 : 4096;

		k = (unsigned int)rand() % FEW;
		evtchn_portmap_remove(&map, port[k]);
		port[k] = ((unsigned int)rand() % (SIZE / unit) * unit + SIZE - rand() % 2) % SIZE;
		for (k = 0; k < FEW; k++)
			evtchn_portmap_add(&map, port[k]);
		from = ((unsigned int)rand() % (SIZE / unit) * unit + SIZE - rand() % 2) % SIZE;
		expected = EVTCHN_PORTMAP_NONE;
		for (k = 0; k < FEW; k++)
			if (port[k] >= from && port[k] < expected)
				expected = port[k];
		ASSERT_EQ(evtchn_portmap_next(&map, from), expected);
		if (i % 16)
			continue;
		/* All gone, one after the other. */
		for (k = 0; k < FEW; k++)
			evtchn_portmap_remove(&map, port[k]);
		ASSERT_EQ(evtchn_portmap_next(&map, 0), EVTCHN_PORTMAP_NONE);
	}
	evtchn_portmap_free(&map);
}

TEST(no_memory_is_told)
{
	unsigned int i;

	for (i = 0; unit_alloc_failing(i); i++) {
		struct evtchn_portmap map = { 0 };
		int err = evtchn_portmap_init(&map, 4096);

		EXPECT_EQ(err, unit_alloc_failed() ? -ENOMEM : 0);
		evtchn_portmap_free(&map);
	}
	EXPECT_EQ(i, 2);
}
