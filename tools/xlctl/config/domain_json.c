// SPDX-License-Identifier: GPL-2.0-only
/*
 * A configuration as JSON.
 *
 * Field names and nesting are those of libxl's libxl_domain_config, which "xl
 * create -n" and "xl list -l" print, so that a script reads ours with the same
 * paths.  Fields that say nothing beyond a default of libxl are left out, as
 * libxl leaves them out; "populate", "xenstore", "console", "serial", "xen_leaves", "modules"
 * and "vfr" are ours.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#include "config/domain_config.h"

/* Adds @value, which may be NULL for want of memory, and takes it. */
static bool json_put(struct json_object *object, const char *key, struct json_object *value)
{
	if (value && !json_object_object_add(object, key, value))
		return true;
	json_object_put(value);
	return false;
}

static bool json_put_string(struct json_object *object, const char *key, const char *value)
{
	return !value || json_put(object, key, json_object_new_string(value));
}

static bool json_put_number(struct json_object *object, const char *key, uint64_t value)
{
	return json_put(object, key, json_object_new_int64((int64_t)value));
}

static bool json_put_bool(struct json_object *object, const char *key, bool value)
{
	/* libxl's defbool */
	return json_put_string(object, key, value ? "True" : "False");
}

static bool json_append(struct json_object *array, struct json_object *value)
{
	if (value && !json_object_array_add(array, value))
		return true;
	json_object_put(value);
	return false;
}

/* Puts an empty array or object under a key and returns it; NULL without memory. */
static struct json_object *json_put_new(struct json_object *object, const char *key,
					struct json_object *value)
{
	return json_put(object, key, value) ? value : NULL;
}

static bool json_put_affinity(struct json_object *object, const char *key,
			      const struct domain_affinity *affinity)
{
	struct json_object *array;
	unsigned int i;

	if (!affinity->nr)
		return true;
	array = json_put_new(object, key, json_object_new_array());
	if (!array)
		return false;
	for (i = 0; i < affinity->nr; i++) {
		const struct sysfs_set *set = &affinity->cpus[i];
		struct json_object *cpus = json_object_new_array();
		int cpu;

		if (!json_append(array, cpus))
			return false;
		for (cpu = sysfs_set_next(set, 0); cpu >= 0; cpu = sysfs_set_next(set, cpu + 1))
			if (!json_append(cpus, json_object_new_int(cpu)))
				return false;
	}
	return true;
}

static bool json_put_cpuid(struct json_object *object, const struct cpuid_policy *policy)
{
	static const char *const names[CPUID_NR_REGS] = { "eax", "ebx", "ecx", "edx" };
	struct json_object *array;
	size_t i;

	if (!policy->nr)
		return true;
	array = json_put_new(object, "cpuid", json_object_new_array());
	if (!array)
		return false;
	for (i = 0; i < policy->nr; i++) {
		const struct cpuid_change *change = &policy->changes[i];
		struct json_object *leaf = json_object_new_object();
		unsigned int reg;

		if (!json_append(array, leaf) || !json_put_number(leaf, "leaf", change->leaf))
			return false;
		if (change->subleaf != CPUID_ANY_SUBLEAF &&
		    !json_put_number(leaf, "subleaf", change->subleaf))
			return false;
		for (reg = 0; reg < CPUID_NR_REGS; reg++) {
			const struct cpuid_bits *bits = &change->reg[reg];
			char text[33];

			if (!(bits->set | bits->clear | bits->host))
				continue;
			cpuid_bits_text(bits, text);
			if (!json_put_string(leaf, names[reg], text))
				return false;
		}
	}
	return true;
}

static bool json_put_vcpus(struct json_object *object, const char *key, unsigned int nr)
{
	struct json_object *array = json_put_new(object, key, json_object_new_array());
	unsigned int i;

	for (i = 0; array && i < nr; i++)
		if (!json_append(array, json_object_new_int((int)i)))
			return false;
	return array;
}

static bool json_put_modules(struct json_object *object, const struct domain_config *config)
{
	struct json_object *array;

	if (!config->nr_modules)
		return true;
	array = json_put_new(object, "modules", json_object_new_array());
	for (unsigned int i = 0; array && i < config->nr_modules; i++) {
		struct json_object *module = json_object_new_object();

		if (!json_append(array, module) ||
		    !json_put_string(module, "path", config->modules[i].path) ||
		    !json_put_string(module, "cmdline", config->modules[i].cmdline))
			return false;
	}
	return array;
}

/* A number that libxl leaves out where it is 0. */
static bool json_put_flag(struct json_object *object, const char *key, bool value)
{
	return !value || json_put_number(object, key, 1);
}

static bool json_put_disks(struct json_object *top, const struct domain_config *config)
{
	struct json_object *array;

	if (!config->nr_disks)
		return true;
	array = json_put_new(top, "disks", json_object_new_array());
	for (unsigned int i = 0; array && i < config->nr_disks; i++) {
		const struct disk_config *disk = &config->disks[i];
		struct json_object *o = json_object_new_object();

		if (!json_append(array, o) || !json_put_string(o, "pdev_path", disk->target) ||
		    !json_put_string(o, "vdev", disk->vdev) ||
		    !json_put_string(o, "backend", disk->phy ? "phy" : NULL) ||
		    !json_put_string(o, "format", "raw") ||
		    !json_put_flag(o, "removable", disk->cdrom) ||
		    !json_put_flag(o, "readwrite", !disk->readonly) ||
		    !json_put_flag(o, "is_cdrom", disk->cdrom) ||
		    !json_put_flag(o, "direct_io_safe", disk->direct_io_safe) ||
		    (disk->discard != DISK_DISCARD_DEFAULT &&
		     !json_put_bool(o, "discard_enable", disk->discard == DISK_DISCARD_ON)) ||
		    !json_put_flag(o, "forced", disk->forced))
			return false;
	}
	return array;
}

static void json_put_statement(void *ctx, const char *statement)
{
	json_append(ctx, json_object_new_string(statement));
}

/* What was said of the firewall-router, which libxl does not have. */
static bool json_put_vfr(struct json_object *object, const struct vif_config *vif)
{
	struct json_object *array;

	if (!vif->vfr || vfr_is_default(vif->vfr))
		return true;
	array = json_put_new(object, "vfr", json_object_new_array());
	if (array)
		vfr_each(vif->vfr, json_put_statement, array);
	return array;
}

static bool json_put_vifs(struct json_object *top, const struct domain_config *config)
{
	struct json_object *array;
	char mac[18];

	if (!config->nr_vifs)
		return true;
	array = json_put_new(top, "nics", json_object_new_array());
	for (unsigned int i = 0; array && i < config->nr_vifs; i++) {
		const struct vif_config *vif = &config->vifs[i];
		struct json_object *o = json_object_new_object();

		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", vif->mac[0],
			 vif->mac[1], vif->mac[2], vif->mac[3], vif->mac[4], vif->mac[5]);
		if (!json_append(array, o) || !json_put_number(o, "devid", vif->devid) ||
		    (vif->mtu && !json_put_number(o, "mtu", vif->mtu)) ||
		    !json_put_string(o, "model", vif->model) ||
		    !json_put_string(o, "mac", vif->has_mac ? mac : NULL) ||
		    !json_put_string(o, "ip", vif->ip) ||
		    !json_put_string(o, "bridge", vif->bridge) ||
		    !json_put_string(o, "ifname", vif->vifname) ||
		    !json_put_string(o, "script", vif_is_routed(vif) ? vif_script_name(vif) :
						  NULL) ||
		    !json_put_string(o, "nictype", "vif") ||
		    !json_put_string(o, "gatewaydev", vif->gatewaydev) ||
		    (vif->rate.bytes_per_second &&
		     (!json_put_number(o, "rate_bytes_per_interval", vif_rate_credit(&vif->rate)) ||
		      !json_put_number(o, "rate_interval_usecs", vif->rate.interval_us))) ||
		    (vif->weight && !json_put_number(o, "weight", vif->weight)) ||
		    (!vif->trusted && !json_put_bool(o, "trusted", false)) ||
		    !json_put_vfr(o, vif))
			return false;
	}
	return array;
}

static bool json_put_create_info(struct json_object *top, const struct domain_config *config)
{
	struct json_object *info = json_put_new(top, "c_info", json_object_new_object());
	char uuid[UUID_STR_LEN];

	uuid_unparse_lower(config->uuid, uuid);
	return info && json_put_string(info, "type", "pvh") &&
	       json_put_string(info, "name", config->name) && json_put_string(info, "uuid", uuid);
}

static bool json_put_build_info(struct json_object *top, const struct domain_config *config)
{
	static const char *const tsc_modes[] = { "default", "always_emulate", "native" };
	struct json_object *info = json_put_new(top, "b_info", json_object_new_object());
	struct json_object *sched;

	if (!info || !json_put_number(info, "max_vcpus", config->max_vcpus) ||
	    !json_put_vcpus(info, "avail_vcpus", config->vcpus) ||
	    !json_put_affinity(info, "vcpu_hard_affinity", &config->hard) ||
	    !json_put_string(info, "tsc_mode", tsc_modes[config->tsc_mode]) ||
	    !json_put_number(info, "max_memkb", (uint64_t)config->maxmem_mib << 10) ||
	    !json_put_number(info, "target_memkb", (uint64_t)config->memory_mib << 10) ||
	    !json_put_string(info, "populate",
			     config->populate == DOMAIN_POPULATE_EAGER ? "eager" : "lazy") ||
	    !json_put_bool(info, "disable_migrate", config->nomigrate) ||
	    !json_put_cpuid(info, &config->cpuid))
		return false;

	sched = json_put_new(info, "sched_params", json_object_new_object());
	return sched && json_put_number(sched, "weight", config->cpu_weight ? config->cpu_weight :
							 DOMAIN_CPU_WEIGHT) &&
	       json_put_number(sched, "cap", config->cap) &&
	       json_put_number(info, "event_channels", config->max_event_channels) &&
	       json_put_string(info, "kernel", config->kernel) &&
	       json_put_string(info, "cmdline", config->cmdline) &&
	       json_put_string(info, "ramdisk", config->ramdisk) &&
	       json_put_modules(info, config) &&
	       (config->xenstore == DOMAIN_STORE_AUTO ||
		json_put_string(info, "xenstore",
				config->xenstore == DOMAIN_STORE_ON ? "on" : "off")) &&
	       (config->console == DOMAIN_CONSOLE_MODULE ||
		json_put_string(info, "console", "xenconsoled")) &&
	       (config->serial == DOMAIN_SERIAL_NONE || json_put_string(info, "serial", "pty")) &&
	       (config->xen_leaves || json_put_bool(info, "xen_leaves", false)) &&
	       json_put_bool(info, "acpi", config->acpi) &&
	       json_put_number(info, "max_grant_frames", config->max_grant_frames) &&
	       json_put_number(info, "max_maptrack_frames", config->max_maptrack_frames) &&
	       json_put_number(info, "max_grant_version", config->max_grant_version);
}

/* libxl spells some of them with an underscore in JSON. */
static const char *json_action(uint32_t action)
{
	switch (action) {
	case DOMAIN_ACTION_RENAME_RESTART:
		return "restart_rename";
	case DOMAIN_ACTION_COREDUMP_DESTROY:
		return "coredump_destroy";
	case DOMAIN_ACTION_COREDUMP_RESTART:
		return "coredump_restart";
	default:
		return domain_action_name(action);
	}
}

struct json_object *domain_config_json(const struct domain_config *config)
{
	static const char *const events[DOMAIN_NR_EVENTS] = {
		[DOMAIN_ON_POWEROFF] = "on_poweroff",
		[DOMAIN_ON_REBOOT] = "on_reboot",
		[DOMAIN_ON_CRASH] = "on_crash",
		[DOMAIN_ON_WATCHDOG] = "on_watchdog",
		[DOMAIN_ON_SOFT_RESET] = "on_soft_reset",
	};
	struct json_object *top = json_object_new_object();
	bool good;
	unsigned int i;

	good = top && json_put_create_info(top, config) && json_put_build_info(top, config) &&
	       json_put_disks(top, config) && json_put_vifs(top, config);
	for (i = 0; good && i < DOMAIN_NR_EVENTS; i++)
		good = json_put_string(top, events[i], json_action(config->on[i]));
	if (good)
		return top;
	json_object_put(top);
	return NULL;
}
