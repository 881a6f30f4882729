// SPDX-License-Identifier: GPL-2.0-only
/*
 * The set of free ports beside a plain array: the first byte chooses its size, three more are one
 * operation: add, remove, or give out the lowest from some port on.
 */
#include <linux/types.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "evtchn/portmap.h"

#define MOST	8192

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static bool model[MOST];

static u32 lowest(u32 from, u32 ports)
{
	for (; from < ports; from++)
		if (model[from])
			return from;
	return EVTCHN_PORTMAP_NONE;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u32 sizes[] = { 64, 128, 1024, 4096, 4160, MOST };
	struct evtchn_portmap map;
	u32 ports, port, count = 0;

	if (!size)
		return -1;
	ports = sizes[*data++ % 6];
	size--;
	memset(model, 0, sizeof(model));
	if (evtchn_portmap_init(&map, ports))
		return -1;
	for (; size >= 3; data += 3, size -= 3) {
		port = (data[1] | (u32)data[2] << 8) % ports;
		switch (data[0] % 4) {
		case 0:
		case 1:
			count += !model[port];
			model[port] = true;
			evtchn_portmap_add(&map, port);
			break;
		case 2:
			count -= model[port];
			model[port] = false;
			evtchn_portmap_remove(&map, port);
			break;
		default:
			if (evtchn_portmap_next(&map, port) != lowest(port, ports))
				abort();
			port = lowest(port, ports);
			if (port == EVTCHN_PORTMAP_NONE)
				break;
			count--;
			model[port] = false;
			evtchn_portmap_remove(&map, port);
		}
		if (map.count != count)
			abort();
	}
	if (evtchn_portmap_next(&map, 0) != lowest(0, ports))
		abort();
	evtchn_portmap_free(&map);
	return 0;
}
