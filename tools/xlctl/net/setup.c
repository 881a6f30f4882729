// SPDX-License-Identifier: GPL-2.0-only
/* A network for guests; see setup.h. */
#include <dirent.h>
#include <errno.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "common/msg.h"
#include "common/run_dir.h"
#include "net/dnsmasq.h"
#include "net/nat.h"
#include "net/netlink.h"
#include "net/own_bridge.h"
#include "net/setup.h"

#define LOCK		"network-setup.lock"
#define LOCK_SECONDS	30

/* Two commands at a time make one network.  Return: to be closed; -1 after a message. */
static int take_turn(const char *who)
{
	int fd = run_dir_lock(LOCK, LOCK_SECONDS);

	if (fd >= 0)
		return fd;
	msg_error("%s: %s/" LOCK ": %s", who, run_dir(), strerror(-fd));
	return -1;
}

/* The same at each start of the host, and the same nowhere else. */
static bool choose_id(const char *bridge, uint8_t id[5])
{
	FILE *file = fopen("/etc/machine-id", "re");
	char machine[64] = "", *name;
	uuid_t hash;

	if (file) {
		if (!fgets(machine, sizeof(machine), file))
			*machine = '\0';
		fclose(file);
	}
	if (strlen(machine) < 32)
		return getrandom(id, 5, 0) == 5;
	name = msg_text("xlctl network-setup %s %s", bridge, machine);
	uuid_generate_sha1(hash, *uuid_get_template("url"), name, strlen(name));
	memcpy(id, hash, 5);
	free(name);
	return true;
}

static int choose4(const char *who, struct nl_sock *sock, struct subnet *v4)
{
	struct subnet *taken;
	size_t nr;
	bool found;

	if (own_bridge_taken(who, sock, &taken, &nr))
		return -1;
	found = subnet_choose4(taken, nr, v4);
	free(taken);
	if (found)
		return 0;
	msg_error("%s: each network that could be chosen is in use; --ipv4 names another one", who);
	return -1;
}

/* A host that uses no IPv6 gets none. */
static bool has_ipv6(const struct own_bridge *b)
{
	return netlink_get_switch("ipv6", b->name, "disable_ipv6") == '0';
}

/* What the bridge has already may be asked for again, and nothing else. */
static int settle(const char *who, const struct subnet *has, struct subnet *wanted)
{
	char one[SUBNET_TEXT], other[SUBNET_TEXT];

	if (!has->family)
		return 0;
	if (wanted->family && memcmp(has, wanted, sizeof(*has))) {
		msg_error("%s: it has %s and cannot get %s as well; 'xlctl network-setup --remove' removes it",
			  who, subnet_text(has, one), subnet_text(wanted, other));
		return -1;
	}
	*wanted = *has;
	return 0;
}

static int choose(const char *who, struct nl_sock *sock, const struct own_bridge *b,
		  struct setup *setup)
{
	uint8_t id[5];

	if (settle(who, &b->v4, &setup->v4) || settle(who, &b->v6, &setup->v6))
		return -1;
	if (!setup->v4.family && choose4(who, sock, &setup->v4))
		return -1;
	if (!has_ipv6(b)) {
		if (setup->v6.family) {
			msg_error("%s: --ipv6: this host has no IPv6", who);
			return -1;
		}
	} else if (!setup->v6.family && choose_id(setup->bridge, id)) {
		subnet_choose6(id, &setup->v6);
	}
	return 0;
}

/*
 * A host that forwards IPv6 takes no default route from routers any more, unless it is told to:
 * what a device did before it goes on doing.
 */
static int keep_routers(const char *who)
{
	DIR *folder = opendir("/proc/sys/net/ipv6/conf");
	struct dirent *entry;
	int error = 0;

	while (folder && !error && (entry = readdir(folder))) {
		if (*entry->d_name == '.' || !strcmp(entry->d_name, "all") ||
		    netlink_get_switch("ipv6", entry->d_name, "forwarding") != '0' ||
		    netlink_get_switch("ipv6", entry->d_name, "accept_ra") != '1')
			continue;
		error = netlink_set_switch(who, "ipv6", entry->d_name, "accept_ra", "2");
	}
	if (folder)
		closedir(folder);
	return error;
}

static int forward(const char *who, bool ipv6)
{
	if (netlink_get_switch("ipv4", "all", "forwarding") == '0' &&
	    netlink_set_switch(who, "ipv4", "all", "forwarding", "1"))
		return -1;
	if (!ipv6 || netlink_get_switch("ipv6", "all", "forwarding") != '0')
		return 0;
	return keep_routers(who) ? -1 : netlink_set_switch(who, "ipv6", "all", "forwarding", "1");
}

static int lend(const char *who, const struct setup *setup, struct diag *diag)
{
	struct dnsmasq_net net = {
		.bridge = setup->bridge, .v4 = &setup->v4, .v6 = &setup->v6,
	};
	int error;

	if (setup->no_dhcp)
		return dnsmasq_stop(who, setup->bridge);
	error = dnsmasq_start(who, &net);
	if (error > 0)
		diag_warning(diag, "warning: %s: dnsmasq is not installed (apt install dnsmasq-base): guests need addresses of their own",
			     who);
	return error < 0 ? error : 0;
}

/* Who could use the bridge comes after what keeps others out of it. */
static int make_all(const char *who, struct nl_sock *sock, const struct own_bridge *b,
		    struct setup *setup, struct diag *diag)
{
	if (choose(who, sock, b, setup) ||
	    nat_install(who, setup->bridge, &setup->v4, &setup->v6) ||
	    own_bridge_up(who, sock, b, &setup->v4, &setup->v6) ||
	    forward(who, setup->v6.family) || lend(who, setup, diag))
		return -1;
	return 0;
}

static int remove_all(const char *who, struct nl_sock *sock, const struct own_bridge *b)
{
	int error = dnsmasq_stop(who, b->name);

	if (b->ifindex && !error)
		error = own_bridge_remove(who, sock, b);
	/* As long as the bridge is there, it is kept from others. */
	return error ? error : nat_remove(who, b->name);
}

static int make(const char *who, struct nl_sock *sock, struct setup *setup, struct diag *diag)
{
	struct own_bridge b;
	bool is_new;

	if (own_bridge_look(who, sock, setup->bridge, &b))
		return -1;
	is_new = !b.ifindex;
	if (!is_new && !b.ours) {
		msg_error("%s: there is a %s of that name, which network-setup did not make; --bridge gives another one",
			  who, b.bridge ? "bridge" : "device");
		return -1;
	}
	if (is_new && own_bridge_make(who, sock, &b))
		return -1;
	if (!make_all(who, sock, &b, setup, diag))
		return 0;
	if (is_new)
		remove_all(who, sock, &b);
	return -1;
}

int setup_make(struct setup *setup, struct diag *diag)
{
	const char *who = setup->bridge;
	int turn = take_turn(who), error = -1;
	struct nl_sock *sock;

	if (turn < 0)
		return -1;
	sock = netlink_open(who);
	if (sock) {
		error = make(who, sock, setup, diag);
		nl_socket_free(sock);
	}
	close(turn);
	return error;
}

static int look_and_remove(const char *who, struct nl_sock *sock, bool force)
{
	struct own_bridge b;

	if (own_bridge_look(who, sock, who, &b))
		return -1;
	if (b.ifindex && !b.ours) {
		msg_error("%s: network-setup did not make it", who);
		return -1;
	}
	if (b.nr_ports && !force) {
		msg_error("%s: it has %u port%s (%s); --force removes it nevertheless", who,
			  b.nr_ports, b.nr_ports > 1 ? "s" : "", b.port);
		return -1;
	}
	return remove_all(who, sock, &b);
}

int setup_remove(const char *bridge, bool force)
{
	int turn = take_turn(bridge), error = -1;
	struct nl_sock *sock;

	if (turn < 0)
		return -1;
	sock = netlink_open(bridge);
	if (sock) {
		error = look_and_remove(bridge, sock, force);
		nl_socket_free(sock);
	}
	close(turn);
	return error;
}

static const char *yes_or_no(int answer)
{
	if (answer < 0)
		return "?";
	return answer ? "yes" : "no";
}

static void show(const struct own_bridge *b)
{
	char v4[SUBNET_TEXT] = "-", v6[SUBNET_TEXT] = "-", lender[32] = "-";
	pid_t pid = dnsmasq_process(b->name);

	if (b->v4.family)
		subnet_text(&b->v4, v4);
	if (b->v6.family)
		subnet_text(&b->v6, v6);
	if (pid)
		snprintf(lender, sizeof(lender), "%d", (int)pid);
	printf("%-15s %5u %-18s %-25s %-3s %s\n", b->name, b->nr_ports, v4, v6,
	       yes_or_no(nat_installed(b->name)), lender);
}

int setup_show(const char *bridge)
{
	const char *who = bridge ? bridge : "network-setup";
	struct nl_sock *sock = netlink_open(who);
	struct own_bridge *all = NULL;
	int shown = -1;
	size_t nr;

	if (!sock)
		return -1;
	if (!own_bridge_list(who, sock, &all, &nr)) {
		shown = 0;
		printf("%-15s %5s %-18s %-25s %-3s %s\n", "Bridge", "Ports", "IPv4", "IPv6", "NAT",
		       "dnsmasq");
		for (size_t i = 0; i < nr; i++) {
			if (bridge && strcmp(all[i].name, bridge))
				continue;
			show(&all[i]);
			shown++;
		}
	}
	free(all);
	nl_socket_free(sock);
	return shown;
}
