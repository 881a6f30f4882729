/* SPDX-License-Identifier: GPL-2.0-only */
/* kind - network interfaces, among the kinds of device */
#ifndef XLCTL_NET_KIND_H
#define XLCTL_NET_KIND_H

#include "device/kind.h"

extern const struct device_kind net_kind;

#endif /* XLCTL_NET_KIND_H */
