// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cpus= key.
 *
 * A list of xl.cfg(5) also speaks of "all" CPUs and of NUMA nodes.  It is
 * spelled out as a list of plain numbers, in the order it was written, since
 * "1,node:1,^6" means to take CPU 6 away at the end.
 */
#include "config/domain_cpus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPUS_PRESENT	"/sys/devices/system/cpu/present"
#define CPUS_OF_NODE	"/sys/devices/system/node/node%lu/cpulist"
/* More than the nodes of any host, and what keeps a mistyped range short. */
#define NODES_MAX	4096UL

static bool cpus_take_prefix(const char **text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*text, prefix, len))
		return false;
	*text += len;
	return true;
}

/* Reads "N" or "N-M" and nothing else. */
static bool cpus_parse_range(const char *text, unsigned long *first, unsigned long *last)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*first = strtoul(text, &end, 10);
	*last = *first;
	if (*end == '-') {
		text = end + 1;
		if (*text < '0' || *text > '9')
			return false;
		*last = strtoul(text, &end, 10);
	}
	return !*end && *first <= *last && *last < SYSFS_SET_MAX;
}

/* Appends the CPUs that a file lists, each with "^" before it if @taken away. */
static bool cpus_add_file(FILE *out, bool taken, const char *path)
{
	struct sysfs_set set;
	int cpu;

	if (!sysfs_set_read(&set, "%s", path))
		return false;
	for (cpu = sysfs_set_next(&set, 0); cpu >= 0; cpu = sysfs_set_next(&set, cpu + 1))
		fprintf(out, ",%s%d", taken ? "^" : "", cpu);
	sysfs_set_free(&set);
	return true;
}

/* Spells out one element of a list. */
static int cpus_add_word(FILE *out, const char *word, char *why, size_t size)
{
	const char *text = word;
	unsigned long first, last;
	bool taken = cpus_take_prefix(&text, "^");
	bool nodes = cpus_take_prefix(&text, "nodes:") || cpus_take_prefix(&text, "node:");

	if (!strcmp(text, "all")) {
		if (taken) {
			snprintf(why, size, "%s would leave no CPU", word);
			return -EINVAL;
		}
		if (!cpus_add_file(out, false, CPUS_PRESENT)) {
			snprintf(why, size, "%s: %s cannot be read", word, CPUS_PRESENT);
			return -EINVAL;
		}
		return 0;
	}
	if (!cpus_parse_range(text, &first, &last) || (nodes && last >= NODES_MAX)) {
		snprintf(why, size, "%.40s: expected CPUs such as 0-3,^2, node:N or all", word);
		return -EINVAL;
	}
	if (!nodes) {
		fprintf(out, ",%s%lu-%lu", taken ? "^" : "", first, last);
		return 0;
	}
	for (; first <= last; first++) {
		char path[64];

		snprintf(path, sizeof(path), CPUS_OF_NODE, first);
		if (!cpus_add_file(out, taken, path)) {
			snprintf(why, size, "%.40s: this host has no NUMA node %lu", word, first);
			return -EINVAL;
		}
	}
	return 0;
}

static int cpus_check(const struct sysfs_set *set, const char *text, char *why, size_t size)
{
	struct sysfs_set present;
	int rc = 0;
	int cpu;

	if (!sysfs_set_count(set)) {
		snprintf(why, size, "%.40s names no CPU", *text ? text : "an empty list");
		return -EINVAL;
	}
	if (!sysfs_set_read(&present, "%s", CPUS_PRESENT))
		return 0;
	for (cpu = sysfs_set_next(set, 0); cpu >= 0 && !rc; cpu = sysfs_set_next(set, cpu + 1)) {
		if (!sysfs_set_has(&present, (unsigned int)cpu)) {
			snprintf(why, size, "this host has no CPU %d, the last is %d", cpu,
				 sysfs_set_last(&present));
			rc = -EINVAL;
		}
	}
	sysfs_set_free(&present);
	return rc;
}

int domain_cpu_list_parse(struct sysfs_set *set, const char *text, char *why, size_t size)
{
	char *words = strdup(text);
	char *plain = NULL;
	size_t plain_len;
	char *save = NULL;
	FILE *out = NULL;
	char *word;
	int rc = -ENOMEM;

	memset(set, 0, sizeof(*set));
	if (!words)
		return rc;
	out = open_memstream(&plain, &plain_len);
	if (!out)
		goto out;

	rc = 0;
	for (word = strtok_r(words, ", ", &save); word && !rc; word = strtok_r(NULL, ", ", &save))
		rc = cpus_add_word(out, word, why, size);
	if (fclose(out) && !rc)
		rc = -ENOMEM;
	/* The first character is a comma. */
	if (!rc && plain_len && sysfs_set_parse(set, plain + 1)) {
		snprintf(why, size, "%.40s: expected CPUs such as 0-3,^2, node:N or all", text);
		rc = -EINVAL;
	}
	if (!rc)
		rc = cpus_check(set, text, why, size);
	if (rc)
		sysfs_set_free(set);

out:
	free(plain);
	free(words);
	return rc;
}

int domain_affinity_parse(struct domain_affinity *affinity, const struct cfg *cfg,
			  const struct cfg_setting *setting, unsigned int max_vcpus)
{
	const struct cfg_value *value = setting->value;
	char why[128];
	unsigned int i;

	affinity->cpus = calloc(max_vcpus, sizeof(*affinity->cpus));
	if (!affinity->cpus)
		return -ENOMEM;
	affinity->nr = max_vcpus;

	if (value->type == CFG_LIST && value->nr_items > max_vcpus)
		cfg_warning(cfg, setting, "lists %zu vCPUs, but there are %u", value->nr_items,
			    max_vcpus);
	for (i = 0; i < max_vcpus; i++) {
		const struct cfg_value *item = value;
		int rc;

		if (value->type == CFG_LIST) {
			if (i >= value->nr_items)
				break;
			item = value->items[i];
			if (item->type == CFG_LIST) {
				cfg_error(cfg, setting, "expected CPUs, or a list of CPUs by vCPU");
				return -EINVAL;
			}
		}
		rc = domain_cpu_list_parse(&affinity->cpus[i], item->string, why, sizeof(why));
		if (rc) {
			if (rc == -EINVAL)
				cfg_error(cfg, setting, "%s", why);
			return rc;
		}
	}
	return 0;
}

void domain_affinity_free(struct domain_affinity *affinity)
{
	unsigned int i;

	for (i = 0; i < affinity->nr; i++)
		sysfs_set_free(&affinity->cpus[i]);
	free(affinity->cpus);
	affinity->cpus = NULL;
	affinity->nr = 0;
}
