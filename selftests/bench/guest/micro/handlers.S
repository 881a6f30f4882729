/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt handlers that read the TSC with their first instructions, so that
 * "until the handler runs" means just that.
 */
	.text
	.globl bench_ipi_entry, bench_upcall_entry, bench_mark, bench_mark_here

/* What a tracer waits for. */
bench_mark:
bench_mark_here:
	ret

/* x2APIC: EOI is a register write. */
bench_ipi_entry:
	push %rax
	push %rdx
	rdtsc
	mov %eax, bench_stamp
	mov %edx, bench_stamp + 4
	push %rcx
	mov $0x80b, %ecx
	xor %eax, %eax
	xor %edx, %edx
	wrmsr
	pop %rcx
	incl bench_seen
	pop %rdx
	pop %rax
	iretq

/*
 * Global callback vector: no EOI. The least a guest does for a 2-level event of
 * which it knows the port: flag, selector, pending bit.
 */
bench_upcall_entry:
	push %rax
	push %rdx
	rdtsc
	mov %eax, bench_stamp
	mov %edx, bench_stamp + 4
	push %rcx
	mov bench_vcpu_info, %rcx
	movb $0, (%rcx)
	xor %eax, %eax
	xchg %rax, 8(%rcx)
	mov bench_pending_word, %rcx
	mov bench_pending_bit, %eax
	lock btr %rax, (%rcx)
	pop %rcx
	incl bench_seen
	pop %rdx
	pop %rax
	iretq

	.section .note.GNU-stack, "", @progbits
