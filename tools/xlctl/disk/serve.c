// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backend's half of the XenbusState protocol; see serve.h.
 *
 * A step looks at the states of both sides as they are now, and does the one thing that they call
 * for. What has to be waited for (requests under way when a ring ends) is looked at again later,
 * so that a disk that hangs keeps nobody but its own frontend waiting.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include <xlhv.h>

#include <xen/xen.h>
#include <xen/io/xenbus.h>

#include "common/msg.h"
#include "disk/attach.h"
#include "disk/connect_rings.h"
#include "disk/nodes.h"
#include "disk/serve.h"
#include "store/store.h"

/* How often a ring's end is looked for, and a connection that could not be made is tried. */
#define AGAIN_MS	50
#define CONNECT_TRIES	60

/* Lines about one disk, whatever its frontend tries. */
#define MAX_LINES	8

#define TOKEN_BACK	"b"
#define TOKEN_FRONT	"f"

/**
 * struct served - a disk
 * @devid: its number
 * @dirty: something may have changed
 * @again: what it waits for is looked at later
 * @tries: connections in a row that could not be made for now
 * @lines: so many lines about it were written
 */
struct served {
	uint32_t devid;
	bool dirty;
	bool again;
	unsigned int tries;
	unsigned int lines;
};

struct disk_server {
	struct xs_handle *xs;
	int domain;
	uint32_t domid;
	uint64_t next_ms;	/* no round before that */
	struct served disks[DOMAIN_MAX_DISKS];
	unsigned int nr;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void __attribute__((format(printf, 3, 4))) say(struct served *disk, uint32_t domid,
						      const char *format, ...)
{
	char *text;
	va_list args;

	if (disk->lines >= MAX_LINES)
		return;
	disk->lines++;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		msg_out_of_memory();
	va_end(args);
	msg_note("domain %u, disk %u: %s%s", domid, disk->devid, text,
		 disk->lines == MAX_LINES ? " (no more is said of this disk)" : "");
	free(text);
}

/* Disks are found by the folders of their backends, which are the host's to make. */
static void find_disks(struct disk_server *s)
{
	char *path = msg_text("/local/domain/0/backend/vbd/%u", s->domid);
	unsigned int nr = 0;
	char **names = xs_directory(s->xs, XBT_NULL, path, &nr);

	free(path);
	for (unsigned int i = 0; names && i < nr; i++) {
		unsigned long devid = strtoul(names[i], NULL, 10);
		unsigned int known = 0;

		while (known < s->nr && s->disks[known].devid != devid)
			known++;
		if (known == s->nr && s->nr < DOMAIN_MAX_DISKS)
			s->disks[s->nr++] = (struct served){ .devid = (uint32_t)devid };
		if (known < s->nr)
			s->disks[known].dirty = true;
	}
	free(names);
}

/* Marks the disk whose number stands behind so many slashes.  Return: whether it is known. */
static bool mark(struct disk_server *s, const char *path, unsigned int slashes)
{
	unsigned long devid;

	while (path && --slashes)
		path = strchr(path + 1, '/');
	if (!path || path[1] < '0' || path[1] > '9')
		return false;
	devid = strtoul(path + 1, NULL, 10);
	for (unsigned int i = 0; i < s->nr; i++) {
		if (s->disks[i].devid != devid)
			continue;
		s->disks[i].dirty = true;
		return true;
	}
	return false;
}

/* Takes all that is said.  Return: whether the daemon is there. */
static bool take_events(struct disk_server *s)
{
	struct pollfd wait = { .fd = xs_fileno(s->xs), .events = POLLIN };
	bool search = false;
	char **event;

	while ((event = xs_check_watch(s->xs))) {
		/* What a guest writes is no reason to look for disks. */
		if (!strcmp(event[XS_WATCH_TOKEN], TOKEN_BACK))
			search |= !mark(s, event[XS_WATCH_PATH], 7);
		else
			mark(s, event[XS_WATCH_PATH], 6);
		free(event);
	}
	if (search)
		find_disks(s);
	return poll(&wait, 1, 0) < 0 || !(wait.revents & (POLLHUP | POLLERR | POLLNVAL));
}

static bool set_state(struct disk_server *s, struct served *disk, enum xenbus_state state)
{
	char text[8];

	snprintf(text, sizeof(text), "%d", state);
	return disk_nodes_write(s->xs, XBT_NULL, s->domid, disk->devid, "state", text);
}

/* No ring is served any more.  Return: whether that is so already; else it is looked at again. */
static bool rings_ended(struct disk_server *s, struct served *disk)
{
	struct xlhv_blk_info info = { .vdev = disk->devid };
	struct xlhv_blk_end end = {
		.vdev = disk->devid,
		.queue = XLHV_BLK_ALL_QUEUES,
		.flags = XLHV_BLK_NO_WAIT,
	};

	if (ioctl(s->domain, XLHV_BLK_INFO, &info) || !info.connected)
		return true;
	ioctl(s->domain, XLHV_BLK_DISCONNECT, &end);
	disk->again = true;
	return false;
}

/* The size is written before the state: a frontend that sees the one sees the other. */
static bool tell_connected(struct disk_server *s, struct served *disk)
{
	struct xlhv_blk_info info = { .vdev = disk->devid };

	return !ioctl(s->domain, XLHV_BLK_INFO, &info) &&
	       disk_nodes_resize(s->xs, s->domid, disk->devid, info.sectors) >= 0 &&
	       set_state(s, disk, XenbusStateConnected);
}

static void connect(struct disk_server *s, struct served *disk)
{
	enum rings_result result;
	char *why;

	/* Of an earlier connection. */
	if (!rings_ended(s, disk))
		return;
	result = rings_connect(s->xs, s->domain, s->domid, disk->devid, &why);
	if (result == RINGS_AGAIN && ++disk->tries < CONNECT_TRIES) {
		disk->again = true;
	} else if (result == RINGS_CONNECTED) {
		disk->tries = 0;
		/* A frontend that is not told would wait for ever. */
		disk->again = !tell_connected(s, disk);
	} else {
		disk->tries = 0;
		say(disk, s->domid, "refused: %s", why);
		set_state(s, disk, XenbusStateClosing);
	}
	free(why);
}

/* It is to go, and its frontend has let go of it or was never there. */
static void remove_disk(struct disk_server *s, struct served *disk)
{
	if (!rings_ended(s, disk))
		return;
	disk_detach(s->domain, disk->devid);
	set_state(s, disk, XenbusStateClosed);
	disk_nodes_remove(s->xs, s->domid, disk->devid);
}

static void step_live(struct disk_server *s, struct served *disk, uint32_t back, uint32_t front)
{
	switch (front) {
	case XenbusStateInitialising:
		if (back != XenbusStateInitWait && rings_ended(s, disk))
			set_state(s, disk, XenbusStateInitWait);
		break;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		if (back == XenbusStateInitWait)
			connect(s, disk);
		break;
	case XenbusStateClosing:
		if (back != XenbusStateClosing && back != XenbusStateClosed)
			set_state(s, disk, XenbusStateClosing);
		break;
	case XenbusStateClosed:
	case XenbusStateUnknown:
		if (back != XenbusStateClosed && rings_ended(s, disk))
			set_state(s, disk, XenbusStateClosed);
		break;
	default:
		break;
	}
}

static int read_node(struct disk_server *s, const struct served *disk, enum disk_side side,
		     const char *node, uint32_t *number)
{
	return disk_nodes_number(s->xs, XBT_NULL, disk_path(side, s->domid, disk->devid, node),
				 number);
}

/* Return: whether it is a disk still; one that was taken away by force has no nodes. */
static bool step(struct disk_server *s, struct served *disk)
{
	uint32_t back, front = XenbusStateUnknown, online = 0;
	int found;

	disk->dirty = false;
	disk->again = false;
	found = read_node(s, disk, DISK_BACKEND, "state", &back);
	if (found <= 0)
		return found;
	read_node(s, disk, DISK_BACKEND, "online", &online);
	if (read_node(s, disk, DISK_FRONTEND, "state", &front) <= 0)
		front = XenbusStateUnknown;
	if (online)
		step_live(s, disk, back, front);
	else if (front != XenbusStateInitialised && front != XenbusStateConnected &&
		 front != XenbusStateClosing)
		remove_disk(s, disk);
	return true;
}

int disk_serve(struct disk_server *s)
{
	bool there;

	if (!s || now_ms() < s->next_ms)
		return 0;
	store_busy();
	there = take_events(s);
	for (unsigned int i = 0; there && i < s->nr; i++)
		if ((s->disks[i].dirty || s->disks[i].again) && !step(s, &s->disks[i]))
			s->disks[i--] = s->disks[--s->nr];
	store_idle();
	s->next_ms = now_ms() + DISK_SERVE_PACE_MS;
	return there ? 0 : -1;
}

/* While it rests, what is said waits. */
int disk_serve_fd(const struct disk_server *s)
{
	return s && now_ms() >= s->next_ms ? xs_fileno(s->xs) : -1;
}

int disk_serve_timeout(const struct disk_server *s)
{
	uint64_t now = now_ms();

	if (!s)
		return -1;
	if (now < s->next_ms)
		return (int)(s->next_ms - now);
	for (unsigned int i = 0; i < s->nr; i++)
		if (s->disks[i].again)
			return AGAIN_MS;
	return -1;
}

struct disk_server *disk_serve_open(int domain, uint32_t domid)
{
	struct disk_server *s = calloc(1, sizeof(*s));
	char *back = msg_text("/local/domain/0/backend/vbd/%u", domid);
	char *front = msg_text("/local/domain/%u/device/vbd", domid);

	if (!s)
		msg_out_of_memory();
	s->domain = domain;
	s->domid = domid;
	s->xs = store_connect();
	/* A watch is told of what is there as well, at once. */
	if (s->xs && (store_has(s->xs, domid) <= 0 || !xs_watch(s->xs, back, TOKEN_BACK) ||
		      !xs_watch(s->xs, front, TOKEN_FRONT))) {
		store_close(s->xs);
		s->xs = NULL;
	}
	free(back);
	free(front);
	if (!s->xs) {
		free(s);
		return NULL;
	}
	store_idle();
	return s;
}

void disk_serve_close(struct disk_server *s)
{
	if (!s)
		return;
	store_close(s->xs);
	free(s);
}
