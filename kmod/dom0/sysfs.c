// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/hypervisor, as the kernel's own driver makes it in domain 0 (drivers/xen/sys-hypervisor.c):
 * start scripts and wrappers of the distribution look there.  Other software takes it for a sign
 * that the machine is virtual, so it is only made when it is asked for.
 */
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sysfs.h>
#include <xen/interface/xen.h>
#include <xen/interface/version.h>

#include "dom0/internal.h"
#include "domain/domain.h"
#include "hypercall/xen_version.h"
#include "xlhv.h"

static bool dom0_sysfs;
module_param(dom0_sysfs, bool, 0444);
MODULE_PARM_DESC(dom0_sysfs, "create /sys/hypervisor as Xen's domain 0 has it (default: off)");

#define SHOW(name, format, ...)								\
static ssize_t name##_show(struct kobject *kobj, struct kobj_attribute *attr, char *to)	\
{											\
	return sysfs_emit(to, format "\n", ##__VA_ARGS__);				\
}											\
static struct kobj_attribute attr_##name = __ATTR_RO(name)

/* Texts are as long as a hypercall gives them. */
#define LEN(type, field)	((int)sizeof(((type *)NULL)->field) - 1)
#define COMPILE(field)		LEN(struct xen_compile_info, field)

SHOW(type, "xen");
SHOW(guest_type, "PVH");
SHOW(uuid, "%pU", dom0_domain()->uuid);
SHOW(major, "%u", XEN_CLAIM_MAJOR);
SHOW(minor, "%u", XEN_CLAIM_MINOR);
SHOW(extra, "%s", XEN_CLAIM_EXTRA);
SHOW(compiler, "%.*s", COMPILE(compiler), XEN_CLAIM_COMPILER);
SHOW(compiled_by, "%.*s", COMPILE(compile_by), XEN_CLAIM_COMPILE_BY);
SHOW(compile_date, "%.*s", COMPILE(compile_date), XEN_CLAIM_COMPILE_DATE);
SHOW(capabilities, "%s", XEN_CLAIM_CAPABILITIES);
SHOW(changeset, "%s", XEN_CLAIM_CHANGESET);
SHOW(features, "%08lx", XEN_CLAIM_FEATURES_DOM0);
SHOW(pagesize, "%lx", PAGE_SIZE);
SHOW(virtual_start, "%llx", XEN_CLAIM_VIRT_START_64);

#define GROUP(group, folder, ...)						\
static struct attribute *group##_attrs[] = { __VA_ARGS__, NULL };		\
static const struct attribute_group group##_group = {				\
	.name = folder,								\
	.attrs = group##_attrs,							\
}

GROUP(top, NULL, &attr_type.attr, &attr_guest_type.attr, &attr_uuid.attr);
GROUP(version, "version", &attr_major.attr, &attr_minor.attr, &attr_extra.attr);
GROUP(compilation, "compilation", &attr_compiler.attr, &attr_compiled_by.attr,
      &attr_compile_date.attr);
GROUP(properties, "properties", &attr_capabilities.attr, &attr_changeset.attr,
      &attr_features.attr, &attr_pagesize.attr, &attr_virtual_start.attr);

static const struct attribute_group *groups[] = {
	&top_group, &version_group, &compilation_group, &properties_group, NULL
};

static bool made;

/* Has somebody said already under what this kernel runs? */
static bool said_already(void)
{
	struct kernfs_node *type = kernfs_find_and_get(hypervisor_kobj->sd, "type");

	kernfs_put(type);
	return type;
}

/**
 * dom0_sysfs_init() - make what is below /sys/hypervisor, if it is wanted
 *
 * Return: 0; what sysfs_create_groups() returns.
 */
int dom0_sysfs_init(void)
{
	int err;

	if (!dom0_sysfs)
		return 0;
	if (!IS_ENABLED(CONFIG_SYS_HYPERVISOR)) {
		pr_warn("this kernel has no /sys/hypervisor: dom0_sysfs=1 makes none\n");
		return 0;
	}
	if (said_already()) {
		pr_warn("/sys/hypervisor is taken: dom0_sysfs=1 leaves it alone\n");
		return 0;
	}
	err = sysfs_create_groups(hypervisor_kobj, groups);
	made = !err;
	return err;
}

/* Also after a dom0_sysfs_init() that made nothing. */
void dom0_sysfs_exit(void)
{
	if (IS_ENABLED(CONFIG_SYS_HYPERVISOR) && made)
		sysfs_remove_groups(hypervisor_kobj, groups);
	made = false;
}
