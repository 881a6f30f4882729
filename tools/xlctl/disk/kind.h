/* SPDX-License-Identifier: GPL-2.0-only */
/* kind - disks, among the kinds of device */
#ifndef XLCTL_DISK_KIND_H
#define XLCTL_DISK_KIND_H

#include "device/kind.h"

extern const struct device_kind disk_kind;

#endif /* XLCTL_DISK_KIND_H */
