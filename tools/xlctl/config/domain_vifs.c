// SPDX-License-Identifier: GPL-2.0-only
/* The network interfaces of a configuration: vif=, a list of what vif.c reads. */
#include "config/domain_vifs.h"

#include <errno.h>
#include <stdlib.h>

#include "common/msg.h"

static bool has_devid(const struct domain_config *config, uint32_t devid)
{
	for (unsigned int i = 0; i < config->nr_vifs; i++)
		if (config->vifs[i].has_devid && config->vifs[i].devid == devid)
			return true;
	return false;
}

int domain_config_add_vif(struct domain_config *config, struct vif_config *vif)
{
	if (vif->has_devid && has_devid(config, vif->devid))
		return -EEXIST;
	if (config->nr_vifs == DOMAIN_MAX_VIFS)
		return -ENOSPC;
	config->vifs = reallocarray(config->vifs, config->nr_vifs + 1, sizeof(*config->vifs));
	if (!config->vifs)
		msg_out_of_memory();
	config->vifs[config->nr_vifs++] = *vif;
	return 0;
}

void domain_config_choose_macs(struct domain_config *config)
{
	for (unsigned int i = 0; i < config->nr_vifs; i++)
		vif_choose_mac(&config->vifs[i], config->uuid);
}

static void read_vif(struct domain_load *load, const struct cfg_setting *setting,
		     const char *text)
{
	struct vif_config vif;
	char *why, *note;
	int error = vif_parse(&vif, text, &why);

	if (error) {
		cfg_error_key(load->cfg, setting, "\"%s\": %s", text, why);
	} else {
		note = vif_ignored(&vif);
		if (note)
			cfg_warning(load->cfg, setting, "\"%s\": %s", text, note);
		free(note);
		error = domain_config_add_vif(load->config, &vif);
		if (error == -EEXIST)
			cfg_error_key(load->cfg, setting, "\"%s\": there is another interface %u",
				      text, vif.devid);
		else if (error)
			cfg_error_key(load->cfg, setting, "more than %u interfaces",
				      DOMAIN_MAX_VIFS);
	}
	free(why);
	if (error)
		vif_free(&vif);
	load->unsupported |= error == -EOPNOTSUPP;
	load->invalid |= error && error != -EOPNOTSUPP;
}

/* The lowest numbers that nobody else has, in the order of the list. */
static void number_vifs(struct domain_config *config)
{
	for (unsigned int i = 0; i < config->nr_vifs; i++) {
		struct vif_config *vif = &config->vifs[i];
		uint32_t devid = 0;

		if (vif->has_devid)
			continue;
		while (has_devid(config, devid))
			devid++;
		vif->devid = devid;
		vif->has_devid = true;
	}
}

void domain_read_vifs(struct domain_load *load, const struct cfg_setting *setting)
{
	const struct cfg_value *value = setting->value;

	/* vif=0 and vif="" ask for none, as for other keys. */
	if (value->type == CFG_STRING && !*value->string)
		return;
	if (value->type != CFG_LIST) {
		uint64_t number;

		if (!domain_parse_number(value->string, &number) || number)
			domain_invalid(load, setting, "expected a list of network interfaces");
		return;
	}
	for (size_t i = 0; i < value->nr_items; i++) {
		if (value->items[i]->type == CFG_LIST) {
			domain_invalid(load, setting, "expected a list of strings");
			return;
		}
		read_vif(load, setting, value->items[i]->string);
	}
	number_vifs(load->config);
}
