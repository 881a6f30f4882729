// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl events: changes of domains as they happen, from the module's generic
 * netlink group.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <json-c/json.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "common/print.h"
#include "module/device.h"
#include "module/dom.h"

/* Events that come faster than they are printed wait in the socket. */
#define SOCKET_BYTES	(1 << 20)

struct listener {
	bool json;
	long left;		/* events until the end; below 0: without end */
};

static const char *const event_names[] = {
	[XLHV_EVENT_CREATED] = "created",
	[XLHV_EVENT_FINISHED] = "finished",
	[XLHV_EVENT_PAUSED] = "paused",
	[XLHV_EVENT_UNPAUSED] = "unpaused",
	[XLHV_EVENT_SHUTDOWN] = "shutdown",
	[XLHV_EVENT_RENAMED] = "renamed",
	[XLHV_EVENT_DESTROYED] = "destroyed",
};

/* What a reason means depends on the event; NULL if there is none. */
static const char *reason_text(uint32_t event, uint32_t reason)
{
	if (event == XLHV_EVENT_SHUTDOWN)
		return dom_shutdown_name(reason);
	if (event == XLHV_EVENT_PAUSED && reason == XLHV_PAUSE_NO_MEMORY)
		return "ENOMEM";
	return NULL;
}

static void print_json(uint64_t time, uint32_t domid, const char *name, const char *event,
		       const char *reason)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "time", dom_seconds(time));
	json_object_object_add(o, "domid", json_object_new_int64(domid));
	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "event", json_object_new_string(event));
	json_object_object_add(o, "reason", reason ? json_object_new_string(reason) : NULL);
	/* One object a line, so that a reader can tell where each ends. */
	print_json_line(stdout, o);
	json_object_put(o);
}

static int take_event(struct nl_msg *msg, void *ctx)
{
	struct nlattr *attrs[XLHV_GENL_ATTR_MAX + 1];
	struct listener *listener = ctx;
	const char *name, *reason, *event_name = NULL;
	uint32_t event, domid;
	uint64_t time;

	/* Who administers the network can send to the group, too: only the kernel is believed. */
	if (!listener->left || nlmsg_get_src(msg)->nl_pid ||
	    genlmsg_hdr(nlmsg_hdr(msg))->cmd != XLHV_GENL_CMD_EVENT ||
	    genlmsg_parse(nlmsg_hdr(msg), 0, attrs, XLHV_GENL_ATTR_MAX, NULL) < 0 ||
	    !attrs[XLHV_GENL_ATTR_EVENT] || !attrs[XLHV_GENL_ATTR_DOMID])
		return NL_OK;
	event = nla_get_u32(attrs[XLHV_GENL_ATTR_EVENT]);
	domid = nla_get_u32(attrs[XLHV_GENL_ATTR_DOMID]);
	name = attrs[XLHV_GENL_ATTR_NAME] ? nla_get_string(attrs[XLHV_GENL_ATTR_NAME]) : "";
	time = attrs[XLHV_GENL_ATTR_TIME] ? nla_get_u64(attrs[XLHV_GENL_ATTR_TIME]) : 0;
	reason = reason_text(event, attrs[XLHV_GENL_ATTR_REASON] ?
			     nla_get_u32(attrs[XLHV_GENL_ATTR_REASON]) : 0);
	if (event < sizeof(event_names) / sizeof(event_names[0]))
		event_name = event_names[event];
	if (!event_name)
		event_name = "unknown";
	if (listener->json)
		print_json(time, domid, name, event_name, reason);
	else
		printf("[%6llu.%06llu] %5u %-20s %s%s%s\n",
		       (unsigned long long)time / 1000000000,
		       (unsigned long long)time / 1000 % 1000000, domid, name, event_name,
		       reason ? " " : "", reason ? reason : "");
	fflush(stdout);
	if (listener->left > 0)
		listener->left--;
	return NL_OK;
}

static struct nl_sock *open_socket(struct listener *listener)
{
	struct nl_sock *socket = nl_socket_alloc();
	int group, error;

	if (!socket)
		msg_out_of_memory();
	nl_socket_disable_seq_check(socket);
	nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, take_event, listener);
	error = genl_connect(socket);
	if (!error) {
		group = genl_ctrl_resolve_grp(socket, XLHV_GENL_NAME, XLHV_GENL_GROUP);
		error = group < 0 ? group : nl_socket_add_membership(socket, group);
	}
	if (!error)
		error = nl_socket_set_nonblocking(socket);
	if (!error) {
		nl_socket_set_buffer_size(socket, SOCKET_BYTES, 0);
		return socket;
	}
	msg_error("events: %s", nl_geterror(error));
	nl_socket_free(socket);
	return NULL;
}

static int listen_to(struct nl_sock *socket, const struct listener *listener)
{
	struct pollfd fds[2] = {
		{ .fd = nl_socket_get_fd(socket), .events = POLLIN },
		{ .events = POLLIN },
	};
	sigset_t ending;
	int error;

	sigemptyset(&ending);
	sigaddset(&ending, SIGHUP);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigprocmask(SIG_BLOCK, &ending, NULL);
	fds[1].fd = signalfd(-1, &ending, SFD_CLOEXEC);
	if (fds[1].fd < 0) {
		msg_error("events: %s", strerror(errno));
		return STATUS_FAILED;
	}
	while (listener->left) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents)
			break;
		if (!fds[0].revents)
			continue;
		error = nl_recvmsgs_default(socket);
		if (error == -NLE_NOMEM)
			msg_warning("some events were lost");
		else if (error < 0 && error != -NLE_AGAIN)
			msg_warning("events: %s", nl_geterror(error));
	}
	close(fds[1].fd);
	return STATUS_OK;
}

int cmd_events(int argc, char **argv)
{
	enum { JSON = 256 };
	static const struct option longs[] = {
		{ "json", no_argument, NULL, JSON },
		{ "count", required_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	struct listener listener = { .left = -1 };
	struct nl_sock *socket;
	int option, device, status;
	char *end;

	while ((option = getopt_long(argc, argv, ":n:", longs, NULL)) != -1) {
		switch (option) {
		case JSON:
			listener.json = true;
			break;
		case 'n':
			errno = 0;
			listener.left = strtol(optarg, &end, 10);
			if (errno || end == optarg || *end || listener.left < 1)
				return cmd_bad_usage(argv, "-n '%s': expected a number, 1 or more",
						     optarg);
			break;
		default:
			return cmd_bad_option(argv, option);
		}
	}
	if (optind < argc)
		return cmd_bad_usage(argv, "unexpected argument '%s'", argv[optind]);
	/* For its messages: a module that is not there, or another one. */
	device = device_open(NULL);
	if (device < 0)
		return STATUS_FAILED;
	close(device);
	socket = open_socket(&listener);
	if (!socket)
		return STATUS_FAILED;
	status = listen_to(socket, &listener);
	nl_socket_free(socket);
	return status;
}
