// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl preflight --deep: the module enters a small guest on each CPU and says
 * how that went.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/msg.h"
#include "common/sysfs.h"
#include "host/preflight.h"
#include "host/vmxtext.h"

#define EXIT_REASON_ENTRY_FAILED	(1U << 31)

/* "CPUID", "exit 70", "none": what ended the guest. */
static void describe_exit(const struct xlhv_selfcheck *check, char *text, size_t size)
{
	const char *name = vmxtext_exit_reason(check->exit_reason);

	if (check->result == XLHV_CHECK_VMXON || check->result == XLHV_CHECK_VMCS ||
	    check->result == XLHV_CHECK_OFFLINE || check->instruction_error)
		snprintf(text, size, "-");
	else if (name)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "reason %u", check->exit_reason & 0xffff);
}

/* One sentence about a failure. */
static char *explain(const struct xlhv_selfcheck *check)
{
	const char *error = vmxtext_instruction_error(check->instruction_error);
	const char *what = vmxtext_check(check->result);
	char exit[48];

	describe_exit(check, exit, sizeof(exit));
	if (check->instruction_error)
		return msg_text("%s: VM-instruction error %u (%s)", what,
				check->instruction_error, error ? error : "unknown");
	if (check->exit_reason & EXIT_REASON_ENTRY_FAILED)
		return msg_text("%s: %s (qualification %#llx)", what, exit,
				(unsigned long long)check->exit_qualification);
	if (check->result == XLHV_CHECK_EXIT)
		return msg_text("%s: %s (reason %#x, qualification %#llx)", what, exit,
				check->exit_reason,
				(unsigned long long)check->exit_qualification);
	return msg_text("%s", what);
}

static struct json_object *describe(const struct xlhv_selfcheck *check, const char *text)
{
	struct json_object *entry = json_object_new_object();
	char exit[48];

	describe_exit(check, exit, sizeof(exit));
	json_object_object_add(entry, "cpu", json_object_new_int64(check->cpu));
	json_object_object_add(entry, "passed",
			       json_object_new_boolean(check->result == XLHV_CHECK_PASSED));
	json_object_object_add(entry, "text", json_object_new_string(text));
	json_object_object_add(entry, "result", json_object_new_int64(check->result));
	json_object_object_add(entry, "exit", json_object_new_string(exit));
	json_object_object_add(entry, "exit_reason", json_object_new_int64(check->exit_reason));
	json_object_object_add(entry, "exit_qualification",
			       json_object_new_uint64(check->exit_qualification));
	json_object_object_add(entry, "instruction_error",
			       json_object_new_int64(check->instruction_error));
	json_object_object_add(entry, "provider",
			       json_object_new_string(vmxtext_provider(check->provider)));
	json_object_object_add(entry, "ticks", json_object_new_uint64(check->ticks));
	return entry;
}

static void print_row(const struct xlhv_selfcheck *check, const char *text)
{
	char exit[48], ticks[24] = "-";

	describe_exit(check, exit, sizeof(exit));
	if (check->result == XLHV_CHECK_PASSED)
		snprintf(ticks, sizeof(ticks), "%llu", (unsigned long long)check->ticks);
	printf("%4u  %-9s  %-18s  %-8s  %10s\n", check->cpu,
	       check->result == XLHV_CHECK_PASSED ? "passed" :
	       check->result == XLHV_CHECK_OFFLINE ? "offline" : "FAILED", exit,
	       vmxtext_provider(check->provider), ticks);
	if (check->result != XLHV_CHECK_PASSED && check->result != XLHV_CHECK_OFFLINE)
		printf("      %s\n", text);
	fflush(stdout);
}

struct json_object *preflight_deep(struct preflight *p, unsigned int rounds, bool text)
{
	struct json_object *results = json_object_new_array();
	unsigned int tried = 0, failed = 0;
	struct sysfs_set online;

	if (!sysfs_set_read(&online, "/sys/devices/system/cpu/online")) {
		preflight_find(p, "deep", VERDICT_PROBLEM, "is /sys mounted?",
			       "/sys/devices/system/cpu/online cannot be read");
		return results;
	}
	if (text)
		printf("%4s  %-9s  %-18s  %-8s  %10s\n", "CPU", "Result", "Exit", "Through",
		       "Ticks");
	for (int cpu = sysfs_set_next(&online, 0); cpu >= 0;
	     cpu = sysfs_set_next(&online, cpu + 1)) {
		struct xlhv_selfcheck check = { .cpu = (unsigned int)cpu, .rounds = rounds };
		char *sentence;

		if (ioctl(p->fd, XLHV_SELFCHECK, &check)) {
			preflight_find(p, "deep", VERDICT_PROBLEM, errno == EBUSY ?
				       "another hypervisor holds VT-x: stop it" : "see 'dmesg'",
				       "CPU %d could not be tried: %s", cpu, strerror(errno));
			failed++;
			continue;
		}
		sentence = explain(&check);
		if (text)
			print_row(&check, sentence);
		json_object_array_add(results, describe(&check, sentence));
		/* A CPU that has just gone offline proves nothing. */
		if (check.result != XLHV_CHECK_OFFLINE)
			tried++;
		if (check.result != XLHV_CHECK_PASSED && check.result != XLHV_CHECK_OFFLINE) {
			failed++;
			preflight_find(p, "deep", VERDICT_PROBLEM, "see 'dmesg'", "CPU %d: %s",
				       cpu, sentence);
		}
		free(sentence);
	}
	sysfs_set_free(&online);
	if (text)
		putchar('\n');
	if (!failed && tried)
		preflight_find(p, "deep", VERDICT_OK, NULL,
			       "a guest ran and came back on %u CPU%s, %u time%s each", tried,
			       tried == 1 ? "" : "s", rounds, rounds == 1 ? "" : "s");
	return results;
}
