/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot loader of the emulated machine.
 *
 * Sector 0 is a boot sector, sectors 1 to 7 hold the rest of this blob, which ends with a table of
 * what to load: { first sector, sectors, physical address }, closed by a zero sector count.  The
 * harness (harness/disk.py) fills the table and appends the data.
 *
 * With everything in memory the kernel's own 16-bit setup code is entered, so that the memory map
 * and the like are collected as on any machine.  It ends by jumping to code32_start, which points
 * at enter32 below instead of at the kernel's decompressor: the image is in memory uncompressed
 * already, which saves the emulator half a billion instructions and more.
 */
	.set	ORIGIN,		0x7c00
	.set	BOUNCE,		0x10000		/* buffer below 1 MiB for the BIOS */
	.set	BOUNCE_SECTORS,	96
	.set	PAGE_TABLE2,	0x1000		/* four pages */
	.set	PAGE_TABLE4,	0x5000
	.set	PAGE_TABLE3,	0x6000
	.set	SETUP_SEGMENT,	0x9000
	.set	FLAT_CODE32,	0x10		/* as the 32-bit boot protocol wants it */
	.set	FLAT_DATA,	0x18
	.set	CODE64,		0x20
	.set	PORT_CONSOLE,	0xe9

	.code16
	.globl	_start
_start:
	ljmp	$0, $begin
begin:
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$ORIGIN, %sp
	cld
	movb	%dl, boot_drive
	movw	$7, packet_count
	movw	$(ORIGIN + 512), packet_offset
	movw	$0, packet_segment
	movl	$1, packet_sector
	call	read_packet
	jmp	stage2

/* Read what the packet says, or give up with a line for the harness. */
read_packet:
	movb	boot_drive, %dl
	movw	$packet, %si
	movb	$0x42, %ah
	int	$0x13
	jc	failed
	ret

failed:
	movw	$message, %si
	movw	$PORT_CONSOLE, %dx
1:	lodsb
	testb	%al, %al
	jz	2f
	outb	%al, %dx
	jmp	1b
2:	cli
	hlt
	jmp	2b

message:	.asciz	"loader: cannot read the boot disk\n"
boot_drive:	.byte	0
	.balign	4
packet:		.byte	16, 0
packet_count:	.word	0
packet_offset:	.word	0
packet_segment:	.word	0
packet_sector:	.long	0, 0
	.balign	8
gdt:	.quad	0
	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
	.quad	0x00af9b000000ffff
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt

	.org	510
	.word	0xaa55

stage2:
	inb	$0x92, %al			/* address line 20 */
	orb	$2, %al
	andb	$0xfe, %al
	outb	%al, $0x92
	lgdt	gdt_pointer
	movw	$table, %bx
next_record:
	movl	(%bx), %eax			/* sector */
	movl	4(%bx), %ecx			/* sectors left */
	movl	8(%bx), %edi			/* address */
	testl	%ecx, %ecx
	jz	enter_setup
next_run:
	movl	$BOUNCE_SECTORS, %edx
	cmpl	%ecx, %edx
	jbe	1f
	movl	%ecx, %edx
1:	movw	%dx, packet_count
	movl	%eax, packet_sector
	movw	$0, packet_offset
	movw	$(BOUNCE >> 4), packet_segment
	pushal
	call	read_packet
	popal
	addl	%edx, %eax
	subl	%edx, %ecx
	pushl	%ecx
	pushl	%eax
	/* Copy it up, with data segments that reach all memory. */
	movl	$BOUNCE, %esi
	movl	%edx, %ecx
	shll	$7, %ecx
	cli
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	movw	$FLAT_DATA, %dx
	movw	%dx, %ds
	movw	%dx, %es
	addr32 rep movsl
	andb	$0xfe, %al
	movl	%eax, %cr0
	xorw	%dx, %dx
	movw	%dx, %ds
	movw	%dx, %es
	sti
	popl	%eax
	popl	%ecx
	testl	%ecx, %ecx
	jnz	next_run
	addw	$12, %bx
	jmp	next_record

enter_setup:
	cli
	movw	$SETUP_SEGMENT, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	movw	$0xdff0, %sp
	ljmp	$(SETUP_SEGMENT + 0x20), $0

	.org	0x400
entry:	.long	0				/* where the kernel starts, by the harness */
	.org	0x410
table:
	.org	0x600
	/* At 0x8200: %esi has the boot parameters, segments are flat, interrupts off. */
	.code32
enter32:
	xorl	%eax, %eax
	movl	$PAGE_TABLE4, %edi
	movl	$2048, %ecx
	rep stosl
	movl	$(PAGE_TABLE3 | 7), PAGE_TABLE4
	movl	$(PAGE_TABLE2 | 7), PAGE_TABLE3
	movl	$((PAGE_TABLE2 + 0x1000) | 7), PAGE_TABLE3 + 8
	movl	$((PAGE_TABLE2 + 0x2000) | 7), PAGE_TABLE3 + 16
	movl	$((PAGE_TABLE2 + 0x3000) | 7), PAGE_TABLE3 + 24
	movl	$PAGE_TABLE2, %edi
	movl	$0x87, %eax			/* the first 4 GiB, one to one, by 2 MiB: */
1:	movl	%eax, (%edi)			/* older CPUs have no larger pages */
	movl	$0, 4(%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	jnc	1b
	lgdt	gdt_pointer
	movl	%cr4, %eax
	orl	$0x20, %eax			/* PAE */
	movl	%eax, %cr4
	movl	$PAGE_TABLE4, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx		/* EFER.LME */
	rdmsr
	orl	$0x100, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000001, %eax		/* PG, PE */
	movl	%eax, %cr0
	ljmp	$CODE64, $enter64
	.code64
enter64:
	movl	$FLAT_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%esi, %esi
	movl	entry, %eax
	jmp	*%rax
	.org	0x1000
