// SPDX-License-Identifier: GPL-2.0-only
/* The life of the module: capabilities, self-check if asked for, device node. */
#include <linux/module.h>
#include <linux/utsname.h>

#include "compat.h"
#include "xlhv.h"
#include "base/host_memory.h"
#include "control/control.h"
#include "dom0/dom0.h"
#include "domain/domain.h"
#include "domain/parts.h"
#include "vcpu/thread.h"
#include "vmx/guest/guest.h"
#include "vmx/root/root.h"

static bool selfcheck;
module_param(selfcheck, bool, 0444);
MODULE_PARM_DESC(selfcheck, "enter a small guest on every CPU at load, and refuse to load if that fails");

static int __init xlhv_init(void)
{
	int err;

	err = vmx_init();
	if (err)
		return err;
	err = vmx_guests_init();
	if (err)
		goto err_vmx;
	if (selfcheck) {
		err = vmx_selfcheck_all();
		if (err)
			goto err_vmx;
	}
	err = stats_init();
	if (err)
		goto err_vmx;
	err = parts_load();
	if (err)
		goto err_vmx;
	err = dom_init();
	if (err)
		goto err_parts;
	/* Before there can be domains. */
	vcpu_threads_init();
	host_memory_init();
	xlhv_debugfs_init();
	err = dom0_init();
	if (err)
		goto err_vcpu;
	err = xlhv_dev_init();
	if (err)
		goto err_dom0;
	pr_info("version %s loaded\n", XLHV_RELEASE);
	return 0;

err_dom0:
	dom0_exit();
err_vcpu:
	xlhv_debugfs_exit();
	vcpu_threads_exit();
	dom_exit();
err_parts:
	parts_unload();
err_vmx:
	vmx_guests_exit();
	vmx_exit();
	return err;
}

static void __exit xlhv_exit(void)
{
	xlhv_dev_exit();
	dom0_exit();
	xlhv_debugfs_exit();
	dom_exit();
	vcpu_threads_exit();
	parts_unload();
	vmx_guests_exit();
	vmx_exit();
	pr_info("unloaded\n");
}

module_init(xlhv_init);
module_exit(xlhv_exit);

MODULE_DESCRIPTION("Host for Xen-ABI domains on a running kernel");
MODULE_AUTHOR("The xlhv developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(XLHV_RELEASE);
#if !XLHV_CAN_VMXON
MODULE_SOFTDEP("pre: kvm_intel");
#endif
