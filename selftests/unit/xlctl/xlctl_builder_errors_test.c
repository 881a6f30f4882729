// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domain builder and what cannot be built: domains that are too small, bad files, memory that
 * is not to be had. Each says why, and nothing stays mapped.
 */
#include "xlctl_builder.h"

/* @message is what comes behind the folder's name, or all when it has no '/'. */
static void expect_open_error(const struct builder_params *params, int rc, const char *message)
{
	char expected[300];

	snprintf(expected, sizeof(expected), "%s%s", *message == '/' ? folder : "", message);
	EXPECT_EQ(open_it(params), rc);
	EXPECT_STREQ(capture.text, expected);
	builder_close(&builder);
}

TEST(too_small_domains)
{
	struct builder_params params = files_make(&linux_recipe, 12345);

	params.memory = 17 * MIB;
	expect_open_error(&params, -ENOEXEC,
			  "/vmlinux: the segment at 0x1100000, 0x3210 bytes, does not fit into the 17 MiB of the domain's memory\n");
	params.memory = 18 * MIB;
	ASSERT_EQ(open_it(&params), 0);
	builder_close(&builder);

	ASSERT_EQ(truncate(ramdisk_path, 1020 * 1024), 0);
	expect_open_error(&params, -ENOSPC,
			  "/initrd.img: its 1020 KiB do not fit behind the kernel, which ends at 17424 KiB of 18 MiB of memory\n");
	ASSERT_EQ(truncate(ramdisk_path, 1004 * 1024), 0);
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(layout->start_info + 4096, 18 * MIB);
	builder_close(&builder);
	ASSERT_EQ(truncate(ramdisk_path, 1004 * 1024 + 1), 0);
	expect_open_error(&params, -ENOSPC,
			  "/initrd.img: its 1005 KiB do not fit behind the kernel, which ends at 17424 KiB of 18 MiB of memory\n");
	ASSERT_EQ(truncate(ramdisk_path, 1L << 40), 0);
	expect_open_error(&params, -ENOSPC,
			  "/initrd.img: its 1073741824 KiB do not fit behind the kernel, which ends at 17424 KiB of 18 MiB of memory\n");
	files_remove();
}

TEST(kernel_that_fills_memory)
{
	struct elf_recipe recipe = linux_recipe;
	struct builder_params params;

	recipe.loads[1].memsz = 0xf00000;
	params = files_make(&recipe, 0);
	params.memory = 32 * MIB;
	expect_open_error(&params, -ENOSPC, "/vmlinux: fills all of the 32 MiB of memory\n");
	files_remove();
}

TEST(bad_files)
{
	struct builder_params params = files_make(&linux_recipe, 1);

	params.memory = 64 * MIB;
	ASSERT_EQ(truncate(ramdisk_path, 0), 0);
	expect_open_error(&params, -EINVAL, "/initrd.img: the file is empty\n");
	unlink(ramdisk_path);
	expect_open_error(&params, -ENOENT, "/initrd.img: No such file or directory\n");
	ASSERT_EQ(mkdir(ramdisk_path, 0700), 0);
	expect_open_error(&params, -EINVAL, "/initrd.img: not a regular file\n");
	ASSERT_EQ(rmdir(ramdisk_path), 0);
	params.ramdisk = NULL;
	unlink(kernel_path);
	expect_open_error(&params, -ENOENT, "/vmlinux: No such file or directory\n");
	files_remove();
}

TEST(command_line_lengths)
{
	struct builder_params params = files_make(&linux_recipe, 0);
	char *cmdline = malloc(70000);

	ASSERT_NOT_NULL(cmdline);
	params.memory = 64 * MIB;
	params.cmdline = cmdline;
	memset(cmdline, 'x', 70000);
	cmdline[2047] = '\0';
	expect_open_error(&params, 0, "");
	cmdline[2047] = 'x';
	cmdline[2048] = '\0';
	expect_open_error(&params, 0,
			  "warning: the kernel command line has 2048 bytes, Linux reads 2047 of them\n");
	cmdline[2048] = 'x';
	cmdline[65536] = '\0';
	expect_open_error(&params, -E2BIG,
			  "the kernel command line has 65536 bytes, at most 65535 are possible\n");

	cmdline[65535] = '\0';
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	expect_start_info(cmdline, 0);
	builder_close(&builder);
	memory_free();
	free(cmdline);
	files_remove();
}

/* Whichever mapping fails: a message, and nothing stays mapped. */
TEST(memory_that_cannot_be_mapped)
{
	struct builder_params params = files_make(&linux_recipe, 12345);
	unsigned int i;

	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_EQ(memory.maps, 5);
	builder_close(&builder);
	for (i = 1; i <= 5; i++) {
		unit_context("mapping %u", i);
		memory.maps = 0;
		memory.fail_at = i;
		ASSERT_EQ(open_it(&params), 0);
		EXPECT_EQ(builder_load(&builder, &ops, &memory), -EIO);
		EXPECT_EQ(strncmp(capture.text, "memory of the domain at 0x", 26), 0);
		EXPECT_NOT_NULL(strstr(capture.text, ": Cannot allocate memory\n"));
		EXPECT_EQ(capture.diag.errors, 1);
		EXPECT_EQ(memory.mapped, 0);
		builder_close(&builder);
	}
	memory_free();
	files_remove();
}

TEST(ramdisk_that_shrinks)
{
	struct builder_params params = files_make(&linux_recipe, 100000);

	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	ASSERT_EQ(truncate(ramdisk_path, 5000), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), -EIO);
	EXPECT_NOT_NULL(strstr(capture.text,
			       "/initrd.img: the file shrank while it was being read\n"));
	builder_close(&builder);
	memory_free();
	files_remove();
}

TEST(ramdisk_without_memory)
{
	struct builder_params params = files_make(&linux_recipe, 100000);

	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	memory.absent = layout->ramdisk;
	EXPECT_EQ(builder_load(&builder, &ops, &memory), -EFAULT);
	EXPECT_NOT_NULL(strstr(capture.text,
			       "/initrd.img: the host has no memory for the domain\n"));
	EXPECT_EQ(memory.mapped, 0);
	builder_close(&builder);
	memory_free();
	files_remove();
}
