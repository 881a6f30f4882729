/* SPDX-License-Identifier: GPL-2.0-only */
/* There are no readers beside the writer. */
#ifndef UNIT_SHIM_LINUX_RCULIST_H
#define UNIT_SHIM_LINUX_RCULIST_H

#include <linux/list.h>

#define list_add_rcu(entry, head)	list_add(entry, head)

#endif /* UNIT_SHIM_LINUX_RCULIST_H */
