// SPDX-License-Identifier: GPL-2.0-only
/* The disks of a configuration: disk=, a list of what disk.c reads. */
#include "config/domain_disks.h"

#include <errno.h>
#include <stdlib.h>

#include "common/msg.h"

int domain_config_add_disk(struct domain_config *config, struct disk_config *disk)
{
	for (unsigned int i = 0; i < config->nr_disks; i++)
		if (config->disks[i].devid == disk->devid)
			return -EEXIST;
	if (config->nr_disks == DOMAIN_MAX_DISKS)
		return -ENOSPC;
	config->disks = reallocarray(config->disks, config->nr_disks + 1, sizeof(*config->disks));
	if (!config->disks)
		msg_out_of_memory();
	config->disks[config->nr_disks++] = *disk;
	return 0;
}

static void read_disk(struct domain_load *load, const struct cfg_setting *setting,
		      const char *text)
{
	struct disk_config disk;
	char *why;
	int error = disk_parse(&disk, text, &why);

	if (error) {
		cfg_error_key(load->cfg, setting, "\"%s\": %s", text, why);
	} else {
		error = domain_config_add_disk(load->config, &disk);
		if (error == -EEXIST)
			cfg_error_key(load->cfg, setting, "\"%s\": there is another disk %s", text,
				      disk.vdev);
		else if (error)
			cfg_error_key(load->cfg, setting, "more than %u disks", DOMAIN_MAX_DISKS);
	}
	free(why);
	if (error)
		disk_free(&disk);
	load->unsupported |= error == -EOPNOTSUPP;
	load->invalid |= error && error != -EOPNOTSUPP;
}

void domain_read_disks(struct domain_load *load, const struct cfg_setting *setting)
{
	const struct cfg_value *value = setting->value;

	/* disk=0 and disk="" ask for none, as for other keys. */
	if (value->type == CFG_STRING && !*value->string)
		return;
	if (value->type != CFG_LIST) {
		uint64_t number;

		if (!domain_parse_number(value->string, &number) || number)
			domain_invalid(load, setting, "expected a list of disks");
		return;
	}
	for (size_t i = 0; i < value->nr_items; i++) {
		if (value->items[i]->type == CFG_LIST) {
			domain_invalid(load, setting, "expected a list of strings");
			return;
		}
		read_disk(load, setting, value->items[i]->string);
	}
}
