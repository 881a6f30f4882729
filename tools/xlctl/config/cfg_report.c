// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages about settings: where one stands and how its value was written, so
 * that the user sees the words to change.
 */
#include "config/cfg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where writing is in a buffer of fixed size, and whether it ran over. */
struct cfg_text {
	char *buf;
	size_t size;
	size_t len;
};

static void cfg_text_add(struct cfg_text *text, const char *s, size_t n)
{
	size_t room = text->size - 1 - text->len;

	if (n > room)
		n = room;
	memcpy(text->buf + text->len, s, n);
	text->len += n;
	text->buf[text->len] = '\0';
}

static void cfg_text_value(struct cfg_text *text, const struct cfg_value *value)
{
	size_t i;

	switch (value->type) {
	case CFG_NUMBER:
		cfg_text_add(text, value->string, strlen(value->string));
		break;
	case CFG_STRING:
		cfg_text_add(text, "\"", 1);
		cfg_text_add(text, value->string, strlen(value->string));
		cfg_text_add(text, "\"", 1);
		break;
	case CFG_LIST:
		cfg_text_add(text, "[", 1);
		for (i = 0; i < value->nr_items && text->len < text->size - 1; i++) {
			if (i)
				cfg_text_add(text, ", ", 2);
			cfg_text_value(text, value->items[i]);
		}
		cfg_text_add(text, "]", 1);
		break;
	}
}

const char *cfg_value_text(const struct cfg_value *value, char *buf, size_t size)
{
	struct cfg_text text = { .buf = buf, .size = size };

	buf[0] = '\0';
	cfg_text_value(&text, value);
	if (text.len == size - 1)
		memcpy(buf + size - 4, "...", 4);
	return buf;
}

static void __attribute__((format(printf, 5, 0)))
cfg_report(const struct cfg *cfg, const struct cfg_setting *setting, enum diag_level level,
	   const char *what, const char *fmt, va_list ap)
{
	struct diag *diag = cfg_diag(cfg);
	char line[16] = "";
	char *text = NULL;

	if (setting->line)
		snprintf(line, sizeof(line), ":%u", setting->line);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	if (level == DIAG_WARNING)
		diag_warning(diag, "%s%s: warning: %s: %s", setting->source, line, what,
			     text ? text : "out of memory");
	else
		diag_error(diag, "%s%s: %s: %s", setting->source, line, what,
			   text ? text : "out of memory");
	free(text);
}

void cfg_error(const struct cfg *cfg, const struct cfg_setting *setting, const char *fmt, ...)
{
	char value[64];
	char what[128];
	va_list ap;

	snprintf(what, sizeof(what), "%.48s=%s", setting->key,
		 cfg_value_text(setting->value, value, sizeof(value)));
	va_start(ap, fmt);
	cfg_report(cfg, setting, DIAG_ERROR, what, fmt, ap);
	va_end(ap);
}

void cfg_error_key(const struct cfg *cfg, const struct cfg_setting *setting, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cfg_report(cfg, setting, DIAG_ERROR, setting->key, fmt, ap);
	va_end(ap);
}

void cfg_warning(const struct cfg *cfg, const struct cfg_setting *setting, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cfg_report(cfg, setting, DIAG_WARNING, setting->key, fmt, ap);
	va_end(ap);
}
