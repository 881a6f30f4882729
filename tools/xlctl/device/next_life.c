// SPDX-License-Identifier: GPL-2.0-only
/* The devices of a domain's next life; see next_life.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/msg.h"
#include "device/next_life.h"
#include "store/store.h"

static char *replaced_path(uint32_t domid)
{
	return msg_text("/libxl/%u/xlhv-devices-replaced", domid);
}

void device_replace(uint32_t domid)
{
	struct xs_handle *xs = store_connect();
	char *path = replaced_path(domid);
	int has = xs ? store_has(xs, domid) : 0;

	if (has < 0 || (has && !xs_write(xs, XBT_NULL, path, "1", 1)))
		msg_error("XenStore: %s: the next life has the devices that the domain has then",
			  store_error(errno));
	free(path);
	if (xs)
		store_close(xs);
}

char *device_kept(struct xs_handle *xs, xs_transaction_t t, const struct device_id *id,
		  const char *node)
{
	char *path = device_path(id, DEVICE_LIBXL, node);
	unsigned int length;
	char *text = xs_read(xs, t, path, &length);
	int error = errno;

	free(path);
	errno = error;
	return text;
}

/* Return: 1; 0: the domain has never had one of the kind; -1 with errno set. */
static int read_kind(struct xs_handle *xs, xs_transaction_t t, uint32_t domid,
		     const struct device_kind *kind, struct domain_config *config)
{
	struct device_id id = { .kind = kind->name, .domid = domid };
	char *path = device_folder(&id, DEVICE_LIBXL), **names;
	unsigned int nr = 0;
	int error = 0;

	names = xs_directory(xs, t, path, &nr);
	if (!names && errno != ENOENT)
		error = errno;
	free(path);
	for (unsigned int i = 0; names && i < nr && !error; i++) {
		id.devid = (uint32_t)strtoul(names[i], NULL, 10);
		error = kind->follow(xs, t, &id, config);
	}
	free(names);
	errno = error;
	return error ? -1 : !!names;
}

/*
 * As they are at one moment.  Return: a bit for each kind of which something is known; -1 with
 * errno set.
 */
static int read_all(struct xs_handle *xs, uint32_t domid, const struct device_kinds *kinds,
		    struct domain_config *config)
{
	xs_transaction_t t = xs_transaction_start(xs);
	int replaced, found = 0, one, error;
	uint32_t unused;

	if (t == XBT_NULL)
		return -1;
	replaced = device_number(xs, t, replaced_path(domid), &unused);
	error = replaced == DEVICE_NODE_UNREAD ? errno : 0;
	for (unsigned int i = 0; !replaced && i < kinds->nr && !error; i++) {
		one = read_kind(xs, t, domid, kinds->kinds[i], config);
		error = one < 0 ? errno : 0;
		if (one > 0)
			found |= 1 << i;
	}
	xs_transaction_end(xs, t, true);
	errno = error;
	return error ? -1 : found;
}

static bool has_any(const struct device_kinds *kinds, const struct domain_config *config)
{
	for (unsigned int i = 0; i < kinds->nr; i++)
		if (kinds->kinds[i]->count(config))
			return true;
	return false;
}

void device_follow(uint32_t domid, const struct device_kinds *kinds,
		   struct domain_config *config)
{
	struct xs_handle *xs = store_connect();
	struct domain_config now = { .nr_disks = 0 };
	int found;

	if (xs)
		found = read_all(xs, domid, kinds, &now);
	else	/* That none runs matters to who has devices. */
		found = !has_any(kinds, config) && (errno == ENOENT || errno == ECONNREFUSED) ?
			0 : -1;
	if (found < 0)
		msg_error("XenStore: %s: the next life has the devices that the last one began with",
			  store_error(errno));
	for (unsigned int i = 0; found > 0 && i < kinds->nr; i++)
		if (found & 1 << i)
			kinds->kinds[i]->exchange(config, &now);
	domain_config_free(&now);
	if (xs)
		store_close(xs);
}
