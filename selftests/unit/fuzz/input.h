/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The input of a fuzz target, eaten as it comes: zeros when nothing is left. A target that has a
 * page in common with the guest may have it between guards, which nobody may write to.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <linux/kernel.h>
#include <linux/types.h>

#include <stdlib.h>
#include <string.h>

#define GUARD_BYTES	64

/* libFuzzer's name for what a target does with one input. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static const u8 *input;
static size_t left;

static inline void input_begin(const u8 *data, size_t size)
{
	input = data;
	left = size;
}

static inline u8 eat(void)
{
	if (!left)
		return 0;
	left--;
	return *input++;
}

static inline void eat_into(void *to, size_t len)
{
	size_t n = min(len, left);

	memset(to, 0, len);
	memcpy(to, input, n);
	input += n;
	left -= n;
}

struct guarded_page {
	u8 before[GUARD_BYTES];
	u8 page[4096];
	u8 after[GUARD_BYTES];
} __aligned(GUARD_BYTES);

static inline void guarded_page_begin(struct guarded_page *g)
{
	memset(g, 0, sizeof(*g));
}

static inline void guarded_page_check(const struct guarded_page *g)
{
	unsigned int i;

	for (i = 0; i < GUARD_BYTES; i++)
		if (g->before[i] || g->after[i])
			abort();
}

#endif /* FUZZ_INPUT_H */
