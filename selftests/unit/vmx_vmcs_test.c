// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMCSs that move between CPUs, beside another owner's, while VMX root operation may be switched
 * off at any moment. The model of the instructions itself fails the test for whatever the
 * architecture calls undefined.
 */
#include <asm/debugreg.h>

#include "unit.h"
#include "vmx_root_model.h"

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

static const struct vmx_guard_cpu *window_then(struct vmx_vmcs *vmcs)
{
	this_cpu_ptr(&vmx_cpu)->guard.found_other = false;
	EXPECT_EQ(visit(0, vmcs), 0);
	return &this_cpu_ptr(&vmx_cpu)->guard;
}

TEST(whether_a_guest_of_his_may_have_run)
{
	const struct vmx_guard_cpu *guard;
	struct vmx_vmcs ours;
	unsigned long his;

	unit_kvm_intel = true;
	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&ours), 0);
	/* None is current: he may have cleared his. */
	guard = window_then(&ours);
	EXPECT_TRUE(guard->found_other);
	EXPECT_FALSE(guard->found_his);
	guard = window_then(&ours);
	EXPECT_FALSE(guard->found_other);
	his = his_vmcs();
	his_load(his);
	guard = window_then(&ours);
	EXPECT_TRUE(guard->found_other);
	EXPECT_TRUE(guard->found_his);
	guard = window_then(&ours);
	EXPECT_TRUE(guard->found_other);
	EXPECT_TRUE(guard->found_his);
	his_clear(his);
	guard = window_then(&ours);
	EXPECT_TRUE(guard->found_other);
	EXPECT_FALSE(guard->found_his);
	vmx_vmcs_free(&ours);
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

static void one_exit(struct vmx_vmcs *vmcs)
{
	struct vmx_window window;

	local_irq_disable();
	ASSERT_EQ(vmx_window_open(&window, vmcs), 0);
	unit_desc_spoil();
	vmx_window_close(&window);
	unit_desc_check();
	local_irq_enable();
}

TEST(a_local_descriptor_table_is_put_back)
{
	struct vmx_vmcs vmcs;

	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	unit_ldt_set(0x50);
	one_exit(&vmcs);
	EXPECT_EQ(vmx_insn_sldt(), 0x50);
	/* An interrupt between two windows took it away, with the process that had it. */
	unit_ldt_set(0);
	one_exit(&vmcs);
	EXPECT_EQ(vmx_insn_sldt(), 0);
	vmx_vmcs_free(&vmcs);
	vmx_release();
}

TEST(debugctl_is_put_back)
{
	struct vmx_vmcs vmcs;

	start(2);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	unit_msr_set_on(0, MSR_IA32_DEBUGCTLMSR, 0x4001);
	one_exit(&vmcs);
	EXPECT_EQ(vmx_machine_msr(MSR_IA32_DEBUGCTLMSR), 0x4001);
	/* Each CPU has its own, and it changes by interrupts. */
	unit_msr_set_on(0, MSR_IA32_DEBUGCTLMSR, 0);
	one_exit(&vmcs);
	EXPECT_EQ(vmx_machine_msr(MSR_IA32_DEBUGCTLMSR), 0);
	vmx_vmcs_free(&vmcs);
	vmx_release();
}

TEST(breakpoints_are_off_while_a_guest_has_its_addresses)
{
	struct vmx_vmcs vmcs;
	struct vmx_window window;
	unsigned int i;

	start(1);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	for (i = 0; i < 4; i++)
		set_debugreg(0xffff0000 + i, i);
	set_debugreg(0x4aa, 7);
	/* The model fails if an address is changed while its breakpoint is on. */
	one_exit(&vmcs);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(unit_debugreg(i), 0xffff0000 + i);
	EXPECT_EQ(unit_debugreg(7), 0x4aa);
	/* The same without an exit. */
	local_irq_disable();
	ASSERT_EQ(vmx_window_open(&window, &vmcs), 0);
	EXPECT_EQ(unit_debugreg(7) & 0xff, 0);
	vmx_window_close(&window);
	local_irq_enable();
	EXPECT_EQ(unit_debugreg(7), 0x4aa);
	/* Those that an interrupt has taken away do not come back. */
	set_debugreg(0x400, 7);
	one_exit(&vmcs);
	EXPECT_EQ(unit_debugreg(7), 0x400);
	vmx_vmcs_free(&vmcs);
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

static struct vmx_vmcs *contested;

/* CPU 1 opens a window with what CPU 0 is about to make active. */
static void also_wants_it(void)
{
	unsigned int was = unit_cpu;
	struct vmx_window window;

	unit_cpu = 1;
	local_irq_disable();
	EXPECT_EQ(vmx_window_open(&window, contested), -EBUSY);
	local_irq_enable();
	unit_cpu = was;
}

TEST(of_two_cpus_that_make_it_active_one_is_refused)
{
	struct vmx_vmcs vmcs;
	struct vmx_window window;

	start(2);
	ASSERT_EQ(vmx_hold(), 0);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	contested = &vmcs;
	local_irq_disable();
	unit_vmx_meanwhile = also_wants_it;
	EXPECT_EQ(vmx_window_open(&window, &vmcs), 0);
	EXPECT_EQ(unit_vmx_active_on(vmcs.pa), 0);
	EXPECT_EQ(unit_vmx_nr_active(), 1);
	vmx_window_close(&window);
	local_irq_enable();
	/* One that was refused by the CPU is anybody's again. */
	vmx_vmcs_free(&vmcs);
	ASSERT_EQ(vmx_vmcs_alloc(&vmcs), 0);
	local_irq_disable();
	unit_vmx_fail(UNIT_VMPTRLD, -EIO);
	EXPECT_EQ(vmx_window_open(&window, &vmcs), -EIO);
	EXPECT_EQ(vmcs.cpu, -1);
	local_irq_enable();
	unit_cpu = 1;
	local_irq_disable();
	EXPECT_EQ(vmx_window_open(&window, &vmcs), 0);
	vmx_window_close(&window);
	local_irq_enable();
	unit_cpu = 0;
	vmx_vmcs_free(&vmcs);
	EXPECT_EQ(unit_vmx_nr_active(), 0);
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
