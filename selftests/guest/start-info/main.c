// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: the start info, its memory map, module list, command line and the ACPI
 * tables it leads to are complete, consistent and where the ABI allows.
 *
 * Why: this is all a PVH guest learns of its machine. Linux reads it through a
 * map of the first GiB, BUGs on a wrong magic, and has no timer without a MADT.
 */
#include "guest.h"

#include <xen/features.h>

static void header(void)
{
	const struct hvm_start_info *si = start_info;

	require(si, "no start info");
	expect_eq(si->magic, XEN_HVM_START_MAGIC_VALUE, "magic");
	expect_eq(si->version, 1, "version");
	expect_eq(si->flags, 0, "flags of an unprivileged domain");
	expect_eq(si->reserved, 0, "reserved");
	expect((unsigned long)si + sizeof(*si) <= 0x40000000, "start info at %p, above 1 GiB", si);
	expect(mem_is_ram((unsigned long)si, sizeof(*si)), "start info is not in RAM");
	expect((unsigned long)si >= (unsigned long)image_end || (unsigned long)si < 0x100000,
	       "start info inside the image");
	expect(!(si->nr_modules && !si->modlist_paddr), "modules without a list");
}

static void cmdline(void)
{
	require(start_info && start_info->cmdline_paddr, "no command line");
	expect(start_info->cmdline_paddr < 0x40000000, "command line above 1 GiB");
	expect_eq(opt_u64("marker", 0), 0x5a17, "option on the command line");
	/* whether what xl.cfg says arrives unchanged, spaces and all */
	expect(strstr((const char *)(unsigned long)start_info->cmdline_paddr, "last=word"),
	       "the end of the command line is lost");
}

static void memmap(void)
{
	u64 want = opt_u64("ram_mib", 0) << 20, sum = mem_ram_bytes();
	const struct hvm_memmap_table_entry *m;
	unsigned int i, j, n;

	m = mem_map(&n);
	require(m && n, "no memory map");
	expect(n <= 128, "%u entries, more than an e820 table of a guest holds", n);
	expect((unsigned long)m + n * sizeof(*m) <= 0x40000000, "map above 1 GiB");
	expect(mem_is_ram((unsigned long)m, n * sizeof(*m)), "the map itself is not in RAM");
	for (i = 0; i < n; i++) {
		printf("# %016llx + %012llx type %u\n", (unsigned long long)m[i].addr,
		       (unsigned long long)m[i].size, m[i].type);
		expect_eq(m[i].reserved, 0, "entry %u: reserved", i);
		expect(m[i].size, "entry %u is empty", i);
		expect(m[i].addr + m[i].size > m[i].addr, "entry %u wraps", i);
		expect(m[i].type >= 1 && m[i].type <= 7, "entry %u: type %u", i, m[i].type);
		for (j = 0; j < i; j++)
			expect(m[j].addr + m[j].size <= m[i].addr,
			       "entries %u and %u: order or overlap",
			       j, i);
	}
	expect_eq(m[0].addr, 0, "first entry's address");
	expect_eq(m[0].type, XEN_HVM_MEMMAP_TYPE_RAM, "first entry's type");
	expect(mem_is_ram(0, 0xa0000), "low memory for a real-mode trampoline is not RAM");
	expect(mem_is_ram((unsigned long)image_start, image_end - image_start),
	       "the image is not in RAM");
	if (want)
		expect(sum <= want && sum + (1 << 20) > want,
		       "RAM is %llu bytes of %llu configured",
		       (unsigned long long)sum, (unsigned long long)want);
	/* the local APIC's page must not be offered as memory */
	expect(!mem_is_ram(APIC_PAGE, PAGE_SIZE), "APIC page listed as RAM");
}

static void special_pages(void)
{
	static const struct { u32 param; const char *name; } p[] = {
		{ HVM_PARAM_CONSOLE_PFN, "console ring" },
		{ HVM_PARAM_STORE_PFN, "xenstore ring" },
	};
	unsigned int i;
	u64 pfn;

	skip_if(!xen.present, "no hypercalls here");
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		expect_rc(hvm_param_get(p[i].param, &pfn), 0, "%s: get_param", p[i].name);
		if (!pfn)
			continue;
		expect(!mem_is_ram(pfn << PAGE_SHIFT, PAGE_SIZE), "%s (gfn %#llx) is listed as RAM",
		       p[i].name, (unsigned long long)pfn);
	}
}

static u8 sum_bytes(const void *p, size_t n)
{
	const u8 *b = p;
	u8 s = 0;

	while (n--)
		s += *b++;
	return s;
}

static void table_check(const char *sig)
{
	const u8 *t = acpi_table(sig);
	u32 len;

	if (!expect(t, "no table %s", sig))
		return;
	memcpy(&len, t + 4, 4);
	expect(len >= 36 && len < 0x10000, "%s: length %u", sig, len);
	expect_eq(sum_bytes(t, len), 0, "%s: checksum", sig);
}

static void acpi(void)
{
	const u8 *rsdp, *fadt, *dsdt;
	u32 flags, len;
	u64 x_dsdt;

	require(start_info && start_info->rsdp_paddr, "no RSDP");
	rsdp = (void *)(unsigned long)start_info->rsdp_paddr;
	require(!memcmp(rsdp, "RSD PTR ", 8), "RSDP signature");
	expect_eq(sum_bytes(rsdp, 20), 0, "RSDP checksum");
	expect_eq(rsdp[15], 2, "RSDP revision");
	expect_eq(sum_bytes(rsdp, 36), 0, "RSDP extended checksum");
	table_check("FACP");
	table_check("APIC");
	fadt = acpi_table("FACP");
	require(fadt, "no FADT");
	expect(fadt[8] >= 5, "FADT revision %u cannot say that there is no RTC", fadt[8]);
	memcpy(&len, fadt + 4, 4);
	require(len >= 244, "FADT of %u bytes", len);
	memcpy(&flags, fadt + 112, 4);
	expect(fadt[109] & 0x4, "FADT: VGA not said to be absent");
	expect(fadt[109] & 0x20, "FADT: CMOS RTC not said to be absent");
	expect(!(fadt[109] & 0x2), "FADT: 8042 said to be present");
	memcpy(&x_dsdt, fadt + 140, 8);
	if (!x_dsdt) {
		u32 d;

		memcpy(&d, fadt + 40, 4);
		x_dsdt = d;
	}
	dsdt = (void *)(unsigned long)x_dsdt;
	require(dsdt && !memcmp(dsdt, "DSDT", 4), "FADT leads to no DSDT");
	memcpy(&len, dsdt + 4, 4);
	expect_eq(sum_bytes(dsdt, len), 0, "DSDT checksum");
}

static void madt(void)
{
	u64 vcpus = opt_u64("vcpus", 1);

	require(acpi_table("APIC"), "no MADT");
	expect_eq(smp_count(), vcpus, "enabled local APICs in the MADT");
	expect_eq(smp_apic_id(0), lapic_id(), "MADT's APIC id of vCPU 0");
}

static void modules(void)
{
	const struct hvm_modlist_entry *mod;
	u64 size = opt_u64("module_size", 0);

	if (!opt_u64("module", 0)) {
		expect_eq(start_info ? start_info->nr_modules : 0, 0, "modules without a ramdisk");
		return;
	}
	require(start_info && start_info->nr_modules == 1, "one module expected");
	mod = (void *)(unsigned long)start_info->modlist_paddr;
	expect(mod->paddr + mod->size <= 0x100000000ULL, "module above 4 GiB");
	expect(mem_is_ram(mod->paddr, mod->size), "module is not in RAM");
	expect(!(mod->paddr & ~PAGE_MASK), "module not page aligned");
	expect_eq(mod->reserved, 0, "reserved field of the module entry");
	expect(mod->paddr >= (unsigned long)image_end || mod->paddr + mod->size <= 0x100000,
	       "module overlaps the image");
	/* the runner hands over this very ELF file */
	expect(!memcmp((void *)(unsigned long)mod->paddr, "\177ELF", 4), "module's first bytes");
	if (size)
		expect_eq(mod->size, size, "module size");
}

TEST_CASES = {
	{ "header", header },
	{ "command line", cmdline },
	{ "memory map", memmap },
	{ "special pages outside RAM", special_pages },
	{ "ACPI tables", acpi },
	{ "MADT", madt },
	{ "modules", modules },
	TEST_CASES_END
};
