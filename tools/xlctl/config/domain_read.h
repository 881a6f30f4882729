/* SPDX-License-Identifier: GPL-2.0-only */
/* domain_read - reads single settings; private to domain_config.c */
#ifndef XLCTL_DOMAIN_READ_H
#define XLCTL_DOMAIN_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "config/cfg.h"
#include "config/domain_config.h"

/**
 * struct domain_load - what loading a configuration knows besides the result
 * @config: the result
 * @cfg: the settings
 * @source: name of the file
 * @invalid: something made no sense
 * @unsupported: something is not supported
 * @nomem: there was no memory
 */
struct domain_load {
	struct domain_config *config;
	const struct cfg *cfg;
	const char *source;
	bool invalid;
	bool unsupported;
	bool nomem;
};

/**
 * struct domain_choice - a word that a key may hold
 * @name: the word; NULL ends a list of them
 * @value: what it stands for
 * @refused: why not, of a word that xl knows; NULL if it is good
 */
struct domain_choice {
	const char *name;
	uint32_t value;
	const char *refused;
};

/**
 * domain_invalid() - complain about a value that makes no sense
 * @load: noted here
 * @setting: the setting
 * @fmt: printf format of what is wrong with it
 */
void domain_invalid(struct domain_load *load, const struct cfg_setting *setting,
		    const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * domain_unsupported() - complain about a value that asks for what is not there
 * @load: noted here
 * @setting: the setting
 * @why: what is not there
 */
void domain_unsupported(struct domain_load *load, const struct cfg_setting *setting,
			const char *why);

/**
 * domain_text() - the text of a single value
 * @load: where a complaint is noted
 * @setting: the setting
 * @expected: what is expected of it
 *
 * Return: the text; NULL after complaining about a list.
 */
const char *domain_text(struct domain_load *load, const struct cfg_setting *setting,
			const char *expected);

/**
 * domain_read_string() - read a string; an empty one is as good as none
 * @load: where a complaint is noted
 * @setting: the setting
 * @result: receives a copy; what it held is freed
 */
void domain_read_string(struct domain_load *load, const struct cfg_setting *setting,
			char **result);

/**
 * domain_parse_number() - decimal, octal after 0 or hexadecimal after 0x, without a sign
 * @text: the text
 * @number: receives the number
 *
 * Return: whether all of @text is a number.
 */
bool domain_parse_number(const char *text, uint64_t *number);

/**
 * domain_read_number() - read a number
 * @load: where a complaint is noted
 * @setting: the setting
 * @expected: what it is, "a number of MiB"
 * @min: least
 * @max: most
 * @result: receives it
 *
 * Return: whether it is one.
 */
bool domain_read_number(struct domain_load *load, const struct cfg_setting *setting,
			const char *expected, uint32_t min, uint32_t max, uint32_t *result);

/**
 * domain_read_bool() - read a boolean; any number is one, as for xl
 * @load: where a complaint is noted
 * @setting: the setting
 * @result: receives 0 or 1
 *
 * Return: whether it is one.
 */
bool domain_read_bool(struct domain_load *load, const struct cfg_setting *setting,
		      uint32_t *result);

/**
 * domain_read_choice() - read one of several words
 * @load: where a complaint is noted
 * @setting: the setting
 * @choices: the words
 * @result: receives what the word stands for
 *
 * Return: whether it is one that is good.
 */
bool domain_read_choice(struct domain_load *load, const struct cfg_setting *setting,
			const struct domain_choice *choices, uint32_t *result);

#endif /* XLCTL_DOMAIN_READ_H */
