/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_REBOOT_H
#define UNIT_SHIM_LINUX_REBOOT_H

#include <linux/notifier.h>

#define SYS_RESTART	1
#define SYS_HALT	2
#define SYS_POWER_OFF	3

extern struct notifier_block *unit_reboot;	/* what is registered */

int register_reboot_notifier(struct notifier_block *nb);
int unregister_reboot_notifier(struct notifier_block *nb);

#endif /* UNIT_SHIM_LINUX_REBOOT_H */
