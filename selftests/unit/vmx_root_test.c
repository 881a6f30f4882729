// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMX root operation taken and given back on a model of the machine: CPUs come and go, allocations
 * and instructions fail, somebody else has VMX, the machine sleeps, reboots or crashes.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "unit.h"
#include "vmx_root_model.h"

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

/* Each change of all CPUs costs the host something, whoever asks for it. */
TEST(taken_so_often_a_second_and_no_more)
{
	unsigned long begin = jiffies, second;
	unsigned int i;

	start(2);
	for (i = 0; i < 1000; i++) {
		ASSERT_EQ(vmx_hold(), 0);
		/* One who comes meanwhile has it at once. */
		ASSERT_EQ(vmx_hold(), 0);
		vmx_release();
		vmx_release();
		second = (jiffies - begin) / HZ;
		EXPECT_LE(i + 1, (second + 1) * 100);
	}
	EXPECT_EQ((jiffies - begin) / HZ, 9);
	/* Nobody has to wait who comes after a pause. */
	jiffies += HZ;
	begin = jiffies;
	ASSERT_EQ(vmx_hold(), 0);
	vmx_release();
	EXPECT_EQ(jiffies, begin);
	/* Who waits may be killed, and holds nothing then. */
	for (i = 0; i < 99; i++) {
		ASSERT_EQ(vmx_hold(), 0);
		vmx_release();
	}
	unit_kill_waiter = true;
	EXPECT_EQ(vmx_hold(), -EINTR);
	expect_given_back();
	unit_kill_waiter = false;
	unit_killed = false;
	ASSERT_EQ(vmx_hold(), 0);
	vmx_release();
	EXPECT_GE(jiffies - begin, HZ);
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

TEST(feature_control_that_cannot_be_read_any_more)
{
	start(1);
	unit_msr_remove(MSR_IA32_FEAT_CTL);
	EXPECT_EQ(vmx_hold(), -EOPNOTSUPP);
	expect_given_back();
}

TEST(a_cpu_that_will_not_do_is_refused_at_load)
{
	vmx_machine_reset();
	unit_msr_set(MSR_IA32_FEAT_CTL, FEAT_CTL_LOCKED);
	EXPECT_EQ(vmx_init(), -EOPNOTSUPP);
	EXPECT_NULL(unit_reboot);
}

TEST(kvm_that_is_there_already_keeps_its_callback)
{
	unit_param("vmx", (char *)"self");
	unit_kvm_intel = true;
	start(2);
	ASSERT_EQ(vmx_hold(), 0);
	EXPECT_NULL(unit_emergency);
	EXPECT_EQ(unit_vmx_count[UNIT_VMXON], 2);
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

/* An NMI between the stores of a list_add() and of a list_del(). */
TEST(a_crash_in_the_middle_of_a_change_of_the_list)
{
	struct list_head *active = &per_cpu(vmx_cpu.active, 0);
	struct vmx_vmcs vmcs[3];
	struct vmx_window window;
	unsigned int i;

	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	local_irq_disable();
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(vmx_vmcs_alloc(&vmcs[i]), 0);
		ASSERT_EQ(vmx_window_open(&window, &vmcs[i]), 0);
		vmx_window_close(&window);
	}
	/* 2 is about to go from the head: unlinked on the way back only. */
	ASSERT_TRUE(active->next == &vmcs[2].link);
	vmcs[1].link.prev = active;
	/* 0 is about to come, at the end; its place in the list is not there yet. */
	ASSERT_EQ(vmx_insn_vmclear(vmcs[0].pa), 0);
	vmcs[1].link.next = active;
	unit_emergency();
	EXPECT_EQ(unit_vmx_nr_active(), 0);
	EXPECT_EQ(cpus_in_root(), 0);
	for (i = 0; i < 3; i++)
		free_page((unsigned long)vmcs[i].region);
}

/* The next one is linked to the new one already, the head is not: a walk that takes out loops. */
TEST(a_crash_while_a_vmcs_becomes_active)
{
	struct vmx_vmcs old, new;
	struct vmx_window window;

	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&old), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&new), 0);
	local_irq_disable();
	ASSERT_EQ(vmx_window_open(&window, &old), 0);
	vmx_window_close(&window);
	new.link.next = &old.link;
	new.link.prev = &per_cpu(vmx_cpu.active, 0);
	old.link.prev = &new.link;
	unit_emergency();
	EXPECT_EQ(unit_vmx_nr_active(), 0);
	EXPECT_EQ(cpus_in_root(), 0);
	free_page((unsigned long)old.region);
	free_page((unsigned long)new.region);
}

/* What a CPU remembers of guests is older than this root operation, whoever switched it on. */
TEST(a_cpu_that_joins_forgets_all_roots)
{
	unsigned int flushes;

	start(2);
	flushes = unit_vmx_count[UNIT_INVEPT];
	ASSERT_EQ(vmx_hold(), 0);
	EXPECT_EQ(unit_vmx_count[UNIT_INVEPT], flushes + 2);
	EXPECT_EQ(unit_vmx_flushed.extent, VMX_EPT_EXTENT_GLOBAL);
	EXPECT_EQ(unit_cpu_up(2), 0);
	EXPECT_EQ(unit_vmx_count[UNIT_INVEPT], flushes + 3);
	vmx_release();
	expect_given_back();
	unit_kvm_intel = true;
	ASSERT_EQ(vmx_hold(), 0);
	EXPECT_TRUE(kvm_held);
	EXPECT_EQ(unit_vmx_count[UNIT_INVEPT], flushes + 6);
	vmx_release();
}

TEST(so_does_one_that_wakes_up)
{
	unsigned int flushes;
	unsigned long flags;

	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	flushes = unit_vmx_count[UNIT_INVEPT];
	local_irq_save(flags);
	EXPECT_EQ(unit_syscore->suspend(), 0);
	unit_syscore->resume();
	local_irq_restore(flags);
	EXPECT_EQ(unit_vmx_count[UNIT_INVEPT], flushes + 1);
	vmx_release();
	expect_given_back();
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
