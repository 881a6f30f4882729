/* SPDX-License-Identifier: GPL-2.0-only */
/* Who has VMX root operation, and for how long: shared by files of kmod/vmx. */
#ifndef XLHV_VMX_HOLD_H
#define XLHV_VMX_HOLD_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "vmx/root/guard_policy.h"
#include "vmx/root/vmcs.h"

struct file;

/**
 * struct vmx_cpu - VMX on one CPU
 * @root: [p] VMX root operation is on and ours to use
 * @ours: [p] we executed the VMXON, so the VMXOFF is ours too
 * @current_vmcs: [p] our VMCS that is current, NULL if none or not known to be
 * @active: [p] our VMCSs that are active here
 * @nr_active: [p] their number
 * @vmxon_region: [p] page of the VMXON instruction, while @ours
 * @error: [p] first failed access since vmx_access_begin()
 * @guard: [p] who ran here
 */
struct vmx_cpu {
	bool root;
	bool ours;
	struct vmx_vmcs *current_vmcs;
	struct list_head active;
	unsigned int nr_active;
	void *vmxon_region;
	struct vmx_access_error error;
	struct vmx_guard_cpu guard;
};

DECLARE_PER_CPU(struct vmx_cpu, vmx_cpu);

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

bool vmx_kvm_loaded(void);
bool vmx_kvm_enlightened(void);
bool vmx_shared(void);
void vmx_root_lost(void);

#endif /* XLHV_VMX_HOLD_H */
