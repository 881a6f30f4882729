/* SPDX-License-Identifier: GPL-2.0-only */
/* Other vCPUs: bring-up by either path, and running functions on them. */
#ifndef GUEST_SMP_H
#define GUEST_SMP_H

#include "percpu.h"
#include "types.h"

struct vcpu_hvm_context;

enum smp_path {
	SMP_SIPI,		/* INIT, start-up IPI, as an operating system does */
	SMP_VCPUOP,		/* VCPUOP_initialise and VCPUOP_up */
};

/* vCPUs by the MADT; 1 when there are no ACPI tables. */
unsigned int smp_count(void);
/* APIC id of a vCPU by the MADT; without ACPI tables as Xen numbers them. */
u32 smp_apic_id(u32 vcpu);

/**
 * smp_start - bring one vCPU up
 * @vcpu: its number, 1 and up
 * @path: which mechanism
 *
 * The vCPU loads its tables, enables its local APIC and waits for smp_call().
 * Return: true once it says it runs; false after a second without that.
 */
bool smp_start(u32 vcpu, enum smp_path path);

/**
 * smp_call - run a function on another vCPU
 * @vcpu: a started one
 * @fn: run with interrupts off on that vCPU's stack
 * @arg: its argument
 *
 * smp_wait() waits for its end. Return: false if it did not end in @us microseconds.
 */
void smp_call(u32 vcpu, void (*fn)(void *arg), void *arg);
bool smp_wait(u32 vcpu, u32 us);

void smp_cpu_start(struct cpu *cpu) __noreturn;

/**
 * smp_context32 - a state for VCPUOP_initialise
 * @ctx: filled: flat segments over all addresses, 32 bits, no paging
 * @start: first instruction
 */
void smp_context32(struct vcpu_hvm_context *ctx, unsigned long start);

/**
 * acpi_table - find an ACPI table from the start info's RSDP
 * @sig: four characters
 * Return: its address, or NULL.
 */
const void *acpi_table(const char *sig);

#endif
