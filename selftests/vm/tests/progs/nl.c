// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink by hand: the family's group is asked for, its messages are taken apart. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "nl.h"
#include "xt.h"

#define WAIT_MS	10000

struct message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	unsigned char data[8192];
};

static bool wait_ms(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* Next attribute of a stretch of them, NULL at its end. */
static const struct nlattr *next(const unsigned char **at, const unsigned char *end)
{
	const struct nlattr *a = (const struct nlattr *)*at;

	if (end - *at < NLA_HDRLEN || a->nla_len < NLA_HDRLEN || a->nla_len > end - *at)
		return NULL;
	*at += NLA_ALIGN(a->nla_len);
	return a;
}

static const unsigned char *data(const struct nlattr *a)
{
	return (const unsigned char *)a + NLA_HDRLEN;
}

static void copy(void *to, size_t size, const struct nlattr *a)
{
	size_t len = a->nla_len - NLA_HDRLEN;

	memcpy(to, data(a), len < size ? len : size);
}

/* Number of the group in an answer of the controller, 0 for none. */
static uint32_t group_of(const struct message *m)
{
	const unsigned char *at = m->data, *end = (const unsigned char *)m + m->nl.nlmsg_len;
	const unsigned char *group, *field;
	const struct nlattr *a, *g, *f;
	char name[64];
	uint32_t id;

	while ((a = next(&at, end))) {
		if ((a->nla_type & NLA_TYPE_MASK) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		group = data(a);
		while ((g = next(&group, (const unsigned char *)a + a->nla_len))) {
			memset(name, 0, sizeof(name));
			id = 0;
			field = data(g);
			while ((f = next(&field, (const unsigned char *)g + g->nla_len))) {
				if (f->nla_type == CTRL_ATTR_MCAST_GRP_NAME)
					copy(name, sizeof(name) - 1, f);
				if (f->nla_type == CTRL_ATTR_MCAST_GRP_ID)
					copy(&id, sizeof(id), f);
			}
			if (!strcmp(name, XLHV_GENL_GROUP))
				return id;
		}
	}
	return 0;
}

static int open_socket(uint32_t groups, int *fd)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };

	*fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (*fd < 0)
		return errno;
	return bind(*fd, (struct sockaddr *)&address, sizeof(address)) ? errno : 0;
}

uint32_t nl_group(void)
{
	struct message m = {
		.nl = { .nlmsg_type = GENL_ID_CTRL, .nlmsg_flags = NLM_F_REQUEST },
		.genl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
	};
	struct nlattr *a = (struct nlattr *)m.data;
	uint32_t group;
	int fd, err = open_socket(0, &fd);

	if (err)
		xt_die("netlink: %s", xt_errno_name(err));
	a->nla_type = CTRL_ATTR_FAMILY_NAME;
	a->nla_len = NLA_HDRLEN + sizeof(XLHV_GENL_NAME);
	memcpy(a + 1, XLHV_GENL_NAME, sizeof(XLHV_GENL_NAME));
	m.nl.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(a->nla_len);
	if (send(fd, &m, m.nl.nlmsg_len, 0) < 0 || !wait_ms(fd, WAIT_MS) ||
	    recv(fd, &m, sizeof(m), 0) < 0)
		xt_die("netlink: the controller: %s", xt_errno_name(errno));
	group = group_of(&m);
	if (!group)
		xt_die("netlink: there is no group \"%s\"", XLHV_GENL_GROUP);
	close(fd);
	return group;
}

int nl_join(uint32_t group, bool by_bind, int *socket)
{
	int fd, err = open_socket(by_bind ? 1U << (group - 1) : 0, &fd);

	if (!err && !by_bind &&
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		err = errno;
	if (err)
		close(fd);
	else
		*socket = fd;
	return err;
}

int nl_listen(void)
{
	int fd, err = nl_join(nl_group(), false, &fd);

	if (err)
		xt_die("netlink: membership: %s", xt_errno_name(err));
	return fd;
}

bool nl_waits(int fd)
{
	return wait_ms(fd, 0);
}

bool nl_next(int fd, struct nl_event *event)
{
	const unsigned char *at, *end;
	const struct nlattr *a;
	struct message m;

	memset(event, 0, sizeof(*event));
	if (!wait_ms(fd, WAIT_MS) || recv(fd, &m, sizeof(m), 0) < 0)
		return false;
	at = m.data;
	end = (const unsigned char *)&m + m.nl.nlmsg_len;
	while ((a = next(&at, end))) {
		switch (a->nla_type) {
		case XLHV_GENL_ATTR_EVENT:
			copy(&event->event, sizeof(event->event), a);
			break;
		case XLHV_GENL_ATTR_DOMID:
			copy(&event->domid, sizeof(event->domid), a);
			break;
		case XLHV_GENL_ATTR_REASON:
			copy(&event->reason, sizeof(event->reason), a);
			break;
		case XLHV_GENL_ATTR_TIME:
			copy(&event->time, sizeof(event->time), a);
			break;
		case XLHV_GENL_ATTR_NAME:
			copy(event->name, sizeof(event->name) - 1, a);
			break;
		}
	}
	return true;
}
