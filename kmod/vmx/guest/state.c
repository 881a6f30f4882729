// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vCPU's VMCS: made, filled with controls, set to a start state.  Owns struct
 * vmx_vcpu except for what run.c does in the inner loop.  The callers have taken the
 * vCPU (vcpu_take_killable()).
 */
#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/trapnr.h>
#include <asm/tsc.h>
#include <asm/vmx.h>
#include <xen/interface/hvm/hvm_vcpu.h>

#include "compat.h"
#include "base/host_tsc.h"
#include "ept/ept.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"
#include "vmx/guest/mitigations.h"
#include "vmx/guest/segment.h"
#include "vmx/root/caps.h"
#include "vmx/root/root.h"
#include "vmx/root/vpid.h"

#define CR4_FRED	BIT_ULL(32)

/* Longest time without an exit, where the CPU can bound it. */
#define SLICE_US	4000

/* In a window: write what never depends on the guest's state. */
static void write_controls(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u32 pin = vmx_caps.ctl[VMX_CTL_PIN];
	u32 proc2 = vmx_caps.ctl[VMX_CTL_PROC2];
	u32 exit = vmx_caps.ctl[VMX_CTL_EXIT];

	x->ctl_proc = vmx_caps.ctl[VMX_CTL_PROC];
	x->ctl_entry = vmx_caps.ctl[VMX_CTL_ENTRY];
	x->ctl_proc2 = proc2 & ~(SECONDARY_EXEC_ENABLE_PML | SECONDARY_EXEC_TSC_SCALING |
				 SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES |
				 SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE |
				 SECONDARY_EXEC_APIC_REGISTER_VIRT |
				 SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY);
	x->ctl_proc2 = vmx_vpid_controls(x->ctl_proc2, x->vpid);
	/* Posting needs an acknowledge on exit, and with it a way into the host's IDT. */
	pin &= ~PIN_BASED_POSTED_INTR;
	exit &= ~VM_EXIT_ACK_INTR_ON_EXIT;

	vmcs_write32(PIN_BASED_VM_EXEC_CONTROL, pin);
	vmcs_write32(CPU_BASED_VM_EXEC_CONTROL, x->ctl_proc);
	vmcs_write32(SECONDARY_VM_EXEC_CONTROL, x->ctl_proc2);
	vmcs_write32(VM_EXIT_CONTROLS, exit);
	vmcs_write32(VM_ENTRY_CONTROLS, x->ctl_entry);

	/*
	 * Those of the guest's own do not concern us, but #AC: the CPU can raise it again
	 * and again while it delivers it, and lets nothing in meanwhile.  For #DB, see
	 * debug.c.
	 */
	x->exceptions = BIT(MC_VECTOR) | BIT(X86_TRAP_AC);
	vmcs_write32(EXCEPTION_BITMAP, x->exceptions);
	vmcs_write32(PAGE_FAULT_ERROR_CODE_MASK, 0);
	vmcs_write32(PAGE_FAULT_ERROR_CODE_MATCH, 0);
	vmcs_write32(CR3_TARGET_COUNT, 0);
	vmcs_write32(VM_EXIT_MSR_STORE_COUNT, 0);
	vmx_pmu_init(&x->pmu);
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, 0);
	vmcs_write64(VMCS_LINK_POINTER, ~0ULL);
	vmcs_write64(GUEST_IA32_DEBUGCTL, 0);
	vmcs_write64(MSR_BITMAP, virt_to_phys(x->msr_bitmap));
	vmcs_write64(EPT_POINTER, v->domain->ept.eptp);
	vmx_load_tsc_offset(x);
	if (x->ctl_proc & CPU_BASED_TPR_SHADOW) {
		vmcs_write64(VIRTUAL_APIC_PAGE_ADDR, virt_to_phys(x->vapic));
		vmcs_write32(TPR_THRESHOLD, 0);
		x->tpr_threshold = 0;
	}
	if (x->ctl_proc2 & SECONDARY_EXEC_ENABLE_VPID)
		vmcs_write16(VIRTUAL_PROCESSOR_ID, x->vpid);
	if (x->ctl_proc2 & SECONDARY_EXEC_ENABLE_XSAVES)
		vmcs_write64(XSS_EXIT_BITMAP, ~0ULL);
	if (x->ctl_proc2 & SECONDARY_EXEC_ENCLS_EXITING)
		vmcs_write64(ENCLS_EXITING_BITMAP, ~0ULL);
	if (x->ctl_proc2 & SECONDARY_EXEC_PAUSE_LOOP_EXITING) {
		vmcs_write32(PLE_GAP, 128);
		vmcs_write32(PLE_WINDOW, 4096);
	}
	if (vmx_has(XLHV_FEAT_PREEMPTION_TIMER)) {
		vmcs_write32(VMX_PREEMPTION_TIMER_VALUE, x->slice_timer);
		x->timer_value = x->slice_timer;
	} else {
		x->timer_value = VMX_NO_TIMER_VALUE;
	}
	vmx_host_init(&x->host);
	x->sw.host_rsp = 0;
}

/**
 * vmx_vcpu_window() - do something with the VMCS of a vCPU that does not run
 * @v: taken by the caller (vcpu_take_killable()); its own thread, outside of a stay, is one
 * @fn: called with interrupts off and the VMCS current
 * @arg: for @fn
 *
 * Context: preemptible, interrupts on.
 * Return: 0, or why the VMCS could not be made current or a field be accessed.
 */
int vmx_vcpu_window(struct vcpu *v, void (*fn)(struct vcpu *v, const void *arg), const void *arg)
{
	struct vmx_window w;
	bool again;
	int err;

	if (WARN_ON_ONCE(READ_ONCE(v->owner) != current))
		return -EBUSY;
	do {
		preempt_disable();
		vmx_vmcs_come_home(&v->vmx.vmcs);
		local_irq_disable();
		vmx_access_begin();
		err = vmx_window_open(&w, &v->vmx.vmcs);
		if (!err) {
			fn(v, arg);
			if (vmx_access_end())
				err = -EIO;
			vmx_window_close(&w);
		}
		/* A CPU on its way down: this thread is moved elsewhere, as in a stay. */
		again = err == -ENODEV && !cpu_active(smp_processor_id());
		local_irq_enable();
		preempt_enable();
		if (again)
			cond_resched();
	} while (again);
	return err;
}

static const struct domain_counter few_counters[] = {
	VCPU_COUNTER("entries", "", vmx.entries, "times the guest was entered"),
	/* Each is an exit; those of a multicall count as one. */
	VCPU_COUNTER("hypercalls", "", vmx.exits[EXIT_REASON_VMCALL], "hypercalls"),
	VCPU_COUNTER("injected", "", vmx.injected,
		     "interrupts and exceptions injected by hand"),
	VCPU_COUNTER("msr.unknown", "", vmx.unknown_msrs, "accesses to MSRs that raise #GP"),
};

/* These, one for each exit that has a handler ("exit.cpuid"), and the end. */
static struct domain_counter counters[ARRAY_SIZE(few_counters) + VMX_NR_EXITS + 1];
static char exit_names[VMX_NR_EXITS][XLHV_NAME_LEN];
static char exit_helps[VMX_NR_EXITS][sizeof("VM exits with reason 99")];

static void __init make_counters(void)
{
	struct domain_counter *c = counters;
	unsigned int i;
	char *at;

	memcpy(c, few_counters, sizeof(few_counters));
	c += ARRAY_SIZE(few_counters);
	for (i = 0; i < VMX_NR_EXITS; i++) {
		if (!vmx_exits[i].handler)
			continue;
		scnprintf(exit_names[i], sizeof(exit_names[i]), "exit.%s",
			  vmx_exit_reason_name(i));
		for (at = exit_names[i]; *at; at++)
			*at = tolower(*at);
		c->name = exit_names[i];
		c->unit = "";
		scnprintf(exit_helps[i], sizeof(exit_helps[i]), "VM exits with reason %u", i);
		c->help = exit_helps[i];
		c->at = offsetof(struct vcpu, vmx.exits) + i * sizeof(u64);
		c++;
	}
}

/**
 * vmx_guests_init() - read what no stay in a guest changes
 *
 * Context: module load, after vmx_init().
 * Return: 0; -EOPNOTSUPP with one line that says what is missing; -ENOMEM.
 */
int __init vmx_guests_init(void)
{
	int err;

	/* What the host's NMIs and machine checks are passed on through is the IDT. */
	if (__read_cr4() & CR4_FRED) {
		pr_err("cannot load: the kernel uses FRED; boot it with fred=off\n");
		return -EOPNOTSUPP;
	}
	make_counters();
	vmx_msr_check_rules();
	err = vmx_fpu_host_init();
	return err ?: vmx_guard_init();
}

/* Also after a vmx_guests_init() that failed. */
void vmx_guests_exit(void)
{
	vmx_guard_exit();
}

static void do_write_controls(struct vcpu *v, const void *unused)
{
	write_controls(v);
}

/**
 * init_vcpu() - make the VMX side of a vCPU
 * @v: domain, id and lapic are set; v->domain->ept is there
 *
 * Context: may sleep; VMX is held.
 * Return: 0; -ENOMEM; what vmx_vcpu_window() returns.
 */
static int init_vcpu(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	int err;

	vmx_stay_timer_init(x);
	err = vmx_vmcs_alloc(&x->vmcs);
	if (err)
		return err;
	x->vapic = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	x->msr_bitmap = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	x->pir = kzalloc(sizeof(*x->pir), GFP_KERNEL_ACCOUNT);
	err = vmx_fpu_alloc(x);
	if (err || !x->vapic || !x->msr_bitmap || !x->pir)
		return -ENOMEM;
	x->tsc_offset = -v->domain->time.boot_tsc;
	x->slice_tsc = (u64)tsc_khz * SLICE_US / 1000;
	x->slice_timer = min_t(u64, x->slice_tsc >> vmx_caps.preemption_timer_rate,
			       VMX_NO_TIMER_VALUE - 1);
	if (vmx_has(XLHV_FEAT_VPID)) {
		err = vmx_vpid_get();
		/* Without one, entries and exits forget translations: slower, not wrong. */
		x->vpid = err > 0 ? err : 0;
	}
	vmx_msr_init(v);
	err = vmx_vcpu_window(v, do_write_controls, NULL);
	return err;
}

/* Also after a init_vcpu() that failed.  Context: may sleep, VMX still held. */
static void free_vcpu(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;

	vmx_stay_timer_free(x);
	vmx_vmcs_free(&x->vmcs);
	vmx_vpid_put(x->vpid);
	free_page((unsigned long)x->vapic);
	free_page((unsigned long)x->msr_bitmap);
	kfree(x->pir);
	vmx_fpu_free(x);
	x->vapic = NULL;
	x->msr_bitmap = NULL;
	x->pir = NULL;
	x->vpid = 0;
}

static size_t vcpu_bytes(const struct vcpu *v)
{
	/* The VMCS, the virtual-APIC page, the MSR bitmap. */
	return 3 * PAGE_SIZE + sizeof(*v->vmx.pir) + vmx_fpu_bytes();
}

/**
 * struct start_state - what a vCPU starts with
 * @seg: segments, in the order of the VMCS fields
 * @cr0: CR0 as the guest reads it
 * @cr3: CR3
 * @cr4: CR4 as the guest reads it
 * @efer: IA32_EFER
 * @rip: RIP
 * @rflags: RFLAGS
 * @gpr: general-purpose registers, RSP among them
 */
struct start_state {
	struct segment seg[NR_SEGS];
	u64 cr0, cr3, cr4, efer, rip, rflags;
	u64 gpr[16];
};

/* All of them, NR_SEGS.  In a window. */
void vmx_write_segments(const struct segment *seg)
{
	unsigned int i;

	/* The four arrays of fields are in one order of segments, two apart. */
	for (i = 0; i < NR_SEGS; i++) {
		vmx_field_write(GUEST_ES_SELECTOR + 2 * i, seg[i].selector);
		vmx_field_write(GUEST_ES_BASE + 2 * i, seg[i].base);
		vmx_field_write(GUEST_ES_LIMIT + 2 * i, seg[i].limit);
		vmx_field_write(GUEST_ES_AR_BYTES + 2 * i, seg[i].ar);
	}
}

static void write_start(struct vcpu *v, const void *arg)
{
	const struct start_state *s = arg;
	struct vmx_vcpu *x = &v->vmx;

	vmx_write_segments(s->seg);
	vmcs_writel(GUEST_GDTR_BASE, 0);
	vmcs_write32(GUEST_GDTR_LIMIT, 0xffff);
	vmcs_writel(GUEST_IDTR_BASE, 0);
	vmcs_write32(GUEST_IDTR_LIMIT, 0xffff);
	vmcs_write32(GUEST_SYSENTER_CS, 0);
	vmcs_writel(GUEST_SYSENTER_ESP, 0);
	vmcs_writel(GUEST_SYSENTER_EIP, 0);
	vmx_set_dr7(x, DR7_RESET);
	vmcs_write64(GUEST_IA32_DEBUGCTL, 0);
	vmcs_write64(GUEST_IA32_PAT, PAT_RESET);
	vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	vmcs_write32(GUEST_INTERRUPTIBILITY_INFO, 0);
	vmcs_write32(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, 0);

	memcpy(x->sw.gpr, s->gpr, sizeof(x->sw.gpr));
	vmcs_writel(GUEST_RSP, s->gpr[4]);
	vmcs_writel(GUEST_RFLAGS, s->rflags);
	vmcs_writel(GUEST_RIP, s->rip);
	vmcs_writel(GUEST_CR3, s->cr3);
	x->dirty = 0;
	x->armed = false;
	vmx_cr_start(v, s->cr0, s->cr4, s->efer);
	vmx_apic_mode_changed(v);

	x->have = 0;
	x->reinject_info = 0;
	x->exception_info = 0;
	x->nmi_pending = false;
	vmx_set_proc_ctl(v, CPU_BASED_INTR_WINDOW_EXITING | CPU_BASED_NMI_WINDOW_EXITING, false);
	x->msr_star = 0;
	x->msr_lstar = 0;
	x->msr_cstar = 0;
	x->msr_fmask = 0;
	x->msr_kernel_gs_base = 0;
	x->msr_tsc_aux = 0;
	vmx_guard_reset(x);
	vmx_msr_start(v);
	vmx_mtrr_reset(v);
	memset(x->dr, 0, sizeof(x->dr));
	x->dr6 = DR6_RESET;
	vmx_fpu_reset(x);
}

static void unusable(struct segment *seg)
{
	seg->ar = AR_UNUSABLE;
}

/**
 * reset_pvh() - start as the PVH boot protocol says
 * @v: taken by the caller
 * @entry: PHYS32_ENTRY
 * @start_info: address of struct hvm_start_info, goes into EBX
 *
 * FS and GS, which the protocol leaves open and Xen makes unusable, are flat: i386
 * Linux reads its stack canary through FS before it has loaded anything there.
 *
 * Source: Xen, docs/misc/pvh.  Context: as vmx_vcpu_window().
 * Return: 0, or what vmx_vcpu_window() returns.
 */
static int reset_pvh(struct vcpu *v, u32 entry, u32 start_info)
{
	struct start_state s = {
		.cr0 = X86_CR0_PE | X86_CR0_ET,
		.rip = entry,
		.rflags = X86_EFLAGS_FIXED,
		.gpr[3] = start_info,
		.seg[SEG_CS] = { .ar = AR_CODE32, .limit = ~0U },
		.seg[SEG_DS] = { .ar = AR_DATA32, .limit = ~0U },
		.seg[SEG_ES] = { .ar = AR_DATA32, .limit = ~0U },
		.seg[SEG_SS] = { .ar = AR_DATA32, .limit = ~0U },
		.seg[SEG_FS] = { .ar = AR_DATA32, .limit = ~0U },
		.seg[SEG_GS] = { .ar = AR_DATA32, .limit = ~0U },
		.seg[SEG_TR] = { .ar = AR_TSS32, .limit = 0x67 },
	};

	unusable(&s.seg[SEG_LDTR]);
	return vmx_vcpu_window(v, write_start, &s);
}

/**
 * reset_sipi() - start in real mode, as a start-up IPI says
 * @v: taken by the caller
 * @vector: the page to start in
 *
 * Source: SDM vol. 3, "Processor State After Reset", "INIT" column.
 * Return: 0, or what vmx_vcpu_window() returns.
 */
static int reset_sipi(struct vcpu *v, u8 vector)
{
	struct start_state s = {
		.cr0 = X86_CR0_ET | X86_CR0_NW | X86_CR0_CD,
		.rflags = X86_EFLAGS_FIXED,
		.gpr[2] = vmx_cpuid_signature(v),
		.seg[SEG_LDTR] = { .ar = AR_LDT, .limit = 0xffff },
		.seg[SEG_TR] = { .ar = AR_TSS32, .limit = 0xffff },
	};
	unsigned int i;

	for (i = SEG_ES; i <= SEG_GS; i++) {
		s.seg[i].ar = AR_DATA16;
		s.seg[i].limit = 0xffff;
	}
	s.seg[SEG_CS].ar = AR_CODE16;
	s.seg[SEG_CS].selector = vector << 8;
	s.seg[SEG_CS].base = (u64)vector << 12;
	return vmx_vcpu_window(v, write_start, &s);
}

/**
 * reset_context() - start as VCPUOP_initialise says
 * @v: taken by the caller
 * @context: from the guest, copied
 *
 * Source: Xen, public/hvm/hvm_vcpu.h.
 * Return: 0; -EINVAL for a state that a CPU could not be in.
 */
static int reset_context(struct vcpu *v, const struct vcpu_hvm_context *context)
{
	struct start_state s = {
		.seg[SEG_TR] = { .ar = AR_TSS32, .limit = 0x67 },
	};
	bool lma;
	int err = 0;

	unusable(&s.seg[SEG_FS]);
	unusable(&s.seg[SEG_GS]);
	unusable(&s.seg[SEG_LDTR]);
	if (context->mode == VCPU_HVM_MODE_32B) {
		const struct vcpu_hvm_x86_32 *r = &context->cpu_regs.x86_32;

		if (r->efer & EFER_LMA || (r->cr0 & X86_CR0_PG && !(r->cr0 & X86_CR0_PE)))
			return -EINVAL;
		/* Compatibility mode: paging is long mode's then. */
		lma = r->cr0 & X86_CR0_PG && r->efer & EFER_LME;
		if (lma && !(r->cr4 & X86_CR4_PAE))
			return -EINVAL;
		s.gpr[0] = r->eax;
		s.gpr[1] = r->ecx;
		s.gpr[2] = r->edx;
		s.gpr[3] = r->ebx;
		s.gpr[4] = r->esp;
		s.gpr[5] = r->ebp;
		s.gpr[6] = r->esi;
		s.gpr[7] = r->edi;
		s.rip = r->eip;
		s.rflags = r->eflags;
		s.cr0 = r->cr0;
		s.cr3 = r->cr3;
		s.cr4 = r->cr4;
		s.efer = lma ? r->efer | EFER_LMA : r->efer;
		err |= vmx_segment_unpack(&s.seg[SEG_CS], SEG_CS, r->cs_base, r->cs_limit,
					  r->cs_ar);
		err |= vmx_segment_unpack(&s.seg[SEG_DS], SEG_DS, r->ds_base, r->ds_limit,
					  r->ds_ar);
		err |= vmx_segment_unpack(&s.seg[SEG_SS], SEG_SS, r->ss_base, r->ss_limit,
					  r->ss_ar);
		err |= vmx_segment_unpack(&s.seg[SEG_ES], SEG_ES, r->es_base, r->es_limit,
					  r->es_ar);
		err |= vmx_segment_unpack(&s.seg[SEG_TR], SEG_TR, r->tr_base, r->tr_limit,
					  r->tr_ar);
		if (err || !vmx_segments_agree(s.seg, r->cr0 & X86_CR0_PE, lma))
			return -EINVAL;
	} else if (context->mode == VCPU_HVM_MODE_64B) {
		const struct vcpu_hvm_x86_64 *r = &context->cpu_regs.x86_64;

		if (!(r->cr0 & X86_CR0_PG) || !(r->cr0 & X86_CR0_PE) ||
		    !(r->cr4 & X86_CR4_PAE) || !(r->efer & EFER_LME) ||
		    r->rip != (u64)((s64)(r->rip << 16) >> 16))
			return -EINVAL;
		s.gpr[0] = r->rax;
		s.gpr[1] = r->rcx;
		s.gpr[2] = r->rdx;
		s.gpr[3] = r->rbx;
		s.gpr[4] = r->rsp;
		s.gpr[5] = r->rbp;
		s.gpr[6] = r->rsi;
		s.gpr[7] = r->rdi;
		s.rip = r->rip;
		s.rflags = r->rflags;
		s.cr0 = r->cr0;
		s.cr3 = r->cr3;
		s.cr4 = r->cr4;
		s.efer = r->efer | EFER_LMA;
		s.seg[SEG_CS] = (struct segment){ .ar = AR_CODE64, .limit = ~0U };
		s.seg[SEG_DS] = (struct segment){ .ar = AR_DATA32, .limit = ~0U };
		s.seg[SEG_ES] = s.seg[SEG_DS];
		s.seg[SEG_SS] = s.seg[SEG_DS];
	} else {
		return -EINVAL;
	}
	if (!vmx_cr_start_valid(v, s.cr0, s.cr4, s.efer) || s.cr3 >> ept_maxphyaddr())
		return -EINVAL;
	/* What RFLAGS always has, and nothing that an entry would refuse. */
	s.rflags = (s.rflags & (X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF |
				X86_EFLAGS_SF | X86_EFLAGS_TF | X86_EFLAGS_IF | X86_EFLAGS_DF |
				X86_EFLAGS_OF | X86_EFLAGS_IOPL | X86_EFLAGS_NT | X86_EFLAGS_RF |
				X86_EFLAGS_AC | X86_EFLAGS_ID)) | X86_EFLAGS_FIXED;
	return vmx_vcpu_window(v, write_start, &s);
}

/**
 * vmx_vcpu_guest_tsc() - the guest's time-stamp counter now
 * @v: any
 *
 * Context: any.
 * Return: ticks.
 */
u64 vmx_vcpu_guest_tsc(const struct vcpu *v)
{
	return host_tsc_ordered() + READ_ONCE(v->vmx.tsc_offset);
}

/* In a window: fill the cache, for work that goes on outside. */
void vmx_cache_all(struct vcpu *v)
{
	vmx_vcpu_rip(v);
	vmx_vcpu_rflags(v);
	vmx_vcpu_cr0(v);
	vmx_vcpu_cr3(v);
	vmx_vcpu_cr4(v);
	vmx_vcpu_qualification(v);
	vmx_vcpu_interruptibility(v);
	vmx_vcpu_ss_ar(v);
	vmx_vcpu_cs_ar(v);
}

static int vcpu_start_state(struct vcpu *v, const struct vcpu_start *how)
{
	switch (how->from) {
	case VCPU_START_PVH:
		return reset_pvh(v, how->entry, how->start_info);
	case VCPU_START_SIPI:
		return reset_sipi(v, how->vector);
	case VCPU_START_CONTEXT:
		return reset_context(v, how->context);
	}
	return -EINVAL;
}

static size_t bytes(const struct domain *d)
{
	return d->max_vcpus * vcpu_bytes(d->vcpu[0]);
}

/* VMX root operation is ours, or shared with KVM, for as long as there is a domain. */
static int hold(struct domain *d, const struct xlhv_dom_create *unused, char *text)
{
	int err = vmx_hold();

	if (err)
		scnprintf(text, XLHV_TEXT_LEN,
			  "VT-x is not available: \"xlctl preflight\" shows what uses it");
	d->vmx_held = !err;
	return err;
}

static void release(struct domain *d)
{
	if (d->vmx_held)
		vmx_release();
	d->vmx_held = false;
}

const struct domain_part vmx_hold_part = {
	.name = "hold",
	.init = hold,
	.close = release,
};

static int vcpu_describe(struct seq_file *m, struct vcpu *v)
{
	int err;

	vcpu_pause(v);
	err = vcpu_take_killable(v);
	if (!err) {
		err = vmx_vcpu_dump(v, m);
		vcpu_give(v);
	}
	vcpu_unpause(v);
	return err;
}

const struct domain_part vmx_part = {
	.name = "vmcs",
	.vcpu_init = init_vcpu,
	.vcpu_start = vcpu_start_state,
	.vcpu_close = free_vcpu,
	.vcpu_free = free_vcpu,
	.bytes = bytes,
	.vcpu_describe = vcpu_describe,
	.counters = counters,
	.ioctls = vmx_ioctls,
};
