/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes the place of kmod/ept/ept.h for kmod/vmx/guest/mmio.c. */
#include "vcpu/vcpu.h"
