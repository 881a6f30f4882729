/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ended - what stays of a domain that has ended: its log, and the last 64 KiB of its console
 * and serial port
 *
 * Kept by name, in memory of the host (run_dir.h), for a day or until there are
 * ENDED_MAX newer ones.
 */
#ifndef XLCTL_ENDED_H
#define XLCTL_ENDED_H

#include <stdbool.h>

#include <xlhv.h>

#define ENDED_MAX	64

enum ended_part { ENDED_LOG, ENDED_CONSOLE, ENDED_SERIAL };

/**
 * ended_keep - keep what the module still has of a domain
 * @domain: its descriptor
 * @info: what is known of it
 * @how: how it ended, the last line of the log
 *
 * That it cannot be kept is not worth more than a note: the domain's end goes on.
 */
void ended_keep(int domain, const struct xlhv_dom_info *info, const char *how);

/**
 * ended_open - open what is kept of a domain
 * @name: its name
 * @part: what of it
 *
 * Returns a descriptor to be closed by the caller, or -1 if nothing is kept.
 */
int ended_open(const char *name, enum ended_part part);

/**
 * ended_exists - whether something is kept of a domain
 * @name: its name, or anything else
 */
bool ended_exists(const char *name);

/**
 * ended_forget - remove what is kept of a domain
 * @name: its name
 */
void ended_forget(const char *name);

#endif /* XLCTL_ENDED_H */
