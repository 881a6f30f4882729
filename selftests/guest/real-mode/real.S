/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trip to real mode and back. The blob is copied to REAL_BASE, runs there with
 * CS = DS = SS = REAL_BASE / 16, and leaves what it saw in its own data.
 */
#define REAL_BASE 0x7000
#define REAL(sym) ((sym) - real_blob)

	.section .rodata
	.globl real_blob, real_blob_end, real_results
	.code16
real_blob:
	/* 16-bit protected mode, CS and DS base REAL_BASE; eax = CR0 to restore */
	mov %eax, REAL(saved_cr0)
	mov %esp, %ebp
	mov $0x40, %cx		/* a 16-bit stack: real mode keeps the size it finds */
	mov %cx, %ss
	mov %cr0, %ecx
	and $~1, %ecx
	mov %ecx, %cr0
	ljmp $(REAL_BASE / 16), $REAL(1f)
1:	mov %cs, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	mov $0xff0, %sp
	mov %ebp, REAL(saved_esp)

	/* a table of our own: the low 1 KiB */
	lidtl REAL(real_idtr)
	xor %ax, %ax
	mov %ax, %es
	movw $REAL(on_de), %es:0
	movw $(REAL_BASE / 16), %es:2
	movw $REAL(on_ud), %es:(6 * 4)
	movw $(REAL_BASE / 16), %es:(6 * 4 + 2)
	movw $REAL(on_gp), %es:(13 * 4)
	movw $(REAL_BASE / 16), %es:(13 * 4 + 2)
	movw $REAL(on_int), %es:(0x51 * 4)
	movw $(REAL_BASE / 16), %es:(0x51 * 4 + 2)
	movw $REAL(on_irq), %es:(0x60 * 4)
	movw $(REAL_BASE / 16), %es:(0x60 * 4 + 2)

	/* 0: CR0.PE as seen; 1: CPUID; 2: a port; 3: a hypercall */
	mov %cr0, %eax
	mov %eax, REAL(real_results) + 0
	mov $0x40000000, %eax
	xor %ecx, %ecx
	cpuid
	mov %ebx, REAL(real_results) + 4
	xor %eax, %eax
	in $0x80, %al
	mov %eax, REAL(real_results) + 8
	mov REAL(real_vmcall), %al
	test %al, %al
	jz 2f
	mov $17, %eax
	xor %ebx, %ebx
	xor %ecx, %ecx
	vmcall
	mov %eax, REAL(real_results) + 12
2:
	/* 4: INT n; 5: #DE; 6: #UD; 7: #GP of an absent MSR, made by the hypervisor */
	int $0x51
	mov $1, %ax
	xor %cx, %cx
	div %cl
	ud2
	mov $0xdeadbeef, %ecx
	rdmsr
	/* 8: stack pointer: right only if no exception pushed an error code */
	xor %eax, %eax
	mov %sp, %ax
	mov %eax, REAL(real_results) + 32
	/* 9: an interrupt from the local APIC, 10: HLT woken by one (x2APIC only) */
	mov REAL(real_x2apic), %al
	test %al, %al
	jz 3f
	mov $0x83f, %ecx
	xor %edx, %edx
	mov $0x60, %eax
	wrmsr
	sti
	nop
	cli
	mov REAL(irq_count), %eax
	mov %eax, REAL(real_results) + 36
	mov $0x83f, %ecx
	xor %edx, %edx
	mov $0x60, %eax
	wrmsr
	sti
	hlt
	cli
	mov REAL(irq_count), %eax
	mov %eax, REAL(real_results) + 40
3:
	mov REAL(saved_cr0), %eax
	mov REAL(saved_esp), %ebp
	mov %eax, %cr0
	ljmpl $0x18, $real_return

on_int:
	incl %cs:REAL(real_results) + 16
	iret
on_de:
	incl %cs:REAL(real_results) + 20
	push %bp
	mov %sp, %bp
	addw $2, 2(%bp)		/* past the DIV */
	pop %bp
	iret
on_ud:
	incl %cs:REAL(real_results) + 24
	push %bp
	mov %sp, %bp
	addw $2, 2(%bp)
	pop %bp
	iret
on_gp:
	incl %cs:REAL(real_results) + 28
	push %bp
	mov %sp, %bp
	addw $2, 2(%bp)		/* past the RDMSR */
	pop %bp
	iret
on_irq:
	push %eax
	push %ecx
	push %edx
	incl %cs:REAL(irq_count)
	mov $0x80b, %ecx
	xor %eax, %eax
	xor %edx, %edx
	wrmsr
	pop %edx
	pop %ecx
	pop %eax
	iret

	.balign 4
saved_cr0:
	.long 0
saved_esp:
	.long 0
irq_count:
	.long 0
	.globl real_vmcall, real_x2apic
real_vmcall:
	.byte 0
real_x2apic:
	.byte 0
	.balign 4
real_idtr:
	.word 0x3ff
	.long 0
	.balign 4
real_results:
	.fill 16, 4, 0
real_blob_end:

	/* void real_run(void): the blob is in place, the 16-bit segments are spare 0 and 1 */
	.text
	.code32
	.globl real_run
real_run:
	push %ebx
	push %esi
	push %edi
	push %ebp
	mov %cr0, %eax
	mov $0x40, %ecx		/* 16-bit data: limits as real mode has them */
	mov %ecx, %ds
	mov %ecx, %es
	mov %ecx, %fs
	mov %ecx, %gs
	ljmp $0x38, $0
real_return:
	mov $0x10, %ecx
	mov %ecx, %ds
	mov %ecx, %es
	mov %ecx, %ss
	mov %ebp, %esp
	xor %ecx, %ecx
	mov %ecx, %fs
	mov %ecx, %gs
	pop %ebp
	pop %edi
	pop %esi
	pop %ebx
	ret

	.section .note.GNU-stack, "", @progbits
