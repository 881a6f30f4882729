// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading one setting: as a string, a number, a boolean or one of several
 * words, and saying what was expected where it is none.
 */
#include "config/domain_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void domain_invalid(struct domain_load *load, const struct cfg_setting *setting,
		    const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	cfg_error(load->cfg, setting, "%s", text ? text : "out of memory");
	free(text);
	load->invalid = true;
}

void domain_unsupported(struct domain_load *load, const struct cfg_setting *setting,
			const char *why)
{
	cfg_error(load->cfg, setting, "%s", why);
	load->unsupported = true;
}

const char *domain_text(struct domain_load *load, const struct cfg_setting *setting,
			const char *expected)
{
	if (setting->value->type != CFG_LIST)
		return setting->value->string;
	domain_invalid(load, setting, "expected %s", expected);
	return NULL;
}

void domain_read_string(struct domain_load *load, const struct cfg_setting *setting,
			char **result)
{
	const char *text = domain_text(load, setting, "a string");

	if (!text || !*text)
		return;
	free(*result);
	*result = strdup(text);
	if (!*result)
		load->nomem = true;
}

bool domain_parse_number(const char *text, uint64_t *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 0);
	return !errno && !*end;
}

bool domain_read_number(struct domain_load *load, const struct cfg_setting *setting,
			const char *expected, uint32_t min, uint32_t max, uint32_t *result)
{
	const char *text = domain_text(load, setting, expected);
	uint64_t number;

	if (!text)
		return false;
	if (setting->appended) {
		domain_invalid(load, setting, "numbers cannot be added with +=");
		return false;
	}
	if (!domain_parse_number(text, &number)) {
		domain_invalid(load, setting, "expected %s", expected);
		return false;
	}
	if (number < min || number > max) {
		domain_invalid(load, setting, "expected %s from %u to %u", expected, min, max);
		return false;
	}
	*result = (uint32_t)number;
	return true;
}

bool domain_read_bool(struct domain_load *load, const struct cfg_setting *setting,
		      uint32_t *result)
{
	const char *text = domain_text(load, setting, "0 or 1");
	uint64_t number;

	if (!text)
		return false;
	if (setting->appended || !domain_parse_number(text, &number)) {
		domain_invalid(load, setting, "expected 0 or 1");
		return false;
	}
	*result = number != 0;
	return true;
}

/* "a, b or c", of the choices that can be had. */
static void domain_list_choices(const struct domain_choice *choices, char *buf, size_t size)
{
	const struct domain_choice *c;
	unsigned int left = 0;
	size_t len = 0;

	for (c = choices; c->name; c++)
		left += !c->refused;
	buf[0] = '\0';
	for (c = choices; c->name; c++) {
		int n;

		if (c->refused)
			continue;
		left--;
		n = snprintf(buf + len, size - len, "\"%s\"%s", c->name,
			     left > 1 ? ", " : left ? " or " : "");
		if (n < 0 || (size_t)n >= size - len)
			return;
		len += (size_t)n;
	}
}

bool domain_read_choice(struct domain_load *load, const struct cfg_setting *setting,
			const struct domain_choice *choices, uint32_t *result)
{
	const struct domain_choice *c;
	char expected[192];
	const char *text;

	domain_list_choices(choices, expected, sizeof(expected));
	text = domain_text(load, setting, expected);
	if (!text)
		return false;
	for (c = choices; c->name; c++) {
		if (strcmp(c->name, text))
			continue;
		if (c->refused) {
			domain_unsupported(load, setting, c->refused);
			return false;
		}
		*result = c->value;
		return true;
	}
	domain_invalid(load, setting, "expected %s", expected);
	return false;
}
