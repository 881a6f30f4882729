// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domain configurations: the text of a file, and behind a NUL byte a word of the
 * command line.
 */
#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/domain_config.h"
#include "common/sysfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *ctx, enum diag_level level, const char *text)
{
	(void)level;
	/* A message is one line for a terminal. */
	if (!*text || strpbrk(text, "\n\r\033"))
		abort();
	++*(unsigned int *)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *word = memchr(data, 0, size);
	unsigned int messages = 0;
	struct diag diag = { .emit = count, .ctx = &messages };
	struct domain_config config;
	struct cfg *cfg = cfg_new(&diag);
	int rc;

	sysfs_set_root("/nonexistent");
	rc = cfg_read_text(cfg, "fuzz", (const char *)data, word ? (size_t)(word - data) : size);
	if (word) {
		size_t len = size - (size_t)(word + 1 - data);
		char *copy = calloc(1, len + 1);

		memcpy(copy, word + 1, len);
		cfg_override(cfg, copy);
		free(copy);
	}
	if (rc && !diag.errors)
		abort();

	diag.errors = 0;
	rc = domain_config_load(&config, cfg, "fuzz");
	if (!rc != !diag.errors)
		abort();
	if (!rc) {
		struct json_object *object = domain_config_json(&config);

		if (!config.name || !config.kernel || !config.memory_mib || !config.vcpus ||
		    config.vcpus > config.max_vcpus || config.maxmem_mib < config.memory_mib ||
		    !object || !json_object_to_json_string(object))
			abort();
		json_object_put(object);
	}
	domain_config_free(&config);
	cfg_free(cfg);
	return 0;
}
