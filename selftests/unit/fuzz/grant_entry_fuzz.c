// SPDX-License-Identifier: GPL-2.0-only
/*
 * A grant entry with a guest that writes what it likes between any two steps of ours. The input
 * is eaten as it comes: what we do, and at each of our steps what the guest does.
 *
 * Whatever it does: we end after few steps, count pins as a plain model does, believe the entry
 * only when the first pin comes, stay in the page, and write nothing but the bits in use.
 */
#include <linux/kernel.h>
#include <linux/types.h>

#include <stdlib.h>
#include <string.h>

#include "grant/entry.h"
#include "grant/shared_words.h"
#include "input.h"

#define MAX_STEPS	16
#define IN_USE		(GTF_reading | GTF_writing)

static unsigned int steps;

static struct {
	u32 before;
	u32 word[4];
	u32 middle;
	u16 status;
	u16 after;
} memory;
/* The same, as it were without us. */
static u32 word[4];
static u16 status;
static unsigned int version;

void gnttab_unit_step(void)
{
	u8 byte = eat();
	unsigned int i = byte / 8 % 4;

	if (++steps > MAX_STEPS)
		abort();
	switch (byte % 8) {
	case 0:
		word[i] = eat() | (u32)eat() << 16;
		memory.word[i] = word[i];
		break;
	case 1:
		word[i] ^= 1U << byte / 32 << eat() % 24;
		memory.word[i] = word[i];
		break;
	case 2:
		status = eat();
		memory.status = status;
		break;
	}
}

static void check_memory(void)
{
	u32 ours = version == 1 ? IN_USE : 0;
	unsigned int i;

	for (i = 0; i < 4; i++)
		if ((memory.word[i] ^ word[i]) & ~(i ? 0 : ours))
			abort();
	if (memory.before || memory.middle || memory.after)
		abort();
	if ((memory.status ^ status) & ~(version == 1 ? 0 : IN_USE))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct page *page = (struct page *)0x1000;
	unsigned int readers = 0, writers = 0;
	struct gnttab_active act, was;
	struct gnttab_entry e;

	if (size < 4)
		return -1;
	input_begin(data, size);
	memset(&memory, 0, sizeof(memory));
	memset(&act, 0, sizeof(act));
	version = 1 + eat() % 2;
	memory.word[0] = GTF_permit_access | eat() | (u32)(eat() % 2) << 16;
	memcpy(word, memory.word, sizeof(word));
	status = 0;
	e.version = version;
	e.head = memory.word;
	e.status = version == 1 ? (u16 *)memory.word : &memory.status;
	while (left) {
		u8 byte = eat();
		const struct gnttab_request request = {
			.domid = byte / 8 % 2,
			.write = byte & 1,
			.map = byte & 2,
		};
		bool pinned = readers + writers;
		struct gnttab_target target;
		u32 head = 0;

		steps = 0;
		was = act;
		if (byte & 4) {
			if (!(request.write ? writers : readers))
				continue;
			if (request.write)
				writers--;
			else
				readers--;
			if ((gnttab_entry_unpin(&act, &e, request.write) == page) !=
			    !(readers + writers))
				abort();
		} else if (!gnttab_entry_begin(&act, &e, &request, &head)) {
			if (pinned && request.domid != act.domid)
				abort();
			if (!pinned) {
				if ((head & GTF_type_mask) != GTF_permit_access ||
				    head >> 16 != request.domid)
					abort();
				gnttab_entry_target(&e, head, &target);
				if (target.start + target.length > 4096 ||
				    (request.map && target.sub_page))
					abort();
			}
			if (byte & 16) {
				gnttab_entry_abort(&act, &e, request.write);
			} else {
				gnttab_entry_pin(&act, &request, pinned ? NULL : &target, page);
				if (request.write)
					writers++;
				else
					readers++;
			}
		}
		if (act.readers != readers || act.writers != writers ||
		    readers > GNTTAB_MAX_PINS || writers > GNTTAB_MAX_PINS)
			abort();
		if (pinned && (act.domid != was.domid || act.start != was.start ||
			       act.length != was.length || act.sub_page != was.sub_page))
			abort();
		check_memory();
	}
	return 0;
}
