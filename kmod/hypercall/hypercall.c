// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypercall table, and the page of stubs that some guests call through.
 *
 * What is not in the table is -ENOSYS: the calls of paravirtualised guests and what Xen
 * took out.  Source: Xen's public/xen.h.
 *
 * Processes of domain 0 make calls too, to the same handlers.  What they make them by is a
 * struct vcpu that is no vCPU: it says where arguments are (guest_copy_from() and the others
 * then go to the process's memory), and that it may name other domains (domid_get()).
 */
#include <linux/kernel.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/msr.h>
#include <xen/interface/xen.h>

#include "compat.h"
#include "domain/parts.h"
#include "ept/ept.h"
#include "evtchn/evtchn.h"
#include "grant/grant.h"
#include "hypercall/continuation.h"
#include "hypercall/hvm_params.h"
#include "hypercall/hypercall.h"
#include "hypercall/internal.h"
#include "time/time.h"
#include "trace.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"

/**
 * struct hypercall - a row of the table
 * @handler: NULL: -ENOSYS
 * @nr_args: arguments it takes, for tracing
 * @process: processes of domain 0 may make it: the handler is for who is no vCPU, too
 */
struct hypercall {
	hypercall_fn handler;
	u8 nr_args;
	bool process;
};

#define HC(hypercall, function, args)					\
	[__HYPERVISOR_##hypercall] = { .handler = function, .nr_args = args }
/* The same, also for processes of domain 0. */
#define HC_ALL(hypercall, function, args)				\
	[__HYPERVISOR_##hypercall] = { .handler = function, .nr_args = args, .process = true }
/* Known by name, and not served. */
#define NO(hypercall)	[__HYPERVISOR_##hypercall] = { .handler = NULL }

static const struct hypercall hypercalls[] = {
	NO(set_trap_table),
	NO(mmu_update),
	NO(set_gdt),
	NO(stack_switch),
	NO(set_callbacks),
	NO(fpu_taskswitch),
	NO(sched_op_compat),
	HC(platform_op, hc_platform_op, 1),
	NO(set_debugreg),
	NO(get_debugreg),
	NO(update_descriptor),
	HC_ALL(memory_op, hc_memory_op, 2),
	HC(multicall, hc_multicall, 2),
	NO(update_va_mapping),
	HC(set_timer_op, hc_set_timer_op, 2),
	NO(event_channel_op_compat),
	HC_ALL(xen_version, hc_xen_version, 2),
	HC(console_io, hc_console_io, 3),
	NO(physdev_op_compat),
	HC_ALL(grant_table_op, hc_grant_table_op, 3),
	HC(vm_assist, hc_vm_assist, 2),
	NO(update_va_mapping_otherdomain),
	NO(iret),
	HC(vcpu_op, hc_vcpu_op, 3),
	NO(set_segment_base),
	NO(mmuext_op),
	NO(xsm_op),
	NO(nmi_op),
	HC(sched_op, hc_sched_op, 2),
	NO(callback_op),
	NO(xenoprof_op),
	HC_ALL(event_channel_op, hc_event_channel_op, 2),
	/* There are no physical interrupts for a guest (XENFEAT_hvm_pirqs is clear). */
	NO(physdev_op),
	HC_ALL(hvm_op, hc_hvm_op, 2),
	HC_ALL(sysctl, hc_sysctl, 1),
	HC_ALL(domctl, hc_domctl, 1),
	NO(kexec_op),
	NO(tmem_op),
	NO(xc_reserved_op),
	NO(xenpmu_op),
	HC_ALL(dm_op, hc_dm_op, 3),
};

/* Access rights of CS: 64-bit code. */
#define CS_LONG		BIT(13)

/* The stub of each call in the hypercall page. */
#define STUB_SIZE	32
#define NR_STUBS	(PAGE_SIZE / STUB_SIZE)

/**
 * hypercall() - do one hypercall
 * @v: own thread; the guest's kernel has made the call
 * @arg1: first argument
 * @arg2: second argument
 * @arg3: third argument
 * @nr: number, unchecked; last, so that the others are where the handler wants them
 *
 * Context: the inner loop, or where it may sleep.
 * Return: the value for RAX, or -EAGAIN in the inner loop: call again outside.
 */
long hypercall(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3, u64 nr)
{
	hypercall_fn handler;

	if (unlikely(nr >= ARRAY_SIZE(hypercalls)))
		return -ENOSYS;
	handler = hypercalls[array_index_nospec(nr, ARRAY_SIZE(hypercalls))].handler;
	if (unlikely(!handler))
		return -ENOSYS;
	return handler(v, arg1, arg2, arg3);
}

/* What a process calls by; the handlers see 64-bit code of a kernel. */
static struct vcpu *make_caller(struct domain *host)
{
	struct vcpu *v = kzalloc(sizeof(*v), GFP_KERNEL_ACCOUNT);

	if (!v)
		return NULL;
	v->domain = host;
	v->process = true;
	v->ept = host->ept.vcpu;
	v->poll_port = EVTCHN_POLL_NONE;
	v->vmx.efer = EFER_LMA;
	v->vmx.cs_ar = CS_LONG;
	/* There is no VMCS that the rest could be read from. */
	v->vmx.have = ~0U;
	return v;
}

/**
 * hypercall_by_process() - a process of domain 0 makes a hypercall
 * @nr: number, unchecked
 * @args: five arguments; addresses are the calling process's
 *
 * Who may do that has been asked.
 *
 * Context: a system call; no lock is held.
 * Return: what the call returns; -ENOSYS: it is not served to domain 0; -EINTR: the process
 * was killed in a call that takes a list, and a part of it is done; -ENOMEM.
 */
long hypercall_by_process(u64 nr, const u64 *args)
{
	const struct hypercall *h;
	struct domain *host;
	struct vcpu *v;
	u64 arg[3];
	long rc;

	if (nr >= ARRAY_SIZE(hypercalls))
		return -ENOSYS;
	h = &hypercalls[array_index_nospec(nr, ARRAY_SIZE(hypercalls))];
	if (!h->process)
		return -ENOSYS;
	host = xlhv_domain_get_by_id(0);
	if (!host)
		return -ENOSYS;
	v = make_caller(host);
	if (!v) {
		xlhv_domain_put(host);
		return -ENOMEM;
	}
	memcpy(arg, args, sizeof(arg));
	do {
		rc = h->handler(v, arg[0], arg[1], arg[2]);
		memcpy(arg, v->go_on, sizeof(arg));
	} while (rc == HYPERCALL_GOES_ON && !fatal_signal_pending(current));
	trace_xlhv_hypercall(v, nr, args, rc);
	kfree(v);
	xlhv_domain_put(host);
	return rc == HYPERCALL_GOES_ON ? -EINTR : rc;
}

/**
 * hypercall_nr_args() - how many of its arguments a hypercall looks at
 * @nr: any number
 *
 * Return: 0 to 5; 0 for one that is not there.
 */
unsigned int hypercall_nr_args(unsigned int nr)
{
	return nr < ARRAY_SIZE(hypercalls) ? hypercalls[nr].nr_args : 0;
}

static const struct domain_counter counters[] = {
	VCPU_COUNTER("hypercalls.continued", "", calls_continued,
		     "hypercalls that gave way and went on later"),
	{}
};

const struct domain_part hypercall_part = {
	.name = "hypercalls",
	.counters = counters,
};

static void fill_stub(u8 *stub, u32 nr)
{
	memset(stub, 0xcc, STUB_SIZE);
	if (nr == __HYPERVISOR_iret) {
		stub[0] = 0x0f;		/* ud2: there is none for us */
		stub[1] = 0x0b;
		return;
	}
	stub[0] = 0xb8;			/* mov $nr, %eax */
	put_unaligned_le32(nr, stub + 1);
	stub[5] = 0x0f;			/* vmcall */
	stub[6] = 0x01;
	stub[7] = 0xc1;
	stub[8] = 0xc3;			/* ret */
}

/**
 * hypercall_page() - fill the guest's hypercall page
 * @v: own thread
 * @msr_value: what it wrote: guest-physical address, number of the page in bits 11:0
 *
 * The same stubs serve 32- and 64-bit guests.  The mode that the guest is in tells
 * which layout of shared_info it has.
 *
 * Context: may sleep.
 * Return: 0; -EINVAL, which is #GP for the guest.
 */
int hypercall_page(struct vcpu *v, u64 msr_value)
{
	enum ept_type type;
	struct page *page;
	unsigned int i;

	if (offset_in_page(msr_value))
		return -EINVAL;
	page = ept_get_page(v->domain, msr_value >> PAGE_SHIFT, EPT_WRITE | EPT_POPULATE, &type);
	if (IS_ERR(page))
		return -EINVAL;
	if (type == EPT_RAM)
		for (i = 0; i < NR_STUBS; i++)
			fill_stub(page_address(page) + i * STUB_SIZE, i);
	put_page(page);
	if (type != EPT_RAM)
		return -EINVAL;
	shared_info_latch(v->domain, !vmx_vcpu_long_mode(v));
	return 0;
}
