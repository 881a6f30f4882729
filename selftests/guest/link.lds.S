/* SPDX-License-Identifier: GPL-2.0-only */
/* Linked and loaded at 1 MiB, one to one; one loadable segment and the PVH note. */
#ifdef __x86_64__
OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
#else
OUTPUT_FORMAT(elf32-i386)
OUTPUT_ARCH(i386)
#endif
ENTRY(start32)

PHDRS
{
	text PT_LOAD FLAGS(7);
	note PT_NOTE FLAGS(4);
}

SECTIONS
{
	. = 0x100000;
	image_start = .;

	.text : { *(.text.entry) *(.text .text.*) } :text
	.note.Xen : { KEEP(*(.note.Xen)) } :text :note
	.rodata : {
		*(.rodata .rodata.*)
		. = ALIGN(8);
		extable_start = .;
		KEEP(*(.extable))
		extable_end = .;
	} :text

	/* Ring 3 may touch these pages, and nothing else. */
	. = ALIGN(4096);
	user_start = .;
	.user : {
		*(.user.text)
		. = ALIGN(4096);
		*(.user.data)
		. = ALIGN(4096);
		user_stack = .;
		. += 4096;
		user_stack_end = .;
	} :text
	user_end = .;

	.data : { *(.data .data.*) } :text
	.bss : { *(.bss .bss.*) *(COMMON) } :text
	. = ALIGN(4096);
	image_end = .;

	/DISCARD/ : {
		*(.comment) *(.eh_frame*) *(.note.gnu*) *(.note.GNU-stack)
		*(.debug_gnu_pub*) *(.gnu.*)
	}
}
