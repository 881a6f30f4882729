// SPDX-License-Identifier: GPL-2.0-only
/* What the tool keeps with a domain: bytes that nobody here looks into. */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/ioctl.h"
#include "control/control.h"
#include "domain/domain.h"
#include "domain/parts.h"

static int get_userdata_set(struct ioctl_call *call)
{
	struct xlhv_userdata *u = (void *)call->arg;

	if (u->pad || !RESERVED_ZERO(u) || u->len > XLHV_MAX_USERDATA)
		return -EINVAL;
	return ioctl_copy_in(call, u->buffer, u->len);
}

static int do_userdata_set(void *of, struct ioctl_call *call)
{
	struct xlhv_userdata *u = (void *)call->arg;
	struct domain *d = of;

	mutex_lock(&d->lock);
	/* What was there before is freed with the call. */
	swap(d->userdata, call->in);
	d->userdata_len = u->len;
	mutex_unlock(&d->lock);
	return 0;
}

static int get_userdata_get(struct ioctl_call *call)
{
	struct xlhv_userdata *u = (void *)call->arg;

	if (u->pad || !RESERVED_ZERO(u))
		return -EINVAL;
	return ioctl_room(call, u->buffer, min_t(size_t, u->len, XLHV_MAX_USERDATA));
}

static int do_userdata_get(void *of, struct ioctl_call *call)
{
	struct xlhv_userdata *u = (void *)call->arg;
	struct domain *d = of;

	mutex_lock(&d->lock);
	call->out_len = min_t(size_t, u->len, d->userdata_len);
	if (call->out_len)
		memcpy(call->out, d->userdata, call->out_len);
	u->len = d->userdata_len;
	mutex_unlock(&d->lock);
	return 0;
}

static void free_userdata(struct domain *d)
{
	kvfree(d->userdata);
}

static size_t bytes(const struct domain *d)
{
	return READ_ONCE(d->userdata_len);
}

static const struct ioctl_op ioctls[] = {
	{ XLHV_DOM_USERDATA_SET, get_userdata_set, .work = do_userdata_set },
	{ XLHV_DOM_USERDATA_GET, get_userdata_get, .work = do_userdata_get },
	{}
};

const struct domain_part userdata_part = {
	.name = "userdata",
	.free = free_userdata,
	.bytes = bytes,
	.ioctls = ioctls,
};
