// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vCPU's VMCS, field by field.  Unlike a report of a crash it leaves what is
 * remembered of the last exit alone: the vCPU goes on afterwards.
 */
#include <linux/bitmap.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"

struct dump {
	unsigned int nr;
	unsigned long error;
	u32 reason;
	unsigned long *there;
	unsigned long *value;
};

static void take(struct vcpu *v, const void *arg)
{
	struct dump *dump = (struct dump *)arg;
	unsigned long reason = 0;
	unsigned int i;

	/* First: asking for fields that the CPU does not have changes it. */
	vmcs_read_safe(VM_INSTRUCTION_ERROR, &dump->error);
	vmcs_read_safe(VM_EXIT_REASON, &reason);
	dump->reason = reason;
	for (i = 0; i < dump->nr; i++)
		if (!vmcs_read_safe(vmx_field_at(i), &dump->value[i]))
			__set_bit(i, dump->there);
}

/* What the next entry will write over fields of the VMCS. */
static void show_dirty(struct seq_file *m, const struct vmx_vcpu *x)
{
	if (x->dirty & VMX_DIRTY_RIP)
		seq_printf(m, "next RIP: %#llx\n", x->rip);
	if (x->dirty & VMX_DIRTY_RSP)
		seq_printf(m, "next RSP: %#llx\n", x->rsp);
	if (x->dirty & VMX_DIRTY_RFLAGS)
		seq_printf(m, "next RFLAGS: %#llx\n", x->rflags);
	if (x->dirty & VMX_DIRTY_INTERRUPTIBILITY)
		seq_printf(m, "next interruptibility: %#x\n", x->interruptibility);
	if (x->reinject_info)
		seq_printf(m, "event to be delivered again: %#x\n", x->reinject_info);
	if (x->exception_info)
		seq_printf(m, "exception to be raised: %#x\n", x->exception_info);
	if (x->nmi_pending)
		seq_puts(m, "an NMI is pending\n");
}

/**
 * vmx_vcpu_dump() - every field that the CPU has of the VMCS, and the registers
 * @v: taken by the caller
 * @m: where to
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM; why the VMCS could not be made current.
 */
int vmx_vcpu_dump(struct vcpu *v, struct seq_file *m)
{
	static const u8 width[] = { 4, 16, 8, 16 };
	const u64 *r = v->vmx.sw.gpr;
	struct dump dump = { .nr = vmx_nr_fields() };
	unsigned int i;
	int err;

	dump.there = bitmap_zalloc(dump.nr, GFP_KERNEL);
	dump.value = kcalloc(dump.nr, sizeof(*dump.value), GFP_KERNEL);
	err = -ENOMEM;
	if (!dump.there || !dump.value)
		goto out;
	err = vmx_vcpu_window(v, take, &dump);
	if (err)
		goto out;
	seq_printf(m, "vCPU %u of domain %u, VMCS at %#llx\n", v->id, v->domain->domid,
		   v->vmx.vmcs.pa);
	seq_printf(m, "last exit: %u %s\n", dump.reason & 0xffff,
		   vmx_exit_reason_name(dump.reason));
	seq_printf(m, "last error: %lu %s\n", dump.error,
		   vmx_instruction_error_text(dump.error));
	show_dirty(m, &v->vmx);
	for (i = 0; i < 16; i++)
		seq_printf(m, "GPR%u: %#018llx\n", i, r[i]);
	seq_printf(m, "CR2: %#018llx\n", v->vmx.cr2);
	for_each_set_bit(i, dump.there, dump.nr) {
		u32 field = vmx_field_at(i);

		seq_printf(m, "%s: %#0*lx\n", vmx_field_name(field),
			   width[VMX_FIELD_WIDTH(field)] + 2, dump.value[i]);
	}
out:
	kfree(dump.value);
	bitmap_free(dump.there);
	return err;
}
