// SPDX-License-Identifier: GPL-2.0-only
/* Findings of the preflight. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/msg.h"
#include "host/preflight.h"

static const char *const verdict_names[] = {
	[VERDICT_OK] = "ok",
	[VERDICT_NOTE] = "note",
	[VERDICT_WARNING] = "warning",
	[VERDICT_PROBLEM] = "problem",
};

void preflight_find(struct preflight *p, const char *name, enum verdict verdict,
		    const char *advice, const char *format, ...)
{
	struct json_object *check = json_object_new_object();
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		msg_out_of_memory();
	va_end(args);
	json_object_object_add(check, "name", json_object_new_string(name));
	json_object_object_add(check, "status", json_object_new_string(verdict_names[verdict]));
	json_object_object_add(check, "text", json_object_new_string(text));
	if (advice)
		json_object_object_add(check, "advice", json_object_new_string(advice));
	json_object_array_add(p->checks, check);
	p->problems += verdict == VERDICT_PROBLEM;
	p->warnings += verdict == VERDICT_WARNING;
	free(text);
}
