// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy of VMX root operation: taken with the first hold, given back with
 * the last.  Owns the number of holds and the provider in use, under hold_lock.
 * Where the root operation comes from is the provider's business; which CPUs
 * have it, and what happens when one comes, goes, sleeps or loses it, is ours.
 *
 * Order: hold_lock, then the CPU hotplug lock (taken by cpuhp_*()), then
 * whatever a provider takes.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/jiffies.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>
#include <asm/msr.h>
#include <asm/tlbflush.h>

#include "compat.h"
#include "xlhv.h"
#include "base/host_tsc.h"
#include "vmx/root/flush.h"
#include "vmx/root/internal.h"
#include "vmx/root/mitigation_policy.h"
#include "vmx/root/root.h"

DEFINE_PER_CPU(struct vmx_cpu, vmx_cpu);

static DEFINE_MUTEX(hold_lock);
static unsigned int holders;				/* [hold_lock] */
static const struct vmx_provider *provider;		/* [hold_lock]; constant while held */
static bool shared __read_mostly;			/* provider->shared, for the hot path */
static enum cpuhp_state hotplug_state;			/* [hold_lock] */
static bool machine_goes_down;				/* [hold_lock] */

/*
 * A first hold and a last release change each CPU of the host.  However many files are
 * held and closed, that is done so often a second.
 */
#define TAKES_PER_SECOND	100

static unsigned long takes_since;			/* [hold_lock] in jiffies */
static unsigned int nr_takes;				/* [hold_lock] since then */
static u32 policy __ro_after_init;			/* XLHV_POLICY_* */

static char *vmx = "auto";
module_param(vmx, charp, 0444);
MODULE_PARM_DESC(vmx, "who takes VMX root operation: auto (default), self, or kvm");

/* Is VMX root operation shared with another owner of VMCSs? */
bool vmx_shared(void)
{
	return shared;
}

/**
 * vmx_kvm_loaded() - is kvm_intel there?
 *
 * Asks the kernel's set of modules, which also lists what is built in.
 *
 * Context: may sleep.
 * Return: true if it is loaded or built in.
 */
bool vmx_kvm_loaded(void)
{
	struct kobject *kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, "kvm_intel");

	if (!kobj)
		return false;
	kobject_put(kobj);
	return true;
}

/**
 * vmx_root_lost() - a VMX instruction found root operation off
 *
 * Somebody switched it off under us.  Nothing of ours is active here any more;
 * whoever runs a vCPU here gets -ENODEV.
 *
 * Context: interrupts off, on the CPU concerned.
 */
void vmx_root_lost(void)
{
	struct vmx_cpu *cpu = this_cpu_ptr(&vmx_cpu);

	if (!cpu->root)
		return;
	cpu->root = false;
	vmx_vmcs_clear_all_local();
	pr_err_ratelimited("VMX root operation was switched off under us on CPU %u\n",
			   smp_processor_id());
}

/*
 * This CPU remembers nothing of any EPT.  Where it can do that only for one root at a time,
 * nothing: every root is flushed before its first entry on a CPU anyway.  VMX root operation,
 * preemption off.
 */
static void flush_roots(void)
{
	if (vmx_caps.msr[XLHV_CAP_EPT_VPID] & VMX_EPT_EXTENT_GLOBAL_BIT)
		vmx_insn_invept(VMX_EPT_EXTENT_GLOBAL, 0);
}

/*
 * Root operation is on here, and ours to use.  What the CPU remembers of guests may be of
 * another time, and of another owner.  Interrupts off.
 */
static void root_here(void)
{
	flush_roots();
	this_cpu_write(vmx_cpu.root, true);
}

static int hotplug_up(unsigned int cpu)
{
	int err;

	preempt_disable();
	err = vmx_caps_check_cpu();
	preempt_enable();
	if (!err)
		err = provider->cpu_up();
	if (err) {
		pr_err_ratelimited("CPU %u cannot enter VMX root operation (error %d)\n", cpu, err);
		return err;
	}
	local_irq_disable();
	root_here();
	local_irq_enable();
	return 0;
}

/* Runs before the scheduler lets go of the CPU's last threads: nobody is in a window. */
static int hotplug_down(unsigned int cpu)
{
	local_irq_disable();
	vmx_vmcs_clear_all_local();
	this_cpu_write(vmx_cpu.root, false);
	local_irq_enable();
	provider->cpu_down();
	return 0;
}

/* The last CPU of a machine that goes to sleep is not taken down by hotplug. */
static int vmx_suspend(COMPAT_SYSCORE_ARG)
{
	vmx_vmcs_clear_all_local();
	this_cpu_write(vmx_cpu.root, false);
	if (provider->suspend)
		provider->suspend();
	host_tsc_sleep();
	return 0;
}

static void vmx_resume(COMPAT_SYSCORE_ARG)
{
	int err;

	host_tsc_wake();
	err = provider->resume ? provider->resume() : 0;
	if (err)
		pr_err("CPU %u cannot re-enter VMX root operation after sleep (error %d)\n",
		       smp_processor_id(), err);
	else
		root_here();
}

static void shutdown_cpu(void *unused)
{
	vmx_vmcs_clear_all_local();
	this_cpu_write(vmx_cpu.root, false);
	if (provider->suspend)
		provider->suspend();
}

/*
 * Reboot, power-off and kexec: INIT is blocked in VMX root operation, and the
 * next kernel does not expect it.  Here nobody can take it again any more, but
 * kernels differ in whether kexec comes by; the notifier below is always called.
 */
static void vmx_shutdown(COMPAT_SYSCORE_ARG)
{
	on_each_cpu(shutdown_cpu, NULL, 1);
}

static struct compat_syscore syscore = {
	.ops = {
		.suspend = vmx_suspend,
		.resume = vmx_resume,
		.shutdown = vmx_shutdown,
	},
};

static int going_down(struct notifier_block *nb, unsigned long event, void *data)
{
	mutex_lock(&hold_lock);
	machine_goes_down = true;
	if (provider)
		on_each_cpu(shutdown_cpu, NULL, 1);
	mutex_unlock(&hold_lock);
	return NOTIFY_DONE;
}

/* Before KVM's of the same kind: our VMCSs are cleared while there is VMX. */
static struct notifier_block reboot_notifier = {
	.notifier_call = going_down,
	.priority = 1,
};

static const struct vmx_provider *choose(void)
{
	switch (policy) {
	case XLHV_POLICY_SELF:
		return &vmx_provider_self;
	case XLHV_POLICY_KVM:
		return &vmx_provider_kvm;
	default:
		return vmx_kvm_loaded() ? &vmx_provider_kvm : &vmx_provider_self;
	}
}

/* Return: 0: it may be taken now, and this is counted; or jiffies to wait before. */
static unsigned long count_take_locked(void)
{
	unsigned long now = jiffies;

	lockdep_assert_held(&hold_lock);
	if (time_after_eq(now, takes_since + HZ)) {
		takes_since = now;
		nr_takes = 0;
	}
	if (nr_takes == TAKES_PER_SECOND)
		return takes_since + HZ - now;
	nr_takes++;
	return 0;
}

static int take_root(const struct vmx_provider *chosen, struct file *opened)
{
	int err;

	if (machine_goes_down)
		return -ESHUTDOWN;
	provider = chosen;
	err = provider->acquire(opened);
	if (err)
		goto err_provider;
	shared = provider->shared;
	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "xlhv:online", hotplug_up, hotplug_down);
	if (err < 0)
		goto err_release;
	hotplug_state = err;
	compat_syscore_register(&syscore);
	return 0;

err_release:
	provider->release();
err_provider:
	provider = NULL;
	return err;
}

static void drop_root(void)
{
	compat_syscore_unregister(&syscore);
	cpuhp_remove_state(hotplug_state);
	provider->release();
	provider = NULL;
}

/**
 * vmx_hold() - have VMX root operation on every CPU, until vmx_release()
 *
 * Holds nest.  The first one chooses the provider by the vmx= parameter.  It waits, up
 * to a second, when there have been many others of late.
 *
 * Context: process context of a user's task (the KVM provider makes a virtual
 * machine in its name); may sleep; takes hold_lock and the hotplug lock.
 * Return: 0; -EBUSY if another hypervisor has VT-x; -EOPNOTSUPP if a CPU lacks
 * something; -ENOMEM; -ENODEV if vmx=kvm and KVM is not there; -ESHUTDOWN while
 * the machine goes down; -EINTR: the caller is being killed.
 */
int vmx_hold(void)
{
	const struct vmx_provider *chosen = NULL;
	struct file *opened = NULL;
	unsigned long wait;
	int err = 0;

	mutex_lock(&hold_lock);
	while (!holders && (wait = count_take_locked())) {
		mutex_unlock(&hold_lock);
		schedule_timeout_killable(wait);
		if (fatal_signal_pending(current))
			return -EINTR;
		mutex_lock(&hold_lock);
	}
	if (!holders) {
		mutex_unlock(&hold_lock);
		chosen = choose();
		opened = chosen->open ? chosen->open() : NULL;
		if (IS_ERR(opened))
			return PTR_ERR(opened);
		mutex_lock(&hold_lock);
	}
	/* If the choice has become wrong meanwhile, the provider says so. */
	if (!holders)
		err = take_root(chosen, opened);
	if (!err)
		holders++;
	mutex_unlock(&hold_lock);
	if (opened)
		fput(opened);
	return err;
}

/**
 * vmx_release() - drop one hold of vmx_hold()
 *
 * The last one gives VMX root operation back.  All VMCSs have been freed.
 *
 * Context: may sleep.
 */
void vmx_release(void)
{
	mutex_lock(&hold_lock);
	if (!WARN_ON_ONCE(!holders) && !--holders)
		drop_root();
	mutex_unlock(&hold_lock);
}

/**
 * vmx_info() - fill in what kmod/vmx knows of struct xlhv_info
 * @info: zeroed
 *
 * Context: may sleep.
 */
void vmx_info(struct xlhv_info *info)
{
	unsigned int cpu;

	mutex_lock(&hold_lock);
	info->policy = policy;
	info->provider = provider ? provider->id : XLHV_PROVIDER_NONE;
	info->holders = holders;
	cpus_read_lock();
	info->nr_cpus_online = num_online_cpus();
	for_each_online_cpu(cpu)
		info->nr_cpus_root += READ_ONCE(per_cpu(vmx_cpu.root, cpu));
	cpus_read_unlock();
	mutex_unlock(&hold_lock);
	info->maxphyaddr = vmx_caps.maxphyaddr;
	info->kvm_loaded = vmx_kvm_loaded();
	info->features = vmx_caps.features;
	info->guards = vmx_guards;
	memcpy(info->cap_msr, vmx_caps.msr, sizeof(info->cap_msr));
	memcpy(info->ctl, vmx_caps.ctl, sizeof(vmx_caps.ctl));
}

static void read_cpu_info(void *data)
{
	struct xlhv_cpu_info *info = data;
	const struct vmx_cpu *cpu = this_cpu_ptr(&vmx_cpu);

	info->state = XLHV_CPU_ONLINE;
	if (__read_cr4() & X86_CR4_VMXE)
		info->state |= XLHV_CPU_VMXE;
	if (cpu->root)
		info->state |= XLHV_CPU_ROOT;
	if (cpu->ours)
		info->state |= XLHV_CPU_OURS;
	info->active_vmcs = cpu->nr_active;
	rdmsrl_safe(MSR_IA32_FEAT_CTL, &info->feature_control);
}

/**
 * vmx_cpu_info() - state of one CPU
 * @info: cpu is set, the rest is zero; filled in
 *
 * Context: may sleep.
 * Return: 0, or -ENXIO if there is no such CPU.  A CPU that is offline has
 * state 0.
 */
int vmx_cpu_info(struct xlhv_cpu_info *info)
{
	if (info->cpu >= nr_cpu_ids || !cpu_possible(info->cpu))
		return -ENXIO;
	/* -ENXIO from here means offline: an answer. */
	smp_call_function_single(info->cpu, read_cpu_info, info, 1);
	return 0;
}

/**
 * vmx_init() - read the capabilities and the policy
 *
 * Return: 0; -EINVAL for a bad parameter; what vmx_caps_init() returns.
 */
int vmx_init(void)
{
	static const char * const names[] = {
		[XLHV_POLICY_AUTO] = "auto",
		[XLHV_POLICY_SELF] = "self",
		[XLHV_POLICY_KVM] = "kvm",
	};
	unsigned int cpu;
	int err, n = match_string(names, ARRAY_SIZE(names), vmx);

	if (n < 0) {
		pr_err("cannot load: vmx=%s: expected auto, self or kvm\n", vmx);
		return -EINVAL;
	}
	if (n == XLHV_POLICY_SELF && !XLHV_CAN_VMXON) {
		pr_err("cannot load: vmx=self: this kernel lets only KVM switch VMX on; load kvm_intel and use vmx=kvm\n");
		return -EOPNOTSUPP;
	}
	policy = XLHV_CAN_VMXON ? n : XLHV_POLICY_KVM;
	for_each_possible_cpu(cpu)
		INIT_LIST_HEAD(&per_cpu(vmx_cpu.active, cpu));
	err = vmx_caps_init();
	if (err)
		return err;
	return register_reboot_notifier(&reboot_notifier);
}

/* All holds have been dropped: the module could not be unloaded otherwise. */
void vmx_exit(void)
{
	unregister_reboot_notifier(&reboot_notifier);
	WARN_ON_ONCE(holders);
}
