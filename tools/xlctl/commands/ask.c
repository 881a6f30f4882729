// SPDX-License-Identifier: GPL-2.0-only
/* What a domain is asked through XenStore; see ask.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "commands/ask.h"
#include "common/msg.h"
#include "store/store.h"

bool ask_write(struct xs_handle *xs, xs_transaction_t t, const char *path, const char *value)
{
	return xs_write(xs, t, path, value, (unsigned int)strlen(value));
}

struct xs_handle *ask_store(void)
{
	struct xs_handle *xs = store_connect();

	if (xs)
		return xs;
	if (errno == ENOENT || errno == ECONNREFUSED)
		msg_error("no XenStore daemon is running, so domains cannot be asked");
	else
		msg_error("XenStore: %s", store_error(errno));
	return NULL;
}

bool ask_seconds(const char *text, unsigned long *seconds)
{
	char *end;

	errno = 0;
	*seconds = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *seconds &&
	       *seconds <= ASK_MAX_SECONDS;
}
