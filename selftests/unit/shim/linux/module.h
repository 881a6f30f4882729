/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_MODULE_H
#define UNIT_SHIM_LINUX_MODULE_H

#include <linux/export.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>

enum module_state {
	MODULE_STATE_LIVE,
	MODULE_STATE_COMING,
	MODULE_STATE_GOING,
};

struct module {
	char name[56];
	struct {
		struct kobject kobj;
	} mkobj;
};

extern struct module unit_module;

#define THIS_MODULE	(&unit_module)

int register_module_notifier(struct notifier_block *nb);
int unregister_module_notifier(struct notifier_block *nb);

/* kvm_intel comes and goes, and whoever registered hears of it. */
void unit_module_event(const char *name, enum module_state state);

#endif /* UNIT_SHIM_LINUX_MODULE_H */
