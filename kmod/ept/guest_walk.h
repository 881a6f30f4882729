/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's own page tables, walked as the CPU would.  Pure: guest memory is
 * reached through a callback, so the same code runs in tests.
 */
#ifndef XLHV_EPT_GUEST_WALK_H
#define XLHV_EPT_GUEST_WALK_H

#include <linux/bits.h>
#include <linux/types.h>

/* The access: a read with supervisor rights, unless said otherwise. */
#define WALK_WRITE	1
#define WALK_FETCH	2
#define WALK_USER	4

#define WALK_MAX_LEVELS	5

/* Error code of a page fault (SDM vol. 3, "Page-Fault Exceptions"). */
#define WALK_PF_P	BIT(0)
#define WALK_PF_W	BIT(1)
#define WALK_PF_U	BIT(2)
#define WALK_PF_RSVD	BIT(3)
#define WALK_PF_I	BIT(4)
#define WALK_PF_PK	BIT(5)

/**
 * struct walk_mode - what of the CPU's state decides about a translation
 * @cr0: CR0 as the guest reads it
 * @cr3: CR3
 * @cr4: CR4 as the guest reads it
 * @efer: IA32_EFER
 * @pkru: rights by protection key, if CR4.PKE
 * @maxphyaddr: width of guest-physical addresses, 32 to 52 bits
 * @gbpages: pages of 1 GiB exist
 * @ac: RFLAGS.AC: SMAP does not apply
 */
struct walk_mode {
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 efer;
	u32 pkru;
	u8 maxphyaddr;
	bool gbpages;
	bool ac;
};

/**
 * struct walk_memory - where page tables are
 * @entry: kernel address of the page-table entry at a guest-physical address
 *	that is a multiple of its size, or NULL; clears *writable if it may only
 *	be read.  The address stays good until the walk returns
 * @ctx: for @entry
 */
struct walk_memory {
	void *(*entry)(void *ctx, u64 gpa, bool *writable);
	void *ctx;
};

/**
 * enum walk_fault - what the CPU would make of a walk that failed
 * @WALK_FAULT_PAGE: #PF, with the error code of the result
 * @WALK_FAULT_CANONICAL: the address is not canonical
 * @WALK_FAULT_TABLE: an entry is in no memory, or has to be marked and may only be read
 */
enum walk_fault {
	WALK_FAULT_PAGE,
	WALK_FAULT_CANONICAL,
	WALK_FAULT_TABLE,
};

/**
 * struct walk_result - what a walk found
 * @gpa: where the linear address leads
 * @user: user-mode code could read it
 * @writable: it can be written whatever CR0.WP says
 * @smap: it failed only for SMAP: with RFLAGS.AC set it would not
 * @fault: why it failed
 * @error: WALK_PF_*, if for a page fault
 * @wide: entries have 64 bits, not 32
 * @nr: entries that were used, from the root down
 * @entry: where they are
 * @value: what they are now, accessed and dirty bits set
 */
struct walk_result {
	u64 gpa;
	bool user;
	bool writable;
	bool smap;
	enum walk_fault fault;
	u32 error;
	bool wide;
	u8 nr;
	void *entry[WALK_MAX_LEVELS];
	u64 value[WALK_MAX_LEVELS];
};

int walk_linear(const struct walk_mode *mode, const struct walk_memory *memory, u64 linear,
		unsigned int access, struct walk_result *result);

/* Control-register bits that decide about a translation, besides CR3. */
#define WALK_CR0_WP	BIT_ULL(16)
#define WALK_CR0_PG	BIT_ULL(31)
#define WALK_CR4_PSE	BIT_ULL(4)
#define WALK_CR4_PAE	BIT_ULL(5)
#define WALK_CR4_LA57	BIT_ULL(12)
#define WALK_CR4_SMEP	BIT_ULL(20)
#define WALK_CR4_SMAP	BIT_ULL(21)
#define WALK_CR4_PKE	BIT_ULL(22)
#define WALK_EFER_LMA	BIT_ULL(10)
#define WALK_EFER_NXE	BIT_ULL(11)

#endif /* XLHV_EPT_GUEST_WALK_H */
