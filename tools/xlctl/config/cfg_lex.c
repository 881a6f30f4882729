// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tokens of xl.cfg(5).
 *
 * The text is untrusted only in so far as anybody can mistype it, but it is
 * fuzzed all the same: nothing here reads past @end, and every token ends.
 * Wherever libxlutil would read the text, it is read the same way; where
 * libxlutil refuses (carriage returns, a comment on a last line without a
 * newline) this may be kinder.  Numeric escapes in strings work here: the
 * scanner of libxlutil checks their digits and then drops them.
 */
#include "config/cfg_lex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool cfg_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool cfg_is_word(char c)
{
	return cfg_is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void cfg_lex_error(struct cfg_lexer *lex, unsigned int line, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);

	if (line)
		diag_error(lex->diag, "%s:%u: %s", lex->source, line, text ? text : "out of memory");
	else
		diag_error(lex->diag, "%s: %s", lex->source, text ? text : "out of memory");
	free(text);
}

char *cfg_lex_take(struct cfg_lexer *lex)
{
	char *s = lex->string;

	lex->string = NULL;
	return s;
}

void cfg_lex_skip_line(struct cfg_lexer *lex)
{
	while (lex->pos < lex->end && *lex->pos != '\n')
		lex->pos++;
}

static enum cfg_token cfg_lex_done(struct cfg_lexer *lex, enum cfg_token token)
{
	lex->token = token;
	lex->len = (size_t)(lex->pos - lex->start);
	return token;
}

static enum cfg_token cfg_lex_text(struct cfg_lexer *lex, enum cfg_token token)
{
	size_t len = (size_t)(lex->pos - lex->start);

	lex->string = malloc(len + 1);
	if (!lex->string)
		return cfg_lex_done(lex, CFG_TOK_NOMEM);
	memcpy(lex->string, lex->start, len);
	lex->string[len] = '\0';
	return cfg_lex_done(lex, token);
}

/*
 * A number is any run of digits, a-f and x, so that a key which wants a string
 * may be given 0800 or 12ab without quotes; whoever wants a number checks it.
 */
static enum cfg_token cfg_lex_number(struct cfg_lexer *lex)
{
	bool plain = true;

	for (; lex->pos < lex->end && cfg_is_word(*lex->pos); lex->pos++)
		if (!cfg_is_digit(*lex->pos) && !(*lex->pos >= 'a' && *lex->pos <= 'f') &&
		    *lex->pos != 'x')
			plain = false;
	if (plain)
		return cfg_lex_text(lex, CFG_TOK_NUMBER);

	cfg_lex_error(lex, lex->line, "%.*s: neither a number nor a \"string\" in quotes",
		      (int)(lex->pos - lex->start > 40 ? 40 : lex->pos - lex->start), lex->start);
	return cfg_lex_done(lex, CFG_TOK_ERROR);
}

static int cfg_hex_digit(char c)
{
	if (cfg_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Reads what follows a backslash.  Returns the character it stands for, or -1
 * after reporting.
 */
static int cfg_lex_escape(struct cfg_lexer *lex)
{
	static const char plain[] = "abfnrtv\\'\"";
	static const char means[] = "\a\b\f\n\r\t\v\\'\"";
	const char *found;
	int value = 0;
	int digits = 0;
	char c = *lex->pos++;

	found = c ? strchr(plain, c) : NULL;
	if (found)
		return (unsigned char)means[found - plain];

	if (c == 'x') {
		for (; digits < 2 && lex->pos < lex->end && cfg_hex_digit(*lex->pos) >= 0; digits++)
			value = value * 16 + cfg_hex_digit(*lex->pos++);
	} else if (c >= '0' && c <= '7') {
		value = c - '0';
		for (digits = 1; digits < 3 && lex->pos < lex->end && *lex->pos >= '0' &&
		     *lex->pos <= '7'; digits++)
			value = value * 8 + (*lex->pos++ - '0');
	} else {
		cfg_lex_error(lex, lex->line, "\\%c: no such escape in a string (a backslash is \\\\)",
			      c);
		return -1;
	}

	if (!digits) {
		cfg_lex_error(lex, lex->line, "\\x needs two hexadecimal digits");
		return -1;
	}
	if (!value || value > 0xff) {
		cfg_lex_error(lex, lex->line, "a string cannot hold the character that \\%c... names",
			      c);
		return -1;
	}
	return value;
}

static enum cfg_token cfg_lex_string(struct cfg_lexer *lex)
{
	const char quote = *lex->pos++;
	const char *close = lex->pos;
	char *out;

	/* Escapes only shrink, so the raw length is room enough. */
	for (; close < lex->end && *close != quote && *close != '\n'; close++)
		if (*close == '\\' && close + 1 < lex->end && close[1] != '\n')
			close++;
	if (close >= lex->end || *close != quote) {
		cfg_lex_error(lex, lex->line, "the string that begins with %c is not closed on its line",
			      quote);
		return cfg_lex_done(lex, CFG_TOK_ERROR);
	}

	lex->string = malloc((size_t)(close - lex->pos) + 1);
	if (!lex->string)
		return cfg_lex_done(lex, CFG_TOK_NOMEM);

	out = lex->string;
	while (lex->pos < close) {
		int c = (unsigned char)*lex->pos++;

		if (c == '\\') {
			c = cfg_lex_escape(lex);
		} else if (!c) {
			cfg_lex_error(lex, lex->line, "a string cannot hold a NUL byte");
			c = -1;
		}
		if (c < 0) {
			free(cfg_lex_take(lex));
			return cfg_lex_done(lex, CFG_TOK_ERROR);
		}
		*out++ = (char)c;
	}
	*out = '\0';
	lex->pos = close + 1;
	return cfg_lex_done(lex, CFG_TOK_STRING);
}

static void cfg_lex_skip_blank(struct cfg_lexer *lex)
{
	for (; lex->pos < lex->end; lex->pos++) {
		if (*lex->pos == '#') {
			cfg_lex_skip_line(lex);
			return;
		}
		if (*lex->pos != ' ' && *lex->pos != '\t' && *lex->pos != '\r')
			return;
	}
}

enum cfg_token cfg_lex_next(struct cfg_lexer *lex)
{
	char c;

	free(cfg_lex_take(lex));
	cfg_lex_skip_blank(lex);
	lex->start = lex->pos;
	lex->tok_line = lex->line;
	if (lex->pos >= lex->end)
		return cfg_lex_done(lex, CFG_TOK_EOF);

	c = *lex->pos;
	if (c == '\n') {
		lex->pos++;
		if (lex->line)
			lex->line++;
		return cfg_lex_done(lex, CFG_TOK_NEWLINE);
	}
	if (c == '"' || c == '\'')
		return cfg_lex_string(lex);
	if (cfg_is_digit(c))
		return cfg_lex_number(lex);
	if (cfg_is_word(c)) {
		while (lex->pos < lex->end && cfg_is_word(*lex->pos))
			lex->pos++;
		return cfg_lex_text(lex, CFG_TOK_IDENT);
	}

	lex->pos++;
	lex->punct = c;
	if (c == '=' || c == ';' || c == ',' || c == '[' || c == ']')
		return cfg_lex_done(lex, CFG_TOK_PUNCT);
	if (c == '+' && lex->pos < lex->end && *lex->pos == '=') {
		lex->pos++;
		return cfg_lex_done(lex, CFG_TOK_PUNCT);
	}

	/* U+2018 to U+201F: what word processors and web pages make of quotes. */
	if (lex->end - lex->pos >= 2 && !memcmp(lex->start, "\xe2\x80", 2) &&
	    (unsigned char)lex->start[2] >= 0x98 && (unsigned char)lex->start[2] <= 0x9f)
		cfg_lex_error(lex, lex->line,
			      "a typographic quote: put strings in plain quotes, \" or '");
	else if (c > ' ' && c < 0x7f)
		cfg_lex_error(lex, lex->line, "unexpected '%c'", c);
	else
		cfg_lex_error(lex, lex->line, "unexpected character 0x%02x",
			      (unsigned char)c);
	return cfg_lex_done(lex, CFG_TOK_ERROR);
}
