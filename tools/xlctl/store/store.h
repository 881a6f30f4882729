/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store - what XenStore has of a domain
 *
 * The nodes are those that libxl writes for a PVH domain, and the domain is
 * introduced to the daemon, which serves its ring from then on.
 */
#ifndef XLCTL_STORE_H
#define XLCTL_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "common/diag.h"
#include "config/domain_config.h"
#include "store/connect.h"

/**
 * struct store_ring - a ring between the domain and who serves it
 * @gfn: guest frame number
 * @port: event channel in the domain
 */
struct store_ring {
	uint64_t gfn;
	uint32_t port;
};

/**
 * struct store_domain - a domain, as XenStore is to know it
 * @domid: its number
 * @config: what it was made of
 * @store: ring to the store
 * @console: ring to the console
 * @started: when it was made
 */
struct store_domain {
	uint32_t domid;
	const struct domain_config *config;
	struct store_ring store;
	struct store_ring console;
	struct timespec started;
};

/**
 * store_prepare() - whether a domain is to have XenStore, and a daemon for it
 * @config: the configuration
 * @diag: where it goes that it has none although it was not asked for
 *
 * Starts the daemon if none runs.
 *
 * Return: 1: it has, and a daemon answers; 0: it has not; -1 after a message.
 */
int store_prepare(const struct domain_config *config, struct diag *diag);

/**
 * store_introduce_host() - write what a new daemon is to know of the host
 *
 * Return: 0 or a negative errno.
 */
int store_introduce_host(void);

/**
 * store_knows() - whether the daemon has nodes of a domain
 * @domid: its number
 *
 * Return: 1, 0, also if none runs; -1 with errno set: the daemon cannot be asked.
 */
int store_knows(uint32_t domid);

/**
 * store_has() - the same, by a connection that is there
 * @xs: connection
 * @domid: its number
 *
 * Return: 1, 0; -1 with errno set: the daemon cannot be asked.
 */
int store_has(struct xs_handle *xs, uint32_t domid);

/**
 * store_has_consoled() - whether xenconsoled serves the console of a domain
 * @domid: its number
 */
bool store_has_consoled(uint32_t domid);

/**
 * store_add() - write the nodes of a domain and introduce it
 * @domain: complete, and paused
 *
 * Return: 0, or -1 after a message: what was written may have to be removed.
 */
int store_add(const struct store_domain *domain);

/**
 * store_remove() - release a domain that is gone and remove its nodes
 * @domid: its number
 * @uuid: its identity
 *
 * Does nothing if no daemon runs or it knows no such domain.
 */
void store_remove(uint32_t domid, const uint8_t *uuid);

/**
 * store_rename() - give a domain's nodes another name, and perhaps identity
 * @domid: its number
 * @name: the new name
 * @old: its identity
 * @uuid: its identity from now on
 *
 * Does nothing if no daemon runs or it knows no such domain.
 *
 * Return: 0, or -1 after a message.
 */
int store_rename(uint32_t domid, const char *name, const uint8_t *old, const uint8_t *uuid);

/**
 * store_set_vcpus() - say which vCPUs a domain is to use
 * @domid: its number
 * @nr: as many, from the first on
 * @max: how many it has
 *
 * Return: 0, or -1 after a message.
 */
int store_set_vcpus(uint32_t domid, unsigned int nr, unsigned int max);

/**
 * store_path() - a node of a domain
 * @domid: its number
 * @node: the rest of the path
 *
 * Return: a string, to be freed by the caller.
 */
char *store_path(uint32_t domid, const char *node);

#endif /* XLCTL_STORE_H */
