// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration that is kept with a domain, and what others want of it; see dom.h.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "common/msg.h"
#include "module/dom.h"

struct json_object *dom_userdata(int domain)
{
	struct xlhv_userdata arg = { .len = XLHV_MAX_USERDATA };
	struct json_object *config = NULL;
	char *text = calloc(1, XLHV_MAX_USERDATA + 1);

	if (!text)
		msg_out_of_memory();
	arg.buffer = (uint64_t)(uintptr_t)text;
	if (!ioctl(domain, XLHV_DOM_USERDATA_GET, &arg) && arg.len)
		config = json_tokener_parse(text);
	free(text);
	return config;
}

struct json_object *dom_build_info(struct json_object *config)
{
	struct json_object *info;

	return json_object_object_get_ex(config, "b_info", &info) ? info : NULL;
}

unsigned int dom_vcpus_kept(int domain)
{
	struct json_object *config = dom_userdata(domain);
	struct json_object *vcpus;
	unsigned int nr = 0;

	if (config && json_object_object_get_ex(dom_build_info(config), "avail_vcpus", &vcpus) &&
	    json_object_is_type(vcpus, json_type_array))
		nr = (unsigned int)json_object_array_length(vcpus);
	json_object_put(config);
	return nr;
}

uint64_t dom_memory_kept(int domain)
{
	struct json_object *config = dom_userdata(domain);
	struct json_object *kib;
	int64_t value = 0;

	if (config && json_object_object_get_ex(dom_build_info(config), "target_memkb", &kib))
		value = json_object_get_int64(kib);
	json_object_put(config);
	return value > 0 ? (uint64_t)value : 0;
}

int dom_set_userdata(int domain, struct json_object *config)
{
	size_t length;
	const char *text = json_object_to_json_string_length(config, JSON_C_TO_STRING_PLAIN |
							     JSON_C_TO_STRING_NOSLASHESCAPE,
							     &length);
	struct xlhv_userdata arg = { .buffer = (uint64_t)(uintptr_t)text };

	if (length > XLHV_MAX_USERDATA) {
		msg_error("the configuration is too large to be saved with the domain");
		return -1;
	}
	arg.len = (uint32_t)length;
	if (ioctl(domain, XLHV_DOM_USERDATA_SET, &arg))
		return dom_report(domain, errno,
				  "the configuration cannot be saved with the domain");
	return 0;
}
