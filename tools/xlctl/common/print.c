// SPDX-License-Identifier: GPL-2.0-only
/* JSON for people and programs; see print.h. */
#include <string.h>

#include <json-c/json.h>

#include "common/msg.h"
#include "common/print.h"
#include "common/text.h"

static void print_json_safely(FILE *stream, struct json_object *object, int flags)
{
	size_t len;
	const char *text = json_object_to_json_string_length(object, flags, &len);

	if (!text)
		msg_out_of_memory();
	while (len) {
		const unsigned char *c = (const unsigned char *)text;
		size_t shown = *c == '\n' ? 1 : text_shown(text, len);

		if (shown) {
			fwrite(text, 1, shown, stream);
		} else if (*c < 0x80) {
			/* The library has escaped the others. */
			fprintf(stream, "\\u%04x", *c);
			shown = 1;
		} else if (*c == 0xc2 && len > 1 && (c[1] & 0xe0) == 0x80) {
			fprintf(stream, "\\u%04x", c[1]);
			shown = 2;
		} else {
			fputs("\\ufffd", stream);
			shown = 1;
		}
		text += shown;
		len -= shown;
	}
	fputc('\n', stream);
}

void print_json_pretty(FILE *stream, struct json_object *object)
{
	print_json_safely(stream, object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			  JSON_C_TO_STRING_NOSLASHESCAPE);
}

void print_json_line(FILE *stream, struct json_object *object)
{
	print_json_safely(stream, object, JSON_C_TO_STRING_PLAIN |
			  JSON_C_TO_STRING_NOSLASHESCAPE);
}
