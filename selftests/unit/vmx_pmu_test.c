// SPDX-License-Identifier: GPL-2.0-only
/*
 * Performance counters of the host around a guest: what perf says becomes what the CPU loads at
 * entries and exits, and PEBS is off from the beginning of a window to its end.
 */
#include <asm/perf_event.h>

#include "unit.h"
#include "vmx_root_model.h"
#include "vmx/root/pmu.h"

static struct perf_guest_switch_msr wanted[10];
static int nr_wanted;	/* -1: no counters at all */

struct perf_guest_switch_msr *perf_guest_get_msrs(int *nr, void *data)
{
	EXPECT_NULL(data);
	if (nr_wanted < 0)
		return NULL;
	*nr = nr_wanted;
	return wanted;
}

static struct vmx_vmcs vmcs;
static struct vmx_window window;
/* As wide as a page that is aligned: the lists are given by their physical address. */
static struct vmx_pmu *pmu;

static void begin_window(void)
{
	local_irq_disable();
	ASSERT_EQ(vmx_window_open(&window, &vmcs), 0);
	vmx_pmu_enter_window(pmu);
}

static void end_window(void)
{
	vmx_pmu_leave_window(pmu);
	vmx_window_close(&window);
	local_irq_enable();
}

static void begin(void)
{
	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	pmu = (void *)get_zeroed_page(GFP_KERNEL);
	nr_wanted = -1;
	begin_window();
	vmx_pmu_init(pmu);
	end_window();
}

static void end(void)
{
	free_page((unsigned long)pmu);
	vmx_vmcs_free(&vmcs);
	vmx_release();
	expect_given_back();
}

static void want(int n, u32 msr, u64 host, u64 guest)
{
	wanted[n] = (struct perf_guest_switch_msr) { .msr = msr, .host = host, .guest = guest };
}

static u32 loaded(void)
{
	EXPECT_EQ(vmcs_read32(VM_ENTRY_MSR_LOAD_COUNT), vmcs_read32(VM_EXIT_MSR_LOAD_COUNT));
	EXPECT_EQ(vmcs_read64(VM_ENTRY_MSR_LOAD_ADDR), virt_to_phys(pmu->entry));
	EXPECT_EQ(vmcs_read64(VM_EXIT_MSR_LOAD_ADDR), virt_to_phys(pmu->exit));
	EXPECT_EQ(virt_to_phys(pmu->entry) % 16, 0);
	EXPECT_EQ(virt_to_phys(pmu->exit) % 16, 0);
	return vmcs_read32(VM_ENTRY_MSR_LOAD_COUNT);
}

TEST(a_cpu_without_counters)
{
	unsigned int writes;

	begin();
	writes = unit_vmx_count[UNIT_VMWRITE];
	begin_window();
	EXPECT_EQ(loaded(), 0);
	end_window();
	EXPECT_EQ(unit_vmx_count[UNIT_VMWRITE], writes);
	end();
}

TEST(counters_that_leave_guests_out)
{
	unsigned int writes;

	begin();
	nr_wanted = 1;
	want(0, MSR_CORE_PERF_GLOBAL_CTRL, 0x70000000f, 0x70000000e);
	begin_window();
	EXPECT_EQ(loaded(), 1);
	EXPECT_EQ(pmu->entry[0].index, MSR_CORE_PERF_GLOBAL_CTRL);
	EXPECT_EQ(pmu->entry[0].value, 0x70000000e);
	EXPECT_EQ(pmu->exit[0].index, MSR_CORE_PERF_GLOBAL_CTRL);
	EXPECT_EQ(pmu->exit[0].value, 0x70000000f);
	end_window();
	/* Other values cost no write to the VMCS. */
	want(0, MSR_CORE_PERF_GLOBAL_CTRL, 0x70000000f, 0x70000000c);
	writes = unit_vmx_count[UNIT_VMWRITE];
	begin_window();
	EXPECT_EQ(pmu->entry[0].value, 0x70000000c);
	end_window();
	EXPECT_EQ(unit_vmx_count[UNIT_VMWRITE], writes);
	/* The event is gone. */
	want(0, MSR_CORE_PERF_GLOBAL_CTRL, 0x70000000f, 0x70000000f);
	begin_window();
	EXPECT_EQ(loaded(), 0);
	end_window();
	end();
}

TEST(pebs_is_off_in_a_window)
{
	begin();
	unit_msr_set(MSR_IA32_PEBS_ENABLE, 1);
	nr_wanted = 2;
	want(0, MSR_CORE_PERF_GLOBAL_CTRL, 0xf, 0xe);
	want(1, MSR_IA32_PEBS_ENABLE, 1, 0);
	begin_window();
	EXPECT_EQ(vmx_machine_msr(MSR_IA32_PEBS_ENABLE), 0);
	EXPECT_EQ(loaded(), 2);
	EXPECT_EQ(pmu->entry[1].index, MSR_IA32_PEBS_ENABLE);
	EXPECT_EQ(pmu->entry[1].value, 0);
	/* Not on again between two entries. */
	EXPECT_EQ(pmu->exit[1].value, 0);
	end_window();
	EXPECT_EQ(vmx_machine_msr(MSR_IA32_PEBS_ENABLE), 1);
	/* Nor by the end of a window in which it was not on. */
	unit_msr_set(MSR_IA32_PEBS_ENABLE, 0);
	want(1, MSR_IA32_PEBS_ENABLE, 0, 0);
	begin_window();
	EXPECT_EQ(loaded(), 1);
	end_window();
	EXPECT_EQ(vmx_machine_msr(MSR_IA32_PEBS_ENABLE), 0);
	unit_msr_remove(MSR_IA32_PEBS_ENABLE);
	end();
}

/* CPUs with the first kind of counters have one register for each. */
TEST(only_what_differs_is_switched)
{
	int i;

	begin();
	nr_wanted = 10;
	for (i = 0; i < 10; i++)
		want(i, 0x186 + i, 0x530000 + i, i % 2 ? 0x530000 + i : i);
	begin_window();
	EXPECT_EQ(loaded(), 5);
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(pmu->entry[i].index, 0x186 + 2 * i);
		EXPECT_EQ(pmu->entry[i].value, 2 * i);
		EXPECT_EQ(pmu->exit[i].value, 0x530000 + 2 * i);
	}
	end_window();
	end();
}
