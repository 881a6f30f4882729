// SPDX-License-Identifier: GPL-2.0-only
/*
 * From settings to a domain: the keys of xl.cfg(5) that mean something here,
 * with what each may hold.  Keys that mean nothing are in domain_keys.c.
 */
#include "config/domain_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"
#include "config/domain_cpus.h"
#include "config/domain_disks.h"
#include "config/domain_vfr.h"
#include "config/domain_vifs.h"
#include "config/domain_keys.h"
#include "config/domain_read.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* How a key is read into struct domain_config. */
struct domain_known {
	const char *name;
	/* Reads by hand; NULL for the three ways that follow. */
	void (*read)(struct domain_load *load, const struct cfg_setting *setting);
	size_t offset;
	/* A number: what is expected, "a number of MiB". */
	const char *number;
	uint32_t min;
	uint32_t max;
	/* One of several words, ended by one without a name. */
	const struct domain_choice *choices;
	/* Neither: a string. */
};

static void domain_missing(struct domain_load *load, const char *key, const char *what)
{
	diag_error(cfg_diag(load->cfg), "%s: %s= is missing: %s", load->source, key, what);
	load->invalid = true;
}

static void domain_read_name(struct domain_load *load, const struct cfg_setting *setting)
{
	const char *text = domain_text(load, setting, "a name");
	const char *p;

	if (!text)
		return;
	for (p = text; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f || *p == '/') {
			domain_invalid(load, setting,
				       "a name has neither '/' nor control characters");
			return;
		}
	}
	if (!*text || strlen(text) > DOMAIN_MAX_NAME)
		domain_invalid(load, setting, "expected a name of 1 to %u bytes", DOMAIN_MAX_NAME);
	else if (!text[strspn(text, "0123456789")])
		domain_invalid(load, setting, "a name of digits alone would be taken for a domain ID");
	else if (!strcmp(text, "Domain-0"))
		domain_invalid(load, setting, "this name is reserved for the host");
	else
		domain_read_string(load, setting, &load->config->name);
}

static void domain_read_uuid(struct domain_load *load, const struct cfg_setting *setting)
{
	static const char expected[] = "a UUID such as 5bc5d67a-7ef1-4c62-9bd1-7d6f0c4f3c5e";
	const char *text = domain_text(load, setting, expected);

	if (text && uuid_parse(text, load->config->uuid)) {
		uuid_clear(load->config->uuid);
		domain_invalid(load, setting, "expected %s", expected);
	}
}

#define WHY_NOT_PV	"PV domains are not supported; a kernel that can boot as PVH needs type=\"pvh\""
#define WHY_NOT_HVM	"HVM domains are not supported; a kernel that can boot as PVH needs type=\"pvh\" and kernel="

static void domain_read_type(struct domain_load *load, const struct cfg_setting *setting)
{
	static const struct domain_choice types[] = {
		{ "pvh", 0, NULL },
		{ "pv", 0, WHY_NOT_PV },
		{ "hvm", 0, WHY_NOT_HVM },
		{ NULL, 0, NULL },
	};
	uint32_t unused;

	domain_read_choice(load, setting, types, &unused);
}

/* The key that type= replaced; it cannot even say "pvh". */
static void domain_read_builder(struct domain_load *load, const struct cfg_setting *setting)
{
	static const struct domain_choice builders[] = {
		{ "generic", 0, WHY_NOT_PV },
		{ "hvm", 0, WHY_NOT_HVM },
		{ NULL, 0, NULL },
	};
	uint32_t unused;

	if (cfg_find(load->cfg, "type"))
		cfg_warning(load->cfg, setting, "ignored because of type=");
	else if (setting->value->type == CFG_LIST || (strcmp(setting->value->string, "generic") &&
						      strcmp(setting->value->string, "hvm")))
		domain_invalid(load, setting, "expected type=\"pvh\" instead of it");
	else
		domain_read_choice(load, setting, builders, &unused);
}

static const struct domain_choice domain_tsc_modes[] = {
	{ "default", DOMAIN_TSC_DEFAULT, NULL },
	{ "always_emulate", DOMAIN_TSC_ALWAYS_EMULATE, "the TSC cannot be emulated yet" },
	{ "native", DOMAIN_TSC_NATIVE, NULL },
	{ "native_paravirt", 0, "this mode is gone from Xen, too" },
	{ NULL, 0, NULL },
};

/* A number used to be allowed, and still is. */
static void domain_read_tsc_mode(struct domain_load *load, const struct cfg_setting *setting)
{
	const struct domain_choice *c;
	uint64_t number;

	if (setting->value->type == CFG_LIST ||
	    !domain_parse_number(setting->value->string, &number)) {
		domain_read_choice(load, setting, domain_tsc_modes, &load->config->tsc_mode);
		return;
	}
	if (number >= ARRAY_SIZE(domain_tsc_modes) - 1) {
		domain_invalid(load, setting, "expected \"default\" or \"native\"");
		return;
	}
	c = &domain_tsc_modes[number];
	cfg_warning(load->cfg, setting, "numbers are deprecated, write \"%s\"", c->name);
	if (c->refused)
		domain_unsupported(load, setting, c->refused);
	else
		load->config->tsc_mode = c->value;
}

static void domain_read_timer_mode(struct domain_load *load, const struct cfg_setting *setting)
{
	static const char why[] = "timers never wait for missed ticks";
	static const struct domain_choice modes[] = {
		{ "no_delay_for_missed_ticks", 0, NULL },
		{ "delay_for_missed_ticks", 0, why },
		{ "no_missed_ticks_pending", 0, why },
		{ "one_missed_tick_pending", 0, why },
		{ NULL, 0, NULL },
	};
	uint32_t unused;

	/* 1 is the default of these, as a number. */
	if (setting->value->type == CFG_LIST || strcmp(setting->value->string, "1"))
		domain_read_choice(load, setting, modes, &unused);
}

static void domain_read_hap(struct domain_load *load, const struct cfg_setting *setting)
{
	uint32_t hap;

	if (domain_read_bool(load, setting, &hap) && !hap)
		domain_unsupported(load, setting,
				   "domains without EPT (shadow page tables) are not supported");
}

static void domain_read_passthrough(struct domain_load *load, const struct cfg_setting *setting)
{
	static const char why[] = "device passthrough is not supported";
	static const struct domain_choice modes[] = {
		{ "disabled", 0, NULL },
		{ "enabled", 0, why },
		{ "sync_pt", 0, why },
		{ "share_pt", 0, why },
		{ "default", 0, NULL },
		{ NULL, 0, NULL },
	};
	uint32_t unused;

	domain_read_choice(load, setting, modes, &unused);
}

static void domain_read_altp2m(struct domain_load *load, const struct cfg_setting *setting)
{
	static const char why[] = "alternate views of memory are not supported";
	static const struct domain_choice modes[] = {
		{ "disabled", 0, NULL },
		{ "mixed", 0, why },
		{ "external", 0, why },
		{ "limited", 0, why },
		{ NULL, 0, NULL },
	};
	uint32_t unused;

	if (setting->value->type == CFG_LIST || strcmp(setting->value->string, "0"))
		domain_read_choice(load, setting, modes, &unused);
}

static void domain_read_pool(struct domain_load *load, const struct cfg_setting *setting)
{
	const char *text = domain_text(load, setting, "the name of a CPU pool");

	if (text && strcmp(text, "Pool-0"))
		domain_unsupported(load, setting,
				   "CPU pools are not supported: there is only \"Pool-0\"");
}

static void domain_read_bool_key(struct domain_load *load, const struct cfg_setting *setting)
{
	struct domain_config *config = load->config;

	domain_read_bool(load, setting, !strcmp(setting->key, "acpi") ? &config->acpi :
					!strcmp(setting->key, "xen_leaves") ? &config->xen_leaves :
					&config->nomigrate);
}

/* A path up to the first blank without a backslash, without its backslashes; *@text: the rest. */
static char *domain_module_path(const char **text)
{
	char *path = malloc(strlen(*text) + 1), *to = path;

	if (!path)
		return NULL;
	for (; **text && **text != ' '; ++*text) {
		if (**text == '\\' && ((*text)[1] == ' ' || (*text)[1] == '\\'))
			++*text;
		*to++ = **text;
	}
	*to = '\0';
	return path;
}

/* "FILE" or "FILE ARGUMENTS", as boot loaders have it. */
static void domain_read_module(struct domain_load *load, const struct cfg_setting *setting,
			       const char *text)
{
	struct domain_config *config = load->config;
	struct domain_module *module = &config->modules[config->nr_modules];

	if (!*text || *text == ' ') {
		domain_invalid(load, setting, "expected \"FILE\" or \"FILE ARGUMENTS\"");
		return;
	}
	if (config->nr_modules == DOMAIN_MAX_MODULES) {
		domain_invalid(load, setting, "more than %u files", DOMAIN_MAX_MODULES);
		return;
	}
	config->nr_modules++;
	module->path = domain_module_path(&text);
	text += strspn(text, " ");
	module->cmdline = *text ? strdup(text) : NULL;
	if (!module->path || (*text && !module->cmdline))
		load->nomem = true;
}

static void domain_read_modules(struct domain_load *load, const struct cfg_setting *setting)
{
	const struct cfg_value *value = setting->value;

	if (value->type != CFG_LIST) {
		if (*value->string)
			domain_read_module(load, setting, value->string);
		return;
	}
	for (size_t i = 0; i < value->nr_items && !load->invalid; i++) {
		if (value->items[i]->type == CFG_LIST)
			domain_invalid(load, setting, "expected a list of strings");
		else
			domain_read_module(load, setting, value->items[i]->string);
	}
}

static void domain_read_cpuid(struct domain_load *load, const struct cfg_setting *setting)
{
	int rc = cpuid_policy_parse(&load->config->cpuid, load->cfg, setting);

	if (rc == -ENOMEM)
		load->nomem = true;
	else if (rc)
		load->invalid = true;
}

/* Read after all others: see domain_load_cmdline() and domain_load_affinity(). */
static void domain_read_later(struct domain_load *load, const struct cfg_setting *setting)
{
	(void)load;
	(void)setting;
}

#define WHY_NO_RESET	"soft resets (kexec in a domain) are not supported yet"

static const struct domain_choice domain_actions[] = {
	{ "destroy", DOMAIN_ACTION_DESTROY, NULL },
	{ "restart", DOMAIN_ACTION_RESTART, NULL },
	{ "rename-restart", DOMAIN_ACTION_RENAME_RESTART, NULL },
	{ "preserve", DOMAIN_ACTION_PRESERVE, NULL },
	{ "coredump-destroy", DOMAIN_ACTION_COREDUMP_DESTROY, NULL },
	{ "coredump-restart", DOMAIN_ACTION_COREDUMP_RESTART, NULL },
	{ "soft-reset", 0, WHY_NO_RESET },
	{ NULL, 0, NULL },
};

static const struct domain_choice domain_populates[] = {
	{ "lazy", DOMAIN_POPULATE_LAZY, NULL },
	{ "eager", DOMAIN_POPULATE_EAGER, NULL },
	{ NULL, 0, NULL },
};

static const struct domain_choice domain_stores[] = {
	{ "auto", DOMAIN_STORE_AUTO, NULL },
	{ "on", DOMAIN_STORE_ON, NULL },
	{ "off", DOMAIN_STORE_OFF, NULL },
	{ NULL, 0, NULL },
};

static const struct domain_choice domain_consoles[] = {
	{ "xlhv", DOMAIN_CONSOLE_MODULE, NULL },
	{ "xenconsoled", DOMAIN_CONSOLE_DAEMON, NULL },
	{ NULL, 0, NULL },
};

#define WHY_NO_REDIRECT	"the serial port's output is kept by the module: \"pty\" and \"none\" are all there is"

/* xl's "pty" is a terminal of the host's; here it is what "xlctl console" attaches to. */
static const struct domain_choice domain_serials[] = {
	{ "none", DOMAIN_SERIAL_NONE, NULL },
	{ "pty", DOMAIN_SERIAL_PTY, NULL },
	{ "null", 0, WHY_NO_REDIRECT },
	{ "stdio", 0, WHY_NO_REDIRECT },
	{ NULL, 0, NULL },
};

#define FIELD(field)		offsetof(struct domain_config, field)
#define BY_HAND(key, read)	{ key, read, 0, NULL, 0, 0, NULL }
#define NUMBER(key, field, expected, min, max) \
				{ key, NULL, FIELD(field), expected, min, max, NULL }
#define CHOICE(key, field, choices) \
				{ key, NULL, FIELD(field), NULL, 0, 0, choices }
#define STRING(key, field)	{ key, NULL, FIELD(field), NULL, 0, 0, NULL }

static const struct domain_known domain_known[] = {
	BY_HAND("name", domain_read_name),
	BY_HAND("uuid", domain_read_uuid),
	BY_HAND("type", domain_read_type),
	BY_HAND("builder", domain_read_builder),
	STRING("kernel", kernel),
	STRING("ramdisk", ramdisk),
	BY_HAND("modules", domain_read_modules),
	BY_HAND("disk", domain_read_disks),
	BY_HAND("vif", domain_read_vifs),
	BY_HAND("vfr", domain_read_later),
	BY_HAND("cmdline", domain_read_later),
	BY_HAND("root", domain_read_later),
	BY_HAND("extra", domain_read_later),
	NUMBER("memory", memory_mib, "a number of MiB", 1, DOMAIN_MAX_MIB),
	NUMBER("maxmem", maxmem_mib, "a number of MiB", 1, DOMAIN_MAX_MIB),
	CHOICE("populate", populate, domain_populates),
	CHOICE("xenstore", xenstore, domain_stores),
	CHOICE("console", console, domain_consoles),
	CHOICE("serial", serial, domain_serials),
	NUMBER("vcpus", vcpus, "a number of vCPUs", 1, DOMAIN_MAX_VCPUS),
	NUMBER("maxvcpus", max_vcpus, "a number of vCPUs", 1, DOMAIN_MAX_VCPUS),
	BY_HAND("cpus", domain_read_later),
	NUMBER("cpu_weight", cpu_weight, "a weight", 1, 65535),
	NUMBER("cap", cap, "a percentage of one CPU", 0, DOMAIN_MAX_VCPUS * 100),
	BY_HAND("pool", domain_read_pool),
	BY_HAND("cpuid", domain_read_cpuid),
	BY_HAND("tsc_mode", domain_read_tsc_mode),
	BY_HAND("timer_mode", domain_read_timer_mode),
	BY_HAND("nomigrate", domain_read_bool_key),
	BY_HAND("acpi", domain_read_bool_key),
	BY_HAND("xen_leaves", domain_read_bool_key),
	BY_HAND("hap", domain_read_hap),
	BY_HAND("passthrough", domain_read_passthrough),
	BY_HAND("altp2m", domain_read_altp2m),
	CHOICE("on_poweroff", on[DOMAIN_ON_POWEROFF], domain_actions),
	CHOICE("on_reboot", on[DOMAIN_ON_REBOOT], domain_actions),
	CHOICE("on_crash", on[DOMAIN_ON_CRASH], domain_actions),
	CHOICE("on_watchdog", on[DOMAIN_ON_WATCHDOG], domain_actions),
	CHOICE("on_soft_reset", on[DOMAIN_ON_SOFT_RESET], domain_actions),
	NUMBER("max_grant_frames", max_grant_frames, "a number of pages", 1, 1U << 16),
	NUMBER("max_maptrack_frames", max_maptrack_frames, "a number of pages", 0, 1U << 20),
	NUMBER("max_grant_version", max_grant_version, "a grant table version", 1, 2),
	NUMBER("max_event_channels", max_event_channels, "a number of event channels", 1, 131071),
};

static const struct domain_known *domain_find_known(const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(domain_known); i++)
		if (!strcmp(domain_known[i].name, key))
			return &domain_known[i];
	return NULL;
}

static const struct domain_key *domain_find_key(const char *key)
{
	size_t i;

	for (i = 0; i < domain_nr_keys; i++)
		if (!strcmp(domain_keys[i].name, key))
			return &domain_keys[i];
	return NULL;
}

static void domain_read_known(struct domain_load *load, const struct domain_known *known,
			      const struct cfg_setting *setting)
{
	void *field = (char *)load->config + known->offset;

	if (known->read)
		known->read(load, setting);
	else if (known->number)
		domain_read_number(load, setting, known->number, known->min, known->max, field);
	else if (known->choices)
		domain_read_choice(load, setting, known->choices, field);
	else
		domain_read_string(load, setting, field);
}

/* Whether a value asks for nothing: 0, "" or []. */
static bool domain_is_neutral(const struct cfg_value *value)
{
	uint64_t number;

	if (value->type == CFG_LIST)
		return !value->nr_items;
	return !*value->string || (domain_parse_number(value->string, &number) && !number);
}

static bool domain_wants_hvm(const struct domain_load *load)
{
	const struct cfg_setting *type = cfg_find(load->cfg, "type");

	if (!type)
		type = cfg_find(load->cfg, "builder");
	return type && type->value->type != CFG_LIST && !strcmp(type->value->string, "hvm");
}

static void domain_read_key(struct domain_load *load, const struct domain_key *key,
			    const struct cfg_setting *setting)
{
	switch (key->kind) {
	case DOMAIN_KEY_REFUSED:
		if (!domain_is_neutral(setting->value)) {
			cfg_error_key(load->cfg, setting, "%s", key->why);
			load->unsupported = true;
		}
		break;
	case DOMAIN_KEY_HVM:
		/* That is said once, about the type. */
		if (!domain_wants_hvm(load))
			cfg_warning(load->cfg, setting, "ignored, for HVM domains only");
		break;
	case DOMAIN_KEY_PV:
		cfg_warning(load->cfg, setting, "ignored, for PV domains only");
		break;
	case DOMAIN_KEY_ARM:
		cfg_warning(load->cfg, setting, "ignored, for Arm only");
		break;
	case DOMAIN_KEY_NO_EFFECT:
		cfg_warning(load->cfg, setting, "ignored: %s", key->why);
		break;
	}
}

static void domain_unknown_key(struct domain_load *load, const struct cfg_setting *setting)
{
	const size_t nr = ARRAY_SIZE(domain_known) + domain_nr_keys;
	const char **names = calloc(nr, sizeof(*names));
	const char *near;
	size_t i;

	if (!names) {
		load->nomem = true;
		return;
	}
	for (i = 0; i < ARRAY_SIZE(domain_known); i++)
		names[i] = domain_known[i].name;
	for (i = 0; i < domain_nr_keys; i++)
		names[ARRAY_SIZE(domain_known) + i] = domain_keys[i].name;

	near = msg_nearest(setting->key, names, nr, sizeof(*names));
	if (near)
		cfg_warning(load->cfg, setting, "unknown key, ignored; is %s meant?", near);
	else
		cfg_warning(load->cfg, setting, "unknown key, ignored");
	free(names);
}

/* cmdline= or else "root=ROOT EXTRA", as xl has it. */
static void domain_load_cmdline(struct domain_load *load)
{
	const struct cfg_setting *cmdline = cfg_find(load->cfg, "cmdline");
	const struct cfg_setting *root = cfg_find(load->cfg, "root");
	const struct cfg_setting *extra = cfg_find(load->cfg, "extra");
	const char *root_text = root ? domain_text(load, root, "a string") : NULL;
	const char *extra_text = extra ? domain_text(load, extra, "a string") : NULL;
	char *text = NULL;

	if (cmdline) {
		if (root)
			cfg_warning(load->cfg, root, "ignored because of cmdline=");
		if (extra)
			cfg_warning(load->cfg, extra, "ignored because of cmdline=");
		domain_read_string(load, cmdline, &load->config->cmdline);
		return;
	}
	if ((!root_text || !*root_text) && (!extra_text || !*extra_text))
		return;
	if (asprintf(&text, "%s%s%s%s", root_text && *root_text ? "root=" : "",
		     root_text ? root_text : "",
		     root_text && *root_text && extra_text && *extra_text ? " " : "",
		     extra_text ? extra_text : "") < 0) {
		load->nomem = true;
		return;
	}
	load->config->cmdline = text;
}

static void domain_load_affinity(struct domain_load *load)
{
	const struct cfg_setting *setting = cfg_find(load->cfg, "cpus");
	int rc;

	/* cpus=0 is CPU 0; only an empty value says nothing. */
	if (!setting || (setting->value->type == CFG_LIST ? !setting->value->nr_items :
							    !*setting->value->string))
		return;
	rc = domain_affinity_parse(&load->config->hard, load->cfg, setting,
				   load->config->max_vcpus);
	if (rc == -ENOMEM)
		load->nomem = true;
	else if (rc)
		load->invalid = true;
}

/* What one key says against another, and what is missing. */
static void domain_load_check(struct domain_load *load)
{
	struct domain_config *config = load->config;
	const struct cfg_setting *setting;

	if (!cfg_find(load->cfg, "name"))
		domain_missing(load, "name", "a domain needs a name");
	setting = cfg_find(load->cfg, "kernel");
	if (!config->kernel && !(setting && setting->value->type == CFG_LIST) &&
	    !cfg_find(load->cfg, "bootloader") && !cfg_find(load->cfg, "firmware"))
		domain_missing(load, "kernel", "a PVH domain boots from a kernel image");
	if (!cfg_find(load->cfg, "memory"))
		domain_missing(load, "memory", "a domain needs memory, in MiB");

	/* A guest that starts its crash kernel has crashed. */
	if (!cfg_find(load->cfg, "on_soft_reset"))
		config->on[DOMAIN_ON_SOFT_RESET] = config->on[DOMAIN_ON_CRASH];

	setting = cfg_find(load->cfg, "maxmem");
	if (!setting)
		config->maxmem_mib = config->memory_mib;
	else if (config->maxmem_mib && config->maxmem_mib < config->memory_mib)
		domain_invalid(load, setting, "less than memory=%u", config->memory_mib);

	setting = cfg_find(load->cfg, "maxvcpus");
	if (!setting)
		config->max_vcpus = config->vcpus;
	else if (config->max_vcpus && config->max_vcpus < config->vcpus)
		domain_invalid(load, setting, "less than vcpus=%u", config->vcpus);

	setting = cfg_find(load->cfg, "cap");
	if (setting && config->max_vcpus && config->cap > config->max_vcpus * 100)
		domain_invalid(load, setting, "%u vCPUs can use at most %u", config->max_vcpus,
			       config->max_vcpus * 100);
}

int domain_config_load(struct domain_config *config, const struct cfg *cfg, const char *source)
{
	struct domain_load load = { .config = config, .cfg = cfg, .source = source };
	const struct cfg_setting *setting;

	memset(config, 0, sizeof(*config));
	config->vcpus = 1;
	config->acpi = 1;
	config->xen_leaves = 1;
	config->on[DOMAIN_ON_REBOOT] = DOMAIN_ACTION_RESTART;
	config->max_grant_frames = DOMAIN_GRANT_FRAMES;
	config->max_maptrack_frames = DOMAIN_MAPTRACK_FRAMES;
	config->max_grant_version = DOMAIN_GRANT_VERSION;
	config->max_event_channels = DOMAIN_EVENT_CHANNELS;

	for (setting = cfg_first(cfg); setting; setting = setting->next) {
		const struct domain_known *known = domain_find_known(setting->key);
		const struct domain_key *key = known ? NULL : domain_find_key(setting->key);

		if (known)
			domain_read_known(&load, known, setting);
		else if (key)
			domain_read_key(&load, key, setting);
		else
			domain_unknown_key(&load, setting);
	}

	domain_load_check(&load);
	domain_load_cmdline(&load);
	domain_load_vfr(&load);
	if (config->max_vcpus >= config->vcpus)
		domain_load_affinity(&load);
	if (!cfg_find(cfg, "uuid"))
		uuid_generate(config->uuid);

	if (load.nomem) {
		diag_error(cfg_diag(cfg), "out of memory");
		return -ENOMEM;
	}
	if (load.invalid)
		return -EINVAL;
	return load.unsupported ? -EOPNOTSUPP : 0;
}

int domain_config_default(struct domain_config *config, const struct cfg *cfg,
			  const struct cfg *host, const char *source)
{
	struct domain_load load = { .config = config, .cfg = host, .source = source };
	const struct cfg_setting *setting;

	for (setting = cfg_first(host); setting; setting = setting->next) {
		if (strcmp(setting->key, "console"))
			cfg_warning(host, setting, "unknown key, ignored");
		else if (!cfg_find(cfg, "console"))
			domain_read_choice(&load, setting, domain_consoles, &config->console);
	}
	return load.invalid ? -EINVAL : 0;
}

void domain_config_free(struct domain_config *config)
{
	free(config->name);
	free(config->kernel);
	free(config->ramdisk);
	for (unsigned int i = 0; i < config->nr_modules; i++) {
		free(config->modules[i].path);
		free(config->modules[i].cmdline);
	}
	for (unsigned int i = 0; i < config->nr_disks; i++)
		disk_free(&config->disks[i]);
	free(config->disks);
	for (unsigned int i = 0; i < config->nr_vifs; i++)
		vif_free(&config->vifs[i]);
	free(config->vifs);
	free(config->cmdline);
	domain_affinity_free(&config->hard);
	cpuid_policy_free(&config->cpuid);
	memset(config, 0, sizeof(*config));
}

const char *domain_config_key(size_t i)
{
	return i < ARRAY_SIZE(domain_known) ? domain_known[i].name : NULL;
}

const char *domain_action_name(uint32_t action)
{
	return action <= DOMAIN_ACTION_COREDUMP_RESTART ? domain_actions[action].name : "?";
}
