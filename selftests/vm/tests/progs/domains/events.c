// SPDX-License-Identifier: GPL-2.0-only
/* poll() and netlink. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "domains/domains.h"
#include "nl.h"
#include "xt.h"

/* What poll() says at this moment. */
static short events_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLPRI };

	if (poll(&p, 1, 0) < 0)
		xt_die("poll: %s", xt_errno_name(errno));
	return p.revents;
}

static void polling(void)
{
	struct xlhv_rename name = { .name = "polled too" };
	struct pollfd p = { .events = POLLPRI };
	int fd = create("polled", 0), other;
	bool good;

	p.fd = fd;
	good = events_of(fd) == POLLPRI;
	info_of(fd);
	good &= !events_of(fd);
	good &= !open_domain(XLHV_DOMID_BY_NAME, "polled", &other);
	good &= !xt_call(other, XLHV_DOM_RENAME, &name) && events_of(fd) == POLLPRI;
	info_of(other);
	good &= events_of(fd) == POLLPRI && !events_of(other);
	info_of(fd);
	good &= !events_of(fd);
	xt_result(good, "poll: each descriptor hears of what changed since it last asked");

	/* ud2, with no table of interrupts: a triple fault. */
	build(fd, (const unsigned char *)"\x0f\x0b", 2);
	good = !xt_call(fd, XLHV_DOM_FINISH, NULL);
	info_of(fd);
	good &= !xt_call(fd, XLHV_DOM_UNPAUSE, NULL);
	while (!(info_of(fd).flags & XLHV_DOM_SHUTDOWN) && poll(&p, 1, 10000) == 1)
		;
	xt_result(good && info_of(fd).shutdown_reason == 1, "poll: the shutdown is waited for (%u)",
		  info_of(fd).shutdown_reason);
	info_of(other);
	good = !xt_call(fd, XLHV_DOM_DESTROY, NULL);
	xt_result(good && events_of(other) == (POLLHUP | POLLPRI) && events_of(fd) & POLLHUP,
		  "poll: the end");
	close(fd);
	close(other);
}

static void netlink(void)
{
	static const uint32_t want[][2] = {
		{ XLHV_EVENT_CREATED }, { XLHV_EVENT_FINISHED }, { XLHV_EVENT_RENAMED },
		{ XLHV_EVENT_UNPAUSED }, { XLHV_EVENT_SHUTDOWN, 1 },
		{ XLHV_EVENT_PAUSED, XLHV_PAUSE_TOOL }, { XLHV_EVENT_DESTROYED },
	};
	struct xlhv_rename name = { .name = "heard too" };
	int listener = nl_listen(), fd = create("heard", 0);
	unsigned int domid = info_of(fd).domid;
	struct nl_event event;
	bool good;

	build(fd, (const unsigned char *)"\x0f\x0b", 2);
	good = !xt_call(fd, XLHV_DOM_FINISH, NULL);
	/* What changes nothing is no event. */
	good &= !xt_call(fd, XLHV_DOM_PAUSE, NULL);
	good &= !xt_call(fd, XLHV_DOM_RENAME, &name);
	good &= !xt_call(fd, XLHV_DOM_UNPAUSE, NULL) && !xt_call(fd, XLHV_DOM_UNPAUSE, NULL);
	while (!(info_of(fd).flags & XLHV_DOM_SHUTDOWN))
		usleep(1000);
	for (size_t i = 0; i < NR(want); i++) {
		/* So that the order is what it has to be, not what it may be. */
		if (want[i][0] == XLHV_EVENT_PAUSED)
			good &= !xt_call(fd, XLHV_DOM_PAUSE, NULL) &&
				!xt_call(fd, XLHV_DOM_PAUSE, NULL) &&
				!xt_call(fd, XLHV_DOM_DESTROY, NULL);
		if (!nl_next(listener, &event)) {
			xt_note("event %zu does not come", i);
			good = false;
			break;
		}
		if (event.event != want[i][0] || event.reason != want[i][1] ||
		    event.domid != domid || strncmp(event.name, "heard", 5) || !event.time) {
			xt_note("event %zu: %u reason %u domain %u \"%s\"", i, event.event,
				event.reason, event.domid, event.name);
			good = false;
		}
	}
	xt_result(good && !nl_waits(listener), "netlink: each change once, in order");
	close(fd);

	/* Destroyed at once after it has shut down: still in order. */
	for (unsigned int i = 0; i < 20 && good; i++) {
		uint32_t last = 0;

		fd = create("brief", 0);
		build(fd, (const unsigned char *)"\x0f\x0b", 2);
		good = !xt_call(fd, XLHV_DOM_FINISH, NULL) && !xt_call(fd, XLHV_DOM_UNPAUSE, NULL);
		while (!(info_of(fd).flags & XLHV_DOM_SHUTDOWN))
			;
		good &= !xt_call(fd, XLHV_DOM_DESTROY, NULL);
		close(fd);
		do {
			good &= nl_next(listener, &event) && event.event > last;
			last = event.event;
		} while (good && last != XLHV_EVENT_DESTROYED);
	}
	xt_result(good, "netlink: the end comes last");
	close(listener);
}

/* jmp . with no table of interrupts: an NMI is a triple fault. */
static void triggers(void)
{
	struct xlhv_trigger nmi = { .kind = XLHV_TRIGGER_NMI }, odd;
	int fd = create("nmi", 0);
	bool good;

	build(fd, (const unsigned char *)"\xeb\xfe", 2);
	good = refused(fd, "while it is built", xt_call(fd, XLHV_DOM_TRIGGER, &nmi), EBUSY,
		       "being built");
	good &= !xt_call(fd, XLHV_DOM_FINISH, NULL);
	odd = nmi;
	odd.vcpu = 1;
	good &= refused(fd, "vCPU 1", xt_call(fd, XLHV_DOM_TRIGGER, &odd), ENOENT, "vCPUs 0 to 0");
	odd.vcpu = ~0U;
	good &= refused(fd, "vCPU ~0", xt_call(fd, XLHV_DOM_TRIGGER, &odd), ENOENT, "vCPUs 0 to 0");
	for (uint32_t kind = 0; kind < 64; kind++) {
		odd = (struct xlhv_trigger){ .kind = kind };
		if (kind != XLHV_TRIGGER_NMI)
			good &= refused(fd, "no such event", xt_call(fd, XLHV_DOM_TRIGGER, &odd),
					EOPNOTSUPP, "no event");
	}
	for (size_t i = 0; i < NR(odd.reserved); i++) {
		odd = nmi;
		odd.reserved[i] = 1ULL << 63;
		good &= xt_call(fd, XLHV_DOM_TRIGGER, &odd) == EINVAL;
	}
	good &= !xt_call(fd, XLHV_DOM_UNPAUSE, NULL);
	usleep(20000);
	good &= !(info_of(fd).flags & XLHV_DOM_SHUTDOWN);
	xt_result(good, "an NMI that cannot be is refused");

	good = !xt_call(fd, XLHV_DOM_TRIGGER, &nmi);
	for (unsigned int i = 0; i < 1000 && !(info_of(fd).flags & XLHV_DOM_SHUTDOWN); i++)
		usleep(1000);
	xt_result(good && info_of(fd).flags & XLHV_DOM_SHUTDOWN && info_of(fd).shutdown_reason == 1,
		  "an NMI arrives");
	good = !xt_call(fd, XLHV_DOM_TRIGGER, &nmi);
	good &= !xt_call(fd, XLHV_DOM_DESTROY, NULL) &&
		xt_call(fd, XLHV_DOM_TRIGGER, &nmi) == ESRCH;
	close(fd);
	xt_result(good, "one that has shut down has none, one that is gone is gone");
}

void cases_of_events(void)
{
	triggers();
	polling();
	netlink();
}
