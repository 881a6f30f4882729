/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only file that names a kernel version or a property of one kernel's
 * exports.  Each shim says when it can go.
 */
#ifndef XLHV_COMPAT_H
#define XLHV_COMPAT_H

#include <linux/version.h>
#include <asm/cpufeatures.h>

/*
 * What the kernel decided about side channels shows in feature bits.  One that an old
 * kernel does not have is a decision that it does not take; before the first of
 * them, buffers are cleared wherever the microcode can.  In a newer kernel it has got
 * another name, which is an error: a guard would silently be missing.  Remove each when kernels
 * without it are dropped (all three came to stable trees as updates).
 */
#ifdef X86_FEATURE_CLEAR_CPU_BUF
#define COMPAT_FEATURE_CLEAR_CPU_BUF	X86_FEATURE_CLEAR_CPU_BUF
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#error "this kernel clears CPU buffers under a feature bit that is not known here"
#else
#define COMPAT_FEATURE_CLEAR_CPU_BUF	X86_FEATURE_MD_CLEAR
#endif

#ifdef X86_FEATURE_CLEAR_BHB_LOOP_ON_VMEXIT
#define COMPAT_FEATURE_CLEAR_BHB	X86_FEATURE_CLEAR_BHB_LOOP_ON_VMEXIT
#elif defined(X86_FEATURE_CLEAR_BHB_VMEXIT)
#define COMPAT_FEATURE_CLEAR_BHB	X86_FEATURE_CLEAR_BHB_VMEXIT
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0) || defined(X86_FEATURE_CLEAR_BHB_LOOP)
/* It decides, and the decision has a name that is not known here: not to be done without. */
#error "this kernel clears the branch history under a feature bit that is not known here"
#endif

#ifdef X86_FEATURE_IBPB_EXIT_TO_USER
#define COMPAT_FEATURE_IBPB_TO_USER	X86_FEATURE_IBPB_EXIT_TO_USER
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#error "this kernel decides about IBPB before user mode under a feature bit that is not known here"
#endif

/*
 * From 6.19 on the kernel keeps its routine that clears the branch history, and its
 * decision about L1TF, for KVM.  Ours is then used, and the decision is taken from
 * cpu_mitigations_off() alone.  What it does about a guest's split locks it keeps too: then
 * none is let pass.  Remove when kernels before 6.19 are dropped.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define XLHV_HAVE_GUARD_SYMBOLS	1
#else
#define XLHV_HAVE_GUARD_SYMBOLS	0
#endif

#ifndef __ASSEMBLY__

#include <linux/export.h>
#include <linux/mm.h>
#include <linux/syscore_ops.h>
/* 6.16 moved the CPUID instruction.  Remove when older kernels are dropped. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#include <asm/cpuid/api.h>
#else
#include <asm/processor.h>
#endif
#include <asm/msr.h>
#include <asm/smp.h>
#include <asm/vmx.h>

/*
 * Who may listen to a multicast group of generic netlink is said by flags of the
 * group, which stable kernels got at the end of 2023.  Before, everybody may: then
 * nothing is told at all.  For who has included <net/genetlink.h>.  Remove when kernels
 * without are dropped.
 */
#ifdef GENL_MCAST_CAP_SYS_ADMIN
#define COMPAT_GENL_PRIVATE		1
#define COMPAT_GENL_MCAST_CAP_SYS_ADMIN	.flags = GENL_MCAST_CAP_SYS_ADMIN
#else
#define COMPAT_GENL_PRIVATE		0
#define COMPAT_GENL_MCAST_CAP_SYS_ADMIN
#endif

/*
 * From 6.19 on the kernel lets only KVM touch CR4.VMXE (cr4_update_irqsoff() and
 * cr4_read_shadow() are exported to KVM's modules alone), so VMX is had through
 * KVM or not at all.  Remove when kernels before 6.19 are dropped.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define XLHV_CAN_VMXON	1
#else
#define XLHV_CAN_VMXON	0
#endif

/*
 * XLHV_HAVE_EMERGENCY_VIRT_CALLBACK comes from kmod/Kbuild.  Kernels without it
 * (before 6.7, and stable trees that lack the backport) look at CR4.VMXE
 * themselves when they crash or reboot in an emergency.  Remove when they are
 * dropped.
 */
#if XLHV_CAN_VMXON && defined(XLHV_HAVE_EMERGENCY_VIRT_CALLBACK)
#define XLHV_USE_EMERGENCY_VIRT_CALLBACK	1
#else
#define XLHV_USE_EMERGENCY_VIRT_CALLBACK	0
#endif

/*
 * XLHV_HAVE_REGISTER_SYSCORE comes from kmod/Kbuild: from 6.19 on, and in stable
 * trees with the backport, the callbacks take a pointer and the operations are a
 * part of what is registered.  Remove when kernels without it are dropped.
 */
struct compat_syscore {
	struct syscore_ops ops;
#ifdef XLHV_HAVE_REGISTER_SYSCORE
	struct syscore core;
#endif
};

#ifdef XLHV_HAVE_REGISTER_SYSCORE

#define COMPAT_SYSCORE_ARG	void *unused

static inline void compat_syscore_register(struct compat_syscore *s)
{
	s->core.ops = &s->ops;
	register_syscore(&s->core);
}

static inline void compat_syscore_unregister(struct compat_syscore *s)
{
	unregister_syscore(&s->core);
}

#else

#define COMPAT_SYSCORE_ARG	void

static inline void compat_syscore_register(struct compat_syscore *s)
{
	register_syscore_ops(&s->ops);
}

static inline void compat_syscore_unregister(struct compat_syscore *s)
{
	unregister_syscore_ops(&s->ops);
}

#endif

/* hrtimer_setup() came with 6.13, hrtimer_init() went with 6.15.  Remove when 6.12 is dropped. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define compat_hrtimer_setup(timer, fn, clock, mode)	hrtimer_setup(timer, fn, clock, mode)
#else
#define compat_hrtimer_setup(timer, fn, clock, mode)	do {	\
	hrtimer_init(timer, clock, mode);			\
	(timer)->function = (fn);				\
} while (0)
#endif

/*
 * Exits of newer CPUs that newer kernels name.  Remove each when kernels without it are
 * dropped.  Source: SDM vol. 3, "VMX Basic Exit Reasons".
 */
#ifndef EXIT_REASON_SEAMCALL
#define EXIT_REASON_SEAMCALL		76
#endif
#ifndef EXIT_REASON_TDCALL
#define EXIT_REASON_TDCALL		77
#endif
#ifndef EXIT_REASON_MSR_READ_IMM
#define EXIT_REASON_MSR_READ_IMM	84
#endif
#ifndef EXIT_REASON_MSR_WRITE_IMM
#define EXIT_REASON_MSR_WRITE_IMM	85
#endif

/* 6.1 has it under another name.  Remove when 6.1 is dropped. */
#ifndef SECONDARY_EXEC_ENABLE_XSAVES
#define SECONDARY_EXEC_ENABLE_XSAVES	SECONDARY_EXEC_XSAVES
#endif

/*
 * 6.16 named the 64-bit accessors of MSRs anew.  Remove when older kernels are dropped, and
 * use the new names.
 */
#ifdef rdmsrq
#define rdmsrl(msr, value)	rdmsrq(msr, value)
#define rdmsrl_safe(msr, value)	rdmsrq_safe(msr, value)
#define wrmsrl(msr, value)	wrmsrq(msr, value)
#define wrmsrl_safe(msr, value)	wrmsrq_safe(msr, value)
#endif

/*
 * From 6.3 on vm_flags is written by functions only.  Remove when kernels before
 * 6.3 are dropped.
 */
static inline void compat_vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
	vma->vm_flags |= flags;
#else
	vm_flags_set(vma, flags);
#endif
}

static inline void compat_vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
	vma->vm_flags &= ~flags;
#else
	vm_flags_clear(vma, flags);
#endif
}

/*
 * How often a page that is no part of a larger one is in page tables of processes.  page_mapcount()
 * has gone in 6.12, and folio_mapcount() is not what it was.  For who has included <linux/mm.h>.
 * Remove when kernels before 6.12 are dropped, and use the latter.
 */
#define compat_page_mapcount(page)	(atomic_read(&(page)->_mapcount) + 1)

/*
 * What page->memcg_data of a page of the kernel's own points to; its flags have got another
 * name in 6.10.  For who has included <linux/memcontrol.h>.  Remove when kernels before that
 * are dropped.
 */
#ifdef OBJEXTS_FLAGS_MASK
#define compat_objcg(data)	((struct obj_cgroup *)((data) & ~OBJEXTS_FLAGS_MASK))
#else
#define compat_objcg(data)	((struct obj_cgroup *)((data) & ~MEMCG_DATA_FLAGS_MASK))
#endif

/*
 * Does the host separate its tasks' predictions with IBPB?  Until 6.14 a feature bit of its own
 * says so; since then it is the CPU's bit unless mitigations are off.  For who has included
 * <linux/cpu.h>.  Remove when kernels before 6.15 are dropped.
 */
#ifdef X86_FEATURE_USE_IBPB
#define compat_uses_ibpb()	boot_cpu_has(X86_FEATURE_USE_IBPB)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#define compat_uses_ibpb()	(boot_cpu_has(X86_FEATURE_IBPB) && !cpu_mitigations_off())
#else
#error "this kernel decides about IBPB under a feature bit that is not known here"
#endif

/*
 * From 6.2 on a kernel may put off what call_rcu() asks for, for ten seconds, to save power
 * (CONFIG_RCU_LAZY).  Where memory comes back that a guest or the host waits for, that is too
 * late.  For who has included <linux/rcupdate.h>.  Remove when kernels before 6.2 are dropped.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define compat_call_rcu_hurry(head, func)	call_rcu(head, func)
#else
#define compat_call_rcu_hurry(head, func)	call_rcu_hurry(head, func)
#endif

/*
 * smp_send_reschedule() drags in a tracepoint from 6.4 on; what is under it has
 * kept its name.  Remove never: it is the shorter way in any kernel.
 */
static inline void compat_send_reschedule(int cpu)
{
	(smp_ops.smp_send_reschedule)(cpu);	/* in brackets: not the macro */
}

/*
 * Opening a block device by its number, exclusively for a holder if there is one.  Up to 6.4 it is
 * had and given back with a mode, up to 6.6 with a holder, up to 6.8 as a handle, and from then on
 * it is a file. For who has included <linux/blkdev.h>. Remove when kernels before 6.9 are dropped.
 */
struct compat_bdev {
	struct block_device *bdev;
	void *with;
};

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define compat_bdev_open(o, dev, write, holder)						\
({											\
	fmode_t mode_ = FMODE_READ | ((write) ? FMODE_WRITE : 0) |			\
			((holder) ? FMODE_EXCL : 0);					\
											\
	(o)->bdev = blkdev_get_by_dev(dev, mode_, holder);				\
	(o)->with = (void *)(__force unsigned long)mode_;				\
	PTR_ERR_OR_ZERO((o)->bdev);							\
})
#define compat_bdev_close(o)								\
	blkdev_put((o)->bdev, (__force fmode_t)(unsigned long)(o)->with)
#else
#define compat_bdev_mode(write)	(BLK_OPEN_READ | ((write) ? BLK_OPEN_WRITE : 0))
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define compat_bdev_open(o, dev, write, holder)						\
({											\
	(o)->bdev = blkdev_get_by_dev(dev, compat_bdev_mode(write), holder, NULL);	\
	(o)->with = holder;								\
	PTR_ERR_OR_ZERO((o)->bdev);							\
})
#define compat_bdev_close(o)	blkdev_put((o)->bdev, (o)->with)
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
#define compat_bdev_open(o, dev, write, holder)						\
({											\
	struct bdev_handle *h_ = bdev_open_by_dev(dev, compat_bdev_mode(write), holder, NULL); \
											\
	(o)->with = h_;									\
	(o)->bdev = IS_ERR(h_) ? NULL : h_->bdev;					\
	PTR_ERR_OR_ZERO(h_);								\
})
#define compat_bdev_close(o)	bdev_release((o)->with)
#else
#define compat_bdev_open(o, dev, write, holder)						\
({											\
	struct file *f_ = bdev_file_open_by_dev(dev, compat_bdev_mode(write), holder, NULL); \
											\
	(o)->with = f_;									\
	(o)->bdev = IS_ERR(f_) ? NULL : file_bdev(f_);					\
	PTR_ERR_OR_ZERO(f_);								\
})
#define compat_bdev_close(o)	fput((o)->with)
#endif
#endif

/* 6.12 moved it.  Remove when older kernels are dropped. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/*
 * What other modules may call has a namespace, which is a string from 6.13 on.
 * Remove when kernels before that are dropped.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define COMPAT_EXPORT(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, "XLHV")
#define COMPAT_IMPORT_NS	MODULE_IMPORT_NS("XLHV")
#else
#define COMPAT_EXPORT(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, XLHV)
#define COMPAT_IMPORT_NS	MODULE_IMPORT_NS(XLHV)
#endif

#endif /* __ASSEMBLY__ */

#endif /* XLHV_COMPAT_H */
