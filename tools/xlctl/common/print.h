/* SPDX-License-Identifier: GPL-2.0-only */
/* print - JSON for people and programs */
#ifndef XLCTL_PRINT_H
#define XLCTL_PRINT_H

#include <stdio.h>

struct json_object;

/*
 * What a terminal would obey is escaped in these, also where JSON would allow
 * it; bytes that are no UTF-8 become U+FFFD.
 */

/**
 * print_json_pretty - print an object, to be read by people too
 * @stream: where to
 * @object: what
 */
void print_json_pretty(FILE *stream, struct json_object *object);

/**
 * print_json_line - print an object on one line
 * @stream: where to
 * @object: what
 */
void print_json_line(FILE *stream, struct json_object *object);

#endif /* XLCTL_PRINT_H */
