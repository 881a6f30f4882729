// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does to VMX what a bad neighbour does, for tests; never load it on a machine that matters.
 *
 *	what=take	VMXON on every CPU until unloaded, as another hypervisor would; with
 *			only=N on that CPU alone
 *	what=off	VMXOFF once, on CPU cpu=, under whoever has it; clear=1 (the default)
 *			clears CR4.VMXE as well
 *	what=watch	says on the emulator's port 0xE9, when the machine is shut down or
 *			restarted, on how many CPUs CR4.VMXE is still set. Load it before VMX is
 *			taken: what is registered first is called last
 *	what=tsc	clears the TSC when the machine goes to sleep, as most machines do while
 *			they sleep, on the CPU that goes last. Load it before VMX is taken. With one
 *			CPU, and without IA32_TSC_ADJUST, by which the kernel would notice
 *	what=evmcs	kvm_intel says of itself, until unloaded, that it uses enlightened
 *			VMCSs, as it does inside Hyper-V. Not while it has machines
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/asm.h>
#include <asm/msr.h>
#include <asm/tlbflush.h>
#include <asm/vmx.h>

#include "compat.h"

#define E9	0xe9

static char *what = "";
module_param(what, charp, 0444);
static int cpu;
module_param(cpu, int, 0444);
static int only = -1;
module_param(only, int, 0444);
static bool clear = true;
module_param(clear, bool, 0444);

static DEFINE_PER_CPU(void *, region);
static atomic_t failed;

static int vmxon(u64 pa)
{
	asm goto("1: vmxon %0\n\t"
		 "jbe %l[fail]\n\t"
		 _ASM_EXTABLE(1b, %l[fail])
		 : : "m"(pa) : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

static int vmxoff(void)
{
	asm goto("1: vmxoff\n\t"
		 _ASM_EXTABLE(1b, %l[fail])
		 : : : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

/* Where the kernel keeps its own means for KVM, whoever else wants VMX writes to CR4 himself. */
static void cr4_vmxe(bool on)
{
#if XLHV_CAN_VMXON
	if (on)
		cr4_set_bits(X86_CR4_VMXE);
	else
		cr4_clear_bits(X86_CR4_VMXE);
#else
	unsigned long cr4 = __read_cr4();

	cr4 = on ? cr4 | X86_CR4_VMXE : cr4 & ~X86_CR4_VMXE;
	asm volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
#endif
}

static void take_cpu(void *unused)
{
	u64 basic;

	if (only >= 0 && only != smp_processor_id())
		return;
	rdmsrl(MSR_IA32_VMX_BASIC, basic);
	*(u32 *)this_cpu_read(region) = basic & 0x7fffffff;
	cr4_vmxe(true);
	if (vmxon(virt_to_phys(this_cpu_read(region))))
		atomic_inc(&failed);
}

static void give_cpu(void *unused)
{
	if (only >= 0 && only != smp_processor_id())
		return;
	if (vmxoff())
		atomic_inc(&failed);
	cr4_vmxe(false);
}

static void off_cpu(void *unused)
{
	if (vmxoff())
		atomic_inc(&failed);
	if (clear)
		cr4_vmxe(false);
}

static void count_cpu(void *data)
{
	if (__read_cr4() & X86_CR4_VMXE)
		atomic_inc((atomic_t *)data);
}

static void say(const char *text)
{
	while (*text)
		outb(*text++, E9);
}

static void watch_shutdown(COMPAT_SYSCORE_ARG)
{
	atomic_t on = ATOMIC_INIT(0);
	char text[64];

	on_each_cpu(count_cpu, &on, 1);
	snprintf(text, sizeof(text), "vmxprobe: VMXE on %d of %u CPUs\n", atomic_read(&on),
		 num_online_cpus());
	say(text);
}

static struct compat_syscore watch = { .ops = { .shutdown = watch_shutdown } };

static int clear_tsc(COMPAT_SYSCORE_ARG)
{
	wrmsrl(MSR_IA32_TSC, 0);
	return 0;
}

static struct compat_syscore tsc = { .ops = { .suspend = clear_tsc } };

/* Sets KVM's parameter, which nobody can set from outside. */
static int say_evmcs(bool on)
{
	struct kobject *kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, "kvm_intel");
	const struct module *mod;
	int err = -ENOENT;
	unsigned int i;

	if (!kobj)
		return -ENODEV;
	mod = container_of(kobj, struct module_kobject, kobj)->mod;
	for (i = 0; mod && i < mod->num_kp; i++) {
		if (strcmp(mod->kp[i].name, "enlightened_vmcs"))
			continue;
		*(bool *)mod->kp[i].arg = on;
		err = 0;
	}
	kobject_put(kobj);
	return err;
}

static int take(void)
{
	int n;

	for_each_online_cpu(n) {
		per_cpu(region, n) = (void *)get_zeroed_page(GFP_KERNEL);
		if (!per_cpu(region, n))
			return -ENOMEM;	/* a test that has run out of memory may leak some */
	}
	on_each_cpu(take_cpu, NULL, 1);
	return atomic_read(&failed) ? -EBUSY : 0;
}

static int __init vmxprobe_init(void)
{
	if (!strcmp(what, "take"))
		return take();
	if (!strcmp(what, "off")) {
		if (smp_call_function_single(cpu, off_cpu, NULL, 1))
			return -ENXIO;
		return atomic_read(&failed) ? -EIO : 0;
	}
	if (!strcmp(what, "watch")) {
		compat_syscore_register(&watch);
		return 0;
	}
	if (!strcmp(what, "tsc")) {
		compat_syscore_register(&tsc);
		return 0;
	}
	if (!strcmp(what, "evmcs"))
		return say_evmcs(true);
	return -EINVAL;
}

static void __exit vmxprobe_exit(void)
{
	int n;

	if (!strcmp(what, "watch"))
		compat_syscore_unregister(&watch);
	if (!strcmp(what, "tsc"))
		compat_syscore_unregister(&tsc);
	if (!strcmp(what, "evmcs"))
		say_evmcs(false);
	if (strcmp(what, "take"))
		return;
	on_each_cpu(give_cpu, NULL, 1);
	pr_info("vmxprobe: gave VMX back, %d CPUs failed\n", atomic_read(&failed));
	for_each_possible_cpu(n)
		free_page((unsigned long)per_cpu(region, n));
}

module_init(vmxprobe_init);
module_exit(vmxprobe_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Bad neighbours of VMX, for tests");
