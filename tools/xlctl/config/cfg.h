/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cfg - the syntax of xl.cfg(5): text in, a list of settings out
 *
 * What a key means is no concern of this layer: see domain_config.h.
 */
#ifndef XLCTL_CFG_H
#define XLCTL_CFG_H

#include <stdbool.h>
#include <stddef.h>

#include "common/diag.h"

enum cfg_type {
	CFG_STRING,	/* "text" or 'text' */
	CFG_NUMBER,	/* a token that begins with a digit, kept as text */
	CFG_LIST,	/* [ value, ... ] */
};

/**
 * struct cfg_value - the right-hand side of a setting, or an element of a list
 * @type: which of the fields below count
 * @line: where it begins
 * @string: CFG_STRING: the text without its quotes; CFG_NUMBER: the token as written
 * @items: CFG_LIST: its elements
 * @nr_items: CFG_LIST: how many
 */
struct cfg_value {
	enum cfg_type type;
	unsigned int line;
	char *string;
	struct cfg_value **items;
	size_t nr_items;
};

/**
 * struct cfg_setting - one key and its value
 * @next: the setting that was first seen after this one
 * @key: its name
 * @value: its value; of several assignments the last one counts
 * @source: name of the file it came from, or "command line"
 * @line: line in that file, 0 on the command line
 * @appended: += had a part in the value
 */
struct cfg_setting {
	struct cfg_setting *next;
	char *key;
	struct cfg_value *value;
	const char *source;
	unsigned int line;
	bool appended;
};

struct cfg;

/**
 * cfg_new() - an empty set of settings
 * @diag: where complaints go, now and later; must outlive it
 *
 * Return: the set, or NULL without memory.
 */
struct cfg *cfg_new(struct diag *diag);

/**
 * cfg_free() - free a set with all its settings
 * @cfg: from cfg_new(), or NULL
 */
void cfg_free(struct cfg *cfg);

/**
 * cfg_read_file() - read settings from a file
 * @cfg: where to put them
 * @path: the file; its name is used as given in messages
 *
 * Reading goes on after a syntax error, so that one run shows several.
 *
 * Return: 0, or a negative errno (-EINVAL: syntax) after saying why.
 */
int cfg_read_file(struct cfg *cfg, const char *path);

/**
 * cfg_read_text() - read settings from memory
 * @cfg: where to put them
 * @source: name for messages, copied
 * @text: the settings, not necessarily terminated
 * @len: bytes of @text
 *
 * Return: as cfg_read_file().
 */
int cfg_read_text(struct cfg *cfg, const char *source, const char *text, size_t len);

/**
 * cfg_override() - apply one KEY=VALUE word of the command line
 * @cfg: where to put it
 * @word: settings in the syntax of the file; a value that is neither quoted nor
 *	a list nor a number is taken as a string, since shells eat quotes
 *
 * Return: as cfg_read_file().
 */
int cfg_override(struct cfg *cfg, const char *word);

/**
 * cfg_find() - look a key up
 * @cfg: the set
 * @key: its name
 *
 * Return: the setting, or NULL when there is none.
 */
const struct cfg_setting *cfg_find(const struct cfg *cfg, const char *key);

/**
 * cfg_first() - start of the list of settings, in the order of the text
 * @cfg: the set
 *
 * Return: the first setting, or NULL when the set is empty.
 */
const struct cfg_setting *cfg_first(const struct cfg *cfg);

/**
 * cfg_diag() - the sink a set was made with
 * @cfg: the set
 *
 * Return: the sink.
 */
struct diag *cfg_diag(const struct cfg *cfg);

/**
 * cfg_value_text() - write a value the way the file has it
 * @value: the value
 * @buf: receives the text, terminated; a long one ends in "..."
 * @size: bytes of @buf, at least 8
 *
 * Return: @buf.
 */
const char *cfg_value_text(const struct cfg_value *value, char *buf, size_t size);

/**
 * cfg_error() - complain about a setting: "FILE:LINE: KEY=VALUE: ..."
 * @cfg: the set
 * @setting: the setting at fault
 * @fmt: printf format of what is wrong with it
 */
void cfg_error(const struct cfg *cfg, const struct cfg_setting *setting, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * cfg_error_key() - complain about a key, whatever its value: "FILE:LINE: KEY: ..."
 * @cfg: the set
 * @setting: the setting at fault
 * @fmt: printf format of what is wrong with it
 */
void cfg_error_key(const struct cfg *cfg, const struct cfg_setting *setting, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * cfg_warning() - warn about a setting: "FILE:LINE: warning: KEY: ..."
 * @cfg: the set
 * @setting: the setting
 * @fmt: printf format of the warning
 */
void cfg_warning(const struct cfg *cfg, const struct cfg_setting *setting, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* XLCTL_CFG_H */
