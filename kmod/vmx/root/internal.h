/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of kmod/vmx/root share among themselves. */
#ifndef XLHV_VMX_ROOT_INTERNAL_H
#define XLHV_VMX_ROOT_INTERNAL_H

#include <linux/types.h>

#include "vmx/root/caps.h"
#include "vmx/root/cpu.h"

struct file;

/**
 * struct vmx_provider - one way to have VMX root operation
 * @id: XLHV_PROVIDER_*
 * @shared: somebody else has VMCSs of his own: put his pointer back after us
 * @open: what @acquire needs and user space may keep waiting for: a file, or ERR_PTR()
 *	with one line printed; with no lock held; NULL if it needs none
 * @acquire: prepare for all CPUs; may sleep; 0 or -errno with one line printed
 * @release: undo @acquire
 * @cpu_up: on that CPU, interrupts on, may sleep: make root operation ours to use
 * @cpu_down: on that CPU, undo @cpu_up; nothing of ours is active any more
 * @suspend: the last CPU goes to sleep, interrupts off
 * @resume: it is back, interrupts off; 0 or -errno
 */
struct vmx_provider {
	u32 id;
	bool shared;
	struct file *(*open)(void);
	int (*acquire)(struct file *opened);
	void (*release)(void);
	int (*cpu_up)(void);
	void (*cpu_down)(void);
	void (*suspend)(void);
	int (*resume)(void);
};

extern const struct vmx_provider vmx_provider_self;
extern const struct vmx_provider vmx_provider_kvm;

/* hold.c */
bool vmx_kvm_loaded(void);
bool vmx_shared(void);

/* hyperv.c */
bool vmx_kvm_enlightened(void);

/* caps.c */
int vmx_caps_init(void);
int vmx_caps_check_cpu(void);
u64 vmx_caps_ctl_msr(enum vmx_ctl ctl);
const char *vmx_caps_ctl_bit_name(enum vmx_ctl ctl, unsigned int bit);

/* vmcs.c */
void vmx_vmcs_clear_all_local(void);
void vmx_vmcs_clear_all_emergency(void);

/* vmcs_host.c: for the VERW of the world switch */
extern const u16 vmx_guard_selector;

/* selfcheck_guest.S */
extern const char vmx_selfcheck_guest[], vmx_selfcheck_guest_end[];

#endif /* XLHV_VMX_ROOT_INTERNAL_H */
