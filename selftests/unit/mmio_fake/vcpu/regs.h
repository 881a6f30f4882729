/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers that the code under test asks for are in the vCPU's own header. */
#ifndef MMIO_FAKE_VCPU_REGS_H
#define MMIO_FAKE_VCPU_REGS_H

#include "vcpu/vcpu.h"

#endif /* MMIO_FAKE_VCPU_REGS_H */
