// SPDX-License-Identifier: GPL-2.0-only
/*
 * The grammar of xl.cfg(5) and the settings it yields.
 *
 *	file:    { [ IDENT ( '=' | '+=' ) value ] ( newline | ';' ) }
 *	value:   STRING | NUMBER | '[' [ value { ',' value } [ ',' ] ] ']'
 *
 * with newlines allowed anywhere between the brackets and nowhere else.
 *
 * Why not libxlutil, which has a parser for the same text: it cannot say which
 * keys a file holds, so an unknown key could not be named; nor where a setting
 * stood once it is parsed, nor whether a value had quotes, so an error in a
 * value could not show file, line and value.  And it links libxenlight, with
 * seventeen shared libraries behind it, into a process that stays for as long
 * as its domain.  The tests read the same texts with both and compare.
 */
#include "config/cfg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/cfg_lex.h"

/* A file is read whole; nothing that a person wrote comes near this. */
#define CFG_MAX_BYTES	(1U << 20)
/* Brackets in brackets: vnuma has two levels. */
#define CFG_MAX_DEPTH	32
/* After so many syntax errors the file is probably something else. */
#define CFG_MAX_ERRORS	10

struct cfg_source {
	struct cfg_source *next;
	char name[];
};

struct cfg {
	struct diag *diag;
	struct cfg_setting *first;
	struct cfg_setting **tail;
	struct cfg_source *sources;
};

struct cfg *cfg_new(struct diag *diag)
{
	struct cfg *cfg = calloc(1, sizeof(*cfg));

	if (!cfg)
		return NULL;
	cfg->diag = diag;
	cfg->tail = &cfg->first;
	return cfg;
}

static void cfg_value_free(struct cfg_value *value)
{
	size_t i;

	if (!value)
		return;
	for (i = 0; i < value->nr_items; i++)
		cfg_value_free(value->items[i]);
	free(value->items);
	free(value->string);
	free(value);
}

void cfg_free(struct cfg *cfg)
{
	if (!cfg)
		return;
	while (cfg->first) {
		struct cfg_setting *setting = cfg->first;

		cfg->first = setting->next;
		cfg_value_free(setting->value);
		free(setting->key);
		free(setting);
	}
	while (cfg->sources) {
		struct cfg_source *source = cfg->sources;

		cfg->sources = source->next;
		free(source);
	}
	free(cfg);
}

static const char *cfg_add_source(struct cfg *cfg, const char *name)
{
	size_t len = strlen(name) + 1;
	struct cfg_source *source = malloc(sizeof(*source) + len);

	if (!source)
		return NULL;
	memcpy(source->name, name, len);
	source->next = cfg->sources;
	cfg->sources = source;
	return source->name;
}

static int cfg_nomem(struct cfg *cfg)
{
	diag_error(cfg->diag, "out of memory");
	return -ENOMEM;
}

static struct cfg_setting *cfg_lookup(const struct cfg *cfg, const char *key)
{
	struct cfg_setting *setting;

	for (setting = cfg->first; setting; setting = setting->next)
		if (!strcmp(setting->key, key))
			return setting;
	return NULL;
}

static int cfg_append_value(struct cfg_value *to, struct cfg_value *from)
{
	if (to->type == CFG_LIST) {
		size_t nr = to->nr_items + from->nr_items;
		struct cfg_value **items;

		if (!from->nr_items)
			return 0;
		items = reallocarray(to->items, nr, sizeof(*items));
		if (!items)
			return -ENOMEM;
		memcpy(items + to->nr_items, from->items, from->nr_items * sizeof(*items));
		to->items = items;
		to->nr_items = nr;
		from->nr_items = 0;
	} else {
		char *string;

		if (asprintf(&string, "%s%s", to->string, from->string) < 0)
			return -ENOMEM;
		free(to->string);
		to->string = string;
		to->type = CFG_STRING;
	}
	return 0;
}

/*
 * Stores one assignment; takes @key and @value.  A key that is set again keeps
 * its place in the list but gets the new value and the new line.
 */
static int cfg_store(struct cfg *cfg, struct cfg_lexer *lex, unsigned int line, char *key,
		     bool append, struct cfg_value *value)
{
	struct cfg_setting *setting = cfg_lookup(cfg, key);
	int rc = -ENOMEM;

	if (setting) {
		bool was_list = setting->value->type == CFG_LIST;
		bool is_list = value->type == CFG_LIST;

		setting->source = lex->source;
		setting->line = line;
		setting->appended = append;
		if (append) {
			if (was_list != is_list) {
				cfg_lex_error(lex, line, "%s: += cannot join a list and a single value",
					      key);
				rc = -EINVAL;
			} else {
				rc = cfg_append_value(setting->value, value);
			}
			cfg_value_free(value);
		} else {
			cfg_value_free(setting->value);
			setting->value = value;
			rc = 0;
		}
		free(key);
		return rc;
	}

	setting = calloc(1, sizeof(*setting));
	if (!setting) {
		cfg_value_free(value);
		free(key);
		return rc;
	}
	setting->key = key;
	setting->value = value;
	setting->source = lex->source;
	setting->line = line;
	setting->appended = append;
	*cfg->tail = setting;
	cfg->tail = &setting->next;
	return 0;
}

static bool cfg_is_punct(const struct cfg_lexer *lex, char c)
{
	return lex->token == CFG_TOK_PUNCT && lex->punct == c;
}

static bool cfg_is_end(const struct cfg_lexer *lex)
{
	return lex->token == CFG_TOK_EOF || lex->token == CFG_TOK_NEWLINE ||
	       cfg_is_punct(lex, ';');
}

/* How the token last read is called in a message. */
static const char *cfg_token_name(const struct cfg_lexer *lex, char *buf, size_t size)
{
	if (lex->token == CFG_TOK_EOF)
		return "the end of the text";
	if (lex->token == CFG_TOK_NEWLINE)
		return "the end of the line";
	snprintf(buf, size, "%.*s", (int)(lex->len > 40 ? 40 : lex->len), lex->start);
	return buf;
}

static int cfg_parse_value(struct cfg_lexer *lex, const char *key, unsigned int depth,
			   struct cfg_value **result);

static int cfg_list_add(struct cfg_value *list, struct cfg_value *item)
{
	/* Grows by doubling: the room is the next power of two. */
	if (!(list->nr_items & (list->nr_items - 1))) {
		size_t room = list->nr_items ? list->nr_items * 2 : 1;
		struct cfg_value **items = reallocarray(list->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		list->items = items;
	}
	list->items[list->nr_items++] = item;
	return 0;
}

static int cfg_skip_newlines(struct cfg_lexer *lex)
{
	do {
		cfg_lex_next(lex);
	} while (lex->token == CFG_TOK_NEWLINE);

	if (lex->token == CFG_TOK_NOMEM)
		return -ENOMEM;
	return lex->token == CFG_TOK_ERROR ? -EINVAL : 0;
}

/* Reads the elements of a list; the opening bracket is the token last read. */
static int cfg_parse_list(struct cfg_lexer *lex, const char *key, unsigned int depth,
			  struct cfg_value *list)
{
	char buf[48];
	int rc;

	if (depth >= CFG_MAX_DEPTH) {
		cfg_lex_error(lex, lex->tok_line, "%s: lists are nested deeper than %d levels", key,
			      CFG_MAX_DEPTH);
		return -EINVAL;
	}

	rc = cfg_skip_newlines(lex);
	while (!rc && !cfg_is_punct(lex, ']')) {
		struct cfg_value *item = NULL;

		if (lex->token == CFG_TOK_EOF)
			goto unclosed;
		rc = cfg_parse_value(lex, key, depth + 1, &item);
		if (rc)
			return rc;
		rc = cfg_list_add(list, item);
		if (rc) {
			cfg_value_free(item);
			return rc;
		}

		rc = cfg_skip_newlines(lex);
		if (rc || cfg_is_punct(lex, ']'))
			return rc;
		if (lex->token == CFG_TOK_EOF)
			goto unclosed;
		if (!cfg_is_punct(lex, ',')) {
			cfg_lex_error(lex, lex->tok_line, "%s: expected ',' or ']' before %s", key,
				      cfg_token_name(lex, buf, sizeof(buf)));
			return -EINVAL;
		}
		rc = cfg_skip_newlines(lex);
	}
	return rc;

unclosed:
	cfg_lex_error(lex, list->line, "%s: the list that starts here is not closed by ']'", key);
	return -EINVAL;
}

/* Reads one value, whose first token is the one last read. */
static int cfg_parse_value(struct cfg_lexer *lex, const char *key, unsigned int depth,
			   struct cfg_value **result)
{
	struct cfg_value *value;
	char buf[48];
	int rc = 0;

	if (lex->token == CFG_TOK_ERROR)
		return -EINVAL;
	if (lex->token == CFG_TOK_NOMEM)
		return -ENOMEM;
	if (lex->token != CFG_TOK_STRING && lex->token != CFG_TOK_NUMBER &&
	    !cfg_is_punct(lex, '[')) {
		cfg_lex_error(lex, lex->tok_line,
			      "%s: expected a number, a \"string\" in quotes or a [list], not %s",
			      key, cfg_token_name(lex, buf, sizeof(buf)));
		return -EINVAL;
	}

	value = calloc(1, sizeof(*value));
	if (!value)
		return -ENOMEM;
	value->line = lex->tok_line;
	if (lex->token == CFG_TOK_PUNCT) {
		value->type = CFG_LIST;
		rc = cfg_parse_list(lex, key, depth, value);
	} else {
		value->type = lex->token == CFG_TOK_STRING ? CFG_STRING : CFG_NUMBER;
		value->string = cfg_lex_take(lex);
	}
	if (rc) {
		cfg_value_free(value);
		return rc;
	}
	*result = value;
	return 0;
}

/* Reads one statement, whose first token is the one last read, and what ends it. */
/* xm read its files as programs; some are still around. */
static bool cfg_is_python(const char *word)
{
	static const char *const words[] = {
		"import", "from", "def", "if", "for", "while", "print", "try", "class",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

static int cfg_parse_statement(struct cfg *cfg, struct cfg_lexer *lex)
{
	unsigned int line = lex->tok_line;
	struct cfg_value *value = NULL;
	char *key = NULL;
	bool append;
	char buf[48];
	int rc = -EINVAL;

	if (cfg_is_end(lex))
		return 0;
	if (lex->token == CFG_TOK_NOMEM)
		return -ENOMEM;
	if (lex->token == CFG_TOK_ERROR)
		return -EINVAL;
	if (lex->token != CFG_TOK_IDENT) {
		cfg_lex_error(lex, line, "expected KEY = VALUE, not %s",
			      cfg_token_name(lex, buf, sizeof(buf)));
		return -EINVAL;
	}

	key = cfg_lex_take(lex);
	cfg_lex_next(lex);
	append = cfg_is_punct(lex, '+');
	if (!append && !cfg_is_punct(lex, '=')) {
		if (cfg_is_python(key))
			cfg_lex_error(lex, line,
				      "'%s': this is Python; only KEY = VALUE is supported", key);
		else if (lex->token != CFG_TOK_ERROR)
			cfg_lex_error(lex, line, "%s: expected '=' after it, not %s", key,
				      cfg_token_name(lex, buf, sizeof(buf)));
		goto out;
	}

	cfg_lex_next(lex);
	rc = cfg_parse_value(lex, key, 0, &value);
	if (rc)
		goto out;

	cfg_lex_next(lex);
	if (!cfg_is_end(lex)) {
		if (lex->token != CFG_TOK_ERROR)
			cfg_lex_error(lex, lex->tok_line,
				      "%s: unexpected %s after the value; a new setting starts on a new line or after ';'",
				      key, cfg_token_name(lex, buf, sizeof(buf)));
		rc = -EINVAL;
		goto out;
	}
	return cfg_store(cfg, lex, line, key, append, value);

out:
	cfg_value_free(value);
	free(key);
	return rc;
}

static int cfg_parse(struct cfg *cfg, const char *source, unsigned int line, const char *text,
		     size_t len)
{
	struct cfg_lexer lex = {
		.pos = text,
		.end = text + len,
		.line = line,
		.diag = cfg->diag,
	};
	unsigned int errors = 0;
	int result = 0;

	lex.source = cfg_add_source(cfg, source);
	if (!lex.source)
		return cfg_nomem(cfg);

	do {
		int rc;

		cfg_lex_next(&lex);
		rc = cfg_parse_statement(cfg, &lex);
		if (rc == -ENOMEM) {
			result = cfg_nomem(cfg);
			break;
		}
		if (rc) {
			result = rc;
			if (++errors == CFG_MAX_ERRORS) {
				cfg_lex_error(&lex, 0, "too many syntax errors, giving up");
				break;
			}
			if (lex.token != CFG_TOK_NEWLINE)
				cfg_lex_skip_line(&lex);
		}
	} while (lex.token != CFG_TOK_EOF);

	free(cfg_lex_take(&lex));
	return result;
}

int cfg_read_text(struct cfg *cfg, const char *source, const char *text, size_t len)
{
	return cfg_parse(cfg, source, 1, text, len);
}

int cfg_read_file(struct cfg *cfg, const char *path)
{
	char *text = NULL;
	size_t len = 0;
	ssize_t got;
	int rc;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		rc = -errno;
		diag_error(cfg->diag, "%s: %s", path, strerror(errno));
		return rc;
	}

	text = malloc(CFG_MAX_BYTES + 1);
	if (!text) {
		rc = cfg_nomem(cfg);
		goto out;
	}
	do {
		got = read(fd, text + len, CFG_MAX_BYTES + 1 - len);
		if (got > 0)
			len += (size_t)got;
	} while ((got > 0 && len <= CFG_MAX_BYTES) || (got < 0 && errno == EINTR));
	if (got < 0) {
		rc = -errno;
		diag_error(cfg->diag, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (len > CFG_MAX_BYTES) {
		rc = -EFBIG;
		diag_error(cfg->diag, "%s: larger than %u KiB: not a domain configuration", path,
			   CFG_MAX_BYTES >> 10);
		goto out;
	}
	rc = cfg_parse(cfg, path, 1, text, len);

out:
	free(text);
	close(fd);
	return rc;
}

/* Whether VALUE of a KEY=VALUE word is in the syntax of the file, or a bare string. */
static bool cfg_is_file_syntax(const char *value)
{
	if (strchr(value, ';') || *value == '"' || *value == '\'' || *value == '[')
		return true;
	return *value >= '0' && *value <= '9' && !value[strspn(value, "0123456789abcdefx")];
}

int cfg_override(struct cfg *cfg, const char *word)
{
	static const char source[] = "command line";
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	struct cfg_lexer lex = { .source = source, .diag = cfg->diag };
	const char *value = strchr(word, '=');
	struct cfg_value *item;
	size_t key_len;
	bool append;
	char *key;
	int rc;

	append = value && value > word && value[-1] == '+';
	key_len = value ? (size_t)(value - word) - append : 0;
	if (!key_len || strspn(word, letters) != key_len) {
		cfg_lex_error(&lex, 0, "%s: expected KEY=VALUE", word);
		return -EINVAL;
	}
	if (cfg_is_file_syntax(++value))
		return cfg_parse(cfg, source, 0, word, strlen(word));

	key = strndup(word, key_len);
	item = calloc(1, sizeof(*item));
	if (item) {
		item->type = CFG_STRING;
		item->string = strdup(value);
	}
	lex.source = cfg_add_source(cfg, source);
	if (!key || !item || !item->string || !lex.source) {
		cfg_value_free(item);
		free(key);
		return cfg_nomem(cfg);
	}
	rc = cfg_store(cfg, &lex, 0, key, append, item);
	return rc == -ENOMEM ? cfg_nomem(cfg) : rc;
}

const struct cfg_setting *cfg_find(const struct cfg *cfg, const char *key)
{
	return cfg_lookup(cfg, key);
}

const struct cfg_setting *cfg_first(const struct cfg *cfg)
{
	return cfg->first;
}

struct diag *cfg_diag(const struct cfg *cfg)
{
	return cfg->diag;
}
