/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kind - what one kind of device does of its own in what all have in common
 *
 * The talk with the frontends (xenbus.h) and the devices of the next life (next_life.h) know the
 * kinds by a table of these.
 */
#ifndef XLCTL_DEVICE_KIND_H
#define XLCTL_DEVICE_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "config/domain_config.h"
#include "device/front_nodes.h"
#include "device/nodes.h"

enum device_result {
	DEVICE_GOOD,
	DEVICE_AGAIN,		/* not now: no memory, or the guest changes its grants' version */
	DEVICE_REFUSED,
};

/**
 * struct device_kind - a kind of device
 * @name: as XenStore has it: "vbd"
 * @what: as a user calls one: "disk"
 * @max: as many a domain may have
 * @ended: no ring of a device's is served any more; if one is, its end is begun, and waited for by
 *	nobody
 * @read: reads what a frontend asks for, all of it once; receives what has to be freed. Return:
 *	whether it makes sense; else what is wrong is in the front
 * @connect: has the module serve what was read, all of it or nothing; @why receives what was
 *	wrong, to be freed. What it costs the host is spent also if it fails at once: who asks at a
 *	guest's wish does not ask too often
 * @tell: writes what a frontend reads once the backend is connected; NULL: nothing. Return: 0, or
 *	-1: it has to be tried again
 * @detach: takes a device away at once
 * @follow: adds a device, as XenStore has it, to a configuration; all of what it reads is in the
 *	transaction. Return: 0, also if it is none of ours; or an errno
 * @exchange: gives each of two configurations the devices that the other one has
 * @count: how many a configuration has
 */
struct device_kind {
	const char *name;
	const char *what;
	unsigned int max;
	bool (*ended)(int domain, uint32_t devid);
	bool (*read)(struct device_front *front, void **wish);
	enum device_result (*connect)(int domain, void *wish, char **why);
	int (*tell)(struct xs_handle *xs, const struct device_id *id, int domain);
	void (*detach)(int domain, uint32_t devid);
	int (*follow)(struct xs_handle *xs, xs_transaction_t t, const struct device_id *id,
		      struct domain_config *config);
	void (*exchange)(struct domain_config *a, struct domain_config *b);
	unsigned int (*count)(const struct domain_config *config);
};

/**
 * struct device_kinds - all of them
 * @nr: how many
 * @kinds: each
 */
struct device_kinds {
	unsigned int nr;
	const struct device_kind *const *kinds;
};

#endif /* XLCTL_DEVICE_KIND_H */
