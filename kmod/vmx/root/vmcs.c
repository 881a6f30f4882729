// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMCS regions: made, loaded, cleared.  A region is active on at most one CPU,
 * and only that CPU may clear it; so whoever moves a VMCS first has it cleared
 * where it was.  Lists and memos are per CPU and touched with interrupts off on
 * that CPU alone, so there is no lock.
 *
 * Two ways to be current.  When VMX root operation is ours alone, a VMCS stays
 * current after the window, and the next window with the same one costs nothing.
 * When it is shared, the pointer of somebody else's that we found is put back at
 * the end of every window, and ours is merely active.
 */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/smp.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/msr.h>

#include "compat.h"
#include "xlhv.h"
#include "vmx/root/internal.h"
#include "vmx/root/vmcs.h"

#define NO_VMCS		(~0ULL)

/**
 * vmx_instruction_error() - why the last VMX instruction failed
 *
 * Context: a VMCS is current.
 * Return: the VM-instruction error number, 0 if it cannot be read.
 */
u32 vmx_instruction_error(void)
{
	unsigned long error;

	return vmcs_read_safe(VM_INSTRUCTION_ERROR, &error) ? 0 : error;
}

/* Forget failures on this CPU.  Context: interrupts off. */
void vmx_access_begin(void)
{
	this_cpu_write(vmx_cpu.error.err, 0);
}

/**
 * vmx_access_end() - did a plain accessor fail since vmx_access_begin()?
 *
 * Context: interrupts off.
 * Return: the first failure, or NULL; valid until interrupts are on again.
 */
const struct vmx_access_error *vmx_access_end(void)
{
	const struct vmx_access_error *error = this_cpu_ptr(&vmx_cpu.error);

	return error->err ? error : NULL;
}

/* Out of line on purpose: an accessor's good path is two instructions. */
noinline void vmx_access_failed(unsigned long field, unsigned long value, bool write, int err)
{
	struct vmx_access_error *error = this_cpu_ptr(&vmx_cpu.error);

	if (error->err)
		return;
	error->field = field;
	error->value = value;
	error->write = write;
	error->err = err;
	error->instruction_error = 0;
	if (err == -ENODEV)
		vmx_root_lost();
	else
		error->instruction_error = vmx_instruction_error();
}

/**
 * vmx_vmcs_alloc() - make a VMCS, active nowhere
 * @vmcs: to be filled in
 *
 * The region still has to be cleared by a CPU: the first window does that.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int vmx_vmcs_alloc(struct vmx_vmcs *vmcs)
{
	u32 *region = (u32 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);

	if (!region)
		return -ENOMEM;
	region[0] = vmx_caps.revision;
	vmcs->region = region;
	vmcs->pa = virt_to_phys(region);
	vmcs->cpu = -1;
	vmcs->launched = false;
	INIT_LIST_HEAD(&vmcs->link);
	return 0;
}

/* On the CPU where it is active, or anywhere if active nowhere; interrupts off. */
static int clear_local(struct vmx_vmcs *vmcs)
{
	struct vmx_cpu *cpu = this_cpu_ptr(&vmx_cpu);
	int err = cpu->root ? vmx_insn_vmclear(vmcs->pa) : -ENODEV;

	/* Whatever the CPU said, it is not ours to use here any more. */
	if (vmcs->cpu >= 0) {
		list_del_init(&vmcs->link);
		cpu->nr_active--;
	}
	if (cpu->current_vmcs == vmcs)
		cpu->current_vmcs = NULL;
	vmcs->launched = false;
	/* Last: from now on another CPU may take it. */
	smp_store_release(&vmcs->cpu, -1);
	return err;
}

static void clear_ipi(void *data)
{
	struct vmx_vmcs *vmcs = data;

	/* It may have been cleared since: its CPU went down. */
	if (vmcs->cpu == smp_processor_id())
		clear_local(vmcs);
}

/**
 * vmx_vmcs_come_home() - make sure that no other CPU has it active
 * @vmcs: not in a window anywhere
 *
 * Context: preemption off, interrupts on (sends an IPI and waits).
 * Return: 0.  A CPU that went away meanwhile has cleared it itself.
 */
int vmx_vmcs_come_home(struct vmx_vmcs *vmcs)
{
	int cpu = READ_ONCE(vmcs->cpu);

	if (cpu >= 0 && cpu != smp_processor_id())
		smp_call_function_single(cpu, clear_ipi, vmcs, 1);
	return 0;
}

/**
 * vmx_vmcs_free() - clear a VMCS wherever it is active, and free it
 * @vmcs: not in a window; may be one whose allocation failed
 *
 * Context: may sleep.
 */
void vmx_vmcs_free(struct vmx_vmcs *vmcs)
{
	int cpu;

	if (!vmcs->region)
		return;
	cpu = READ_ONCE(vmcs->cpu);
	if (cpu >= 0)
		smp_call_function_single(cpu, clear_ipi, vmcs, 1);
	WARN_ON_ONCE(vmcs->cpu >= 0);
	free_page((unsigned long)vmcs->region);
	vmcs->region = NULL;
}

/**
 * vmx_vmcs_clear_all_local() - nothing of ours stays active on this CPU
 *
 * For a CPU that goes away, sleeps or loses VMX root operation.
 *
 * Context: interrupts off.
 */
void vmx_vmcs_clear_all_local(void)
{
	struct vmx_cpu *cpu = this_cpu_ptr(&vmx_cpu);

	while (!list_empty(&cpu->active))
		clear_local(list_first_entry(&cpu->active, struct vmx_vmcs, link));
}

/**
 * vmx_vmcs_clear_all_emergency() - the same in an NMI, when the machine goes down
 *
 * It may have come in the middle of a change of the list, and nothing here is used again:
 * every VMCS is cleared and none taken out.  Whoever adds one links it in last, and
 * whoever takes one out unlinks it first, so that the way forward ends at any moment.
 *
 * Context: NMI, or interrupts off.
 */
void vmx_vmcs_clear_all_emergency(void)
{
	struct vmx_cpu *cpu = raw_cpu_ptr(&vmx_cpu);
	struct vmx_vmcs *vmcs;

	list_for_each_entry(vmcs, &cpu->active, link)
		vmx_insn_vmclear(vmcs->pa);
}

/*
 * The first use of a VMCS, or the first since it was cleared elsewhere: it becomes this
 * CPU's before anything is done with it.  Of two CPUs that try, one is told -EBUSY.
 */
static int make_active(struct vmx_cpu *cpu, struct vmx_vmcs *vmcs)
{
	int err;

	if (cmpxchg(&vmcs->cpu, -1, smp_processor_id()) != -1)
		return -EBUSY;
	err = vmx_insn_vmclear(vmcs->pa);
	if (!err)
		err = vmx_insn_vmptrld(vmcs->pa);
	if (err) {
		/* Given up as it was found; the instructions are done by then. */
		smp_store_release(&vmcs->cpu, -1);
		return err;
	}
	vmcs->launched = false;
	list_add_rcu(&vmcs->link, &cpu->active);	/* for the NMI of an emergency */
	cpu->nr_active++;
	return 0;
}

static int make_current(struct vmx_cpu *cpu, struct vmx_vmcs *vmcs)
{
	int err;

	if (vmcs->cpu < 0)
		err = make_active(cpu, vmcs);
	else
		err = vmx_insn_vmptrld(vmcs->pa);
	if (!err)
		cpu->current_vmcs = vmcs;
	return err;
}

#define DR7_BREAKPOINTS	(DR_GLOBAL_ENABLE_MASK | DR_LOCAL_ENABLE_MASK)

/*
 * A VM exit loads some of the host's registers with constants (SDM vol. 3, "Loading
 * Host State").  None of them matters to what runs in a window, and interrupts may
 * change each of them between two: they are kept for one window.
 */
static void save_host(struct vmx_window *w)
{
	native_store_gdt(&w->gdt);
	store_idt(&w->idt);
	w->ldt = vmx_insn_sldt();
	rdmsrl(MSR_IA32_DEBUGCTLMSR, w->debugctl);
	get_debugreg(w->dr7, 7);
	if (likely(!(w->dr7 & DR7_BREAKPOINTS)))
		return;
	/* Off before a guest's addresses are loaded: they could be the kernel's. */
	set_debugreg(0, 7);
	get_debugreg(w->dr[0], 0);
	get_debugreg(w->dr[1], 1);
	get_debugreg(w->dr[2], 2);
	get_debugreg(w->dr[3], 3);
}

static void restore_host(const struct vmx_window *w)
{
	native_load_gdt(&w->gdt);
	native_load_idt(&w->idt);
	invalidate_tss_limit();
	if (unlikely(w->ldt))
		vmx_insn_lldt(w->ldt);
	if (unlikely(w->debugctl))
		wrmsrl(MSR_IA32_DEBUGCTLMSR, w->debugctl);
	if (likely(!(w->dr7 & DR7_BREAKPOINTS)))
		return;
	set_debugreg(w->dr[0], 0);
	set_debugreg(w->dr[1], 1);
	set_debugreg(w->dr[2], 2);
	set_debugreg(w->dr[3], 3);
	/* On when all addresses are the host's. */
	set_debugreg(w->dr7, 7);
}

/**
 * vmx_window_open() - make a VMCS current on this CPU
 * @w: remembers what vmx_window_close() has to put back
 * @vmcs: active here or nowhere (see vmx_vmcs_come_home())
 *
 * Context: interrupts off, and off until vmx_window_close().
 * Return: 0; -ENODEV if VMX root operation is not (or no longer) on here; -EBUSY
 * if the VMCS is active on another CPU; -EIO if the CPU refuses the region.
 */
int vmx_window_open(struct vmx_window *w, struct vmx_vmcs *vmcs)
{
	struct vmx_cpu *cpu = this_cpu_ptr(&vmx_cpu);
	int err;

	lockdep_assert_irqs_disabled();
	if (unlikely(!cpu->root))
		return -ENODEV;
	if (unlikely(vmcs->cpu >= 0 && vmcs->cpu != smp_processor_id()))
		return -EBUSY;
	w->previous = NO_VMCS;
	if (vmx_shared()) {
		bool ours;

		err = vmx_insn_vmptrst(&w->previous);
		/* One of ours, left current by an earlier window, is nobody's loss. */
		ours = w->previous == vmcs->pa ||
		       (cpu->current_vmcs && cpu->current_vmcs->pa == w->previous);
		vmx_guard_found(&cpu->guard, ours, !err && !ours && w->previous != NO_VMCS);
		if (err || w->previous == vmcs->pa) {
			w->previous = NO_VMCS;
		} else {
			if (ours)
				w->previous = NO_VMCS;
			err = make_current(cpu, vmcs);
		}
	} else if (cpu->current_vmcs != vmcs) {
		err = make_current(cpu, vmcs);
	} else {
		err = 0;
	}
	if (unlikely(err)) {
		if (err == -ENODEV)
			vmx_root_lost();
		else if (w->previous != NO_VMCS)
			vmx_insn_vmptrld(w->previous);
		return err;
	}
	save_host(w);
	return 0;
}

/**
 * vmx_window_close() - give the CPU back as vmx_window_open() found it
 * @w: from vmx_window_open()
 *
 * Context: interrupts off.
 */
void vmx_window_close(struct vmx_window *w)
{
	struct vmx_cpu *cpu = this_cpu_ptr(&vmx_cpu);

	restore_host(w);
	/* Where nobody had a VMCS current, ours may stay: the next window is cheaper. */
	if (w->previous == NO_VMCS)
		return;
	cpu->current_vmcs = NULL;
	if (vmx_insn_vmptrld(w->previous) == -ENODEV)
		vmx_root_lost();
}
