/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_NOTIFIER_H
#define UNIT_SHIM_LINUX_NOTIFIER_H

#define NOTIFY_DONE	0
#define NOTIFY_OK	1

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long event, void *data);
	int priority;
};

#endif /* UNIT_SHIM_LINUX_NOTIFIER_H */
