// SPDX-License-Identifier: GPL-2.0-only
/* Registers of CPUs that do not exist, and VMX on them. */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/page.h>
#include <asm/perf_event.h>
#include <asm/processor.h>
#include <asm/reboot.h>
#include <asm/tlbflush.h>
#include <asm/tsc.h>

#include <stdlib.h>

#include "unit.h"
#include "vmx/root/insn.h"

struct cpuinfo_x86 boot_cpu_data = {
	.x86_vendor = X86_VENDOR_INTEL,
	.x86_vendor_id = "GenuineIntel",
	.x86_phys_bits = 39,
};

u64 unit_tsc;
unsigned long jiffies = 1000 * HZ;
bool unit_kill_waiter, unit_killed;

long schedule_timeout_killable(long timeout)
{
	if (unit_kill_waiter) {
		unit_killed = true;
		return timeout;
	}
	jiffies += timeout;
	return 0;
}

u32 unit_cpuid_1_ecx = 1 << 5;

static struct {
	bool there;
	u32 msr;
	u64 value[UNIT_MAX_CPUS];
} msrs[64];

static unsigned int msr_slot(u32 msr, bool make)
{
	unsigned int i, empty = 64;

	for (i = 0; i < 64; i++) {
		if (msrs[i].there && msrs[i].msr == msr)
			return i;
		if (!msrs[i].there && empty == 64)
			empty = i;
	}
	if (make && empty < 64) {
		msrs[empty].there = true;
		msrs[empty].msr = msr;
		return empty;
	}
	return 64;
}

void unit_msr_set_on(unsigned int cpu, u32 msr, u64 value)
{
	msrs[msr_slot(msr, true)].value[cpu] = value;
}

void unit_msr_set(u32 msr, u64 value)
{
	unsigned int cpu;

	for (cpu = 0; cpu < UNIT_MAX_CPUS; cpu++)
		unit_msr_set_on(cpu, msr, value);
}

void unit_msr_remove(u32 msr)
{
	unsigned int slot = msr_slot(msr, false);

	if (slot < 64)
		msrs[slot].there = false;
}

int unit_rdmsr(u32 msr, u64 *value)
{
	unsigned int slot = msr_slot(msr, false);

	*value = slot < 64 ? msrs[slot].value[unit_cpu] : 0;
	return slot < 64 ? 0 : -EIO;
}

int unit_wrmsr(u32 msr, u64 value)
{
	unsigned int slot = msr_slot(msr, false);

	if (slot == 64)
		return -EIO;
	msrs[slot].value[unit_cpu] = value;
	return 0;
}

u64 unit_rdmsr_there(u32 msr)
{
	u64 value;

	if (unit_rdmsr(msr, &value))
		FAIL("MSR %#x is read, which is not there", msr);
	return value;
}

void unit_wrmsr_there(u32 msr, u64 value)
{
	if (unit_wrmsr(msr, value))
		FAIL("MSR %#x is written, which is not there", msr);
}

static struct {
	unsigned long cr4;
	unsigned long dr[8];
	unsigned short ldt;
	unsigned short gdt_size, idt_size;
	bool tss_limit_good;
	bool root;
	bool pt_stopped;
	u64 current_vmcs;
} cpus[UNIT_MAX_CPUS];

__attribute__((constructor)) static void cpus_reset(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < UNIT_MAX_CPUS; cpu++) {
		cpus[cpu].gdt_size = 0x7f;
		cpus[cpu].idt_size = 0xfff;
		cpus[cpu].current_vmcs = UNIT_NO_VMCS;
	}
}

unsigned long *unit_cr4(void)
{
	return &cpus[unit_cpu].cr4;
}

void native_store_gdt(struct desc_ptr *gdt)
{
	gdt->size = cpus[unit_cpu].gdt_size;
	gdt->address = 0x1000 * (unit_cpu + 1);
}

void store_idt(struct desc_ptr *idt)
{
	idt->size = cpus[unit_cpu].idt_size;
	idt->address = 0x100;
}

void native_load_gdt(const struct desc_ptr *gdt)
{
	if (gdt->address != 0x1000 * (unit_cpu + 1))
		FAIL("CPU %u gets the GDT at %#lx", unit_cpu, gdt->address);
	cpus[unit_cpu].gdt_size = gdt->size;
}

void native_load_idt(const struct desc_ptr *idt)
{
	if (idt->address != 0x100)
		FAIL("CPU %u gets the IDT at %#lx", unit_cpu, idt->address);
	cpus[unit_cpu].idt_size = idt->size;
}

void invalidate_tss_limit(void)
{
	cpus[unit_cpu].tss_limit_good = true;
}

u16 vmx_insn_sldt(void)
{
	return cpus[unit_cpu].ldt;
}

void vmx_insn_lldt(u16 selector)
{
	if (cpus[unit_cpu].gdt_size == 0xffff)
		FAIL("CPU %u loads LDTR from the GDT of a VM exit", unit_cpu);
	cpus[unit_cpu].ldt = selector;
}

void unit_ldt_set(u16 selector)
{
	cpus[unit_cpu].ldt = selector;
}

unsigned long unit_debugreg(unsigned int nr)
{
	return cpus[unit_cpu].dr[nr];
}

void unit_debugreg_set(unsigned int nr, unsigned long value)
{
	unsigned long *dr = cpus[unit_cpu].dr;

	/* An address of the guest's where the host has a breakpoint, or the other way. */
	if (nr < 4 && value != dr[nr] && dr[7] & 3UL << 2 * nr)
		FAIL("CPU %u gets DR%u while DR7 is %#lx", unit_cpu, nr, dr[7]);
	dr[nr] = value;
}

/* What a VM exit leaves. */
void unit_desc_spoil(void)
{
	unsigned int i;

	cpus[unit_cpu].ldt = 0;
	unit_msr_set_on(unit_cpu, MSR_IA32_DEBUGCTLMSR, 0);
	for (i = 0; i < 4; i++)
		set_debugreg(0x1000 * i, i);
	cpus[unit_cpu].dr[7] = 0x400;
	cpus[unit_cpu].gdt_size = 0xffff;
	cpus[unit_cpu].idt_size = 0xffff;
	cpus[unit_cpu].tss_limit_good = false;
}

void unit_desc_check(void)
{
	if (cpus[unit_cpu].gdt_size != 0x7f || cpus[unit_cpu].idt_size != 0xfff ||
	    !cpus[unit_cpu].tss_limit_good)
		FAIL("CPU %u was left with the limits of a VM exit", unit_cpu);
}

void intel_pt_handle_vmx(int on)
{
	if (cpus[unit_cpu].root)
		FAIL("CPU %u: Intel PT is told of VMX (%d) in root operation", unit_cpu, on);
	cpus[unit_cpu].pt_stopped = on;
}

bool unit_pt_stopped(unsigned int cpu)
{
	return cpus[cpu].pt_stopped;
}

unit_emergency_callback unit_emergency;

void cpu_emergency_register_virt_callback(unit_emergency_callback callback)
{
	if (unit_emergency)
		FAIL("a second emergency callback");
	unit_emergency = callback;
}

void cpu_emergency_unregister_virt_callback(unit_emergency_callback callback)
{
	if (unit_emergency != callback)
		FAIL("an emergency callback that is not there is removed");
	unit_emergency = NULL;
}

u32 unit_vmx_revision = 0x1234;
unsigned int unit_vmx_count[UNIT_NR_INSNS];

#define MAX_VMCS	64
#define MAX_FIELDS	64

static struct model_vmcs {
	u64 pa;
	bool cleared;		/* at least once */
	bool launched;
	int cpu;		/* active there, -1: nowhere */
	unsigned int nr_fields;
	struct {
		unsigned long field, value;
	} fields[MAX_FIELDS];
} vmcss[MAX_VMCS];
static unsigned int nr_vmcss;

static int armed[UNIT_NR_INSNS];

static struct model_vmcs *vmcs_find(u64 pa)
{
	unsigned int i;

	for (i = 0; i < nr_vmcss; i++)
		if (vmcss[i].pa == pa)
			return &vmcss[i];
	if (nr_vmcss == MAX_VMCS)
		abort();
	vmcss[nr_vmcss] = (struct model_vmcs) { .pa = pa, .cpu = -1 };
	return &vmcss[nr_vmcss++];
}

/* Hardware would go on to write to the page. */
void unit_page_freed(unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < nr_vmcss && vmcss[i].pa != addr; i++)
		;
	if (i == nr_vmcss)
		return;
	if (vmcss[i].cpu >= 0)
		FAIL("the page of a VMCS is freed that is active on CPU %d", vmcss[i].cpu);
	vmcss[i] = vmcss[--nr_vmcss];
}

bool unit_vmx_root(unsigned int cpu)
{
	return cpus[cpu].root;
}

void unit_vmx_set_root(unsigned int cpu, bool root)
{
	unsigned int i;

	cpus[cpu].root = root;
	if (root)
		return;
	cpus[cpu].current_vmcs = UNIT_NO_VMCS;
	for (i = 0; i < nr_vmcss; i++)
		if (vmcss[i].cpu == (int)cpu)
			vmcss[i].cpu = -1;
}

u64 unit_vmx_current(unsigned int cpu)
{
	return cpus[cpu].current_vmcs;
}

bool unit_vmx_launched(u64 pa)
{
	return vmcs_find(pa)->launched;
}

void unit_vmx_set_launched(u64 pa)
{
	vmcs_find(pa)->launched = true;
}

int unit_vmx_active_on(u64 pa)
{
	return vmcs_find(pa)->cpu;
}

unsigned int unit_vmx_nr_active(void)
{
	unsigned int i, count = 0;

	for (i = 0; i < nr_vmcss; i++)
		count += vmcss[i].cpu >= 0;
	return count;
}

void unit_vmx_fail(enum unit_vmx_insn insn, int err)
{
	armed[insn] = err;
}

void (*unit_vmx_meanwhile)(void);

/* What every one of them begins with: an error that the test wants, or #UD outside of root. */
static int begin(enum unit_vmx_insn insn)
{
	void (*meanwhile)(void) = unit_vmx_meanwhile;
	int err = armed[insn];

	unit_vmx_meanwhile = NULL;
	if (meanwhile)
		meanwhile();
	unit_vmx_count[insn]++;
	armed[insn] = 0;
	if (err == -ENODEV)
		unit_vmx_set_root(unit_cpu, false);
	/* Whoever interrupts may have a VMCS of his own. */
	if (!irqs_disabled())
		FAIL("a VMX instruction (%d) with interrupts on", insn);
	if (err)
		return err;
	return cpus[unit_cpu].root ? 0 : -ENODEV;
}

int vmx_insn_vmxon(u64 pa)
{
	int err = begin(UNIT_VMXON);

	if (err != -ENODEV)
		return err ? err : -EIO;	/* already in root operation */
	if (!(cpus[unit_cpu].cr4 & X86_CR4_VMXE))
		return -ENODEV;
	if (pa % PAGE_SIZE || *(u32 *)phys_to_virt(pa) != unit_vmx_revision)
		return -EIO;
	if (!cpus[unit_cpu].pt_stopped)
		FAIL("VMXON on CPU %u with Intel PT on", unit_cpu);
	cpus[unit_cpu].root = true;
	cpus[unit_cpu].current_vmcs = UNIT_NO_VMCS;
	return 0;
}

int vmx_insn_vmxoff(void)
{
	int err = begin(UNIT_VMXOFF);
	unsigned int i;

	if (err)
		return err;
	for (i = 0; i < nr_vmcss; i++)
		if (vmcss[i].cpu == (int)unit_cpu)
			FAIL("VMXOFF on CPU %u with a VMCS active there", unit_cpu);
	unit_vmx_set_root(unit_cpu, false);
	return 0;
}

int vmx_insn_vmclear(u64 pa)
{
	struct model_vmcs *vmcs = vmcs_find(pa);
	int err = begin(UNIT_VMCLEAR);

	if (err)
		return err;
	if (pa % PAGE_SIZE)
		return -EIO;
	if (vmcs->cpu >= 0 && vmcs->cpu != (int)unit_cpu)
		FAIL("VMCLEAR on CPU %u of a VMCS that is active on CPU %d", unit_cpu, vmcs->cpu);
	vmcs->cleared = true;
	vmcs->launched = false;
	vmcs->cpu = -1;
	if (cpus[unit_cpu].current_vmcs == pa)
		cpus[unit_cpu].current_vmcs = UNIT_NO_VMCS;
	return 0;
}

int vmx_insn_vmptrld(u64 pa)
{
	struct model_vmcs *vmcs = vmcs_find(pa);
	int err = begin(UNIT_VMPTRLD);

	if (err)
		return err;
	if (pa % PAGE_SIZE || *(u32 *)phys_to_virt(pa) != unit_vmx_revision)
		return -EIO;
	if (!vmcs->cleared)
		FAIL("VMPTRLD of a VMCS that was never cleared");
	if (vmcs->cpu >= 0 && vmcs->cpu != (int)unit_cpu)
		FAIL("VMPTRLD on CPU %u of a VMCS that is active on CPU %d", unit_cpu, vmcs->cpu);
	vmcs->cpu = unit_cpu;
	cpus[unit_cpu].current_vmcs = pa;
	return 0;
}

int vmx_insn_vmptrst(u64 *pa)
{
	int err = begin(UNIT_VMPTRST);

	if (!err)
		*pa = cpus[unit_cpu].current_vmcs;
	return err;
}

int vmx_insn_vmread(unsigned long field, unsigned long *value)
{
	int err = begin(UNIT_VMREAD);
	struct model_vmcs *vmcs;
	unsigned int i;

	*value = 0;
	if (err)
		return err;
	if (cpus[unit_cpu].current_vmcs == UNIT_NO_VMCS)
		return -EIO;
	vmcs = vmcs_find(cpus[unit_cpu].current_vmcs);
	for (i = 0; i < vmcs->nr_fields; i++)
		if (vmcs->fields[i].field == field)
			*value = vmcs->fields[i].value;
	return 0;
}

int vmx_insn_vmwrite(unsigned long field, unsigned long value)
{
	int err = begin(UNIT_VMWRITE);
	struct model_vmcs *vmcs;
	unsigned int i;

	if (err)
		return err;
	if (cpus[unit_cpu].current_vmcs == UNIT_NO_VMCS)
		return -EIO;
	vmcs = vmcs_find(cpus[unit_cpu].current_vmcs);
	for (i = 0; i < vmcs->nr_fields && vmcs->fields[i].field != field; i++)
		;
	if (i == MAX_FIELDS)
		abort();
	vmcs->fields[i].field = field;
	vmcs->fields[i].value = value;
	if (i == vmcs->nr_fields)
		vmcs->nr_fields++;
	return 0;
}

struct unit_vmx_flushed unit_vmx_flushed;

int vmx_insn_invept(unsigned long extent, u64 eptp)
{
	unit_vmx_flushed.extent = extent;
	unit_vmx_flushed.what = eptp;
	return begin(UNIT_INVEPT);
}

int vmx_insn_invvpid(unsigned long extent, u16 vpid, u64 addr)
{
	bool all = extent == VMX_VPID_EXTENT_ALL_CONTEXT;

	if (extent > VMX_VPID_EXTENT_SINGLE_NON_GLOBAL || addr || all == !!vpid)
		FAIL("INVVPID %lu with VPID %u and address %#lx", extent, vpid,
		     (unsigned long)addr);
	unit_vmx_flushed.extent = extent;
	unit_vmx_flushed.what = vpid;
	return begin(UNIT_INVVPID);
}
