// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMX root operation by our own VMXON on every CPU.  Undone exactly where it was
 * done: a CPU whose CR4.VMXE is set by somebody else is refused, and a VMXOFF
 * follows only our own VMXON.
 *
 * Crash and emergency reboot: the kernel runs a callback on every CPU, of which
 * there is one in the system.  KVM registers its own when it is loaded, so we
 * hold ours only while kvm_intel is not there, and step aside as soon as it
 * comes (its own switches VMX off wherever CR4.VMXE is set).
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <asm/msr.h>
#include <asm/perf_event.h>
#include <asm/reboot.h>
#include <asm/tlbflush.h>

#include "compat.h"
#include "xlhv.h"
#include "vmx/root/insn.h"
#include "vmx/root/internal.h"

#if XLHV_CAN_VMXON

static void vmxe_set(void)
{
	cr4_set_bits(X86_CR4_VMXE);
}

static void vmxe_clear(void)
{
	cr4_clear_bits(X86_CR4_VMXE);
}

static bool vmxe(void)
{
	return cr4_read_shadow() & X86_CR4_VMXE;
}

#else

static void vmxe_set(void) { }
static void vmxe_clear(void) { }
static bool vmxe(void) { return true; }

#endif

#if XLHV_USE_EMERGENCY_VIRT_CALLBACK

static DEFINE_MUTEX(emergency_lock);
static bool emergency_wanted;		/* [emergency_lock] a hold lasts */
static bool emergency_registered;	/* [emergency_lock] */
static bool kvm_present;		/* [emergency_lock] kvm_intel is there, or comes */

/* NMI or a dying machine: nothing may be waited for, nothing may fault. */
static void emergency_vmxoff(void)
{
	if (!(__read_cr4() & X86_CR4_VMXE) || !raw_cpu_read(vmx_cpu.ours))
		return;
	vmx_vmcs_clear_all_emergency();
	raw_cpu_write(vmx_cpu.root, false);
	vmx_insn_vmxoff();
	vmxe_clear();
}

static void emergency_update_locked(void)
{
	bool want = emergency_wanted && !kvm_present;

	lockdep_assert_held(&emergency_lock);
	if (want == emergency_registered)
		return;
	if (want)
		cpu_emergency_register_virt_callback(emergency_vmxoff);
	else
		cpu_emergency_unregister_virt_callback(emergency_vmxoff);
	emergency_registered = want;
}

static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct module *module = data;

	if (strcmp(module->name, "kvm_intel") ||
	    (event != MODULE_STATE_COMING && event != MODULE_STATE_GOING))
		return NOTIFY_DONE;
	mutex_lock(&emergency_lock);
	kvm_present = event == MODULE_STATE_COMING;
	emergency_update_locked();
	mutex_unlock(&emergency_lock);
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = { .notifier_call = module_event };

static int emergency_start(void)
{
	int err = register_module_notifier(&module_notifier);

	if (err)
		return err;
	mutex_lock(&emergency_lock);
	emergency_wanted = true;
	kvm_present = vmx_kvm_loaded();
	emergency_update_locked();
	mutex_unlock(&emergency_lock);
	return 0;
}

static void emergency_stop(void)
{
	unregister_module_notifier(&module_notifier);
	mutex_lock(&emergency_lock);
	emergency_wanted = false;
	emergency_update_locked();
	mutex_unlock(&emergency_lock);
}

#else

static int emergency_start(void) { return 0; }
static void emergency_stop(void) { }

#endif

static int self_acquire(struct file *unused)
{
	return emergency_start();
}

static void self_release(void)
{
	emergency_stop();
}

/* The firmware left IA32_FEATURE_CONTROL open: close it, with VMX allowed. */
static int close_feature_control(void)
{
	u64 feat_ctl;

	if (rdmsrl_safe(MSR_IA32_FEAT_CTL, &feat_ctl))
		return -EIO;
	if (feat_ctl & FEAT_CTL_LOCKED)
		return 0;
	return wrmsrl_safe(MSR_IA32_FEAT_CTL, feat_ctl | FEAT_CTL_LOCKED |
			   FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX) ? -EIO : 0;
}

/*
 * On some CPUs Intel PT does not go together with VMX operation: perf stops it while
 * that is on, and goes on afterwards.
 */
static void processor_trace(int vmx_on)
{
#if XLHV_CAN_VMXON
	intel_pt_handle_vmx(vmx_on);
#endif
}

/* Interrupts off; the region is there. */
static int vmxon_here(struct vmx_cpu *cpu)
{
	int err;

	if (vmxe())
		return -EBUSY;
	err = close_feature_control();
	if (err)
		return err;
	processor_trace(1);
	vmxe_set();
	err = vmx_insn_vmxon(virt_to_phys(cpu->vmxon_region));
	if (err) {
		vmxe_clear();
		processor_trace(0);
		return err;
	}
	cpu->ours = true;
	return 0;
}

static void vmxoff_here(struct vmx_cpu *cpu)
{
	if (!cpu->ours)
		return;
	cpu->ours = false;
	cpu->current_vmcs = NULL;
	if (vmx_insn_vmxoff())
		pr_err_ratelimited("CPU %u has left VMX root operation behind our back\n",
				   smp_processor_id());
	vmxe_clear();
	processor_trace(0);
}

static int self_cpu_up(void)
{
	struct vmx_cpu *cpu;
	unsigned long page = get_zeroed_page(GFP_KERNEL);
	int err;

	if (!page)
		return -ENOMEM;
	*(u32 *)page = vmx_caps.revision;

	local_irq_disable();
	cpu = this_cpu_ptr(&vmx_cpu);
	cpu->vmxon_region = (void *)page;
	err = vmxon_here(cpu);
	if (err)
		cpu->vmxon_region = NULL;
	local_irq_enable();
	if (!err)
		return 0;

	free_page(page);
	if (err == -EBUSY)
		pr_err_ratelimited("VT-x is in use by another hypervisor (CR4.VMXE is set on CPU %u): %s\n",
				   raw_smp_processor_id(),
				   vmx_kvm_loaded() ?
				   "KVM has it; load xlhv with vmx=auto or vmx=kvm to share it" :
				   "unload the module that has it (VirtualBox: vboxdrv, VMware: vmmon)");
	return err;
}

static void self_cpu_down(void)
{
	struct vmx_cpu *cpu;
	void *region;

	local_irq_disable();
	cpu = this_cpu_ptr(&vmx_cpu);
	vmxoff_here(cpu);
	region = cpu->vmxon_region;
	cpu->vmxon_region = NULL;
	local_irq_enable();
	free_page((unsigned long)region);
}

static void self_suspend(void)
{
	vmxoff_here(this_cpu_ptr(&vmx_cpu));
}

static int self_resume(void)
{
	return vmxon_here(this_cpu_ptr(&vmx_cpu));
}

const struct vmx_provider vmx_provider_self = {
	.id = XLHV_PROVIDER_SELF,
	.acquire = self_acquire,
	.release = self_release,
	.cpu_up = self_cpu_up,
	.cpu_down = self_cpu_down,
	.suspend = self_suspend,
	.resume = self_resume,
};
