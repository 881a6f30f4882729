// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known of a domain as xl writes it; see dom.h.
 */
#include <stdint.h>
#include <stdio.h>
#include <uuid/uuid.h>

#include <xen/xen.h>
#include <xen/sched.h>

#include "module/dom.h"

void dom_uuid_text(const uint8_t *uuid, char text[37])
{
	uuid_unparse_lower(uuid, text);
}

char dom_shutdown_letter(uint32_t reason)
{
	/* By number: power off, reboot, suspend, crash, watchdog, soft reset. */
	static const char letters[] = "-rscwS";

	if (reason == XLHV_NO_REASON)
		return '-';
	return reason < sizeof(letters) - 1 ? letters[reason] : '?';
}

const char *dom_shutdown_name(uint32_t reason)
{
	switch (reason) {
	case SHUTDOWN_poweroff:
		return "poweroff";
	case SHUTDOWN_reboot:
		return "reboot";
	case SHUTDOWN_suspend:
		return "suspend";
	case SHUTDOWN_crash:
		return "crash";
	case SHUTDOWN_watchdog:
		return "watchdog";
	case SHUTDOWN_soft_reset:
		return "soft-reset";
	default:
		return "unknown";
	}
}

void dom_state_text(const struct xlhv_dom_info *info, char text[7])
{
	text[0] = info->flags & XLHV_DOM_RUNNING ? 'r' : '-';
	text[1] = info->flags & XLHV_DOM_BLOCKED ? 'b' : '-';
	text[2] = info->flags & XLHV_DOM_PAUSED ? 'p' : '-';
	text[3] = info->flags & XLHV_DOM_SHUTDOWN ? 's' : '-';
	text[4] = info->flags & XLHV_DOM_SHUTDOWN ? dom_shutdown_letter(info->shutdown_reason) :
						    '-';
	text[5] = info->flags & XLHV_DOM_DYING ? 'd' : '-';
	text[6] = '\0';
}

struct json_object *dom_seconds(uint64_t ns)
{
	char text[40];

	snprintf(text, sizeof(text), "%llu.%09llu", (unsigned long long)ns / 1000000000,
		 (unsigned long long)ns % 1000000000);
	return json_object_new_double_s((double)ns / 1e9, text);
}
