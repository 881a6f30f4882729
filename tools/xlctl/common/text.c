// SPDX-License-Identifier: GPL-2.0-only
/* What may be shown on a terminal; see text.h. */
#include "common/text.h"

#include <stdint.h>
#include <string.h>

/* Bytes of the UTF-8 character that begins with this one; 0: none does. */
static size_t text_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	if (first >= 0xf0 && first < 0xf5)
		return 4;
	return 0;
}

size_t text_shown(const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = text_length(bytes[0]);
	uint32_t number;
	size_t i;

	if (!length || length > len)
		return 0;
	if (length == 1)
		return bytes[0] >= 0x20 && bytes[0] != 0x7f;
	number = bytes[0] & (0x7f >> length);
	for (i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		number = number << 6 | (bytes[i] & 0x3f);
	}
	/* Controls; forms that are longer than need be; halves of UTF-16; what there is not. */
	if (number < 0xa0 || (length == 3 && number < 0x800) ||
	    (number >= 0xd800 && number < 0xe000) || (length == 4 && number < 0x10000) ||
	    number > 0x10ffff)
		return 0;
	return length;
}

size_t text_is_cut(const char *text, size_t len)
{
	size_t back;

	for (back = 1; back <= len && back < 4; back++) {
		unsigned char c = (unsigned char)text[len - back];

		if ((c & 0xc0) != 0x80)
			return text_length(c) > back ? back : 0;
	}
	return 0;
}

void text_make_printable(char *text)
{
	size_t len = strlen(text);

	while (len) {
		size_t shown = text_shown(text, len);

		if (!shown) {
			*text = '?';
			shown = 1;
		}
		text += shown;
		len -= shown;
	}
}
