// SPDX-License-Identifier: GPL-2.0-only
/*
 * What other modules may call: the host's side of events and grants, for backends.
 * Each function says at its definition from which context, docs/backends.md of all.
 */
#include "compat.h"
#include "domain/domain.h"
#include "evtchn/evtchn.h"
#include "grant/grant.h"

COMPAT_EXPORT(dom_get_by_id);
COMPAT_EXPORT(dom_get);
COMPAT_EXPORT(dom_put);

COMPAT_EXPORT(evtchn_host_alloc);
COMPAT_EXPORT(evtchn_host_bind);
COMPAT_EXPORT(evtchn_host_send);
COMPAT_EXPORT(evtchn_host_close);

COMPAT_EXPORT(gnttab_host_open);
COMPAT_EXPORT(gnttab_host_close);
COMPAT_EXPORT(gnttab_host_get);
COMPAT_EXPORT(gnttab_host_get_many);
COMPAT_EXPORT(gnttab_host_put);
COMPAT_EXPORT(gnttab_host_put_many);
