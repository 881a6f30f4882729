/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world switch.  vmx_enter() returns when the guest has exited, or at once
 * when the entry failed.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/nospec-branch.h>
#include <asm/unwind_hints.h>

#include "vmx/switch.h"

#define FIELD_HOST_RSP	0x6c14

	.text

/*
 * int vmx_enter(struct vmx_switch *sw, bool launched)
 *
 * Stack while the guest runs, HOST_RSP pointing at the first:
 *	sw, rbx, r12, r13, r14, r15, rbp, return address
 */
SYM_FUNC_START(vmx_enter)
	push	%rbp
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbx
	push	%rdi

	/* HOST_RSP rarely changes: vCPUs enter from one place of one stack. */
	cmp	%rsp, VMX_SW_HOST_RSP(%rdi)
	je	1f
	mov	$FIELD_HOST_RSP, %edx
.Lvmwrite:
	vmwrite	%rsp, %rdx
	jbe	.Lfailed
	mov	%rsp, VMX_SW_HOST_RSP(%rdi)
1:
	/* ZF chooses between VMLAUNCH and VMRESUME: MOV leaves it alone. */
	test	%sil, %sil

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

	/* The landing below is reached by no jump that objtool could follow. */
	UNWIND_HINT_SAVE
	jz	.Lvmlaunch

.Lvmresume:
	vmresume
	jmp	.Lfailed

.Lvmlaunch:
	vmlaunch
	jmp	.Lfailed

	_ASM_EXTABLE(.Lvmwrite, .Lfault)
	_ASM_EXTABLE(.Lvmresume, .Lfault)
	_ASM_EXTABLE(.Lvmlaunch, .Lfault)

	/* HOST_RIP.  All general-purpose registers but RSP are the guest's. */
SYM_INNER_LABEL_ALIGN(vmx_exit_landing, SYM_L_GLOBAL)
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

	xor	%eax, %eax

.Lclear:
	/*
	 * No value of the guest's survives in a register, and no return address of
	 * the guest's in the return stack buffer, before the first RET.
	 */
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%ebp, %ebp
	xor	%ebx, %ebx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d

	FILL_RETURN_BUFFER %rcx, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_VMEXIT, \
			   X86_FEATURE_RSB_VMEXIT_LITE

	add	$8, %rsp
	pop	%rbx
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	pop	%rbp
	RET

.Lfailed:
	/* VMfailInvalid sets CF, VMfailValid sets ZF. */
	mov	$VMX_ENTER_FAIL_VALID, %eax
	jnc	.Lclear
	mov	$VMX_ENTER_FAIL_INVALID, %eax
	jmp	.Lclear

.Lfault:
	mov	$VMX_ENTER_FAULT, %eax
	jmp	.Lclear
SYM_FUNC_END(vmx_enter)
