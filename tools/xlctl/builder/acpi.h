/* SPDX-License-Identifier: GPL-2.0-only */
/* acpi - the ACPI tables of a PVH domain */
#ifndef XLCTL_ACPI_H
#define XLCTL_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACPI_RSDP_SIZE		36U

/**
 * struct acpi_tables - tables, ready to be copied to where they belong
 * @data: their bytes, the RSDP first
 * @size: how many
 */
struct acpi_tables {
	uint8_t *data;
	size_t size;
};

/**
 * acpi_build() - make RSDP, XSDT, FADT, MADT and DSDT
 * @tables: filled in; to be freed with acpi_free()
 * @base: guest-physical address the tables will be at, below 4 GiB, page aligned
 * @vcpus: vCPUs that are enabled
 * @max_vcpus: vCPUs; those from @vcpus on are listed as online-capable
 * @serial: there is a serial port at 0x3f8
 *
 * The local APIC of vCPU n has the ID 2n, its processor UID is n.
 *
 * Return: 0 or -ENOMEM.
 */
int acpi_build(struct acpi_tables *tables, uint64_t base, unsigned int vcpus,
	       unsigned int max_vcpus, bool serial);

/**
 * acpi_free() - free tables
 * @tables: the tables; empty afterwards
 */
void acpi_free(struct acpi_tables *tables);

#endif /* XLCTL_ACPI_H */
