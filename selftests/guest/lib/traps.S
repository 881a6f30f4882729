/* SPDX-License-Identifier: GPL-2.0-only */
/* The 256 interrupt entry points, and the way into ring 3 and back. */
#include "asm.h"

	.text
	.balign 16
	.globl trap_stubs
trap_stubs:			/* 16 bytes each */
	.set vec, 0
	.rept 256
	.balign 16
	/* vectors for which the processor pushes an error code */
	.if vec != 8 && (vec < 10 || vec > 14) && vec != 17 && vec != 21
	push $0
	.endif
	.ifge vec - 128
	.byte 0x68		/* push imm32: keeps the value positive */
	.long vec
	.else
	push $vec
	.endif
	jmp trap_common
	.set vec, vec + 1
	.endr

trap_common:
#ifdef __x86_64__
	push %rax
	push %rcx
	push %rdx
	push %rbx
	push %rbp
	push %rsi
	push %rdi
	push %r8
	push %r9
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, %rdi
	mov %rsp, %rbx
	and $-16, %rsp
	cld
	call trap_dispatch
	mov %rbx, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rdi
	pop %rsi
	pop %rbp
	pop %rbx
	pop %rdx
	pop %rcx
	pop %rax
	add $16, %rsp
	.globl trap_iret
trap_iret:
	iretq
#else
	push %eax
	push %ecx
	push %edx
	push %ebx
	push %ebp
	push %esi
	push %edi
	mov %esp, %eax
	/* A test may have put anything in DS and ES. */
	push %ds
	push %es
	mov $SEL_KDS, %ecx
	mov %ecx, %ds
	mov %ecx, %es
	mov %esp, %ebx
	and $-16, %esp
	sub $12, %esp
	push %eax
	cld
	call trap_dispatch
	mov %ebx, %esp
	pop %es
	pop %ds
	pop %edi
	pop %esi
	pop %ebp
	pop %ebx
	pop %edx
	pop %ecx
	pop %eax
	add $8, %esp
	.globl trap_iret
trap_iret:
	iretl
#endif

/*
 * long user_enter(fn, arg, user_sp, flags, &tss_sp0, &saved_sp)
 * Leaves for ring 3 at fn; comes back through user_leave() only.
 */
	.globl user_enter, user_leave
#ifdef __x86_64__
user_enter:
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, (%r8)
	mov %rsp, (%r9)
	push $(SEL_UDS | 3)
	push %rdx
	push %rcx
	push $(SEL_UCS | 3)
	push %rdi
	mov %rsi, %rdi
	xor %ebp, %ebp
	mov $(SEL_UDS | 3), %eax
	mov %eax, %ds
	mov %eax, %es
	iretq

/* void user_leave(saved_sp, value): called on any stack, returns from user_enter(). */
user_leave:
	mov $SEL_KDS, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %rdi, %rsp
	mov %rsi, %rax
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret
#else
user_enter:
	push %ebp
	push %ebx
	push %esi
	push %edi
	mov 20(%esp), %eax	/* fn */
	mov 24(%esp), %ecx	/* arg */
	mov 28(%esp), %edx	/* user_sp */
	mov 32(%esp), %ebx	/* flags */
	mov 36(%esp), %esi
	mov 40(%esp), %edi
	mov %esp, (%esi)
	mov %esp, (%edi)
	/* fn(arg) as C sees it: return address slot, then the argument */
	mov %ecx, -4(%edx)
	movl $0, -8(%edx)
	sub $8, %edx
	push $(SEL_UDS | 3)
	push %edx
	push %ebx
	push $(SEL_UCS | 3)
	push %eax
	mov $(SEL_UDS | 3), %eax
	mov %eax, %ds
	mov %eax, %es
	iretl

user_leave:
	mov 4(%esp), %ecx
	mov 8(%esp), %eax
	mov $SEL_KDS, %edx
	mov %edx, %ds
	mov %edx, %es
	mov %edx, %ss
	mov %ecx, %esp
	pop %edi
	pop %esi
	pop %ebx
	pop %ebp
	ret
#endif

	.section .note.GNU-stack, "", @progbits
