// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cpuid= key.
 *
 * Both syntaxes of xl.cfg(5) end up as masks by leaf and register.  Names of
 * features come from Xen's public cpufeatureset.h when this is compiled, so a
 * newer libxen-dev brings its newer names along; the names that libxl 4.17 has
 * beside them, and fields wider than a bit, are listed here.
 */
#include "config/domain_cpuid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/msg.h"

struct cpuid_feature {
	const char *name;
	unsigned int index;	/* word * 32 + bit, as cpufeatureset.h counts */
};

#define XEN_CPUFEATURE(name, value)	{ #name, value },
static const struct cpuid_feature cpuid_features[] = {
#include <xen/arch-x86/cpufeatureset.h>
};

/* Where the words of a feature set are found. */
static const struct cpuid_word {
	uint32_t leaf;
	uint32_t subleaf;
	enum cpuid_reg reg;
} cpuid_words[] = {
	[0] = { 1, CPUID_ANY_SUBLEAF, CPUID_EDX },
	[1] = { 1, CPUID_ANY_SUBLEAF, CPUID_ECX },
	[2] = { 0x80000001, CPUID_ANY_SUBLEAF, CPUID_EDX },
	[3] = { 0x80000001, CPUID_ANY_SUBLEAF, CPUID_ECX },
	[4] = { 0xd, 1, CPUID_EAX },
	[5] = { 7, 0, CPUID_EBX },
	[6] = { 7, 0, CPUID_ECX },
	[7] = { 0x80000007, CPUID_ANY_SUBLEAF, CPUID_EDX },
	[8] = { 0x80000008, CPUID_ANY_SUBLEAF, CPUID_EBX },
	[9] = { 7, 0, CPUID_EDX },
	[10] = { 7, 1, CPUID_EAX },
	[11] = { 0x80000021, CPUID_ANY_SUBLEAF, CPUID_EAX },
	[12] = { 7, 1, CPUID_EBX },
	[13] = { 7, 2, CPUID_EDX },
	[14] = { 7, 1, CPUID_ECX },
	[15] = { 7, 1, CPUID_EDX },
	/* 16 and 17 are an MSR */
	[18] = { 0x80000021, CPUID_ANY_SUBLEAF, CPUID_ECX },
};

#define CPUID_NR_WORDS	(sizeof(cpuid_words) / sizeof(cpuid_words[0]))
#define CPUID_LEAF_MSR	0	/* of a word that no leaf has */

/* Fields, and names that cpufeatureset.h does not have. */
static const struct cpuid_field {
	const char *name;
	uint32_t leaf;
	uint32_t subleaf;
	enum cpuid_reg reg;
	unsigned int bit;
	unsigned int width;
} cpuid_fields[] = {
	{ "maxleaf", 0, CPUID_ANY_SUBLEAF, CPUID_EAX, 0, 32 },
	{ "stepping", 1, CPUID_ANY_SUBLEAF, CPUID_EAX, 0, 4 },
	{ "model", 1, CPUID_ANY_SUBLEAF, CPUID_EAX, 4, 8 },
	{ "family", 1, CPUID_ANY_SUBLEAF, CPUID_EAX, 8, 8 },
	{ "brandid", 1, CPUID_ANY_SUBLEAF, CPUID_EBX, 0, 8 },
	{ "clflush", 1, CPUID_ANY_SUBLEAF, CPUID_EBX, 8, 8 },
	{ "proccount", 1, CPUID_ANY_SUBLEAF, CPUID_EBX, 16, 8 },
	{ "localapicid", 1, CPUID_ANY_SUBLEAF, CPUID_EBX, 24, 8 },
	{ "procpkg", 4, 0, CPUID_EAX, 26, 6 },
	{ "nc", 0x80000008, CPUID_ANY_SUBLEAF, CPUID_ECX, 0, 8 },
	{ "apicidsize", 0x80000008, CPUID_ANY_SUBLEAF, CPUID_ECX, 12, 4 },
	{ "maxhvleaf", 0x40000000, CPUID_ANY_SUBLEAF, CPUID_EAX, 0, 8 },

	{ "arat", 6, CPUID_ANY_SUBLEAF, CPUID_EAX, 2, 1 },
	{ "est", 1, CPUID_ANY_SUBLEAF, CPUID_ECX, 7, 1 },
	{ "cntxid", 1, CPUID_ANY_SUBLEAF, CPUID_ECX, 10, 1 },
	{ "cmpxchg16", 1, CPUID_ANY_SUBLEAF, CPUID_ECX, 13, 1 },
	{ "cmpxchg8", 1, CPUID_ANY_SUBLEAF, CPUID_EDX, 8, 1 },
	{ "sysenter", 1, CPUID_ANY_SUBLEAF, CPUID_EDX, 11, 1 },
	{ "psn", 1, CPUID_ANY_SUBLEAF, CPUID_EDX, 18, 1 },
	{ "clfsh", 1, CPUID_ANY_SUBLEAF, CPUID_EDX, 19, 1 },
	{ "tm", 1, CPUID_ANY_SUBLEAF, CPUID_EDX, 29, 1 },
	{ "ia64", 1, CPUID_ANY_SUBLEAF, CPUID_EDX, 30, 1 },
	{ "cmt", 7, 0, CPUID_EBX, 12, 1 },
	{ "lahfsahf", 0x80000001, CPUID_ANY_SUBLEAF, CPUID_ECX, 0, 1 },
	{ "cmplegacy", 0x80000001, CPUID_ANY_SUBLEAF, CPUID_ECX, 1, 1 },
	{ "altmovcr8", 0x80000001, CPUID_ANY_SUBLEAF, CPUID_ECX, 4, 1 },
	{ "nodeid", 0x80000001, CPUID_ANY_SUBLEAF, CPUID_ECX, 19, 1 },
	{ "invtsc", 0x80000007, CPUID_ANY_SUBLEAF, CPUID_EDX, 8, 1 },
};

#define CPUID_NR_FIELDS		(sizeof(cpuid_fields) / sizeof(cpuid_fields[0]))
#define CPUID_NR_FEATURES	(sizeof(cpuid_features) / sizeof(cpuid_features[0]))

/* '-', '_' and '.' are one: sse4_1, sse4-1 and sse4.1 are all written. */
static bool cpuid_same_name(const char *name, const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < len && name[i]; i++) {
		char a = name[i];
		char b = word[i];

		if (a >= 'A' && a <= 'Z')
			a = (char)(a - 'A' + 'a');
		if (a == '_' || a == '.')
			a = '-';
		if (b == '_' || b == '.')
			b = '-';
		if (a != b)
			return false;
	}
	return i == len && !name[i];
}

/* Fields come first: "clflush" is the size of a line, "clfsh" the feature. */
static bool cpuid_find(const char *word, size_t len, struct cpuid_field *field)
{
	size_t i;

	for (i = 0; i < CPUID_NR_FIELDS; i++) {
		if (cpuid_same_name(cpuid_fields[i].name, word, len)) {
			*field = cpuid_fields[i];
			return true;
		}
	}
	for (i = 0; i < CPUID_NR_FEATURES; i++) {
		unsigned int word_nr = cpuid_features[i].index / 32;

		if (word_nr < CPUID_NR_WORDS && cpuid_words[word_nr].leaf != CPUID_LEAF_MSR &&
		    cpuid_same_name(cpuid_features[i].name, word, len)) {
			*field = (struct cpuid_field){
				.name = cpuid_features[i].name,
				.leaf = cpuid_words[word_nr].leaf,
				.subleaf = cpuid_words[word_nr].subleaf,
				.reg = cpuid_words[word_nr].reg,
				.bit = cpuid_features[i].index % 32,
				.width = 1,
			};
			return true;
		}
	}
	return false;
}

static struct cpuid_change *cpuid_change_get(struct cpuid_policy *policy, uint32_t leaf,
					     uint32_t subleaf)
{
	struct cpuid_change *changes;
	size_t i;

	for (i = 0; i < policy->nr; i++)
		if (policy->changes[i].leaf == leaf && policy->changes[i].subleaf == subleaf)
			return &policy->changes[i];

	changes = reallocarray(policy->changes, policy->nr + 1, sizeof(*changes));
	if (!changes)
		return NULL;
	policy->changes = changes;
	changes += policy->nr++;
	memset(changes, 0, sizeof(*changes));
	changes->leaf = leaf;
	changes->subleaf = subleaf;
	return changes;
}

/* Gives the bits of @mask one of the meanings 0, 1, x, k and s. */
static bool cpuid_bits_put(struct cpuid_bits *bits, uint32_t mask, char meaning)
{
	bits->set &= ~mask;
	bits->clear &= ~mask;
	bits->host &= ~mask;
	switch (meaning) {
	case '0':
		bits->clear |= mask;
		return true;
	case '1':
		bits->set |= mask;
		return true;
	case 'k':
	case 's':
		bits->host |= mask;
		return true;
	case 'x':
		return true;
	}
	return false;
}

static void cpuid_bits_put_number(struct cpuid_bits *bits, unsigned int bit, unsigned int width,
				  uint32_t number)
{
	unsigned int i;

	for (i = 0; i < width; i++)
		cpuid_bits_put(bits, UINT32_C(1) << (bit + i), (number >> i) & 1 ? '1' : '0');
}

/*
 * Family and model are each spread over two fields of leaf 1: a family of 15
 * and more goes on in the extended family, a model always in the extended model.
 */
static void cpuid_put_number(struct cpuid_bits *bits, const struct cpuid_field *field,
			     uint32_t number)
{
	if (!strcmp(field->name, "family")) {
		cpuid_bits_put_number(bits, 8, 4, number < 15 ? number : 15);
		cpuid_bits_put_number(bits, 20, 8, number < 15 ? 0 : number - 15);
	} else if (!strcmp(field->name, "model")) {
		cpuid_bits_put_number(bits, 4, 4, number & 15);
		cpuid_bits_put_number(bits, 16, 4, number >> 4);
	} else {
		cpuid_bits_put_number(bits, field->bit, field->width, number);
	}
}

static uint32_t cpuid_field_mask(const struct cpuid_field *field)
{
	if (!strcmp(field->name, "family"))
		return 0x0ff00f00;
	if (!strcmp(field->name, "model"))
		return 0x000f00f0;
	return (field->width < 32 ? (UINT32_C(1) << field->width) - 1 : UINT32_MAX) << field->bit;
}

static void cpuid_unknown(const struct cfg *cfg, const struct cfg_setting *setting,
			  const char *name)
{
	const char *near = msg_nearest(name, &cpuid_features[0].name, CPUID_NR_FEATURES,
				       sizeof(cpuid_features[0]));
	char lower[40];
	size_t i;

	if (!near)
		near = msg_nearest(name, &cpuid_fields[0].name, CPUID_NR_FIELDS,
				   sizeof(cpuid_fields[0]));
	for (i = 0; near && near[i] && i < sizeof(lower) - 1; i++) {
		lower[i] = near[i];
		if (near[i] >= 'A' && near[i] <= 'Z')
			lower[i] = (char)(near[i] - 'A' + 'a');
		else if (near[i] == '_')
			lower[i] = '-';
	}
	lower[i] = '\0';
	if (near)
		cfg_error_key(cfg, setting, "%s: no such CPU feature; is %s meant?", name, lower);
	else
		cfg_error_key(cfg, setting, "%s: no such CPU feature", name);
}

/* One "name=value" of the libxl syntax; @word is written to. */
static int cpuid_parse_word(struct cpuid_policy *policy, const struct cfg *cfg,
			    const struct cfg_setting *setting, char *word)
{
	char *value = strchr(word, '=');
	struct cpuid_field field;
	struct cpuid_change *change;
	unsigned long number;
	char *end;

	if (!value) {
		cfg_error_key(cfg, setting, "%s: expected FEATURE=VALUE", word);
		return -EINVAL;
	}
	*value++ = '\0';
	if (!cpuid_find(word, strlen(word), &field)) {
		cpuid_unknown(cfg, setting, word);
		return -EINVAL;
	}
	change = cpuid_change_get(policy, field.leaf, field.subleaf);
	if (!change)
		return -ENOMEM;

	if (value[0] && !value[1] && strchr(field.width == 1 ? "01xks" : "xks", value[0])) {
		cpuid_bits_put(&change->reg[field.reg], cpuid_field_mask(&field), value[0]);
		return 0;
	}
	if (field.width == 1) {
		cfg_error_key(cfg, setting, "%s=%s: expected 0, 1, x, k or s", word, value);
		return -EINVAL;
	}

	errno = 0;
	number = strtoul(value, &end, 0);
	if (errno || end == value || *end || *value == '-' ||
	    (field.width < 32 && number >> field.width) || number > UINT32_MAX) {
		cfg_error_key(cfg, setting, "%s=%s: expected x, k, s or a number of at most %u bits",
			      word, value, field.width);
		return -EINVAL;
	}
	cpuid_put_number(&change->reg[field.reg], &field, (uint32_t)number);
	return 0;
}

/* "host,sse3=0,..." */
static int cpuid_parse_libxl(struct cpuid_policy *policy, const struct cfg *cfg,
			     const struct cfg_setting *setting, const char *text)
{
	char *copy = strdup(text);
	char *save = NULL;
	char *word;
	int rc = 0;

	if (!copy)
		return -ENOMEM;
	word = strtok_r(copy, ",", &save);
	if (!word || strcmp(word, "host")) {
		cfg_error(cfg, setting, "expected \"host,FEATURE=VALUE,...\"");
		rc = -EINVAL;
	}
	while (!rc) {
		word = strtok_r(NULL, ",", &save);
		if (!word)
			break;
		rc = cpuid_parse_word(policy, cfg, setting, word + strspn(word, " "));
	}
	free(copy);
	return rc;
}

static bool cpuid_parse_number(const char **text, uint32_t *number)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(*text, &end, 0);
	if (errno || end == *text || **text == '-' || **text == '+' || value > UINT32_MAX)
		return false;
	*number = (uint32_t)value;
	*text = end;
	return true;
}

/* "1:ecx=xxxx...x0,edx=..." or "7,0:ebx=...", the syntax of xend */
static int cpuid_parse_xend(struct cpuid_policy *policy, const struct cfg *cfg,
			    const struct cfg_setting *setting, const char *text)
{
	uint32_t subleaf = CPUID_ANY_SUBLEAF;
	struct cpuid_change *change;
	const char *p = text;
	uint32_t leaf;

	if (!cpuid_parse_number(&p, &leaf) ||
	    (*p == ',' && (p++, !cpuid_parse_number(&p, &subleaf))) || *p != ':') {
		cfg_error_key(cfg, setting,
			      "\"%.40s\": expected \"LEAF:...\" or \"LEAF,SUBLEAF:...\"", text);
		return -EINVAL;
	}
	change = cpuid_change_get(policy, leaf, subleaf);
	if (!change)
		return -ENOMEM;

	do {
		struct cpuid_bits *bits;
		size_t i;

		p++;
		p += strspn(p, "\n ");
		if (p[0] != 'e' || p[1] < 'a' || p[1] > 'd' || p[2] != 'x' || p[3] != '=') {
			cfg_error_key(cfg, setting,
				      "\"%.40s\": expected eax=, ebx=, ecx= or edx=", p);
			return -EINVAL;
		}
		bits = &change->reg[p[1] - 'a'];
		p += 4;
		for (i = 0; i < 32; i++)
			if (!p[i] || !cpuid_bits_put(bits, UINT32_C(1) << (31 - i), p[i]))
				break;
		if (i < 32 || (p[32] && p[32] != ',')) {
			cfg_error_key(cfg, setting,
				      "\"%.40s\": expected 32 characters of 0, 1, x, k and s", p);
			return -EINVAL;
		}
		p += 32;
	} while (*p);
	return 0;
}

int cpuid_policy_parse(struct cpuid_policy *policy, const struct cfg *cfg,
		       const struct cfg_setting *setting)
{
	const struct cfg_value *value = setting->value;
	size_t i;
	int rc;

	if (value->type != CFG_LIST)
		return cpuid_parse_libxl(policy, cfg, setting, value->string);

	for (i = 0; i < value->nr_items; i++) {
		if (value->items[i]->type == CFG_LIST) {
			cfg_error(cfg, setting, "expected a list of strings");
			return -EINVAL;
		}
		rc = cpuid_parse_xend(policy, cfg, setting, value->items[i]->string);
		if (rc)
			return rc;
	}
	return 0;
}

void cpuid_policy_free(struct cpuid_policy *policy)
{
	free(policy->changes);
	policy->changes = NULL;
	policy->nr = 0;
}

void cpuid_bits_text(const struct cpuid_bits *bits, char text[33])
{
	unsigned int i;

	for (i = 0; i < 32; i++) {
		uint32_t mask = UINT32_C(1) << (31 - i);

		text[i] = 'x';
		if (bits->set & mask)
			text[i] = '1';
		else if (bits->clear & mask)
			text[i] = '0';
		else if (bits->host & mask)
			text[i] = 'k';
	}
	text[32] = '\0';
}
