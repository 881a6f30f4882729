// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of /proc, /sys and /dev, on this machine or below a folder that holds
 * another one's, and the lists of CPUs that are written in them.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/sysfs.h"

static const char *sysfs_root = "";

void sysfs_set_root(const char *root)
{
	sysfs_root = root ? root : "";
}

bool sysfs_is_here(void)
{
	return !*sysfs_root;
}

__attribute__((format(printf, 1, 0)))
static char *sysfs_vpath(const char *format, va_list args)
{
	char *path, *whole;

	if (vasprintf(&path, format, args) < 0)
		msg_out_of_memory();
	whole = msg_text("%s%s", sysfs_root, path);
	free(path);
	return whole;
}

char *sysfs_path(const char *format, ...)
{
	va_list args;
	char *path;

	va_start(args, format);
	path = sysfs_vpath(format, args);
	va_end(args);
	return path;
}

bool sysfs_exists(const char *format, ...)
{
	va_list args;
	char *path;
	bool exists;

	va_start(args, format);
	path = sysfs_vpath(format, args);
	va_end(args);
	exists = !access(path, F_OK);
	free(path);
	return exists;
}

__attribute__((format(printf, 1, 0)))
static FILE *sysfs_vopen(const char *format, va_list args)
{
	char *path = sysfs_vpath(format, args);
	FILE *stream = fopen(path, "re");
	int error = errno;

	free(path);
	errno = error;
	return stream;
}

FILE *sysfs_open(const char *format, ...)
{
	va_list args;
	FILE *stream;

	va_start(args, format);
	stream = sysfs_vopen(format, args);
	va_end(args);
	return stream;
}

__attribute__((format(printf, 3, 0)))
static bool sysfs_vline(char *line, size_t size, const char *format, va_list args)
{
	FILE *stream = sysfs_vopen(format, args);
	bool good;

	line[0] = '\0';
	if (!stream)
		return false;
	good = fgets(line, (int)size, stream) || !ferror(stream);
	fclose(stream);
	line[strcspn(line, "\n")] = '\0';
	return good;
}

bool sysfs_line(char *line, size_t size, const char *format, ...)
{
	va_list args;
	bool good;

	va_start(args, format);
	good = sysfs_vline(line, size, format, args);
	va_end(args);
	return good;
}

bool sysfs_number(long long *value, const char *format, ...)
{
	char line[32], *end;
	long long number;
	va_list args;
	bool good;

	va_start(args, format);
	good = sysfs_vline(line, sizeof(line), format, args);
	va_end(args);
	if (!good)
		return false;
	errno = 0;
	number = strtoll(line, &end, 0);
	if (errno || end == line || (*end && !isspace((unsigned char)*end)))
		return false;
	*value = number;
	return true;
}

bool sysfs_meminfo(uint64_t *kib, const char *field)
{
	FILE *stream = sysfs_open("/proc/meminfo");
	size_t length = strlen(field);
	bool found = false;
	char line[128];

	while (stream && !found && fgets(line, sizeof(line), stream)) {
		if (strncmp(line, field, length) || line[length] != ':')
			continue;
		*kib = strtoull(line + length + 1, NULL, 10);
		found = true;
	}
	if (stream)
		fclose(stream);
	return found;
}

bool sysfs_free_memory(uint64_t *kib)
{
	long long reserve;

	if (!sysfs_meminfo(kib, "MemAvailable"))
		return false;
	if (sysfs_number(&reserve, "/sys/module/xlhv/parameters/host_reserve_mib"))
		*kib -= *kib / 1024 > (uint64_t)reserve ? (uint64_t)reserve * 1024 : *kib;
	return true;
}

static int sysfs_set_put(struct sysfs_set *set, unsigned long number, bool in)
{
	size_t byte = number / 8;

	if (byte >= set->bytes) {
		size_t bytes = byte + 64;
		unsigned char *bits = realloc(set->bits, bytes);

		if (!bits)
			msg_out_of_memory();
		memset(bits + set->bytes, 0, bytes - set->bytes);
		set->bits = bits;
		set->bytes = bytes;
	}
	if (in)
		set->bits[byte] |= (unsigned char)(1U << number % 8);
	else
		set->bits[byte] &= (unsigned char)~(1U << number % 8);
	return 0;
}

/* One number; moves @text behind it. */
static int sysfs_set_digits(const char **text, unsigned long *number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	errno = 0;
	*number = strtoul(*text, &end, 10);
	*text = end;
	return errno || *number >= SYSFS_SET_MAX ? -ERANGE : 0;
}

int sysfs_set_parse(struct sysfs_set *set, const char *text)
{
	int error = 0;

	memset(set, 0, sizeof(*set));
	while (!error) {
		unsigned long first, last;
		bool in = *text != '^';

		if (!in)
			text++;
		error = sysfs_set_digits(&text, &first);
		last = first;
		if (!error && *text == '-') {
			text++;
			error = sysfs_set_digits(&text, &last);
			if (!error && last < first)
				error = -ERANGE;
		}
		for (unsigned long i = first; !error && i <= last; i++)
			error = sysfs_set_put(set, i, in);
		if (error || !*text)
			break;
		if (*text++ != ',')
			error = -EINVAL;
	}
	if (error)
		sysfs_set_free(set);
	return error;
}

bool sysfs_set_read(struct sysfs_set *set, const char *format, ...)
{
	char line[4096];
	va_list args;
	bool good;

	va_start(args, format);
	good = sysfs_vline(line, sizeof(line), format, args);
	va_end(args);
	memset(set, 0, sizeof(*set));
	/* An empty line is the kernel's way to write an empty set. */
	return good && (!*line || !sysfs_set_parse(set, line));
}

void sysfs_set_free(struct sysfs_set *set)
{
	free(set->bits);
	memset(set, 0, sizeof(*set));
}

bool sysfs_set_has(const struct sysfs_set *set, unsigned int number)
{
	return number / 8 < set->bytes && set->bits[number / 8] >> number % 8 & 1;
}

unsigned int sysfs_set_count(const struct sysfs_set *set)
{
	unsigned int count = 0;

	for (size_t i = 0; i < set->bytes; i++)
		count += (unsigned int)__builtin_popcount(set->bits[i]);
	return count;
}

int sysfs_set_next(const struct sysfs_set *set, int from)
{
	for (unsigned int i = from < 0 ? 0 : (unsigned int)from; i < set->bytes * 8; i++)
		if (sysfs_set_has(set, i))
			return (int)i;
	return -1;
}

int sysfs_set_last(const struct sysfs_set *set)
{
	for (size_t i = set->bytes * 8; i > 0; i--)
		if (sysfs_set_has(set, (unsigned int)(i - 1)))
			return (int)(i - 1);
	return -1;
}
