/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_SYSCORE_OPS_H
#define UNIT_SHIM_LINUX_SYSCORE_OPS_H

#include <linux/types.h>

struct syscore_ops {
	int (*suspend)(void);
	void (*resume)(void);
	void (*shutdown)(void);
};

extern struct syscore_ops *unit_syscore;	/* what is registered */

void register_syscore_ops(struct syscore_ops *ops);
void unregister_syscore_ops(struct syscore_ops *ops);

#endif /* UNIT_SHIM_LINUX_SYSCORE_OPS_H */
