/* SPDX-License-Identifier: GPL-2.0-only */
/* As on a kernel whose RCU may be lazy. */
#ifndef EPT_FAKE_COMPAT_H
#define EPT_FAKE_COMPAT_H

#include "ept_fake/fake.h"

#define compat_call_rcu_hurry(head, func)	call_rcu_hurry(head, func)

#endif /* EPT_FAKE_COMPAT_H */
