// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory by linear address: arguments of hypercalls, read and written with
 * the rights of the guest's kernel at the moment of the call.
 *
 * Each vCPU remembers a few translations, with the page-table entries they were
 * made from.  Every use reads those entries again, so a change that the guest made
 * counts at once, with or without INVLPG.  Where the entries are is good while the
 * p2m has not changed (its generation), as frames that leave the p2m outlast the
 * RCU read section in which that is checked.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/cpufeature.h>

#include "ept/internal.h"
#include "ept/walk.h"
#include "vcpu.h"

/*
 * The guest's PKRU is in its FPU state.  A hypercall whose argument is in a user
 * page with a key of its own is refused, as if PKRU had its usual start value.
 */
#define PKRU_KEY_0_ONLY	0x55555554

/* In the word of vmx_paging_mode(), which has no bit there: it is for writing. */
#define MODE_WRITE	BIT_ULL(0)

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
	if (type == EPT_HOLE)
		return NULL;
	if (type == EPT_RAM_LAZY) {
		*writable = false;
		return page_address(ZERO_PAGE(0)) + offset_in_page(gpa);
	}
	*writable = ept_type_writable(type);
	return ept_pos_address(&pos, gfn) + offset_in_page(gpa);
}

/* RCU read section.  Return: 0 or -EFAULT. */
static int walk(struct vcpu *v, u64 linear, bool write, struct walk_result *result)
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
		.pkru = PKRU_KEY_0_ONLY,
		.maxphyaddr = ept_maxphyaddr(),
		.gbpages = boot_cpu_has(X86_FEATURE_GBPAGES),
	};
	unsigned int access = write ? WALK_WRITE : 0;
	int err;

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

/*
 * Kernel address of the page that a linear address is in, by a walk.  RCU read
 * section; *populate: gfn that needs a frame first, with -EAGAIN.
 */
static noinline int translate_slow(struct vcpu *v, u64 linear, bool write, struct ept_tlb *tlb,
				   u64 mode, void **page, u64 *populate)
{
	struct ept *ept = &v->domain->ept;
	u64 generation = atomic64_read(&ept->generation);
	struct walk_result result;
	enum ept_type type;
	struct ept_pos pos;
	u64 gfn;
	int err;

	smp_rmb();	/* what is looked up is not older than the generation says */
	err = walk(v, linear, write, &result);
	if (err)
		return err;
	gfn = result.gpa >> PAGE_SHIFT;
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
	if (type == EPT_HOLE || (write && !ept_type_writable(type)))
		return -EFAULT;
	*page = ept_pos_address(&pos, gfn);
	/*
	 * What depends on RFLAGS.AC or CR0.WP, which change without an exit, is asked
	 * each time: a user page under SMAP, a write to what may be read only.
	 */
	if ((!result.user || !(mode & WALK_CR4_SMAP)) && (!write || result.writable))
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
	u64 same = mode & MODE_WRITE ? ~0ULL : ~MODE_WRITE;
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
	u64 mode = vmx_paging_mode(&v->vmx) | (write ? MODE_WRITE : 0);
	u64 same = write ? ~0ULL : ~MODE_WRITE;
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

/* Any length, any pages, with sleep where that is allowed. */
static noinline int copy_slow(struct vcpu *v, u64 linear, void *buffer, size_t len,
			      enum copy_what what)
{
	u64 mode = vmx_paging_mode(&v->vmx) | (what == COPY_FROM ? 0 : MODE_WRITE);
	size_t done, part;
	u64 populate = 0;
	struct ept_tlb *tlb;
	void *page;
	int err;

	if (unlikely(!(mode & WALK_EFER_LMA))) {
		linear = (u32)linear;
		if (len > BIT_ULL(32) - linear)
			return -EFAULT;
	} else if (unlikely(len && linear + len - 1 < linear)) {
		return -EFAULT;
	}
	for (done = 0; done < len; done += part) {
		part = min_t(size_t, len - done, PAGE_SIZE - offset_in_page(linear + done));
		tlb = tlb_slot(v, linear + done);
		for (;;) {
			rcu_read_lock();
			err = 0;
			page = tlb_lookup(v, tlb, linear + done, mode);
			if (!page)
				err = translate_slow(v, linear + done, what != COPY_FROM, tlb,
						     mode, &page, &populate);
			if (likely(!err))
				break;
			rcu_read_unlock();
			if (err != -EAGAIN || vmx_vcpu_atomic(v))
				return err;
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

/**
 * guest_linear_to_gpa() - where a linear address leads at this moment
 * @v: own thread
 * @linear: address
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
	err = walk(v, linear, write, &result);
	rcu_read_unlock();
	if (!err)
		*gpa = result.gpa;
	return err;
}
