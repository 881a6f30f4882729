/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XLCTL_SYSFS_H
#define XLCTL_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * sysfs_set_root - look below a folder instead of at this machine's own files
 * @root: the folder that holds proc, sys, dev; NULL for this machine
 */
void sysfs_set_root(const char *root);

/**
 * sysfs_is_here - whether files are this machine's own
 */
bool sysfs_is_here(void);

/**
 * sysfs_path - the place of a file below the root
 * @format: absolute path, as for printf
 *
 * Returns a string to be freed by the caller.
 */
char *sysfs_path(const char *format, ...) __attribute__((format(printf, 1, 2), malloc));

/**
 * sysfs_exists - whether there is a file
 * @format: absolute path, as for printf
 */
bool sysfs_exists(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * sysfs_open - open a text file for reading
 * @format: absolute path, as for printf
 *
 * Returns a stream, or NULL with errno set.
 */
FILE *sysfs_open(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * sysfs_line - first line of a file, without its newline
 * @line: where it goes; an empty string on error
 * @size: of @line, bytes; the rest of a longer line is dropped
 * @format: absolute path, as for printf
 *
 * Returns true if the file could be read.
 */
bool sysfs_line(char *line, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * sysfs_number - a file that holds one decimal or 0x... number
 * @value: where it goes; untouched on error
 * @format: absolute path, as for printf
 *
 * Returns true if the file could be read and holds a number.
 */
bool sysfs_number(long long *value, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * sysfs_meminfo - a field of /proc/meminfo
 * @kib: where it goes, KiB; untouched on error
 * @field: its name, such as "MemAvailable"
 *
 * Returns true if there is such a field.
 */
bool sysfs_meminfo(uint64_t *kib, const char *field);

/**
 * sysfs_free_memory - what domains could get
 * @kib: receives it
 *
 * What the kernel has available, less what the module keeps for the host.
 *
 * Returns whether it is known.
 */
bool sysfs_free_memory(uint64_t *kib);

/* A set of CPUs or nodes, as the kernel lists them: "0-3,8". */
struct sysfs_set {
	size_t bytes;
	unsigned char *bits;
};

/* The kernel's largest NR_CPUS is 8192; a number beyond is no CPU. */
#define SYSFS_SET_MAX	65536

/**
 * sysfs_set_parse - read a list such as "0-3,8,^2"
 * @set: the result; to be freed by sysfs_set_free()
 * @text: numbers and ranges, separated by commas; '^' takes away again
 *
 * Returns 0; -EINVAL for text that is no list; -ERANGE for a number of
 * SYSFS_SET_MAX or more, or a range that runs backwards. The set is empty then.
 */
int sysfs_set_parse(struct sysfs_set *set, const char *text);

/**
 * sysfs_set_read - the list that a file holds
 * @set: the result; empty on error; to be freed by sysfs_set_free()
 * @format: absolute path, as for printf
 *
 * Returns true if the file could be read and holds a list.
 */
bool sysfs_set_read(struct sysfs_set *set, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void sysfs_set_free(struct sysfs_set *set);

/**
 * sysfs_set_has - whether a number is in a set
 */
bool sysfs_set_has(const struct sysfs_set *set, unsigned int number);

/**
 * sysfs_set_count - how many numbers are in a set
 */
unsigned int sysfs_set_count(const struct sysfs_set *set);

/**
 * sysfs_set_next - first member at or after a number
 * @set: where to look
 * @from: where to begin
 *
 * Returns the member, or -1 if there is none.
 */
int sysfs_set_next(const struct sysfs_set *set, int from);

/**
 * sysfs_set_last - largest member, -1 for an empty set
 */
int sysfs_set_last(const struct sysfs_set *set);

#endif /* XLCTL_SYSFS_H */
