// SPDX-License-Identifier: GPL-2.0-only
/*
 * The syntax of xl.cfg(5): what each text means, what each error says, and that
 * libxlutil, which xl uses, reads the same texts the same way.
 */
#include <errno.h>
#include <libxlutil.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/cfg.h"
#include "unit.h"
#include "xlctl_capture.h"

static struct capture capture;

static struct cfg *read_text(const char *text, int expected)
{
	struct cfg *cfg;

	capture_init(&capture);
	cfg = cfg_new(&capture.diag);
	EXPECT_EQ(cfg_read_text(cfg, "d.cfg", text, strlen(text)), expected);
	return cfg;
}

/* All settings, in a form of its own: "key:line=value" and a newline each. */
static const char *settings(const struct cfg *cfg)
{
	static char text[4096];
	const struct cfg_setting *setting;
	size_t len = 0;

	text[0] = '\0';
	for (setting = cfg_first(cfg); setting; setting = setting->next) {
		char value[512];

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s:%u=%s\n", setting->key,
					setting->line,
					cfg_value_text(setting->value, value, sizeof(value)));
	}
	return text;
}

static void expect_settings(const char *text, const char *expected)
{
	struct cfg *cfg = read_text(text, 0);

	EXPECT_STREQ(settings(cfg), expected);
	EXPECT_STREQ(capture.text, "");
	cfg_free(cfg);
}

static void expect_errors(const char *text, const char *expected)
{
	struct cfg *cfg = read_text(text, -EINVAL);

	EXPECT_STREQ(capture.text, expected);
	cfg_free(cfg);
}

TEST(values)
{
	expect_settings("", "");
	expect_settings("\n\n  # nothing\n", "");
	expect_settings("name = \"debian\"\n", "name:1=\"debian\"\n");
	expect_settings("name='debian'", "name:1=\"debian\"\n");
	expect_settings("memory=256\n", "memory:1=256\n");
	expect_settings("memory=0x100", "memory:1=0x100\n");
	expect_settings("memory=0400", "memory:1=0400\n");
	expect_settings("a=1abc", "a:1=1abc\n");
	expect_settings("a_2 = 1", "a_2:1=1\n");
	expect_settings("a=\"\"", "a:1=\"\"\n");
}

TEST(separators)
{
	expect_settings("a=1;b=2", "a:1=1\nb:1=2\n");
	expect_settings("a=1;;b=2;", "a:1=1\nb:1=2\n");
	expect_settings(";\n;a=1", "a:2=1\n");
	expect_settings("a=1\r\nb=2\r\n", "a:1=1\nb:2=2\n");
	expect_settings("\ta = 1 # one\n# two\nb=\"#\"#three", "a:1=1\nb:3=\"#\"\n");
	expect_settings("# no newline behind it", "");
}

TEST(lists)
{
	expect_settings("a=[]", "a:1=[]\n");
	expect_settings("a=[ 'x' ]", "a:1=[\"x\"]\n");
	expect_settings("a=['x',1,\"y\"]", "a:1=[\"x\", 1, \"y\"]\n");
	expect_settings("a=[1,2,]", "a:1=[1, 2]\n");
	expect_settings("a=[1,2,3,4,5,6,7,8,9]", "a:1=[1, 2, 3, 4, 5, 6, 7, 8, 9]\n");
	expect_settings("a=[[1,[2]],[]]", "a:1=[[1, [2]], []]\n");
	expect_settings("a=[\n\n 'x' # first\n ,\n# second:\n 'y'\n]\nb=1",
			"a:1=[\"x\", \"y\"]\nb:8=1\n");
}

TEST(assigned_again)
{
	expect_settings("a=1\nb=2\na=3", "a:3=3\nb:2=2\n");
	expect_settings("a=1\na=['x']", "a:2=[\"x\"]\n");
	expect_settings("a='x'\na+='y'", "a:2=\"xy\"\n");
	expect_settings("a+='y'", "a:1=\"y\"\n");
	expect_settings("a=['x']\na+=['y','z']\na+=[]", "a:3=[\"x\", \"y\", \"z\"]\n");
	expect_settings("a=[]\na+=['y','z']", "a:2=[\"y\", \"z\"]\n");
}

TEST(escapes)
{
	struct cfg *cfg = read_text("a=\"\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\\"\"\n"
				    "b='\\x41\\x7e\\101\\60x'", 0);

	EXPECT_STREQ(cfg_find(cfg, "a")->value->string, "\a\b\f\n\r\t\v\\'\"");
	EXPECT_STREQ(cfg_find(cfg, "b")->value->string, "A~A0x");
	EXPECT_NULL(cfg_find(cfg, "c"));
	cfg_free(cfg);

	expect_settings("a='say \"x\"'", "a:1=\"say \"x\"\"\n");
	expect_errors("a='\\q'", "d.cfg:1: \\q: no such escape in a string (a backslash is \\\\)\n");
	expect_errors("a='\\xg'", "d.cfg:1: \\x needs two hexadecimal digits\n");
	expect_errors("a='\\x00'",
		      "d.cfg:1: a string cannot hold the character that \\x... names\n");
	expect_errors("a='\\0'", "d.cfg:1: a string cannot hold the character that \\0... names\n");
	expect_errors("a='\\777'", "d.cfg:1: a string cannot hold the character that \\7... names\n");
}

TEST(syntax_errors)
{
	expect_errors("memory=256MB",
		      "d.cfg:1: 256MB: neither a number nor a \"string\" in quotes\n");
	expect_errors("\nname=debian",
		      "d.cfg:2: name: expected a number, a \"string\" in quotes or a [list], not debian\n");
	expect_errors("a=\nb=1",
		      "d.cfg:1: a: expected a number, a \"string\" in quotes or a [list], not the end of the line\n");
	expect_errors("a=",
		      "d.cfg:1: a: expected a number, a \"string\" in quotes or a [list], not the end of the text\n");
	expect_errors("a", "d.cfg:1: a: expected '=' after it, not the end of the text\n");
	expect_errors("import os\n",
		      "d.cfg:1: 'import': this is Python; only KEY = VALUE is supported\n");
	expect_errors("a=\xe2\x80\x9cx\xe2\x80\x9d\n",
		      "d.cfg:1: a typographic quote: put strings in plain quotes, \" or '\n");
	expect_errors("a 1\n", "d.cfg:1: a: expected '=' after it, not 1\n");
	expect_errors("= 1\n", "d.cfg:1: expected KEY = VALUE, not =\n");
	expect_errors("'a' = 1\n", "d.cfg:1: expected KEY = VALUE, not 'a'\n");
	expect_errors("a=1 b=2",
		      "d.cfg:1: a: unexpected b after the value; a new setting starts on a new line or after ';'\n");
	expect_errors("a='x", "d.cfg:1: the string that begins with ' is not closed on its line\n");
	expect_errors("a=\"x\\\"\n",
		      "d.cfg:1: the string that begins with \" is not closed on its line\n");
	expect_errors("a=\"x\ny\"\n",
		      "d.cfg:1: the string that begins with \" is not closed on its line\n"
		      "d.cfg:2: the string that begins with \" is not closed on its line\n");
	expect_errors("a=-1\n", "d.cfg:1: unexpected '-'\n");
	expect_errors("a=\x01\n", "d.cfg:1: unexpected character 0x01\n");
	expect_errors("a=\xc3\xa4\n",
		      "d.cfg:1: unexpected character 0xc3\n");
	expect_errors("a+1\n", "d.cfg:1: unexpected '+'\n");
}

TEST(list_errors)
{
	expect_errors("\na=[1\n\n", "d.cfg:2: a: the list that starts here is not closed by ']'\n");
	expect_errors("a=[", "d.cfg:1: a: the list that starts here is not closed by ']'\n");
	expect_errors("a=[1,", "d.cfg:1: a: the list that starts here is not closed by ']'\n");
	expect_errors("a=[1 2]", "d.cfg:1: a: expected ',' or ']' before 2\n");
	expect_errors("a=[,]",
		      "d.cfg:1: a: expected a number, a \"string\" in quotes or a [list], not ,\n");
	expect_errors("a=[b]",
		      "d.cfg:1: a: expected a number, a \"string\" in quotes or a [list], not b\n");
	expect_errors("a=[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
		      "d.cfg:1: a: lists are nested deeper than 32 levels\n");
	expect_errors("a='x'\na+=['y']",
		      "d.cfg:2: a: += cannot join a list and a single value\n");
	expect_errors("a=['x']\na+='y'",
		      "d.cfg:2: a: += cannot join a list and a single value\n");
}

TEST(several_errors_in_one_run)
{
	expect_errors("a=1\nb=\nc=x\nd=2\n'",
		      "d.cfg:2: b: expected a number, a \"string\" in quotes or a [list], not the end of the line\n"
		      "d.cfg:3: c: expected a number, a \"string\" in quotes or a [list], not x\n"
		      "d.cfg:5: the string that begins with ' is not closed on its line\n");
	expect_errors("!\n!\n!\n!\n!\n!\n!\n!\n!\n!\n!\n!\n",
		      "d.cfg:1: unexpected '!'\nd.cfg:2: unexpected '!'\n"
		      "d.cfg:3: unexpected '!'\nd.cfg:4: unexpected '!'\n"
		      "d.cfg:5: unexpected '!'\nd.cfg:6: unexpected '!'\n"
		      "d.cfg:7: unexpected '!'\nd.cfg:8: unexpected '!'\n"
		      "d.cfg:9: unexpected '!'\nd.cfg:10: unexpected '!'\n"
		      "d.cfg: too many syntax errors, giving up\n");
}

TEST(nul_bytes)
{
	struct cfg *cfg;

	capture_init(&capture);
	cfg = cfg_new(&capture.diag);
	EXPECT_EQ(cfg_read_text(cfg, "d.cfg", "a='x\0y'\nb=\0", 11), -EINVAL);
	EXPECT_STREQ(capture.text,
		     "d.cfg:1: a string cannot hold a NUL byte\n"
		     "d.cfg:2: unexpected character 0x00\n");
	cfg_free(cfg);
}

TEST(long_values_are_cut_in_messages)
{
	struct cfg *cfg = read_text("a=['0123456789','0123456789']", 0);
	char text[16];

	EXPECT_STREQ(cfg_value_text(cfg_find(cfg, "a")->value, text, sizeof(text)),
		     "[\"0123456789...");
	cfg_free(cfg);
}

static void expect_override(const char *word, const char *expected)
{
	struct cfg *cfg = read_text("vcpus=1\nextra='quiet'\ndisk=['x']", 0);

	EXPECT_EQ(cfg_override(cfg, word), 0);
	EXPECT_STREQ(settings(cfg), expected);
	EXPECT_STREQ(capture.text, "");
	cfg_free(cfg);
}

TEST(overrides)
{
	const char *rest = "extra:2=\"quiet\"\ndisk:3=[\"x\"]\n";
	char expected[200];

	snprintf(expected, sizeof(expected), "vcpus:0=2\n%s", rest);
	expect_override("vcpus=2", expected);
	snprintf(expected, sizeof(expected), "vcpus:1=1\n%sname:0=\"x y\"\n", rest);
	expect_override("name=x y", expected);
	expect_override("name=\"x y\"", expected);
	expect_override("name= 'x y'",
			"vcpus:1=1\nextra:2=\"quiet\"\ndisk:3=[\"x\"]\nname:0=\" 'x y'\"\n");
	snprintf(expected, sizeof(expected), "vcpus:1=1\n%suuid:0=\"1b4e28ba-2fa1\"\n", rest);
	expect_override("uuid=1b4e28ba-2fa1", expected);
	snprintf(expected, sizeof(expected), "vcpus:1=1\n%sname:0=\"\"\n", rest);
	expect_override("name=", expected);
	expect_override("extra+= single", "vcpus:1=1\nextra:0=\"quiet single\"\ndisk:3=[\"x\"]\n");
	expect_override("disk+=['y']", "vcpus:1=1\nextra:2=\"quiet\"\ndisk:0=[\"x\", \"y\"]\n");
	expect_override("vcpus=2;extra=''", "vcpus:0=2\nextra:0=\"\"\ndisk:3=[\"x\"]\n");
	expect_override("root=/dev/xvda1",
			"vcpus:1=1\nextra:2=\"quiet\"\ndisk:3=[\"x\"]\nroot:0=\"/dev/xvda1\"\n");
}

TEST(bad_overrides)
{
	static const char *const words[] = { "vcpus", "=1", "", "a b=1", "+=1", "x.cfg" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct cfg *cfg = read_text("", 0);
		char expected[80];

		unit_context("%s", words[i]);
		snprintf(expected, sizeof(expected), "command line: %s: expected KEY=VALUE\n",
			 words[i]);
		EXPECT_EQ(cfg_override(cfg, words[i]), -EINVAL);
		EXPECT_STREQ(capture.text, expected);
		cfg_free(cfg);
	}
}

TEST(override_with_syntax_error)
{
	struct cfg *cfg = read_text("", 0);

	EXPECT_EQ(cfg_override(cfg, "disk=['x'"), -EINVAL);
	EXPECT_STREQ(capture.text, "command line: disk: the list that starts here is not closed by ']'\n");
	cfg_free(cfg);
}

TEST(reports)
{
	struct cfg *cfg = read_text("\nmemory='256MB'\ndisk=['a']", 0);

	EXPECT_EQ(cfg_override(cfg, "vcpus=two"), 0);
	cfg_error(cfg, cfg_find(cfg, "memory"), "expected a number of %s", "MiB");
	cfg_error_key(cfg, cfg_find(cfg, "disk"), "not supported");
	cfg_warning(cfg, cfg_find(cfg, "disk"), "odd");
	cfg_error(cfg, cfg_find(cfg, "vcpus"), "odd");
	cfg_warning(cfg, cfg_find(cfg, "vcpus"), "odd");
	EXPECT_STREQ(capture.text,
		     "d.cfg:2: memory=\"256MB\": expected a number of MiB\n"
		     "d.cfg:3: disk: not supported\n"
		     "d.cfg:3: warning: disk: odd\n"
		     "command line: vcpus=\"two\": odd\n"
		     "command line: warning: vcpus: odd\n");
	EXPECT_EQ(capture.diag.errors, 3);
	EXPECT_EQ(capture.diag.warnings, 2);
	cfg_free(cfg);
}

TEST(messages_are_safe_for_terminals)
{
	struct cfg *cfg = read_text("a='\x1b[2J\\n'", 0);

	cfg_error(cfg, cfg_find(cfg, "a"), "bad");
	EXPECT_STREQ(capture.text, "d.cfg:1: a=\"?[2J?\": bad\n");
	cfg_free(cfg);
}

TEST(files)
{
	char path[] = "/tmp/xlctl-cfg-XXXXXX";
	char message[256];
	struct cfg *cfg = read_text("", 0);
	int fd = mkstemp(path);

	ASSERT_GE(fd, 0);
	EXPECT_EQ(write(fd, "a=1\nb=\n", 7), 7);
	EXPECT_EQ(cfg_read_file(cfg, path), -EINVAL);
	snprintf(message, sizeof(message), "%s:2: b: expected a number", path);
	EXPECT_EQ(strncmp(capture.text, message, strlen(message)), 0);
	EXPECT_STREQ(settings(cfg), "a:1=1\n");

	capture_init(&capture);
	EXPECT_EQ(ftruncate(fd, (1 << 20) + 1), 0);
	EXPECT_EQ(cfg_read_file(cfg, path), -EFBIG);
	snprintf(message, sizeof(message),
		 "%s: larger than 1024 KiB: not a domain configuration\n", path);
	EXPECT_STREQ(capture.text, message);
	close(fd);
	unlink(path);

	capture_init(&capture);
	EXPECT_EQ(cfg_read_file(cfg, path), -ENOENT);
	snprintf(message, sizeof(message), "%s: No such file or directory\n", path);
	EXPECT_STREQ(capture.text, message);

	capture_init(&capture);
	EXPECT_EQ(cfg_read_file(cfg, "/"), -EISDIR);
	EXPECT_STREQ(capture.text, "/: Is a directory\n");
	cfg_free(cfg);
}

/* Compares one of our values with one of libxlutil's. */
static void expect_same_item(XLU_Config *theirs, XLU_ConfigValue *value,
			     const struct cfg_value *ours)
{
	XLU_ConfigList *list;
	char *string;
	size_t i;

	if (ours->type != CFG_LIST) {
		ASSERT_EQ(xlu_cfg_value_get_string(theirs, value, &string, 1), 0);
		EXPECT_STREQ(ours->string, string);
		return;
	}
	ASSERT_EQ(xlu_cfg_value_get_list(theirs, value, &list, 1), 0);
	for (i = 0; i < ours->nr_items; i++) {
		XLU_ConfigValue *item = xlu_cfg_get_listitem2(list, (int)i);

		ASSERT_NOT_NULL(item);
		expect_same_item(theirs, item, ours->items[i]);
	}
	EXPECT_NULL(xlu_cfg_get_listitem2(list, (int)i));
}

static void expect_same(const char *text)
{
	XLU_Config *theirs = xlu_cfg_init(fopen("/dev/null", "w"), "d.cfg");
	const struct cfg_setting *setting;
	struct cfg *ours;
	bool theirs_good;

	unit_context("%s", text);
	capture_init(&capture);
	ours = cfg_new(&capture.diag);
	theirs_good = !xlu_cfg_readdata(theirs, text, (int)strlen(text));
	EXPECT_EQ(!cfg_read_text(ours, "d.cfg", text, strlen(text)), theirs_good);
	for (setting = cfg_first(ours); theirs_good && setting; setting = setting->next) {
		XLU_ConfigList *list;
		const char *string;
		size_t i;

		if (setting->value->type != CFG_LIST) {
			ASSERT_EQ(xlu_cfg_get_string(theirs, setting->key, &string, 1), 0);
			EXPECT_STREQ(setting->value->string, string);
			continue;
		}
		ASSERT_EQ(xlu_cfg_get_list(theirs, setting->key, &list, NULL, 1), 0);
		for (i = 0; i < setting->value->nr_items; i++)
			expect_same_item(theirs, xlu_cfg_get_listitem2(list, (int)i),
					 setting->value->items[i]);
		EXPECT_NULL(xlu_cfg_get_listitem2(list, (int)i));
	}
	cfg_free(ours);
	xlu_cfg_destroy(theirs);
	unit_context("%s", "");
}

TEST(same_as_libxlutil)
{
	static const char *const texts[] = {
		"", "\n", ";", "a=1\n", "a=1", "a=1;b='2'\n", "a = \"x y\" # z\n", "a=0x1f\n",
		"a=1abc\n", "a=1x1\n", "a=1g\n", "a=b\n", "a=\n", "a\n", "=1\n", "a==1\n", "a=1 2\n",
		"a='x'\nb=\"y\"\n", "a='\\n\\t\\\\\\'\\\"'\n", "a='\\q'\n", "a='x\n'\n", "a='x\\\n'\n",
		"a='x\"y'\n", "a=\"x'y\"\n", "a=[]\n", "a=[ ]\n", "a=[1]\n", "a=[1,]\n", "a=[,]\n",
		"a=[1,,2]\n", "a=[1 2]\n", "a=[1\n,\n2\n]\n", "a=[\n# c\n'x',# d\n'y' # e\n]\n",
		"a=[[1,2],['x',[]]]\n", "a=[[]\n", "a=]\n", "a=[1]]\n", "a=1\na=2\n", "a='x'\na+='y'\n",
		"a+='y'\n", "a=[1]\na+=[2,3]\n", "a=[1]\na+='2'\n", "a='1'\na+=[2]\n", "a+ ='y'\n",
		"a=1;;;b=2\n", "a=1\n\n\n;b=2\n", "a_b1=1\n", "1a=1\n", "a=-1\n", "a=(1)\n",
		"a=1.5\n", "a:1\n", "a=[1];b=[2]\n", "a=[1]b=2\n", "a='x'y\n", "a=\"\xc3\xa4\"\n",
		"name=\"d\"\nmemory=256\nvif=['bridge=xenbr0,mac=00:16:3e:00:00:01']\ncpus=\"0-3,^2\"\n",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_same(texts[i]);
}

/* All short texts of a few tokens: whatever one takes, the other takes as well. */
TEST(same_as_libxlutil_for_all_short_texts)
{
	static const char *const tokens[] = {
		"a", "=", "1", "'s'", "[", "]", ",", "\n", ";", "+="
	};
	const size_t nr = sizeof(tokens) / sizeof(tokens[0]);
	size_t i;

	for (i = 0; i < nr * nr * nr * nr; i++) {
		char text[64];

		snprintf(text, sizeof(text), "a%s%s%s%s\n", tokens[i % nr], tokens[i / nr % nr],
			 tokens[i / nr / nr % nr], tokens[i / nr / nr / nr % nr]);
		expect_same(text);
	}
}
