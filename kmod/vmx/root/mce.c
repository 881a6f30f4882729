// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machine checks that end a stay in a guest.  The exit has taken the exception, and the
 * machine's part of it is the kernel's: its banks are to be read and cleared, and the other
 * CPUs, which a broadcast one reached too, wait for this one.
 */
#include <linux/kconfig.h>
#include <linux/sched.h>
#include <linux/task_work.h>
#include <linux/types.h>
#include <asm/mce.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>
#include <asm/segment.h>

#include "vmx/root/switch.h"

/**
 * vmx_machine_check() - hand a machine check of a guest to the kernel
 *
 * As one of user mode, which is what a guest is to the kernel: one that is no danger to the
 * rest of the machine does not panic.  When memory that was in use is lost, the kernel puts
 * off to the end of the task what it does to the page, so that it does not come into use
 * again.  The task is a vCPU's thread, which ends before the domain's memory is freed.
 *
 * Kernels without support for machine checks leave CR4.MCE clear: there one is a shutdown.
 *
 * Context: interrupts off, after the exit; a thread of the kernel without other task work.
 * Return: true if something that the guest used is lost: it must not go on.
 */
bool vmx_machine_check(void)
{
#ifdef CONFIG_X86_MCE
	struct pt_regs regs = {
		.cs = __USER_CS,
		.ss = __USER_DS,
		.flags = X86_EFLAGS_FIXED | X86_EFLAGS_IF,
	};

	do_machine_check(&regs);
	return task_work_pending(current);
#else
	return false;
#endif
}
