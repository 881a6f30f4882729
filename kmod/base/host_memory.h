/* SPDX-License-Identifier: GPL-2.0-only */
/* What guests leave to the host. */
#ifndef XLHV_HOST_MEMORY_H
#define XLHV_HOST_MEMORY_H

#include <linux/types.h>

void host_memory_init(void);
bool host_can_spare(unsigned long pages);

#endif /* XLHV_HOST_MEMORY_H */
