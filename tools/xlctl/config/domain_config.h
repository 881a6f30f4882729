/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * domain_config - what an xl.cfg(5) file says about one PVH domain
 *
 * Reading one takes three steps: cfg_new(), then cfg_read_file() and
 * cfg_override() for the words of the command line, then domain_config_load().
 */
#ifndef XLCTL_DOMAIN_CONFIG_H
#define XLCTL_DOMAIN_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <uuid/uuid.h>

#include "common/sysfs.h"
#include "config/cfg.h"
#include "config/disk.h"
#include "config/domain_cpuid.h"
#include "config/vif.h"

#define DOMAIN_MAX_VCPUS	128U
#define DOMAIN_MAX_MIB		(1U << 24)	/* 16 TiB */
#define DOMAIN_MAX_NAME		63U		/* bytes, see XLHV_NAME_LEN */
#define DOMAIN_MAX_MODULES	16U
#define DOMAIN_MAX_DISKS	64U		/* see XLHV_BLK_MAX_DISKS */
#define DOMAIN_MAX_VIFS		32U		/* see XLHV_VIF_MAX */

/* Limits of a domain whose configuration says nothing. */
#define DOMAIN_GRANT_FRAMES	64U
#define DOMAIN_MAPTRACK_FRAMES	1024U
#define DOMAIN_GRANT_VERSION	2U
#define DOMAIN_EVENT_CHANNELS	1023U
#define DOMAIN_CPU_WEIGHT	256U

enum domain_populate {
	DOMAIN_POPULATE_LAZY,	/* a page of memory exists from its first use on */
	DOMAIN_POPULATE_EAGER,	/* all memory is there when the domain starts */
};

enum domain_store {
	DOMAIN_STORE_AUTO,	/* XenStore where the host can have it */
	DOMAIN_STORE_ON,
	DOMAIN_STORE_OFF,
};

enum domain_serial {
	DOMAIN_SERIAL_NONE,
	DOMAIN_SERIAL_PTY,	/* one that "xlctl console -t serial" attaches to */
};

enum domain_console {
	DOMAIN_CONSOLE_MODULE,	/* the module serves it, and keeps what was said */
	DOMAIN_CONSOLE_DAEMON,	/* xenconsoled does */
};

enum domain_tsc_mode {
	DOMAIN_TSC_DEFAULT,
	DOMAIN_TSC_ALWAYS_EMULATE,
	DOMAIN_TSC_NATIVE,
};

enum domain_action {
	DOMAIN_ACTION_DESTROY,
	DOMAIN_ACTION_RESTART,
	DOMAIN_ACTION_RENAME_RESTART,
	DOMAIN_ACTION_PRESERVE,
	DOMAIN_ACTION_COREDUMP_DESTROY,
	DOMAIN_ACTION_COREDUMP_RESTART,
};

/* In the order of the shutdown reasons of Xen's sched.h where there is one. */
enum domain_event {
	DOMAIN_ON_POWEROFF,
	DOMAIN_ON_REBOOT,
	DOMAIN_ON_CRASH,
	DOMAIN_ON_WATCHDOG,
	DOMAIN_ON_SOFT_RESET,
	DOMAIN_NR_EVENTS,
};

/**
 * struct domain_affinity - host CPUs of each vCPU
 * @nr: elements of @cpus: 0 when nothing was said, else max_vcpus
 * @cpus: by vCPU; an empty set means any CPU
 */
struct domain_affinity {
	unsigned int nr;
	struct sysfs_set *cpus;
};

/**
 * struct domain_module - a file that the kernel is given besides its ramdisk
 * @path: the file
 * @cmdline: what the kernel is told about it, or NULL
 */
struct domain_module {
	char *path;
	char *cmdline;
};

/**
 * struct domain_config - one domain, checked
 * @name: name, unique on a host
 * @uuid: identity; made up when the configuration gives none
 * @kernel: path of the kernel image
 * @ramdisk: path of the initial ramdisk, or NULL
 * @modules: more files, in the order in which the kernel gets them, behind the ramdisk
 * @nr_modules: how many
 * @disks: its disks, each with a number of its own
 * @nr_disks: how many
 * @vifs: its network interfaces, each with a number of its own
 * @nr_vifs: how many
 * @cmdline: kernel command line (cmdline=, or root= and extra=), or NULL
 * @memory_mib: memory at the start, MiB
 * @maxmem_mib: most memory ever, MiB
 * @vcpus: vCPUs online at the start
 * @max_vcpus: vCPUs
 * @populate: when memory is allocated
 * @xenstore: whether it has XenStore
 * @console: who serves its console
 * @serial: whether it has a serial port
 * @acpi: 0: no ACPI tables
 * @xen_leaves: 0: CPUID does not tell the domain that this is Xen
 * @nomigrate: 1: stays on this host, so the TSC is invariant to it
 * @tsc_mode: where RDTSC comes from
 * @cpu_weight: share of CPU time, 1 to 65535, DOMAIN_CPU_WEIGHT is normal; 0: none of its own
 * @cap: most CPU time it may use, percent of one CPU; 0: no limit
 * @hard: CPUs that vCPUs may run on
 * @cpuid: changes to the CPUID policy
 * @on: what follows each way to end
 * @max_grant_frames: limit of the grant table, pages
 * @max_maptrack_frames: limit of grant mappings, pages of handles
 * @max_grant_version: 1 or 2
 * @max_event_channels: limit of event channels
 */
struct domain_config {
	char *name;
	uuid_t uuid;
	char *kernel;
	char *ramdisk;
	struct domain_module modules[DOMAIN_MAX_MODULES];
	unsigned int nr_modules;
	struct disk_config *disks;
	unsigned int nr_disks;
	struct vif_config *vifs;
	unsigned int nr_vifs;
	char *cmdline;
	uint32_t memory_mib;
	uint32_t maxmem_mib;
	uint32_t vcpus;
	uint32_t max_vcpus;
	uint32_t populate;
	uint32_t xenstore;
	uint32_t console;
	uint32_t serial;
	uint32_t acpi;
	uint32_t xen_leaves;
	uint32_t nomigrate;
	uint32_t tsc_mode;
	uint32_t cpu_weight;
	uint32_t cap;
	struct domain_affinity hard;
	struct cpuid_policy cpuid;
	uint32_t on[DOMAIN_NR_EVENTS];
	uint32_t max_grant_frames;
	uint32_t max_maptrack_frames;
	uint32_t max_grant_version;
	uint32_t max_event_channels;
};

struct json_object;

/**
 * domain_config_load() - read and check the settings of a domain
 * @config: filled in; to be given to domain_config_free() whatever came back
 * @cfg: the settings
 * @source: name of the file, for complaints about what is missing from it
 *
 * All settings are looked at, so that one run shows all errors.
 *
 * Return: 0, or a negative errno after saying why: -EINVAL for a setting that
 * makes no sense, -EOPNOTSUPP if all that is wrong is not supported, -ENOMEM.
 */
int domain_config_load(struct domain_config *config, const struct cfg *cfg, const char *source);

/**
 * domain_config_default() - take what is missing from the settings of this host
 * @config: from domain_config_load()
 * @cfg: what that was read from
 * @host: the settings of the host
 * @source: name of their file, for complaints
 *
 * Return: as domain_config_load().
 */
int domain_config_default(struct domain_config *config, const struct cfg *cfg,
			  const struct cfg *host, const char *source);

/**
 * domain_config_add_disk() - one more disk
 * @config: the configuration
 * @disk: from disk_parse(); taken, unless that fails
 *
 * Return: 0; -EEXIST: there is one of that number; -ENOSPC: there are too many.
 */
int domain_config_add_disk(struct domain_config *config, struct disk_config *disk);

/**
 * domain_config_add_vif() - one more network interface
 * @config: the configuration
 * @vif: from vif_parse(); taken, unless that fails
 *
 * Return: 0; -EEXIST: there is one of that number; -ENOSPC: there are too many.
 */
int domain_config_add_vif(struct domain_config *config, struct vif_config *vif);

/**
 * domain_config_choose_macs() - give addresses to interfaces that have none
 * @config: the configuration; its uuid will not change any more
 */
void domain_config_choose_macs(struct domain_config *config);

/**
 * domain_config_free() - free what a configuration holds
 * @config: the configuration; all zero afterwards
 */
void domain_config_free(struct domain_config *config);

/**
 * domain_config_json() - a configuration as JSON, in the words of libxl
 * @config: the configuration
 *
 * Return: an object with c_info, b_info and on_*; NULL without memory.
 */
struct json_object *domain_config_json(const struct domain_config *config);

/**
 * domain_config_key() - the keys that mean something, one by one
 * @i: which one, from 0
 *
 * Return: its name, NULL behind the last one.
 */
const char *domain_config_key(size_t i);

/**
 * domain_action_name() - an action as the configuration spells it
 * @action: enum domain_action
 *
 * Return: its name.
 */
const char *domain_action_name(uint32_t action);

#endif /* XLCTL_DOMAIN_CONFIG_H */
