/* SPDX-License-Identifier: GPL-2.0-only */
/* kinds - the kinds of device that a domain may have */
#ifndef XLCTL_MONITOR_KINDS_H
#define XLCTL_MONITOR_KINDS_H

#include "device/kind.h"

extern const struct device_kinds monitor_kinds;

#endif /* XLCTL_MONITOR_KINDS_H */
