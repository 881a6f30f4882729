// SPDX-License-Identifier: GPL-2.0-only
/* The life of the module: capabilities, self-check if asked for, device node. */
#include <linux/module.h>
#include <linux/utsname.h>

#include "xlhv.h"
#include "vmx/vmx.h"

static bool selfcheck;
module_param(selfcheck, bool, 0444);
MODULE_PARM_DESC(selfcheck, "enter a small guest on every CPU at load, and refuse to load if that fails");

static int __init xlhv_init(void)
{
	int err;

	err = vmx_init();
	if (err)
		return err;
	if (selfcheck) {
		err = vmx_selfcheck_all();
		if (err)
			goto err_vmx;
	}
	err = xlhv_dev_init();
	if (err)
		goto err_vmx;
	pr_info("version %s loaded\n", XLHV_RELEASE);
	return 0;

err_vmx:
	vmx_exit();
	return err;
}

static void __exit xlhv_exit(void)
{
	xlhv_dev_exit();
	vmx_exit();
	pr_info("unloaded\n");
}

module_init(xlhv_init);
module_exit(xlhv_exit);

MODULE_DESCRIPTION("Host for Xen-ABI domains on a running kernel");
MODULE_AUTHOR("The xlhv developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(XLHV_RELEASE);
