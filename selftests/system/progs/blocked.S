/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest guest: blocks, for ever.  A PVH kernel as an ELF file.
 */
#define SCHED_OP	29
#define SCHEDOP_BLOCK	1
#define PHYS32_ENTRY	18

	.section .note.Xen, "a", @note
	.long	4, 4, PHYS32_ENTRY
	.asciz	"Xen"
	.long	start

	.text
	.globl	start
start:	mov	$SCHED_OP, %eax
	mov	$SCHEDOP_BLOCK, %ebx
	xor	%ecx, %ecx
	vmcall
	jmp	start

	.section .note.GNU-stack, "", @progbits
