/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first process of the measured guest. It is linked where no other program
 * is, so that a breakpoint at its first instruction stops nobody else. It says on
 * the console that it runs, and from then on keeps the processor: the kernel's
 * rest does not go on while the counters are read.
 */
#include <asm/unistd.h>

	.globl _start
_start:
	mov $__NR_write, %eax
	mov $1, %edi
	lea text(%rip), %rsi
	mov $text_end - text, %edx
	syscall
1:	jmp 1b

text:	.ascii "first process\n"
text_end:

	.section .note.GNU-stack, "", @progbits
