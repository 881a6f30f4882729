/* SPDX-License-Identifier: GPL-2.0-only */
/* What other folders may call of VMX root operation. */
#ifndef XLHV_VMX_ROOT_H
#define XLHV_VMX_ROOT_H

#include <linux/types.h>
#include <uapi/xlhv.h>

int vmx_init(void);
void vmx_exit(void);

int vmx_hold(void);
void vmx_release(void);

void vmx_info(struct xlhv_info *info);
int vmx_cpu_info(struct xlhv_cpu_info *info);
int vmx_selfcheck(struct xlhv_selfcheck *check);
int vmx_selfcheck_all(void);

#endif /* XLHV_VMX_ROOT_H */
