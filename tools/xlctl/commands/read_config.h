/* SPDX-License-Identifier: GPL-2.0-only */
/* read_config - the configuration file that a command names */
#ifndef XLCTL_READ_CONFIG_H
#define XLCTL_READ_CONFIG_H

#include <stdbool.h>

#include "common/diag.h"
#include "config/domain_config.h"

/* Settings of this host, of which there may be none. */
#define READ_CONFIG_HOST	"/etc/xlhv/xlctl.conf"

/**
 * read_config() - read a configuration file and the words that follow it
 * @file: the file
 * @words: KEY=VALUE; others are passed over; NULL behind the last
 * @check_files: see whether the files that it names can be read
 * @diag: where complaints go
 * @config: filled in, with absolute paths; to be given to domain_config_free() whatever
 *	came back
 * @unreadable: set if it is the file that is wrong, not what it says
 *
 * Return: 0, or a negative errno after saying why.
 */
int read_config(const char *file, char **words, bool check_files, struct diag *diag,
		struct domain_config *config, bool *unreadable);

#endif /* XLCTL_READ_CONFIG_H */
