// SPDX-License-Identifier: GPL-2.0-only
/* What a terminal is shown of what others wrote. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"
#include "common/print.h"
#include "common/text.h"
#include "unit.h"
#include "xlctl_capture.h"

static void expect_printable(const char *text, const char *expected)
{
	char copy[64];

	snprintf(copy, sizeof(copy), "%s", text);
	text_make_printable(copy);
	EXPECT_STREQ(copy, expected);
}

TEST(printable)
{
	expect_printable("", "");
	expect_printable("plain ~ text", "plain ~ text");
	expect_printable("\x1b[2J\a\b\r\n\t\x7f", "?[2J??????");
	/* U+00E9, U+20AC, U+1F600, and the first that is no control character */
	expect_printable("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xc2\xa0",
			 "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xc2\xa0");
	/* CSI, as a byte and as U+009B; OSC; the last control character */
	expect_printable("\x9b" "2J", "?2J");
	expect_printable("\xc2\x9b" "2J\xc2\x9d\xc2\x9f", "??2J????");
	/* Forms that are too long: of ESC, of CSI, of a slash */
	expect_printable("\xc0\x9b\xe0\x82\x9b\xf0\x80\x80\xaf", "?????????");
	/* Half of UTF-16, behind the last, no beginning, cut off */
	expect_printable("\xed\xa0\x80", "???");
	expect_printable("\xf4\x90\x80\x80\xf5\x80\x80\x80\xff", "?????????");
	expect_printable("\xa9" "a\xc3", "?a?");
	expect_printable("\xe2\x82" "a", "??a");
}

TEST(cut)
{
	EXPECT_EQ(text_is_cut("", 0), 0);
	EXPECT_EQ(text_is_cut("a", 1), 0);
	EXPECT_EQ(text_is_cut("a\xc3", 2), 1);
	EXPECT_EQ(text_is_cut("a\xc3\xa9", 3), 0);
	EXPECT_EQ(text_is_cut("\xe2\x82", 2), 2);
	EXPECT_EQ(text_is_cut("\xf0\x9f\x98", 3), 3);
	EXPECT_EQ(text_is_cut("\xf0\x9f\x98\x80", 4), 0);
	EXPECT_EQ(text_is_cut("\x82\x82\x82\x82\x82", 5), 0);
	EXPECT_EQ(text_is_cut("\xff", 1), 0);
}

TEST(messages)
{
	struct capture capture;

	capture_init(&capture);
	diag_error(&capture.diag, "a%sb", "\x1b[2J\xc2\x9b\xc3\xa9");
	EXPECT_STREQ(capture.text, "a?[2J??\xc3\xa9" "b\n");
}

TEST(json)
{
	static const char said[] = "\x1b[\x7f\xc2\x9b\x9b\xc3\xa9\n\"\xc3";
	struct json_object *object = json_object_new_object();
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	ASSERT_NOT_NULL(stream);
	json_object_object_add(object, "a/b", json_object_new_string(said));
	print_json_line(stream, object);
	print_json_pretty(stream, object);
	fclose(stream);
	EXPECT_STREQ(text,
		     "{\"a/b\":\"\\u001b[\\u007f\\u009b\\ufffd\xc3\xa9\\n\\\"\\ufffd\"}\n"
		     "{\n  \"a/b\": \"\\u001b[\\u007f\\u009b\\ufffd\xc3\xa9\\n\\\"\\ufffd\"\n}\n");
	free(text);
	json_object_put(object);
}
