/* SPDX-License-Identifier: GPL-2.0-only */
/* The threads of a domain's vCPUs. */
#ifndef XLHV_VCPU_THREAD_H
#define XLHV_VCPU_THREAD_H

#include "domain/parts.h"

/* Module load and unload. */
void vcpu_threads_init(void);
void vcpu_threads_exit(void);

extern const struct domain_part vcpu_part;

#endif /* XLHV_VCPU_THREAD_H */
