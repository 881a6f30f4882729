// SPDX-License-Identifier: GPL-2.0-only
/* A console at its end, and events to it without end; the serial port. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "control/control.h"
#include "xt.h"

/* What comes in is taken at once: in_cons = in_prod, for ever. */
static const unsigned char code_sink[] = {
	0xa1, 0x04, 0x8c, 0xff, 0xfe,		/* 1: mov 0xfeff8c04, %eax */
	0xa3, 0x00, 0x8c, 0xff, 0xfe,		/* mov %eax, 0xfeff8c00 */
	0xeb, 0xf4,				/* jmp 1b */
};

struct writer {
	pthread_t thread;
	int fd;
	unsigned long written;
	int err;
};

static void *write_console(void *data)
{
	struct writer *w = data;
	ssize_t n;

	for (;;) {
		n = write(w->fd, "x", 1);
		if (n != 1)
			break;
		w->written++;
	}
	w->err = n < 0 ? errno : 0;
	return NULL;
}

static void *read_console(void *data)
{
	struct writer *w = data;
	char buffer[64];
	ssize_t n;

	do
		n = read(w->fd, buffer, sizeof(buffer));
	while (n > 0);
	w->err = n < 0 ? errno : 0;
	return NULL;
}

void console_end(void)
{
	unsigned long written = 0;
	bool good = true;

	for (unsigned int turn = 0; turn < xt_turns(60) && good; turn++) {
		int dom = start("console", code_sink, sizeof(code_sink));
		struct writer w[7] = {};

		for (size_t i = 0; i < NR(w); i++) {
			w[i].fd = console_of(dom, 0);
			pthread_create(&w[i].thread, NULL, i ? write_console : read_console, &w[i]);
		}
		usleep(turn * 30000 / xt_turns(60));
		good &= !do_destroy(&dom);
		for (size_t i = 0; i < NR(w); i++) {
			pthread_join(w[i].thread, NULL);
			if (w[i].err != (i ? EPIPE : 0)) {
				xt_note("%s: %s", i ? "writer" : "reader",
					xt_errno_name(w[i].err));
				good = false;
			}
			written += w[i].written;
			close(w[i].fd);
		}
		close(dom);
	}
	xt_note("%lu bytes written", written);
	xt_result(good && written && !domains(), "six writers and a reader at a console's end");
}

/* An event to the console's port (1) for ever. */
static const unsigned char code_events[] = {
	0xb8, 32, 0, 0, 0,			/* 1: mov $32, %eax: event_channel_op */
	0xbb, 4, 0, 0, 0,			/* mov $4, %ebx: send */
	0xb9, 0x20, 0x10, 0, 0,			/* mov $0x1020, %ecx */
	0x0f, 0x01, 0xc1,			/* vmcall */
	0xeb, 0xec,				/* jmp 1b */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	1, 0, 0, 0,				/* at 0x1020: the port */
};

struct sleeper {
	pthread_t thread;
	int fd;
	unsigned long wakes;
};

static unsigned long switches(void)
{
	struct rusage u;

	getrusage(RUSAGE_THREAD, &u);
	return u.ru_nvcsw;
}

/* How often it is woken for nothing: it sleeps until there is text. */
static void *sleep_console(void *data)
{
	struct sleeper *s = data;
	unsigned long before = switches();
	char c;

	if (read(s->fd, &c, 1) < 0)
		s->wakes = ~0UL;
	else
		s->wakes = switches() - before;
	return NULL;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

void console_events(void)
{
	int dom = start("events", code_events, sizeof(code_events));
	static uint64_t values[256];
	static struct xlhv_stat_name names[256];
	struct xlhv_stat_names n = { .names = (uintptr_t)names, .count = 256 };
	struct xlhv_stats st = {
		.values = (uintptr_t)values, .count = 256, .vcpu = XLHV_ALL_VCPUS,
	};
	struct sleeper s = { .fd = console_of(dom, 0) };
	uint64_t begin = now_ms(), took, sent = 0;

	pthread_create(&s.thread, NULL, sleep_console, &s);
	usleep(1000000);
	xt_must(xt_call(device, XLHV_STAT_NAMES, &n), "names");
	xt_must(xt_call(dom, XLHV_DOM_STATS, &st), "stats");
	for (unsigned int i = 0; i < n.count; i++)
		if (!strcmp(names[i].name, "events.sent"))
			sent = values[i];
	do_destroy(&dom);
	pthread_join(s.thread, NULL);
	took = now_ms() - begin;
	xt_note("%llu events in %llu ms, %lu wakes", (unsigned long long)sent,
		(unsigned long long)took, s.wakes);
	xt_result(sent > 1000 && s.wakes < took / 4 + 50,
		  "events without end wake a console's reader at a pace");
	close(s.fd);
	close(dom);
}

/* Says each byte that it hears, plus one, and then for ever what it heard last. */
static const unsigned char code_echo[] = {
	0xbb, 40, 0, 0, 0,			/* mov $40, %ebx */
	0x66, 0xba, 0xfd, 0x03,			/* 1: mov $0x3fd, %dx: line status */
	0xec,					/* in %dx, %al */
	0xa8, 0x01,				/* test $1, %al */
	0x74, 0xf7,				/* jz 1b */
	0x66, 0xba, 0xf8, 0x03,			/* mov $0x3f8, %dx */
	0xec,					/* in %dx, %al */
	0xfe, 0xc0,				/* inc %al */
	0xee,					/* out %al, %dx */
	0x4b,					/* dec %ebx */
	0x75, 0xec,				/* jnz 1b */
	0xee,					/* 2: out %al, %dx */
	0xeb, 0xfd,				/* jmp 2b */
};

static bool read_all(int fd, char *to, size_t len)
{
	ssize_t got;

	for (; len; to += got, len -= got) {
		got = read(fd, to, len);
		if (got <= 0)
			return false;
	}
	return true;
}

struct flood {
	pthread_t thread;
	int fd;
	unsigned long wakes, bytes;
};

/* Follows what is said until its end. */
static void *follow(void *data)
{
	struct flood *f = data;
	unsigned long before = switches();
	static char text[1 << 16];
	ssize_t got;

	while ((got = read(f->fd, text, sizeof(text))) > 0)
		f->bytes += got;
	f->wakes = switches() - before;
	return NULL;
}

void serial_port(void)
{
	int dom = start("deaf", code_echo, sizeof(code_echo)), other;
	struct xlhv_console c = { .flags = XLHV_CONSOLE_SERIAL };
	static const char said[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";
	char heard[sizeof(said)] = "";
	size_t done = 0;
	struct flood f = {};
	uint64_t begin, took;
	bool good = true;

	xt_result(xt_call(dom, XLHV_DOM_CONSOLE, &c) == ENOENT, "no serial port: ENOENT");
	do_destroy(&dom);
	close(dom);

	dom = start_serial("serial", code_echo, sizeof(code_echo));
	f.fd = serial_of(dom, 0);
	other = serial_of(dom, 0);
	/* More than the FIFO holds: who writes waits for the guest. */
	while (good && done < sizeof(said) - 1) {
		ssize_t n = write(f.fd, said + done, sizeof(said) - 1 - done);

		good = n > 0;
		done += good ? n : 0;
	}
	good = good && read_all(f.fd, heard, sizeof(said) - 1);
	for (size_t i = 0; good && i < sizeof(said) - 1; i++)
		good = heard[i] == said[i] + 1;
	xt_result(good, "what is written is heard, and what is said is read");

	/* It hears nothing any more: there is room for one byte, as it has no FIFO on. */
	fcntl(other, F_SETFL, O_NONBLOCK);
	good = write(other, "xyz", 3) == 1;
	xt_result(good && write(other, "y", 1) < 0 && errno == EAGAIN,
		  "a guest that does not listen: EAGAIN");

	begin = now_ms();
	pthread_create(&f.thread, NULL, follow, &f);
	usleep(1000000);
	do_destroy(&dom);
	pthread_join(f.thread, NULL);
	took = now_ms() - begin;
	xt_note("%lu bytes in %llu ms, %lu wakes", f.bytes, (unsigned long long)took, f.wakes);
	xt_result(f.bytes > 100 && f.wakes < took / 4 + 50,
		  "output without end wakes its reader at a pace, and ends with the domain");
	xt_result(write(other, "y", 1) < 0 && errno == EPIPE, "nobody listens any more: EPIPE");
	close(f.fd);
	close(other);
	close(dom);
}
