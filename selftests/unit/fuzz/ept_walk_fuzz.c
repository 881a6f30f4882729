// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walker of guest page tables against a second one, on any tables in any mode: same answer,
 * same address, same accessed and dirty bits. The input is the mode, the address, and then pairs
 * of 2 bytes where an entry is and 8 bytes what it is.
 */
#include <linux/types.h>

#include <stdlib.h>
#include <string.h>

#include "walk_model.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

struct input {
	u64 linear;
	u32 cr3;
	u32 cr4;
	u32 pkru;
	u16 efer;
	u8 maxphyaddr;
	u8 flags;
	u16 readonly;
	u16 access;
} __attribute__((packed));

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct model_memory memory;
	struct walk_mode mode = { 0 };
	struct input in;

	if (size < sizeof(in))
		return -1;
	memcpy(&in, data, sizeof(in));
	data += sizeof(in);
	size -= sizeof(in);
	mode.cr0 = (in.flags & 1 ? 0 : WALK_CR0_PG) | (in.flags & 2 ? WALK_CR0_WP : 0);
	mode.cr3 = in.cr3;
	mode.cr4 = in.cr4;
	mode.efer = in.efer;
	mode.pkru = in.pkru;
	mode.maxphyaddr = 32 + in.maxphyaddr % 21;
	mode.gbpages = in.flags & 4;
	mode.ac = in.flags & 8;

	memset(&memory, 0, sizeof(memory));
	memory.readonly = in.readonly;
	for (; size >= 10; size -= 10, data += 10) {
		u16 at;

		memcpy(&at, data, 2);
		memcpy(memory.byte + (at & ~7U), data + 2, 8);
	}
	if (model_compare(&mode, &memory, in.linear, in.access & 7))
		abort();
	return 0;
}
