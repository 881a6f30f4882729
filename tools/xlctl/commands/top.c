// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl top: what domains do, live, in the manner of xentop.
 */
#include <errno.h>
#include <getopt.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "module/counters.h"
#include "module/device.h"
#include "module/dom.h"

#define DEFAULT_DELAY	3.0
#define MIN_DELAY	0.1
#define MAX_DELAY	86400.0

/* Counters whose rates are shown, where the module has them. */
enum rate {
	RATE_EXITS,
	RATE_HYPERCALLS,
	RATE_INTERRUPTS,
	NR_RATES,
};

static const char *const rate_counters[NR_RATES] = {
	[RATE_EXITS] = "entries",
	[RATE_HYPERCALLS] = "hypercalls",
	[RATE_INTERRUPTS] = "injected",
};

/* One domain at one time. */
struct row {
	struct xlhv_dom_info info;
	uint64_t rates[NR_RATES];	/* as counted */
	double cpu_percent;
	double per_second[NR_RATES];
};

struct sample {
	struct row *rows;
	size_t count;
	double time;			/* seconds, of no particular origin */
};

enum order {
	ORDER_CPU,
	ORDER_MEMORY,
	ORDER_EXITS,
	ORDER_DOMID,
	NR_ORDERS,
};

static const char *const order_names[NR_ORDERS] = { "CPU", "memory", "exits", "ID" };

/* Of a line with all columns. */
#define WIDTH	117

struct top {
	int device;
	struct xlhv_info host;
	struct counters counters;
	int rate_index[NR_RATES];
	double delay;
	long iterations;		/* 0: without end */
	bool batch;
	bool narrow;			/* the window has no room for all columns */
	enum order order;
	struct sample before;
	struct sample now;
};

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void read_rates(struct top *top, struct row *row)
{
	uint64_t *values = calloc(top->counters.count + 1, sizeof(*values));
	int domain = dom_open_id(top->device, row->info.domid);

	if (!values)
		msg_out_of_memory();
	if (domain >= 0 && !counters_read(&top->counters, domain, XLHV_ALL_VCPUS, values))
		for (int i = 0; i < NR_RATES; i++)
			if (top->rate_index[i] >= 0)
				row->rates[i] = values[top->rate_index[i]];
	if (domain >= 0)
		close(domain);
	free(values);
}

static const struct row *find_row(const struct sample *sample, const struct row *like)
{
	for (size_t i = 0; i < sample->count; i++)
		if (sample->rows[i].info.domid == like->info.domid &&
		    sample->rows[i].info.created_ns == like->info.created_ns)
			return &sample->rows[i];
	return NULL;
}

static void compare(struct top *top)
{
	double elapsed = top->now.time - top->before.time;

	for (size_t i = 0; i < top->now.count; i++) {
		struct row *row = &top->now.rows[i];
		const struct row *old = find_row(&top->before, row);

		if (!old || elapsed <= 0)
			continue;
		if (row->info.cpu_time_ns > old->info.cpu_time_ns)
			row->cpu_percent = (double)(row->info.cpu_time_ns -
						    old->info.cpu_time_ns) / 1e7 / elapsed;
		for (int j = 0; j < NR_RATES; j++)
			if (row->rates[j] > old->rates[j])
				row->per_second[j] = (double)(row->rates[j] - old->rates[j]) /
						     elapsed;
	}
}

static enum order sort_order;

static int by_order(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	double x = 0, y = 0;

	switch (sort_order) {
	case ORDER_CPU:
		x = b->cpu_percent;
		y = a->cpu_percent;
		break;
	case ORDER_MEMORY:
		x = (double)b->info.cur_pages;
		y = (double)a->info.cur_pages;
		break;
	case ORDER_EXITS:
		x = b->per_second[RATE_EXITS];
		y = a->per_second[RATE_EXITS];
		break;
	case ORDER_DOMID:
	case NR_ORDERS:
		break;
	}
	if (x != y)
		return x < y ? -1 : 1;
	return a->info.domid < b->info.domid ? -1 : a->info.domid > b->info.domid;
}

/* Takes a sample; the one before is kept to compare with. */
static int take_sample(struct top *top)
{
	struct xlhv_dom_info *domains;
	size_t count;

	if (device_info(top->device, &top->host))
		return -1;
	domains = dom_select(top->device, NULL, 0, &count);
	if (!domains)
		return -1;
	free(top->before.rows);
	top->before = top->now;
	top->now.rows = calloc(count, sizeof(*top->now.rows));
	if (!top->now.rows)
		msg_out_of_memory();
	top->now.count = count;
	top->now.time = seconds_now();
	for (size_t i = 0; i < count; i++) {
		top->now.rows[i].info = domains[i];
		if (domains[i].domid)
			read_rates(top, &top->now.rows[i]);
	}
	free(domains);
	compare(top);
	sort_order = top->order;
	qsort(top->now.rows, count, sizeof(*top->now.rows), by_order);
	return 0;
}

static unsigned int count_flag(const struct top *top, uint32_t flag)
{
	unsigned int count = 0;

	for (size_t i = 0; i < top->now.count; i++)
		count += !!(top->now.rows[i].info.flags & flag);
	return count;
}

static char *state_counts(const struct top *top)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} states[] = {
		{ XLHV_DOM_RUNNING, "running" },
		{ XLHV_DOM_BLOCKED, "blocked" },
		{ XLHV_DOM_PAUSED, "paused" },
		{ XLHV_DOM_CRASHED, "crashed" },
		{ XLHV_DOM_DYING, "dying" },
		{ XLHV_DOM_SHUTDOWN, "shutdown" },
	};
	char *text = msg_text("%zu domains:", top->now.count), *longer;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		longer = msg_text("%s%s %u %s", text, i ? "," : "",
				  count_flag(top, states[i].flag), states[i].name);
		free(text);
		text = longer;
	}
	return text;
}

/* The lines above the table; @line counts from 0. NULL behind the last one. */
static char *header_line(const struct top *top, int line)
{
	unsigned long long kib = (unsigned long long)sysconf(_SC_PHYS_PAGES) * 4;
	char clock[16] = "";
	time_t now = time(NULL);
	struct tm local;

	switch (line) {
	case 0:
		if (localtime_r(&now, &local))
			strftime(clock, sizeof(clock), "%H:%M:%S", &local);
		return msg_text("xlctl top - %s   xlhv %s   by %s", clock, XLCTL_RELEASE,
				order_names[top->order]);
	case 1:
		return state_counts(top);
	case 2:
		return msg_text("Mem: %lluk total, %lluk domains, %lluk overhead  CPUs: %u @ %uMHz",
				kib, (unsigned long long)top->host.guest_pages * 4,
				(unsigned long long)top->host.overhead_pages * 4,
				top->host.nr_cpus_online, top->host.tsc_khz / 1000);
	case 3:
		if (top->narrow)
			return msg_text("%16s %6s %6s %10s %5s %9s %9s %9s", "NAME", "STATE",
					"CPU(%)", "MEM(k)", "VCPUS", "EXITS/s", "HCALLS/s",
					"INTRS/s");
		return msg_text("%16s  %6s %10s %6s %10s %6s %10s %9s %5s %9s %9s %9s", "NAME",
				"STATE", "CPU(sec)", "CPU(%)", "MEM(k)", "MEM(%)", "MAXMEM(k)",
				"MAXMEM(%)", "VCPUS", "EXITS/s", "HCALLS/s", "INTRS/s");
	default:
		return NULL;
	}
}

static char *row_line(const struct row *row, bool narrow)
{
	double kib = (double)sysconf(_SC_PHYS_PAGES) * 4;
	char state[7];

	dom_state_text(&row->info, state);
	if (narrow)
		return msg_text("%16.16s %6s %6.1f %10llu %5u %9.0f %9.0f %9.0f", row->info.name,
				state, row->cpu_percent,
				(unsigned long long)row->info.cur_pages * 4,
				row->info.online_vcpus, row->per_second[RATE_EXITS],
				row->per_second[RATE_HYPERCALLS], row->per_second[RATE_INTERRUPTS]);
	return msg_text("%16.16s  %6s %10llu %6.1f %10llu %6.1f %10llu %9.1f %5u %9.0f %9.0f %9.0f",
			row->info.name, state,
			(unsigned long long)(row->info.cpu_time_ns / 1000000000),
			row->cpu_percent, (unsigned long long)row->info.cur_pages * 4,
			(double)row->info.cur_pages * 400 / kib,
			(unsigned long long)row->info.max_pages * 4,
			(double)row->info.max_pages * 400 / kib, row->info.online_vcpus,
			row->per_second[RATE_EXITS], row->per_second[RATE_HYPERCALLS],
			row->per_second[RATE_INTERRUPTS]);
}

/* Every line of what is to be seen, top to bottom. */
static void each_line(const struct top *top, void (*put)(int line, char *text, bool heading))
{
	char *text;
	int line = 0;

	while ((text = header_line(top, line))) {
		put(line, text, line == 3);
		free(text);
		line++;
	}
	for (size_t i = 0; i < top->now.count; i++) {
		text = row_line(&top->now.rows[i], top->narrow);
		put(line, text, false);
		free(text);
		line++;
	}
}

static void put_plain(int line, char *text, bool heading)
{
	(void)line;
	(void)heading;
	puts(text);
}

static void put_curses(int line, char *text, bool heading)
{
	if (line >= LINES - 1)
		return;
	if (heading)
		attron(A_REVERSE);
	mvaddnstr(line, 0, text, COLS);
	if (heading)
		attroff(A_REVERSE);
}

static void draw(struct top *top)
{
	/* The window may have another size by now. */
	top->narrow = COLS < WIDTH;
	erase();
	each_line(top, put_curses);
	attron(A_DIM);
	mvaddnstr(LINES - 1, 0, "  s sort  d faster  D slower  q quit", COLS);
	attroff(A_DIM);
	refresh();
}

static int run_batch(struct top *top)
{
	struct timespec delay = {
		.tv_sec = (time_t)top->delay,
		.tv_nsec = (long)((top->delay - (double)(time_t)top->delay) * 1e9),
	};

	for (long i = 0; !top->iterations || i < top->iterations; i++) {
		/* The first sample has nothing to be compared with: it is not shown late. */
		if (i && nanosleep(&delay, NULL))
			break;
		if (take_sample(top))
			return STATUS_FAILED;
		each_line(top, put_plain);
		putchar('\n');
		if (fflush(stdout))
			break;
	}
	return STATUS_OK;
}

/* Returns false to quit. */
static bool handle_key(struct top *top, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
	case 3:
	case 27:
		return false;
	case 's':
	case 'S':
		top->order = (enum order)((top->order + 1) % NR_ORDERS);
		sort_order = top->order;
		qsort(top->now.rows, top->now.count, sizeof(*top->now.rows), by_order);
		break;
	case 'd':
		if (top->delay > 0.2)
			top->delay /= 2;
		break;
	case 'D':
		if (top->delay * 2 <= MAX_DELAY)
			top->delay *= 2;
		break;
	default:
		break;
	}
	return true;
}

static int run_curses(struct top *top)
{
	int status = STATUS_OK;
	bool going = true;

	/* The first is for comparison, so that the first screen has rates. */
	if (take_sample(top))
		return STATUS_FAILED;
	if (!initscr())
		return STATUS_FAILED;
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	timeout(300);
	for (long i = 0; going && (!top->iterations || i < top->iterations); i++) {
		double next;
		int key;

		/* Drawn within a moment the first time. */
		if (!i) {
			key = getch();
			going = key == ERR || handle_key(top, key);
		}
		if (take_sample(top)) {
			status = STATUS_FAILED;
			break;
		}
		draw(top);
		next = seconds_now() + top->delay;
		while (going && seconds_now() < next) {
			double left = next - seconds_now();

			timeout(left > 60 ? 60000 : (int)(left * 1000) + 1);
			key = getch();
			if (key == ERR)
				continue;
			going = handle_key(top, key);
			draw(top);
		}
	}
	endwin();
	return status;
}

static int parse_options(int argc, char **argv, struct top *top)
{
	static const struct option longs[] = {
		{ "batch", no_argument, NULL, 'b' },
		{ "delay", required_argument, NULL, 'd' },
		{ "iterations", required_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	char *end;
	int option;

	while ((option = getopt_long(argc, argv, ":bd:i:", longs, NULL)) != -1) {
		switch (option) {
		case 'b':
			top->batch = true;
			break;
		case 'd':
			top->delay = strtod(optarg, &end);
			if (end == optarg || *end || !(top->delay >= MIN_DELAY) ||
			    top->delay > MAX_DELAY)
				return cmd_bad_usage(argv, "-d '%s': expected seconds, 0.1 to %.0f",
						     optarg, MAX_DELAY);
			break;
		case 'i':
			errno = 0;
			top->iterations = strtol(optarg, &end, 10);
			if (errno || end == optarg || *end || top->iterations < 1)
				return cmd_bad_usage(argv, "-i '%s': expected a number, 1 or more",
						     optarg);
			break;
		default:
			return cmd_bad_option(argv, option);
		}
	}
	if (optind < argc)
		return cmd_bad_usage(argv, "unexpected argument '%s'", argv[optind]);
	return 0;
}

int cmd_top(int argc, char **argv)
{
	struct top top = { .delay = DEFAULT_DELAY };
	int status;

	if (parse_options(argc, argv, &top))
		return STATUS_USAGE;
	if (!top.batch && (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))) {
		msg_error("top: not on a terminal; -b prints");
		return STATUS_FAILED;
	}
	top.device = device_open(NULL);
	if (top.device < 0)
		return STATUS_FAILED;
	if (counters_names(top.device, &top.counters)) {
		close(top.device);
		return STATUS_FAILED;
	}
	for (int i = 0; i < NR_RATES; i++)
		top.rate_index[i] = counters_find(&top.counters, rate_counters[i]);
	status = top.batch ? run_batch(&top) : run_curses(&top);
	counters_free(&top.counters);
	free(top.before.rows);
	free(top.now.rows);
	close(top.device);
	return status;
}
