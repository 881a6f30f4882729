/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XLCTL_PREFLIGHT_H
#define XLCTL_PREFLIGHT_H

#include <stdbool.h>

#include <json-c/json.h>
#include <xlhv.h>

#include "host/holders.h"
#include "host/hostcpu.h"
#include "module/device.h"

enum verdict {
	VERDICT_OK,
	VERDICT_NOTE,		/* good to know */
	VERDICT_WARNING,	/* may fail, or fails for this user */
	VERDICT_PROBLEM,	/* no domain runs until this is solved */
};

/**
 * struct preflight - what is known of the host, and the findings so far
 * @cpu: its CPUs
 * @holders: others that use VT-x
 * @device: state of the module's device
 * @fd: the device, -1 unless @device is DEVICE_READY
 * @version: of the module
 * @info: from the module; valid if @has_info
 * @has_info: the module was asked
 * @why: what is wrong with the device, NULL if nothing
 * @advice: what to do about it
 * @checks: JSON array of findings
 * @problems: findings with VERDICT_PROBLEM
 * @warnings: findings with VERDICT_WARNING
 */
struct preflight {
	struct hostcpu cpu;
	struct holders holders;
	enum device_state device;
	int fd;
	struct xlhv_version version;
	struct xlhv_info info;
	bool has_info;
	char *why;
	const char *advice;
	struct json_object *checks;
	unsigned int problems;
	unsigned int warnings;
};

/**
 * preflight_find - note a finding
 * @p: where
 * @name: of the check, for scripts: lower case and '_'
 * @verdict: how bad it is
 * @advice: what to do about it, NULL if nothing
 * @format: what was found, as for printf
 */
void preflight_find(struct preflight *p, const char *name, enum verdict verdict,
		    const char *advice, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* preflight_cpu.c: processor and VT-x */
void preflight_cpu(struct preflight *p);

/* preflight_host.c: who holds VT-x, kernel, memory, module, device */
void preflight_host(struct preflight *p);

/**
 * preflight_deep - enter a guest on every CPU
 * @p: with a usable device
 * @rounds: entries on each CPU
 * @text: print a table as it goes
 *
 * Returns a JSON array of results; failures are noted as findings.
 */
struct json_object *preflight_deep(struct preflight *p, unsigned int rounds, bool text);

#endif /* XLCTL_PREFLIGHT_H */
