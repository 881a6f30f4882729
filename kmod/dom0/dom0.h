/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host as domain 0: the device nodes by which Xen's own user space knows it.
 *
 * Domain 0 itself is a struct domain, dom0_domain(), of which only event channels, the
 * grant table and an empty p2m are in use: dom_is_host(), dom_create_host().  What a guest is to
 * reach by a grant of domain 0's is put into that p2m by ept_map_special(); the number of the
 * grant does for its gfn.
 *
 * Each node is a row of the table in dom0.c, a file of its own in this folder, and a
 * struct file_operations that is declared here.
 */
#ifndef XLHV_DOM0_H
#define XLHV_DOM0_H

#include <linux/mm_types.h>
#include <linux/types.h>
#include <xen/interface/xen.h>	/* the other needs it first */
#include <xen/interface/event_channel.h>

#include "domain/parts.h"

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

extern const struct domain_part dom0_part;

int dom0_init(void);
void dom0_exit(void);
/* There while the module is: who has a file of these open needs no reference. */
struct domain *dom0_domain(void);

int dom0_proc_init(void);
void dom0_proc_exit(void);

int dom0_sysfs_init(void);
void dom0_sysfs_exit(void);

/* store.c */
bool dom0_has_store(void);
int dom0_offer_store(struct domain *d, u64 gfn, evtchn_port_t *to);
int dom0_offer_console(struct domain *d, u64 gfn, evtchn_port_t *to);

#endif /* XLHV_DOM0_H */
