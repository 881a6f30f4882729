// SPDX-License-Identifier: GPL-2.0-only
/*
 * What other modules may call: the host's side of events and grants, for backends.
 * Each function says at its definition from which context, docs/backends.md of all.
 */
#include "compat.h"
#include "xlhv_backend.h"

COMPAT_EXPORT(xlhv_domain_get_by_id);
COMPAT_EXPORT(xlhv_domain_get);
COMPAT_EXPORT(xlhv_domain_put);

COMPAT_EXPORT(xlhv_evtchn_alloc);
COMPAT_EXPORT(xlhv_evtchn_bind);
COMPAT_EXPORT(xlhv_evtchn_send);
COMPAT_EXPORT(xlhv_evtchn_close);

COMPAT_EXPORT(xlhv_gnttab_open);
COMPAT_EXPORT(xlhv_gnttab_close);
COMPAT_EXPORT(xlhv_gnttab_get);
COMPAT_EXPORT(xlhv_gnttab_get_many);
COMPAT_EXPORT(xlhv_gnttab_put);
COMPAT_EXPORT(xlhv_gnttab_put_many);
