// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one who may open the device, a guest, and one who may not can do to others through the
 * device, domains' descriptors, consoles, events and logs. Prints KTAP. Root, no domain there.
 *
 *	xlhv-control [CASE]...
 */
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "control/control.h"
#include "xt.h"

int device;

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "files", no_files },
	{ "answer", no_answer },
	{ "lazy", lazy_memory },
	{ "eager", eager },
	{ "map", map_against_end },
	{ "console", console_end },
	{ "events", console_events },
	{ "serial", serial_port },
	{ "text", log_text },
	{ "lines", log_lines },
	{ "rate", log_rate },
	{ "netlink", netlink },
	{ "checks", checks },
};

int main(int argc, char **argv)
{
	device = xt_open();
	if (domains())
		xt_die("there are domains already");
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < NR(cases); i++) {
		bool wanted = argc < 2;

		for (int a = 1; a < argc; a++)
			wanted |= !strcmp(argv[a], cases[i].name);
		if (wanted)
			cases[i].run();
	}
	xt_result(!domains(), "no domain is left");
	return xt_done();
}
