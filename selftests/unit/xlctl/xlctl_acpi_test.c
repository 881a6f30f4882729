// SPDX-License-Identifier: GPL-2.0-only
/*
 * ACPI tables: found by walking them as a guest does, field by field as the
 * specification places them, and read by iasl and acpiexec where these are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builder/acpi.h"
#include "builder/aml.h"
#include "unit.h"

#define BASE	0xfc000000UL

static struct acpi_tables tables;

static uint64_t get(const uint8_t *table, size_t offset, size_t bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | table[offset + bytes];
	return value;
}

static uint8_t sum(const uint8_t *bytes, size_t len)
{
	uint8_t total = 0;

	while (len--)
		total = (uint8_t)(total + *bytes++);
	return total;
}

/* The table at an address, after checking what all tables have. */
static const uint8_t *table_at(uint64_t address, const char *signature)
{
	static const uint8_t nothing[300];
	const uint8_t *table = tables.data + (address - BASE);

	if (address < BASE || address - BASE > tables.size - 36 ||
	    get(table, 4, 4) > tables.size - (address - BASE)) {
		FAIL("%s lies outside of the tables", signature);
		return nothing;
	}
	EXPECT_EQ(memcmp(table, signature, 4), 0);
	EXPECT_EQ(sum(table, get(table, 4, 4)), 0);
	EXPECT_MEMEQ(table + 10, "Xen   ", 6);
	EXPECT_EQ(address % 8, 0);
	return table;
}

static const uint8_t *xsdt(void)
{
	EXPECT_MEMEQ(tables.data, "RSD PTR ", 8);
	EXPECT_EQ(sum(tables.data, 20), 0);
	EXPECT_EQ(sum(tables.data, 36), 0);
	EXPECT_EQ(get(tables.data, 15, 1), 2);
	EXPECT_EQ(get(tables.data, 16, 4), 0);
	EXPECT_EQ(get(tables.data, 20, 4), 36);
	return table_at(get(tables.data, 24, 8), "XSDT");
}

static const uint8_t *fadt(void)
{
	return table_at(get(xsdt(), 36, 8), "FACP");
}

static const uint8_t *madt(void)
{
	return table_at(get(xsdt(), 44, 8), "APIC");
}

static const uint8_t *dsdt(void)
{
	return table_at(get(fadt(), 140, 8), "DSDT");
}

TEST(roots)
{
	ASSERT_EQ(acpi_build(&tables, BASE, 1, 1, false), 0);
	EXPECT_EQ(get(xsdt(), 4, 4), 36 + 2 * 8);
	acpi_free(&tables);
	EXPECT_NULL(tables.data);
}

TEST(hardware_reduced)
{
	const uint8_t *table;
	size_t i;

	ASSERT_EQ(acpi_build(&tables, BASE, 1, 1, false), 0);
	table = fadt();
	EXPECT_EQ(get(table, 4, 4), 276);
	EXPECT_EQ(get(table, 8, 1), 6);
	EXPECT_EQ(get(table, 131, 1), 3);
	/* HW_REDUCED_ACPI, no fixed buttons, WBINVD; no reset register */
	EXPECT_EQ(get(table, 112, 4), 1U << 20 | 1U << 5 | 1U << 4 | 1U << 0);
	/* VGA not present, CMOS RTC not present; no legacy devices, no 8042 */
	EXPECT_EQ(get(table, 109, 2), 1U << 2 | 1U << 5);
	EXPECT_EQ(get(table, 40, 4), get(table, 140, 8));
	/* No FACS, no SCI, no PM block in either form, no sleep registers. */
	EXPECT_EQ(get(table, 36, 4), 0);
	EXPECT_EQ(get(table, 132, 8), 0);
	for (i = 45; i < 96; i++)
		EXPECT_EQ(table[i], 0);
	for (i = 148; i < 276; i++)
		EXPECT_EQ(table[i], 0);
	acpi_free(&tables);
}

TEST(local_apics)
{
	static const unsigned int counts[][2] = {
		{ 1, 1 }, { 2, 2 }, { 2, 4 }, { 128, 128 }, { 1, 128 }, { 127, 200 },
	};
	size_t c;

	for (c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		unsigned int vcpus = counts[c][0];
		unsigned int max_vcpus = counts[c][1];
		const uint8_t *table;
		size_t at = 44;
		unsigned int i;

		unit_context("%u of %u", vcpus, max_vcpus);
		ASSERT_EQ(acpi_build(&tables, BASE, vcpus, max_vcpus, false), 0);
		table = madt();
		EXPECT_EQ(get(table, 36, 4), 0xfee00000);
		EXPECT_EQ(get(table, 40, 4), 0);
		for (i = 0; i < max_vcpus; i++) {
			uint32_t flags = i < vcpus ? 1 : 2;

			if (2 * i <= 254) {
				EXPECT_EQ(table[at], 0);
				EXPECT_EQ(table[at + 1], 8);
				EXPECT_EQ(table[at + 2], i);
				EXPECT_EQ(table[at + 3], 2 * i);
				EXPECT_EQ(get(table, at + 4, 4), flags);
				at += 8;
			} else {
				EXPECT_EQ(table[at], 9);
				EXPECT_EQ(table[at + 1], 16);
				EXPECT_EQ(get(table, at + 2, 2), 0);
				EXPECT_EQ(get(table, at + 4, 4), 2 * i);
				EXPECT_EQ(get(table, at + 8, 4), flags);
				EXPECT_EQ(get(table, at + 12, 4), i);
				at += 16;
			}
		}
		EXPECT_EQ(get(table, 4, 4), at);
		acpi_free(&tables);
	}
}

TEST(aml_lengths)
{
	static const size_t sizes[] = { 0, 57, 58, 59, 4088, 4089, 4090, 5000, 1048560, 1048570 };
	size_t i;

	/* Content of Scope (\_SB_) { }: 5 bytes of name and what is put in. */
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t *filler = calloc(1, sizes[i] + 1);
		struct aml aml = { 0 };
		size_t start = aml_scope(&aml, "\\_SB_");
		size_t bytes, length;

		unit_context("%zu", sizes[i]);
		aml_append(&aml, filler, sizes[i]);
		aml_end(&aml, start);
		ASSERT_FALSE(aml.failed);
		bytes = 1 + (aml.data[1] >> 6);
		length = aml.data[1] & (bytes == 1 ? 63 : 15);
		if (bytes > 1)
			length |= get(aml.data, 2, bytes - 1) << 4;
		EXPECT_EQ(aml.data[0], 0x10);
		EXPECT_EQ(length, aml.len - 1);
		EXPECT_EQ(length, bytes + 5 + sizes[i]);
		EXPECT_MEMEQ(aml.data + 1 + bytes, "\\_SB_", 5);
		free(aml.data);
		free(filler);
	}
}

TEST(aml_integers)
{
	static const uint8_t expected[] = {
		0x08, 'A', '_', '_', '_', 0x00,
		0x08, 'B', '_', '_', '_', 0x01,
		0x08, 'C', '_', '_', '_', 0x0a, 0x02,
		0x08, 'D', '_', '_', '_', 0x0b, 0x00, 0x01,
		0x08, 'E', '_', '_', '_', 0x0c, 0x78, 0x56, 0x34, 0x12,
		0x08, 'F', '_', '_', '_', 0x0d, 'x', 0x00,
	};
	struct aml aml = { 0 };

	aml_name_integer(&aml, "A___", 0);
	aml_name_integer(&aml, "B___", 1);
	aml_name_integer(&aml, "C___", 2);
	aml_name_integer(&aml, "D___", 0x100);
	aml_name_integer(&aml, "E___", 0x12345678);
	aml_name_string(&aml, "F___", "x");
	EXPECT_EQ(aml.len, sizeof(expected));
	EXPECT_MEMEQ(aml.data, expected, sizeof(expected));
	free(aml.data);
}

TEST(processor_objects)
{
	static const uint8_t expected[] = {
		0x10, 0x45, 0x04, '\\', '_', 'S', 'B', '_',
		0x5b, 0x82, 0x1a, 'C', '0', '0', '0',
		0x08, '_', 'H', 'I', 'D', 0x0d, 'A', 'C', 'P', 'I', '0', '0', '0', '7', 0,
		0x08, '_', 'U', 'I', 'D', 0x00,
		0x5b, 0x82, 0x20, 'C', '0', '0', '1',
		0x08, '_', 'H', 'I', 'D', 0x0d, 'A', 'C', 'P', 'I', '0', '0', '0', '7', 0,
		0x08, '_', 'U', 'I', 'D', 0x01,
		0x08, '_', 'S', 'T', 'A', 0x00,
	};
	const uint8_t *table;
	size_t len;

	ASSERT_EQ(acpi_build(&tables, BASE, 1, 2, false), 0);
	table = dsdt();
	len = get(table, 4, 4);
	EXPECT_EQ(table[8], 2);
	EXPECT_EQ(len, 36 + sizeof(expected));
	EXPECT_MEMEQ(table + 36, expected, sizeof(expected));
	acpi_free(&tables);
}

/* Writes the tables to files, as a guest's /sys/firmware/acpi/tables has them. */
static void write_tables(const char *folder)
{
	const struct {
		const char *name;
		const uint8_t *data;
	} all[] = {
		{ "xsdt", xsdt() }, { "facp", fadt() }, { "apic", madt() }, { "dsdt", dsdt() },
	};
	char path[64];
	size_t i;

	for (i = 0; i < 4; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", folder, all[i].name);
		file = fopen(path, "w");
		ASSERT_NOT_NULL(file);
		fwrite(all[i].data, 1, get(all[i].data, 4, 4), file);
		fclose(file);
	}
}

/* Runs a shell command in @folder; returns its exit status. */
static int run_in(const char *folder, const char *command)
{
	char line[400];

	snprintf(line, sizeof(line), "cd %s && %s", folder, command);
	return system(line);
}

TEST(intels_tools_read_them)
{
	char folder[] = "/tmp/xlctl-acpi-XXXXXX";

	if (system("command -v iasl acpiexec >/dev/null 2>&1"))
		SKIP("no iasl, no acpiexec (acpica-tools)");
	ASSERT_NOT_NULL(mkdtemp(folder));
	ASSERT_EQ(acpi_build(&tables, BASE, 2, 128, true), 0);
	write_tables(folder);

	/* Whatever iasl does not like it says in its output or in the text it makes. */
	EXPECT_EQ(run_in(folder, "for t in xsdt facp apic dsdt; do iasl -d $t; done >log 2>&1"), 0);
	EXPECT_NE(run_in(folder, "grep -iE 'error|warning|invalid|unknown' log *.dsl >&2"), 0);
	EXPECT_EQ(run_in(folder, "grep -q 'Hardware Reduced (V5) : 1' facp.dsl"), 0);
	EXPECT_EQ(run_in(folder, "[ $(grep -c 'Processor Enabled : 1' apic.dsl) = 2 ]"), 0);
	EXPECT_EQ(run_in(folder, "[ $(grep -c 'Runtime Online Capable : 1' apic.dsl) = 126 ]"), 0);
	EXPECT_EQ(run_in(folder, "[ $(grep -c 'Device (C' dsdt.dsl) = 128 ]"), 0);

	/* What it disassembled compiles to the same again, behind the header. */
	EXPECT_EQ(run_in(folder, "iasl -oa -p again dsdt.dsl >log2 2>&1"), 0);
	EXPECT_EQ(run_in(folder, "grep -q '0 Errors, 0 Warnings' log2"), 0);
	EXPECT_EQ(run_in(folder, "cmp -i 36 dsdt again.aml"), 0);

	/* And ACPICA, which Linux has, too, loads it. */
	EXPECT_EQ(run_in(folder, "acpiexec -b 'evaluate \\_SB.C07F._UID' dsdt >log3 2>&1"), 0);
	EXPECT_EQ(run_in(folder, "grep -q 'Integer.*000000000000007F' log3"), 0);
	EXPECT_NE(run_in(folder, "grep -E 'ACPI (Error|Warning|Exception)' log3 >&2"), 0);
	acpi_free(&tables);
	EXPECT_EQ(run_in(folder, "rm -r \"$PWD\""), 0);
}

/* The port has no interrupt: what Linux polls by. */
TEST(serial_port)
{
	static const uint8_t device[] = {
		0x5b, 0x82, 0x2c, 'S', 'E', 'R', '1',
		0x08, '_', 'H', 'I', 'D', 0x0d, 'P', 'N', 'P', '0', '5', '0', '1', 0,
		0x08, '_', 'U', 'I', 'D', 0x01,
		0x08, '_', 'C', 'R', 'S', 0x11, 0x0d, 0x0a, 0x0a,
		0x47, 0x01, 0xf8, 0x03, 0xf8, 0x03, 0x01, 0x08, 0x79, 0x00,
	};
	const uint8_t *table;
	size_t without;

	ASSERT_EQ(acpi_build(&tables, BASE, 1, 1, false), 0);
	without = get(dsdt(), 4, 4);
	acpi_free(&tables);
	ASSERT_EQ(acpi_build(&tables, BASE, 1, 1, true), 0);
	table = dsdt();
	/* Behind the processor; the length of the scope around them may have grown by a byte. */
	EXPECT_TRUE(get(table, 4, 4) - without - sizeof(device) <= 1);
	EXPECT_MEMEQ(table + get(table, 4, 4) - sizeof(device), device, sizeof(device));
	acpi_free(&tables);
}
