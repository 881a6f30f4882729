// SPDX-License-Identifier: GPL-2.0-only
/*
 * Performance counters of the host.  A guest has none, and perf's go on while it runs
 * only as far as perf wants them to: those that are told to leave guests out stop, and
 * so does PEBS, which writes its records to a linear address: with a guest's CR3 in the
 * CPU that is an address in the guest.
 *
 * What is to be switched is asked for once a window.  Interrupts change it (an event
 * comes to this CPU or goes), and they are off in a window; the NMI of a counter may
 * stop its event, but that clears the event's own register as well.
 *
 * The CPU switches it by itself, from lists that are empty on most hosts at most times.
 */
#include <linux/bug.h>
#include <linux/io.h>
#include <linux/percpu.h>
#include <asm/msr.h>
#include <asm/perf_event.h>
#include <asm/processor.h>

#include "compat.h"
#include "vmx/root/pmu.h"
#include "vmx/root/vmcs.h"

/**
 * vmx_pmu_init() - nothing is switched yet
 * @p: its VMCS is current
 *
 * Context: interrupts off.
 */
void vmx_pmu_init(struct vmx_pmu *p)
{
	p->nr = 0;
	p->pebs_enable = 0;
	vmcs_write64(VM_ENTRY_MSR_LOAD_ADDR, virt_to_phys(p->entry));
	vmcs_write64(VM_EXIT_MSR_LOAD_ADDR, virt_to_phys(p->exit));
	vmcs_write32(VM_ENTRY_MSR_LOAD_COUNT, 0);
	vmcs_write32(VM_EXIT_MSR_LOAD_COUNT, 0);
}

#if XLHV_HAVE_GUARD_SYMBOLS

/* Of this CPU, and valid until interrupts are on again; NULL without counters. */
static const struct perf_guest_switch_msr *ask_perf(int *nr)
{
	return perf_guest_get_msrs(nr, NULL);
}

#else

static DEFINE_PER_CPU(struct perf_guest_switch_msr, all_counters);

/*
 * Such kernels tell KVM only.  Then all counters stop, those that are to count guests
 * as well.  PEBS stops with its counters; there was one generation of CPUs on which
 * that is not enough, and their microcode has been mended.
 */
static const struct perf_guest_switch_msr *ask_perf(int *nr)
{
	struct perf_guest_switch_msr *msr = this_cpu_ptr(&all_counters);

	if (rdmsrl_safe(MSR_CORE_PERF_GLOBAL_CTRL, &msr->host))
		return NULL;
	msr->msr = MSR_CORE_PERF_GLOBAL_CTRL;
	*nr = 1;
	return msr;
}

#endif

/**
 * vmx_pmu_enter_window() - the guest's entries are to switch what perf wants now
 * @p: its VMCS is current
 *
 * Context: interrupts off, and off until vmx_pmu_leave_window().
 */
void vmx_pmu_enter_window(struct vmx_pmu *p)
{
	const struct perf_guest_switch_msr *msrs;
	int nr = 0, i;
	u32 n = 0;

	msrs = ask_perf(&nr);
	for (i = 0; msrs && i < nr; i++) {
		u64 host = msrs[i].host, guest = msrs[i].guest;

		if (likely(host == guest))
			continue;
		if (WARN_ON_ONCE(n == VMX_PMU_MSRS))
			break;
		if (msrs[i].msr == MSR_IA32_PEBS_ENABLE) {
			/*
			 * A record may still be on its way when PEBS goes off: it is off
			 * some time before an entry, and until the window ends.
			 */
			wrmsrl(MSR_IA32_PEBS_ENABLE, guest);
			p->pebs_enable = host;
			host = guest;
		}
		p->entry[n] = (struct vmx_msr_entry) { .index = msrs[i].msr, .value = guest };
		p->exit[n] = (struct vmx_msr_entry) { .index = msrs[i].msr, .value = host };
		n++;
	}
	if (likely(n == p->nr))
		return;
	p->nr = n;
	vmcs_write32(VM_ENTRY_MSR_LOAD_COUNT, n);
	vmcs_write32(VM_EXIT_MSR_LOAD_COUNT, n);
}

/* See vmx_pmu_leave_window(). */
void vmx_pmu_pebs_on(struct vmx_pmu *p)
{
	wrmsrl(MSR_IA32_PEBS_ENABLE, p->pebs_enable);
	p->pebs_enable = 0;
}
