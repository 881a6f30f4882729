// SPDX-License-Identifier: GPL-2.0-only
/* What questions to the host's network have in common; see netlink.h. */
#include <errno.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"
#include "net/netlink.h"

int netlink_fail(const char *who, const char *what, int error)
{
	msg_error("%s: %s: %s%s", who, what, nl_geterror(error),
		  error == -NLE_PERM ? "; it takes CAP_NET_ADMIN" : "");
	return -1;
}

struct nl_sock *netlink_open(const char *who)
{
	struct nl_sock *sock = nl_socket_alloc();
	int error;

	if (!sock)
		msg_out_of_memory();
	error = nl_connect(sock, NETLINK_ROUTE);
	if (!error)
		return sock;
	netlink_fail(who, "netlink", error);
	nl_socket_free(sock);
	return NULL;
}

static char *path_of(const char *family, const char *name, const char *node)
{
	return msg_text("/proc/sys/net/%s/conf/%s/%s", family, name, node);
}

int netlink_set_switch(const char *who, const char *family, const char *name, const char *node,
		       const char *value)
{
	char *path = path_of(family, name, node);
	FILE *file = fopen(path, "we");
	bool good = false;

	if (file) {
		good = fputs(value, file) >= 0;
		good = !fclose(file) && good;
	} else {
		good = errno == ENOENT;
	}
	if (!good)
		msg_error("%s: %s: %s", who, path, strerror(errno));
	free(path);
	return good ? 0 : -1;
}

char netlink_get_switch(const char *family, const char *name, const char *node)
{
	char *path = path_of(family, name, node);
	FILE *file = fopen(path, "re");
	int value = file ? fgetc(file) : 0;

	if (file)
		fclose(file);
	free(path);
	return value > 0 ? (char)value : 0;
}
