// SPDX-License-Identifier: GPL-2.0-only
/*
 * A configuration as the text of a file: each key with what was read for it, also where
 * that is the default, so that another version with other defaults reads the same.
 */
#include "config/domain_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/msg.h"

/* Within quotes. */
static void put_char(FILE *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", c);
	else if (c < ' ' || c == 0x7f)
		fprintf(out, "\\x%02x", c);
	else
		putc(c, out);
}

static void put_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++)
		put_char(out, (unsigned char)*text);
	putc('"', out);
}

static void put_key(FILE *out, const char *key, const char *value)
{
	if (!value)
		return;
	fprintf(out, "%s = ", key);
	put_string(out, value);
	putc('\n', out);
}

static void put_modules(FILE *out, const struct domain_config *config)
{
	if (!config->nr_modules)
		return;
	fputs("modules = [ ", out);
	for (unsigned int i = 0; i < config->nr_modules; i++) {
		const struct domain_module *module = &config->modules[i];

		putc('"', out);
		/* A blank in the path is not where the arguments begin. */
		for (const char *p = module->path; *p; p++) {
			if (*p == ' ' || *p == '\\')
				put_char(out, '\\');
			put_char(out, (unsigned char)*p);
		}
		if (module->cmdline)
			putc(' ', out);
		for (const char *p = module->cmdline; p && *p; p++)
			put_char(out, (unsigned char)*p);
		fputs("\", ", out);
	}
	fputs("]\n", out);
}

static void put_disks(FILE *out, const struct domain_config *config)
{
	if (!config->nr_disks)
		return;
	fputs("disk = [ ", out);
	for (unsigned int i = 0; i < config->nr_disks; i++) {
		char *text = disk_text(&config->disks[i]);

		put_string(out, text);
		fputs(", ", out);
		free(text);
	}
	fputs("]\n", out);
}

static void put_vifs(FILE *out, const struct domain_config *config)
{
	if (!config->nr_vifs)
		return;
	fputs("vif = [ ", out);
	for (unsigned int i = 0; i < config->nr_vifs; i++) {
		char *text = vif_text(&config->vifs[i]);

		put_string(out, text);
		fputs(", ", out);
		free(text);
	}
	fputs("]\n", out);
}

struct vfr_line {
	FILE *out;
	uint32_t devid;
};

static void put_statement(void *ctx, const char *statement)
{
	struct vfr_line *line = ctx;
	char *text = msg_text("%u %s", line->devid, statement);

	put_string(line->out, text);
	fputs(", ", line->out);
	free(text);
}

static void put_vfr(FILE *out, const struct domain_config *config)
{
	bool any = false;

	for (unsigned int i = 0; i < config->nr_vifs; i++)
		any |= config->vifs[i].vfr && !vfr_is_default(config->vifs[i].vfr);
	if (!any)
		return;
	fputs("vfr = [ ", out);
	for (unsigned int i = 0; i < config->nr_vifs; i++) {
		struct vfr_line line = { .out = out, .devid = config->vifs[i].devid };

		if (config->vifs[i].vfr)
			vfr_each(config->vifs[i].vfr, put_statement, &line);
	}
	fputs("]\n", out);
}

static void put_cpus(FILE *out, const struct domain_affinity *affinity)
{
	if (!affinity->nr)
		return;
	fputs("cpus = [ ", out);
	for (unsigned int i = 0; i < affinity->nr; i++) {
		const struct sysfs_set *set = &affinity->cpus[i];
		const char *comma = "";

		putc('"', out);
		if (!sysfs_set_count(set))
			fputs("all", out);
		for (int cpu = sysfs_set_next(set, 0); cpu >= 0;
		     cpu = sysfs_set_next(set, cpu + 1)) {
			fprintf(out, "%s%d", comma, cpu);
			comma = ",";
		}
		fputs("\", ", out);
	}
	fputs("]\n", out);
}

static void put_cpuid(FILE *out, const struct cpuid_policy *policy)
{
	static const char *const names[CPUID_NR_REGS] = { "eax", "ebx", "ecx", "edx" };

	if (!policy->nr)
		return;
	fputs("cpuid = [ ", out);
	for (size_t i = 0; i < policy->nr; i++) {
		const struct cpuid_change *change = &policy->changes[i];

		fprintf(out, "\"0x%x", change->leaf);
		if (change->subleaf != CPUID_ANY_SUBLEAF)
			fprintf(out, ",0x%x", change->subleaf);
		for (unsigned int reg = 0; reg < CPUID_NR_REGS; reg++) {
			char text[33];

			cpuid_bits_text(&change->reg[reg], text);
			fprintf(out, "%c%s=%s", reg ? ',' : ':', names[reg], text);
		}
		fputs("\", ", out);
	}
	fputs("]\n", out);
}

static void put_all(FILE *out, const struct domain_config *config)
{
	static const char *const stores[] = { "auto", "on", "off" };
	static const char *const tsc_modes[] = { "default", "always_emulate", "native" };
	static const char *const events[DOMAIN_NR_EVENTS] = {
		[DOMAIN_ON_POWEROFF] = "on_poweroff",
		[DOMAIN_ON_REBOOT] = "on_reboot",
		[DOMAIN_ON_CRASH] = "on_crash",
		[DOMAIN_ON_WATCHDOG] = "on_watchdog",
		[DOMAIN_ON_SOFT_RESET] = "on_soft_reset",
	};
	char uuid[UUID_STR_LEN];

	uuid_unparse_lower(config->uuid, uuid);
	put_key(out, "name", config->name);
	put_key(out, "uuid", uuid);
	put_key(out, "type", "pvh");
	put_key(out, "kernel", config->kernel);
	put_key(out, "ramdisk", config->ramdisk);
	put_modules(out, config);
	put_disks(out, config);
	put_vifs(out, config);
	put_vfr(out, config);
	put_key(out, "cmdline", config->cmdline);
	fprintf(out, "memory = %u\nmaxmem = %u\nvcpus = %u\nmaxvcpus = %u\n", config->memory_mib,
		config->maxmem_mib, config->vcpus, config->max_vcpus);
	put_key(out, "populate", config->populate == DOMAIN_POPULATE_EAGER ? "eager" : "lazy");
	put_key(out, "xenstore", stores[config->xenstore]);
	put_key(out, "console", config->console == DOMAIN_CONSOLE_DAEMON ? "xenconsoled" : "xlhv");
	put_key(out, "serial", config->serial == DOMAIN_SERIAL_PTY ? "pty" : "none");
	put_cpus(out, &config->hard);
	if (config->cpu_weight)
		fprintf(out, "cpu_weight = %u\n", config->cpu_weight);
	fprintf(out, "cap = %u\nacpi = %u\nxen_leaves = %u\nnomigrate = %u\n", config->cap,
		config->acpi, config->xen_leaves, config->nomigrate);
	put_key(out, "tsc_mode", tsc_modes[config->tsc_mode]);
	put_cpuid(out, &config->cpuid);
	for (unsigned int i = 0; i < DOMAIN_NR_EVENTS; i++)
		put_key(out, events[i], domain_action_name(config->on[i]));
	fprintf(out, "max_grant_frames = %u\nmax_maptrack_frames = %u\nmax_grant_version = %u\n"
		"max_event_channels = %u\n", config->max_grant_frames,
		config->max_maptrack_frames, config->max_grant_version,
		config->max_event_channels);
}

char *domain_config_text(const struct domain_config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool failed;

	if (!out)
		return NULL;
	put_all(out, config);
	failed = ferror(out);
	if (!fclose(out) && !failed)
		return text;
	free(text);
	return NULL;
}
