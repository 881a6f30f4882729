// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who else uses VT-x on this host. Whether a CPU is in VMX root operation
 * cannot be seen from user space, so this looks at the modules that are known
 * to do it and at the processes that hold one of their machines.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/sysfs.h"
#include "common/text.h"
#include "host/holders.h"

static const struct {
	const char *name;
	const char *module;
	const char *link;	/* what a descriptor of a machine links to */
} known[NR_HOLDERS] = {
	[HOLDER_KVM] = { "KVM", "kvm_intel", "anon_inode:kvm-vm" },
	[HOLDER_VIRTUALBOX] = { "VirtualBox", "vboxdrv", "/dev/vboxdrv" },
	[HOLDER_VMWARE] = { "VMware", "vmmon", "/dev/vmmon" },
	[HOLDER_JAILHOUSE] = { "Jailhouse", "jailhouse", "/dev/jailhouse" },
	[HOLDER_HAXM] = { "HAXM", "haxm", "/dev/HAX" },
};

const char *holders_name(enum holder_who who)
{
	return known[who].name;
}

const char *holders_module(enum holder_who who)
{
	return known[who].module;
}

static void add_process(struct holder *holder, const char *pid)
{
	size_t used = strlen(holder->processes);
	char name[32];

	if (!sysfs_line(name, sizeof(name), "/proc/%s/comm", pid))
		return;
	/* A process calls itself what it likes. */
	text_make_printable(name);
	if (used + strlen(name) + strlen(pid) + sizeof(", []") > sizeof(holder->processes)) {
		if (used && holder->processes[used - 1] != '.' &&
		    used + sizeof(", ...") <= sizeof(holder->processes))
			strcat(holder->processes, ", ...");
		return;
	}
	snprintf(holder->processes + used, sizeof(holder->processes) - used, "%s%s[%s]",
		 used ? ", " : "", name, pid);
}

/* One process: its descriptors. */
static void look_at_process(struct holders *holders, const char *pid)
{
	unsigned int found[NR_HOLDERS] = { 0 };
	char *path = sysfs_path("/proc/%s/fd", pid);
	DIR *folder = opendir(path);
	struct dirent *entry;
	char link[64];
	ssize_t length;

	free(path);
	if (!folder) {
		/* A process that has just ended hides nothing. */
		if (sysfs_exists("/proc/%s", pid))
			holders->complete = false;
		return;
	}
	while ((entry = readdir(folder))) {
		length = readlinkat(dirfd(folder), entry->d_name, link, sizeof(link) - 1);
		if (length <= 0)
			continue;
		link[length] = '\0';
		for (int i = 0; i < NR_HOLDERS; i++)
			found[i] += !strcmp(link, known[i].link);
	}
	closedir(folder);
	for (int i = 0; i < NR_HOLDERS; i++) {
		if (!found[i])
			continue;
		/* Only KVM has one descriptor for each machine. */
		holders->who[i].machines += i == HOLDER_KVM ? found[i] : 1;
		add_process(&holders->who[i], pid);
	}
}

static void look_at_processes(struct holders *holders)
{
	char *path = sysfs_path("/proc");
	DIR *folder = opendir(path);
	struct dirent *entry;

	free(path);
	holders->complete = folder;
	if (!folder)
		return;
	while ((entry = readdir(folder)))
		if (isdigit((unsigned char)entry->d_name[0]))
			look_at_process(holders, entry->d_name);
	closedir(folder);
}

void holders_find(struct holders *holders)
{
	char line[8];

	memset(holders, 0, sizeof(*holders));
	for (int i = 0; i < NR_HOLDERS; i++) {
		struct holder *holder = &holders->who[i];

		holder->loaded = sysfs_exists("/sys/module/%s", known[i].module);
		holder->users = -1;
		sysfs_number(&holder->users, "/sys/module/%s/refcnt", known[i].module);
	}
	if (sysfs_line(line, sizeof(line), "/sys/module/kvm/parameters/enable_virt_at_load"))
		holders->who[HOLDER_KVM].from_load = line[0] == 'Y';
	if (sysfs_line(line, sizeof(line), "/sys/module/kvm_intel/parameters/enlightened_vmcs"))
		holders->who[HOLDER_KVM].enlightened = line[0] == 'Y';
	if (sysfs_line(line, sizeof(line), "/sys/devices/jailhouse/enabled"))
		holders->who[HOLDER_JAILHOUSE].machines = line[0] == '1';
	look_at_processes(holders);
}
