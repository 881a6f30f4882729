// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backend's half of the XenbusState protocol; see serve.h.
 *
 * A step looks at the states of both sides as they are now, and does the one thing that they call
 * for. What has to be waited for (requests under way when a ring ends) is looked at again later,
 * so that a disk that hangs keeps nobody but its own frontend waiting.
 */
#include <errno.h>
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

/* How often a ring's end is looked for. */
#define AGAIN_MS	50

/*
 * Each ring that the module is asked for costs the host a thread, good or not. So one attempt
 * follows another after this, then twice as long, and so on; until for some time there was none,
 * as when a connection has lasted.
 */
#define CONNECT_MS	50
#define CONNECT_MAX_MS	2000
#define CONNECT_REST_MS	5000

/* So long a guest's grants may be not ready yet. */
#define CONNECT_FOR_MS	3000

/* When what the store refused to tell, or to take, is tried again. */
#define UNREAD_MS	1000

/* When a daemon that went away is looked for: at first, and at last. */
#define REOPEN_MS	1000
#define REOPEN_MAX_MS	64000

/* Lines about one disk, whatever its frontend tries. */
#define MAX_LINES	8

#define TOKEN_BACK	"b"
#define TOKEN_FRONT	"f"

/**
 * struct served - a disk
 * @devid: its number
 * @dirty: something may have changed
 * @due_ms: when what it waits for is looked at; 0: it waits for nothing
 * @connect_ms: no connection is tried before that
 * @delay_ms: what the last one had the next one wait for
 * @since_ms: since then one can not be made for now; 0: it can
 * @lines: so many lines about it were written
 */
struct served {
	uint32_t devid;
	bool dirty;
	uint64_t due_ms;
	uint64_t connect_ms;
	uint64_t delay_ms;
	uint64_t since_ms;
	unsigned int lines;
};

/* What came of looking at a disk. */
enum step_result {
	STEP_DONE,
	STEP_GONE,		/* it is none any more */
	STEP_UNREAD,		/* the store did not tell: nothing was done */
};

/**
 * struct disk_server - a domain's disks
 * @xs: connection; NULL: its daemon cannot be asked
 * @domain: the domain's descriptor
 * @domid: its number
 * @next_ms: no round, and no attempt to connect, before that
 * @reopen_ms: what the next attempt to connect waits for
 * @told: it was said that the daemon cannot be asked
 * @disks: as many as @nr
 * @nr: how many
 */
struct disk_server {
	struct xs_handle *xs;
	int domain;
	uint32_t domid;
	uint64_t next_ms;
	uint64_t reopen_ms;
	bool told;
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
	bool search = false, there;
	char **event;

	while ((event = store_event(s->xs, &there))) {
		/* What a guest writes is no reason to look for disks. */
		if (!strcmp(event[XS_WATCH_TOKEN], TOKEN_BACK))
			search |= !mark(s, event[XS_WATCH_PATH], 7);
		else
			mark(s, event[XS_WATCH_PATH], 6);
		free(event);
	}
	if (search)
		find_disks(s);
	return there;
}

static void look_again(struct served *disk, uint64_t when_ms)
{
	if (!disk->due_ms || when_ms < disk->due_ms)
		disk->due_ms = when_ms;
}

/*
 * Nothing is written if somebody has decided otherwise about the disk since it was looked at: that
 * is told of, and it is looked at again.  Return: whether it was written.
 */
static bool set_state(struct disk_server *s, struct served *disk, bool online,
		      enum xenbus_state state)
{
	int written = disk_nodes_state(s->xs, s->domid, disk->devid, online, state);

	if (written < 0)
		look_again(disk, now_ms() + UNREAD_MS);
	return written > 0;
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
	look_again(disk, now_ms() + AGAIN_MS);
	return false;
}

/*
 * The size is written before the state: a frontend that sees the one sees the other. One that is
 * not told would wait for ever.
 */
static void tell_connected(struct disk_server *s, struct served *disk)
{
	struct xlhv_blk_info info = { .vdev = disk->devid };

	if (ioctl(s->domain, XLHV_BLK_INFO, &info) ||
	    disk_nodes_resize(s->xs, s->domid, disk->devid, info.sectors) < 0)
		look_again(disk, now_ms() + UNREAD_MS);
	else
		set_state(s, disk, true, XenbusStateConnected);
}

/* Return: as rings_connect(); an attempt was made, and the next one has to wait. */
static enum rings_result try_rings(struct disk_server *s, struct served *disk, struct rings *rings,
				   char **why)
{
	uint64_t now = now_ms();

	if (now - disk->connect_ms > CONNECT_REST_MS)
		disk->delay_ms = CONNECT_MS;
	else if (disk->delay_ms < CONNECT_MAX_MS / 2)
		disk->delay_ms *= 2;
	else
		disk->delay_ms = CONNECT_MAX_MS;
	disk->connect_ms = now + disk->delay_ms;
	return rings_connect(s->domain, rings, why);
}

static void connect(struct disk_server *s, struct served *disk)
{
	uint64_t now = now_ms();
	enum rings_result result;
	struct rings rings;
	char *why;

	/* Of an earlier connection. */
	if (!rings_ended(s, disk))
		return;
	if (now < disk->connect_ms) {
		look_again(disk, disk->connect_ms);
		return;
	}
	result = rings_read(s->xs, s->domid, disk->devid, &rings, &why);
	if (result == RINGS_AGAIN) {
		/* That is not the guest's fault. */
		look_again(disk, now + UNREAD_MS);
		free(why);
		return;
	}
	if (result == RINGS_GOOD)
		result = try_rings(s, disk, &rings, &why);
	if (result == RINGS_AGAIN && !disk->since_ms)
		disk->since_ms = now;
	if (result == RINGS_AGAIN && now - disk->since_ms < CONNECT_FOR_MS) {
		look_again(disk, disk->connect_ms);
		free(why);
		return;
	}
	disk->since_ms = 0;
	if (result == RINGS_GOOD) {
		tell_connected(s, disk);
	} else {
		say(disk, s->domid, "refused: %s", why);
		set_state(s, disk, true, XenbusStateClosing);
	}
	free(why);
}

/* It is to go, and its frontend has let go of it or was never there. */
static void remove_disk(struct disk_server *s, struct served *disk)
{
	if (!rings_ended(s, disk))
		return;
	disk_detach(s->domain, disk->devid);
	if (set_state(s, disk, false, XenbusStateClosed) &&
	    disk_nodes_retire(s->xs, s->domid, disk->devid) < 0)
		look_again(disk, now_ms() + UNREAD_MS);
}

static void step_live(struct disk_server *s, struct served *disk, uint32_t back, uint32_t front)
{
	switch (front) {
	case XenbusStateInitialising:
		if (back != XenbusStateInitWait && rings_ended(s, disk))
			set_state(s, disk, true, XenbusStateInitWait);
		break;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		if (back == XenbusStateInitWait)
			connect(s, disk);
		break;
	case XenbusStateClosing:
		if (back != XenbusStateClosing && back != XenbusStateClosed)
			set_state(s, disk, true, XenbusStateClosing);
		break;
	case XenbusStateClosed:
	case XenbusStateUnknown:
		if (back != XenbusStateClosed && rings_ended(s, disk))
			set_state(s, disk, true, XenbusStateClosed);
		break;
	default:
		break;
	}
}

static void step_leaving(struct disk_server *s, struct served *disk, uint32_t back, uint32_t front)
{
	switch (front) {
	case XenbusStateInitialised:
	case XenbusStateConnected:
	case XenbusStateClosing:
		/* Whoever wants it to go has written that, but perhaps it was written over. */
		if (back != XenbusStateClosing)
			set_state(s, disk, false, XenbusStateClosing);
		break;
	default:
		remove_disk(s, disk);
		break;
	}
}

static int read_node(struct disk_server *s, const struct served *disk, enum disk_side side,
		     const char *node, uint32_t *number)
{
	return disk_nodes_number(s->xs, XBT_NULL, disk_path(side, s->domid, disk->devid, node),
				 number);
}

/* A disk that was taken away by force has no nodes. */
static enum step_result step(struct disk_server *s, struct served *disk)
{
	uint32_t back, front, online;
	int has_back, has_front, has_online;

	disk->dirty = false;
	disk->due_ms = 0;
	has_back = read_node(s, disk, DISK_BACKEND, "state", &back);
	if (!has_back)
		return STEP_GONE;
	has_online = read_node(s, disk, DISK_BACKEND, "online", &online);
	has_front = read_node(s, disk, DISK_FRONTEND, "state", &front);
	/* Of the host's own nothing else is known to mean anything; a guest may write anything. */
	if (has_back < 0 || has_online < 0 || has_front == DISK_NODE_UNREAD) {
		look_again(disk, now_ms() + UNREAD_MS);
		return STEP_UNREAD;
	}
	if (has_front <= 0)
		front = XenbusStateUnknown;
	if (front != XenbusStateInitialised && front != XenbusStateConnected)
		disk->since_ms = 0;
	if (has_online && online)
		step_live(s, disk, back, front);
	else
		step_leaving(s, disk, back, front);
	return STEP_DONE;
}

/* One round.  Return: whether the daemon is there. */
static bool serve_all(struct disk_server *s)
{
	store_busy();
	if (!take_events(s))
		return false;
	for (unsigned int i = 0; i < s->nr; i++) {
		struct served *disk = &s->disks[i];

		if (!disk->dirty && (!disk->due_ms || now_ms() < disk->due_ms))
			continue;
		/* The patience is for what one disk asks for. */
		store_busy();
		switch (step(s, disk)) {
		case STEP_GONE:
			s->disks[i--] = s->disks[--s->nr];
			break;
		case STEP_UNREAD:
			if (!take_events(s))
				return false;
			break;
		default:
			break;
		}
	}
	store_idle();
	return true;
}

/* Return: 1; 0: the domain has no XenStore; -1 with errno set: the daemon cannot be asked. */
static int open_store(struct disk_server *s)
{
	char *back = msg_text("/local/domain/0/backend/vbd/%u", s->domid);
	char *front = msg_text("/local/domain/%u/device/vbd", s->domid);
	int has = -1, error;

	s->xs = store_connect();
	if (s->xs) {
		has = store_has(s->xs, s->domid);
		/* A watch is told of what is there as well, at once. */
		if (has > 0 && (!xs_watch(s->xs, back, TOKEN_BACK) ||
				!xs_watch(s->xs, front, TOKEN_FRONT)))
			has = -1;
		if (has <= 0) {
			store_close(s->xs);
			s->xs = NULL;
		}
	}
	error = errno;
	store_idle();
	free(back);
	free(front);
	errno = error;
	return has;
}

/* The daemon cannot be asked: that is said once, and it is looked for ever more seldom. */
static void rest(struct disk_server *s, int error)
{
	if (!s->told)
		msg_note("domain %u: XenStore: %s: its disks stay as they are until it can be asked",
			 s->domid, store_error(error));
	s->told = true;
	s->next_ms = now_ms() + s->reopen_ms;
	s->reopen_ms = s->reopen_ms < REOPEN_MAX_MS / 2 ? s->reopen_ms * 2 : REOPEN_MAX_MS;
}

static int reopen(struct disk_server *s)
{
	int has = open_store(s);

	if (has < 0) {
		rest(s, errno);
		return 0;
	}
	if (!has) {
		msg_note("domain %u: XenStore does not know it any more: its disks stay as they are",
			 s->domid);
		return -1;
	}
	msg_note("domain %u: XenStore can be asked again", s->domid);
	s->told = false;
	return 0;
}

int disk_serve(struct disk_server *s)
{
	if (!s || now_ms() < s->next_ms)
		return 0;
	if (!s->xs)
		return reopen(s);
	if (serve_all(s)) {
		s->next_ms = now_ms() + DISK_SERVE_PACE_MS;
		/* An answer: it is not one that lets connect and says nothing. */
		s->reopen_ms = REOPEN_MS;
		return 0;
	}
	rest(s, ECONNRESET);
	store_close(s->xs);
	s->xs = NULL;
	return 0;
}

/* While it rests, what is said waits. */
static bool is_resting(const struct disk_server *s)
{
	return !s || !s->xs || now_ms() < s->next_ms;
}

int disk_serve_fd(const struct disk_server *s)
{
	return is_resting(s) ? -1 : xs_fileno(s->xs);
}

int disk_serve_end_fd(const struct disk_server *s)
{
	return is_resting(s) ? -1 : store_socket();
}

int disk_serve_timeout(const struct disk_server *s)
{
	uint64_t now = now_ms(), due = UINT64_MAX;

	if (!s)
		return -1;
	if (now < s->next_ms || !s->xs)
		due = s->next_ms;
	else
		for (unsigned int i = 0; i < s->nr; i++)
			if (s->disks[i].due_ms && s->disks[i].due_ms < due)
				due = s->disks[i].due_ms;
	if (due == UINT64_MAX)
		return -1;
	return due > now ? (int)(due - now) : 0;
}

struct disk_server *disk_serve_open(int domain, uint32_t domid)
{
	struct disk_server *s = calloc(1, sizeof(*s));
	int has;

	if (!s)
		msg_out_of_memory();
	s->domain = domain;
	s->domid = domid;
	s->reopen_ms = REOPEN_MS;
	has = open_store(s);
	/* Where no daemon runs there is nobody to serve by either; but a stopped one is. */
	if (!has || (has < 0 && (errno == ENOENT || errno == ECONNREFUSED))) {
		free(s);
		return NULL;
	}
	if (has < 0)
		rest(s, errno);
	return s;
}

void disk_serve_close(struct disk_server *s)
{
	if (!s)
		return;
	if (s->xs)
		store_close(s->xs);
	free(s);
}
