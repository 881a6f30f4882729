/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of VMX root operation and of VMCSs share: KVM's side of it, a machine that is
 * ready for a hold, and questions about what is left. Included by one file of a program.
 */
#ifndef UNIT_VMX_ROOT_MODEL_H
#define UNIT_VMX_ROOT_MODEL_H

#include <linux/cpuhotplug.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/syscore_ops.h>
#include <asm/desc.h>
#include <asm/perf_event.h>
#include <asm/reboot.h>
#include <asm/tlbflush.h>

#include <stdlib.h>

#include "unit.h"
#include "vmx_machine.h"
#include "vmx/root/internal.h"
#include "vmx/root/root.h"

/* KVM's side, as far as the policy sees it: it holds root operation on every CPU. */
static bool kvm_held;

static inline int kvm_acquire(struct file *unused)
{
	(void)unused;
	kvm_held = true;
	return 0;
}

static inline void kvm_release(void)
{
	kvm_held = false;
}

static inline int kvm_cpu_up(void)
{
	unit_vmx_set_root(unit_cpu, true);
	return 0;
}

static inline void kvm_cpu_down(void)
{
}

const struct vmx_provider vmx_provider_kvm = {
	.id = XLHV_PROVIDER_KVM,
	.shared = true,
	.acquire = kvm_acquire,
	.release = kvm_release,
	.cpu_up = kvm_cpu_up,
	.cpu_down = kvm_cpu_down,
};

static inline void start(unsigned int cpus)
{
	vmx_machine_reset();
	unit_cpus(cpus);
	unit_log_clear();
	if (unit_reboot)
		vmx_exit();
	ASSERT_EQ(vmx_init(), 0);
}

static inline unsigned int cpus_in_root(void)
{
	unsigned int cpu, count = 0;

	for_each_online_cpu(cpu)
		count += unit_vmx_root(cpu);
	return count;
}

/* Does Intel PT stand still on a CPU that is on line? */
static inline bool any_pt_stopped(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (unit_pt_stopped(cpu))
			return true;
	return false;
}

static inline bool any_vmxe(void)
{
	unsigned int cpu, from = unit_cpu;
	bool found = false;

	for (cpu = 0; cpu < UNIT_MAX_CPUS; cpu++) {
		unit_cpu = cpu;
		found |= *unit_cr4() & X86_CR4_VMXE;
	}
	unit_cpu = from;
	return found;
}

/* Nothing of ours is left on any CPU. */
static inline void expect_given_back(void)
{
	EXPECT_EQ(cpus_in_root(), 0);
	EXPECT_FALSE(any_vmxe());
	EXPECT_FALSE(any_pt_stopped());
	EXPECT_EQ(unit_alloc_count(), 0);
	EXPECT_NULL(unit_syscore);
	EXPECT_NULL(unit_emergency);
	unit_context_check();
}

/* A VMCS of the other owner, who goes about it as KVM does. */
static inline void his_clear(unsigned long page)
{
	unsigned long flags;

	local_irq_save(flags);
	EXPECT_EQ(vmx_insn_vmclear(page), 0);
	local_irq_restore(flags);
}

static inline void his_load(unsigned long page)
{
	unsigned long flags;

	local_irq_save(flags);
	EXPECT_EQ(vmx_insn_vmptrld(page), 0);
	local_irq_restore(flags);
}

static inline unsigned long his_vmcs(void)
{
	unsigned long page = get_zeroed_page(GFP_KERNEL);

	*(u32 *)page = unit_vmx_revision;
	his_clear(page);
	return page;
}

/* Opens a window on a CPU and closes it; what open said. */
static inline int visit(unsigned int cpu, struct vmx_vmcs *vmcs)
{
	unsigned int from = unit_cpu;
	struct vmx_window window;
	int err;

	memset(&window, 0x5a, sizeof(window));
	unit_cpu = cpu;
	local_irq_disable();
	err = vmx_window_open(&window, vmcs);
	if (!err) {
		EXPECT_EQ(unit_vmx_current(cpu), vmcs->pa);
		unit_desc_spoil();
		vmx_window_close(&window);
		unit_desc_check();
	}
	local_irq_enable();
	unit_cpu = from;
	return err;
}

static inline struct xlhv_cpu_info cpu_info(unsigned int cpu)
{
	struct xlhv_cpu_info info = { .cpu = cpu };

	EXPECT_EQ(vmx_cpu_info(&info), 0);
	return info;
}

#endif /* UNIT_VMX_ROOT_MODEL_H */
