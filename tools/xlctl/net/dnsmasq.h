/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dnsmasq - the distribution's server of DHCP, router advertisements and names, for one bridge
 *
 * It has no configuration but its arguments, and listens on that bridge only. Its files are in a
 * folder of the run directory that is root's alone.
 */
#ifndef XLCTL_NET_DNSMASQ_H
#define XLCTL_NET_DNSMASQ_H

#include <sys/types.h>

#include "net/subnet.h"

/* Fewer than this many arguments. */
#define DNSMASQ_ARGUMENTS	40

/**
 * struct dnsmasq_net - what it serves
 * @bridge: name of the bridge
 * @v4: the host's address of IPv4 there
 * @v6: that of IPv6; none if its family is 0
 */
struct dnsmasq_net {
	const char *bridge;
	const struct subnet *v4;
	const struct subnet *v6;
};

/**
 * dnsmasq_arguments() - how it is started
 * @net: what it serves
 * @folder: where its files are
 * @user: which it becomes
 * @argv: receives them and a NULL; to be freed, all but the first
 *
 * Return: how many.
 */
int dnsmasq_arguments(const struct dnsmasq_net *net, const char *folder, const char *user,
		      char *argv[DNSMASQ_ARGUMENTS]);

/**
 * dnsmasq_start() - start it, unless it runs
 * @who: for whom, for messages
 * @net: what it is to serve
 *
 * Return: 0; 1 if it is not installed; -1 after a message.
 */
int dnsmasq_start(const char *who, const struct dnsmasq_net *net);

/**
 * dnsmasq_process() - the process that serves a bridge
 * @bridge: name of the bridge
 *
 * Return: its number, or 0: there is none.
 */
pid_t dnsmasq_process(const char *bridge);

/**
 * dnsmasq_stop() - stop it, if it runs
 * @who: for whom, for messages
 * @bridge: name of the bridge
 *
 * What it has lent is forgotten. Return: 0, or -1 after a message.
 */
int dnsmasq_stop(const char *who, const char *bridge);

#endif /* XLCTL_NET_DNSMASQ_H */
