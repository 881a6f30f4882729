// SPDX-License-Identifier: GPL-2.0-only
/* Names of VMCS fields, exits and errors: every number that the kernel knows has one. */
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/vmx.h>

#include "unit.h"
#include "vmx/root/vmcs.h"

u32 vmx_instruction_error(void)
{
	return 0;
}

void vmx_access_failed(unsigned long field, unsigned long value, bool write, int err)
{
	FAIL("access to field %#lx", field);
}

TEST(fields_have_their_names)
{
	EXPECT_STREQ(vmx_field_name(GUEST_RIP), "GUEST_RIP");
	EXPECT_STREQ(vmx_field_name(VIRTUAL_PROCESSOR_ID), "VIRTUAL_PROCESSOR_ID");
	EXPECT_STREQ(vmx_field_name(HOST_RIP), "HOST_RIP");
	EXPECT_STREQ(vmx_field_name(VM_INSTRUCTION_ERROR), "VM_INSTRUCTION_ERROR");
}

TEST(no_field_has_two_names)
{
	const char *names[256] = { NULL };
	unsigned int field, i, count = 0;

	/* Width, type and index; the odd ones are upper halves and have no name of their own. */
	for (field = 0; field < 0x8000; field += 2) {
		const char *name = vmx_field_name(field);

		if (strcmp(name, "unknown field") == 0)
			continue;
		unit_context("field %#x", field);
		for (i = 0; i < count; i++)
			if (strcmp(names[i], name) == 0)
				FAIL("a second field is called %s", name);
		ASSERT_LT(count, 256);
		names[count++] = name;
	}
	/* A table cut short would be noticed. */
	EXPECT_GT(count, 120);
}

TEST(no_upper_half_is_in_the_table)
{
	unsigned int field;

	for (field = 1; field < 0x8000; field += 2)
		if (strcmp(vmx_field_name(field), "unknown field") != 0)
			FAIL("field %#x is %s", field, vmx_field_name(field));
}

TEST(an_unknown_field_has_a_text)
{
	EXPECT_STREQ(vmx_field_name(0x7ffe), "unknown field");
	EXPECT_STREQ(vmx_field_name(~0u), "unknown field");
}

TEST(exits_have_names)
{
	static const struct {
		u32 reason;
		const char *name;
	} kernel[] = { VMX_EXIT_REASONS };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kernel); i++) {
		unit_context("%s", kernel[i].name);
		EXPECT_NE(strcmp(vmx_exit_reason_name(kernel[i].reason), "unknown exit"), 0);
	}
	EXPECT_STREQ(vmx_exit_reason_name(0xffff), "unknown exit");
	/* Each that has a counter of its own, whatever the kernel's list has. */
	EXPECT_STREQ(vmx_exit_reason_name(76), "SEAMCALL");
	EXPECT_STREQ(vmx_exit_reason_name(77), "TDCALL");
	EXPECT_STREQ(vmx_exit_reason_name(84), "MSR_READ_IMM");
	EXPECT_STREQ(vmx_exit_reason_name(85), "MSR_WRITE_IMM");
}

TEST(flags_beside_the_exit_reason_do_not_count)
{
	EXPECT_STREQ(vmx_exit_reason_name(VMX_EXIT_REASONS_FAILED_VMENTRY |
					  EXIT_REASON_INVALID_STATE),
		     vmx_exit_reason_name(EXIT_REASON_INVALID_STATE));
}

TEST(errors_have_texts)
{
	unsigned int error;

	EXPECT_STREQ(vmx_instruction_error_text(0), "no VM-instruction error");
	for (error = 1; error <= VMXERR_INVALID_OPERAND_TO_INVEPT_INVVPID; error++) {
		const bool gap = error == 9 || error == 14 || error == 21 || error == 27;

		unit_context("error %u", error);
		EXPECT_NOT_NULL(vmx_instruction_error_text(error));
		if (!gap)
			EXPECT_NE(strcmp(vmx_instruction_error_text(error),
					 "unknown VM-instruction error"), 0);
	}
	EXPECT_STREQ(vmx_instruction_error_text(29), "unknown VM-instruction error");
	EXPECT_STREQ(vmx_instruction_error_text(~0u), "unknown VM-instruction error");
}
