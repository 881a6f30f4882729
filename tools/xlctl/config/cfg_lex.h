/* SPDX-License-Identifier: GPL-2.0-only */
/* cfg_lex - the tokens of xl.cfg(5); private to cfg_lex.c and cfg.c */
#ifndef XLCTL_CFG_LEX_H
#define XLCTL_CFG_LEX_H

#include <stddef.h>

#include "config/cfg.h"

enum cfg_token {
	CFG_TOK_EOF,
	CFG_TOK_NEWLINE,
	CFG_TOK_IDENT,
	CFG_TOK_NUMBER,
	CFG_TOK_STRING,
	CFG_TOK_PUNCT,	/* one of = ; , [ ] or the pair += , see struct cfg_lexer.punct */
	CFG_TOK_ERROR,	/* already reported; the rest of the line is still unread */
	CFG_TOK_NOMEM,
};

/**
 * struct cfg_lexer - where reading is, and the token last read
 * @pos: next character
 * @end: end of the text
 * @line: line of @pos
 * @source: name of the text in messages
 * @diag: where complaints go
 * @token: kind of the token last read
 * @tok_line: line on which it began
 * @start: its first character
 * @len: its length as written
 * @string: IDENT, NUMBER, STRING: its text, owned by the lexer until taken
 * @punct: PUNCT: the character; '+' stands for +=
 */
struct cfg_lexer {
	const char *pos;
	const char *end;
	unsigned int line;
	const char *source;
	struct diag *diag;

	enum cfg_token token;
	unsigned int tok_line;
	const char *start;
	size_t len;
	char *string;
	char punct;
};

/**
 * cfg_lex_next() - read one token into the lexer
 * @lex: the lexer
 *
 * Return: the token, as in @lex->token.
 */
enum cfg_token cfg_lex_next(struct cfg_lexer *lex);

/**
 * cfg_lex_skip_line() - forget the rest of this line, after an error
 * @lex: the lexer; the next token is NEWLINE or EOF
 */
void cfg_lex_skip_line(struct cfg_lexer *lex);

/**
 * cfg_lex_take() - take the text of the token last read
 * @lex: the lexer
 *
 * Return: the text, to be freed by the caller.
 */
char *cfg_lex_take(struct cfg_lexer *lex);

/**
 * cfg_lex_error() - report a syntax error at a line: "FILE:LINE: ..."
 * @lex: the lexer
 * @line: the line
 * @fmt: printf format
 */
void cfg_lex_error(struct cfg_lexer *lex, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* XLCTL_CFG_LEX_H */
