/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest-physical memory: the EPT is the only p2m.
 *
 * A gfn is hole (nothing, not RAM), RAM not populated yet, RAM with a frame of
 * the domain's own, or a special frame (shared_info, grant table, another
 * domain's page granted to us).  Frames are 4 KiB pages with a reference each
 * (a 2 MiB or 1 GiB block is made of split pages), so that whoever keeps a page
 * takes a reference and need not know the p2m.
 *
 * Lookups need no lock: tables are freed with the domain or after an RCU grace
 * period, and a frame that left the p2m is put after an INVEPT on every CPU and
 * an RCU grace period.
 *
 * Who calls what, when:
 *
 *   making it		ept_part's init; the EPT pointer is ept.eptp.
 *   building		ept_set_memory_map(), ept_populate_all() if eager,
 *			ept_map_special() for rings, ept_mmap() from the
 *			descriptor's mmap().
 *   each stay	ept_invalidate() before the first entry, as the CPU may be
 *			another one, and when VCPU_REQ_TLB_FLUSH was set.
 *   EPT violation	in the inner loop ept_fault_atomic(); at -EAGAIN
 *			ept_fault() where it may sleep.
 *   dying		ept_free() when no vCPU's thread runs any more; others may
 *			still hold the domain and call what they like, they are
 *			answered -ESRCH (copies: -EFAULT).
 *   module exit	ept_exit(): frames wait for RCU.
 */
#ifndef XLHV_EPT_H
#define XLHV_EPT_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <uapi/xlhv.h>

#include "domain/domain.h"
#include "domain/parts.h"
#include "ept/types.h"
#include "vmx/root/caps.h"

struct ept_put;
struct vcpu;
struct page;
struct file;
struct vm_area_struct;

enum ept_type {
	EPT_HOLE,
	EPT_RAM_LAZY,		/* RAM, no frame yet */
	EPT_RAM,
	EPT_RAM_RO,
	EPT_SPECIAL,		/* shared_info, grant table or status frames */
	EPT_GRANT,		/* another domain's page, by a grant map */
	EPT_GRANT_RO,
};

#define EPT_WRITE	1	/* the caller wants to write */
#define EPT_POPULATE	2	/* allocate if lazy; may sleep */

/* Most pages of type ACPI: tables, not memory. */
#define EPT_MAX_ACPI_PAGES	4096

/**
 * struct ept_batch - frames on their way out
 * @domain: whose
 * @put: frames collected, NULL for none
 * @flush: some translation may still be cached
 *
 * On the stack.  Between ept_batch_init() and ept_batch_finish() frames leave the
 * p2m by ept_remove_batched(); one flush and one grace period do for many.
 */
struct ept_batch {
	struct domain *domain;
	struct ept_put *put;
	bool flush;
};

extern const struct domain_part ept_part;
void ept_expect(struct domain *d, u64 pages);
/* Module exit: what waits for RCU has to be through before the code goes. */
void ept_exit(void);

/* RAM as the builder has declared it: what XENMEM_memory_map answers from. */
unsigned int ept_get_memory_map(struct domain *d, struct xlhv_mem_range *map, unsigned int count);

/*
 * A guest access faulted.  Own thread of @v, may sleep.
 * Return: 0: enter again; -ENOMEM: no memory (the vCPU waits); -EFAULT: nothing
 * there and nothing to put there; -EACCES: write to something read-only.
 */
int ept_fault(struct vcpu *v, u64 gpa, bool write, bool exec);
/* The same with interrupts off; -EAGAIN: has to be done where it may sleep. */
int ept_fault_atomic(struct vcpu *v, u64 gpa, bool write, bool exec);

/*
 * The page behind a gfn, with a reference.  Without EPT_POPULATE: any context.
 * Return: the page; ERR_PTR(-ENOENT) hole; -EAGAIN lazy and not EPT_POPULATE;
 * -EACCES read-only and EPT_WRITE; -ENOMEM; -ESRCH the domain's memory is gone.
 */
struct page *ept_get_page(struct domain *d, u64 gfn, unsigned int flags, enum ept_type *type);
struct page *ept_get_page_fast(const struct domain *d, u64 gfn, unsigned int types);
/* What is at a gfn.  Any context; may be another the next moment. */
enum ept_type ept_get_type(struct domain *d, u64 gfn);

/* For hypercalls on memory and grants.  All may sleep. */
int ept_populate(struct domain *d, u64 gfn, unsigned int order);
int ept_remove(struct domain *d, u64 gfn, enum ept_type only);
int ept_map_special(struct domain *d, u64 gfn, struct page *page, enum ept_type type);
/* Make the page that is at @from appear at @to instead (XENMAPSPACE_gmfn). */
int ept_move(struct domain *d, u64 from, u64 to);
void ept_batch_init(struct ept_batch *b, struct domain *d);
int ept_remove_batched(struct ept_batch *b, u64 gfn, enum ept_type only);
void ept_batch_finish(struct ept_batch *b);
/* Highest gfn with memory that the guest knows of (XENMEM_maximum_gpfn). */
u64 ept_max_gfn(struct domain *d);
void ept_look_at_held(struct ept *ept, u64 most);

/* Width of guest-physical addresses: what CPUID 0x80000008 has to tell. */
static inline unsigned int ept_maxphyaddr(void)
{
	return vmx_caps.maxphyaddr < 48 ? vmx_caps.maxphyaddr : 48;
}

/* Below the guest's MAXPHYADDR? */
static inline bool ept_gfn_valid(const struct domain *d, u64 gfn)
{
	return !(gfn >> (ept_maxphyaddr() - 12));
}

/*
 * Copy from guest-physical memory, any context.  RAM that has no frame yet is zeros.
 * Return: 0; -EFAULT: a hole.
 */
int guest_read_gpa(struct domain *d, u64 gpa, void *to, size_t len);

/*
 * Guest memory by the linear address of a hypercall argument: CPL 0, through the
 * vCPU's paging mode, with its permissions.  Own thread.
 * Return: 0; -EFAULT; -EAGAIN in the inner loop if it would have to sleep: the
 * hypercall is then done again from its start where it may.  What was read in the
 * inner loop can be written in the same call without -EAGAIN.  Outside of the
 * loop also -ENOMEM.
 */
int guest_copy_from(struct vcpu *v, void *to, u64 linear, size_t len);
s64 guest_read_u32(struct vcpu *v, u64 linear);
int guest_copy_u64_from(struct vcpu *v, u64 *to, u64 linear);
int guest_copy_to(struct vcpu *v, u64 linear, const void *from, size_t len);
int guest_clear(struct vcpu *v, u64 linear, size_t len);

/*
 * What an instruction accesses that we carry out for the guest: with the rights of that
 * instruction.  Never for an argument of a hypercall, which has the kernel's rights.
 */
enum guest_access {
	GUEST_READ = 0,		/* WALK_* */
	GUEST_WRITE = 1,
	GUEST_FETCH = 2,
	/* By the CPU itself, of its tables: the rights of the kernel, whatever the CPL. */
	GUEST_READ_SYSTEM = 8,
	GUEST_WRITE_SYSTEM = 9,
};

/**
 * struct guest_fault - why an access cannot be made
 * @kind: what the instruction gets; REFUSED is Xen's #GP for what no CPU would refuse:
 *	page tables, or code, in no memory, or what another domain granted
 * @linear: the first byte that cannot be accessed
 * @error: of GUEST_FAULT_PAGE: its error code
 */
struct guest_fault {
	enum guest_fault_kind {
		GUEST_FAULT_PAGE,
		GUEST_FAULT_CANONICAL,
		GUEST_FAULT_NO_MEMORY,
		GUEST_FAULT_REFUSED,
	} kind;
	u64 linear;
	u32 error;
};

int guest_access(struct vcpu *v, u64 linear, void *buffer, size_t len, enum guest_access what,
		 struct guest_fault *fault);

/* Translate an argument once: for areas that are written later under another CR3. */
int guest_linear_to_gpa(struct vcpu *v, u64 linear, bool write, u64 *gpa);

/* mmap() of a domain's descriptor while it is being built. */
int ept_mmap(struct domain *d, struct vm_area_struct *vma);

/* Every vCPU forgets translations before it runs the guest again; waits for that. */
void ept_flush(struct domain *d);

/*
 * Forget translations on this CPU, if there is a reason.  Own thread, interrupts
 * off, VMX root operation, not in the guest.
 */
void ept_invalidate(struct vcpu *v);

#endif /* XLHV_EPT_H */
