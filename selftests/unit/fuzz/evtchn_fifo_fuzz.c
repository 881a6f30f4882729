// SPDX-License-Identifier: GPL-2.0-only
/*
 * FIFO events with a guest that acts between any two steps of ours. The first byte says whether it
 * plays by the rules; the others are eaten as they come: what the hypervisor is asked to do, and
 * at each of its steps what the guest does meanwhile.
 *
 * By the rules: no event may be lost and no upcall forgotten. Otherwise: we end after few steps and
 * write nothing but words of ports, heads and ready bits.
 */
#include <stdlib.h>
#include <string.h>

#include "evtchn_guest.h"
#include "input.h"

#define PORTS		8
#define MAX_STEPS	40

static struct evtchn_guest guest;
static bool hostile, inside;
static unsigned int steps;

static void by_the_rules(u8 byte)
{
	u32 port = 1 + byte / 8 % (PORTS - 1);

	switch (byte % 8) {
	case 1:
	case 2:
		guest_consume(&guest, port % GUEST_VCPUS);
		break;
	case 3:
		guest_mask(&guest, port);
		break;
	case 4:
		guest_unmask(&guest, port);
		break;
	}
}

static void against_them(u8 byte)
{
	u32 value = 0;

	switch (byte % 4) {
	case 1:
		value = eat();
		value |= (u32)eat() << 24;
		guest.words[0][byte / 4 % PORTS] = value;
		break;
	case 2:
		guest.words[0][byte / 4 % PORTS] ^= (u32)eat() << 24;
		break;
	case 3:
		guest.control[byte / 4 % GUEST_VCPUS].ready = eat() << 4;
		break;
	}
}

void evtchn_unit_step(void)
{
	u8 byte;

	if (++steps > MAX_STEPS)
		abort();
	if (inside)
		return;
	inside = true;
	byte = eat();
	if (hostile)
		against_them(byte);
	else
		by_the_rules(byte);
	inside = false;
}

static void check_bounds(void)
{
	unsigned int i, q;

	for (i = 0; i < GUEST_VCPUS; i++) {
		for (q = 0; q < EVTCHN_FIFO_MAX_QUEUES; q++)
			if (guest.fifo->vcpu[i].tail[q] >= PORTS ||
			    guest.control[i].head[q] >= PORTS)
				abort();
		if (guest.control[i]._rsvd)
			abort();
	}
	for (i = PORTS; i < EVTCHN_FIFO_WORDS_PER_PAGE; i++)
		if (guest.words[0][i])
			abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned int i;

	if (size < 2)
		return -1;
	guest_init(&guest, 1);
	input_begin(data, size);
	hostile = eat() & 1;
	while (left) {
		u8 byte = eat();
		u32 port = 1 + byte / 8 % (PORTS - 1);

		steps = 0;
		switch (byte % 8) {
		case 0:
			guest.vcpu[port] = (guest.vcpu[port] + 1) % GUEST_VCPUS;
			break;
		case 1:
			guest.port[port].priority = eat() % EVTCHN_FIFO_MAX_QUEUES;
			break;
		case 2:
			guest_unmask_call(&guest, port);
			break;
		case 3:
			if (!hostile)
				by_the_rules(eat());
			break;
		default:
			guest_raise(&guest, port);
		}
	}
	if (hostile) {
		check_bounds();
	} else {
		/* A guest that masks unmasks some time. */
		inside = true;
		for (i = 1; i < PORTS; i++)
			if (guest_has(&guest, i, EVTCHN_FIFO_MASKED))
				guest_unmask(&guest, i);
		for (i = 1; i < PORTS; i++) {
			steps = 0;
			if (guest.wants_unmask[i])
				guest_unmask_call(&guest, i);
			guest.wants_unmask[i] = false;
		}
		if (!guest_settle(&guest, PORTS))
			abort();
		inside = false;
	}
	guest_free(&guest);
	return 0;
}
