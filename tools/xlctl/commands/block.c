// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl block-attach, block-detach, block-list, block-resize: disks of a running domain.
 *
 * The talk with the guest is its monitor's (disk/serve.h); a command says what it wants by the
 * nodes of the backend, and the monitor does it when the guest is ready.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <xen/xen.h>
#include <xen/io/xenbus.h>

#include "commands/ask.h"
#include "commands/cmd.h"
#include "common/msg.h"
#include "disk/attach.h"
#include "disk/nodes.h"
#include "module/device.h"
#include "module/dom.h"
#include "monitor/contact.h"
#include "store/store.h"

/* How long a guest has to let go of a disk: libxl's. */
#define DETACH_SECONDS	10

/* Conflicts with what the monitor writes are few. */
#define TRIES		20

/* A domain whose disks are looked at, and the store. */
struct block {
	struct xlhv_dom_info info;
	int domain;
	struct xs_handle *xs;
};

/* Return: 0, or -1 after a message; @b is to be given to end() either way. */
static int begin(struct block *b, const char *who, const char *action)
{
	int device = device_open(NULL), has;

	b->domain = -1;
	b->xs = NULL;
	if (device < 0)
		return -1;
	b->domain = dom_open_guest(device, who, action);
	close(device);
	if (b->domain < 0)
		return -1;
	if (dom_info(b->domain, &b->info))
		return dom_report(b->domain, errno, "domain '%s'", who);
	b->xs = ask_store();
	if (!b->xs)
		return -1;
	has = store_has(b->xs, b->info.domid);
	if (has > 0)
		return 0;
	if (has)
		msg_error("domain '%s': XenStore: %s", b->info.name, store_error(errno));
	else
		msg_error("domain '%s' has no XenStore, by which it would find a disk",
			  b->info.name);
	return -1;
}

static void end(struct block *b)
{
	if (b->xs)
		store_close(b->xs);
	if (b->domain >= 0)
		close(b->domain);
}

/* Who negotiates with the guest. */
static int need_monitor(const struct block *b)
{
	if (contact_exists(b->info.name))
		return 0;
	msg_error("domain '%s' has no monitor, which would talk with it; 'xlctl monitor %s' starts one",
		  b->info.name, b->info.name);
	return -1;
}

static void emit(void *ctx, enum diag_level level, const char *text)
{
	(void)ctx;
	(void)level;
	msg_error("%s", text);
}

static int attach(struct block *b, const struct disk_config *disk)
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
	struct block b;
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
		if (!begin(&b, argv[optind], "given a disk") && !need_monitor(&b) &&
		    !attach(&b, &disk))
			status = STATUS_OK;
		end(&b);
	}
	free(why);
	disk_free(&disk);
	return status;
}

/* A number that may be missing or, in the frontend's folder, anything. */
static long number_of(const struct block *b, enum disk_side side, uint32_t devid, const char *node)
{
	uint32_t number;

	return disk_nodes_number(b->xs, XBT_NULL, disk_path(side, b->info.domid, devid, node),
				 &number) > 0 ? (long)number : -1;
}

/* A disk of the domain by its name in the guest or its number. */
static int find_disk(const struct block *b, const char *vdev, uint32_t *devid)
{
	if (disk_number(vdev, devid) && number_of(b, DISK_BACKEND, *devid, "state") >= 0)
		return 0;
	msg_error("domain '%s' has no disk '%s'", b->info.name, vdev);
	return -1;
}

/* Has the monitor end it, as soon as the guest has let go of it. */
static bool ask_guest(const struct block *b, uint32_t devid)
{
	for (int tries = 0; tries < TRIES; tries++) {
		xs_transaction_t t = xs_transaction_start(b->xs);
		char state[4];
		bool good;

		if (t == XBT_NULL)
			return false;
		snprintf(state, sizeof(state), "%d", XenbusStateClosing);
		good = disk_nodes_write(b->xs, t, b->info.domid, devid, "online", "0") &&
		       disk_nodes_write(b->xs, t, b->info.domid, devid, "state", state);
		if (xs_transaction_end(b->xs, t, !good))
			return good;
		if (errno != EAGAIN)
			return false;
	}
	return false;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Return: 1: its nodes have gone; 0: not within some seconds; -1 with errno set: nobody knows. */
static int wait_until_gone(const struct block *b, uint32_t devid)
{
	int64_t until = now_ms() + DETACH_SECONDS * 1000, left;
	char *path = disk_path(DISK_BACKEND, b->info.domid, devid, ""), **event;
	bool there = xs_watch(b->xs, path, path);
	int found = there ? 1 : DISK_NODE_UNREAD;

	free(path);
	while (there) {
		struct pollfd wait[] = {
			{ .fd = xs_fileno(b->xs), .events = POLLIN }, { .fd = store_socket() },
		};
		uint32_t state;

		found = disk_nodes_number(b->xs, XBT_NULL, disk_path(DISK_BACKEND, b->info.domid,
								     devid, "state"), &state);
		left = until - now_ms();
		if (!found || found == DISK_NODE_UNREAD || left <= 0)
			break;
		store_idle();
		poll(wait, 2, (int)left);
		store_busy();
		while ((event = store_event(b->xs, &there)))
			free(event);
		if (!there) {
			errno = ECONNRESET;
			found = DISK_NODE_UNREAD;
		}
	}
	return found == DISK_NODE_UNREAD ? -1 : !found;
}

static int detach(const struct block *b, uint32_t devid, const char *vdev, bool force)
{
	int error, gone;

	if (force) {
		error = disk_detach(b->domain, devid);
		if (error && error != -ENOENT)
			return dom_report(b->domain, -error, "disk %s", vdev);
		disk_nodes_remove(b->xs, b->info.domid, devid);
		return 0;
	}
	if (need_monitor(b))
		return -1;
	if (!ask_guest(b, devid)) {
		msg_error("disk %s: XenStore: %s", vdev, store_error(errno));
		return -1;
	}
	gone = wait_until_gone(b, devid);
	if (gone > 0)
		return 0;
	if (gone < 0) {
		msg_error("disk %s: XenStore: %s: whether it is gone is not known", vdev,
			  store_error(errno));
		return -1;
	}
	msg_error("domain '%s' has not let go of disk '%s' within %d s; it goes when the domain does, or with --force",
		  b->info.name, vdev, DETACH_SECONDS);
	return -1;
}

int cmd_block_detach(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "force", no_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	int option, status = STATUS_OK;
	bool force = false;
	struct block b;

	while ((option = getopt_long(argc, argv, ":f", longs, NULL)) != -1) {
		if (option != 'f')
			return cmd_bad_option(argv, option);
		force = true;
	}
	if (argc - optind < 2)
		return cmd_bad_usage(argv, "expected a domain and its disks");
	if (begin(&b, argv[optind], "deprived of a disk"))
		status = STATUS_FAILED;
	for (int i = optind + 1; i < argc && b.xs && status == STATUS_OK; i++) {
		uint32_t devid;

		if (find_disk(&b, argv[i], &devid) || detach(&b, devid, argv[i], force))
			status = STATUS_FAILED;
	}
	end(&b);
	return status;
}

static void list_disks(const struct block *b)
{
	char *path = msg_text("/local/domain/0/backend/vbd/%u", b->info.domid);
	unsigned int nr = 0;
	char **names = xs_directory(b->xs, XBT_NULL, path, &nr);

	free(path);
	for (unsigned int i = 0; names && i < nr; i++) {
		uint32_t devid = (uint32_t)strtoul(names[i], NULL, 10);
		long ring = number_of(b, DISK_FRONTEND, devid, "ring-ref");

		path = disk_path(DISK_BACKEND, b->info.domid, devid, "");
		printf("%-5u %-3d %-6u %-5ld %-6ld %-8ld %-30s\n", devid, 0, b->info.domid,
		       number_of(b, DISK_BACKEND, devid, "state"),
		       number_of(b, DISK_FRONTEND, devid, "event-channel"),
		       ring >= 0 ? ring : number_of(b, DISK_FRONTEND, devid, "ring-ref0"), path);
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
		struct block b;

		if (begin(&b, argv[i], "asked for disks"))
			status = STATUS_FAILED;
		else
			list_disks(&b);
		end(&b);
	}
	return status;
}

static int resize(const struct block *b, uint32_t devid, const char *vdev)
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
	struct block b;
	uint32_t devid;

	while ((option = getopt_long(argc, argv, ":", (struct option[]){ { 0 } }, NULL)) != -1)
		return cmd_bad_option(argv, option);
	if (argc - optind != 2)
		return cmd_bad_usage(argv, "expected a domain and its disk");
	if (!begin(&b, argv[optind], "told of a size") &&
	    !find_disk(&b, argv[optind + 1], &devid) && !resize(&b, devid, argv[optind + 1]))
		status = STATUS_OK;
	end(&b);
	return status;
}
