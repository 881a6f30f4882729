/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest of the self-check: ten instructions in 32-bit protected mode without
 * paging, in a page of their own.  EBX comes in; EAX, EDX and the word at 0x800
 * of the page go out.  selfcheck.c computes the same.
 */
#include <linux/linkage.h>

	.section .rodata
	.balign	16
	.code32
SYM_DATA_START(vmx_selfcheck_guest)
	mov	$0x584c4856, %eax
	lea	7(%eax, %ebx, 4), %edx
	xor	%edx, %eax
	rol	$9, %eax
	add	%ebx, %eax
	mov	%eax, 0x1800		/* a write through EPT */
	mov	0x1800, %edx		/* and it can be read back */
	not	%edx
	bswap	%edx
	vmcall
SYM_DATA_END_LABEL(vmx_selfcheck_guest, SYM_L_GLOBAL, vmx_selfcheck_guest_end)
