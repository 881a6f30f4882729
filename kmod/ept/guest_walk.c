// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page walks in every paging mode: off, 32-bit (with PSE-36), PAE, 4-level and
 * 5-level.  Pure: no state, no locks.
 *
 * Page tables are guest memory and nothing in them is trusted: an entry is read
 * once, the copy is checked and used.  Accessed and dirty bits are set by
 * compare-and-swap against that copy; a guest that changes the entry all the time
 * makes the walk fail after a few tries.  A walk takes as many steps as the mode
 * has levels, whatever the tables say.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/errno.h>

#include "ept/guest_walk.h"

#define PTE_P		BIT_ULL(0)
#define PTE_RW		BIT_ULL(1)
#define PTE_US		BIT_ULL(2)
#define PTE_A		BIT_ULL(5)
#define PTE_D		BIT_ULL(6)
#define PTE_PS		BIT_ULL(7)
#define PTE_NX		BIT_ULL(63)
#define PTE_FRAME	GENMASK_ULL(51, 12)

/* Tries at one entry before the guest is told that it cannot be read. */
#define MAX_TRIES	8

/**
 * struct walk - a walk on its way
 * @mode: given
 * @memory: given
 * @linear: address, cut to 32 bits where the mode has no more
 * @access: WALK_*
 * @wide: entries of 64 bits
 * @lma: 4-level or 5-level
 * @rights: PTE_RW and PTE_US as granted by all levels so far
 * @nx: some level forbids execution
 */
struct walk {
	const struct walk_mode *mode;
	const struct walk_memory *memory;
	u64 linear;
	unsigned int access;
	bool wide;
	bool lma;
	u64 rights;
	bool nx;
};

/* Bits of a linear address that are the offset into a page of that level. */
static u64 page_mask(const struct walk *w, unsigned int level)
{
	if (w->wide)
		return BIT_ULL(12 + 9 * (level - 1)) - 1;
	return BIT_ULL(12 + 10 * (level - 1)) - 1;
}

/* PAE's four entries at the top grant all and have no accessed bit. */
static bool is_pdpte(const struct walk *w, unsigned int level)
{
	return level == 3 && !w->lma;
}

static bool is_large(const struct walk *w, unsigned int level, u64 value)
{
	if (!(value & PTE_PS))
		return false;
	if (w->wide)
		return level == 2 || (level == 3 && w->lma);
	return level == 2 && w->mode->cr4 & WALK_CR4_PSE;
}

/* Bits of an entry that have to be zero. */
static u64 reserved_bits(const struct walk *w, unsigned int level, bool large)
{
	unsigned int width = w->mode->maxphyaddr;
	u64 bits = 0;

	if (!w->wide) {
		if (large) {
			/* PSE-36: bits 20:13 are address bits 39:32. */
			bits |= BIT_ULL(21);
			if (width < 40)
				bits |= GENMASK_ULL(20, width - 32 + 13);
		}
		return bits;
	}
	if (width < 52)
		bits |= GENMASK_ULL(51, width);
	if (is_pdpte(w, level))
		return bits | GENMASK_ULL(63, 52) | GENMASK_ULL(8, 5) | GENMASK_ULL(2, 1);
	if (!(w->mode->efer & WALK_EFER_NXE))
		bits |= PTE_NX;
	if (!w->lma)
		bits |= GENMASK_ULL(62, 52);
	if (level > 3 || (level == 3 && !w->mode->gbpages))
		bits |= PTE_PS;
	if (large)
		bits |= page_mask(w, level) & GENMASK_ULL(29, 13);
	return bits;
}

/* The address in a leaf, without the offset into its page. */
static u64 leaf_address(const struct walk *w, unsigned int level, u64 value)
{
	u64 mask = page_mask(w, level);

	if (!w->wide && level == 2)
		return (value & GENMASK_ULL(31, 22)) | (value & GENMASK_ULL(20, 13)) << 19;
	return value & PTE_FRAME & ~mask;
}

/* What the error code of a page fault says of the access, whatever forbids it. */
static u32 access_error(const struct walk *w)
{
	const struct walk_mode *m = w->mode;
	u32 error = 0;

	if (w->access & WALK_WRITE)
		error |= WALK_PF_W;
	if (w->access & WALK_USER)
		error |= WALK_PF_U;
	/* Without execute-disable and SMEP the CPU does not tell a fetch from a read. */
	if (w->access & WALK_FETCH &&
	    (m->cr4 & WALK_CR4_SMEP || (w->wide && m->efer & WALK_EFER_NXE)))
		error |= WALK_PF_I;
	return error;
}

/* @why: WALK_PF_P, WALK_PF_RSVD and WALK_PF_PK.  Return: -EFAULT. */
static int page_fault(const struct walk *w, struct walk_result *result, u32 why)
{
	result->fault = WALK_FAULT_PAGE;
	result->error = access_error(w) | why;
	return -EFAULT;
}

static int no_table(struct walk_result *result)
{
	result->fault = WALK_FAULT_TABLE;
	return -EFAULT;
}

/* Does the key of a user page forbid it?  @write: a write that minds R/W. */
static bool key_forbids(const struct walk *w, u64 leaf, bool write)
{
	const struct walk_mode *m = w->mode;
	u32 rights;

	if (!w->lma || !(m->cr4 & WALK_CR4_PKE) || w->access & WALK_FETCH)
		return false;
	rights = m->pkru >> (2 * (leaf >> 59 & 15)) & 3;
	return rights & 1 || (rights & 2 && write);
}

/* May the access be made through this leaf?  Return: 0, or why not, as WALK_PF_*. */
static u32 forbidden(const struct walk *w, u64 leaf, struct walk_result *result)
{
	const struct walk_mode *m = w->mode;
	bool user = w->rights & PTE_US;
	bool write = w->access & WALK_WRITE;
	bool fetch = w->access & WALK_FETCH;
	bool as_user = w->access & WALK_USER;
	u32 why = WALK_PF_P;

	/* The kernel's writes mind R/W only with CR0.WP. */
	write = write && (as_user || m->cr0 & WALK_CR0_WP);
	result->user = user;
	result->writable = w->rights & PTE_RW;
	if (user && key_forbids(w, leaf, write))
		why |= WALK_PF_PK;
	if (as_user && !user)
		return why;
	if (write && !(w->rights & PTE_RW))
		return why;
	if (fetch && (w->nx || (!as_user && user && m->cr4 & WALK_CR4_SMEP)))
		return why;
	if (why & WALK_PF_PK)
		return why;
	/* Last, so that AC alone makes the difference. */
	if (!fetch && user && !as_user && m->cr4 & WALK_CR4_SMAP && !m->ac) {
		result->smap = true;
		return why;
	}
	return 0;
}

/*
 * Read one entry, check it, set its accessed and dirty bits.  Return: 0: it is a
 * table, 1: it is the leaf, or -EFAULT.
 */
static int use_entry(struct walk *w, unsigned int level, u64 gpa, struct walk_result *result)
{
	bool writable = true, large, leaf;
	unsigned int tries;
	u64 value, set;
	void *at;
	u32 why;

	at = w->memory->entry(w->memory->ctx, gpa, &writable);
	if (!at)
		return no_table(result);
	for (tries = 0; tries < MAX_TRIES; tries++) {
		u64 rights = w->rights;
		bool nx = w->nx;

		value = w->wide ? READ_ONCE(*(u64 *)at) : READ_ONCE(*(u32 *)at);
		if (!(value & PTE_P))
			return page_fault(w, result, 0);
		large = is_large(w, level, value);
		if (value & reserved_bits(w, level, large))
			return page_fault(w, result, WALK_PF_P | WALK_PF_RSVD);
		leaf = level == 1 || large;
		set = 0;
		if (!is_pdpte(w, level)) {
			w->rights &= value;
			w->nx |= w->wide && value & PTE_NX;
			set = PTE_A;
		}
		if (leaf) {
			why = forbidden(w, value, result);
			if (why)
				return page_fault(w, result, why);
			if (w->access & WALK_WRITE)
				set |= PTE_D;
		}
		if (!(set & ~value))
			goto done;
		if (!writable)
			return no_table(result);
		if (w->wide) {
			u64 old = value;

			if (try_cmpxchg((u64 *)at, &old, value | set))
				goto done;
		} else {
			u32 old = value;

			if (try_cmpxchg((u32 *)at, &old, (u32)(value | set)))
				goto done;
		}
		w->rights = rights;
		w->nx = nx;
	}
	/* As if it was not there: what changes all the time may be so at one moment. */
	return page_fault(w, result, 0);
done:
	result->entry[result->nr] = at;
	result->value[result->nr] = value | set;
	result->nr++;
	return leaf;
}

/**
 * walk_linear() - translate a linear address
 * @mode: state of the CPU
 * @memory: where page tables are
 * @linear: address
 * @access: WALK_*
 * @result: filled in; gpa and entries are good at success only, the fault at failure
 *
 * Source: SDM vol. 3, chapter "Paging".  Context: as @memory needs.
 * Return: 0; -EFAULT: not mapped, not allowed, a reserved bit is set, not
 * canonical, a table is not in memory, or an entry did not stand still.
 */
int walk_linear(const struct walk_mode *mode, const struct walk_memory *memory, u64 linear,
		unsigned int access, struct walk_result *result)
{
	struct walk w = {
		.mode = mode,
		.memory = memory,
		.linear = linear,
		.access = access,
		.rights = PTE_RW | PTE_US,
	};
	unsigned int level, shift, bits;
	u64 table, index;
	int leaf;

	result->nr = 0;
	result->user = false;
	result->writable = true;
	result->smap = false;
	w.lma = mode->efer & WALK_EFER_LMA;
	if (!w.lma)
		w.linear = (u32)linear;
	if (!(mode->cr0 & WALK_CR0_PG)) {
		result->wide = false;
		result->gpa = w.linear;
		return 0;
	}
	w.wide = w.lma || mode->cr4 & WALK_CR4_PAE;
	result->wide = w.wide;
	bits = w.wide ? 9 : 10;
	if (w.lma) {
		level = mode->cr4 & WALK_CR4_LA57 ? 5 : 4;
		shift = 64 - (12 + 9 * level);
		if ((u64)((s64)(linear << shift) >> shift) != linear) {
			result->fault = WALK_FAULT_CANONICAL;
			return -EFAULT;
		}
		table = mode->cr3 & PTE_FRAME;
	} else if (w.wide) {
		level = 3;
		table = mode->cr3 & GENMASK_ULL(31, 5);
	} else {
		level = 2;
		table = mode->cr3 & GENMASK_ULL(31, 12);
	}
	for (;; level--) {
		index = w.linear >> (12 + bits * (level - 1)) & (BIT_ULL(bits) - 1);
		leaf = use_entry(&w, level, table + index * (w.wide ? 8 : 4), result);
		if (leaf < 0)
			return leaf;
		table = result->value[result->nr - 1];
		if (leaf)
			break;
		table &= w.wide ? PTE_FRAME : GENMASK_ULL(31, 12);
	}
	result->gpa = leaf_address(&w, level, table) | (w.linear & page_mask(&w, level));
	return 0;
}
