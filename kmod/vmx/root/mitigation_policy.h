/* SPDX-License-Identifier: GPL-2.0-only */
/* How the guards against side channels are chosen: pure. */
#ifndef XLHV_VMX_MITIGATION_POLICY_H
#define XLHV_VMX_MITIGATION_POLICY_H

#include <linux/types.h>
#include <uapi/xlhv.h>

/* What the host kernel wants against L1TF. */
enum vmx_l1tf {
	VMX_L1TF_OFF,
	VMX_L1TF_WINDOW,	/* flush when code of the host's may have run since */
	VMX_L1TF_ALWAYS,	/* flush at each entry */
};

/* Large EPT mappings that cannot be executed. */
enum vmx_nx_huge {
	VMX_NX_HUGE_AUTO,	/* where the CPU has iTLB multihit, and mitigations are on */
	VMX_NX_HUGE_FORCE,
	VMX_NX_HUGE_OFF,
};

/**
 * struct vmx_guard_facts - what the decision is made of
 * @mitigations_off: the host was booted with mitigations=off
 * @spec_ctrl: the CPU has IA32_SPEC_CTRL
 * @kernel_ibrs: the kernel sets IBRS at each of its entries (CPUs without eIBRS)
 * @rsb_fill: the kernel fills the return stack buffer after an exit
 * @rsb_call: one CALL after an exit is enough
 * @clear_history: the kernel clears the branch history in software after an exit
 * @clear_buffers: the kernel clears CPU buffers (VERW)
 * @ibpb: the kernel uses IBPB
 * @ibpb_to_user: guests and user mode share predictors (VMSCAPE), mitigated
 * @l1tf_bug: the CPU has L1TF, and does not say that a flush is needless
 * @l1tf: what the kernel wants against it
 * @l1d_flush: the CPU has IA32_FLUSH_CMD
 * @sampling_bug: the CPU has one of MDS, TAA, RFDS
 * @itlb_bug: a change of page size can stop the CPU (iTLB multihit)
 * @nx_huge: what the administrator wants against that
 * @smt: hyper-threads are on
 */
struct vmx_guard_facts {
	bool mitigations_off;
	bool spec_ctrl, kernel_ibrs;
	bool rsb_fill, rsb_call;
	bool clear_history, clear_buffers;
	bool ibpb, ibpb_to_user;
	bool l1tf_bug;
	enum vmx_l1tf l1tf;
	bool l1d_flush;
	bool sampling_bug, itlb_bug;
	enum vmx_nx_huge nx_huge;
	bool smt;
};

/**
 * struct vmx_guard_cpu - who may have trained the branch predictors of a CPU
 * @ran_last: the vCPU that ran last.  Compared, never followed: it may be gone
 * @trained: a guest of ours ran since the last barrier
 * @was_out: a thread of a vCPU has given up the CPU since the last window of a vCPU
 * @found_other: a window since then found a VMCS current that is not ours, or none
 * @found_his: the last window found somebody else's
 *
 * Of one CPU, with interrupts off.
 */
struct vmx_guard_cpu {
	const void *ran_last;
	bool trained;
	bool was_out;
	bool found_other;
	bool found_his;
};

void vmx_guard_found(struct vmx_guard_cpu *c, bool ours, bool his);
bool vmx_guard_before_guest(struct vmx_guard_cpu *c, const void *x);
bool vmx_guard_after_guest(struct vmx_guard_cpu *c, bool next_wants);

u64 vmx_guard_decide(const struct vmx_guard_facts *f);
size_t vmx_guard_text(u64 guards, char *text, size_t size);
u64 vmx_guard_spec_ctrl_bits(u32 leaf7_edx, u32 leaf7_2_edx);

/* XLHV_MITIGATION_* in force; constant once the module is loaded. */
extern u64 vmx_guards;

#endif /* XLHV_VMX_MITIGATION_POLICY_H */
