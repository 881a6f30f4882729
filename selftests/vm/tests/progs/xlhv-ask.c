// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks the module, for shell scripts.
 *
 *	info			the fields of XLHV_INFO, a line each
 *	guards			what is done against side channels, on one line
 *	features		the names of the optional features in use, sorted, on one line
 *	cpu N			state of a CPU, in words, on one line
 *	check CPU ROUNDS	XLHV_SELFCHECK; status 0 if it passed, 2 if the CPU is offline
 *	hold COMMAND...		COMMAND with VMX held; its status, or 98 and the name of the
 *				error if there is no hold to be had
 *	flip N			takes and drops a hold N times and looks at each step
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xt.h"

static int do_info(int fd)
{
	struct xlhv_info info;

	xt_info(fd, &info);
#define SHOW(field)	printf(#field "=%llu\n", (unsigned long long)info.field)
	SHOW(policy);
	SHOW(provider);
	SHOW(holders);
	SHOW(nr_cpus_online);
	SHOW(nr_cpus_root);
	SHOW(nr_domains);
	SHOW(max_domains);
	SHOW(max_vcpus);
	SHOW(maxphyaddr);
	SHOW(tsc_khz);
	SHOW(kvm_loaded);
	SHOW(guest_pages);
	SHOW(overhead_pages);
#undef SHOW
	printf("features=%#llx\n", info.features);
	for (unsigned int i = 0; i < XLHV_NR_CAPS; i++)
		printf("cap_msr%u=%#llx\n", i, info.cap_msr[i]);
	for (unsigned int i = 0; i < 6; i++)
		printf("ctl%u=%#x\n", i, info.ctl[i]);
	return 0;
}

static int do_features(int fd)
{
	/* Sorted by name. The rest are required, or not used yet. */
	static const struct {
		const char *name;
		unsigned long long bit;
	} features[] = {
		{ "apic_register_virt", XLHV_FEAT_APIC_REGISTER_VIRT },
		{ "ept_1g", XLHV_FEAT_EPT_1G },
		{ "ept_2m", XLHV_FEAT_EPT_2M },
		{ "ept_ad", XLHV_FEAT_EPT_AD },
		{ "ept_exec_only", XLHV_FEAT_EPT_EXEC_ONLY },
		{ "invpcid", XLHV_FEAT_INVPCID },
		{ "pause_loop", XLHV_FEAT_PAUSE_LOOP },
		{ "pml", XLHV_FEAT_PML },
		{ "posted_interrupts", XLHV_FEAT_POSTED_INTERRUPTS },
		{ "preemption_timer", XLHV_FEAT_PREEMPTION_TIMER },
		{ "rdtscp", XLHV_FEAT_RDTSCP },
		{ "tpr_shadow", XLHV_FEAT_TPR_SHADOW },
		{ "tsc_scaling", XLHV_FEAT_TSC_SCALING },
		{ "virt_intr_delivery", XLHV_FEAT_VIRT_INTR_DELIVERY },
		{ "vpid", XLHV_FEAT_VPID },
		{ "x2apic_virt", XLHV_FEAT_X2APIC_VIRT },
		{ "xsaves", XLHV_FEAT_XSAVES },
	};
	struct xlhv_info info;

	xt_info(fd, &info);
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (info.features & features[i].bit)
			printf("%s ", features[i].name);
	printf("\n");
	return 0;
}

static int do_guards(int fd)
{
	static const struct {
		const char *name;
		__u64 bit;
	} guards[] = {
		{ "off", XLHV_MITIGATION_OFF },
		{ "registers", XLHV_MITIGATION_REGISTERS },
		{ "rsb_fill", XLHV_MITIGATION_RSB_FILL },
		{ "rsb_call", XLHV_MITIGATION_RSB_CALL },
		{ "spec_ctrl", XLHV_MITIGATION_SPEC_CTRL },
		{ "ibrs", XLHV_MITIGATION_IBRS },
		{ "branch_history", XLHV_MITIGATION_HISTORY },
		{ "cpu_buffers", XLHV_MITIGATION_BUFFERS },
		{ "l1d_flush", XLHV_MITIGATION_L1D_FLUSH },
		{ "l1d_fill", XLHV_MITIGATION_L1D_FILL },
		{ "l1d_always", XLHV_MITIGATION_L1D_ALWAYS },
		{ "ibpb", XLHV_MITIGATION_IBPB },
		{ "ibpb_user", XLHV_MITIGATION_IBPB_USER },
		{ "open_smt", XLHV_MITIGATION_OPEN_SMT },
		{ "nx_huge_pages", XLHV_MITIGATION_NX_HUGE },
		{ "open_itlb_multihit", XLHV_MITIGATION_OPEN_ITLB },
	};
	struct xlhv_info info;

	xt_info(fd, &info);
	for (size_t i = 0; i < sizeof(guards) / sizeof(guards[0]); i++)
		if (info.guards & guards[i].bit)
			printf("%s ", guards[i].name);
	printf("\n");
	return 0;
}

static int do_cpu(int fd, unsigned int cpu)
{
	struct xlhv_cpu_info info;

	xt_cpu_info(fd, cpu, &info);
	if (!info.state)
		printf("offline");
	if (info.state & XLHV_CPU_ONLINE)
		printf("online");
	if (info.state & XLHV_CPU_VMXE)
		printf(" vmxe");
	if (info.state & XLHV_CPU_ROOT)
		printf(" root");
	if (info.state & XLHV_CPU_OURS)
		printf(" ours");
	if (info.state & ~15U)
		printf(" unknown:%#x", info.state);
	printf(" feature_control:%#llx active:%u\n", info.feature_control, info.active_vmcs);
	return 0;
}

static int do_check(int fd, unsigned int cpu, unsigned int rounds)
{
	struct xlhv_selfcheck check = { .cpu = cpu, .rounds = rounds };

	if (ioctl(fd, XLHV_SELFCHECK, &check)) {
		printf("%s\n", xt_errno_name(errno));
		return 98;
	}
	printf("result=%u exit_reason=%#x instruction_error=%u provider=%u ticks=%llu\n",
	       check.result, check.exit_reason, check.instruction_error, check.provider,
	       check.ticks);
	if (check.result == XLHV_CHECK_OFFLINE)
		return 2;
	return check.result != XLHV_CHECK_PASSED;
}

static int do_hold(int fd, char **argv)
{
	struct xlhv_vmx_hold hold = { .hold = 1 };
	int status;
	pid_t child;

	if (ioctl(fd, XLHV_VMX_HOLD, &hold)) {
		printf("%s\n", xt_errno_name(errno));
		return 98;
	}
	child = fork();
	if (child < 0)
		xt_die("fork: %s", xt_errno_name(errno));
	if (!child) {
		execvp(argv[0], argv);
		xt_die("%s: %s", argv[0], xt_errno_name(errno));
	}
	if (waitpid(child, &status, 0) < 0)
		xt_die("wait: %s", xt_errno_name(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int do_flip(int fd, unsigned long times)
{
	struct xlhv_info info;

	for (unsigned long i = 0; i < times; i++) {
		struct xlhv_vmx_hold hold = { .hold = 1 };

		if (ioctl(fd, XLHV_VMX_HOLD, &hold))
			xt_die("hold %lu: %s", i, xt_errno_name(errno));
		xt_info(fd, &info);
		if (!hold.provider || info.provider != hold.provider || info.holders != 1 ||
		    info.nr_cpus_root != info.nr_cpus_online)
			xt_die("hold %lu: provider %u, info: provider %u, %u holders, %u of %u CPUs",
			       i, hold.provider, info.provider, info.holders, info.nr_cpus_root,
			       info.nr_cpus_online);
		memset(&hold, 0, sizeof(hold));
		if (ioctl(fd, XLHV_VMX_HOLD, &hold))
			xt_die("drop %lu: %s", i, xt_errno_name(errno));
		xt_info(fd, &info);
		if (hold.provider || info.provider || info.holders || info.nr_cpus_root)
			xt_die("drop %lu: provider %u, info: provider %u, %u holders, %u CPUs",
			       i, hold.provider, info.provider, info.holders, info.nr_cpus_root);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int fd = xt_open();

	if (!strcmp(what, "info") && argc == 2)
		return do_info(fd);
	if (!strcmp(what, "features") && argc == 2)
		return do_features(fd);
	if (!strcmp(what, "guards") && argc == 2)
		return do_guards(fd);
	if (!strcmp(what, "cpu") && argc == 3)
		return do_cpu(fd, xt_number(argv[2], "CPU", ~0U));
	if (!strcmp(what, "check") && argc == 4)
		return do_check(fd, xt_number(argv[2], "CPU", ~0U),
				xt_number(argv[3], "rounds", ~0U));
	if (!strcmp(what, "hold") && argc > 2)
		return do_hold(fd, argv + 2);
	if (!strcmp(what, "flip") && argc == 3)
		return do_flip(fd, xt_number(argv[2], "number", ~0U));
	xt_die("usage: info | features | guards | cpu N | check CPU ROUNDS | hold COMMAND... | flip N");
}
