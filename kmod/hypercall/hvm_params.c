// SPDX-License-Identifier: GPL-2.0-only
/*
 * HVM parameters: numbers that the toolstack and the guest tell each other and us.
 * One table says who may do what with which.  And the page that both see besides:
 * shared_info, with what the first vCPUs have in it.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/seq_file.h>
#include <xen/interface/sched.h>

#include "base/ioctl.h"
#include "evtchn/evtchn.h"
#include "hypercall/hvm_params.h"
#include "hypercall/internal.h"
#include "time/time.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"

/* What the kernel's header does not name.  Source: Xen's public/hvm/params.h. */
#define HVM_PARAM_VIRIDIAN		9
#define HVM_PARAM_ACPI_IOPORTS_LOCATION	19
#define HVM_PARAM_IOREQ_SERVER_PFN	32
#define HVM_PARAM_NR_IOREQ_SERVER_PAGES	33
#define HVM_PARAM_VM_GENERATION_ID_ADDR	34
#define HVM_PARAM_ALTP2M		35
#define HVM_PARAM_X87_FIP_WIDTH		36
#define HVM_PARAM_VM86_TSS_SIZED	37
#define HVM_PARAM_MCA_CAP		38

/* What may be done with a parameter; nothing: -EINVAL, it is not used any more. */
#define TOOL		1	/* the toolstack may read and write it */
#define GUEST_READ	2
#define GUEST_WRITE	4
#define ONCE		8	/* once it is not 0 it stays */

#define GUEST		(GUEST_READ | GUEST_WRITE)

/**
 * struct param - a row of the table
 * @access: bits as above
 * @max: greatest value, if not 0
 */
struct param {
	u8 access;
	u8 max;
};

static const struct param params[HVM_PARAMS_NR] = {
	[HVM_PARAM_CALLBACK_IRQ] = { TOOL | GUEST },
	[HVM_PARAM_STORE_PFN] = { TOOL | GUEST_READ },
	[HVM_PARAM_STORE_EVTCHN] = { TOOL | GUEST },
	[HVM_PARAM_IOREQ_PFN] = { TOOL },
	[HVM_PARAM_BUFIOREQ_PFN] = { TOOL },
	[7] = { TOOL },
	[8] = { TOOL },
	[HVM_PARAM_VIRIDIAN] = { TOOL | ONCE },
	[HVM_PARAM_TIMER_MODE] = { TOOL, HVMPTM_one_missed_tick_pending },
	[HVM_PARAM_HPET_ENABLED] = { TOOL },
	[HVM_PARAM_IDENT_PT] = { TOOL },
	[HVM_PARAM_ACPI_S_STATE] = { TOOL, 3 },
	[HVM_PARAM_VM86_TSS] = { TOOL | GUEST },
	[HVM_PARAM_VPT_ALIGN] = { TOOL },
	[HVM_PARAM_CONSOLE_PFN] = { TOOL | GUEST_READ },
	[HVM_PARAM_CONSOLE_EVTCHN] = { TOOL | GUEST },
	[HVM_PARAM_ACPI_IOPORTS_LOCATION] = { TOOL | GUEST, 1 },
	[27] = { TOOL },
	[28] = { TOOL },
	[29] = { TOOL },
	[HVM_PARAM_TRIPLE_FAULT_REASON] = { TOOL, SHUTDOWN_MAX },
	[HVM_PARAM_IOREQ_SERVER_PFN] = { TOOL | ONCE },
	[HVM_PARAM_NR_IOREQ_SERVER_PAGES] = { TOOL | ONCE },
	[HVM_PARAM_VM_GENERATION_ID_ADDR] = { TOOL | GUEST },
	[HVM_PARAM_ALTP2M] = { TOOL | GUEST_READ | ONCE },
	[HVM_PARAM_X87_FIP_WIDTH] = { TOOL | GUEST, 8 },
	[HVM_PARAM_VM86_TSS_SIZED] = { TOOL | GUEST },
	[HVM_PARAM_MCA_CAP] = { TOOL | ONCE },
};

/* HVM_PARAM_CALLBACK_IRQ: type in the top byte. */
#define CALLBACK_TYPE(value)	((value) >> 56)

/**
 * shared_info_latch() - latch the layout of shared_info
 * @d: the caller's domain
 * @compat: that of 32-bit guests
 *
 * Events that are pending in the old layout are lost, as they are on Xen; a guest
 * does this before it uses any.  Context: any.
 */
void shared_info_latch(struct domain *d, bool compat)
{
	if (READ_ONCE(d->evtchn.compat) == compat)
		return;
	WRITE_ONCE(d->evtchn.compat, compat);
	time_update_wallclock(d);
}

static void set_callback(struct domain *d, u64 value)
{
	unsigned int i;

	/* Neither the PIC nor PCI are there for the other types: nothing happens. */
	WRITE_ONCE(d->params.callback_vector,
		   CALLBACK_TYPE(value) == HVM_PARAM_CALLBACK_TYPE_VECTOR ? (u8)value : 0);
	for (i = 0; d->vcpu && i < d->max_vcpus; i++)
		if (d->vcpu[i])
			evtchn_upcall_changed(d->vcpu[i]);
}

static int set(struct domain *d, u32 index, u64 value)
{
	const struct param *p = &params[index];
	struct hvm_params *h = &d->params;
	unsigned long flags;
	int err = 0;

	if (p->max && value > p->max)
		return -EINVAL;
	if (index == HVM_PARAM_X87_FIP_WIDTH && value & ~12ULL)
		return -EINVAL;
	raw_spin_lock_irqsave(&h->lock, flags);
	if ((p->access & ONCE) && h->value[index] && h->value[index] != value)
		err = -EEXIST;
	else
		h->value[index] = value;
	raw_spin_unlock_irqrestore(&h->lock, flags);
	if (!err && index == HVM_PARAM_CALLBACK_IRQ)
		set_callback(d, value);
	return err;
}

static u64 get(struct domain *d, u32 index)
{
	/* An aligned word: nothing to lock against. */
	return READ_ONCE(d->params.value[index]);
}

/* -EINVAL for a parameter that is none; a speculative one becomes 0. */
static int check_index(u32 *index)
{
	if (*index >= HVM_PARAMS_NR)
		return -EINVAL;
	*index = array_index_nospec(*index, HVM_PARAMS_NR);
	return params[*index].access ? 0 : -EINVAL;
}

/**
 * hvm_param_set() - the toolstack sets a parameter
 * @d: any domain
 * @index: HVM_PARAM_*, any number
 * @value: any
 *
 * Context: any but NMI.
 * Return: 0; -EINVAL: index or value; -EEXIST: it was set and may not be changed.
 */
int hvm_param_set(struct domain *d, u32 index, u64 value)
{
	return check_index(&index) ?: set(d, index, value);
}

/**
 * hvm_param_get() - the toolstack reads a parameter
 * @d: any domain
 * @index: HVM_PARAM_*, any number
 * @value: out
 *
 * Context: any.
 * Return: 0; -EINVAL: index.
 */
int hvm_param_get(struct domain *d, u32 index, u64 *value)
{
	if (check_index(&index))
		return -EINVAL;
	*value = get(d, index);
	return 0;
}

/**
 * hvm_param_set_by_guest() - a guest sets a parameter of its own
 * @v: own thread
 * @index: HVM_PARAM_*, any number
 * @value: any
 *
 * HVM_PARAM_CALLBACK_IRQ also latches the layout of shared_info by the mode that the
 * guest is in.
 *
 * Return: 0; -EINVAL: index or value; -EPERM: not for guests.
 */
int hvm_param_set_by_guest(struct vcpu *v, u32 index, u64 value)
{
	int err;

	if (check_index(&index))
		return -EINVAL;
	if (!(params[index].access & GUEST_WRITE))
		return -EPERM;
	err = set(v->domain, index, value);
	if (!err && index == HVM_PARAM_CALLBACK_IRQ)
		shared_info_latch(v->domain, !vmx_vcpu_long_mode(v));
	return err;
}

/**
 * hvm_param_get_by_guest() - a guest reads a parameter of its own
 * @v: own thread
 * @index: HVM_PARAM_*, any number
 * @value: out
 *
 * Return: 0; -EINVAL: index; -EPERM: not for guests.
 */
int hvm_param_get_by_guest(struct vcpu *v, u32 index, u64 *value)
{
	if (check_index(&index))
		return -EINVAL;
	if (!(params[index].access & GUEST_READ))
		return -EPERM;
	*value = get(v->domain, index);
	return 0;
}

static int init(struct domain *d, const struct xlhv_dom_create *unused, char *text)
{
	raw_spin_lock_init(&d->params.lock);
	d->params.value[HVM_PARAM_TRIPLE_FAULT_REASON] = SHUTDOWN_reboot;
	if (dom_is_host(d))
		return 0;
	d->shared_info_page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!d->shared_info_page)
		return -ENOMEM;
	d->shared_info = page_address(d->shared_info_page);
	return 0;
}

static void free_page_of(struct domain *d)
{
	if (d->shared_info_page)
		put_page(d->shared_info_page);
}

static int vcpu_init(struct vcpu *v)
{
	struct shared_info *shared = v->domain->shared_info;

	if (shared && v->id < MAX_VIRT_CPUS)
		v->info = &shared->vcpu_info[v->id];
	return 0;
}

/* What VCPUOP_register_vcpu_info has pinned. */
static void vcpu_free(struct vcpu *v)
{
	if (v->info_page)
		put_page(v->info_page);
}

static size_t bytes(const struct domain *d)
{
	return d->shared_info_page ? PAGE_SIZE : 0;
}

static void describe(struct seq_file *m, struct domain *d)
{
	u64 value;
	u32 i;

	seq_printf(m, "upcall vector: %#x\n", READ_ONCE(d->params.callback_vector));
	seq_printf(m, "32-bit shared_info: %d\n", READ_ONCE(d->evtchn.compat));
	for (i = 0; i < HVM_PARAMS_NR; i++) {
		value = get(d, i);
		if (value)
			seq_printf(m, "%u: %#llx\n", i, value);
	}
}

static int do_param_set(void *of, struct ioctl_call *call)
{
	struct xlhv_hvm_param *p = (void *)call->arg;
	struct domain *d = of;
	int err;

	if (p->pad || !RESERVED_ZERO(p))
		return -EINVAL;
	mutex_lock(&d->lock);
	err = dom_may_build(d, call->text);
	if (!err)
		err = hvm_param_set(d, p->index, p->value);
	mutex_unlock(&d->lock);
	return err;
}

static int do_param_get(void *of, struct ioctl_call *call)
{
	struct xlhv_hvm_param *p = (void *)call->arg;

	if (p->pad || p->value || !RESERVED_ZERO(p))
		return -EINVAL;
	return hvm_param_get(of, p->index, &p->value);
}

static const struct ioctl_op ioctls[] = {
	{ XLHV_DOM_HVM_PARAM_SET, .work = do_param_set },
	{ XLHV_DOM_HVM_PARAM_GET, .work = do_param_get },
	{}
};

const struct domain_part params_part = {
	.name = "params",
	.init = init,
	.vcpu_init = vcpu_init,
	.free = free_page_of,
	.vcpu_free = vcpu_free,
	.bytes = bytes,
	.describe = describe,
	.ioctls = ioctls,
	.host = true,
};
