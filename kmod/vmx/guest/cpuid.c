// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID of a domain: the host's leaves, masked by what we virtualize, then the
 * domain's own overrides, then what we must say ourselves.  Made once, when the
 * domain is finished; an exit looks a row up and adds what depends on the vCPU.
 *
 * The policy is two tables: which bits of a leaf a guest may see (a bit that is
 * in none is not shown), and which bits are always ours to say.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/fpu/xcr.h>
#include <asm/processor.h>
#include <asm/tsc.h>
#include <asm/xen/cpuid.h>

#include "compat.h"
#include "ept/ept.h"
#include "hypercall/xen_version.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"
#include "vmx/guest/mitigations.h"
#include "vmx/root/caps.h"

enum { EAX, EBX, ECX, EDX };

#define ANY	XLHV_CPUID_ANY_SUBLEAF

#define B(n)	BIT(n)

/* CPUID.1:ECX that a guest may see: no MONITOR, VMX, SMX, thermal, PDCM, DCA. */
#define LEAF1_ECX (B(0) | B(1) | B(9) | B(12) | B(13) | B(17) | B(19) | B(20) | B(21) | B(22) | \
		   B(23) | B(24) | B(25) | B(26) | B(28) | B(29) | B(30))
/* CPUID.1:EDX: no DS, ACPI thermal, TM, PBE, PSN, SS. */
#define LEAF1_EDX (B(0) | B(1) | B(2) | B(3) | B(4) | B(5) | B(6) | B(7) | B(8) | B(9) | B(11) | \
		   B(12) | B(13) | B(14) | B(15) | B(16) | B(17) | B(19) | B(23) | B(24) | B(25) | \
		   B(26) | B(28))
/*
 * CPUID.7.0: no SGX (2), TSX (4, 11), MPX (14), PT (25), PQM and PQE (12, 15): each
 * has MSRs or controls that we do not virtualize.
 */
#define LEAF7_EBX (B(0) | B(1) | B(3) | B(5) | B(7) | B(8) | B(9) | B(10) | B(13) | B(16) | \
		   B(17) | B(18) | B(19) | B(20) | B(21) | B(23) | B(24) | B(26) | B(27) | B(28) | \
		   B(29) | B(30) | B(31))
/* No WAITPKG (5), CET (7), LA57 (16), KL (23), bus-lock (24), ENQCMD (29), PKS (31). */
#define LEAF7_ECX (B(1) | B(2) | B(3) | B(6) | B(8) | B(9) | B(10) | B(11) | B(12) | B(14) | \
		   B(22) | B(25) | B(27) | B(28))
/* FSRM (4) only with ERMS, see fix_leaf7(). No uintr, AMX, arch LBR, CET-IBT, PCONFIG. */
#define LEAF7_EDX (B(2) | B(3) | B(4) | B(8) | B(10) | B(14) | B(23) | LEAF7_EDX_GUARDS)
/* IBRS and IBPB, STIBP, L1D_FLUSH, ARCH_CAPABILITIES, SSBD: see mitigations.c. */
#define LEAF7_EDX_GUARDS (B(26) | B(27) | B(28) | B(29) | B(31))
/* PSFD, IPRED_CTRL, RRSBA_CTRL, DDPD_U, BHI_CTRL, MCDT_NO */
#define LEAF7_2_EDX 0x3f
#define LEAF7_1_EAX (B(4) | B(5) | B(10) | B(11) | B(12) | B(23))
#define EXT1_ECX (B(0) | B(5) | B(8))
#define EXT1_EDX (B(11) | B(20) | B(26) | B(27) | B(29))

static const struct policy {
	u32 leaf, subleaf;
	u32 show[4];
} policy[] = {
	{ 0x00000000, ANY, { ~0U, ~0U, ~0U, ~0U } },
	{ 0x00000001, ANY, { ~0U, 0x00ffff00, LEAF1_ECX, LEAF1_EDX } },
	{ 0x00000002, ANY, { ~0U, ~0U, ~0U, ~0U } },
	{ 0x00000004, 0, { 0x00003fff, ~0U, ~0U, ~0U } },
	{ 0x00000004, 1, { 0x00003fff, ~0U, ~0U, ~0U } },
	{ 0x00000004, 2, { 0x00003fff, ~0U, ~0U, ~0U } },
	{ 0x00000004, 3, { 0x00003fff, ~0U, ~0U, ~0U } },
	{ 0x00000006, ANY, { B(2), 0, 0, 0 } },	/* ARAT */
	{ 0x00000007, 0, { ~0U, LEAF7_EBX, LEAF7_ECX, LEAF7_EDX } },
	{ 0x00000007, 1, { LEAF7_1_EAX, 0, 0, 0 } },
	{ 0x00000007, 2, { 0, 0, 0, LEAF7_2_EDX } },
	{ 0x0000000b, 0, { 0, 0, 0, 0 } },
	{ 0x0000000b, 1, { 0, 0, 0, 0 } },
	{ 0x0000000d, 0, { ~0U, 0, ~0U, ~0U } },
	{ 0x0000000d, 1, { 0x0000000f, 0, 0, 0 } },
	{ 0x0000000d, 2, { ~0U, ~0U, B(1), 0 } },
	{ 0x0000000d, 3, { ~0U, ~0U, B(1), 0 } },
	{ 0x0000000d, 4, { ~0U, ~0U, B(1), 0 } },
	{ 0x0000000d, 5, { ~0U, ~0U, B(1), 0 } },
	{ 0x0000000d, 6, { ~0U, ~0U, B(1), 0 } },
	{ 0x0000000d, 7, { ~0U, ~0U, B(1), 0 } },
	{ 0x0000000d, 9, { ~0U, ~0U, B(1), 0 } },
	{ 0x00000015, ANY, { 0, 0, 0, 0 } },
	{ 0x00000016, ANY, { 0, 0, 0, 0 } },
	{ 0x80000000, ANY, { ~0U, 0, 0, 0 } },
	{ 0x80000001, ANY, { 0, 0, EXT1_ECX, EXT1_EDX } },
	{ 0x80000002, ANY, { ~0U, ~0U, ~0U, ~0U } },
	{ 0x80000003, ANY, { ~0U, ~0U, ~0U, ~0U } },
	{ 0x80000004, ANY, { ~0U, ~0U, ~0U, ~0U } },
	{ 0x80000006, ANY, { 0, 0, ~0U, 0 } },
	{ 0x80000007, ANY, { 0, 0, 0, B(8) } },
	{ 0x80000008, ANY, { 0x0000ffff, 0, 0, 0 } },
};

/* The leaves of Xen follow the host's. */
#define XEN_LEAF	0x40000000
#define NR_XEN_LEAVES	6
#define MAX_ROWS	(ARRAY_SIZE(policy) + NR_XEN_LEAVES + 2)

#define MAX_BASIC_LEAF	0x16
#define MAX_EXT_LEAF	0x80000008

/**
 * struct vmx_cpuid - CPUID of a domain; constant once made
 * @basic: index of the first row of a basic leaf, 0xff for none
 * @xen: index of the first row of Xen's leaves
 * @nr_xen: Xen's leaves that are shown
 * @ext: index of the first row of the extended leaves
 * @nr: rows
 * @row: ascending by leaf and subleaf
 */
struct vmx_cpuid {
	u8 basic[MAX_BASIC_LEAF + 1];
	u8 xen, ext;
	u8 nr_xen;
	u8 nr;
	struct cpuid_row {
		u32 leaf, subleaf;
		u32 reg[4];
	} row[MAX_ROWS];
};

static __always_inline struct cpuid_row *find_row_inline(struct vmx_cpuid *c, u32 leaf, u32 subleaf)
{
	unsigned int i = 0;

	if (leaf <= MAX_BASIC_LEAF)
		i = c->basic[leaf];
	else if (leaf >= 0x80000000)
		i = c->ext;
	else if (leaf >= XEN_LEAF && leaf < XEN_LEAF + c->nr_xen)
		i = c->xen;
	else
		return NULL;
	for (; i < c->nr && c->row[i].leaf <= leaf; i++)
		if (c->row[i].leaf == leaf &&
		    (c->row[i].subleaf == subleaf || c->row[i].subleaf == ANY))
			return &c->row[i];
	return NULL;
}

static noinline struct cpuid_row *find_row(struct vmx_cpuid *c, u32 leaf, u32 subleaf)
{
	return find_row_inline(c, leaf, subleaf);
}

static void fix_leaf1(struct domain *d, struct cpuid_row *row)
{
	row->reg[ECX] |= B(31);				/* a hypervisor is here */
	row->reg[ECX] |= B(21);			/* x2APIC: ours, whatever the host's is */
	row->reg[ECX] |= B(24);				/* TSC deadline: our timer */
	row->reg[EDX] |= B(9);
	row->reg[EBX] = (row->reg[EBX] & 0xff00) | min(2 * d->max_vcpus, 255U) << 16;
	if (d->max_vcpus > 1)
		row->reg[EDX] |= B(28);
}

static void fix_leaf7(struct cpuid_row *row)
{
	row->reg[EAX] = min(row->reg[EAX], 2U);
	/* The kernel has dropped what a bad microcode only claims to have. */
	row->reg[EDX] &= ~LEAF7_EDX_GUARDS | boot_cpu_data.x86_capability[CPUID_7_EDX];
	if (!vmx_arch_capabilities)
		row->reg[EDX] &= ~B(29);
	/* Linux 6.1 corrupts memory with FSRM but no ERMS. */
	if (!(row->reg[EBX] & B(9)))
		row->reg[EDX] &= ~B(4);
	if (!vmx_has(XLHV_FEAT_INVPCID))
		row->reg[EBX] &= ~B(10);
	if (!boot_cpu_has(X86_FEATURE_OSPKE))
		row->reg[ECX] &= ~(B(3) | B(4));
	row->reg[ECX] &= ~B(4);				/* OSPKE: see vmx_exit_cpuid() */
	if (!vmx_has(XLHV_FEAT_RDTSCP))
		row->reg[ECX] &= ~B(22);
}

static void fix_leaf_d(struct cpuid_row *row)
{
	u64 mask = vmx_guest_xcr0_mask();

	switch (row->subleaf) {
	case 0:
		row->reg[EAX] = mask;
		row->reg[EDX] = mask >> 32;
		break;
	case 1:
		if (!vmx_has(XLHV_FEAT_XSAVES))
			row->reg[EAX] &= ~B(3);
		break;
	default:
		if (!(mask & BIT_ULL(row->subleaf)))
			memset(row->reg, 0, sizeof(row->reg));
	}
}

/* Two threads a core would be a promise that the scheduler does not keep: one. */
static void fix_topology(struct domain *d, struct cpuid_row *row)
{
	unsigned int shift = fls(2 * d->max_vcpus - 1);

	if (row->subleaf == 0) {
		row->reg[EAX] = 1;			/* APIC IDs are even */
		row->reg[EBX] = 1;
		row->reg[ECX] = 0 | 1 << 8;
	} else {
		row->reg[EAX] = shift;
		row->reg[EBX] = d->max_vcpus;
		row->reg[ECX] = 1 | 2 << 8;
	}
}

static void fix_row(struct domain *d, struct cpuid_row *row)
{
	switch (row->leaf) {
	case 0x0:
		row->reg[EAX] = min_t(u32, row->reg[EAX], MAX_BASIC_LEAF);
		if (row->reg[EAX] < 0xd)
			row->reg[EAX] = 0xd;
		break;
	case 0x1:
		fix_leaf1(d, row);
		break;
	case 0x4:
		/* Threads that share this cache: one. Cores in the package: all. */
		if (row->reg[EAX] & 31)
			row->reg[EAX] |= min(d->max_vcpus - 1, 63U) << 26;
		break;
	case 0x7:
		if (row->subleaf == 0)
			fix_leaf7(row);
		else if (row->subleaf == 2 && !boot_cpu_has(X86_FEATURE_MSR_SPEC_CTRL))
			row->reg[EDX] = 0;
		break;
	case 0xb:
		fix_topology(d, row);
		break;
	case 0xd:
		fix_leaf_d(row);
		break;
	case 0x15:
		/* The frequency we measured, not what a nominal leaf claims. */
		row->reg[EAX] = 1;
		row->reg[EBX] = 1;
		row->reg[ECX] = d->time.tsc_khz * 1000U;
		if (d->time.tsc_khz > U32_MAX / 1000) {
			row->reg[EBX] = d->time.tsc_khz / 1000;
			row->reg[ECX] = 1000000;
		}
		break;
	case 0x16:
		row->reg[EAX] = max(d->time.tsc_khz / 1000, 1U);
		row->reg[EBX] = row->reg[EAX];
		row->reg[ECX] = 0;
		break;
	case 0x80000000:
		row->reg[EAX] = MAX_EXT_LEAF;
		break;
	case 0x80000001:
		if (!vmx_has(XLHV_FEAT_RDTSCP))
			row->reg[EDX] &= ~B(27);
		/* SYSCALL and long mode: some CPUs say so only when asked in it. */
		row->reg[EDX] |= B(11) | B(29);
		break;
	case 0x80000008:
		row->reg[EAX] = (row->reg[EAX] & 0xff00) | ept_maxphyaddr();
		break;
	}
}

static void add_xen_leaves(struct domain *d, struct vmx_cpuid *c)
{
	struct cpuid_row *row = &c->row[c->nr];
	unsigned int i;

	c->xen = c->nr;
	c->nr_xen = NR_XEN_LEAVES;
	c->nr += NR_XEN_LEAVES + 2;
	for (i = 0; i < NR_XEN_LEAVES + 2; i++)
		row[i].subleaf = ANY;
	row[0].leaf = XEN_LEAF;
	row[0].reg[EAX] = XEN_LEAF + NR_XEN_LEAVES - 1;
	row[0].reg[EBX] = XEN_CPUID_SIGNATURE_EBX;
	row[0].reg[ECX] = XEN_CPUID_SIGNATURE_ECX;
	row[0].reg[EDX] = XEN_CPUID_SIGNATURE_EDX;
	row[1].leaf = XEN_LEAF + 1;
	row[1].reg[EAX] = XEN_CLAIM_MAJOR << 16 | XEN_CLAIM_MINOR;
	row[2].leaf = XEN_LEAF + 2;
	row[2].reg[EAX] = 1;				/* hypercall pages */
	row[2].reg[EBX] = XEN_LEAF;			/* MSR */
	row[3].leaf = XEN_LEAF + 3;
	row[3].subleaf = 0;
	row[3].reg[EAX] = B(1) | (vmx_has(XLHV_FEAT_RDTSCP) ? B(2) : 0);
	row[3].reg[ECX] = d->time.tsc_khz;
	row[4].leaf = XEN_LEAF + 3;
	row[4].subleaf = 1;
	row[4].reg[EAX] = (u32)-d->time.boot_tsc;
	row[4].reg[EBX] = (u64)-d->time.boot_tsc >> 32;
	row[4].reg[ECX] = d->time.scale.mul;
	row[4].reg[EDX] = (u8)d->time.scale.shift;
	row[5].leaf = XEN_LEAF + 3;
	row[5].subleaf = 2;
	row[5].reg[EAX] = tsc_khz;
	row[6].leaf = XEN_LEAF + 4;
	row[6].subleaf = 0;
	row[6].reg[EAX] = XEN_HVM_CPUID_IOMMU_MAPPINGS | XEN_HVM_CPUID_VCPU_ID_PRESENT |
			  XEN_HVM_CPUID_DOMID_PRESENT;
	/* An upcall through the local APIC is worth it where its EOI does not exit. */
	if (vmx_has(XLHV_FEAT_VIRT_INTR_DELIVERY) && vmx_has(XLHV_FEAT_X2APIC_VIRT))
		row[6].reg[EAX] |= XEN_HVM_CPUID_UPCALL_VECTOR;
	if (vmx_has(XLHV_FEAT_APIC_REGISTER_VIRT))
		row[6].reg[EAX] |= XEN_HVM_CPUID_APIC_ACCESS_VIRT;
	if (vmx_has(XLHV_FEAT_X2APIC_VIRT))
		row[6].reg[EAX] |= XEN_HVM_CPUID_X2APIC_VIRT;
	row[6].reg[ECX] = d->domid;
	row[7].leaf = XEN_LEAF + 5;
}

/*
 * Registers whose bits say what the CPU can do. Family, model and stepping (EAX of leaf 1)
 * and the name of the brand promise nothing.
 */
static bool tells_features(u32 leaf, unsigned int reg)
{
	if (leaf == 1)
		return reg == ECX || reg == EDX;
	return leaf == 7 || leaf == 0x80000001 || leaf > 0x80000004;
}

/*
 * Xen's leaves are ours. Fewer can be shown, as Xen's own tools can have it; or none, to a
 * guest that is not to know. The third says where hypercalls are had, so that it stays.
 */
static int limit_xen_leaves(struct vmx_cpuid *c, const struct xlhv_cpuid *o, char *text)
{
	struct cpuid_row *row = &c->row[c->xen];
	u32 reg[4];
	unsigned int r;

	for (r = EAX; r <= EDX; r++)
		reg[r] = (row->reg[r] & o->keep[r]) | o->set[r];
	if (o->leaf == XEN_LEAF && !memchr_inv(reg, 0, sizeof(reg))) {
		c->nr_xen = 0;
		return 0;
	}
	if (o->leaf != XEN_LEAF || memcmp(&reg[EBX], &row->reg[EBX], 3 * sizeof(u32)) ||
	    reg[EAX] < XEN_LEAF + 2 || reg[EAX] >= XEN_LEAF + NR_XEN_LEAVES) {
		snprintf(text, XLHV_TEXT_LEN,
			 "leaf %#x cannot be changed, but for EAX of leaf %#x: %#x to %#x",
			 o->leaf, XEN_LEAF, XEN_LEAF + 2, XEN_LEAF + NR_XEN_LEAVES - 1);
		return -EINVAL;
	}
	row->reg[EAX] = reg[EAX];
	c->nr_xen = reg[EAX] - XEN_LEAF + 1;
	return 0;
}

/* A bit that the host does not have cannot be switched on. */
static int apply_override(struct vmx_cpuid *c, const struct xlhv_cpuid *o, char *text)
{
	static const char * const reg_names[] = { "EAX", "EBX", "ECX", "EDX" };
	bool found = false;
	unsigned int i, r;

	if (o->leaf >= XEN_LEAF && o->leaf < 0x80000000)
		return limit_xen_leaves(c, o, text);
	for (i = 0; i < c->nr; i++) {
		struct cpuid_row *row = &c->row[i];

		if (row->leaf != o->leaf ||
		    (o->subleaf != ANY && row->subleaf != ANY && row->subleaf != o->subleaf))
			continue;
		found = true;
		for (r = EAX; r <= EDX; r++) {
			u32 more = o->set[r] & ~row->reg[r];

			if (more && tells_features(o->leaf, r)) {
				snprintf(text, XLHV_TEXT_LEN,
					 "leaf %#x: bit %u of %s cannot be given",
					 o->leaf, (u32)__ffs(more), reg_names[r]);
				return -EINVAL;
			}
			row->reg[r] = (row->reg[r] & o->keep[r]) | o->set[r];
		}
	}
	if (!found) {
		snprintf(text, XLHV_TEXT_LEN, "leaf %#x cannot be changed", o->leaf);
		return -EINVAL;
	}
	return 0;
}

/*
 * Makes the CPUID of a domain in building, and again when the tool has said what is to be
 * different.  Time and max_vcpus are set.
 *
 * Return: 0; -EINVAL for an override that cannot be given; -ENOMEM.
 */
static int make(struct domain *d, char *text)
{
	struct vmx_cpuid *c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	unsigned int i;
	int err;

	if (!c)
		return -ENOMEM;
	memset(c->basic, 0xff, sizeof(c->basic));
	for (i = 0; i < ARRAY_SIZE(policy); i++) {
		const struct policy *p = &policy[i];
		struct cpuid_row *row;
		unsigned int r;

		if (p->leaf == 0x80000000) {
			add_xen_leaves(d, c);
			c->ext = c->nr;
		}
		if (p->leaf <= MAX_BASIC_LEAF && c->basic[p->leaf] == 0xff)
			c->basic[p->leaf] = c->nr;
		row = &c->row[c->nr++];
		row->leaf = p->leaf;
		row->subleaf = p->subleaf;
		if (p->leaf <= (p->leaf & 0x80000000 ? boot_cpu_data.extended_cpuid_level :
				(u32)boot_cpu_data.cpuid_level))
			cpuid_count(p->leaf, p->subleaf == ANY ? 0 : p->subleaf,
				    &row->reg[EAX], &row->reg[EBX], &row->reg[ECX],
				    &row->reg[EDX]);
		for (r = EAX; r <= EDX; r++)
			row->reg[r] &= p->show[r];
		fix_row(d, row);
	}
	for (i = 0; i < d->nr_cpuid; i++) {
		err = apply_override(c, &d->cpuid_overrides[i], text);
		if (err) {
			kfree(c);
			return err;
		}
	}
	kfree(d->cpuid);
	d->cpuid = c;
	return 0;
}

/* A register of a leaf as the guest sees it, but for what depends on the vCPU. */
u32 vmx_guest_cpuid(const struct vcpu *v, u32 leaf, u32 subleaf, unsigned int reg)
{
	struct cpuid_row *row = find_row(v->domain->cpuid, leaf, subleaf);

	return row ? row->reg[reg] : 0;
}

/* Does the guest see that feature bit?  @reg: 0 EAX to 3 EDX. */
bool vmx_guest_has(const struct vcpu *v, u32 leaf, unsigned int reg, unsigned int bit)
{
	struct cpuid_row *row = find_row(v->domain->cpuid, leaf, 0);

	return row && row->reg[reg] & BIT(bit);
}

/* CPUID.1:EAX, which also is what EDX holds after INIT. */
u32 vmx_cpuid_signature(struct vcpu *v)
{
	struct cpuid_row *row = find_row(v->domain->cpuid, 1, 0);

	return row ? row->reg[EAX] : 0;
}

/* Size of the XSAVE area, standard or compacted, for the features in @mask. */
static u32 xsave_size(struct vmx_cpuid *c, u64 mask, bool compacted)
{
	u32 size = 576;
	unsigned int i;

	for (i = 2; i < 63; i++) {
		struct cpuid_row *row = mask & BIT_ULL(i) ? find_row(c, 0xd, i) : NULL;

		if (!row)
			continue;
		if (!compacted)
			size = max(size, row->reg[EAX] + row->reg[EBX]);
		else
			size = (row->reg[ECX] & B(1) ? ALIGN(size, 64) : size) + row->reg[EAX];
	}
	return size;
}

/* A leaf that is not there. */
static noinline void cpuid_nothing(struct vcpu *v, u32 leaf, u32 subleaf)
{
	u64 *gpr = v->vmx.sw.gpr;

	/* Beyond the last basic leaf real CPUs answer with the last one: zeros here. */
	gpr[0] = 0;
	gpr[3] = 0;
	gpr[1] = leaf == 0xb ? (u8)subleaf : 0;
	gpr[2] = leaf == 0xb ? v->lapic.id : 0;
}

/* What else depends on the vCPU and its state. */
static noinline void cpuid_of_vcpu(struct vcpu *v, const struct cpuid_row *row, u32 subleaf)
{
	struct vmx_cpuid *c = v->domain->cpuid;
	struct vmx_vcpu *x = &v->vmx;
	u64 *gpr = x->sw.gpr;

	switch (row->leaf) {
	case 7:
		if (subleaf == 0 && (x->cr4_shadow & X86_CR4_PKE))
			gpr[1] |= B(4);
		break;
	case 0xb:
		gpr[1] |= (u8)subleaf;
		gpr[2] = v->lapic.id;
		break;
	case 0xd:
		if (subleaf == 0) {
			gpr[3] = xsave_size(c, x->xcr0, false);
			gpr[1] = xsave_size(c, vmx_guest_xcr0_mask(), false);
		} else if (subleaf == 1) {
			gpr[3] = row->reg[EAX] & (B(1) | B(3)) ?
				 xsave_size(c, x->xcr0, true) : 0;
		}
		break;
	case XEN_LEAF + 4:
		gpr[3] = v->id;
		break;
	}
}

int vmx_exit_cpuid(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 *gpr = x->sw.gpr;
	u32 leaf = gpr[0], subleaf = gpr[1];
	const struct cpuid_row *row = find_row_inline(v->domain->cpuid, leaf, subleaf);

	if (unlikely(!row)) {
		cpuid_nothing(v, leaf, subleaf);
	} else {
		gpr[0] = row->reg[EAX];
		gpr[3] = row->reg[EBX];
		gpr[1] = row->reg[ECX];
		gpr[2] = row->reg[EDX];
		if (leaf != 1) {
			cpuid_of_vcpu(v, row, subleaf);
		} else {
			gpr[3] |= v->lapic.id << 24;
			/* A bit of CR4 that the guest does not change without an exit. */
			if (x->cr4_shadow & X86_CR4_OSXSAVE)
				gpr[1] |= B(27);
			if (!(v->lapic.base & XAPIC_ENABLE))
				gpr[2] &= ~(u64)B(9);
		}
	}
	vmx_skip_instruction(v);
	return VMX_RESUME;
}

static int init(struct domain *d, const struct xlhv_dom_create *unused, char *text)
{
	return make(d, text);
}

static void free_cpuid(struct domain *d)
{
	kfree(d->cpuid);
	kvfree(d->cpuid_overrides);
}

static size_t bytes(const struct domain *d)
{
	return sizeof(struct vmx_cpuid) + READ_ONCE(d->nr_cpuid) * sizeof(*d->cpuid_overrides);
}

static int get_cpuid_set(struct ioctl_call *call)
{
	struct xlhv_cpuid_set *s = (void *)call->arg;

	if (s->pad || !RESERVED_ZERO(s) || s->count > XLHV_MAX_CPUID)
		return -EINVAL;
	return ioctl_copy_in(call, s->entries, s->count * sizeof(struct xlhv_cpuid));
}

static int do_cpuid_set(void *of, struct ioctl_call *call)
{
	struct xlhv_cpuid_set *s = (void *)call->arg;
	struct domain *d = of;
	struct xlhv_cpuid *entries = call->in;
	unsigned int count = s->count;
	int err;

	mutex_lock(&d->lock);
	err = dom_may_build(d, call->text);
	if (!err && test_bit(VCPU_INITIALISED, &d->vcpu[0]->flags)) {
		scnprintf(call->text, XLHV_TEXT_LEN, "CPUID must be set before the entry point");
		err = -EBUSY;
	}
	if (!err) {
		swap(d->cpuid_overrides, entries);
		swap(d->nr_cpuid, count);
		err = make(d, call->text);
		if (err) {
			swap(d->cpuid_overrides, entries);
			swap(d->nr_cpuid, count);
		}
	}
	mutex_unlock(&d->lock);
	/* The ones that are not the domain's are freed with the call. */
	call->in = entries;
	return err;
}

static const struct ioctl_op ioctls[] = {
	{ XLHV_DOM_CPUID_SET, get_cpuid_set, .work = do_cpuid_set },
	{}
};

const struct domain_part cpuid_part = {
	.name = "cpuid",
	.init = init,
	.free = free_cpuid,
	.bytes = bytes,
	.ioctls = ioctls,
};
