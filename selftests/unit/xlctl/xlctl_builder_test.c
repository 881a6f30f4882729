// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domain builder: where everything goes for domains of all sizes, and that
 * the memory says what the start info says.
 */
#include "xlctl_builder.h"

static void expect_region(unsigned int i, uint64_t addr, uint64_t size, uint32_t type)
{
	unit_context("region %u", i);
	ASSERT_LT(i, layout->nr_memmap);
	EXPECT_EQ(layout->memmap[i].addr, addr);
	EXPECT_EQ(layout->memmap[i].size, size);
	EXPECT_EQ(layout->memmap[i].type, type);
	EXPECT_EQ(layout->memmap[i].reserved, 0);
	unit_context("%s", "");
}

static void expect_kernel(const struct elf_recipe *recipe)
{
	unsigned int i;

	for (i = 0; i < recipe->nr_loads; i++) {
		const struct elf_load *segment = &recipe->loads[i];
		uint64_t j;

		for (j = 0; j < segment->memsz; j++)
			ASSERT_EQ(memory.base[segment->paddr + j],
				  j < segment->filesz ? elf_byte(segment->paddr, j) : 0);
	}
}

static void expect_domain(uint64_t mib, unsigned int regions, uint64_t low, uint64_t high)
{
	struct builder_params params = files_make(&linux_recipe, 12345);
	unsigned int next = 0;

	params.memory = mib * MIB;
	params.cmdline = "console=hvc0 quiet";
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_STREQ(capture.text, "");

	EXPECT_EQ(layout->nr_memmap, regions);
	expect_region(next++, 0, low, XEN_HVM_MEMMAP_TYPE_RAM);
	expect_region(next++, 0xfc000000, 4096, XEN_HVM_MEMMAP_TYPE_ACPI);
	expect_region(next++, 0xfeff8000, 0x8000, XEN_HVM_MEMMAP_TYPE_RESERVED);
	if (high)
		expect_region(next, 4 * GIB, high, XEN_HVM_MEMMAP_TYPE_RAM);

	EXPECT_EQ(layout->kernel_start, 0x1000000);
	EXPECT_EQ(layout->kernel_end, 0x1103210);
	EXPECT_EQ(layout->ramdisk, 0x1104000);
	EXPECT_EQ(layout->ramdisk_size, 12345);
	EXPECT_EQ(layout->start_info, 0x1108000);
	EXPECT_EQ(layout->entry, 0x1000850);
	EXPECT_EQ(layout->rsdp, 0xfc000000);
	EXPECT_EQ(layout->xenstore_gfn, 0xfeffc);
	EXPECT_EQ(layout->console_gfn, 0xfefff);
	expect_kernel(&linux_recipe);
	expect_start_info("console=hvc0 quiet", 12345);
	builder_close(&builder);
	memory_free();
	files_remove();
}

TEST(domain_of_64_mib)
{
	expect_domain(64, 3, 64 * MIB, 0);
}

TEST(domain_of_256_mib)
{
	expect_domain(256, 3, 256 * MIB, 0);
}

TEST(domain_up_to_the_hole)
{
	expect_domain(4032, 3, 4032 * MIB, 0);
}

TEST(domain_one_mib_over_the_hole)
{
	expect_domain(4033, 4, 4032 * MIB, MIB);
}

TEST(domain_of_4_gib)
{
	expect_domain(4096, 4, 4032 * MIB, 64 * MIB);
}

TEST(domain_of_6_gib)
{
	expect_domain(6144, 4, 4032 * MIB, 2 * GIB + 64 * MIB);
}

/* Modules come behind the ramdisk, each from a page on, with what is said about them. */
static void expect_modules(bool with_ramdisk)
{
	static char path[80];
	const struct domain_module modules[] = { { path, NULL }, { path, (char *)"one two" } };
	struct builder_params params = files_make(&linux_recipe, 12345);
	struct hvm_modlist_entry list[3];
	struct hvm_start_info info;
	unsigned int first = with_ramdisk;

	snprintf(path, sizeof(path), "%s/module", folder);
	write_file(path, "abc", 3);
	params.cmdline = "console=hvc0";
	params.memory = 64 * MIB;
	params.modules = modules;
	params.nr_modules = 2;
	if (!with_ramdisk)
		params.ramdisk = NULL;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	ASSERT_EQ(builder_load(&builder, &ops, &memory), 0);
	memcpy(&info, memory.base + layout->start_info, sizeof(info));
	ASSERT_EQ(info.nr_modules, first + 2);
	memcpy(list, memory.base + info.modlist_paddr, info.nr_modules * sizeof(list[0]));
	if (with_ramdisk) {
		EXPECT_EQ(list[0].paddr, layout->ramdisk);
		EXPECT_EQ(list[0].size, 12345);
		EXPECT_EQ(list[0].cmdline_paddr, 0);
		EXPECT_EQ(list[1].paddr, layout->ramdisk + 4 * 4096);
	} else {
		EXPECT_EQ(layout->ramdisk, 0);
	}
	EXPECT_EQ(list[first].size, 3);
	EXPECT_EQ(list[first].cmdline_paddr, 0);
	EXPECT_EQ(list[first + 1].paddr, list[first].paddr + 4096);
	EXPECT_MEMEQ(memory.base + list[first].paddr, "abc", 4);
	EXPECT_MEMEQ(memory.base + list[first + 1].paddr, "abc", 4);
	EXPECT_STREQ((char *)memory.base + list[first + 1].cmdline_paddr, "one two");
	EXPECT_STREQ((char *)memory.base + info.cmdline_paddr, "console=hvc0");
	EXPECT_LE(list[first + 1].cmdline_paddr + 8, layout->start_info + layout->start_info_size);
	builder_close(&builder);
	memory_free();
	unlink(path);
	files_remove();
}

TEST(modules_behind_a_ramdisk)
{
	expect_modules(true);
}

TEST(modules_alone)
{
	expect_modules(false);
}

TEST(without_ramdisk_and_command_line)
{
	struct builder_params params = files_make(&linux_recipe, 0);

	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_EQ(layout->ramdisk, 0);
	EXPECT_EQ(layout->start_info, 0x1104000);
	expect_start_info(NULL, 0);
	builder_close(&builder);
	memory_free();
	files_remove();
}

TEST(without_acpi)
{
	struct builder_params params = files_make(&linux_recipe, 0);

	params.memory = 64 * MIB;
	params.acpi = false;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_EQ(layout->rsdp, 0);
	EXPECT_EQ(layout->nr_memmap, 2);
	expect_region(1, 0xfeff8000, 0x8000, XEN_HVM_MEMMAP_TYPE_RESERVED);
	builder_close(&builder);
	memory_free();
	files_remove();
}

TEST(many_vcpus_need_more_acpi_pages)
{
	struct builder_params params = files_make(&linux_recipe, 0);

	params.memory = 64 * MIB;
	params.vcpus = 2;
	params.max_vcpus = 128;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	expect_region(1, 0xfc000000, 0x2000, XEN_HVM_MEMMAP_TYPE_ACPI);
	EXPECT_GT(builder.acpi.size, 4096);
	EXPECT_MEMEQ(memory.base + 0xfc000000, builder.acpi.data, builder.acpi.size);
	builder_close(&builder);
	memory_free();
	files_remove();
}

/* A Linux before 4.17, that looks for the RSDP only where a PC has it. */
TEST(old_linux_gets_its_rsdp_below_1_mib)
{
	struct elf_recipe recipe = linux_recipe;
	struct builder_params params;
	unsigned int i;

	recipe.features = 1;
	params = files_make(&recipe, 0);
	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_EQ(layout->rsdp, 0xfffc0);
	expect_start_info(NULL, 0);
	EXPECT_MEMEQ(memory.base + 0xfffc0, memory.base + 0xfc000000, 36);
	builder_close(&builder);
	files_remove();

	/* Other systems take the address from the start info. */
	for (i = 0; i < 2; i++) {
		recipe.guest_os = i ? "FreeBSD" : NULL;
		strcpy(folder, "/tmp/xlctl-builder-XXXXXX");
		params = files_make(&recipe, 0);
		params.memory = 64 * MIB;
		ASSERT_EQ(open_it(&params), 0);
		EXPECT_EQ(layout->rsdp, 0xfc000000);
		builder_close(&builder);
		files_remove();
	}

	recipe.guest_os = "linux";
	recipe.loads[0].paddr = 0xf0000;
	recipe.entry = 0xf0000;
	strcpy(folder, "/tmp/xlctl-builder-XXXXXX");
	params = files_make(&recipe, 0);
	params.memory = 64 * MIB;
	EXPECT_EQ(open_it(&params), -ENOEXEC);
	EXPECT_NOT_NULL(strstr(capture.text, ": has a segment at 0xf0000, where an old Linux"));
	builder_close(&builder);
	files_remove();
	memory_free();
}

/* Beyond 1 GiB Linux could not read the start info. */
TEST(start_info_stays_below_1_gib)
{
	struct builder_params params = files_make(&linux_recipe, 1);

	params.memory = 4096 * MIB;
	ASSERT_EQ(truncate(ramdisk_path, (off_t)(1007 * MIB - 0x1000 - 0x4000)), 0);
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(layout->ramdisk, 0x1104000);
	EXPECT_LE(layout->start_info + layout->start_info_size, GIB);
	builder_close(&builder);

	ASSERT_EQ(truncate(ramdisk_path, (off_t)(1007 * MIB)), 0);
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(layout->start_info, 0x1104000);
	EXPECT_EQ(layout->ramdisk, 0x1105000);
	builder_close(&builder);
	files_remove();
}

TEST(untouched_pages_stay_untouched)
{
	static uint8_t bytes[ELF_MAX_SIZE];
	struct builder_params params = files_make(&linux_recipe, 0);
	size_t size = elf_make(bytes, &linux_recipe);

	/* Pages 2 to 15 of the first segment become zero in the file. */
	memset(bytes + 2048 + 0x2000, 0, 0xe000);
	write_file(kernel_path, bytes, size);
	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_TRUE(memory_is_touched(0x1001000));
	EXPECT_FALSE(memory_is_touched(0x1002000));
	EXPECT_FALSE(memory_is_touched(0x100f000));
	EXPECT_TRUE(memory_is_touched(0x1010000));
	/* The BSS of the second */
	EXPECT_TRUE(memory_is_touched(0x1101000));
	EXPECT_FALSE(memory_is_touched(0x1102000));
	/* Special pages, and what is not the kernel's */
	EXPECT_FALSE(memory_is_touched(0xfefff000));
	EXPECT_FALSE(memory_is_touched(0xfeffc000));
	EXPECT_FALSE(memory_is_touched(0));
	builder_close(&builder);
	memory_free();
	files_remove();
}

/*
 * 9 MiB from 17 MiB on: data at both ends and a byte in the middle.  Of the
 * large pages at 18, 20, 22 and 24 MiB, 18 and 22 are zero.
 */
TEST(large_zero_pages_are_not_mapped)
{
	static uint8_t bytes[ELF_MAX_SIZE];
	struct elf_recipe recipe = linux_recipe;
	struct builder_params params;
	size_t size;
	FILE *file;

	recipe.loads[0] = (struct elf_load){
		.paddr = 17 * MIB, .filesz = 9 * MIB, .memsz = 9 * MIB
	};
	recipe.nr_loads = 1;
	recipe.entry = 17 * MIB;
	params = files_make(&linux_recipe, 0);
	size = elf_make(bytes, &recipe);
	write_file(kernel_path, bytes, sizeof(bytes));
	ASSERT_EQ(truncate(kernel_path, (off_t)size), 0);
	file = fopen(kernel_path, "r+");
	ASSERT_NOT_NULL(file);
	fseek(file, (long)(2048 + 3 * MIB + 12345), SEEK_SET);
	fputc('x', file);
	fseek(file, -1, SEEK_END);
	fputc('y', file);
	fclose(file);

	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_EQ(memory.log[0].gpa, 17 * MIB);
	EXPECT_EQ(memory.log[0].len, MIB);
	EXPECT_EQ(memory.log[1].gpa, 20 * MIB);
	EXPECT_EQ(memory.log[1].len, 2 * MIB);
	EXPECT_EQ(memory.log[2].gpa, 24 * MIB);
	EXPECT_EQ(memory.log[2].len, 2 * MIB);
	EXPECT_EQ(memory.maps, 5);
	EXPECT_EQ(memory.base[17 * MIB], elf_byte(17 * MIB, 0));
	EXPECT_EQ(memory.base[20 * MIB + 12345], 'x');
	EXPECT_EQ(memory.base[26 * MIB - 1], 'y');
	EXPECT_FALSE(memory_is_touched(20 * MIB));
	builder_close(&builder);
	memory_free();
	files_remove();
}

TEST(entry_state)
{
	const struct builder_layout some = { .entry = 0x1000850, .start_info = 0x1108000 };
	struct vcpu_hvm_context state;
	const struct vcpu_hvm_x86_32 *regs = &state.cpu_regs.x86_32;

	memset(&state, 0xff, sizeof(state));
	builder_entry_state(&some, &state);
	EXPECT_EQ(state.mode, VCPU_HVM_MODE_32B);
	EXPECT_EQ(regs->eip, 0x1000850);
	EXPECT_EQ(regs->ebx, 0x1108000);
	EXPECT_EQ(regs->eax | regs->ecx | regs->edx, 0);
	EXPECT_EQ(regs->esp | regs->ebp | regs->esi | regs->edi, 0);
	EXPECT_EQ(regs->eflags, 2);
	EXPECT_EQ(regs->cr0, 0x11);
	EXPECT_EQ(regs->cr3 | regs->cr4, 0);
	EXPECT_EQ(regs->efer, 0);
	EXPECT_EQ(regs->cs_base | regs->ds_base | regs->ss_base | regs->es_base | regs->tr_base, 0);
	EXPECT_EQ(regs->cs_limit & regs->ds_limit & regs->ss_limit & regs->es_limit, 0xffffffff);
	EXPECT_EQ(regs->tr_limit, 0x67);
	EXPECT_EQ(regs->cs_ar, 0xc9b);
	EXPECT_EQ(regs->ds_ar, 0xc93);
	EXPECT_EQ(regs->ss_ar, 0xc93);
	EXPECT_EQ(regs->es_ar, 0xc93);
	EXPECT_EQ(regs->tr_ar, 0x8b);
}

static unsigned int reports;

static void progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	EXPECT_PTR_EQ(ctx, &reports);
	EXPECT_NOT_NULL(what);
	EXPECT_LE(done, total);
	reports++;
}

TEST(progress_is_reported)
{
	struct builder_params params = files_make(&linux_recipe, 10 << 20);

	params.memory = 64 * MIB;
	params.progress = progress;
	params.progress_ctx = &reports;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(reports, 1);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_EQ(reports, 1 + 2 + 3);
	builder_close(&builder);
	memory_free();
	files_remove();
}
