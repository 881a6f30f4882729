/* SPDX-License-Identifier: GPL-2.0-only */
/* domain_text - a configuration as the text of an xl.cfg(5) file */
#ifndef XLCTL_DOMAIN_TEXT_H
#define XLCTL_DOMAIN_TEXT_H

#include "config/domain_config.h"

/**
 * domain_config_text() - text from which the same configuration is read
 * @config: the configuration
 *
 * Return: the text, to be freed by the caller; NULL without memory.
 */
char *domain_config_text(const struct domain_config *config);

#endif /* XLCTL_DOMAIN_TEXT_H */
