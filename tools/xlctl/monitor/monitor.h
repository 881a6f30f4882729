/* SPDX-License-Identifier: GPL-2.0-only */
/* monitor - what follows the end of a domain: on_poweroff and its like */
#ifndef XLCTL_MONITOR_H
#define XLCTL_MONITOR_H

#include <stdint.h>
#include <sys/types.h>

#include "config/domain_config.h"

/**
 * monitor_run - wait for the ends of a domain and do what was asked for then
 * @domain: descriptor of the domain; closed here
 * @config: its configuration; name and uuid follow a renaming
 *
 * Until the domain is gone, preserved, or suspended, with all its restarts.
 *
 * Returns an exit status.
 */
int monitor_run(int domain, struct domain_config *config);

/**
 * monitor_fork - leave a process behind that does monitor_run()
 * @domain: descriptor of the domain; stays open in the caller
 * @config: its configuration
 * @lock: a descriptor of the caller's that the process must not keep open; -1: none
 *
 * On return the process is its own: it has left terminal and session.
 *
 * Returns 0, or -1 after a message.
 */
int monitor_fork(int domain, struct domain_config *config, int lock);

#endif /* XLCTL_MONITOR_H */
