/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_STRING_H
#define UNIT_SHIM_LINUX_STRING_H

#include_next <linux/string.h>

#include <linux/types.h>
#include <string.h>
#include <strings.h>

ssize_t strscpy(char *dest, const char *src, size_t size);
void *memchr_inv(const void *start, int c, size_t size);
int match_string(const char *const *array, size_t n, const char *string);

#define memzero_explicit(s, n)	explicit_bzero(s, n)

#endif /* UNIT_SHIM_LINUX_STRING_H */
