// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of a network backend that negotiates, for the guest selftests/guest/net, which says in
 * its log what a driver would write to XenStore; and what is at the host's end of its interface.
 *
 *	add NAME INDEX [DEVICE] [MTU]	prints the device's name and number
 *	connect NAME INDEX [FEATURES]	all queues that the guest has told of; of features all, or
 *					a number
 *	disconnect NAME INDEX
 *	remove NAME INDEX
 *	info NAME INDEX			the fields of XLHV_VIF_INFO, a line each
 *	echo DEVICE			sends back each frame of the guest's, with what is said of
 *					its checksum and segments; until the device goes
 *	flood DEVICE COUNT		so many frames for the guest, as fast as they are taken
 *	udp PORT			answers datagrams that begin with 'e'; those that begin with
 *					's' once for as many as they say; and 'b' that often
 *	args NAME			every argument that has to be refused; prints KTAP
 *
 * An ioctl that fails ends it with status 1; the error's name and the module's words are said.
 */
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <linux/if_ether.h>
#include <linux/virtio_net.h>

#include "xt.h"

#define LOG_BYTES	(64 << 10)
#define ETH_TEST	0x88b5
#define ALL_FEATURES	(XLHV_VIF_SG | XLHV_VIF_TSO4 | XLHV_VIF_TSO6 | XLHV_VIF_CSUM4 | \
			 XLHV_VIF_CSUM6)

static const uint8_t guest_mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 2 };

static int domain(const char *name)
{
	struct xlhv_dom_open o = { .domid = XLHV_DOMID_BY_NAME };
	int fd = xt_open();

	snprintf(o.name, sizeof(o.name), "%s", name);
	xt_must(xt_call(fd, XLHV_DOM_OPEN, &o), name);
	close(fd);
	return o.fd;
}

static int say(int fd, const char *what, int err)
{
	struct xlhv_last_error e = {};

	if (!err)
		return 0;
	ioctl(fd, XLHV_LAST_ERROR, &e);
	printf("%s: %s%s%s\n", what, xt_errno_name(err), e.text[0] ? ": " : "", e.text);
	return 1;
}

static int add(const char *name, uint32_t index, const char *device, const char *mtu)
{
	struct xlhv_vif_attach a = { .index = index, .mtu = mtu ? strtoul(mtu, NULL, 0) : 0 };
	int fd = domain(name), err;

	if (device)
		snprintf(a.name, sizeof(a.name), "%s", device);
	err = xt_call(fd, XLHV_VIF_ATTACH, &a);
	if (!err)
		printf("%s %u\n", a.name, a.ifindex);
	return say(fd, "add", err);
}

/* What the guest has told of its rings: "# queue Q tx-ref R rx-ref R tx-port P rx-port P". */
static char *guest_log(int fd)
{
	static char text[LOG_BYTES + 1];
	struct xlhv_log_read r = { .buffer = (uintptr_t)text, .len = LOG_BYTES };

	for (unsigned int turn = 0; turn < 400; turn++) {
		r.pos = 0;
		r.len = LOG_BYTES;
		r.lost = 0;
		xt_must(xt_call(fd, XLHV_LOG_READ, &r), "log");
		text[r.len] = 0;
		if (strstr(text, "# queues "))
			return text;
		usleep(25000);
	}
	xt_die("the guest does not tell of its rings");
}

static int connect_queues(const char *name, uint32_t index, const char *features)
{
	struct xlhv_vif_connect c = { .index = index };
	int fd = domain(name);
	char *text = guest_log(fd), *line;

	c.features = features ? strtoul(features, NULL, 0) : ALL_FEATURES;
	while ((line = strsep(&text, "\n"))) {
		struct xlhv_vif_queue q;
		unsigned int n;

		if (sscanf(line, "# queue %u tx-ref %u rx-ref %u tx-port %u rx-port %u", &n,
			   &q.tx_ref, &q.rx_ref, &q.tx_port, &q.rx_port) != 5 ||
		    n >= XLHV_VIF_MAX_QUEUES)
			continue;
		c.queue[n] = q;
		if (c.nr_queues <= n)
			c.nr_queues = n + 1;
	}
	return say(fd, "connect", xt_call(fd, XLHV_VIF_CONNECT, &c));
}

static int end(const char *name, uint32_t index, bool for_good)
{
	struct xlhv_vif_detach e = { .index = index };
	int fd = domain(name);

	return say(fd, for_good ? "remove" : "disconnect",
		   xt_call(fd, for_good ? XLHV_VIF_DETACH : XLHV_VIF_DISCONNECT, &e));
}

static int info(const char *name, uint32_t index)
{
	struct xlhv_vif_info i = { .index = index };
	int fd = domain(name), err = xt_call(fd, XLHV_VIF_INFO, &i);

	if (err)
		return say(fd, "info", err);
#define SHOW(field)	printf(#field "=%llu\n", (unsigned long long)i.field)
	SHOW(ifindex);
	SHOW(queues);
	SHOW(features);
	SHOW(broken);
	SHOW(sent_packets);
	SHOW(sent_bytes);
	SHOW(received_packets);
	SHOW(received_bytes);
	SHOW(malformed);
	SHOW(sent_dropped);
	SHOW(received_dropped);
	SHOW(bad_grants);
	SHOW(stalls);
	SHOW(events);
#undef SHOW
	return 0;
}

/* A socket for whole frames, with what is said of them before each. */
static int packet_socket(const char *device, struct sockaddr_ll *at)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)), yes = 1;

	at->sll_family = AF_PACKET;
	at->sll_protocol = htons(ETH_P_ALL);
	at->sll_ifindex = if_nametoindex(device);
	if (!at->sll_ifindex)
		xt_die("no device %s", device);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof(yes)) ||
	    bind(fd, (struct sockaddr *)at, sizeof(*at)))
		xt_die("no socket at %s: %s", device, xt_errno_name(errno));
	return fd;
}

static int echo(const char *device)
{
	static struct {
		struct virtio_net_hdr header;
		uint8_t frame[1 << 17];
	} __attribute__((packed)) buffer;
	struct sockaddr_ll at = {}, from;
	int fd = packet_socket(device, &at);

	printf("ready\n");
	fflush(stdout);
	for (;;) {
		socklen_t from_len = sizeof(from);
		ssize_t len = recvfrom(fd, &buffer, sizeof(buffer), 0, (struct sockaddr *)&from,
				       &from_len);

		if (len < 0 && errno == ENETDOWN)
			continue;
		if (len < 0)
			return 0;
		if (from.sll_pkttype == PACKET_OUTGOING ||
		    len < (ssize_t)(sizeof(buffer.header) + ETH_HLEN) ||
		    memcmp(buffer.frame + ETH_ALEN, guest_mac, ETH_ALEN))
			continue;
		memcpy(buffer.frame, guest_mac, ETH_ALEN);
		memcpy(&at.sll_protocol, buffer.frame + 2 * ETH_ALEN, 2);
		buffer.header.flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
		if (sendto(fd, &buffer, len, 0, (struct sockaddr *)&at, sizeof(at)) != len)
			printf("%zd bytes cannot be sent back: %s\n", len, xt_errno_name(errno));
	}
}

static int flood(const char *device, unsigned long count)
{
	struct {
		struct virtio_net_hdr header;
		uint8_t frame[100];
	} __attribute__((packed)) packet = {};
	struct sockaddr_ll at = {};
	int fd = packet_socket(device, &at);
	unsigned long sent = 0;

	memcpy(packet.frame, guest_mac, ETH_ALEN);
	packet.frame[12] = ETH_TEST >> 8;
	packet.frame[13] = ETH_TEST & 0xff;
	at.sll_protocol = htons(ETH_TEST);
	for (unsigned long i = 0; i < count; i++)
		sent += sendto(fd, &packet, sizeof(packet), MSG_DONTWAIT, (struct sockaddr *)&at,
			       sizeof(at)) == sizeof(packet);
	printf("%lu\n", sent);
	return 0;
}

static int udp(const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) }, from;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), room = 4 << 20;
	unsigned int times, counted = 0;
	uint8_t data[2048];

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)))
		xt_die("no socket at %s: %s", port, xt_errno_name(errno));
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		socklen_t from_len = sizeof(from);
		ssize_t len = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from,
				       &from_len);

		if (len < 3)
			continue;
		times = data[0] == 'b' ? data[1] << 8 | data[2] : 1;
		if (data[0] == 's' && ++counted < (unsigned int)(data[1] << 8 | data[2]))
			continue;
		for (counted = 0; times; times--)
			sendto(fd, data, len, 0, (struct sockaddr *)&from, from_len);
	}
}

/* What a call is about stands after what every call has. */
#pragma GCC diagnostic ignored "-Woverride-init"

static void refused(int err, int want, const char *what)
{
	xt_result(err == want, "%s", what);
	if (err != want)
		xt_note("got %s, want %s", xt_errno_name(err), xt_errno_name(want));
}

#define ADD(want, what, ...)								\
	do {										\
		struct xlhv_vif_attach a_ = { .index = 1, __VA_ARGS__ };			\
		refused(xt_call(fd, XLHV_VIF_ATTACH, &a_), want, "add: " what);		\
	} while (0)
#define CONNECT(want, what, ...)							\
	do {										\
		struct xlhv_vif_connect c_ = { .index = 1, .nr_queues = 1, __VA_ARGS__ };	\
		refused(xt_call(fd, XLHV_VIF_CONNECT, &c_), want, "connect: " what);	\
	} while (0)
#define END(cmd, want, what, ...)							\
	do {										\
		struct xlhv_vif_detach e_ = { .index = 1, __VA_ARGS__ };			\
		refused(xt_call(fd, cmd, &e_), want, what);				\
	} while (0)
#define INFO(want, what, ...)								\
	do {										\
		struct xlhv_vif_info i_ = { .index = 1, __VA_ARGS__ };			\
		refused(xt_call(fd, XLHV_VIF_INFO, &i_), want, "info: " what);		\
	} while (0)

/* By somebody who was given the domain, and may not make devices. */
static int add_without_privileges(int fd)
{
	struct xlhv_vif_attach a = { .index = 1 };
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(setuid(65534) ? 255 : xt_call(fd, XLHV_VIF_ATTACH, &a));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		xt_die("no process: %s", xt_errno_name(errno));
	return WEXITSTATUS(status);
}

static int args(const char *name)
{
	int fd = domain(name), err = 0;
	uint32_t last;

	ADD(EINVAL, "a number beyond all", .index = XLHV_VIF_MAX_INDEX + 1);
	ADD(EINVAL, "unknown flags", .flags = 1);
	ADD(EINVAL, "an MTU that is too small", .mtu = 67);
	ADD(EINVAL, "an MTU that is too large", .mtu = 65522);
	ADD(EINVAL, "a device's number", .ifindex = 1);
	ADD(EINVAL, "an address of a group", .mac = { 1, 0, 0, 0, 0, 1 });
	ADD(EINVAL, "pad", .pad = { 1 });
	ADD(EINVAL, "reserved", .reserved = { 0, 0, 0, 1 });
	ADD(EINVAL, "a name without end", .name = "0123456789abcdef");
	ADD(EINVAL, "a name with a slash", .name = "a/b");
	ADD(EEXIST, "a name that there is", .name = "lo");
	refused(add_without_privileges(fd), EPERM, "add: no privileges");
	CONNECT(ENOENT, "no such interface");
	END(XLHV_VIF_DISCONNECT, ENOENT, "disconnect: no such interface");
	END(XLHV_VIF_DETACH, ENOENT, "remove: no such interface");
	INFO(ENOENT, "no such interface");
	INFO(ENOENT, "none at all", .index = 0, .select = XLHV_VIF_NEXT);

	ADD(0, "one");
	ADD(EEXIST, "the same number", .name = "other");
	refused(if_nametoindex("other") ? EEXIST : 0, 0, "nothing is left of it");
	CONNECT(EINVAL, "no queue", .nr_queues = 0);
	CONNECT(EINVAL, "a queue too many", .nr_queues = XLHV_VIF_MAX_QUEUES + 1);
	CONNECT(EINVAL, "unknown features", .features = 1U << 31);
	CONNECT(EINVAL, "a queue that is not counted", .queue = { { 0 }, { .tx_ref = 1 } });
	CONNECT(EINVAL, "pad", .pad = 1);
	CONNECT(EINVAL, "reserved", .reserved = { 1 });
	CONNECT(EINVAL, "a reference beyond the table", .queue = { { .tx_ref = 1U << 30 } });
	CONNECT(EACCES, "a page that is not granted", .queue = { { .tx_ref = 500 } });
	CONNECT(EINVAL, "a port that there is not",
		.queue = { { .tx_ref = 8, .rx_ref = 9, .tx_port = 1000, .rx_port = 1001 } });
	END(XLHV_VIF_DISCONNECT, 0, "disconnect: nothing is connected");
	END(XLHV_VIF_DISCONNECT, EINVAL, "disconnect: flags", .flags = 1);
	END(XLHV_VIF_DETACH, EINVAL, "remove: flags", .flags = 1);
	END(XLHV_VIF_DETACH, EINVAL, "remove: reserved", .reserved = { 1 });
	INFO(EINVAL, "unknown selection", .select = 2);
	INFO(EINVAL, "an answer", .events = 1);
	INFO(0, "one");
	INFO(0, "the next", .index = 0, .select = XLHV_VIF_NEXT);
	INFO(ENOENT, "none after the last", .index = 2, .select = XLHV_VIF_NEXT);

	for (last = 2; !err && last < 1000; last++) {
		struct xlhv_vif_attach a = { .index = 1000 - last };

		err = xt_call(fd, XLHV_VIF_ATTACH, &a);
	}
	xt_result(err == ENOSPC && last == XLHV_VIF_MAX + 2,
		  "no more interfaces than there may be");
	for (uint32_t i = 2; i < last - 1; i++) {
		struct xlhv_vif_detach e = { .index = 1000 - i };

		xt_must(xt_call(fd, XLHV_VIF_DETACH, &e), "remove");
	}
	END(XLHV_VIF_DETACH, 0, "remove");
	END(XLHV_VIF_DETACH, ENOENT, "remove: again");
	return xt_done();
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "", *name = argc > 2 ? argv[2] : "";
	uint32_t index = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;
	const char *more = argc > 4 ? argv[4] : NULL;

	if (!strcmp(what, "args"))
		return args(name);
	if (!strcmp(what, "echo"))
		return echo(name);
	if (!strcmp(what, "udp"))
		return udp(name);
	if (argc > 3 && !strcmp(what, "flood"))
		return flood(name, index);
	if (argc > 3 && !strcmp(what, "add"))
		return add(name, index, more, argc > 5 ? argv[5] : NULL);
	if (argc > 3 && !strcmp(what, "connect"))
		return connect_queues(name, index, more);
	if (argc > 3 && !strcmp(what, "disconnect"))
		return end(name, index, false);
	if (argc > 3 && !strcmp(what, "remove"))
		return end(name, index, true);
	if (argc > 3 && !strcmp(what, "info"))
		return info(name, index);
	xt_die("see the head of xlhv-net.c");
}
