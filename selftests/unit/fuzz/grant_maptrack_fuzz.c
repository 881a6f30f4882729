// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handles of grant mappings beside a plain array: three bytes are one operation, as a guest
 * chooses it: take one, give one back, look for one.
 */
#include <linux/errno.h>
#include <linux/types.h>

#include <stdlib.h>
#include <string.h>

#include "grant/maptrack.h"

#define FRAMES	2
#define SIZE	(FRAMES * GNTTAB_HANDLES_PER_FRAME)

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static u32 model[SIZE];		/* reference + 1 of what is mapped */

static void take(struct gnttab_maptrack *m, u32 ref, u32 *used)
{
	struct gnttab_mapping *mapping;
	u32 handle;
	int err = gnttab_maptrack_get(m, &handle);

	if (err) {
		if (err != -ENOSPC || *used != SIZE)
			abort();
		return;
	}
	if (handle >= SIZE || model[handle])
		abort();
	mapping = gnttab_maptrack_entry(m, handle);
	if (mapping->granter)
		abort();
	mapping->granter = (struct domain *)0x1000;
	mapping->ref = ref;
	model[handle] = ref + 1;
	++*used;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct gnttab_mapping *mapping;
	struct gnttab_maptrack m;
	u32 used = 0, handle, n;

	memset(model, 0, sizeof(model));
	if (gnttab_maptrack_init(&m, FRAMES))
		return -1;
	for (; size >= 3; data += 3, size -= 3) {
		handle = data[1] | (u32)data[2] << 8;
		switch (data[0] % 4) {
		case 0:
			/* A whole batch, so that all can be taken by a short input. */
			for (n = 0; n <= data[1]; n++)
				take(&m, data[2] + n, &used);
			break;
		case 1:
			take(&m, handle, &used);
			break;
		default:
			handle %= SIZE + 64;
			mapping = gnttab_maptrack_find(&m, handle);
			if (!mapping != !(handle < SIZE && model[handle]))
				abort();
			if (!mapping)
				break;
			if (mapping->ref + 1 != model[handle])
				abort();
			if (data[0] % 4 == 3)
				break;
			gnttab_maptrack_put(&m, handle);
			model[handle] = 0;
			used--;
		}
		if (m.used != used)
			abort();
	}
	gnttab_maptrack_free(&m);
	return 0;
}
