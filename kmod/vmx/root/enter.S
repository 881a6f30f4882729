/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world switch: an entry returns when the guest has exited, or at once when
 * it failed.
 *
 * It exists twice.  vmx_enter_guarded() does, around the guest, all that has to be
 * done at this very place against side channels; which part of it is patched in is
 * the host kernel's decision, read from its feature bits when the module is loaded.
 * vmx_enter_plain() does nothing of the kind, for hosts with mitigations=off.  What
 * is done once a window instead (IBPB, flushing the first-level data cache) is in
 * vmx/guest/mitigations.c, which also tells what is in force.
 *
 *	before the entry	IA32_SPEC_CTRL becomes the guest's, if it differs
 *	last before the entry	VERW clears the CPU's buffers (MDS, TAA, RFDS)
 *	after the exit		no value of the guest's stays in a register
 *				the return stack buffer is filled, or one CALL retired
 *				IA32_SPEC_CTRL becomes the host's, if it differs; on
 *				CPUs with the IBRS of old, always
 *				the branch history is cleared (BHI)
 *
 * All of the latter comes before the first RET and the first indirect branch.
 */
#include <linux/linkage.h>
#include <asm/alternative.h>
#include <asm/asm.h>
#include <asm/cpufeatures.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include <asm/unwind_hints.h>

#include "compat.h"
#include "vmx/root/switch.h"

#define FIELD_HOST_RSP	0x6c14

/*
 * RDI is the struct vmx_switch; changes RAX, RCX, RDX.
 *
 * CPUs of one machine may differ in the bits that they know.  One that refuses the
 * guest's value keeps the host's, which restricts at least as much.
 */
.macro GUARD_BEFORE_ENTRY
	ALTERNATIVE "jmp .Lbefore_done\@", "", X86_FEATURE_MSR_SPEC_CTRL
	testb	$VMX_GUARD_SWITCH, VMX_SW_GUARD(%rdi)
	jz	.Lbefore_done\@
	mov	VMX_SW_GUEST_SPEC_CTRL(%rdi), %rax
	cmp	VMX_SW_HOST_SPEC_CTRL(%rdi), %rax
	je	.Lbefore_done\@
	mov	%rax, %rdx
	shr	$32, %rdx
	mov	$MSR_IA32_SPEC_CTRL, %ecx
.Lbefore_write\@:
	wrmsr
	_ASM_EXTABLE(.Lbefore_write\@, .Lbefore_done\@)
.Lbefore_done\@:
.endm

/* Changes ZF. */
.macro GUARD_CLEAR_BUFFERS
	ALTERNATIVE "jmp .Lclear_done\@", "", COMPAT_FEATURE_CLEAR_CPU_BUF
	verw	vmx_guard_selector(%rip)
.Lclear_done\@:
.endm

/*
 * 32 return addresses that lead to a trap, one after the other: a loop, as the kernel's
 * own macro has it, takes more instructions, and could be predicted to end early.  Where
 * one retired CALL is enough, there is one.  No RET before an LFENCE.
 */
.macro GUARD_FILL_RETURN_BUFFER
	ALTERNATIVE_2 "jmp .Lfill_done\@", "", X86_FEATURE_RSB_VMEXIT, \
		      "jmp .Lfill_one\@", X86_FEATURE_RSB_VMEXIT_LITE
	.rept 31
	ANNOTATE_INTRA_FUNCTION_CALL
	call	772f
	int3
772:
	.endr
	add	$(31 * 8), %rsp
.Lfill_one\@:
	ANNOTATE_INTRA_FUNCTION_CALL
	call	772f
	int3
772:
	add	$8, %rsp
.Lfill_done\@:
.endm

/* RDI is the struct vmx_switch; changes RAX, RCX, RDX. */
.macro GUARD_AFTER_EXIT
	GUARD_FILL_RETURN_BUFFER

	ALTERNATIVE "jmp .Lafter_done\@", "", X86_FEATURE_MSR_SPEC_CTRL
	testb	$VMX_GUARD_SWITCH, VMX_SW_GUARD(%rdi)
	jz	.Lafter_done\@
	mov	VMX_SW_GUEST_SPEC_CTRL(%rdi), %rax
	testb	$VMX_GUARD_SAVE, VMX_SW_GUARD(%rdi)
	jz	.Lafter_saved\@
	mov	$MSR_IA32_SPEC_CTRL, %ecx
.Lafter_read\@:
	rdmsr
	_ASM_EXTABLE(.Lafter_read\@, .Lafter_saved\@)
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, VMX_SW_GUEST_SPEC_CTRL(%rdi)
.Lafter_saved\@:
	mov	VMX_SW_HOST_SPEC_CTRL(%rdi), %rdx
	testb	$VMX_GUARD_ALWAYS, VMX_SW_GUARD(%rdi)
	jnz	.Lafter_write\@
	cmp	%rdx, %rax
	je	.Lafter_done\@
.Lafter_write\@:
	mov	%edx, %eax
	shr	$32, %rdx
	mov	$MSR_IA32_SPEC_CTRL, %ecx
.Lafter_write2\@:
	wrmsr
	_ASM_EXTABLE(.Lafter_write2\@, .Lafter_done\@)
.Lafter_done\@:
	/*
	 * Nothing runs ahead past a write that was mispredicted away, nor past the
	 * CALLs before they have retired.
	 */
	lfence

#ifdef COMPAT_FEATURE_CLEAR_BHB
#if XLHV_HAVE_GUARD_SYMBOLS
	ALTERNATIVE "", "call clear_bhb_loop", COMPAT_FEATURE_CLEAR_BHB
#else
	ALTERNATIVE "", "call vmx_clear_branch_history", COMPAT_FEATURE_CLEAR_BHB
#endif
#endif
.endm

/*
 * int NAME(struct vmx_switch *sw, bool launched)
 *
 * Stack while the guest runs, HOST_RSP pointing at the first:
 *	sw, rbx, r12, r13, r14, r15, rbp, return address
 */
.macro WORLD_SWITCH name:req landing:req guarded:req
SYM_FUNC_START(\name)
	push	%rbp
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbx
	push	%rdi

	/* HOST_RSP rarely changes: vCPUs enter from one place of one stack. */
	cmp	%rsp, VMX_SW_HOST_RSP(%rdi)
	je	.Lready_\name
	mov	$FIELD_HOST_RSP, %edx
.Lvmwrite_\name:
	vmwrite	%rsp, %rdx
	jbe	.Lno_host_rsp_\name
	mov	%rsp, VMX_SW_HOST_RSP(%rdi)
.Lready_\name:

	.if \guarded
	GUARD_BEFORE_ENTRY
	.endif

	/* CF chooses between VMLAUNCH and VMRESUME: MOV and VERW leave it alone. */
	cmp	$1, %sil

	mov	VMX_SW_RAX(%rdi), %rax
	mov	VMX_SW_RCX(%rdi), %rcx
	mov	VMX_SW_RDX(%rdi), %rdx
	mov	VMX_SW_RBX(%rdi), %rbx
	mov	VMX_SW_RBP(%rdi), %rbp
	mov	VMX_SW_RSI(%rdi), %rsi
	mov	VMX_SW_R8(%rdi), %r8
	mov	VMX_SW_R9(%rdi), %r9
	mov	VMX_SW_R10(%rdi), %r10
	mov	VMX_SW_R11(%rdi), %r11
	mov	VMX_SW_R12(%rdi), %r12
	mov	VMX_SW_R13(%rdi), %r13
	mov	VMX_SW_R14(%rdi), %r14
	mov	VMX_SW_R15(%rdi), %r15
	mov	VMX_SW_RDI(%rdi), %rdi

	.if \guarded
	GUARD_CLEAR_BUFFERS
	.endif

	/* The landing below is reached by no jump that objtool could follow. */
	UNWIND_HINT_SAVE
	jc	.Lvmlaunch_\name

.Lvmresume_\name:
	vmresume
	jmp	.Lfailed_\name

.Lvmlaunch_\name:
	vmlaunch
	jmp	.Lfailed_\name

	_ASM_EXTABLE(.Lvmwrite_\name, .Lno_host_rsp_fault_\name)
	_ASM_EXTABLE(.Lvmresume_\name, .Lfault_\name)
	_ASM_EXTABLE(.Lvmlaunch_\name, .Lfault_\name)

	/* HOST_RIP.  All general-purpose registers but RSP are the guest's. */
SYM_INNER_LABEL_ALIGN(\landing, SYM_L_GLOBAL)
	UNWIND_HINT_RESTORE
	ANNOTATE_NOENDBR

	push	%rdi
	mov	8(%rsp), %rdi
	mov	%rax, VMX_SW_RAX(%rdi)
	mov	%rcx, VMX_SW_RCX(%rdi)
	mov	%rdx, VMX_SW_RDX(%rdi)
	mov	%rbx, VMX_SW_RBX(%rdi)
	mov	%rbp, VMX_SW_RBP(%rdi)
	mov	%rsi, VMX_SW_RSI(%rdi)
	pop	VMX_SW_RDI(%rdi)
	mov	%r8, VMX_SW_R8(%rdi)
	mov	%r9, VMX_SW_R9(%rdi)
	mov	%r10, VMX_SW_R10(%rdi)
	mov	%r11, VMX_SW_R11(%rdi)
	mov	%r12, VMX_SW_R12(%rdi)
	mov	%r13, VMX_SW_R13(%rdi)
	mov	%r14, VMX_SW_R14(%rdi)
	mov	%r15, VMX_SW_R15(%rdi)

	xor	%ebx, %ebx
.Lguard_\name:
	/* RBX is the answer, RDI ours again. */
	.if \guarded
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%ebp, %ebp
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	GUARD_AFTER_EXIT
	.endif
.Lout_\name:
	mov	%ebx, %eax
	add	$8, %rsp
	pop	%rbx
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	pop	%rbp
	RET

.Lfailed_\name:
	/* VMfailInvalid sets CF, VMfailValid sets ZF.  MOV changes neither. */
	mov	(%rsp), %rdi
	mov	$VMX_ENTER_FAIL_VALID, %ebx
	jnc	.Lguard_\name
	mov	$VMX_ENTER_FAIL_INVALID, %ebx
	jmp	.Lguard_\name

.Lfault_\name:
	mov	(%rsp), %rdi
	mov	$VMX_ENTER_FAULT, %ebx
	jmp	.Lguard_\name

	/* The guest's IA32_SPEC_CTRL is not in the CPU yet. */
.Lno_host_rsp_\name:
	mov	$VMX_ENTER_FAIL_VALID, %ebx
	jnc	.Lout_\name
	mov	$VMX_ENTER_FAIL_INVALID, %ebx
	jmp	.Lout_\name

.Lno_host_rsp_fault_\name:
	mov	$VMX_ENTER_FAULT, %ebx
	jmp	.Lout_\name
SYM_FUNC_END(\name)
.endm

	.text

	WORLD_SWITCH vmx_enter_guarded, vmx_landing_guarded, 1
	WORLD_SWITCH vmx_enter_plain, vmx_landing_plain, 0

#if defined(COMPAT_FEATURE_CLEAR_BHB) && !XLHV_HAVE_GUARD_SYMBOLS
/*
 * More taken branches than any CPU's branch history holds, so that nothing of the
 * guest's is left in it.  Direct jumps do, and have no target to be predicted wrong.
 * Source: Intel, "Branch History Injection and Intra-mode Branch Target Injection",
 * on software clearing.  Changes RCX.
 */
SYM_FUNC_START_LOCAL(vmx_clear_branch_history)
	mov	$4, %ecx
.Lhistory_again:
	.rept	64
	jmp	771f
771:
	.endr
	dec	%ecx
	jnz	.Lhistory_again
	lfence
	RET
SYM_FUNC_END(vmx_clear_branch_history)
#endif
