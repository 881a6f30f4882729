/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segment registers that a vCPU starts with, as the VMCS has them, and what a guest may
 * ask for.  Pure: what an entry would refuse is refused here.
 */
#ifndef XLHV_VMX_GUEST_SEGMENT_H
#define XLHV_VMX_GUEST_SEGMENT_H

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/types.h>

/* Access rights (SDM vol. 3, "Guest Register State"). */
#define AR_CODE32	0xc09b
#define AR_CODE64	0xa09b
#define AR_DATA32	0xc093
#define AR_TSS32	0x008b
#define AR_CODE16	0x009b
#define AR_DATA16	0x0093
#define AR_LDT		0x0082
#define AR_UNUSABLE	0x10000

#define AR_TYPE(ar)	((ar) & 0xf)
#define AR_CODE		BIT(3)		/* of a type: code, not data */
#define AR_RW		BIT(1)		/* of a type: writable data, readable code */
#define AR_DPL(ar)	((ar) >> 5 & 3)
#define AR_LONG		BIT(13)
#define AR_BIG		BIT(14)

struct segment {
	u16 selector;
	u32 ar;
	u32 limit;
	u64 base;
};

/* In the order of the VMCS fields. */
enum { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_LDTR, SEG_TR, NR_SEGS };

/**
 * vmx_segment_unpack() - a segment register of VCPUOP_initialise
 * @seg: written
 * @which: SEG_ES, SEG_CS, SEG_SS, SEG_DS or SEG_TR
 * @base: its base
 * @limit: its limit, in bytes
 * @ar: type, S, DPL, P, then AVL, L, D/B, G, in 12 bits
 *
 * As on Xen the accessed bit, and the busy one of a TSS, are set for the guest, and DS and
 * ES may be null.
 *
 * Return: 0; -EINVAL: no CPU has such a register.
 * Source: Xen, public/hvm/hvm_vcpu.h; SDM vol. 3, "Checks on Guest Segment Registers".
 */
static inline int vmx_segment_unpack(struct segment *seg, unsigned int which, u32 base, u32 limit,
				     u16 ar)
{
	bool system = which == SEG_TR;
	u32 type;

	seg->base = base;
	seg->limit = limit;
	if (!ar && (which == SEG_DS || which == SEG_ES)) {
		seg->ar = AR_UNUSABLE;
		return 0;
	}
	if (ar & ~0xfff || !(ar & BIT(7)) || !(ar & BIT(4)) != system)
		return -EINVAL;
	/* The CPU wants limit and granularity to agree. */
	if (ar & BIT(11) ? (limit & 0xfff) != 0xfff : limit >> 20)
		return -EINVAL;
	ar |= system ? BIT(1) : BIT(0);
	type = AR_TYPE(ar);
	seg->ar = (ar & 0xff) | (ar & 0xf00) << 4;
	switch (which) {
	case SEG_CS:
		return type & AR_CODE ? 0 : -EINVAL;
	case SEG_SS:
		return type & AR_CODE || !(type & AR_RW) ? -EINVAL : 0;
	case SEG_TR:
		return type == AR_TYPE(AR_TSS32) ? 0 : -EINVAL;
	default:
		return type & AR_CODE && !(type & AR_RW) ? -EINVAL : 0;
	}
}

/**
 * vmx_segments_agree() - do the segment registers go with each other and with the mode?
 * @seg: all of them; those that vmx_segment_unpack() takes are from it
 * @protected: CR0.PE
 * @lma: IA32_EFER.LMA
 *
 * Return: false: an entry would be refused, or Xen would.
 */
static inline bool vmx_segments_agree(const struct segment *seg, bool protected, bool lma)
{
	u32 cs = seg[SEG_CS].ar, dpl = AR_DPL(cs);

	if (AR_DPL(seg[SEG_SS].ar) != dpl || (dpl && !protected))
		return false;
	if (lma && cs & AR_LONG && cs & AR_BIG)
		return false;
	/* The DPL of one that is null is 0. */
	return AR_DPL(seg[SEG_DS].ar) <= dpl && AR_DPL(seg[SEG_ES].ar) <= dpl;
}

#endif /* XLHV_VMX_GUEST_SEGMENT_H */
