// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl preflight: what the rest of the host must have, and who is in the way.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/sysfs.h"
#include "host/preflight.h"
#include "host/vmxtext.h"

#define OLDEST_KERNEL_MAJOR	6
#define OLDEST_KERNEL_MINOR	1

/* From here on the kernel lets only KVM switch VT-x on. */
#define KVM_ONLY_MAJOR	6
#define KVM_ONLY_MINOR	19

/* What a small Linux guest and the module's tables for it take. */
#define LEAST_MEMORY_MIB	128

#define SECURE_BOOT_VARIABLE \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static void check_kvm(struct preflight *p)
{
	const struct holder *kvm = &p->holders.who[HOLDER_KVM];
	long long others = kvm->users;

	/* Our own share in it is no machine of somebody else. */
	if (p->has_info && p->info.provider == XLHV_PROVIDER_KVM && others > 0)
		others--;
	if (p->has_info && p->info.policy == XLHV_POLICY_SELF &&
	    (kvm->machines || kvm->from_load)) {
		preflight_find(p, "vtx_holder", VERDICT_PROBLEM,
			       "load xlhv with vmx=auto or vmx=kvm, or remove kvm_intel",
			       "KVM holds VT-x, but xlhv was loaded with vmx=self");
		return;
	}
	if (kvm->enlightened && !(p->has_info && p->info.policy == XLHV_POLICY_SELF)) {
		preflight_find(p, "vtx_holder", VERDICT_PROBLEM,
			       "load kvm_intel with enlightened_vmcs=0, or remove it",
			       "KVM uses Hyper-V's enlightened VMCSs, and domains cannot run beside them");
		return;
	}
	if (kvm->machines)
		preflight_find(p, "vtx_holder", VERDICT_OK, NULL,
			       "KVM, with %u virtual machine%s (%s); xlhv shares VT-x with it",
			       kvm->machines, kvm->machines == 1 ? "" : "s", kvm->processes);
	else if (!p->holders.complete && others > 0)
		preflight_find(p, "vtx_holder", VERDICT_OK, NULL,
			       "KVM, with %lld reference%s to it; xlhv shares VT-x with it",
			       others, others == 1 ? "" : "s");
	else if (kvm->from_load)
		preflight_find(p, "vtx_holder", VERDICT_OK, NULL,
			       "kvm_intel is loaded (no virtual machines); xlhv shares VT-x with it");
	else
		preflight_find(p, "vtx_holder", VERDICT_OK, NULL,
			       "nobody; kvm_intel is loaded, xlhv will share VT-x with it");
}

/* Those that xlhv cannot share VT-x with. */
static void check_rival(struct preflight *p, enum holder_who who)
{
	const struct holder *rival = &p->holders.who[who];
	char *advice = msg_text("stop its virtual machines, then 'modprobe -r %s'",
				holders_module(who));

	if (rival->machines)
		preflight_find(p, "vtx_holder", VERDICT_PROBLEM, advice,
			       "%s is running%s%s and does not share VT-x", holders_name(who),
			       *rival->processes ? ": " : "", rival->processes);
	else if (rival->users > 0)
		preflight_find(p, "vtx_holder", VERDICT_WARNING, advice,
			       "%s is loaded (%lld reference%s): it does not share VT-x with domains",
			       holders_name(who), rival->users, rival->users == 1 ? "" : "s");
	else
		preflight_find(p, "vtx_holder", VERDICT_WARNING, NULL,
			       "%s is loaded but idle: do not start its virtual machines while domains run",
			       holders_name(who));
	free(advice);
}

/* CPUs that are in VMX operation although nobody known would have done that. */
static unsigned int count_strangers(struct preflight *p, unsigned int *first)
{
	struct sysfs_set online;
	unsigned int strangers = 0;

	if (!p->has_info || !sysfs_set_read(&online, "/sys/devices/system/cpu/online"))
		return 0;
	for (int cpu = sysfs_set_next(&online, 0); cpu >= 0;
	     cpu = sysfs_set_next(&online, cpu + 1)) {
		struct xlhv_cpu_info info = { .cpu = (unsigned int)cpu };

		if (ioctl(p->fd, XLHV_CPU_INFO, &info) || !(info.state & XLHV_CPU_VMXE) ||
		    info.state & (XLHV_CPU_ROOT | XLHV_CPU_OURS))
			continue;
		if (!strangers++)
			*first = (unsigned int)cpu;
	}
	sysfs_set_free(&online);
	return strangers;
}

static bool kernel_version(char *release, size_t size, int *major, int *minor)
{
	return sysfs_line(release, size, "/proc/sys/kernel/osrelease") &&
	       sscanf(release, "%d.%d", major, minor) == 2;
}

/* Nobody who could have VT-x is loaded: is KVM missing? */
static void check_nobody(struct preflight *p)
{
	char release[80];
	int major, minor;

	if (kernel_version(release, sizeof(release), &major, &minor) &&
	    (major > KVM_ONLY_MAJOR || (major == KVM_ONLY_MAJOR && minor >= KVM_ONLY_MINOR)))
		preflight_find(p, "vtx_holder", VERDICT_PROBLEM, "modprobe kvm_intel",
			       "this kernel lets only KVM switch VT-x on, and kvm_intel is not loaded");
	else if (p->has_info && p->info.policy == XLHV_POLICY_KVM)
		preflight_find(p, "vtx_holder", VERDICT_PROBLEM,
			       "modprobe kvm_intel, or load xlhv with vmx=auto",
			       "xlhv was loaded with vmx=kvm, but kvm_intel is not loaded");
	else
		preflight_find(p, "vtx_holder", VERDICT_OK, NULL, "nobody");
}

static void check_holders(struct preflight *p)
{
	bool anybody = false;
	unsigned int first = 0, strangers;

	for (int i = 0; i < NR_HOLDERS; i++) {
		if (!p->holders.who[i].loaded)
			continue;
		anybody = true;
		if (i == HOLDER_KVM)
			check_kvm(p);
		else
			check_rival(p, (enum holder_who)i);
	}
	if (anybody)
		return;
	strangers = count_strangers(p, &first);
	if (strangers)
		preflight_find(p, "vtx_holder", VERDICT_PROBLEM,
			       "find the module ('lsmod') and remove it",
			       "an unknown module holds VT-x on %u CPU%s, such as CPU %u",
			       strangers, strangers == 1 ? "" : "s", first);
	else if (p->has_info && p->info.provider == XLHV_PROVIDER_SELF)
		preflight_find(p, "vtx_holder", VERDICT_OK, NULL, "xlhv itself");
	else
		check_nobody(p);
}

static void check_kernel(struct preflight *p)
{
	char release[80], arch[16];
	int major, minor;

	if (!kernel_version(release, sizeof(release), &major, &minor)) {
		preflight_find(p, "kernel", VERDICT_WARNING, NULL,
			       "the kernel's release is not in /proc/sys/kernel/osrelease");
		return;
	}
	/* There since 6.1, the oldest that matters. */
	sysfs_line(arch, sizeof(arch), "/proc/sys/kernel/arch");
	if (*arch && strcmp(arch, "x86_64"))
		preflight_find(p, "kernel", VERDICT_PROBLEM, "boot a 64-bit x86 kernel",
			       "%s is a kernel for %s", release, arch);
	else if (major < OLDEST_KERNEL_MAJOR ||
		 (major == OLDEST_KERNEL_MAJOR && minor < OLDEST_KERNEL_MINOR))
		preflight_find(p, "kernel", VERDICT_PROBLEM, "boot a newer kernel",
			       "%s is older than %d.%d", release, OLDEST_KERNEL_MAJOR,
			       OLDEST_KERNEL_MINOR);
	else
		preflight_find(p, "kernel", VERDICT_OK, NULL, "%s", release);
}

static void check_memory(struct preflight *p)
{
	uint64_t kib;

	if (!sysfs_meminfo(&kib, "MemAvailable"))
		preflight_find(p, "memory", VERDICT_WARNING, "is /proc mounted?",
			       "/proc/meminfo does not tell how much is available");
	else if (kib / 1024 < LEAST_MEMORY_MIB)
		preflight_find(p, "memory", VERDICT_WARNING, "stop something, or add memory",
			       "%llu MiB available: hardly enough for a Linux guest",
			       (unsigned long long)kib / 1024);
	else
		preflight_find(p, "memory", VERDICT_OK, NULL, "%llu MiB available",
			       (unsigned long long)kib / 1024);
}

/* Whether depmod knows the module for the kernel that runs. */
static bool module_installed(void)
{
	char release[80], line[512];
	bool found = false;
	FILE *stream;

	if (!sysfs_line(release, sizeof(release), "/proc/sys/kernel/osrelease"))
		return false;
	stream = sysfs_open("/lib/modules/%s/modules.dep", release);
	while (stream && !found && fgets(line, sizeof(line), stream))
		found = strstr(line, "/xlhv.ko") && strstr(line, "/xlhv.ko") < strchr(line, ':');
	if (stream)
		fclose(stream);
	return found;
}

/* What stops an unsigned module, NULL if nothing does. */
static const char *module_signature_rule(void)
{
	char line[80], *path;
	unsigned char variable[5];
	FILE *stream;

	if (sysfs_line(line, sizeof(line), "/sys/module/module/parameters/sig_enforce") &&
	    line[0] == 'Y')
		return "the kernel takes signed modules only";
	if (sysfs_line(line, sizeof(line), "/sys/kernel/security/lockdown") &&
	    *line && !strstr(line, "[none]"))
		return "the kernel is locked down and takes signed modules only";
	path = sysfs_path(SECURE_BOOT_VARIABLE);
	stream = fopen(path, "re");
	free(path);
	if (!stream)
		return NULL;
	/* Four bytes of attributes, then the value. */
	if (fread(variable, 1, sizeof(variable), stream) != sizeof(variable))
		variable[4] = 0;
	fclose(stream);
	return variable[4] == 1 ? "Secure Boot is on: the kernel may take signed modules only" :
	       NULL;
}

static void check_module(struct preflight *p)
{
	const char *rule = module_signature_rule();
	long long disabled = 0;

	if (sysfs_exists("/sys/module/xlhv")) {
		if (*p->version.release)
			preflight_find(p, "module", VERDICT_OK, NULL,
				       "xlhv %s is loaded (ABI %u.%u)", p->version.release,
				       p->version.abi_major, p->version.abi_minor);
		else
			preflight_find(p, "module", VERDICT_OK, NULL, "xlhv is loaded");
		return;
	}
	sysfs_number(&disabled, "/proc/sys/kernel/modules_disabled");
	if (!sysfs_exists("/proc/modules"))
		preflight_find(p, "module", VERDICT_PROBLEM, "boot a distribution's kernel",
			       "this kernel cannot load modules");
	else if (disabled)
		preflight_find(p, "module", VERDICT_PROBLEM,
			       "boot again without kernel.modules_disabled=1",
			       "xlhv is not loaded, and loading of modules is switched off");
	else if (module_installed())
		preflight_find(p, "module", VERDICT_NOTE, "'modprobe xlhv'",
			       "xlhv is installed for this kernel, not loaded");
	else
		preflight_find(p, "module", VERDICT_NOTE,
			       "'make' in the sources builds it, 'insmod xlhv.ko' loads it",
			       "xlhv is not loaded, and not installed for this kernel");
	if (rule)
		preflight_find(p, "signature", VERDICT_WARNING,
			       "sign xlhv.ko with a key of yours, enrolled by 'mokutil --import'",
			       "%s", rule);
}

static void check_device(struct preflight *p)
{
	switch (p->device) {
	case DEVICE_READY:
		preflight_find(p, "device", VERDICT_OK, NULL, "%s can be used", XLHV_DEVICE);
		break;
	case DEVICE_NOT_LOADED:
		break;
	case DEVICE_DENIED:
		preflight_find(p, "device", VERDICT_WARNING, p->advice, "%s", p->why);
		break;
	case DEVICE_NO_NODE:
	case DEVICE_MISMATCH:
	case DEVICE_BROKEN:
		preflight_find(p, "device", VERDICT_PROBLEM, p->advice, "%s", p->why);
		break;
	}
}

void preflight_host(struct preflight *p)
{
	check_holders(p);
	check_kernel(p);
	check_memory(p);
	check_module(p);
	check_device(p);
}
