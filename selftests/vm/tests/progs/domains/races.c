// SPDX-License-Identifier: GPL-2.0-only
/* Two things at once, on two CPUs if there are. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "domains/domains.h"
#include "nl.h"
#include "xt.h"

struct other {
	void (*fn)(void *arg);
	void *arg;
	unsigned int delay;
	int ready;
};

static void on_cpu(unsigned int n)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(n % sysconf(_SC_NPROCESSORS_ONLN), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		xt_die("affinity: %s", xt_errno_name(errno));
}

/* Begins when the one that calls it here does, or a moment later. */
static void begin(struct other *o, unsigned int delay)
{
	__atomic_add_fetch(&o->ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&o->ready, __ATOMIC_SEQ_CST) < 2)
		sched_yield();
	for (volatile unsigned int i = 0; i < delay; i++)
		;
}

static void *other_thread(void *data)
{
	struct other *o = data;

	on_cpu(1);
	begin(o, o->delay);
	o->fn(o->arg);
	return NULL;
}

/* @fn and @other at once, in round @n; which of them is late differs from round to round. */
static void both(unsigned int n, void (*fn)(void *arg), void (*other)(void *arg), void *arg)
{
	struct other o = { .fn = other, .arg = arg, .delay = n % 2 ? n * 50 : 0 };
	pthread_t thread;

	if (pthread_create(&thread, NULL, other_thread, &o))
		xt_die("no thread");
	on_cpu(0);
	begin(&o, n % 2 ? 0 : n * 50);
	fn(arg);
	pthread_join(thread, NULL);
}

/* A name of one letter, and a UUID of the same. */
static void rename_to(int fd, char letter)
{
	struct xlhv_rename r = { .flags = XLHV_RENAME_UUID };

	memset(r.name, letter, sizeof(r.name) - 1);
	memset(r.uuid, letter, sizeof(r.uuid));
	xt_must(xt_call(fd, XLHV_DOM_RENAME, &r), "rename");
}

static volatile bool asking;

static void rename_on(void *arg)
{
	unsigned int turns = 0;

	while (asking)
		rename_to(*(int *)arg, 'a' + turns++ % 2);
	xt_note("renamed %u times", turns);
}

static bool of_one_letter(const struct xlhv_dom_info *info)
{
	bool good = true;

	for (unsigned int i = 0; i < sizeof(info->name) - 1; i++)
		good &= info->name[i] == info->name[0];
	for (unsigned int i = 0; i < sizeof(info->uuid); i++)
		good &= info->uuid[i] == (unsigned char)info->name[0];
	if (!good)
		xt_note("called %s, UUID %.16s", info->name, (const char *)info->uuid);
	return good;
}

static bool whole;

static void ask_on(void *arg)
{
	struct xlhv_dom_info infos[2];
	struct xlhv_dom_list l = { .count = 2, .info = (uintptr_t)infos };

	for (unsigned int i = xt_turns(300); i && whole; i--) {
		l.first = 0;
		l.count = 2;
		infos[0] = info_of(*(int *)arg);
		whole &= of_one_letter(&infos[0]);
		whole &= !xt_call(device, XLHV_DOM_LIST, &l) && l.count == 1 &&
			 of_one_letter(&infos[0]);
	}
	asking = false;
}

static void identity(void)
{
	int fd = create("identity", 0);

	rename_to(fd, 'z');
	whole = true;
	asking = true;
	both(0, ask_on, rename_on, &fd);
	close(fd);
	xt_result(whole, "name and UUID are those of one moment, whoever renames it");
}

static void do_pause(void *arg)
{
	xt_must(xt_call(*(int *)arg, XLHV_DOM_PAUSE, NULL), "pause");
}

static void do_unpause(void *arg)
{
	xt_must(xt_call(*(int *)arg, XLHV_DOM_UNPAUSE, NULL), "unpause");
}

/* Events that are there now: each is another than the one before it.  Return: the last one. */
static uint32_t heard(int listener, uint32_t last, unsigned int *wrong)
{
	struct nl_event event;

	while (nl_waits(listener)) {
		if (!nl_next(listener, &event) || event.event == last)
			++*wrong;
		last = event.event;
	}
	return last;
}

/* Whoever listens knows what the domain is in the end. */
static void told_in_order(void)
{
	unsigned int wrong = 0, i, n = xt_turns(60);
	uint32_t last = XLHV_EVENT_UNPAUSED;
	int listener, fd = create("ordered", 0);
	bool paused;

	/* jmp . */
	build(fd, (const unsigned char *)"\xeb\xfe", 2);
	xt_must(xt_call(fd, XLHV_DOM_FINISH, NULL), "finish");
	do_unpause(&fd);
	listener = nl_listen();
	for (i = 0; i < n && !wrong; i++) {
		both(i, do_pause, do_unpause, &fd);
		last = heard(listener, last, &wrong);
		paused = info_of(fd).flags & XLHV_DOM_PAUSED;
		if (last != (paused ? XLHV_EVENT_PAUSED : XLHV_EVENT_UNPAUSED))
			wrong++;
		if (last == XLHV_EVENT_PAUSED)
			do_unpause(&fd);
		last = heard(listener, last, &wrong);
	}
	if (wrong)
		xt_note("round %u: last event %u, flags %#x", i, last, info_of(fd).flags);
	xt_must(xt_call(fd, XLHV_DOM_DESTROY, NULL), "destroy");
	close(fd);
	close(listener);
	xt_result(!wrong, "netlink: of two at once the last told is the last done");
}

struct unbuilt {
	int fd, other, opened, finished;
};

static void let_go(void *arg)
{
	close(((struct unbuilt *)arg)->fd);
}

static void take_over(void *arg)
{
	struct unbuilt *u = arg;

	u->opened = open_domain(XLHV_DOMID_BY_NAME, "unbuilt", &u->other);
	u->finished = u->opened ?: xt_call(u->other, XLHV_DOM_FINISH, NULL);
}

/* Its last descriptor goes while another is had by its name, by which it is finished: or not. */
static void unbuilt(void)
{
	unsigned int lived = 0, died = 0, missed = 0, n = xt_turns(60), i;
	bool good = true;

	for (i = 0; i < n && good; i++) {
		struct unbuilt u = { .fd = create("unbuilt", 0) };

		build(u.fd, (const unsigned char *)"\xeb\xfe", 2);
		both(i, let_go, take_over, &u);
		if (!u.finished) {
			lived++;
			good &= !!(info_of(u.other).flags & XLHV_DOM_PAUSED);
			close(u.other);
			good &= domains() == 1;
			good &= !open_domain(XLHV_DOMID_BY_NAME, "unbuilt", &u.other);
			good &= !xt_call(u.other, XLHV_DOM_DESTROY, NULL);
		} else {
			good &= u.finished == ESRCH;
			*(u.opened ? &missed : &died) += 1;
		}
		if (!u.opened)
			close(u.other);
		good &= !domains();
		if (!good)
			xt_note("round %u: open %s, finish %s", i, xt_errno_name(u.opened),
				xt_errno_name(u.finished));
	}
	xt_note("%u lived, %u died in their other hands, %u were not found", lived, died, missed);
	xt_result(good, "closed by one and finished by another: it lives or dies, for both");
}

void cases_of_races(void)
{
	identity();
	told_in_order();
	unbuilt();
}
