// SPDX-License-Identifier: GPL-2.0-only
/* Handles of grant mappings against a plain array. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include <stdlib.h>
#include <string.h>

#include "grant/maptrack.h"
#include "unit.h"

static struct domain *const granter = (struct domain *)0x1000;

TEST(without_mappings_no_handle_is_good)
{
	static const u32 handles[] = { 0, 1, 255, 256, 0x7fffffff, 0xffffffff };
	struct gnttab_maptrack m;
	unsigned int i;

	ASSERT_EQ(gnttab_maptrack_init(&m, 4), 0);
	for (i = 0; i < ARRAY_SIZE(handles); i++)
		EXPECT_NULL(gnttab_maptrack_find(&m, handles[i]));
	gnttab_maptrack_free(&m);
	gnttab_maptrack_free(&m);
}

TEST(no_more_than_allowed)
{
	struct gnttab_maptrack m;
	unsigned int i;
	u32 handle;

	ASSERT_EQ(gnttab_maptrack_init(&m, 2), 0);
	for (i = 0; i < 2 * GNTTAB_HANDLES_PER_FRAME; i++)
		ASSERT_EQ(gnttab_maptrack_get(&m, &handle), 0);
	EXPECT_EQ(gnttab_maptrack_get(&m, &handle), -ENOSPC);
	gnttab_maptrack_put(&m, 77);
	ASSERT_EQ(gnttab_maptrack_get(&m, &handle), 0);
	EXPECT_EQ(handle, 77);
	EXPECT_EQ(gnttab_maptrack_get(&m, &handle), -ENOSPC);
	gnttab_maptrack_free(&m);

	ASSERT_EQ(gnttab_maptrack_init(&m, 0), 0);
	EXPECT_EQ(gnttab_maptrack_get(&m, &handle), -ENOSPC);
	gnttab_maptrack_free(&m);
	EXPECT_EQ(gnttab_maptrack_init(&m, 0xffffffff), -EINVAL);
	EXPECT_EQ(gnttab_maptrack_init(&m, 1U << 24), -EINVAL);
}

TEST(what_is_half_unmapped_is_not_found)
{
	struct gnttab_maptrack m;
	u32 handle;

	ASSERT_EQ(gnttab_maptrack_init(&m, 1), 0);
	ASSERT_EQ(gnttab_maptrack_get(&m, &handle), 0);
	EXPECT_NULL(gnttab_maptrack_find(&m, handle));
	gnttab_maptrack_entry(&m, handle)->granter = granter;
	EXPECT_NOT_NULL(gnttab_maptrack_find(&m, handle));
	gnttab_maptrack_entry(&m, handle)->gone = true;
	EXPECT_NULL(gnttab_maptrack_find(&m, handle));
	gnttab_maptrack_put(&m, handle);
	EXPECT_NULL(gnttab_maptrack_find(&m, handle));
	ASSERT_EQ(gnttab_maptrack_get(&m, &handle), 0);
	gnttab_maptrack_entry(&m, handle)->granter = granter;
	EXPECT_NOT_NULL(gnttab_maptrack_find(&m, handle));
	gnttab_maptrack_free(&m);
}

TEST(like_a_plain_array)
{
	enum { FRAMES = 5, SIZE = FRAMES * GNTTAB_HANDLES_PER_FRAME };
	static u32 model[SIZE];		/* reference + 1 of what is mapped */
	struct gnttab_mapping *mapping;
	unsigned int i, used = 0;
	struct gnttab_maptrack m;
	u32 handle;
	int err;

	srand(11);
	memset(model, 0, sizeof(model));
	ASSERT_EQ(gnttab_maptrack_init(&m, FRAMES), 0);
	for (i = 0; i < 50000; i++) {
		if (rand() % 100 < (i / 10000 % 2 ? 20 : 80)) {
			err = gnttab_maptrack_get(&m, &handle);
			ASSERT_EQ(err, used == SIZE ? -ENOSPC : 0);
			if (err)
				continue;
			ASSERT_LT(handle, SIZE);
			ASSERT_EQ(model[handle], 0);
			mapping = gnttab_maptrack_entry(&m, handle);
			ASSERT_NULL(mapping->granter);
			mapping->granter = granter;
			mapping->ref = i;
			model[handle] = i + 1;
			used++;
		} else {
			handle = (u32)rand() % (SIZE + 100);
			mapping = gnttab_maptrack_find(&m, handle);
			if (handle >= SIZE || !model[handle]) {
				ASSERT_NULL(mapping);
				continue;
			}
			ASSERT_NOT_NULL(mapping);
			ASSERT_EQ(mapping->ref, model[handle] - 1);
			gnttab_maptrack_put(&m, handle);
			model[handle] = 0;
			used--;
		}
		ASSERT_EQ(m.used, used);
	}
	gnttab_maptrack_free(&m);
}

TEST(no_memory_is_told)
{
	unsigned int i;

	for (i = 0; unit_alloc_failing(i); i++) {
		struct gnttab_maptrack m;
		u32 handle;
		int err;

		ASSERT_EQ(gnttab_maptrack_init(&m, 2), 0);
		err = gnttab_maptrack_get(&m, &handle);
		EXPECT_EQ(err, unit_alloc_failed() ? -ENOMEM : 0);
		/* And again: what failed left nothing that is in the way. */
		if (err)
			EXPECT_EQ(gnttab_maptrack_get(&m, &handle), 0);
		gnttab_maptrack_free(&m);
	}
	EXPECT_EQ(i, 3);
}
