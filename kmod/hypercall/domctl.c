// SPDX-License-Identifier: GPL-2.0-only
/*
 * domctl and sysctl: the toolstack's calls, for processes of domain 0.
 *
 * A row of a table for each sub-op: the caller's structure is copied in as a whole, the
 * function answers in it, and it is copied back if that succeeded.  All that is of user space
 * is touched here, and by functions that walk a list; nothing is held then.
 *
 * The structures carry the version of their interface.  Those of the releases that we serve
 * are the same for the sub-ops that are here.  Source: Xen's public/domctl.h, sysctl.h.
 */
#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kernel_stat.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <xen/interface/xen.h>

#include "domain/domain.h"
#include "ept/ept.h"
#include "hypercall/internal.h"
#include "hypercall/continuation.h"
#include "vcpu/vcpu.h"

/* Of Xen 4.17, which guests are told; a process may have a library of any up to 4.20. */
#define DOMCTL_VERSION		0x15
#define DOMCTL_LAST_VERSION	0x17
#define SYSCTL_VERSION		0x15

#define DOMCTL_getdomaininfo	5
#define SYSCTL_getdomaininfolist	6

/* Flags of struct domain_info. */
#define INFO_DYING		BIT(0)
#define INFO_HVM		BIT(1)
#define INFO_SHUTDOWN		BIT(2)
#define INFO_PAUSED		BIT(3)
#define INFO_BLOCKED		BIT(4)
#define INFO_RUNNING		BIT(5)
#define INFO_HAP		BIT(8)
#define INFO_REASON_SHIFT	16
#define INFO_NO_REASON		0xff

/* A domain whose shared_info is not to be mapped. */
#define NO_FRAME		(~0ULL)

#define ARCH_LAPIC		BIT(0)

/* struct xen_domctl_getdomaininfo */
struct domain_info {
	u16 domid;
	u16 pad1;
	u32 flags;
	u64 tot_pages;
	u64 max_pages;
	u64 outstanding_pages;
	u64 shr_pages;
	u64 paged_pages;
	u64 shared_info_frame;
	u64 cpu_time;
	u32 nr_online_vcpus;
	u32 max_vcpu_id;
	u32 ssidref;
	u8 handle[16];
	u32 cpupool;
	u8 gpaddr_bits;
	u8 pad2[7];
	u32 emulation_flags;
	u32 misc_flags;
};

static_assert(sizeof(struct domain_info) == 112);
static_assert(offsetof(struct domain_info, cpu_time) == 56);
static_assert(offsetof(struct domain_info, handle) == 76);
static_assert(offsetof(struct domain_info, emulation_flags) == 104);

/* struct xen_domctl */
struct domctl {
	u32 cmd;
	u32 version;
	u16 domain;
	u16 pad[3];
	union {
		struct domain_info info;
		u8 size[128];
	};
};

static_assert(sizeof(struct domctl) == 144 && offsetof(struct domctl, info) == 16);

/* struct xen_sysctl */
struct sysctl {
	u32 cmd;
	u32 version;
	union {
		struct {
			u16 first;
			u16 pad;
			u32 max;
			u64 buffer;
			u32 nr;
		} list;
		u8 size[128];
	};
};

static_assert(sizeof(struct sysctl) == 136 && offsetof(struct sysctl, list.nr) == 24);

/* What processes, and the kernel beside guests, have had of the CPUs. */
static u64 host_cpu_time(void)
{
	u64 sum = 0, *stat;
	int cpu;

	for_each_possible_cpu(cpu) {
		stat = kcpustat_cpu(cpu).cpustat;
		sum += stat[CPUTIME_USER] + stat[CPUTIME_NICE] + stat[CPUTIME_SYSTEM] +
		       stat[CPUTIME_IRQ] + stat[CPUTIME_SOFTIRQ] -
		       stat[CPUTIME_GUEST] - stat[CPUTIME_GUEST_NICE];
	}
	return sum;
}

static void fill_host(struct domain_info *to)
{
	struct xlhv_info totals = {};
	u64 pages = totalram_pages();

	dom_totals(&totals);
	to->flags = INFO_RUNNING | INFO_NO_REASON << INFO_REASON_SHIFT;
	to->tot_pages = pages - min(pages, totals.guest_pages);
	to->max_pages = pages;
	to->cpu_time = host_cpu_time();
	to->nr_online_vcpus = num_online_cpus();
	to->max_vcpu_id = num_possible_cpus() - 1;
	to->gpaddr_bits = boot_cpu_data.x86_phys_bits;
}

static void fill_guest(struct domain *d, struct domain_info *to)
{
	struct xlhv_dom_info info;
	u32 reason;

	dom_info(d, &info);
	reason = info.flags & XLHV_DOM_SHUTDOWN ? info.shutdown_reason : INFO_NO_REASON;
	to->flags = INFO_HVM | INFO_HAP | reason << INFO_REASON_SHIFT;
	if (info.flags & XLHV_DOM_SHUTDOWN)
		to->flags |= INFO_SHUTDOWN;
	if (info.flags & (XLHV_DOM_PAUSED | XLHV_DOM_BUILDING))
		to->flags |= INFO_PAUSED;
	if (info.flags & XLHV_DOM_RUNNING)
		to->flags |= INFO_RUNNING;
	if (info.flags & XLHV_DOM_BLOCKED)
		to->flags |= INFO_BLOCKED;
	to->tot_pages = info.cur_pages;
	to->max_pages = info.max_pages;
	to->cpu_time = info.cpu_time_ns;
	to->nr_online_vcpus = info.online_vcpus;
	to->max_vcpu_id = info.max_vcpus - 1;
	memcpy(to->handle, info.uuid, sizeof(to->handle));
	to->gpaddr_bits = ept_maxphyaddr();
	to->emulation_flags = ARCH_LAPIC;
}

/* The first domain from @first on.  Return: 0; -ESRCH: there is none. */
static int domain_info(domid_t first, struct domain_info *to)
{
	struct domain *d = dom_get_next(first);

	memset(to, 0, sizeof(*to));
	if (!d)
		return -ESRCH;
	to->domid = d->domid;
	to->shared_info_frame = NO_FRAME;
	if (dom_is_host(d))
		fill_host(to);
	else
		fill_guest(d, to);
	xlhv_domain_put(d);
	return 0;
}

/*
 * A number that is no domain's is answered with the next: that is how a caller finds all.
 */
static long getdomaininfo(struct vcpu *v, struct domctl *op)
{
	int err;

	if (op->domain >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	err = domain_info(op->domain, &op->info);
	op->domain = op->info.domid;
	return err;
}

static long getdomaininfolist(struct vcpu *v, struct sysctl *op)
{
	u32 next = op->list.first, n;
	struct domain_info info;
	int err;

	for (n = 0; n < op->list.max && next < DOMID_FIRST_RESERVED; n++) {
		if (domain_info(next, &info))
			break;
		err = guest_copy_to(v, op->list.buffer + n * sizeof(info), &info, sizeof(info));
		if (err)
			return err;
		if (hypercall_must_stop(v))
			return -EINTR;
		next = info.domid + 1;
	}
	op->list.nr = n;
	return 0;
}

static long (*const domctls[])(struct vcpu *v, struct domctl *op) = {
	[DOMCTL_getdomaininfo] = getdomaininfo,
};

static long (*const sysctls[])(struct vcpu *v, struct sysctl *op) = {
	[SYSCTL_getdomaininfolist] = getdomaininfolist,
};

/**
 * hc_domctl() - hypercall domctl
 * @v: own thread
 * @arg1: linear address of the structure
 * @arg2: not used
 * @arg3: not used
 *
 * The version is looked at before who calls: a guest finds out by it which one it is.
 *
 * Return: 0; -EACCES: not our version; -EPERM: a guest calls; -ENOSYS; what the sub-op
 * returns.
 */
long hc_domctl(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	u32 last = v->process ? DOMCTL_LAST_VERSION : DOMCTL_VERSION;
	struct domctl op;
	u32 cmd;
	long rc;

	/* Of a guest's only the version. */
	rc = guest_copy_from(v, &op, arg1,
			     v->process ? sizeof(op) : offsetof(struct domctl, domain));
	if (rc)
		return rc;
	if (op.version < DOMCTL_VERSION || op.version > last)
		return -EACCES;
	if (!v->process)
		return -EPERM;
	if (op.cmd >= ARRAY_SIZE(domctls))
		return -ENOSYS;
	cmd = array_index_nospec(op.cmd, ARRAY_SIZE(domctls));
	if (!domctls[cmd])
		return -ENOSYS;
	rc = domctls[cmd](v, &op);
	return rc ?: guest_copy_to(v, arg1, &op, sizeof(op));
}

/**
 * hc_sysctl() - hypercall sysctl
 * @v: own thread
 * @arg1: linear address of the structure
 * @arg2: not used
 * @arg3: not used
 *
 * Return: as hc_domctl().
 */
long hc_sysctl(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	struct sysctl op;
	u32 cmd;
	long rc;

	rc = guest_copy_from(v, &op, arg1,
			     v->process ? sizeof(op) : offsetof(struct sysctl, list));
	if (rc)
		return rc;
	if (op.version != SYSCTL_VERSION)
		return -EACCES;
	if (!v->process)
		return -EPERM;
	if (op.cmd >= ARRAY_SIZE(sysctls))
		return -ENOSYS;
	cmd = array_index_nospec(op.cmd, ARRAY_SIZE(sysctls));
	if (!sysctls[cmd])
		return -ENOSYS;
	rc = sysctls[cmd](v, &op);
	return rc ?: guest_copy_to(v, arg1, &op, sizeof(op));
}
