// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's side of a VMCS: what the CPU loads at a VM exit.  Written whole
 * when a VMCS meets a CPU for the first time, and from then on only as far as it
 * changed.
 */
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <asm/cpu_entry_area.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/special_insns.h>
#include <asm/tlbflush.h>

#include "compat.h"
#include "xlhv.h"
#include "vmx/root/internal.h"
#include "vmx/root/switch.h"
#include "vmx/root/vmcs.h"

static_assert(offsetof(struct vmx_switch, gpr[0]) == VMX_SW_RAX);
static_assert(offsetof(struct vmx_switch, gpr[5]) == VMX_SW_RBP);
static_assert(offsetof(struct vmx_switch, gpr[15]) == VMX_SW_R15);
static_assert(offsetof(struct vmx_switch, host_rsp) == VMX_SW_HOST_RSP);
static_assert(offsetof(struct vmx_switch, guest_spec_ctrl) == VMX_SW_GUEST_SPEC_CTRL);
static_assert(offsetof(struct vmx_switch, host_spec_ctrl) == VMX_SW_HOST_SPEC_CTRL);
static_assert(offsetof(struct vmx_switch, guard) == VMX_SW_GUARD);

DEFINE_STATIC_KEY_FALSE(vmx_unguarded);

/* A valid, writable data segment is what VERW clears fastest with. */
const u16 vmx_guard_selector = __KERNEL_DS;

/* Nothing of the host is in the VMCS yet. */
void vmx_host_init(struct vmx_host *host)
{
	host->guarded = !static_branch_unlikely(&vmx_unguarded);
	host->cpu = -1;
	host->cr3 = 0;
	host->cr4 = 0;
}

static void write_cpu(const struct vmx_host *host, int cpu)
{
	struct desc_ptr idt;
	u64 value;

	store_idt(&idt);
	vmcs_writel(HOST_IDTR_BASE, idt.address);
	vmcs_writel(HOST_GDTR_BASE, (unsigned long)get_cpu_gdt_ro(cpu));
	vmcs_writel(HOST_TR_BASE, (unsigned long)&get_cpu_entry_area(cpu)->tss.x86_tss);
	rdmsrl(MSR_GS_BASE, value);
	vmcs_writel(HOST_GS_BASE, value);
	rdmsrl(MSR_IA32_SYSENTER_CS, value);
	vmcs_write32(HOST_IA32_SYSENTER_CS, value);
	rdmsrl(MSR_IA32_SYSENTER_ESP, value);
	vmcs_writel(HOST_IA32_SYSENTER_ESP, value);
	rdmsrl(MSR_IA32_SYSENTER_EIP, value);
	vmcs_writel(HOST_IA32_SYSENTER_EIP, value);
	rdmsrl(MSR_IA32_CR_PAT, value);
	vmcs_write64(HOST_IA32_PAT, value);
	rdmsrl(MSR_EFER, value);
	vmcs_write64(HOST_IA32_EFER, value);

	/*
	 * A thread of the kernel has null data segments and an FS base of 0; the
	 * callers run in one.
	 */
	vmcs_write16(HOST_CS_SELECTOR, __KERNEL_CS);
	vmcs_write16(HOST_SS_SELECTOR, __KERNEL_DS);
	vmcs_write16(HOST_DS_SELECTOR, 0);
	vmcs_write16(HOST_ES_SELECTOR, 0);
	vmcs_write16(HOST_FS_SELECTOR, 0);
	vmcs_write16(HOST_GS_SELECTOR, 0);
	vmcs_write16(HOST_TR_SELECTOR, GDT_ENTRY_TSS * 8);
	vmcs_writel(HOST_FS_BASE, 0);
	vmcs_writel(HOST_CR0, read_cr0());
	vmcs_writel(HOST_RIP, (unsigned long)(host->guarded ? vmx_landing_guarded :
					      vmx_landing_plain));
}

/**
 * vmx_host_refresh() - bring the host state of the current VMCS up to date
 * @host: what it holds
 *
 * CR3 and CR4 are the two that may change between two stays on one CPU.
 *
 * Context: a kernel thread, interrupts off, the VMCS current.  Source: SDM
 * vol. 3, "Checks on VMX Controls and Host-State Area".
 */
void vmx_host_refresh(struct vmx_host *host)
{
	unsigned long cr3 = __read_cr3();
	unsigned long cr4 = __read_cr4();
	int cpu = smp_processor_id();

	if (unlikely(host->cpu != cpu)) {
		write_cpu(host, cpu);
		host->cpu = cpu;
	}
	if (host->cr3 != cr3) {
		vmcs_writel(HOST_CR3, cr3);
		host->cr3 = cr3;
	}
	if (host->cr4 != cr4) {
		vmcs_writel(HOST_CR4, cr4);
		host->cr4 = cr4;
	}
}
