// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of domains by ioctl: what is refused and in which words, identifiers, the order of
 * building, descriptors, poll(), events, and what two threads at once make of them, on two CPUs
 * if there are. Prints KTAP. Root, no domain there.
 *
 *	xlhv-domains		all of that
 *	xlhv-domains wrap	once around all identifiers
 */
#include <string.h>

#include "domains/domains.h"
#include "xt.h"

int main(int argc, char **argv)
{
	device = xt_open();
	if (domains())
		xt_die("there are domains already");
	if (argc > 1 && !strcmp(argv[1], "wrap")) {
		wrap();
		return xt_done();
	}
	cases_of_building();
	cases_of_ends();
	cases_of_memory();
	cases_of_events();
	cases_of_races();
	xt_result(!domains(), "no domain is left");
	return xt_done();
}
