// SPDX-License-Identifier: GPL-2.0-only
/* Rates of packets; see vif_rate.h. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"
#include "config/vif_rate.h"

#define DIGITS		"0123456789"

#define DEFAULT_INTERVAL_US	50000U
#define US_PER_SECOND		1000000ULL

/* Slower than this, one packet would take a minute. */
#define MIN_RATE	1000U

#define SYNTAX	"expected a number with B, KB, MB, GB, b, Kb, Mb or Gb and \"/s\", perhaps with \"@\" and a number of us, ms or s"

/* A number, and what comes after it.  Return: whether there is one of at most 12 digits. */
static bool read_number(const char **text, uint64_t *number)
{
	size_t length = strspn(*text, DIGITS);

	if (!length || length > 12)
		return false;
	*number = strtoull(*text, NULL, 10);
	*text += length;
	return true;
}

static bool read_unit(const char **text, uint64_t *number)
{
	static const char letters[] = "KMG";
	const char *letter = **text ? strchr(letters, **text) : NULL;

	if (letter) {
		/* At most a million millions, which leaves room for this. */
		for (const char *l = letters; l <= letter; l++) {
			if (*number > UINT64_MAX / 1000)
				return false;
			*number *= 1000;
		}
		(*text)++;
	}
	if (**text == 'b')
		*number /= 8;
	else if (**text != 'B')
		return false;
	(*text)++;
	return true;
}

static bool read_interval(const char *text, uint64_t *us)
{
	if (!read_number(&text, us))
		return false;
	if (!strcmp(text, "s"))
		*us *= US_PER_SECOND;
	else if (!strcmp(text, "ms"))
		*us *= 1000;
	else if (*text && strcmp(text, "us"))
		return false;
	return true;
}

const char *vif_rate_parse(const char *text, struct vif_rate *rate)
{
	uint64_t bytes, us = DEFAULT_INTERVAL_US;

	memset(rate, 0, sizeof(*rate));
	if (!read_number(&text, &bytes) || !read_unit(&text, &bytes) || strncmp(text, "/s", 2))
		return SYNTAX;
	text += 2;
	if (*text && (*text != '@' || !read_interval(text + 1, &us)))
		return SYNTAX;
	if (bytes < MIN_RATE)
		return "expected at least 1KB/s";
	if (!us || us > UINT32_MAX)
		return "expected an interval from 1us to 4294s";
	if (bytes > UINT64_MAX / us || bytes * us / US_PER_SECOND > UINT32_MAX)
		return "more than 4 GB in an interval";
	rate->bytes_per_second = bytes;
	rate->interval_us = (uint32_t)us;
	return NULL;
}

uint64_t vif_rate_credit(const struct vif_rate *rate)
{
	return rate->bytes_per_second * rate->interval_us / US_PER_SECOND;
}

char *vif_rate_text(const struct vif_rate *rate)
{
	return msg_text("%" PRIu64 "B/s@%" PRIu32 "us", rate->bytes_per_second, rate->interval_us);
}
