// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ACPI tables of a PVH domain, after the ACPI specification 6.3.
 *
 * A PVH domain has no ACPI hardware, and HW_REDUCED_ACPI in the FADT says so:
 * no PM registers, no SCI, no FACS.  What guests want from the tables is the
 * MADT: Linux starts neither other CPUs nor its Xen timer without an entry for
 * a local APIC in it.  There is no I/O APIC and no 8259, so PCAT_COMPAT is
 * clear.  The DSDT has a processor object for each vCPU and no sleep state, so
 * that a guest powers off by halting all its CPUs, as on Xen.  If the domain has a serial
 * port, the DSDT has it too.
 */
#include "builder/acpi.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/aml.h"

#define ACPI_OEM_ID		"Xen   "
#define ACPI_OEM_TABLE_ID	"XLHV    "
#define ACPI_CREATOR_ID		"XLHV"

struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} __attribute__((packed));

struct acpi_rsdp {
	char signature[8];
	uint8_t checksum;
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} __attribute__((packed));

struct acpi_xsdt {
	struct acpi_header header;
	uint64_t fadt;
	uint64_t madt;
} __attribute__((packed));

/* Generic address structure; none of the registers exists, so all are zero. */
struct acpi_address {
	uint8_t bytes[12];
};

struct acpi_fadt {
	struct acpi_header header;
	uint32_t firmware_ctrl;
	uint32_t dsdt;
	uint8_t reserved1;
	uint8_t pm_profile;
	uint16_t sci_int;
	uint32_t smi_cmd;
	uint8_t smi_values[4];
	uint32_t pm_blocks[8];
	uint8_t pm_lengths[8];
	uint16_t p_lvl2_lat;
	uint16_t p_lvl3_lat;
	uint16_t flush_size;
	uint16_t flush_stride;
	uint8_t duty_offset;
	uint8_t duty_width;
	uint8_t rtc_indices[3];
	uint16_t iapc_boot_arch;
	uint8_t reserved2;
	uint32_t flags;
	struct acpi_address reset_reg;
	uint8_t reset_value;
	uint16_t arm_boot_arch;
	uint8_t minor_revision;
	uint64_t x_firmware_ctrl;
	uint64_t x_dsdt;
	struct acpi_address x_pm_blocks[8];
	struct acpi_address sleep_control;
	struct acpi_address sleep_status;
	uint64_t hypervisor_id;
} __attribute__((packed));

/* 6.3 is the first whose MADT has the online-capable flag. */
#define ACPI_FADT_MAJOR		6
#define ACPI_FADT_MINOR		3

/* Latencies that say: no such state. */
#define ACPI_NO_C2		101
#define ACPI_NO_C3		1001

#define ACPI_FADT_WBINVD	(1U << 0)
#define ACPI_FADT_PWR_BUTTON	(1U << 4)	/* no fixed power button */
#define ACPI_FADT_SLP_BUTTON	(1U << 5)	/* no fixed sleep button */
#define ACPI_FADT_HW_REDUCED	(1U << 20)

#define ACPI_BOOT_NO_VGA	(1U << 2)
#define ACPI_BOOT_NO_CMOS_RTC	(1U << 5)

struct acpi_madt {
	struct acpi_header header;
	uint32_t lapic_address;
	uint32_t flags;
} __attribute__((packed));

struct acpi_madt_lapic {
	uint8_t type;
	uint8_t length;
	uint8_t uid;
	uint8_t apic_id;
	uint32_t flags;
} __attribute__((packed));

struct acpi_madt_x2apic {
	uint8_t type;
	uint8_t length;
	uint16_t reserved;
	uint32_t x2apic_id;
	uint32_t flags;
	uint32_t uid;
} __attribute__((packed));

#define ACPI_MADT_REVISION	5
#define ACPI_MADT_LAPIC		0
#define ACPI_MADT_X2APIC	9
#define ACPI_LAPIC_ENABLED	(1U << 0)
#define ACPI_LAPIC_ONLINE_CAP	(1U << 1)
#define ACPI_LAPIC_ADDRESS	0xfee00000U
/* 255 is everybody. */
#define ACPI_LAPIC_MAX_ID	254U

#define ACPI_DSDT_REVISION	2	/* integers have 64 bits */
#define ACPI_PROCESSOR_HID	"ACPI0007"
#define ACPI_SERIAL_HID		"PNP0501"	/* 16550A */

_Static_assert(sizeof(struct acpi_rsdp) == ACPI_RSDP_SIZE, "RSDP of revision 2");
_Static_assert(sizeof(struct acpi_fadt) == 276, "FADT of ACPI 6.3");

static uint8_t acpi_checksum(const void *table, size_t size)
{
	const uint8_t *p = table;
	uint8_t sum = 0;

	while (size--)
		sum = (uint8_t)(sum + *p++);
	return (uint8_t)-sum;
}

static void acpi_header(struct acpi_header *header, const char *signature, uint8_t revision)
{
	memset(header, 0, sizeof(*header));
	memcpy(header->signature, signature, sizeof(header->signature));
	header->revision = revision;
	memcpy(header->oem_id, ACPI_OEM_ID, sizeof(header->oem_id));
	memcpy(header->oem_table_id, ACPI_OEM_TABLE_ID, sizeof(header->oem_table_id));
	header->oem_revision = htole32(1);
	memcpy(header->creator_id, ACPI_CREATOR_ID, sizeof(header->creator_id));
	header->creator_revision = htole32(1);
}

/* Fills in what depends on the rest of a table. */
static void acpi_seal(void *table, size_t size)
{
	struct acpi_header *header = table;

	header->length = htole32((uint32_t)size);
	header->checksum = 0;
	header->checksum = acpi_checksum(table, size);
}

static void acpi_make_rsdp(struct acpi_rsdp *rsdp, uint64_t xsdt)
{
	memset(rsdp, 0, sizeof(*rsdp));
	memcpy(rsdp->signature, "RSD PTR ", sizeof(rsdp->signature));
	memcpy(rsdp->oem_id, ACPI_OEM_ID, sizeof(rsdp->oem_id));
	rsdp->revision = 2;
	rsdp->length = htole32(sizeof(*rsdp));
	rsdp->xsdt = htole64(xsdt);
	/* The first checksum is that of revision 0, without length and all behind it. */
	rsdp->checksum = acpi_checksum(rsdp, offsetof(struct acpi_rsdp, length));
	rsdp->extended_checksum = acpi_checksum(rsdp, sizeof(*rsdp));
}

static void acpi_make_fadt(struct acpi_fadt *fadt, uint64_t dsdt)
{
	memset(fadt, 0, sizeof(*fadt));
	acpi_header(&fadt->header, "FACP", ACPI_FADT_MAJOR);
	fadt->minor_revision = ACPI_FADT_MINOR;
	fadt->dsdt = htole32((uint32_t)dsdt);
	fadt->x_dsdt = htole64(dsdt);
	fadt->p_lvl2_lat = htole16(ACPI_NO_C2);
	fadt->p_lvl3_lat = htole16(ACPI_NO_C3);
	fadt->iapc_boot_arch = htole16(ACPI_BOOT_NO_VGA | ACPI_BOOT_NO_CMOS_RTC);
	fadt->flags = htole32(ACPI_FADT_WBINVD | ACPI_FADT_PWR_BUTTON | ACPI_FADT_SLP_BUTTON |
			      ACPI_FADT_HW_REDUCED);
	acpi_seal(fadt, sizeof(*fadt));
}

/* Appends a MADT; its size depends on how many entries are of the longer kind. */
static void acpi_append_madt(struct aml *out, unsigned int vcpus, unsigned int max_vcpus)
{
	struct acpi_madt madt = { .lapic_address = htole32(ACPI_LAPIC_ADDRESS) };
	size_t start = out->len;
	unsigned int i;

	acpi_header(&madt.header, "APIC", ACPI_MADT_REVISION);
	aml_append(out, &madt, sizeof(madt));
	for (i = 0; i < max_vcpus; i++) {
		uint32_t flags = htole32(i < vcpus ? ACPI_LAPIC_ENABLED : ACPI_LAPIC_ONLINE_CAP);
		uint32_t apic_id = 2 * i;

		if (apic_id <= ACPI_LAPIC_MAX_ID) {
			struct acpi_madt_lapic entry = {
				.type = ACPI_MADT_LAPIC,
				.length = sizeof(entry),
				.uid = (uint8_t)i,
				.apic_id = (uint8_t)apic_id,
				.flags = flags,
			};

			aml_append(out, &entry, sizeof(entry));
		} else {
			struct acpi_madt_x2apic entry = {
				.type = ACPI_MADT_X2APIC,
				.length = sizeof(entry),
				.x2apic_id = htole32(apic_id),
				.flags = flags,
				.uid = htole32(i),
			};

			aml_append(out, &entry, sizeof(entry));
		}
	}
	if (!out->failed)
		acpi_seal(out->data + start, out->len - start);
}

/*
 * The serial port.  That its resources have no interrupt is why it is here: drivers that
 * find the port by its address believe that it has that of a PC, and fail to get it.
 */
static void acpi_append_serial(struct aml *out)
{
	static const uint8_t resources[] = {
		0x47,			/* I/O ports, */
		0x01,			/* of which all 16 bits are decoded, */
		0xf8, 0x03, 0xf8, 0x03,	/* from here to here, */
		0x01, 0x08,		/* aligned to 1, 8 of them */
		0x79, 0x00,		/* the end, without a checksum */
	};
	size_t device = aml_device(out, "SER1");

	aml_name_string(out, "_HID", ACPI_SERIAL_HID);
	aml_name_integer(out, "_UID", 1);
	aml_name_bytes(out, "_CRS", resources, sizeof(resources));
	aml_end(out, device);
}

static void acpi_append_dsdt(struct aml *out, unsigned int vcpus, unsigned int max_vcpus,
			     bool serial)
{
	struct acpi_header header;
	size_t start = out->len;
	unsigned int i;
	size_t scope;

	acpi_header(&header, "DSDT", ACPI_DSDT_REVISION);
	aml_append(out, &header, sizeof(header));
	scope = aml_scope(out, "\\_SB_");
	for (i = 0; i < max_vcpus; i++) {
		size_t device;
		char name[8];

		snprintf(name, sizeof(name), "C%03X", i & 0xfff);
		device = aml_device(out, name);
		aml_name_string(out, "_HID", ACPI_PROCESSOR_HID);
		aml_name_integer(out, "_UID", i);
		/* Not there yet. */
		if (i >= vcpus)
			aml_name_integer(out, "_STA", 0);
		aml_end(out, device);
	}
	if (serial)
		acpi_append_serial(out);
	aml_end(out, scope);
	if (!out->failed)
		acpi_seal(out->data + start, out->len - start);
}

/* Goes on at an address that a table may have: Linux wants 8, a cache line looks better. */
static uint64_t acpi_align(struct aml *out)
{
	static const uint8_t zeroes[64];

	aml_append(out, zeroes, -out->len & 63);
	return out->len;
}

int acpi_build(struct acpi_tables *tables, uint64_t base, unsigned int vcpus,
	       unsigned int max_vcpus, bool serial)
{
	struct aml out = { 0 };
	struct acpi_rsdp rsdp = { 0 };
	struct acpi_xsdt xsdt;
	struct acpi_fadt fadt;
	uint64_t at_xsdt, at_fadt;

	/* Room for those that point to others, which are written last. */
	aml_append(&out, &rsdp, sizeof(rsdp));
	at_xsdt = acpi_align(&out);
	memset(&xsdt, 0, sizeof(xsdt));
	aml_append(&out, &xsdt, sizeof(xsdt));
	at_fadt = acpi_align(&out);
	memset(&fadt, 0, sizeof(fadt));
	aml_append(&out, &fadt, sizeof(fadt));

	acpi_header(&xsdt.header, "XSDT", 1);
	xsdt.fadt = htole64(base + at_fadt);
	xsdt.madt = htole64(base + acpi_align(&out));
	acpi_append_madt(&out, vcpus, max_vcpus);
	acpi_make_fadt(&fadt, base + acpi_align(&out));
	acpi_append_dsdt(&out, vcpus, max_vcpus, serial);
	if (out.failed) {
		free(out.data);
		return -ENOMEM;
	}

	acpi_seal(&xsdt, sizeof(xsdt));
	acpi_make_rsdp(&rsdp, base + at_xsdt);
	memcpy(out.data, &rsdp, sizeof(rsdp));
	memcpy(out.data + at_xsdt, &xsdt, sizeof(xsdt));
	memcpy(out.data + at_fadt, &fadt, sizeof(fadt));
	tables->data = out.data;
	tables->size = out.len;
	return 0;
}

void acpi_free(struct acpi_tables *tables)
{
	free(tables->data);
	tables->data = NULL;
	tables->size = 0;
}
