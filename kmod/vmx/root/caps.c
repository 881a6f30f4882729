// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMX capabilities: read once on the CPU that loads the module, turned into
 * control words by one rule per word, and compared on every other CPU.  Owns
 * vmx_caps, which is constant after vmx_caps_init().  No locks.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/vmx.h>

#include "compat.h"
#include "xlhv.h"
#include "vmx/root/internal.h"

#define BASIC_MEM_TYPE		GENMASK_ULL(53, 50)
#define BASIC_MEM_TYPE_WB	(6ULL << 50)
#define BASIC_TRUE_CTLS		BIT_ULL(55)

struct vmx_caps vmx_caps __ro_after_init;

static char *disable = "";
module_param(disable, charp, 0444);
MODULE_PARM_DESC(disable, "optional CPU features not to use, by name, separated by commas");

static const struct vmx_ctl_rule rules[VMX_NR_CTLS] = {
	[VMX_CTL_PIN] = {
		.must_one = PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING |
			    PIN_BASED_VIRTUAL_NMIS,
		.want_one = PIN_BASED_VMX_PREEMPTION_TIMER | PIN_BASED_POSTED_INTR,
	},
	[VMX_CTL_PROC] = {
		.must_one = CPU_BASED_USE_TSC_OFFSETTING | CPU_BASED_HLT_EXITING |
			    CPU_BASED_MWAIT_EXITING | CPU_BASED_MONITOR_EXITING |
			    CPU_BASED_RDPMC_EXITING | CPU_BASED_MOV_DR_EXITING |
			    CPU_BASED_UNCOND_IO_EXITING | CPU_BASED_USE_MSR_BITMAPS |
			    CPU_BASED_ACTIVATE_SECONDARY_CONTROLS,
		.want_one = CPU_BASED_TPR_SHADOW,
		/* Paging is the guest's own business under EPT. */
		.must_zero = CPU_BASED_CR3_LOAD_EXITING | CPU_BASED_CR3_STORE_EXITING |
			     CPU_BASED_INVLPG_EXITING | CPU_BASED_RDTSC_EXITING,
		.want_zero = CPU_BASED_INTR_WINDOW_EXITING | CPU_BASED_NMI_WINDOW_EXITING |
			     CPU_BASED_PAUSE_EXITING | CPU_BASED_USE_IO_BITMAPS |
			     CPU_BASED_MONITOR_TRAP_FLAG |
			     CPU_BASED_CR8_LOAD_EXITING | CPU_BASED_CR8_STORE_EXITING |
			     CPU_BASED_ACTIVATE_TERTIARY_CONTROLS,
	},
	[VMX_CTL_PROC2] = {
		.must_one = SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_UNRESTRICTED_GUEST,
		.want_one = SECONDARY_EXEC_ENABLE_VPID | SECONDARY_EXEC_ENABLE_RDTSCP |
			    SECONDARY_EXEC_ENABLE_INVPCID | SECONDARY_EXEC_ENABLE_XSAVES |
			    SECONDARY_EXEC_WBINVD_EXITING |
			    SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES |
			    SECONDARY_EXEC_APIC_REGISTER_VIRT |
			    SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY |
			    SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE |
			    SECONDARY_EXEC_PAUSE_LOOP_EXITING | SECONDARY_EXEC_ENCLS_EXITING |
			    SECONDARY_EXEC_TSC_SCALING | SECONDARY_EXEC_ENABLE_PML,
		.want_zero = SECONDARY_EXEC_DESC | SECONDARY_EXEC_RDRAND_EXITING |
			     SECONDARY_EXEC_RDSEED_EXITING | SECONDARY_EXEC_ENABLE_VMFUNC |
			     SECONDARY_EXEC_SHADOW_VMCS | SECONDARY_EXEC_ENABLE_USR_WAIT_PAUSE |
			     SECONDARY_EXEC_MODE_BASED_EPT_EXEC,
	},
	[VMX_CTL_EXIT] = {
		.must_one = VM_EXIT_HOST_ADDR_SPACE_SIZE | VM_EXIT_SAVE_IA32_EFER |
			    VM_EXIT_LOAD_IA32_EFER | VM_EXIT_SAVE_DEBUG_CONTROLS |
			    VM_EXIT_SAVE_IA32_PAT | VM_EXIT_LOAD_IA32_PAT,
		.want_one = VM_EXIT_ACK_INTR_ON_EXIT,
		.want_zero = VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL |
			     VM_EXIT_SAVE_VMX_PREEMPTION_TIMER,
	},
	[VMX_CTL_ENTRY] = {
		.must_one = VM_ENTRY_LOAD_IA32_EFER | VM_ENTRY_LOAD_IA32_PAT |
			    VM_ENTRY_LOAD_DEBUG_CONTROLS,
		.must_zero = VM_ENTRY_SMM | VM_ENTRY_DEACT_DUAL_MONITOR,
		.want_zero = VM_ENTRY_IA32E_MODE | VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL,
	},
};

static const struct {
	const char *msr;
	const char *bit[32];
} ctl_names[VMX_NR_CTLS] = {
	[VMX_CTL_PIN] = { "IA32_VMX_PINBASED_CTLS", {
		[0] = "external-interrupt exiting", [3] = "NMI exiting", [5] = "virtual NMIs",
		[6] = "VMX-preemption timer", [7] = "process posted interrupts",
	} },
	[VMX_CTL_PROC] = { "IA32_VMX_PROCBASED_CTLS", {
		[3] = "use TSC offsetting", [7] = "HLT exiting", [9] = "INVLPG exiting",
		[10] = "MWAIT exiting", [11] = "RDPMC exiting", [12] = "RDTSC exiting",
		[15] = "CR3-load exiting", [16] = "CR3-store exiting", [21] = "use TPR shadow",
		[23] = "MOV-DR exiting", [24] = "unconditional I/O exiting",
		[28] = "use MSR bitmaps", [29] = "MONITOR exiting",
		[31] = "activate secondary controls",
	} },
	[VMX_CTL_PROC2] = { "IA32_VMX_PROCBASED_CTLS2", {
		[0] = "virtualize APIC accesses", [1] = "EPT", [3] = "enable RDTSCP",
		[4] = "virtualize x2APIC mode", [5] = "VPID", [6] = "WBINVD exiting",
		[7] = "unrestricted guest", [8] = "APIC-register virtualization",
		[9] = "virtual-interrupt delivery", [10] = "PAUSE-loop exiting",
		[12] = "enable INVPCID", [17] = "PML", [20] = "enable XSAVES/XRSTORS",
		[25] = "use TSC scaling",
	} },
	[VMX_CTL_EXIT] = { "IA32_VMX_EXIT_CTLS", {
		[2] = "save debug controls", [9] = "host address-space size",
		[15] = "acknowledge interrupt on exit", [18] = "save IA32_PAT",
		[19] = "load IA32_PAT", [20] = "save IA32_EFER", [21] = "load IA32_EFER",
	} },
	[VMX_CTL_ENTRY] = { "IA32_VMX_ENTRY_CTLS", {
		[2] = "load debug controls", [9] = "IA-32e mode guest", [14] = "load IA32_PAT",
		[15] = "load IA32_EFER",
	} },
};

/* Optional features: where each shows, and what else goes when it is switched off. */
static const struct feature {
	u64 feature;
	const char *name;
	s8 ctl;			/* enum vmx_ctl, or -1: a bit of the EPT/VPID capabilities */
	u64 mask;
	u64 implies_off;	/* features that cannot be used without this one */
} features[] = {
	{ XLHV_FEAT_EPT, NULL, VMX_CTL_PROC2, SECONDARY_EXEC_ENABLE_EPT, 0 },
	{ XLHV_FEAT_UNRESTRICTED_GUEST, NULL, VMX_CTL_PROC2,
	  SECONDARY_EXEC_UNRESTRICTED_GUEST, 0 },
	{ XLHV_FEAT_MSR_BITMAP, NULL, VMX_CTL_PROC, CPU_BASED_USE_MSR_BITMAPS, 0 },
	{ XLHV_FEAT_VPID, "vpid", VMX_CTL_PROC2, SECONDARY_EXEC_ENABLE_VPID, 0 },
	{ XLHV_FEAT_EPT_2M, "ept_2m", -1, VMX_EPT_2MB_PAGE_BIT, XLHV_FEAT_EPT_1G },
	{ XLHV_FEAT_EPT_1G, "ept_1g", -1, VMX_EPT_1GB_PAGE_BIT, 0 },
	{ XLHV_FEAT_EPT_AD, "ept_ad", -1, VMX_EPT_AD_BIT, XLHV_FEAT_PML },
	{ XLHV_FEAT_EPT_EXEC_ONLY, "ept_exec_only", -1, VMX_EPT_EXECUTE_ONLY_BIT, 0 },
	{ XLHV_FEAT_TPR_SHADOW, "tpr_shadow", VMX_CTL_PROC, CPU_BASED_TPR_SHADOW,
	  XLHV_FEAT_APIC_REGISTER_VIRT | XLHV_FEAT_VIRT_INTR_DELIVERY |
	  XLHV_FEAT_X2APIC_VIRT | XLHV_FEAT_POSTED_INTERRUPTS },
	{ XLHV_FEAT_APIC_REGISTER_VIRT, "apic_register_virt", VMX_CTL_PROC2,
	  SECONDARY_EXEC_APIC_REGISTER_VIRT, XLHV_FEAT_POSTED_INTERRUPTS },
	{ XLHV_FEAT_VIRT_INTR_DELIVERY, "virt_intr_delivery", VMX_CTL_PROC2,
	  SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY, XLHV_FEAT_POSTED_INTERRUPTS },
	{ XLHV_FEAT_X2APIC_VIRT, "x2apic_virt", VMX_CTL_PROC2,
	  SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE, 0 },
	{ XLHV_FEAT_POSTED_INTERRUPTS, "posted_interrupts", VMX_CTL_PIN,
	  PIN_BASED_POSTED_INTR, 0 },
	{ XLHV_FEAT_PREEMPTION_TIMER, "preemption_timer", VMX_CTL_PIN,
	  PIN_BASED_VMX_PREEMPTION_TIMER, 0 },
	{ XLHV_FEAT_PML, "pml", VMX_CTL_PROC2, SECONDARY_EXEC_ENABLE_PML, 0 },
	{ XLHV_FEAT_TSC_SCALING, "tsc_scaling", VMX_CTL_PROC2, SECONDARY_EXEC_TSC_SCALING, 0 },
	{ XLHV_FEAT_XSAVES, "xsaves", VMX_CTL_PROC2, SECONDARY_EXEC_ENABLE_XSAVES, 0 },
	{ XLHV_FEAT_INVPCID, "invpcid", VMX_CTL_PROC2, SECONDARY_EXEC_ENABLE_INVPCID, 0 },
	{ XLHV_FEAT_RDTSCP, "rdtscp", VMX_CTL_PROC2, SECONDARY_EXEC_ENABLE_RDTSCP, 0 },
	{ XLHV_FEAT_PAUSE_LOOP, "pause_loop", VMX_CTL_PROC2,
	  SECONDARY_EXEC_PAUSE_LOOP_EXITING, 0 },
};

static const u8 ctl_cap[VMX_NR_CTLS] = {
	[VMX_CTL_PIN] = XLHV_CAP_PINBASED,
	[VMX_CTL_PROC] = XLHV_CAP_PROCBASED,
	[VMX_CTL_PROC2] = XLHV_CAP_PROCBASED2,
	[VMX_CTL_EXIT] = XLHV_CAP_EXIT,
	[VMX_CTL_ENTRY] = XLHV_CAP_ENTRY,
};

/**
 * vmx_caps_ctl_msr() - the capability MSR of a control word
 * @ctl: which word
 *
 * Return: the MSR of the first CPU; the TRUE one where there are two.
 */
u64 vmx_caps_ctl_msr(enum vmx_ctl ctl)
{
	return vmx_caps.msr[ctl_cap[ctl]];
}

/**
 * vmx_caps_ctl_bit_name() - name of one control
 * @ctl: which word
 * @bit: 0 to 31
 *
 * Return: the SDM's name, or "unnamed control" for one we have no use for.
 */
const char *vmx_caps_ctl_bit_name(enum vmx_ctl ctl, unsigned int bit)
{
	const char *name = ctl_names[ctl].bit[bit & 31];

	return name ?: "unnamed control";
}

/*
 * Read the capability MSRs of this CPU.  An MSR that another one says is not
 * there is not read: it would fault on hardware.
 */
static int read_msrs(u64 *msr)
{
	u32 t;

	memset(msr, 0, sizeof(u64) * XLHV_NR_CAPS);
	if (rdmsrl_safe(MSR_IA32_FEAT_CTL, &msr[XLHV_CAP_FEATURE_CONTROL]) ||
	    rdmsrl_safe(MSR_IA32_VMX_BASIC, &msr[XLHV_CAP_BASIC]))
		return -EIO;
	t = msr[XLHV_CAP_BASIC] & BASIC_TRUE_CTLS ?
	    MSR_IA32_VMX_TRUE_PINBASED_CTLS - MSR_IA32_VMX_PINBASED_CTLS : 0;
	/* The TRUE MSRs stand in the same order as the old ones. */
	if (rdmsrl_safe(MSR_IA32_VMX_PINBASED_CTLS + t, &msr[XLHV_CAP_PINBASED]) ||
	    rdmsrl_safe(MSR_IA32_VMX_PROCBASED_CTLS + t, &msr[XLHV_CAP_PROCBASED]) ||
	    rdmsrl_safe(MSR_IA32_VMX_EXIT_CTLS + t, &msr[XLHV_CAP_EXIT]) ||
	    rdmsrl_safe(MSR_IA32_VMX_ENTRY_CTLS + t, &msr[XLHV_CAP_ENTRY]) ||
	    rdmsrl_safe(MSR_IA32_VMX_MISC, &msr[XLHV_CAP_MISC]) ||
	    rdmsrl_safe(MSR_IA32_VMX_CR0_FIXED0, &msr[XLHV_CAP_CR0_FIXED0]) ||
	    rdmsrl_safe(MSR_IA32_VMX_CR0_FIXED1, &msr[XLHV_CAP_CR0_FIXED1]) ||
	    rdmsrl_safe(MSR_IA32_VMX_CR4_FIXED0, &msr[XLHV_CAP_CR4_FIXED0]) ||
	    rdmsrl_safe(MSR_IA32_VMX_CR4_FIXED1, &msr[XLHV_CAP_CR4_FIXED1]))
		return -EIO;
	if (!(msr[XLHV_CAP_PROCBASED] >> 32 & CPU_BASED_ACTIVATE_SECONDARY_CONTROLS))
		return 0;
	if (rdmsrl_safe(MSR_IA32_VMX_PROCBASED_CTLS2, &msr[XLHV_CAP_PROCBASED2]))
		return -EIO;
	if (msr[XLHV_CAP_PROCBASED2] >> 32 &
	    (SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID) &&
	    rdmsrl_safe(MSR_IA32_VMX_EPT_VPID_CAP, &msr[XLHV_CAP_EPT_VPID]))
		return -EIO;
	if (msr[XLHV_CAP_PROCBASED2] >> 32 & SECONDARY_EXEC_ENABLE_VMFUNC &&
	    rdmsrl_safe(MSR_IA32_VMX_VMFUNC, &msr[XLHV_CAP_VMFUNC]))
		return -EIO;
	if (msr[XLHV_CAP_PROCBASED] >> 32 & CPU_BASED_ACTIVATE_TERTIARY_CONTROLS &&
	    rdmsrl_safe(MSR_IA32_VMX_PROCBASED_CTLS3, &msr[XLHV_CAP_PROCBASED3]))
		return -EIO;
	return 0;
}

/* FEATURE_CONTROL may still be open: then it is ours to close with VMX on. */
static int check_feature_control(u64 feat_ctl)
{
	if (!(feat_ctl & FEAT_CTL_LOCKED) || (feat_ctl & FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX))
		return 0;
	pr_err("cannot load: VMX is locked off by the firmware (IA32_FEATURE_CONTROL is %#llx); switch on \"Intel Virtualization Technology\" (VT-x) in the BIOS setup and power-cycle\n",
	       feat_ctl);
	return -EOPNOTSUPP;
}

/* One line for all that is wrong with a word. */
static void report_bits(enum vmx_ctl ctl, const char *verb, unsigned long bits)
{
	char text[256] = "";
	unsigned int bit;
	size_t n = 0;

	for_each_set_bit(bit, &bits, 32)
		n += scnprintf(text + n, sizeof(text) - n, "%s\"%s\" (bit %u)", n ? ", " : "",
			       vmx_caps_ctl_bit_name(ctl, bit), bit);
	pr_err("cannot load: the CPU %s %s of %s\n", verb, text, ctl_names[ctl].msr);
}

static int compute_controls(void)
{
	unsigned int ctl;

	for (ctl = 0; ctl < VMX_NR_CTLS; ctl++) {
		struct vmx_ctl_result r = vmx_ctl_compute(vmx_caps_ctl_msr(ctl), &rules[ctl]);

		if (r.missing)
			report_bits(ctl, "lacks", r.missing);
		else if (r.stuck)
			report_bits(ctl, "insists on", r.stuck);
		if (r.missing || r.stuck)
			return -EOPNOTSUPP;
		vmx_caps.ctl[ctl] = r.value;
	}
	return 0;
}

static int check_ept(void)
{
	u64 ept = vmx_caps.msr[XLHV_CAP_EPT_VPID];

	if (!(ept & VMX_EPT_PAGE_WALK_4_BIT) || !(ept & VMX_EPTP_WB_BIT)) {
		pr_err("cannot load: EPT lacks the %s (IA32_VMX_EPT_VPID_CAP is %#llx)\n",
		       ept & VMX_EPT_PAGE_WALK_4_BIT ? "write-back memory type" : "4-level walk",
		       ept);
		return -EOPNOTSUPP;
	}
	if (!(ept & VMX_EPT_INVEPT_BIT) ||
	    !(ept & (VMX_EPT_EXTENT_CONTEXT_BIT | VMX_EPT_EXTENT_GLOBAL_BIT))) {
		pr_err("cannot load: the CPU lacks INVEPT (IA32_VMX_EPT_VPID_CAP is %#llx)\n", ept);
		return -EOPNOTSUPP;
	}
	return 0;
}

/* A guest's changes of its control registers have to be followed (vpid.c). */
static bool vpid_can_be_flushed(void)
{
	u32 vpid = vmx_caps.msr[XLHV_CAP_EPT_VPID] >> 32;

	return (vpid & VMX_VPID_INVVPID_BIT) &&
	       (vpid & (VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT | VMX_VPID_EXTENT_GLOBAL_CONTEXT_BIT));
}

static void find_features(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		const struct feature *f = &features[i];
		u64 have = f->ctl < 0 ? vmx_caps.msr[XLHV_CAP_EPT_VPID] : vmx_caps.ctl[f->ctl];

		if (have & f->mask)
			vmx_caps.features |= f->feature;
	}
	if (!vpid_can_be_flushed())
		vmx_caps.features &= ~XLHV_FEAT_VPID;
}

static void drop_features(u64 drop)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		const struct feature *f = &features[i];

		if (!(f->feature & drop))
			continue;
		vmx_caps.features &= ~f->feature;
		if (f->ctl >= 0)
			vmx_caps.ctl[f->ctl] &= ~(u32)f->mask;
		if (f->implies_off & vmx_caps.features)
			drop_features(f->implies_off);
	}
	if (drop & XLHV_FEAT_TPR_SHADOW) {
		/* Without the shadow, CR8 is ours to emulate. */
		vmx_caps.ctl[VMX_CTL_PROC] |= CPU_BASED_CR8_LOAD_EXITING |
					      CPU_BASED_CR8_STORE_EXITING;
	}
}

/* What depends on a feature that this CPU does not have is no use either. */
static void drop_dependents(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (!vmx_has(features[i].feature))
			drop_features(features[i].feature);
}

static int drop_disabled(void)
{
	const char *p = disable;

	while (*p) {
		size_t len = strcspn(p, ",");
		unsigned int i;

		for (i = 0; i < ARRAY_SIZE(features); i++)
			if (features[i].name && strlen(features[i].name) == len &&
			    !strncmp(p, features[i].name, len))
				break;
		if (len && i == ARRAY_SIZE(features)) {
			pr_err("cannot load: disable=%s: there is no optional feature \"%.*s\"\n",
			       disable, (int)len, p);
			return -EINVAL;
		}
		if (len)
			drop_features(features[i].feature);
		p += len + (p[len] == ',');
	}
	return 0;
}

/**
 * vmx_caps_init() - read the capabilities and choose the control words
 *
 * Prints one line that names what is missing when the CPU will not do.
 *
 * Context: module load; reads MSRs of the CPU it runs on.
 * Return: 0; -ENODEV without VMX; -EOPNOTSUPP if it is locked off or lacks
 * something required; -EINVAL for a bad disable= parameter.
 */
int vmx_caps_init(void)
{
	u64 basic;
	int err;

	if (boot_cpu_data.x86_vendor != X86_VENDOR_INTEL &&
	    boot_cpu_data.x86_vendor != X86_VENDOR_ZHAOXIN &&
	    boot_cpu_data.x86_vendor != X86_VENDOR_CENTAUR) {
		pr_err("cannot load: this CPU (%s) has no Intel VT-x\n",
		       boot_cpu_data.x86_vendor_id);
		return -ENODEV;
	}
	if (!(cpuid_ecx(1) & BIT(5))) {
		pr_err("cannot load: this CPU has no VMX (CPUID.1:ECX bit 5); under another hypervisor, enable nested virtualization there\n");
		return -ENODEV;
	}
	preempt_disable();
	err = read_msrs(vmx_caps.msr);
	preempt_enable();
	if (err) {
		pr_err("cannot load: a VMX capability MSR cannot be read\n");
		return err;
	}
	err = check_feature_control(vmx_caps.msr[XLHV_CAP_FEATURE_CONTROL]);
	if (err)
		return err;
	basic = vmx_caps.msr[XLHV_CAP_BASIC];
	if ((basic & BASIC_MEM_TYPE) != BASIC_MEM_TYPE_WB ||
	    (basic >> 32 & 0x1fff) > PAGE_SIZE) {
		pr_err("cannot load: VMCS regions are not write-back or exceed a page (IA32_VMX_BASIC is %#llx)\n",
		       basic);
		return -EOPNOTSUPP;
	}
	err = compute_controls();
	if (err)
		return err;
	err = check_ept();
	if (err)
		return err;
	vmx_caps.revision = basic & GENMASK(30, 0);
	vmx_caps.maxphyaddr = boot_cpu_data.x86_phys_bits;
	vmx_caps.preemption_timer_rate = vmx_caps.msr[XLHV_CAP_MISC] & GENMASK(4, 0);
	find_features();
	drop_dependents();
	return drop_disabled();
}

/**
 * vmx_caps_check_cpu() - is this CPU at least what the first one is?
 *
 * Context: preemption off.
 * Return: 0; -EOPNOTSUPP, with one line that names the difference; -EIO.
 */
int vmx_caps_check_cpu(void)
{
	u64 msr[XLHV_NR_CAPS];
	unsigned int ctl;
	u64 ept_used;

	if (!(cpuid_ecx(1) & BIT(5)) || read_msrs(msr)) {
		pr_err_ratelimited("CPU %u has no VMX, unlike the first\n", smp_processor_id());
		return -EOPNOTSUPP;
	}
	if ((msr[XLHV_CAP_FEATURE_CONTROL] & FEAT_CTL_LOCKED) &&
	    !(msr[XLHV_CAP_FEATURE_CONTROL] & FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX)) {
		pr_err_ratelimited("CPU %u has VMX locked off in IA32_FEATURE_CONTROL\n",
				   smp_processor_id());
		return -EOPNOTSUPP;
	}
	if ((u32)(msr[XLHV_CAP_BASIC] & GENMASK(30, 0)) != vmx_caps.revision) {
		pr_err_ratelimited("CPU %u has VMCS revision %#llx, the first %#x\n",
				   smp_processor_id(), msr[XLHV_CAP_BASIC] & GENMASK(30, 0),
				   vmx_caps.revision);
		return -EOPNOTSUPP;
	}
	for (ctl = 0; ctl < VMX_NR_CTLS; ctl++) {
		u64 cap = msr[ctl_cap[ctl]];
		unsigned long differ = (vmx_caps.ctl[ctl] & ~(u32)(cap >> 32)) |
				       ((u32)cap & ~vmx_caps.ctl[ctl]);

		if (vmx_ctl_allowed(cap, vmx_caps.ctl[ctl]))
			continue;
		pr_err_ratelimited("CPU %u differs from the first in \"%s\" (bit %lu of %s)\n",
				   smp_processor_id(), vmx_caps_ctl_bit_name(ctl, __ffs(differ)),
				   __ffs(differ), ctl_names[ctl].msr);
		return -EOPNOTSUPP;
	}
	ept_used = vmx_caps.msr[XLHV_CAP_EPT_VPID];
	if (ept_used & ~msr[XLHV_CAP_EPT_VPID]) {
		pr_err_ratelimited("CPU %u lacks EPT or VPID capabilities %#llx of the first\n",
				   smp_processor_id(), ept_used & ~msr[XLHV_CAP_EPT_VPID]);
		return -EOPNOTSUPP;
	}
	return 0;
}
