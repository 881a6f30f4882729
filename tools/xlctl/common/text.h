/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text - what may be shown on a terminal
 *
 * Names, messages and logs hold what others wrote, and a terminal obeys
 * control characters.  Those are the bytes below 0x20 and 0x7f, and U+0080 to
 * U+009F, in UTF-8 or as single bytes.
 */
#ifndef XLCTL_TEXT_H
#define XLCTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * text_shown() - how much of a text is one character that can be shown
 * @text: the text
 * @len: its bytes, at least 1
 *
 * Return: bytes of the character that it begins with; 0 if that is a control
 * character, or no character in UTF-8.
 */
size_t text_shown(const char *text, size_t len);

/**
 * text_is_cut() - does a text end in the middle of a character
 * @text: the text
 * @len: its bytes
 *
 * Return: bytes of the character at its end that has not ended, or 0.
 */
size_t text_is_cut(const char *text, size_t len);

/**
 * text_make_printable() - replace what cannot be shown by question marks
 * @text: the text, one line
 */
void text_make_printable(char *text);

#endif /* XLCTL_TEXT_H */
