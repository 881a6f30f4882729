// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory by linear address: arguments of hypercalls, read and written with
 * the rights of the guest's kernel at the moment of the call, and what an instruction
 * accesses that we carry out, with the rights that the instruction itself has.
 *
 * Each vCPU remembers a few translations, with the page-table entries they were
 * made from.  Every use reads those entries again, so a change that the guest made
 * counts at once, with or without INVLPG.  Where the entries are is good while the
 * p2m has not changed (its generation), as frames that leave the p2m outlast the
 * RCU read section in which that is checked.
 *
 * Pages that others granted are neither arguments nor page tables, as on Xen.  The end
 * of a mapping waits for vCPUs that are in the guest, not for a copy under way: that
 * would land in a page which its owner has back already.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/cpufeature.h>

#include "base/usercopy.h"
#include "ept/internal.h"
#include "ept/guest_walk.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"

/*
 * In the word of vmx_paging_mode(), which has no bits there: what the access is.  So a
 * translation is remembered for reads or writes or fetches, of the user or the kernel.
 */
#define MODE_ACCESS	((u64)(WALK_WRITE | WALK_FETCH | WALK_USER))

static_assert(GUEST_READ == 0 && GUEST_WRITE == WALK_WRITE && GUEST_FETCH == WALK_FETCH);

/* How often an access is begun again because another vCPU took its page away meanwhile. */
#define MAX_TRIES	8

/* walk_memory.entry: RCU read section. */
static void *table_entry(void *ctx, u64 gpa, bool *writable)
{
	struct ept *ept = ctx;
	u64 gfn = gpa >> PAGE_SHIFT;
	enum ept_type type;
	struct ept_pos pos;

	if (!ept_walk(ept, gfn, 1, &pos))
		return NULL;
	type = ept_pos_type(ept, gfn, &pos);
	if (type == EPT_HOLE || ept_type_is_grant(type))
		return NULL;
	if (type == EPT_RAM_LAZY) {
		*writable = false;
		return page_address(ZERO_PAGE(0)) + offset_in_page(gpa);
	}
	*writable = ept_type_writable(type);
	return ept_pos_address(&pos, gfn) + offset_in_page(gpa);
}

/* @access: WALK_*.  RCU read section.  Return: 0 or -EFAULT. */
static int walk(struct vcpu *v, u64 linear, unsigned int access, struct walk_result *result)
{
	const struct walk_memory memory = {
		.entry = table_entry,
		.ctx = &v->domain->ept,
	};
	struct walk_mode mode = {
		.cr0 = vmx_vcpu_cr0(v),
		.cr3 = vmx_vcpu_cr3(v),
		.cr4 = vmx_vcpu_cr4(v),
		.efer = vmx_vcpu_efer(v),
		.maxphyaddr = ept_maxphyaddr(),
		.gbpages = boot_cpu_has(X86_FEATURE_GBPAGES),
	};
	int err;

	if (mode.cr4 & WALK_CR4_PKE)
		mode.pkru = vmx_vcpu_pkru(v);
	err = walk_linear(&mode, &memory, linear, access, result);
	if (err && result->smap && vmx_vcpu_rflags(v) & X86_EFLAGS_AC) {
		mode.ac = true;
		err = walk_linear(&mode, &memory, linear, access, result);
	}
	return err;
}

/* What the entries that a walk did not use are compared with. */
static const u64 nothing;

static void remember(struct ept_tlb *tlb, u64 linear, u64 cr3, u64 mode, u64 generation,
		     void *page, const struct walk_result *result)
{
	unsigned int i;

	tlb->linear = linear & PAGE_MASK;
	tlb->cr3 = cr3;
	tlb->mode = mode;
	tlb->generation = generation;
	tlb->page = page;
	tlb->wide = result->wide;
	tlb->nr = result->nr;
	tlb->four = result->wide && result->nr <= 4;
	for (i = 0; i < ARRAY_SIZE(tlb->entry); i++) {
		tlb->entry[i] = i < result->nr ? result->entry[i] : (void *)&nothing;
		tlb->value[i] = i < result->nr ? result->value[i] : nothing;
	}
}

/* What the guest's own tables say no to. */
static int no_translation(struct guest_fault *fault, const struct walk_result *result)
{
	static const enum guest_fault_kind kind[] = {
		[WALK_FAULT_PAGE] = GUEST_FAULT_PAGE,
		[WALK_FAULT_CANONICAL] = GUEST_FAULT_CANONICAL,
		[WALK_FAULT_TABLE] = GUEST_FAULT_REFUSED,
	};

	fault->kind = kind[result->fault];
	fault->error = result->error;
	return -EFAULT;
}

/*
 * Kernel address of the page that a linear address is in, by a walk.  RCU read
 * section; *populate: gfn that needs a frame first, with -EAGAIN; *fault: with -EFAULT.
 */
static noinline int translate_slow(struct vcpu *v, u64 linear, struct ept_tlb *tlb, u64 mode,
				   void **page, u64 *populate, struct guest_fault *fault)
{
	struct ept *ept = &v->domain->ept;
	u64 generation = atomic64_read(&ept->generation);
	u64 exposed = mode & WALK_USER ? WALK_CR4_PKE : WALK_CR4_PKE | WALK_CR4_SMAP;
	bool write = mode & WALK_WRITE;
	struct walk_result result;
	enum ept_type type;
	struct ept_pos pos;
	u64 gfn;
	int err;

	smp_rmb();	/* what is looked up is not older than the generation says */
	err = walk(v, linear, mode & MODE_ACCESS, &result);
	if (err)
		return no_translation(fault, &result);
	gfn = result.gpa >> PAGE_SHIFT;
	fault->kind = GUEST_FAULT_NO_MEMORY;
	if (!ept_walk(ept, gfn, 1, &pos))
		return -EFAULT;
	type = ept_pos_type(ept, gfn, &pos);
	if (type == EPT_RAM_LAZY) {
		if (write || vmx_vcpu_atomic(v)) {
			*populate = gfn;
			return -EAGAIN;
		}
		*page = page_address(ZERO_PAGE(0));
		return 0;
	}
	if (ept_type_is_grant(type)) {
		fault->kind = GUEST_FAULT_REFUSED;
		return -EFAULT;
	}
	if (type == EPT_HOLE || (write && !ept_type_writable(type)))
		return -EFAULT;
	*page = ept_pos_address(&pos, gfn);
	/*
	 * What depends on RFLAGS.AC, PKRU or CR0.WP, which change without an exit, is asked
	 * each time: a user page under SMAP or with a key, a write to what may be read only.
	 */
	if ((!result.user || !(mode & exposed)) && (!write || result.writable))
		remember(tlb, linear, vmx_vcpu_cr3(v), mode, generation, *page, &result);
	return 0;
}

static __always_inline struct ept_tlb *tlb_slot(struct vcpu *v, u64 linear)
{
	return &v->ept->tlb[linear >> PAGE_SHIFT & (EPT_TLB_ENTRIES - 1)];
}

/* Not 0: the page-table entry, of 64 bits, is not what it was. */
static __always_inline u64 changed(const struct ept_tlb *tlb, unsigned int i)
{
	return READ_ONCE(*(u64 *)tlb->entry[i]) ^ tlb->value[i];
}

/*
 * The page of @linear, if it is remembered and the evidence still holds, or NULL.
 * RCU read section, or interrupts off.
 */
static void *tlb_lookup(struct vcpu *v, const struct ept_tlb *tlb, u64 linear, u64 mode)
{
	/* What may be written may be read. */
	u64 same = mode & WALK_WRITE ? ~0ULL : ~(u64)WALK_WRITE;
	unsigned int i;

	if (tlb->linear != (linear & PAGE_MASK) || (tlb->mode ^ mode) & same ||
	    tlb->generation != atomic64_read(&v->domain->ept.generation) ||
	    tlb->cr3 != vmx_vcpu_cr3(v))
		return NULL;
	for (i = 0; i < tlb->nr; i++)
		if (tlb->wide ? changed(tlb, i) :
		    READ_ONCE(*(u32 *)tlb->entry[i]) != tlb->value[i])
			return NULL;
	return tlb->page;
}

/*
 * The usual case: in the inner loop, where interrupts are off and so no grace period
 * ends, within one page, which is remembered.  As this calls nothing, not even when
 * the VMCS cannot be read, its caller needs no stack.
 *
 * Return: kernel address of @linear; NULL: the slow way will tell.
 */
static __always_inline void *find_fast(struct vcpu *v, u64 linear, size_t len, bool write)
{
	const struct ept_tlb *tlb = tlb_slot(v, linear);
	u64 mode = vmx_paging_mode(&v->vmx) | (write ? WALK_WRITE : 0);
	u64 same = write ? ~0ULL : ~(u64)WALK_WRITE;
	u64 offset = linear - tlb->linear;
	struct vmx_vcpu *x = &v->vmx;
	unsigned long cr3;

	if (unlikely(!x->atomic || len > PAGE_SIZE || offset > PAGE_SIZE - len ||
		     (tlb->mode ^ mode) & same ||
		     tlb->generation != atomic64_read(&v->domain->ept.generation) || !tlb->four))
		return NULL;
	if (vmx_cache_missed(x, VMX_HAVE_CR3)) {
		if (unlikely(vmcs_read_safe(GUEST_CR3, &cr3))) {
			x->have &= ~BIT(VMX_HAVE_CR3);
			return NULL;
		}
		x->cr3 = cr3;
	}
	if (unlikely(tlb->cr3 != x->cr3 ||
		     changed(tlb, 0) | changed(tlb, 1) | changed(tlb, 2) | changed(tlb, 3)))
		return NULL;
	return tlb->page + offset;
}

#define MOVE(type, at)	__builtin_memcpy(to + (at), from + (at), sizeof(type))

/*
 * Arguments are a few words: they are copied in line, wherever they are; the last
 * words may overlap.
 */
static __always_inline void copy_words(void *to, const void *from, size_t len)
{
	if (len > 32) {
		memcpy(to, from, len);
	} else if (len >= 8) {
		MOVE(u64, 0);
		if (len > 16) {
			MOVE(u64, 8);
			MOVE(u64, len - 16);
		}
		if (len > 8)
			MOVE(u64, len - 8);
	} else if (len >= 4) {
		MOVE(u32, 0);
		if (len > 4)
			MOVE(u32, len - 4);
	} else {
		for (; len; len--, to++, from++)
			*(u8 *)to = *(const u8 *)from;
	}
}

enum copy_what { COPY_FROM, COPY_TO, COPY_CLEAR };

static __always_inline void copy_part(void *page, void *buffer, size_t len, enum copy_what what)
{
	if (what == COPY_FROM)
		copy_words(buffer, page, len);
	else if (what == COPY_TO)
		copy_words(page, buffer, len);
	else
		memset(page, 0, len);
}

/*
 * Kernel address of the page of @linear, remembered or not.  RCU read section; *populate:
 * gfn that needs a frame first, with -EAGAIN; *fault: with -EFAULT.
 */
static int find_page(struct vcpu *v, u64 linear, u64 mode, void **page, u64 *populate,
		     struct guest_fault *fault)
{
	struct ept_tlb *tlb = tlb_slot(v, linear);

	*page = tlb_lookup(v, tlb, linear, mode);
	return *page ? 0 : translate_slow(v, linear, tlb, mode, page, populate, fault);
}

/* The caller is a process of the host's, and the address one of its own. */
static noinline int copy_by_process(u64 address, void *buffer, size_t len, enum copy_what what)
{
	void __user *user = u64_to_user_ptr(address);

	if (what == COPY_FROM)
		return user_copy_in(buffer, user, len);
	if (what == COPY_TO)
		return user_copy_out(user, buffer, len);
	return user_clear(user, len);
}

/* Any length, any pages, with sleep where that is allowed. */
static noinline int copy_slow(struct vcpu *v, u64 linear, void *buffer, size_t len,
			      enum copy_what what)
{
	u64 mode = vmx_paging_mode(&v->vmx) | (what == COPY_FROM ? 0 : WALK_WRITE);
	struct guest_fault fault;
	size_t done, part;
	unsigned int tries;
	u64 populate = 0;
	void *page;
	int err;

	if (unlikely(v->process))
		return copy_by_process(linear, buffer, len, what);
	if (unlikely(!(mode & WALK_EFER_LMA))) {
		linear = (u32)linear;
		if (len > BIT_ULL(32) - linear)
			return -EFAULT;
	} else if (unlikely(len && linear + len - 1 < linear)) {
		return -EFAULT;
	}
	for (done = 0; done < len; done += part) {
		part = min_t(size_t, len - done, PAGE_SIZE - offset_in_page(linear + done));
		for (tries = 0;; tries++) {
			rcu_read_lock();
			err = find_page(v, linear + done, mode, &page, &populate, &fault);
			if (likely(!err))
				break;
			rcu_read_unlock();
			if (err != -EAGAIN || vmx_vcpu_atomic(v))
				return err;
			if (tries == MAX_TRIES)
				return -EFAULT;
			err = ept_populate_lazy(v->domain, populate);
			if (err)
				return err == -ENOMEM ? err : -EFAULT;
		}
		copy_part(page + offset_in_page(linear + done), buffer + done, part, what);
		rcu_read_unlock();
	}
	return 0;
}

static __always_inline int copy(struct vcpu *v, u64 linear, void *buffer, size_t len,
				enum copy_what what)
{
	void *at = find_fast(v, linear, len, what != COPY_FROM);

	if (unlikely(!at))
		return copy_slow(v, linear, buffer, len, what);
	copy_part(at, buffer, len, what);
	return 0;
}

/**
 * guest_copy_from() - copy an argument of a hypercall
 * @v: own thread
 * @to: where to
 * @linear: linear address in the guest
 * @len: bytes
 *
 * Each byte is read once.
 *
 * Context: inside or outside of the inner loop.
 * Return: 0; -EFAULT: not mapped, not readable, wraps around; -EAGAIN: call again
 * outside of the inner loop.
 */
int guest_copy_from(struct vcpu *v, void *to, u64 linear, size_t len)
{
	return copy(v, linear, to, len, COPY_FROM);
}

static noinline s64 read_u32_slow(struct vcpu *v, u64 linear)
{
	u32 word;

	return copy_slow(v, linear, &word, sizeof(word), COPY_FROM) ?: (s64)word;
}

/**
 * guest_read_u32() - the same for one word, the argument of the most frequent calls
 * @v: own thread
 * @linear: linear address in the guest
 *
 * Context: inside or outside of the inner loop.
 * Return: the word; negative: as guest_copy_from().
 */
s64 guest_read_u32(struct vcpu *v, u64 linear)
{
	const u32 *at = find_fast(v, linear, sizeof(*at), false);

	return likely(at) ? READ_ONCE(*at) : read_u32_slow(v, linear);
}

/* And for one of 64 bits. */
int guest_copy_u64_from(struct vcpu *v, u64 *to, u64 linear)
{
	return copy(v, linear, to, sizeof(*to), COPY_FROM);
}

/**
 * guest_copy_to() - copy a result of a hypercall
 * @v: own thread
 * @linear: linear address in the guest
 * @from: what
 * @len: bytes
 *
 * Context: inside or outside of the inner loop.
 * Return: 0; -EFAULT: not mapped, not writable, wraps around; -EAGAIN: call again
 * outside of the inner loop; -ENOMEM.  What was written before an error stays.
 */
int guest_copy_to(struct vcpu *v, u64 linear, const void *from, size_t len)
{
	return copy(v, linear, (void *)from, len, COPY_TO);
}

/* As guest_copy_to(), of zeros. */
int guest_clear(struct vcpu *v, u64 linear, size_t len)
{
	return copy_slow(v, linear, NULL, len, COPY_CLEAR);
}

/* One part of an access, on one page; NULL: nothing is there. */
static void access_part(void *page, u64 linear, void *buffer, size_t len, bool write)
{
	if (!page) {
		if (!write)
			memset(buffer, 0xff, len);
		return;
	}
	page += offset_in_page(linear);
	if (write)
		copy_words(page, buffer, len);
	else
		copy_words(buffer, page, len);
}

/* As find_page().  Data that is in no memory is no fault: *page is NULL. */
static int find_operand(struct vcpu *v, u64 linear, u64 mode, void **page, u64 *populate,
			struct guest_fault *fault)
{
	int err = find_page(v, linear, mode, page, populate, fault);

	fault->linear = linear;
	if (err == -EFAULT && fault->kind == GUEST_FAULT_NO_MEMORY && !(mode & WALK_FETCH)) {
		*page = NULL;
		return 0;
	}
	return err;
}

/**
 * guest_access() - an access of an instruction that we carry out
 * @v: own thread
 * @linear: linear address in the guest
 * @buffer: what is written, or where to
 * @len: bytes, at most a page
 * @what: GUEST_*
 * @fault: why not, with -EFAULT
 *
 * The access has the rights of the vCPU at this moment, those of user mode if its CPL
 * is 3, and is made as the CPU makes it: not at all if some of its bytes have a fault.
 * Where there is no memory reads give ones and writes go nowhere, also on the page of
 * the local APIC, whose registers no string instruction can reach.
 *
 * Context: outside of the inner loop, may sleep.
 * Return: 0; -EFAULT: the instruction has @fault; -ENOMEM.
 */
int guest_access(struct vcpu *v, u64 linear, void *buffer, size_t len, enum guest_access what,
		 struct guest_fault *fault)
{
	bool user = vmx_vcpu_cpl(v) == 3 && !(what & GUEST_READ_SYSTEM);
	bool write = what & GUEST_WRITE;
	u64 mode = vmx_paging_mode(&v->vmx) | (what & ~GUEST_READ_SYSTEM) | (user ? WALK_USER : 0);
	u64 addresses = vmx_vcpu_long_mode(v) ? ~0ULL : U32_MAX;
	size_t first = min_t(size_t, len, PAGE_SIZE - offset_in_page(linear));
	u64 second = (linear + first) & addresses;
	void *page[2] = {};
	unsigned int tries;
	u64 populate = 0;
	int err;

	linear &= addresses;
	for (tries = 0; tries < MAX_TRIES; tries++) {
		rcu_read_lock();
		err = find_operand(v, linear, mode, &page[0], &populate, fault);
		if (!err && first < len)
			err = find_operand(v, second, mode, &page[1], &populate, fault);
		if (!err) {
			access_part(page[0], linear, buffer, first, write);
			access_part(page[1], second, buffer + first, len - first, write);
		}
		rcu_read_unlock();
		if (err != -EAGAIN)
			return err;
		if (ept_populate_lazy(v->domain, populate) == -ENOMEM)
			return -ENOMEM;
	}
	/* Another vCPU takes the memory away each time, or all of it is gone. */
	fault->kind = GUEST_FAULT_REFUSED;
	return -EFAULT;
}

/**
 * guest_linear_to_gpa() - where a linear address leads at this moment
 * @v: own thread
 * @linear: address of an argument of a hypercall
 * @write: it is going to be written: needs the right to, sets the dirty bit
 * @gpa: result
 *
 * There need not be memory at the result.
 *
 * Context: inside or outside of the inner loop.
 * Return: 0 or -EFAULT.
 */
int guest_linear_to_gpa(struct vcpu *v, u64 linear, bool write, u64 *gpa)
{
	struct walk_result result;
	int err;

	rcu_read_lock();
	err = walk(v, linear, write ? WALK_WRITE : 0, &result);
	rcu_read_unlock();
	if (!err)
		*gpa = result.gpa;
	return err;
}
