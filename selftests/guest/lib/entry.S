/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PVH entry. The state that the domain starts with is written down before any
 * instruction changes it (tests compare it with the ABI); then paging and long
 * mode are switched on as the environment wants, and C begins.
 */
#include "asm.h"

	.section .note.Xen, "a", @note
	.balign 4
	.long 4
#ifdef __x86_64__
	.long 8			/* both descriptor sizes are in use by guests: 8 here … */
#else
	.long 4			/* … and 4 in the 32-bit environments */
#endif
	.long 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
#ifdef __x86_64__
	.quad start32
#else
	.long start32
#endif

	.section .text.entry, "ax"
	.code32
	.globl start32
start32:
	/* Layout: struct entry_state in entry.h. */
	movl %eax, entry_state + 0
	movl %ebx, entry_state + 4
	movl %ecx, entry_state + 8
	movl %edx, entry_state + 12
	movl %esi, entry_state + 16
	movl %edi, entry_state + 20
	movl %ebp, entry_state + 24
	movl %esp, entry_state + 28
	movl $bsp_stack + STACK_SIZE, %esp
	pushfl
	popl entry_state + 32
	movl %cr0, %eax
	movl %eax, entry_state + 36
	movl %cr2, %eax
	movl %eax, entry_state + 40
	movl %cr3, %eax
	movl %eax, entry_state + 44
	movl %cr4, %eax
	movl %eax, entry_state + 48
	movl %dr0, %eax
	movl %eax, entry_state + 52
	movl %dr1, %eax
	movl %eax, entry_state + 56
	movl %dr2, %eax
	movl %eax, entry_state + 60
	movl %dr3, %eax
	movl %eax, entry_state + 64
	movl %dr6, %eax
	movl %eax, entry_state + 68
	movl %dr7, %eax
	movl %eax, entry_state + 72
	movl $0xc0000080, %ecx
	rdmsr
	movl %eax, entry_state + 76
	movl %edx, entry_state + 80
	movw %cs, entry_state + 84
	movw %ds, entry_state + 86
	movw %es, entry_state + 88
	movw %fs, entry_state + 90
	movw %gs, entry_state + 92
	movw %ss, entry_state + 94
	str entry_state + 96
	sldt entry_state + 98
	sgdtl entry_state + 100
	sidtl entry_state + 106

	/* A test that wants a look at the hidden segment state supplies this. */
	call entry_probe

	movl $cpus, bsp_stack
	jmp cpu_start32

	/* From the trampoline: the table is loaded, DS is still a real-mode segment. */
sipi_start32:
	movl $SEL_KDS, %eax
	movl %eax, %ds

	/* The other vCPUs arrive here too, flat segments and %esp set. */
	.globl cpu_start32
cpu_start32:
	lgdtl boot_gdtr
	movl $SEL_KDS, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	lldt %ax
	ljmpl $SEL_KCS32, $1f
1:
#if PT_LEVELS
	movl %cr4, %eax
#if PT_LEVELS >= 3
	orl $(1 << 5), %eax	/* PAE */
#else
	orl $(1 << 4), %eax	/* PSE */
#endif
	movl %eax, %cr4
	movl $boot_pgd, %eax
	movl %eax, %cr3
#endif
#ifdef __x86_64__
	movl $0xc0000080, %ecx
	rdmsr
	orl $(1 << 8), %eax	/* LME */
	wrmsr
#endif
	/* PE MP ET NE WP AM, and PG where there are tables */
	movl $0x50033, %eax
#if PT_LEVELS
	orl $(1 << 31), %eax
#endif
	movl %eax, %cr0
	xorl %ebp, %ebp
#ifdef __x86_64__
	ljmpl $SEL_KCS64, $2f
	.code64
2:
	movl %esp, %esp
	xorl %eax, %eax
	movl %eax, %ds
	movl %eax, %es
	movl $SEL_KDS, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	call cpu_main
#else
	call cpu_main
#endif
3:	cli
	hlt
	jmp 3b

	.code32
	.weak entry_probe
entry_probe:
	ret

/*
 * The real-mode start of another vCPU. smp.c copies it to TRAMPOLINE and stores
 * that vCPU's stack pointer in the last word before it sends the start-up IPI.
 */
	.section .rodata
	.globl trampoline_start, trampoline_end
	.code16
trampoline_start:
	cli
	movw %cs, %ax
	movw %ax, %ds
	lgdtl trampoline_gdtr - trampoline_start
	movl trampoline_stack - trampoline_start, %esp
	movl %cr0, %eax
	/* CD and NW are set after INIT; clearing them is what firmware would do. */
	andl $~0x60000000, %eax
	orl $1, %eax
	movl %eax, %cr0
	ljmpl $SEL_KCS32, $sipi_start32
	.balign 4
trampoline_gdtr:
	.word GDT_BYTES - 1
	.long gdt
	.balign 4
trampoline_stack:
	.long 0
trampoline_end:

	.data
	.balign 8
boot_gdtr:
	.word GDT_BYTES - 1
	.long gdt

#if PT_LEVELS
	.balign 4096
	.globl boot_pgd
#if PT_LEVELS == 4
boot_pgd:
	.quad boot_pdpt + 7
	.fill 511, 8, 0
boot_pdpt:
	.quad boot_pd + 7
	.quad boot_pd + 0x1007
	.quad boot_pd + 0x2007
	.quad boot_pd + 0x3007
	.fill 508, 8, 0
#elif PT_LEVELS == 3
boot_pgd:			/* .quad of an address needs a relocation i386 has not */
	.set i, 1
	.rept 4
	.long boot_pd + i, 0
	.set i, i + 4096
	.endr
	.balign 4096
#endif
#if PT_LEVELS >= 3
boot_pd:			/* the low 4 GiB, one to one, 2 MiB pages, supervisor */
	.set i, 0
	.rept 2048
	.quad (i << 21) + 0x83
	.set i, i + 1
	.endr
#else
boot_pgd:			/* the same in 4 MiB pages */
	.set i, 0
	.rept 1024
	.long (i << 22) + 0x83
	.set i, i + 1
	.endr
#endif
#endif

	.bss
	.balign STACK_SIZE
	.globl bsp_stack
bsp_stack:
	.skip STACK_SIZE

	.section .note.GNU-stack, "", @progbits
