// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl network-attach, network-detach, network-list: network interfaces of a running domain.
 *
 * As with disks (block.c), the talk with the guest is its monitor's.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/ask.h"
#include "commands/cmd.h"
#include "commands/device_ask.h"
#include "common/msg.h"
#include "config/vif.h"
#include "module/dom.h"
#include "net/attach.h"
#include "net/nodes.h"
#include "store/store.h"

static void emit(void *ctx, enum diag_level level, const char *text)
{
	(void)ctx;
	(void)level;
	msg_error("%s", text);
}

static int attach(struct device_ask *ask, struct vif_config *vif)
{
	struct diag diag = { .emit = emit };
	struct net_offer offer;
	int error;

	if (!vif->has_devid) {
		vif->devid = net_free_devid(ask->domain);
		vif->has_devid = true;
	}
	vif_choose_mac(vif, ask->info.uuid);
	/* The host's network may take its time, which is not the store's. */
	store_idle();
	error = net_attach(ask->domain, vif, &diag, &offer);
	store_busy();
	if (error)
		return -1;
	if (!net_nodes_add(ask->xs, ask->info.domid, &offer))
		return 0;
	net_detach(ask->domain, vif->devid);
	return -1;
}

int cmd_network_attach(int argc, char **argv)
{
	int option, status = STATUS_FAILED;
	struct vif_config vif;
	struct device_ask ask;
	char *why, *text;

	while ((option = getopt_long(argc, argv, ":", (struct option[]){ { 0 } }, NULL)) != -1)
		return cmd_bad_option(argv, option);
	if (argc - optind < 1)
		return cmd_bad_usage(argv, "expected a domain");
	if (vif_parse_words(&vif, argv + optind + 1, &why)) {
		msg_error("network-attach: %s", why);
		free(why);
		vif_free(&vif);
		return STATUS_FAILED;
	}
	text = vif_ignored(&vif);
	if (text)
		msg_error("warning: network-attach: %s", text);
	free(text);
	if (cmd_dryrun) {
		text = vif_text(&vif);
		printf("%s\n", text);
		free(text);
		status = STATUS_OK;
	} else {
		if (!device_ask_begin(&ask, argv[optind], "given a network interface") &&
		    !device_ask_monitor(&ask) && !attach(&ask, &vif))
			status = STATUS_OK;
		device_ask_close(&ask);
	}
	vif_free(&vif);
	return status;
}

/* What the backend has, which is the host's own.  Return: to be freed; NULL: there is none. */
static char *read_mac(const struct device_ask *ask, const struct device_id *id)
{
	char *path = device_path(id, DEVICE_BACKEND, "mac");
	unsigned int length;
	char *mac = xs_read(ask->xs, XBT_NULL, path, &length);

	free(path);
	return mac;
}

/* The numbers of a domain's interfaces.  Return: to be freed; @nr is how many. */
static char **read_devids(const struct device_ask *ask, unsigned int *nr)
{
	struct device_id id = net_id(ask->info.domid, 0);
	char *path = device_folder(&id, DEVICE_BACKEND), **names;

	*nr = 0;
	names = xs_directory(ask->xs, XBT_NULL, path, nr);
	free(path);
	return names;
}

static bool has_mac(const struct device_ask *ask, const struct device_id *id,
		    const uint8_t mac[6])
{
	char *text = read_mac(ask, id);
	uint8_t other[6];
	bool same = text && vif_parse_mac(text, other) && !memcmp(mac, other, sizeof(other));

	free(text);
	return same;
}

/* An interface by its number or address.  Return: whether the domain has it. */
static bool find_vif(const struct device_ask *ask, const char *name, uint32_t *devid)
{
	struct device_id id = net_id(ask->info.domid, 0);
	unsigned int nr = 0;
	bool found = false;
	uint8_t mac[6];
	char **names;

	if (!vif_parse_mac(name, mac)) {
		if (!*name || strlen(name) > 5 || strspn(name, "0123456789") != strlen(name))
			return false;
		id.devid = (uint32_t)strtoul(name, NULL, 10);
		*devid = id.devid;
		return device_ask_number(ask, &id, DEVICE_BACKEND, "state") >= 0;
	}
	names = read_devids(ask, &nr);
	for (unsigned int i = 0; i < nr && !found; i++) {
		id.devid = (uint32_t)strtoul(names[i], NULL, 10);
		found = has_mac(ask, &id, mac);
	}
	free(names);
	*devid = id.devid;
	return found;
}

static int detach(const struct device_ask *ask, const char *name, bool force)
{
	struct device_id id;
	uint32_t devid;
	int error;

	if (!find_vif(ask, name, &devid)) {
		msg_error("domain '%s' has no network interface '%s'", ask->info.name, name);
		return -1;
	}
	id = net_id(ask->info.domid, devid);
	if (!force)
		return device_ask_detach(ask, &id, "network interface", name);
	store_idle();
	error = net_detach(ask->domain, devid);
	store_busy();
	if (error && error != -ENOENT)
		return dom_report(ask->domain, -error, "network interface %s", name);
	device_nodes_remove(ask->xs, &id);
	return 0;
}

int cmd_network_detach(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "force", no_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	int option, status = STATUS_FAILED;
	struct device_ask ask;
	bool force = false;

	while ((option = getopt_long(argc, argv, ":f", longs, NULL)) != -1) {
		if (option != 'f')
			return cmd_bad_option(argv, option);
		force = true;
	}
	if (argc - optind != 2)
		return cmd_bad_usage(argv, "expected a domain and one of its network interfaces");
	if (!device_ask_begin(&ask, argv[optind], "deprived of a network interface") &&
	    !detach(&ask, argv[optind + 1], force))
		status = STATUS_OK;
	device_ask_close(&ask);
	return status;
}

/* A number of the frontend's; with several queues, that of the first. */
static long front_number(const struct device_ask *ask, const struct device_id *id,
			 const char *node)
{
	long number = device_ask_number(ask, id, DEVICE_FRONTEND, node);
	char name[64];

	if (number >= 0)
		return number;
	snprintf(name, sizeof(name), "queue-0/%s", node);
	return device_ask_number(ask, id, DEVICE_FRONTEND, name);
}

static void list_vif(const struct device_ask *ask, const struct device_id *id)
{
	char *mac = read_mac(ask, id), *path = device_path(id, DEVICE_BACKEND, "");
	long port = front_number(ask, id, "event-channel");

	if (port < 0)
		port = front_number(ask, id, "event-channel-tx");
	printf("%-3u %-2d %-17s %6u %5ld %6ld %5ld/%-11ld %-30s\n", id->devid, 0,
	       mac ? mac : "-", id->devid, device_ask_number(ask, id, DEVICE_BACKEND, "state"),
	       port, front_number(ask, id, "tx-ring-ref"), front_number(ask, id, "rx-ring-ref"),
	       path);
	free(mac);
	free(path);
}

int cmd_network_list(int argc, char **argv)
{
	int option, status = STATUS_OK;

	while ((option = getopt_long(argc, argv, ":", (struct option[]){ { 0 } }, NULL)) != -1)
		return cmd_bad_option(argv, option);
	if (argc - optind < 1)
		return cmd_bad_usage(argv, "expected a domain");
	printf("%-3s %-2s %-17s %-6s %-5s %-6s %5s/%-11s %-30s\n", "Idx", "BE", "Mac Addr.",
	       "handle", "state", "evt-ch", "tx-", "rx-ring-ref", "BE-path");
	for (int i = optind; i < argc; i++) {
		struct device_ask ask;
		unsigned int nr;
		char **names;

		if (device_ask_begin(&ask, argv[i], "asked for network interfaces")) {
			status = STATUS_FAILED;
		} else {
			struct device_id id = net_id(ask.info.domid, 0);

			names = read_devids(&ask, &nr);
			for (unsigned int j = 0; j < nr; j++) {
				id.devid = (uint32_t)strtoul(names[j], NULL, 10);
				list_vif(&ask, &id);
			}
			free(names);
		}
		device_ask_close(&ask);
	}
	return status;
}
