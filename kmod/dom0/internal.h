/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of kmod/dom0 share among themselves.
 *
 * Each node is a row of the table in dom0.c, a file of its own in this folder, and a
 * struct file_operations that is declared here.
 */
#ifndef XLHV_DOM0_INTERNAL_H
#define XLHV_DOM0_INTERNAL_H

#include <linux/mm_types.h>
#include <linux/types.h>

#include "base/ioctl.h"
#include "dom0/dom0.h"

struct domain;
struct file_operations;
struct vm_operations_struct;

/* Areas whose pages are all put there by mmap(): what has none is SIGBUS. */
extern const struct vm_operations_struct dom0_fixed_vm_ops;
vm_fault_t dom0_no_page(struct vm_fault *vmf);

extern const struct file_operations dom0_evtchn_fops;
extern const struct file_operations dom0_privcmd_fops;
extern const struct file_operations dom0_gntdev_fops;
extern const struct file_operations dom0_gntalloc_fops;
extern const struct file_operations dom0_hypercall_fops;
extern const struct file_operations dom0_xenbus_fops;
extern const struct file_operations dom0_xenbus_backend_fops;

/* store.c */
extern const struct ioctl_op dom0_ioctls[];

/* There while the module is: who has a file of these open needs no reference. */
struct domain *dom0_domain(void);

int dom0_proc_init(void);
void dom0_proc_exit(void);

int dom0_sysfs_init(void);
void dom0_sysfs_exit(void);

#endif /* XLHV_DOM0_INTERNAL_H */
