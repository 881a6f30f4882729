/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes the place of kmod/lapic/lapic.h for kmod/vmx/guest/mmio.c. */
#include "vcpu/vcpu.h"
