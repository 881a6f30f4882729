// SPDX-License-Identifier: GPL-2.0-only
/* The rules of a configuration's network interfaces: vfr=, a list of what vfr.c reads. */
#include "config/domain_vfr.h"

#include <stdlib.h>
#include <string.h>

#include "common/msg.h"

static bool add(struct domain_load *load, const struct cfg_setting *setting,
		struct vif_config *vif, const char *text, const char *statement)
{
	char *why;
	int error;

	if (!vif->vfr) {
		vif->vfr = malloc(sizeof(*vif->vfr));
		if (!vif->vfr)
			msg_out_of_memory();
		vfr_init(vif->vfr);
	}
	error = vfr_statement(vif->vfr, statement, &why);
	if (error) {
		cfg_error_key(load->cfg, setting, "\"%.200s\": %s", text, why);
		load->invalid = true;
	}
	free(why);
	return !error;
}

/* For the interface whose number it begins with, or for all. */
static void read_statement(struct domain_load *load, const struct cfg_setting *setting,
			   const char *text)
{
	const char *start = text + strspn(text, " \t\n");
	size_t digits = strspn(start, "0123456789");
	const char *statement = start + digits;
	bool found = false;

	for (unsigned int i = 0; i < load->config->nr_vifs; i++) {
		struct vif_config *vif = &load->config->vifs[i];

		if (digits && (digits > 5 || strtoul(start, NULL, 10) != vif->devid))
			continue;
		found = true;
		if (!add(load, setting, vif, text, statement))
			return;
	}
	if (found)
		return;
	if (digits)
		cfg_error_key(load->cfg, setting, "\"%.200s\": there is no interface %.*s", text,
			      (int)(digits > 9 ? 9 : digits), start);
	else
		cfg_error_key(load->cfg, setting, "\"%.200s\": there is no interface", text);
	load->invalid = true;
}

void domain_load_vfr(struct domain_load *load)
{
	const struct cfg_setting *setting = cfg_find(load->cfg, "vfr");
	const struct cfg_value *value = setting ? setting->value : NULL;

	if (!value || (value->type == CFG_STRING && !*value->string))
		return;
	if (value->type != CFG_LIST) {
		domain_invalid(load, setting, "expected a list of rules");
		return;
	}
	for (size_t i = 0; i < value->nr_items; i++) {
		if (value->items[i]->type == CFG_LIST) {
			domain_invalid(load, setting, "expected a list of strings");
			return;
		}
		read_statement(load, setting, value->items[i]->string);
	}
}
