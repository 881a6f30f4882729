// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypercall table, and the page of stubs that some guests call through.
 *
 * What is not in the table is -ENOSYS: the calls of paravirtualised guests, those for
 * domain 0 and what Xen took out.  Source: Xen's public/xen.h.
 */
#include <linux/kernel.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/msr.h>
#include <xen/interface/xen.h>

#include "compat.h"
#include "hypercall/calls.h"
#include "hypercall/hypercall.h"
#include "vcpu/vcpu.h"

/**
 * struct hypercall - a row of the table
 * @name: as Xen's header has it
 * @handler: NULL: -ENOSYS
 * @nr_args: arguments it takes, for tracing
 */
struct hypercall {
	const char *name;
	hypercall_fn handler;
	u8 nr_args;
};

#define HC(hypercall, function, args)					\
	[__HYPERVISOR_##hypercall] = { .name = #hypercall, .handler = function, .nr_args = args }
/* Known by name, and not served. */
#define NO(hypercall)	[__HYPERVISOR_##hypercall] = { .name = #hypercall }

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
	HC(memory_op, hc_memory_op, 2),
	HC(multicall, hc_multicall, 2),
	NO(update_va_mapping),
	HC(set_timer_op, hc_set_timer_op, 2),
	NO(event_channel_op_compat),
	HC(xen_version, hc_xen_version, 2),
	HC(console_io, hc_console_io, 3),
	NO(physdev_op_compat),
	HC(grant_table_op, hc_grant_table_op, 3),
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
	HC(event_channel_op, hc_event_channel_op, 2),
	/* There are no physical interrupts for a guest (XENFEAT_hvm_pirqs is clear). */
	NO(physdev_op),
	HC(hvm_op, hc_hvm_op, 2),
	HC(sysctl, hc_sysctl, 1),
	HC(domctl, hc_domctl, 1),
	NO(kexec_op),
	NO(tmem_op),
	NO(xc_reserved_op),
	NO(xenpmu_op),
	HC(dm_op, hc_dm_op, 3),
};

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

/* Could the guest take an event at this moment?  Outside of the inner loop. */
static bool takes_events(struct vcpu *v)
{
	return vmx_vcpu_rflags(v) & X86_EFLAGS_IF ||
	       test_bit(LAPIC_MAIL_NMI, &v->lapic.mail) || v->vmx.nmi_pending;
}

/**
 * hypercall_must_stop() - is the vCPU wanted out of the guest?
 * @v: own thread
 *
 * The smaller question, for what would have to begin from the start: events can come
 * again and again.
 *
 * Context: may sleep; outside of the inner loop.
 * Return: true for a pause, the end or the shutdown of the domain, INIT.
 */
bool hypercall_must_stop(struct vcpu *v)
{
	/* A call may go on for long, without a window that would be a quiescent state. */
	cond_resched_tasks_rcu_qs();
	return READ_ONCE(v->requests) & (BIT(VCPU_REQ_OUT) | BIT(VCPU_REQ_INIT)) ||
	       dom_is_dying(v->domain) || dom_is_shut_down(v->domain);
}

/**
 * hypercall_give_way() - shall a long call stop here and go on later?
 * @v: own thread
 *
 * It shall for whoever wants the vCPU out of the guest (pause, end and shutdown of the
 * domain, INIT), when the call has put the vCPU to sleep, and for an event or a timer
 * that the guest is waiting for and would take.  The scheduler needs no more than this
 * call.
 *
 * Context: may sleep; outside of the inner loop.
 * Return: true: return hypercall_go_on() with what is left.
 */
bool hypercall_give_way(struct vcpu *v)
{
	if (hypercall_must_stop(v) || READ_ONCE(v->flags) & BIT(VCPU_BLOCKED))
		return true;
	if (!takes_events(v))
		return false;
	/* What a deadline leads to is known when it has been looked at before an entry. */
	if (min(time_next_tsc(v), lapic_next_tsc(v)) <= rdtsc())
		return true;
	/*
	 * An event that came before the call may still be waiting, as the guest has only
	 * now opened its interrupts: that is asked once.  Whoever brings another says so.
	 */
	if (v->events_asked == v->vmx.entries && !vcpu_upcall_waits(v) &&
	    !(READ_ONCE(v->requests) & BIT(VCPU_REQ_EVENT)))
		return false;
	v->events_asked = v->vmx.entries;
	return vcpu_has_event(v);
}

/**
 * hypercall_go_on() - a long call gives way, after some of its operations
 * @v: own thread
 * @arg1: arguments with which the rest of it is done
 * @arg2: the same
 * @arg3: the same; what the call does not take is not looked at
 *
 * Context: outside of the inner loop.
 * Return: what the handler returns.
 */
long hypercall_go_on(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	v->go_on[0] = arg1;
	v->go_on[1] = arg2;
	v->go_on[2] = arg3;
	v->calls_continued++;
	return HYPERCALL_GOES_ON;
}

/**
 * hypercall_name() - a hypercall's name
 * @nr: any number
 *
 * Return: the name without prefix, NULL if there is none.
 */
const char *hypercall_name(unsigned int nr)
{
	return nr < ARRAY_SIZE(hypercalls) ? hypercalls[nr].name : NULL;
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
	evtchn_set_compat(v->domain, !vmx_vcpu_long_mode(v));
	return 0;
}
