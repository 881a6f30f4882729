/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's end of event channels, for backends; see xlhv_backend.h. */
#ifndef XLHV_EVTCHN_BACKEND_H
#define XLHV_EVTCHN_BACKEND_H

#include "xlhv_backend_types.h"

int xlhv_evtchn_alloc(struct domain *d, struct xlhv_evtchn *host,
		      void (*notify)(struct xlhv_evtchn *host));
int xlhv_evtchn_bind(struct domain *d, evtchn_port_t port, struct xlhv_evtchn *host,
		     void (*notify)(struct xlhv_evtchn *host));
int xlhv_evtchn_send(struct xlhv_evtchn *host);
void xlhv_evtchn_close(struct xlhv_evtchn *host);

#endif /* XLHV_EVTCHN_BACKEND_H */
