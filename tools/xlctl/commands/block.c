// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl block-attach, block-detach, block-list, block-resize: disks of a running domain.
 *
 * The talk with the guest is its monitor's (device/xenbus.h); a command says what it wants by the
 * nodes of the backend, and the monitor does it when the guest is ready.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands/ask.h"
#include "commands/cmd.h"
#include "commands/device_ask.h"
#include "common/msg.h"
#include "disk/attach.h"
#include "disk/nodes.h"
#include "module/dom.h"
#include "store/store.h"

static void emit(void *ctx, enum diag_level level, const char *text)
{
	(void)ctx;
	(void)level;
	msg_error("%s", text);
}

static int attach(struct device_ask *b, const struct disk_config *disk)
{
	struct diag diag = { .emit = emit };
	struct disk_offer offer;
	int error;

	/* Who has it is looked for in the store, too: there is one connection at a time. */
	store_close(b->xs);
	b->xs = NULL;
	if (disk_attach(b->domain, disk, &diag, &offer))
		return -1;
	b->xs = ask_store();
	error = b->xs ? disk_nodes_add(b->xs, b->info.domid, &offer) : -1;
	if (error)
		disk_detach(b->domain, disk->devid);
	return error;
}

int cmd_block_attach(int argc, char **argv)
{
	struct disk_config disk;
	struct device_ask b;
	int option, status = STATUS_FAILED;
	char *why;

	while ((option = getopt_long(argc, argv, ":", (struct option[]){ { 0 } }, NULL)) != -1)
		return cmd_bad_option(argv, option);
	if (argc - optind < 2)
		return cmd_bad_usage(argv, "expected a domain and a disk");
	if (disk_parse_words(&disk, argv + optind + 1, &why)) {
		msg_error("block-attach: %s%s%s: %s", argv[optind + 1],
			  argv[optind + 2] ? " " : "", argv[optind + 2] ? "..." : "", why);
	} else if (cmd_dryrun) {
		char *whole = disk_text(&disk);

		printf("%s\n", whole);
		free(whole);
		status = STATUS_OK;
	} else {
		if (!device_ask_begin(&b, argv[optind], "given a disk") &&
		    !device_ask_monitor(&b) &&
		    !attach(&b, &disk))
			status = STATUS_OK;
		device_ask_close(&b);
	}
	free(why);
	disk_free(&disk);
	return status;
}

/* A number that may be missing or, in the frontend's folder, anything. */
static long number_of(const struct device_ask *b, enum device_side side, uint32_t devid,
		      const char *node)
{
	struct device_id id = disk_id(b->info.domid, devid);

	return device_ask_number(b, &id, side, node);
}

/* A disk of the domain by its name in the guest or its number. */
static int find_disk(const struct device_ask *b, const char *vdev, uint32_t *devid)
{
	if (disk_number(vdev, devid) && number_of(b, DEVICE_BACKEND, *devid, "state") >= 0)
		return 0;
	msg_error("domain '%s' has no disk '%s'", b->info.name, vdev);
	return -1;
}

static int detach(const struct device_ask *b, uint32_t devid, const char *vdev, bool force)
{
	struct device_id id = disk_id(b->info.domid, devid);
	int error;

	if (force) {
		error = disk_detach(b->domain, devid);
		if (error && error != -ENOENT)
			return dom_report(b->domain, -error, "disk %s", vdev);
		device_nodes_remove(b->xs, &id);
		return 0;
	}
	return device_ask_detach(b, &id, "disk", vdev);
}

int cmd_block_detach(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "force", no_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	int option, status = STATUS_OK;
	bool force = false;
	struct device_ask b;

	while ((option = getopt_long(argc, argv, ":f", longs, NULL)) != -1) {
		if (option != 'f')
			return cmd_bad_option(argv, option);
		force = true;
	}
	if (argc - optind < 2)
		return cmd_bad_usage(argv, "expected a domain and its disks");
	if (device_ask_begin(&b, argv[optind], "deprived of a disk"))
		status = STATUS_FAILED;
	for (int i = optind + 1; i < argc && b.xs && status == STATUS_OK; i++) {
		uint32_t devid;

		if (find_disk(&b, argv[i], &devid) || detach(&b, devid, argv[i], force))
			status = STATUS_FAILED;
	}
	device_ask_close(&b);
	return status;
}

static void list_disks(const struct device_ask *b)
{
	struct device_id id = disk_id(b->info.domid, 0);
	char *path = device_folder(&id, DEVICE_BACKEND);
	unsigned int nr = 0;
	char **names = xs_directory(b->xs, XBT_NULL, path, &nr);

	free(path);
	for (unsigned int i = 0; names && i < nr; i++) {
		uint32_t devid = (uint32_t)strtoul(names[i], NULL, 10);
		long ring = number_of(b, DEVICE_FRONTEND, devid, "ring-ref");

		id.devid = devid;
		path = device_path(&id, DEVICE_BACKEND, "");
		printf("%-5u %-3d %-6u %-5ld %-6ld %-8ld %-30s\n", devid, 0, b->info.domid,
		       number_of(b, DEVICE_BACKEND, devid, "state"),
		       number_of(b, DEVICE_FRONTEND, devid, "event-channel"),
		       ring >= 0 ? ring : number_of(b, DEVICE_FRONTEND, devid, "ring-ref0"), path);
		free(path);
	}
	free(names);
}

int cmd_block_list(int argc, char **argv)
{
	int option, status = STATUS_OK;

	while ((option = getopt_long(argc, argv, ":", (struct option[]){ { 0 } }, NULL)) != -1)
		return cmd_bad_option(argv, option);
	if (argc - optind < 1)
		return cmd_bad_usage(argv, "expected a domain");
	printf("%-5s %-3s %-6s %-5s %-6s %-8s %-30s\n", "Vdev", "BE", "handle", "state", "evt-ch",
	       "ring-ref", "BE-path");
	for (int i = optind; i < argc; i++) {
		struct device_ask b;

		if (device_ask_begin(&b, argv[i], "asked for disks"))
			status = STATUS_FAILED;
		else
			list_disks(&b);
		device_ask_close(&b);
	}
	return status;
}

static int resize(const struct device_ask *b, uint32_t devid, const char *vdev)
{
	struct xlhv_blk_info info = { .vdev = devid };

	if (ioctl(b->domain, XLHV_BLK_INFO, &info))
		return dom_report(b->domain, errno, "disk %s", vdev);
	if (disk_nodes_resize(b->xs, b->info.domid, devid, info.sectors) >= 0)
		return 0;
	msg_error("disk %s: XenStore: %s", vdev, store_error(errno));
	return -1;
}

int cmd_block_resize(int argc, char **argv)
{
	int option, status = STATUS_FAILED;
	struct device_ask b;
	uint32_t devid;

	while ((option = getopt_long(argc, argv, ":", (struct option[]){ { 0 } }, NULL)) != -1)
		return cmd_bad_option(argv, option);
	if (argc - optind != 2)
		return cmd_bad_usage(argv, "expected a domain and its disk");
	if (!device_ask_begin(&b, argv[optind], "told of a size") &&
	    !find_disk(&b, argv[optind + 1], &devid) && !resize(&b, devid, argv[optind + 1]))
		status = STATUS_OK;
	device_ask_close(&b);
	return status;
}
