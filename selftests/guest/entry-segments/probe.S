/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs right after the entry state was saved, before the first LGDT. Each access
 * would be a triple fault if a base, limit or type were not what the ABI says.
 */
	.code32
	.text
	.globl entry_probe
entry_probe:
	/* base 0: the same word through each segment */
	movl $0x1badf00d, seg_word
	movl %ds:seg_word, %eax
	movl %eax, seg_seen + 0
	movl %es:seg_word, %eax
	movl %eax, seg_seen + 4
	movl %ss:seg_word, %eax
	movl %eax, seg_seen + 8
	movl %cs:seg_word, %eax
	movl %eax, seg_seen + 12
	/* writable */
	movl $0x11111111, %ds:seg_seen + 16
	movl $0x22222222, %es:seg_seen + 20
	movl $0x33333333, %ss:seg_seen + 24
	/* limit: the very last word of 4 GiB; nothing is mapped there, which gives ones */
	movl %ds:0xfffffffc, %eax
	movl %eax, seg_seen + 28
	movl %es:0xfffffffc, %eax
	movl %eax, seg_seen + 32
	movl %ss:0xfffffffc, %eax
	movl %eax, seg_seen + 36
	movl %cs:0xfffffffc, %eax
	movl %eax, seg_seen + 40
	/* FS and GS, where i386 Linux has its stack canary: flat, which the ABI leaves open */
	movl %fs:seg_word, %eax
	movl %eax, seg_seen + 48
	movl %gs:seg_word, %eax
	movl %eax, seg_seen + 52
	movl $0x44444444, %fs:seg_seen + 56
	movl %gs:0xfffffffc, %eax
	movl %eax, seg_seen + 60
	/* 32-bit stack and code: a push moves ESP by 4, a near call uses EIP */
	movl %esp, %ecx
	push %eax
	subl %esp, %ecx
	addl $4, %esp
	movl %ecx, seg_seen + 44
	ret

	.data
	.balign 4
	.globl seg_word, seg_seen
seg_word:
	.long 0
seg_seen:
	.fill 16, 4, 0
	.section .note.GNU-stack, "", @progbits
