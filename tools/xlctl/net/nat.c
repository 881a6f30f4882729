// SPDX-License-Identifier: GPL-2.0-only
/* Address translation for a bridge; see nat.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"
#include "common/nft.h"
#include "net/nat.h"

#define TABLE		"inet xlhv-net-%s"
#define GROUP_TABLE	"inet xlhv-nat"

char *nat_commands(const char *bridge, const struct subnet *v4, const struct subnet *v6)
{
	char prefix[SUBNET_TEXT], *rule6, *text;

	rule6 = v6->family ?
		msg_text("\t\tip6 saddr %s oifname != { \"lo\", \"%s\" } masquerade\n",
			 subnet_prefix_text(v6, prefix), bridge) : msg_text("%s", "");
	/*
	 * Only guests begin to talk. What comes in besides answers is for addresses of the host
	 * that somebody translated on purpose.
	 */
	text = msg_text("table " TABLE "\n"
			"delete table " TABLE "\n"
			"table " TABLE " {\n"
			"\tchain postrouting {\n"
			"\t\ttype nat hook postrouting priority srcnat\n"
			"\t\tip saddr %s oifname != { \"lo\", \"%s\" } masquerade\n"
			"%s\t}\n"
			"\tchain forward {\n"
			"\t\ttype filter hook forward priority filter\n"
			"\t\toifname != \"%s\" accept\n"
			"\t\tiifname \"%s\" accept\n"
			"\t\tct state established,related accept\n"
			"\t\tct status dnat accept\n"
			"\t\tcounter drop\n"
			"\t}\n"
			"}\n", bridge, bridge, bridge, subnet_prefix_text(v4, prefix), bridge,
			rule6, bridge, bridge);
	free(rule6);
	return text;
}

/* Return: 0, or -1 after a message. */
static int apply(const char *who, char *commands)
{
	char *why;
	int error = nft_run(commands, NULL, &why);

	free(commands);
	if (error)
		msg_error("%s: address translation: %s", who, why);
	free(why);
	return error;
}

int nat_install(const char *who, const char *bridge, const struct subnet *v4,
		const struct subnet *v6)
{
	return apply(who, nat_commands(bridge, v4, v6));
}

/*
 * A device's group goes with it, so nothing has to be done when one goes. What it is translated
 * to, and who may begin to talk, is as above.
 */
int nat_install_group(const char *who)
{
	return apply(who, msg_text("table " GROUP_TABLE "\n"
				   "delete table " GROUP_TABLE "\n"
				   "table " GROUP_TABLE " {\n"
				   "\tchain postrouting {\n"
				   "\t\ttype nat hook postrouting priority srcnat\n"
				   "\t\tiifgroup %1$u oifgroup != %1$u masquerade\n"
				   "\t}\n"
				   "\tchain forward {\n"
				   "\t\ttype filter hook forward priority filter\n"
				   "\t\toifgroup != %1$u accept\n"
				   "\t\tiifgroup %1$u accept\n"
				   "\t\tct state established,related accept\n"
				   "\t\tct status dnat accept\n"
				   "\t\tcounter drop\n"
				   "\t}\n"
				   "}\n", NAT_GROUP));
}

int nat_installed(const char *bridge)
{
	char *commands = msg_text("list table " TABLE "\n", bridge), *why;
	int there = nft_run(commands, NULL, &why) ? -1 : 1;

	if (why && strstr(why, strerror(ENOENT)))
		there = 0;
	free(commands);
	free(why);
	return there;
}

int nat_remove(const char *who, const char *bridge)
{
	/* The first line makes what the second one removes, if there is none. */
	return apply(who, msg_text("table " TABLE "\ndelete table " TABLE "\n", bridge, bridge));
}
