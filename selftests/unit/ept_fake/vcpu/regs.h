/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers that the code under test asks for are in the vCPU's own header. */
#ifndef EPT_FAKE_VCPU_REGS_H
#define EPT_FAKE_VCPU_REGS_H

#include "vcpu/vcpu.h"

#endif /* EPT_FAKE_VCPU_REGS_H */
