/* SPDX-License-Identifier: GPL-2.0-only */
/* Of the kernel's objects only the set of modules is there. */
#ifndef UNIT_SHIM_LINUX_KOBJECT_H
#define UNIT_SHIM_LINUX_KOBJECT_H

#include <linux/types.h>

struct kset;

struct kobject {
	struct kset *kset;
};

extern bool unit_kvm_intel;	/* is that module loaded? */

struct kobject *kset_find_obj(struct kset *kset, const char *name);
void kobject_put(struct kobject *kobj);

#endif /* UNIT_SHIM_LINUX_KOBJECT_H */
