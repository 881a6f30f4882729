// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does VMX really work here?  Makes a VMCS, an EPT of one page and a guest of
 * ten instructions, enters it on one CPU and looks at what comes back.  Uses the
 * primitives that the vCPUs use, and the fewest optional features.
 *
 * Everything belongs to one call.  The guest is ours, so it is trusted; that the
 * CPU does as it should is what is in question, so the stay is bounded by the
 * preemption timer where there is one.
 */
#include <linux/cpu.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/special_insns.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include "xlhv.h"
#include "vmx/root/flush.h"
#include "vmx/root/internal.h"
#include "vmx/root/pmu.h"
#include "vmx/root/root.h"
#include "vmx/root/switch.h"
#include "vmx/root/vmcs.h"

#define MAX_ROUNDS	100000
#define ROUNDS_AT_ONCE	5000
#define GUEST_GPA	0x1000		/* where the guest's page is */
#define GUEST_WORD	0x800		/* its word in that page */
#define VMCALL_LENGTH	3
#define STAY_TICKS	BIT(26)	/* far more than ten instructions, far less than a second */

/* Access rights as in SDM vol. 3, "Guest Register State". */
#define AR_CODE32	0xc09b
#define AR_DATA32	0xc093
#define AR_TSS32	0x008b
#define AR_UNUSABLE	0x10000

enum { TABLE_PML4, TABLE_PDPT, TABLE_PD, TABLE_PT, GUEST_PAGE, MSR_BITMAP_PAGE, NR_PAGES };

/**
 * struct selfcheck - one run
 * @vmcs: the VMCS
 * @sw: guest registers
 * @host: host state in @vmcs
 * @pmu: counters of the host that stop meanwhile
 * @page: EPT tables, the guest's page, the MSR bitmap
 * @check: answer
 * @round: rounds done
 * @least: ticks of the fastest
 */
struct selfcheck {
	struct vmx_vmcs vmcs;
	struct vmx_switch sw;
	struct vmx_host host;
	struct vmx_pmu pmu;
	void *page[NR_PAGES];
	struct xlhv_selfcheck *check;
	u32 round;
	u64 least;
};

static void make_ept(struct selfcheck *s)
{
	unsigned int level;

	for (level = TABLE_PML4; level < TABLE_PT; level++)
		*(u64 *)s->page[level] = virt_to_phys(s->page[level + 1]) | VMX_EPT_RWX_MASK;
	((u64 *)s->page[TABLE_PT])[GUEST_GPA >> PAGE_SHIFT] =
		virt_to_phys(s->page[GUEST_PAGE]) | VMX_EPT_RWX_MASK |
		VMX_EPTP_MT_WB << VMX_EPT_MT_EPTE_SHIFT;
}

static u64 eptp(const struct selfcheck *s)
{
	return virt_to_phys(s->page[TABLE_PML4]) | VMX_EPTP_PWL_4 | VMX_EPTP_MT_WB;
}

/* The least that a guest needs: what must be one, and no more. */
static void write_controls(struct selfcheck *s)
{
	static const struct vmx_ctl_rule least[VMX_NR_CTLS] = {
		[VMX_CTL_PIN] = {
			.must_one = PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING,
			.want_one = PIN_BASED_VMX_PREEMPTION_TIMER,
		},
		[VMX_CTL_PROC] = {
			.must_one = CPU_BASED_HLT_EXITING | CPU_BASED_UNCOND_IO_EXITING |
				    CPU_BASED_USE_MSR_BITMAPS |
				    CPU_BASED_ACTIVATE_SECONDARY_CONTROLS,
		},
		[VMX_CTL_PROC2] = {
			.must_one = SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_UNRESTRICTED_GUEST,
		},
		[VMX_CTL_EXIT] = {
			.must_one = VM_EXIT_HOST_ADDR_SPACE_SIZE | VM_EXIT_LOAD_IA32_EFER |
				    VM_EXIT_LOAD_IA32_PAT,
		},
		[VMX_CTL_ENTRY] = {
			.must_one = VM_ENTRY_LOAD_IA32_EFER,
			.want_zero = VM_ENTRY_IA32E_MODE,
		},
	};
	static const u32 field[VMX_NR_CTLS] = {
		[VMX_CTL_PIN] = PIN_BASED_VM_EXEC_CONTROL,
		[VMX_CTL_PROC] = CPU_BASED_VM_EXEC_CONTROL,
		[VMX_CTL_PROC2] = SECONDARY_VM_EXEC_CONTROL,
		[VMX_CTL_EXIT] = VM_EXIT_CONTROLS,
		[VMX_CTL_ENTRY] = VM_ENTRY_CONTROLS,
	};
	unsigned int ctl;

	for (ctl = 0; ctl < VMX_NR_CTLS; ctl++) {
		u32 value = vmx_ctl_compute(vmx_caps_ctl_msr(ctl), &least[ctl]).value;

		vmcs_write32(field[ctl], value);
		if (ctl == VMX_CTL_PIN && value & PIN_BASED_VMX_PREEMPTION_TIMER)
			vmcs_write32(VMX_PREEMPTION_TIMER_VALUE,
				     STAY_TICKS >> vmx_caps.preemption_timer_rate);
	}
	vmcs_write32(EXCEPTION_BITMAP, ~0U);
	vmcs_write32(PAGE_FAULT_ERROR_CODE_MASK, 0);
	vmcs_write32(PAGE_FAULT_ERROR_CODE_MATCH, 0);
	vmcs_write32(CR3_TARGET_COUNT, 0);
	vmcs_write32(VM_EXIT_MSR_STORE_COUNT, 0);
	vmx_pmu_init(&s->pmu);
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, 0);
	vmcs_writel(CR0_GUEST_HOST_MASK, ~0UL);
	vmcs_writel(CR4_GUEST_HOST_MASK, ~0UL);
	vmcs_write64(MSR_BITMAP, virt_to_phys(s->page[MSR_BITMAP_PAGE]));
	vmcs_write64(EPT_POINTER, eptp(s));
}

static void write_segment(u32 selector, u32 ar)
{
	/* Four arrays of fields, in one order of segments, two apart. */
	u32 n = selector - GUEST_ES_SELECTOR;

	vmx_field_write(selector, 0);
	vmx_field_write(GUEST_ES_BASE + n, 0);
	vmx_field_write(GUEST_ES_LIMIT + n, ar == AR_TSS32 ? 0x67 : ~0U);
	vmx_field_write(GUEST_ES_AR_BYTES + n, ar);
}

static void write_guest(void)
{
	unsigned long cr0 = vmx_caps.msr[XLHV_CAP_CR0_FIXED0] &
			    vmx_caps.msr[XLHV_CAP_CR0_FIXED1];

	/* An unrestricted guest may have PG off whatever the fixed bits say. */
	vmcs_writel(GUEST_CR0, (cr0 & ~X86_CR0_PG) | X86_CR0_PE | X86_CR0_ET);
	vmcs_writel(GUEST_CR3, 0);
	/* The host's machine checks, as for any guest. */
	vmcs_writel(GUEST_CR4, vmx_caps.msr[XLHV_CAP_CR4_FIXED0] | (__read_cr4() & X86_CR4_MCE));
	vmcs_writel(CR0_READ_SHADOW, X86_CR0_PE);
	vmcs_writel(CR4_READ_SHADOW, 0);
	vmcs_write64(GUEST_IA32_EFER, 0);
	vmcs_writel(GUEST_DR7, 0x400);
	vmcs_writel(GUEST_RSP, 0);
	vmcs_writel(GUEST_RIP, GUEST_GPA);
	vmcs_writel(GUEST_RFLAGS, X86_EFLAGS_FIXED);
	vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	vmcs_write32(GUEST_INTERRUPTIBILITY_INFO, 0);
	vmcs_write32(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
	vmcs_write64(GUEST_IA32_DEBUGCTL, 0);
	vmcs_write64(VMCS_LINK_POINTER, ~0ULL);
	vmcs_write32(GUEST_SYSENTER_CS, 0);
	vmcs_writel(GUEST_SYSENTER_ESP, 0);
	vmcs_writel(GUEST_SYSENTER_EIP, 0);
	write_segment(GUEST_CS_SELECTOR, AR_CODE32);
	write_segment(GUEST_DS_SELECTOR, AR_DATA32);
	write_segment(GUEST_ES_SELECTOR, AR_DATA32);
	write_segment(GUEST_SS_SELECTOR, AR_DATA32);
	write_segment(GUEST_FS_SELECTOR, AR_UNUSABLE);
	write_segment(GUEST_GS_SELECTOR, AR_UNUSABLE);
	write_segment(GUEST_LDTR_SELECTOR, AR_UNUSABLE);
	write_segment(GUEST_TR_SELECTOR, AR_TSS32);
	vmcs_writel(GUEST_GDTR_BASE, 0);
	vmcs_write32(GUEST_GDTR_LIMIT, 0);
	vmcs_writel(GUEST_IDTR_BASE, 0);
	vmcs_write32(GUEST_IDTR_LIMIT, 0);
}

/* The ten instructions again, in C. */
static bool answer_is_right(const struct selfcheck *s, u32 ebx)
{
	u32 eax = 0x584c4856, edx = eax + 4 * ebx + 7;
	u32 word = *(u32 *)(s->page[GUEST_PAGE] + GUEST_WORD);

	eax = rol32(eax ^ edx, 9) + ebx;
	edx = swab32(~eax);
	return (u32)s->sw.gpr[0] == eax && (u32)s->sw.gpr[2] == edx && word == eax &&
	       (u32)s->sw.gpr[3] == ebx;
}

/*
 * Enter until the guest is through.  An interrupt or NMI of the host that comes
 * first is the host's: it is taken, and the guest goes on.
 */
static int enter_once(struct selfcheck *s, u32 ebx, u64 *ticks)
{
	struct xlhv_selfcheck *check = s->check;
	const struct vmx_access_error *failed;
	struct vmx_window w;
	u64 start;
	int err, how;

	local_irq_disable();
	vmx_access_begin();
	err = vmx_window_open(&w, &s->vmcs);
	if (err) {
		local_irq_enable();
		check->result = err == -ENODEV ? XLHV_CHECK_VMXON : XLHV_CHECK_VMCS;
		return err;
	}
	if (!s->vmcs.launched) {
		write_controls(s);
		/* Where its root is now, a domain's may have been. */
		vmx_flush_root(eptp(s));
		vmx_host_init(&s->host);
		s->sw.host_rsp = 0;
	}
	write_guest();
	s->sw.gpr[3] = ebx;

	for (;;) {
		vmx_host_refresh(&s->host);
		vmx_pmu_enter_window(&s->pmu);
		failed = vmx_access_end();
		if (failed) {
			check->result = failed->err == -ENODEV ?
				XLHV_CHECK_VMXON : XLHV_CHECK_VMCS;
			err = -EIO;
			break;
		}
		start = rdtsc_ordered();
		how = vmx_enter(&s->sw, s->vmcs.launched);
		*ticks = rdtsc_ordered() - start;
		if (how != VMX_ENTER_EXITED) {
			if (how == VMX_ENTER_FAULT)
				vmx_root_lost();
			else if (how == VMX_ENTER_FAIL_VALID)
				check->instruction_error = vmx_instruction_error();
			check->result = how == VMX_ENTER_FAULT ?
				XLHV_CHECK_VMXON : XLHV_CHECK_ENTRY;
			err = -EIO;
			break;
		}
		check->exit_reason = vmcs_read32(VM_EXIT_REASON);
		check->exit_qualification = vmcs_readl(EXIT_QUALIFICATION);
		if (check->exit_reason & VMX_EXIT_REASONS_FAILED_VMENTRY) {
			check->result = XLHV_CHECK_ENTRY;
			err = -EIO;
			break;
		}
		s->vmcs.launched = true;
		if (check->exit_reason == EXIT_REASON_EXCEPTION_NMI &&
		    (vmcs_read32(VM_EXIT_INTR_INFO) & INTR_INFO_INTR_TYPE_MASK) ==
		    INTR_TYPE_NMI_INTR) {
			asm volatile("int $2" ::: "memory");
			continue;
		}
		if (check->exit_reason == EXIT_REASON_EXCEPTION_NMI &&
		    (vmcs_read32(VM_EXIT_INTR_INFO) & INTR_INFO_VECTOR_MASK) == X86_TRAP_MC &&
		    !vmx_machine_check())
			continue;
		if (check->exit_reason == EXIT_REASON_EXTERNAL_INTERRUPT) {
			/* Still pending: it comes as soon as the window lets it. */
			vmx_pmu_leave_window(&s->pmu);
			vmx_window_close(&w);
			vmx_irq_window();
			err = vmx_window_open(&w, &s->vmcs);
			if (!err)
				continue;
			local_irq_enable();
			check->result = XLHV_CHECK_VMXON;
			return err;
		}
		if (check->exit_reason != EXIT_REASON_VMCALL ||
		    vmcs_read32(VM_EXIT_INSTRUCTION_LEN) != VMCALL_LENGTH ||
		    vmcs_readl(GUEST_RIP) != GUEST_GPA + VMCALL_LENGTH * -1L +
		    (vmx_selfcheck_guest_end - vmx_selfcheck_guest)) {
			check->result = XLHV_CHECK_EXIT;
			err = -EIO;
		} else if (!answer_is_right(s, ebx)) {
			check->result = XLHV_CHECK_STATE;
			err = -EIO;
		}
		break;
	}
	vmx_pmu_leave_window(&s->pmu);
	vmx_window_close(&w);
	local_irq_enable();
	return err;
}

/*
 * One after the other: each keeps a worker of that CPU from other work, and CPUs from
 * coming and going.
 */
static DEFINE_MUTEX(selfcheck_lock);

/* In a kernel thread bound to the CPU; so many rounds that others need not wait long. */
static int run_here(void *data)
{
	struct selfcheck *s = data;
	u32 end = min(s->check->rounds, s->round + ROUNDS_AT_ONCE);
	u64 ticks = 0;
	int err;

	for (; s->round < end; s->round++) {
		memset(s->page[GUEST_PAGE] + GUEST_WORD, 0, sizeof(u32));
		err = enter_once(s, s->round * 2654435761u + 1, &ticks);
		if (err) {
			s->least = 0;
			return err;
		}
		s->least = min(s->least, ticks);
		cond_resched();
	}
	return 0;
}

/* Return: 0, whatever came of it; -EINTR: the caller is being killed. */
static int run_there(struct selfcheck *s)
{
	struct xlhv_selfcheck *check = s->check;
	int failed = 0;

	s->least = ~0ULL;
	while (!failed && s->round < check->rounds) {
		if (fatal_signal_pending(current))
			return -EINTR;
		/* A CPU that went down meanwhile would give the work to another one. */
		cpus_read_lock();
		if (check->cpu < nr_cpu_ids && cpu_online(check->cpu)) {
			check->result = XLHV_CHECK_PASSED;
			failed = smp_call_on_cpu(check->cpu, run_here, s, false);
		} else {
			check->result = XLHV_CHECK_OFFLINE;
			s->least = 0;
			failed = -ENODEV;
		}
		cpus_read_unlock();
	}
	check->ticks = s->least;
	return 0;
}

/**
 * vmx_selfcheck() - enter a guest of ten instructions on one CPU
 * @check: cpu and rounds are set, the rest is zero; filled in
 *
 * A CPU on which it does not work is an answer in check->result, not an error.
 *
 * Context: user context; sleeps; takes a hold, and waits for others who do the same.
 * Return: 0; -EINVAL for too many rounds; -ENOMEM; -EINTR: the caller is being killed;
 * what vmx_hold() returns.
 */
int vmx_selfcheck(struct xlhv_selfcheck *check)
{
	struct xlhv_info info = {};
	struct selfcheck *s;
	unsigned int i;
	int err;

	if (check->rounds > MAX_ROUNDS)
		return -EINVAL;
	if (!check->rounds)
		check->rounds = 1;
	err = mutex_lock_killable(&selfcheck_lock);
	if (err)
		return err;
	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s) {
		err = -ENOMEM;
		goto out_unlock;
	}
	s->check = check;
	err = vmx_vmcs_alloc(&s->vmcs);
	for (i = 0; i < NR_PAGES && !err; i++) {
		s->page[i] = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
		if (!s->page[i])
			err = -ENOMEM;
	}
	if (err)
		goto out;
	memset(s->page[MSR_BITMAP_PAGE], 0xff, PAGE_SIZE);
	memcpy(s->page[GUEST_PAGE], vmx_selfcheck_guest,
	       vmx_selfcheck_guest_end - vmx_selfcheck_guest);
	make_ept(s);

	err = vmx_hold();
	if (err)
		goto out;
	vmx_info(&info);
	check->provider = info.provider;
	err = run_there(s);
	vmx_vmcs_free(&s->vmcs);
	vmx_release();
out:
	for (i = 0; i < NR_PAGES; i++)
		free_page((unsigned long)s->page[i]);
	vmx_vmcs_free(&s->vmcs);
	kfree(s);
out_unlock:
	mutex_unlock(&selfcheck_lock);
	return err;
}

/**
 * vmx_selfcheck_all() - the self-check on every CPU, with a line for each failure
 *
 * Context: as vmx_selfcheck().
 * Return: 0; -EIO if a CPU failed; what vmx_selfcheck() returns.
 */
int vmx_selfcheck_all(void)
{
	static const char * const what[] = {
		[XLHV_CHECK_PASSED] = "passed",
		[XLHV_CHECK_VMXON] = "is not in VMX root operation",
		[XLHV_CHECK_VMCS] = "refuses the VMCS",
		[XLHV_CHECK_ENTRY] = "fails the VM entry",
		[XLHV_CHECK_EXIT] = "comes back with another exit",
		[XLHV_CHECK_STATE] = "computes something else in the guest",
	};
	unsigned int cpu, passed = 0;
	int err = 0;

	for_each_possible_cpu(cpu) {
		struct xlhv_selfcheck check = { .cpu = cpu };

		err = vmx_selfcheck(&check);
		if (err)
			return err;
		if (check.result == XLHV_CHECK_OFFLINE)
			continue;
		if (check.result == XLHV_CHECK_PASSED) {
			passed++;
			continue;
		}
		pr_err("selfcheck: CPU %u %s (exit reason %#x %s, qualification %#llx, %s)\n",
		       cpu, what[check.result], check.exit_reason,
		       vmx_exit_reason_name(check.exit_reason), check.exit_qualification,
		       vmx_instruction_error_text(check.instruction_error));
		return -EIO;
	}
	pr_info("selfcheck: passed on %u CPUs\n", passed);
	return 0;
}
