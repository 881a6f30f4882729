// SPDX-License-Identifier: GPL-2.0-only
/*
 * 2-level events with a guest that acts between any two steps of ours. The first byte says which
 * layout, and whether it plays by the rules; the others are eaten as they come: what the hypervisor
 * is asked to do, and at each of its steps what the guest does meanwhile.
 *
 * By the rules: no event may be lost. Otherwise: nothing but bits of the named port changes.
 */
#include <linux/bits.h>
#include <linux/types.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "evtchn/two_level_words.h"
#include "input.h"

#define PORTS	8	/* far from each other, in words of their own and not */

void evtchn_unit_step(void);

static const u32 port_of[PORTS] = { 1, 2, 31, 32, 63, 64, 1023, 1000 };

static struct {
	u32 before;
	u32 pending[EVTCHN_2L_PORTS / 32];
	u32 middle;
	u32 mask[EVTCHN_2L_PORTS / 32];
	u32 behind;
	u32 sel[2];
	u32 after;
} memory;

static struct evtchn_2l words = { .pending = memory.pending, .mask = memory.mask };
static bool hostile, inside, upcall;
static bool raised[PORTS];	/* and not seen by the guest yet */
static unsigned int steps;

static bool bit(const u32 *map, u32 nr)
{
	return map[nr / 32] >> nr % 32 & 1;
}

/* The handler: the selector first, then what is pending and not masked. */
static void handle(void)
{
	u32 sel[2] = { memory.sel[0], memory.sel[1] };
	unsigned int i;

	upcall = false;
	memory.sel[0] = 0;
	memory.sel[1] = 0;
	for (i = 0; i < PORTS; i++) {
		u32 port = port_of[i];

		if (bit(sel, port / (words.compat ? 32 : 64)) && bit(memory.pending, port) &&
		    !bit(memory.mask, port)) {
			memory.pending[port / 32] &= ~BIT(port % 32);
			raised[i] = false;
		}
	}
}

static void guest_acts(u8 byte)
{
	u32 port = port_of[byte / 8 % PORTS];

	if (hostile) {
		memory.pending[port / 32] ^= byte & 1 ? BIT(port % 32) : 0;
		memory.mask[port / 32] ^= byte & 2 ? BIT(port % 32) : 0;
		memory.sel[byte / 4 % 2] ^= byte & 4 ? eat() : 0;
		return;
	}
	if (byte % 8 == 1 && upcall)
		handle();
	else if (byte % 8 == 2)
		memory.mask[port / 32] |= BIT(port % 32);
}

void evtchn_unit_step(void)
{
	/* Each operation has an end, whatever the guest does. */
	if (inside || ++steps > 16)
		abort();
	inside = true;
	guest_acts(eat());
	inside = false;
}

static void act(u8 byte)
{
	unsigned int i = byte / 8 % PORTS, result = 0;
	u32 port = port_of[i];

	steps = 0;
	switch (byte % 4) {
	case 0:
	case 1:
		raised[i] = true;
		result = evtchn_2l_words_raise(&words, port, memory.sel);
		break;
	case 2:
		result = evtchn_2l_words_unmask(&words, port, memory.sel);
		break;
	default:
		/* No such port in either layout. */
		result = evtchn_2l_words_raise(&words, EVTCHN_2L_PORTS + byte, memory.sel);
		if (result)
			abort();
	}
	if (result & EVTCHN_RAISED_UPCALL)
		upcall = true;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned int i;

	if (!size)
		return -1;
	input_begin(data, size);
	memset(&memory, 0, sizeof(memory));
	memset(raised, 0, sizeof(raised));
	upcall = false;
	i = eat();
	words.compat = i & 1;
	hostile = i & 2;
	while (left)
		act(eat());
	if (memory.before || memory.middle || memory.behind || memory.after)
		abort();
	if (!hostile) {
		/*
		 * In the end the guest unmasks all, as Linux does it: what is pending is masked
		 * again, for the hypervisor to unmask.
		 */
		for (i = 0; i < PORTS; i++) {
			memory.mask[port_of[i] / 32] |= BIT(port_of[i] % 32);
			act(i * 8 + 2);
		}
		if (upcall)
			handle();
		for (i = 0; i < PORTS; i++)
			if (raised[i])
				abort();
	}
	/* All but these ports is as it was. */
	for (i = 0; i < PORTS; i++) {
		memory.mask[port_of[i] / 32] &= ~BIT(port_of[i] % 32);
		memory.pending[port_of[i] / 32] &= ~BIT(port_of[i] % 32);
	}
	for (i = 0; i < EVTCHN_2L_PORTS / 32; i++)
		if (memory.mask[i] || memory.pending[i])
			abort();
	return 0;
}
