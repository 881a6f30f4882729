// SPDX-License-Identifier: GPL-2.0-only
/* The kinds of device; see kinds.h. */
#include "disk/kind.h"
#include "monitor/kinds.h"
#include "net/kind.h"

static const struct device_kind *const kinds[] = { &disk_kind, &net_kind };

const struct device_kinds monitor_kinds = {
	.nr = sizeof(kinds) / sizeof(kinds[0]),
	.kinds = kinds,
};
