// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM inside Hyper-V.  There it may keep its VMCSs as plain memory, which the hypervisor below
 * reads at each entry ("enlightened").  Which one, a page that KVM shares with it says, and
 * VMPTRLD does not count any more: an entry of ours would run a guest of KVM's.
 */
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <asm/hypervisor.h>

#include "vmx/root/internal.h"

/*
 * KVM's parameter says whether it does so, not what somebody wished: where it cannot, it
 * is off after the load.  A KVM in the kernel's image keeps its parameters to itself.
 */
static bool parameter_is_on(const struct module *mod)
{
	unsigned int i;

	if (!mod)
		return hypervisor_is_type(X86_HYPER_MS_HYPERV);
	for (i = 0; i < mod->num_kp; i++) {
		if (!strcmp(mod->kp[i].name, "enlightened_vmcs"))
			return mod->kp[i].ops == &param_ops_bool && *(bool *)mod->kp[i].arg;
	}
	return false;
}

/**
 * vmx_kvm_enlightened() - does KVM use Hyper-V's enlightened VMCSs?
 *
 * Context: may sleep; kvm_intel cannot go meanwhile: a file of its is open.
 * Return: true if so.
 */
bool vmx_kvm_enlightened(void)
{
	struct kobject *kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, "kvm_intel");
	bool on;

	if (!kobj)
		return false;
	on = parameter_is_on(container_of(kobj, struct module_kobject, kobj)->mod);
	kobject_put(kobj);
	return on;
}
