// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMX root operation taken and given back, and VMCSs that move between CPUs, on a model of the
 * machine: CPUs come and go, allocations and instructions fail, somebody else has VMX or takes it
 * away. The model itself fails the test for whatever the architecture calls undefined.
 */
#include <linux/cpuhotplug.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/syscore_ops.h>
#include <asm/desc.h>
#include <asm/reboot.h>
#include <asm/tlbflush.h>

#include <stdlib.h>

#include "unit.h"
#include "vmx_machine.h"
#include "vmx/caps.h"
#include "vmx/vmx.h"
#include "vmx/vmxon.h"

/* KVM's side, as far as the policy sees it: it holds root operation on every CPU. */
static bool kvm_held;

static int kvm_acquire(void)
{
	kvm_held = true;
	return 0;
}

static void kvm_release(void)
{
	kvm_held = false;
}

static int kvm_cpu_up(void)
{
	unit_vmx_set_root(unit_cpu, true);
	return 0;
}

static void kvm_cpu_down(void)
{
}

const struct vmx_provider vmx_provider_kvm = {
	.id = XLHV_PROVIDER_KVM,
	.shared = true,
	.acquire = kvm_acquire,
	.release = kvm_release,
	.cpu_up = kvm_cpu_up,
	.cpu_down = kvm_cpu_down,
};

static void start(unsigned int cpus)
{
	vmx_machine_reset();
	unit_cpus(cpus);
	unit_log_clear();
	if (unit_reboot)
		vmx_exit();
	ASSERT_EQ(vmx_init(), 0);
}

static unsigned int cpus_in_root(void)
{
	unsigned int cpu, count = 0;

	for_each_online_cpu(cpu)
		count += unit_vmx_root(cpu);
	return count;
}

static bool any_vmxe(void)
{
	unsigned int cpu, from = unit_cpu;
	bool found = false;

	for (cpu = 0; cpu < UNIT_MAX_CPUS; cpu++) {
		unit_cpu = cpu;
		found |= *unit_cr4() & X86_CR4_VMXE;
	}
	unit_cpu = from;
	return found;
}

/* Nothing of ours is left on any CPU. */
static void expect_given_back(void)
{
	EXPECT_EQ(cpus_in_root(), 0);
	EXPECT_FALSE(any_vmxe());
	EXPECT_EQ(unit_alloc_count(), 0);
	EXPECT_NULL(unit_syscore);
	EXPECT_NULL(unit_emergency);
	unit_context_check();
}

/* A VMCS of the other owner, who goes about it as KVM does. */
static void his_clear(unsigned long page)
{
	unsigned long flags;

	local_irq_save(flags);
	EXPECT_EQ(vmx_insn_vmclear(page), 0);
	local_irq_restore(flags);
}

static void his_load(unsigned long page)
{
	unsigned long flags;

	local_irq_save(flags);
	EXPECT_EQ(vmx_insn_vmptrld(page), 0);
	local_irq_restore(flags);
}

static unsigned long his_vmcs(void)
{
	unsigned long page = get_zeroed_page(GFP_KERNEL);

	*(u32 *)page = unit_vmx_revision;
	his_clear(page);
	return page;
}

/* Opens a window on a CPU and closes it; what open said. */
static int visit(unsigned int cpu, struct vmx_vmcs *vmcs)
{
	unsigned int from = unit_cpu;
	struct vmx_window window;
	int err;

	memset(&window, 0x5a, sizeof(window));
	unit_cpu = cpu;
	local_irq_disable();
	err = vmx_window_open(&window, vmcs);
	if (!err) {
		EXPECT_EQ(unit_vmx_current(cpu), vmcs->pa);
		unit_desc_spoil();
		vmx_window_close(&window);
		unit_desc_check();
	}
	local_irq_enable();
	unit_cpu = from;
	return err;
}

static struct xlhv_cpu_info cpu_info(unsigned int cpu)
{
	struct xlhv_cpu_info info = { .cpu = cpu };

	EXPECT_EQ(vmx_cpu_info(&info), 0);
	return info;
}

TEST(taken_with_the_first_hold_given_back_with_the_last)
{
	start(4);
	EXPECT_EQ(cpus_in_root(), 0);
	EXPECT_EQ(vmx_hold(), 0);
	EXPECT_EQ(cpus_in_root(), 4);
	EXPECT_EQ(vmx_hold(), 0);
	vmx_release();
	EXPECT_EQ(cpus_in_root(), 4);
	EXPECT_NOT_NULL(unit_emergency);
	vmx_release();
	expect_given_back();
	EXPECT_STREQ(unit_log(), "");
}

TEST(a_hundred_times)
{
	unsigned int i;

	start(2);
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(vmx_hold(), 0);
		vmx_release();
	}
	EXPECT_EQ(unit_vmx_count[UNIT_VMXON], 200);
	EXPECT_EQ(unit_vmx_count[UNIT_VMXOFF], 200);
	expect_given_back();
}

TEST(a_release_too_many_is_our_bug)
{
	start(1);
	unit_expect_warn(1);
	vmx_release();
	expect_given_back();
}

TEST(every_allocation_of_a_hold_can_fail)
{
	unsigned int i;
	int err;

	start(4);
	for (i = 0; unit_alloc_failing(i); i++) {
		unit_context("allocation %u", i);
		err = vmx_hold();
		if (unit_alloc_failed()) {
			EXPECT_EQ(err, -ENOMEM);
		} else {
			EXPECT_EQ(err, 0);
			vmx_release();
		}
		expect_given_back();
	}
	EXPECT_EQ(i, 5);
}

/* One CPU is refused: those before it give VMX back. */
TEST(somebody_has_vmx_on_one_cpu)
{
	start(4);
	unit_cpu = 2;
	*unit_cr4() |= X86_CR4_VMXE;
	unit_vmx_set_root(2, true);
	unit_cpu = 0;
	EXPECT_EQ(vmx_hold(), -EBUSY);
	EXPECT_NOT_NULL(strstr(unit_log(), "another hypervisor"));
	EXPECT_NOT_NULL(strstr(unit_log(), "CPU 2"));
	/* His is untouched. */
	EXPECT_EQ(cpus_in_root(), 1);
	EXPECT_TRUE(unit_vmx_root(2));
	unit_cpu = 2;
	EXPECT_TRUE(*unit_cr4() & X86_CR4_VMXE);
	EXPECT_EQ(unit_alloc_count(), 0);
	EXPECT_NULL(unit_emergency);
}

TEST(vmxon_fails_on_one_cpu)
{
	start(1);
	unit_vmx_fail(UNIT_VMXON, -EIO);
	EXPECT_EQ(vmx_hold(), -EIO);
	expect_given_back();
}

TEST(an_open_feature_control_is_closed)
{
	start(1);
	unit_msr_set(MSR_IA32_FEAT_CTL, 0);
	EXPECT_EQ(vmx_hold(), 0);
	EXPECT_EQ(vmx_machine_msr(MSR_IA32_FEAT_CTL),
		  FEAT_CTL_LOCKED | FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX);
	vmx_release();
	expect_given_back();
}

TEST(a_cpu_that_comes_joins)
{
	start(2);
	ASSERT_EQ(vmx_hold(), 0);
	EXPECT_EQ(unit_cpu_up(2), 0);
	EXPECT_EQ(cpus_in_root(), 3);
	unit_cpu_down(1);
	EXPECT_EQ(cpus_in_root(), 2);
	EXPECT_FALSE(unit_vmx_root(1));
	EXPECT_EQ(unit_cpu_up(1), 0);
	EXPECT_TRUE(unit_vmx_root(1));
	vmx_release();
	expect_given_back();
}

TEST(a_lesser_cpu_that_comes_is_refused)
{
	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	unit_msr_set_on(3, MSR_IA32_VMX_PROCBASED_CTLS2, 0x0000008200000000);
	EXPECT_EQ(unit_cpu_up(3), -EOPNOTSUPP);
	EXPECT_NOT_NULL(strstr(unit_log(), "CPU 3"));
	EXPECT_FALSE(unit_vmx_root(3));
	EXPECT_EQ(cpus_in_root(), 1);
	vmx_release();
	expect_given_back();
}

TEST(sleep_and_waking_up)
{
	struct vmx_vmcs vmcs;
	struct vmx_window window;
	unsigned long flags;

	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	local_irq_save(flags);
	ASSERT_EQ(vmx_window_open(&window, &vmcs), 0);
	vmx_window_close(&window);
	EXPECT_EQ(unit_syscore->suspend(), 0);
	EXPECT_FALSE(unit_vmx_root(0));
	EXPECT_FALSE(any_vmxe());
	EXPECT_EQ(vmx_window_open(&window, &vmcs), -ENODEV);
	unit_syscore->resume();
	EXPECT_TRUE(unit_vmx_root(0));
	EXPECT_EQ(vmx_window_open(&window, &vmcs), 0);
	vmx_window_close(&window);
	local_irq_restore(flags);
	vmx_vmcs_free(&vmcs);
	vmx_release();
	expect_given_back();
}

TEST(reboot_leaves_root_operation_everywhere)
{
	start(4);
	ASSERT_EQ(vmx_hold(), 0);
	unit_syscore->shutdown();
	EXPECT_EQ(cpus_in_root(), 0);
	EXPECT_FALSE(any_vmxe());
}

/* The callback of a crash runs on every CPU, whatever the CPU was doing. */
TEST(kexec_leaves_root_operation_everywhere)
{
	start(4);
	ASSERT_NOT_NULL(unit_reboot);
	ASSERT_EQ(vmx_hold(), 0);
	unit_reboot->notifier_call(unit_reboot, SYS_RESTART, NULL);
	EXPECT_EQ(cpus_in_root(), 0);
	EXPECT_FALSE(any_vmxe());
	/* The other path comes by afterwards. */
	unit_syscore->shutdown();
	EXPECT_FALSE(any_vmxe());
}

TEST(nobody_takes_it_when_the_machine_goes_down)
{
	start(2);
	unit_reboot->notifier_call(unit_reboot, SYS_RESTART, NULL);
	EXPECT_EQ(vmx_hold(), -ESHUTDOWN);
	expect_given_back();
}

TEST(a_crash_leaves_root_operation)
{
	struct vmx_vmcs vmcs;
	struct vmx_window window;
	unsigned int cpu;

	start(3);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	unit_cpu = 1;
	local_irq_disable();
	ASSERT_EQ(vmx_window_open(&window, &vmcs), 0);
	for (cpu = 0; cpu < 3; cpu++) {
		unit_cpu = cpu;
		local_irq_disable();
		unit_emergency();
		unit_emergency();
	}
	EXPECT_EQ(cpus_in_root(), 0);
	EXPECT_FALSE(any_vmxe());
	free_page((unsigned long)vmcs.region);
}

TEST(we_step_aside_when_kvm_comes)
{
	start(2);
	ASSERT_EQ(vmx_hold(), 0);
	EXPECT_NOT_NULL(unit_emergency);
	unit_module_event("kvm", MODULE_STATE_COMING);
	EXPECT_NOT_NULL(unit_emergency);
	unit_module_event("kvm_intel", MODULE_STATE_COMING);
	EXPECT_NULL(unit_emergency);
	EXPECT_EQ(cpus_in_root(), 2);
	unit_module_event("kvm_intel", MODULE_STATE_GOING);
	EXPECT_NOT_NULL(unit_emergency);
	vmx_release();
	expect_given_back();
}

TEST(kvm_is_the_provider_when_it_is_there)
{
	struct xlhv_info info = { 0 };

	unit_kvm_intel = true;
	start(2);
	ASSERT_EQ(vmx_hold(), 0);
	vmx_info(&info);
	EXPECT_EQ(info.provider, XLHV_PROVIDER_KVM);
	EXPECT_EQ(info.policy, XLHV_POLICY_AUTO);
	EXPECT_EQ(info.kvm_loaded, 1);
	EXPECT_EQ(info.nr_cpus_root, 2);
	EXPECT_TRUE(kvm_held);
	EXPECT_EQ(unit_vmx_count[UNIT_VMXON], 0);
	vmx_release();
	EXPECT_FALSE(kvm_held);
	EXPECT_EQ(unit_vmx_count[UNIT_VMXOFF], 0);
	/* It is KVM's, and stays on. */
	EXPECT_EQ(cpus_in_root(), 2);
}

TEST(the_policy_is_a_parameter)
{
	static const struct {
		const char *text;
		bool kvm;
		u32 provider;
	} row[] = {
		{ "auto", false, XLHV_PROVIDER_SELF },
		{ "auto", true, XLHV_PROVIDER_KVM },
		{ "self", false, XLHV_PROVIDER_SELF },
		{ "kvm", true, XLHV_PROVIDER_KVM },
	};
	struct xlhv_info info;
	char text[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		unit_context("vmx=%s, kvm_intel %d", row[i].text, row[i].kvm);
		strscpy(text, row[i].text, sizeof(text));
		unit_param("vmx", text);
		unit_kvm_intel = row[i].kvm;
		unit_vmx_set_root(0, false);
		start(1);
		ASSERT_EQ(vmx_hold(), 0);
		memset(&info, 0, sizeof(info));
		vmx_info(&info);
		EXPECT_EQ(info.provider, row[i].provider);
		EXPECT_EQ(info.holders, 1);
		vmx_release();
		vmx_info(&info);
		EXPECT_EQ(info.provider, XLHV_PROVIDER_NONE);
	}
	vmx_exit();
	EXPECT_NULL(unit_reboot);
	unit_param("vmx", (char *)"virtualbox");
	unit_log_clear();
	EXPECT_EQ(vmx_init(), -EINVAL);
	EXPECT_NOT_NULL(strstr(unit_log(), "vmx=virtualbox: expected auto, self or kvm"));
}

TEST(a_window_loads_and_the_next_one_costs_nothing)
{
	struct vmx_vmcs vmcs;
	struct vmx_window window;
	unsigned int loads;

	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	local_irq_disable();
	ASSERT_EQ(vmx_window_open(&window, &vmcs), 0);
	EXPECT_EQ(unit_vmx_current(0), vmcs.pa);
	vmcs_write32(EXCEPTION_BITMAP, 0x1234);
	EXPECT_EQ(vmcs_read32(EXCEPTION_BITMAP), 0x1234);
	vmx_window_close(&window);
	loads = unit_vmx_count[UNIT_VMPTRLD];
	ASSERT_EQ(vmx_window_open(&window, &vmcs), 0);
	vmx_window_close(&window);
	EXPECT_EQ(unit_vmx_count[UNIT_VMPTRLD], loads);
	local_irq_enable();
	vmx_vmcs_free(&vmcs);
	EXPECT_EQ(unit_vmx_nr_active(), 0);
	vmx_release();
	expect_given_back();
}

TEST(what_was_current_is_current_again)
{
	struct vmx_vmcs ours;
	struct vmx_window window;
	unsigned long his;

	unit_kvm_intel = true;
	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	his = his_vmcs();
	his_load(his);
	ASSERT_EQ(vmx_vmcs_alloc(&ours), 0);
	local_irq_disable();
	ASSERT_EQ(vmx_window_open(&window, &ours), 0);
	EXPECT_EQ(unit_vmx_current(0), ours.pa);
	vmx_window_close(&window);
	EXPECT_EQ(unit_vmx_current(0), his);
	local_irq_enable();
	vmx_vmcs_free(&ours);
	EXPECT_EQ(unit_vmx_current(0), his);
	his_clear(his);
	free_page(his);
	vmx_release();
}

TEST(a_window_that_cannot_be_opened_leaves_his_current)
{
	struct vmx_vmcs ours;
	struct vmx_window window;
	unsigned long his;

	unit_kvm_intel = true;
	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	his = his_vmcs();
	his_load(his);
	ASSERT_EQ(vmx_vmcs_alloc(&ours), 0);
	*(u32 *)ours.region = 0x4321;
	local_irq_disable();
	EXPECT_EQ(vmx_window_open(&window, &ours), -EIO);
	EXPECT_EQ(unit_vmx_current(0), his);
	local_irq_enable();
	vmx_vmcs_free(&ours);
	his_clear(his);
	free_page(his);
	vmx_release();
}

TEST(root_operation_switched_off_under_us)
{
	struct vmx_vmcs vmcs;
	struct vmx_window window;
	const struct vmx_access_error *error;

	start(2);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	local_irq_disable();
	ASSERT_EQ(vmx_window_open(&window, &vmcs), 0);
	vmx_access_begin();
	unit_vmx_set_root(0, false);
	EXPECT_EQ(vmcs_read32(EXCEPTION_BITMAP), 0);
	vmcs_write32(EXCEPTION_BITMAP, 1);
	error = vmx_access_end();
	ASSERT_NOT_NULL(error);
	/* The first one counts. */
	EXPECT_EQ(error->field, EXCEPTION_BITMAP);
	EXPECT_EQ(error->err, -ENODEV);
	EXPECT_FALSE(error->write);
	vmx_window_close(&window);
	EXPECT_EQ(vmx_window_open(&window, &vmcs), -ENODEV);
	local_irq_enable();
	EXPECT_NOT_NULL(strstr(unit_log(), "switched off under us on CPU 0"));
	/* The other CPU still has it. */
	unit_cpu = 1;
	local_irq_disable();
	EXPECT_EQ(vmx_window_open(&window, &vmcs), 0);
	vmx_window_close(&window);
	local_irq_enable();
	unit_cpu = 0;
	vmx_vmcs_free(&vmcs);
	vmx_release();
	EXPECT_EQ(cpus_in_root(), 0);
	EXPECT_EQ(unit_alloc_count(), 0);
}

TEST(a_vmcs_active_elsewhere_is_refused_until_it_comes_home)
{
	struct vmx_vmcs vmcs;
	struct vmx_window window;

	start(2);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	unit_cpu = 1;
	local_irq_disable();
	ASSERT_EQ(vmx_window_open(&window, &vmcs), 0);
	vmx_window_close(&window);
	local_irq_enable();
	unit_cpu = 0;
	local_irq_disable();
	EXPECT_EQ(vmx_window_open(&window, &vmcs), -EBUSY);
	local_irq_enable();
	EXPECT_EQ(vmx_vmcs_come_home(&vmcs), 0);
	EXPECT_EQ(unit_vmx_nr_active(), 0);
	local_irq_disable();
	EXPECT_EQ(vmx_window_open(&window, &vmcs), 0);
	vmx_window_close(&window);
	local_irq_enable();
	vmx_vmcs_free(&vmcs);
	vmx_release();
	expect_given_back();
}

TEST(a_cpu_that_goes_takes_no_vmcs_along)
{
	struct vmx_vmcs vmcs[3];
	struct vmx_window window;
	unsigned int i;

	start(2);
	ASSERT_EQ(vmx_hold(), 0);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(vmx_vmcs_alloc(&vmcs[i]), 0);
		unit_cpu = 1;
		local_irq_disable();
		ASSERT_EQ(vmx_window_open(&window, &vmcs[i]), 0);
		vmx_window_close(&window);
		local_irq_enable();
		unit_cpu = 0;
	}
	EXPECT_EQ(unit_vmx_nr_active(), 3);
	unit_cpu_down(1);
	EXPECT_EQ(unit_vmx_nr_active(), 0);
	for (i = 0; i < 3; i++)
		vmx_vmcs_free(&vmcs[i]);
	vmx_release();
	expect_given_back();
}

TEST(a_new_vmcs_is_nowhere)
{
	struct vmx_vmcs vmcs;

	start(1);
	memset(&vmcs, 0xff, sizeof(vmcs));
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	EXPECT_FALSE(vmcs.launched);
	EXPECT_EQ(vmcs.cpu, -1);
	EXPECT_EQ(*(u32 *)vmcs.region, 0x1234);
	EXPECT_TRUE(list_empty(&vmcs.link));
	vmx_vmcs_free(&vmcs);
	EXPECT_NULL(vmcs.region);
	vmx_vmcs_free(&vmcs);
	EXPECT_EQ(unit_alloc_count(), 0);
}

TEST(no_memory_for_a_vmcs)
{
	struct vmx_vmcs vmcs = { 0 };

	start(1);
	unit_alloc_failing(0);
	EXPECT_EQ(vmx_vmcs_alloc(&vmcs), -ENOMEM);
	vmx_vmcs_free(&vmcs);
}

TEST(a_vmcs_that_moves_has_to_be_launched_again)
{
	struct vmx_vmcs vmcs;

	start(2);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	ASSERT_EQ(visit(0, &vmcs), 0);
	vmcs.launched = true;
	unit_vmx_set_launched(vmcs.pa);
	ASSERT_EQ(visit(0, &vmcs), 0);
	EXPECT_TRUE(vmcs.launched);
	EXPECT_TRUE(unit_vmx_launched(vmcs.pa));
	unit_cpu = 1;
	vmx_vmcs_come_home(&vmcs);
	EXPECT_FALSE(vmcs.launched);
	ASSERT_EQ(visit(1, &vmcs), 0);
	EXPECT_FALSE(unit_vmx_launched(vmcs.pa));
	unit_cpu = 0;
	vmx_vmcs_free(&vmcs);
	vmx_release();
	expect_given_back();
}

TEST(active_vmcss_are_counted)
{
	struct vmx_vmcs vmcs[2];

	start(2);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs[0]), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs[1]), 0);
	ASSERT_EQ(visit(1, &vmcs[0]), 0);
	ASSERT_EQ(visit(1, &vmcs[1]), 0);
	EXPECT_EQ(cpu_info(1).active_vmcs, 2);
	EXPECT_EQ(cpu_info(0).active_vmcs, 0);
	vmx_vmcs_free(&vmcs[0]);
	EXPECT_EQ(cpu_info(1).active_vmcs, 1);
	vmx_vmcs_free(&vmcs[1]);
	EXPECT_EQ(cpu_info(1).active_vmcs, 0);
	vmx_release();
	expect_given_back();
}

TEST(a_failed_write_is_remembered_with_its_value)
{
	const struct vmx_access_error *error;
	struct vmx_vmcs vmcs;
	struct vmx_window window;

	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	local_irq_disable();
	ASSERT_EQ(vmx_window_open(&window, &vmcs), 0);
	vmcs_write_safe(VM_INSTRUCTION_ERROR, 12);
	vmx_access_begin();
	EXPECT_NULL(vmx_access_end());
	unit_vmx_fail(UNIT_VMWRITE, -EIO);
	vmcs_writel(GUEST_RSP, 0x5678);
	unit_vmx_fail(UNIT_VMREAD, -EIO);
	EXPECT_EQ(vmcs_readl(GUEST_RIP), 0);
	error = vmx_access_end();
	ASSERT_NOT_NULL(error);
	EXPECT_EQ(error->field, GUEST_RSP);
	EXPECT_EQ(error->value, 0x5678);
	EXPECT_TRUE(error->write);
	EXPECT_EQ(error->err, -EIO);
	EXPECT_EQ(error->instruction_error, 12);
	vmx_access_begin();
	EXPECT_NULL(vmx_access_end());
	vmx_window_close(&window);
	local_irq_enable();
	/* That was no reason to think that root operation is off. */
	EXPECT_EQ(visit(0, &vmcs), 0);
	vmx_vmcs_free(&vmcs);
	vmx_release();
	expect_given_back();
}

TEST(instructions_that_fail_in_a_window)
{
	static const struct {
		enum unit_vmx_insn insn;
		int err;
	} row[] = {
		{ UNIT_VMCLEAR, -EIO },
		{ UNIT_VMPTRLD, -EIO },
		{ UNIT_VMCLEAR, -ENODEV },
		{ UNIT_VMPTRLD, -ENODEV },
	};
	struct vmx_vmcs vmcs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		unit_context("instruction %d, error %d", row[i].insn, row[i].err);
		start(1);
		ASSERT_EQ(vmx_hold(), 0);
		ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
		unit_vmx_fail(row[i].insn, row[i].err);
		EXPECT_EQ(visit(0, &vmcs), row[i].err);
		EXPECT_EQ(cpu_info(0).active_vmcs, 0);
		EXPECT_EQ(!!(cpu_info(0).state & XLHV_CPU_ROOT), row[i].err == -EIO);
		EXPECT_EQ(visit(0, &vmcs), row[i].err == -EIO ? 0 : -ENODEV);
		vmx_vmcs_free(&vmcs);
		vmx_release();
		EXPECT_EQ(unit_alloc_count(), 0);
	}
}

TEST(nobody_else_has_a_vmcs_current)
{
	struct vmx_vmcs vmcs;
	unsigned int loads;

	unit_kvm_intel = true;
	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	EXPECT_EQ(visit(0, &vmcs), 0);
	/* Ours may stay then, and is found the next time. */
	loads = unit_vmx_count[UNIT_VMPTRLD];
	EXPECT_EQ(visit(0, &vmcs), 0);
	EXPECT_EQ(unit_vmx_count[UNIT_VMPTRLD], loads);
	vmx_vmcs_free(&vmcs);
	vmx_release();
}

TEST(root_operation_lost_before_his_is_put_back)
{
	struct vmx_vmcs vmcs;
	struct vmx_window window;
	unsigned long his;

	unit_kvm_intel = true;
	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	his = his_vmcs();
	his_load(his);
	local_irq_disable();
	ASSERT_EQ(vmx_window_open(&window, &vmcs), 0);
	unit_vmx_set_root(0, false);
	vmx_window_close(&window);
	local_irq_enable();
	EXPECT_EQ(visit(0, &vmcs), -ENODEV);
	free_page(his);
	vmx_vmcs_free(&vmcs);
	vmx_release();
	EXPECT_EQ(unit_alloc_count(), 0);
}

TEST(no_window_on_a_cpu_that_has_gone)
{
	struct vmx_vmcs vmcs;

	start(2);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	unit_cpu_down(1);
	EXPECT_EQ(visit(1, &vmcs), -ENODEV);
	EXPECT_EQ(visit(0, &vmcs), 0);
	unit_syscore->shutdown();
	EXPECT_EQ(visit(0, &vmcs), -ENODEV);
	EXPECT_EQ(unit_vmx_nr_active(), 0);
	vmx_vmcs_free(&vmcs);
	vmx_release();
	expect_given_back();
}

TEST(waking_up_to_find_vmx_taken)
{
	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	local_irq_disable();
	unit_syscore->suspend();
	*unit_cr4() |= X86_CR4_VMXE;
	unit_syscore->resume();
	local_irq_enable();
	EXPECT_NOT_NULL(strstr(unit_log(), "cannot re-enter VMX root operation"));
	EXPECT_FALSE(cpu_info(0).state & XLHV_CPU_ROOT);
	vmx_release();
	EXPECT_TRUE(*unit_cr4() & X86_CR4_VMXE);
	EXPECT_EQ(unit_alloc_count(), 0);
}

TEST(what_user_space_is_told)
{
	struct xlhv_info info = { 0 };
	struct xlhv_cpu_info cpu = { .cpu = 5 };

	start(3);
	ASSERT_EQ(vmx_hold(), 0);
	vmx_info(&info);
	EXPECT_EQ(info.provider, XLHV_PROVIDER_SELF);
	EXPECT_EQ(info.policy, XLHV_POLICY_AUTO);
	EXPECT_EQ(info.nr_cpus_online, 3);
	EXPECT_EQ(info.nr_cpus_root, 3);
	EXPECT_EQ(info.maxphyaddr, 39);
	EXPECT_EQ(info.kvm_loaded, 0);
	EXPECT_EQ(info.features, vmx_caps.features);
	EXPECT_EQ(info.cap_msr[XLHV_CAP_BASIC], 0x00da040000001234);
	EXPECT_MEMEQ(info.ctl, vmx_caps.ctl, sizeof(vmx_caps.ctl));
	EXPECT_EQ(cpu_info(2).state, XLHV_CPU_ONLINE | XLHV_CPU_VMXE | XLHV_CPU_ROOT |
		  XLHV_CPU_OURS);
	EXPECT_EQ(cpu_info(2).feature_control, 5);
	/* A CPU that is not online has no state, one that cannot be is an error. */
	EXPECT_EQ(vmx_cpu_info(&cpu), 0);
	EXPECT_EQ(cpu.state, 0);
	cpu.cpu = 8;
	EXPECT_EQ(vmx_cpu_info(&cpu), -ENXIO);
	cpu.cpu = ~0u;
	EXPECT_EQ(vmx_cpu_info(&cpu), -ENXIO);
	vmx_release();
	EXPECT_EQ(cpu_info(2).state, XLHV_CPU_ONLINE);
	unit_param("vmx", (char *)"self");
	start(1);
	vmx_info(&info);
	EXPECT_EQ(info.policy, XLHV_POLICY_SELF);
	expect_given_back();
}

/*
 * Anything in any order, for both providers: the model watches over the rules of the architecture,
 * and at the end nothing is left.
 */
static void random_walk(bool kvm, long seed)
{
	struct vmx_vmcs vmcs[6] = { 0 };
	struct vmx_window window;
	unsigned long his[UNIT_MAX_CPUS] = { 0 };
	unsigned int step, i;

	srand48(seed);
	unit_kvm_intel = kvm;
	start(4);
	ASSERT_EQ(vmx_hold(), 0);
	for (step = 0; step < 2000; step++) {
		struct vmx_vmcs *v = &vmcs[lrand48() % ARRAY_SIZE(vmcs)];
		unsigned int cpu = lrand48() % 4;

		unit_context("seed %ld, step %u, CPU %u", seed, step, cpu);
		if (!cpu_online(cpu)) {
			ASSERT_EQ(unit_cpu_up(cpu), 0);
			continue;
		}
		unit_cpu = cpu;
		switch (lrand48() % 8) {
		case 0:
			if (v->region)
				vmx_vmcs_free(v);
			else
				ASSERT_EQ(vmx_vmcs_alloc(v), 0);
			break;
		case 1:
			if (cpu && num_online_cpus() > 1) {
				/* KVM clears what it has there, as its own callback does. */
				if (his[cpu])
					his_clear(his[cpu]);
				unit_cpu = 0;
				unit_cpu_down(cpu);
			}
			break;
		case 2:
			if (!kvm)
				break;
			/* KVM runs a guest of its own here. */
			if (!his[cpu])
				his[cpu] = his_vmcs();
			his_load(his[cpu]);
			break;
		default:
			if (!v->region)
				break;
			vmx_vmcs_come_home(v);
			local_irq_disable();
			i = unit_vmx_current(cpu) == his[cpu] && his[cpu];
			ASSERT_EQ(vmx_window_open(&window, v), 0);
			ASSERT_EQ(unit_vmx_current(cpu), v->pa);
			vmcs_writel(GUEST_RIP, v->pa + step);
			EXPECT_EQ(vmcs_readl(GUEST_RIP), v->pa + step);
			vmx_window_close(&window);
			if (i)
				ASSERT_EQ(unit_vmx_current(cpu), his[cpu]);
			local_irq_enable();
			break;
		}
	}
	unit_cpu = 0;
	for (i = 0; i < ARRAY_SIZE(vmcs); i++)
		vmx_vmcs_free(&vmcs[i]);
	for (i = 0; i < UNIT_MAX_CPUS; i++) {
		unit_cpu = i;
		if (!his[i])
			continue;
		if (cpu_online(i))
			his_clear(his[i]);
		free_page(his[i]);
	}
	unit_cpu = 0;
	vmx_release();
	if (!kvm)
		expect_given_back();
	unit_context_check();
}

TEST(random_walk_alone)
{
	long seed;

	for (seed = 0; seed < 20; seed++)
		random_walk(false, seed);
}

TEST(random_walk_beside_kvm)
{
	random_walk(true, 1);
}

TEST(random_walk_beside_kvm_again)
{
	random_walk(true, 2);
}
