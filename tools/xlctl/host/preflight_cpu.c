// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl preflight: what the processor must have.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/sysfs.h"
#include "host/preflight.h"
#include "host/vmxtext.h"

#define FIRMWARE_ADVICE \
	"switch on \"Intel Virtualization Technology\" (VT-x, VMX) in the firmware set-up," \
	" then power the machine off and on again"

/* Hypervisors below a kernel, by the signature in CPUID leaf 0x40000000. */
static const struct {
	const char *signature;
	const char *name;
	const char *advice;	/* how to give its guest VT-x */
} hypervisors[] = {
	{ "KVMKVMKVM", "KVM",
	  "on its host: load kvm_intel with nested=1 and run QEMU with '-cpu host'" },
	{ "XenVMMXenVMM", "Xen",
	  "Xen gives VT-x to its guests only with nestedhvm=1, and never to domain 0" },
	{ "VMwareVMware", "VMware",
	  "set vhv.enable = \"TRUE\" (\"Virtualize Intel VT-x/EPT\") for this virtual machine" },
	{ "Microsoft Hv", "Hyper-V",
	  "Set-VMProcessor -VMName NAME -ExposeVirtualizationExtensions $true" },
	{ "VBoxVBoxVBox", "VirtualBox", "VBoxManage modifyvm NAME --nested-hw-virt on" },
	{ "TCGTCGTCGTCG", "QEMU without acceleration",
	  "QEMU does not emulate VT-x; Bochs does" },
	{ "bhyve bhyve ", "bhyve", "bhyve does not offer VT-x to its guests" },
	{ "ACRNACRNACRN", "ACRN", NULL },
	{ "Jailhouse", "Jailhouse", "Jailhouse does not offer VT-x to its cells" },
	{ " lrpepyh  vr", "Parallels", "enable nested virtualization for this virtual machine" },
	{ "prl hyperv  ", "Parallels", "enable nested virtualization for this virtual machine" },
};

#define DEFAULT_NESTED_ADVICE	"enable nested virtualization for this virtual machine"

static const char *hypervisor_name(const char *signature)
{
	for (size_t i = 0; i < sizeof(hypervisors) / sizeof(hypervisors[0]); i++)
		if (!strcmp(hypervisors[i].signature, signature))
			return hypervisors[i].name;
	return *signature ? signature : "another hypervisor";
}

static const char *hypervisor_advice(const char *signature)
{
	for (size_t i = 0; i < sizeof(hypervisors) / sizeof(hypervisors[0]); i++)
		if (!strcmp(hypervisors[i].signature, signature) && hypervisors[i].advice)
			return hypervisors[i].advice;
	return DEFAULT_NESTED_ADVICE;
}

static bool is_virtual(const struct hostcpu *cpu)
{
	return *cpu->hypervisor || cpu->kernel_hypervisor;
}

static bool is_amd(const struct hostcpu *cpu)
{
	return !strcmp(cpu->vendor, "AuthenticAMD") || !strcmp(cpu->vendor, "HygonGenuine");
}

static void check_vendor(struct preflight *p)
{
	const struct hostcpu *cpu = &p->cpu;

	if (!strcmp(cpu->vendor, "GenuineIntel"))
		preflight_find(p, "cpu", VERDICT_OK, NULL, "%s", *cpu->model ? cpu->model :
			       cpu->vendor);
	else if (is_amd(cpu))
		preflight_find(p, "cpu", VERDICT_PROBLEM,
			       "use a machine with an Intel processor",
			       "%s: AMD's SVM is not supported, only Intel's VT-x",
			       *cpu->model ? cpu->model : cpu->vendor);
	else if (!*cpu->vendor)
		preflight_find(p, "cpu", VERDICT_PROBLEM, "is this an x86 machine?",
			       "no CPU vendor in /proc/cpuinfo");
	else
		preflight_find(p, "cpu", VERDICT_WARNING, NULL,
			       "%s (%s): never tried with xlhv", cpu->model, cpu->vendor);
}

/* The CPU has VT-x and the kernel does not use it: somebody switched it off. */
static void explain_hidden_vmx(struct preflight *p)
{
	const struct hostcpu *cpu = &p->cpu;

	if (!cpu->has_feature_control)
		preflight_find(p, "vmx", VERDICT_PROBLEM, FIRMWARE_ADVICE,
			       "the CPU has VT-x, but the firmware disabled it");
	else if (!(cpu->feature_control & HOSTCPU_FC_LOCKED))
		preflight_find(p, "vmx", VERDICT_WARNING,
			       "look for 'clearcpuid=' on the kernel's command line",
			       "the CPU has VT-x, not locked, but the kernel does not show it");
	else if (cpu->feature_control & HOSTCPU_FC_VMX)
		preflight_find(p, "vmx", VERDICT_WARNING,
			       "look for 'clearcpuid=' on the kernel's command line",
			       "the CPU has VT-x, switched on, but the kernel does not show it");
	else
		preflight_find(p, "vmx", VERDICT_PROBLEM, FIRMWARE_ADVICE,
			       "VT-x is locked off (IA32_FEATURE_CONTROL is %#llx)",
			       (unsigned long long)cpu->feature_control);
}

/* The module reads the MSRs of all CPUs, and needs no /dev/cpu for it. */
static void ask_locks(struct preflight *p)
{
	struct hostcpu *cpu = &p->cpu;

	*cpu->locked_off = '\0';
	for (unsigned int number = 0; number < SYSFS_SET_MAX; number++) {
		struct xlhv_cpu_info info = { .cpu = number };

		if (ioctl(p->fd, XLHV_CPU_INFO, &info))
			break;
		if (info.state & XLHV_CPU_ONLINE && hostcpu_is_locked_off(info.feature_control))
			hostcpu_list(cpu->locked_off, sizeof(cpu->locked_off), number);
	}
}

static void check_vmx(struct preflight *p)
{
	const struct hostcpu *cpu = &p->cpu;
	bool locked_off = cpu->has_feature_control && hostcpu_is_locked_off(cpu->feature_control);

	if (p->has_info)
		ask_locks(p);
	/* Where some CPUs have it, those that do not are the problem. */
	if (*cpu->locked_off && !locked_off)
		preflight_find(p, "vmx", VERDICT_PROBLEM,
			       "update the firmware, or take these CPUs offline",
			       "VT-x is locked off on CPU %s, but not on all CPUs",
			       cpu->locked_off);
	else if (cpu->kernel_vmx && *cpu->without_vmx)
		preflight_find(p, "vmx", VERDICT_PROBLEM,
			       "update the firmware, or take these CPUs offline",
			       "no VT-x on CPU %s, but on others", cpu->without_vmx);
	/* With a loaded module the question is answered. */
	else if (p->has_info || (cpu->kernel_vmx && !locked_off))
		preflight_find(p, "vmx", VERDICT_OK, NULL, "VT-x is available and enabled");
	else if (cpu->cpuid_vmx || locked_off)
		explain_hidden_vmx(p);
	else if (is_virtual(cpu))
		preflight_find(p, "vmx", VERDICT_PROBLEM, hypervisor_advice(cpu->hypervisor),
			       "no VT-x in this virtual machine (under %s)",
			       hypervisor_name(cpu->hypervisor));
	else
		preflight_find(p, "vmx", VERDICT_PROBLEM, sysfs_is_here() ?
			       "use a machine with VT-x" :
			       "look at the firmware set-up, or run xlctl on that host",
			       sysfs_is_here() ? "the CPU has no VT-x" :
			       "the CPU has no VT-x, or the firmware switched it off");
}

static void check_required(struct preflight *p, uint64_t bit, const char *missing)
{
	const struct vmxtext_feature *f = vmxtext_features;

	while (f->bit != bit)
		f++;
	if (!(p->cpu.known & bit))
		preflight_find(p, f->name, VERDICT_WARNING,
			       "load the msr module and run xlctl as root, or load xlhv",
			       "this kernel does not show whether the CPU has it");
	else if (p->cpu.features & bit)
		preflight_find(p, f->name, VERDICT_OK, NULL, "available");
	else
		preflight_find(p, f->name, VERDICT_PROBLEM, is_virtual(&p->cpu) ?
			       hypervisor_advice(p->cpu.hypervisor) :
			       "use a machine with a newer processor", "%s", missing);
}

/* @list: words with commas between them. */
static bool is_listed(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; *at; at += *at == ',') {
		size_t n = strcspn(at, ",\n");

		if (n == length && !memcmp(at, word, length))
			return true;
		at += n;
	}
	return false;
}

/* Features that are used where they are. */
static void check_optional(struct preflight *p)
{
	char missing[512] = "", present[512] = "", disabled[512] = "", parameter[512];

	sysfs_line(parameter, sizeof(parameter), "/sys/module/xlhv/parameters/disable");
	for (const struct vmxtext_feature *f = vmxtext_features; f->name; f++) {
		char *list = is_listed(parameter, f->name) ? disabled :
			     p->cpu.features & f->bit ? present : missing;
		size_t used = strlen(list);

		if (f->bit & VMXTEXT_REQUIRED || !(p->cpu.known & f->bit))
			continue;
		snprintf(list + used, sizeof(present) - used, "%s%s", used ? " " : "", f->name);
	}
	if (*present)
		preflight_find(p, "features", VERDICT_OK, NULL, "used: %s", present);
	if (*missing)
		preflight_find(p, "features_missing", VERDICT_NOTE, NULL,
			       "not available, not required: %s", missing);
	if (*disabled)
		preflight_find(p, "features_disabled", VERDICT_NOTE, NULL,
			       "not used, by the module's parameter disable: %s", disabled);
}

/* What the loaded module does against side channels, and what it leaves open. */
static void check_guards(struct preflight *p)
{
	char used[512] = "";

	if (!p->has_info)
		return;
	for (const struct vmxtext_guard *g = vmxtext_guards; g->name; g++) {
		size_t length = strlen(used);

		if (!(p->info.guards & g->bit))
			continue;
		if (g->open)
			preflight_find(p, "guards_missing", VERDICT_NOTE, NULL, "%s", g->open);
		else
			snprintf(used + length, sizeof(used) - length, "%s%s", length ? " " : "",
				 g->name);
	}
	if (*used)
		preflight_find(p, "guards", VERDICT_OK, NULL, "against side channels: %s", used);
}

void preflight_cpu(struct preflight *p)
{
	bool has_vmx = p->has_info || p->cpu.kernel_vmx || p->cpu.cpuid_vmx;

	check_vendor(p);
	if (is_amd(&p->cpu))
		return;
	check_vmx(p);
	if (is_virtual(&p->cpu) && has_vmx)
		preflight_find(p, "nested", VERDICT_NOTE, NULL,
			       "this is a virtual machine under %s: domains are nested and slower",
			       hypervisor_name(p->cpu.hypervisor));
	if (!has_vmx)
		return;
	check_required(p, XLHV_FEAT_EPT, "no EPT: guest memory cannot be done without");
	check_required(p, XLHV_FEAT_UNRESTRICTED_GUEST,
		       "no unrestricted guest: PVH guests start without paging");
	check_optional(p);
	check_guards(p);
	if (p->cpu.differ)
		preflight_find(p, "cpus_alike", VERDICT_WARNING,
			       "take the CPUs with less offline, or update the firmware",
			       "CPUs differ in VT-x features; those with less than the first are refused");
}
