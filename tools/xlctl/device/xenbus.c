// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backend's half of the XenbusState protocol; see xenbus.h.
 *
 * A step looks at the states of both sides as they are now, and does the one thing that they call
 * for. What has to be waited for (requests under way when a ring ends) is looked at again later,
 * so that a device that hangs keeps nobody but its own frontend waiting.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xen/xen.h>
#include <xen/io/xenbus.h>

#include "common/msg.h"
#include "device/kind.h"
#include "device/nodes.h"
#include "device/xenbus.h"
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

/* Lines about one device, whatever its frontend tries. */
#define MAX_LINES	8

/* What the token of a watch begins with; the kind follows. */
#define TOKEN_BACK	'b'
#define TOKEN_FRONT	'f'

/**
 * struct served - a device
 * @kind: its kind
 * @devid: its number
 * @dirty: something may have changed
 * @due_ms: when what it waits for is looked at; 0: it waits for nothing
 * @connect_ms: no connection is tried before that
 * @delay_ms: what the last one had the next one wait for
 * @since_ms: since then one can not be made for now; 0: it can
 * @lines: so many lines about it were written
 */
struct served {
	const struct device_kind *kind;
	uint32_t devid;
	bool dirty;
	uint64_t due_ms;
	uint64_t connect_ms;
	uint64_t delay_ms;
	uint64_t since_ms;
	unsigned int lines;
};

/* What came of looking at a device. */
enum step_result {
	STEP_DONE,
	STEP_GONE,		/* it is none any more */
	STEP_UNREAD,		/* the store did not tell: nothing was done */
};

/**
 * struct device_server - a domain's devices
 * @xs: connection; NULL: its daemon cannot be asked
 * @domain: the domain's descriptor
 * @domid: its number
 * @next_ms: no round, and no attempt to connect, before that
 * @reopen_ms: what the next attempt to connect waits for
 * @told: it was said that the daemon cannot be asked
 * @kinds: of device
 * @nr: how many devices there are
 * @devices: each of them; there is room for all that a domain may have
 */
struct device_server {
	struct xs_handle *xs;
	int domain;
	uint32_t domid;
	uint64_t next_ms;
	uint64_t reopen_ms;
	bool told;
	const struct device_kinds *kinds;
	unsigned int nr;
	struct served devices[];
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void __attribute__((format(printf, 3, 4))) say(struct served *device, uint32_t domid,
						      const char *format, ...)
{
	char *text;
	va_list args;

	if (device->lines >= MAX_LINES)
		return;
	device->lines++;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		msg_out_of_memory();
	va_end(args);
	msg_note("domain %u, %s %u: %s%s", domid, device->kind->what, device->devid, text,
		 device->lines == MAX_LINES ? " (no more is said of it)" : "");
	free(text);
}

static struct served *find(struct device_server *s, const struct device_kind *kind,
			   unsigned long devid)
{
	for (unsigned int i = 0; i < s->nr; i++)
		if (s->devices[i].kind == kind && s->devices[i].devid == devid)
			return &s->devices[i];
	return NULL;
}

static struct served *add(struct device_server *s, const struct device_kind *kind, uint32_t devid)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < s->nr; i++)
		nr += s->devices[i].kind == kind;
	if (nr == kind->max)
		return NULL;
	s->devices[s->nr] = (struct served){ .kind = kind, .devid = devid };
	return &s->devices[s->nr++];
}

/* Devices are found by the folders of their backends, which are the host's to make. */
static void find_devices(struct device_server *s, const struct device_kind *kind)
{
	struct device_id id = { .kind = kind->name, .domid = s->domid };
	char *path = device_folder(&id, DEVICE_BACKEND);
	unsigned int nr = 0;
	char **names = xs_directory(s->xs, XBT_NULL, path, &nr);

	free(path);
	for (unsigned int i = 0; names && i < nr; i++) {
		unsigned long devid = strtoul(names[i], NULL, 10);
		struct served *device = find(s, kind, devid);

		if (!device)
			device = add(s, kind, (uint32_t)devid);
		if (device)
			device->dirty = true;
	}
	free(names);
}

/* Marks the device whose number stands behind so many slashes.  Return: whether it is known. */
static bool mark(struct device_server *s, const struct device_kind *kind, const char *path,
		 unsigned int slashes)
{
	struct served *device;

	while (path && --slashes)
		path = strchr(path + 1, '/');
	if (!path || path[1] < '0' || path[1] > '9')
		return false;
	device = find(s, kind, strtoul(path + 1, NULL, 10));
	if (device)
		device->dirty = true;
	return device;
}

/* Takes all that is said.  Return: whether the daemon is there. */
static bool take_events(struct device_server *s)
{
	unsigned int search = 0;
	bool there;
	char **event;

	while ((event = store_event(s->xs, &there))) {
		const char *token = event[XS_WATCH_TOKEN], *path = event[XS_WATCH_PATH];
		unsigned int kind = (unsigned int)(token[1] - '0');

		/* What a guest writes is no reason to look for devices. */
		if (*token == TOKEN_FRONT)
			mark(s, s->kinds->kinds[kind], path, 6);
		else if (!mark(s, s->kinds->kinds[kind], path, 7))
			search |= 1U << kind;
		free(event);
	}
	for (unsigned int i = 0; i < s->kinds->nr; i++)
		if (search & 1U << i)
			find_devices(s, s->kinds->kinds[i]);
	return there;
}

static struct device_id id_of(const struct device_server *s, const struct served *device)
{
	return (struct device_id){
		.kind = device->kind->name, .domid = s->domid, .devid = device->devid,
	};
}

static void look_again(struct served *device, uint64_t when_ms)
{
	if (!device->due_ms || when_ms < device->due_ms)
		device->due_ms = when_ms;
}

/*
 * Nothing is written if somebody has decided otherwise about the device since it was looked at:
 * that is told of, and it is looked at again.  Return: whether it was written.
 */
static bool set_state(struct device_server *s, struct served *device, bool online,
		      enum xenbus_state state)
{
	struct device_id id = id_of(s, device);
	int written = device_set_state(s->xs, &id, online, state);

	if (written < 0)
		look_again(device, now_ms() + UNREAD_MS);
	return written > 0;
}

/* Nothing is served any more.  Return: whether that is so already; else it is looked at again. */
static bool has_ended(struct device_server *s, struct served *device)
{
	bool ended;

	/* The module may take its time, which is not the store's. */
	store_idle();
	ended = device->kind->ended(s->domain, device->devid);
	store_busy();
	if (ended)
		return true;
	look_again(device, now_ms() + AGAIN_MS);
	return false;
}

static void tell_connected(struct device_server *s, struct served *device)
{
	struct device_id id = id_of(s, device);

	if (device->kind->tell && device->kind->tell(s->xs, &id, s->domain))
		look_again(device, now_ms() + UNREAD_MS);
	else
		set_state(s, device, true, XenbusStateConnected);
}

/* Return: DEVICE_AGAIN: XenStore could not be read. */
static enum device_result read_wish(struct device_server *s, const struct served *device,
				    void **wish, char **why)
{
	struct device_id id = id_of(s, device);
	struct device_front front = { .xs = s->xs, .id = &id };
	bool good;

	*wish = NULL;
	good = device->kind->read(&front, wish);
	*why = front.why;
	if (!front.unread)
		return good ? DEVICE_GOOD : DEVICE_REFUSED;
	free(front.why);
	*why = msg_text("XenStore cannot be read");
	return DEVICE_AGAIN;
}

/* Return: as of the kind's connect(); an attempt was made, and the next one has to wait. */
static enum device_result try_wish(struct device_server *s, struct served *device, void *wish,
				   char **why)
{
	enum device_result result;
	uint64_t now = now_ms();

	if (now - device->connect_ms > CONNECT_REST_MS)
		device->delay_ms = CONNECT_MS;
	else if (device->delay_ms < CONNECT_MAX_MS / 2)
		device->delay_ms *= 2;
	else
		device->delay_ms = CONNECT_MAX_MS;
	device->connect_ms = now + device->delay_ms;
	store_idle();
	result = device->kind->connect(s->domain, wish, why);
	store_busy();
	return result;
}

/* What came of an attempt.  @why is what was wrong. */
static void finish_connect(struct device_server *s, struct served *device,
			   enum device_result result, const char *why)
{
	uint64_t now = now_ms();

	if (result == DEVICE_AGAIN && !device->since_ms)
		device->since_ms = now;
	if (result == DEVICE_AGAIN && now - device->since_ms < CONNECT_FOR_MS) {
		look_again(device, device->connect_ms);
		return;
	}
	device->since_ms = 0;
	if (result == DEVICE_GOOD) {
		tell_connected(s, device);
	} else {
		say(device, s->domid, "refused: %s", why);
		set_state(s, device, true, XenbusStateClosing);
	}
}

static void connect(struct device_server *s, struct served *device)
{
	enum device_result result;
	uint64_t now = now_ms();
	void *wish;
	char *why;

	/* Of an earlier connection. */
	if (!has_ended(s, device))
		return;
	if (now < device->connect_ms) {
		look_again(device, device->connect_ms);
		return;
	}
	result = read_wish(s, device, &wish, &why);
	if (result == DEVICE_AGAIN) {
		/* That is not the guest's fault. */
		look_again(device, now + UNREAD_MS);
	} else {
		if (result == DEVICE_GOOD)
			result = try_wish(s, device, wish, &why);
		finish_connect(s, device, result, why);
	}
	free(wish);
	free(why);
}

/* It is to go, and its frontend has let go of it or was never there. */
static void remove_device(struct device_server *s, struct served *device)
{
	struct device_id id = id_of(s, device);

	if (!has_ended(s, device))
		return;
	store_idle();
	device->kind->detach(s->domain, device->devid);
	store_busy();
	if (set_state(s, device, false, XenbusStateClosed) && device_retire(s->xs, &id) < 0)
		look_again(device, now_ms() + UNREAD_MS);
}

static void step_live(struct device_server *s, struct served *device, uint32_t back, uint32_t front)
{
	switch (front) {
	case XenbusStateInitialising:
		if (back != XenbusStateInitWait && has_ended(s, device))
			set_state(s, device, true, XenbusStateInitWait);
		break;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		if (back == XenbusStateInitWait)
			connect(s, device);
		break;
	case XenbusStateClosing:
		if (back != XenbusStateClosing && back != XenbusStateClosed)
			set_state(s, device, true, XenbusStateClosing);
		break;
	case XenbusStateClosed:
	case XenbusStateUnknown:
		if (back != XenbusStateClosed && has_ended(s, device))
			set_state(s, device, true, XenbusStateClosed);
		break;
	default:
		break;
	}
}

static void step_leaving(struct device_server *s, struct served *device, uint32_t back,
			 uint32_t front)
{
	switch (front) {
	case XenbusStateInitialised:
	case XenbusStateConnected:
	case XenbusStateClosing:
		/* Whoever wants it to go has written that, but perhaps it was written over. */
		if (back != XenbusStateClosing)
			set_state(s, device, false, XenbusStateClosing);
		break;
	default:
		remove_device(s, device);
		break;
	}
}

static int read_node(struct device_server *s, const struct served *device, enum device_side side,
		     const char *node, uint32_t *number)
{
	struct device_id id = id_of(s, device);

	return device_number(s->xs, XBT_NULL, device_path(&id, side, node), number);
}

/* A device that was taken away by force has no nodes. */
static enum step_result step(struct device_server *s, struct served *device)
{
	uint32_t back, front, online;
	int has_back, has_front, has_online;

	device->dirty = false;
	device->due_ms = 0;
	has_back = read_node(s, device, DEVICE_BACKEND, "state", &back);
	if (!has_back)
		return STEP_GONE;
	has_online = read_node(s, device, DEVICE_BACKEND, "online", &online);
	has_front = read_node(s, device, DEVICE_FRONTEND, "state", &front);
	/* Of the host's own nothing else is known to mean anything; a guest may write anything. */
	if (has_back < 0 || has_online < 0 || has_front == DEVICE_NODE_UNREAD) {
		look_again(device, now_ms() + UNREAD_MS);
		return STEP_UNREAD;
	}
	if (has_front <= 0)
		front = XenbusStateUnknown;
	if (front != XenbusStateInitialised && front != XenbusStateConnected)
		device->since_ms = 0;
	if (has_online && online)
		step_live(s, device, back, front);
	else
		step_leaving(s, device, back, front);
	return STEP_DONE;
}

/* One round.  Return: whether the daemon is there. */
static bool serve_all(struct device_server *s)
{
	store_busy();
	if (!take_events(s))
		return false;
	for (unsigned int i = 0; i < s->nr; i++) {
		struct served *device = &s->devices[i];

		if (!device->dirty && (!device->due_ms || now_ms() < device->due_ms))
			continue;
		/* The patience is for what one device asks for. */
		store_busy();
		switch (step(s, device)) {
		case STEP_GONE:
			s->devices[i--] = s->devices[--s->nr];
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

/* A watch is told of what is there as well, at once. */
static bool watch(struct device_server *s, unsigned int kind)
{
	struct device_id id = { .kind = s->kinds->kinds[kind]->name, .domid = s->domid };
	char back[] = { TOKEN_BACK, (char)('0' + kind), '\0' };
	char front[] = { TOKEN_FRONT, (char)('0' + kind), '\0' };
	char *ours = device_folder(&id, DEVICE_BACKEND);
	char *theirs = device_folder(&id, DEVICE_FRONTEND);
	bool good = xs_watch(s->xs, ours, back) && xs_watch(s->xs, theirs, front);
	int error = errno;

	free(ours);
	free(theirs);
	errno = error;
	return good;
}

/* Return: 1; 0: the domain has no XenStore; -1 with errno set: the daemon cannot be asked. */
static int open_store(struct device_server *s)
{
	int has = -1, error;

	s->xs = store_connect();
	if (s->xs)
		has = store_has(s->xs, s->domid);
	for (unsigned int i = 0; has > 0 && i < s->kinds->nr; i++)
		if (!watch(s, i))
			has = -1;
	error = errno;
	if (s->xs && has <= 0) {
		store_close(s->xs);
		s->xs = NULL;
	}
	store_idle();
	errno = error;
	return has;
}

/* The daemon cannot be asked: that is said once, and it is looked for ever more seldom. */
static void rest(struct device_server *s, int error)
{
	if (!s->told)
		msg_note("domain %u: XenStore: %s: its devices stay as they are until it can be asked",
			 s->domid, store_error(error));
	s->told = true;
	s->next_ms = now_ms() + s->reopen_ms;
	s->reopen_ms = s->reopen_ms < REOPEN_MAX_MS / 2 ? s->reopen_ms * 2 : REOPEN_MAX_MS;
}

static int reopen(struct device_server *s)
{
	int has = open_store(s);

	if (has < 0) {
		rest(s, errno);
		return 0;
	}
	if (!has) {
		msg_note("domain %u: XenStore does not know it any more: its devices stay as they are",
			 s->domid);
		return -1;
	}
	msg_note("domain %u: XenStore can be asked again", s->domid);
	s->told = false;
	return 0;
}

int device_serve(struct device_server *s)
{
	if (!s || now_ms() < s->next_ms)
		return 0;
	if (!s->xs)
		return reopen(s);
	if (serve_all(s)) {
		s->next_ms = now_ms() + DEVICE_SERVE_PACE_MS;
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
static bool is_resting(const struct device_server *s)
{
	return !s || !s->xs || now_ms() < s->next_ms;
}

int device_serve_fd(const struct device_server *s)
{
	return is_resting(s) ? -1 : xs_fileno(s->xs);
}

int device_serve_end_fd(const struct device_server *s)
{
	return is_resting(s) ? -1 : store_socket();
}

int device_serve_timeout(const struct device_server *s)
{
	uint64_t now = now_ms(), due = UINT64_MAX;

	if (!s)
		return -1;
	if (now < s->next_ms || !s->xs)
		due = s->next_ms;
	else
		for (unsigned int i = 0; i < s->nr; i++)
			if (s->devices[i].due_ms && s->devices[i].due_ms < due)
				due = s->devices[i].due_ms;
	if (due == UINT64_MAX)
		return -1;
	return due > now ? (int)(due - now) : 0;
}

struct device_server *device_serve_open(int domain, uint32_t domid,
					const struct device_kinds *kinds)
{
	struct device_server *s;
	unsigned int room = 0;
	int has;

	for (unsigned int i = 0; i < kinds->nr; i++)
		room += kinds->kinds[i]->max;
	s = calloc(1, sizeof(*s) + room * sizeof(s->devices[0]));
	if (!s)
		msg_out_of_memory();
	s->kinds = kinds;
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

void device_serve_close(struct device_server *s)
{
	if (!s)
		return;
	if (s->xs)
		store_close(s->xs);
	free(s);
}
