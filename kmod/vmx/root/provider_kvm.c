// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMX root operation through KVM: an empty virtual machine of kvm_intel, kept
 * alive by a file reference.  While it exists KVM keeps VMX on, on CPUs that
 * come as well, and neither KVM module can be unloaded.  We execute no VMXON and
 * no VMXOFF; VMCSs of ours come and go between two of KVM's.
 *
 * The machine belongs, in KVM's books, to the process that asked for the first
 * hold: it pins that process's address space structure (not its memory).
 */
#include <linux/dcache.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/magic.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/special_insns.h>

#include "compat.h"
#include "xlhv.h"
#include "vmx/root/internal.h"

static struct file *kvm_vm;	/* under hold.c's hold_lock */

static bool is_kvm_device(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return S_ISCHR(inode->i_mode) && inode->i_rdev == MKDEV(MISC_MAJOR, KVM_MINOR) &&
	       file->f_op->unlocked_ioctl;
}

/* Kernels differ in who owns the operations of such a file; its name is KVM's everywhere. */
static bool is_kvm_machine(const struct file *file)
{
	const struct dentry *dentry = file_dentry(file);

	return dentry->d_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !strcmp(dentry->d_name.name, "kvm-vm");
}

/*
 * The path is looked up in the mount namespace of whoever asks for the first hold, and may
 * lead to a file system that never answers: nobody else waits for that.
 */
static struct file *kvm_open(void)
{
	struct file *device;

	if (!vmx_kvm_loaded()) {
		pr_err_ratelimited("%s, and kvm_intel is not loaded\n", XLHV_CAN_VMXON ?
				   "vmx=kvm" : "this kernel lets only KVM switch VT-x on");
		return ERR_PTR(-ENODEV);
	}
	device = filp_open("/dev/kvm", O_RDWR | O_CLOEXEC, 0);
	if (IS_ERR(device)) {
		pr_err_ratelimited("kvm_intel is loaded but /dev/kvm cannot be opened (error %ld)\n",
				   PTR_ERR(device));
	} else if (!is_kvm_device(device)) {
		pr_err_ratelimited("/dev/kvm is not KVM's device\n");
		fput(device);
		device = ERR_PTR(-ENODEV);
	}
	return device;
}

static int kvm_acquire(struct file *device)
{
	struct file *vm;
	long fd;
	int err;

	/* KVM files a virtual machine under the address space of its maker. */
	if (!current->mm)
		return -EINVAL;
	if (device->f_op->unlocked_ioctl(device, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		return -ENODEV;
	if (vmx_kvm_enlightened()) {
		pr_err_ratelimited("KVM uses Hyper-V's enlightened VMCSs, and ours cannot run beside them: load kvm_intel with enlightened_vmcs=0, or not at all\n");
		return -EOPNOTSUPP;
	}

	fd = device->f_op->unlocked_ioctl(device, KVM_CREATE_VM, 0);
	if (fd < 0) {
		err = fd;
		pr_err_ratelimited("KVM cannot create a virtual machine (error %d)%s\n", err,
				   err == -EBUSY ? ": VT-x is in use by a third hypervisor" : "");
		return err;
	}
	/*
	 * The descriptor was only ever the way to the file.  Another thread of the
	 * caller may have closed or replaced it meanwhile; take nothing but a file
	 * of KVM's.
	 */
	vm = fget(fd);
	if (vm && !is_kvm_machine(vm)) {
		fput(vm);
		vm = NULL;
	} else if (vm) {
		close_fd(fd);
	}
	if (!vm) {
		pr_err_ratelimited("the virtual machine of KVM was closed under us\n");
		return -ENODEV;
	}
	kvm_vm = vm;
	return 0;
}

static void kvm_release(void)
{
	fput(kvm_vm);
	kvm_vm = NULL;
}

/* KVM's own hotplug callback comes before ours on the way up. */
static int kvm_cpu_up(void)
{
	int on;

	preempt_disable();
	on = __read_cr4() & X86_CR4_VMXE;
	preempt_enable();
	return on ? 0 : -EBUSY;
}

static void kvm_cpu_down(void)
{
}

static int kvm_resume(void)
{
	return __read_cr4() & X86_CR4_VMXE ? 0 : -EBUSY;
}

const struct vmx_provider vmx_provider_kvm = {
	.id = XLHV_PROVIDER_KVM,
	.shared = true,
	.open = kvm_open,
	.acquire = kvm_acquire,
	.release = kvm_release,
	.cpu_up = kvm_cpu_up,
	.cpu_down = kvm_cpu_down,
	.resume = kvm_resume,
};
