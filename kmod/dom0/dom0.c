// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domain 0, and its nodes below /dev/xen: made when the module is loaded, gone when it is.
 * Without the nodes it is there all the same: guests may ask about it.
 *
 * The kernel's own drivers for them are there, but do nothing unless the kernel itself
 * runs under Xen.  Then the names are theirs, and nothing is made here.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <xen/xen.h>
#include <xen/interface/xen.h>	/* the other needs it first */
#include <xen/interface/event_channel.h>

#include "dom0/gntmap.h"
#include "dom0/internal.h"
#include "dom0/store.h"
#include "domain/domain.h"
#include "evtchn/evtchn.h"
#include "xlhv.h"

static bool dom0 = true;
module_param(dom0, bool, 0444);
MODULE_PARM_DESC(dom0, "create the device nodes of domain 0 below /dev/xen (default: on; never under Xen)");

/* A node that root alone may use, as the kernel's drivers have them. */
#define NODE(node, operations)							\
	{ .minor = MISC_DYNAMIC_MINOR, .name = "xen/" node, .mode = 0600, .fops = (operations) }

/* Made from the first to the last, removed in the opposite order; ended by one without name. */
static struct miscdevice nodes[] = {
	NODE("evtchn", &dom0_evtchn_fops),
	NODE("privcmd", &dom0_privcmd_fops),
	NODE("gntdev", &dom0_gntdev_fops),
	NODE("gntalloc", &dom0_gntalloc_fops),
	NODE("hypercall", &dom0_hypercall_fops),
	NODE("xenbus", &dom0_xenbus_fops),
	NODE("xenbus_backend", &dom0_xenbus_backend_fops),
	{}
};

static void remove_nodes(struct miscdevice *end)
{
	while (end-- > nodes)
		misc_deregister(end);
}

/* How many there are now: all or none. */
static struct miscdevice *made = nodes;

static struct domain *host;	/* [c] with a reference */

struct domain *dom0_domain(void)
{
	return host;
}

vm_fault_t dom0_no_page(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

const struct vm_operations_struct dom0_fixed_vm_ops = {
	.fault = dom0_no_page,
};

/* Its ports are as many as Xen's domain 0 may have, its table is of the usual size. */
static const struct xlhv_dom_create domain0 = {
	.name = "Domain-0",
	.max_vcpus = 1,
	.max_pages = 1,		/* none at all is none that could be made */
	.max_event_channels = EVTCHN_FIFO_NR_CHANNELS - 1,
};

/*
 * Whoever bound VIRQ_DOM_EXC looks which domains have ended: when one has shut down, and again
 * when it is gone.
 */
static void tell_daemons(struct domain *d, u32 event, u32 reason)
{
	if (event == XLHV_EVENT_SHUTDOWN || event == XLHV_EVENT_DESTROYED)
		evtchn_send_vcpu_virq(host->vcpu[0], VIRQ_DOM_EXC);
}

const struct domain_part dom0_part = {
	.name = "dom0",
	.event = tell_daemons,
	.ioctls = dom0_ioctls,
};

/* Return: 0; -ENOMEM; what misc_register() returns. */
static int make_nodes(void)
{
	struct miscdevice *node;
	int err;

	if (!dom0)
		return 0;
	if (xen_domain()) {
		pr_info("this host runs under Xen, which has a domain 0: no nodes are created\n");
		return 0;
	}
	err = gntmap_init();
	if (err)
		return err;
	err = store_init();
	if (err)
		goto err_gntmap;
	err = dom0_proc_init();
	if (err) {
		pr_err("/proc/xen cannot be created: it exists, or there is no memory\n");
		goto err_store;
	}
	err = dom0_sysfs_init();
	if (err) {
		pr_err("/sys/hypervisor cannot be filled: %d\n", err);
		goto err_proc;
	}
	for (node = nodes; node->name; node++) {
		err = misc_register(node);
		if (err) {
			pr_err("/dev/%s cannot be created: %d\n", node->name, err);
			goto err_nodes;
		}
	}
	made = node;
	return 0;

err_nodes:
	remove_nodes(node);
	dom0_sysfs_exit();
err_proc:
	dom0_proc_exit();
err_store:
	store_exit();
err_gntmap:
	gntmap_exit();
	return err;
}

static void remove_host(void)
{
	dom_destroy_host();
	xlhv_domain_put(host);
	host = NULL;
}

/**
 * dom0_init() - make domain 0 and its nodes
 *
 * Context: the module is loaded; everything that a domain needs is there.
 * Return: 0, also if there are to be no nodes; -ENOMEM; what misc_register() returns.
 */
int dom0_init(void)
{
	int err = dom_create_host(&domain0);

	if (err)
		return err;
	host = xlhv_domain_get_by_id(0);
	err = make_nodes();
	if (err)
		remove_host();
	return err;
}

/* No file of theirs is open, and there is no other domain. */
void dom0_exit(void)
{
	remove_nodes(made);
	made = nodes;
	dom0_sysfs_exit();
	dom0_proc_exit();
	store_exit();
	gntmap_exit();
	remove_host();
}
