// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which guards against side channels are in force: pure, so that it can be looked
 * at for CPUs that are not here.  Nothing is decided that the host kernel has not
 * decided for itself; this only says where it applies to a guest.
 */
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/kernel.h>

#include "vmx/root/mitigation_policy.h"

u64 vmx_guards __ro_after_init;

/**
 * vmx_guard_decide() - the guards for a host
 * @f: what is known of it
 *
 * CPU buffers are not cleared for the sake of MMIO stale data alone: that takes a
 * guest that reaches a device's registers, and no guest of ours does.
 *
 * Context: any.
 * Return: XLHV_MITIGATION_*.
 */
u64 vmx_guard_decide(const struct vmx_guard_facts *f)
{
	const u64 no_guards = XLHV_MITIGATION_OPEN_ITLB | XLHV_MITIGATION_OPEN_SMT |
			      XLHV_MITIGATION_SPEC_CTRL | XLHV_MITIGATION_NX_HUGE;
	u64 g = 0;

	/* Nothing of the world switch: kmod/ept does it. */
	if (f->nx_huge == VMX_NX_HUGE_FORCE ||
	    (f->nx_huge == VMX_NX_HUGE_AUTO && f->itlb_bug && !f->mitigations_off))
		g |= XLHV_MITIGATION_NX_HUGE;
	else if (f->itlb_bug)
		g |= XLHV_MITIGATION_OPEN_ITLB;
	/* Not to be guarded against, but to be told. */
	if (f->smt && ((f->l1tf_bug && !f->mitigations_off) ||
		       (f->sampling_bug && f->clear_buffers)))
		g |= XLHV_MITIGATION_OPEN_SMT;
	/* A guest that writes IA32_SPEC_CTRL has it switched, whatever the host wants. */
	if (f->spec_ctrl)
		g |= XLHV_MITIGATION_SPEC_CTRL;

	if (f->rsb_fill)
		g |= XLHV_MITIGATION_RSB_FILL;
	else if (f->rsb_call)
		g |= XLHV_MITIGATION_RSB_CALL;
	if (f->spec_ctrl && f->kernel_ibrs)
		g |= XLHV_MITIGATION_IBRS;
	if (f->clear_history)
		g |= XLHV_MITIGATION_HISTORY;
	if (f->clear_buffers)
		g |= XLHV_MITIGATION_BUFFERS;
	if (f->ibpb)
		g |= XLHV_MITIGATION_IBPB;
	if (f->ibpb_to_user)
		g |= XLHV_MITIGATION_IBPB_USER;
	if (f->l1tf_bug && f->l1tf != VMX_L1TF_OFF) {
		g |= f->l1d_flush ? XLHV_MITIGATION_L1D_FLUSH : XLHV_MITIGATION_L1D_FILL;
		if (f->l1tf == VMX_L1TF_ALWAYS)
			g |= XLHV_MITIGATION_L1D_ALWAYS;
	}
	/* mitigations=off may have been followed by one that is on. */
	if (f->mitigations_off && !(g & ~no_guards))
		return g | XLHV_MITIGATION_OFF;
	return g | XLHV_MITIGATION_REGISTERS;
}

/**
 * vmx_guard_text() - guards in words, for the log
 * @guards: XLHV_MITIGATION_*
 * @text: out
 * @size: of @text
 *
 * Return: length of what was written.
 */
size_t vmx_guard_text(u64 guards, char *text, size_t size)
{
	static const struct {
		u64 bit;
		const char *text;
	} words[] = {
		{ XLHV_MITIGATION_OFF, "off (mitigations=off)" },
		{ XLHV_MITIGATION_REGISTERS, "registers cleared" },
		{ XLHV_MITIGATION_RSB_FILL, "return stack filled" },
		{ XLHV_MITIGATION_RSB_CALL, "a CALL retired" },
		{ XLHV_MITIGATION_SPEC_CTRL, "SPEC_CTRL switched for guests that use it" },
		{ XLHV_MITIGATION_IBRS, "IBRS set at each exit" },
		{ XLHV_MITIGATION_HISTORY, "branch history cleared" },
		{ XLHV_MITIGATION_BUFFERS, "CPU buffers cleared" },
		{ XLHV_MITIGATION_L1D_FLUSH, "L1D flushed" },
		{ XLHV_MITIGATION_L1D_FILL, "L1D flushed by software" },
		{ XLHV_MITIGATION_L1D_ALWAYS, "at each entry" },
		{ XLHV_MITIGATION_IBPB, "IBPB between vCPUs" },
		{ XLHV_MITIGATION_IBPB_USER, "IBPB between guest and user mode" },
		{ XLHV_MITIGATION_NX_HUGE, "large mappings not executable" },
		{ XLHV_MITIGATION_OPEN_SMT, "OPEN: hyper-threads leak to each other" },
		{ XLHV_MITIGATION_OPEN_ITLB, "OPEN: a guest can stop this CPU (iTLB multihit)" },
	};
	unsigned int i;
	size_t n = 0;

	if (size)
		text[0] = 0;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (guards & words[i].bit)
			n += scnprintf(text + n, size - n, "%s%s", n ? ", " : "", words[i].text);
	return n;
}

/**
 * vmx_guard_spec_ctrl_bits() - bits of IA32_SPEC_CTRL that a guest may set
 * @leaf7_edx: CPUID.7.0:EDX that the guest sees
 * @leaf7_2_edx: CPUID.7.2:EDX that the guest sees
 *
 * Return: mask; 0: the MSR does not exist for the guest.
 */
u64 vmx_guard_spec_ctrl_bits(u32 leaf7_edx, u32 leaf7_2_edx)
{
	u64 bits = 0;

	if (leaf7_edx & BIT(26))
		bits |= BIT(0);			/* IBRS */
	if (leaf7_edx & BIT(27))
		bits |= BIT(1);			/* STIBP */
	if (leaf7_edx & BIT(31))
		bits |= BIT(2);			/* SSBD */
	if (!bits)
		return 0;
	/* STIBP may be set, without effect, where there is only IBRS. */
	bits |= BIT(1);
	if (leaf7_2_edx & BIT(1))
		bits |= BIT(3) | BIT(4);	/* IPRED_DIS_U, IPRED_DIS_S */
	if (leaf7_2_edx & BIT(2))
		bits |= BIT(5) | BIT(6);	/* RRSBA_DIS_U, RRSBA_DIS_S */
	if (leaf7_2_edx & BIT(0))
		bits |= BIT(7);			/* PSFD */
	if (leaf7_2_edx & BIT(3))
		bits |= BIT(8);			/* DDPD_U */
	if (leaf7_2_edx & BIT(4))
		bits |= BIT(10);		/* BHI_DIS_S */
	return bits;
}

/**
 * vmx_guard_found() - a window opens beside another owner of VMCSs
 * @c: of this CPU
 * @ours: what is current is ours, left by an earlier window
 * @his: it is somebody else's
 *
 * He has not entered a guest since our last window if what we left current still is:
 * entering makes another VMCS current, and clearing that one leaves none.
 */
void vmx_guard_found(struct vmx_guard_cpu *c, bool ours, bool his)
{
	c->found_other |= !ours;
	c->found_his = his;
}

/**
 * vmx_guard_before_guest() - is a barrier due before a guest of ours runs?
 * @c: of this CPU; notes that it runs
 * @x: its vCPU
 *
 * A guest of another hypervisor's runs only while no thread of a vCPU has the CPU.
 *
 * Return: true: others than @x may have trained the predictors.
 */
bool vmx_guard_before_guest(struct vmx_guard_cpu *c, const void *x)
{
	bool needed = c->ran_last != x || (c->was_out && c->found_other);

	c->ran_last = x;
	c->trained = true;
	c->was_out = false;
	c->found_other = false;
	return needed;
}

/**
 * vmx_guard_after_guest() - a thread of a vCPU gives up the CPU: is a barrier due?
 * @c: of this CPU; notes that it is done
 * @next_wants: who comes next does not trust his predecessors, and gets no barrier from the
 *	kernel
 *
 * Another hypervisor makes a barrier when it makes another VMCS current.  If one of its
 * own still is, it believes that nobody ran here since.
 *
 * Return: true: a guest of ours ran, and what it trained is not to be used.
 */
bool vmx_guard_after_guest(struct vmx_guard_cpu *c, bool next_wants)
{
	bool needed = c->trained && (c->found_his || next_wants);

	c->was_out = true;
	if (needed)
		c->trained = false;
	return needed;
}
